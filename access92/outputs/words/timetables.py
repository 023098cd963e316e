"""What a timetable is made of, in French: the sheet of a feed, and a line for each thing left out or repaired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from access92.outputs.words import typography
from access92.sources.gtfs import FeedSheet
from access92.sources.timetable import TimetableNotice

_WEEKDAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        # the day
        "gtfs_trips_of_day": "Courses le {examples} : {count} ; un jour de semaine habituel (médiane) : {total}",
        "gtfs_thin_day": "Le {examples} n'a que {count} courses, au lieu de {total} ce jour de la semaine en plein "
        "service : jour férié, vacances ou fin de calendrier",
        "gtfs_other_day": "Le {examples} tient lieu du jour de l'étude, à {count} jours de là",
        "gtfs_other_weekday": "Le {examples} n'est pas le même jour de la semaine que celui de l'étude",
        "gtfs_beyond_feed_info": "Le jour est hors de la période que l'éditeur garantit (feed_info.txt : {examples})",
        "gtfs_yesterday": "Courses de la veille qui roulent encore après minuit, comptées : {count} sur {total}",
        "gtfs_after_two_days": "Courses au-delà de 48:00, dont la fin manque le surlendemain : {count} sur {total}{eg}",
        # left out
        "gtfs_duplicate_trip": "Courses qu'un autre fichier donne déjà, écartées : {count} sur {total}{eg}",
        "gtfs_trip_without_calls": "Courses sans aucun horaire, écartées : {count} sur {total}{eg}",
        "gtfs_ends_without_time": "Courses sans heure à un bout, écartées : {count} sur {total}{eg}",
        "gtfs_negative_dwell": "Courses qui repartent avant d'arriver, écartées : {count} sur {total}{eg}",
        "gtfs_negative_travel": "Courses qui arrivent avant d'être parties, écartées : {count} sur {total}{eg}",
        "gtfs_single_call": "Courses d'un seul arrêt, écartées : {count} sur {total}{eg}",
        "gtfs_duplicate_sequence": "Courses où deux lignes ont un même rang, écartées : {count} sur {total}{eg}",
        "gtfs_unknown_route": "Courses d'une ligne absente de routes.txt, écartées : {count} sur {total}{eg}",
        "gtfs_unknown_service": "Courses d'un service absent du calendrier, sans jour : {count} sur {total}{eg}",
        "gtfs_unknown_trip": "Courses de stop_times.txt absentes de trips.txt, écartées : {count} sur {total}{eg}",
        "gtfs_nameless_call": "Passages sans course (trip_id vide), écartés : {count} sur {total}",
        "gtfs_unknown_stop": "Passages à un arrêt absent de stops.txt, écartés : {count} sur {total}{eg}",
        "gtfs_stop_without_place": "Passages à un arrêt sans coordonnées, écartés : {count} sur {total}{eg}",
        "gtfs_flexible": "Passages de transport à la demande (GTFS-Flex), sans arrêt, écartés : {count} sur {total}",
        "gtfs_flex_zones": "Zones de transport à la demande, ignorées : {count}",
        "gtfs_on_demand_pickup": "Montées sur demande, exclues par défaut : {count} sur {total}{eg}",
        "gtfs_on_demand_drop_off": "Descentes sur demande, exclues par défaut : {count} sur {total}{eg}",
        "gtfs_continuous": "Courses où l'on monte entre les arrêts, ce qui est ignoré : {count} sur {total}{eg}",
        "gtfs_pathways": "Cheminements en station (pathways.txt), ignorés, les quais sont reliés aux rues : {count}",
        "gtfs_unknown_transfer_end": "Correspondances d'un arrêt ou d'une course inconnus : {count} sur {total}{eg}",
        "gtfs_backward_service": "Services finis avant de commencer, sans jour : {count} sur {total}{eg}",
        # repaired
        "gtfs_interpolated": "Passages sans heure, interpolés : {count} sur {total} ({share})",
        "gtfs_interpolated_evenly": "Passages interpolés à intervalles égaux, faute de distance : {count} sur {total}",
        "gtfs_one_time": "Passages avec l'arrivée ou le départ seul, qui vaut pour les deux : {count} sur {total}",
        "gtfs_duplicate_row": "Lignes écrites deux fois, comptées une : {count} sur {total}{eg}",
        "gtfs_stop_at_zero": "Arrêts à 0° N, 0° E, tenus pour sans coordonnées : {count} sur {total}{eg}",
        "gtfs_place_of_station": "Arrêts sans coordonnées, mis à celles de leur gare : {count} sur {total}{eg}",
        "gtfs_unknown_parent": "Arrêts d'une gare absente de stops.txt, tenus pour isolés : {count} sur {total}{eg}",
        "gtfs_parent_loop": "Arrêts dont les gares tournent en rond, tenus pour isolés : {count} sur {total}{eg}",
        "gtfs_call_at_station": "Passages à une gare au lieu d'un quai, gardés : {count} sur {total}{eg}",
        "gtfs_unknown_value": "Valeurs hors de la norme, tenues pour inconnues : {count} sur {total}{eg}",
        "gtfs_overlapping_frequencies": "Fréquences qui se chevauchent, raccourcies : {count} sur {total}{eg}",
        "gtfs_transfer_without_time": "Correspondances sans leur durée minimale, tenue pour 0 : {count} sur {total}",
        "gtfs_transfer_clash": "Correspondances écrites de deux façons, la plus stricte vaut : {count} sur {total}",
        # supposed
        "gtfs_frequencies": "Départs tirés de fréquences (frequencies.txt) : {count}{eg}",
        "gtfs_phases": "Courses à intervalle sans heure exacte, départs supposés : {count} sur {total}{eg}",
        "gtfs_in_seat": "Courses que le véhicule prolonge sans que l'on descende : {count} sur {total}",
        "gtfs_in_seat_refused": "Prolongements impossibles (heure, ou véhicule déjà pris) : {count} sur {total}{eg}",
        "gtfs_block_overlap": "Courses d'un véhicule à la même heure, non liées : {count} sur {total}{eg}",
        "gtfs_block_moved": "Courses d'un véhicule reparti d'ailleurs, non liées : {count} sur {total}{eg}",
        "gtfs_wheelchair_unknown": "Arrêts dont l'accès en fauteuil est inconnu : {count} sur {total}",
    }
)
"""By code: what ``count`` of ``total`` things it is; ``eg`` are its examples, in parentheses."""

NOTICE_CODES = frozenset(_WORDS)


def timetable_notice(notice: TimetableNotice) -> str:
    """The line of a notice.

    >>> line = timetable_notice(TimetableNotice("gtfs_single_call", 2, 1500, ("a", "b"), "ratp"))
    >>> line.replace("\u202f", " ").replace("\u00a0", " ")
    'ratp, courses d’un seul arrêt, écartées : 2 sur 1 500 (a, b)'
    """
    examples = ", ".join(notice.examples)
    more = ", …" if examples and notice.count > len(notice.examples) else ""
    text = _WORDS[notice.code].format(
        count=typography.number(notice.count),
        total=typography.number(notice.total),
        share=typography.percent(notice.count / max(1, notice.total)),  # of a calendar without a usual weekday: none
        examples=examples,
        eg=f" ({examples}{more})" if examples else "",
    )
    text = f"{notice.feed}, {text[:1].lower()}{text[1:]}" if notice.feed else text
    return typography.typeset(text)


def sheet_lines(sheet: FeedSheet) -> list[str]:
    """The sheet of a feed, line by line: what it holds, what its day gives, then what was left out or repaired."""
    week = ", ".join(
        f"{name} {typography.number(trips)}" for name, trips in zip(_WEEKDAYS, sheet.trips_by_weekday, strict=True)
    )
    first, last, day = (typography.day(date) for date in (sheet.first_day, sheet.last_day, sheet.day))
    by = f" ; source : {', '.join(sheet.publishers)}" if sheet.publishers else ""
    lines = [
        f"Horaires « {sheet.name} » ({sheet.file}){by}",
        f"Calendrier : du {first} au {last} ({sheet.timezone})",
        f"Courses par jour (médianes) : {week}",
        f"Le {day} : {typography.count(sheet.trips, 'course')}, {typography.count(sheet.lines, 'ligne')}, "
        f"{typography.count(sheet.stops, 'arrêt desservi', 'arrêts desservis')}, "
        f"{typography.count(sheet.calls, 'passage')}",
        f"Passages interpolés : {typography.percent(sheet.interpolated_share)}",
    ]
    return [*(typography.typeset(line) for line in lines), *_left_out(sheet.notices)]


def _left_out(notices: Sequence[TimetableNotice]) -> list[str]:
    """The notices of a sheet, without those that its lines say already."""
    return [timetable_notice(notice) for notice in notices if notice.code != "gtfs_interpolated"]
