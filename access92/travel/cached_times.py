"""The travel times of one mode: read from the cache, and searched only towards places that it does not hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.network.graph import CLOSED
from access92.network.islands import Islands, find_islands
from access92.network.snapping import NOT_SNAPPED, snaps_table
from access92.network.turns import TurnCounts
from access92.travel.cache import CachedTimes, EncodedSnap, place_keys, write_times
from access92.travel.closed_times import closed_times
from access92.travel.matrix import TravelTimes
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
    islands: Islands = field(default_factory=Islands)
    turns: TurnCounts = field(default_factory=TurnCounts)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where the results of one step of one mode come from: how many were computed, how many were in the cache."""

    mode: str
    step: str  # "temps de parcours" (one per service) or "isochrones" (one per group of services)
    computed: int
    from_cache: int


@dataclass(frozen=True, slots=True, eq=False)
class ModeTimes:
    """The travel times of one mode, and what its isochrones need of them: the place and the snap of each service.

    ``place_keys``: of every service; ``encoded_snaps``: by place key its links (street rows, -1 = none, positions,
    metres).
    """

    times: TravelTimes
    network: NetworkSummary
    provenance: Provenance
    place_keys: Sequence[str]
    encoded_snaps: Mapping[str, EncodedSnap]


def time_mode(router: Router, services: gpd.GeoDataFrame, *, needed: np.ndarray | None = None) -> ModeTimes:
    """The travel times to the services, in minutes.

    ``needed``: the rows of services to compute (all by default); the times to the others are NaN, without snap.
    Whatever the cache holds under the fingerprint of streets, mode, demand and code is taken from it; a
    service that it does not know costs one search. The result is the same either way, to the byte.
    """
    keys = place_keys(services.geometry)
    rows = range(len(keys)) if needed is None else sorted(map(int, needed))
    cached, computed = _times(router, services, keys, rows)

    # the cache knows places: here each service gets the row and the snap of its place
    encoded = np.tile([[float(NOT_SNAPPED)], [np.nan], [np.nan]], len(keys))
    minutes = np.full((len(keys), len(router.demand)), np.nan, dtype=np.float32)
    for row in rows:
        encoded[:, row], minutes[row] = cached.encoded_snaps[keys[row]][:, 0], cached.rows[keys[row]]
    demand_links = cached.encoded_demand_snaps
    shortest = demand_links[1:, np.diff(demand_links[0], prepend=-1) != 0]
    times = TravelTimes(
        mode=router.mode.name,
        minutes=minutes,
        service_snaps=_decoded_table(encoded, services["service_id"], router.streets),
        demand_snaps=_decoded_table(shortest, router.demand["demand_id"], router.streets),
    )

    # the counts come with the cached times, so that they cost no network either
    summary = NetworkSummary(
        mode=router.mode.name,
        nodes=int(cached.counts["nodes"]),
        directed_edges=int(cached.counts["directed_edges"]),
        length_km=cached.counts["length_km"],
        cut_off_nodes=int(cached.counts["cut_off_nodes"]),
        cut_off_length_km=cached.counts["cut_off_length_km"],
        islands=Islands(int(cached.counts["islands"]), int(cached.counts["large_islands"]), cached.island_names),
        turns=TurnCounts(*(int(cached.counts[f"turns_{item.name}"]) for item in fields(TurnCounts))),
    )
    from_cache = len({keys[row] for row in rows}) - computed
    provenance = Provenance(router.mode.name, "temps de parcours", computed, from_cache)
    return ModeTimes(times, summary, provenance, keys, cached.encoded_snaps)


def _times(
    router: Router, services: gpd.GeoDataFrame, keys: Sequence[str], rows: Sequence[int]
) -> tuple[CachedTimes, int]:
    """The cached travel times completed by those to the new places of some rows, and how many were new."""
    # services at one place are searched once, for the first of them
    folder, cached = router.cache_folder, router.cached_times
    known = {} if cached is None else cached.rows
    first_row = {keys[row]: row for row in reversed(rows) if keys[row] not in known}
    new_rows = sorted(first_row.values())
    if cached is not None and not new_rows:
        return cached, 0

    network, demand_snaps = router.network, router.demand_snaps
    places = services.geometry.iloc[new_rows]
    service_snaps = router.snap(places)
    minutes = closed_times(router, places, service_snaps, cutoff_min=router.cutoff_min)
    encoded = encode_snaps(service_snaps, network)
    islands = find_islands(router.streets, network)

    # one more part of the cache: the new places only, beside what it holds
    new = {keys[row]: at for at, row in enumerate(new_rows)}
    times = CachedTimes(
        rows={**known, **{key: minutes[at] for key, at in new.items()}},
        encoded_snaps={
            **({} if cached is None else cached.encoded_snaps),
            **{key: encoded[1:, encoded[0] == at] for key, at in new.items()},
        },
        encoded_demand_snaps=encode_snaps(demand_snaps, network) if cached is None else cached.encoded_demand_snaps,
        counts={
            "nodes": network.junctions,
            "directed_edges": int((network.forward_ms != CLOSED).sum() + (network.backward_ms != CLOSED).sum()),
            "length_km": network.length_km,
            "cut_off_nodes": network.cut_off_nodes,
            "cut_off_length_km": network.cut_off_length_km,
            "islands": islands.count,
            "large_islands": islands.large,
            **{f"turns_{name}": number for name, number in asdict(network.turns).items()},
        },
        island_names=islands.names,
    )
    if folder is not None:
        write_times(folder, router.key, times, list(new))
    return times, len(new_rows)


def _decoded_table(encoded: np.ndarray, place_ids: pd.Series, streets: gpd.GeoDataFrame) -> pd.DataFrame:
    """The contract table « snaps » of one encoded link a place, (3, n)."""
    return snaps_table(encoded[0].astype(np.int64), encoded[1], encoded[2], place_ids, streets)
