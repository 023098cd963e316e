"""How far each headline moves when uncertain inputs vary: speed, threshold, snaps, positions, population.

``variants`` moves one thing at a time and counts the people covered; ``position_draws`` and ``allocation_draws`` draw
positions of services and allocations of people; ``details`` records what was moved; ``cache`` stores what was counted;
``departures`` makes the bands of the modes that ride, by minute of departure and by day; ``tables`` makes bands,
borderline population and ranking of it; ``order`` puts scenarios in the order of the ranking.
"""

from access92.measures.sensitivity.departures import (
    DAY,
    DEPARTURE,
    OtherDay,
    departure_bands,
    riding_ranking,
    widened_bands,
    widened_ranking,
)
from access92.measures.sensitivity.details import ALL as WIDEST
from access92.measures.sensitivity.details import VariationRecord
from access92.measures.sensitivity.order import IDENTICAL, RANKED, UNDECIDED, ranked_tiers
from access92.measures.sensitivity.tables import SensitivityTables, study_sensitivity
from access92.measures.sensitivity.variants import ScenarioRouter

__all__ = [
    "DAY",
    "DEPARTURE",
    "IDENTICAL",
    "RANKED",
    "UNDECIDED",
    "WIDEST",
    "OtherDay",
    "ScenarioRouter",
    "SensitivityTables",
    "VariationRecord",
    "departure_bands",
    "ranked_tiers",
    "riding_ranking",
    "study_sensitivity",
    "widened_bands",
    "widened_ranking",
]  # fmt: skip
