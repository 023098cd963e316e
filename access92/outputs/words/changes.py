"""What a scenario is, in French: the services that it counts, the scenario that it starts from, its changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from access92.network.modes import Mode
from access92.outputs.words import labels, typography
from access92.outputs.words.timetable_changes import timetable_words
from access92.study.changes import (
    AddService,
    AddVisit,
    Change,
    ChangeKind,
    CloseStreet,
    MoveService,
    RemoveService,
    RemoveVisit,
    SetSpeed,
)
from access92.study.kinds import KINDS, Kind
from access92.study.model import Scenario


def scenario_words(
    scenario: Scenario,
    titles: Mapping[str, str],
    names: Mapping[str, str],
    modes: Mapping[str, Mode],
    kinds: Sequence[Kind] = KINDS,
) -> str:
    """The choice and the changes of a scenario, in one sentence.

    ``titles``: by scenario; ``names``: of services by id; ``modes``: by name; ``kinds``: of the study.

    >>> base = Scenario(name="a", title="A", kinds=("sst",))
    >>> scenario_words(base, {}, {}, {})
    'Service des solidarités territoriales (SST)'
    """
    parts = []
    if scenario.based_on is not None:
        parts.append(f"« {titles.get(scenario.based_on, scenario.based_on)} »")
    parts += [labels.kind_label(kind, kinds) for kind in scenario.kinds]
    for word, ids in (("avec", scenario.include), ("sans", scenario.exclude)):
        if ids:
            parts.append(f"{word} {typography.listed([names.get(item, item) for item in ids])}")
    parts += [change_words(change, names, modes, kinds) for change in scenario.changes]
    if scenario.mobile:
        parts.append("compte les haltes du calendrier, en heures")
    return " ; ".join(parts)


def change_words(  # noqa: PLR0911 - one sentence per kind of change
    change: Change, names: Mapping[str, str], modes: Mapping[str, Mode], kinds: Sequence[Kind] = KINDS
) -> str:
    """One change in French.

    >>> change_words(RemoveService(kind="remove_service", service_id="A"), {"A": "SST 1"}, {})
    'ferme « SST 1 »'
    >>> change_words(CloseStreet(kind="close_street", names=("Pont de Sèvres",)), {}, {})
    'ferme à tous les modes Pont de Sèvres'
    """
    match change:
        case AddService():
            return f"ouvre « {change.name} » ({labels.kind_label(change.service_kind, kinds)}) en {_place(change)}"
        case RemoveService():
            return f"ferme « {names.get(change.service_id, change.service_id)} »"
        case MoveService():
            return f"déplace « {names.get(change.service_id, change.service_id)} » en {_place(change)}"
        case ChangeKind():
            name = names.get(change.service_id, change.service_id)
            return f"« {name} » devient : {labels.kind_label(change.service_kind, kinds)}"
        case AddVisit():
            hours = f"de {change.start:%H:%M} à {change.end:%H:%M}"
            return f"ajoute une halte de {change.unit} le {typography.day(change.date)}, {hours}, en {_place(change)}"
        case RemoveVisit():
            return f"retire la halte {change.visit_id}"
        case CloseStreet():
            return f"ferme à tous les modes {_streets(change)}"
        case SetSpeed():
            label = modes[change.mode].label if change.mode in modes else change.mode
            return f"{label} : {typography.plain(change.speed_kmh)} km/h"
        case _:
            return timetable_words(change)


def _place(change: AddService | MoveService | AddVisit) -> str:
    return f"{_degrees(change.lat)} N, {_degrees(change.lon)} E"


def _degrees(value: float) -> str:
    return typography.number(value, decimals=4)


def _streets(change: CloseStreet) -> str:
    if change.names:
        return typography.listed(list(change.names))
    if change.edge_ids:
        return typography.count(len(change.edge_ids), "tronçon")
    return _polygon_words(change.polygon)


def _polygon_words(polygon: Sequence[tuple[float, float]]) -> str:
    return f"les rues que touche un polygone de {len(polygon)} sommets"
