"""Places inside the study's areas that have a name, and what a pocket of people is called after."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import cKDTree

LINK_M = 150.0
"""Two places closer than this, in metres, and of the same quarter (or area), belong to the same pocket."""

QUARTER_M = 1500.0
"""A place further than this, in metres, from every quarter and station that has a name is of none."""

STREET_M = 300.0
"""How far, in metres, from a pocket its street may be."""

INSIDE, NEAR = "inside", "near"
"""``place_position``: the place that names a pocket is among its homes, or is the nearest of the area of its people."""

_QUARTER_KINDS = ("suburb", "quarter", "neighbourhood", "hamlet")


@dataclass(frozen=True, slots=True, eq=False)
class Quarters:
    """The named places of the study's areas, and the quarter of each demand point.

    ``number``: int64, (n,), of each demand point among ``names``, −1 where it is of none. By place, in the order of
    the names: ``place_name`` (position in ``names``), ``place_xy`` (metres), ``place_area`` (area_id, object) and
    ``place_home``: the row of the inhabited demand point nearest to it, −1 where none is within :data:`LINK_M`.
    """

    number: np.ndarray
    names: tuple[str, ...]
    place_name: np.ndarray
    place_xy: np.ndarray
    place_area: np.ndarray
    place_home: np.ndarray


def nearest_quarters(demand: gpd.GeoDataFrame, places: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> Quarters:
    """The nearest named quarter or station of each demand point, if it is nearer than :data:`QUARTER_M`.

    ``places``: ``kind``, ``name`` and points; ``areas``: ``area_id`` and polygons, both in the CRS of the demand. Names
    of towns, which are areas, and places outside the areas are left out: nobody looks there for people who live here.
    Two points of one name are one quarter; of two as near, the first by name.

    >>> from shapely import Point, box
    >>> table = {"area_id": "a", "population": [1, 1, 1]}
    >>> demand = gpd.GeoDataFrame(table, geometry=[Point(0, 0), Point(900, 0), Point(9e3, 0)], crs=2154)
    >>> table = {"kind": ["train", "quarter", "quarter"], "name": ["Est", "Centre", "Ailleurs"]}
    >>> points = [Point(1e3, 0), Point(1, 0), Point(0, -1)]
    >>> areas = gpd.GeoDataFrame({"area_id": ["a"]}, geometry=[box(0, 0, 1e4, 1)], crs=2154)
    >>> quarters = nearest_quarters(demand, gpd.GeoDataFrame(table, geometry=points, crs=2154), areas)
    >>> quarters.names, quarters.number.tolist()
    (('Centre', 'Est'), [0, 1, -1])
    """
    is_named = (places["kind"].isin([*_QUARTER_KINDS, "train", "metro"]) & (places["name"] != "")).to_numpy(bool)
    points, name = places.geometry.to_numpy()[is_named], places["name"].astype(str).to_numpy()[is_named]
    # the area of each place; of two that share its point, the first
    place, area = shapely.STRtree(areas.geometry.to_numpy()).query(points, predicate="intersects")
    area_row = pd.Series(area).groupby(place).min()
    rows = area_row.index.to_numpy(dtype=np.int64)
    xy, name = shapely.get_coordinates(points[rows]), name[rows]
    order = np.lexsort((xy[:, 1], xy[:, 0], name))
    xy = xy[order]
    names, number = np.unique(name[order], return_inverse=True)
    quarter, home = np.full(len(demand), -1, dtype=np.int64), np.full(len(xy), -1, dtype=np.int64)
    if len(xy) and len(demand):
        homes = shapely.get_coordinates(demand.geometry.array)
        _, nearest = cKDTree(xy).query(homes, distance_upper_bound=QUARTER_M)
        quarter = np.append(number, -1)[nearest].astype(np.int64)  # beyond the bound: one past the last
        inhabited = np.flatnonzero(demand["population"].to_numpy(float) > 0)
        _, nearest = cKDTree(homes[inhabited]).query(xy, distance_upper_bound=LINK_M)
        home = np.append(inhabited, -1)[nearest].astype(np.int64)
    area_ids = areas["area_id"].astype(str).to_numpy(dtype=object)[area_row.to_numpy(dtype=np.int64)][order]
    return Quarters(quarter, tuple(map(str, names)), number, xy, area_ids, home)


def name_pocket(quarters: Quarters, rows: np.ndarray, centre: np.ndarray, area_id: str) -> tuple[str, str]:
    """What a pocket is called after, and ``place_position``; two '' where nothing has a name.

    ``rows``: of the demand, its homes; ``centre`` (metres): of its people; ``area_id``: of most of them. A place of
    which the nearest home is one of the pocket's comes first, then those of the area within :data:`QUARTER_M`: of
    each, the nearest to the centre; of two as near, the first by name.
    """
    distance_m = np.hypot(*(quarters.place_xy - centre).T)
    is_inside = np.isin(quarters.place_home, rows)
    is_near = (quarters.place_area == area_id) & (distance_m <= QUARTER_M)
    for chosen, position in ((is_inside, INSIDE), (is_near, NEAR)):
        if chosen.any():
            place = int(np.argmin(np.where(chosen, distance_m, np.inf)))
            return quarters.names[quarters.place_name[place]], position
    return "", ""


def with_street_names(table: gpd.GeoDataFrame, streets: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The table of pockets, those without a name called after the nearest named street of their area.

    ``streets``: ``name`` (null or '' where none) and lines, in the CRS of the table: a street is as far as its nearest
    part, which lies in the area of the pocket and within :data:`STREET_M`; ``areas``: ``area_id`` and polygons.
    """
    nameless = np.flatnonzero((table["place_name"] == "").to_numpy())
    if len(nameless) == 0 or "name" not in streets.columns:
        return table
    named = streets[(streets["name"].fillna("") != "").to_numpy()]
    points, lines = table.geometry.to_numpy()[nameless], named.geometry.to_numpy()
    which, street = shapely.STRtree(lines).query(points, predicate="dwithin", distance=STREET_M)
    if len(which) == 0:
        return table

    # where each street is nearest, and whether that is in the area of the pocket
    ways = shapely.shortest_line(points[which], lines[street])
    shapes = areas.set_index(areas["area_id"].astype(str)).geometry
    own = shapes.reindex(table["area_id"].astype(str).iloc[nameless[which]]).to_numpy()
    is_own = shapely.intersects(own, shapely.get_point(ways, -1))
    names = named["name"].astype(str).to_numpy()[street]
    found = pd.DataFrame({"pocket": which, "metres": shapely.length(ways), "name": names})
    # of two as near, the first by name
    found = found[is_own].sort_values(["pocket", "metres", "name"]).drop_duplicates("pocket")
    place_name, position = (table[name].to_numpy(dtype=object).copy() for name in ("place_name", "place_position"))
    place_name[nameless[found["pocket"]]] = found["name"].to_numpy(dtype=object)
    position[nameless[found["pocket"]]] = np.where(found["metres"] <= LINK_M, INSIDE, NEAR).astype(object)
    return table.assign(place_name=place_name, place_position=position)
