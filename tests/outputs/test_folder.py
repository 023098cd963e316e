"""A run is put in place whole or not at all; the same inputs give the same bytes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from shapely import MultiPolygon

from access92 import _process
from access92.errors import OutputError
from access92.outputs import check_output_folder, second_process, write_run
from access92.outputs.folder import may_be_written
from access92.outputs.layout import file_in, flat_name, new_file_in, run_path
from access92.outputs.manifest import MANIFEST, holds_run, run_identity
from access92.outputs.steps import STEPS, Target, light_results
from access92.run.results import Results
from tests.conftest import without_steps
from tests.outputs.synthetic import make_results
from tests.run_files import files_in, fingerprints, lay_flat


@dataclass(frozen=True)
class Written:
    """A run as it was written: its folder, the paths that were returned."""

    folder: Path
    paths: list[Path]


def another(results: Results) -> Results:
    """A run with one other figure."""
    coverage = results.coverage.copy()
    coverage.loc[0, "population_covered"] += 1.0
    return replace(results, coverage=coverage)


@pytest.fixture(scope="module")
def written_again(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """The run of ``run_folder``, made and written a second time in a folder of its own, by two processes."""
    folder = tmp_path_factory.mktemp("again") / "autre"
    with second_process() as helper:
        assert helper is not None
        assert helper.hand_over(light_results(make_results()))  # it has imported what it needs, and takes its part
        paths = write_run(make_results(), folder, overwrite=False, study_path=Path("studies/ville.toml"), helper=helper)
    return Written(folder, paths)


def test_the_same_inputs_give_the_same_bytes_the_run_date_aside(run_folder: Path, written_again: Written) -> None:
    first, second = fingerprints(run_folder), fingerprints(written_again.folder)
    assert first.pop(MANIFEST)
    assert second.pop(MANIFEST)
    assert first == second
    contents = [json.loads((folder / MANIFEST).read_text("utf-8")) for folder in (run_folder, written_again.folder)]
    for content in contents:
        assert content.pop("run_date")
    assert contents[0] == contents[1]


def test_a_run_writes_every_file_of_the_contract_and_returns_their_paths(written_again: Written) -> None:
    assert {path.name for path in written_again.paths} == {
        "map.html", "report.html", "report.pdf", "coverage.csv", "curve.csv", "travel_time_summary.csv", "services.csv",
        "comparison.csv", "uncovered_pockets.csv", "pocket_areas.csv", "notices.csv", "access.parquet", "results.gpkg",
        "manifest.json",
        "map_aujourdhui_walk.html", "map_aujourdhui_car.html", "map_sst-seuls_walk.html", "map_sst-seuls_car.html",
        "ledger.csv", "sole_providers.csv", "turning.csv", "competence.csv", "difference_sst-seuls_walk.html",
        "map_aujourdhui_walk.png", "map_aujourdhui_car.png", "map_sst-seuls_walk.png", "map_sst-seuls_car.png",
        "difference_sst-seuls_walk.png", "areas.csv", "scenarios.csv", "modes.csv", "publics.csv",
        "demand.parquet",
        "synthese.pdf", "synthese.docx", "tableaux.xlsx", "projet.qgz", "index.html",
        "datapackage.json", "coverage_fr.csv", "ledger_fr.csv", "uncovered_pockets_fr.csv", "pocket_areas_fr.csv",
    }  # fmt: skip
    assert all(path.is_file() for path in written_again.paths)
    assert list(written_again.folder.parent.iterdir()) == [written_again.folder]  # nothing left beside it


def test_the_steps_are_told_in_their_order(results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    steps, told = (
        ["Tableaux", "Accès", "Population", "Classeurs", "GeoPackage", "Images", "Cartes", "Rapport"],
        list[str](),
    )
    without_steps(monkeypatch, *steps)
    write_run(results, tmp_path / "run", overwrite=False, on_progress=told.append)
    assert told == steps


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_a_run_in_which_nothing_went_wrong_and_nobody_is_left_out_is_written_too(tmp_path: Path) -> None:
    results = make_results()
    coverage = results.coverage.assign(population_covered=results.coverage["population"], coverage_share=1.0)
    quiet = replace(
        results,
        coverage=coverage,
        comparison=results.comparison.iloc[:0],
        pockets=results.pockets.iloc[:0],
        notices=(),
        unlocated=results.unlocated.iloc[:0],
        isochrones=results.isochrones.set_geometry([MultiPolygon()] * len(results.isochrones), crs="EPSG:2154"),
    )
    write_run(quiet, tmp_path / "r", overwrite=False)
    report = (tmp_path / "r" / "report.html").read_text("utf-8")
    assert "sont tous à moins de" in report
    assert not re.search(r"n’y parviennent pas\.|ne le sont? pas\.", report)


def test_a_folder_that_holds_something_is_refused_without_overwrite(results: Results, run_folder: Path) -> None:
    before = fingerprints(run_folder)
    with pytest.raises(OutputError, match="--overwrite") as refusal:
        write_run(results, run_folder, overwrite=False)
    assert refusal.value.exit_code == 3
    assert fingerprints(run_folder) == before


@pytest.mark.parametrize("manifest", [None, "pas du JSON", "{}", '{"software": "autre", "outputs": []}', "[]"])
def test_overwrite_refuses_a_folder_that_is_not_a_run_of_ours(tmp_path: Path, manifest: str | None) -> None:
    (tmp_path / "these.odt").write_text("dix ans de travail", encoding="utf-8")
    if manifest is not None:
        (tmp_path / MANIFEST).write_text(manifest, encoding="utf-8")
    with pytest.raises(OutputError, match="ne sera pas remplacé"):
        check_output_folder(tmp_path, overwrite=True)
    assert (tmp_path / "these.odt").read_text("utf-8") == "dix ans de travail"


def test_a_file_where_the_folder_should_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r").write_text("", encoding="utf-8")
    with pytest.raises(OutputError, match="pas un dossier"):
        check_output_folder(tmp_path / "r", overwrite=True)


def test_an_empty_or_absent_folder_is_welcome(tmp_path: Path) -> None:
    check_output_folder(tmp_path, overwrite=False)
    check_output_folder(tmp_path / "absent" / "plus bas", overwrite=False)


@pytest.mark.usefixtures("tables_only")
def test_overwrite_replaces_our_files_and_keeps_those_of_others(results: Results, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    write_run(results, folder, overwrite=False)
    (folder / "notes.txt").write_text("à moi", encoding="utf-8")
    file_in(folder, "coverage.csv").write_text("périmé", encoding="utf-8")
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    sha256 = hashlib.sha256("d'un calcul précédent".encode()).hexdigest()
    content["outputs"].append({"path": "cartes/map_ancien_walk.html", "sha256": sha256})
    (folder / MANIFEST).write_text(json.dumps(content), encoding="utf-8")
    new_file_in(folder, "map_ancien_walk.html").write_text("d'un calcul précédent", encoding="utf-8")
    write_run(results, folder, overwrite=True)
    assert (folder / "notes.txt").read_text("utf-8") == "à moi"
    assert file_in(folder, "coverage.csv").read_text("utf-8").startswith("scenario,")
    assert file_in(folder, "coverage.modifie.csv").read_text("utf-8") == "périmé"
    assert not file_in(folder, "map_ancien_walk.html").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r"]


@pytest.mark.slow
@pytest.mark.parametrize("fault", [KeyboardInterrupt(), RuntimeError("panne")])
@pytest.mark.usefixtures("tables_only")
def test_an_interrupted_run_leaves_the_previous_result_untouched(
    results: Results,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    fault: BaseException,
) -> None:
    folder = tmp_path / "r"
    write_run(results, folder, overwrite=False)
    before = fingerprints(folder)

    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setitem(STEPS, "Rapport", fail)
    with pytest.raises(type(fault)):
        write_run(another(results), folder, overwrite=True)
    assert fingerprints(folder) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r"]


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
def test_a_result_that_cannot_be_put_in_place_gives_the_old_one_back(
    results: Results,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = tmp_path / "r"
    write_run(results, folder, overwrite=False)
    before = fingerprints(folder)
    rename = Path.rename

    def refuse_part(path: Path, target: Path) -> Path:
        if path.name.endswith(".part"):
            raise PermissionError(13, "Permission denied")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse_part)
    with pytest.raises(OutputError, match="n'a pas pu être écrit"):
        write_run(another(results), folder, overwrite=True)
    assert fingerprints(folder) == before


def test_the_very_same_run_is_not_written_again(results: Results, run_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    shutil.copytree(run_folder, folder)
    before = {path: path.stat().st_mtime_ns for path in files_in(folder).values()}
    told: list[str] = []
    paths = write_run(results, folder, overwrite=True, study_path=Path("studies/ville.toml"), on_progress=told.append)
    assert told == ["Résultat inchangé : les fichiers sont déjà là"]
    assert {path: path.stat().st_mtime_ns for path in paths} == before


@pytest.mark.parametrize(
    "damage", ["a byte", "a file gone", "another table", "another study path", "no manifest seal", "before folders"]
)
def test_a_run_that_differs_in_anything_is_written(
    damage: str, results: Results, run_folder: Path, tmp_path: Path
) -> None:
    folder, study_path = tmp_path / "r", Path("studies/ville.toml")
    shutil.copytree(run_folder, folder)
    assert holds_run(folder, run_identity(results, study_path=study_path)) is not None
    if damage == "a byte":
        file = file_in(folder, "coverage.csv")
        file.write_bytes(file.read_bytes().replace(b"walk", b"wolk", 1))
    elif damage == "a file gone":
        (folder / "report.pdf").unlink()
    elif damage == "another table":
        results = another(results)
    elif damage == "another study path":
        study_path = Path("studies/bourg.toml")
    elif damage == "before folders":
        lay_flat(folder)
    else:
        content = json.loads((folder / MANIFEST).read_text("utf-8"))
        (folder / MANIFEST).write_text(json.dumps(content | {"seal": "0"}), encoding="utf-8")
    assert holds_run(folder, run_identity(results, study_path=study_path)) is None


def test_no_output_names_a_folder_of_the_machine(run_folder: Path, tmp_path: Path) -> None:
    telltale = [str(run_folder.parent), str(Path.cwd()), str(Path.home()) + "/", str(tmp_path.parent)]
    for path in files_in(run_folder).values():
        text = path.read_bytes().decode("utf-8", errors="ignore")
        assert not [word for word in telltale if word in text], path.name


def test_the_manifest_lists_inputs_outputs_versions_and_parameters(run_folder: Path, results: Results) -> None:
    content = json.loads((run_folder / MANIFEST).read_text("utf-8"))
    assert content["streets"]["streets_origin"] == "demonstration"
    assert "démonstration" in content["streets"]["warning"]
    assert {item["path"] for item in content["inputs"]} == {"studies/ville.toml", "../services/services.csv"}
    listed = {item["path"]: item for item in content["outputs"]}
    assert set(listed) == files_in(run_folder).keys() - {MANIFEST}
    for name, digest in fingerprints(run_folder).items():
        assert name == MANIFEST or listed[name]["sha256"] == digest
    assert content["parameters"]["modes"]["walk"]["speed_kmh"] == 5.0
    assert content["parameters"]["modes"]["walk"]["sources"]["speed_kmh"] == "Cerema, 2021"
    assert content["parameters"]["study"]["analysis"]["threshold_min"] == 20.0
    assert content["counts"]["demand_points"] == len(results.demand)
    assert content["counts"]["services_by_kind"]["pmi"] == 2
    assert content["notices"][0]["topic"] == "Habitants non reliés aux rues"
    assert {"access92", "python", "numpy", "geopandas"} <= set(content["versions"])


def test_the_manifest_is_strict_json(run_folder: Path) -> None:
    def input_error(word: str) -> None:
        raise AssertionError(word)

    json.loads((run_folder / MANIFEST).read_text("utf-8"), parse_constant=input_error)


@pytest.mark.usefixtures("tables_only")
def test_a_file_of_the_user_that_a_run_may_write_is_refused_before_computing_and_stays(
    results: Results, tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    alone = replace(results, comparison=results.comparison.iloc[:0])
    write_run(alone, folder, overwrite=False)
    assert not file_in(folder, "comparison.csv").exists()
    file_in(folder, "comparison.csv").write_text("à moi", encoding="utf-8")
    before = fingerprints(folder)
    with pytest.raises(OutputError, match=r"qu'aucun calcul n'a écrits : tableaux/comparison\.csv"):
        check_output_folder(folder, overwrite=True)
    with pytest.raises(OutputError, match=r"comparison\.csv"):
        write_run(results, folder, overwrite=True)
    assert fingerprints(folder) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r"]


def test_every_file_of_a_run_is_one_that_a_run_may_write(run_folder: Path) -> None:
    assert all(may_be_written(path) for path in files_in(run_folder))
    assert not may_be_written("tableaux/coverage.modifie.csv")
    assert not may_be_written("cartes/map_tous_walk.modifie.html")


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
def test_a_file_of_an_unforeseen_name_is_not_overwritten_either(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "r"
    write_run(results, folder, overwrite=False)
    (folder / "nouveau.txt").write_text("à moi", encoding="utf-8")

    def write_more(_: Results, target: Target) -> list[Path]:
        (target.folder / "nouveau.txt").write_text("d'un calcul", encoding="utf-8")
        return [target.folder / "nouveau.txt"]

    monkeypatch.setitem(STEPS, "Rapport", write_more)
    with pytest.raises(OutputError, match=r"nouveau\.txt"):
        write_run(another(results), folder, overwrite=True)
    assert (folder / "nouveau.txt").read_text("utf-8") == "à moi"


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
def test_a_file_edited_again_and_again_is_kept_each_time(
    results: Results, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "r"
    write_run(results, folder, overwrite=False)
    for number, name in enumerate(("coverage.modifie.csv", "coverage.modifie1.csv")):
        file_in(folder, "coverage.csv").write_text(f"essai {number}", encoding="utf-8")
        write_run(results, folder, overwrite=True)
        assert file_in(folder, name).read_text("utf-8") == f"essai {number}"
        assert f"coverage.csv a été modifié depuis le calcul précédent : gardé sous le nom {name}" in caplog.text
    assert file_in(folder, "coverage.modifie.csv").read_text("utf-8") == "essai 0"


def mark_of(pid: int, start: str, host: str | None = None) -> str:
    return f"{host or _process._host()}-{pid}-{start}"


def dead_mark() -> str:
    """The mark of a process that has ended."""
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        start = _process._start(process.pid)
    return mark_of(process.pid, start)


def test_what_a_killed_run_left_beside_the_folder_goes_and_nothing_else(tmp_path: Path) -> None:
    reused = mark_of(os.getpid(), "1")  # a number that came back
    elsewhere = mark_of(2**22 - 1, "1", host="0" * 8)
    names = {
        f".r.{dead_mark()}.part": False, f".r.{reused}.part": False, f".r.{_process.process_mark()}.part": True,
        f".r.{elsewhere}.part": True, f".s.{dead_mark()}.part": True, ".r.notes.part": True,
    }  # fmt: skip
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "coverage.csv").write_text("à moitié", encoding="utf-8")
    check_output_folder(tmp_path / "r", overwrite=False)
    assert {name for name in names if (tmp_path / name).exists()} == {name for name, stays in names.items() if stays}


@pytest.mark.usefixtures("tables_only")
def test_a_result_that_had_stepped_back_when_the_process_was_killed_returns(results: Results, tmp_path: Path) -> None:
    folder = tmp_path / "r"
    write_run(results, folder, overwrite=False)
    before = fingerprints(folder)
    folder.rename(tmp_path / f".r.{dead_mark()}.old")
    with pytest.raises(OutputError, match="--overwrite"):
        check_output_folder(folder, overwrite=False)
    assert fingerprints(folder) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r"]


def test_files_of_the_user_that_a_killed_process_had_yet_to_move_are_moved(run_folder: Path, tmp_path: Path) -> None:
    folder, old = tmp_path / "r", tmp_path / f".r.{dead_mark()}.old"
    shutil.copytree(run_folder, folder)
    before = fingerprints(folder)
    shutil.copytree(run_folder, old)
    (old / "notes.txt").write_text("à moi", encoding="utf-8")
    check_output_folder(folder, overwrite=True)
    assert fingerprints(folder) == before | {"notes.txt": hashlib.sha256("à moi".encode()).hexdigest()}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r"]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.usefixtures("tables_only")
def test_a_run_that_another_one_overtakes_is_refused_or_replaces_it(
    results: Results, run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, overwrite: bool
) -> None:
    folder = tmp_path / "r"
    write = STEPS["Rapport"]

    def overtaken(results: Results, target: Target) -> list[Path]:
        shutil.copytree(run_folder, folder)
        return write(results, target)

    monkeypatch.setitem(STEPS, "Rapport", overtaken)
    if overwrite:
        write_run(another(results), folder, overwrite=True)
        assert fingerprints(folder) != fingerprints(run_folder)
    else:
        with pytest.raises(OutputError, match="--overwrite"):
            write_run(another(results), folder, overwrite=False)
        assert fingerprints(folder) == fingerprints(run_folder)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r"]


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
def test_a_run_over_one_from_before_folders_replaces_it_and_keeps_what_is_the_user_s(
    results: Results, tmp_path: Path
) -> None:
    write_run(results, tmp_path / "new", overwrite=False)
    before = fingerprints(tmp_path / "new")
    folder = Path(shutil.copytree(tmp_path / "new", tmp_path / "r"))
    lay_flat(folder)
    (folder / "cartes").mkdir()
    (folder / "cartes" / "plan.html").write_text("à moi", encoding="utf-8")
    (folder / "curve.csv").write_text("retouché", encoding="utf-8")
    write_run(results, folder, overwrite=True)
    after = fingerprints(folder)
    assert after.keys() - before.keys() == {"cartes/plan.html", "curve.modifie.csv"}
    assert (folder / "cartes" / "plan.html").read_text("utf-8") == "à moi"
    assert (folder / "curve.modifie.csv").read_text("utf-8") == "retouché"
    assert all(after[path] == sha256 for path, sha256 in before.items() if path != MANIFEST)


@pytest.mark.usefixtures("tables_only")
def test_what_stands_where_a_run_needs_a_folder_is_refused_and_stays(results: Results, tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "r", tmp_path / "ailleurs"
    write_run(results, folder, overwrite=False)
    elsewhere.mkdir()
    (folder / "cartes").symlink_to(elsewhere)  # a run of tables has no maps
    with pytest.raises(OutputError, match=r"qu'aucun calcul n'a écrits : cartes"):
        check_output_folder(folder, overwrite=True)
    assert (folder / "cartes").is_symlink()


def test_every_file_of_a_run_is_listed_where_its_name_puts_it(changed_folder: Path) -> None:
    files = files_in(changed_folder)
    names = {path: flat_name(path) for path in files}
    assert {name: run_path(name) for name in names.values()} == {name: path for path, name in names.items()}
    manifest = json.loads((changed_folder / MANIFEST).read_text("utf-8"))
    assert {item["path"] for item in manifest["outputs"]} == files.keys() - {MANIFEST}
    package = json.loads((changed_folder / "datapackage.json").read_text("utf-8"))
    assert package["flat_names"] == {name: path for path, name in names.items() if path != name}
    assert all(item["path"] == run_path(item["flat_name"]) for item in package["resources"])
