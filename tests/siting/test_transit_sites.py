"""Places for one more service by public transport: what the search promises is what adding each and running finds."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

import access92
from access92.errors import InputError
from access92.outputs.words.sites import sites_text
from access92.run.sites import find_sites
from tests.run.test_timetable_scenarios import OFTEN, added_line, scenario
from tests.run.test_transit import TRANSIT, study_file
from tests.test_cli import command
from tests.toy_study import GOOD_STUDY, lon_lat

(WEST, SOUTH), (EAST, NORTH) = lon_lat(1.5, 2.7), lon_lat(3.5, 3.3)
CLOSED = (
    f'kind = "close_street"\npolygon = [[{WEST}, {SOUTH}], [{EAST}, {SOUTH}], [{EAST}, {NORTH}], [{WEST}, {NORTH}]]'
)
STUDY = GOOD_STUDY.replace('modes = ["walk", "car"]', 'modes = ["walk", "transit"]').replace(
    "threshold_min = 5\nthresholds_min = [2, 5, 10]", "threshold_min = 4.5\nthresholds_min = [2, 4.5]"
)


def study_with(folder: Path, more: str = "") -> access92.Study:
    """The town with a bus; in one scenario another line runs, and streets are closed."""
    changed = scenario("souvent", OFTEN, base="sst") + scenario("ligne", OFTEN, added_line(), CLOSED, base="sst")
    return access92.read_study(study_file(folder, STUDY + changed + TRANSIT + more))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> access92.Results:
    return access92.run_study(study_with(tmp_path_factory.mktemp("lieux")))


@pytest.mark.parametrize("name", [pytest.param("souvent", marks=pytest.mark.slow), "ligne"])
def test_each_place_gains_what_a_run_with_it_says(name: str, results: access92.Results, tmp_path: Path) -> None:
    search = find_sites(results, scenario=name, mode="transit", count=2, apart_m=50, cell_m=50)
    on_foot = find_sites(results, scenario=name, count=2, apart_m=50, cell_m=50)
    assert len(search.sites) == 2
    assert [site.population_gained for site in search.sites] != [site.population_gained for site in on_foot.sites]
    text = sites_text(search)
    names = [block["name"] for block in tomllib.loads(text)["scenario"]]
    rerun = access92.run_study(study_with(tmp_path, "\n" + text), scenarios=[name, *names])
    rows = rerun.coverage.query("mode == 'transit' and rule == 'any' and area_id == 'total' and public == 'all'")
    covered = rows[rows["threshold_min"] == 4.5].set_index("scenario")["population_covered"]
    assert [covered[site] - covered[name] for site in names] == [site.population_gained for site in search.sites]


def test_every_place_is_tried_alike_whatever_the_block_that_it_is_in(
    results: access92.Results, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = {"scenario": "ligne", "mode": "transit", "count": 5, "apart_m": 0, "cell_m": 50}
    together = find_sites(results, **options)
    monkeypatch.setattr("access92.siting.greedy._ROWS_AT_ONCE", 7)
    assert find_sites(results, **options).sites == together.sites


def test_the_words_say_by_which_mode(results: access92.Results) -> None:
    text = sites_text(find_sites(results, scenario="sst", mode="transit", count=1, cell_m=50)).replace("\u00a0", " ")
    assert "# En transports en commun," in text
    assert "en transports en commun" in tomllib.loads(text)["scenario"][0]["description"]


def test_a_mode_that_the_study_does_not_compute_is_refused(
    results: access92.Results, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    with pytest.raises(InputError, match="ne calcule pas le mode « bike »"):
        find_sites(results, scenario="sst", mode="bike")
    study = study_with(tmp_path)
    arguments = ("--scenario", "sst", "--mode", "transport")
    assert command("sites", study.file, *arguments, monkeypatch=monkeypatch) == 3
    assert "Vouliez-vous dire « transit »" in capsys.readouterr().err
