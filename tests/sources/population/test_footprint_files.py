"""Files of footprints, each form as its publisher writes it, made here; and those that are refused."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from access92.errors import InputError
from access92.sources.population.footprint_files import read_footprint_file
from tests.sources.table_studies import LAMBERT, X0, Y0

WEST_EAST = [shapely.box(X0 + x, Y0, X0 + x + 10, Y0 + 20) for x in range(0, 800, 20)]


def frame(**columns: list[object]) -> gpd.GeoDataFrame:
    count = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(columns, geometry=WEST_EAST[:count], crs=LAMBERT)


def bdtopo(names: tuple[str, ...]) -> gpd.GeoDataFrame:
    """BD TOPO: a house, flats above a shop, a shop, a church, a carport, a building site, a shop with dwellings."""
    rows = [
        ("B1", "Indifférenciée", "Résidentiel", "", "Non", "En service", 1, 2, 6.2),
        ("B2", "Indifférenciée", "Commercial et services", "Résidentiel", "Non", "En service", None, None, 12.0),
        ("B3", "Industriel, agricole ou commercial", "Commercial et services", "", "Non", "En service", 0, 1, 5.0),
        ("B4", "Eglise", "Indifférencié", "", "Non", "En service", None, None, 20.0),
        ("B5", "Indifférenciée", "Indifférencié", "", "Oui", "En service", None, None, 2.5),
        ("B6", "Indifférenciée", "Résidentiel", "", "Non", "En construction", None, None, None),
        ("B7", "Indifférenciée", "Commercial et services", "", "Non", "En service", 8, 5, 15.0),
    ]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=list(names)), geometry=WEST_EAST[:7], crs=LAMBERT)


GPKG_NAMES = (
    "cleabs", "nature", "usage_1", "usage_2", "construction_legere", "etat_de_l_objet", "nombre_de_logements",
    "nombre_d_etages", "hauteur",
)  # fmt: skip
SHP_NAMES = ("ID", "NATURE", "USAGE1", "USAGE2", "LEGER", "ETAT", "NB_LOGTS", "NB_ETAGES", "HAUTEUR")


@pytest.mark.parametrize(
    ("names", "file_name"),
    [
        (GPKG_NAMES, "bdtopo.gpkg"),
        (SHP_NAMES, "BATIMENT.shp"),
        (GPKG_NAMES, "bdtopo.parquet"),
        (SHP_NAMES, "b.geojson"),
    ],
)
def test_bd_topo_is_read_under_both_sets_of_names(names: tuple[str, ...], file_name: str, tmp_path: Path) -> None:
    file = tmp_path / file_name
    rows = bdtopo(names)
    if file.suffix == ".parquet":
        rows.to_parquet(file)
    else:
        (rows.to_crs(4326) if file.suffix == ".geojson" else rows).to_file(file)
    read, notices = read_footprint_file(file, where=file_name, crs=LAMBERT)
    assert read.source == "bâtiments de la BD TOPO"
    assert read.table["left_out"].tolist() == ["", "", "work", "worship", "annex", "unfinished", ""]
    np.testing.assert_equal(read.table["dwellings"].tolist(), [1, np.nan, 0, np.nan, np.nan, np.nan, 8])
    np.testing.assert_equal(read.table["levels"].tolist(), [2, np.nan, 1, np.nan, np.nan, np.nan, 5])
    np.testing.assert_allclose(read.table["height_m"].iloc[[0, 1]], [6.2, 12.0])
    np.testing.assert_allclose(read.table.area, 200, rtol=1e-4)
    assert notices == ()


def test_the_layer_of_buildings_is_found_among_the_others(tmp_path: Path) -> None:
    file = tmp_path / "BDT_3-4_GPKG_LAMB93_D092.gpkg"
    gpd.GeoDataFrame({"nature": ["Lac"]}, geometry=WEST_EAST[:1], crs=LAMBERT).to_file(file, layer="plan_d_eau")
    bdtopo(GPKG_NAMES).to_file(file, layer="batiment")
    assert len(read_footprint_file(file, where="b.gpkg", crs=LAMBERT)[0].table) == 7


@pytest.mark.parametrize("prefix", ["", "ffo_bat_"])
def test_bdnb_is_read_with_and_without_the_prefixes_of_its_sources(prefix: str, tmp_path: Path) -> None:
    file = tmp_path / "bdnb.gpkg"
    columns = {
        "batiment_groupe_id": ["g1", "g2", "g3", "g4"], "rnb_id": ["a", "b", "c", "d"],
        f"{prefix}nb_log": [12, None, None, 2],
        f"{prefix}nb_niveau": [4, 1, 2, 3], f"{'bdtopo_bat_' if prefix else ''}hauteur_mean": [12, 4, 6, 9],
    }  # fmt: skip
    usage = "ffo_bat_usage_niveau_1_txt" if prefix else "usage_principal_bdnb_open"
    columns[usage] = ["Résidentiel collectif", "Tertiaire", "Dépendance", "Tertiaire"]
    frame(**columns).to_file(file, layer="batiment_groupe_compile")
    read, _ = read_footprint_file(file, where="bdnb.gpkg", crs=LAMBERT)
    assert read.source == "bâtiments de la BDNB"
    assert read.table["left_out"].tolist() == ["", "work", "annex", ""]
    np.testing.assert_equal(read.table["dwellings"].tolist(), [12, np.nan, np.nan, 2])
    assert read.table["levels"].tolist() == [4, 1, 2, 3]
    assert read.table["height_m"].tolist() == [12, 4, 6, 9]


RNB = """rnb_id;point;shape;status;ext_ids;addresses;plots;validated_by
A1;"SRID=4326;POINT(2.2 48.8)";"SRID=4326;MULTIPOLYGON(((2.2 48.8,2.2002 48.8,2.2 48.8002,2.2 48.8)))";constructed;;;;
A2;"SRID=4326;POINT(2.3 48.8)";"SRID=4326;POINT(2.3 48.8)";constructed;[];[];;
A3;"SRID=4326;POINT(2.2 48.9)";"SRID=4326;POLYGON((2.2 48.9,2.2002 48.9,2.2002 48.9002,2.2 48.9))";demolished;[];[];;
"""


def test_the_export_of_the_rnb_is_read_and_its_buildings_without_outline_are_told(tmp_path: Path) -> None:
    file = tmp_path / "RNB_92.csv"
    file.write_text(RNB, encoding="utf-8")
    read, notices = read_footprint_file(file, where="RNB_92.csv", crs=LAMBERT)
    assert read.source == "bâtiments du RNB"
    assert read.table["left_out"].tolist() == ["", "unfinished"]
    assert notices == ("1 bâtiments sur 3 n'ont pas d'emprise (RNB_92.csv).",)
    west = read.table.to_crs(4326).total_bounds[0]
    assert west == pytest.approx(2.2, abs=1e-6)


def test_the_rnb_as_geoparquet_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "rnb.parquet"
    frame(rnb_id=["A", "B"], status=["constructed", "ongoingConstruction"]).to_parquet(file)
    read, _ = read_footprint_file(file, where="rnb.parquet", crs=LAMBERT)
    assert read.table["left_out"].tolist() == ["", "unfinished"]


def test_columns_of_openstreetmap_tags_are_read_as_its_tags(tmp_path: Path) -> None:
    file = tmp_path / "osm.gpkg"
    frame(building=["yes", "school", "apartments"], building_levels=["3", "", "7"], shop=["", "", "bakery"]).to_file(
        file
    )
    read, _ = read_footprint_file(file, where="osm.gpkg", crs=LAMBERT)
    assert read.table["left_out"].tolist() == ["", "education", ""]
    np.testing.assert_equal(read.table["levels"].tolist(), [3, np.nan, 7])
    assert read.table["kind"].tolist() == ["yes", "school", "apartments"]


@pytest.mark.parametrize("crs", [4326, 3857, 32631])
def test_a_file_in_another_crs_lands_at_the_same_place(crs: int, tmp_path: Path) -> None:
    file = tmp_path / "b.gpkg"
    frame(rnb_id=["A"], status=[""]).to_crs(crs).to_file(file)
    read, _ = read_footprint_file(file, where="b.gpkg", crs=CRS(LAMBERT))
    assert shapely.hausdorff_distance(read.table.geometry.iloc[0], WEST_EAST[0]) < 0.01


def test_a_file_without_polygons_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "points.gpkg"
    gpd.GeoDataFrame({"rnb_id": ["A"]}, geometry=[shapely.Point(X0, Y0)], crs=LAMBERT).to_file(file)
    with pytest.raises(InputError, match="n'a pas de polygones"):
        read_footprint_file(file, where="points.gpkg", crs=LAMBERT)


def test_columns_of_no_known_form_are_refused_and_listed(tmp_path: Path) -> None:
    file = tmp_path / "b.gpkg"
    frame(identifiant=["A"], surface=[12.0]).to_file(file)
    with pytest.raises(InputError, match=r"(?s)d'aucune forme connue.*identifiant, surface"):
        read_footprint_file(file, where="b.gpkg", crs=LAMBERT)


def test_a_table_without_any_geometry_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "b.csv"
    file.write_text("rnb_id;status\nA;constructed\n", encoding="utf-8")
    with pytest.raises(InputError, match="n'a pas de géométrie"):
        read_footprint_file(file, where="b.csv", crs=LAMBERT)


def test_outlines_that_are_no_geometry_are_refused_by_their_line(tmp_path: Path) -> None:
    file = tmp_path / "RNB_92.csv"
    file.write_text(RNB.replace("MULTIPOLYGON(((2.2 48.8", "MULTIPOLYGON(((2.2"), encoding="utf-8")
    with pytest.raises(InputError, match=r"(?s)emprises illisibles.*lignes 2"):
        read_footprint_file(file, where="RNB_92.csv", crs=LAMBERT)


def test_a_number_of_dwellings_that_is_none_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "b.gpkg"
    frame(NATURE=["Indifférenciée"], USAGE1=["Résidentiel"], NB_LOGTS=["beaucoup"]).to_file(file)
    with pytest.raises(InputError, match="doit porter des nombres"):
        read_footprint_file(file, where="b.gpkg", crs=LAMBERT)
