"""The QGIS project: what it opens, how, and what it shows first; its structure is that of the QGIS documentation."""

from __future__ import annotations

import re
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from access92.outputs.layout import file_in
from access92.outputs.tables.qgis_layers import services_style, supposed_services
from access92.outputs.tables.qgis_project import PROJECT, write_project
from access92.outputs.tables.qgis_styles import sld
from access92.run.results import Results


@pytest.fixture(scope="module")
def project(changed_folder: Path) -> ET.Element:
    with zipfile.ZipFile(file_in(changed_folder, PROJECT)) as archive:
        assert archive.namelist() == ["projet.qgs"]
        return ET.fromstring(archive.read("projet.qgs"))  # noqa: S314 - written here


def test_every_layer_is_one_of_the_geopackage_beside_it_by_a_relative_path(
    project: ET.Element, changed_folder: Path
) -> None:
    with closing(sqlite3.connect(file_in(changed_folder, "results.gpkg"))) as base:
        there = {
            row[0]: row[1] for row in base.execute("SELECT table_name, geometry_type_name FROM gpkg_geometry_columns")
        }
        columns = {name: {row[1] for row in base.execute(f'PRAGMA table_info("{name}")')} for name in there}
    for layer in project.iter("maplayer"):
        source = layer.findtext("datasource")
        assert source is not None
        path, _, name = source.partition("|layername=")
        assert path == "./results.gpkg"
        assert str(layer.get("wkbType")).upper() == there[name]
        # what the style asks of the layer is there
        for rule in layer.iter("rule"):
            for column in re.findall(r'"([^"]+)"', rule.get("filter") or ""):
                assert column in columns[name], column
        assert {item.get("field") for item in layer.iter("alias")} <= columns[name] | {"geometry"}
    assert project.findtext("properties/Paths/Absolute") == "false"


def test_the_tree_the_layers_and_the_order_name_the_same_layers_once(project: ET.Element) -> None:
    tree = [item.get("id") for item in project.iter("layer-tree-layer")]
    assert len(set(tree)) == len(tree) > 8
    assert [item.findtext("id") for item in project.iter("maplayer")] == tree
    assert [item.get("id") for item in project.iter("layer") if item.get("id")] == tree


def test_it_opens_in_lambert_93_on_the_study_area(project: ET.Element, changed: Results) -> None:
    assert project.findtext("projectCrs/spatialrefsys/authid") == "EPSG:2154"
    # without it QGIS opens a project that has no projection at all
    assert project.findtext("properties/SpatialRefSys/ProjectionsEnabled") == "1"
    assert project.findtext("mapcanvas/destinationsrs/spatialrefsys/authid") == "EPSG:2154"
    assert {item.findtext("srs/spatialrefsys/authid") for item in project.iter("maplayer")} == {"EPSG:4326"}
    west, south, east, north = (
        float(project.findtext(f"mapcanvas/extent/{side}") or "nan") for side in ("xmin", "ymin", "xmax", "ymax")
    )
    bounds = changed.areas.total_bounds
    assert west < bounds[0] < bounds[2] < east
    assert south < bounds[1] < bounds[3] < north


def test_only_the_reference_scenario_is_shown_when_it_opens(project: ET.Element, changed: Results) -> None:
    groups = project.findall("layer-tree-group/layer-tree-group")
    first = changed.scenarios[0]
    assert groups[0].get("name") == f"{first.title} (référence)"
    shown = [item.get("name") for item in groups if item.get("checked") == "Qt::Checked"]
    assert shown in ([groups[0].get("name"), "Fond"], [groups[0].get("name")])
    styles = {layer.findtext("id"): ET.tostring(layer, encoding="unicode") for layer in project.iter("maplayer")}
    for item in groups[0].findall("layer-tree-layer"):
        if item.get("checked") == "Qt::Checked" and "demand" in str(item.get("id")):
            assert f"min_{first.name}_walk" in styles[item.get("id")]


def test_services_that_a_scenario_supposes_are_dashed_outlines_and_no_other(changed: Results) -> None:
    assert supposed_services(changed) == ("S10", "S2@demenage")
    assert supposed_services(changed, changed.scenarios[0].name) == ()
    style = services_style(changed)
    hollow = [rule for rule in style.rules if rule.is_hollow]
    assert hollow
    assert all(("service_id", "in", supposed_services(changed)) in rule.conditions for rule in hollow)
    assert all(
        ("service_id", "not in", supposed_services(changed)) in rule.conditions
        for rule in style.rules
        if not rule.is_hollow
    )
    assert not any(rule.is_hollow for rule in services_style(changed, changed.scenarios[0].name).rules)
    ET.fromstring(sld(style))  # noqa: S314 - written here


def test_a_supposed_service_is_drawn_dashed_in_the_project(project: ET.Element) -> None:
    markers = [
        {option.get("name"): option.get("value") for option in layer.iter("Option")}
        for layer in project.iter("layer")
        if layer.get("class") == "SimpleMarker"
    ]
    assert {item["outline_style"] for item in markers} == {"solid", "dash"}


def test_no_clock_of_the_machine_is_in_it(changed: Results, changed_folder: Path, tmp_path: Path) -> None:
    path = write_project(changed, tmp_path)
    assert path.read_bytes() == (file_in(changed_folder, PROJECT)).read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
