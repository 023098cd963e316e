"""What a scenario closes: signs, gates, estates and links stay as the whole study has them, and nobody gains time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import LineString, Point

from access92.network.graph import build_network
from access92.network.link_reference import LinkReference
from access92.network.modes import Mode, read_modes
from access92.network.snapping import snap_places
from access92.sources.streets.traffic import TrafficRules, no_traffic_rules
from access92.travel.cached_times import time_mode
from access92.travel.closed_times import SnappedPlaces, not_shortened
from access92.travel.router import Router
from tests.random_examples import examples
from tests.restricted_towns import restriction, traffic_of
from tests.toy_town import BLOCK_M, CRS, at, demand_at, services_at, street, town
from tests.travel.test_full_towns import NAMES, routers_of

WALK = read_modes()["walk"]
CAR = replace(read_modes()["car"], speed_kmh=5.0, class_speed_kmh={}, time_factor=1.0, parking_min=0.0)


def minutes(
    streets: gpd.GeoDataFrame,
    home: tuple[float, float],
    service: tuple[float, float],
    *,
    closed: tuple[str, ...] = (),
    mode: Mode = WALK,
    traffic: TrafficRules | None = None,
) -> float:
    """Minutes from home to service in a scenario that closes streets (by ``edge_id``)."""
    reference = LinkReference(streets, traffic=traffic)
    plain = Router(
        streets=streets, streets_key="", water=None, demand=demand_at(home), demand_key="", mode=mode, cutoff_min=90.0,
        max_snap_m=300.0, cache_folder=None, reference=reference, traffic=traffic,
    )  # fmt: skip
    fewer = streets[~streets["edge_id"].isin(closed)].reset_index(drop=True)
    router = replace(plain, streets=fewer, whole=plain) if closed else plain
    # a block is no whole number of centimetres, to which places are read
    return round(float(time_mode(router, services_at(s=service)).times.minutes[0, 0]), 3)


def gates(*places: tuple[int, tuple[float, float]], **tags: str) -> TrafficRules:
    """Nodes with these tags, by number and place."""
    rows = [{"node_id": number, "x": at(*place).x, "y": at(*place).y, **tags} for number, place in places]
    return replace(no_traffic_rules(), nodes=pd.DataFrame(rows))


@pytest.mark.parametrize("kind", ["only_straight_on", "no_left_turn"])
def test_an_obligation_holds_where_the_way_that_it_names_is_closed(kind: str) -> None:
    streets = town()
    number = {name: 100 + rank for rank, name in enumerate(streets["edge_id"])}
    streets = streets.assign(edge_id=[f"w{number[name]}-0" for name in streets["edge_id"]])
    then = "h56" if kind.startswith("only") else "v58"
    rules = traffic_of([restriction(kind, number["h45"], number[then], via_node=5)])
    trip = {"home": (0.5, 1.0), "service": (1.0, 1.5), "mode": CAR, "traffic": rules}
    assert minutes(streets, **trip) == 3.0  # back to 4, then by 7 and 8
    assert minutes(streets, **trip, closed=(f"w{number['h56']}-0",)) == 3.0


def test_the_gate_of_an_estate_with_another_way_in_stays_shut_when_that_one_closes() -> None:
    # from node 5 a court goes to 11 and on, by a lane, to 6; a private gate stands at 5
    places = {5: (1.0, 1.0), 11: (1.5, 1.3), 12: (1.5, 1.6), 6: (2.0, 1.0)}
    more = [street("court", 5, 11, places), street("yard", 11, 12, places), street("lane", 11, 6, places)]
    streets, gate = town(more=more), gates((5, (1.0, 1.0)), barrier="gate", access="private")
    open_min = minutes(streets, (1.5, 1.6), (0.5, 1.0), traffic=gate)
    assert np.isfinite(open_min)
    shut_min = minutes(streets, (1.5, 1.6), (0.5, 1.0), traffic=gate, closed=("lane",))
    assert not shut_min < open_min


def test_the_core_of_what_is_left_lies_in_the_core_of_the_whole() -> None:
    # a street apart, of fewer crossings than the town, is no core once half the town is closed
    apart = {20 + k: (30.0 + k, 0.0) for k in range(6)}
    more = [street(f"apart{k}", 20 + k, 21 + k, apart) for k in range(5)]
    streets = town(more=more)
    closed = streets["edge_id"].isin(["h45", "h56", "h78", "h89", "v14", "v25", "v36"]).to_numpy()
    network = build_network(streets, WALK, closed=closed)
    left = streets[~closed].reset_index(drop=True)
    assert not any(name.startswith("apart") for name in left["edge_id"].iloc[network.street_row])


def test_the_network_of_a_scenario_counts_what_is_closed_in_nothing() -> None:
    streets = town(more=[street("isle", 30, 31, {30: (9.0, 9.0), 31: (10.0, 9.0)})])
    closed = (streets["edge_id"] == "h12").to_numpy()
    network = build_network(streets, WALK, closed=closed)
    left = streets[~closed].reset_index(drop=True)
    assert left["edge_id"].iloc[network.cut_off_row].tolist() == ["isle"]
    assert (network.junctions, network.cut_off_nodes) == (9, 2)
    assert network.length_km == pytest.approx(11 * BLOCK_M / 1000)
    assert network.cut_off_length_km == pytest.approx(BLOCK_M / 1000)
    assert "h12" not in set(left["edge_id"].iloc[network.street_row])


def cliff() -> gpd.GeoDataFrame:
    """A street below a cliff and one above, joined far in the east; a staircase leads from below towards the edge."""
    nodes = {1: (0, 0), 2: (100, 0), 3: (600, 0), 4: (600, 60), 5: (100, 60), 6: (100, 25)}
    rows = [("low-a", 1, 2), ("low-b", 2, 3), ("east", 3, 4), ("high", 4, 5), ("path", 2, 6)]
    return gpd.GeoDataFrame(
        [
            {"edge_id": name, "from_node": a, "to_node": b, "highway": "residential", "oneway": "",
             "length_m": LineString([nodes[a], nodes[b]]).length, "geometry": LineString([nodes[a], nodes[b]])}
            for name, a, b in rows
        ],
        geometry="geometry", crs=CRS,
    )  # fmt: skip


@pytest.mark.parametrize("which", ["home", "service"])
def test_a_place_that_loses_all_its_streets_is_not_sooner_there(which: str) -> None:
    # at the head of the path, 27 m under the street above: without the path it goes there as the crow flies
    streets = cliff()
    places = [Point(100, 33), Point(150, 60)][:: 1 if which == "home" else -1]
    home, service = ([(place.x, place.y)] for place in places)
    demand = demand_at((0, 0)).set_geometry(gpd.GeoSeries([Point(*home[0])], crs=CRS))
    services = services_at(s=(0, 0)).set_geometry(gpd.GeoSeries([Point(*service[0])], crs=CRS))
    plain = Router(
        streets=streets, streets_key="", water=None, demand=demand, demand_key="", mode=WALK, cutoff_min=60.0,
        max_snap_m=300.0, cache_folder=None, reference=LinkReference(streets),
    )  # fmt: skip
    fewer = streets[streets["edge_id"] != "path"].reset_index(drop=True)
    closed = replace(plain, streets=fewer, whole=plain)
    before, after = (float(time_mode(router, services).times.minutes[0, 0]) for router in (plain, closed))
    assert before == pytest.approx((8 + 25 + 500 + 60 + 450) / 1000 / 5 * 60, abs=0.001)
    assert after == before
    # without that rule the street above would be 77 m away
    alone = float(time_mode(replace(closed, whole=None), services).times.minutes[0, 0])
    assert alone == pytest.approx((27 + 50) / 1000 / 5 * 60, abs=0.001)


def test_a_home_and_a_service_that_both_lose_their_streets_are_not_sooner_together() -> None:
    # a second path, in the east, leads from below to a service; the street above is shorter for both
    east = {3: (600, 0), 8: (550, 25)}
    streets = cliff()
    second = {"edge_id": "path-b", "from_node": 3, "to_node": 8, "geometry": LineString([east[3], east[8]])}
    row = {**streets.iloc[0].to_dict(), **second, "length_m": second["geometry"].length}
    streets = gpd.GeoDataFrame([*streets.to_dict("records"), row], geometry="geometry", crs=CRS)
    demand = demand_at((0, 0)).set_geometry(gpd.GeoSeries([Point(100, 33)], crs=CRS))
    places = gpd.GeoSeries([Point(300, -1), Point(550, 33)], crs=CRS)
    services = services_at(below=(0, 0), head=(0, 0)).set_geometry(places)
    plain = Router(
        streets=streets, streets_key="", water=None, demand=demand, demand_key="", mode=WALK, cutoff_min=60.0,
        max_snap_m=300.0, cache_folder=None, reference=LinkReference(streets),
    )  # fmt: skip
    fewer = streets[~streets["edge_id"].str.startswith("path")].reset_index(drop=True)
    before, after, alone = (
        time_mode(router, services).times.minutes[:, 0]
        for router in (plain, replace(plain, streets=fewer, whole=plain), replace(plain, streets=fewer))
    )
    assert alone[1] < before[1]
    assert after[1] == before[1]
    assert after[0] == alone[0] > before[0]


def test_times_are_raised_for_places_that_have_moved_and_for_no_others() -> None:
    streets = cliff()
    fewer = streets[streets["edge_id"] != "path"].reset_index(drop=True)
    reference = LinkReference(streets)
    below, head, edge = Point(300, -1), Point(100, 33), Point(101, 34)

    def snapped(table: gpd.GeoDataFrame) -> SnappedPlaces:
        network = build_network(streets, WALK, closed=~streets["edge_id"].isin(table["edge_id"]).to_numpy())
        places = [gpd.GeoSeries(points, crs=CRS) for points in ([below, head, below], [edge, below])]
        services, demand = (snap_places(part, table, network, max_snap_m=300.0, reference=reference) for part in places)
        return SnappedPlaces(network, services, demand, reference.rows_of(table)[network.street_row])

    before = snapped(streets)
    raised = not_shortened(np.zeros((3, 2), dtype=np.float32), snapped(fewer), before, cutoff_min=60.0)
    is_raised = np.array([[True, False], [True, True], [True, False]])
    np.testing.assert_array_equal(raised, np.where(is_raised, before.minutes(cutoff_min=60.0), 0))


def test_what_lies_behind_a_barrier_decides_no_radius() -> None:
    # a yard behind a wall is 4 m off; of the streets of all one is 12 m off and the next 18 m
    places = {5: (1.0, 1.0), 6: (2.0, 1.0), 20: (1.0, 1.2), 21: (1.8, 1.2), 22: (1.2, 0.93), 23: (1.6, 0.93)}
    places[24] = (1.0, 1.05)
    ends = {
        "drive": (5, 24),
        "in": (24, 20),
        "yard": (20, 21),
        "lane-a": (5, 22),
        "lane-b": (22, 23),
        "lane-c": (23, 6),
    }
    streets = town(more=[street(name, *nodes, places) for name, nodes in ends.items()])
    wall = gates((24, places[24]), barrier="wall")
    network = build_network(streets, WALK, traffic=wall)
    for traffic, names in ((None, ["h56"]), (wall, ["h56", "lane-b"])):
        reference = LinkReference(streets, traffic=traffic)
        place = gpd.GeoSeries([at(1.4, 1.15)], crs=CRS)
        links = snap_places(place, streets, network, max_snap_m=300.0, reference=reference).links()
        assert streets["edge_id"].iloc[network.street_row[links.street]].tolist() == names


def test_a_table_that_is_no_part_of_the_study_is_refused() -> None:
    whole = town()
    other = whole.assign(edge_id=[f"other {name}" for name in whole["edge_id"]])
    with pytest.raises(Exception, match="12 rues dont 0 parmi les 12"):
        LinkReference(whole).rows_of(other)


@examples(30)
@given(seed=st.integers(0, 100_000), name=st.sampled_from(NAMES))
def test_closing_streets_shortens_no_time_whatever_the_rules(seed: int, name: str) -> None:
    routers = routers_of(seed, name, restrictions=20)
    if routers is not None:
        before, after = (np.nan_to_num(routers.minutes(closed=closed), nan=np.inf) for closed in (False, True))
        assert (after >= before).all()


@pytest.mark.slow
@examples(6)
@given(seed=st.integers(0, 100_000), name=st.sampled_from(NAMES))
def test_times_with_streets_closed_are_the_same_from_the_cache(
    seed: int, name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder: Path = tmp_path_factory.mktemp("cache")
    plain = routers_of(seed, name)
    if plain is not None:
        for _ in range(2):
            cached = routers_of(seed, name, cache_folder=folder)
            assert cached is not None
            for closed in (True, False):
                np.testing.assert_array_equal(cached.minutes(closed=closed), plain.minutes(closed=closed))
