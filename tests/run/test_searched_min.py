"""How far times are searched: as far as the study asks; the cut-off only decides which times are published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from access92.errors import InputError
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from tests.toy_study import lon_lat, write_toy_study

STUDY = """
name = "essai"
title = "Essai"
modes = ["walk"]
[areas]
file = "areas.geojson"
[services]
file = "services.csv"
[population]
method = "points"
file = "people.csv"
rescale = false
[streets]
file = "streets.osm"
[analysis]
reference_date = 2024-10-18
threshold_min = 3
thresholds_min = [2, 3]
cutoff_min = {cutoff}
[sensitivity]
threshold_min = 2
draws = 2
[[scenario]]
name = "sst"
title = "SST seul"
kinds = ["sst"]
[[scenario]]
name = "tous"
title = "Tous les services"
kinds = ["sst", "pmi"]
[[commitment]]
name = "loin"
title = "SST, sinon PMI"
source = "essai"
any_of = [
  {{ kinds = ["sst"], mode = "walk", under_min = 6 }},
  {{ kinds = ["pmi"], mode = "walk", under_min = {under} }},
]
"""


def random_study(folder: Path, seed: int, *, cutoff: float, under: float) -> Results:
    """The toy study with services and people at random places of its square, some of them far from any street."""
    folder.mkdir()
    file = write_toy_study(folder, study=STUDY.format(cutoff=cutoff, under=under))
    rng = np.random.default_rng(seed)
    rows = ["service_id,kind,name,lon,lat,position_basis,position_uncertainty_m"]
    for number, kind in enumerate(("sst", "pmi", "pmi")):
        lon, lat = lon_lat(*rng.uniform(0, 5, 2))
        rows.append(f"S{number},{kind},S{number},{lon},{lat},approximate,80")
    (folder / "services.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    rows = ["lon,lat,population"]
    for count in rng.integers(1, 30, 50):
        lon, lat = lon_lat(*rng.uniform(-0.5, 5.5, 2))
        rows.append(f"{lon},{lat},{count}")
    (folder / "people.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return run_study(read_study(file))


@pytest.mark.parametrize("seed", range(4))
def test_any_cut_off_gives_the_same_coverage_curve_commitments_and_bands(tmp_path: Path, seed: int) -> None:
    rng = np.random.default_rng(100 + seed)
    cutoff, under = round(float(rng.uniform(3, 9)), 1), round(float(rng.uniform(4, 14)), 1)
    short = random_study(tmp_path / "short", seed, cutoff=cutoff, under=under)
    far = random_study(tmp_path / "far", seed, cutoff=240, under=under)
    assert short.access_records[0].travel_time_min[~np.isnan(short.access_records[0].travel_time_min)].max() <= cutoff
    for name in ("coverage", "curve"):
        pd.testing.assert_frame_equal(getattr(short, name), getattr(far, name))
    for name in ("commitments", "commitment_summary", "sole"):
        pd.testing.assert_frame_equal(getattr(short.changes, name), getattr(far.changes, name))
    for name in ("bands", "borderline", "ranking"):
        pd.testing.assert_frame_equal(getattr(short.sensitivity, name), getattr(far.sensitivity, name))
    people = ["population_gained", "population_lost", "population_still_covered", "population_still_uncovered"]
    pd.testing.assert_frame_equal(short.changes.ledger[people], far.changes.ledger[people])
    counts = ["population_gained", "population_lost"]
    pd.testing.assert_frame_equal(short.comparison[counts], far.comparison[counts])


def test_the_curve_goes_on_beyond_the_cut_off_to_everybody(tmp_path: Path) -> None:
    results = random_study(tmp_path / "study", 1, cutoff=3, under=5)
    linked = 1 - results.curve["population_unsnapped"].iloc[0] / results.curve["population"].iloc[0]
    curve = results.curve.query("scenario == 'sst'").set_index("threshold_min")["coverage_share"]
    assert curve[60.0] == pytest.approx(linked)
    covered = results.coverage.query(
        "scenario == 'sst' and rule == 'any' and area_id == 'total' and threshold_min == 3"
    )
    assert covered["coverage_share"].item() < curve[60.0]


def test_beyond_the_cut_off_a_time_is_not_told_and_counts_as_the_cut_off_in_the_ledger(tmp_path: Path) -> None:
    short, far = (random_study(tmp_path / f"{cutoff}", 2, cutoff=cutoff, under=12) for cutoff in (4, 240))
    for access, far_access in zip(short.access_records, far.access_records, strict=True):
        is_known = ~np.isnan(access.travel_time_min)
        np.testing.assert_array_equal(is_known, far_access.travel_time_min <= 4)
        np.testing.assert_array_equal(access.travel_time_min[is_known], far_access.travel_time_min[is_known])
        np.testing.assert_array_equal(access.nearest_service[is_known], far_access.nearest_service[is_known])
        assert (access.nearest_service[~is_known] == -1).all()
    people = short.demand["population"].to_numpy(float)
    before, after = (np.minimum(np.nan_to_num(item.travel_time_min, nan=4), 4) for item in far.access_records)
    saved = float((people * (before.astype(float) - after)).sum())
    total = short.changes.ledger.query("rule == 'any' and public == 'all' and area_id == 'total'")
    assert total["minutes_saved_person_min"].item() == pytest.approx(saved)
    key = "area_id == 'total' and threshold_min == 3"
    assert short.comparison.query(key)["minutes_saved_person_min"].item() == pytest.approx(saved)


def test_times_are_searched_as_far_as_the_study_asks_anywhere(tmp_path: Path) -> None:
    def searched(cutoff: float, under: float, more: str = "") -> float:
        text = STUDY.format(cutoff=cutoff, under=under).replace(
            "[sensitivity]\nthreshold_min = 2", more or "[sensitivity]"
        )
        return read_study(write_toy_study(tmp_path, study=text)).searched_min

    assert searched(10, 15) == 60  # the curve
    assert searched(90, 15) == 90
    assert searched(10, 75) == 75
    assert searched(10, 15, "[sensitivity]\nthreshold_min = 80") == 83


def test_a_sensitivity_beyond_four_hours_and_minutes_finer_than_a_hundredth_are_refused(tmp_path: Path) -> None:
    text = STUDY.format(cutoff=10, under=5)
    for old, new, words in (
        ("[sensitivity]\nthreshold_min = 2", "[sensitivity]\nthreshold_min = 238", "120"),
        ("cutoff_min = 10", "cutoff_min = 10.001", "centième"),
        ("cutoff_min = 10", "cutoff_min = 10\nsame_place_m = 201", "same_place_m"),
        ("cutoff_min = 10", "cutoff_min = 10\nsame_place_m = -1", "same_place_m"),
        ("cutoff_min = 10", "cutoff_min = 10\nlink_radius_m = 101", "link_radius_m"),
        ("[sensitivity]", "[sensitivity]\nlink_radius_m = [-1]", "link_radius_m"),
    ):
        with pytest.raises(InputError, match=words):
            read_study(write_toy_study(tmp_path, study=text.replace(old, new)))
