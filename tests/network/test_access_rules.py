"""Who may use which street: one street per rule, properties, and real streets of Paris."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access92.network.access_rules import directed_seconds
from access92.network.modes import Mode, read_modes
from access92.study.schemas import STREET_TAGS

MODES = read_modes()
TROCADERO = Path(__file__).resolve().parents[3] / "shared" / "networks" / "paris16_trocadero_overpass.json"


def seconds(mode: str | Mode, **tags: object) -> tuple[float, float]:
    """Seconds forward and backward on 100 m of one street with these tags."""
    street = pd.DataFrame([{"highway": "residential", "oneway": "", "length_m": 100.0, **tags}])
    forward, backward = directed_seconds(street, MODES[mode] if isinstance(mode, str) else mode)
    return float(forward[0]), float(backward[0])


def directions(mode: str, **tags: object) -> str:
    """« both », « forward », « backward » or « none »."""
    forward, backward = (bool(np.isfinite(value)) for value in seconds(mode, **tags))
    return {(True, True): "both", (True, False): "forward", (False, True): "backward"}.get((forward, backward), "none")


def kmh(mode: str, **tags: object) -> float:
    """Speed forward, without the congestion factor, to one decimal."""
    return round(100 * 3.6 / seconds(mode, **tags)[0] * MODES[mode].time_factor, 1)


WALK_OPEN: list[dict[str, str]] = [
    *({"highway": name} for name in (
        "primary", "residential", "service", "footway", "pedestrian", "path", "track", "steps", "corridor", "elevator",
        "platform", "living_street", "road", "tertiary_link",
    )),
    {"highway": "residential", "oneway": "yes"},
    {"highway": "residential", "junction": "roundabout", "oneway": "yes"},
    {"highway": "footway", "oneway": "yes"},
    {"highway": "residential", "motor_vehicle": "no", "vehicle": "private"},
    {"highway": "service", "access": "private", "foot": "yes"},
    {"highway": "service", "access": "no", "foot": "designated"},
    {"highway": "service", "access": "customers"},
    {"highway": "service", "access": "destination"},
    {"highway": "footway", "access": "permissive"},
    {"highway": "footway", "foot": "private;yes"},
    {"highway": "footway", "access": "unheard_of"},
    {"highway": "secondary", "foot": "use_sidepath"},
    {"highway": "secondary", "sidewalk": "separate"},
    {"highway": "cycleway", "foot": "yes"},
    {"highway": "cycleway", "sidewalk": "right"},
    {"highway": "bridleway", "foot": "designated"},
    {"highway": "trunk", "sidewalk": "both"},
    {"highway": "trunk", "motorroad": "no"},
    {"highway": "trunk", "junction": "roundabout"},
    {"highway": "primary", "motorroad": "yes", "foot": "yes"},
    {"highway": "  Residential "},
]  # fmt: skip
WALK_CLOSED: list[dict[str, str]] = [
    *({"highway": name} for name in (
        "motorway", "motorway_link", "trunk", "trunk_link", "cycleway", "bridleway", "busway", "construction",
        "proposed", "raceway", "via_ferrata", "",
    )),
    {"highway": "motorway", "foot": "yes"},
    {"highway": "primary", "motorroad": "yes"},
    {"highway": "trunk", "motorroad": "yes", "sidewalk": "both"},
    {"highway": "trunk", "foot": "use_sidepath"},
    {"highway": "trunk", "motorroad": "no", "foot": "no"},
    {"highway": "trunk", "junction": "roundabout", "motorroad": "yes"},
    {"highway": "footway", "access": "private"},
    {"highway": "service", "access": "no"},
    {"highway": "residential", "foot": "no"},
    {"highway": "residential", "access": "yes", "foot": "private"},
    {"highway": "path", "access": "agricultural;forestry"},
    {"highway": "service", "access": "delivery"},
    {"highway": "cycleway", "foot": "no", "sidewalk": "right"},
]  # fmt: skip


@pytest.mark.parametrize("tags", WALK_OPEN, ids=str)
def test_a_pedestrian_may_walk_both_ways_here(tags: dict[str, str]) -> None:
    assert directions("walk", **tags) == "both"


@pytest.mark.parametrize("tags", WALK_CLOSED, ids=str)
def test_a_pedestrian_may_not_walk_here(tags: dict[str, str]) -> None:
    assert directions("walk", **tags) == "none"


def test_only_a_oneway_for_pedestrians_binds_them() -> None:
    assert directions("walk", highway="footway", oneway_foot="yes") == "forward"
    assert directions("walk", highway="footway", oneway_foot="-1") == "backward"
    assert directions("walk", highway="footway", oneway="-1", oneway_foot="no") == "both"


@pytest.mark.parametrize("highway", ["steps", "footway"])
@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"conveying": "forward"}, "forward"),
        ({"conveying": "backward"}, "backward"),
        ({"conveying": "yes"}, "forward"),
        ({"conveying": "yes", "oneway": "-1"}, "backward"),
        ({"conveying": "yes", "oneway": "yes"}, "forward"),
        ({"conveying": "reversible"}, "none"),
        ({"conveying": "no"}, "both"),
        ({"conveying": "no", "oneway": "-1"}, "both"),
        ({"conveying": "forward", "oneway_foot": "no"}, "both"),
        ({"conveying": "forward", "oneway_foot": "-1"}, "backward"),
    ],
    ids=str,
)
def test_an_escalator_carries_walkers_and_pushed_bicycles_one_way(
    tags: dict[str, str], expected: str, highway: str
) -> None:
    assert directions("walk", highway=highway, **tags) == expected
    assert directions("bike", highway=highway, **tags) == expected


def test_a_hundred_metres_at_five_kmh_take_seventy_two_seconds() -> None:
    assert seconds("walk") == pytest.approx((72.0, 72.0))


def test_steps_are_slow_on_foot_and_closed_to_strollers_and_wheelchairs() -> None:
    assert kmh("walk", highway="steps") == MODES["walk"].steps_speed_kmh
    assert kmh("walk_senior", highway="steps") == MODES["walk_senior"].steps_speed_kmh
    assert directions("walk_stroller", highway="steps") == "none"
    assert directions("walk_wheelchair", highway="steps", wheelchair="yes", ramp="yes") == "none"


WHEELCHAIR: list[tuple[dict[str, str], str]] = [
    ({"highway": "residential"}, "both"),
    ({"highway": "footway", "wheelchair": "no"}, "none"),
    ({"highway": "residential", "wheelchair": "no"}, "none"),
    ({"highway": "footway", "wheelchair": "limited"}, "both"),
    ({"highway": "footway", "surface": "asphalt"}, "both"),
    ({"highway": "footway", "surface": "sett"}, "both"),
    ({"highway": "footway", "surface": "concrete:plates"}, "both"),
    ({"highway": "footway", "surface": "compacted"}, "both"),
    ({"highway": "footway", "surface": "gravel"}, "none"),
    ({"highway": "footway", "surface": "fine_gravel"}, "none"),
    ({"highway": "footway", "surface": "cobblestone:flattened"}, "none"),
    ({"highway": "footway", "surface": "gravel", "wheelchair": "yes"}, "both"),
    ({"highway": "footway", "surface": "gravel", "wheelchair": "limited"}, "none"),
    ({"highway": "footway", "smoothness": "intermediate"}, "both"),
    ({"highway": "footway", "smoothness": "bad"}, "none"),
    ({"highway": "track"}, "none"),
    ({"highway": "track", "surface": "asphalt", "tracktype": "grade1"}, "none"),
    ({"highway": "track", "wheelchair": "designated"}, "both"),
    ({"highway": "path"}, "none"),
    ({"highway": "path", "foot": "designated"}, "both"),
    ({"highway": "path", "surface": "paved"}, "both"),
    ({"highway": "path", "tracktype": "grade1"}, "both"),
    ({"highway": "service", "tracktype": "grade3"}, "none"),
    ({"highway": "footway", "wheelchair": "yes", "access": "private"}, "none"),
]


@pytest.mark.parametrize(("tags", "expected"), WHEELCHAIR, ids=str)
def test_a_wheelchair_needs_a_firm_surface_unless_the_way_is_said_accessible(
    tags: dict[str, str],
    expected: str,
) -> None:
    assert directions("walk_wheelchair", **tags) == expected


BICYCLE: list[tuple[dict[str, str], str, float]] = [
    ({"highway": "residential"}, "both", 15.0),
    ({"highway": "cycleway"}, "both", 15.0),
    ({"highway": "path"}, "both", 12.0),
    ({"highway": "track"}, "both", 12.0),
    ({"highway": "pedestrian"}, "both", 6.0),
    ({"highway": "footway"}, "both", 4.0),
    ({"highway": "footway", "bicycle": "yes"}, "both", 15.0),
    ({"highway": "footway", "bicycle": "no"}, "both", 4.0),
    ({"highway": "footway", "access": "no", "foot": "yes"}, "both", 4.0),
    ({"highway": "pedestrian", "bicycle": "no"}, "both", 4.0),
    ({"highway": "path", "bicycle": "no"}, "both", 4.0),
    ({"highway": "steps"}, "both", 1.0),
    ({"highway": "residential", "bicycle": "dismount"}, "both", 4.0),
    ({"highway": "cycleway", "bicycle": "dismount"}, "both", 4.0),
    ({"highway": "residential", "bicycle": "dismount", "oneway": "yes"}, "both", 4.0),
    ({"highway": "footway", "bicycle": "no", "oneway": "yes"}, "both", 4.0),
    ({"highway": "primary", "bicycle": "no", "foot": "yes"}, "both", 4.0),
    ({"highway": "residential", "vehicle": "no", "bicycle": "yes"}, "both", 15.0),
    ({"highway": "residential", "motor_vehicle": "no"}, "both", 15.0),
    ({"highway": "busway", "bicycle": "yes"}, "both", 15.0),
    ({"highway": "trunk", "cycleway_right": "track"}, "both", 15.0),
    ({"highway": "trunk_link", "motorroad": "no"}, "both", 15.0),
    ({"highway": "primary", "motorroad": "yes", "bicycle": "yes"}, "both", 15.0),
    ({"highway": "residential", "oneway": "yes"}, "forward", 15.0),
    ({"highway": "residential", "oneway": "yes", "oneway_bicycle": "no"}, "both", 15.0),
    ({"highway": "residential", "oneway": "no", "oneway_bicycle": "yes"}, "forward", 15.0),
    ({"highway": "residential", "oneway": "yes", "cycleway": "opposite"}, "both", 15.0),
    ({"highway": "residential", "oneway": "yes", "cycleway_left": "opposite_lane"}, "both", 15.0),
    ({"highway": "residential", "oneway": "-1", "cycleway_right": "opposite_track"}, "both", 15.0),
    ({"highway": "residential", "oneway": "yes", "cycleway": "lane"}, "forward", 15.0),
    ({"highway": "residential", "junction": "roundabout"}, "forward", 15.0),
    ({"highway": "pedestrian", "oneway": "yes"}, "forward", 6.0),
]
BICYCLE_CLOSED: list[dict[str, str]] = [
    {"highway": "motorway"},
    {"highway": "trunk"},
    {"highway": "trunk", "junction": "roundabout", "bicycle": "no", "foot": "no"},
    {"highway": "primary", "motorroad": "yes"},
    {"highway": "primary", "bicycle": "no"},
    {"highway": "secondary", "bicycle": "use_sidepath"},
    {"highway": "service", "access": "private"},
    {"highway": "footway", "foot": "no"},
    {"highway": "steps", "foot": "private"},
    {"highway": "residential", "bicycle": "dismount", "foot": "no"},
    {"highway": "cycleway", "bicycle": "no"},
    {"highway": "busway"},
    {"highway": "construction"},
]


@pytest.mark.parametrize(("tags", "expected", "speed_kmh"), BICYCLE, ids=str)
def test_a_bicycle_is_ridden_or_pushed_here(tags: dict[str, str], expected: str, speed_kmh: float) -> None:
    assert directions("bike", **tags) == expected
    assert kmh("bike", **tags) == speed_kmh


@pytest.mark.parametrize("tags", BICYCLE_CLOSED, ids=str)
def test_a_bicycle_may_neither_be_ridden_nor_pushed_here(tags: dict[str, str]) -> None:
    assert directions("bike", **tags) == "none"


def test_a_bicycle_keeps_to_a_low_speed_limit_and_ignores_a_high_one() -> None:
    assert kmh("bike", maxspeed_kmh=10.0) == 10.0
    assert kmh("bike", maxspeed_kmh=50.0) == 15.0
    assert kmh("bike", highway="footway", maxspeed_kmh=2.0) == 4.0  # pushed: a pedestrian


CAR: list[tuple[dict[str, object], str, float]] = [
    ({"highway": "motorway"}, "forward", 130.0),
    ({"highway": "motorway", "oneway": "no"}, "both", 130.0),
    ({"highway": "motorway_link"}, "both", 45.0),
    ({"highway": "trunk"}, "both", 110.0),
    ({"highway": "primary"}, "both", 50.0),
    ({"highway": "residential"}, "both", 50.0),
    ({"highway": "living_street"}, "both", 20.0),
    ({"highway": "living_street", "maxspeed_kmh": 50.0}, "both", 20.0),
    ({"highway": "service", "service": "driveway"}, "both", 15.0),
    ({"highway": "service", "maxspeed_kmh": 10.0}, "both", 10.0),
    ({"highway": "residential", "maxspeed_kmh": 30.0}, "both", 30.0),
    ({"highway": "secondary", "maxspeed_kmh": 70.0}, "both", 70.0),
    ({"highway": "motorway", "maxspeed_kmh": 150.0}, "forward", 130.0),
    ({"highway": "residential", "maxspeed_kmh": 0.0}, "both", 50.0),
    ({"highway": "residential", "maxspeed_kmh": -30.0}, "both", 50.0),
    ({"highway": "residential", "maxspeed_kmh": float("nan")}, "both", 50.0),
    ({"highway": "residential", "oneway": "yes"}, "forward", 50.0),
    ({"highway": "residential", "oneway": "1"}, "forward", 50.0),
    ({"highway": "residential", "oneway": True}, "forward", 50.0),
    ({"highway": "residential", "oneway": False}, "both", 50.0),
    ({"highway": "residential", "oneway": "alternating"}, "both", 50.0),
    ({"highway": "residential", "oneway": "yes", "oneway_bicycle": "no"}, "forward", 50.0),
    ({"highway": "residential", "junction": "roundabout"}, "forward", 50.0),
    ({"highway": "residential", "junction": "circular"}, "forward", 50.0),
    ({"highway": "residential", "junction": "roundabout", "oneway": "no"}, "both", 50.0),
    ({"highway": "residential", "access": "no", "motor_vehicle": "yes"}, "both", 50.0),
    ({"highway": "residential", "motor_vehicle": "no", "motorcar": "yes"}, "both", 50.0),
    ({"highway": "residential", "vehicle": "destination"}, "both", 50.0),
    ({"highway": "track", "motor_vehicle": "yes"}, "both", 15.0),
    ({"highway": "track", "access": "yes"}, "both", 15.0),
    ({"highway": "track", "access": "permissive"}, "both", 15.0),
    ({"highway": "pedestrian", "motor_vehicle": "permissive"}, "both", 6.0),
]
CAR_CLOSED: list[dict[str, str]] = [
    *({"highway": name} for name in ("footway", "path", "cycleway", "steps", "track", "pedestrian", "busway")),
    {"highway": "track", "access": "yes", "motor_vehicle": "no"},
    {"highway": "track", "access": "destination"},
    {"highway": "pedestrian", "access": "yes"},
    {"highway": "residential", "oneway": "reversible"},
    {"highway": "residential", "access": "private"},
    {"highway": "residential", "vehicle": "no"},
    {"highway": "residential", "motor_vehicle": "private"},
    {"highway": "residential", "motor_vehicle": "yes", "motorcar": "no"},
    {"highway": "residential", "motor_vehicle": "agricultural;forestry"},
    {"highway": "service", "motor_vehicle": "psv"},
    {"highway": "service", "service": "emergency_access"},
    {"highway": "pedestrian", "motor_vehicle": "destination"},
    {"highway": "cycleway", "motor_vehicle": "yes"},
    {"highway": "unclassified", "smoothness": "impassable"},
    {"highway": "construction"},
]


@pytest.mark.parametrize(("tags", "expected", "speed_kmh"), CAR, ids=str)
def test_a_car_drives_here_at_this_speed_before_congestion(
    tags: dict[str, object],
    expected: str,
    speed_kmh: float,
) -> None:
    assert directions("car", **tags) == expected
    assert kmh("car", **tags) == speed_kmh


@pytest.mark.parametrize("tags", CAR_CLOSED, ids=str)
def test_a_car_may_not_drive_here(tags: dict[str, str]) -> None:
    assert directions("car", **tags) == "none"


def test_congestion_multiplies_car_time_and_parking_is_not_counted_on_streets() -> None:
    free = replace(MODES["car"], time_factor=1.0, parking_min=0.0)
    assert seconds("car")[0] == pytest.approx(MODES["car"].time_factor * seconds(free)[0])


def test_any_family_may_be_told_to_avoid_unpaved_ways() -> None:
    for name in ("bike", "car"):
        careful = replace(MODES[name], avoid_unpaved=True)
        assert np.isnan(seconds(careful, surface="gravel")).all()
        assert np.isfinite(seconds(careful, surface="asphalt")).all()
        assert np.isfinite(seconds(name, surface="gravel")).all()


def test_absent_columns_and_missing_values_count_as_no_tag() -> None:
    bare = pd.DataFrame({"highway": ["residential"] * 2, "length_m": [100.0, 100.0]})
    names = ["oneway", "maxspeed_kmh", *STREET_TAGS]
    full = bare.join(pd.DataFrame([[pd.NA] * len(names), [None] * len(names)], columns=names))
    for mode in MODES.values():
        for ours, theirs in zip(directed_seconds(bare, mode), directed_seconds(full, mode), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_no_street_gives_empty_arrays() -> None:
    streets = pd.DataFrame({"highway": [], "oneway": [], "length_m": []})
    for mode in MODES.values():
        forward, backward = directed_seconds(streets, mode)
        assert len(forward) == len(backward) == 0
        assert forward.dtype == np.float64


def test_categories_and_text_give_the_same_seconds_and_the_table_is_left_alone() -> None:
    streets = pd.DataFrame([{"oneway": "", "length_m": 50.0, **tags} for tags, *_ in BICYCLE]).fillna("")
    before = streets.copy()
    packed = streets.astype(dict.fromkeys(streets.columns.drop("length_m"), "category"))
    for mode in MODES.values():
        for ours, theirs in zip(directed_seconds(streets, mode), directed_seconds(packed, mode), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    pd.testing.assert_frame_equal(streets, before)


VALUES = {
    "highway": ["residential", "motorway", "footway", "steps", "path", "track", "cycleway", "service", "pedestrian",
                "trunk", "living_street", "busway", "construction", ""],
    "access": ["", "no", "private", "yes", "destination", "odd"],
    "foot": ["", "no", "yes", "use_sidepath"],
    "bicycle": ["", "no", "yes", "dismount", "use_sidepath"],
    "motor_vehicle": ["", "no", "yes", "destination"],
    "wheelchair": ["", "yes", "no"],
    "surface": ["", "asphalt", "gravel"],
    "junction": ["", "roundabout"],
    "cycleway": ["", "opposite", "lane"],
    "oneway_bicycle": ["", "no"],
    "motorroad": ["", "yes"],
}  # fmt: skip
STREET = st.fixed_dictionaries(
    {name: st.sampled_from(values) for name, values in VALUES.items()}
    | {
        "oneway": st.sampled_from(["", "yes", "no", "-1", "reversible", "alternating"]),
        "length_m": st.floats(0.1, 5000.0),
        "maxspeed_kmh": st.sampled_from([float("nan"), 0.0, 5.0, 30.0, 50.0, 130.0]),
    },
)
STREETS = st.lists(STREET, min_size=1, max_size=12).map(pd.DataFrame)
MODE = st.sampled_from(list(MODES.values()))
STEADY = settings(derandomize=True, deadline=None)


@STEADY
@given(streets=STREETS, mode=MODE)
def test_seconds_are_positive_and_finite_or_nan(streets: pd.DataFrame, mode: Mode) -> None:
    for values in directed_seconds(streets, mode):
        usable = values[~np.isnan(values)]
        assert np.isfinite(usable).all()
        assert (usable > 0).all()


@STEADY
@given(streets=STREETS, mode=MODE, share=st.floats(0.3, 1.0))
def test_a_slower_mode_is_never_quicker_and_goes_to_the_same_places(
    streets: pd.DataFrame,
    mode: Mode,
    share: float,
) -> None:
    slower = replace(mode, speed_kmh=mode.speed_kmh * share)
    for fast, slow in zip(directed_seconds(streets, mode), directed_seconds(streets, slower), strict=True):
        np.testing.assert_array_equal(np.isnan(fast), np.isnan(slow))
        assert (slow[~np.isnan(slow)] >= fast[~np.isnan(fast)] * (1 - 1e-12)).all()


@STEADY
@given(streets=STREETS, mode=MODE)
def test_turning_a_oneway_round_swaps_forward_and_backward(streets: pd.DataFrame, mode: Mode) -> None:
    forward, backward = directed_seconds(streets.assign(oneway="yes"), mode)
    turned_forward, turned_backward = directed_seconds(streets.assign(oneway="-1"), mode)
    np.testing.assert_array_equal(forward, turned_backward)
    np.testing.assert_array_equal(backward, turned_forward)


@STEADY
@given(streets=STREETS, mode=MODE)
def test_each_street_is_judged_alone_whatever_the_others(streets: pd.DataFrame, mode: Mode) -> None:
    together = np.stack(directed_seconds(streets, mode))
    alone = np.hstack([np.stack(directed_seconds(streets.iloc[[row]], mode)) for row in range(len(streets))])
    np.testing.assert_array_equal(together, alone)


@STEADY
@given(streets=STREETS)
def test_a_stroller_or_a_wheelchair_never_goes_where_an_adult_may_not_walk(streets: pd.DataFrame) -> None:
    adult = ~np.isnan(np.stack(directed_seconds(streets, MODES["walk"])))
    stroller = ~np.isnan(np.stack(directed_seconds(streets, MODES["walk_stroller"])))
    wheelchair = ~np.isnan(np.stack(directed_seconds(streets, MODES["walk_wheelchair"])))
    assert (stroller <= adult).all()
    assert (wheelchair <= stroller).all()


def real_streets() -> pd.DataFrame:
    """The tags of the ways of a real Overpass response, 100 m each."""
    if not TROCADERO.exists():
        pytest.skip("../shared/networks absent")
    elements = json.loads(TROCADERO.read_text(encoding="utf-8"))["elements"]
    columns = ("highway", "oneway", *STREET_TAGS)
    rows = []
    for element in elements:
        if element["type"] == "way" and "highway" in element.get("tags", {}):
            tags = {key.replace(":", "_"): value for key, value in element["tags"].items()}
            rows.append({name: tags.get(name, "") for name in columns} | {"maxspeed_kmh": tags.get("maxspeed")})
    return pd.DataFrame(rows).assign(length_m=100.0)


@pytest.mark.parametrize(
    ("mode", "lowest_share", "highest_share"),
    [("walk", 0.85, 0.96), ("walk_stroller", 0.75, 0.88), ("walk_wheelchair", 0.65, 0.85), ("bike", 0.85, 0.97),
     ("car", 0.35, 0.55)],
)  # fmt: skip
def test_a_plausible_share_of_the_real_streets_of_trocadero_is_open(
    mode: str,
    lowest_share: float,
    highest_share: float,
) -> None:
    forward, backward = directed_seconds(real_streets(), MODES[mode])
    assert lowest_share < (np.isfinite(forward) | np.isfinite(backward)).mean() < highest_share


def test_contraflow_cycling_opens_real_one_way_streets_of_trocadero() -> None:
    streets = real_streets()
    one_way = streets[(streets["oneway"] == "yes") & (streets["highway"] == "residential")]
    car_back = np.isfinite(directed_seconds(one_way, MODES["car"])[1])
    bike_back = np.isfinite(directed_seconds(one_way, MODES["bike"])[1])
    assert not car_back.any()
    assert 0.1 < bike_back.mean() < 0.9
