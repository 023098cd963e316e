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
from scipy.sparse import csr_array

from access92.network.graph import MS_PER_MIN, Network
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
    """Ways by place, in CSR form: those of place p are ``first[p]`` to ``first[p + 1]``.

    ``stop`` (int32): the stop at their other end; ``walk_s`` (int32): whole seconds. Between stops and to services the
    shortest come first, of equal ones the first stop; from origins they are in no order. ``first_cycled`` (int64, by
    place): where those by bicycle begin, parking at the stop included; None where all are on foot. A stop may be there
    twice, by either way.
    """

    first: np.ndarray
    stop: np.ndarray
    walk_s: np.ndarray
    first_cycled: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.first) - 1

    def part(self, places: slice) -> Walks:
        """Those of a slice of the places, whose step is 1."""
        first = self.first[places.start : places.stop + 1]
        rows = slice(first[0], first[-1])
        cycled = None if self.first_cycled is None else self.first_cycled[places] - first[0]
        return Walks(first - first[0], self.stop[rows], self.walk_s[rows], cycled)


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
    the runs; ``access``: by origin the stops around it, on foot or by bicycle; ``egress``: by service the stops around
    it. ``direct_ms``: int32 (n_services, n_origins), whole milliseconds on foot from door to door, ``UNREACHED`` where
    that is too far.
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
    """The stops of a timetable on the streets of a router, as places to go to and to leave, and the walks between.

    ``bike_targets``: the stops on the streets of the router by which riders may come to them beside walking.
    """

    targets: Snaps
    sources: Snaps
    transfers: Walks
    run_rules: RunRules
    bike_targets: Snaps | None = None


def walk_between_stops(timetable: Timetable, router: Router, *, transfer_min: float) -> StopWalks:
    """The walks between the stops of a timetable, with its rules; they depend on no home and no service."""
    targets, sources = snap_stops(timetable, router)
    by_street = street_walks_between(router, targets, sources, transfer_min=transfer_min)
    return with_rules(timetable, router, targets, sources, by_street)


def with_rules(timetable: Timetable, router: Router, targets: Snaps, sources: Snaps, by_street: Walks) -> StopWalks:
    """The stops (:func:`snap_stops`) and the walks between them on the streets, with the rules of the timetable."""
    to_stop = np.repeat(np.arange(len(by_street)), np.diff(by_street.first))
    transfers, rules = apply_rules(
        timetable.transfers, by_street.stop, to_stop, by_street.walk_s, n_stops=len(by_street)
    )  # fmt: skip
    coming = router.access_router
    bike_targets = None if coming is None else coming.snap(_stop_places(timetable, coming))
    return StopWalks(targets, sources, transfers, rules, bike_targets)


def snap_stops(timetable: Timetable, router: Router) -> tuple[Snaps, Snaps]:
    """The stops on the streets, as places like services to go to, and as places like homes to leave."""
    stops = _stop_places(timetable, router)
    return router.snap(stops), _leave_from(router, stops)


def street_walks_between(router: Router, targets: Snaps, sources: Snaps, *, transfer_min: float) -> Walks:
    """The walks on the streets, by the stop that they lead to; no rule of the timetable is applied to them yet."""
    return _walks_within(router, targets, sources, limit_min=transfer_min)


def walk_to_services(router: Router, services: Snaps, stops: StopWalks, *, egress_min: float) -> Walks:
    """The walks from the stops to some services."""
    walks = _walks_within(router, services, stops.sources, limit_min=egress_min)
    service = np.repeat(np.arange(len(walks)), np.diff(walks.first))
    return index_walks(service, walks.stop, walks.walk_s, count=len(walks))


def come_to_stops(
    router: Router, stops: StopWalks, origins: slice, *, access_min: float, bike_access_min: float
) -> Walks:
    """The ways from a slice of the demand of a router to the stops: on foot, and by its ``access_router`` if any.

    A home that walking links to no street has no way by bicycle either: this mode ends on foot.
    """
    homes = router.demand_snaps.part(origins)
    on_foot = _walks_within(router, stops.targets, homes, limit_min=access_min)
    coming = router.access_router
    if coming is None or stops.bike_targets is None:
        return _by_origin(on_foot, None, len(homes.street))
    cyclists = _without(coming.demand_snaps.part(origins), homes.street == NOT_SNAPPED)
    cycled = _walks_within(coming, stops.bike_targets, cyclists, limit_min=bike_access_min)
    return _by_origin(on_foot, cycled, len(homes.street))


def cycle_to_stops(router: Router, stops: StopWalks, places: Snaps, *, bike_access_min: float) -> Walks:
    """The ways by bicycle from some places (their snaps to the streets of the ``access_router``) to the stops."""
    coming = router.access_router
    if coming is None or stops.bike_targets is None:
        message = "nobody comes to the stops by another mode"
        raise ValueError(message)
    cycled = _walks_within(coming, stops.bike_targets, places, limit_min=bike_access_min)
    return _by_origin(cycled, None, len(places.street))


def walk_all_the_way(router: Router, services: Snaps, origins: slice, *, direct_min: float) -> np.ndarray:
    """Milliseconds on foot from a slice of the demand to services: int32 (n_services, n_origins), or UNREACHED."""
    homes = router.demand_snaps.part(origins)
    ms = minutes_to_ms(travel_time_matrix(router.network, services, homes, cutoff_min=direct_min))
    return np.where(ms == NOT_REACHED_MS, UNREACHED, ms).astype(np.int32)


def build_footpaths(
    timetable: Timetable,
    router: Router,
    services: gpd.GeoSeries,
    *,
    access_min: float,
    transfer_min: float,
    egress_min: float,
    direct_min: float,
    bike_access_min: float = 10.0,
) -> Footpaths:
    """The ways of a timetable on the streets of a router: its origins are the demand of the router.

    Stops are places like services: all their links count, and all rules of the mode (a wheelchair, a slower speed).
    Limits in minutes, inclusive. The ``access_router`` of the router brings riders to the stop by bicycle as well, in
    ``bike_access_min`` at most, with the minutes of parking that its mode has: the faster way counts. The way without
    a ride, the changes and the way from the last stop are on foot.
    """
    stops, doors = walk_between_stops(timetable, router, transfer_min=transfer_min), router.snap(services)
    everybody = slice(0, len(router.demand))
    return Footpaths(
        transfers=stops.transfers,
        run_rules=stops.run_rules,
        access=come_to_stops(router, stops, everybody, access_min=access_min, bike_access_min=bike_access_min),
        egress=walk_to_services(router, doors, stops, egress_min=egress_min),
        direct_ms=walk_all_the_way(router, doors, everybody, direct_min=direct_min),
        unsnapped_stops=int((stops.targets.street == NOT_SNAPPED).sum()),
    )


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

    if rules.empty:  # many feeds have none
        return _plain_walks(walks.assign(walk_s=walks["street_s"]), n_stops), _no_run_rules(n_stops)

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
    return _plain_walks(plain, n_stops), RunRules(
        first=_first_rows(pairs["from_stop"], n_stops),
        to_stop=pairs["to_stop"].to_numpy(dtype=np.int32),
        walk_s=pairs["walk_s"].to_numpy(dtype=np.int32),
        leads_to=leads_to,
        first_rule=_first_rows(numbered["pair"], len(pairs)),
        rule_from_run=numbered["from_run"].to_numpy(dtype=np.int32),
        rule_to_run=numbered["to_run"].to_numpy(dtype=np.int32),
        rule_walk_s=numbered["walk_s"].to_numpy(dtype=np.int32),
    )  # fmt: skip


def _plain_walks(walks: pd.DataFrame, n_stops: int) -> Walks:
    """The walks that are the same for whatever runs."""
    columns = (walks[name].to_numpy(dtype=np.int64) for name in ("to_stop", "from_stop", "walk_s"))
    return index_walks(*columns, count=n_stops)


def _no_run_rules(n_stops: int) -> RunRules:
    """The rules of given runs where there are none."""
    nothing = np.zeros(0, dtype=np.int32)
    # as the columns of a table are: numba compiles apart for arrays that may be written and those that may not
    no_runs = nothing.copy()
    no_runs.flags.writeable = False
    return RunRules(
        first=np.zeros(n_stops + 1, dtype=np.int32),
        to_stop=nothing,
        walk_s=nothing,
        leads_to=np.zeros(n_stops, dtype=bool),
        first_rule=np.zeros(1, dtype=np.int32),
        rule_from_run=no_runs,
        rule_to_run=no_runs,
        rule_walk_s=nothing,
    )


def _first_rows(sorted_numbers: pd.Series, count: int) -> np.ndarray:
    """Where the rows of each number from 0 to ``count`` − 1 begin (int32, count + 1)."""
    return np.searchsorted(sorted_numbers.to_numpy(dtype=np.int64), np.arange(count + 1)).astype(np.int32)


def _leave_from(router: Router, places: gpd.GeoSeries) -> Snaps:
    """The snaps of places that riders leave from, as homes are snapped."""
    return router.snap_within(
        places, router.network.serves_demand, max_snap_m=router.max_snap_m, link_radius_m=router.link_radius_m
    )


def _stop_places(timetable: Timetable, router: Router) -> gpd.GeoSeries:
    return timetable.stops.geometry.to_crs(router.streets.crs)


def _without(snaps: Snaps, is_hidden: np.ndarray) -> Snaps:
    """The snaps with some places (bool) not snapped."""
    if not is_hidden.any():
        return snaps
    others = snaps.others.take(np.flatnonzero(~is_hidden[snaps.others.place]))
    street = np.where(is_hidden, np.int32(NOT_SNAPPED), snaps.street)
    return Snaps(street, np.where(is_hidden, np.nan, snaps.position), snaps.snap_m, others)


def _by_origin(on_foot: Walks, cycled: Walks | None, n_origins: int) -> Walks:
    """Ways by the stop that they lead to, turned to be by origin; of each those on foot first."""
    n_stops = len(on_foot)
    ways = [on_foot] if cycled is None else [on_foot, cycled]
    first = np.append(0, np.cumsum(np.concatenate([np.diff(way.first) for way in ways])))
    origin, walk_s = (np.concatenate([getattr(way, name) for way in ways]) for name in ("stop", "walk_s"))
    # SciPy turns rows into columns by counting, without a sort; a way of no second stays
    turned = csr_array((walk_s, origin, first), shape=(len(first) - 1, n_origins)).tocsc()
    starts = turned.indptr.astype(np.int64)
    stop = np.where(turned.indices < n_stops, turned.indices, turned.indices - n_stops).astype(np.int32)
    by_foot = np.bincount(on_foot.stop, minlength=n_origins)
    return Walks(starts, stop, turned.data, None if cycled is None else starts[:-1] + by_foot)


def _walks_within(router: Router, targets: Snaps, sources: Snaps, *, limit_min: float) -> Walks:
    """Every way up to a limit (minutes), by target: positions of the sources ascend, seconds are rounded up."""
    near = _near_targets(router.network, targets, sources, limit_min)
    # a whole matrix from stops to stops of a region would fill the memory: some rows of it at a time
    rows_at_once = max(1, _CELLS_AT_ONCE // max(1, len(sources.street)))
    counts = np.zeros(len(targets.street), dtype=np.int64)
    source, seconds = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.int32)]
    for first in range(0, len(near), rows_at_once):
        some = near[first : first + rows_at_once]
        minutes = travel_time_matrix(router.network, targets.take(some), sources, cutoff_min=limit_min)
        rows, columns = np.nonzero(~np.isnan(minutes))
        counts[some] = np.bincount(rows, minlength=len(some))
        source.append(columns.astype(np.int32))
        seconds.append((-(-minutes_to_ms(minutes[rows, columns]) // _MS_PER_S)).astype(np.int32))
    return Walks(np.append(0, np.cumsum(counts)), np.concatenate(source), np.concatenate(seconds))


def _near_targets(network: Network, targets: Snaps, sources: Snaps, limit_min: float) -> np.ndarray:
    """The rows of the targets (ascending) that are not too far from the sources, as the crow flies at full speed.

    Every way goes from an end of a street of its source to one of its target, through nodes.
    """
    goals, homes = targets.links(), sources.links()
    street = homes.street[homes.street != NOT_SNAPPED]
    if len(street) == 0 or not len(network.arcs):
        return np.arange(len(targets.street))
    head = np.repeat(np.arange(network.node_count), np.diff(network.arc_start))
    away_m = np.hypot(*(axis[network.arcs[:, 0]] - axis[head] for axis in (network.node_x, network.node_y)))
    fastest = float((away_m / np.maximum(network.arcs[:, 1], 1)).max())  # metres a millisecond

    # of each link of a target the ends of its street, and how far they are from the box around those of the sources
    farthest_m = fastest * limit_min * MS_PER_MIN + 1.0
    goal = np.where(goals.street == NOT_SNAPPED, 0, goals.street)
    gap_m = np.full(len(goal), np.inf)
    leave, arrive = (
        [getattr(network, f"{verb}_{end}_node") for end in ("from", "to")] for verb in ("leave", "arrive")
    )  # fmt: skip
    from_nodes = np.concatenate([nodes[street] for nodes in leave])
    for nodes in arrive:
        gaps = []
        for axis in (network.node_x, network.node_y):
            at, low, high = axis[nodes[goal]], axis[from_nodes].min(), axis[from_nodes].max()
            gaps.append(np.maximum(np.maximum(low - at, at - high), 0.0))
        gap_m = np.minimum(gap_m, np.hypot(*gaps))
    is_near = (gap_m <= farthest_m) & (goals.street != NOT_SNAPPED)
    return np.unique(goals.place[is_near])
