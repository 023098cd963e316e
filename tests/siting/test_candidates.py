"""Candidate places: one inhabited demand point per cell, the same every time, always inside the study area."""

from __future__ import annotations

import pickle
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from access92.cache.store import read_sealed
from access92.outputs.results_fingerprint import results_fingerprint
from access92.run.pipeline import run_study
from access92.siting.candidates import choose_candidates
from access92.study.read import read_study
from access92.travel import lazy_matrix
from access92.travel.lazy_matrix import matrix_sha256
from tests.toy_study import GOOD_STUDY, write_toy_study

CRS = "EPSG:2154"


def people(seed: int = 92, n: int = 500) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, 3000, (n, 2))
    demand = gpd.GeoDataFrame(
        {"area_id": np.where(xy[:, 0] < 1500, "a", "b"), "population": rng.integers(0, 4, n).astype(float)},
        geometry=gpd.points_from_xy(*xy.T),
        crs=CRS,
    )
    areas = gpd.GeoDataFrame(
        {"area_id": ["a", "b"]}, geometry=[shapely.box(0, 0, 1500, 3000), shapely.box(1500, 0, 3000, 2800)], crs=CRS
    )
    return demand, areas


def test_each_cell_with_inhabitants_gives_one_place() -> None:
    demand, areas = people()
    places = choose_candidates(demand, areas, cell_m=500)
    cells = np.floor(shapely.get_coordinates(places.geometry.array) / 500)
    assert len(np.unique(cells, axis=0)) == len(places)
    inside = demand[(demand["population"] > 0) & ((demand["area_id"] == "a") | (demand.geometry.y <= 2800))]
    asked = np.unique(np.floor(shapely.get_coordinates(inside.geometry.array) / 500), axis=0)
    assert len(asked) == len(places)


def test_places_are_inhabited_points_inside_the_area_that_counts_them() -> None:
    demand, areas = people()
    places = choose_candidates(demand, areas, cell_m=300)
    home = {(x, y): p for x, y, p in zip(demand.geometry.x, demand.geometry.y, demand["population"], strict=True)}
    assert all(home[point.x, point.y] > 0 for point in places.geometry)
    assert (places.geometry.y <= 2800)[places["area_id"] == "b"].all()


def test_the_choice_is_the_same_whatever_the_order_of_the_people_elsewhere() -> None:
    demand, areas = people()
    first = choose_candidates(demand, areas, cell_m=500)
    again = choose_candidates(demand.iloc[::-1].reset_index(drop=True), areas, cell_m=500)
    assert first["candidate_id"].is_unique
    assert first.geometry.to_wkt().tolist() == again.geometry.to_wkt().tolist()


def test_without_a_cell_size_there_is_no_place() -> None:
    demand, areas = people()
    assert len(choose_candidates(demand, areas, cell_m=0)) == 0


CLOSED = """
[map]
candidates_m = 150
[[scenario]]
name = "ferme"
title = "Une rue fermée"
based_on = "tous"
[[scenario.change]]
kind = "close_street"
polygon = [[2.2500, 48.8213], [2.2520, 48.8213], [2.2520, 48.8223], [2.2500, 48.8223]]
"""


def test_a_run_times_the_candidate_places_and_finds_them_again_in_the_cache(tmp_path: Path) -> None:
    study = read_study(write_toy_study(tmp_path, study=GOOD_STUDY + CLOSED))
    fresh = run_study(study)
    first = run_study(study, cache_folder=tmp_path / "cache")
    again = run_study(study, cache_folder=tmp_path / "cache")
    assert fresh.candidates is not None
    assert len(fresh.candidates.places) > 3
    for results in (first, again):
        assert results.candidates is not None
        for mode, minutes in fresh.candidates.minutes.items():
            np.testing.assert_array_equal(minutes, results.candidates.minutes[mode])
    walk = fresh.candidates.minutes["walk"]
    assert np.nanmin(walk, axis=1).max() < 1.5  # each stands where people live: to the street and back
    assert np.nanmax(walk) <= fresh.candidates.cutoff_min == max(study.analysis.thresholds_min)


def test_candidate_times_that_are_kept_are_read_when_asked_for_and_made_anew_where_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    study, cache = read_study(write_toy_study(tmp_path, study=GOOD_STUDY + CLOSED)), tmp_path / "cache"
    first = run_study(study, cache_folder=cache).candidates
    files = sorted(cache.glob("places-*"))
    read: list[Path] = []
    monkeypatch.setattr(lazy_matrix, "read_sealed", lambda path: read.append(path) or read_sealed(path))
    again = run_study(study, cache_folder=cache).candidates
    assert first is not None
    assert again is not None
    assert [matrix_sha256(again.minutes, mode) for mode in again.minutes] == [
        matrix_sha256(dict(first.minutes), mode) for mode in first.minutes
    ]
    assert read == []
    damaged = bytearray(files[0].read_bytes())
    damaged[-1] ^= 1
    files[0].write_bytes(bytes(damaged))
    for mode in (*first.minutes, *first.minutes):
        np.testing.assert_array_equal(again.minutes[mode], first.minutes[mode])
    assert sorted(read) == files  # each once, however often it is asked for
    assert files[0].name in caplog.text
    assert read_sealed(files[0]) is not None


def test_another_largest_threshold_asks_for_other_candidate_times(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    for name in ("short", "long"):
        (tmp_path / name).mkdir()
    studies = [
        read_study(write_toy_study(tmp_path / name, study=(GOOD_STUDY + CLOSED).replace("[2, 5, 10]", thresholds)))
        for name, thresholds in (("short", "[2, 5]"), ("long", "[2, 5, 10]"))
    ]
    for study in studies:
        run_study(study, cache_folder=cache)
    fresh, kept = run_study(studies[1]).candidates, run_study(studies[1], cache_folder=cache).candidates
    assert fresh is not None
    assert kept is not None
    assert np.nanmax(fresh.minutes["walk"]) > 5
    np.testing.assert_array_equal(fresh.minutes["walk"], kept.minutes["walk"])


def test_results_can_be_handed_to_another_process(tmp_path: Path) -> None:
    study = read_study(write_toy_study(tmp_path, study=GOOD_STUDY + CLOSED))
    for results in (run_study(study, cache_folder=tmp_path / "cache") for _ in range(2)):
        again = pickle.loads(pickle.dumps(results))  # noqa: S301 - our own bytes
        assert results.candidates is not None
        assert results_fingerprint(again) == results_fingerprint(results)
        np.testing.assert_array_equal(again.candidates.minutes["walk"], results.candidates.minutes["walk"])


def test_asking_whether_a_mode_is_there_reads_nothing() -> None:
    times = lazy_matrix.LazyMatrices({"walk": lazy_matrix.LazyMatrix(lambda: pytest.fail("it was read"))})
    assert "walk" in times
    assert "bike" not in times


def test_a_run_keeps_the_times_of_scenarios_on_other_streets_apart(tmp_path: Path) -> None:
    results = run_study(read_study(write_toy_study(tmp_path, study=GOOD_STUDY + CLOSED)))
    assert set(results.scenario_times) == {("ferme", "walk"), ("ferme", "car")}
    access = results.access("ferme", "walk")
    rows = results.scenario_times["ferme", "walk"].minutes[access.service_rows]
    np.testing.assert_array_equal(np.where(np.isnan(rows), np.inf, rows).min(axis=0), access.travel_time_min)


def test_without_candidates_asked_for_a_run_has_none(tmp_path: Path) -> None:
    results = run_study(read_study(write_toy_study(tmp_path)))
    assert results.candidates is None
    assert results.scenario_times == {}
