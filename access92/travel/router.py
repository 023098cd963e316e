"""What the runs of one mode stand on: network, time grid, links; built at first use, or read from the cache."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from access92._concurrency import locked_cached_property
from access92.network.graph import Network, build_network
from access92.network.lines import SharedLines
from access92.network.modes import Mode
from access92.network.snapping import NOT_SNAPPED, Snaps, snap_places
from access92.travel.cache import CachedTimes, read_times, times_key
from access92.travel.router_cache import grid_key, network_key, read_grid, read_network, write_grid, write_network
from access92.travel.time_grid import TimeGrid, lay_time_grid


@dataclass(frozen=True, eq=False)
class Router:
    """What the runs of one mode stand on; the network is built only if something must be computed.

    ``shared_lines``: those of the streets, where the grounds of several modes share them.
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

    @locked_cached_property
    def lines(self) -> SharedLines:
        """The vertices of all the streets."""
        return self.shared_lines or SharedLines(self.streets.geometry)

    @locked_cached_property
    def network(self) -> Network:
        """The graph of the mode."""
        if self.cache_folder is None:
            return build_network(self.streets, self.mode, lines=self.lines.lines)
        key = network_key(self.streets_key, self.mode)
        kept = read_network(self.cache_folder, key, self.mode)
        if kept is None:
            kept = build_network(self.streets, self.mode, lines=self.lines.lines)
            write_network(self.cache_folder, key, kept)
        return kept

    @locked_cached_property
    def grid(self) -> TimeGrid:
        """The time grid of the mode."""
        if self.cache_folder is None:
            return lay_time_grid(self.streets, self.network, barriers=self.water, lines=self.lines.lines)
        key = grid_key(self.streets_key, self.mode, self.water)
        kept = read_grid(self.cache_folder, key, self.network)
        if kept is None:
            kept = lay_time_grid(self.streets, self.network, barriers=self.water, lines=self.lines.lines)
            write_grid(self.cache_folder, key, kept)
        return kept

    @locked_cached_property
    def key(self) -> str:
        """The key of the travel times of this ground."""
        return times_key(
            self.streets_key, self.mode, self.demand_key, cutoff_min=self.cutoff_min, max_snap_m=self.max_snap_m
        )

    @locked_cached_property
    def cached_times(self) -> CachedTimes | None:
        """The travel times that the cache held when they were first asked for; None where it held none."""
        return None if self.cache_folder is None else read_times(self.cache_folder, self.key)

    @locked_cached_property
    def demand_snaps(self) -> Snaps:
        """The links of the demand to the streets of the network."""
        kept = self.cached_times
        return (
            self.snap(self.demand.geometry) if kept is None else decode_snaps(kept.encoded_demand_snaps, self.network)
        )

    def snap(self, places: gpd.GeoSeries) -> Snaps:
        """The links of places to the streets of the network."""
        return snap_places(places, self.streets, self.network, max_snap_m=self.max_snap_m, lines=self.lines)


def encode_snaps(snaps: Snaps, network: Network) -> np.ndarray:
    """Rows of streets (-1 = none), positions and metres of some links: (3, n)."""
    snapped = snaps.street != NOT_SNAPPED
    rows = np.where(snapped, network.street_row[np.where(snapped, snaps.street, 0)], NOT_SNAPPED)
    return np.stack([rows.astype(float), snaps.position, snaps.snap_m])


def decode_snaps(links: np.ndarray, network: Network) -> Snaps:
    """The links of places, from rows of streets, positions and metres: (3, n)."""
    rows = links[0].astype(np.int32)
    street = np.searchsorted(network.street_row, np.maximum(rows, 0)).astype(np.int32)
    return Snaps(
        street=np.where(rows == NOT_SNAPPED, np.int32(NOT_SNAPPED), street), position=links[1], snap_m=links[2]
    )
