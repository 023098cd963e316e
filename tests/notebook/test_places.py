"""Frames of an analyst: ids kept, CRS given back, and a projection that was forgotten or mislabelled refused."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import access92
from access92.errors import InputError
from tests.toy_town import demand_at, services_at, town

HOMES, SERVICES = demand_at((0, 0), (2, 1), (1, 1)), services_at(S1=(0, 1), S2=(2, 2))


@pytest.fixture(scope="module")
def network() -> access92.Network:
    return access92.build_network(town(), mode="walk", cache_folder=False)


def relabelled(frame: gpd.GeoDataFrame, crs: object) -> gpd.GeoDataFrame:
    return frame.set_crs(crs, allow_override=True)


def swapped(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return frame.set_geometry(gpd.points_from_xy(frame.geometry.y, frame.geometry.x, crs=frame.crs))


DEGREES = HOMES.to_crs(4326)

MISLABELLED = {
    "no CRS at all, degrees": (relabelled(DEGREES, None), "origins.set_crs(4326)"),
    "no CRS at all, metres": (relabelled(HOMES, None), "origins.set_crs(2154)"),
    "degrees said to be metres": (relabelled(DEGREES, 2154), "origins.set_crs(4326, allow_override=True)"),
    "metres said to be degrees": (relabelled(HOMES, 4326), "origins.set_crs(2154, allow_override=True)"),
    "longitude and latitude exchanged": (swapped(DEGREES), "semblent inversées"),
    "exchanged, and said to be metres": (relabelled(swapped(DEGREES), 2154), "semblent inversées"),
    "metres of another projection": (HOMES.to_crs(32631).pipe(relabelled, 2154), "UTM 31 nord (EPSG:32631)"),
    "one home of three at zero": (
        DEGREES.set_geometry([*DEGREES.geometry[:2], shapely.Point(0, 0)]).set_crs(4326, allow_override=True),
        "à plus de 200 km de toutes les rues",
    ),
}


@pytest.mark.parametrize("name", MISLABELLED)
def test_a_projection_that_is_not_what_it_says_is_refused_with_its_remedy(name: str, network: access92.Network) -> None:
    homes, remedy = MISLABELLED[name]
    for ask in (access92.travel_time_matrix, access92.nearest, access92.itineraries):
        with pytest.raises(InputError) as refused:
            ask(network, homes, SERVICES)
        assert remedy in str(refused.value)
        assert "origins" in str(refused.value)
    with pytest.raises(InputError):
        access92.isochrones(network, homes.rename(columns={"demand_id": "service_id"}))


def test_a_frame_in_any_system_gives_the_same_minutes_and_comes_back_in_its_own(network: access92.Network) -> None:
    plain = access92.nearest(network, HOMES, SERVICES)
    for crs in (4326, 3857, 32631, 27572):
        homes, services = HOMES.to_crs(crs), SERVICES.to_crs(crs)
        reached = access92.nearest(network, homes, services)
        assert reached.crs == homes.crs
        assert reached.geometry.equals(homes.geometry)
        assert reached["travel_time_min"].tolist() == pytest.approx(plain["travel_time_min"].tolist(), abs=0.01)
        assert access92.isochrones(network, services).crs == services.crs
        assert access92.itineraries(network, homes, services).crs == homes.crs
        assert access92.best_sites(network, homes, services, threshold_min=1.5, cell_m=20).crs == homes.crs


def test_a_table_with_longitude_and_latitude_is_enough(network: access92.Network) -> None:
    homes = pd.DataFrame({"demand_id": ["a", "b", "c"], "Longitude": DEGREES.geometry.x, "LAT": DEGREES.geometry.y})
    reached = access92.nearest(network, homes, SERVICES)
    assert type(reached) is pd.DataFrame
    assert reached["travel_time_min"].round(2).tolist() == [1, 1, 1]
    missing = homes.assign(LAT=[48.8, None, 48.8])
    with pytest.raises(InputError, match=r"n'ont pas de coordonnées[\s\S]*b"):
        access92.nearest(network, missing, SERVICES)


def test_ids_of_any_type_are_kept_and_named(network: access92.Network) -> None:
    homes = HOMES.drop(columns="demand_id").set_index(pd.Index([30, 10, 20], name="carreau"))
    services = SERVICES.rename(columns={"service_id": "finess"})
    matrix = access92.travel_time_matrix(network, homes, services, destination_id="finess")
    assert (matrix.index.name, matrix.index.tolist()) == ("carreau", [30, 10, 20])
    assert (matrix.columns.name, matrix.columns.tolist()) == ("finess", ["S1", "S2"])
    reached = access92.nearest(network, homes, services, destination_id="finess")
    assert reached.index.equals(homes.index)
    assert reached["nearest_finess"].tolist() == ["S1", "S2", "S1"]
    ways = access92.itineraries(network, homes, services, destination_id="finess")
    assert ways["carreau"].tolist() == [30, 10, 20]


@pytest.mark.parametrize(
    ("homes", "said"),
    [
        (HOMES.assign(demand_id="x"), "donnés deux fois"),
        (HOMES.assign(demand_id=["a", None, "c"]), "identifiants sont vides"),
        (HOMES.assign(demand_id=[1, "1", 2]), "ne diffèrent que par leur type"),
        (HOMES.set_index([[1, 2, 3], "demand_id"]), "plusieurs niveaux"),
        (HOMES.iloc[:0], "La table est vide"),
        (HOMES.set_geometry(HOMES.buffer(5)), "ne sont pas des points"),
        (pd.DataFrame({"x": [1]}), "ne dit pas où sont ses lieux"),
        ([1, 2], "n'est pas une table de lieux"),
    ],
)
def test_what_is_no_table_of_places_is_refused(homes: object, said: str, network: access92.Network) -> None:
    with pytest.raises(InputError, match=said):
        access92.nearest(network, homes, SERVICES)


def test_candidates_whose_ids_differ_by_type_only_are_refused(network: access92.Network) -> None:
    homes = HOMES.drop(columns="demand_id").set_index(pd.Index([1, "1", 2], dtype=object))
    with pytest.raises(InputError, match="candidates, index, valeurs 1, 1"):
        access92.best_sites(network, HOMES, SERVICES, candidates=homes, threshold_min=1)


def test_codes_that_lost_their_zeros_are_refused_with_the_way_to_mend_them() -> None:
    rows = pd.DataFrame({"insee": [1004.0, 1005.0], "travel_time_min": 1.0, "population": 5, "mode": "walk"})
    shapes = gpd.GeoDataFrame({"insee": ["01004", "01005"]}, geometry=HOMES.buffer(5)[:2], crs=HOMES.crs)
    with pytest.raises(InputError, match=r"zfill\(5\)"):
        access92.coverage(rows, by="insee", areas=shapes)
    whole = access92.coverage(rows, by="insee", areas=shapes.assign(insee=[1004, 1005]))
    assert whole["population"].tolist() == [5, 5, 10]
    with pytest.raises(InputError, match=r"areas\['insee'\] = areas\['insee'\].*zfill\(5\)"):  # those of areas lost it
        access92.coverage(rows.assign(insee=["01004", "01005"]), by="insee", areas=shapes.assign(insee=[1004, 1005]))
    with pytest.raises(InputError, match="ou donner toutes les zones"):
        access92.coverage(rows, by="insee", areas=shapes.iloc[:0])


def test_two_columns_of_one_name_are_refused_and_named(network: access92.Network) -> None:
    for name in ("demand_id", "population"):
        doubled = pd.concat([HOMES, HOMES[[name]]], axis=1)
        with pytest.raises(InputError, match=rf"même nom[\s\S]*origins, colonnes {name}"):
            access92.nearest(network, doubled, SERVICES)
        with pytest.raises(InputError, match=rf"même nom[\s\S]*reached, colonnes {name}"):
            access92.coverage(doubled.assign(travel_time_min=1.0), thresholds_min=1)


@pytest.mark.parametrize("areas", [HOMES.iloc[:0], HOMES.set_geometry([None] * 3, crs=2154), pd.DataFrame({"a": [1]})])
def test_areas_without_a_shape_are_refused_before_streets_are_read(areas: pd.DataFrame) -> None:
    with pytest.raises(InputError, match="zone"):
        access92.read_streets(__file__, areas=areas)


def test_a_home_far_from_any_street_is_not_reached_and_says_so(network: access92.Network) -> None:
    reached = access92.nearest(network, demand_at((0, 0), (40, 0)), SERVICES)
    assert reached["snap_m"].isna().tolist() == [False, True]
    counted = access92.coverage(reached, thresholds_min=[1, 30])
    assert counted["population_unsnapped"].tolist() == [10, 10]
    assert counted["population_covered"].tolist() == [0, 10]  # at exactly one minute nobody is covered


def test_nothing_that_came_in_is_changed(network: access92.Network) -> None:
    homes, services = HOMES.copy(), SERVICES.copy()
    access92.nearest(network, homes, services)
    access92.best_sites(network, homes, services, threshold_min=1.5, cell_m=20)
    pd.testing.assert_frame_equal(homes, HOMES)
    pd.testing.assert_frame_equal(services, SERVICES)


def test_a_mode_that_rides_or_is_unknown_is_refused() -> None:
    with pytest.raises(InputError, match="study_network"):
        access92.build_network(town(), mode="transit", cache_folder=False)
    with pytest.raises(InputError, match="walk"):
        access92.build_network(town(), mode="wolk", cache_folder=False)


def test_streets_in_degrees_are_measured_in_metres() -> None:
    in_degrees = access92.build_network(town().to_crs(4326), mode="walk", cache_folder=False)
    assert in_degrees.crs.to_epsg() == 2154
    minutes = access92.travel_time_matrix(in_degrees, HOMES, SERVICES).to_numpy()
    assert minutes.round(2).tolist() == [[1, 4], [2, 1], [1, 2]]
    with pytest.raises(InputError, match="CRS"):
        access92.build_network(town().set_crs(None, allow_override=True), mode="walk", cache_folder=False)


def test_what_is_kept_gives_the_same_bytes(tmp_path: object) -> None:
    cached = [access92.build_network(town(), mode="walk", cache_folder=tmp_path) for _ in range(2)]
    frames = [access92.travel_time_matrix(network, HOMES, SERVICES) for network in cached]
    pd.testing.assert_frame_equal(*frames)
    assert any("times" in path.name for path in tmp_path.iterdir())
