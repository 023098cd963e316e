"""Our walking times beside those of Valhalla, an engine that shares no code with ours, on the same file of Porto."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from access92.errors import InputError
from access92.network.graph import build_network
from benchmarks.valhalla_comparison import (
    EngineInputs,
    agreement,
    compare_access,
    compare_engines,
    read_inputs,
    worst_pairs,
)
from benchmarks.valhalla_engine import FOLDER_VARIABLE, find_package, valhalla_lengths_m, valhalla_ways
from benchmarks.valhalla_settings import comparable_settings

WALK = comparable_settings()["walk"]
RUA_DA_RESTAURACAO = (-8.6262, 41.1475)
ROUNDABOUT_OF_EN_310 = 40105645  # highway=trunk, junction=roundabout, no motorroad


@pytest.fixture(scope="module")
def porto(shared_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> EngineInputs:
    """Porto as both engines read it; the tests are skipped, with the reason, where Valhalla is not installed."""
    try:
        find_package()
    except InputError as error:
        pytest.skip(str(error))
    return read_inputs(shared_folder / "networks" / "porto.osm.pbf", tmp_path_factory.mktemp("valhalla"))


@pytest.fixture(scope="module")
def walks(porto: EngineInputs) -> pd.DataFrame:
    return compare_engines(porto, WALK)


@pytest.mark.valhalla
def test_half_of_2000_walks_under_40_min_differ_by_less_than_3_percent_from_valhalla(walks) -> None:
    figures = agreement(walks)
    assert figures["pairs"] == 2000
    assert (walks[["ours_min", "valhalla_min"]].min(axis=1) < 40).all()
    assert figures["median"] < 0.03


@pytest.mark.valhalla
def test_nineteen_walks_in_twenty_differ_by_less_than_1_percent_from_valhalla(porto) -> None:
    """Past all gates on both sides: at no cost Valhalla opens those that our rules close."""
    figures = agreement(compare_engines(replace(porto, traffic=None), WALK))
    assert figures["p90"] < 0.005
    assert figures["within_1_percent"] > 0.95


@pytest.mark.valhalla
def test_gates_that_we_close_change_few_walks(walks) -> None:
    figures = agreement(walks)
    assert figures["p90"] < 0.005
    assert figures["within_1_percent"] >= 0.945
    assert (walks["difference"] < -0.01).mean() < 0.02  # closing never shortens: the others are of the streets


@pytest.mark.valhalla
def test_no_walk_is_thrice_as_long_as_valhalla_s_since_trunk_roundabouts_are_open(walks) -> None:
    assert walks["difference"].max() < 2


@pytest.mark.valhalla
def test_a_roundabout_that_is_tagged_trunk_is_in_our_walking_network(porto) -> None:
    way = porto.streets["edge_id"].str.startswith(f"w{ROUNDABOUT_OF_EN_310}-").to_numpy()
    usable = np.zeros(len(porto.streets), dtype=bool)
    usable[build_network(porto.streets, WALK.ours).street_row] = True
    assert way.any()
    assert usable[way].all()


@pytest.mark.valhalla
def test_both_engines_find_a_way_between_nearly_all_places(walks) -> None:
    figures = agreement(walks)
    assert figures["only_ours"] < 0.005
    assert figures["only_valhalla"] < 0.005


@pytest.mark.valhalla
def test_walks_are_of_all_lengths_and_not_only_short_ones(walks) -> None:
    share_of_long = (walks["valhalla_min"] > 20).mean()
    assert 0.4 < share_of_long < 0.95


@pytest.mark.valhalla
def test_both_engines_open_the_same_streets_to_pedestrians_but_for_a_few_percent(porto) -> None:
    access = compare_access(porto, WALK, places=500)
    assert (access["ours"] == access["valhalla"]).mean() > 0.95


@pytest.mark.valhalla
@pytest.mark.parametrize("mode", ["bike", "car"])
def test_shortest_ways_of_vehicles_agree_with_valhalla_too(porto, mode) -> None:
    figures = agreement(compare_engines(porto, comparable_settings()[mode], pairs=200, destinations=20))
    assert figures["pairs"] == 200
    assert figures["median"] < 0.03


@pytest.mark.valhalla
def test_valhalla_goes_nowhere_from_a_place_to_itself(porto) -> None:
    place = np.array([RUA_DA_RESTAURACAO])
    metres = valhalla_lengths_m(porto.valhalla, place, place[0], costing=WALK.costing, options=WALK.options)
    assert metres.tolist() == [0.0]


@pytest.mark.valhalla
def test_a_place_in_the_sea_is_on_no_way(porto) -> None:
    ways = valhalla_ways(porto.valhalla, np.array([[-8.75, 41.15]]), costing=WALK.costing, options=WALK.options)
    assert ways == [frozenset()]


@pytest.mark.valhalla
def test_a_request_that_valhalla_refuses_is_an_error_of_ours(porto) -> None:
    with pytest.raises(InputError, match="Valhalla refuse la demande"):
        porto.valhalla.ask("sources_to_targets", {"sources": []})


def test_without_valhalla_the_message_says_how_to_install_it(monkeypatch, tmp_path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match="pip install"):
        find_package()


def test_pairs_without_a_way_in_one_engine_are_the_worst() -> None:
    table = pd.DataFrame({"ours_min": [10.0, np.nan, 12.0], "valhalla_min": [10.0, 5.0, 10.0]})
    table["difference"] = (table["ours_min"] - table["valhalla_min"]) / table["valhalla_min"]
    assert worst_pairs(table, count=2).index.tolist() == [1, 2]


def test_the_modes_compared_have_one_speed_everywhere_and_no_surcharge() -> None:
    for setting in comparable_settings().values():
        speeds = {setting.ours.speed_kmh, *setting.ours.class_speed_kmh.values()}
        assert len(speeds) == 1
        assert (setting.ours.parking_min, setting.ours.time_factor) == (0.0, 1.0)
