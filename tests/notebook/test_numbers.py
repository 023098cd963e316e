"""Numbers, columns and ids that an analyst may give wrongly: refused with their remedy, never read as another."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import access92
from access92.errors import InputError
from tests.toy_study import write_toy_study
from tests.toy_town import demand_at, services_at, town

HOMES, SERVICES = demand_at((0, 0), (2, 1), (2, 2)), services_at(S1=(0, 1))

Ask = Callable[[access92.Network, Any], Any]


@pytest.fixture(scope="module")
def network() -> access92.Network:
    return access92.build_network(town(), mode="walk", cache_folder=False)


ASKED_MINUTES: dict[str, Ask] = {
    "travel_time_matrix": lambda net, value: access92.travel_time_matrix(net, HOMES, SERVICES, cutoff_min=value),
    "nearest": lambda net, value: access92.nearest(net, HOMES, SERVICES, cutoff_min=value),
    "itineraries": lambda net, value: access92.itineraries(net, HOMES, SERVICES, cutoff_min=value),
    "best_sites": lambda net, value: access92.best_sites(net, HOMES, SERVICES, threshold_min=value),
    "isochrones": lambda net, value: access92.isochrones(net, SERVICES, thresholds_min=value),
    "coverage": lambda net, value: access92.coverage(access92.nearest(net, HOMES, SERVICES), thresholds_min=value),
}


@pytest.mark.parametrize("name", ASKED_MINUTES)
@pytest.mark.parametrize("minutes", ["25", "5", True, np.True_, None, np.nan, 0, -1, 241, ["5"], [5, True], b"25"])
def test_what_is_no_number_of_minutes_is_refused(name: str, minutes: object, network: access92.Network) -> None:
    with pytest.raises(InputError, match=r"n'est pas un nombre de minutes"):
        ASKED_MINUTES[name](network, minutes)


@pytest.mark.parametrize("minutes", [[3, 3, 1], (1, 3), {3, 1}, np.array([3, 1, 1]), pd.Series([3.0, 1.0])])
def test_thresholds_come_back_ascending_and_each_once(minutes: object, network: access92.Network) -> None:
    counted = access92.coverage(access92.nearest(network, HOMES, SERVICES), thresholds_min=minutes)
    assert counted["threshold_min"].tolist() == [1, 3]
    assert access92.isochrones(network, SERVICES, thresholds_min=minutes)["threshold_min"].tolist() == [1, 3]


@pytest.mark.parametrize("ask", [ASKED_MINUTES["isochrones"], ASKED_MINUTES["coverage"]])
def test_no_threshold_at_all_is_refused(ask: Ask, network: access92.Network) -> None:
    with pytest.raises(InputError, match="Aucun seuil"):
        ask(network, [])


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": 2.5}, {"count": True}, {"apart_m": "500"}, {"cell_m": 0}])
def test_a_count_or_distance_that_is_none_is_refused(wrong: dict[str, Any], network: access92.Network) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        access92.best_sites(network, HOMES, SERVICES, **wrong)
    with pytest.raises(InputError, match="max_snap_m"):
        access92.build_network(town(), max_snap_m="300", cache_folder=False)


def test_people_or_a_departure_that_are_none_are_refused(network: access92.Network) -> None:
    with pytest.raises(InputError, match="« population » doit porter des nombres"):
        access92.best_sites(network, HOMES.assign(population="dix"), SERVICES)
    with pytest.raises(InputError, match="heure de départ"):
        access92.itineraries(network, HOMES, SERVICES, at="08:30")


@pytest.fixture(scope="module")
def reached(network: access92.Network) -> pd.DataFrame:
    """Minutes 1, 2, 3 in areas 92002, 92002, 92004."""
    homes = HOMES.assign(zone=[92002, 92002, 92004])
    return access92.nearest(network, homes, SERVICES, cutoff_min=3)


def test_a_threshold_beyond_what_was_searched_is_refused(network: access92.Network, reached: pd.DataFrame) -> None:
    near = access92.nearest(network, HOMES, SERVICES, cutoff_min=2)
    assert access92.coverage(near, thresholds_min=2)["population_covered"].tolist() == [10]
    both = pd.concat([reached.assign(mode="bike"), near])
    again = pd.DataFrame(near.drop(columns="geometry").to_dict())  # attrs and type lost, as by a CSV
    for table in (near, both, again):
        with pytest.raises(InputError, match=r"que jusqu'à 2 minutes[\s\S]*cutoff_min=3"):
            access92.coverage(table, thresholds_min=[1, 3])
    with pytest.raises(InputError, match="Rien ne dit jusqu'à combien"):
        access92.coverage(near.drop(columns="cutoff_min"))
    with pytest.raises(InputError, match="lignes vides : 1"):
        access92.coverage(near.assign(cutoff_min=[60, None, 60]))
    # where every place has its time, none is in doubt
    assert access92.coverage(reached.drop(columns="cutoff_min"))["population_covered"].tolist() == [30]


def test_columns_of_the_caller_are_not_written_over(network: access92.Network, reached: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"mode, nearest_service_id, travel_time_min, snap_m, cutoff_min"):
        access92.nearest(network, reached, SERVICES)
    named = SERVICES.rename(columns={"service_id": "mode"})
    with pytest.raises(InputError, match="destinations, colonnes mode"):
        access92.isochrones(network, named, destination_id="mode")
    with pytest.raises(InputError, match="destinations, colonnes mode"):
        access92.itineraries(network, HOMES, named, destination_id="mode")
    with pytest.raises(InputError, match="origins, colonnes rank"):
        access92.best_sites(network, HOMES.rename(columns={"demand_id": "rank"}), SERVICES, origin_id="rank")
    with pytest.raises(InputError, match="reached, colonnes mode"):
        access92.coverage(reached, thresholds_min=2, by="mode")


def test_nobody_is_counted_twice_nor_in_the_total_alone(reached: pd.DataFrame) -> None:
    counted = {"thresholds_min": 3, "by": "zone"}
    whole = access92.coverage(reached, **counted)
    assert whole["population"].tolist() == [20, 10, 30]
    for table in (pd.concat([reached, reached]), pd.concat([reached, reached], ignore_index=True)):
        with pytest.raises(InputError, match=r"donnés deux fois pour un même mode[\s\S]*mode « walk »"):
            access92.coverage(table, **counted)
    with pytest.raises(InputError, match="donnés deux fois"):
        access92.coverage(reached.drop(columns="demand_id").assign(carreau="x"), origin_id="carreau", **counted)
    assert len(access92.coverage(pd.concat([reached, reached.assign(mode="bike")]), **counted)) == 6
    with pytest.raises(InputError, match=r"1 \(10 habitants\)[\s\S]*fillna"):
        access92.coverage(reached.assign(zone=["a", None, "b"]), **counted)
    with pytest.raises(InputError, match="n'ont pas de mode : 1"):
        access92.coverage(reached.assign(mode=["walk", None, "walk"]), **counted)
    areas = reached[["zone", "geometry"]].drop_duplicates("zone").astype({"zone": float})  # as a join leaves them
    assert access92.coverage(reached, areas=areas, **counted)["population"].tolist() == [20, 10, 30]
    with pytest.raises(InputError, match=r"1 \(10 habitants\)[\s\S]*valeurs 92004"):
        access92.coverage(reached, areas=areas.head(1), **counted)
    with pytest.raises(InputError, match="sans la colonne"):
        access92.coverage(reached, thresholds_min=3, areas=areas)
    with pytest.raises(InputError, match="doublées"):
        access92.coverage(reached, areas=pd.concat([areas, areas]), **counted)


def test_coordinates_written_with_a_decimal_comma_are_read(network: access92.Network) -> None:
    degrees = HOMES.to_crs(4326).geometry
    plain = pd.DataFrame({"demand_id": HOMES["demand_id"], "Longitude": degrees.x, "Latitude": degrees.y})
    commas = plain.assign(**{name: plain[name].map(lambda value: f"{value:.7f}".replace(".", ","))
                             for name in ("Longitude", "Latitude")})  # fmt: skip
    expected = access92.nearest(network, plain, SERVICES)["travel_time_min"].tolist()
    assert access92.nearest(network, commas, SERVICES)["travel_time_min"].tolist() == pytest.approx(expected, abs=0.01)
    with pytest.raises(InputError, match=r"« Longitude » doit porter des nombres[\s\S]*2°15'E"):
        access92.nearest(network, commas.assign(Longitude=["2°15'E", *commas["Longitude"][1:]]), SERVICES)
    with pytest.raises(InputError, match="n'ont pas de coordonnées"):
        access92.nearest(network, commas.assign(Longitude=["", *commas["Longitude"][1:]]), SERVICES)


def test_as_many_places_as_asked_for_are_given_where_they_are_half_a_kilometre_apart() -> None:
    def wide(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return frame.set_geometry(frame.scale(8, 8, origin=(650_000, 6_860_000)))

    streets = wide(town())
    streets["length_m"] *= 8
    network = access92.build_network(streets, mode="walk", cache_folder=False)
    homes, far = wide(demand_at((0, 0), (2, 0), (0, 2))), wide(services_at(S=(2, 2)))  # 1333 m apart
    asked = {"threshold_min": 2, "cell_m": 50, "count": 3}
    assert len(access92.best_sites(network, homes, far, **asked)) == 3
    assert len(access92.best_sites(network, homes, far, **asked, apart_m=3000)) == 1


@pytest.mark.slow
def test_a_study_is_taken_by_its_path_and_a_missing_file_by_its_own_remedy(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    study = access92.read_study(file)
    for given in (file, str(file)):
        assert repr(access92.study_network(given, mode="walk")) == repr(access92.study_network(study, mode="walk"))
        assert access92.check_study(given).counts == access92.check_study(study).counts
    with pytest.raises(InputError, match=r"rues est introuvable[\s\S]*read_streets") as refused:
        access92.read_streets(tmp_path / "nope.osm.pbf")
    assert "étude" not in str(refused.value).replace(str(tmp_path), "")
