"""What a scenario is, in French: the services that it counts, the scenario that it starts from, its changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from access92.network.modes import Mode
from access92.outputs.words import labels, typography
from access92.outputs.words.transit import clock_words, full_day
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
from access92.study.timetable_changes import (
    AddLine,
    CloseStop,
    RemoveLine,
    SetHeadway,
    ShiftServiceDay,
    TimetableChange,
)


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
        case AddLine() | RemoveLine() | SetHeadway() | CloseStop() | ShiftServiceDay():
            return _timetable_words(change)


def _timetable_words(change: TimetableChange) -> str:
    """A change of the timetable in French.

    >>> _timetable_words(RemoveLine(kind="remove_line", line="160"))
    'retire la ligne « 160 »'
    """
    match change:
        case AddLine():
            return _line_words(change)
        case RemoveLine():
            return f"retire la ligne « {change.line} »"
        case SetHeadway():
            hours = (
                ""
                if change.window is None
                else f" de {clock_words(change.window[0])} à {clock_words(change.window[1])}"
            )
            return f"fait passer la ligne « {change.line} » toutes les {_minutes(change.headway_min)}{hours}"
        case CloseStop():
            return f"ne dessert plus l'arrêt « {change.stop} »"
        case ShiftServiceDay():
            return f"prend les horaires du {full_day(change.day)}"


_LINE_TYPES = {"bus": "de bus", "tram": "de tramway", "metro": "de métro", "train": "de train"}


def _line_words(line: AddLine) -> str:
    ends = [stop.name or stop.stop or "" for stop in (line.stops[0], line.stops[-1])]
    way = f" de {ends[0]} à {ends[1]}" if all(ends) else ""
    both = ", dans les deux sens" if line.both_directions else ", dans un seul sens"
    if line.headway_min is None or line.first is None or line.last is None:
        often = typography.count(len(line.departures), "départ")
    else:
        often = f"toutes les {_minutes(line.headway_min)} de {clock_words(line.first)} à {clock_words(line.last)}"
    trip = f"{typography.count(len(line.stops), 'arrêt')} en {_minutes(sum(line.minutes))}"
    return f"ajoute une ligne {_LINE_TYPES[line.type]}, « {line.name} »{way} ({trip}, {often}{both})"


def _minutes(value: float) -> str:
    return f"{typography.plain(value)} min"


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
