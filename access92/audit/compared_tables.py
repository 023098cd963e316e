"""The files of a run whose figures are compared: their keys, their figures, and what those depend on."""

from __future__ import annotations

from collections.abc import Mapping

from access92.measures.coverage import COVERAGE_COLUMNS
from access92.measures.ledger import COMPARISON_COLUMNS
from access92.measures.rides import RIDES_COLUMNS

COVERAGE, SUMMARY, COMPARISON = "coverage.csv", "travel_time_summary.csv", "comparison.csv"
LEDGER, COMMITMENTS, COMMITMENT_SUMMARY = "ledger.csv", "commitments.csv", "commitment_summary.csv"
SOLE, TURNING, COMPETENCE = "sole_providers.csv", "turning.csv", "competence.csv"
PERSON_HOURS, WEEK, MOMENTS, POCKETS = "person_hours.csv", "week.csv", "moments.csv", "uncovered_pockets.csv"
POCKET_AREAS = "pocket_areas.csv"
RIDES = "rides.csv"
SERVICES = "services.csv"
MAIN = (COVERAGE, SUMMARY, COMPARISON)
"""The tables that are reported at more length."""

KEYS: Mapping[str, tuple[str, ...]] = {
    COVERAGE: COVERAGE_COLUMNS[:6],
    SUMMARY: ("scenario", "mode", "rule", "public", "area_id"),
    COMPARISON: COMPARISON_COLUMNS[:7],
    LEDGER: ("scenario_reference", "scenario", "mode", "rule", "area_id", "public"),
    COMMITMENT_SUMMARY: ("scenario", "commitment", "public", "area_id"),
    COMMITMENTS: ("scenario", "commitment", "step", "public", "area_id", "mode"),
    SOLE: ("scenario", "mode", "service_id", "area_id"),
    TURNING: ("scenario", "mode", "service_id", "turns_to"),
    COMPETENCE: ("scenario", "mode", "area_id"),
    PERSON_HOURS: ("scenario", "mode", "area_id"),
    MOMENTS: ("scenario", "mode", "moment", "rule", "area_id"),
    WEEK: ("scenario", "mode", "weekday", "hour"),
    POCKETS: ("scenario", "mode", "rank"),
    POCKET_AREAS: ("scenario", "mode", "rank", "area_id"),
    RIDES: RIDES_COLUMNS[:5],
}
FIGURES: Mapping[str, tuple[str, ...]] = {  # the first ones give a row its rank
    COVERAGE: ("population_covered", "coverage_share", "population", "population_unsnapped"),
    SUMMARY: ("median_min", "p90_min", "population"),
    COMPARISON: ("population_gained", "population_lost", "minutes_saved_person_min"),
    LEDGER: (
        "population_gained", "population_lost", "minutes_saved_person_min", "population_still_covered",
        "population_still_uncovered", "population_faster", "population_slower", "population",
    ),
    COMMITMENT_SUMMARY: (
        "population_uncovered", "population_first_step", "population_rescued", "coverage_share", "population",
        "population_unsnapped",
    ),
    COMMITMENTS: (
        "population_covered", "population_first_covered", "population_uncovered", "coverage_share", "service_count",
        "population", "population_unsnapped",
    ),
    SOLE: ("population_sole", "population_sole_place", "population_reached"),
    TURNING: ("population", "population_lost", "median_extra_min", "extra_person_min"),
    COMPETENCE: (
        "population_nearest_other", "population_left_out", "population_unreached", "median_competent_min",
        "median_nearest_min", "mean_competent_min", "mean_nearest_min", "minutes_lost_person_min", "population",
    ),
    PERSON_HOURS: ("population_without", "person_hours", "hours_per_week", "population", "person_hours_unknown"),
    MOMENTS: ("population_covered", "coverage_share", "population", "population_unsnapped"),
    WEEK: ("population_covered", "coverage_share", "person_hours", "hours", "hours_unknown"),
    POCKETS: ("population", "median_min", "lon", "lat"),
    POCKET_AREAS: ("population",),
    RIDES: (
        "population_covered", "population_covered_p25", "population_covered_p75", "population_riding",
        "ride_minutes_share", "population_within_cutoff", "population",
    ),
}  # fmt: skip
HOURS_UNKNOWN = ("person_hours_unknown", "hours_unknown")
"""Figures that older runs do not have."""

TIMES = (
    "median_min", "p90_min", "median_competent_min", "median_nearest_min", "mean_competent_min", "mean_nearest_min",
    "median_extra_min",
)  # fmt: skip
PERSON_MINUTES = ("minutes_saved_person_min", "minutes_lost_person_min", "extra_person_min")
OF_TIMES = (*TIMES, *PERSON_MINUTES, "population_faster", "population_slower")
"""Figures that compare times, and no threshold."""

BEYOND_CUTOFF = (
    *TIMES, *PERSON_MINUTES, "population_unreached", "population_nearest_other", "population_within_cutoff",
    "population_riding", "ride_minutes_share",
)  # fmt: skip
"""Figures that a longer search may change: times, and who reaches nothing within it."""

BY_COMMITMENT = (COMMITMENTS, COMMITMENT_SUMMARY)
OF_HOURS = (PERSON_HOURS, MOMENTS, WEEK)
BY_DETAILS = (*OF_HOURS, COMPETENCE, SOLE, TURNING)
"""Tables that more of a service than its place and kind can change: its hours, its sector, its name."""

BY_NEAREST = (COVERAGE, SUMMARY, COMPARISON, LEDGER, POCKETS, POCKET_AREAS)
"""Tables whose rule « any » follows from the minutes of ``access.parquet``, to the nearest service."""

PEOPLE_FOUND = (TURNING, POCKETS, POCKET_AREAS)
"""Tables whose ``population`` is no denominator: it depends on minutes."""
