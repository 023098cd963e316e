"""Conditional tags of streets at an hour: which hold, which come last, which are no time at all."""

from __future__ import annotations

from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from access92.sources.streets.conditions import settle_conditions

FRIDAY_10 = datetime.fromisoformat("2024-10-18T10:00")


def streets(**columns: list[object]) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    line = shapely.LineString([(0, 0), (1, 1)])
    return gpd.GeoDataFrame(columns, geometry=[line] * count, crs=2154)


@pytest.mark.parametrize(
    ("condition", "moment", "expected"),
    [
        ("no @ (Mo-Fr 07:00-19:00)", FRIDAY_10, "no"),
        ("no @ (Mo-Fr 07:00-19:00)", datetime.fromisoformat("2024-10-19T10:00"), "yes"),  # Saturday
        ("no @ Mo-Fr 07:00-19:00", datetime.fromisoformat("2024-10-18T19:00"), "yes"),  # the end is outside
        ("no @ (22:00-06:00)", datetime.fromisoformat("2024-10-18T05:59"), "no"),
        ("no @ (Mo-Fr 08:00-18:00); delivery @ (Mo-Fr 09:00-11:00)", FRIDAY_10, "delivery"),  # the last that holds
        ("no @ (Mo-Fr 08:00-18:00); delivery @ (Mo-Fr 06:00-09:00)", FRIDAY_10, "no"),
        ("no @ (Mo-Fr 08:00-12:00; Sa 10:00-11:00)", FRIDAY_10, "no"),  # a semicolon within the parentheses
        ("no @ (Jul-Aug)", FRIDAY_10, "yes"),
    ],
)
def test_a_condition_holds_at_its_hours_only(condition: str, moment: datetime, expected: str) -> None:
    table = streets(motor_vehicle=["yes"], motor_vehicle_conditional=[condition])
    settled = settle_conditions(table, moment)
    assert settled.streets["motor_vehicle"].tolist() == [expected]
    assert (settled.changed, settled.unread) == (int(expected != "yes"), 0)
    assert table["motor_vehicle"].tolist() == ["yes"]  # the input stays


@pytest.mark.parametrize(
    "condition", ["no @ wet", "no @ (weight>3.5)", "no @ (", "no", "no @ (Mo-Fr 07:00-19:00 AND disabled)"]
)
def test_what_is_no_time_is_counted_and_changes_nothing(condition: str) -> None:
    settled = settle_conditions(streets(access=[""], access_conditional=[condition]), FRIDAY_10)
    assert settled.streets["access"].tolist() == [""]
    assert (settled.changed, settled.unread) == (0, 1)


def test_a_condition_of_a_street_without_the_plain_tag_makes_it() -> None:
    settled = settle_conditions(streets(oneway_conditional=["yes @ (Mo-Su)", ""]), FRIDAY_10)
    assert settled.streets["oneway"].tolist() == ["yes", ""]


def test_a_conditional_limit_becomes_a_number() -> None:
    table = streets(maxspeed_kmh=[50.0, 50.0, np.nan], maxspeed_conditional=["30 @ (Mo-Fr)", "soft @ (Mo-Fr)", ""])
    np.testing.assert_array_equal(settle_conditions(table, FRIDAY_10).streets["maxspeed_kmh"], [30.0, 50.0, np.nan])


def test_streets_without_conditions_are_the_very_same_table() -> None:
    table = streets(access=["", "no"], access_conditional=["", pd.NA])
    assert settle_conditions(table, FRIDAY_10).streets is table
