"""Streets of one's own: a metre is a metre whatever their projection, and what would give wrong times is refused."""

from __future__ import annotations

import re

import geopandas as gpd
import pytest
from shapely import affinity

import access92
from access92.errors import InputError
from tests.toy_town import demand_at, services_at, town

HOMES, SERVICES = demand_at((0, 0), (2, 1)), services_at(S=(1, 1))


@pytest.mark.parametrize("crs", [3857, 3395, 32633], ids=["web mercator", "world mercator", "far zone of utm"])
def test_streets_in_a_projection_without_metres_give_the_times_and_areas_of_the_others(crs: int) -> None:
    network = access92.build_network(town().to_crs(crs), cache_folder=False)
    assert network.crs.to_epsg() == 2154
    areas = access92.isochrones(network, SERVICES.to_crs(crs), thresholds_min=1)
    assert areas.crs.to_epsg() == crs
    assert areas["area_km2"].iloc[0] == pytest.approx(0.01399, abs=2e-4)
    minutes = access92.travel_time_matrix(network, HOMES.to_crs(crs), SERVICES)
    assert minutes["S"].tolist() == pytest.approx([2.0, 1.0], abs=1e-3)


def test_metres_of_a_projection_near_the_streets_stay_theirs() -> None:
    assert access92.build_network(town().to_crs(32631), cache_folder=False).crs.to_epsg() == 32631


def test_lengths_that_were_measured_in_a_projection_without_metres_are_refused() -> None:
    streets = town().to_crs(3857)
    with pytest.raises(InputError, match=r"126\.[0-9] pour 83\.3 m sur le terrain"):
        access92.build_network(streets.assign(length_m=streets.length), cache_folder=False)


def redrawn(edge: str, **moved: float) -> gpd.GeoDataFrame:
    streets = town()
    row = streets.index[streets["edge_id"] == edge][0]
    line = streets.geometry[row]
    streets.loc[[row], "geometry"] = gpd.GeoSeries(
        [affinity.translate(line, **moved) if moved else line.reverse()], index=[row], crs=streets.crs
    )
    return streets


WRONG = {
    "drawn against its nodes": (redrawn("h12"), "rues h12, carrefours 1, 2"),
    "moved elsewhere": (redrawn("v25", xoff=300.0), "rues v25, carrefours 2, 5"),
    "a oneway in French": (town(tagged={"h12": {"oneway": "oui"}}), "rues h12, valeurs oui"),
    "lengths in kilometres": (town().assign(length_m=0.0833), "distance entre ses deux bouts"),
}


@pytest.mark.parametrize("name", WRONG)
def test_streets_that_would_give_wrong_times_are_refused_by_name(name: str) -> None:
    streets, told = WRONG[name]
    with pytest.raises(InputError, match=re.escape(told)):
        access92.build_network(streets, mode="car", cache_folder=False)


def test_known_ways_of_writing_oneway_pass() -> None:
    tagged = {"h12": {"oneway": "YES "}, "h23": {"oneway": "-1"}, "h45": {"oneway": "no"}}
    network = access92.build_network(town(tagged=tagged), mode="car", cache_folder=False)
    assert network.router.network.length_km == pytest.approx(1.0)
