"""The functions of a notebook give what a run gives, on random studies: the same minutes, people, areas and places."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

import access92
from access92.network.graph import MS_PER_MIN
from access92.run.sites import find_sites
from tests.random_studies import write_random_study

SEEDS = (12, 36)  # files alone; a line of buses added
MORE_SEEDS = (5, *range(13, 35))


def results_of(folder: Path, seed: int) -> access92.Results:
    """The run of a random study, of its first scenario; None where the study is refused."""
    study = access92.read_study(write_random_study(folder, seed)).with_options(sensitivity=None)
    return access92.run_study(study, scenarios=[study.reference.name])


def network_of(results: access92.Results, folder: Path, mode: str) -> access92.Network:
    """The network of the files of a study, without the study; of its scenario where that changes streets or speeds."""
    study = results.study
    scenario = results.scenarios[0]
    if scenario.changes or results.modes[mode].rides:
        return access92.study_network(study, mode=mode, scenario=scenario.name)
    streets = access92.read_streets(folder / "streets.osm", areas=results.areas, at=study.analysis.reference_moment)
    return access92.build_network(
        streets, mode=mode, mode_settings=study.mode_settings, max_snap_m=study.analysis.max_snap_m,
        link_radius_m=study.analysis.link_radius_m, hour=study.analysis.reference_hour,
        signals=study.analysis.signals,
    )  # fmt: skip


@pytest.mark.parametrize("seed", [*SEEDS, *(pytest.param(seed, marks=pytest.mark.slow) for seed in MORE_SEEDS)])
def test_the_functions_give_what_a_run_of_the_same_study_gives(seed: int, tmp_path: Path) -> None:
    results = results_of(tmp_path, seed)
    scenario, analysis = results.scenarios[0].name, results.study.analysis
    for mode in results.study_modes:
        network = network_of(results, tmp_path, mode)
        access = results.access(scenario, mode)
        services = results.services.iloc[access.service_rows]
        cutoff = {"cutoff_min": analysis.cutoff_min}

        # the matrix, under the ids of the frames
        matrix = access92.travel_time_matrix(network, results.demand, services, **cutoff)
        expected = results.travel_times[mode].minutes[access.service_rows].T
        np.testing.assert_array_equal(matrix.to_numpy(), expected)
        assert matrix.index.tolist() == results.demand["demand_id"].tolist()
        assert matrix.columns.tolist() == services["service_id"].tolist()

        # the nearest, and the people that it covers
        reached = access92.nearest(network, results.demand, services, **cutoff)
        np.testing.assert_array_equal(reached["travel_time_min"].to_numpy(), access.travel_time_min)
        ids = np.append(results.services["service_id"].to_numpy(dtype=object), None)[access.nearest_service]
        assert (
            reached["nearest_service_id"].astype(object).where(reached["nearest_service_id"].notna(), None).tolist()
            == ids.tolist()
        )
        counted = access92.coverage(reached, thresholds_min=analysis.thresholds_min, by="area_id", areas=results.areas)
        table = results.coverage
        rows = table[(table["mode"] == mode) & (table["rule"] == "any") & (table["public"] == "all")]
        for column in (
            "area_id",
            "threshold_min",
            "population",
            "population_covered",
            "population_unsnapped",
            "coverage_share",
        ):
            assert counted[column].tolist() == pytest.approx(rows[column].tolist(), abs=0, nan_ok=True), column

        # isochrones, all services together
        drawn = access92.isochrones(network, services, thresholds_min=analysis.thresholds_min, together=True)
        shapes = results.isochrones
        same = shapes[(shapes["mode"] == mode) & (shapes["rule"] == "any") & (shapes["service_id"] == "")]
        assert drawn["area_km2"].tolist() == same["area_km2"].tolist()
        assert drawn.geometry.geom_equals_exact(same.geometry.reset_index(drop=True), 0).all()

        # one more service
        sites = access92.best_sites(
            network, results.demand, services, threshold_min=analysis.threshold_min, apart_m=100, cell_m=80
        )
        found = find_sites(results, scenario=scenario, mode=mode, apart_m=100, cell_m=80).sites
        assert sites["population_gained"].tolist() == [site.population_gained for site in found]
        degrees = sites.to_crs(4326).geometry
        assert degrees.x.round(6).tolist() == [site.lon for site in found]


@pytest.mark.slow
@pytest.mark.parametrize("seed", [12, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (4, 5, 6, 36))])
def test_the_parts_of_a_way_add_up_to_the_minutes_of_the_matrix(seed: int, tmp_path: Path) -> None:
    results = results_of(tmp_path, seed)
    for mode in results.study_modes:
        network = network_of(results, tmp_path, mode)
        services = results.services.iloc[results.access(results.scenarios[0].name, mode).service_rows]
        reached = access92.nearest(network, results.demand, services)
        ways = access92.itineraries(network, results.demand, services)
        whole = ways.groupby("demand_id", sort=False)["duration_min"].sum(min_count=1)
        expected = reached.set_index("demand_id")["travel_time_min"]
        assert whole.index.tolist() == expected.index.tolist()
        np.testing.assert_allclose(whole.to_numpy(), expected.to_numpy(dtype=float), rtol=0, atol=0.5 / MS_PER_MIN)
        if network.mode.name == "walk":
            lines = ways[ways["follows_streets"]]
            # plain streets: what is walked is the line itself, at one speed, but for the scale of the projection
            np.testing.assert_allclose(lines["length_m"] * 60 / 5000, lines["duration_min"], rtol=1e-3, atol=1e-3)
            starts = [shapely.Point(line.coords[0]) for line in lines.geometry]
            homes = results.demand.set_index("demand_id").geometry.loc[lines["demand_id"]].to_numpy()
            assert shapely.distance(np.array(starts), homes).max() < 1e-6
