"""``manifest.json``: what went in, what came out, with which versions and parameters."""

from __future__ import annotations

import hashlib
import json
import math
import platform
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path, PurePath
from typing import Any

import pandas as pd

from access92._concurrency import thread_pool
from access92._limits import parse_json
from access92.cache.fingerprints import libraries_fingerprint, native_versions
from access92.cache.store import file_sha256
from access92.outputs.layout import flat_name, run_path
from access92.outputs.results_fingerprint import results_fingerprint
from access92.outputs.tables.files import streets_origin
from access92.outputs.words.notices import notices_table
from access92.outputs.words.omissions import uncounted_services
from access92.run.results import Results
from access92.study.schemas import ANY, EVERYBODY, TOTAL

MANIFEST = "manifest.json"
SOFTWARE = "access92"
SEAL = "seal"
"""The key of a manifest under which its own fingerprint stands."""

_OF_ONE_FOLDER = ("run_date", "outputs", SEAL)
"""The keys that speak of the files of one folder, not of the run."""

_HASHED_AT_ONCE = 2

_LIBRARIES = (
    "folium", "geopandas", "jinja2", "matplotlib", "numba", "numpy", "osmium", "pandas", "pillow",
    "pyarrow", "pydantic", "pyogrio", "pyproj", "rasterio", "scipy", "shapely", "typst",
)  # fmt: skip
_DEMO_WARNING = "Rues de démonstration : le tracé des rues est inventé, les temps de trajet ne mesurent pas le terrain."


def run_identity(results: Results, *, study_path: Path | None = None) -> dict[str, Any]:
    """All that a manifest says of a run before a byte is written: two runs with the same one write the same files.

    ``study_path``: as :func:`access92.outputs.write_run` received it, so that the run can be made again as it was. File
    names only, no path of the machine.
    """
    content = {
        "software": SOFTWARE,
        "study": results.study.name,
        "title": results.study.title,
        "streets": {
            "streets_origin": streets_origin(results),
            **asdict(results.origin),
            "warning": _DEMO_WARNING if results.origin.is_demo else None,
        },
        **({} if results.timetable is None else {"timetable": _plain(asdict(results.timetable))}),
        "versions": versions(),
        "code": {"sha256": package_fingerprint(), "libraries_sha256": indirect_libraries_fingerprint()},
        "inputs": [asdict(item) for item in results.inputs],
        "results": {"sha256": results_fingerprint(results)},
        "study_path": None if study_path is None else _portable(study_path.as_posix()),
        **({"trial": _portable(json.loads(results.study.trial))} if results.study.trial else {}),
        "parameters": {
            "study": _portable(results.study.model_dump(mode="json", by_alias=True)),
            "scenarios_run": [scenario.name for scenario in results.scenarios],
            "modes": {name: _plain(asdict(mode)) for name, mode in results.modes.items()},
        },
        "counts": counts(results),
        "headline": _headline(results),
        "notices": _records(notices_table(results)),
        "unlocated_services": _records(uncounted_services(results.unlocated)),
        "omissions": [_plain(asdict(item)) for item in results.omissions],
    }
    as_read_back: dict[str, Any] = json.loads(json.dumps(content))
    return as_read_back


def write_manifest(
    identity: Mapping[str, Any], folder: Path, written: Iterable[Path], *, run_date: datetime | None = None
) -> Path:
    """Write ``manifest.json`` into ``folder``: a run (:func:`run_identity`) and the files ``written`` there; its path.

    ``run_date`` (now, in UTC, by default) is the only thing in it that a clock decides; the seal leaves it out.
    """
    with thread_pool(_HASHED_AT_ONCE) as pool:
        outputs = list(pool.map(lambda path: _fingerprint(path, folder), sorted(written)))
    content = {**identity, "run_date": _moment(run_date or datetime.now(tz=UTC)), "outputs": outputs}
    return _write(content | {SEAL: seal_of(content)}, folder / MANIFEST)


def holds_run(folder: Path, identity: Mapping[str, Any]) -> list[Path] | None:
    """The files of a folder that holds this very run, byte for byte, manifest last; None where it does not.

    The same study, inputs, code, versions and results, a sound seal, every file where it would be written and with the
    fingerprint it had: what would be written is what is there.
    """
    try:
        known = parse_json((folder / MANIFEST).read_text(encoding="utf-8"))
        files = [(folder / item["path"], item["sha256"]) for item in known["outputs"]]
        in_folders = all(item["path"] == run_path(flat_name(item["path"])) for item in known["outputs"])
        if known[SEAL] != seal_of(known) or not in_folders:
            return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    if {key: known[key] for key in known if key not in _OF_ONE_FOLDER} != identity:
        return None
    try:
        if any(file_sha256(path) != sha256 for path, sha256 in files):
            return None
    except OSError:  # gone, or not to be read
        return None
    return [*(path for path, _ in files), folder / MANIFEST]


def identity_in(path: Path) -> dict[str, Any]:
    """What a manifest says of its run, without what it says of one folder: :func:`run_identity`, read back."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return {key: value for key, value in content.items() if key not in _OF_ONE_FOLDER}


def dated_today(path: Path, target: Path) -> Path:
    """Write the manifest of a run again with the date of today, which its seal leaves out; the path."""
    content = json.loads(path.read_text(encoding="utf-8")) | {"run_date": _moment(datetime.now(tz=UTC))}
    return _write(content, target)


def seal_of(content: Mapping[str, Any]) -> str:
    """SHA-256 over all that a manifest says, its date and its seal left out.

    It reveals an accident or a careless change, not a forger: who rewrites the manifest can seal it again.

    >>> seal_of({"a": 1, "run_date": "today"}) == seal_of({"run_date": "tomorrow", "seal": "x", "a": 1})
    True
    """
    sealed = {key: value for key, value in content.items() if key not in (SEAL, "run_date")}
    text = json.dumps(sealed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@cache
def package_fingerprint() -> str:
    """SHA-256 of the files of access92 itself (code, templates, tables): their names and their bytes.

    >>> len(package_fingerprint())
    64
    """
    root = Path(__file__).resolve().parent.parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*"), key=lambda item: item.relative_to(root).as_posix()):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(root).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def indirect_libraries_fingerprint() -> str:
    """SHA-256 of the versions of all the libraries that figures come from, those of libraries included.

    >>> len(indirect_libraries_fingerprint())
    64
    """
    return libraries_fingerprint(Results.__module__)


def versions() -> dict[str, str]:
    """The versions of access92, Python and the libraries that decide a result.

    >>> sorted(versions())[:2]
    ['access92', 'folium']
    """
    by_name = {name: _version(name) for name in (SOFTWARE, *_LIBRARIES)}
    return by_name | native_versions() | {"python": platform.python_version()}


def counts(results: Results) -> dict[str, Any]:
    """How much of everything."""
    return {
        "areas": len(results.areas),
        "demand_points": len(results.demand),
        "population": float(results.demand["population"].sum()),
        "services": len(results.services),
        "services_by_kind": {kind: int(n) for kind, n in results.services.groupby("kind").size().items()},
        "services_by_scenario": {item.scenario: len(item.service_rows) for item in results.access_records},
        "services_not_counted": len(results.unlocated),
        "streets": len(results.streets),
        "networks": {name: asdict(summary) for name, summary in results.networks.items()},
        "notices": len(results.notices),
    }


def _headline(results: Results) -> list[dict[str, Any]]:
    """The coverage of the whole study area at the headline threshold, as in ``coverage.csv``."""
    table = results.coverage
    rows = table[
        (table["rule"] == ANY)
        & (table["area_id"] == TOTAL)
        & (table["public"] == EVERYBODY)
        & (table["threshold_min"] == results.study.analysis.threshold_min)
    ]
    return _records(rows)


@cache
def _version(name: str) -> str:
    """The version of a library as its own files say it: read once, which takes a millisecond each."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return _checkout_version() if name == SOFTWARE else "non installé"


def _checkout_version() -> str:
    """The version of access92 run from its sources, without being installed: that of the project file beside them."""
    project = Path(__file__).resolve().parents[2] / "pyproject.toml"
    try:
        table = tomllib.loads(project.read_text(encoding="utf-8"))["project"]
    except (OSError, ValueError, KeyError):
        return "version inconnue"
    return str(table["version"]) if table.get("name") == SOFTWARE else "version inconnue"


def _fingerprint(path: Path, folder: Path) -> dict[str, Any]:
    return {"path": path.relative_to(folder).as_posix(), "sha256": file_sha256(path), "size_bytes": path.stat().st_size}


def _moment(when: datetime) -> str:
    return when.isoformat(timespec="seconds")


def _write(content: Mapping[str, Any], path: Path) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8", newline="\n")
    return path


def _portable(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    """The same, absolute paths cut to their file name: the manifest does not name folders of a machine."""
    if isinstance(value, Mapping):
        return {key: _portable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_portable(item) for item in value]
    if isinstance(value, str) and PurePath(value).is_absolute():
        return PurePath(value).name
    return value


def _plain(value: Any) -> Any:  # noqa: ANN401 - a JSON value
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON objects: NaN is null, days are ISO text."""
    plain = pd.DataFrame(table).astype(object)
    plain = plain.where(plain.notna(), None)
    return [
        {str(key): (item.isoformat() if hasattr(item, "isoformat") else item) for key, item in row.items()}
        for row in plain.to_dict("records")
    ]
