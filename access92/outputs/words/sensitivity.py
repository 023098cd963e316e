"""Sensitivity in French: what was moved for each band, by how much one scenario covers more people than another."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from access92.measures.sensitivity import (
    DAY,
    DEPARTURE,
    IDENTICAL,
    RANKED,
    UNDECIDED,
    WIDEST,
    SensitivityTables,
    VariationRecord,
)
from access92.outputs.words import typography
from access92.outputs.words.moments import full_day
from access92.outputs.words.transit import percentile_words
from access92.outputs.words.typography import NO_BREAK_SPACE, number
from access92.run.results import Results
from access92.study.model import SensitivityOptions

OUTCOME_WORDS: Mapping[str, str] = {RANKED: "classés", IDENTICAL: "identiques", UNDECIDED: "indécidables"}
"""What is said of a pair of scenarios, by outcome."""

_VARIATIONS = {
    "car_speed": "toutes les vitesses {speed_percent} % plus basses, puis {speed_percent} % plus hautes",
    "speed": "vitesse de {slower_kmh} à {faster_kmh} km/h au lieu de {speed_kmh} km/h ({speed_percent} % de moins et "
    "de plus, à toutes les allures du mode)",
    "walking_speed": "vitesse de la marche de {slower_kmh} à {faster_kmh} km/h au lieu de {speed_kmh} km/h "
    "({speed_percent} % de moins et de plus) ; les véhicules gardent leurs heures",
    "threshold": "seuil de {lower_min} à {upper_min} min au lieu de {threshold_min} min",
    "signals": "attente de {signal_s} s à chaque carrefour à feux, une seule fois par carrefour",
    "without_signals": "aucune attente aux feux, au lieu de {signal_s} s par carrefour à feux",
    "congestion": "les {periods} autres heures de la journée (temps multiplié par {lowest} à {highest} selon l'heure "
    "et la voie)",
    "slopes": "sans relief, toutes les rues à plat",
    "snapping": "rattachement aux rues jusqu'à {others_m} m au lieu de {max_snap_m} m",
    "link_radius": "toutes les rues à moins de {others_m} m de plus que la plus proche au lieu de {link_radius_m} m",
    "sure_positions": "aucun service compté n'a de position douteuse",
    "cells": "habitants de chaque carreau {spread}",
    "polygons": "habitants de chaque polygone {spread}",
    "widest": "la plus large des fourchettes",
    "centres_stay": "la répartition des habitants ne varie pas : chaque carreau ou polygone les a tous en son centre",
    "points_stay": "la répartition des habitants ne varie pas : ils sont donnés par points, rien n'a été réparti",
    "no_signals": "l'attente aux feux ne varie pas : le fichier de rues n'en connaît aucun",
    "limit_stays": "la limite de rattachement ne varie pas : l'étude n'en donne pas d'autre",
}
"""The sentence of each code of a record; a name in braces is one of its numbers."""

_SPREAD = (
    "répartis autrement que selon la longueur de rue ou la taille des bâtiments : à parts égales entre ses points, "
    "puis {draws} tirages (graine {seed}) d'une densité inégale entre carrés de {block_m} m"
)


def bands_table(tables: SensitivityTables) -> pd.DataFrame:
    """The bands, what was moved for each in a last column: ``detail``."""
    if len(tables.bands) == 0:
        return tables.bands
    words: dict[tuple[str, str], list[str]] = {}
    for record in tables.records:
        words.setdefault(record.subject, []).append(variation_words(record))
    subjects = zip(tables.bands["scenario"].astype(str), tables.bands["source"].astype(str), strict=True)
    return tables.bands.assign(detail=[" ; ".join(words.get(subject, [])) for subject in subjects])


def riding_bands_table(tables: SensitivityTables, percentile: int) -> pd.DataFrame:
    """The bands of the modes that ride, what was moved in ``detail``; ``percentile``: the one that counts."""
    if len(tables.riding) == 0:
        return tables.riding
    details = []
    for row in tables.riding.to_dict("records"):
        days = [item for item in tables.other_days if (item.scenario, item.mode) == (row["scenario"], row["mode"])]
        shares = [
            f"{full_day(item.day)} : {100 * item.coverage_share:.1f} %".replace(".", ",").replace(NO_BREAK_SPACE, " ")
            for item in days
        ]
        by_source = {
            DEPARTURE: "temps tenu pour trois départs sur quatre (75e percentile), puis pour le meilleur quart (25e), "
            f"au lieu de {percentile_words(percentile)}",
            DAY: "horaires d'un autre jour : " + " ; ".join(shares),
        }
        details.append(by_source.get(str(row["source"]), _VARIATIONS["widest"]))
    return tables.riding.assign(detail=details)


def variation_words(record: VariationRecord) -> str:
    """What was moved, in a sentence without its full stop, with plain spaces.

    >>> bounds = {"lower_min": 18, "threshold_min": 20, "upper_min": 22}
    >>> variation_words(VariationRecord("threshold", ("a", "threshold"), bounds))
    'seuil de 18 à 22 min au lieu de 20 min'
    """
    if record.code == "position":
        return _position_words(record.numbers)
    plain = {name: _plain(value) for name, value in record.numbers.items()}
    if "speed_share" in record.numbers:
        plain["speed_percent"] = _plain(100 * _one(record.numbers["speed_share"]))
    if record.code in ("cells", "polygons"):
        plain["spread"] = _SPREAD.format_map(plain)
    return _VARIATIONS[record.code].format_map(plain)


def _position_words(numbers: Mapping[str, float | tuple[float, ...]]) -> str:
    count = int(_one(numbers["services"]))
    whose = f"des {count} services à position douteuse, chacun" if count > 1 else "du seul service à position douteuse,"
    low, high = (f"{100 * _one(numbers[name]):.1f} %".replace(".", ",") for name in ("low_share", "high_share"))
    return (
        f"{_plain(numbers['draws'])} tirages (graine {_plain(numbers['seed'])}) {whose} dans son disque "
        f"({_plain(numbers['radius_m'])} m au plus) ; du 5e au 95e centile, de {low} à {high}"
    )


def _one(value: float | tuple[float, ...]) -> float:
    return value[0] if isinstance(value, tuple) else value


def _plain(value: float | tuple[float, ...]) -> str:
    """A number with a decimal comma, without useless zeros; several joined by « et ».

    >>> _plain(4.50), _plain(600.0), _plain((150.0, 600.0))
    ('4,5', '600', '150 et 600')
    """
    if isinstance(value, tuple):
        return " et ".join(map(_plain, value))
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def source_label(source: str, options: SensitivityOptions | None) -> str:
    """The French label of a source of uncertainty, with how far it is moved.

    >>> source_label("all", None)
    'La plus large des fourchettes'
    """
    options = options or SensitivityOptions()
    snaps = " ou ".join(typography.plain(value) for value in options.max_snap_m)
    radii = " ou ".join(typography.plain(value) for value in options.link_radius_m)
    links = [f"{snaps} m"] * bool(snaps) + [f"rayon de {radii} m"] * bool(radii)
    by_source = {
        "speed": f"Vitesse ± {typography.percent(options.speed_share, decimals=0)}",
        "threshold": f"Seuil ± {typography.plain(options.threshold_min)} min",
        "signals": "Attente aux feux",
        "congestion": "Heure de la journée (congestion)",
        "slopes": "Sans relief",
        "snapping": f"Rattachement aux rues : {', '.join(links)}",
        "position": f"Position des services ({typography.count(options.draws, 'tirage')})",
        "population": "Répartition des habitants",
        WIDEST: "La plus large des fourchettes",
    }
    return by_source.get(source, source)


def widest_band(results: Results, scenario: str) -> tuple[float, float] | None:
    """The lowest and highest share (0-1) of a scenario over all hypotheses; None where it is not known."""
    bands = results.sensitivity.bands
    if len(bands) == 0:
        return None
    for row in bands[(bands["scenario"] == scenario) & (bands["source"] == WIDEST)].to_dict("records"):
        return float(row["low_share"]), float(row["high_share"])
    return None


def tried_words(results: Results) -> str:
    """The hypotheses that the run changed, one by one, in words: « la vitesse (± 10 %), le seuil (± 2 min) »."""
    options = results.study.sensitivity or SensitivityOptions()
    bands = results.sensitivity.bands
    sources = set(bands["source"]) if len(bands) else set()
    words = {
        "speed": f"la vitesse (±{NO_BREAK_SPACE}{typography.percent(options.speed_share, decimals=0)})",
        "threshold": f"le seuil (±{NO_BREAK_SPACE}{typography.plain(options.threshold_min)}{NO_BREAK_SPACE}min)",
        "signals": "l'attente aux feux",
        "congestion": "l'heure de la journée",
        "slopes": "le relief",
        "snapping": "la distance à laquelle un lieu rejoint une rue",
        "position": "la position des services douteux",
        "population": "la place des habitants",
        DEPARTURE: "l'heure de départ",
        DAY: "le jour",
    }
    named = [item for source, item in words.items() if source in sources]
    return f"{', '.join(named[:-1])} ou {named[-1]}" if len(named) > 1 else "".join(named) or "une hypothèse"


# --- one scenario and another ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """What the first of two scenarios covers more than the second (less, where negative).

    ``shares`` (0-1) and ``population``: without any variation, then lowest and highest over the paired variants.
    """

    names: tuple[str, str]
    titles: tuple[str, str]
    outcome: str
    shares: tuple[float, float, float]
    population: tuple[float, float, float]

    @property
    def is_more(self) -> bool:
        """Whether the first covers more people than the second in every variant."""
        return self.outcome == RANKED and self.shares[1] > 0

    @property
    def changes_side(self) -> bool:
        """Whether the first covers more people in one variant and fewer in another; a band that ends at 0 does not."""
        return self.outcome == UNDECIDED and self.shares[1] < 0 < self.shares[2]

    def turned(self) -> Difference:
        """The same, from the other side."""
        shares, population = ((-a, -c, -b) for a, b, c in (self.shares, self.population))
        (name, other), (title, other_title) = self.names, self.titles
        return Difference((other, name), (other_title, title), self.outcome, shares, population)


def difference_of(row: Mapping[Hashable, Any], title_a: str, title_b: str) -> Difference:
    """What scenario b of a row of the ranking covers more than scenario a."""
    shares, population = (
        (row[f"difference_{unit}"], row[f"lowest_difference_{unit}"], row[f"highest_difference_{unit}"])
        for unit in ("share", "population")
    )
    names = (str(row["scenario_b"]), str(row["scenario_a"]))
    return Difference(names, (title_b, title_a), str(row["outcome"]), shares, population)


def difference_words(difference: Difference, *, same_people: bool = False) -> str:
    r"""What the first covers more or less than the second, with the band of the difference; without full stop.

    ``same_people``: of two that cover as many, whether they are the same inhabitants.

    >>> more = Difference(("a", "b"), ("A", "B"), "ranked", (0.051, 0.037, 0.059), (5100.0, 3700.0, 5900.0))
    >>> print(*difference_words(more).replace("\u202f", " ").replace("\u00a0", " ").split(", soit "), sep="\n")
    « A » couvre de 3,7 à 5,9 points de plus
    de 3 700 à 5 900 habitants (hypothèses de l'étude : 5,1 points, 5 100 habitants)
    >>> either = Difference(("a", "b"), ("A", "B"), "undecided", (0.008, -0.006, 0.016), (800.0, -600.0, 1600.0))
    >>> difference_words(either).replace("\u00a0", " ").split(" : ")[0]
    "« A » couvre de 0,6 point de moins à 1,6 point de plus (hypothèses de l'étude"
    """
    central, low, high = difference.shares
    start = f"« {difference.titles[0]} » couvre"
    if difference.outcome == IDENTICAL:
        if same_people:
            return f"{start} les mêmes habitants, et autant dans toutes les variantes"
        return f"{start} autant d'habitants dans toutes les variantes, mais pas les mêmes"
    difference_population = people_words(abs(difference.population[0]))
    if difference.outcome == RANKED:
        side = "plus" if low > 0 else "moins"
        return (
            f"{start} {span_words(low, high)} de {side}, soit {people_span_words(*difference.population[1:])} "
            f"(hypothèses de l'étude : {points(abs(central))}, {difference_population})"
        )
    unmoved = _signed_words(central) + (f", {difference_population}" if central else "")
    if low < 0 < high:
        band = f"de {_signed_words(low)} à {_signed_words(high)}"
        return f"{start} {band} (hypothèses de l'étude : {unmoved}) : l'ordre dépend de la variante"
    band = f"autant d'habitants ou jusqu'à {_signed_words(high if low == 0 else low)}"
    return f"{start} {band} (hypothèses de l'étude : {unmoved}) : à égalité dans une variante au moins"


def none_or_one_sided(difference: Difference) -> str:
    r"""Of a band that ends at 0 what the effect is, with its people.

    >>> loss = Difference(("a", "b"), ("A", "B"), "undecided", (-1e-5, -4e-5, 0.0), (-19.0, -69.0, 0.0))
    >>> none_or_one_sided(loss).replace("\u00a0", " ")
    'nul ou négatif (0 à −69 habitants)'
    """
    lowest, highest = difference.population[1:]
    side, most = ("négatif", lowest) if difference.shares[1] < 0 else ("positif", highest)
    return f"nul ou {side} (0 à {'−' if most < 0 else '+'}{people_words(abs(most))})"


def outcome_words(difference: Difference) -> str:
    """What a table says of a pair whose columns are A, the second scenario, then B, the first."""
    if difference.outcome == RANKED:
        return "B devant A" if difference.is_more else "A devant B"
    return "identiques" if difference.outcome == IDENTICAL else "indécidable"


def span_words(low: float, high: float) -> str:
    r"""Two differences of one sign in points, the smaller first: « de 3,7 à 5,9 points ».

    >>> span_words(-0.069, -0.039).replace("\u00a0", " "), span_words(0.0151, 0.0149).replace("\u00a0", " ")
    ('de 3,9 à 6,9 points', '1,5 point')
    """
    least, most = sorted((abs(low), abs(high)))
    if points(least) == points(most):
        return points(most)
    unit_free = points(least).rsplit(NO_BREAK_SPACE, 1)[0]
    return f"de {unit_free} à {points(most)}"


def people_span_words(low: float, high: float) -> str:
    r"""Two numbers of inhabitants of one sign, the smaller first.

    >>> people_span_words(-12.0, -3.0).replace("\u00a0", " "), people_span_words(7.2, 6.9).replace("\u00a0", " ")
    ('de 3 à 12 habitants', '7 habitants')
    """
    least, most = sorted((abs(low), abs(high)))
    if number(least) == number(most):
        return people_words(most)
    return f"de {number(least)} à {people_words(most)}"


def people_words(population: float) -> str:
    """A number of inhabitants and their noun; « moins de 1 habitant » where it is not quite nobody."""
    if 0 < population < 0.5:  # noqa: PLR2004 - what would be rounded to nobody
        return f"moins de 1{NO_BREAK_SPACE}habitant"
    noun = "habitant" if round(population) < 2 else "habitants"  # noqa: PLR2004 - French plural starts at two
    return f"{number(population)}{NO_BREAK_SPACE}{noun}"


def points(share: float) -> str:
    r"""A difference of shares (0-1) in points: « 0,3 point », « 2,1 points ».

    >>> points(0.003).replace("\u00a0", " "), points(0.0004).replace("\u00a0", " ")
    ('0,3 point', 'moins de 0,1 point')
    """
    if share == 0:
        return f"0{NO_BREAK_SPACE}point"
    value = round(100 * share, 1)
    if value == 0:
        return f"moins de 0,1{NO_BREAK_SPACE}point"
    noun = "point" if abs(value) < 2 else "points"  # noqa: PLR2004 - French plural starts at two
    return f"{number(value, decimals=1)}{NO_BREAK_SPACE}{noun}"


def _signed_words(share: float) -> str:
    if share == 0:
        return "autant"
    return f"{points(abs(share))} de {'plus' if share > 0 else 'moins'}"
