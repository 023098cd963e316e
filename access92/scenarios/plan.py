"""All scenarios of a run on one table of services: who counts where, on which streets, at which speeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.errors import Fault, InputError, some_values
from access92.network.modes import Mode
from access92.scenarios.chain import (
    ChainedServices,
    ChainedStops,
    chained_services,
    chained_stops,
    chained_streets,
    changed_id,
    resolve_scenario,
)
from access92.scenarios.selection import scenario_services
from access92.sources.visits import visit_places
from access92.study.model import Scenario, Study
from access92.study.notices import Notice


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioPlan:
    """What each scenario counts.

    ``services``: every service that some scenario counts, each row once: first those of the study, unchanged, in
    their order; then those that a change made, by id: ``service_id@scenario``, the scenario whose change it was.
    ``rows``: by scenario its rows of ``services``. ``kinds``: by scenario the kinds that it tells apart.
    ``visits``: by scenario the dated visits that it counts; their places are the last of ``services`` (of the mobile
    kind), in no scenario's rows. ``streets`` and ``modes``: by scenario what it travels on; the very objects of the
    study where no change touches them. ``notices``: which scenarios close streets (``streets_closed``).
    """

    services: gpd.GeoDataFrame
    rows: Mapping[str, np.ndarray]
    kinds: Mapping[str, tuple[str, ...]]
    streets: Mapping[str, gpd.GeoDataFrame]
    modes: Mapping[str, Mapping[str, Mode]]
    visits: Mapping[str, gpd.GeoDataFrame]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CountedServices:
    """The services that some scenario counts, and by scenario its rows and kinds: as in :class:`ScenarioPlan`.

    The ids and the order of a scenario's rows are the same whichever other scenarios are there.
    """

    services: gpd.GeoDataFrame
    rows: Mapping[str, np.ndarray]
    kinds: Mapping[str, tuple[str, ...]]


def count_services(
    study: Study,
    chosen: Sequence[Scenario],
    services: gpd.GeoDataFrame,
    *,
    area_names: Mapping[str, str] | None = None,
    near: gpd.GeoDataFrame | None = None,
) -> CountedServices:
    """The services that some scenario counts; the first of ``chosen`` is the reference.

    ``area_names``: by area_id; ``near``: the areas of the study. A service as the study has it keeps its id. One that
    a change made goes by ``service_id@scenario``, after the scenario that lists the change (the same for all those
    that are based on it); one that is in all that its row says a service of the study, or of the reference, is that
    service.

    Raises
    ------
    InputError
        As :func:`access92.scenarios.chain.chained_services` and
        :func:`access92.scenarios.selection.scenario_services`; an id of the study that ends as those of changed
        services do.
    """
    _check_reserved(study, services)
    # all chains first: their faults are raised together, before any choice is looked at
    after = chained_services(study, chosen, services, area_names=area_names, near=near)
    study_ids = [str(service_id) for service_id in services["service_id"]]
    position = {service_id: row for row, service_id in enumerate(study_ids)}
    of_reference: dict[tuple[object, ...], str] = {}
    changed_rows: dict[str, gpd.GeoDataFrame] = {}
    counted: dict[str, list[str]] = {}
    kinds: dict[str, tuple[str, ...]] = {}
    same_choice: dict[tuple[object, ...], str] = {}  # a chain may be long, and most of it change no service
    faults: list[Fault] = []
    # the reference comes first: the others go by its ids where their services are the same
    for scenario in chosen:
        state, resolved = after[scenario.name], resolve_scenario(study, scenario)
        choice = (id(state), resolved.kinds, resolved.include, resolved.exclude)
        if choice in same_choice:
            counted[scenario.name], kinds[scenario.name] = counted[same_choice[choice]], kinds[same_choice[choice]]
            continue
        try:
            rows = scenario_services(
                state.table, resolved, reference_date=study.analysis.reference_date,
                changed=state.changed_by, closed=state.closed_by,
            )  # fmt: skip
        except InputError as error:
            faults += error.faults
            continue
        same_choice[choice] = scenario.name
        # a changed service that several scenarios count is one row, under one id
        names = _names(state, rows, services, position, of_reference)
        counted[scenario.name] = list(names.values())
        kinds[scenario.name] = _kinds_apart(study, resolved, state, rows)
        new = {row: name for row, name in names.items() if name not in position and name not in changed_rows}
        changed_rows |= {name: state.table.iloc[[row]].assign(service_id=name) for row, name in new.items()}
        if scenario is chosen[0]:
            of_reference = {_content(state.table, row): name for row, name in new.items()}
    if faults:
        raise InputError(faults)
    # services of the study first, then the changed ones by id, whatever the order of the scenarios
    used = sorted({position[name] for names_counted in counted.values() for name in names_counted if name in position})
    changed_ids = sorted(changed_rows)
    order = {study_ids[row]: at for at, row in enumerate(used)}
    order |= {name: len(used) + at for at, name in enumerate(changed_ids)}
    parts = [services.iloc[used], *(changed_rows[name] for name in changed_ids)]
    together = gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=services.crs)
    rows_of = {
        scenario: np.array(sorted(order[name] for name in names_counted), dtype=np.int32)
        for scenario, names_counted in counted.items()
    }
    return CountedServices(together, rows_of, kinds)


def plan_scenarios(
    study: Study,
    chosen: Sequence[Scenario],
    counted: CountedServices,
    streets: gpd.GeoDataFrame,
    modes: Mapping[str, Mode],
    visits: gpd.GeoDataFrame | None,
    *,
    near: gpd.GeoDataFrame | None = None,
) -> ScenarioPlan:
    """The plan of the chosen scenarios; ``counted`` is from :func:`count_services`.

    ``visits``: the visits of the study's calendar, None where it has none; ``near``: the areas of the study.

    Raises
    ------
    InputError
        As :func:`access92.scenarios.chain.chained_streets` and :func:`access92.scenarios.chain.chained_stops`.
    """
    # scenarios with the same closed streets share one table, hence one network and its times
    after = chained_streets(study, chosen, streets, modes)
    streets_of: dict[str, gpd.GeoDataFrame] = {}
    notices = []
    open_streets = {np.zeros(len(streets), dtype=bool).tobytes(): streets}
    for scenario in chosen:
        closed = after[scenario.name].closed
        key = closed.tobytes()
        if key not in open_streets:
            open_streets[key] = streets[~closed].reset_index(drop=True)
        streets_of[scenario.name] = open_streets[key]
        if closed.any():
            notices.append(Notice("streets_closed", (scenario.name,), {"streets": int(closed.sum())}))
    # the places of visits are rows of the services too: times to them are computed once for all scenarios
    period = study.period
    visit_states = chained_stops(study, chosen, visits, period=period, near=near)
    visits_of = {scenario.name: visit_states[scenario.name].table for scenario in chosen} if visits is not None else {}
    services = counted.services
    if visits is not None:
        services = _with_places(
            services, visits, [visit_states[scenario.name] for scenario in chosen], study.mobile_kind
        )
    return ScenarioPlan(
        services,
        counted.rows,
        counted.kinds,
        streets_of,
        {scenario.name: after[scenario.name].modes for scenario in chosen},
        visits_of,
        tuple(notices),
    )


def _check_reserved(study: Study, services: gpd.GeoDataFrame) -> None:
    """Refuse an id of the study that could be that of a changed service."""
    endings = tuple(changed_id("", scenario.name) for scenario in study.scenarios)
    reserved = [service_id for service_id in services["service_id"].astype(str) if service_id.endswith(endings)]
    if reserved:
        raise InputError(
            Fault(
                "Un identifiant de service finit comme ceux des services qu'un scénario change.",
                f"{study.services.origin}, services {some_values(reserved)}",
                "Renommer ces services : « @ » suivi du nom d'un scénario est réservé.",
            )
        )


def _names(
    state: ChainedServices,
    rows: np.ndarray,
    services: gpd.GeoDataFrame,
    position: Mapping[str, int],
    of_reference: Mapping[tuple[object, ...], str],
) -> dict[int, str]:
    """By counted row of the state the id that its service goes by in the run."""
    names = {}
    ids = state.table["service_id"].astype(str).to_numpy()
    for row in map(int, rows):
        name = str(ids[row])
        if name in state.changed_by:
            content = _content(state.table, row)
            if name not in position or _content(services, position[name]) != content:
                name = of_reference.get(content, changed_id(name, state.changed_by[name]))
        names[row] = name
    return names


def _content(table: gpd.GeoDataFrame, row: int) -> tuple[object, ...]:
    """All that a row of the services says: what makes two rows the same service."""
    values = table.iloc[row]
    place = table.geometry.iloc[row]
    columns = [name for name in table.columns if name != table.geometry.name]
    return (
        *((name, values[name]) for name in sorted(columns) if not pd.isna(values[name]) and values[name] != ""),
        b"" if place is None else place.wkb,
    )


def _kinds_apart(study: Study, resolved: Scenario, state: ChainedServices, rows: np.ndarray) -> tuple[str, ...]:
    """The kinds that have a rule of their own, in the study's order.

    Those that the scenario chooses, and those of the services that it changes; all of the study's where it chooses its
    services one by one.
    """
    known = [kind.name for kind in study.kinds]
    if not resolved.kinds:
        return tuple(known)
    counted = state.table.iloc[rows]
    changed = counted.loc[counted["service_id"].astype(str).isin(state.changed_by), "kind"]
    return tuple(kind for kind in known if kind in {*resolved.kinds, *changed})


def _with_places(
    services: gpd.GeoDataFrame, calendar: gpd.GeoDataFrame, after: Sequence[ChainedStops], kind: str
) -> gpd.GeoDataFrame:
    """The services, then the places of the visits that some scenario counts.

    A place is what the calendar first says of it, or the change that first added it: whatever visits are left there.
    """
    used = {name for state in after for name in state.table["place_id"]}
    if not used:
        return services
    every = pd.concat([calendar, *(state.added for state in after if len(state.added))], ignore_index=True)
    every = gpd.GeoDataFrame(every, geometry="geometry", crs=services.crs)
    places = visit_places(every[every["place_id"].isin(used)], kind=kind)
    doubled = sorted(set(services["service_id"].astype(str)) & set(places["service_id"].astype(str)))
    if doubled:
        raise InputError(
            Fault(
                "Un service a l'identifiant d'un lieu de halte.",
                f"services {some_values(doubled)}",
                "Donner un autre identifiant à ce service.",
            )
        )
    return gpd.GeoDataFrame(pd.concat([services, places], ignore_index=True), geometry="geometry", crs=services.crs)
