"""One table from every format; the extent; every bad file refused in French, with what, where and how to mend."""

from __future__ import annotations

import bz2
import gzip
import shutil
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import shapely

from access92.errors import InputError
from access92.sources.streets.read import read_streets
from access92.study.schemas import STREETS, check_table
from tests.sources.street_fixtures import NANTERRE, STREET_FIXTURES

CROSSING = STREET_FIXTURES / "crossing.osm"


@pytest.fixture
def crossing() -> gpd.GeoDataFrame:
    return read_streets(CROSSING, extent=None, crs=2154).streets


def in_format(ending: str, folder: Path) -> Path:
    """The crossing in another format of OSM."""
    file = folder / f"crossing{ending}"
    if ending == ".osm.gz":
        file.write_bytes(gzip.compress(CROSSING.read_bytes()))
    elif ending == ".osm.bz2":
        file.write_bytes(bz2.compress(CROSSING.read_bytes()))
    else:
        writer = osmium.SimpleWriter(str(file))
        for thing in osmium.FileProcessor(str(CROSSING)):
            writer.add(thing)
        writer.close()
    return file


def test_the_streets_of_an_osm_file_are_cut_and_described(crossing: gpd.GeoDataFrame) -> None:
    check_table(crossing, STREETS, where="crossing")
    rows = (
        crossing[["edge_id", "from_node", "to_node", "highway", "oneway", "access"]].astype(object).to_numpy().tolist()
    )
    assert rows == [
        ["w10-0", 1, 2, "residential", "yes", ""],
        ["w10-1", 2, 3, "residential", "yes", ""],
        ["w11-0", 4, 2, "footway", "", ""],
        ["w11-1", 2, 5, "footway", "", ""],
        ["w12-0", 6, 6, "residential", "", ""],
        ["w14-0", 9, 10, "service", "", "private"],
        ["w15-0", 5, 13, "path", "", ""],
    ]
    assert crossing["maxspeed_kmh"].fillna(0).tolist() == [30, 30, 0, 0, 50, 0, 0]
    assert crossing["length_m"].iloc[0] == pytest.approx(73.3, abs=0.1)
    assert crossing.crs == "EPSG:2154"
    assert crossing.length.to_numpy() == pytest.approx(crossing["length_m"].to_numpy(), rel=1e-3)


@pytest.mark.parametrize("ending", [".osm.gz", ".osm.bz2", ".osm.pbf", ".OSM.PBF"])
def test_every_osm_format_gives_the_same_table(ending: str, tmp_path: Path, crossing: gpd.GeoDataFrame) -> None:
    file = in_format(ending.lower(), tmp_path)
    file = file.rename(tmp_path / f"crossing{ending}") if ending != ending.lower() else file
    assert read_streets(file, extent=None, crs=2154).streets.equals(crossing)


def test_an_overpass_answer_gives_the_same_table(crossing: gpd.GeoDataFrame) -> None:
    assert read_streets(STREET_FIXTURES / "crossing_overpass.json", extent=None, crs=2154).streets.equals(crossing)


def test_only_streets_that_touch_the_extent_are_kept_whole(crossing: gpd.GeoDataFrame) -> None:
    extent = shapely.box(2.1999, 48.8899, 2.2005, 48.8901)
    streets = read_streets(CROSSING, extent=extent, crs=2154).streets
    assert streets["edge_id"].tolist() == ["w10-0"]  # w11, which cuts w10 at node 2, lies outside
    assert streets.geometry.iloc[0].equals(crossing.geometry.iloc[0])


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    read_streets(CROSSING, extent=None, crs=2154, on_progress=lambda done, total: told.append((done, total)))
    assert told == [(5, 0)]
    assert not list(tmp_path.iterdir())


FAULTS = {
    "does_not_exist.osm": "introuvable",
    "truncated.osm": "tronqué",
    "truncated.osm.pbf": "tronqué",
    "not_a.osm.pbf": "tronqué ou n'est pas au format",
    "truncated_overpass.json": "tronquée",
    "not_overpass.json": "pas une réponse Overpass",
    "server_error_overpass.json": "le serveur s'est arrêté en route",
    "malformed_way_overpass.json": "mal formé",
    "empty_overpass.json": "aucune rue",
    "without_nodes_overpass.json": "pas les positions",
    "truncated.graphml": "GraphML est tronqué",
    "without_coordinates.graphml": "coordonnées x et y",
    "without_crs.graphml": "(CRS) du GraphML est inconnu",
    "unreadable_crs.graphml": "(CRS) du GraphML est illisible",
    "not_a_geoparquet.parquet": "pas un GeoParquet",
    "unknown_format.shp": "format du fichier de rues n'est pas reconnu",
    "no_street.osm": "aucune rue",
    "swapped_lon_lat.osm": "longitude et latitude semblent inversées",
}


@pytest.mark.parametrize(("name", "message"), FAULTS.items())
def test_a_bad_file_is_refused_with_what_where_and_how_to_mend(name: str, message: str) -> None:
    with pytest.raises(InputError, match="Remède") as caught:
        read_streets(STREET_FIXTURES / name, extent=NANTERRE, crs=2154)
    (fault,) = caught.value.faults
    assert message in fault.what
    assert name in fault.where
    assert fault.fix.endswith(".") or fault.fix.endswith("geoparquet.")
    assert caught.value.exit_code == 3


def test_an_extent_elsewhere_is_said_to_be_without_streets() -> None:
    with pytest.raises(InputError, match="sans rues : le fichier n'en contient aucune") as caught:
        read_streets(CROSSING, extent=shapely.box(5, 45, 6, 46), crs=2154)
    assert "longitudes 2,200 à 2,205" in caught.value.faults[0].where


def test_an_extent_with_swapped_coordinates_is_said_to_be_swapped() -> None:
    with pytest.raises(InputError, match="inversées"):
        read_streets(CROSSING, extent=shapely.box(48.88, 2.19, 48.90, 2.21), crs=2154)


def test_a_refused_file_leaves_nothing_in_the_cache(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_streets(STREET_FIXTURES / "truncated.osm", extent=None, crs=2154, cache_folder=tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_folder_is_not_taken_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "streets.osm").mkdir()
    with pytest.raises(InputError, match="introuvable"):
        read_streets(tmp_path / "streets.osm", extent=None, crs=2154)


def test_a_file_is_not_changed_by_reading_it(tmp_path: Path) -> None:
    copy = Path(shutil.copy(CROSSING, tmp_path))
    read_streets(copy, extent=None, crs=2154)
    assert copy.read_bytes() == CROSSING.read_bytes()
    assert [file.name for file in tmp_path.iterdir()] == ["crossing.osm"]
