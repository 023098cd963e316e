"""A whole study with a raster of heights: what it changes, what it keeps, what it refuses."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

import access92
from access92.cli import app
from access92.errors import InputError
from access92.outputs.words.sensitivity import bands_table
from access92.run.study_inputs import read_inputs
from tests.rasters import Heights, write_raster
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

MODES = 'modes = ["walk", "bike", "car", "walk_wheelchair"]'
FLAT = GOOD_STUDY.replace('modes = ["walk", "car"]', MODES) + "[sensitivity]\ndraws = 2\n"
HILLY = FLAT + '[elevation]\nfile = "relief.tif"\nsource = "essai"\n'
MIDDLE = gpd.GeoSeries([shapely.Point(lon_lat(2.5, 2.5))], crs=4326).to_crs(2154).iloc[0]


def hill(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return 60 * np.exp(-((x - MIDDLE.x) ** 2 + (y - MIDDLE.y) ** 2) / 2 / 250**2)


def plain(x: np.ndarray, _: np.ndarray) -> np.ndarray:
    return np.full_like(x, 35.0)


def write_relief(folder: Path, heights: Heights, *, reach_m: float = 900.0) -> None:
    around = (MIDDLE.x - reach_m, MIDDLE.y - reach_m, MIDDLE.x + reach_m, MIDDLE.y + reach_m)
    write_raster(folder / "relief.tif", heights, around, cell=10.0)


def run(folder: Path, study: str, **options: object) -> access92.Results:
    return access92.run_study(access92.read_study(write_toy_study(folder, study=study)), **options)


def test_a_hill_lengthens_walks_and_rides_but_no_drive_and_the_sensitivity_says_by_how_much(tmp_path: Path) -> None:
    write_relief(tmp_path, hill)
    flat, hilly = run(tmp_path, FLAT), run(tmp_path, HILLY)
    for mode in ("walk", "bike"):
        before, after = (results.travel_times[mode].minutes for results in (flat, hilly))
        assert np.nanmean(after) > 1.03 * np.nanmean(before)
    np.testing.assert_array_equal(flat.travel_times["car"].minutes, hilly.travel_times["car"].minutes)
    wheelchair = [np.isfinite(item.travel_times["walk_wheelchair"].minutes).mean() for item in (flat, hilly)]
    assert wheelchair[1] < wheelchair[0]

    # without its heights the study covers what the flat one covers, to the person
    bands = hilly.sensitivity.bands.query("source == 'slopes'")
    covered = flat.coverage.query("mode == 'walk' and rule == 'any' and area_id == 'total' and threshold_min == 5")
    for band, population in zip(bands.to_dict("records"), covered["population_covered"], strict=True):
        assert population in (band["low_population"], band["high_population"])  # who walks down a slope gains
        assert band["low_population"] < band["high_population"] or population == band["central_population"]
    assert (bands["low_population"] < bands["high_population"]).any()
    words = bands_table(hilly.sensitivity).query("source == 'slopes'")["detail"]
    assert set(words) == {"sans relief, toutes les rues à plat"}
    assert "slopes" not in set(flat.sensitivity.bands["source"])
    assert [item.path for item in hilly.inputs if item.role == "relief"] == ["relief.tif"]


@pytest.mark.slow
def test_a_plain_changes_nothing(tmp_path: Path) -> None:
    write_relief(tmp_path, plain)
    flat, level = run(tmp_path, FLAT), run(tmp_path, HILLY)
    for mode in ("walk", "bike", "car", "walk_wheelchair"):
        np.testing.assert_array_equal(flat.travel_times[mode].minutes, level.travel_times[mode].minutes)
    pd.testing.assert_frame_equal(flat.coverage, level.coverage)


@pytest.mark.slow
def test_another_raster_of_the_same_name_is_not_read_from_the_cache(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    write_relief(tmp_path, plain)
    level = run(tmp_path, HILLY, cache_folder=cache)
    again = run(tmp_path, HILLY, cache_folder=cache)
    write_relief(tmp_path, hill)
    hilly, uncached = run(tmp_path, HILLY, cache_folder=cache), run(tmp_path, HILLY)
    for mode in ("walk", "bike"):
        minutes = [item.travel_times[mode].minutes for item in (level, again, hilly, uncached)]
        np.testing.assert_array_equal(minutes[0], minutes[1])
        np.testing.assert_array_equal(minutes[2], minutes[3])
        assert not np.array_equal(minutes[0], minutes[2])


@pytest.mark.parametrize(("reach_m", "what"), [(150.0, r"Ouest \(\d+ %\)"), (None, "introuvable")])
def test_check_and_run_refuse_heights_that_are_missing(tmp_path: Path, reach_m: float | None, what: str) -> None:
    if reach_m is not None:
        write_relief(tmp_path, hill, reach_m=reach_m)
    file = write_toy_study(tmp_path, study=HILLY)
    study = access92.read_study(file)
    with pytest.raises(InputError, match=what):
        read_inputs(study, study.scenarios, cache_folder=None, on_progress=lambda _: None)
    checked = CliRunner().invoke(app, ["check", str(file)])
    assert isinstance(checked.exception, InputError) or checked.exit_code == 3


def test_the_modes_command_tells_the_rules_of_slopes_and_their_sources() -> None:
    told = CliRunner().invoke(app, ["modes"]).output
    assert "Tobler" in told
    assert "Parkin et Rotheram" in told
    assert "AccessMap" in told
