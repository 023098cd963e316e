"""The data dictionary holds for the files of a run: checked by the frictionless package, in its own process."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from access92.measures.sensitivity.order import RANKING_COLUMNS
from access92.outputs.layout import file_in, new_file_in
from access92.outputs.tables.data_package import data_package
from access92.outputs.tables.files import csv_tables
from access92.outputs.tables.geopackage import demand_layer
from access92.outputs.tables.geoparquet import write_demand
from access92.outputs.words.data_dictionary import column_words, table_words
from access92.run.results import Results
from tests.run_files import files_in

needs_frictionless = pytest.mark.skipif(  # looked for, not imported: it warns of its own code
    find_spec("frictionless") is None, reason="frictionless is a dev dependency"
)

CHECK = """
import json, sys
from frictionless import validate
report = validate(sys.argv[1])
faults = [[task.name, error.type, error.message] for task in report.tasks for error in task.errors]
print(json.dumps([report.valid, faults, [error.message for error in report.errors]]))
"""


def frictionless_says(package: Path) -> list[object]:
    """Whether the package is valid, the faults of its files, its own faults (a process: it warns of its own code)."""
    command = [sys.executable, "-W", "ignore", "-c", CHECK, str(package)]
    shown = subprocess.run(command, capture_output=True, text=True, check=True)
    return list(json.loads(shown.stdout.splitlines()[-1]))


@pytest.mark.slow
@needs_frictionless
def test_frictionless_finds_every_file_of_a_run_valid(changed_folder: Path) -> None:
    assert frictionless_says(changed_folder / "datapackage.json") == [True, [], []]


@pytest.mark.slow
@needs_frictionless
def test_frictionless_finds_a_figure_that_was_changed_and_a_share_that_cannot_be(
    changed_folder: Path, tmp_path: Path
) -> None:
    package = json.loads((changed_folder / "datapackage.json").read_text("utf-8"))
    needed = ("coverage", "areas", "scenarios", "modes", "publics")
    kept = [item for item in package["resources"] if item["name"] in needed]
    for item in kept:
        new_file_in(tmp_path, item["flat_name"]).write_bytes((changed_folder / item["path"]).read_bytes())
    table = pd.read_csv(file_in(tmp_path, "coverage.csv"), dtype=str)
    table.loc[0, "coverage_share"], table.loc[1, "area_id"] = "1.5", "99999"
    table.to_csv(file_in(tmp_path, "coverage.csv"), index=False)
    (tmp_path / "datapackage.json").write_text(json.dumps(package | {"resources": kept}), encoding="utf-8")
    valid, faults, _ = frictionless_says(tmp_path / "datapackage.json")
    assert not valid
    assert isinstance(faults, list)
    assert {kind for _, kind, _ in faults} >= {"constraint-error", "foreign-key", "hash-count"}


def test_every_column_of_every_table_has_a_french_meaning(changed: Results) -> None:
    for name, table in csv_tables(changed).items():
        assert table_words(name).description, name
        for column in table.columns:
            assert column_words(str(column)).description, (name, column)


def test_the_columns_of_the_sensitivity_have_a_french_meaning_too() -> None:
    assert all(column_words(name).description for name in RANKING_COLUMNS)


def test_a_primary_key_tells_the_rows_apart(changed: Results) -> None:
    for name, table in csv_tables(changed).items():
        key = list(table_words(name).key)
        assert not key or not table.duplicated(key).any(), name


def test_a_column_refers_to_a_key_only_where_its_words_are_those_of_the_key(
    changed: Results, changed_folder: Path
) -> None:
    tables = csv_tables(changed)
    ledger = tables["ledger.csv"]
    several = ledger.assign(mode=["car;walk", *ledger["mode"].astype(str)[1:]])  # a commitment by two modes
    for table, mode_refers in ((ledger, True), (several, False)):
        package = data_package(changed, {**tables, "ledger.csv": table}, [file_in(changed_folder, "ledger.csv")])
        links = package["resources"][0]["schema"]["foreignKeys"]
        assert ({"fields": ["mode"], "reference": {"resource": "modes", "fields": ["mode"]}} in links) == mode_refers
        assert {"fields": ["area_id"], "reference": {"resource": "areas", "fields": ["area_id"]}} in links


def test_the_package_lists_every_data_file_of_the_run_and_nothing_else(changed_folder: Path) -> None:
    package = json.loads((changed_folder / "datapackage.json").read_text("utf-8"))
    there = {path for path in files_in(changed_folder) if path.endswith((".csv", ".parquet", ".gpkg", ".xlsx", ".qgz"))}
    assert {item["path"] for item in package["resources"]} == there
    assert "démonstration" in package["description"]
    assert package["licenses"]
    assert len(package["sources"]) >= 4


def test_the_demand_points_are_geoparquet_with_a_crs_and_the_minutes_of_each_situation(
    run_folder: Path, results: Results
) -> None:
    table = gpd.read_parquet(file_in(run_folder, "demand.parquet"))
    assert table.crs == "EPSG:4326"
    assert list(table["demand_id"]) == list(results.demand["demand_id"])
    walk = results.access("aujourdhui", "walk").travel_time_min
    np.testing.assert_array_equal(table["min_aujourdhui_walk"].to_numpy(), walk)
    told = json.loads(pq.read_schema(file_in(run_folder, "demand.parquet")).metadata[b"geo"])
    assert told["version"] == "1.1.0"
    column = told["columns"][told["primary_column"]]
    assert column["encoding"] == "WKB"
    assert column["geometry_types"] == ["Point"]
    np.testing.assert_allclose(column["bbox"], table.total_bounds)


def test_the_cell_of_a_demand_point_is_in_its_file_and_in_no_layer(results: Results, tmp_path: Path) -> None:
    units = [f"c{at % 7}" for at in range(len(results.demand))]
    celled = replace(results, demand=results.demand.assign(unit_id=units))
    assert "unit_id" not in demand_layer(celled).columns
    assert gpd.read_parquet(write_demand(celled, tmp_path))["unit_id"].tolist() == units
    assert column_words("unit_id").description
