"""The 200 m squares of INSEE (Filosofi), fetched whole, cut to a study's areas and pinned with INSEE's own columns."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import shapely
from pyarrow import csv as arrow_csv

from access92._limits import check_unpacked_size
from access92.cache.store import written_aside
from access92.errors import DataSourceError, Fault, OutputError, input_error
from access92.progress import Progress, of_step, silent
from access92.sources.download.pinned import write_note
from access92.sources.download.providers import Provider
from access92.sources.download.transfer import PATIENCE, Patience, fetch_file
from access92.sources.places import WGS84

_ID = re.compile(r"CRS(?P<crs>\d+)RES(?P<side>\d+)mN(?P<y>\d+)E(?P<x>\d+)")
_ID_COLUMNS = ("idcar_200m", "idINSPIRE", "IdINSPIRE", "Idcar_200m")


@dataclass(frozen=True, slots=True)
class PinnedSquares:
    """What was pinned: the file, the squares kept, the squares that the archive holds for the territory."""

    file: Path
    squares: int
    squares_read: int


def fetch_squares(
    provider: Provider,
    areas: gpd.GeoDataFrame,
    target: Path,
    *,
    keep: bool = False,
    on_progress: Progress | None = None,
    patience: Patience = PATIENCE,
) -> PinnedSquares:
    """Download INSEE's file of 200 m squares and pin those that touch the areas, with the columns as INSEE names them.

    INSEE publishes no checksum: the archive's own (CRC 32 of each member) is verified as it is read. The archive is
    removed at the end unless ``keep``; ``<target>.json`` notes address, vintage, dates, licence and SHA-256.

    Raises
    ------
    DataSourceError
        INSEE cannot be reached, refuses, or sent an archive that is damaged or laid out otherwise.
    InputError
        The areas lie in no territory of the file, or no square touches them.
    OutputError
        The folder cannot be written, or the disk is full.
    """
    progress = on_progress or silent
    member = _member(provider, areas)
    url = provider.address(provider.text("filosofi_200m"))
    archive = target.with_name(url.rsplit("/", 1)[-1])
    if not _is_whole(archive, member):
        step = of_step(progress, f"Téléchargement de {archive.name}, Mo")
        fetch_file(
            url, archive, patience=patience,
            on_bytes=lambda done, total: step(done // 1_000_000, total // 1_000_000),
        )  # fmt: skip

    progress("Découpe aux zones de l'étude")
    try:
        kept, squares_read = _touching(archive, member, areas, progress)
    except (zipfile.BadZipFile, KeyError, ValueError, EOFError, pa.ArrowException) as error:
        archive.unlink(missing_ok=True)
        what = "L'archive de l'INSEE est endommagée, ou n'est plus faite comme access92 la connaît."
        fix = "Recommencer ; sinon télécharger le fichier à la main et le nommer dans l'étude ([population] file)."
        raise DataSourceError(Fault(what, f"{url}, {member} ({error})", fix)) from error
    if not kept.num_rows:
        raise input_error(
            "Aucun carreau habité ne touche les zones de l'étude.",
            f"{member}, {squares_read} carreaux",
            "Vérifier que les zones sont au bon endroit (longitude puis latitude).",
        )
    try:
        with written_aside(target) as aside:
            arrow_csv.write_csv(kept, aside, arrow_csv.WriteOptions(quoting_style="none"))
        write_note(target, provider, url, vintage=provider.text("filosofi_200m_vintage"), member=member)
    except OSError as error:
        raise OutputError(
            Fault("Le fichier ne peut pas être écrit.", f"{target} ({error})", "Changer de dossier.")
        ) from error
    if not keep:
        archive.unlink(missing_ok=True)
    return PinnedSquares(target, kept.num_rows, squares_read)


def _member(provider: Provider, areas: gpd.GeoDataFrame) -> str:
    """The file of the archive that holds the territory of the areas."""
    members = provider.settings["members"]
    if not isinstance(members, Mapping):
        raise TypeError(provider.name)
    place = shapely.Point(*areas.to_crs(WGS84).union_all().centroid.coords[0])
    for name, (west, south, east, north) in members.items():
        if shapely.box(west, south, east, north).contains(place):
            return str(name)
    raise input_error(
        "L'INSEE ne publie pas de carreaux de 200 m pour ce territoire.",
        f"zones autour de {place.x:.2f}, {place.y:.2f}",
        "Donner un autre fichier de population (métropole, Martinique et La Réunion seulement).",
    )


def _is_whole(archive: Path, member: str) -> bool:
    """Whether an archive kept from before can serve again."""
    try:
        with zipfile.ZipFile(archive) as opened:
            return any(name.endswith(member) for name in opened.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def _touching(archive: Path, member: str, areas: gpd.GeoDataFrame, progress: Progress) -> tuple[pa.Table, int]:
    """The rows whose squares touch the areas, as text in INSEE's columns, and the number of rows read.

    The member is read to its end, so that its CRC is checked.
    """
    check_unpacked_size(archive, where=str(archive))
    with zipfile.ZipFile(archive) as opened:
        (name,) = [name for name in opened.namelist() if name.endswith(member)]
        with opened.open(name) as stream:
            header = stream.readline().decode("utf-8-sig").strip()
        separator = ";" if header.count(";") > header.count(",") else ","
        names = next(csv.reader(io.StringIO(header), delimiter=separator))
        (id_column,) = [column for column in names if column in _ID_COLUMNS]
        with opened.open(name) as stream:
            reader = arrow_csv.open_csv(
                stream,
                read_options=arrow_csv.ReadOptions(column_names=names, skip_rows=1),
                parse_options=arrow_csv.ParseOptions(delimiter=separator),
                convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string())),
            )
            kept, rows = [], 0
            for batch in reader:
                rows += batch.num_rows
                progress("Découpe, carreaux lus", rows, 0)
                kept.append(batch.filter(pa.array(_touches(batch[id_column], areas))))
            if stream.read(1):  # nothing is left: the CRC of the whole has been compared
                raise EOFError(name)
    return pa.Table.from_batches(kept, reader.schema), rows


def _touches(ids: pa.StringArray, areas: gpd.GeoDataFrame) -> np.ndarray:
    """Whether each square touches the areas: its id says where its south-western corner is, in its own CRS."""
    parts = pc.extract_regex(ids, _ID.pattern)
    if pc.any(pc.is_null(parts)).as_py():
        raise ValueError(f"identifiant de carreau : {ids.filter(pc.is_null(parts))[0]}")
    numbers = {name: np.asarray(pc.cast(parts.field(name), pa.int64())) for name in ("crs", "side", "x", "y")}
    (crs,) = np.unique(numbers["crs"])
    around = areas.geometry.union_all()
    outline = gpd.GeoSeries([around], crs=areas.crs).to_crs(int(crs)).iloc[0]
    west, south, east, north = outline.bounds
    x, y, side = numbers["x"], numbers["y"], numbers["side"]
    near = np.flatnonzero((x <= east) & (x + side >= west) & (y <= north) & (y + side >= south))
    touches = np.zeros(len(x), dtype=bool)
    shapely.prepare(outline)
    squares = shapely.box(x[near], y[near], x[near] + side[near], y[near] + side[near])
    touches[near] = shapely.intersects(outline, squares)
    return touches
