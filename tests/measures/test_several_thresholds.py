"""Coverage under several thresholds at once: each is what it is by itself, in the order asked for."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from access92.measures.coverage import coverage_table

KEY = {"scenario": "now", "mode": "walk", "rule": "any"}
TIMES = np.array([4, 9, 14, 19, np.nan, 12], dtype=np.float32)
DEMAND = pd.DataFrame({"area_id": ["a", "a", "b", "b", "b", "c"], "population": [1.0, 2.0, 4.0, 8.0, 16.0, 0.0]})
UNSNAPPED = np.array([False, False, False, False, True, False])


def table(*thresholds_min: float, demand: pd.DataFrame = DEMAND) -> pd.DataFrame:
    return coverage_table(TIMES, demand, **KEY, thresholds_min=thresholds_min, unsnapped=UNSNAPPED)


def test_thresholds_in_any_order_count_on_paper_and_keep_their_order() -> None:
    several = table(20.0, 5.0, 15.0)
    total = several[several["area_id"] == "total"]
    assert total["threshold_min"].tolist() == [20.0, 5.0, 15.0]
    assert total["population_covered"].tolist() == [15.0, 1.0, 7.0]
    assert total["population"].tolist() == [31.0] * 3
    assert total["population_unsnapped"].tolist() == [16.0] * 3
    assert several["area_id"].tolist() == ["a", "b", "c", "total"] * 3


def test_each_of_several_thresholds_is_what_it_is_by_itself() -> None:
    each = [table(threshold) for threshold in (20.0, 5.0, 15.0, 10.0)]
    pd.testing.assert_frame_equal(table(20.0, 5.0, 15.0, 10.0), pd.concat(each, ignore_index=True))


@pytest.mark.parametrize("scale", [1.0, 0.01])
def test_a_share_is_of_the_people_however_few_and_missing_where_there_are_none(scale: float) -> None:
    few = DEMAND.assign(population=DEMAND["population"] * scale)
    shares = table(15.0, demand=few).set_index("area_id")["coverage_share"]
    assert shares.drop("c").tolist() == pytest.approx([1.0, 4 / 28, 7 / 31])
    assert np.isnan(shares["c"])
