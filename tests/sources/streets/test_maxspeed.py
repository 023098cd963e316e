"""The tag maxspeed as a number."""

from __future__ import annotations

import math

import pandas as pd
import pytest

from access92.sources.streets.maxspeed import maxspeed_kmh, parse_maxspeed_kmh


@pytest.mark.parametrize(
    ("text", "speed_kmh"),
    [
        ("30", 30), ("50 km/h", 50), ("50km/h", 50), ("12.5", 12.5), (" 70 ", 70),
        ("FR:urban", 50), ("FR:rural", 80), ("FR:motorway", 130), ("FR:zone30", 30),
        ("FR:30", 30), ("FR:zone_30", 30), ("FR:walk", 6), ("FR:zone:20", 20), ("DE:zone:30", 30),
        ("FR:living_street", 20), ("walk", 6),
        ("30;50", 30), ("50|30", 30), ("none;90", 90),
    ],
)  # fmt: skip
def test_a_speed_limit_is_read_in_km_per_hour(text: str, speed_kmh: float) -> None:
    assert parse_maxspeed_kmh(text) == speed_kmh


@pytest.mark.parametrize(("text", "speed_kmh"), [("20 mph", 32.18688), ("10mph", 16.09344), ("5 knots", 9.26)])
def test_a_foreign_unit_is_converted(text: str, speed_kmh: float) -> None:
    assert parse_maxspeed_kmh(text) == pytest.approx(speed_kmh)


@pytest.mark.parametrize("text", ["", "none", "signals", "variable", "0", "-30", "999", "30 parsecs", "vite"])
def test_what_gives_no_limit_is_nan(text: str) -> None:
    assert math.isnan(parse_maxspeed_kmh(text))


def test_a_column_is_read_row_by_row() -> None:
    speeds = maxspeed_kmh(pd.Categorical(["50", "30", "none", "50"]))
    assert speeds[[0, 1, 3]].tolist() == [50, 30, 50]
    assert math.isnan(speeds[2])
