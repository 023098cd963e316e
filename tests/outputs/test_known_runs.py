"""A run that was asked before is answered without computing; whatever decides it makes it another question."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from access92.outputs import known_runs
from access92.outputs.layout import file_in
from access92.run import pipeline
from access92.run.results import Results
from access92.study.model import Study
from tests.command_line import command
from tests.run_files import files_in
from tests.toy_study import write_toy_study

pytestmark = pytest.mark.usefixtures("tables_only", "isolated_cache")
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a study by the command into a folder; what it printed, without the line that names the folder."""

    def run_once(study: Path, folder: str, *words: str) -> str:
        assert command("run", study, "--output", tmp_path / folder, *words, monkeypatch=monkeypatch) == 0
        return "".join(line for line in capsys.readouterr().out.splitlines(keepends=True) if "à jour dans" not in line)

    return run_once


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the studies that were computed since."""
    names: list[str] = []
    compute = pipeline.run_study

    def count(study: Study, **more: Any) -> Results:
        names.append(study.name)
        return compute(study, **more)

    monkeypatch.setattr(pipeline, "run_study", count)
    return names


def bytes_of(folder: Path) -> dict[str, bytes]:
    """The files of a run but its manifest, whose date may differ."""
    return {path: file.read_bytes() for path, file in files_in(folder).items() if path != "manifest.json"}


def test_the_same_question_has_the_same_answer_and_is_not_computed(
    tmp_path: Path, run: Run, computed: list[str]
) -> None:
    study = write_toy_study(tmp_path)
    first = run(study, "out")
    written = bytes_of(tmp_path / "out")
    assert computed == ["essai"]
    assert run(study, "out", "--overwrite") == first
    assert run(study, "elsewhere") == first
    assert computed == ["essai"]
    assert bytes_of(tmp_path / "out") == bytes_of(tmp_path / "elsewhere") == written


@pytest.mark.slow
def test_files_that_were_lost_or_edited_come_back_and_the_edit_is_kept(
    tmp_path: Path, run: Run, computed: list[str]
) -> None:
    study = write_toy_study(tmp_path)
    run(study, "out")
    written = bytes_of(tmp_path / "out")
    for name in ("coverage.csv", "access.parquet"):  # not edited in place: the cache may share its bytes
        file_in(tmp_path / "out", name).unlink()
    file_in(tmp_path / "out", "coverage.csv").write_text("mine", encoding="utf-8")
    run(study, "out", "--overwrite")
    assert computed == ["essai"]
    assert bytes_of(tmp_path / "out") == {**written, "tableaux/coverage.modifie.csv": b"mine"}


@pytest.mark.slow
def test_records_for_machines_say_that_nothing_was_computed(tmp_path: Path, run: Run) -> None:
    study = write_toy_study(tmp_path)
    first, again = json.loads(run(study, "out", "--json")), json.loads(run(study, "out", "--json", "--overwrite"))
    assert all(item["computed"] > 0 for item in first["provenance"])
    for before, after in zip(first.pop("provenance"), again.pop("provenance"), strict=True):
        assert after == {**before, "computed": 0, "from_cache": before["computed"] + before["from_cache"]}
    assert first == again


@pytest.mark.slow
@pytest.mark.parametrize("name", ["areas.geojson", "services.csv", "people.csv", "streets.osm", "study.toml"])
def test_a_byte_of_any_input_makes_another_question(tmp_path: Path, run: Run, computed: list[str], name: str) -> None:
    study = write_toy_study(tmp_path)
    run(study, "out")
    with (tmp_path / name).open("a", encoding="utf-8") as stream:
        stream.write("\n")
    run(study, "out", "--overwrite")
    assert computed == ["essai", "essai"]


@pytest.mark.slow
def test_other_scenarios_code_or_versions_make_another_question(
    tmp_path: Path, run: Run, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study = write_toy_study(tmp_path)
    run(study, "out")
    run(study, "out", "--overwrite", "--scenario", "tous")
    for name, value in (
        ("package_fingerprint", "other"), ("indirect_libraries_fingerprint", "other"), ("versions", {"numpy": "9"}),
    ):  # fmt: skip
        with monkeypatch.context() as patch:
            patch.setattr(known_runs, name, lambda value=value: value)
            run(study, "out", "--overwrite")
    assert len(computed) == 5


@pytest.mark.slow
def test_an_input_that_changes_before_it_is_read_is_not_remembered_under_the_former_question(
    tmp_path: Path, run: Run, computed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    study, people = write_toy_study(tmp_path), tmp_path / "people.csv"
    former = people.read_text(encoding="utf-8")
    answer = known_runs.answer_again

    def change_then_answer(*words: Any, **more: Any) -> Any:
        people.write_text(former + "2.2501,48.8201,500\n", encoding="utf-8")
        return answer(*words, **more)

    with monkeypatch.context() as patch:
        patch.setattr(known_runs, "answer_again", change_then_answer)
        changed = run(study, "out")
    people.write_text(former, encoding="utf-8")
    assert run(study, "out", "--overwrite") != changed
    assert computed == ["essai", "essai"]


@pytest.mark.slow
def test_a_damaged_answer_is_computed_anew(tmp_path: Path, run: Run, computed: list[str]) -> None:
    study = write_toy_study(tmp_path)
    first = run(study, "out")
    (answer,) = (tmp_path / "cache").glob("answers-*")
    body = bytearray(answer.read_bytes())
    body[len(body) // 2] ^= 1
    answer.write_bytes(body)
    assert run(study, "out", "--overwrite") == first
    assert computed == ["essai", "essai"]


@pytest.mark.slow
def test_a_missing_input_is_told_as_without_a_cache(
    tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study = write_toy_study(tmp_path)
    run(study, "out")
    (tmp_path / "people.csv").unlink()
    assert command("run", study, "--output", tmp_path / "out", "--overwrite", monkeypatch=monkeypatch) == 3
    assert "people.csv" in capsys.readouterr().err
