"""The reader of areas: ids, legal population, projection, and refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from access92.errors import InputError
from access92.sources.areas import choose_crs, read_areas
from access92.study.read import read_study
from tests.sources.table_studies import SHIPPED_STUDY, TABLES, make_study


def areas_of(file: str, **more: Any) -> gpd.GeoDataFrame:
    return read_areas(make_study(areas={"file": file, **more}))


def test_areas_come_sorted_by_id_whatever_the_order_of_the_file() -> None:
    assert areas_of("areas_good.geojson")["area_id"].tolist() == ["01001", "01002"]


def test_ids_keep_their_leading_zeros_and_find_their_legal_population() -> None:
    areas = areas_of("areas_good.geojson", population_file="legal_good.csv")
    assert areas.set_index("area_id")["population"].to_dict() == {"01001": 30.0, "01002": 20.0}


def test_without_a_population_file_there_is_no_legal_population() -> None:
    assert "population" not in areas_of("areas_good.geojson").columns


def test_the_shipped_study_has_36_communes_and_1654712_inhabitants() -> None:
    areas = read_areas(read_study(SHIPPED_STUDY))
    assert len(areas) == 36
    assert areas["population"].sum() == 1_654_712
    assert areas.crs.to_epsg() == 2154


@pytest.mark.parametrize(
    ("box", "epsg"),
    [
        ((2.15, 48.73, 2.34, 48.95), 2154),  # Hauts-de-Seine
        ((-8.7, 41.1, -8.5, 41.2), 32629),  # Porto
        ((-0.2, 51.4, 0.0, 51.6), 32630),  # London
        ((9.0, 42.0, 9.2, 42.3), 2154),  # Corsica
        ((55.4, -21.0, 55.6, -20.8), 32740),  # La Réunion
    ],
)
def test_lengths_are_measured_in_lambert_93_in_metropolitan_france_and_in_utm_elsewhere(
    box: tuple[float, float, float, float],
    epsg: int,
) -> None:
    assert choose_crs(gpd.GeoDataFrame(geometry=[shapely.box(*box)], crs=4326)).to_epsg() == epsg


def test_a_bow_tie_is_repaired_and_told() -> None:
    areas = areas_of("areas_bow_tie.geojson")
    assert areas.geometry.is_valid.all()
    assert areas.geometry.geom_type.item() == "MultiPolygon"
    assert "Papillon" in areas.attrs["notices"][0]


def test_a_file_that_declares_its_crs_is_projected_to_the_study_crs(tmp_path: Any) -> None:
    file = tmp_path / "areas.gpkg"
    read_areas(make_study()).rename(columns={"area_id": "insee"}).to_crs(3857).to_file(file)
    areas = areas_of(str(file))
    assert areas.crs.to_epsg() == 2154
    assert areas.geometry.geom_equals_exact(read_areas(make_study()).geometry, 0.01).all()


@pytest.mark.parametrize(
    ("file", "more", "words"),
    [
        ("nowhere.geojson", {}, "introuvable"),
        ("areas_truncated.geojson", {}, "illisible"),
        ("areas_no_crs.parquet", {}, "CRS"),
        ("areas_duplicate_ids.geojson", {}, "01001"),
        ("areas_of_lines.geojson", {}, "LineString"),
        ("areas_no_surface.geojson", {}, "Trait"),
        ("services_good.csv", {}, "polygones"),
        ("areas_good.geojson", {"id_column": "inse"}, "Vouliez-vous dire « insee » ?"),
        ("areas_good.geojson", {"name_column": "nom"}, "areas.name_column"),
        ("areas_good.geojson", {"population_file": "legal_area_missing.csv"}, "01002"),
        ("areas_good.geojson", {"population_file": "legal_area_twice.csv"}, "deux populations"),
        ("areas_good.geojson", {"population_file": "legal_negative.csv"}, "positifs"),
        ("areas_good.geojson", {"population_file": "legal_good.csv", "population_column": "pop"}, "insee, population"),
    ],
)
def test_bad_areas_are_refused_in_french(file: str, more: dict[str, str], words: str) -> None:
    with pytest.raises(InputError) as refused:
        areas_of(file, **more)
    assert words in str(refused.value)
    assert all(fault.what and fault.where and fault.fix for fault in refused.value.faults)


def test_the_fixtures_are_where_the_tests_look() -> None:
    assert (TABLES / "areas_good.geojson").is_file()


def test_a_legal_population_written_twice_for_another_area_changes_nothing(tmp_path: Path) -> None:
    legal = tmp_path / "legal.csv"
    legal.write_text("insee,population\n01001,30\n01002,20\n99,1\n99,2\n,4\n,5\n", encoding="utf-8")
    areas = areas_of("areas_good.geojson", population_file=str(legal))
    assert areas["population"].tolist() == [30.0, 20.0]


@pytest.mark.parametrize("written", ["1.250", "1.000", "12.5", '"1,25"'])
def test_a_legal_population_is_of_whole_persons(tmp_path: Path, written: str) -> None:
    legal = tmp_path / "legal.csv"
    legal.write_text(f"insee,population\n01001,{written}\n01002,2125\n99,1.5\n", encoding="utf-8")
    with pytest.raises(InputError, match="pas entières") as refused:
        areas_of("areas_good.geojson", population_file=str(legal))
    assert "1250 ou « 1 250 »" in str(refused.value)
    legal.write_text("insee,population\n01001,1250.0\n01002,2125\n99,1.5\n", encoding="utf-8")
    areas = areas_of("areas_good.geojson", population_file=str(legal))
    assert sorted(areas["population"]) == [1250, 2125]
