"""The contracts of tables: what a street, an identifier or a number may be, whoever brings it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from access92.errors import InputError
from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.sources.streets.geoparquet import write_streets
from access92.sources.streets.read import read_streets
from access92.study.schemas import AREAS, DEMAND, SERVICES, TableContract, check_table
from access92.study.street_checks import check_streets
from tests.sources.street_fixtures import STREET_FIXTURES
from tests.toy_town import CRS, town

Edit = Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]


def of_length(value: object) -> Edit:
    """The first two streets of that length."""

    def edit(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        lengths = streets["length_m"].astype(str if isinstance(value, str) else float)
        lengths.iloc[:2] = value
        return streets.assign(length_m=lengths)

    return edit


def drawn(value: object) -> Edit:
    return lambda streets: streets.set_geometry(
        gpd.GeoSeries([value, *streets.geometry.iloc[1:]], crs=streets.crs, index=streets.index)
    )


BAD_STREETS: dict[str, tuple[Edit, str]] = {
    "negative length": (of_length(-83.3), "length_m"),
    "zero length": (of_length(0.0), "supérieure à zéro"),
    "length NaN": (of_length(float("nan")), "length_m"),
    "infinite length": (of_length(float("inf")), "length_m"),
    "length in words": (of_length("83 m"), "length_m"),
    "true for a length": (lambda streets: streets.assign(length_m=True), "length_m"),
    "no geometry": (drawn(None), "(?i)tracé|géométries"),
    "empty geometry": (drawn(shapely.LineString()), "(?i)tracé|géométries"),
    "a point for a street": (drawn(shapely.Point(1, 1)), "LineString"),
    "half a node": (lambda streets: streets.assign(from_node=streets["from_node"] + 0.5), "nombre entier"),
    "node in words": (lambda streets: streets.assign(to_node=streets["to_node"].astype(str)), "to_node"),
    "speed limit below zero": (lambda streets: streets.assign(maxspeed_kmh=-30.0), "maxspeed_kmh"),
    "speed limit of zero": (lambda streets: streets.assign(maxspeed_kmh=0.0), "maxspeed_kmh"),
    "speed limit in words": (lambda streets: streets.assign(maxspeed_kmh="30 km/h"), "maxspeed_kmh"),
}
BAD_DRAWINGS: dict[str, tuple[Edit, str]] = {
    "kilometres for metres": (lambda streets: streets.assign(length_m=streets["length_m"] / 1000), "plus courte"),
    "one node at two places": (
        lambda streets: streets.assign(to_node=streets["to_node"].where(streets["edge_id"] != "h23", 7)),
        "à deux endroits",
    ),
    "drawn against its nodes": (
        lambda streets: streets.assign(from_node=streets["to_node"], to_node=streets["from_node"]).where(
            streets["edge_id"] == "h12", streets
        ),
        "à deux endroits",
    ),
}


@pytest.mark.parametrize("name", [*BAD_STREETS, *BAD_DRAWINGS])
def test_a_street_that_cannot_be_is_refused_from_a_geoparquet_file(name: str, tmp_path: Path) -> None:
    edit, words = {**BAD_STREETS, **BAD_DRAWINGS}[name]
    bad = gpd.GeoDataFrame(edit(town()), geometry="geometry", crs=CRS)
    file = tmp_path / "rues.parquet"
    bad.to_parquet(file)
    with pytest.raises(InputError, match=words) as refusal:
        read_streets(file, extent=None, crs=2154)
    assert all("rues.parquet" in fault.where and fault.fix for fault in refusal.value.faults)
    with pytest.raises(InputError, match=words):
        write_streets(bad, tmp_path / "other.parquet", metadata={})


@pytest.mark.parametrize("name", BAD_STREETS)
def test_a_street_that_cannot_be_is_refused_from_a_program(name: str) -> None:
    edit, words = BAD_STREETS[name]
    with pytest.raises(InputError, match=words):
        build_network(gpd.GeoDataFrame(edit(town()), geometry="geometry", crs=CRS), read_modes()["walk"])


def test_two_streets_of_negative_length_no_longer_bring_anybody_there_in_no_time() -> None:
    with pytest.raises(InputError, match=r"rues h12, h23, longueurs -83\.3, -83\.3"):
        build_network(of_length(-83.3)(town()), read_modes()["walk"])


def test_the_streets_of_the_town_and_of_an_osm_file_keep_the_whole_contract() -> None:
    assert len(check_streets(town(), where="town")) == 12
    crossing = read_streets(STREET_FIXTURES / "crossing.osm", extent=None, crs=2154).streets
    assert check_streets(crossing, where="crossing.osm") is crossing
    assert len(check_streets(crossing.to_crs(3857), where="in Web Mercator")) == len(crossing)


def test_lengths_of_a_graphml_are_measured_on_its_geometry_and_a_wrong_one_is_told(tmp_path: Path) -> None:
    right = STREET_FIXTURES / "directed.graphml"
    stated = '<data key="d7">-83.3</data></edge>'
    file = tmp_path / "directed.graphml"
    file.write_text(right.read_text(encoding="utf-8").replace("</edge>", stated), encoding="utf-8")
    read, good = (read_streets(path, extent=None, crs=2154) for path in (file, right))
    assert read.streets.equals(good.streets)
    assert len(good.notices) == 1
    assert "6 longueurs écrites dans le fichier (length) sont nulles, négatives ou illisibles" in read.notices[1]


def test_true_and_false_of_osmnx_are_directions_in_a_geoparquet_too(tmp_path: Path) -> None:
    streets = town().assign(oneway=[True] + [False] * 11)
    streets.to_parquet(tmp_path / "rues.parquet")
    read = read_streets(tmp_path / "rues.parquet", extent=None, crs=2154).streets
    assert read["oneway"].tolist() == ["yes"] + ["no"] * 11


def areas(*ids: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"area_id": list(ids), "name": "x"},
        geometry=[shapely.box(at, 0, at + 1, 1) for at in range(len(ids))],
        crs=2154,
    )


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (("total", "92002"), "réservée"),
        ((" Total ", "92002"), "réservée"),
        (("tot\u00adal", "92002"), "réservée"),
        (("\uff34ot\u200bal", "92002"), "réservée"),
        (("iris\u200b a", "iris a"), "espaces ou des majuscules"),
        (("", "92002"), "est vide"),
        (("  ", "92002"), "est vide"),
        ((None, "92002"), "valeurs vides"),
        (("92002", "92002"), "pas unique"),
        (("iris a", "IRIS A"), "espaces ou des majuscules"),
        (("a  b", "a b"), "espaces ou des majuscules"),
    ],
)
def test_an_identifier_is_there_unique_ours_to_give_and_not_the_like_of_another(
    ids: tuple[object, ...], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        check_table(areas(*ids), AREAS, where="zones.geojson")


def test_identifiers_of_people_may_differ_by_capitals_for_no_study_writes_them() -> None:
    points = gpd.GeoDataFrame(
        {"demand_id": ["a", "A"], "area_id": "92002", "population": 1.0},
        geometry=gpd.points_from_xy([0, 1], [0, 1]),
        crs=2154,
    )
    assert len(check_table(points, DEMAND, where="gens.csv")) == 2


@pytest.mark.parametrize("contract", [AREAS, DEMAND, SERVICES], ids=lambda contract: contract.title)
def test_coordinates_that_are_not_finite_are_refused_in_every_table(contract: TableContract) -> None:
    line = shapely.LineString([(0, 0), (np.inf, 0)]) if contract is AREAS else shapely.Point(np.inf, 0)
    table = gpd.GeoDataFrame(
        {name: ["1"] if kind == "text" else [1.0] for name, kind in contract.required.items()},
        geometry=[line],
        crs=2154,
    )
    with pytest.raises(InputError, match="nombres finis"):
        check_table(table, contract, where="table.gpkg")
