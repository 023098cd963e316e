"""Whole runs on real streets: Porto (.osm.pbf), Saint-Germain-en-Laye (Overpass), Meudon (GraphML)."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely

from access92.outputs import write_run
from access92.outputs.words.notices import notices_table
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from tests.real_studies import PORTO, SAINT_GERMAIN, Town, write_meudon_study, write_town_study

pytestmark = pytest.mark.slow


def check_run(results: Results, folder: Path) -> None:
    """What must hold of any run on real data."""
    written = write_run(results, folder / "out", overwrite=False)
    assert {path.suffix for path in written} >= {".html", ".csv", ".parquet", ".gpkg", ".json"}
    coverage = results.coverage
    assert ((coverage["coverage_share"].dropna() >= 0) & (coverage["coverage_share"].dropna() <= 1)).all()
    assert (coverage["population_covered"] + coverage["population_unsnapped"] <= coverage["population"] + 1e-6).all()
    by_area = (
        coverage[coverage["area_id"] != "total"]
        .groupby(["scenario", "mode", "rule", "public", "threshold_min"])
        .sum(numeric_only=True)
    )
    total = coverage[coverage["area_id"] == "total"].set_index(["scenario", "mode", "rule", "public", "threshold_min"])
    np.testing.assert_allclose(by_area["population_covered"].sort_index(), total["population_covered"].sort_index())
    assert results.isochrones.geometry.is_valid.all()
    for (_, _, _, _), group in results.isochrones.groupby(["scenario", "mode", "rule", "service_id"]):
        areas = list(group.sort_values("threshold_min").geometry)
        assert all(shapely.difference(a, b).area < 1e-3 for a, b in pairwise(areas))


def wrong_side_share(results: Results, mode: str, threshold_min: float) -> float:
    """Share of the people near a street whom the drawn isochrone puts on the other side than the computed times."""
    scenario = results.scenarios[0].name
    access = results.access(scenario, mode)
    drawn = results.isochrones.query(
        "scenario == @scenario and mode == @mode and rule == 'any' and threshold_min == @threshold_min",
    ).geometry.item()
    shapely.prepare(drawn)
    inside = shapely.contains(drawn, results.demand.geometry.to_numpy())
    covered = access.travel_time_min < np.float32(threshold_min)
    near = (results.travel_times[mode].demand_snaps["snap_m"] < 50).to_numpy()
    people = results.demand["population"].to_numpy()
    return float(people[near & (inside != covered)].sum() / people[near].sum())


@pytest.mark.parametrize("town", [PORTO, SAINT_GERMAIN], ids=lambda town: town.name)
def test_a_study_on_real_streets_runs_to_its_files(town: Town, shared_folder: Path, tmp_path: Path) -> None:
    results = run_study(read_study(write_town_study(town, shared_folder, tmp_path)))
    check_run(results, tmp_path)
    walk, bike = (results.access("tous", mode).travel_time_min for mode in ("walk", "bike"))
    both = np.isfinite(walk) & np.isfinite(bike)
    assert both.mean() > 0.7
    assert np.median(bike[both]) < np.median(walk[both])
    assert wrong_side_share(results, "walk", 20.0) < 0.015


def test_meudon_with_its_real_pmi_and_sst(shared_folder: Path, tmp_path: Path) -> None:
    results = run_study(read_study(write_meudon_study(shared_folder, tmp_path)))
    check_run(results, tmp_path)
    assert results.demand["population"].sum() == 46_334
    kinds = set(results.services["kind"])
    assert kinds == {"pmi", "sst"}
    detail = " ".join(notices_table(results)["detail"])
    assert "graphe non orienté" in detail
    total = results.coverage.query(
        "area_id == 'total' and rule == 'any' and public == 'all' and mode == 'walk' and threshold_min == 20"
    )
    assert 0.3 < total["coverage_share"].item() < 0.95
