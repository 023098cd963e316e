"""Isochrones leave water out to its very shore, and keep to their bridges."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from shapely import affinity

from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.travel.isochrones import draw_all
from access92.travel.open_water import _cut, open_water, without_water
from access92.travel.rings import Rings
from access92.travel.shore import crossings, shore_of
from access92.travel.time_grid import build_time_grid
from tests.random_examples import examples
from tests.random_towns import random_town

WALK = read_modes()["walk"]
THRESHOLDS_MIN = (2.0, 4.0, 8.0)
RIVER = shapely.box(0, 0, 1000, 60)


@examples(4)
@given(seed=st.integers(0, 10_000))
def test_no_isochrone_covers_open_water_and_they_stay_valid_and_nested(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = random_town(seed)
    west, south, east, north = made.streets.total_bounds
    spots = np.column_stack([rng.uniform(west, east, 4), rng.uniform(south, north, 4)])
    lakes = shapely.buffer(shapely.points(spots), rng.uniform(15, 90, 4))
    island = shapely.buffer(shapely.points(spots[0]), 8)
    lake = shapely.difference(shapely.union_all(lakes), island)
    network = build_network(made.streets, WALK)
    grid = build_time_grid(made.streets, network, cell_m=10.0, off_street_m=60.0, barriers=lake)
    water = open_water(lake, made.streets.geometry.to_numpy()[network.street_row], bridge_m=10.0)
    snaps = snap_places(made.services.geometry, made.streets, network, max_snap_m=300.0)
    groups = [(row,) for row in range(min(3, len(made.services)))]
    for areas in draw_all(network, grid, snaps, groups, thresholds_min=THRESHOLDS_MIN, water=water).values():
        for smaller, larger in pairwise(areas):
            assert shapely.difference(smaller, larger).area < 1e-6
        for area in areas:
            assert shapely.is_valid(area)
            assert water is None or shapely.intersection(area, water).area < 1e-6


@pytest.mark.parametrize(
    ("street", "left_m2"),
    [
        (shapely.LineString([(500, -20), (500, 80)]), 60_000 - 40 * 60),  # a bridge
        (shapely.LineString([(500, -20), (500, 5)]), 60_000),  # a jetty shorter than any bridge
        (shapely.LineString([(0, -20), (1000, -20)]), 60_000),  # a quay
    ],
)
def test_only_what_a_street_crosses_is_kept_for_the_isochrones(street: shapely.Geometry, left_m2: float) -> None:
    water = open_water(RIVER, np.array([street], dtype=object), bridge_m=20.0)
    assert water is not None
    assert water.area == pytest.approx(left_m2)


def test_where_no_water_is_known_nothing_is_cut() -> None:
    assert open_water(None, np.array([], dtype=object), bridge_m=20.0) is None


def rings_of(area: shapely.Geometry) -> Rings:
    """The rings of polygons, turned as those of a contour are."""
    parts = shapely.orient_polygons(shapely.get_parts(area))
    _, points, (ring_offsets, polygon_offsets) = shapely.to_ragged_array(np.atleast_1d(parts))
    parents = np.repeat(polygon_offsets[:-1], np.diff(polygon_offsets))
    return Rings(points[:, :2].copy(), ring_offsets.astype(np.int64), parents.astype(np.int64))


def assert_cut(cut: shapely.MultiPolygon, area: shapely.Geometry, water: shapely.Geometry) -> None:
    """A cut is valid, and that of GEOS but for the rounding of its points."""
    expected = shapely.difference(area, water)
    assert shapely.is_valid(cut)
    assert shapely.symmetric_difference(cut, expected).area < 1e-5
    assert shapely.get_num_geometries(cut) == shapely.get_num_geometries(expected) * (not expected.is_empty)


def blots(rng: np.random.Generator, *, step_m: float) -> shapely.Geometry:
    """Some discs and boxes within a kilometre, holes in them, corners on multiples of a step (0: anywhere)."""
    places = rng.uniform(0, 1000, (2, rng.integers(1, 12), 2))
    drawn, holes = (
        np.concatenate([
            shapely.buffer(shapely.points(at[::2]), rng.uniform(10, most_m, len(at[::2]))),
            shapely.box(*at[1::2].T, *(at[1::2] + rng.uniform(10, most_m, (len(at[1::2]), 2))).T),
        ])
        for at, most_m in zip(places, (300, 120), strict=True)
    )  # fmt: skip
    left = shapely.difference(shapely.union_all(drawn), shapely.union_all(holes))
    left = shapely.set_precision(left, step_m) if step_m else left
    return shapely.multipolygons([part for part in shapely.get_parts(left) if part.geom_type == "Polygon"])


@given(
    seed=st.integers(0, 10**9), area_step_m=st.sampled_from([0.0, 0.0, 5.0]), step_m=st.sampled_from([0.0, 0.0, 5.0])
)
def test_any_area_is_cut_as_geos_cuts_it(seed: int, area_step_m: float, step_m: float) -> None:
    rng = np.random.default_rng(seed)
    area, water = blots(rng, step_m=area_step_m), blots(rng, step_m=step_m)
    # no contour touches itself, as shapes on a lattice do
    if not (area.is_empty or water.is_empty or shore_of(area).is_touching.any()):
        assert_cut(without_water(rings_of(area), shore_of(water)), area, water)


def test_hardly_any_area_is_left_to_geos() -> None:
    kinds = {"crossed": 0, "whole": 0, "left to GEOS": 0}
    for seed in range(150):
        rng = np.random.default_rng(seed)
        area, water = blots(rng, step_m=0.0), blots(rng, step_m=0.0)
        found = crossings(rings_of(area), shore_of(water))
        kinds["left to GEOS" if found is None else "crossed" if len(found.side) else "whole"] += 1
        assert (_cut(rings_of(area), shore_of(water)) is None) == (found is None)
    assert kinds["left to GEOS"] == 0
    assert min(kinds["crossed"], kinds["whole"]) > 10


SQUARE = shapely.box(0, 0, 100, 100)


@pytest.mark.parametrize(
    ("area", "water"),
    [
        (SQUARE, shapely.box(20, 20, 40, 40)),  # a pond: a hole
        (SQUARE, shapely.box(-10, -10, 110, 110)),  # all in the water
        (SQUARE, shapely.box(20, 20, 80, 80).difference(shapely.box(40, 40, 60, 60))),  # an island in a pond
        (SQUARE, shapely.box(-20, -20, 120, 120).difference(shapely.box(40, 40, 60, 60))),  # only the island is left
        (SQUARE, shapely.box(-20, 40, 120, 60)),  # two banks
        (SQUARE, shapely.box(-20, 40, 120, 60).difference(shapely.box(30, 45, 60, 55))),  # with an island between
        (SQUARE, shapely.box(-20, 40, 120, 60).difference(shapely.box(90, 45, 110, 55))),  # that both outlines cross
        (SQUARE.difference(shapely.box(30, 30, 70, 70)), shapely.box(-20, 40, 120, 60)),  # through a hole
        (SQUARE.difference(shapely.box(30, 30, 70, 70)), shapely.box(20, 20, 80, 80)),  # around a hole
        (SQUARE.difference(shapely.box(30, 30, 70, 70)), shapely.box(40, 40, 60, 60)),  # within a hole
        (SQUARE.difference(shapely.box(30, 42, 70, 58)), shapely.box(-20, 40, 120, 60)),  # over a hole
        (SQUARE, shapely.Polygon([(-10, 50), (110, 49), (110, 51)])),  # a wedge
        (shapely.Polygon([(0, 0), (100, 0), (50, 100), (50, 20)]), shapely.box(-20, 30, 120, 40)),  # over a corner
    ],
    ids=str,
)
def test_a_shore_is_followed_wherever_it_lies(area: shapely.Polygon, water: shapely.Polygon) -> None:
    # turned, so that nothing is level: what touches on purpose has tests of its own
    area, water = (affinity.rotate(shape, 17.0, origin=(3.0, 7.0)) for shape in (area, water))
    assert_cut(without_water(rings_of(area), shore_of(water)), area, water)


@pytest.mark.parametrize(
    "water",
    [
        shapely.box(20, 0, 40, 40),  # along a side
        shapely.box(100, 20, 140, 40),  # along a side, from outside
        shapely.box(-10, -10, 0, 0),  # in a corner
        shapely.Polygon([(-50, 50), (0, 40), (50, 50), (0, 60)]),  # corners on a side
        shapely.Polygon([(-50, 50), (50, 40), (0, 50), (50, 60)]),  # a corner on a side from within
        shapely.box(40, 40, 60, 60).union(shapely.box(60, 60, 80, 80)),  # ponds that meet in a point
        shapely.box(-10, 40, 60, 60).union(shapely.box(60, 60, 110, 80)),  # rivers that do
        shapely.Polygon([(-50, 30), (1e-8, 50), (50, 40), (50, 20), (-50, 10)]),  # a corner all but on a side
        shapely.box(50, -20, 50 + 2e-7, 120),  # thinner than rounding is sure of
        SQUARE,  # nothing is left
        # a basin that meets a river in two points, in the middle of its side
        shapely.multipolygons(
            [
                shapely.box(20, 20, 80, 40),
                shapely.Polygon([(30, 40), (40, 60), (50, 60), (60, 40), (60, 70), (30, 70)]),
            ]
        ),
        # one that the area crosses, and that lies from the other a nanometre
        shapely.multipolygons(
            [shapely.box(-10, 20, 110, 40), shapely.Polygon([(50, 40 + 1e-9), (110, 60), (-10, 70)])]
        ),
        shapely.box(20, 20, 80, 80).difference(shapely.Polygon([(20, 50), (50, 30), (80, 50), (50, 70)])),  # in two
    ],
    ids=str,
)
def test_what_touches_the_shore_is_left_to_geos(water: shapely.Geometry) -> None:
    area, shore = rings_of(SQUARE), shore_of(water)
    assert _cut(area, shore) is None
    assert_cut(without_water(area, shore), SQUARE, water)


def test_an_area_thinner_than_rounding_is_sure_of_is_left_to_geos() -> None:
    area, river = shapely.box(50, -20, 50 + 2e-7, 120), shapely.box(0, 40, 100, 60)
    assert _cut(rings_of(area), shore_of(river)) is None
    assert_cut(without_water(rings_of(area), shore_of(river)), area, river)


def test_parts_of_an_area_that_lie_in_islands_and_ponds_of_one_another() -> None:
    # a ring of land in a pond of land, a wood of holes, and water that takes one side of all of them
    area = shapely.union_all([
        shapely.box(0, 0, 100, 100).difference(shapely.box(10, 10, 90, 90)),
        shapely.box(20, 20, 80, 80).difference(shapely.box(30, 30, 70, 70)),
        shapely.box(40, 40, 60, 60),
        shapely.box(200, 0, 210, 10),
    ])  # fmt: skip
    for box in ((-5, 45.5, 105, 52), (35, -5, 300, 105), (12, 12, 15, 15), (45, 45, 50, 50), (22, 22, 25, 25)):
        assert_cut(without_water(rings_of(area), shore_of(shapely.box(*box))), area, shapely.box(*box))


def test_a_comb_crosses_a_shore_at_each_of_its_teeth() -> None:
    teeth = shapely.union_all(shapely.box(np.arange(0.0, 1000, 5), -20, np.arange(2.0, 1002, 5), 90))
    area = shapely.union(teeth, shapely.box(0, 80, 1000, 100))
    found = crossings(rings_of(area), shore_of(RIVER.buffer(-0.5)))
    assert found is not None
    assert len(found.side) == 2 * 2 * 200 - 2
    assert_cut(without_water(rings_of(area), shore_of(RIVER.buffer(-0.5))), area, RIVER.buffer(-0.5))


def test_parts_of_the_water_that_are_no_areas_bar_nothing() -> None:
    line, empty = shapely.LineString([(0, 0), (9, 9)]), shapely.Polygon()
    water = shapely.geometrycollections([shapely.box(-20, 40, 120, 60), line, empty])
    assert without_water(rings_of(SQUARE), shore_of(water)).area == 8000


def test_nothing_stays_of_nothing() -> None:
    nothing = Rings(np.empty((0, 2)), np.zeros(1, dtype=np.int64), np.empty(0, dtype=np.int64))
    assert without_water(nothing, shore_of(RIVER)).is_empty


def test_bridges_at_any_angle_leave_no_wedge_of_water_beside_them() -> None:
    for angle in (20, 45, 70, 110, 160):
        heading = np.array([np.cos(np.radians(angle)), np.sin(np.radians(angle))])
        bridge = shapely.linestrings([[(500.0, 30.0) - 300 * heading, (500.0, 30.0) + 300 * heading]])
        water = open_water(RIVER, bridge, bridge_m=20.0)
        assert water is not None
        assert shapely.get_num_geometries(water) == 2
        assert 19 < shapely.distance(shapely.intersection(bridge[0], RIVER), water) <= 20


def test_a_shore_has_no_side_that_bends_in_degrees() -> None:
    water = open_water(RIVER, np.array([], dtype=object), bridge_m=20.0)
    assert water is not None
    assert shapely.equals(water, RIVER)
    assert max(shapely.Point(a).distance(shapely.Point(b)) for a, b in pairwise(water.exterior.coords)) <= 100
