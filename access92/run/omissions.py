"""What of the inputs does not count: services, inhabitants, visits and streets that a run leaves out, as records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, astuple, dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92._concurrency import thread_pool
from access92._glyphs import lacking
from access92.network.islands import Islands, find_islands
from access92.network.permissions import ONEWAY_VALUES
from access92.network.snapping import NOT_SNAPPED, Snaps
from access92.network.turns import TurnCounts
from access92.run.study_inputs import StudyInputs
from access92.scenarios.plan import ScenarioPlan
from access92.scenarios.selection import unlocated_services
from access92.sources.opening_hours import hours_known, hours_left_out
from access92.study.model import Study
from access92.study.omissions import Omission, omission
from access92.travel.cached_times import ModeTimes
from access92.travel.router import Router
from access92.travel.study_routers import SharedRouter

_CODES = {
    "planned": "service_planned",
    "opens_later": "service_not_valid",
    "closed": "service_not_valid",
    "without_position": "service_without_position",
    "not_asked": "service_not_asked",
}
"""By reason that a service does not count, the omission that it falls under."""

_TURN_CODES = {
    "missing": "turn_missing",
    "unclear": "turn_unclear",
    "unknown": "turn_unknown",
    "conditional": "turn_conditional",
}
"""By field of the counts of turns, the omission of those that do not hold."""


@dataclass(frozen=True, slots=True, eq=False)
class UnsnappedPlaces:
    """The places that one mode could not snap to a street, on the streets and at the speeds of some scenarios.

    ``services`` (bool): by row of the services of the plan, False for those that these scenarios do not count.
    ``demand`` (bool): by row of the demand. ``doorless_services`` and ``doorless_demand`` (bool): those linked to a
    tunnel, a motorway or the like, for want of another street. ``nodes`` of the network, and ``cut_off_nodes`` beside
    it, with the ``islands`` that they are of; ``turns``: restrictions that hold and that do not.
    """

    mode: str
    scenarios: tuple[str, ...]
    services: np.ndarray
    demand: np.ndarray
    doorless_services: np.ndarray
    doorless_demand: np.ndarray
    nodes: int
    cut_off_nodes: int
    islands: Islands
    turns: TurnCounts


def snap_all(routers: Sequence[SharedRouter], plan: ScenarioPlan) -> list[UnsnappedPlaces]:
    """The places that each router cannot snap, without computing any travel time.

    Raises
    ------
    InputError
        As :func:`access92.network.graph.build_network`: a mode has no street left.
    """

    def snapped(shared: SharedRouter) -> UnsnappedPlaces:
        router, rows = shared.router, _needed_rows(shared, plan)
        router.check_streets()
        services, doorless_services = (np.zeros(len(plan.services), dtype=bool) for _ in range(2))
        services[rows], doorless_services[rows] = _link_faults(router, router.snap(plan.services.geometry.iloc[rows]))
        demand, doorless_demand = _link_faults(router, router.demand_snaps)
        return UnsnappedPlaces(
            router.mode.name,
            tuple(shared.scenarios),
            services,
            demand,
            doorless_services,
            doorless_demand,
            router.network.junctions,
            router.network.cut_off_nodes,
            find_islands(router.streets, router.network),
            router.network.turns,
        )

    with thread_pool(2) as pool:
        return list(pool.map(snapped, routers))


def unsnapped_places(
    routers: Sequence[SharedRouter], mode_times: Sequence[ModeTimes], plan: ScenarioPlan
) -> list[UnsnappedPlaces]:
    """The places that each router could not snap, from the snaps that its travel times were computed with."""
    unsnapped = []
    for shared, computed in zip(routers, mode_times, strict=True):
        rows, edge_id = _needed_rows(shared, plan), shared.router.streets["edge_id"]
        doorless = edge_id[~shared.router.linkable]
        services, doorless_services = (np.zeros(len(plan.services), dtype=bool) for _ in range(2))
        edges = computed.times.service_snaps["edge_id"].iloc[rows]
        services[rows], doorless_services[rows] = edges.isna(), edges.isin(doorless)
        edges = computed.times.demand_snaps["edge_id"]
        unsnapped.append(
            UnsnappedPlaces(
                shared.router.mode.name,
                tuple(shared.scenarios),
                services,
                edges.isna().to_numpy(),
                doorless_services,
                edges.isin(doorless).to_numpy(),
                computed.network.nodes,
                computed.network.cut_off_nodes,
                computed.network.islands,
                computed.network.turns,
            )
        )
    return unsnapped


def _link_faults(router: Router, snaps: Snaps) -> tuple[np.ndarray, np.ndarray]:
    """Which places (bool) are not snapped, and which to a street without doors."""
    unsnapped = snaps.street == NOT_SNAPPED
    row = router.network.street_row[np.where(unsnapped, 0, snaps.street)]
    return unsnapped, ~unsnapped & ~router.linkable[row]


def study_omissions(study: Study, inputs: StudyInputs, unsnapped: Sequence[UnsnappedPlaces]) -> tuple[Omission, ...]:
    """What of the inputs of a study does not count, beside what their readers left out."""
    return collect_omissions(
        study, inputs.services, inputs.plan, inputs.demand, inputs.streets.table, inputs.areas, unsnapped
    )


def collect_omissions(
    study: Study,
    services: gpd.GeoDataFrame,
    plan: ScenarioPlan,
    demand: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    unsnapped: Sequence[UnsnappedPlaces],
) -> tuple[Omission, ...]:
    """Everything that does not count, beside what the readers of population and visits left out.

    ``check`` and ``run`` say the same.

    Parameters
    ----------
    services
        Every service of the study's file, counted or not.
    areas
        Those of the study: streets are loaded in them and in their margin.
    unsnapped
        By router: of each mode, the one of the first scenario comes first.
    """
    unread = services.attrs.get("unread_columns", ())
    return (
        *_uncounted_services(study, services, plan),
        *_without_hours(study, plan),
        *_unprinted(services, areas),
        *omission("column_unread", unread, len(unread)),
        *_unsnapped(plan, demand, areas.geometry.union_all().buffer(study.streets.margin_m), unsnapped),
        *_streets(streets, unsnapped),
    )


def _uncounted_services(study: Study, services: gpd.GeoDataFrame, plan: ScenarioPlan) -> tuple[Omission, ...]:
    """Services of the file that no scenario counts, each for the first reason that holds."""
    table = unlocated_services(services, study.analysis.reference_date, counted=plan.services["service_id"])
    codes = table["reasons"].map(lambda why: _CODES[why[0].code])
    return tuple(
        record
        for code in dict.fromkeys(_CODES.values())
        for record in omission(code, table["name"][codes.eq(code)], len(services))
    )


def _unprinted(services: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> tuple[Omission, ...]:
    """Names with characters that the fonts of the report lack: a box stands for them there."""
    names = pd.concat([services["name"], areas["name"]], ignore_index=True).astype(str)
    return omission("name_unprinted", names[names.map(lambda name: bool(lacking(name)))], len(names))


def _without_hours(study: Study, plan: ScenarioPlan) -> tuple[Omission, ...]:
    """Counted services of which the calendar does not know the hours, or not all of them."""
    if study.calendar is None:
        return ()
    rows = np.unique(np.concatenate(list(plan.rows.values())))
    counted = plan.services.iloc[rows]
    unknown = np.zeros(len(counted), dtype=bool) if study.calendar.assumed_hours else ~hours_known(counted)
    left_out = {"service_without_hours": unknown}
    left_out |= {f"service_{code}": is_so for code, is_so in hours_left_out(counted).items()}
    return tuple(
        record for code, is_so in left_out.items() for record in omission(code, counted["name"][is_so], len(counted))
    )


def _unsnapped(
    plan: ScenarioPlan, demand: gpd.GeoDataFrame, extent: shapely.Geometry, unsnapped: Sequence[UnsnappedPlaces]
) -> tuple[Omission, ...]:
    """Places without a usable street near enough, or without one that has doors; services beyond the streets."""
    # the place of a visit is a row of the services too, and has a line of its own
    visit_places = {str(name) for table in plan.visits.values() for name in table["place_id"]}
    is_visit = plan.services["service_id"].isin(visit_places).to_numpy()
    # a service beyond the streets is said once, whatever the mode, where some mode does not reach it
    outside = ~plan.services.geometry.intersects(extent).to_numpy() & ~is_visit
    outside &= np.any([item.services for item in unsnapped], axis=0)
    names = plan.services["name"]
    omissions = [*omission("service_outside_streets", names[outside], int((~is_visit).sum()))]
    population = demand["population"].to_numpy(dtype=float)

    # of each mode, what the first scenario leaves out, then only what other streets add to it
    first: dict[str, UnsnappedPlaces] = {}
    for item in unsnapped:
        base = first.setdefault(item.mode, item)
        is_base = base is item
        scenarios = () if is_base else item.scenarios
        fixed, visits = int((~is_visit).sum()), int(is_visit.sum())
        for code, rows, known, total in (
            ("service_unsnapped", item.services & ~outside & ~is_visit, base.services, fixed),
            ("visit_unsnapped", item.services & is_visit, base.services, visits),
            ("service_without_doors", item.doorless_services & ~is_visit, base.doorless_services, fixed),
            ("visit_without_doors", item.doorless_services & is_visit, base.doorless_services, visits),
        ):
            if is_base or (rows & ~known).any():
                omissions += omission(code, names[rows], total, mode=item.mode, scenarios=scenarios)
        for code, people, known in (
            ("people_unsnapped", item.demand, base.demand),
            ("people_without_doors", item.doorless_demand, base.doorless_demand),
        ):
            if people.any() and (is_base or (people & ~known).any()):
                omissions.append(
                    Omission(
                        code, int(people.sum()), len(population), item.mode, scenarios,
                        float(population[people].sum()), float(population.sum()),
                    )
                )  # fmt: skip
    return tuple(omissions)


def _streets(streets: gpd.GeoDataFrame, unsnapped: Sequence[UnsnappedPlaces]) -> tuple[Omission, ...]:
    """What no trip joins to the rest, and turns that are free though restricted, by mode; directions not understood."""
    # once by mode: the streets of the first scenario stand for all
    omissions: list[Omission] = []
    modes: set[str] = set()
    for item in unsnapped:
        if item.cut_off_nodes and item.mode not in modes:
            total = item.nodes + item.cut_off_nodes
            omissions.append(Omission("crossing_cut_off", item.cut_off_nodes, total, item.mode))
        if item.islands.large and item.mode not in modes:
            names = item.islands.names
            # an island without any named street has an identifier for a name
            ids = tuple(map(str, streets["edge_id"][streets["edge_id"].isin(names)].unique()))
            omissions.append(
                Omission("street_island", item.islands.large, item.islands.count, item.mode, examples=names, ids=ids)
            )
        if item.mode not in modes:
            counts, total = asdict(item.turns), sum(astuple(item.turns))
            omissions += [
                Omission(code, counts[why], total, item.mode) for why, code in _TURN_CODES.items() if counts[why]
            ]
        modes.add(item.mode)

    # a direction that is not understood is travelled both ways
    values = streets["oneway"].astype(str).str.strip().str.lower()
    is_unknown = ~values.isin(ONEWAY_VALUES)
    omissions += omission("oneway_unknown", (f"« {word} »" for word in streets["oneway"][is_unknown]), len(streets))
    return tuple(omissions)


def _needed_rows(shared: SharedRouter, plan: ScenarioPlan) -> np.ndarray:
    """The rows of services that a router snaps: all for the first scenario, else those that its scenarios count."""
    if next(iter(plan.rows)) in shared.scenarios:
        return np.arange(len(plan.services))
    visit_places = {
        str(name) for scenario in shared.scenarios for name in plan.visits.get(scenario, {"place_id": ()})["place_id"]
    }
    places = np.flatnonzero(plan.services["service_id"].isin(visit_places).to_numpy())
    return np.unique(np.concatenate([*(plan.rows[scenario] for scenario in shared.scenarios), places])).astype(np.int64)
