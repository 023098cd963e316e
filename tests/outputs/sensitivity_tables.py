"""Made-up bands of the shape that sensitivity.py states, for the made-up town."""

from __future__ import annotations

from itertools import combinations

import pandas as pd

from access92.measures.sensitivity import IDENTICAL, RANKED, UNDECIDED, SensitivityTables, VariationRecord
from access92.measures.sensitivity.order import RANKING_COLUMNS
from access92.outputs.figures import headline
from access92.run.results import Results

SOURCES = {"speed": 0.07, "threshold": 0.06, "snapping": 0.0, "position": 0.02, "population": 0.01, "all": 0.07}
NEAR = ("aujourdhui", "neuf")
"""Two scenarios told to be 0.3 point apart, whatever the town says."""


def make_sensitivity(results: Results) -> SensitivityTables:
    """Bands of a fixed width around the headline of each scenario of the run."""
    shares = {item.name: headline(results, item.name, "walk").share for item in results.scenarios}
    people = float(results.demand["population"].sum())
    bands = [
        (name, "walk", 20.0, source, share - half, share, share + half,
         (share - half) * people, share * people, (share + half) * people)
        for name, share in shares.items()
        for source, half in SOURCES.items()
    ]  # fmt: skip
    borderline = [(name, "walk", 18.0, 20.0, 22.0, 100.0, 150.0, 250.0, people) for name in shares]
    ranking = []
    for a, b in combinations(shares, 2):
        difference = 0.003 if (a, b) == NEAR else shares[b] - shares[a]
        wobble = 0.01 if (a, b) == NEAR else 0.1 * difference
        lowest, highest = sorted((difference - wobble, difference + wobble))
        ahead = "b" if lowest > 0 else "a" if highest < 0 else ""
        outcome = RANKED if ahead else IDENTICAL if lowest == highest == 0 else UNDECIDED
        spread = (difference, lowest, highest)
        ranking.append((a, b, "walk", ahead, outcome, *spread, *(share * people for share in spread)))
    records = tuple(
        VariationRecord("sure_positions", (name, source)) for name in shares for source in SOURCES if source != "all"
    )
    return SensitivityTables(
        bands=pd.DataFrame(
            bands,
            columns=["scenario", "mode", "threshold_min", "source", "low_share", "central_share", "high_share",
                     "low_population", "central_population", "high_population"],
        ),
        borderline=pd.DataFrame(
            borderline,
            columns=["scenario", "mode", "lower_min", "threshold_min", "upper_min", "population_just_covered",
                     "population_just_uncovered", "borderline_population", "population"],
        ),
        ranking=pd.DataFrame(ranking, columns=list(RANKING_COLUMNS)),
        records=records,
    )  # fmt: skip
