"""The tables of a run, read back as other people's scripts read them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from access92.measures.commitments import COMMITMENT_COLUMNS, COMMITMENT_SUMMARY_COLUMNS
from access92.measures.ledger import LEDGER_COLUMNS
from access92.measures.providers import NEXT_NEAREST_COLUMNS, SOLE_PROVIDER_COLUMNS
from access92.measures.sectors import SECTOR_COLUMNS
from access92.outputs.layout import file_in
from access92.outputs.tables.files import write_csv_files, write_tables
from access92.run.results import Results
from tests.outputs.synthetic import make_results

CONTRACT = {
    "coverage.csv": [
        "scenario", "mode", "rule", "public", "unit", "area_id", "threshold_min", "population", "population_covered",
        "population_unsnapped", "coverage_share",
    ],
    "comparison.csv": [
        "scenario_reference", "scenario", "mode", "rule", "public", "unit", "area_id", "threshold_min",
        "population_gained", "population_lost", "minutes_saved_person_min",
    ],
    "travel_time_summary.csv": [
        "scenario", "mode", "rule", "public", "unit", "area_id", "population", "median_min", "p90_min",
    ],
    "uncovered_pockets.csv": [
        "scenario", "mode", "rank", "area_id", "population", "population_uncovered_reference", "median_min",
        "place_name", "place_position", "lon", "lat",
    ],
    "pocket_areas.csv": ["scenario", "mode", "rank", "area_id", "population"],
    "notices.csv": ["topic", "subject", "detail", "population"],
}  # fmt: skip


def read_csv(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"area_id": str, "service_id": str})


@pytest.mark.parametrize("name", CONTRACT)
def test_a_csv_has_the_columns_of_the_contract_then_where_the_streets_come_from(run_folder: Path, name: str) -> None:
    table = read_csv(file_in(run_folder, name))
    assert list(table.columns) == [*CONTRACT[name], "streets_origin"]


def test_every_csv_of_a_run_on_demonstration_streets_says_so_on_every_row(run_folder: Path) -> None:
    for path in sorted(set(run_folder.rglob("*.csv")) - set(run_folder.rglob("*_fr.csv"))):
        assert set(read_csv(path)["streets_origin"]) == {"demonstration"}, path.name


def test_a_run_on_real_streets_does_not_call_itself_a_demonstration(tmp_path: Path) -> None:
    write_tables(make_results(is_demo=False), tmp_path)
    assert set(read_csv(file_in(tmp_path, "coverage.csv"))["streets_origin"]) == {"real"}


def test_the_coverage_file_gives_back_the_coverage_of_the_run(run_folder: Path, results: Results) -> None:
    table = read_csv(file_in(run_folder, "coverage.csv")).drop(columns="streets_origin")
    assert set(table.pop("unit")) == {"persons"}
    pd.testing.assert_frame_equal(
        table,
        results.coverage,
        check_dtype=False,
        check_column_type=False,
        atol=1e-6,
        check_index_type=False,
    )


def test_machine_files_use_points_commas_and_line_feeds(run_folder: Path) -> None:
    raw = file_in(run_folder, "coverage.csv").read_bytes()
    assert b"\r" not in raw
    assert b";" not in raw
    assert raw.startswith(b"scenario,mode,")


def test_a_csv_holds_numbers_days_and_texts_as_python_and_csv_write_them(tmp_path: Path) -> None:
    table = pd.DataFrame({
        "public": ["b", "a", "b", "a"],
        "text": ["un, deux", None, 'trois "quatre"', "cinq\nsix"],
        "number": [1e-6, 3.0, np.nan, 7.0],
        "day": pd.to_datetime(["2024-01-31", None, "2024-02-29", None]),
        "flag": [True, False, True, False],
        "count": pd.array([1, None, 3, 4], dtype="Int64"),
        "minutes": np.array([0.1, 1 / 3, 1e17, -0.0], dtype=np.float32),
    })  # fmt: skip
    write_csv_files({"t.csv": table}, tmp_path, "real (© Untel, 2024)")
    assert file_in(tmp_path, "t.csv").read_text("utf-8").split("\n") == [
        "public,text,number,day,flag,count,minutes,streets_origin",
        # whole or not is decided public by public: of « b » no number is written whole, of « a » every one is
        'b,"un, deux",1e-06,2024-01-31,True,1,0.1,"real (© Untel, 2024)"',
        'b,"trois ""quatre""",,2024-02-29,True,3,9.999999843067494e+16,"real (© Untel, 2024)"',
        'a,,3,,False,,0.333333,"real (© Untel, 2024)"',
        'a,"cinq',
        'six",7,,False,4,-0.0,"real (© Untel, 2024)"',
        "",
    ]


def test_area_codes_keep_their_leading_zeros(tmp_path: Path) -> None:
    results = make_results()
    results.coverage["area_id"] = "01" + results.coverage["area_id"]
    write_tables(results, tmp_path)
    assert read_csv(file_in(tmp_path, "coverage.csv"))["area_id"].str.startswith("01").all()


def test_no_comparison_is_written_where_a_single_scenario_was_run(tmp_path: Path, results: Results) -> None:
    names = [path.name for path in write_tables(replace(results, comparison=results.comparison.iloc[:0]), tmp_path)]
    assert "comparison.csv" not in names


def test_access_parquet_agrees_with_the_coverage_table(run_folder: Path, results: Results) -> None:
    access = pq.read_table(file_in(run_folder, "access.parquet")).to_pandas()
    assert list(access.columns) == [
        "scenario", "mode", "demand_id", "lon", "lat", "area_id", "population", "nearest_service_id", "travel_time_min",
    ]  # fmt: skip
    assert len(access) == len(results.demand) * len(results.access_records)
    here = access[(access["scenario"] == "aujourdhui") & (access["mode"] == "walk")]
    covered = here.loc[here["travel_time_min"] < 20, "population"].sum()
    coverage = results.coverage.set_index(["scenario", "mode", "rule", "area_id", "threshold_min"])
    assert covered == coverage.loc[("aujourdhui", "walk", "any", "total", 20.0), "population_covered"]


def test_a_place_not_reached_has_no_time_and_no_service(run_folder: Path) -> None:
    access = pq.read_table(file_in(run_folder, "access.parquet"))
    minutes, service = access["travel_time_min"], access["nearest_service_id"]
    assert minutes.null_count == service.null_count > 0
    assert not np.isnan(minutes.drop_null().to_numpy()).any()
    assert access.schema.metadata[b"streets_origin"] == b"demonstration"


def test_services_come_as_used_in_degrees_with_their_snap_distance(run_folder: Path, results: Results) -> None:
    table = read_csv(file_in(run_folder, "services.csv"))
    assert len(table) == len(results.services)
    assert table["lon"].between(2, 3).all()
    assert table["lat"].between(48, 49).all()
    assert {"scenarios", "snap_m", "snap_m_walk", "snap_m_car"} <= set(table.columns)
    assert table.loc[2, "valid_from"] == "2023-05-16"


CHANGES = {
    "commitments.csv": COMMITMENT_COLUMNS,
    "commitment_summary.csv": COMMITMENT_SUMMARY_COLUMNS,
    "ledger.csv": LEDGER_COLUMNS,
    "sole_providers.csv": ("scenario", "mode", *SOLE_PROVIDER_COLUMNS),
    "turning.csv": ("scenario", "mode", *NEXT_NEAREST_COLUMNS),
    "competence.csv": SECTOR_COLUMNS,
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_changes_comes_with_its_columns_then_where_the_streets_come_from(changed_folder: Path, name: str) -> None:
    table = read_csv(file_in(changed_folder, name))
    by_public = list(CHANGES[name])
    if "public" in by_public:
        by_public.insert(by_public.index("public") + 1, "unit")
    assert list(table.columns) == [*by_public, "streets_origin"]
    assert set(table["streets_origin"]) == {"demonstration"}


def test_the_ledger_file_sums_to_the_difference_of_the_coverage_file(changed_folder: Path) -> None:
    coverage = read_csv(file_in(changed_folder, "coverage.csv")).query("rule == 'any' and threshold_min == 20")
    covered = coverage.set_index(["scenario", "mode", "area_id"])["population_covered"]
    ledger = read_csv(file_in(changed_folder, "ledger.csv")).query("rule == 'any' and public == 'all'")
    assert len(ledger) == 3 * 2 * 7
    for row in ledger.to_dict("records"):
        key = (row["mode"], row["area_id"])
        change = covered[(row["scenario"], *key)]
        change -= covered[("aujourdhui", *key)]
        assert row["population_gained"] - row["population_lost"] == pytest.approx(change)


def test_a_table_without_a_row_is_not_written(tmp_path: Path, results: Results) -> None:
    names = {path.name for path in write_tables(results, tmp_path)}
    assert not names & {"commitments.csv", "commitment_summary.csv", "person_hours.csv", "week.csv", "moments.csv"}
    bare = replace(results, changes=replace(results.changes, ledger=pd.DataFrame(), next_nearest=pd.DataFrame()))
    names = {path.name for path in write_tables(bare, tmp_path)}
    assert not names & {"ledger.csv", "turning.csv"}
