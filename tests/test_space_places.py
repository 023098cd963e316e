"""One place: services that a distance links, whatever grid one might lay, however the rows lie."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from access92._space import place_numbers
from access92.measures.providers import sole_providers

CRS = "EPSG:2154"


def places_of(*xy: tuple[float, float] | None) -> gpd.GeoSeries:
    return gpd.GeoSeries([None if at is None else Point(*at) for at in xy], crs=CRS)


@pytest.mark.parametrize("x", [0.49, 650_000.49, 0.499999])
def test_two_centimetres_are_one_place_on_either_side_of_any_rounding(x: float) -> None:
    assert place_numbers(places_of((x, 0), (x + 0.02, 0)), same_place_m=1).tolist() == [0, 0]


def test_places_follow_from_one_to_the_next_and_the_distance_itself_is_within() -> None:
    chain = places_of((0, 0), (50, 0), (100, 0), (150.001, 0), (300, 0))
    assert place_numbers(chain, same_place_m=50).tolist() == [0, 0, 0, 1, 2]
    assert place_numbers(chain, same_place_m=50.1).tolist() == [0, 0, 0, 0, 1]


def test_at_no_distance_only_the_very_same_coordinates_are_one_place() -> None:
    assert place_numbers(places_of((1, 1), (1.1, 1), (1, 1)), same_place_m=0).tolist() == [0, 1, 0]


def test_a_service_without_a_place_shares_none() -> None:
    assert place_numbers(places_of(None, (1, 1), None, (1, 1))).tolist() == [0, 1, 2, 1]
    assert place_numbers(places_of()).tolist() == []


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=14),
    st.sampled_from([0.0, 1.0, 2.0, 3.0]),
    st.randoms(use_true_random=False),
)
def test_places_are_the_groups_that_walking_from_neighbour_to_neighbour_finds(
    xy: list[tuple[int, int]], metres: float, random: object
) -> None:
    numbers = place_numbers(places_of(*xy), same_place_m=metres)
    for start in range(len(xy)):
        group, grown = {start}, True
        while grown:
            more = {
                row
                for row in range(len(xy))
                if any(np.hypot(xy[row][0] - xy[at][0], xy[row][1] - xy[at][1]) <= metres for at in group)
            }
            grown, group = not more <= group, group | more
        assert set(np.flatnonzero(numbers == numbers[start])) == group
    order = list(range(len(xy)))
    random.shuffle(order)
    shuffled = place_numbers(places_of(*(xy[row] for row in order)), same_place_m=metres)
    pairs = [(a, b) for a in range(len(xy)) for b in range(a)]
    assert all((numbers[order[a]] == numbers[order[b]]) == (shuffled[a] == shuffled[b]) for a, b in pairs)


def test_one_of_two_services_half_a_metre_apart_is_no_sole_provider_whatever_the_metre_they_round_to() -> None:
    demand = pd.DataFrame({"area_id": ["a", "a"], "population": [3, 4]})
    for x in (0.0, 0.49, 0.5, 0.75):
        services = gpd.GeoDataFrame({"service_id": ["A", "B"]}, geometry=[Point(x, 0), Point(x + 0.02, 0)], crs=CRS)
        table = sole_providers(np.array([[True, True], [True, True]]), np.array([0, 1]), services, demand)
        total = table[table["area_id"] == "total"]
        assert total["same_place"].tolist() == ["B", "A"]
        assert total["population_sole"].tolist() == [0, 0]
        assert total["population_sole_place"].tolist() == [7, 7]


def test_the_distance_of_the_study_decides_what_is_one_place() -> None:
    demand = pd.DataFrame({"area_id": ["a"], "population": [3]})
    services = gpd.GeoDataFrame({"service_id": ["A", "B"]}, geometry=[Point(0, 0), Point(30, 0)], crs=CRS)
    for metres, sole_place in ((29.0, 0), (31.0, 3)):
        table = sole_providers(np.array([[True], [True]]), np.array([0, 1]), services, demand, same_place_m=metres)
        assert table.loc[table["area_id"] == "total", "population_sole_place"].tolist() == [sole_place] * 2
