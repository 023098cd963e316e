"""The layers and the styles of the GeoPackage, read back as QGIS and GDAL read them."""

from __future__ import annotations

import re
import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest

from access92.measures.ledger import CHANGED_POINTS_COLUMNS
from access92.outputs.layout import file_in
from access92.outputs.palette import time_classes
from access92.outputs.tables.geopackage import isochrones_layer, write_geopackage
from access92.run.results import Results

LAYERS = {"services", "demand", "areas", "isochrones", "changes", "water"}


@pytest.fixture(scope="module")
def styles(run_folder: Path) -> pd.DataFrame:
    with closing(sqlite3.connect(file_in(run_folder, "results.gpkg"))) as connection:
        return pd.read_sql("SELECT * FROM layer_styles ORDER BY id", connection)


def test_the_geopackage_has_its_layers_and_opens_in_degrees(run_folder: Path, results: Results) -> None:
    path = file_in(run_folder, "results.gpkg")
    assert {name for name, _ in pyogrio.list_layers(path)} == {*LAYERS, "layer_styles"}
    demand = gpd.read_file(path, layer="demand")
    assert demand.crs == "EPSG:4326"
    assert len(demand) == len(results.demand)
    walk = results.access("aujourdhui", "walk").travel_time_min
    np.testing.assert_array_equal(demand["min_aujourdhui_walk"].to_numpy(np.float32), walk)


def test_the_geopackage_carries_no_clock_and_says_its_streets_are_a_demonstration(run_folder: Path) -> None:
    with closing(sqlite3.connect(file_in(run_folder, "results.gpkg"))) as connection:
        contents = connection.execute("SELECT DISTINCT last_change FROM gpkg_contents").fetchall()
        said = connection.execute("SELECT DISTINCT description FROM gpkg_contents WHERE srs_id = 4326").fetchall()
        styled = connection.execute("SELECT DISTINCT update_time FROM layer_styles").fetchall()
    assert contents == styled == [("2000-01-01T00:00:00.000Z",)]
    assert said == [("Rues de démonstration",)]


def test_a_isochrone_that_several_scenarios_share_is_one_row_that_names_them(results: Results) -> None:
    first = results.isochrones.iloc[[0]].assign(scenario="aujourdhui", rule="any", service_id="", mode="walk")
    twice = pd.concat([first, first.assign(scenario="sst-seuls"), first.assign(rule="sst")], ignore_index=True)
    layer = isochrones_layer(replace(results, isochrones=gpd.GeoDataFrame(twice, geometry="geometry", crs=first.crs)))
    assert list(layer["scenarios"]) == ["aujourdhui;sst-seuls", "aujourdhui"]
    assert list(layer["rule"]) == ["any", "sst"]


def test_no_isochrone_of_the_headline_mode_is_lost_by_writing_each_shape_once(
    run_folder: Path, results: Results
) -> None:
    layer = gpd.read_file(file_in(run_folder, "results.gpkg"), layer="isochrones")
    written = {
        (scenario, row.mode, row.rule, row.service_id, row.threshold_min)
        for row in layer.itertuples()
        for scenario in (row.scenarios or "").split(";")
    }
    table = results.isochrones
    assert written == set(
        zip(*(table[name] for name in ("scenario", "mode", "rule", "service_id", "threshold_min")), strict=True)
    )


def test_every_layer_has_exactly_one_default_style(styles: pd.DataFrame) -> None:
    assert styles.groupby("f_table_name")["useAsDefault"].sum().to_dict() == dict.fromkeys(LAYERS, 1)
    assert set(styles["f_geometry_column"]) == {"geom"}


def test_the_geometry_column_of_the_styles_is_that_of_the_layers(run_folder: Path) -> None:
    with closing(sqlite3.connect(file_in(run_folder, "results.gpkg"))) as connection:
        columns = connection.execute("SELECT DISTINCT column_name FROM gpkg_geometry_columns").fetchall()
    assert columns == [("geom",)]


def test_there_is_a_style_of_the_people_and_of_the_areas_for_each_scenario_and_mode(
    styles: pd.DataFrame, results: Results
) -> None:
    counted = styles["f_table_name"].value_counts()
    assert counted["demand"] == counted["areas"] == counted["isochrones"] == len(results.access_records)
    assert "Maillage d'aujourd'hui, à pied (adulte)" in set(styles["styleName"])


def test_every_style_is_well_formed_and_names_only_columns_that_the_layer_has(
    styles: pd.DataFrame, run_folder: Path
) -> None:
    columns = {
        name: set(pyogrio.read_info(file_in(run_folder, "results.gpkg"), layer=name)["fields"]) for name in LAYERS
    }
    for style in styles.itertuples():
        root = ET.fromstring(style.styleQML.split("\n", 1)[1])  # noqa: S314 - written by us
        rules = root.findall("renderer-v2/rules/rule")
        symbols = {symbol.get("name") for symbol in root.findall("renderer-v2/symbols/symbol")}
        assert rules
        assert {rule.get("symbol") for rule in rules} == symbols
        named = {word for rule in rules for word in re.findall(r'"([^"]+)"', rule.get("filter", ""))}
        assert named <= columns[style.f_table_name]
        aliases = {alias.get("field"): alias.get("name") for alias in root.findall("aliases/alias")}
        assert set(aliases) == columns[style.f_table_name]
        assert all(alias and alias != field for field, alias in aliases.items())
        sld = ET.fromstring(style.styleSLD.split("\n", 1)[1])  # noqa: S314 - written by us
        assert len(sld.findall(".//{http://www.opengis.net/se}Rule")) == len(rules)


def test_the_classes_of_the_style_hold_each_demand_point_once_and_count_as_the_tables_do(
    styles: pd.DataFrame, run_folder: Path, results: Results
) -> None:
    """The expressions of QGIS are read here as SQL, which agrees with them on comparisons and nulls."""
    style = styles[(styles["f_table_name"] == "demand") & (styles["useAsDefault"] == 1)].iloc[0]
    rules = ET.fromstring(style["styleQML"].split("\n", 1)[1]).findall("renderer-v2/rules/rule")  # noqa: S314 - written by us
    with closing(sqlite3.connect(file_in(run_folder, "results.gpkg"))) as connection:
        people = [
            connection.execute(f"SELECT sum(population) FROM demand WHERE {rule.get('filter')}").fetchone()[0] or 0  # noqa: S608
            for rule in rules
        ]
    analysis = results.study.analysis
    classes = time_classes(analysis.thresholds_min, headline_min=20, cutoff_min=analysis.cutoff_min)
    covered = sum(count for count, item in zip(people, classes, strict=True) if item.is_covered)
    table = results.coverage.set_index(["scenario", "mode", "rule", "area_id", "threshold_min"])
    assert sum(people) == results.demand["population"].sum()
    assert covered == table.loc[("aujourdhui", "walk", "any", "total", 20.0), "population_covered"]


def test_the_points_that_change_are_a_layer_in_degrees(changed_folder: Path, changed: Results) -> None:
    layer = gpd.read_file(file_in(changed_folder, "results.gpkg"), layer="changes")
    assert layer.crs == "EPSG:4326"
    assert [*layer.columns] == [
        *(name for name in CHANGED_POINTS_COLUMNS if name != "geometry"), "streets_origin", "geometry",
    ]  # fmt: skip
    assert len(layer) == len(changed.changes.changed) > 0
    assert set(layer["change"]) == {"gained", "lost", "faster", "slower"}


def test_a_run_of_one_scenario_has_no_layer_of_changes_and_no_style_of_it(tmp_path: Path, results: Results) -> None:
    alone = replace(results, changes=replace(results.changes, changed=results.changes.changed.iloc[:0]))
    path = write_geopackage(alone, tmp_path / "r.gpkg")
    assert "changes" not in {name for name, _ in pyogrio.list_layers(path)}
    with closing(sqlite3.connect(path)) as connection:
        styled = {row[0] for row in connection.execute("SELECT f_table_name FROM layer_styles")}
    assert styled == LAYERS - {"changes"}


def test_a_disk_that_refuses_is_told_as_the_system_would(results: Results, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="results"):
        write_geopackage(results, tmp_path / "absent" / "results.gpkg")
