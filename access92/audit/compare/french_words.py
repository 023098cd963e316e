"""The words of a comparison in French: figures, gaps, scenarios."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from access92.audit.compared_tables import (
    COMMITMENT_SUMMARY,
    COMMITMENTS,
    COMPARISON,
    COMPETENCE,
    COVERAGE,
    LEDGER,
    MOMENTS,
    PERSON_HOURS,
    POCKET_AREAS,
    POCKETS,
    RIDES,
    SERVICES,
    SOLE,
    SUMMARY,
    TIMES,
    TURNING,
    WEEK,
)
from access92.audit.values import RowDifference
from access92.outputs.words.typography import listed, minutes, number, signed

TITLES: Mapping[str, str] = {
    COVERAGE: "Couverture",
    SUMMARY: "Temps de trajet",
    COMPARISON: "Écarts entre scénarios",
    LEDGER: "Registre des gagnés et des perdus",
    COMMITMENT_SUMMARY: "Engagements, en bref",
    COMMITMENTS: "Engagements, étape par étape",
    SOLE: "Habitants qu'un seul service couvre",
    TURNING: "Vers qui l'on se tourne après une fermeture",
    COMPETENCE: "SST compétent ou SST le plus proche",
    PERSON_HOURS: "Heures où un service est à portée",
    MOMENTS: "Couverture à un instant",
    WEEK: "La semaine, heure par heure",
    POCKETS: "Poches non couvertes",
    POCKET_AREAS: "Poches non couvertes, par commune",
    RIDES: "Véhicules et minutes de départ",
    SERVICES: "Services",
}
FIGURE_WORDS: Mapping[str, str] = {
    "population_covered": "habitants couverts",
    "coverage_share": "part couverte",
    "population": "habitants",
    "population_unsnapped": "habitants reliés à aucune rue",
    "median_min": "temps médian",
    "p90_min": "temps du 90e centile",
    "population_gained": "habitants gagnés",
    "population_lost": "habitants perdus",
    "minutes_saved_person_min": "minutes gagnées × habitants",
    "population_still_covered": "habitants toujours couverts",
    "population_still_uncovered": "habitants toujours non couverts",
    "population_faster": "habitants plus près",
    "population_slower": "habitants plus loin",
    "population_uncovered": "habitants non couverts",
    "population_first_step": "couverts dès la première étape",
    "population_rescued": "rattrapés par une étape suivante",
    "population_first_covered": "couverts d'abord par cette étape",
    "service_count": "services de l'étape",
    "population_sole": "habitants que lui seul couvre",
    "population_sole_place": "habitants que ce lieu seul couvre",
    "population_reached": "habitants à sa portée",
    "median_extra_min": "temps médian de plus",
    "extra_person_min": "minutes de plus × habitants",
    "population_nearest_other": "habitants plus près d'un autre SST",
    "population_left_out": "habitants sans SST compétent connu",
    "population_unreached": "habitants hors d'atteinte du leur",
    "median_competent_min": "temps médian vers le SST compétent",
    "median_nearest_min": "temps médian vers le SST le plus proche",
    "mean_competent_min": "temps moyen vers le SST compétent",
    "mean_nearest_min": "temps moyen vers le SST le plus proche",
    "minutes_lost_person_min": "minutes perdues × habitants",
    "population_without": "habitants sans aucune heure",
    "person_hours": "heures-personnes",
    "person_hours_unknown": "heures-personnes non connues",
    "hours_per_week": "heures par semaine et par habitant",
    "hours": "heures regardées",
    "hours_unknown": "heures non connues",
    "population_covered_p25": "habitants couverts au 25e percentile",
    "population_covered_p75": "habitants couverts au 75e percentile",
    "population_riding": "habitants qui prennent un véhicule",
    "ride_minutes_share": "part des minutes en véhicule",
    "population_within_cutoff": "habitants qui atteignent un service",
    "lon": "longitude",
    "lat": "latitude",
}
_SHARES = ("coverage_share", "ride_minutes_share")
DECIMALS: Mapping[str, int] = {"hours_per_week": 1, "hours": 1, "lon": 5, "lat": 5}
DIMENSION_WORDS: Mapping[str, str] = {
    "scenario": "scénario",
    "scenario_reference": "scénario de référence",
    "mode": "mode",
    "threshold_min": "seuil",
    "area_id": "zone",
    "rule": "règle",
    "commitment": "engagement",
    "moment": "instant",
    "public": "public",
    "row": "certaines lignes du scénario",
}
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
AGES: Mapping[str, str] = {"age_0_14": "moins de 15 ans", "age_15_64": "15 à 64 ans", "age_65_plus": "65 ans et plus"}
SERVICE_WORDS: Mapping[str, str] = {
    "added": "ajouté",
    "removed": "retiré",
    "moved": "déplacé",
    "recounted": "compté par d'autres scénarios",
    "edited": "décrit autrement",
    "resnapped": "relié autrement aux rues",
}

PEOPLE, OF_SEVERAL_UNITS = "habitants", "effectifs"
"""What the figures of a public count, and those of several publics in several units."""
UNITS: Mapping[str, str] = {"persons": PEOPLE, "households": "ménages", "dwellings": "logements"}


def value_words(row: RowDifference, counted: str = PEOPLE) -> Iterator[str]:
    """Each figure of a row that differs: before, after and the gap; ``counted``: what its public counts.

    >>> from access92.audit.values import ValueDifference
    >>> change = ValueDifference("population_covered", 10.0, 7.0, ())
    >>> list(value_words(RowDifference("coverage.csv", {}, (change,))))
    ['habitants couverts 10 → 7 (−3)']
    >>> list(value_words(RowDifference("coverage.csv", {}, (change,)), "ménages"))
    ['ménages couverts 10 → 7 (−3)']
    """
    for item in row.changes:
        name, gap = figure_words(item.figure, counted), item.difference
        if item.figure in _SHARES:
            old, new = (
                "—" if value is None else f"{number(100 * value, decimals=1)} %" for value in (item.before, item.after)
            )
            plural = "points" if gap is not None and abs(100 * gap) >= 2 else "point"  # noqa: PLR2004 - French plural
            points = "" if gap is None else f" ({gap_words(100 * gap, 1)} {plural})"
            yield f"{name} {old} → {new}{points}"
        elif item.figure in TIMES:
            times = [
                "au-delà de la durée retenue" if value is None else minutes(value)
                for value in (item.before, item.after)
            ]
            yield f"{name} {times[0]} → {times[1]}" + ("" if gap is None else f" ({gap_words(gap, 1)} min)")
        else:
            decimals = DECIMALS.get(item.figure, 0)
            old, new = (
                "—" if value is None else number(value, decimals=decimals) for value in (item.before, item.after)
            )
            yield f"{name} {old} → {new}" + ("" if gap is None else f" ({gap_words(gap, decimals)})")


def key_words(row: RowDifference, words: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    """What more than scenario, mode, rule, area and threshold distinguishes one row from another.

    >>> list(key_words(RowDifference("week.csv", {"weekday": "1", "hour": "10"}, ()), {}))
    ['mardi, 10 h']
    >>> list(key_words(RowDifference("ledger.csv", {"public": "age_65_plus"}, ()), {}))
    ['65 ans et plus']
    """
    key = row.key
    if "commitment" in key:
        yield f"engagement « {words.get('commitment', {}).get(key['commitment']) or key['commitment']} »"
    if "step" in key:
        yield f"étape {key['step']}"
    for name, beginning in (("service_id", ""), ("turns_to", "vers ")):
        if name in key:
            title = words.get("service_id", {}).get(key[name], "")
            yield (
                f"{beginning}{key[name]}" + (f" « {title} »" if title else "") if key[name] else f"{beginning}personne"
            )
    if key.get("public", "all") != "all":
        yield words.get("public", {}).get(key["public"]) or AGES.get(key["public"], key["public"])
    if "moment" in key:
        yield f"le {key['moment'].replace('T', ' à ')}"
    if "weekday" in key:
        yield f"{WEEKDAYS[int(key['weekday'])]}, {key['hour']} h"
    if "rank" in key:
        yield f"poche n° {key['rank']}"


def gap_words(value: float, decimals: int) -> str:
    """A signed difference, a unit to follow; between zero and the least that is shown where it is smaller.

    >>> gap_words(-3.0, 0), gap_words(0.25, 1), gap_words(-0.04, 1), gap_words(0.4, 0)
    ('−3', '+0,2', 'entre 0 et −0,1', 'entre 0 et +1')
    """
    if value and round(value, decimals) == 0:
        return f"entre 0 et {signed(math.copysign(10.0**-decimals, value), decimals=decimals)}"
    return signed(value, decimals=decimals)


def distance_words(metres: float) -> str:
    """How far a place moved: metres, centimetres below one, millimetres below one of these.

    >>> [distance_words(metres).replace("\u202f", " ") for metres in (282.84, 0.054, 0.0061, 0.0004)]
    ['282,8 m', '5,4 cm', '6 mm', 'moins de 1 mm']
    """
    if metres >= 1:
        return f"{number(metres, decimals=1)} m"
    if metres >= 0.01:  # noqa: PLR2004 - a centimetre
        return f"{number(100 * metres, decimals=1)} cm"
    return f"{number(1000 * metres)} mm" if metres >= 0.001 else "moins de 1 mm"  # noqa: PLR2004 - a millimetre


def figure_words(figure: str, counted: str = PEOPLE) -> str:
    """What a figure is, of what is counted.

    >>> figure_words("population_gained", "ménages")
    'ménages gagnés'
    """
    return FIGURE_WORDS[figure].replace(PEOPLE, counted)


def people_words(value: float, counted: str = PEOPLE) -> str:
    """A difference of population, with its sign.

    >>> people_words(1.0), people_words(-12.0), people_words(-12.0, "ménages")
    ('+1 habitant', '−12 habitants', '−12 ménages')
    """
    return f"{gap_words(value, 0)} {counted.removesuffix('s') if abs(value) < 2 else counted}"  # noqa: PLR2004 - French plural


def scenario_words(names: Sequence[str]) -> str:
    """The scenarios, quoted and named as such.

    >>> scenario_words(["a"]), scenario_words(["a", "b"])
    ('scénario « a »', 'scénarios « a » et « b »')
    """
    quoted = [f"« {name} »" for name in names]
    return f"scénario {quoted[0]}" if len(quoted) == 1 else f"scénarios {listed(quoted)}"
