"""Slopes and times: closed formulas on a ramp, piece by piece on a hill, by direction and by mode."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access92.network.graph import CLOSED, build_network
from access92.network.link_reference import LinkReference
from access92.network.modes import read_modes
from access92.network.slopes import SLOPE_COLUMNS, flat_streets, time_factors, with_slope_columns
from access92.sources.height_profiles import HeightProfiles
from tests.toy_town import town

MODES = read_modes()


def ramped(rise_share: float, *, profile: tuple[float, ...] = (0.0, 1.0), **changes: object):  # noqa: ANN201
    """The town, every street of it with the slope ``rise_share`` along its geometry, or a profile of rises."""
    streets = town(**changes)
    length_m = streets["length_m"].to_numpy(float)
    heights = np.concatenate([np.array(profile) * rise_share * metres for metres in length_m])
    first = np.arange(len(streets) + 1) * len(profile)
    return with_slope_columns(streets, HeightProfiles(heights, first, 0.0))


@pytest.mark.parametrize("slope", [-0.2, -0.08, -0.05, -0.01, 0.0, 0.03, 0.08, 0.2])
def test_on_foot_a_ramp_takes_what_tobler_says_each_way(slope: float) -> None:
    network = build_network(ramped(slope), MODES["walk"])
    minute_ms = 60_000  # one block on the flat
    tobler = [minute_ms * np.exp(-3.5 * 0.05) / np.exp(-3.5 * abs(sign * slope + 0.05)) for sign in (1, -1)]
    assert network.forward_ms == pytest.approx(np.full(12, tobler[0]), abs=1)
    assert network.backward_ms == pytest.approx(np.full(12, tobler[1]), abs=1)


def test_by_bicycle_a_climb_takes_what_parkin_and_rotheram_say_and_a_wall_is_pushed_up() -> None:
    flat_s = 250 / 3 * 3.6 / 15
    gentle = build_network(ramped(0.04), MODES["bike"])
    assert gentle.forward_ms == pytest.approx(np.full(12, 1000 * flat_s * 6.01 / (6.01 - 0.4002 * 4)), abs=1)
    assert gentle.backward_ms == pytest.approx(np.full(12, 1000 * flat_s * 6.01 / (6.01 + 0.2379 * 4)), abs=1)
    steep = build_network(ramped(0.14), MODES["bike"])
    pushed_s = 250 / 3 * 3.6 / 4 * np.exp(3.5 * 0.14)
    assert steep.forward_ms == pytest.approx(np.full(12, 1000 * pushed_s), abs=1)


def test_a_pushed_bicycle_climbs_as_a_walker_does() -> None:
    streets = ramped(0.05, tagged={"h12": {"highway": "footway"}})
    network = build_network(streets, MODES["bike"])
    at = int(np.flatnonzero(streets["edge_id"].to_numpy()[network.street_row] == "h12")[0])
    assert network.forward_ms[at] == pytest.approx(1000 * 250 / 3 * 3.6 / 4 * np.exp(3.5 * 0.05), abs=1)


def test_a_wheelchair_is_slower_above_3_percent_and_stopped_above_8() -> None:
    flat, slow = (build_network(ramped(slope), MODES["walk_wheelchair"]) for slope in (0.02, 0.06))
    assert slow.forward_ms == pytest.approx(2.5 * flat.forward_ms, abs=2)
    assert (slow.backward_ms == flat.backward_ms).all()
    streets = town()
    steep = ["v14", "v25", "v36"]  # up by 9 %: closed upwards, open downwards
    heights = np.concatenate([np.array([0.0, 0.09 * 250 / 3 * (name in steep)]) for name in streets["edge_id"]])
    table = with_slope_columns(streets, HeightProfiles(heights, np.arange(13) * 2, 0.0))
    network = build_network(table, MODES["walk_wheelchair"])
    names = streets["edge_id"].to_numpy()[network.street_row]
    # from the part below one never leaves upwards: services there are of use, homes there are not
    assert set(names[network.serves_demand]) == {"h45", "h56", "h78", "h89", "v47", "v58", "v69"}
    assert set(names[network.serves_services]) == set(streets["edge_id"])
    is_steep = np.isin(names, steep)
    assert (network.forward_ms[is_steep] == CLOSED).all()
    assert (network.backward_ms[is_steep] != CLOSED).all()


def test_a_street_too_steep_for_wheelchairs_is_none_that_all_link_to() -> None:
    flat, steep = (LinkReference(ramped(slope, tagged={"h12": {"incline": "20%"}})) for slope in (0.0, 0.12))
    assert flat.open_to_all("foot").all()  # heights are known: the tag does not count
    assert not steep.open_to_all("foot").any()
    assert steep.open_to_one("foot").all()


def test_time_is_counted_piece_by_piece_and_not_by_the_mean_slope() -> None:
    streets = ramped(1.0, profile=(0.0, 0.05, 0.0))  # up by 10 %, down by 10 %
    assert streets["slope_foot_forward"].to_numpy() == pytest.approx((np.exp(0.35) + 1.0) / 2)
    assert streets["slope_wheelchair_forward"].isna().all()


@pytest.mark.parametrize("highway", ["steps", "elevator"])
def test_steps_lifts_and_cars_know_no_slope(highway: str) -> None:
    streets = ramped(0.3, tagged={"h12": {"highway": highway}})
    steps = streets.loc[streets["edge_id"] == "h12", list(SLOPE_COLUMNS)].to_numpy()
    assert (steps == 1).all()
    sloped, flat = (build_network(table, MODES["car"]) for table in (streets, flat_streets(streets)))
    assert (sloped.forward_ms == flat.forward_ms).all()


@given(slope=st.floats(-0.4, 0.4))
def test_there_and_back_is_never_quicker_than_on_the_flat(slope: float) -> None:
    for mover in ("foot", "bicycle"):
        assert time_factors(np.array([slope, -slope]), mover).sum() >= 2 - 0.03 * (abs(slope) < 0.06)


@given(slopes=st.tuples(st.floats(0, 0.4), st.floats(0, 0.4)))
def test_a_steeper_climb_is_never_quicker(slopes: tuple[float, float]) -> None:
    for mover in ("foot", "bicycle", "wheelchair"):
        gentle, steep = np.nan_to_num(time_factors(np.sort(np.array(slopes)), mover), nan=np.inf)
        assert gentle <= steep
