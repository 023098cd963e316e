"""One mode of a run: its network, travel times and catchments; what was computed before comes from the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.catchments import catchments_table, draw_all
from access92.computed_once import computed_once
from access92.ground_cache import grid_key, network_key, read_grid, read_network, write_grid, write_network
from access92.modes import Mode
from access92.network import Network, build_network
from access92.sealed_files import read_sealed, write_sealed
from access92.snapping import NOT_SNAPPED, Snaps, snap_places, snaps_table
from access92.street_lines import SharedLines, StreetLines
from access92.time_grid import TimeGrid, lay_time_grid
from access92.travel_cache import (
    CachedCatchments,
    CachedTimes,
    catchments_key,
    encode_catchments,
    group_key,
    place_keys,
    read_catchments,
    read_times,
    times_key,
    write_catchments,
    write_times,
)
from access92.travel_times import TravelTimes, travel_time_matrix


@dataclass(frozen=True, slots=True)
class NetworkSummary:
    """How many nodes and edges a mode uses, and what its main connected component leaves out."""

    mode: str
    nodes: int
    directed_edges: int
    length_km: float
    cut_off_nodes: int
    cut_off_length_km: float


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the results of one step of one mode come from: how many were computed, how many were kept."""

    mode: str
    step: str  # "temps de parcours" (one per service) or "isochrones" (one per group of services)
    computed: int
    from_cache: int


@dataclass(frozen=True, slots=True, eq=False)
class ModeRun:
    """What one mode gives."""

    times: TravelTimes
    catchments: gpd.GeoDataFrame
    network: NetworkSummary
    provenance: tuple[Provenance, ...]


@dataclass(frozen=True, eq=False)
class ModeGround:
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

    @computed_once
    def lines(self) -> StreetLines:
        """The vertices of all the streets."""
        return (self.shared_lines or SharedLines(self.streets.geometry)).lines

    @computed_once
    def network(self) -> Network:
        """The graph of the mode."""
        if self.cache_folder is None:
            return build_network(self.streets, self.mode, lines=self.lines)
        key = network_key(self.streets_key, self.mode)
        kept = read_network(self.cache_folder, key, self.mode)
        if kept is None:
            kept = build_network(self.streets, self.mode, lines=self.lines)
            write_network(self.cache_folder, key, kept)
        return kept

    @computed_once
    def grid(self) -> TimeGrid:
        """The time grid of the mode."""
        if self.cache_folder is None:
            return lay_time_grid(self.streets, self.network, barriers=self.water, lines=self.lines)
        key = grid_key(self.streets_key, self.mode, self.water)
        kept = read_grid(self.cache_folder, key, self.network)
        if kept is None:
            kept = lay_time_grid(self.streets, self.network, barriers=self.water, lines=self.lines)
            write_grid(self.cache_folder, key, kept)
        return kept

    @computed_once
    def key(self) -> str:
        """The key of the travel times of this ground."""
        return times_key(
            self.streets_key, self.mode, self.demand_key, cutoff_min=self.cutoff_min, max_snap_m=self.max_snap_m
        )

    def snap(self, places: gpd.GeoSeries) -> Snaps:
        """The links of places to the streets of the network."""
        return snap_places(places, self.streets, self.network, max_snap_m=self.max_snap_m, lines=self.lines)


def run_mode(
    ground: ModeGround,
    services: gpd.GeoDataFrame,
    *,
    alone: Sequence[str],
    groups: Mapping[tuple[str, str], np.ndarray],
    thresholds_min: Sequence[float],
    needed: np.ndarray | None = None,
) -> ModeRun:
    """Travel times to the services, and the catchments of each of ``alone`` and of the groups.

    ``needed``: the rows of services to compute (all by default); the times to the others are NaN, without link.
    ``alone``: the ids of the first services, or none; ``groups``: rows of services by (scenario, rule).
    Whatever the cache holds under the fingerprint of streets, mode, demand and code is taken from it; a
    service that it does not know costs one search. The result is the same either way, to the byte.
    """
    keys = place_keys(services.geometry)
    wanted = range(len(keys)) if needed is None else sorted(map(int, needed))
    kept, computed = _times(ground, services, keys, wanted)
    links = np.tile([float(NOT_SNAPPED), np.nan, np.nan], (len(keys), 1))
    minutes = np.full((len(keys), len(ground.demand)), np.nan, dtype=np.float32)
    for row in wanted:
        links[row], minutes[row] = kept.links[keys[row]], kept.rows[keys[row]]
    times = TravelTimes(
        mode=ground.mode.name,
        minutes=minutes,
        service_snaps=_links_table(links.T, services["service_id"], ground.streets),
        demand_snaps=_links_table(kept.demand_links, ground.demand["demand_id"], ground.streets),
    )
    drawn, drawn_now = _catchments(ground, kept, keys, alone, groups, thresholds_min)
    catchments = catchments_table(
        ground.mode.name, alone, groups, drawn, thresholds_min=thresholds_min, crs=services.crs
    )
    summary = NetworkSummary(
        mode=ground.mode.name,
        nodes=int(kept.counts["nodes"]),
        directed_edges=int(kept.counts["directed_edges"]),
        length_km=kept.counts["length_km"],
        cut_off_nodes=int(kept.counts["cut_off_nodes"]),
        cut_off_length_km=kept.counts["cut_off_length_km"],
    )
    provenance = (
        Provenance(ground.mode.name, "temps de parcours", computed, len({keys[row] for row in wanted}) - computed),
        Provenance(ground.mode.name, "isochrones", drawn_now, len(drawn) - drawn_now),
    )
    return ModeRun(times, catchments, summary, provenance)


def times_to_places(ground: ModeGround, places: gpd.GeoSeries, *, cutoff_min: float) -> np.ndarray:
    """Minutes towards some places (float32, places × demand), NaN where not reached within ``cutoff_min``.

    Kept in the cache apart from those to services, which many more runs read; as plain bytes, which cost least to read.
    """
    folder, keys, shape = ground.cache_folder, place_keys(places), (len(places), len(ground.demand))
    own_key = hashlib.sha256(f"{ground.key}|{cutoff_min}|{'|'.join(keys)}".encode()).hexdigest()
    path = None if folder is None else folder / f"places-{own_key}.f32"
    kept = None if path is None else read_sealed(path)
    if kept is not None:
        return np.frombuffer(kept, dtype="<f4").reshape(shape)
    known = None if folder is None else read_times(folder, ground.key)
    if known is None:
        snaps = ground.snap(pd.concat([places, ground.demand.geometry], ignore_index=True))
        place_snaps, demand_snaps = snaps.part(slice(len(places))), snaps.part(slice(len(places), None))
    else:
        place_snaps, demand_snaps = ground.snap(places), _snaps(known.demand_links, ground.network)
    minutes = travel_time_matrix(ground.network, place_snaps, demand_snaps, cutoff_min=cutoff_min)
    if path is not None:
        write_sealed(path, np.ascontiguousarray(minutes, dtype="<f4").reshape(-1).data)
    return minutes


def _times(
    ground: ModeGround, services: gpd.GeoDataFrame, keys: Sequence[str], wanted: Sequence[int]
) -> tuple[CachedTimes, int]:
    """The kept travel times with those to new places among the wanted rows added, and how many were new."""
    folder = ground.cache_folder
    kept = read_times(folder, ground.key) if folder is not None else None
    known = {} if kept is None else kept.rows
    first = {keys[row]: row for row in reversed(wanted) if keys[row] not in known}
    rows = sorted(first.values())
    if kept is not None and not rows:
        return kept, 0
    network = ground.network
    places = services.geometry.iloc[rows]
    if kept is None:
        snaps = ground.snap(pd.concat([places, ground.demand.geometry], ignore_index=True))
        service_snaps, demand_snaps = snaps.part(slice(len(rows))), snaps.part(slice(len(rows), None))
    else:
        service_snaps, demand_snaps = ground.snap(places), _snaps(kept.demand_links, network)
    minutes = travel_time_matrix(network, service_snaps, demand_snaps, cutoff_min=ground.cutoff_min)
    new_links = _links(service_snaps, network)
    new = {keys[row]: at for at, row in enumerate(rows)}
    together = CachedTimes(
        rows={**known, **{key: minutes[at] for key, at in new.items()}},
        links={
            **({} if kept is None else kept.links),
            **{key: tuple(new_links[:, at].tolist()) for key, at in new.items()},
        },
        demand_links=_links(demand_snaps, network) if kept is None else kept.demand_links,
        counts={
            "nodes": network.node_count,
            "directed_edges": len(network.arcs),
            "length_km": network.length_km,
            "cut_off_nodes": network.cut_off_nodes,
            "cut_off_length_km": network.cut_off_length_km,
        },
    )
    if folder is not None:
        write_times(folder, ground.key, together, list(new))
    return together, len(rows)


def _catchments(
    ground: ModeGround,
    times: CachedTimes,
    keys: Sequence[str],
    alone: Sequence[str],
    groups: Mapping[tuple[str, str], np.ndarray],
    thresholds_min: Sequence[float],
) -> tuple[dict[tuple[int, ...], list[shapely.MultiPolygon]], int]:
    """By rows of services their catchments, one per threshold, and how many groups were drawn now."""
    wanted = {(row,) for row in range(len(alone))} | {tuple(map(int, rows)) for rows in groups.values()}
    names = {members: group_key([keys[row] for row in members]) for members in wanted}
    folder, key = ground.cache_folder, ""
    kept = CachedCatchments({})
    if folder is not None:
        key = catchments_key(ground.key, thresholds_min=thresholds_min, water=ground.water)
        kept = read_catchments(folder, key)
    missing = {members for members in wanted if names[members] not in kept.wkb}
    drawn: dict[tuple[int, ...], list[shapely.MultiPolygon]] = {}
    if missing:
        no_link = (float(NOT_SNAPPED), np.nan, np.nan)
        links = np.array([times.links.get(key, no_link) for key in keys]).T
        snaps = _snaps(links, ground.network)
        drawn = draw_all(ground.network, ground.grid, snaps, missing, thresholds_min=thresholds_min)
        if folder is not None:
            new = encode_catchments({names[members]: areas for members, areas in drawn.items()})
            write_catchments(folder, key, CachedCatchments({**kept.wkb, **new}), list(new))
    return {members: drawn.get(members) or kept.decoded(names[members]) for members in wanted}, len(missing)


def _links(snaps: Snaps, network: Network) -> np.ndarray:
    """Rows of streets (-1 = none), positions and metres of some links: (3, n)."""
    snapped = snaps.street != NOT_SNAPPED
    rows = np.where(snapped, network.street_row[np.where(snapped, snaps.street, 0)], NOT_SNAPPED)
    return np.stack([rows.astype(float), snaps.position, snaps.snap_m])


def _snaps(links: np.ndarray, network: Network) -> Snaps:
    """The links of places, from rows of streets, positions and metres: (3, n)."""
    rows = links[0].astype(np.int32)
    street = np.searchsorted(network.street_row, np.maximum(rows, 0)).astype(np.int32)
    return Snaps(
        street=np.where(rows == NOT_SNAPPED, np.int32(NOT_SNAPPED), street), position=links[1], snap_m=links[2]
    )


def _links_table(links: np.ndarray, place_ids: pd.Series, streets: gpd.GeoDataFrame) -> pd.DataFrame:
    return snaps_table(links[0].astype(np.int64), links[1], links[2], place_ids, streets)
