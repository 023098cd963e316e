"""What the changes of a scenario may not be, given each other and the scenarios that it is based on."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import geopandas as gpd
import numpy as np

from access92.errors import Fault, InputError, input_error
from access92.scenarios.countable import uncountable_fault, uncountable_reasons
from access92.scenarios.selection import is_chosen
from access92.study.changes import (
    AddService,
    AddVisit,
    Change,
    ChangeKind,
    MoveService,
    RemoveService,
    RemoveVisit,
    SetSpeed,
)
from access92.study.omissions import UncountedReason
from access92.study.scenarios import Scenario
from access92.study.timetable_changes import AddLine, CloseStop, RemoveLine, SetHeadway, ShiftServiceDay

_AGREEING: tuple[list[str], ...] = (
    ["move_service", "change_kind"], ["change_kind", "move_service"], ["remove_service", "add_service"],
    ["remove_visit", "add_visit"], ["remove_line", "add_line"],
)  # fmt: skip
"""The changes that one service, visit or line may have in one scenario, of several: a replacement included."""


def check_changes(scenario: Scenario) -> None:
    """Refuse two changes in one scenario that disagree on one thing that they change; a choice and a change too.

    Raises
    ------
    InputError
        A service, visit or line changed twice otherwise than _AGREEING says, a mode with two speeds, a headway twice in
        one window, two days, a service that is excluded and opened, moved or changed, or included and closed.
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
        elif subject := _timetable_subject(change):
            by_subject.setdefault(subject, []).append(change.kind)
    for service_id in dict.fromkeys(scenario.include):
        by_subject.setdefault(f"le service « {service_id} »", []).insert(0, "include")
    for service_id in dict.fromkeys(scenario.exclude):
        by_subject.setdefault(f"le service « {service_id} »", []).insert(0, "exclude")
    # include beside a move or another kind says the same twice; beside exclude, exclude prevails
    faults = [
        Fault(f"Deux changements se contredisent sur {subject} : {', '.join(words)}.", where, "N'en garder qu'un.")
        for subject, words in by_subject.items()
        if not _agree([word for word in words if word != "include"] if "remove_service" not in words else words)
    ]
    if faults:
        raise InputError(faults)


def _timetable_subject(change: Change) -> str:
    """What a change of the timetable is of, in French, as those of one scenario may disagree on; '' of others."""
    match change:
        case AddLine():
            return f"la ligne « {change.name} »"
        case RemoveLine():
            return f"la ligne « {change.line} »"
        case SetHeadway():
            hours = "" if change.window is None else f" de {change.window[0]:%H:%M} à {change.window[1]:%H:%M}"
            return f"l'intervalle de la ligne « {change.line} »{hours}"
        case CloseStop():
            return f"l'arrêt « {change.stop} »"
        case ShiftServiceDay():
            return "le jour des horaires"
    return ""


def _agree(words: list[str]) -> bool:
    return len(words) <= 1 or words in _AGREEING


def base_faults(
    scenario: Scenario, changes: Sequence[Change], resolved: Scenario, closed_by: Mapping[str, str]
) -> list[Fault]:
    """Services that a scenario changes although a base excludes them, or includes although a base closed them.

    ``resolved``: the scenario with all its bases; ``closed_by``: by service_id the base that closed it.
    """
    faults = []
    excluded = set(resolved.exclude) - set(scenario.exclude)
    for change in changes:
        if isinstance(change, AddService | MoveService | ChangeKind) and change.service_id in excluded:
            what = f"Un changement porte sur un service que « exclude » ôte du scénario : « {change.service_id} »."
            where = f"scénario « {scenario.name} », {change.kind}"
            fix = "Le retirer de exclude, dans le scénario dont celui-ci part, ou retirer ce changement."
            faults.append(Fault(what, where, fix))
    opened = {change.service_id for change in changes if isinstance(change, AddService)}
    for service_id in dict.fromkeys(scenario.include):
        if service_id in closed_by and service_id not in opened:
            what = f"Le scénario inclut un service déjà fermé : « {service_id} »."
            fix = f"Le retirer de include, ou partir d'un autre scénario que « {closed_by[service_id]} »."
            faults.append(Fault(what, f"scénario « {scenario.name} », include", fix))
    return faults


def closing_faults(
    scenario: Scenario,
    changes: Sequence[Change],
    resolved: Scenario,
    services: gpd.GeoDataFrame,
    changed_by: Collection[str],
    day: date,
) -> list[Fault]:
    """Services to close that the scenario does not count: nothing would close, and the report would say it does."""
    closings = [change for change in changes if isinstance(change, RemoveService)]
    if not closings:
        return []
    ids = services["service_id"].astype(str)
    chosen = is_chosen(services, resolved, changed=changed_by)
    reasons = uncountable_reasons(services, day).to_numpy()
    reason_of = {
        service_id: why or (() if is_counted else (UncountedReason("not_chosen"),))
        for service_id, why, is_counted in zip(ids, reasons, chosen, strict=True)
    }
    return [
        uncountable_fault(
            "Un changement ferme un service que le scénario ne compte pas (",
            reason_of[change.service_id],
            f") : « {change.service_id} ».",
            f"scénario « {scenario.name} », {change.kind}",
            "Retirer ce changement, ou choisir ce service (kinds, include) dans le scénario.",
        )
        for change in closings
        if reason_of.get(change.service_id)
    ]


def countless_faults(
    scenario: Scenario, changes: Sequence[Change], resolved: Scenario, services: gpd.GeoDataFrame, day: date
) -> list[Fault]:
    """Services that a change moves or gives another kind, and that still cannot count that day."""
    changed = {
        item.service_id: item.kind for item in changes if isinstance(item, AddService | MoveService | ChangeKind)
    }
    ids = services["service_id"].astype(str).reset_index(drop=True)
    reasons = uncountable_reasons(services, day).reset_index(drop=True)
    rows = np.flatnonzero((ids.isin(changed) & reasons.astype(bool) & ~ids.isin(resolved.exclude)).to_numpy())
    return [
        uncountable_fault(
            "Un changement porte sur un service qui ne peut pas compter : ",
            reasons.iloc[row],
            ".",
            f"scénario « {scenario.name} », {changed[ids[row]]}, service {ids[row]} « {services['name'].iloc[row]} »",
            "Compléter ce service dans la table, ouvrir un service nouveau (add_service), ou retirer ce changement.",
        )
        for row in rows
    ]


def check_no_visits(scenario: str, changes: Sequence[AddVisit | RemoveVisit]) -> None:
    """Refuse the change of a visit in a study without a calendar."""
    if changes:
        raise input_error(
            "Un changement porte sur une halte, mais l'étude n'a pas de calendrier.",
            f"scénario « {scenario} »",
            "Ajouter une partie [calendar] à l'étude.",
        )
