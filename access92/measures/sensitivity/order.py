"""Scenarios in order of what they cover, as far as the paired variants separate them."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd

RANKED, IDENTICAL, UNDECIDED = "ranked", "identical", "undecided"
"""Outcomes of a pair: its difference keeps its sign in every variant, is zero in every variant, or neither."""


RANKING_COLUMNS = (
    "scenario_a", "scenario_b", "mode", "ahead", "outcome",
    "difference_share", "lowest_difference_share", "highest_difference_share",
    "difference_population", "lowest_difference_population", "highest_difference_population",
)  # fmt: skip

_ROUNDING_SHARE = 1e-12
"""A difference of less than this share of all people is one of the order of additions, not of people."""


def rank_pairs(scenarios: list[str], mode: str, covered: np.ndarray, population: float) -> pd.DataFrame:
    """Each pair of scenarios; ``covered``: population (n_scenarios, n_variants), the central value first.

    A column is the same variant of every scenario: the band of a difference is that of the differences by column. The
    bands of the two figures say nothing of it: slower walking lowers both figures at once.
    """
    rows = []
    for a, b in combinations(range(len(scenarios)), 2):
        gained = covered[b] - covered[a]
        gained = np.where(np.abs(gained) <= _ROUNDING_SHARE * population, 0.0, gained)
        difference = {"": gained[0], "lowest_": gained.min(), "highest_": gained.max()}
        ahead = "b" if difference["lowest_"] > 0 else "a" if difference["highest_"] < 0 else ""
        rows.append(
            {
                "scenario_a": scenarios[a], "scenario_b": scenarios[b], "mode": mode, "ahead": ahead,
                "outcome": RANKED if ahead else UNDECIDED if gained.any() else IDENTICAL,
                **{f"{which}difference_share": float(value / population) for which, value in difference.items()},
                **{f"{which}difference_population": float(value) for which, value in difference.items()},
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=list(RANKING_COLUMNS))


def ranked_tiers(ranking: pd.DataFrame) -> tuple[tuple[str, ...], ...]:
    """Groups of scenarios, largest population covered first; each scenario is ranked ahead of all in later groups.

    Scenarios share a group where a chain of pairs that are not ranked joins them: a group of two or more holds a pair
    whose order the variants do not decide, or two that cover as many. ``ranking``: a row per pair (scenario_a,
    scenario_b, ahead, outcome); empty for one scenario. Inside a group the order is that of the table.

    >>> pairs = [("x", "y", "b", "ranked"), ("x", "z", "b", "ranked"), ("y", "z", "", "undecided")]
    >>> ranked_tiers(pd.DataFrame(pairs, columns=["scenario_a", "scenario_b", "ahead", "outcome"]))
    (('y', 'z'), ('x',))
    """
    pairs = ranking.to_dict("records")
    names = list(dict.fromkeys([str(row[side]) for side in ("scenario_a", "scenario_b") for row in pairs]))
    tier_of = {name: at for at, name in enumerate(names)}
    behind = dict.fromkeys(names, 0)
    for row in pairs:
        a, b = str(row["scenario_a"]), str(row["scenario_b"])
        if row["outcome"] == RANKED:
            behind[a if row["ahead"] == "a" else b] += 1
        else:
            joined = {tier_of[a], tier_of[b]}
            tier_of = {name: min(joined) if tier in joined else tier for name, tier in tier_of.items()}
    tiers = [tuple(name for name in names if tier_of[name] == tier) for tier in dict.fromkeys(tier_of.values())]
    # being ahead in every variant is transitive: whoever leads the later group is behind all of the earlier one
    return tuple(sorted(tiers, key=lambda tier: -max(behind[name] for name in tier)))
