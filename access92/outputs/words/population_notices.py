"""Notices on the population, in French: the subject and the detail of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from access92.outputs.words import typography
from access92.outputs.words.publics import UNIT_NOUNS
from access92.study.notices import Notice

if TYPE_CHECKING:
    from access92.outputs.words.notices import NoticeNames

POPULATION_NOTICES = (
    "population_layout", "population_placed", "squares_imputed", "square_too_dense", "squares_without_publics",
    "public_total",
)  # fmt: skip
"""The codes of what a reader must know of the population: they also stand in the report's chapter on the data."""

_PLACES = {
    "buildings": "aux portes des bâtiments habitables, à défaut le long des rues",
    "streets": "le long des rues",
    "centres": "au centre",
}
_AT_POINTS = "chaque habitant est mis au point que donne le fichier"
_METHODS = {"grid": "carreaux", "polygons": "polygones", "points": "points"}


def population_layout(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """How the population file was understood: what the study did not write."""
    del names
    method, population_column, id_column, crs = notice.subject
    parts = [_METHODS[method], f"population « {population_column} »"]
    parts += [f"identifiants « {id_column} »"] if id_column else []
    parts += [f"côté {notice.numbers['cell_m']:.0f} m, {crs}"] if crs else []
    return "", f"Lu d'après les noms des colonnes : {', '.join(parts)}. Une clé écrite dans l'étude l'emporte."


def population_placed(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """By which unit people come to their places, on what, and what that is scaled to."""
    del names
    (method, placed_on), numbers = notice.subject, notice.numbers
    unit = _METHODS[method][:-1]
    if "cell_m" in numbers:
        unit += f" de {typography.distance(numbers['cell_m'])} de côté"
    where = f"chaque habitant est mis dans son {unit}, {_PLACES[placed_on]}" if placed_on else _AT_POINTS
    scaled = " ; le tout est ensuite calé sur la population légale de chaque commune" if numbers["rescaled"] else ""
    publics = ""
    if "publics_cell_m" in numbers:
        side = typography.distance(numbers["publics_cell_m"])
        publics = f". Les publics viennent de carreaux de {side}, au prorata des habitants de chaque {unit}"
    return "", f"{where[:1].upper()}{where[1:]}{scaled}{publics}. L'adresse exacte de chacun n'est pas connue."


def placing_clause(notices: Sequence[Notice]) -> str:
    """By which unit people come to their places, and on what, in a few words; '' where no record says it.

    >>> placed = Notice("population_placed", ("grid", "buildings"), {"cell_m": 200.0, "rescaled": 1.0})
    >>> placing_clause([placed]).replace("\u00a0", " ")
    'placée par carreau de 200 m, aux portes des bâtiments habitables, à défaut le long des rues'
    >>> placing_clause([])
    ''
    """
    for notice in notices:
        if notice.code == "population_placed":
            method, placed_on = notice.subject
            if not placed_on:
                return "placée aux points du fichier"
            side = f" de {typography.distance(notice.numbers['cell_m'])}" if "cell_m" in notice.numbers else ""
            return f"placée par {_METHODS[method][:-1]}{side}, {_PLACES[placed_on]}"
    return ""


def squares_imputed(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """Squares of which INSEE publishes no true value."""
    del names
    numbers = {name: typography.number(value) for name, value in notice.numbers.items()}
    return "", (
        f"{numbers['squares']} carreaux du fichier sur {numbers['of']} sont imputés par l'INSEE, qui n'en publie pas "
        f"les vraies valeurs (moins de 11 ménages) : {numbers['persons']} habitants du fichier, dont "
        f"{typography.number(notice.population or 0)} comptés dans la zone d'étude."
    )


def square_too_dense(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """A square with more people than people live so close."""
    del names
    numbers = {name: typography.number(value) for name, value in notice.numbers.items()}
    return notice.subject[0], (
        f"{numbers['persons']} habitants dans un carreau de {numbers['side_m']} m, plus de "
        f"{numbers['densest_per_km2']} par km² : sans doute une adresse administrative. Compté comme les autres."
    )


def public_total(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """How many of a public count, and how many the file has."""
    del names
    title, unit = notice.subject
    noun = UNIT_NOUNS["households" if unit == "households" else "dwellings" if unit == "dwellings" else "persons"]
    numbers = notice.numbers
    counted, in_file = (typography.count(numbers[key], noun) for key in ("counted", "in_file"))
    if unit == "persons":
        return title, f"{counted} comptés, au facteur de calage de chaque commune ; {in_file} avant calage."
    missing = numbers["without_street"] + numbers["in_file"] - numbers["counted"]
    left = f" ; {typography.count(missing, noun)} de carreaux sans rue résidentielle n'en sont pas"
    words = f"{counted} comptés : ceux du fichier dans la zone, sans aucun calage sur les habitants"
    return title, f"{words}{left if missing >= 1 else ''}."


def squares_without_publics(notice: Notice, names: NoticeNames) -> tuple[str, str]:
    """Squares that the file of the publics does not have."""
    del names
    squares, inhabited = (typography.number(notice.numbers[key]) for key in ("squares", "of"))
    return notice.subject[0], (
        f"{squares} carreaux habités sur {inhabited} ne sont dans aucun carreau du fichier des publics : leurs "
        "habitants y ont les parts de l'ensemble."
    )
