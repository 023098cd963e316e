"""What one pass over an OSM file gathers: its streets, the rules beside them, and whatever else collectors ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from access92.sources.streets.plazas import AreaRelation
from access92.sources.streets.traffic_collector import RawTraffic
from access92.sources.streets.ways import Bounds, Ways


class ExtractCollector(Protocol):
    """Takes objects of an OSM file that carry one of its keys, in the pass that reads the streets.

    Objects wholly outside the bounds that are read are not handed over; deleted ones neither. Nobody asks: nothing is
    assembled. A collector serves one reading.

    Attributes
    ----------
    tables
        The names of the tables that :meth:`finish` gives, whatever the file holds: the cache looks for all of them.
    fingerprint
        Text that changes with whatever decides the tables: ``code_fingerprint(__name__)`` and settings, if any.
    area_keys
        OSM keys of closed ways and multipolygon relations that are wanted as areas.
    way_keys
        OSM keys of ways that are wanted as lines (a closed way comes as an area too if its key is among both).
    node_keys
        OSM keys of nodes that are wanted.
    """

    tables: tuple[str, ...]
    fingerprint: str
    area_keys: tuple[str, ...]
    way_keys: tuple[str, ...]
    node_keys: tuple[str, ...]

    def add_area(self, tags: Mapping[str, str], geometry_wkb: bytes) -> None:
        """Take an area: a multipolygon in degrees (WGS 84) as well-known binary, holes included."""

    def add_way(self, tags: Mapping[str, str], lonlat: NDArray[np.float64]) -> None:
        """Take a line: degrees (WGS 84), shape (n, 2), n ≥ 2; a node without position ends it."""

    def add_node(self, tags: Mapping[str, str], lon: float, lat: float) -> None:
        """Take a point, degrees (WGS 84)."""

    def finish(self, crs: pyproj.CRS) -> Mapping[str, gpd.GeoDataFrame]:
        """The tables by name, geometry in ``crs``; empty tables where nothing was found."""


@dataclass(frozen=True, slots=True, eq=False)
class OsmExtract:
    """The streets of an OSM file, and what it says about their nodes and turns, before anything is cut or projected.

    ``without_position``: streets of which the file lacks every position, so that it is not known where they are;
    ``segments_without_position``: their segments. ``areas``: multipolygons that are streets. ``broken_surfaces``:
    buildings, water and whatever else collectors asked for as areas, left out for want of a position; beside the whole.
    """

    ways: Ways
    traffic: RawTraffic
    without_position: int = 0
    segments_without_position: int = 0
    areas: tuple[AreaRelation, ...] = ()
    broken_surfaces: int = 0
    whole_surfaces: int = 0


@dataclass(slots=True, eq=False)
class ExtractDispatch:
    """Hands objects of a file to the collectors that asked for one of their keys, once the file is read to its end.

    Examples
    --------
    >>> dispatch = ExtractDispatch((), None)
    >>> dispatch.area_keys, dispatch.way_keys, dispatch.node_keys
    ((), (), ())
    """

    collectors: Sequence[ExtractCollector]
    bounds: Bounds | None
    area_keys: tuple[str, ...] = field(init=False)
    way_keys: tuple[str, ...] = field(init=False)
    node_keys: tuple[str, ...] = field(init=False)
    _by_key: dict[str, dict[str, list[ExtractCollector]]] = field(init=False)
    _areas: list[tuple[ExtractCollector, Mapping[str, str], bytes]] = field(default_factory=list)
    _ways: list[tuple[ExtractCollector, Mapping[str, str], NDArray[np.float64]]] = field(default_factory=list)
    _nodes: list[tuple[ExtractCollector, Mapping[str, str], float, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Index the collectors by key."""
        self._by_key = {"area": {}, "way": {}, "node": {}}
        for collector in self.collectors:
            for kind, keys in (
                ("area", collector.area_keys),
                ("way", collector.way_keys),
                ("node", collector.node_keys),
            ):
                for key in keys:
                    self._by_key[kind].setdefault(key, []).append(collector)
        self.area_keys, self.way_keys, self.node_keys = (tuple(self._by_key[kind]) for kind in ("area", "way", "node"))

    def add_area(self, tags: Mapping[str, str], geometry_wkb: bytes) -> None:
        """An area for whoever wants it, if its box touches the bounds."""
        takers = self._takers("area", tags)
        if takers and self._touches(shapely.bounds(shapely.from_wkb(geometry_wkb))):
            self._areas += [(collector, tags, geometry_wkb) for collector in takers]

    def add_way(self, tags: Mapping[str, str], lonlat: NDArray[np.float64]) -> None:
        """A line for whoever wants it, if its box touches the bounds."""
        takers = self._takers("way", tags)
        if takers and self._touches(np.concatenate([lonlat.min(axis=0), lonlat.max(axis=0)])):
            self._ways += [(collector, tags, lonlat) for collector in takers]

    def add_node(self, tags: Mapping[str, str], lon: float, lat: float) -> None:
        """A point for whoever wants it, if it lies within the bounds."""
        takers = self._takers("node", tags)
        if takers and self._touches(np.array([lon, lat, lon, lat])):
            self._nodes += [(collector, tags, lon, lat) for collector in takers]

    @property
    def area_count(self) -> int:
        """The areas gathered so far, once for each collector."""
        return len(self._areas)

    def forget_areas(self) -> None:
        """Drop the areas only: they are to be made anew."""
        self._areas = []

    def forget(self) -> None:
        """Drop what is not delivered."""
        self._areas, self._ways, self._nodes = [], [], []

    def deliver(self) -> None:
        """Hand everything over, in the order of the file."""
        for taker, tags, geometry_wkb in self._areas:
            taker.add_area(tags, geometry_wkb)
        for taker, tags, lonlat in self._ways:
            taker.add_way(tags, lonlat)
        for taker, tags, lon, lat in self._nodes:
            taker.add_node(tags, lon, lat)
        self.forget()

    def _takers(self, kind: str, tags: Mapping[str, str]) -> list[ExtractCollector]:
        by_key = self._by_key[kind]
        takers = [collector for key in tags if key in by_key for collector in by_key[key]]
        return list(dict.fromkeys(takers)) if len(takers) > 1 else takers

    def _touches(self, box: NDArray[np.float64]) -> bool:
        if self.bounds is None:
            return True
        west, south, east, north = self.bounds
        return bool(box[0] <= east and box[2] >= west and box[1] <= north and box[3] >= south)


def finish_collectors(collectors: Iterable[ExtractCollector], crs: pyproj.CRS) -> dict[str, gpd.GeoDataFrame]:
    """The tables of all collectors by name.

    >>> finish_collectors((), pyproj.CRS(2154))
    {}
    """
    return {name: table for collector in collectors for name, table in collector.finish(crs).items()}
