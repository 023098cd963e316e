"""What some rows of a travel-time matrix give, as the ledger compares it: for tests on paper."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from access92.measures.ledger import Reach, nearest_ids
from access92.travel.nearest import nearest_service
from access92.travel.time_limits import is_under


def reach_under(
    scenario: str, minutes: np.ndarray, rows: np.ndarray, service_ids: Sequence[str], *, threshold_min: float
) -> Reach:
    """What the rows of a travel-time matrix give to each demand point, covered in strictly less than the threshold."""
    times, nearest = nearest_service(minutes, rows)
    return Reach(scenario, times, nearest_ids(nearest, service_ids), is_under(times, threshold_min))
