"""What a file of streets says beside its streets is heeded, and follows its table; trips by vehicle have their legs."""

from __future__ import annotations

import re
from datetime import time
from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from shapely import Point

import access92
from access92.errors import InputError
from tests.run.test_transit import study_file
from tests.toy_study import lon_lat, write_toy_study


@pytest.fixture
def barred(tmp_path: Path) -> Path:
    """The toy study, with bollards on the crossings of its middle: cars go around."""
    file = write_toy_study(tmp_path)
    streets = (tmp_path / "streets.osm").read_text(encoding="utf-8")
    bollard = r"<node id='\1'\2><tag k='barrier' v='bollard'/></node>"
    (tmp_path / "streets.osm").write_text(
        re.sub(r"<node id='(15|16|21|22)'([^>]*)/>", bollard, streets), encoding="utf-8"
    )
    return file


def test_barriers_of_the_file_follow_its_table_of_streets(barred: Path) -> None:
    results = access92.run_study(barred)
    services = results.services.iloc[results.access("tous", "car").service_rows]
    streets = access92.read_streets(barred.parent / "streets.osm", areas=results.areas)

    def minutes(table: gpd.GeoDataFrame) -> np.ndarray:
        network = access92.build_network(table, mode="car")
        return access92.travel_time_matrix(network, results.demand, services).to_numpy()

    expected = results.travel_times["car"].minutes[results.access("tous", "car").service_rows].T
    np.testing.assert_array_equal(minutes(streets), expected)
    np.testing.assert_array_equal(minutes(streets[streets["highway"] != "motorway"].copy()), expected)
    without = streets.copy()
    without.attrs = {}
    assert (minutes(without) < expected).any()


def test_streets_of_a_file_that_has_changed_are_refused(barred: Path) -> None:
    file = barred.parent / "streets.osm"
    streets = access92.read_streets(file)
    file.write_text(file.read_text(encoding="utf-8").replace("bollard", "gate"), encoding="utf-8")
    with pytest.raises(InputError, match="a changé"):
        access92.build_network(streets)
    file.unlink()
    with pytest.raises(InputError, match=r"streets\.attrs"):
        access92.build_network(streets)


def test_streets_are_written_and_read_by_other_tools_with_their_origin(barred: Path) -> None:
    streets = access92.read_streets(barred.parent / "streets.osm")
    streets.to_parquet(barred.parent / "rues.parquet")
    again = gpd.read_parquet(barred.parent / "rues.parquet")
    assert len(again) == len(streets)
    assert access92.build_network(streets).attribution.startswith("© les contributeurs d'OpenStreetMap")


@pytest.fixture(scope="module")
def bus(tmp_path_factory: pytest.TempPathFactory) -> tuple[access92.Study, access92.Network]:
    study = access92.read_study(study_file(tmp_path_factory.mktemp("bus")))
    return study, access92.study_network(study, mode="transit", scenario="sst")


def test_trips_by_vehicle_have_the_legs_of_the_itinerary(bus: tuple[access92.Study, access92.Network]) -> None:
    study, network = bus
    homes = gpd.GeoDataFrame({"id": ["a", "b"]}, geometry=[Point(lon_lat(5, 5)), Point(lon_lat(5, 4))], crs=4326)
    services = gpd.GeoDataFrame({"id": ["S1"]}, geometry=[Point(lon_lat(0, 0))], crs=4326)
    ways = access92.itineraries(network, homes, services)
    assert list(ways.columns[:2]) == ["origin_id", "destination_id"]
    for home, place in (("a", (5, 5)), ("b", (5, 4))):
        found = access92.find_itinerary(study, lon_lat(*place), scenario="sst")
        legs = ways[ways["origin_id"] == home]
        assert legs["kind"].tolist() == [leg.kind for leg in found.legs]
        assert legs["duration_min"].sum() == pytest.approx(found.duration_s / 60)
        # each leg begins where the one before ends, from door to door
        ends = [(line.coords[0], line.coords[-1]) for line in legs.geometry]
        assert all(before[1] == pytest.approx(after[0], abs=1e-9) for before, after in pairwise(ends))
        assert ends[0][0] == pytest.approx(lon_lat(*place), abs=1e-9)
        assert ends[-1][1] == pytest.approx(lon_lat(0, 0), abs=1e-9)
    ride = ways[(ways["kind"] == "ride")].iloc[0]
    assert (ride["from_stop"], ride["to_stop"], ride["line"], ride["begin"]) == ("Arrêt B", "Arrêt A", "12", "08:10:00")
    reached = access92.nearest(network, homes, services)
    assert ways.groupby("origin_id")["duration_min"].sum().tolist() == pytest.approx(
        reached["travel_time_min"].tolist()
    )


def test_a_departure_is_asked_of_a_network_that_rides_and_within_its_window(
    bus: tuple[access92.Study, access92.Network], barred: Path
) -> None:
    homes = gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(lon_lat(5, 5))], crs=4326)
    services = gpd.GeoDataFrame({"id": ["S1"]}, geometry=[Point(lon_lat(0, 0))], crs=4326)
    ways = access92.itineraries(bus[1], homes, services, at=time(8, 12))
    assert ways["begin"].iloc[0] == "08:12:00"
    assert ways["duration_min"].sum() == pytest.approx(9, abs=0.1)
    with pytest.raises(InputError, match="hors de la fenêtre"):
        access92.itineraries(bus[1], homes, services, at=time(7))
    walk = access92.build_network(access92.read_streets(barred.parent / "streets.osm"))
    with pytest.raises(InputError, match="ne change rien"):
        access92.itineraries(walk, homes, services, at=time(8))
