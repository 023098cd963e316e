"""Scenarios based on one another: what each has after the changes of its bases, in order, and its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

import geopandas as gpd
import numpy as np

from access92._clock import Period
from access92.errors import Fault, InputError, input_error
from access92.network.modes import Mode
from access92.scenarios.apply import change_modes, change_services, closed_streets
from access92.scenarios.countable import uncountable_fault, uncountable_reasons
from access92.scenarios.selection import is_chosen
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
from access92.study.omissions import UncountedReason

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
    """The halts of a scenario after all its changes; ``added``: all that its chain ever added, in their order."""

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
        As :func:`check_changes` and :func:`access92.scenarios.apply.change_services`; a change of a service that
        cannot count that day or that the chain excludes, the closing of one that the scenario does not count, or
        ``include`` of one that a base closed. Of every scenario at once.
    """
    day = study.analysis.reference_date
    start = ChainedServices(services, {}, {})

    def after(link: Scenario, base: ChainedServices | None) -> ChainedServices:
        before = base or start
        check_changes(link)
        own = [item for item in link.changes if isinstance(item, AddService | RemoveService | MoveService | ChangeKind)]
        whole = resolve_scenario(study, link)
        wrong = [*_chain_faults(link, own, whole, before), *_closing_faults(link, own, whole, before, day)]
        if wrong:
            raise InputError(wrong)
        if not own:
            return before
        table = change_services(
            before.table, own, scenario=link.name, area_names=area_names, near=near, closed_by=before.closed_by
        )
        wrong = _countless_faults(link, own, whole, table, day)
        if wrong:
            raise InputError(wrong)
        changed, closed = dict(before.changed_by), dict(before.closed_by)
        for change in own:
            into, out_of = (closed, changed) if isinstance(change, RemoveService) else (changed, closed)
            into[change.service_id] = link.name
            out_of.pop(change.service_id, None)
        return ChainedServices(table, changed, closed)

    return _along_chains(study, chosen, after)


def chained_stops(
    study: Study,
    chosen: Sequence[Scenario],
    calendar: gpd.GeoDataFrame | None,
    *,
    period: Period | None,
    near: gpd.GeoDataFrame | None = None,
) -> dict[str, ChainedStops]:
    """By name, for the chosen scenarios and all their bases, the halts after their changes.

    ``calendar``: the halts of the study on the days of ``period``; both None where it has no calendar: then there are
    none, and nothing is returned. A scenario that does not count halts (``mobile``) has none.

    Raises
    ------
    InputError
        As :func:`access92.scenarios.visits.change_visits`; a halt changed in a scenario that does not count them.
    """

    def after(link: Scenario, base: ChainedStops | None) -> ChainedStops | None:
        own = [item for item in link.changes if isinstance(item, AddVisit | RemoveVisit)]
        if calendar is None or period is None:
            _check_no_visits(link.name, own)
            return None
        return _after_stops(link, own, base, calendar, period, near)

    states = _along_chains(study, chosen, after)
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

    return _along_chains(study, chosen, after)


def _along_chains(
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


_AGREEING: tuple[list[str], ...] = (
    ["move_service", "change_kind"], ["change_kind", "move_service"], ["remove_service", "add_service"],
    ["remove_visit", "add_visit"],
)  # fmt: skip
"""The changes that one service or halt may have in one scenario, where it has several: a replacement included."""


def check_changes(scenario: Scenario) -> None:
    """Refuse two changes in one scenario that disagree on a service, a halt or a speed; a choice and a change too.

    Raises
    ------
    InputError
        A service or halt changed twice otherwise than _AGREEING says, a mode given two speeds, a service that is
        excluded and opened, moved or changed, or included and closed.
    """
    where = f"scénario « {scenario.name} »"
    by_subject: dict[str, list[str]] = {}
    for change in scenario.changes:
        if isinstance(change, AddService | RemoveService | MoveService | ChangeKind):
            by_subject.setdefault(f"le service « {change.service_id} »", []).append(change.kind)
        elif isinstance(change, AddVisit | RemoveVisit):
            by_subject.setdefault(f"la halte « {change.visit_id} »", []).append(change.kind)
        elif isinstance(change, SetSpeed):
            by_subject.setdefault(f"le mode « {change.mode} »", []).append(change.kind)
    for service_id in dict.fromkeys(scenario.include):
        by_subject.setdefault(f"le service « {service_id} »", []).insert(0, "include")
    for service_id in dict.fromkeys(scenario.exclude):
        by_subject.setdefault(f"le service « {service_id} »", []).insert(0, "exclude")
    # what include says is said again by a move or another kind; exclude takes an included service away again
    faults = [
        Fault(f"Deux changements se contredisent sur {subject} : {', '.join(words)}.", where, "N'en garder qu'un.")
        for subject, words in by_subject.items()
        if not _agree([word for word in words if word != "include"] if "remove_service" not in words else words)
    ]
    if faults:
        raise InputError(faults)


def _agree(words: list[str]) -> bool:
    return len(words) <= 1 or words in _AGREEING


def _chain_faults(link: Scenario, own: Sequence[object], whole: Scenario, before: ChainedServices) -> list[Fault]:
    """What a scenario changes or includes although the scenarios that it is based on took it away for good."""
    faults = []
    excluded = set(whole.exclude) - set(link.exclude)
    for change in own:
        if isinstance(change, AddService | MoveService | ChangeKind) and change.service_id in excluded:
            what = f"Un changement porte sur un service que « exclude » ôte du scénario : « {change.service_id} »."
            where = f"scénario « {link.name} », {change.kind}"
            fix = "Le retirer de exclude, dans le scénario dont celui-ci part, ou retirer ce changement."
            faults.append(Fault(what, where, fix))
    opened = {change.service_id for change in own if isinstance(change, AddService)}
    for service_id in dict.fromkeys(link.include):
        if service_id in before.closed_by and service_id not in opened:
            what = f"Le scénario inclut un service déjà fermé : « {service_id} »."
            fix = f"Le retirer de include, ou partir d'un autre scénario que « {before.closed_by[service_id]} »."
            faults.append(Fault(what, f"scénario « {link.name} », include", fix))
    return faults


def _closing_faults(
    link: Scenario, own: Sequence[object], whole: Scenario, before: ChainedServices, day: date
) -> list[Fault]:
    """Services to close that the scenario does not count: nothing would close, and the report would say it does."""
    closings = [change for change in own if isinstance(change, RemoveService)]
    if not closings:
        return []
    ids = before.table["service_id"].astype(str)
    chosen = is_chosen(before.table, whole, changed=before.changed_by)
    reasons = uncountable_reasons(before.table, day).to_numpy()
    reason_of = {
        service_id: why or (() if is_counted else (UncountedReason("not_chosen"),))
        for service_id, why, is_counted in zip(ids, reasons, chosen, strict=True)
    }
    return [
        uncountable_fault(
            "Un changement ferme un service que le scénario ne compte pas (",
            reason_of[change.service_id],
            f") : « {change.service_id} ».",
            f"scénario « {link.name} », {change.kind}",
            "Retirer ce changement, ou choisir ce service (kinds, include) dans le scénario.",
        )
        for change in closings
        if reason_of.get(change.service_id)
    ]


def _countless_faults(
    link: Scenario, own: Sequence[object], whole: Scenario, table: gpd.GeoDataFrame, day: date
) -> list[Fault]:
    """Services that a change moves or gives another kind, and that still cannot count that day."""
    changed = {item.service_id: item.kind for item in own if isinstance(item, AddService | MoveService | ChangeKind)}
    ids = table["service_id"].astype(str).reset_index(drop=True)
    reasons = uncountable_reasons(table, day).reset_index(drop=True)
    rows = np.flatnonzero((ids.isin(changed) & reasons.astype(bool) & ~ids.isin(whole.exclude)).to_numpy())
    return [
        uncountable_fault(
            "Un changement porte sur un service qui ne peut pas compter : ",
            reasons.iloc[row],
            ".",
            f"scénario « {link.name} », {changed[ids[row]]}, service {ids[row]} « {table['name'].iloc[row]} »",
            "Compléter ce service dans la table, ouvrir un service nouveau (add_service), ou retirer ce changement.",
        )
        for row in rows
    ]


def _after_stops(
    link: Scenario,
    own: Sequence[AddVisit | RemoveVisit],
    base: ChainedStops | None,
    calendar: gpd.GeoDataFrame,
    period: Period,
    near: gpd.GeoDataFrame | None,
) -> ChainedStops:
    is_mobile = link.mobile or (base is not None and base.is_mobile)
    if own and not is_mobile:
        what = "Un changement porte sur une halte, mais le scénario ne compte pas les unités mobiles."
        raise input_error(what, f"scénario « {link.name} », {own[0].kind}", "Ajouter mobile = true au scénario.")
    table, added = calendar if is_mobile else calendar.iloc[:0], calendar.iloc[:0]
    if base is not None and base.is_mobile:
        table, added = base.table, base.added
    if not own:
        return ChainedStops(table, added, is_mobile)
    known = {name: name for name in calendar["place_id"]}
    # a place goes by the name that the first scenario of the chain gave it: « place@scenario »
    known |= {name.rpartition("@")[0]: name for name in added["place_id"] if name not in known}
    table, more = change_visits(table, own, scenario=link.name, place_ids=known, period=period, near=near)
    return ChainedStops(table, stacked_stops(added, more) if len(more) else added, is_mobile)


def _check_no_visits(scenario: str, changes: Sequence[AddVisit | RemoveVisit]) -> None:
    if changes:
        raise input_error(
            "Un changement porte sur une halte, mais l'étude n'a pas de calendrier.",
            f"scénario « {scenario} »",
            "Ajouter une partie [calendar] à l'étude.",
        )
