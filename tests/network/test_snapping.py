"""Places to streets: the nearest one exactly, and what happens at ties, crossings, limits and missing places."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from access92.network import snapping
from access92.network.graph import build_network
from access92.network.lines import street_lines, whole_cm
from access92.network.link_reference import LinkReference
from access92.network.modes import read_modes
from access92.network.snapping import NOT_SNAPPED, Snaps, snap_places, snaps_table
from access92.network.street_index import index_lines, nearest_lines
from access92.travel.router import encode_snaps
from tests.random_examples import examples
from tests.random_towns import random_town
from tests.toy_town import BLOCK_M, CRS, at, street, town

WALK = read_modes()["walk"]


def snap(streets: gpd.GeoDataFrame, *places: Point | None, max_snap_m: float = 300.0) -> tuple[list[str | None], Snaps]:
    network = build_network(streets, WALK)
    snaps = snap_places(gpd.GeoSeries(places, crs=CRS), streets, network, max_snap_m=max_snap_m)
    names = streets["edge_id"].to_numpy()
    found = [None if number == NOT_SNAPPED else names[network.street_row[number]] for number in snaps.street]
    return found, snaps


@pytest.mark.slow
@examples(40)
@given(
    seed=st.integers(0, 10_000),
    cell_m=st.sampled_from([7.0, 60.0, 500.0]),
    limit_m=st.sampled_from([15.0, 90.0, 1000.0]),
)
def test_the_nearest_line_is_the_one_that_trying_them_all_finds(seed: int, cell_m: float, limit_m: float) -> None:
    lines = shapely.transform(random_town(seed).streets.geometry.to_numpy(), whole_cm)
    rng = np.random.default_rng(seed)
    low, high = shapely.total_bounds(lines).reshape(2, 2)
    xy = rng.uniform(low - 200, high + 200, (60, 2))
    index = index_lines(street_lines(lines), cell_m=cell_m)
    line, position, distance_m = nearest_lines(index, xy[:, 0], xy[:, 1], limit_m=limit_m)
    points = shapely.points(xy)
    every = shapely.distance(points[:, None], lines[None, :])
    near = every.min(axis=1) <= limit_m
    assert ((line >= 0) == near).all()
    np.testing.assert_allclose(distance_m[near], every.min(axis=1)[near], atol=1e-7)
    np.testing.assert_allclose(every[np.flatnonzero(near), line[near]], distance_m[near], atol=1e-7)
    where = shapely.line_interpolate_point(lines[line[near]], position[near], normalized=True)
    np.testing.assert_allclose(shapely.distance(where, points[near]), distance_m[near], atol=1e-6)


def test_of_streets_at_the_same_distance_the_first_is_taken() -> None:
    lines = np.array([shapely.LineString([(0, y), (100, y)]) for y in (10.0, -10.0, 10.0)])
    line, _, _ = nearest_lines(index_lines(street_lines(lines)), np.array([50.0]), np.array([0.0]), limit_m=50.0)
    assert line.tolist() == [0]


def test_questions_that_a_reference_remembers_are_not_taken_for_one_another() -> None:
    streets = town()
    remembered = LinkReference(streets)
    here, there = (gpd.GeoSeries([place], crs=CRS) for place in (at(0.4, 0.1), at(2.4, 1.9)))
    for places, mode, limit_m in 2 * [
        (places, mode, limit_m)
        for places in (here, there)
        for mode in ("walk", "car")
        for limit_m in (1.0, 20.0, 300.0)
    ]:
        network = build_network(streets, read_modes()[mode])
        known, anew = (
            snap_places(places, streets, network, max_snap_m=limit_m, reference=reference)
            for reference in (remembered, LinkReference(streets))
        )
        assert encode_snaps(known, network).tobytes() == encode_snaps(anew, network).tobytes()


def test_a_place_snaps_to_an_edge_not_to_a_node() -> None:
    names, snaps = snap(town(), at(0.4, 0.1))
    assert names == ["h12"]
    assert snaps.position[0] == pytest.approx(0.4, rel=2e-4)  # to the centimetre
    assert snaps.snap_m[0] == pytest.approx(0.1 * BLOCK_M, rel=2e-3)


def test_the_limit_is_inclusive_and_the_distance_beyond_it_is_told() -> None:
    names, snaps = snap(
        town(), Point(at(0.5, 0).x, at(0.5, 0).y - 50), Point(at(0.5, 0).x, at(0.5, 0).y - 51), max_snap_m=50.0
    )
    assert names == ["h12", None]
    assert snaps.snap_m.tolist() == [50, 51]


def test_a_missing_or_empty_place_is_not_snapped_and_has_no_distance() -> None:
    names, snaps = snap(town(), None, Point(), at(0, 0))
    assert names[:2] == [None, None]
    assert np.isnan(snaps.snap_m[:2]).all()
    assert names[2] is not None


def test_streets_the_mode_may_not_use_are_not_snapped_to() -> None:
    motorway = street("aa", 1, 2, highway="motorway")
    names, _ = snap(town(without=["h12"], more=[motorway]), at(0.3, 0))
    assert names == ["v14"]


def test_the_part_that_is_cut_off_is_not_snapped_to() -> None:
    island = street("aa", 20, 21, {20: (0.0, -0.5), 21: (1.0, -0.5)})
    names, _ = snap(town(more=[island]), at(0.5, -0.4))
    assert names == ["h12"]


def test_a_place_at_a_crossing_is_exactly_at_the_end_of_its_street() -> None:
    _, snaps = snap(town(), at(1, 1), at(2, 2))
    assert set(snaps.position.tolist()) <= {0.0, 1.0}


@pytest.mark.parametrize("off_blocks", [0.0, 1e-11, 1e-10, -1e-11, -1e-10])
@pytest.mark.parametrize("crossing", [(0.0, 0.0), (2.0, 0.0), (0.0, 2.0), (1.0, 1.0)])
def test_a_place_that_rounding_moves_off_its_crossing_is_still_exactly_at_the_end(
    crossing: tuple[float, float], off_blocks: float
) -> None:
    # eight nanometres, as projecting a longitude and a latitude leaves; three centimetres are a place of their own
    near = [at(crossing[0] + off_blocks, crossing[1]), at(crossing[0], crossing[1] + off_blocks)]
    _, snaps = snap(town(), *near)
    assert set(snaps.position.tolist()) <= {0.0, 1.0}
    _, beside = snap(town(), at(0.03 / BLOCK_M, 0))
    assert 0 < beside.position[0] < 1


def test_the_table_of_links_names_streets_and_leaves_the_others_null() -> None:
    streets = town()
    network = build_network(streets, WALK)
    places = gpd.GeoSeries([at(0.5, 0), at(0, 90)], crs=CRS)
    snaps = snap_places(places, streets, network, max_snap_m=100.0)
    rows = np.where(snaps.street >= 0, network.street_row[snaps.street], NOT_SNAPPED)
    table = snaps_table(rows, snaps.position, snaps.snap_m, pd.Series(["x", "y"]), streets)
    assert table["place_id"].tolist() == ["x", "y"]
    assert table["edge_id"].tolist()[0] == "h12"
    assert table["edge_id"].isna().tolist() == [False, True]
    assert np.isnan(table["position"].iloc[1])
    assert table["snap_m"].iloc[1] > 100


@examples(40)
@given(seed=st.integers(0, 10_000), limit_m=st.sampled_from([15.0, 90.0, 1000.0]), count=st.integers(1, 12))
def test_a_few_places_are_linked_as_if_all_streets_had_been_looked_through(
    seed: int, limit_m: float, count: int
) -> None:
    streets = random_town(seed).streets
    network = build_network(streets, WALK)
    rng = np.random.default_rng(seed)
    west, south, east, north = streets.total_bounds
    x, y = rng.uniform(west - 1500, east + 1500, count), rng.uniform(south - 1500, north + 1500, count)
    few, every = (
        snap_places(gpd.GeoSeries(places, crs=CRS), streets, network, max_snap_m=limit_m)
        for places in (gpd.points_from_xy(x, y), gpd.points_from_xy(np.resize(x, 10_001), np.resize(y, 10_001)))
    )
    for name in ("street", "position", "snap_m"):
        np.testing.assert_array_equal(getattr(few, name), getattr(every, name)[:count])


@examples(60)
@given(seed=st.integers(0, 10_000), limit_m=st.sampled_from([0.0, 7.0, 40.0, 300.0]), count=st.integers(0, 30))
def test_the_boxes_near_a_few_places_hold_all_those_within_the_limit(seed: int, limit_m: float, count: int) -> None:
    rng = np.random.default_rng(seed)
    corner, size = rng.integers(0, 2000, (80, 2)), rng.integers(0, 60, (80, 2))
    boxes = np.hstack([corner, corner + size]).astype(float)
    x, y = rng.integers(-500, 2500, (2, count)).astype(float)  # whole metres: many lie at the very limit
    aside = [np.maximum(np.maximum(boxes[:, [i]] - at, at - boxes[:, [i + 2]]), 0) for i, at in ((0, x), (1, y))]
    within = (np.maximum(*aside) <= limit_m).any(axis=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapping, "_CELL_M", 5.0)
        near = snapping._boxes_near(boxes, x, y, limit_m)
    assert set(np.flatnonzero(within)) <= set(near.tolist())
    assert len(near) >= 1
    loosely = (np.maximum(*aside) <= limit_m + 2 * 5.0).any(axis=1) if count else within
    assert set(near.tolist()) <= set(np.flatnonzero(loosely)) | {0}


def test_a_place_that_is_not_finite_is_not_linked() -> None:
    names, snaps = snap(town(), Point(np.nan, 0), Point(np.inf, 0), at(0.5, 0))
    assert names == [None, None, "h12"]
    assert np.isnan(snaps.snap_m[:2]).all()


def test_thousands_of_places_are_shared_between_threads_and_keep_their_order() -> None:
    streets = town()
    network = build_network(streets, WALK)
    rng = np.random.default_rng(3)
    places = gpd.GeoSeries([at(*xy) for xy in rng.uniform(-0.2, 2.2, (9000, 2))], crs=CRS)
    together = snap_places(places, streets, network, max_snap_m=300.0)
    for rows in (slice(0, 50), slice(4480, 4520), slice(8950, 9000)):
        alone = snap_places(places.iloc[rows], streets, network, max_snap_m=300.0)
        assert alone.street.tolist() == together.street[rows].tolist()
        assert alone.position.tolist() == together.position[rows].tolist()
