"""A sealed run: found the same when it is, and what differs found and named when it is not."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import access92
from access92.audit.finished import read_manifest, sha256_of
from access92.audit.verify import verification_text, verify_run
from access92.audit.verify.file_differences import describe_difference
from access92.audit.verify.sealed_manifests import find_study
from access92.errors import InputError
from access92.outputs.layout import file_in, run_path
from access92.outputs.manifest import SEAL, seal_of
from tests.command_line import command
from tests.conftest import without_steps
from tests.run_files import fingerprints, lay_flat
from tests.toy_study import GOOD_STUDY, write_toy_study


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a study, its inputs and, in « run », its run."""
    folder = tmp_path_factory.mktemp("verified")
    study = GOOD_STUDY.replace('"walk", "car"', '"walk"')  # each kind of file, and few of them
    results = access92.run_study(access92.read_study(write_toy_study(folder, study=study)))
    access92.write_run(results, folder / "run", overwrite=False)
    return folder


@pytest.fixture(scope="module")
def town_of_tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, its run written as tables only: quickly made again by a test that asks for ``tables_only``."""
    folder = tmp_path_factory.mktemp("tables")
    results = access92.run_study(access92.read_study(write_toy_study(folder)))
    with pytest.MonkeyPatch.context() as patch:
        without_steps(patch, "GeoPackage", "Images", "Cartes", "Rapport")
        access92.write_run(results, folder / "run", overwrite=False)
    return folder


@pytest.fixture
def tables(town_of_tables: Path, tables_only: None, tmp_path: Path) -> Path:  # noqa: ARG001 - for its effect
    """The run of tables, for a test to spoil and to make again."""
    return Path(shutil.copytree(town_of_tables, tmp_path / "town"))


@pytest.fixture
def copied(town: Path, tmp_path: Path) -> Path:
    """The same, for a test to spoil."""
    return Path(shutil.copytree(town, tmp_path / "town"))


def flip_one_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def change_manifest(run: Path, change: Callable[[dict[str, Any]], None], *, seal_again: bool) -> None:
    content = json.loads((run / "manifest.json").read_text("utf-8"))
    change(content)
    if seal_again:
        content[SEAL] = seal_of(content)
    (run / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def refused(run: Path, **options: Any) -> list[str]:
    with pytest.raises(InputError) as refusal:
        verify_run(run, **options)
    assert refusal.value.exit_code == 3
    return [str(fault) for fault in refusal.value.faults]


def test_a_run_that_was_not_touched_comes_out_the_same_when_made_again(town: Path) -> None:
    before = fingerprints(town / "run")
    told: list[str] = []
    found = verify_run(town / "run", on_progress=told.append)
    assert found.was_recomputed
    assert found.outputs == len(before) - 1
    assert found.figures > 0
    assert "Identique" in verification_text(found)
    assert told[0] == "Empreintes"
    assert told[-1] == "Comparaison"
    assert fingerprints(town / "run") == before


@pytest.mark.slow
def test_a_run_from_before_folders_is_made_again_as_it_was_laid_out(copied: Path) -> None:
    lay_flat(copied / "run")
    found = verify_run(copied / "run")
    assert found.was_recomputed
    assert found.figures > 0
    flip_one_bit(copied / "run" / "coverage.csv")
    faults = refused(copied / "run", quick=True)
    assert len(faults) == 1
    assert "modifié depuis : coverage.csv." in faults[0]


def test_a_run_in_another_place_and_its_own_study_named_is_the_same_too(town: Path, tmp_path: Path) -> None:
    elsewhere = Path(shutil.copytree(town / "run", tmp_path / "deep" / "elsewhere"))
    assert verify_run(elsewhere, study_file=town / "study.toml", quick=True).inputs > 0
    with pytest.raises(InputError, match="introuvable"):
        verify_run(elsewhere)


@pytest.mark.parametrize(
    "name", ["coverage.csv", "coverage_fr.csv", "access.parquet", "demand.parquet", "results.gpkg", "report.html",
             "map_tous_walk.html", "map_tous_walk.png", "datapackage.json"],
)  # fmt: skip
def test_one_flipped_bit_of_an_output_is_found_and_named(copied: Path, name: str) -> None:
    flip_one_bit(file_in(copied / "run", name))
    faults = refused(copied / "run", quick=True)
    assert len(faults) == 1
    assert f"modifié depuis : {name}." in faults[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["study.toml", "areas.geojson", "services.csv", "people.csv", "streets.osm"])
def test_one_flipped_bit_of_an_input_is_found_and_named(copied: Path, name: str) -> None:
    flip_one_bit(copied / name)
    assert f"changé depuis le calcul : {name} (" in refused(copied / "run")[0]


def test_an_output_or_an_input_that_is_missing_is_named(copied: Path) -> None:
    file_in(copied / "run", "services.csv").unlink()
    assert any("manque ou ne s'ouvre pas : services.csv" in fault for fault in refused(copied / "run", quick=True))
    (copied / "people.csv").unlink()
    assert any("people.csv" in fault and "manque" in fault for fault in refused(copied / "run"))


def test_a_figure_that_was_changed_is_told_with_its_row_what_was_written_and_what_comes_out(tables: Path) -> None:
    path = file_in(tables / "run", "coverage.csv")
    lines = path.read_text("utf-8").splitlines()
    right = pd.read_csv(path, dtype=str)["population_covered"][4]
    cells = lines[5].split(",")
    cells[lines[0].split(",").index("population_covered")] = "777777"
    path.write_text("\n".join([*lines[:5], ",".join(cells), *lines[6:]]) + "\n", encoding="utf-8")
    faults = [fault for fault in refused(tables / "run") if "coverage.csv" in fault]
    assert len(faults) == 1
    assert "ligne 6 (scenario = tous, mode = walk" in faults[0]
    assert f"colonne population_covered : 777777 écrit, {right} recalculé (1 cellule en tout)" in faults[0]


def test_a_manifest_that_was_changed_is_found_by_its_seal(copied: Path) -> None:
    def boast(content: dict[str, Any]) -> None:
        content["headline"][0]["coverage_share"] = 1.0

    change_manifest(copied / "run", boast, seal_again=False)
    assert "sceau est rompu" in refused(copied / "run", quick=True)[0]


@pytest.mark.slow
def test_a_manifest_that_was_changed_and_sealed_again_is_found_by_making_the_run_again(tables: Path) -> None:
    def boast(content: dict[str, Any]) -> None:
        content["headline"][0]["coverage_share"] = 1.0

    change_manifest(tables / "run", boast, seal_again=True)
    assert verify_run(tables / "run", quick=True)
    faults = refused(tables / "run")
    assert len(faults) == 1
    assert "clé headline[0].coverage_share : 1.0 écrit" in faults[0]


def test_the_run_date_is_no_part_of_the_seal_and_no_seal_at_all_is_told(copied: Path) -> None:
    change_manifest(copied / "run", lambda content: content.update(run_date="2031-01-01T00:00:00"), seal_again=False)
    assert verify_run(copied / "run", quick=True)
    change_manifest(copied / "run", lambda content: content.pop(SEAL) and None, seal_again=False)
    assert "n'est pas scellé" in refused(copied / "run", quick=True)[0]


@pytest.mark.slow
def test_a_run_of_other_versions_is_told_where_to_look_first(tables: Path) -> None:
    """A table written by other code: sealed, whole, and not what this code makes of the inputs."""
    path = file_in(tables / "run", "coverage.csv")
    table = pd.read_csv(path, dtype=str)
    right = table.loc[0, "population_covered"]
    table.loc[0, "population_covered"] = "777777"
    table.to_csv(path, index=False)

    def sealed_by_others(content: dict[str, Any]) -> None:
        content["versions"]["numpy"] = "1.0"
        content["code"]["sha256"] = "0" * 64
        item = next(item for item in content["outputs"] if item["path"] == run_path("coverage.csv"))
        item["sha256"] = sha256_of(path)

    change_manifest(tables / "run", sealed_by_others, seal_again=True)
    figures, file = refused(tables / "run")
    assert "ne donne pas les mêmes chiffres" in figures
    assert f"population_covered : 777777.0 écrit, {float(right)} recalculé" in figures
    assert "n'est pas le même : coverage.csv" in file
    for fault in (figures, file):
        assert "numpy 1.0 alors" in fault
        assert "le code d'access92 a changé" in fault


def test_the_study_is_looked_for_around_the_run_and_the_one_of_the_run_is_preferred(
    copied: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = read_manifest(copied / "run")
    nearer = copied / "run" / "data" / "studies"
    nearer.mkdir(parents=True)
    (nearer / "study.toml").write_text("name = 'autre'", encoding="utf-8")
    assert find_study(manifest, copied / "run", None) == copied.resolve() / "study.toml"
    (copied / "study.toml").unlink()
    assert find_study(manifest, copied / "run", None) == (nearer / "study.toml").resolve()
    monkeypatch.chdir(copied)
    assert find_study(manifest, Path("run"), Path("x.toml")) == Path("x.toml")


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"software": "autre"}', "pas du JSON"])
def test_a_folder_that_is_not_a_run_is_refused(tmp_path: Path, content: str) -> None:
    assert "ne contient pas un calcul" in refused(tmp_path)[0]
    (tmp_path / "manifest.json").write_text(content, encoding="utf-8")
    assert "manifeste" in refused(tmp_path)[0]


def test_a_row_of_a_layer_that_differs_is_told_by_its_number(town: Path, tmp_path: Path) -> None:
    written = Path(shutil.copy(file_in(town / "run", "results.gpkg"), tmp_path))
    with closing(sqlite3.connect(written)) as base, base:
        for trigger in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{trigger[0]}"')
        base.execute("UPDATE demand SET population = 99 WHERE fid = 3")
    found = describe_difference(written, file_in(town / "run", "results.gpkg"))
    assert found.startswith("couche demand, ligne 3, colonne population : 99")


@pytest.mark.slow
def test_a_place_of_a_parquet_file_that_differs_is_told_by_its_key(town: Path, tmp_path: Path) -> None:
    table = pd.read_parquet(file_in(town / "run", "access.parquet"))
    table.loc[7, "travel_time_min"] = None
    table.to_parquet(tmp_path / "access.parquet")
    found = describe_difference(tmp_path / "access.parquet", file_in(town / "run", "access.parquet"))
    assert "scenario = tous, mode = walk, demand_id = d000008), colonne travel_time_min : vide écrit" in found


def test_the_command_says_identical_with_code_0_and_what_differs_with_code_3(
    copied: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("verify", copied / "run", "--quick", monkeypatch=monkeypatch) == 0
    assert "Empreintes identiques" in capsys.readouterr().out
    flip_one_bit(file_in(copied / "run", "ledger.csv"))
    assert command("verify", copied / "run", "--quick", monkeypatch=monkeypatch) == 3
    told = capsys.readouterr().err
    assert "modifié depuis : ledger.csv" in told
    assert "Remède" in told
