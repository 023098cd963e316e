"""What of the inputs does not count: services, people, halts and streets that a run leaves out, as records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from access92._concurrency import thread_pool
from access92.network.access_rules import ONEWAY_VALUES
from access92.network.snapping import NOT_SNAPPED
from access92.scenarios.countable import uncountable_reasons
from access92.scenarios.plan import ScenarioPlan
from access92.sources.opening_hours import hours_known
from access92.study.model import Study
from access92.study.omissions import Omission, omission
from access92.travel.cached_times import ModeTimes
from access92.travel.study_routers import SharedRouter

_CODES = {
    "planned": "service_planned",
    "opens_later": "service_not_valid",
    "closed": "service_not_valid",
    "without_position": "service_without_position",
}
"""By reason that a service cannot count, the omission that it falls under."""


@dataclass(frozen=True, slots=True, eq=False)
class UnsnappedPlaces:
    """What one mode could not link to its streets, on the streets and at the speeds of some scenarios.

    ``services`` (bool): rows of the services of the plan, those that these scenarios do not count never among them.
    ``demand`` (bool): rows of the demand. ``nodes`` of the network, and ``cut_off_nodes`` beside it.
    """

    mode: str
    scenarios: tuple[str, ...]
    services: np.ndarray
    demand: np.ndarray
    nodes: int
    cut_off_nodes: int


def snap_all(grounds: Sequence[SharedRouter], plan: ScenarioPlan) -> list[UnsnappedPlaces]:
    """What cannot be linked on each ground, found by linking all places; no travel time is computed.

    Raises
    ------
    InputError
        As :func:`access92.network.graph.build_network`: a mode has no street left.
    """

    def snapped(shared: SharedRouter) -> UnsnappedPlaces:
        network, rows = shared.router.network, _needed_rows(shared, plan)
        services = np.zeros(len(plan.services), dtype=bool)
        services[rows] = shared.router.snap(plan.services.geometry.iloc[rows]).street == NOT_SNAPPED
        demand = shared.router.demand_snaps.street == NOT_SNAPPED
        return UnsnappedPlaces(
            shared.router.mode.name,
            tuple(shared.scenarios),
            services,
            demand,
            network.node_count,
            network.cut_off_nodes,
        )

    with thread_pool(2) as pool:
        return list(pool.map(snapped, grounds))


def unsnapped_places(
    grounds: Sequence[SharedRouter], timed: Sequence[ModeTimes], plan: ScenarioPlan
) -> list[UnsnappedPlaces]:
    """The same, from the links that travel times were computed with."""
    found = []
    for shared, run in zip(grounds, timed, strict=True):
        services = np.zeros(len(plan.services), dtype=bool)
        rows = _needed_rows(shared, plan)
        services[rows] = run.times.service_snaps["edge_id"].isna().to_numpy()[rows]
        demand = run.times.demand_snaps["edge_id"].isna().to_numpy()
        counts = run.network.nodes, run.network.cut_off_nodes
        found.append(UnsnappedPlaces(shared.router.mode.name, tuple(shared.scenarios), services, demand, *counts))
    return found


def collect_omissions(
    study: Study,
    services: gpd.GeoDataFrame,
    plan: ScenarioPlan,
    demand: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    extent: shapely.Geometry,
    unsnapped: Sequence[UnsnappedPlaces],
) -> tuple[Omission, ...]:
    """Everything that does not count, beside what the readers of people and halts left out; same whoever asks.

    Parameters
    ----------
    services
        All those of the study's file, counted or not.
    extent
        Where streets are loaded, in the CRS of ``services``.
    unsnapped
        Of each mode, first on the streets of the first scenario.
    """
    return (
        *_uncounted_services(study, services, plan),
        *_without_hours(study, plan),
        *_unsnapped(plan, demand, extent, unsnapped),
        *_streets(streets, unsnapped),
    )


def _uncounted_services(study: Study, services: gpd.GeoDataFrame, plan: ScenarioPlan) -> tuple[Omission, ...]:
    """Services of the file that no scenario counts, each for the first reason that holds."""
    reasons = uncountable_reasons(services, study.analysis.reference_date)
    codes = reasons.map(lambda why: _CODES[why[0].code] if why else "")
    # a service that a change moved counts under an id of its own: the study's row is not left out for that
    counted = {name for label in plan.services["service_id"] for name in (label, str(label).rsplit("@", 1)[0])}
    codes[codes.eq("") & ~services["service_id"].isin(counted)] = "service_not_asked"
    return tuple(
        record
        for code in dict.fromkeys((*_CODES.values(), "service_not_asked"))
        for record in omission(code, services["name"][codes.eq(code)], len(services))
    )


def _without_hours(study: Study, plan: ScenarioPlan) -> tuple[Omission, ...]:
    """Counted services that a calendar takes for closed: neither their hours nor assumed ones are known."""
    if study.calendar is None or study.calendar.assumed_hours:
        return ()
    rows = np.unique(np.concatenate(list(plan.rows.values())))
    counted = plan.services.iloc[rows]
    return omission("service_without_hours", counted["name"][~hours_known(counted)], len(counted))


def _unsnapped(
    plan: ScenarioPlan, demand: gpd.GeoDataFrame, extent: shapely.Geometry, unsnapped: Sequence[UnsnappedPlaces]
) -> tuple[Omission, ...]:
    """Places without a usable street near enough: services, people and halts by mode; services beyond the streets."""
    halts = {str(name) for table in plan.visits.values() for name in table["place_id"]}
    is_visit = plan.services["service_id"].isin(halts).to_numpy()
    outside = ~plan.services.geometry.intersects(extent).to_numpy() & ~is_visit
    first: dict[str, UnsnappedPlaces] = {}
    outside &= np.any([item.services for item in unsnapped], axis=0)
    names = plan.services["name"]
    omissions = [*omission("service_outside_streets", names[outside], int((~is_visit).sum()))]
    people = demand["population"].to_numpy(dtype=float)
    for item in unsnapped:
        base = first.setdefault(item.mode, item)
        is_base = base is item
        scenarios = () if is_base else item.scenarios
        for code, rows, total in (
            ("service_unsnapped", item.services & ~outside & ~is_visit, int((~is_visit).sum())),
            ("visit_unsnapped", item.services & is_visit, int(is_visit.sum())),
        ):
            if is_base or (rows & ~base.services).any():  # only what other streets add to what was said already
                omissions += omission(code, names[rows], total, mode=item.mode, scenarios=scenarios)
        if item.demand.any() and (is_base or (item.demand & ~base.demand).any()):
            omissions.append(
                Omission(
                    "people_unsnapped", int(item.demand.sum()), len(people), item.mode, scenarios,
                    float(people[item.demand].sum()), float(people.sum()),
                )
            )  # fmt: skip
    return tuple(omissions)


def _streets(streets: gpd.GeoDataFrame, unsnapped: Sequence[UnsnappedPlaces]) -> tuple[Omission, ...]:
    """Crossings that no round trip joins to the rest, by mode; directions that are not understood."""
    omissions: list[Omission] = []
    modes: set[str] = set()
    for item in unsnapped:
        if item.cut_off_nodes and item.mode not in modes:
            total = item.nodes + item.cut_off_nodes
            omissions.append(Omission("crossing_cut_off", item.cut_off_nodes, total, item.mode))
        modes.add(item.mode)
    values = streets["oneway"].astype(str).str.strip().str.lower()
    odd = ~values.isin(ONEWAY_VALUES)
    omissions += omission("oneway_unknown", (f"« {word} »" for word in streets["oneway"][odd]), len(streets))
    return tuple(omissions)


def _needed_rows(shared: SharedRouter, plan: ScenarioPlan) -> np.ndarray:
    """The rows of services that the scenarios of a ground count, places of halts included; all for the first's."""
    if next(iter(plan.rows)) in shared.scenarios:
        return np.arange(len(plan.services))
    halts = {
        str(name) for scenario in shared.scenarios for name in plan.visits.get(scenario, {"place_id": ()})["place_id"]
    }
    places = np.flatnonzero(plan.services["service_id"].isin(halts).to_numpy())
    return np.unique(np.concatenate([*(plan.rows[scenario] for scenario in shared.scenarios), places])).astype(np.int64)
