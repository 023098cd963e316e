"""Scenarios based on one another: what each has after the changes of its bases, in order, and its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import geopandas as gpd
import numpy as np

from access92._clock import Period
from access92.errors import Fault, InputError, input_error
from access92.network.modes import Mode
from access92.scenarios.apply import change_modes, change_services, closed_streets
from access92.scenarios.chain_faults import (
    base_faults,
    check_changes,
    check_no_visits,
    closing_faults,
    countless_faults,
)
from access92.scenarios.visits import change_visits, stacked_stops
from access92.study.changes import (
    AddService,
    AddVisit,
    ChangeKind,
    CloseStreet,
    MoveService,
    RemoveService,
    RemoveVisit,
    SetSpeed,
)
from access92.study.model import Scenario, Study

State = TypeVar("State")


@dataclass(frozen=True, slots=True, eq=False)
class ChainedServices:
    """The services of a scenario after all its changes, under the ids of the study.

    ``changed_by``: by service_id the scenario, of the chain, whose change was the last to open it, move it or give it
    another kind; a service that is not there is as the study has it. ``closed_by``: by service_id the scenario that
    closed it.
    """

    table: gpd.GeoDataFrame
    changed_by: Mapping[str, str]
    closed_by: Mapping[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class ChainedStops:
    """The visits of a scenario after all its changes; ``added``: all that its chain ever added, in their order."""

    table: gpd.GeoDataFrame
    added: gpd.GeoDataFrame
    is_mobile: bool


@dataclass(frozen=True, slots=True, eq=False)
class ChainedStreets:
    """Which streets (bool) a scenario closes, and its modes."""

    closed: np.ndarray
    modes: Mapping[str, Mode]


def chained_services(
    study: Study,
    chosen: Sequence[Scenario],
    services: gpd.GeoDataFrame,
    *,
    area_names: Mapping[str, str] | None = None,
    near: gpd.GeoDataFrame | None = None,
) -> dict[str, ChainedServices]:
    """By name, for the chosen scenarios and all their bases, the services after their changes.

    Raises
    ------
    InputError
        As :func:`access92.scenarios.chain_faults.check_changes` and
        :func:`access92.scenarios.apply.change_services`; a change of a service that cannot count that day or that the
        chain excludes, the closing of one that the scenario does not count, or ``include`` of one that a base closed.
        Of every scenario at once.
    """
    day = study.analysis.reference_date
    start = ChainedServices(services, {}, {})

    def after(link: Scenario, base: ChainedServices | None) -> ChainedServices:
        before = base or start
        check_changes(link)
        changes = [
            item for item in link.changes if isinstance(item, AddService | RemoveService | MoveService | ChangeKind)
        ]
        resolved = resolve_scenario(study, link)
        faults = [
            *base_faults(link, changes, resolved, before.closed_by),
            *closing_faults(link, changes, resolved, before.table, before.changed_by, day),
        ]
        if faults:
            raise InputError(faults)
        if not changes:
            return before
        # a service moved or opened is checked in the table that the changes leave: there it must be able to count
        table = change_services(
            before.table, changes, scenario=link.name, area_names=area_names, near=near, closed_by=before.closed_by
        )
        if faults := countless_faults(link, changes, resolved, table, day):
            raise InputError(faults)
        # the last change of a service says which scenario it comes from, or which closed it: never both
        changed, closed = dict(before.changed_by), dict(before.closed_by)
        for change in changes:
            into, out_of = (closed, changed) if isinstance(change, RemoveService) else (changed, closed)
            into[change.service_id] = link.name
            out_of.pop(change.service_id, None)
        return ChainedServices(table, changed, closed)

    return along_chains(study, chosen, after)


def chained_stops(
    study: Study,
    chosen: Sequence[Scenario],
    calendar: gpd.GeoDataFrame | None,
    *,
    period: Period | None,
    near: gpd.GeoDataFrame | None = None,
) -> dict[str, ChainedStops]:
    """By name, for the chosen scenarios and all their bases, the visits after their changes.

    ``calendar``: the visits of the study on the days of ``period``; both None where it has no calendar: then there are
    none, and nothing is returned. A scenario that does not count visits (``mobile``) has none.

    Raises
    ------
    InputError
        As :func:`access92.scenarios.visits.change_visits`; a visit changed in a scenario that does not count them.
    """

    def after(link: Scenario, base: ChainedStops | None) -> ChainedStops | None:
        changes = [item for item in link.changes if isinstance(item, AddVisit | RemoveVisit)]
        if calendar is None or period is None:
            check_no_visits(link.name, changes)
            return None
        return _after_stops(link, changes, base, calendar, period, near)

    states = along_chains(study, chosen, after)
    return {name: state for name, state in states.items() if state is not None}


def chained_streets(
    study: Study, chosen: Sequence[Scenario], streets: gpd.GeoDataFrame, modes: Mapping[str, Mode]
) -> dict[str, ChainedStreets]:
    """By name, for the chosen scenarios and all their bases, the streets that they close and their speeds.

    Raises
    ------
    InputError
        As :func:`access92.scenarios.apply.closed_streets` and :func:`access92.scenarios.apply.change_modes`; a
        scenario that closes every street.
    """
    start = ChainedStreets(np.zeros(len(streets), dtype=bool), modes)

    def after(link: Scenario, base: ChainedStreets | None) -> ChainedStreets:
        state = base or start
        closures = [item for item in link.changes if isinstance(item, CloseStreet)]
        speeds = [item for item in link.changes if isinstance(item, SetSpeed)]
        if closures:
            closed = state.closed | closed_streets(streets, closures, scenario=link.name)
            if closed.all():
                raise input_error(
                    "Les fermetures ne laissent aucune rue ouverte : personne n'irait nulle part.",
                    f"scénario « {link.name} », close_street, {len(streets)} tronçons",
                    "Fermer moins de rues, ou redessiner le polygone.",
                )
            state = replace(state, closed=closed)
        return replace(state, modes=change_modes(state.modes, speeds, scenario=link.name)) if speeds else state

    return along_chains(study, chosen, after)


def along_chains(
    study: Study, chosen: Sequence[Scenario], after: Callable[[Scenario, State | None], State]
) -> dict[str, State]:
    """By name the state of the chosen scenarios and of all their bases: each from that of its base (None: no base).

    What a scenario is thus depends on its chain alone. The faults of all are collected, each once: a scenario whose
    base has a fault is left out.
    """
    states: dict[str, State] = {}
    faults: list[Fault] = []
    by_name = {item.name: item for item in study.scenarios}
    for scenario in chosen:
        chain = [scenario]
        while chain[-1].based_on is not None and chain[-1].based_on not in states:
            chain.append(by_name[chain[-1].based_on])
        for link in reversed(chain):
            if link.name in states or (link.based_on is not None and link.based_on not in states):
                continue
            try:
                states[link.name] = after(link, None if link.based_on is None else states[link.based_on])
            except InputError as error:
                faults += error.faults
    if faults:
        raise InputError(dict.fromkeys(faults))
    return states


def scenario_chain(study: Study, scenario: Scenario) -> tuple[Scenario, ...]:
    """The scenario and all those that it is based on, the first base first.

    >>> from access92.study.read import read_study
    >>> study = read_study("data/studies/sosms.toml")
    >>> [link.name for link in scenario_chain(study, study.scenarios[-1])]
    ['maillage-2024', 'caravane']
    """
    by_name = {item.name: item for item in study.scenarios}
    chain = [scenario]
    while chain[-1].based_on is not None:
        chain.append(by_name[chain[-1].based_on])
    return tuple(reversed(chain))


def resolve_scenario(study: Study, scenario: Scenario) -> Scenario:
    """The scenario with all that it takes over from the one it is based on: choice first, then changes, in order.

    >>> from access92.study.read import read_study
    >>> study = read_study("data/studies/sosms.toml")
    >>> resolve_scenario(study, study.scenarios[0]) == study.scenarios[0]
    True
    """
    chain = scenario_chain(study, scenario)
    if len(chain) == 1:
        return scenario
    return scenario.model_copy(
        update={
            "kinds": chain[0].kinds,
            "include": tuple(service_id for link in chain for service_id in link.include),
            "exclude": tuple(service_id for link in chain for service_id in link.exclude),
            "mobile": any(link.mobile for link in chain),
            "changes": tuple(change for link in chain for change in link.changes),
        }
    )


def changed_id(service_id: str, scenario: str) -> str:
    """The id in a run of a service that a change of the scenario made.

    >>> changed_id("S3", "bouge")
    'S3@bouge'
    """
    return f"{service_id}@{scenario}"


def original_id(service_id: str, study: Study) -> str:
    """The id that a study has for a service of a run, whether some scenario changes it or not.

    >>> from access92.study.read import read_study
    >>> study = read_study("data/studies/sosms.toml")
    >>> original_id("SST08@sans-clichy", study), original_id("SST08", study)
    ('SST08', 'SST08')
    """
    head, _, tail = service_id.rpartition("@")
    return head if any(tail == scenario.name for scenario in study.scenarios) else service_id


def opened_names(study: Study, scenario: Scenario) -> dict[str, str]:
    """By service_id the name of each service that the scenario, or one that it is based on, opens.

    >>> from access92.study.read import read_study
    >>> study = read_study("data/studies/sosms.toml")
    >>> opened_names(study, study.scenarios[3])
    {'SST14-HYP-A': '14e SST (hypothèse A, Levallois-Perret)'}
    """
    changes = resolve_scenario(study, scenario).changes
    return {change.service_id: change.name for change in changes if isinstance(change, AddService)}


def _after_stops(
    link: Scenario,
    changes: Sequence[AddVisit | RemoveVisit],
    base: ChainedStops | None,
    calendar: gpd.GeoDataFrame,
    period: Period,
    near: gpd.GeoDataFrame | None,
) -> ChainedStops:
    """The visits of a scenario from those of its base (None: no base) and its own changes."""
    # a chain counts visits from the first scenario that says so; until then its table is empty
    is_mobile = link.mobile or (base is not None and base.is_mobile)
    if changes and not is_mobile:
        what = "Un changement porte sur une halte, mais le scénario ne compte pas les unités mobiles."
        raise input_error(what, f"scénario « {link.name} », {changes[0].kind}", "Ajouter mobile = true au scénario.")
    table, added = calendar if is_mobile else calendar.iloc[:0], calendar.iloc[:0]
    if base is not None and base.is_mobile:
        table, added = base.table, base.added
    if not changes:
        return ChainedStops(table, added, is_mobile)
    known = {name: name for name in calendar["place_id"]}
    # a place goes by the name that the first scenario of the chain used: « place@scenario »
    known |= {name.rpartition("@")[0]: name for name in added["place_id"] if name not in known}
    table, more = change_visits(table, changes, scenario=link.name, place_ids=known, period=period, near=near)
    return ChainedStops(table, stacked_stops(added, more) if len(more) else added, is_mobile)
