"""What does not count in a run, in French: a line for each kind of thing, the same on the console and in the report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import pandas as pd

from access92.network.modes import Mode
from access92.outputs.words import typography
from access92.outputs.words.timetables import NOTICE_CODES, timetable_notice
from access92.sources.timetable import TimetableNotice
from access92.study.omissions import Omission, UncountedReason

NOTHING = "Rien n'a été écarté : tous les services, habitants, haltes et rues des fichiers comptent."
TITLE = "Ce qui ne compte pas"

_LONGEST_NAME = 40
_LITTLE_WORDS = re.compile(r"( (et|ou|à|au|aux|de|du|des|le|la|les|en))+$")

_DOORLESS = (
    "une voie rapide, un tunnel ou un passage intérieur ou souterrain, faute d'autre rue à portée (ils comptent)"
)

_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "area_without_streets": "Zones sans rues dans le fichier de rues, habitants non couverts",
        "area_partly_without_streets": "Zones dont une partie est sans rues dans le fichier, habitants non couverts",
        "area_surface_beyond_streets": (
            "Zones où des carreaux ou polygones vont loin de toute rue du fichier (extrait incomplet, bois, eau…), "
            "leurs habitants placés là où il a des rues, au prorata de la surface"
        ),
        "margin_beyond_streets": (
            "Habitants à portée d'une part de la marge (margin_m) sans rues dans le fichier (extrait incomplet, bois, "
            "eau…), dont les trajets et services de ce côté manquent"
        ),
        "service_planned": "Services annoncés, pas encore ouverts",
        "service_not_valid": "Services ouverts plus tard, fermés ou remplacés à la date de référence",
        "service_without_position": "Services sans coordonnées",
        "service_not_asked": "Services qu'aucun scénario ne demande",
        "service_outside_streets": "Services comptés mais hors des rues chargées, que personne n'atteint",
        "service_unsnapped": "Services non reliés aux rues, que personne n'atteint",
        "service_without_hours": "Services sans horaires, tenus pour fermés dans le calendrier",
        "service_school_holidays": "Services dont les horaires de vacances scolaires (SH) ne comptent pas",
        "service_open_end": "Services aux horaires sans fin (« 09:00+ »), comptés jusqu'à 18 h, une heure au moins",
        "name_unprinted": "Noms dont un caractère manque aux polices du rapport, qui imprime un carré à sa place",
        "column_unread": "Colonnes des services non lues, au nom proche d'une colonne connue qui manque",
        "visit_outside_period": "Passages d'unités mobiles hors de la période du calendrier",
        "visit_unsnapped": "Lieux de passage d'unités mobiles non reliés aux rues",
        "line_stop_off_street": "Arrêts d'une ligne ajoutée sans rue à portée, où personne ne monte",
        "people_outside_areas": "Habitants du fichier hors de la zone d'étude",
        "cell_without_street": "Habitants de carreaux sans rue résidentielle, laissés de côté avant le calage",
        "people_unsnapped": "Habitants non reliés aux rues, comptés comme non couverts",
        "service_without_doors": f"Services reliés à {_DOORLESS}",
        "visit_without_doors": f"Lieux de passage d'unités mobiles reliés à {_DOORLESS}",
        "people_without_doors": f"Habitants reliés à {_DOORLESS}",
        "crossing_cut_off": "Carrefours isolés du reste des rues",
        "street_island": "Parties de 500 m de rues et plus, isolées du reste (dont, de la plus longue rue de chacune)",
        "turn_missing": "Interdictions de tourner non appliquées, faute d'une de leurs rues",
        "turn_unclear": "Interdictions de tourner non appliquées, leurs rues ne se rejoignant pas en un lieu",
        "turn_unknown": "Interdictions de tourner non appliquées, d'un genre inconnu",
        "turn_conditional": "Interdictions de tourner à certaines heures, non appliquées",
        "street_incomplete": "Rues incomplètes, faute des positions de leurs nœuds dans le fichier",
        "street_km_missing": "Kilomètres qui manquent à ces rues (estimation)",
        "street_unjoined_square": "Rues tracées en travers du bord d'une place sans nœud commun, qui n'y mènent pas",
        "surface_incomplete": "Bâtiments, eaux, bois et parcs laissés de côté, faute des positions de leurs nœuds",
        "restriction_incomplete": "Interdictions de tourner dont une voie ou le nœud manque, non appliquées",
        "oneway_unknown": "Rues dont le sens (oneway) n'est pas compris, prises à double sens",
    }
)


_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "planned": "annoncé, pas encore ouvert",
        "opens_later": "ouvert seulement le {day:%d/%m/%Y}",
        "closed": "fermé ou remplacé après le {day:%d/%m/%Y}",
        "without_position": "position inconnue",
        "not_asked": "demandé par aucun scénario",
    }
)


def reason_text(reasons: Sequence[UncountedReason]) -> str:
    """Why a service does not count, in French; '' where there is no reason.

    >>> from datetime import date
    >>> reason_text([UncountedReason("closed", date(2024, 10, 17)), UncountedReason("without_position")])
    'fermé ou remplacé après le 17/10/2024, position inconnue'
    """
    return ", ".join(_REASONS[reason.code].format(day=reason.day) for reason in reasons)


def uncounted_services(unlocated: pd.DataFrame) -> pd.DataFrame:
    """The services known but not counted (``Results.unlocated``), their ``reasons`` worded in a column ``reason``."""
    return unlocated.drop(columns="reasons").assign(reason=[reason_text(reasons) for reasons in unlocated["reasons"]])


def omission_lines(
    omissions: Sequence[Omission],
    modes: Mapping[str, Mode],
    titles: Mapping[str, str],
    *,
    with_examples: bool = True,
    with_ids: bool = True,
) -> tuple[str, ...]:
    """A French line for each kind of thing that does not count; the one that says « nothing » where all does.

    ``titles``: of scenarios, by name. ``with_examples``: whether the first few are named, where they have names.
    ``with_ids``: whether those that have only an identifier are named too, as the owner of the file needs them.

    >>> omission_lines((Omission("service_without_position", 2, 3, examples=("PMI A", "PMI B")),), {}, {})
    ('Services sans coordonnées : 2 sur 3 (PMI A, PMI B).',)
    >>> omission_lines((), {}, {}) == (NOTHING,)
    True
    """
    lines: list[str] = []
    for code, words in _WORDS.items():
        if code in _BY_AREA:
            lines += _area_line(words, [item for item in omissions if item.code == code])
            continue
        shown = [item for item in omissions if item.code == code]
        if not (with_examples and with_ids):
            shown = [replace(item, examples=_names(item) if with_examples else ()) for item in shown]
        counts = [_count(item, modes, titles) for item in shown]
        if counts:
            lines.append(f"{words} : {' ; '.join(counts)}.")
    lines += [f"{_timetable_line(item)}." for item in omissions if item.code in NOTICE_CODES]
    return tuple(lines) or (NOTHING,)


def _timetable_line(item: Omission) -> str:
    """What a reader of timetables left out or repaired: the first example is the name of its feed."""
    feed, *examples = item.examples or ("",)
    line = timetable_notice(TimetableNotice(item.code, item.count, item.total, tuple(examples), feed))
    return f"Horaires {line}" if feed else line


_BY_SURFACE = "area_surface_beyond_streets"
_BY_AREA = frozenset({"area_without_streets", "area_partly_without_streets", _BY_SURFACE})


def _area_line(words: str, records: Sequence[Omission]) -> tuple[str, ...]:
    """A line of areas by name, each with its people concerned, and their sum; none where there are none.

    >>> clichy, sceaux = (
    ...     Omission("area_without_streets", 9, 9, population=people, population_total=950.0, examples=(name,))
    ...     for name, people in (("Clichy", 950.0), ("Sceaux", 900.0)))
    >>> _area_line("Zones sans rues", [clichy, sceaux])[0].replace("\N{NARROW NO-BREAK SPACE}", " ")
    'Zones sans rues : Clichy (950 habitants), Sceaux (900 habitants sur 950) ; en tout 1 850 habitants.'
    """
    if not records:
        return ()
    names = []
    for item in records:
        people, total = item.population or 0.0, item.population_total or 0.0
        of_total = "" if people >= total else f" sur {_people(total)}"
        surface = f"{typography.percent(item.count / item.total)} de la surface, " if item.code == _BY_SURFACE else ""
        names.append(f"{', '.join(item.examples)} ({surface}{_people(people)} habitants{of_total})")
    if len(records) > 1:
        names[-1] += f" ; en tout {_people(sum(item.population or 0.0 for item in records))} habitants"
    return (f"{words} : {', '.join(names)}.",)


def _count(item: Omission, modes: Mapping[str, Mode], titles: Mapping[str, str]) -> str:
    """« à pied, scénario « Été » : 2 sur 98 (PMI A, PMI B) »."""
    of_whom = [modes[item.mode].label.lower()] if item.mode else []
    if item.scenarios:
        of_whom.append("scénario " + typography.listed([f"« {titles.get(name, name)} »" for name in item.scenarios]))
    if item.population is None or item.population_total is None:
        counted = f"{typography.number(item.count)} sur {typography.number(item.total)}"
    else:
        counted = f"{_people(item.population)} sur {_people(item.population_total)}"
        if item.population_total > 0:
            counted += f", soit {typography.percent(item.population / item.population_total)}"
    others = item.count - len(item.examples)
    more = f" et {typography.count(others, 'autre', 'autres')}" if item.examples and others > 0 else ""
    names = [_shortened(name) for name in item.examples if item.population is None]  # people have no names
    examples = f" ({', '.join(names)}{more})" if names else ""
    return f"{', '.join(of_whom)} {counted}{examples}" if of_whom else f"{counted}{examples}"


def _names(item: Omission) -> tuple[str, ...]:
    """The examples that have a name."""
    return tuple(name for name in item.examples if name not in item.ids)


def _shortened(name: str) -> str:
    """A name that fits in a line with two others: neither a parenthesis left open nor a little word before the cut.

    >>> _shortened("Pôle social de Bagneux (annoncé le 07/07/2023 dans les mois à venir)")
    'Pôle social de Bagneux…'
    >>> _shortened("Centre de protection maternelle et infantile (PMI) de Bagneux")
    'Centre de protection maternelle…'
    """
    if len(name) <= _LONGEST_NAME:
        return name
    words = name[:_LONGEST_NAME].rsplit(" ", 1)[0]
    opened = words.rfind("(")
    if opened > words.rfind(")") and opened > 0:
        words = words[:opened]
    return _LITTLE_WORDS.sub("", words).rstrip(" :,;(«") + "…"


def _people(population: float) -> str:
    """A number of people, never rounded down to nobody."""
    return typography.number(population) if population >= 1 or population == 0 else "moins de 1"
