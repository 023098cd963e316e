"""Points that change: those of two situations with times, and of no other."""

from __future__ import annotations

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
from shapely import Point

from access92.measures.ledger import Reach, changed_points

DEMAND = gpd.GeoDataFrame(
    {"demand_id": ["d0", "d1", "d2"], "area_id": "a", "population": [1.0, 0.0, 0.5]},
    geometry=[Point(0, 0), Point(1, 0), Point(2, 0)],
    crs=2154,
)


def reach(scenario: str, *minutes: float) -> Reach:
    times = np.array(minutes, dtype=np.float32)
    return Reach(scenario, times, np.array(["A"] * len(times), dtype=object), times < 20)


BEFORE, AFTER = reach("now", 25, 25, 25), reach("then", 15, 15, 15)


@pytest.mark.parametrize("without", ["before", "after", "both"])
def test_a_situation_without_times_on_either_side_is_refused(without: str) -> None:
    situations = [
        replace(item, travel_time_min=None) if without in {name, "both"} else item
        for name, item in (("before", BEFORE), ("after", AFTER))
    ]
    with pytest.raises(ValueError, match="give those of both scenarios"):
        changed_points(*situations, DEMAND, mode="walk", rule="any")


def test_a_point_where_half_a_person_lives_changes_and_one_where_nobody_does_is_left_out() -> None:
    changed = changed_points(BEFORE, AFTER, DEMAND, mode="walk", rule="any")
    assert changed["demand_id"].tolist() == ["d0", "d2"]
    assert changed["change"].tolist() == ["gained", "gained"]
