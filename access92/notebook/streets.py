"""Streets of a file for a notebook: one GeoDataFrame, which names the file whose rules of turns and barriers it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from pyproj import CRS

from access92._limits import is_readable_file
from access92.cache.store import file_sha256
from access92.errors import input_error
from access92.notebook.cached import CacheChoice, bounded, cache_path
from access92.notebook.numbers import read_metres
from access92.notebook.progress_bar import notebook_progress
from access92.progress import Progress, of_step
from access92.sources.areas import choose_crs
from access92.sources.places import WGS84
from access92.sources.streets.conditions import settle_conditions
from access92.sources.streets.provenance import ATTRIBUTION, read_provenance
from access92.sources.streets.read import StreetsRead
from access92.sources.streets.read import read_streets as read_street_file
from access92.sources.streets.traffic import TrafficRules
from access92.sources.surroundings import TABLE, Surroundings, SurroundingsCollector

ORIGIN = "access92_streets"
"""The key of ``attrs`` under which a table of streets names its file: text only, so that it is written with it."""


@dataclass(frozen=True, slots=True, eq=False)
class StreetRules:
    """What a file says beside its streets: rules of turns and nodes, and water that bars the isochrones.

    ``oneway``: the values of that tag which the file has, known or not.
    """

    traffic: TrafficRules | None = None
    water: shapely.Geometry | None = None
    oneway: tuple[object, ...] = ()


def read_streets(
    path: str | Path,
    *,
    areas: gpd.GeoDataFrame | None = None,
    margin_m: float = 3000.0,
    crs: object = None,
    at: datetime | None = None,
    cache_folder: CacheChoice = True,
    on_progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """The streets of a file, cut where they meet: one row a piece, lengths in metres.

    Parameters
    ----------
    path
        ``.osm.pbf``, ``.osm``, Overpass ``.json``, ``.graphml`` of OSMnx, or GeoParquet of access92.
    areas
        Keep the streets that touch these areas, or lie within ``margin_m`` metres of them; all by default.
    crs
        Projected system of the geometry, in metres; by default Lambert-93 in metropolitan France, else the UTM zone.
        Naming it, or ``areas``, saves one reading of the file.
    at
        The moment, on the clocks of the place, at which conditional tags (« no @ (Mo-Fr 07:00-09:00) ») are settled; by
        default they are left as they are, and no mode looks at them.
    cache_folder
        True: the user's cache; False: nothing is kept; a path: that folder.

    Returns
    -------
    geopandas.GeoDataFrame
        ``edge_id`` (text, unique), ``from_node``, ``to_node``, ``length_m`` (> 0), ``highway``, ``oneway``,
        ``maxspeed_kmh``, ``name``, the tags that decide access, ``geometry`` (LineString). Its ``attrs`` name the file:
        :func:`build_network` takes turn restrictions, barriers, signals and water from there. Rows and columns may be
        changed; ids must stay.

    Raises
    ------
    InputError
        A file that is missing, cut off or of an unknown kind; no street in it, or none near the areas.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "rue.osm"
    >>> _ = file.write_text(
    ...     '<osm version="0.6"><node id="1" lat="48.8" lon="2.2"/><node id="2" lat="48.8" lon="2.201"/>'
    ...     '<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way></osm>')
    >>> streets = read_streets(file, cache_folder=False)
    >>> streets[["edge_id", "length_m"]].round(1).values.tolist(), streets.crs.to_epsg()
    ([['w7-0', 73.5]], 2154)
    """
    path, folder, margin_m = Path(path), cache_path(cache_folder), read_metres(margin_m, "margin_m")
    if not is_readable_file(path):
        raise input_error(
            "Le fichier de rues est introuvable.", str(path.absolute()),
            "Corriger le chemin donné à read_streets (relatif, il part du dossier courant du carnet) ; un extrait "
            ".osm.pbf se prend chez Geofabrik.",
        )  # fmt: skip
    extent = None if areas is None else _extent(areas, margin_m)
    with bounded(folder), notebook_progress(on_progress) as progress:
        progress("Rues")
        if crs is None:
            near = _bounds_of(path, folder, progress) if extent is None else extent
            crs = choose_crs(gpd.GeoDataFrame(geometry=[near], crs=WGS84))
        read = _read(path, extent, crs, folder, progress)
    table = read.streets if at is None else settle_conditions(read.streets, at).streets
    streets = table.copy(deep=False)
    streets.attrs = {
        ORIGIN: {
            "file": str(path.resolve()),
            "sha256": file_sha256(path),
            "extent": None if extent is None else shapely.to_wkb(extent, hex=True),
            "crs": read.streets.crs.to_wkt(),
            "attribution": _attribution(path),
        }
    }
    return streets


def street_rules(streets: gpd.GeoDataFrame, *, crs: object, folder: Path | None, progress: Progress) -> StreetRules:
    """What the file of a table says beside its streets, water in ``crs``; nothing for streets that name no file.

    Raises
    ------
    InputError
        The file is no longer what the streets were read from.
    """
    origin = streets.attrs.get(ORIGIN)
    if not isinstance(origin, Mapping):
        return StreetRules()
    file = Path(origin["file"])
    if not file.is_file() or file_sha256(file) != origin["sha256"]:
        raise input_error(
            "Le fichier d'où viennent les rues a changé, ou n'est plus là : ses règles ne seraient pas les leurs.",
            str(file),
            "Relire les rues (read_streets) ; ou, pour s'en passer, vider ce que la table en dit : streets.attrs = {}.",
        )
    extent = None if origin["extent"] is None else shapely.from_wkb(origin["extent"])
    read = _read(file, extent, CRS.from_user_input(origin["crs"]), folder, progress)
    layer = read.layers.get(TABLE)
    water = None if layer is None else Surroundings(layer).water
    # the table may have been projected since it was read
    if water is not None and read.streets.crs != crs:
        water = gpd.GeoSeries([water], crs=read.streets.crs).to_crs(crs).iloc[0]
    return StreetRules(read.traffic, water, tuple(read.streets["oneway"].unique()))


def attribution_of(streets: gpd.GeoDataFrame) -> str:
    """What the licence of the streets asks that every reader is shown; '' where nothing is known."""
    origin: Any = streets.attrs.get(ORIGIN)
    return str(origin["attribution"]) if isinstance(origin, Mapping) else ""


def _attribution(path: Path) -> str:
    return ATTRIBUTION if read_provenance(path).is_osm else ""


def _read(path: Path, extent: object, crs: object, folder: Path | None, progress: Progress) -> StreetsRead:
    return read_street_file(
        path, extent=extent, crs=crs, cache_folder=folder, collectors=(SurroundingsCollector(extent),),
        on_progress=of_step(progress, "Rues"),
    )  # fmt: skip


def _bounds_of(path: Path, folder: Path | None, progress: Progress) -> shapely.Geometry:
    """The box of all the streets of a file, in WGS 84: in no projection of one country."""
    streets = _read(path, None, CRS.from_epsg(3857), folder, progress).streets
    return shapely.box(*streets.to_crs(WGS84).total_bounds)


def _extent(areas: gpd.GeoDataFrame, margin_m: float) -> shapely.Geometry:
    """The areas and their margin, in WGS 84, as a study reads its streets."""
    if not isinstance(areas, gpd.GeoDataFrame | gpd.GeoSeries):
        raise input_error(
            "Ce n'est pas une table de zones.",
            f"areas : {type(areas).__name__}",
            "Donner un GeoDataFrame de polygones.",
        )
    if areas.geometry.is_empty.all() or areas.geometry.isna().all():  # true of no row at all, too
        raise input_error("Aucune zone n'est donnée, ou aucune n'a de forme.", "areas", "Donner au moins un polygone.")
    if areas.crs is None:
        raise input_error(
            "Le système de coordonnées (CRS) est inconnu.", "areas", "Le déclarer : .set_crs(4326) pour des degrés."
        )
    metric = areas.to_crs(choose_crs(areas.to_crs(WGS84)))
    around = metric.geometry.union_all().buffer(margin_m)
    return gpd.GeoSeries([around], crs=metric.crs).to_crs(WGS84).iloc[0]
