"""The router of one mode: its network, time grid and snapped demand, built at first use or read from the cache."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from access92._concurrency import locked_cached_property
from access92._space import LINK_RADIUS_M
from access92.network.graph import Network, build_network
from access92.network.lines import SharedLines
from access92.network.link_reference import LinkReference
from access92.network.modes import Mode
from access92.network.snapping import NOT_SNAPPED, Links, Snaps, snap_places, snaps_of_links
from access92.sources.streets.traffic import TrafficRules
from access92.travel.cache import (
    CachedTimes,
    grid_key,
    holds_network,
    network_key,
    read_grid,
    read_network,
    read_times,
    times_key,
    write_grid,
    write_network,
)
from access92.travel.closed_grid import GridOfAll, close_grid
from access92.travel.riding import Rider
from access92.travel.time_grid import TimeGrid, build_time_grid


@dataclass(frozen=True, eq=False)
class Router:
    """Streets, demand and limits of one mode; what is computed from them is built only if something asks for it.

    ``shared_lines``: the vertices of the streets, where the routers of several modes share them. ``reference``: the
    streets of the whole study, which decide how far places link and what opens; by default ``streets``. What is cached
    under ``streets_key`` depends on them: that of a part of the streets is made of the key of the whole. ``whole``: the
    router of this mode on all of them, where ``streets`` are a part. ``same_ways``: a router of a mode that differs in
    nothing its network depends on (who walks, and who rides between two walks), whose network and grid this one shares.
    ``rider``: whose walks this is the router of, where the mode rides (:attr:`access92.network.modes.Mode.rides`);
    ``access_router``: of the mode by which its riders may come to the stop beside walking, where it has one.
    """

    streets: gpd.GeoDataFrame
    streets_key: str
    water: shapely.Geometry | None
    demand: gpd.GeoDataFrame
    demand_key: str
    mode: Mode
    cutoff_min: float
    max_snap_m: float
    cache_folder: Path | None
    shared_lines: SharedLines | None = None
    reference: LinkReference | None = None
    link_radius_m: float = LINK_RADIUS_M
    traffic: TrafficRules | None = None
    whole: Router | None = None
    same_ways: Router | None = None
    rider: Rider | None = None
    access_router: Router | None = None

    @locked_cached_property
    def lines(self) -> SharedLines:
        """The vertices of all the streets, in metres."""
        return self.shared_lines or SharedLines(self.streets.geometry)

    @locked_cached_property
    def links(self) -> LinkReference:
        """The streets that decide how far places link: those of the whole study."""
        return self.reference or LinkReference(self.streets, self.lines, self.traffic)

    @locked_cached_property
    def linkable(self) -> np.ndarray:
        """Whether places may link to each of the streets (bool)."""
        mask: np.ndarray = self.links.linkable[self.study_row]
        return mask

    @locked_cached_property
    def study_row(self) -> np.ndarray:
        """The row of each street among those of the study (int64, ascending)."""
        return self.links.rows_of(self.streets)

    @property
    def _same_streets(self) -> Router | None:
        """The router with the same ways, as long as they are: by another mode or other limits they differ."""
        other = self.same_ways
        if other is None or other.streets is not self.streets:
            return None
        limits = [(router.max_snap_m, router.link_radius_m) for router in (self, other)]
        return other if limits[0] == limits[1] and other.mode.on_streets == self.mode.on_streets else None

    @property
    def shares_places_with(self) -> Router | None:
        """That router where its demand too is this one's."""
        other = self._same_streets
        return other if other is not None and other.demand is self.demand else None

    @locked_cached_property
    def network(self) -> Network:
        """The graph of the mode, in milliseconds."""
        sharing = self._same_streets
        if sharing is not None:
            return replace(sharing.network, mode=self.mode)
        if self.cache_folder is None:
            return self._build_network()
        key = network_key(self.streets_key, self.mode)
        network = read_network(self.cache_folder, key, self.mode)
        if network is None:
            network = self._build_network()
            write_network(self.cache_folder, key, network)
        return network

    def check_streets(self) -> None:
        """Build the network, and that of the way to the stop.

        Raises
        ------
        InputError
            As :func:`access92.network.graph.build_network`: no street is usable.
        """
        for router in (self, self.access_router):
            if router is not None:
                _ = router.network

    def begin(self) -> None:
        """Build the network where the cache does not hold it: what asks for it waits less.

        Its times may be known all the same, where the cache made room since: it is built for nothing then, rarely.

        Raises
        ------
        InputError
            As :meth:`check_streets`.
        """
        if self.cache_folder is None or not holds_network(self.cache_folder, network_key(self.streets_key, self.mode)):
            _ = self.network

    def _build_network(self) -> Network:
        """The network of the study's streets without those that are not in ``streets``."""
        links = self.links
        closed = np.ones(len(links.streets), dtype=bool)
        closed[self.study_row] = False
        return build_network(
            links.streets, self.mode, lines=links.lines.lines, traffic=self.traffic,
            closed=closed if closed.any() else None, tags=links.tags, faults=links.faults, topologies=links.topologies,
        )  # fmt: skip

    @locked_cached_property
    def grid(self) -> TimeGrid:
        """The time grid of the mode."""
        sharing = self._same_streets
        if sharing is not None:
            return sharing.grid
        # that of a part of the streets follows from that of the whole sooner than it is written, and kept twice
        closed = self._close_grid()
        if closed is not None:
            return closed
        if self.cache_folder is None:
            return self._build_grid()
        key = grid_key(
            self.streets_key, self.mode, self.water, off_street_m=self.max_snap_m, link_radius_m=self.link_radius_m
        )
        grid = read_grid(self.cache_folder, key)
        if grid is None:
            grid = self._build_grid()
            write_grid(self.cache_folder, key, grid)
        return grid

    def _close_grid(self) -> TimeGrid | None:
        """The time grid out of that of all the streets; None where there are no others, or closing changes too much."""
        whole = self.whole
        if whole is None:
            return None
        of_all = GridOfAll(
            whole.grid, whole.network, whole.streets, self.links.rows_of(whole.streets)[whole.network.street_row]
        )
        study_row = self.study_row[self.network.street_row]
        return close_grid(of_all, self.streets, self.network, study_row, self.lines.lines)

    def _build_grid(self) -> TimeGrid:
        """The time grid, which reaches as far off the streets as places are snapped."""
        return build_time_grid(
            self.streets,
            self.network,
            off_street_m=self.max_snap_m,
            link_radius_m=self.link_radius_m,
            barriers=self.water,
            lines=self.lines.lines,
        )

    @locked_cached_property
    def key(self) -> str:
        """The cache key of the travel times of this router."""
        key = times_key(
            self.streets_key, self.mode, self.demand_key, cutoff_min=self.cutoff_min, max_snap_m=self.max_snap_m,
            link_radius_m=self.link_radius_m,
        )  # fmt: skip
        if self.rider is None:
            return key
        return hashlib.sha256(f"{key}|{self.rider.key(self.mode)}".encode()).hexdigest()

    @locked_cached_property
    def cached_times(self) -> CachedTimes | None:
        """The travel times that the cache held at the first question; None where it held none."""
        return None if self.cache_folder is None else read_times(self.cache_folder, self.key)

    @locked_cached_property
    def demand_snaps(self) -> Snaps:
        """The snaps of the demand points to the streets of the network."""
        cached, sharing = self.cached_times, self.shares_places_with
        if cached is None and sharing is not None:
            return sharing.demand_snaps
        if cached is None:
            return self._snap(self.demand.geometry, self.network.serves_demand)
        return decode_snaps(cached.encoded_demand_snaps, self.network)

    def snap(self, places: gpd.GeoSeries) -> Snaps:
        """The snaps of services, or of places for one, to the streets of the network."""
        return self._snap(places, self.network.serves_services)

    def _snap(self, places: gpd.GeoSeries, serving: np.ndarray) -> Snaps:
        return self.snap_within(places, serving, max_snap_m=self.max_snap_m, link_radius_m=self.link_radius_m)

    def snap_within(
        self, places: gpd.GeoSeries, serving: np.ndarray, *, max_snap_m: float, link_radius_m: float
    ) -> Snaps:
        """The snaps of places to the streets that serve them, up to another limit, within another radius."""
        return snap_places(
            places, self.streets, self.network, max_snap_m=max_snap_m, radius_m=link_radius_m, reference=self.links,
            serving=serving,
        )  # fmt: skip


def with_demand(
    router: Router,
    demand: gpd.GeoDataFrame,
    *,
    demand_key: str,
    cutoff_min: float | None = None,
    moved: dict[Router, Router] | None = None,
) -> Router:
    """The same router for other demand points; its network and time grid are shared, not rebuilt.

    ``demand``: demand_id, geometry, in the CRS of the streets; ``demand_key``: as a router's; ``cutoff_min``: another
    limit, by default the router's. ``moved``: by router the one for these points, where several share others; it grows.
    """
    moved = {} if moved is None else moved

    def move(part: Router | None) -> Router | None:
        if part is None:
            return None
        if part not in moved:
            # one of the same ways links the same places as well: it goes with this one
            moved[part] = replace(
                part, demand=demand, demand_key=demand_key,
                cutoff_min=part.cutoff_min if cutoff_min is None else cutoff_min,
                same_ways=move(part.shares_places_with) or part, whole=move(part.whole),
                access_router=move(part.access_router),
            )  # fmt: skip
        return moved[part]

    move(router)
    return moved[router]


def encode_snaps(snaps: Snaps, network: Network) -> np.ndarray:
    """The links of places: number of the place, row in the streets table (-1 = not snapped), position, metres.

    float64 (4, n_links); a place that is not snapped has one column too. Unlike positions in the arrays of a network,
    rows of the table mean the same without that network.
    """
    links = snaps.links()
    snapped = links.street != NOT_SNAPPED
    rows = np.where(snapped, network.street_row[np.where(snapped, links.street, 0)], NOT_SNAPPED)
    return np.stack([links.place.astype(float), rows.astype(float), links.position, links.snap_m])


def decode_snaps(encoded: np.ndarray, network: Network) -> Snaps:
    """The snaps on a network of what :func:`encode_snaps` gives, (4, n_links)."""
    rows = encoded[1].astype(np.int32)
    street = np.searchsorted(network.street_row, np.maximum(rows, 0)).astype(np.int32)
    street = np.where(rows == NOT_SNAPPED, np.int32(NOT_SNAPPED), street)
    return snaps_of_links(Links(encoded[0].astype(np.int32), street, encoded[2], encoded[3]))
