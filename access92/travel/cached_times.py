"""The travel times of one mode: what was computed before comes from the cache, a new place costs one search."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.network.snapping import NOT_SNAPPED, snaps_table
from access92.travel.cache import CachedTimes, place_keys, write_times
from access92.travel.matrix import TravelTimes, travel_time_matrix
from access92.travel.router import Router, encode_snaps


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
class ModeTimes:
    """The travel times of one mode, and what its isochrones take over: the key and the link of each service.

    ``place_keys``: of every service; ``links``: by such a key street row (-1 = none), position, metres.
    """

    times: TravelTimes
    network: NetworkSummary
    provenance: Provenance
    place_keys: Sequence[str]
    links: Mapping[str, tuple[float, float, float]]


def time_mode(ground: Router, services: gpd.GeoDataFrame, *, needed: np.ndarray | None = None) -> ModeTimes:
    """The travel times to the services.

    ``needed``: the rows of services to compute (all by default); the times to the others are NaN, without link.
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
        demand_snaps=_links_table(kept.encoded_demand_snaps, ground.demand["demand_id"], ground.streets),
    )
    summary = NetworkSummary(
        mode=ground.mode.name,
        nodes=int(kept.counts["nodes"]),
        directed_edges=int(kept.counts["directed_edges"]),
        length_km=kept.counts["length_km"],
        cut_off_nodes=int(kept.counts["cut_off_nodes"]),
        cut_off_length_km=kept.counts["cut_off_length_km"],
    )
    found = len({keys[row] for row in wanted}) - computed
    provenance = Provenance(ground.mode.name, "temps de parcours", computed, found)
    return ModeTimes(times, summary, provenance, keys, kept.links)


def _times(
    ground: Router, services: gpd.GeoDataFrame, keys: Sequence[str], wanted: Sequence[int]
) -> tuple[CachedTimes, int]:
    """The kept travel times with those to new places among the wanted rows added, and how many were new."""
    folder, kept = ground.cache_folder, ground.cached_times
    known = {} if kept is None else kept.rows
    first = {keys[row]: row for row in reversed(wanted) if keys[row] not in known}
    rows = sorted(first.values())
    if kept is not None and not rows:
        return kept, 0
    network, demand_snaps = ground.network, ground.demand_snaps
    service_snaps = ground.snap(services.geometry.iloc[rows])
    minutes = travel_time_matrix(network, service_snaps, demand_snaps, cutoff_min=ground.cutoff_min)
    new_links = encode_snaps(service_snaps, network)
    new = {keys[row]: at for at, row in enumerate(rows)}
    together = CachedTimes(
        rows={**known, **{key: minutes[at] for key, at in new.items()}},
        links={
            **({} if kept is None else kept.links),
            **{key: tuple(new_links[:, at].tolist()) for key, at in new.items()},
        },
        encoded_demand_snaps=encode_snaps(demand_snaps, network) if kept is None else kept.encoded_demand_snaps,
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


def _links_table(links: np.ndarray, place_ids: pd.Series, streets: gpd.GeoDataFrame) -> pd.DataFrame:
    return snaps_table(links[0].astype(np.int64), links[1], links[2], place_ids, streets)
