"""The GeoPackage and the project as the real QGIS opens them (skipped, with its reason, where there is no QGIS)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from access92.outputs.layout import GEOPACKAGE, file_in
from access92.outputs.palette import time_classes
from access92.outputs.tables.qgis_project import PROJECT
from access92.run.results import Results

READING = Path(__file__).with_name("qgis_reading.py")


def told_by_qgis(path: Path) -> dict[str, Any]:
    """What ``qgis_reading`` tells of a file; skips where there is no QGIS."""
    python = shutil.which("python3", path=os.pathsep.join(("/usr/bin", "/usr/local/bin")))
    quiet = {
        "QT_QPA_PLATFORM": "offscreen", "PATH": os.defpath, "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8",
    }  # fmt: skip
    if (
        python is None
        or subprocess.run([python, "-c", "import qgis.core"], capture_output=True, env=quiet, check=False).returncode
    ):
        pytest.skip("QGIS (Debian: python3-qgis) is not on this machine")
    command = [python, str(READING), str(path)]
    shown = subprocess.run(command, capture_output=True, text=True, env=quiet, check=True, timeout=120)
    return dict(json.loads(shown.stdout.splitlines()[-1]))


@pytest.fixture(scope="module")
def told(run_folder: Path) -> dict[str, dict[str, Any]]:
    return told_by_qgis(file_in(run_folder, GEOPACKAGE))


def test_the_project_opens_in_lambert_93_on_the_study_area_with_the_reference_shown(
    run_folder: Path, results: Results
) -> None:
    project = told_by_qgis(file_in(run_folder, PROJECT))
    assert project["opened"]
    assert project["title"] == results.study.title
    assert project["crs"] == project["view_crs"] == "EPSG:2154"
    west, south, east, north = results.areas.total_bounds
    view_west, view_south, view_east, view_north = project["view"]
    assert view_west < west < east < view_east
    assert view_south < south < north < view_north
    assert all(item["valid"] and item["drawn"] == "RuleRenderer" for item in project["layers"])
    shown = [item for item in project["layers"] if item["shown"]]
    assert {item["group"] for item in shown} == {f"{results.scenarios[0].title} (référence)", "Fond"}
    assert all(item["features"] for item in shown)


@pytest.mark.slow
def test_qgis_opens_every_layer_in_its_default_style(told: dict[str, dict[str, Any]], results: Results) -> None:
    assert all(layer["valid"] and layer["features"] for layer in told.values())
    assert all(layer["classes"] for layer in told.values())
    assert told["services"]["labels"]
    assert told["areas"]["labels"]
    assert told["demand"]["styles"] == len(results.access_records)


def test_qgis_understands_every_expression_of_the_styles(told: dict[str, dict[str, Any]]) -> None:
    assert not [text for layer in told.values() for text in layer["wrong"]]


def test_qgis_calls_every_field_by_its_french_name(told: dict[str, dict[str, Any]]) -> None:
    for layer in told.values():
        assert all(layer["aliases"].values())
    assert told["demand"]["aliases"]["age_65_plus"] == "Habitants, 65 ans et plus"


def test_the_people_in_the_classes_of_qgis_are_those_of_the_coverage_table(
    told: dict[str, dict[str, Any]], results: Results
) -> None:
    analysis = results.study.analysis
    classes = time_classes(analysis.thresholds_min, headline_min=20, cutoff_min=analysis.cutoff_min)
    covered = sum(n for n, item in zip(told["demand"]["people"], classes, strict=True) if item.is_covered)
    table = results.coverage.set_index(["scenario", "mode", "rule", "area_id", "threshold_min"])
    assert covered == table.loc[("aujourdhui", "walk", "any", "total", 20.0), "population_covered"]
    assert sum(told["demand"]["people"]) == results.demand["population"].sum()
