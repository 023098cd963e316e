"""The files that went into a run, with their fingerprints."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from access92.sealed_files import file_sha256
from access92.sources.study_streets import demo_files
from access92.study import Study


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that went into the run; ``path`` as written in the study, never absolute."""

    role: str  # "study", "areas", "population", "services", "streets", "modes"…
    path: str
    sha256: str
    size_bytes: int


def input_files(study: Study) -> tuple[InputFile, ...]:
    """Every file that a study reads, with its SHA-256, in the order in which they are read."""
    named: list[tuple[str, Path]] = [("zones", study.areas.file)]
    if study.areas.population_file is not None:
        named.append(("population légale", study.areas.population_file))
    named += [("services", study.services.file), ("population", study.population.file)]
    if study.calendar is not None:
        named.append(("calendrier", study.calendar.file))
    if study.streets.file is not None:
        named.append(("rues", study.streets.file))
    found = [fingerprint("étude", study.file.name, study.file)]
    found += [fingerprint(role, path.as_posix(), study.locate(path)) for role, path in named]
    if study.streets.demo:
        found += [fingerprint("rues de démonstration", path.name, path) for path in demo_files(study)]
    modes = Path(str(files("access92").joinpath("modes.toml")))
    return (*found, fingerprint("modes", modes.name, modes))


def fingerprint(role: str, name: str, path: Path) -> InputFile:
    """The SHA-256 and the size of one file.

    >>> import tempfile
    >>> empty = Path(tempfile.mkdtemp()) / "empty.csv"
    >>> _ = empty.write_bytes(b"")
    >>> fingerprint("services", "empty.csv", empty).sha256[:8]
    'e3b0c442'
    """
    return InputFile(
        role=role,
        path=Path(name).name if Path(name).is_absolute() else name,
        sha256=file_sha256(path),
        size_bytes=path.stat().st_size,
    )
