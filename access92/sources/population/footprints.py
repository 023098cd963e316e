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

FOOTPRINT_COLUMNS = ("building_id", "kind", "left_out", "levels", "height_m", "dwellings")
"""Of a table of footprints, beside its polygons: see :class:`Footprints`."""

SHED = "shed"
"""The reason of a footprint that is too small to be a home."""

_MOST_LEVELS, _MOST_HEIGHT_M = 200.0, 1000.0
_NUMBER = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*m?\s*")


@dataclass(frozen=True, slots=True, eq=False)
class Footprints:
    """The buildings of a file, in metres, and what to call the file.

    ``table``: one row a building, in the order of the file: ``building_id`` (text), ``kind`` (text: the value of
    ``building``, or '' where the file does not say), ``left_out`` (text: '' where people may live, else the code of the
    reason, see ``buildings.toml``), ``levels``, ``height_m`` and ``dwellings`` (float64, NaN where not known), and the
    polygon. ``source``: French, for the report (« bâtiments d'OpenStreetMap »).
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
        return reasons.get(("ruins", tags.get("ruins", "")), "") or reasons.get(("abandoned", tags.get("abandoned", "")), "")
    # the building itself says more than what happens in it
    if found := reasons.get(("building", kind)):
        return found
    for key in _tag_keys():
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


@dataclass(slots=True)
class FootprintCollector:
    """Gathers the buildings of an OpenStreetMap file, and the grounds that decide of plain ones, as they go by.

    ``wants`` says which closed ways and multipolygons to hand to ``add_area``, in degrees; ``finish`` gives the table.

    Examples
    --------
    >>> collector = FootprintCollector()
    >>> house = shapely.box(2.20, 48.80, 2.2002, 48.8002)
    >>> collector.add_area("w1", {"building": "yes", "building:levels": "2"}, shapely.to_wkb(house))
    >>> collector.finish(crs=2154)[["building_id", "left_out", "levels"]].values.tolist()
    [['w1', '', 2.0]]
    """

    _ids: list[str] = field(default_factory=list)
    _kinds: list[str] = field(default_factory=list)
    _left_out: list[str] = field(default_factory=list)
    _levels: list[float] = field(default_factory=list)
    _heights_m: list[float] = field(default_factory=list)
    _shapes: list[bytes] = field(default_factory=list)
    _sites: list[bytes] = field(default_factory=list)
    _site_reasons: list[str] = field(default_factory=list)

    @staticmethod
    def wants(tags: Mapping[str, str]) -> bool:
        """Whether an area with these tags is a building, or the grounds of some.

        >>> FootprintCollector.wants({"building": "yes"}), FootprintCollector.wants({"natural": "water"})
        (True, False)
        """
        return ("building" in tags and tags["building"] != "no") or is_site(tags)

    def add_area(self, area_id: str, tags: Mapping[str, str], wkb: bytes) -> None:
        """One polygon or multipolygon in WGS 84 (well-known binary), whose tags are wanted."""
        if tags.get("building", "no") == "no":
            self._sites.append(wkb)
            self._site_reasons.append(_site_reason(tags))
            return
        self._ids.append(area_id)
        self._kinds.append(tags["building"].strip().lower())
        self._left_out.append(reason_left_out(tags))
        self._levels.append(read_measure(tags.get("building:levels"), most=_MOST_LEVELS))
        self._heights_m.append(read_measure(tags.get("height"), most=_MOST_HEIGHT_M))
        self._shapes.append(wkb)

    def finish(self, *, crs: object) -> gpd.GeoDataFrame:
        """The buildings (see :class:`Footprints`), sorted by id, in ``crs``; plain ones on a site are left out."""
        shapes = shapely.from_wkb(np.array(self._shapes, dtype=object)) if self._shapes else np.array([], dtype=object)
        table = gpd.GeoDataFrame(
            {
                "building_id": np.array(self._ids, dtype=object),
                "kind": np.array(self._kinds, dtype=object),
                "left_out": np.array(self._left_out, dtype=object),
                "levels": np.array(self._levels, dtype=float),
                "height_m": np.array(self._heights_m, dtype=float),
                "dwellings": np.full(len(self._ids), np.nan),
            },
            geometry=valid_polygons(shapes),
            crs=4326,
        )
        table = self._off_sites(table).sort_values("building_id", kind="stable", ignore_index=True)
        return table[~(table.geometry.is_empty | table.geometry.isna())].reset_index(drop=True).to_crs(crs)

    def _off_sites(self, table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """The table with the reason of the site for the plain buildings (``building=yes``) whose point lies in one."""
        if not self._sites or table.empty:
            return table
        sites = valid_polygons(shapely.from_wkb(np.array(self._sites, dtype=object)))
        plain = np.flatnonzero((table["left_out"].eq("") & table["kind"].isin(["yes", ""])).to_numpy())
        tree = shapely.STRtree(sites)
        rows, site = tree.query(shapely.point_on_surface(table.geometry.to_numpy()[plain]), predicate="intersects")
        left_out = table["left_out"].to_numpy(dtype=object, copy=True)
        # where sites overlap, the first reason in order of the alphabet: the order of the file decides nothing
        for at, which in sorted(zip(rows, site, strict=True), key=lambda pair: self._site_reasons[pair[1]], reverse=True):
            left_out[plain[at]] = self._site_reasons[which]
        return table.assign(left_out=left_out)


def _site_reason(tags: Mapping[str, str]) -> str:
    """The reason of the buildings of a site: that of its own tags."""
    return reason_left_out({key: value for key, value in tags.items() if key != "building"}) or "work"


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

    >>> house = pd.DataFrame({"kind": ["yes", "yes", "house"], "levels": [4.0, None, None], "height_m": [9.0, 6.0, None]})
    >>> floor_areas(house, np.array([100.0, 100.0, 100.0])).tolist()
    [400.0, 200.0, 200.0]
    """
    rules = building_rules()
    levels = table["levels"].to_numpy(dtype=float)
    by_height = np.maximum(1.0, table["height_m"].to_numpy(dtype=float) / rules["metres_per_level"])
    by_kind = table["kind"].map(rules["default_levels"]).fillna(rules["default_levels"]["other"]).to_numpy(dtype=float)
    levels = np.where(np.isnan(levels), by_height, levels)
    areas: np.ndarray = ground_m2 * np.where(np.isnan(levels), by_kind, levels)
    return areas
