"""The reader of services: one table from any file, and one clear refusal per fault."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from access92.errors import InputError
from access92.sources.areas import read_areas
from access92.sources.places import distance_to_box_km
from access92.sources.served_areas import SERVED_COLUMNS
from access92.sources.services import read_services
from access92.sources.tables import read_table
from access92.sources.visits import read_calendar
from access92.study.read import read_study
from access92.study.schemas import SERVICES
from tests.sources.table_studies import LAMBERT, SHIPPED_STUDY, make_study


def services_of(file: str | Path, *, near: bool = True) -> gpd.GeoDataFrame:
    study = make_study(services={"file": str(file)})
    return read_services(study, crs=LAMBERT, near=read_areas(study) if near else None)


def test_every_column_of_the_contract_is_there_with_its_type() -> None:
    services = services_of("services_good.csv")
    assert sorted(services.columns) == sorted([*SERVICES.required, *SERVICES.optional, "geometry", *SERVED_COLUMNS])
    assert services["status"].tolist() == ["open", "open"]
    assert services["note"].tolist() == ["", ""]
    assert services["valid_from"].isna().all()
    assert pd.api.types.is_datetime64_any_dtype(services["valid_to"])
    assert pd.api.types.is_float_dtype(services["position_uncertainty_m"])


def test_a_spreadsheet_saved_in_france_is_read() -> None:
    services = services_of("services_french_spreadsheet.csv")
    assert len(services) == 1
    assert services.to_crs(4326).geometry.x.item() == pytest.approx(2.25)


def test_the_shipped_services_are_108_rows_of_which_4_have_no_place() -> None:
    study = read_study(SHIPPED_STUDY)
    areas = read_areas(study)
    services = read_services(study, crs=areas.crs, near=areas)
    assert len(services) == 108
    assert services["service_id"].is_monotonic_increasing
    assert sorted(services.loc[services.geometry.isna(), "service_id"]) == [
        "PMI-REOPEN-2025", "POLE-BAGNEUX-PLANNED", "SST14-PLANNED", "SST7-ANNEX-PUTEAUX",
    ]  # fmt: skip


def test_each_located_service_lies_in_the_commune_it_names() -> None:
    study = read_study(SHIPPED_STUDY)
    areas = read_areas(study)
    services = read_services(study, crs=areas.crs, near=areas)
    located = services[services.geometry.notna()]
    communes = areas.set_index("area_id").geometry.loc[located["commune_insee"]]
    assert shapely.intersects(communes.to_numpy(), located.geometry.to_numpy()).all()


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet"])
def test_the_same_services_come_from_any_kind_of_file(ending: str, tmp_path: Path) -> None:
    wanted = services_of("services_good.csv")
    file = tmp_path / f"services.{ending}"
    places = wanted[["service_id", "name", "kind", "geometry"]].to_crs(4326 if ending == "geojson" else 3857)
    if ending == "parquet":
        places.to_parquet(file)
    else:
        places.to_file(file)
    found = services_of(file)
    pd.testing.assert_frame_equal(found.drop(columns="geometry"), wanted.drop(columns="geometry"))
    assert found.geometry.geom_equals_exact(wanted.geometry, 0.01).all()


def test_a_parquet_without_geometry_is_placed_by_its_lon_and_lat(tmp_path: Path) -> None:
    file = tmp_path / "services.parquet"
    pd.DataFrame(
        {"service_id": [7.0], "name": ["SST"], "kind": ["sst"], "lon": [2.25], "lat": [48.83]},
    ).to_parquet(file)
    services = services_of(file)
    assert services["service_id"].item() == "7"
    assert services.geometry.notna().all()


def test_a_multipoint_of_one_point_is_a_point(tmp_path: Path) -> None:
    file = tmp_path / "services.geojson"
    places = gpd.GeoDataFrame(
        {"service_id": ["A"], "name": ["SST"], "kind": ["sst"]},
        geometry=[shapely.MultiPoint([(2.2, 48.8)])],
        crs=4326,
    )
    places.to_file(file)
    assert services_of(file).geometry.geom_type.item() == "Point"


@pytest.mark.filterwarnings("ignore:'crs' was not provided:UserWarning")
def test_a_geopackage_without_a_crs_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "services_no_crs.gpkg"
    gpd.GeoDataFrame(
        {"service_id": ["A"], "name": ["SST"], "kind": ["sst"]},
        geometry=[shapely.Point(650_000, 6_860_000)],
    ).to_file(file)
    with pytest.raises(InputError, match="CRS"):
        services_of(file)


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("nowhere.csv", ["introuvable", "nowhere.csv"]),
        ("services_no_crs.parquet", ["CRS"]),
        ("services_truncated.parquet", ["illisible"]),
        ("services_swapped_lon_lat.csv", ["interverties", "S1", "SST Un"]),
        ("services_in_another_country.csv", ["200 km", "Centro de Saúde", "-8.6100"]),
        ("services_duplicate_ids.csv", ["pas unique", "S1"]),
        ("services_empty.csv", ["vide"]),
        ("services_no_bytes.csv", ["vide"]),
        ("services_unknown_kind.csv", ["« ssst »", "Vouliez-vous dire « sst » ?", "S1"]),
        ("services_unknown_also_kind.csv", ["« cssx »", "« css »"]),
        ("services_unknown_status.csv", ["« ouvert »", "open"]),
        ("services_text_coordinate.csv", ["« lon »", "ici", "lignes 2"]),
        ("services_half_a_position.csv", ["Une seule des deux"]),
        ("services_without_coordinates.csv", ["« lon » et « lat »"]),
        ("services_column_misspelt.csv", ["« name »", "namme"]),
        ("services_unreadable_date.csv", ["05/16/2023", "AAAA-MM-JJ"]),
        ("services_closed_before_open.csv", ["ferme avant", "S1"]),
        ("services_empty_id.csv", ["service_id", "vides"]),
        ("services_unclosed_quote.csv", ["guillemets", "ligne 2"]),
        ("services_more_values_than_headings.csv", ["plus de valeurs que de titres", "guillemets"]),
        ("services_in_metres_not_degrees.csv", ["pas des degrés", "S1"]),
    ],
)
def test_bad_services_are_refused_in_french(file: str, words: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        services_of(file)
    for word in words:
        assert word in str(refused.value)
    assert refused.value.exit_code == 3


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "services.csv"
    file.write_text("service_id,name,kind,lon,lat\nA,Un,ssst,2.2,48.8\nA,Deux,pmi,48.8,2.2\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        services_of(file)
    assert len(refused.value.faults) == 3


def test_faults_of_dates_and_numbers_name_the_heading_of_the_file(tmp_path: Path) -> None:
    file = tmp_path / "services.csv"
    head = "Libellé;Type;Longitude;Latitude;Date d'ouverture\n"
    file.write_text(f"{head}Un;sst;2,2;48,8;le 3\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"La colonne « Date d'ouverture » \(valid_from\) porte une date illisible"):
        services_of(file)
    file.write_text(f"{head}Un;sst;ici;48,8;\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"La colonne « Longitude » \(lon\) doit porter des nombres"):
        services_of(file)
    file.write_text("Unité;Lieu;Jour;Début;Fin;Longitude;lat\nA;B;lundi;10:00;25:00;;48,8\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_calendar(file, crs=LAMBERT)
    assert "deux coordonnées « Longitude » (lon) et « lat »" in str(refused.value)
    file.write_text("Unité;Lieu;Jour;Début;Fin;Longitude;lat\nA;B;lundi;10:00;25:00;2,2;48,8\n", encoding="utf-8")
    with pytest.raises(InputError) as refused:
        read_calendar(file, crs=LAMBERT)
    assert "« Jour » (date)" in str(refused.value)
    assert "« Fin » (end)" in str(refused.value)


def test_without_areas_only_places_off_the_globe_are_refused(tmp_path: Path) -> None:
    assert len(services_of("services_in_another_country.csv", near=False)) == 2
    file = tmp_path / "services.csv"
    file.write_text("service_id,name,kind,lon,lat\nA,Un,sst,2.2,148.8\n", encoding="utf-8")
    with pytest.raises(InputError, match="interverties"):
        services_of(file, near=False)


def test_distance_to_a_box_is_zero_inside_it_and_grows_outside() -> None:
    distances = distance_to_box_km(np.array([2.2, 2.2, -8.6]), np.array([48.8, 49.9, 41.15]), (2.1, 48.7, 2.3, 48.9))
    assert distances[0] == 0
    assert distances[1] == pytest.approx(111.2, abs=0.1)
    assert distances[2] > 1000


def test_bytes_of_a_parquet_column_are_text_or_are_refused_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "services.parquet"
    for content, readable in ((b"Maison", True), (b"a\xff", False)):
        table = gpd.GeoDataFrame({"name": [content]}, geometry=[shapely.Point(2.25, 48.82)], crs=4326)
        table.to_parquet(file)
        if readable:
            assert read_table(file, where="services.parquet")["name"].tolist() == ["Maison"]
        else:
            with pytest.raises(InputError, match="« name » porte des octets"):
                read_table(file, where="services.parquet")


def test_the_index_that_pandas_kept_in_a_parquet_file_is_a_column_and_may_hold_a_row_twice(tmp_path: Path) -> None:
    file = tmp_path / "services.parquet"
    rows = {"service_id": ["A", "B"], "name": ["A", "B"], "kind": ["sst", "sst"]}
    table = gpd.GeoDataFrame(rows, geometry=[shapely.Point(2.25, 48.82)] * 2, crs=4326)
    for index in ([7, 7], pd.Index(["x", "x"], name="code")):
        table.set_axis(index).to_parquet(file)
        assert read_table(file, where="services.parquet").index.tolist() == [0, 1]
        assert services_of(file, near=False)["service_id"].tolist() == ["A", "B"]
    table.set_index("service_id").to_parquet(file)
    assert services_of(file, near=False)["service_id"].tolist() == ["A", "B"]
