"""One streets table from whatever file the user has: OSM, Overpass JSON, GraphML of OSMnx, or GeoParquet."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from access92._limits import readable_file
from access92.cache.store import file_state
from access92.errors import InputError, input_error, some_values
from access92.sources.places import check_places
from access92.sources.streets.assemble import streets_of_extract
from access92.sources.streets.cache import (
    read_cached_layers,
    read_cached_streets,
    street_cache_key,
    write_cached_layers,
    write_cached_streets,
)
from access92.sources.streets.extract import ExtractCollector, OsmExtract, finish_collectors
from access92.sources.streets.gaps import street_gaps
from access92.sources.streets.geoparquet import read_street_file, read_street_metadata, write_streets
from access92.sources.streets.osm import read_osm
from access92.sources.streets.overpass import read_overpass
from access92.sources.streets.pinned_traffic import read_traffic
from access92.sources.streets.plaza_crossings import unjoined_streets
from access92.sources.streets.traffic import TrafficRules, no_traffic_rules
from access92.sources.streets.traffic_collector import IncompleteRestrictions, traffic_rules
from access92.sources.streets.ways import Bounds, OnProgress
from access92.study.omissions import Omission
from access92.study.schemas import STREETS, check_table

__all__ = ["GraphmlDirection", "StreetsRead", "read_street_metadata", "read_streets", "write_streets"]

GraphmlDirection = Literal["auto", "two_way", "from_tags"]

FORMATS = {
    ".osm.pbf": "osm",
    ".pbf": "osm",
    ".osm": "osm",
    ".osm.gz": "osm",
    ".osm.bz2": "osm",
    ".json": "overpass",
    ".graphml": "graphml",
    ".parquet": "geoparquet",
    ".geoparquet": "geoparquet",
}
"""How a file's name ends → how it is read."""


@dataclass(frozen=True, slots=True, eq=False)
class StreetsRead:
    """Streets, what the report must say of how they were read (French, one sentence each), rules of nodes and turns.

    ``omissions``: streets and restrictions that the file does not hold whole. ``layers``: by name the tables of the
    collectors, in the CRS of the streets; none where the file is no OSM file.
    """

    streets: gpd.GeoDataFrame
    notices: tuple[str, ...] = ()
    traffic: TrafficRules = field(default_factory=no_traffic_rules)
    omissions: tuple[Omission, ...] = ()
    from_cache: bool = False
    key: str = ""  # the fingerprint of file, extent, options and code; '' without a cache folder
    layers: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)


def read_streets(
    path: str | Path,
    *,
    extent: BaseGeometry | None,
    crs: object,
    graphml_direction: GraphmlDirection = "auto",
    cache_folder: Path | None = None,
    collectors: Sequence[ExtractCollector] = (),
    on_progress: OnProgress | None = None,
) -> StreetsRead:
    """The streets of a file that touch the extent, cut where streets meet; lengths in metres on the ground.

    The table keeps the contract ``tables.STREETS``, sorted by way id, then along the way; text columns are
    categorical. Streets are kept whole where the extent's border cuts them.

    Parameters
    ----------
    extent
        In WGS 84; None keeps everything.
    crs
        Projected system of the geometry (anything pyproj understands).
    graphml_direction
        For GraphML only: ``auto`` (as the graph is directed, else from the tags), ``two_way``, ``from_tags``.
    cache_folder
        Where parsed streets are kept under the SHA-256 of file, extent, options and code version.
    collectors
        What else an OSM file (.osm, .osm.pbf …) is asked for in the same pass: their tables are the ``layers``. Other
        formats hold streets only, and give no layer.
    on_progress
        Called now and then with the number of ways read, and 0 (the total is not known).

    Raises
    ------
    InputError
        Missing, cut-off or unknown file; no street, or none in the extent.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "one_street.osm"
    >>> _ = file.write_text(
    ...     '<osm version="0.6"><node id="1" lat="48.8" lon="2.2"/><node id="2" lat="48.8" lon="2.201"/>'
    ...     '<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way></osm>')
    >>> read_streets(file, extent=None, crs=2154).streets[["edge_id", "length_m"]].round(1).values.tolist()
    [['w7-0', 73.5]]
    """
    path = Path(path)
    target = pyproj.CRS.from_user_input(crs)
    kind = _format(path)

    # the key comes from the bytes on disk before they are read: the table is cached only if they are the same after
    readable_file(path, where=str(path))
    key = ""
    state = None
    if cache_folder is not None:
        state = file_state(path)
        key = street_cache_key(path, extent=extent, crs=target, graphml_direction=graphml_direction)
        cached = read_cached_streets(cache_folder, key)
        cached_layers = read_cached_layers(cache_folder, key, collectors if kind == "osm" else ())
        if cached is not None and cached_layers is not None:
            return StreetsRead(*cached, from_cache=True, key=key, layers=cached_layers)

    # each format has its reader; OSM and Overpass hand over ways, still to be split where streets meet
    notices: tuple[str, ...] = ()
    omissions: tuple[Omission, ...] = ()
    traffic = no_traffic_rules()
    if kind == "geoparquet":
        streets, bounds = read_street_file(path, extent=extent, crs=target)
        notices = _download_notice(path)
        traffic = read_traffic(path, streets) if len(streets) else traffic
    elif kind == "graphml":
        from access92.sources.streets.graphml import read_graphml_streets  # networkx is slow to import, for few files

        streets, bounds, notices = read_graphml_streets(path, extent=extent, crs=target, direction=graphml_direction)
    else:
        area = None if extent is None else extent.bounds
        if kind == "osm":
            extract = read_osm(path, bounds=area, collectors=collectors, on_progress=on_progress)
        else:
            extract = read_overpass(path, bounds=area, on_progress=on_progress)
        ways, bounds = extract.ways, extract.ways.bounds
        streets = streets_of_extract(extract, extent=extent, crs=target)
        if streets.empty and bounds is None and ways.seen:
            raise input_error(
                "Le fichier contient des rues, mais pas les positions de leurs nœuds.",
                f"{path} ({ways.seen} rues)",
                "L'extraire de nouveau avec ses nœuds (Overpass : « (._;>;); out; » ou « out geom; »).",
            )
        traffic, incomplete = traffic_rules(
            extract.traffic,
            ways,
            street_nodes=streets[["from_node", "to_node"]].to_numpy(),
            bounds=area,
            crs=target,
        )
        omissions = _omissions(extract, streets, traffic, incomplete)

    # one table, one contract, whatever the format
    layers = finish_collectors(collectors, target) if kind == "osm" else {}
    if streets.empty:
        raise _no_street(path, extent, bounds)
    check_table(streets, STREETS, where=str(path))
    _check_lines(streets, path)
    if cache_folder is not None and file_state(path) == state:  # else the table may not be that of the key
        write_cached_layers(layers, cache_folder, key, collectors if kind == "osm" else ())
        write_cached_streets(streets, notices, traffic, omissions, cache_folder, key)
    return StreetsRead(streets, notices, traffic, omissions, key=key, layers=layers)


LONGEST_SEGMENT_M = 100_000.0
"""Between two points of a street: no street runs so far without a bend; a coordinate that was damaged does."""


def _check_lines(streets: gpd.GeoDataFrame, path: Path) -> None:
    """Refuse streets with a point that cannot be a place, or that is too far from the one before it."""
    check_places(streets, where=str(path))
    points, row = shapely.get_coordinates(streets.geometry.to_numpy(), return_index=True)
    apart_m = np.hypot(*np.diff(points, axis=0).T)
    wrong = np.flatnonzero((apart_m > LONGEST_SEGMENT_M) & (np.diff(row) == 0))
    if len(wrong):
        ids = streets["edge_id"].to_numpy()[np.unique(row[wrong])]
        raise input_error(
            f"Des rues ont deux points à plus de {LONGEST_SEGMENT_M / 1000:.0f} km l'un de l'autre.",
            f"{path}, rues {some_values(ids)}",
            "Corriger les coordonnées de ces rues, ou les retirer.",
        )


def _omissions(
    extract: OsmExtract, streets: gpd.GeoDataFrame, traffic: TrafficRules, incomplete: IncompleteRestrictions
) -> tuple[Omission, ...]:
    """What the file does not hold whole: streets by number and kilometres, turn restrictions."""
    omissions: list[Omission] = []
    gaps = street_gaps(extract)
    if gaps.ways + gaps.without_position:
        names = tuple(f"w{way}" for way in gaps.examples)
        count, total = gaps.ways + gaps.without_position, len(extract.ways) + extract.without_position
        omissions.append(Omission("street_incomplete", count, max(count, total), examples=names))
        lost_km = math.ceil(gaps.lost_km)
        if lost_km:
            total_km = math.ceil(streets["length_m"].sum() / 1000) + lost_km
            omissions.append(Omission("street_km_missing", lost_km, total_km))
    crossings = unjoined_streets(extract.ways, extract.areas)
    if crossings.unjoined:
        names = tuple(f"w{way}" for way in crossings.examples)
        omissions.append(Omission("street_unjoined_square", crossings.unjoined, crossings.meeting, examples=names))
    if extract.broken_surfaces:
        total = extract.broken_surfaces + extract.whole_surfaces
        omissions.append(Omission("surface_incomplete", extract.broken_surfaces, total))
    if incomplete.count:
        total = traffic.restrictions["relation_id"].nunique() + incomplete.count
        names = tuple(f"r{relation}" for relation in incomplete.examples)
        omissions.append(Omission("restriction_incomplete", incomplete.count, total, examples=names))
    return tuple(omissions)


def _download_notice(path: Path) -> tuple[str, ...]:
    """Of a downloaded file: when, and of what date the OSM data are."""
    noted = read_street_metadata(path)
    if not noted.get("downloaded"):
        return ()
    state = f", état d'OpenStreetMap : {noted['osm_base']}" if noted.get("osm_base") else ""
    return (f"{path.name} : rues téléchargées le {noted['downloaded']}{state}.",)


def _format(path: Path) -> str:
    name = path.name.lower()
    for ending, kind in FORMATS.items():
        if name.endswith(ending):
            return kind
    raise input_error(
        "Le format du fichier de rues n'est pas reconnu.",
        str(path),
        f"Donner un fichier dont le nom finit par {', '.join(FORMATS)}.",
    )


def _no_street(path: Path, extent: BaseGeometry | None, bounds: Bounds | None) -> InputError:
    """Why the table is empty: nothing in the file, swapped coordinates, or another region."""
    if extent is None or bounds is None:
        return input_error(
            "Le fichier ne contient aucune rue.",
            str(path),
            "Donner un fichier qui contient des voies OSM portant la clé highway.",
        )
    where = f"{path} couvre {_degrees(bounds)} ; zone étudiée : {_degrees(extent.bounds)}"
    west, south, east, north = bounds
    if shapely.intersects(shapely.box(south, west, north, east), shapely.box(*extent.bounds)):
        return input_error(
            "La zone étudiée est sans rues : longitude et latitude semblent inversées.",
            where,
            "Échanger longitude et latitude dans le fichier de rues, ou dans les zones.",
        )
    return input_error(
        "La zone étudiée est sans rues : le fichier n'en contient aucune à cet endroit.",
        where,
        "Donner un fichier de rues qui couvre la zone étudiée et sa marge.",
    )


def _degrees(bounds: Bounds) -> str:
    west, south, east, north = (f"{value:.3f}".replace(".", ",") for value in bounds)
    return f"longitudes {west} à {east}, latitudes {south} à {north}"
