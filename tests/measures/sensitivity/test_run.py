"""The sensitivity of a whole run: the same headline as the report's, the same bands for one scenario as for all."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from tests.toy_study import GOOD_STUDY, write_toy_study

ASKED = GOOD_STUDY.replace(
    "[[scenario]]",
    "[sensitivity]\nspeed_share = 0.2\nthreshold_min = 1\nmax_snap_m = [20, 600]\ndraws = 15\nseed = 7\n[[scenario]]",
    1,
)
TABLES = ("bands", "borderline", "ranking")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    write_toy_study(folder, study=ASKED)
    return folder


@pytest.fixture(scope="module")
def results(folder: Path) -> Results:
    return run_study(read_study(folder / "study.toml"))


def test_the_central_value_is_the_headline(results: Results) -> None:
    told = results.coverage.query("mode == 'walk' and rule == 'any' and area_id == 'total' and threshold_min == 5")
    central = results.sensitivity.bands.query("source == 'all'")
    assert central["scenario"].tolist() == told["scenario"].tolist() == ["tous", "sst"]
    assert central["central_population"].tolist() == told["population_covered"].tolist()
    assert central["central_share"].tolist() == told["coverage_share"].tolist()


def test_bands_are_as_wide_as_what_moves(results: Results) -> None:
    bands = results.sensitivity.bands.set_index(["scenario", "source"])
    width = bands["high_share"] - bands["low_share"]
    assert (width.loc["tous"] <= width.loc["tous", "all"]).all()
    assert width.loc["tous", "position"] > 0
    assert width.loc["sst", "position"] == 0  # the SST is where it is said to be
    assert width.loc["tous", "speed"] > 0
    assert width.loc["tous", "snapping"] > 0
    assert "population" not in width.loc["tous"].index


def test_one_scenario_run_alone_has_the_same_bands(results: Results, folder: Path) -> None:
    alone = run_study(read_study(folder / "study.toml"), scenarios=["tous"]).sensitivity
    for name in ("bands", "borderline"):
        among = getattr(results.sensitivity, name).query("scenario == 'tous'").reset_index(drop=True)
        pd.testing.assert_frame_equal(getattr(alone, name), among, check_exact=True)
    assert alone.ranking.empty


def test_a_run_from_the_cache_gives_the_same_tables_and_says_that_it_looks_at_sensitivity(
    results: Results, folder: Path, tmp_path: Path
) -> None:
    steps: list[str] = []
    for _ in range(2):
        again = run_study(read_study(folder / "study.toml"), cache_folder=tmp_path, on_progress=steps.append)
        for name in TABLES:
            one, other = getattr(results.sensitivity, name), getattr(again.sensitivity, name)
            pd.testing.assert_frame_equal(one, other, check_exact=True)
    assert steps.count("Sensibilité") == 2
    assert len(list(tmp_path.glob("sensitivity-*.json"))) == 2  # one a scenario


def test_a_study_that_asks_for_none_has_none(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    found = run_study(read_study(file)).sensitivity
    assert all(getattr(found, name).empty for name in TABLES)
