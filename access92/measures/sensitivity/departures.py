"""Bands of the modes that ride: the minute of departure within the window, and other days of the timetable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from access92.measures.rides import QUARTILES
from access92.measures.sensitivity.details import ALL
from access92.measures.sensitivity.order import IDENTICAL, RANKED, UNDECIDED, rank_pairs
from access92.study.schemas import EVERYBODY, TOTAL

DEPARTURE, DAY = "departure", "day"
"""Sources of the bands of a mode that rides."""


@dataclass(frozen=True, slots=True)
class OtherDay:
    """What a scenario covers by a mode that rides, on another day of the timetable; ``coverage_share``: 0 to 1."""

    scenario: str
    mode: str
    day: date
    population_covered: float
    coverage_share: float


def departure_bands(rides: pd.DataFrame, modes: Sequence[str], other_days: Sequence[OtherDay]) -> pd.DataFrame:
    """The bands of the modes that ride; empty where nobody rides.

    ``rides``: of :func:`access92.measures.rides.tabulate_rides`; ``modes``: those of the study. Columns as the bands of
    :class:`access92.measures.sensitivity.SensitivityTables`; ``source``: ``departure`` (the quartiles of the
    departures), ``day`` (the days of ``other_days``) or ``all`` (the widest of both). A band holds its central value.
    """
    if not len(rides):
        return pd.DataFrame()
    is_total = (rides["public"] == EVERYBODY) & (rides["area_id"] == TOTAL) & rides["mode"].isin(list(modes))
    rows: list[dict[str, object]] = []
    for item in rides[is_total].to_dict("records"):
        scenario, mode, people = str(item["scenario"]), str(item["mode"]), float(item["population"])
        central = float(item["population_covered"])
        days = [other for other in other_days if (other.scenario, other.mode) == (scenario, mode)]
        by_source = {DEPARTURE: [float(item[f"population_covered_p{quartile}"]) for quartile in QUARTILES]}
        if days:
            by_source[DAY] = [other.population_covered for other in days]
        by_source[ALL] = [value for values in by_source.values() for value in values]
        rows += [_band(scenario, mode, float(item["threshold_min"]), source, [central, *values], people)
                 for source, values in by_source.items()]  # fmt: skip
    return pd.DataFrame(rows)


def riding_ranking(rides: pd.DataFrame, modes: Sequence[str], other_days: Sequence[OtherDay]) -> pd.DataFrame:
    """Each pair of scenarios by each mode that rides, as :func:`access92.measures.sensitivity.order.rank_pairs`.

    The variants, the same for both: the percentile that counts, the quartiles of the departures, each other day.
    """
    if not len(rides):
        return pd.DataFrame()
    is_total = (rides["public"] == EVERYBODY) & (rides["area_id"] == TOTAL)
    columns = ["population_covered", *(f"population_covered_p{quartile}" for quartile in QUARTILES)]
    tables = []
    for mode in modes:
        rows = rides[is_total & (rides["mode"] == mode)]
        if not len(rows):
            continue
        scenarios = [str(name) for name in rows["scenario"]]
        days = list(dict.fromkeys(other.day for other in other_days))
        on_day = {(other.scenario, other.day): other.population_covered for other in other_days if other.mode == mode}
        by_day = [[on_day[name, day] for day in days] for name in scenarios]
        covered = np.concatenate([rows[columns].to_numpy(dtype=float), np.array(by_day).reshape(len(rows), -1)], axis=1)
        tables.append(rank_pairs(scenarios, mode, covered, float(rows["population"].iloc[0])))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def widened_bands(bands: pd.DataFrame, riding: pd.DataFrame) -> pd.DataFrame:
    """The bands of the headline mode, the widest of which hold those of :func:`departure_bands` where it rides.

    >>> rows = pd.DataFrame({"scenario": "s", "mode": "transit", "source": ["speed", "all"], "low_share": [0.4, 0.4],
    ...                      "high_share": 0.6, "low_population": [4.0, 4.0], "high_population": 6.0})
    >>> widened_bands(rows, rows.assign(low_share=0.3, low_population=3.0))["low_population"].tolist()
    [4.0, 3.0]
    """
    if not len(bands) or not len(riding):
        return bands
    key, widest = ["scenario", "mode", "source"], riding[riding["source"] == ALL]
    return _widened(bands, widest, key, ("low_share", "low_population"), ("high_share", "high_population"))


def widened_ranking(ranking: pd.DataFrame, riding: pd.DataFrame) -> pd.DataFrame:
    """The pairs of scenarios by the headline mode, over the variants of :func:`riding_ranking` too where it rides.

    >>> two, by_departure = (rank_pairs(["x", "y"], "transit", np.array(covered), 10.0)
    ...                      for covered in ([[4, 3], [5, 5]], [[4, 6], [5, 5]]))
    >>> [table["outcome"].tolist() for table in (two, widened_ranking(two, by_departure))]
    [['ranked'], ['undecided']]
    """
    if not len(ranking) or not len(riding):
        return ranking
    lowest, highest = (
        tuple(f"{which}_difference_{unit}" for unit in ("population", "share")) for which in ("lowest", "highest")
    )
    held = _widened(ranking, riding, ["scenario_a", "scenario_b", "mode"], lowest, highest)
    low, high = held[lowest[0]].to_numpy(float), held[highest[0]].to_numpy(float)
    ahead = np.where(low > 0, "b", np.where(high < 0, "a", ""))
    outcome = np.where(ahead != "", RANKED, np.where((low == 0) & (high == 0), IDENTICAL, UNDECIDED))
    return held.assign(ahead=ahead, outcome=outcome)


def _widened(
    table: pd.DataFrame, other: pd.DataFrame, key: list[str], lowest: Sequence[str], highest: Sequence[str]
) -> pd.DataFrame:
    """The table with the lower and the higher values of another that has the same key."""
    both = table[key].merge(other[[*key, *lowest, *highest]], on=key, how="left")
    values = {name: np.fmin(table[name].to_numpy(float), both[name].to_numpy(float)) for name in lowest}
    values |= {name: np.fmax(table[name].to_numpy(float), both[name].to_numpy(float)) for name in highest}
    return table.assign(**values)


def _band(
    scenario: str, mode: str, threshold_min: float, source: str, covered: Sequence[float], people: float
) -> dict[str, object]:
    """A row; ``covered``: the central value first."""
    values: Mapping[str, float] = {"low": min(covered), "central": covered[0], "high": max(covered)}
    shares = {f"{name}_share": value / people if people > 0 else float("nan") for name, value in values.items()}
    populations = {f"{name}_population": value for name, value in values.items()}
    return {
        "scenario": scenario, "mode": mode, "threshold_min": threshold_min, "source": source, **shares, **populations,
    }  # fmt: skip
