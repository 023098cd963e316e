"""The command as a person types it: results, refusals, exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

import access92 as package
from access92.outputs.layout import file_in
from tests.command_line import command
from tests.conftest import ROOT, without_steps
from tests.loaded_libraries import loaded_by
from tests.run_files import files_in, fingerprints
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

FIXTURES = ROOT / "tests" / "fixtures"


pytestmark = pytest.mark.usefixtures("isolated_cache")


def test_help_answers_without_heavy_imports() -> None:
    heavy = {"numpy", "pandas", "geopandas", "shapely", "numba", "osmnx", "folium", "scipy", "pydantic"}
    assert loaded_by("access92.cli", heavy) == []


@pytest.mark.usefixtures("blank_pictures")
def test_a_run_writes_the_contract_and_tells_the_headline(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_steps(monkeypatch, "Images")
    study, out = write_toy_study(tmp_path), tmp_path / "out"
    assert command("run", study, "--output", out, monkeypatch=monkeypatch) == 0
    output = capsys.readouterr().out
    assert "habitants à moins de 5 min" in output
    names = {path.name for path in files_in(out).values()}
    assert {
        "report.html", "coverage.csv", "access.parquet", "services.csv", "comparison.csv", "results.gpkg",
        "manifest.json",
        "map_tous_walk.html", "map_tous_car.html", "map_sst_walk.html", "map_sst_car.html",
    } <= names  # fmt: skip
    coverage = pd.read_csv(file_in(out, "coverage.csv"), dtype={"area_id": str})
    total = coverage.query("area_id == 'total' and rule == 'any' and mode == 'walk' and scenario == 'tous'")
    assert (total["population_covered"].diff().dropna() >= 0).all()
    access = pd.read_parquet(file_in(out, "access.parquet"))
    mine = access.query("scenario == 'tous' and mode == 'walk'")
    at_five = total.loc[total["threshold_min"] == 5, "population_covered"].item()
    assert mine.loc[mine["travel_time_min"] < 5, "population"].sum() == at_five
    isochrones = gpd.read_file(file_in(out, "results.gpkg"), layer="isochrones")
    assert isochrones.geometry.is_valid.all()


@pytest.mark.slow
def test_the_same_inputs_give_the_same_bytes_but_for_the_run_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = write_toy_study(tmp_path)
    for name in ("one", "two"):
        command("run", study, "--output", tmp_path / name, monkeypatch=monkeypatch)
    first = {path: file.read_bytes() for path, file in files_in(tmp_path / "one").items()}
    second = {path: file.read_bytes() for path, file in files_in(tmp_path / "two").items()}
    assert first.keys() == second.keys()
    different = [name for name in first if first[name] != second[name] and name != "manifest.json"]
    assert different == []


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
def test_json_goes_to_stdout_alone(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = write_toy_study(tmp_path)
    command("run", study, "--output", tmp_path / "out", "--json", "--scenario", "sst", monkeypatch=monkeypatch)
    out, err = capsys.readouterr()
    record = json.loads(out)
    keys = [(row["scenario"], row["mode"]) for row in record["coverage"]]
    assert keys == [("tous", "walk"), ("tous", "car"), ("sst", "walk"), ("sst", "car")]  # with the reference
    assert "Avec la référence, « tous »" in err
    assert record["streets_demo"] is False


def test_check_counts_and_writes_nothing(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = write_toy_study(tmp_path)
    before = sorted(path.name for path in tmp_path.iterdir())
    assert command("check", study, monkeypatch=monkeypatch) == 0
    assert "services du scénario tous : 3" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "cache") == before


def test_modes_lists_each_with_its_sources(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("modes", monkeypatch=monkeypatch) == 0
    output = capsys.readouterr().out
    for name in ("walk", "walk_senior", "walk_stroller", "walk_wheelchair", "bike", "car"):
        assert f"{name} — " in output
    assert "speed_kmh :" in output


def test_a_full_folder_is_not_overwritten_unless_asked(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study, out = write_toy_study(tmp_path), tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep", encoding="utf-8")
    assert command("run", study, "--output", out, monkeypatch=monkeypatch) == 3
    assert "--overwrite" in capsys.readouterr().err
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_an_unknown_command_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("rum", monkeypatch=monkeypatch) == 2


def replaced(study: str, old: str, new: str) -> str:
    assert old in study
    return study.replace(old, new)


REFUSALS = {
    "missing_file": ('file = "streets.osm"', 'file = "absent.osm.pbf"', "access92 fetch streets --study"),
    "truncated_pbf": ('file = "streets.osm"', 'file = "@streets/truncated.osm.pbf"', "Remède"),
    "graphml_without_coordinates": ('file = "streets.osm"', 'file = "@streets/without_coordinates.graphml"', "coord"),
    "graphml_without_crs": ('file = "streets.osm"', 'file = "@streets/without_crs.graphml"', "CRS"),
    "streets_with_swapped_lon_lat": ('file = "streets.osm"', 'file = "@streets/swapped_lon_lat.osm"', "Remède"),
    "an_area_without_streets": ('file = "streets.osm"', 'file = "@streets/crossing.osm"', "Remède"),
    "services_with_swapped_lon_lat": ('file = "services.csv"', 'file = "@tables/services_swapped_lon_lat.csv"', "lon"),
    "service_in_another_country": ('file = "services.csv"', 'file = "@tables/services_in_another_country.csv"', "km"),
    "duplicate_ids": ('file = "services.csv"', 'file = "@tables/services_duplicate_ids.csv"', "unique"),
    "empty_services": ('file = "services.csv"', 'file = "@tables/services_empty.csv"', "vide"),
    "unknown_kind_of_service": (
        'file = "services.csv"',
        'file = "@tables/services_unknown_kind.csv"',
        "Vouliez-vous dire",
    ),
    "no_crs": ('file = "services.csv"', 'file = "@tables/services_no_crs.parquet"', "CRS"),
    "negative_population": ('file = "people.csv"', 'file = "@tables/people_negative.csv"', "positif"),
    "nan_population": ('file = "people.csv"', 'file = "@tables/people_nan.csv"', "population"),
    "population_column_absent": (
        'file = "people.csv"',
        'file = "@tables/people_without_population_column.csv"',
        "colonne",
    ),
    "unknown_key": ("threshold_min = 5", "thresold_min = 5", "Vouliez-vous dire « threshold_min » ?"),
    "unknown_table": ("[areas]", "[area]", "Vouliez-vous dire « areas » ?"),
    "unknown_kind_in_the_study": ('kinds = ["sst"]', 'kinds = ["sstt"]', "Vouliez-vous dire « sst » ?"),
    "threshold_zero": ("threshold_min = 5", "threshold_min = 0", "supérieure à 0"),
    "unknown_mode": ('modes = ["walk", "car"]', 'modes = ["walk", "cra"]', "Vouliez-vous dire « car » ?"),
    "scenario_without_service": ('kinds = ["sst"]', 'kinds = ["mdph"]', "aucun service"),
    "two_scenarios_of_one_name": ('name = "sst"', 'name = "tous"', "deux scénarios"),
    "headline_mode_not_computed": ("threshold_min = 5", 'threshold_min = 5\nheadline_mode = "bike"', "headline_mode"),
    "cut_off_below_the_thresholds": ("cutoff_min = 60", "cutoff_min = 6", "cutoff_min"),
    "not_toml": ("[areas]", "[areas", "TOML"),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_bad_input_is_refused_in_french_and_nothing_is_written(
    fault: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old, new, hint = REFUSALS[fault]
    study = write_toy_study(tmp_path, study=replaced(GOOD_STUDY, old, new.replace("@", f"{FIXTURES.as_posix()}/")))
    out = tmp_path / "out"
    assert command("run", study, "--output", out, monkeypatch=monkeypatch) == 3
    output = capsys.readouterr()
    assert "Erreur :" in output.err
    assert "Où :" in output.err
    assert "Remède :" in output.err
    assert hint in output.err
    assert "Traceback" not in output.err
    assert output.out == ""
    assert not out.exists()
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_mode_with_no_usable_street_is_refused(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = write_toy_study(tmp_path)
    streets = tmp_path / "streets.osm"
    streets.write_text(streets.read_text().replace("residential", "footway"), encoding="utf-8")
    assert command("run", study, "--output", tmp_path / "out", monkeypatch=monkeypatch) == 3
    assert "Aucune rue n'est utilisable par le mode « car »" in capsys.readouterr().err


def test_an_unknown_scenario_is_refused_with_the_nearest(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    study = write_toy_study(tmp_path)
    code = command("run", study, "--output", tmp_path / "out", "--scenario", "tou", monkeypatch=monkeypatch)
    assert code == 3
    assert "Vouliez-vous dire « tous » ?" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
def test_a_refused_run_leaves_the_previous_result_untouched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study, out = write_toy_study(tmp_path), tmp_path / "out"
    command("run", study, "--output", out, monkeypatch=monkeypatch)
    before = fingerprints(out)
    shutil.copy(FIXTURES / "tables" / "people_negative.csv", tmp_path / "people.csv")
    assert command("run", study, "--output", out, "--overwrite", monkeypatch=monkeypatch) == 3
    assert fingerprints(out) == before


@pytest.mark.slow
@pytest.mark.usefixtures("light_steps")
def test_compare_says_what_differs_and_ends_with_0(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = write_toy_study(tmp_path)
    command("run", study, "--output", tmp_path / "a", "--scenario", "sst", monkeypatch=monkeypatch)
    study.write_text(GOOD_STUDY + "\n[mode_settings.walk]\nspeed_kmh = 4\n", encoding="utf-8")
    command("run", study, "--output", tmp_path / "b", "--scenario", "sst", monkeypatch=monkeypatch)
    capsys.readouterr()
    assert command("compare", tmp_path / "a", tmp_path / "a", monkeypatch=monkeypatch) == 0
    same = capsys.readouterr().out
    assert command("compare", tmp_path / "a", tmp_path / "b", monkeypatch=monkeypatch) == 0
    other = capsys.readouterr().out
    assert "walk" in other
    assert same != other
    assert command("compare", tmp_path / "a", tmp_path / "b", "--json", monkeypatch=monkeypatch) == 0
    assert json.loads(capsys.readouterr().out)
    assert command("compare", tmp_path / "a", tmp_path, monkeypatch=monkeypatch) == 3


def test_an_interruption_gives_130_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("access92.run.pipeline.run_study", interrupt)
    study = write_toy_study(tmp_path)
    assert command("run", study, "--output", tmp_path / "out", monkeypatch=monkeypatch) == 130
    assert "Interrompu ; rien n'est à moitié écrit." in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
def test_three_lines_of_python_run_a_study(tmp_path: Path) -> None:
    study = package.read_study(write_toy_study(tmp_path))
    results = package.run_study(study)
    written = package.write_run(results, tmp_path / "out", overwrite=False)
    assert np.isfinite(results.access("tous", "walk").travel_time_min).all()
    assert all(path.exists() for path in written)
    with pytest.raises(KeyError):
        results.access("tous", "bike")


@pytest.mark.slow
@pytest.mark.usefixtures("words_only")
def test_check_and_run_tell_the_same_of_what_does_not_count(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the streets of the toy town end where its areas do: it asks for no margin
    study = write_toy_study(tmp_path, study=GOOD_STUDY.replace("[streets]", "[streets]\nmargin_m = 0"))
    assert command("check", study, monkeypatch=monkeypatch) == 0
    output = capsys.readouterr().out
    assert "aucune erreur" in output
    assert "Rien n’a été écarté" in output
    table = (tmp_path / "services.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "services.csv").write_text("\n".join([*table[:2], "S2,pmi,B,,,,", "S3,pmi,C,,,,"]), encoding="utf-8")
    assert command("check", study, monkeypatch=monkeypatch) == 0
    checked = capsys.readouterr().out
    assert "Services sans coordonnées\u00a0: 2 sur 3 (B, C)." in checked
    assert command("run", study, "--output", tmp_path / "out", monkeypatch=monkeypatch) == 0
    run = capsys.readouterr().out
    assert checked[checked.index("Ce qui ne compte pas") :] in run
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    answer, *others = report.split("</section>")
    assert "Services sans coordonnées\u00a0: 2 sur 3." in answer
    assert any("Services sans coordonnées\u00a0: 2 sur 3 (B, C)." in chapter for chapter in others)


def test_a_bad_study_is_refused_alike_by_check_and_run_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = write_toy_study(tmp_path)
    people = (tmp_path / "people.csv").read_text(encoding="utf-8")
    (tmp_path / "people.csv").write_text(people + '2.2525,48.8215,"1,250"\n', encoding="utf-8")
    assert command("check", study, monkeypatch=monkeypatch) == 3
    checked = capsys.readouterr().err
    assert command("run", study, "--output", tmp_path / "out", monkeypatch=monkeypatch) == 3
    assert capsys.readouterr().err == checked
    assert "1,250" in checked
    assert not (tmp_path / "out").exists()


@pytest.mark.slow
def test_a_trial_of_the_page_runs_as_a_scenario_and_its_run_is_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, out = write_toy_study(tmp_path), tmp_path / "out"
    lon, lat = lon_lat(5, 0)
    place = {"service_id": "essai-1", "name": "Un SST", "service_kind": "sst", "lon": lon, "lat": lat}
    trial = tmp_path / "essai.json"
    content = {
        "format": "access92-trial", "version": 1, "name": "Un SST à l'est", "scenario": "sst",
        "actions": [{"kind": "add_service", **place}],
    }  # fmt: skip
    trial.write_text(json.dumps(content), encoding="utf-8")
    assert command("run", study, "--trial", trial, "--output", out, monkeypatch=monkeypatch) == 0
    assert "scénario « un-sst-a-l-est »" in capsys.readouterr().err
    headline = "area_id == 'total' and rule == 'any' and mode == 'walk' and public == 'all' and threshold_min == 5"
    covered = pd.read_csv(file_in(out, "coverage.csv")).query(headline).set_index("scenario")["population_covered"]
    # the same as the scenario written by hand
    pasted = f"""
[[scenario]]
name = "main"
title = "À la main"
based_on = "sst"
[[scenario.change]]
kind = "add_service"
service_id = "essai-1"
name = "Un SST"
service_kind = "sst"
lon = {lon}
lat = {lat}
"""
    study.write_text(study.read_text("utf-8") + pasted, encoding="utf-8")
    assert command("run", study, "--output", tmp_path / "main", monkeypatch=monkeypatch) == 0
    by_hand = (
        pd.read_csv(file_in(tmp_path / "main", "coverage.csv"))
        .query(headline)
        .set_index("scenario")["population_covered"]
    )
    assert covered["un-sst-a-l-est"] == by_hand["main"] > covered["sst"]
    study.write_text(GOOD_STUDY, encoding="utf-8")
    assert command("verify", out, "--study", study, monkeypatch=monkeypatch) == 0
