"""Tags of streets beyond access and class: several surfaces, widths, slopes, limits by direction, contraflow, hours."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from access92.network.access_rules import directed_access, directed_seconds
from access92.network.modes import Mode, modes_at, read_modes
from access92.network.street_tags import StreetTags
from tests.network.test_barriers import in_order

MODES = read_modes()


def seconds(mode: str | Mode, *, has_elevation: bool = False, **tags: object) -> tuple[float, float]:
    """Seconds forward and backward on 100 m of one street with these tags."""
    street = pd.DataFrame([{"highway": "residential", "oneway": "", "length_m": 100.0, **tags}])
    chosen = MODES[mode] if isinstance(mode, str) else mode
    forward, backward = directed_seconds(street, chosen, has_elevation=has_elevation)
    return float(forward[0]), float(backward[0])


def is_open(mode: str | Mode, **tags: object) -> bool:
    return bool(np.isfinite(seconds(mode, **tags)[0]))


@pytest.mark.parametrize(
    ("surface", "expected"),
    [
        ("asphalt;gravel", False), ("gravel;asphalt", False), ("asphalt / dirt", False), ("asphalt,sand", False),
        ("concrete:plates;asphalt", True), ("asphalt;paving_stones", True), ("enrobé rouge", True), ("asphalt;?", True),
        (";", True), ("dirt/sand", False),
    ],
    ids=str,
)  # fmt: skip
def test_of_several_surfaces_the_worst_decides_and_an_unknown_word_says_nothing(surface: str, expected: bool) -> None:
    assert is_open("walk_wheelchair", surface=surface) == expected
    assert is_open("walk", surface=surface)


def test_a_path_of_no_known_surface_stays_shut_to_wheelchairs_whatever_signs_stand_for_it() -> None:
    assert not is_open("walk_wheelchair", highway="path", surface=" ; ")
    assert is_open("walk_wheelchair", highway="path", surface="asphalt; ")


@pytest.mark.parametrize(
    ("tags", "shut"),
    [
        ({"maxwidth": "1.9"}, {"car"}),
        ({"maxwidth": "2"}, set()),
        ({"maxwidth": "6'6\""}, {"car"}),
        ({"maxwidth": "default"}, set()),
        ({"maxwidth_physical": "0.7"}, {"car", "walk_wheelchair"}),
        ({"maxwidth": "0.7"}, {"car"}),
    ],
    ids=in_order,
)
def test_a_street_that_is_too_narrow_is_shut_to_who_is_wider(tags: dict[str, str], shut: set[str]) -> None:
    assert {name for name in ("walk", "walk_wheelchair", "bike", "car") if not is_open(name, **tags)} == shut


@pytest.mark.parametrize(
    ("incline", "expected"),
    [
        ("8%", True),
        ("9%", False),
        ("-12 %", False),
        ("5°", False),
        ("up", True),
        ("down", True),
        ("10", True),
        ("0%", True),
    ],
)
def test_a_wheelchair_does_not_climb_more_than_eight_percent_where_heights_are_not_known(
    incline: str, expected: bool
) -> None:
    assert is_open("walk_wheelchair", incline=incline) == expected
    assert is_open("walk", incline=incline)
    assert is_open("walk_wheelchair", incline=incline, has_elevation=True)


def test_a_limit_of_one_direction_counts_in_that_direction_only() -> None:
    free = replace(MODES["car"], time_factor=1.0)
    assert seconds(free, maxspeed_kmh=50.0, maxspeed_forward="30", maxspeed_backward="") == pytest.approx((12.0, 7.2))
    assert seconds(free, maxspeed_forward="", maxspeed_backward="20 mph") == pytest.approx((7.2, 360 / 32.18688))
    assert seconds(free, maxspeed_kmh=30.0, maxspeed_forward="signals") == pytest.approx((12.0, 12.0))
    assert seconds("walk", maxspeed_forward="2") == seconds("walk")


ONE_WAY = {"oneway": "yes", "maxspeed_kmh": 30.0}


def test_contraflow_at_30_kmh_is_ridden_where_the_study_says_so_and_no_tag_forbids_it() -> None:
    bold = replace(MODES["bike"], contraflow_in_zone_30=True)
    assert np.isnan(seconds("bike", **ONE_WAY)[1])
    assert seconds(bold, **ONE_WAY) == pytest.approx((24.0, 24.0))
    assert np.isfinite(seconds(bold, **{**ONE_WAY, "oneway": "-1"})[0])
    for shut in (
        {"maxspeed_kmh": 50.0},
        {"maxspeed_kmh": np.nan},
        {"oneway_bicycle": "yes"},
        {"junction": "roundabout"},
        {"highway": "motorway"},
        {"bicycle": "no"},
    ):
        assert np.isnan(seconds(bold, **{**ONE_WAY, **shut})[1]), shut


def test_the_time_factor_is_that_of_the_class_at_the_hour_of_the_study() -> None:
    by_hour = {hour: modes_at({"car": MODES["car"]}, hour, signals=False)["car"] for hour in ("08:30", "12:00")}
    one_number = seconds("car", highway="primary")[0] / MODES["car"].time_factor
    for hour, highway, factor in (
        ("08:30", "primary", 2.18), ("12:00", "primary", 1.75), ("08:30", "residential", 1.71), ("12:00", "trunk", 1.2),
    ):  # fmt: skip
        free = seconds(replace(MODES["car"], time_factor=1.0), highway=highway)[0]
        assert seconds(by_hour[hour], highway=highway)[0] == pytest.approx(factor * free)
    assert one_number == pytest.approx(7.2)


@pytest.mark.parametrize("mode", ["walk", "bike", "car", "walk_wheelchair"])
def test_a_mode_that_shares_the_tags_of_others_goes_where_it_goes_alone(mode: str) -> None:
    streets = pd.DataFrame(
        {
            "highway": ["residential", "path", "residential", "primary", "residential"],
            "foot": ["", "no", "", "", "private"],
            "bicycle": ["", "", "no", "", ""],
            "motor_vehicle": ["no", "", "", "", ""],
            "maxspeed_forward": ["", "", "30", "70", ""],
            "maxspeed_backward": ["", "", "", "50", ""],
            "length_m": 100.0,
        }
    )
    shared = StreetTags(streets)
    for other in MODES.values():
        directed_access(streets, other, tags=shared)
    for ours, alone in zip(
        directed_access(streets, MODES[mode], tags=shared), directed_access(streets, MODES[mode]), strict=True
    ):
        np.testing.assert_array_equal(ours, alone)
