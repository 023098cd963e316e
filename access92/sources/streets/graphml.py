"""Streets of a GraphML file saved by OSMnx, directed or not."""

from __future__ import annotations

import ast
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyproj
import shapely
from shapely.geometry.base import BaseGeometry

from access92.errors import input_error, some_values
from access92.sources.places import WIDEST_M, projected_or_geographic
from access92.sources.streets.split import Edges, clip_edges, rank_in_group, streets_table
from access92.sources.streets.ways import NOT_STREETS, WAY_TAGS, Bounds, Texts
from access92.sources.written_numbers import written
from access92.study.series import write_series

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Street:
    """One edge of the graph. ``directed``: whether ``from_node`` → ``to_node`` is the way of the traffic."""

    way_id: int
    from_node: int
    to_node: int
    points: tuple[Point, ...]
    directed: bool
    tags: tuple[tuple[str, str], ...]

    @property
    def oneway(self) -> str:
        return dict(self.tags).get("oneway", "")

    def turned(self) -> _Street:
        return replace(self, from_node=self.to_node, to_node=self.from_node, points=self.points[::-1])

    def with_oneway(self, value: str) -> _Street:
        return replace(self, tags=tuple(sorted({**dict(self.tags), "oneway": value}.items())))


def read_graphml_streets(
    path: Path,
    *,
    extent: BaseGeometry | None,
    crs: pyproj.CRS,
    direction: str = "auto",
) -> tuple[gpd.GeoDataFrame, Bounds | None, tuple[str, ...]]:
    """The streets that touch the extent (WGS 84), in ``crs``; the box of all of them; what was done, in French.

    A **directed** graph says the directions itself: two edges that are each other's reverse become one
    two-way street, an edge alone a one-way street (``auto``), or what its tag ``oneway`` says
    (``from_tags``). An **undirected** one has lost them: a one-way street (tag ``oneway``) runs as its
    geometry does; one drawn as a straight line without geometry runs as the pieces of the same OSM
    way that touch it, and counts as two-way where there is none (``auto`` and ``from_tags``).
    ``two_way`` takes every street as two-way. Lengths are measured on the geometry; those that the file states
    (``length``) are not read, and a notice says how many of them cannot be.

    Raises
    ------
    InputError
        Not a GraphML file, nodes without coordinates, or no CRS.
    """
    graph = _read_graph(path)
    to_degrees = pyproj.Transformer.from_crs(_graph_crs(graph, path), "EPSG:4326", always_xy=True)
    streets = _streets(graph, _positions(graph, path), path)
    if not streets:
        return gpd.GeoDataFrame(), None, ()
    if graph.is_directed():
        streets, notice = _directed(streets, direction)
    else:
        streets, notice = _undirected(streets, direction)
    streets.sort(key=lambda street: (street.way_id, street.from_node, street.to_node, street.points, street.tags))
    edges = _edges(streets, to_degrees, path)
    bounds = (edges.lon.min(), edges.lat.min(), edges.lon.max(), edges.lat.max())
    tags = {column: _column(streets, column) for column in (*WAY_TAGS.values(), "series")}
    if extent is not None:
        edges = clip_edges(edges, extent)
    way_id = np.array([street.way_id for street in streets], dtype=np.int64)
    notices = (f"{path.name} : {notice}", *_length_notice(graph, path))
    return streets_table(edges, way_id=way_id, tags=tags, crs=crs), bounds, notices


_COMPLAINTS = (
    ParseError, nx.NetworkXException, OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError,
    RecursionError,
)  # fmt: skip
"""What networkx and the XML parser raise on a file that is no GraphML, or not one of streets."""


def _read_graph(path: Path) -> Any:  # noqa: ANN401 - networkx has no types
    try:
        return nx.read_graphml(path)
    except _COMPLAINTS as error:
        raise input_error(
            "Le fichier GraphML est tronqué ou n'en est pas un.",
            f"{path} ({error})",
            "L'enregistrer de nouveau avec osmnx.save_graphml.",
        ) from error


def _graph_crs(graph: Any, path: Path) -> pyproj.CRS:  # noqa: ANN401
    text = graph.graph.get("crs")
    fix = "L'enregistrer avec OSMnx, qui écrit « crs » dans le graphe (epsg:4326 pour longitude et latitude)."
    if not text:
        raise input_error("Le système de coordonnées (CRS) du GraphML est inconnu.", str(path), fix)
    try:
        return projected_or_geographic(pyproj.CRS.from_user_input(text), where=str(path))
    except pyproj.exceptions.CRSError as error:
        what = "Le système de coordonnées (CRS) du GraphML est illisible."
        raise input_error(what, f"{path}, « {text} »", fix) from error


def _positions(graph: Any, path: Path) -> dict[str, Point]:  # noqa: ANN401
    positions = {}
    without = []
    for node, data in graph.nodes(data=True):
        try:
            x, y = float(data["x"]), float(data["y"])
        except (KeyError, ValueError, TypeError):
            x = y = math.nan
        if abs(x) <= WIDEST_M and abs(y) <= WIDEST_M:  # not where one is NaN
            positions[node] = (x, y)
        else:
            without.append(node)
    if without:
        raise input_error(
            "Des nœuds du GraphML n'ont pas de coordonnées x et y.",
            f"{path}, nœuds {some_values(without)}",
            "Enregistrer le graphe avec osmnx.save_graphml, qui garde les coordonnées.",
        )
    return positions


def _streets(graph: Any, positions: Mapping[str, Point], path: Path) -> list[_Street]:  # noqa: ANN401
    """Every edge as a street whose points run from its first node to its second."""
    numbers = {node: number for number, node in enumerate(positions)}
    if all(_DECIMAL.fullmatch(node) for node in positions):  # else, and beyond 64 bits, they are numbered
        numbers = {node: int(node) for node in positions}
    streets = []
    for source, target, data in graph.edges(data=True):
        values = {column: _listed(data[key]) for key, column in WAY_TAGS.items() if key in data}
        tags = {column: _of_several(column, of_tag) for column, of_tag in values.items()}
        if tags.get("highway", "no") in NOT_STREETS:
            continue
        tags["series"] = write_series({name: values[name] for name in values.keys() - _NOT_IN_SERIES})
        has_line = "geometry" in data
        points: tuple[Point, ...] = (positions[source], positions[target])
        directed = graph.is_directed()
        if has_line:
            points = _line_points(data["geometry"], path)
            if _gap(points, positions[target], positions[source]) < _gap(points, positions[source], positions[target]):
                # OSMnx draws along the traffic: where the graph lost the direction, the drawing has it.
                source, target = (source, target) if directed else (target, source)  # noqa: PLW2901
                points = points[::-1] if directed else points
        streets.append(
            _Street(
                way_id=_first_id(data.get("osmid", "0")),
                from_node=numbers[source],
                to_node=numbers[target],
                points=points,
                directed=directed or has_line,
                tags=tuple(sorted(tags.items())),
            ),
        )
    return streets


def _length_notice(graph: Any, path: Path) -> tuple[str, ...]:  # noqa: ANN401 - networkx has no types
    """The French sentence that says how many stated lengths cannot be; none where all can."""
    stated = pd.Series([data["length"] for *_, data in graph.edges(data=True) if "length" in data], dtype=object)
    lengths_m = pd.to_numeric(stated, errors="coerce").to_numpy(dtype=float)
    wrong = int((~(np.isfinite(lengths_m) & (lengths_m > 0))).sum())
    if not wrong:
        return ()
    return (
        f"{path.name} : {written(wrong)} longueurs écrites dans le fichier (length) sont nulles, négatives ou "
        "illisibles ; toutes sont mesurées sur le tracé.",
    )


def _line_points(wkt: object, path: Path) -> tuple[Point, ...]:
    """The points of a line written in WKT: two at least, all finite."""
    try:
        line = shapely.from_wkt(wkt)
        points = shapely.get_coordinates(line) if line.geom_type == "LineString" else np.empty((0, 2))
    except (shapely.errors.ShapelyError, TypeError, AttributeError):
        points = np.empty((0, 2))
    if len(points) < 2 or not (np.abs(points) <= WIDEST_M).all():  # noqa: PLR2004 - a line has two ends
        raise input_error(
            "Une arête du GraphML a une géométrie qui n'est pas une ligne.",
            f"{path}, « {some_values([wkt])} »",
            "Enregistrer le graphe de nouveau avec osmnx.save_graphml.",
        )
    return tuple((float(x), float(y)) for x, y in points)


def _gap(points: tuple[Point, ...], start: Point, end: Point) -> float:
    """How far a line's ends are from two nodes, in squared units of the graph."""
    ends = ((points[0], start), (points[-1], end))
    return sum((x - to_x) ** 2 + (y - to_y) ** 2 for (x, y), (to_x, to_y) in ends)


def _directed(streets: list[_Street], direction: str) -> tuple[list[_Street], str]:
    pairs: dict[tuple[object, ...], list[_Street]] = defaultdict(list)
    for street in streets:
        nodes = tuple(sorted((street.from_node, street.to_node)))
        pairs[street.way_id, nodes, min(street.points, street.points[::-1])].append(street)
    merged_streets, merged = [], 0
    for pair in pairs.values():
        street = min(pair, key=lambda one: (one.from_node, one.to_node, one.points, one.tags))
        is_two_way = any(other.points != street.points for other in pair)
        merged += is_two_way
        tag = street.oneway
        if direction == "two_way" or (is_two_way and direction == "auto"):
            tag = "no"
        elif direction == "auto" and tag in {"True", "False"}:
            tag = "yes"
        merged_streets.append(street.with_oneway(_osm_oneway(tag)))
    one_way = sum(street.oneway in {"yes", "-1"} for street in merged_streets)
    how = {
        "auto": "graphe orienté ; une arête sans son inverse est à sens unique",
        "from_tags": "graphe orienté ; sens pris dans la clé oneway",
        "two_way": "graphe orienté ; toutes les rues prises à double sens, comme demandé",
    }[direction]
    return merged_streets, (
        f"{how} ({merged} paires d'arêtes réunies, {one_way} rues à sens unique sur {len(merged_streets)})."
    )


def _undirected(streets: list[_Street], direction: str) -> tuple[list[_Street], str]:
    if direction == "two_way":
        result = [street.with_oneway("no") for street in streets]
        return result, f"graphe non orienté ; les {len(result)} rues sont prises à double sens, comme demandé."
    result = [street.with_oneway(_osm_oneway(street.oneway)) for street in streets]
    by_line = sum(street.directed and street.oneway == "yes" for street in result)
    result = _directed_by_neighbours(result)
    one_way = [street for street in result if street.oneway == "yes"]
    followed = sum(street.directed for street in one_way) - by_line
    undecided = len(one_way) - by_line - followed
    result = [
        street.with_oneway("no") if street.oneway == "yes" and not street.directed else street for street in result
    ]
    return result, (
        f"graphe non orienté ; sur {len(one_way)} rues à sens unique, le sens de {by_line} est repris du tracé, "
        f"celui de {followed} des tronçons voisins de la même voie ; {undecided} sont prises à double sens, "
        "faute de le connaître."
    )


def _directed_by_neighbours(streets: list[_Street]) -> list[_Street]:
    """The same streets, one-way ones of unknown direction turned as the pieces of their OSM way that they touch."""
    streets = list(streets)
    starts: set[tuple[int, int]] = set()
    ends: set[tuple[int, int]] = set()
    unknown = []
    for place, street in enumerate(streets):
        if street.oneway == "yes" and street.directed:
            starts.add((street.way_id, street.from_node))
            ends.add((street.way_id, street.to_node))
        elif street.oneway == "yes":
            unknown.append(place)
    turned_one = True
    while turned_one:
        turned_one = False
        for place in list(unknown):
            street = streets[place]
            way, first, second = street.way_id, street.from_node, street.to_node
            ahead = (way, first) in ends or (way, second) in starts
            back = (way, second) in ends or (way, first) in starts
            if ahead != back:
                street = replace(street if ahead else street.turned(), directed=True)
                streets[place] = street
                starts.add((way, street.from_node))
                ends.add((way, street.to_node))
                unknown.remove(place)
                turned_one = True
    return streets


def _edges(streets: list[_Street], to_degrees: pyproj.Transformer, path: Path) -> Edges:
    points = np.array([point for street in streets for point in street.points])
    lon, lat = to_degrees.transform(points[:, 0], points[:, 1])
    unprojected = ~(np.isfinite(lon) & np.isfinite(lat))
    if unprojected.any():
        raise input_error(
            "Des coordonnées du GraphML ne sont pas celles d'un lieu sur terre.",
            f"{path}, points {some_values(f'({x:g}, {y:g})' for x, y in points[unprojected])}",
            "Vérifier le CRS du graphe et ses coordonnées.",
        )
    counts = np.array([len(street.points) for street in streets])
    return Edges(
        way=np.arange(len(streets)),
        index=rank_in_group(np.array([street.way_id for street in streets], dtype=np.int64)),
        from_node=np.array([street.from_node for street in streets], dtype=np.int64),
        to_node=np.array([street.to_node for street in streets], dtype=np.int64),
        first=np.concatenate([[0], np.cumsum(counts)]),
        lon=np.asarray(lon),
        lat=np.asarray(lat),
    )


def _column(streets: list[_Street], column: str) -> Texts:
    texts = [dict(street.tags).get(column, "") for street in streets]
    words = sorted(set(texts))
    places = {word: place for place, word in enumerate(words)}
    return pd.Categorical.from_codes([places[text] for text in texts], categories=pd.Index(words, dtype="str"))


def _listed(value: object) -> list[str]:
    """The values of an attribute; where simplification merged several ways, OSMnx writes a Python list."""
    text = str(value)
    if text.startswith("["):
        try:
            return [str(item) for item in ast.literal_eval(text)]
        except (ValueError, SyntaxError, RecursionError, MemoryError):  # the last two: nested without end
            return [text]
    return [text]


_NOT_IN_SERIES = frozenset({"name", "oneway", "maxspeed"})
"""Columns that merged ways do not differ in by stretches: a direction holds for the whole, the lowest speed counts."""

_SLOWEST_FIRST = (
    "steps", "elevator", "corridor", "platform", "footway", "pedestrian", "path", "bridleway", "cycleway", "track",
    "busway", "living_street", "service", "residential", "unclassified", "road", "tertiary_link", "tertiary",
    "secondary_link", "secondary", "primary_link", "primary", "trunk_link", "trunk", "motorway_link", "motorway",
)  # fmt: skip
"""Classes of streets: of several, the first gives the street its name on maps and in tables."""


def _of_several(column: str, values: Sequence[str]) -> str:
    """One value for a tag of merged ways, whatever their order: OSMnx takes it from a set.

    >>> _of_several("highway", ["footway", "steps"]), _of_several("oneway", ["False", "True"])
    ('steps', 'True')
    """
    if column == "maxspeed":
        return ";".join(values)  # the lowest will count
    if column == "highway":
        not_streets = sorted(set(values) & NOT_STREETS)
        known = [name for name in _SLOWEST_FIRST if name in values]
        return (not_streets or known or sorted(values) or [""])[0]
    if column == "oneway":
        return max(values, default="")  # « True » after « False », « yes » after « no » and « -1 »
    return min(values, default="")


_DECIMAL = re.compile(r"-?[0-9]{1,18}")
"""A whole number that 64 bits hold."""


def _first_id(value: object) -> int:
    numbers = [int(text) for text in _listed(value) if _DECIMAL.fullmatch(text.strip())]
    return min(numbers, default=0)


def _osm_oneway(value: str) -> str:
    """OSMnx writes True and False where OSM has yes and no."""
    return {"True": "yes", "False": "no"}.get(value, value)
