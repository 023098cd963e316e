"""How far each headline moves when what is uncertain moves: speed, threshold, links to streets, positions, people."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True, slots=True)
class SensitivityTables:
    """The bands of a run's headlines (headline mode, rule ``any``, headline threshold); empty tables where not asked.

    ``bands``: scenario, mode, threshold_min, source, low_share, central_share, high_share, low_population,
    central_population, high_population, detail. ``source`` is ``speed``, ``threshold``, ``snapping``,
    ``position``, ``population`` or ``all`` (the widest of the others). Shares are 0-1, of all inhabitants.

    ``borderline``: scenario, mode, lower_min, threshold_min, upper_min, population_just_covered
    (lower ≤ t < threshold), population_just_uncovered (threshold ≤ t < upper), borderline_population (their
    sum), population.

    ``ranking``: one row per pair of scenarios: scenario_a, scenario_b, mode, difference_share (b minus a),
    band_share (half the width of the wider band ``all`` of the two), lowest_difference_share and
    highest_difference_share (same variant on both sides), is_ranked.
    """

    bands: pd.DataFrame = field(default_factory=pd.DataFrame)
    borderline: pd.DataFrame = field(default_factory=pd.DataFrame)
    ranking: pd.DataFrame = field(default_factory=pd.DataFrame)
