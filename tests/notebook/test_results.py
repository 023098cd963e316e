"""Studies and results in a notebook: from a path or a dict, changed under the checks of a file, answered and drawn."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd
import pytest

import access92
from access92.audit.verify import verify_run
from access92.errors import InputError, OutputError
from access92.notebook import progress_bar
from tests.toy_study import write_toy_study


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy_study(tmp_path_factory.mktemp("carnet"))


@pytest.fixture(scope="module")
def results(file: Path) -> access92.Results:
    return access92.run_study(file, cache_folder=None)


def test_a_path_and_a_dict_give_the_same_results(file: Path, results: access92.Results) -> None:
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    again = access92.run_study(access92.read_study(content, folder=file.parent))
    pd.testing.assert_frame_equal(again.coverage, results.coverage)
    assert access92.read_study(str(file)) == results.study


def test_a_dict_is_checked_as_a_file(file: Path) -> None:
    content = tomllib.loads(file.read_text(encoding="utf-8"))
    with pytest.raises(InputError, match="Vouliez-vous dire « services »"):
        access92.read_study({**content, "service": content["services"]}, folder=file.parent)
    with pytest.raises(InputError, match="DataFrame"):
        access92.read_study({**content, "services": {"file": pd.DataFrame()}})


def test_options_make_another_study_that_is_checked_and_leave_the_first_alone(file: Path) -> None:
    study = access92.read_study(file)
    other = study.with_options(analysis={"threshold_min": 10}, modes=["walk"], scenarios=study.scenarios[:1])
    assert (other.analysis.threshold_min, other.analysis.cutoff_min, other.modes) == (10, 60, ("walk",))
    assert [item.name for item in other.scenarios] == ["tous"]
    assert (study.analysis.threshold_min, len(study.scenarios)) == (5, 2)
    for wrong, said in (
        ({"analysis": {"threshold_min": 7}}, "threshold_min doit figurer"),
        ({"analysis": {"treshold_min": 10}}, "threshold_min"),
        ({"modes": "walk"}, "modes"),
        ({"mode": ["walk"]}, "Vouliez-vous dire « modes »"),
    ):
        with pytest.raises(InputError, match=said):
            study.with_options(**wrong)


@pytest.mark.slow
@pytest.mark.usefixtures("tables_only")
def test_a_study_made_by_python_is_written_read_and_its_run_made_again(file: Path) -> None:
    study = access92.read_study(file).with_options(modes=["walk"], title="À pied « seul »")
    written = study.write()
    assert access92.read_study(written).sha256 == study.sha256
    assert study.write() == written  # the very file is there already
    with pytest.raises(OutputError, match="Un autre fichier a déjà ce nom"):
        study.write(file)
    run = file.parent / "calcul"
    access92.run_study(study).write(run)
    assert verify_run(run).was_recomputed


def test_the_answer_names_its_streets_and_the_names_are_short(results: access92.Results) -> None:
    answer = results.headline()
    assert "à moins de 5 min d’un service (« Tous les services »)" in answer.replace("\u00a0", " ").replace(
        "\u202f", " "
    )
    assert "OpenStreetMap (essai)" in answer
    for value in (results, results.study, access92.study_network(results.study)):
        assert len(repr(value)) < 120
        assert "\n" not in repr(value)


@pytest.mark.usefixtures("tables_only")
def test_the_files_are_those_of_the_command_line(results: access92.Results, tmp_path: Path) -> None:
    paths = results.write(tmp_path / "calcul")
    assert {"manifest.json", "coverage.csv"} <= {path.name for path in paths}
    with pytest.raises(OutputError, match="n'est pas vide"):
        results.write(tmp_path / "calcul")
    assert results.write(tmp_path / "calcul", overwrite=True)


@pytest.mark.slow  # the library of the classes is long to import
def test_the_map_asks_nothing_of_any_host_and_shows_each_area(results: access92.Results) -> None:
    pytest.importorskip("mapclassify", reason="mapclassify is not installed (extra « notebook »)")
    page = results.explore(scheme="quantiles", k=2).get_root().render()
    for tag in ('src="http', 'href="http', "url(http"):
        assert tag not in page.replace('href="https://leafletjs.com', "")
    assert "Ouest" in page
    assert "Est" in page
    with pytest.raises(InputError, match="Vouliez-vous dire « tous »"):
        results.explore(scenario="tout")
    with pytest.raises(InputError, match="Classes inconnues"):
        results.explore(scheme="quantails")


def test_what_is_not_installed_is_named_with_its_command(
    results: access92.Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mapclassify", None)
    with pytest.raises(InputError, match=r"pip install .access92\[notebook\]"):
        results.explore()


class _Shown:
    """What a notebook shows of one cell: the last content of its output."""

    def __init__(self) -> None:
        self.contents: list[str] = []

    def __call__(self, data: dict[str, str], **_: object) -> _Shown:
        self.contents.append(data["text/html"])
        return self

    update = __call__


def test_a_bar_shows_late_steps_in_place_and_goes_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, now = _Shown(), iter([0.0, 0.5, 2.0, 2.01, 3.0])
    monkeypatch.setattr(progress_bar, "_notebook_display", lambda: shown)
    monkeypatch.setattr(progress_bar.time, "monotonic", lambda: next(now))
    with progress_bar.notebook_progress() as progress:
        progress("Rues")  # too early to be worth a bar
        progress("Lieux", 1, 4)
        progress("Lieux", 2, 4)  # too soon after the one before
        progress("Lieux", 3, 4)
    assert [text.split(">")[-1].strip() for text in shown.contents] == ["Lieux : 1 sur 4", "Lieux : 3 sur 4", ""]
