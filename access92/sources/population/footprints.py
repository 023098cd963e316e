"""Footprints of buildings: which may be homes, how much floor they have; collected from OpenStreetMap tags."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS

from access92.cache.fingerprints import code_fingerprint

FOOTPRINT_COLUMNS = ("kind", "left_out", "levels", "height_m", "dwellings")
"""Of a table of footprints, beside its polygons: see :class:`Footprints`."""

FOOTPRINTS = "footprints"
"""The name of the table that an OpenStreetMap file gives (:class:`FootprintCollector`)."""

_MOST_LEVELS, _MOST_HEIGHT_M = 200.0, 1000.0
_NUMBER = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*m?\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Footprints:
    """The buildings of a file, in metres, and what to call the file.

    ``table``: one row a building, in any order: ``kind`` (text: the value of ``building``, or '' where the file does
    not say), ``left_out`` (text: '' where people may live, else the code of the reason, see ``buildings.toml``),
    ``levels``, ``height_m`` and ``dwellings`` (float64, NaN where not known), and the polygon. ``source``: French, for
    the report (« bâtiments d'OpenStreetMap »).
    """

    table: gpd.GeoDataFrame
    source: str


@cache
def building_rules() -> Mapping[str, Any]:
    """The content of ``buildings.toml``: what counts as a home, with its reasons and sources.

    >>> building_rules()["least_m2"]
    20.0
    """
    text = files("access92.sources.population").joinpath("buildings.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _reasons_by_tag() -> dict[tuple[str, str], str]:
    """By key and value of a tag (« * »: any value) the reason that a building with it is no home."""
    return {
        (key, value): reason
        for reason, rules in building_rules()["left_out"].items()
        for key, values in rules.items()
        if key != "label"
        for value in values
    }


def reason_left_out(tags: Mapping[str, str]) -> str:
    """Why a building with these OpenStreetMap tags is no home; '' where it may be one.

    >>> reason_left_out({"building": "yes", "amenity": "school"}), reason_left_out({"building": "garage"})
    ('education', 'annex')
    >>> reason_left_out({"building": "apartments", "shop": "bakery"}), reason_left_out({"building": "yes"})
    ('', '')
    """
    reasons = _reasons_by_tag()
    kind = tags.get("building", "").strip().lower()
    if kind in building_rules()["homes"]["building"]:
        return reasons.get(("ruins", tags.get("ruins", "")), "") or reasons.get(
            ("abandoned", tags.get("abandoned", "")), ""
        )
    # the building itself says more than what happens in it
    if found := reasons.get(("building", kind)):
        return found
    for key in _tag_keys() if not tags.keys().isdisjoint(_tag_keys()) else ():
        value = tags.get(key, "").strip().lower()
        if value and value != "no" and (reason := reasons.get((key, value)) or reasons.get((key, "*"))):
            return reason
    return ""


@cache
def _tag_keys() -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for key, _ in _reasons_by_tag() if key != "building"))


def is_site(tags: Mapping[str, str]) -> bool:
    """Whether an area with these tags is a place whose plain buildings are no homes (a school's grounds).

    >>> is_site({"landuse": "industrial"}), is_site({"landuse": "residential"})
    (True, False)
    """
    return any(tags.get(key, "") in values for key, values in building_rules()["sites"].items())


def read_measure(text: str | None, *, most: float) -> float:
    """A number of metres or levels as OpenStreetMap writes it; NaN where it is none, or none that can be.

    >>> [read_measure(text, most=200) for text in ("3", "7,5 m", "2-3", "", "9999")]
    [3.0, 7.5, nan, nan, nan]
    """
    found = _NUMBER.fullmatch(text or "")
    value = float(found[1].replace(",", ".")) if found else np.nan
    return value if 0 < value <= most else np.nan


@dataclass(slots=True, eq=False)
class FootprintCollector:
    """Gathers the buildings of an OpenStreetMap file, and the grounds that decide of plain ones, as they go by.

    It is handed the areas that carry one of ``area_keys`` (see
    :class:`access92.sources.streets.extract.ExtractCollector`), and gives one table, ``footprints``.

    Examples
    --------
    >>> collector = FootprintCollector()
    >>> house = shapely.box(2.20, 48.80, 2.2002, 48.8002)
    >>> collector.add_area({"building": "yes", "building:levels": "2"}, shapely.to_wkb(house))
    >>> collector.finish(CRS(2154))["footprints"][["kind", "left_out", "levels"]].values.tolist()
    [['yes', '', 2.0]]
    """

    tables: tuple[str, ...] = (FOOTPRINTS,)
    fingerprint: str = field(default_factory=lambda: code_fingerprint(__name__))
    area_keys: tuple[str, ...] = field(default_factory=lambda: ("building", *building_rules()["sites"]))
    way_keys: tuple[str, ...] = ()
    node_keys: tuple[str, ...] = ()
    _rows: list[tuple[str, str, float, float, float]] = field(default_factory=list)
    _shapes: list[bytes] = field(default_factory=list)
    _sites: list[tuple[str, bytes]] = field(default_factory=list)

    def add_area(self, tags: Mapping[str, str], geometry_wkb: bytes) -> None:
        """Take a polygon or multipolygon in degrees (WGS 84): a building, the grounds of some, or neither."""
        kind = tags.get("building", "no").strip().lower()
        if kind != "no":
            levels = read_measure(tags.get("building:levels"), most=_MOST_LEVELS)
            height_m = read_measure(tags.get("height"), most=_MOST_HEIGHT_M)
            self._rows.append((kind, reason_left_out(tags), levels, height_m, np.nan))
            self._shapes.append(geometry_wkb)
        elif is_site(tags):
            self._sites.append((reason_left_out(tags), geometry_wkb))

    def add_way(self, tags: Mapping[str, str], lonlat: NDArray[np.float64]) -> None:
        """Lines are no buildings."""

    def add_node(self, tags: Mapping[str, str], lon: float, lat: float) -> None:
        """Points are no buildings."""

    def finish(self, crs: CRS) -> dict[str, gpd.GeoDataFrame]:
        """The buildings (see :class:`Footprints`) in ``crs``, sorted by place; plain ones on a site are left out."""
        shapes = np.empty(len(self._shapes), dtype=object)
        shapes[:] = shapely.from_wkb(self._shapes)
        rows = pd.DataFrame(self._rows, columns=list(FOOTPRINT_COLUMNS))
        numbers = dict.fromkeys(("levels", "height_m", "dwellings"), "float64")
        table = gpd.GeoDataFrame(rows.astype(numbers), geometry=valid_polygons(shapes), crs=4326)
        table = self._off_sites(table[shapely.area(table.geometry.to_numpy()) > 0].reset_index(drop=True))
        west, south, east, north = table.bounds.to_numpy().T
        return {FOOTPRINTS: table.iloc[np.lexsort((north, east, south, west))].reset_index(drop=True).to_crs(crs)}

    def _off_sites(self, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """The table with the reason of the site for the plain buildings (``building=yes``) whose point lies in one."""
        if not self._sites or table.empty:
            return table
        # where sites overlap the first reason of the alphabet holds: the order of the file decides nothing
        reasons, shapes = zip(*sorted(self._sites), strict=True)
        sites = np.empty(len(shapes), dtype=object)
        sites[:] = shapely.from_wkb(shapes)
        plain = np.flatnonzero((table["left_out"].eq("") & table["kind"].eq("yes")).to_numpy())
        points = shapely.point_on_surface(table.geometry.to_numpy()[plain])
        at, site = shapely.STRtree(valid_polygons(sites)).query(points, predicate="intersects")
        left_out = table["left_out"].to_numpy(dtype=object, copy=True)
        order = np.argsort(-site, kind="stable")
        left_out[plain[at[order]]] = np.array(reasons, dtype=object)[site[order]]
        return table.assign(left_out=left_out)


def valid_polygons(shapes: np.ndarray) -> np.ndarray:
    """The same areas, valid, as polygons and multipolygons; what has no area becomes empty.

    >>> bow = shapely.from_wkt("POLYGON ((0 0, 2 2, 2 0, 0 2, 0 0))")
    >>> valid_polygons(np.array([bow]))[0].geom_type
    'MultiPolygon'
    """
    shapes = np.array(shapes, dtype=object)
    wrong = np.flatnonzero(~shapely.is_valid(shapes) & ~shapely.is_missing(shapes))
    for at in wrong:
        parts = shapely.get_parts(shapely.get_parts(shapely.make_valid(shapes[at])))
        areas = [part for part in parts if part.geom_type == "Polygon"]
        shapes[at] = shapely.multipolygons(areas) if areas else shapely.Polygon()
    return shapes


def floor_areas(table: pd.DataFrame, ground_m2: np.ndarray) -> np.ndarray:
    """Square metres of floor of each building (float64): its ground × its levels.

    Levels are those of the file; else its height by 3 m, one level at least; else those of its kind in
    ``buildings.toml``.

    >>> kinds, levels, heights = ["yes", "yes", "house"], [4.0, None, None], [9.0, 6.0, None]
    >>> buildings = pd.DataFrame({"kind": kinds, "levels": levels, "height_m": heights})
    >>> floor_areas(buildings, np.array([100.0, 100.0, 100.0])).tolist()
    [400.0, 200.0, 200.0]
    """
    rules = building_rules()
    levels = table["levels"].to_numpy(dtype=float)
    by_height = np.maximum(1.0, table["height_m"].to_numpy(dtype=float) / rules["metres_per_level"])
    by_kind = table["kind"].map(rules["default_levels"]).fillna(rules["default_levels"]["other"]).to_numpy(dtype=float)
    levels = np.where(np.isnan(levels), by_height, levels)
    areas: np.ndarray = ground_m2 * np.where(np.isnan(levels), by_kind, levels)
    return areas
