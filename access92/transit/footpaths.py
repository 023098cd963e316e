"""The walks of public transport: from homes to stops, from stop to stop, from stops to services, in whole seconds.

They are those of the streets, by the same snapping and the same modes as all other times, rounded **up** to a second:
a rider who needs 61.2 s catches nothing that leaves in 61 s. Only direct walks count, within a limit; nothing is added
to make the set closed.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.network.snapping import NOT_SNAPPED, Snaps
from access92.sources.timetable import NO_RUN, TRANSFER_FORBIDDEN, Timetable
from access92.travel.kernels import UNREACHED
from access92.travel.matrix import travel_time_matrix
from access92.travel.router import Router
from access92.travel.time_limits import NOT_REACHED_MS, minutes_to_ms

NEVER_WALKED_S = np.int32(2**30)
"""The walk of a forbidden change."""

_CELLS_AT_ONCE = 16_000_000
"""Cells of a matrix of walks held at once: 64 MB."""

_MS_PER_S = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """Walks by place, in CSR form: those of place p are ``first[p]`` to ``first[p + 1]``, the shortest first.

    ``stop`` (int32): the stop at their other end; ``walk_s`` (int32): whole seconds; of equal walks the first stop.
    """

    first: np.ndarray
    stop: np.ndarray
    walk_s: np.ndarray

    def __len__(self) -> int:
        return len(self.first) - 1


@dataclass(frozen=True, slots=True, eq=False)
class RunRules:
    """Transfers whose walk depends on the two vehicle runs; they are in no other table.

    Those from stop v are ``first[v]`` to ``first[v + 1]``: ``to_stop`` and ``walk_s`` (for runs without rule,
    :data:`NEVER_WALKED_S` where forbidden). Their rules are ``first_rule[p]`` to ``first_rule[p + 1]``, of which the
    first counts that is of the two runs (``rule_from_run``, ``rule_to_run``, -1 = any), with ``rule_walk_s``.
    ``leads_to`` (bool, n_stops): whether such a transfer ends at the stop.
    """

    first: np.ndarray
    to_stop: np.ndarray
    walk_s: np.ndarray
    leads_to: np.ndarray
    first_rule: np.ndarray
    rule_from_run: np.ndarray
    rule_to_run: np.ndarray
    rule_walk_s: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Footpaths:
    """All the walks of one timetable, one set of origins and one of services.

    ``transfers``: by the stop that they lead to, the stops that they come from; ``run_rules``: those that depend on
    the runs; ``access``: by origin the stops around it (by the mode of the way to the stop, parking included);
    ``egress``: by service the stops around it. ``direct_ms``: int32 (n_services, n_origins), whole milliseconds of
    the way without a ride, ``UNREACHED`` where there is none.
    ``unsnapped_stops``: how many stops have no street near, hence no walk.
    """

    transfers: Walks
    run_rules: RunRules
    access: Walks
    egress: Walks
    direct_ms: np.ndarray
    unsnapped_stops: int = 0

    @property
    def longest_access_s(self) -> int:
        """The longest way to a stop, in seconds."""
        return int(self.access.walk_s.max(initial=0))


@dataclass(frozen=True, slots=True, eq=False)
class StopWalks:
    """The stops of a timetable on the streets of a router, as places to go to and to leave, and the walks between."""

    targets: Snaps
    sources: Snaps
    transfers: Walks
    run_rules: RunRules


def walk_between_stops(timetable: Timetable, router: Router, *, transfer_min: float) -> StopWalks:
    """The walks between the stops of a timetable, with its rules; they depend on no home and no service."""
    stops = timetable.stops.geometry.to_crs(router.streets.crs)
    targets, sources = router.snap(stops), _leave_from(router, stops)
    to_stop, from_stop, transfer_s = _walks_within(router, targets, sources, limit_min=transfer_min)
    transfers, rules = apply_rules(timetable.transfers, from_stop, to_stop, transfer_s, n_stops=len(stops))
    return StopWalks(targets, sources, transfers, rules)


def walk_to_services(router: Router, services: gpd.GeoSeries, stops: StopWalks, *, egress_min: float) -> Walks:
    """The walks from the stops to some services."""
    service, stop, walk_s = _walks_within(router, router.snap(services), stops.sources, limit_min=egress_min)
    return index_walks(service, stop, walk_s, count=len(services))


def build_footpaths(
    timetable: Timetable,
    router: Router,
    services: gpd.GeoSeries,
    *,
    access_min: float,
    transfer_min: float,
    egress_min: float,
    direct_min: float,
    access_router: Router | None = None,
    stop_walks: StopWalks | None = None,
) -> Footpaths:
    """The walks of a timetable on the streets of a router: its origins are the demand of the router.

    Stops are places like services: all their links count, and all rules of the mode (a wheelchair, a slower speed).
    Limits in minutes, inclusive. ``access_router``: of the mode by which riders come to the stop (a bicycle, with the
    minutes of parking that its mode has); it also makes the way without a ride. By default ``router``. ``stop_walks``:
    those between the stops, where they are known.
    """
    coming = access_router or router
    between = stop_walks or walk_between_stops(timetable, router, transfer_min=transfer_min)
    targets = between.targets
    if coming is not router:
        targets = coming.snap(timetable.stops.geometry.to_crs(router.streets.crs))
    stop, origin, access_s = _walks_within(coming, targets, coming.demand_snaps, limit_min=access_min)
    return Footpaths(
        transfers=between.transfers,
        run_rules=between.run_rules,
        access=index_walks(origin, stop, access_s, count=len(coming.demand)),
        egress=walk_to_services(router, services, between, egress_min=egress_min),
        direct_ms=walk_all_the_way(coming, services, direct_min=direct_min),
        unsnapped_stops=int((between.targets.street == NOT_SNAPPED).sum()),
    )


def walk_all_the_way(router: Router, services: gpd.GeoSeries, *, direct_min: float) -> np.ndarray:
    """The way without a ride from the demand of a router, as :class:`Footpaths` has it (``direct_ms``)."""
    minutes = travel_time_matrix(router.network, router.snap(services), router.demand_snaps, cutoff_min=direct_min)
    ms = minutes_to_ms(minutes)
    return np.where(ms == NOT_REACHED_MS, UNREACHED, ms).astype(np.int32)


def index_walks(place: np.ndarray, stop: np.ndarray, walk_s: np.ndarray, *, count: int) -> Walks:
    """Walks by place, from one row a walk; places are numbered from 0 to ``count`` − 1.

    >>> walks = index_walks(np.array([1, 0, 1]), np.array([7, 8, 9]), np.array([60, 30, 20]), count=3)
    >>> walks.first.tolist(), walks.stop.tolist(), walks.walk_s.tolist()
    ([0, 1, 3, 3], [8, 9, 7], [30, 20, 60])
    """
    order = np.lexsort((stop, walk_s, place))
    first = np.append(0, np.cumsum(np.bincount(place, minlength=count)))
    return Walks(first.astype(np.int64), stop[order].astype(np.int32), walk_s[order].astype(np.int32))


def apply_rules(
    rules: pd.DataFrame, from_stop: np.ndarray, to_stop: np.ndarray, walk_s: np.ndarray, *, n_stops: int
) -> tuple[Walks, RunRules]:
    """The transfers between stops: street walks (seconds), changes at one stop, and the timetable's rules on both.

    A change at one stop takes no walk. A rule makes a walk as long as its ``min_transfer_s``, or forbids it; it never
    shortens one, and makes none where the streets have none within the limit. One for two given runs wins over one for
    one run, that one over one for any; of rules that say different things of the same runs the strictest counts.
    """
    at_one = np.arange(n_stops)
    elsewhere = from_stop != to_stop
    walks = pd.DataFrame({
        "from_stop": np.concatenate([at_one, from_stop[elsewhere]]),
        "to_stop": np.concatenate([at_one, to_stop[elsewhere]]),
        "street_s": np.concatenate([np.zeros(n_stops, dtype=np.int64), walk_s[elsewhere]]),
    })  # fmt: skip

    # what each rule makes of its walk; rules between stops without a walk say nothing
    stated = rules.merge(walks, on=["from_stop", "to_stop"])
    longer = np.maximum(stated["street_s"], stated["min_transfer_s"])
    stated["walk_s"] = np.where(stated["kind"] == TRANSFER_FORBIDDEN, NEVER_WALKED_S, longer)
    stated["given_runs"] = (stated[["from_run", "to_run"]] != NO_RUN).sum(axis=1)
    strictest = stated.sort_values(["given_runs", "walk_s"], ascending=False, kind="stable").drop_duplicates(
        ["from_stop", "to_stop", "from_run", "to_run"]
    )
    for_any = strictest[strictest["given_runs"] == 0]
    walks = walks.merge(for_any[["from_stop", "to_stop", "walk_s"]], on=["from_stop", "to_stop"], how="left")
    walks["walk_s"] = walks["walk_s"].fillna(walks["street_s"]).astype(np.int64)

    for_runs = strictest[strictest["given_runs"] > 0]
    pairs = walks.merge(for_runs[["from_stop", "to_stop"]].drop_duplicates(), on=["from_stop", "to_stop"])
    pairs = pairs.sort_values(["from_stop", "to_stop"], ignore_index=True)
    numbered = for_runs.merge(pairs[["from_stop", "to_stop"]].reset_index(names="pair"), on=["from_stop", "to_stop"])
    numbered = numbered.sort_values(["pair", "given_runs", "walk_s"], ascending=[True, False, False], kind="stable")

    key = walks["from_stop"] * n_stops + walks["to_stop"]
    plain = walks[~key.isin(pairs["from_stop"] * n_stops + pairs["to_stop"]) & (walks["walk_s"] < NEVER_WALKED_S)]
    leads_to = np.zeros(n_stops, dtype=bool)
    leads_to[pairs["to_stop"].to_numpy(dtype=np.int64)] = True
    return index_walks(
        *(plain[name].to_numpy(dtype=np.int64) for name in ("to_stop", "from_stop", "walk_s")), count=n_stops
    ), RunRules(
        first=_first_rows(pairs["from_stop"], n_stops),
        to_stop=pairs["to_stop"].to_numpy(dtype=np.int32),
        walk_s=pairs["walk_s"].to_numpy(dtype=np.int32),
        leads_to=leads_to,
        first_rule=_first_rows(numbered["pair"], len(pairs)),
        rule_from_run=numbered["from_run"].to_numpy(dtype=np.int32),
        rule_to_run=numbered["to_run"].to_numpy(dtype=np.int32),
        rule_walk_s=numbered["walk_s"].to_numpy(dtype=np.int32),
    )  # fmt: skip


def _first_rows(sorted_numbers: pd.Series, count: int) -> np.ndarray:
    """Where the rows of each number from 0 to ``count`` − 1 begin (int32, count + 1)."""
    return np.searchsorted(sorted_numbers.to_numpy(dtype=np.int64), np.arange(count + 1)).astype(np.int32)


def _leave_from(router: Router, places: gpd.GeoSeries) -> Snaps:
    """The snaps of places that riders leave from, as homes are snapped."""
    return router.snap_within(
        places, router.network.serves_demand, max_snap_m=router.max_snap_m, link_radius_m=router.link_radius_m
    )


def _walks_within(
    router: Router, targets: Snaps, sources: Snaps, *, limit_min: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every walk up to a limit (minutes): position of its target, of its source, seconds rounded up."""
    # a whole matrix from stops to stops of a region would fill the memory: some rows of it at a time
    rows_at_once = max(1, _CELLS_AT_ONCE // max(1, len(sources.street)))
    target, source, seconds = [], [], []
    for first in range(0, len(targets.street), rows_at_once):
        part = targets.part(slice(first, first + rows_at_once))
        minutes = travel_time_matrix(router.network, part, sources, cutoff_min=limit_min)
        rows, columns = np.nonzero(~np.isnan(minutes))
        target.append((rows + first).astype(np.int32))
        source.append(columns.astype(np.int32))
        seconds.append((-(-minutes_to_ms(minutes[rows, columns]) // _MS_PER_S)).astype(np.int32))
    empty = np.empty(0, dtype=np.int32)
    return tuple(np.concatenate(parts or [empty]) for parts in (target, source, seconds))  # type: ignore[return-value]
