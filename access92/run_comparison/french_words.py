"""The words of a comparison in French: figures, gaps, scenarios."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from access92.outputs.french import listed, minutes, number, signed
from access92.run_comparison.compared_tables import COMPARISON, COVERAGE, SERVICES, SUMMARY, TIMES
from access92.run_comparison.values import RowDifference

TITLES: Mapping[str, str] = {
    COVERAGE: "Couverture",
    SUMMARY: "Temps de trajet",
    COMPARISON: "Écarts entre scénarios",
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
}
DIMENSION_WORDS: Mapping[str, str] = {
    "scenario": "scénario",
    "scenario_reference": "scénario de référence",
    "mode": "mode",
    "threshold_min": "seuil",
    "area_id": "zone",
    "rule": "règle",
}
SERVICE_WORDS: Mapping[str, str] = {
    "added": "ajouté",
    "removed": "retiré",
    "moved": "déplacé",
    "recounted": "compté par d'autres scénarios",
    "edited": "décrit autrement",
    "resnapped": "relié autrement aux rues",
}


def value_words(row: RowDifference) -> Iterator[str]:
    """Each figure of a row that differs: before, after and the gap.

    >>> from access92.run_comparison.values import ValueDifference
    >>> change = ValueDifference("population_covered", 10.0, 7.0, ())
    >>> list(value_words(RowDifference("coverage.csv", {}, (change,))))
    ['habitants couverts 10 → 7 (−3)']
    """
    for item in row.changes:
        name, gap = FIGURE_WORDS[item.figure], item.difference
        if item.figure == "coverage_share":
            old, new = (
                "—" if value is None else f"{number(100 * value, decimals=1)} %" for value in (item.before, item.after)
            )
            plural = "points" if gap is not None and abs(100 * gap) >= 2 else "point"  # noqa: PLR2004 - French plural
            points = "" if gap is None else f" ({gap_words(100 * gap, 1)} {plural})"
            yield f"{name} {old} → {new}{points}"
        elif item.figure in TIMES:
            times = [
                "au-delà de la durée cherchée" if value is None else minutes(value)
                for value in (item.before, item.after)
            ]
            yield f"{name} {times[0]} → {times[1]}" + ("" if gap is None else f" ({gap_words(gap, 1)} min)")
        else:
            old, new = ("—" if value is None else number(value) for value in (item.before, item.after))
            yield f"{name} {old} → {new}" + ("" if gap is None else f" ({gap_words(gap, 0)})")


def gap_words(value: float, decimals: int) -> str:
    """A signed difference; « moins de 0,1 » where it is too small to be shown.

    >>> gap_words(-3.0, 0), gap_words(0.25, 1)
    ('−3', '+0,2')
    """
    if value and round(value, decimals) == 0:
        return f"{'+' if value > 0 else '−'} moins de {number(10.0**-decimals, decimals=decimals)}"
    return signed(value, decimals=decimals)


def people_words(value: float) -> str:
    """A difference of people, with its sign.

    >>> people_words(1.0), people_words(-12.0)
    ('+1 habitant', '−12 habitants')
    """
    return f"{gap_words(value, 0)} {'habitant' if abs(value) < 2 else 'habitants'}"  # noqa: PLR2004 - French plural


def scenario_words(names: Sequence[str]) -> str:
    """The scenarios, quoted and named as such.

    >>> scenario_words(["a"]), scenario_words(["a", "b"])
    ('scénario « a »', 'scénarios « a » et « b »')
    """
    quoted = [f"« {name} »" for name in names]
    return f"scénario {quoted[0]}" if len(quoted) == 1 else f"scénarios {listed(quoted)}"
