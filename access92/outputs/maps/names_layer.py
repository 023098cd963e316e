"""The names that the maps write and search: of areas, of main roads along them, of every street once for each area."""

from __future__ import annotations

import base64
import unicodedata
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.outputs.maps.base_layer import road_ranks
from access92.outputs.maps.encoding import Grid, to_mercator, varints
from access92.outputs.words.typography import typeset
from access92.run.results import Results
from access92.sources.surroundings import PLACE_KINDS

_TOWNS = PLACE_KINDS[:3]
"""Places that an area may be named after: where one is known, its name is written at it."""

_MAIN_RANKS = 3  # motorways to tertiary roads
_SHORTEST_M = 300.0  # Web Mercator metres, as all that follows: a road shorter than its name says nothing on a map
_SPACING_M = 1800.0
_APART_M = 600.0
_CHORD_M = 130.0  # half the stretch whose direction a name takes
_STRAIGHT = 0.97  # chord ÷ stretch: on a bend letters would leave the road
_HALF_TURN = 180


@dataclass(frozen=True, slots=True, eq=False)
class NamedStreets:
    """Every named street once for each area that it crosses: its name, the area's row, a spot on it, its direction.

    ``spots``: Web Mercator metres (n × 2), on the longest stretch inside the area. ``degrees``: 0–179, as a text along
    the street is turned, clockwise from the east. ``ranks``: 0 = motorways … 4 = paths.
    """

    names: np.ndarray
    areas: np.ndarray
    spots: np.ndarray
    degrees: np.ndarray
    ranks: np.ndarray


def plain_name(name: str) -> str:
    """A name without accents, case or signs, as two writings of it are compared.

    >>> plain_name("Saint-Ouen-sur-Seine"), plain_name("SÈVRES")
    ('saint ouen sur seine', 'sevres')
    """
    letters = unicodedata.normalize("NFD", name.casefold())
    kept = "".join(sign if sign.isalnum() else " " for sign in letters if not unicodedata.combining(sign))
    return " ".join(kept.split())


def area_names(results: Results, grid: Grid) -> list[list[Any]]:
    """Of each area the cell where its name is written and the name, the most populous first.

    At the town of that name where the surroundings know one inside, else at the middle of the widest circle inside.
    """
    shapes = to_mercator(results.areas)
    towns = _towns(results)
    rows = []
    for shape, name in zip(shapes, results.areas["name"].astype(str), strict=True):
        known = towns.get(plain_name(name))
        if known is None or not shape.intersects(known):
            widest = max(shapely.get_parts(shape), key=shapely.area)
            known = shapely.get_point(shapely.maximum_inscribed_circle(widest, tolerance=50.0), 0)
        rows.append([*grid.cells(shapely.get_coordinates(known))[0].tolist(), typeset(name)])
    people = results.demand.groupby("area_id")["population"].sum().reindex(results.areas["area_id"]).fillna(0.0)
    return [rows[i] for i in np.argsort(-people.to_numpy(dtype=float), kind="stable")]


def is_area_name(results: Results) -> np.ndarray:
    """Of each place of the surroundings, whether the name of its area is written there already (bool)."""
    places = results.surroundings.layer("place")
    names = {
        plain_name(name): shape
        for name, shape in zip(results.areas["name"].astype(str), to_mercator(results.areas), strict=True)
    }
    return np.array(
        [
            kind in _TOWNS and plain_name(name) in names and bool(names[plain_name(name)].intersects(spot))
            for kind, name, spot in zip(places["kind"], places["name"], to_mercator(places), strict=True)
        ],
        dtype=bool,
    )


def road_names(streets: gpd.GeoDataFrame, lines: np.ndarray, grid: Grid) -> dict[str, Any]:
    """Where names of main roads are written, packed as :func:`pack_named_streets` does without areas; {} without names.

    Wide roads first, then long ones. ``lines``: those of ``streets`` in Web Mercator. A long road is named several
    times, never twice within 600 m.
    """
    names, ranks = _names(streets), road_ranks(streets["highway"].to_numpy())
    main = np.flatnonzero((names != "") & (ranks < _MAIN_RANKS))
    if not len(main):
        return {}
    frame = pd.DataFrame({"name": names[main], "rank": ranks[main]})
    groups = frame.groupby("name", sort=True)
    parts, owner = _merged(lines[main], groups.ngroup().to_numpy())
    rank_of, name_of = groups["rank"].min().to_numpy(), np.array(list(groups.groups), dtype=object)

    # spots along each stretch, its middle first where it has one only
    lengths = shapely.length(parts)
    long = np.flatnonzero(lengths >= _SHORTEST_M)
    long = long[np.lexsort((-lengths[long], rank_of[owner[long]]))]
    rows: list[tuple[int, np.ndarray, int]] = []
    taken: dict[int, np.ndarray] = {}
    count = np.maximum(1, np.rint(lengths[long] / _SPACING_M).astype(np.int64))
    of_part = np.repeat(long, count)
    number = np.arange(len(of_part)) - np.repeat(np.cumsum(count) - count, count)
    at = (number + 0.5) * lengths[of_part] / np.repeat(count, count)
    degrees, is_straight = _directions(parts[of_part], at)
    spots = shapely.get_coordinates(shapely.line_interpolate_point(parts[of_part], at))
    for i in np.flatnonzero(is_straight).tolist():
        road, spot = owner[of_part[i]], spots[i]
        near = taken.get(road, np.empty((0, 2)))
        if (np.hypot(*(near - spot).T) < _APART_M).any():
            continue
        taken[road] = np.vstack([near, spot])
        rows.append((road, spot, degrees[i]))
    if not rows:
        return {}
    named = [row[0] for row in rows]
    written, turned = np.array([row[1] for row in rows]), np.array([row[2] for row in rows])
    return _pack_names(name_of[named], grid.cells(written), turned, rank_of[named])


def named_streets(streets: gpd.GeoDataFrame, lines: np.ndarray, areas: np.ndarray) -> NamedStreets:
    """Every named street of the areas (Web Mercator polygons), once for each area, by name then area."""
    names, ranks = _names(streets), road_ranks(streets["highway"].to_numpy())
    named = np.flatnonzero(names != "")
    area = _area_of(shapely.line_interpolate_point(lines[named], 0.5, normalized=True), areas)
    named, area = named[area >= 0], area[area >= 0]
    if not len(named):
        empty = np.zeros(0, dtype=np.int64)
        return NamedStreets(np.zeros(0, dtype=object), empty, np.zeros((0, 2)), empty, empty)
    frame = pd.DataFrame({"name": names[named], "area": area, "rank": ranks[named]})
    groups = frame.groupby(["name", "area"], sort=True)
    parts, owner = _merged(lines[named], groups.ngroup().to_numpy())

    # of each name and area the longest stretch: its middle
    order = np.lexsort((-shapely.length(parts), owner))
    first = order[np.flatnonzero(np.diff(owner[order], prepend=-1))]
    middles = shapely.length(parts[first]) / 2
    keys = groups["rank"].min().reset_index()
    return NamedStreets(
        names=keys["name"].to_numpy(dtype=object),
        areas=keys["area"].to_numpy(),
        spots=shapely.get_coordinates(shapely.line_interpolate_point(parts[first], middles)),
        degrees=_directions(parts[first], middles)[0],
        ranks=keys["rank"].to_numpy(),
    )


def pack_named_streets(table: NamedStreets, grid: Grid) -> dict[str, Any]:
    """The table as the page reads it: ``names`` once each, in order, and ``rows`` (packed).

    Of each row: the step of the name from that of the row before, the steps of the cell, degrees, rank, area.
    """
    return _pack_names(table.names, grid.cells(table.spots), table.degrees, table.ranks, table.areas)


def _pack_names(names: np.ndarray, cells: np.ndarray, *columns: np.ndarray) -> dict[str, Any]:
    once, at = np.unique(names.astype(str), return_inverse=True)
    steps = np.diff(np.column_stack([at, cells]), axis=0, prepend=np.zeros((1, 3), dtype=np.int64))
    packed = varints(np.column_stack([steps, *columns]).ravel())
    return {"names": [typeset(name) for name in once], "rows": base64.b64encode(packed).decode("ascii")}


def _names(streets: gpd.GeoDataFrame) -> np.ndarray:
    """The name of each street, '' where it has none."""
    if "name" not in streets:
        return np.full(len(streets), "", dtype=object)
    return np.asarray(streets["name"].astype(object).fillna(""))


def _towns(results: Results) -> dict[str, shapely.Geometry]:
    """The towns that the surroundings know, by plain name, in Web Mercator; the first of a name counts."""
    places = results.surroundings.layer("place")
    known: dict[str, shapely.Geometry] = {}
    for kind, name, spot in zip(places["kind"], places["name"], to_mercator(places), strict=True):
        if kind in _TOWNS:
            known.setdefault(plain_name(name), spot)
    return known


def _merged(lines: np.ndarray, groups: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The lines of each group (0 … n − 1) joined where only two meet, and whose each is."""
    order = np.argsort(groups, kind="stable")
    together = shapely.multilinestrings(lines[order], indices=groups[order])
    parts, owner = shapely.get_parts(shapely.line_merge(together), return_index=True)
    return np.asarray(parts), np.asarray(owner)


def _directions(lines: np.ndarray, at_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """How a text along each line is turned at a distance (degrees, 0–179), and whether the line is straight there."""
    length = shapely.length(lines)
    reach = np.minimum(_CHORD_M, length / 2)
    begin, end = np.maximum(0.0, at_m - reach), np.minimum(length, at_m + reach)
    (x0, y0), (x1, y1) = (shapely.get_coordinates(shapely.line_interpolate_point(lines, m)).T for m in (begin, end))
    degrees = np.rint(np.degrees(np.arctan2(y0 - y1, x1 - x0))).astype(np.int64) % _HALF_TURN
    return degrees, np.hypot(x1 - x0, y1 - y0) >= _STRAIGHT * (end - begin)


def _area_of(spots: np.ndarray, areas: np.ndarray) -> np.ndarray:
    """The row of the area that each point lies in, −1 outside all (int64)."""
    found = np.full(len(spots), -1, dtype=np.int64)
    point, area = shapely.STRtree(spots).query(areas, predicate="intersects")[::-1]
    found[point[::-1]] = area[::-1]  # the first area counts for a point on a border
    return found
