"""One trip in French, leg by leg."""

from __future__ import annotations

import math
from collections.abc import Iterator

from access92.network.modes import Mode
from access92.outputs.words import labels, typography
from access92.outputs.words.transit import percentile_words
from access92.run.itinerary import Itinerary, ItineraryLeg
from access92.scenarios.timetable_names import ROUTE_TYPES
from access92.study.timetable_changes import LineType

_BINARY = 1e-6
"""What a tenth of a minute may lack in binary."""

_VEHICLES: dict[LineType, str] = {"bus": "bus", "tram": "tramway", "metro": "métro", "train": "train"}


def itinerary_text(itinerary: Itinerary) -> str:
    """The trip: where to, how long, and a line for each leg; their durations sum to that of the trip."""
    return "\n".join(map(typography.typeset, _lines(itinerary)))


def clock(seconds: float) -> str:
    """A second of the day as a timetable writes it, its seconds left out.

    >>> clock(29_570).replace(typography.NO_BREAK_SPACE, "_")
    '8_h_12'
    """
    minutes = int(seconds // 60)
    return f"{minutes // 60 % 24}{typography.NO_BREAK_SPACE}h{typography.NO_BREAK_SPACE}{minutes % 60:02d}"


def duration(seconds: float) -> str:
    """A duration to the second, rounded down.

    >>> [duration(value).replace(typography.NO_BREAK_SPACE, "_") for value in (250, 120, 29, 0)]
    ['4_min 10_s', '2_min', '29_s', '0_s']
    """
    minutes, rest = divmod(int(seconds), 60)
    parts = [f"{minutes}{typography.NO_BREAK_SPACE}min"] if minutes else []
    if rest or not minutes:
        parts.append(f"{rest}{typography.NO_BREAK_SPACE}s")
    return " ".join(parts)


def line_name(line: str, route_type: int) -> str:
    """A line with its vehicle, which its name may say already.

    >>> line_name("126", 3), line_name("Métro 13", 1), line_name("funiculaire", 7)
    ('bus 126', 'Métro 13', 'funiculaire')
    """
    vehicle = next((_VEHICLES[kind] for kind, parts in ROUTE_TYPES.items() if any(route_type in p for p in parts)), "")
    return line if not vehicle or line.lower().startswith(vehicle) else f"{vehicle} {line}"


def _lines(itinerary: Itinerary) -> Iterator[str]:
    mode, study = itinerary.mode, itinerary.study
    yield f"Scénario « {itinerary.scenario.title} », {_lower(labels.mode_phrase(mode))}."
    if itinerary.is_demo:
        yield "RUES DE DÉMONSTRATION : ce trajet montre la méthode."
    if mode.rides and study.transit is not None and study.transit.demo:
        yield "HORAIRES DE DÉMONSTRATION : ces départs ne sont ceux d'aucun jour."
    if not itinerary.is_in_areas:
        yield "Ce lieu est hors des zones de l'étude : ses habitants n'y comptent pas."
    if itinerary.snap_m > _FAR_FROM_STREETS_M:
        yield f"Ce lieu est à {itinerary.snap_m:.0f} m de la rue la plus proche, marchés en ligne droite."
    if not itinerary.service_id:
        yield f"Aucun service compté à {typography.plain(itinerary.searched_min)} min ou moins."
        return
    what = f" ({percentile_words(study.transit.percentile)})" if mode.rides and study.transit is not None else ""
    # rounded down, as on the pages: a time under a threshold never reads as that threshold
    tenths = math.floor(itinerary.published_min * 10 + _BINARY) / 10
    yield (
        f"Vers {itinerary.service_name} ({itinerary.service_id}), le plus proche : {typography.minutes(tenths)}{what}."
    )
    if itinerary.begin_s is None:
        yield "Le détail des rues n'est pas calculé : le trajet est d'un seul tenant."
    elif not itinerary.legs:
        yield (
            f"Départ à {clock(itinerary.begin_s)} : aucun trajet en "
            f"{typography.plain(itinerary.searched_min)} min ou moins."
        )
        return
    else:
        yield (
            f"Partir à {clock(itinerary.begin_s)}, arriver à {clock(itinerary.legs[-1].end_s)} : "
            f"{duration(itinerary.duration_s)}"
        )
    for leg in itinerary.legs:
        begins = f"{clock(leg.begin_s)}  " if itinerary.begin_s is not None else ""
        yield f"  {begins}{_leg_words(leg, itinerary)} : {duration(leg.duration_s)}"


def _leg_words(leg: ItineraryLeg, itinerary: Itinerary) -> str:
    service = itinerary.service_name
    whole_way = "marcher" if itinerary.mode.family == "foot" else _lower(itinerary.mode.label)
    if leg.kind != "ride":
        return {
            "direct": f"{whole_way} jusqu'à {service}",
            "access": f"marcher jusqu'à l'arrêt {leg.to_stop}",
            "bike_access": f"aller à vélo à l'arrêt {leg.to_stop}, y garer le vélo",
            "wait": f"attendre à l'arrêt {leg.to_stop}",
            "transfer": f"changer à pied jusqu'à l'arrêt {leg.to_stop}",
            "egress": f"marcher jusqu'à {service}",
        }[leg.kind]
    towards = f" vers {leg.headsign}" if leg.headsign else ""
    return (
        f"{line_name(leg.line, leg.route_type)}{towards}, de {leg.from_stop} à {leg.to_stop} "
        f"({typography.count(leg.calls, 'arrêt')}), arrivée à {clock(leg.end_s)}"
    )


_FAR_FROM_STREETS_M = 50.0
"""Farther than a garden from its street: perhaps in the water, or in a wood."""


def access_words(mode: Mode) -> str:
    """How one comes to the first stop, before its name: by bicycle, parking counted, or on foot where that is faster.

    >>> from access92.network.modes import read_modes
    >>> access_words(read_modes()["transit"]), access_words(read_modes()["bike_transit"])
    ("marcher jusqu'à l'arrêt", "à vélo (à garer là) ou à pied jusqu'à l'arrêt")
    """
    return "marcher jusqu'à l'arrêt" if mode.access_mode is None else "à vélo (à garer là) ou à pied jusqu'à l'arrêt"


def _lower(words: str) -> str:
    return f"{words[:1].lower()}{words[1:]}"
