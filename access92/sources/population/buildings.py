"""People of squares and polygons put into the buildings of each: parts of buildings, their doors, doors merged."""

from __future__ import annotations

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pyproj import CRS, Transformer

from access92.sources.population.cells import Cells
from access92.sources.population.footprints import Footprints, building_rules, floor_areas
from access92.sources.population.placing import Places
from access92.sources.population.residences import area_of_points

NOT_A_DOOR = frozenset(
    {
        "motorway",
        "motorway_link",
        "trunk",
        "trunk_link",
        "construction",
        "proposed",
        "corridor",
        "elevator",
        "bus_guideway",
    }
)
"""Streets that no door gives onto."""


@dataclass(frozen=True, slots=True, eq=False)
class BuildingParts:
    """The homes of some units, each building cut at the borders of the units; one value a part.

    ``shape``: the part, in metres. ``unit``: the row of its unit (square or polygon) of the population file.
    ``weight``: what it counts for in its unit (dwellings, or square metres of floor). ``building``: its row in the
    table of footprints.
    """

    shape: np.ndarray
    unit: np.ndarray
    weight: np.ndarray
    building: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Weighing:
    """How buildings were weighed (bool, by building): which are homes, and which of them by their dwellings."""

    is_home: np.ndarray
    has_dwellings: np.ndarray

    @property
    def homes(self) -> int:
        """How many homes."""
        return int(self.is_home.sum())

    @property
    def by_dwellings(self) -> int:
        """How many homes by their dwellings."""
        return int(self.has_dwellings.sum())

    def take(self, rows: np.ndarray) -> Weighing:
        """Some of the buildings, by row or mask."""
        return Weighing(self.is_home[rows], self.has_dwellings[rows])


def weigh_buildings(footprints: Footprints) -> tuple[np.ndarray, Weighing]:
    """What each building counts for (float64, 0 for none) among those of its square.

    Square metres of floor. Where the file knows the dwellings of some homes, all count in dwellings: its own number,
    or its floor by the square metres of floor that a dwelling takes in the buildings of the file that know both.

    >>> from access92.sources.population.footprints import FOOTPRINT_COLUMNS
    >>> rows = [("house", "", 2.0, None, 4.0), ("house", "", 2.0, None, None), ("school", "education", 2.0, None, None)]
    >>> shapes = [shapely.box(0, 0, 10, 20)] * 3
    >>> table = gpd.GeoDataFrame(rows, columns=list(FOOTPRINT_COLUMNS), geometry=shapes, crs=2154)
    >>> weigh_buildings(Footprints(table, "essai"))[0].tolist()
    [4.0, 4.0, 0.0]
    """
    table = footprints.table
    ground_m2 = shapely.area(table.geometry.to_numpy())
    dwellings = table["dwellings"].to_numpy(dtype=float)
    large = (ground_m2 >= building_rules()["least_m2"]) | (dwellings > 0)
    is_home = table["left_out"].eq("").to_numpy() & large
    floor_m2 = np.where(is_home, floor_areas(table, ground_m2), 0.0)
    known = is_home & (dwellings > 0)
    if not known.any():
        return floor_m2, Weighing(is_home, known)
    # exact sums: the order of the file decides nothing, not even the last bit
    dwelling_m2 = math.fsum(floor_m2[known]) / math.fsum(dwellings[known])
    weight = np.where(np.isnan(dwellings), floor_m2 / dwelling_m2, np.where(is_home, dwellings, 0.0))
    return weight, Weighing(weight > 0, known)


def parts_in_cells(footprints: Footprints, weight: np.ndarray, cells: Cells, inhabited: np.ndarray) -> BuildingParts:
    """The homes in the inhabited squares of a grid (bool, by row), cut where a border of squares crosses them.

    Cut, and not given whole to the square of its point: the population of a square was counted there, so it stays in
    the part of the building that is there, and a long block on a border gives homes to both.
    """
    table = footprints.table
    rows = np.flatnonzero(weight > 0)
    shapes = table.geometry.to_numpy()[rows]
    to_grid = Transformer.from_crs(table.crs, cells.crs, always_xy=True)
    on_grid = _transformed(shapes, to_grid)

    # nearly all buildings lie within one square: only the others are cut
    bounds = (shapely.bounds(on_grid) - [cells.corner_x, cells.corner_y] * 2) / cells.side_m
    first, last = np.floor(bounds[:, :2]).astype(np.int64), np.floor(bounds[:, 2:]).astype(np.int64)
    within = (first == last).all(axis=1)
    parts = [_named(cells, first[within], rows[within], shapes[within], np.ones(int(within.sum())))]
    wide, high = (last - first + 1)[~within].T if (~within).any() else np.zeros((2, 0), dtype=np.int64)
    building = np.repeat(np.flatnonzero(~within), wide * high)
    rank = np.arange(len(building)) - np.repeat(np.cumsum(wide * high) - wide * high, wide * high)
    across = np.repeat(wide, wide * high)
    square = first[building] + np.column_stack([rank % np.maximum(across, 1), rank // np.maximum(across, 1)])
    west, south = (square * cells.side_m + [cells.corner_x, cells.corner_y]).T
    boxes = shapely.box(west, south, west + cells.side_m, south + cells.side_m)
    cut = _polygonal(shapely.intersection(on_grid[building], boxes))
    share = shapely.area(cut) / shapely.area(on_grid[building])
    some = share > 0
    back = Transformer.from_crs(cells.crs, table.crs, always_xy=True)
    parts.append(_named(cells, square[some], rows[building[some]], _transformed(cut[some], back), share[some]))
    return _inhabited_parts(parts, weight, inhabited)


def parts_in_polygons(
    footprints: Footprints, weight: np.ndarray, polygons: np.ndarray, inhabited: np.ndarray
) -> BuildingParts:
    """The homes in the inhabited polygons (bool, by row), cut where a border crosses them."""
    rows = np.flatnonzero(weight > 0)
    shapes = footprints.table.geometry.to_numpy()[rows]
    tree = shapely.STRtree(shapes)
    unit, building = tree.query(polygons, predicate="intersects")
    cut = shapes[building].copy()
    crossing = ~shapely.covered_by(cut, polygons[unit])
    cut[crossing] = _polygonal(shapely.intersection(cut[crossing], polygons[unit[crossing]]))
    share = shapely.area(cut) / shapely.area(shapes[building])
    some = share > 0
    part = (cut[some], unit[some], rows[building[some]], share[some])
    return _inhabited_parts([part], weight, inhabited)


def find_homes(parts: BuildingParts, areas: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, *, merge_m: float) -> Places:
    """The doors of parts of buildings, those of one square and street within ``merge_m`` metres as one place, by place.

    A door is the point of the outline nearest to the building's nearest street: the walk inside the building, by
    stairs and corridors, is no part of a travel time, and a point amid a deep block may be nearer to the street behind.
    Further than ``farthest_door_m`` from all streets, the place is a point inside the building.

    Several doors are one place where they share unit, area and street, and lie in the same stretch of ``merge_m``
    metres, along the street and away from it. The place is the door nearest to their weighted mean: a true door.
    """
    usable = street_faces(streets)
    x, y, street, along_m, off_m = _doors(parts.shape, usable)
    inside = shapely.point_on_surface(parts.shape)
    area = area_of_points(shapely.get_x(inside), shapely.get_y(inside), areas.geometry.to_numpy())

    # sorted by place before anything is summed: the order of the file decides nothing
    order = np.lexsort((parts.weight, parts.unit, y, x))
    x, y, street, along_m, off_m, area = (values[order] for values in (x, y, street, along_m, off_m, area))
    unit, weight = parts.unit[order], parts.weight[order]
    if merge_m <= 0:
        return Places(x, y, unit, area, weight)
    keys = np.column_stack([unit, area, street, along_m // merge_m, off_m // merge_m]).astype(np.int64)
    keys[street < 0, 3] = -1 - np.flatnonzero(street < 0)  # without a street each stays a place of its own
    _, group = np.unique(keys, axis=0, return_inverse=True)
    group = group.ravel()
    total = np.bincount(group, weights=weight)
    mean_x, mean_y = (np.bincount(group, weights=weight * values) / total for values in (x, y))
    away = np.hypot(x - mean_x[group], y - mean_y[group])
    nearest = np.lexsort((np.arange(len(x)), np.round(away, 6), group))
    place = nearest[np.searchsorted(group[nearest], np.arange(len(total)))]
    by_place = np.lexsort((y[place], x[place]))
    place = place[by_place]
    return Places(x[place], y[place], unit[place], area[place], total[by_place])


def street_faces(streets: gpd.GeoDataFrame) -> np.ndarray:
    """The lines of the streets that doors may give onto: on the ground, neither motorway nor tunnel nor bridge.

    Sorted by their coordinates, so that the order of the streets does not matter where two are as near.

    >>> line = shapely.LineString([(0, 0), (9, 0)])
    >>> kinds = {"highway": ["footway", "motorway"], "tunnel": ["", ""]}
    >>> len(street_faces(gpd.GeoDataFrame(kinds, geometry=[line, line], crs=2154)))
    1
    """
    usable = ~streets["highway"].isin(NOT_A_DOOR).to_numpy()
    for tag in ("bridge", "tunnel", "indoor"):
        if tag in streets.columns:
            usable = usable & streets[tag].astype(object).fillna("").isin(("", "no")).to_numpy()
    lines = streets.geometry.to_numpy()[usable]
    middles = shapely.line_interpolate_point(lines, 0.5, normalized=True)
    faces: np.ndarray = lines[np.lexsort((shapely.length(lines), shapely.get_y(middles), shapely.get_x(middles)))]
    return faces


def _doors(shapes: np.ndarray, lines: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Of each part its door (x, y), the row of its street (-1 for none), and how far along and away from it that is."""
    inside = shapely.point_on_surface(shapes)
    x, y = shapely.get_x(inside), shapely.get_y(inside)
    street = np.full(len(shapes), -1, dtype=np.int64)
    along_m, off_m = np.zeros(len(shapes)), np.zeros(len(shapes))
    if not len(lines) or not len(shapes):
        return x, y, street, along_m, off_m
    # of streets as near as each other the first in their order
    found = shapely.STRtree(lines).query_nearest(shapes, max_distance=float(building_rules()["farthest_door_m"]))
    part, line = found[:, np.lexsort((found[1], found[0]))]
    part, at = np.unique(part, return_index=True)
    line = line[at]
    links = shapely.shortest_line(shapes[part], lines[line])
    doors = shapely.get_point(links, 0)
    x[part], y[part], street[part] = shapely.get_x(doors), shapely.get_y(doors), line
    along_m[part] = shapely.line_locate_point(lines[line], doors)
    off_m[part] = shapely.length(links)
    return x, y, street, along_m, off_m


def _named(
    cells: Cells, square: np.ndarray, rows: np.ndarray, shapes: np.ndarray, share: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Parts with the row of their square in the population file, those of squares that are not in it left out."""
    unit = cells.index.get_indexer(pd.MultiIndex.from_arrays([square[:, 0], square[:, 1]]))
    known = unit >= 0
    return shapes[known], unit[known], rows[known], share[known]


def _inhabited_parts(
    parts: list[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]], weight: np.ndarray, inhabited: np.ndarray
) -> BuildingParts:
    shape, unit, building, share = (np.concatenate(values) for values in zip(*parts, strict=True))
    some = inhabited[unit]
    return BuildingParts(shape[some], unit[some], (weight[building] * share)[some], building[some])


def _transformed(shapes: np.ndarray, transformer: Transformer) -> np.ndarray:
    moved: np.ndarray = shapely.transform(
        shapes, lambda points: np.column_stack(transformer.transform(points[:, 0], points[:, 1]))
    )
    return moved


def _polygonal(shapes: np.ndarray) -> np.ndarray:
    """The polygons of cuts: a border that runs along a wall leaves lines and points beside them."""
    mixed = np.flatnonzero(shapely.get_type_id(shapes) == 7)  # noqa: PLR2004 - a GeometryCollection
    for at in mixed:
        shapes[at] = shapely.multipolygons(
            [part for part in shapely.get_parts(shapes[at]) if part.geom_type == "Polygon"]
        )
    return shapes


def grid_centres(cells: Cells, crs: CRS) -> tuple[np.ndarray, np.ndarray]:
    """X and y of the centre of each square, in ``crs``."""
    columns, rows = (cells.index.get_level_values(level).to_numpy() for level in (0, 1))
    back = Transformer.from_crs(cells.crs, crs, always_xy=True)
    x, y = back.transform(cells.corner_x + (columns + 0.5) * cells.side_m, cells.corner_y + (rows + 0.5) * cells.side_m)
    return np.asarray(x), np.asarray(y)
