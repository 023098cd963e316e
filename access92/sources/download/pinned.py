"""The streets of a study, fetched and pinned: an extract chosen, downloaded, checked and cut, and a note of it all."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from shapely.geometry.base import BaseGeometry

from access92.cache.store import written_aside
from access92.errors import Fault, OutputError, input_error
from access92.progress import Progress, of_step, silent
from access92.sources.download.cut import cut_extract
from access92.sources.download.extracts import Extract, choose_extract
from access92.sources.download.providers import Provider
from access92.sources.download.transfer import PATIENCE, Patience, fetch_file, fetch_md5

ATTRIBUTION = "© les contributeurs d'OpenStreetMap, ODbL 1.0"


@dataclass(frozen=True, slots=True)
class PinnedStreets:
    """What was pinned: the file, the extract it was cut from, the date of its data ('' where unknown), its checksum.

    ``md5`` is '' where the provider publishes none: then nothing vouches for the download but its length.
    """

    file: Path
    extract: Extract
    osm_base: str
    md5: str


def fetch_extract(
    provider: Provider,
    extent: BaseGeometry,
    target: Path,
    *,
    name: str | None = None,
    keep: bool = False,
    on_progress: Progress | None = None,
    patience: Patience = PATIENCE,
) -> PinnedStreets:
    """Download the extract of a provider that covers the extent (WGS 84), and pin what of it touches the extent.

    The whole extract is received beside the target, where a download that was cut off is resumed by the same call, and
    removed at the end unless ``keep``. ``<target>.json`` notes provider, address, checksums, dates and licence.

    Raises
    ------
    DataSourceError
        The provider cannot be reached, stays busy, has no such file, or sent something else.
    InputError
        No extract covers the extent; the target's name does not end in .osm.pbf; the extract is damaged.
    OutputError
        The folder cannot be written, or the disk is full.
    """
    progress = on_progress or silent
    if not target.name.lower().endswith(".osm.pbf"):
        raise input_error(
            "Un extrait d'OpenStreetMap s'enregistre en .osm.pbf.", str(target), "Donner un nom en .osm.pbf."
        )

    # the index first: it is small, and says whether anything can be had at all
    progress(f"{provider.label} : choix de l'extrait")
    extract = choose_extract(provider, extent, name=name, patience=patience)
    whole = target.with_name(extract.url.rsplit("/", 1)[-1])
    if whole == target:
        whole = target.with_name(f"entier-{whole.name}")
    md5 = fetch_md5(extract.url, patience=patience)

    # an extract kept from before serves again if it is the one that the provider offers now
    if not (md5 and whole.is_file() and file_digest(whole, "md5") == md5):
        step = of_step(progress, f"Téléchargement de {whole.name}, Mo")
        fetch_file(
            extract.url, whole, md5=md5, patience=patience,
            on_bytes=lambda done, total: step(done // 1_000_000, total // 1_000_000),
        )  # fmt: skip

    progress("Découpe à la zone de l'étude")
    try:
        osm_base = cut_extract(whole, target, extent, on_objects=of_step(progress, "Découpe, objets lus"))
        write_note(target, provider, extract.url, osm_base=osm_base, md5=md5, covered_share=extract.covered_share)
    except OSError as error:
        fault = Fault("Le fichier de rues ne peut pas être écrit.", f"{target} ({error})", "Choisir un autre dossier.")
        raise OutputError(fault) from error
    if not keep:
        whole.unlink(missing_ok=True)
    return PinnedStreets(target, extract, osm_base, md5)


def write_note(target: Path, provider: Provider, url: str, **facts: object) -> Path:
    """Write ``<target>.json``: where a pinned file comes from, when, under what licence, and its own SHA-256."""
    note = {
        "provider": provider.label,
        "url": url,
        "licence": provider.licence,
        "downloaded": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        **facts,
        "sha256": file_digest(target, "sha256"),
    }
    file = target.with_name(target.name + ".json")
    with written_aside(file) as aside:
        aside.write_text(json.dumps(note, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return file


def file_digest(path: Path, algorithm: str) -> str:
    """The MD5 or SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, lambda: hashlib.new(algorithm, usedforsecurity=False)).hexdigest()
