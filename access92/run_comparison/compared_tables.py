"""The files of a run whose figures are compared: their keys and their figures."""

from __future__ import annotations

from collections.abc import Mapping

from access92.comparison import COMPARISON_COLUMNS
from access92.coverage import COVERAGE_COLUMNS

COVERAGE, SUMMARY, COMPARISON = "coverage.csv", "travel_time_summary.csv", "comparison.csv"
SERVICES, ACCESS = "services.csv", "access.parquet"
KEYS: Mapping[str, tuple[str, ...]] = {
    COVERAGE: COVERAGE_COLUMNS[:5],
    SUMMARY: ("scenario", "mode", "rule", "area_id"),
    COMPARISON: COMPARISON_COLUMNS[:6],
}
FIGURES: Mapping[str, tuple[str, ...]] = {  # the first ones give a row its rank
    COVERAGE: ("population_covered", "coverage_share", "population", "population_unsnapped"),
    SUMMARY: ("median_min", "p90_min", "population"),
    COMPARISON: ("population_gained", "population_lost", "minutes_saved_person_min"),
}
TIMES = ("median_min", "p90_min")
