"""Isochrones by public transport: they say of homes what the matrix says, and nothing of places that nobody reaches."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely

import access92
from access92.run.results import Results
from tests.run.test_timetable_scenarios import added_line, scenario
from tests.run.test_transit import STUDY, TRANSIT, study_file, without_closure
from tests.toy_study import SIZE, lon_lat

MOST_WRONG = 0.015


def drawn(results: Results, name: str, mode: str = "transit") -> dict[float, shapely.Geometry]:
    table = results.isochrones
    rows = table[(table["scenario"] == name) & (table["mode"] == mode) & (table["rule"] == "any")]
    return dict(zip(rows["threshold_min"], rows.geometry, strict=True))


def wrong_share(results: Results, name: str, threshold_min: float, mode: str = "transit") -> float:
    """The share of people whom the drawing has on the wrong side of a threshold."""
    homes = results.demand
    is_inside = shapely.contains_xy(drawn(results, name, mode)[threshold_min], homes.geometry.x, homes.geometry.y)
    is_under = np.nan_to_num(results.access(name, mode).travel_time_min, nan=np.inf) < threshold_min
    people = homes["population"].to_numpy(dtype=float)
    return float(people[is_inside != is_under].sum() / people.sum())


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """The toy town with 800 homes, the bus, and a scenario with a stop between two crossings."""
    folder = tmp_path_factory.mktemp("isochrones")
    text = without_closure(STUDY).replace('kinds = ["sst", "pmi"]', 'kinds = ["sst"]')
    text = text.replace("thresholds_min = [2, 5, 7]", "thresholds_min = [2, 5, 6, 7, 8]")
    (west, south), (east, north) = lon_lat(0, 0), lon_lat(4.5, 4)
    middle = added_line().replace('{ stop = "bus:A" }', f"{{ lon = {west}, lat = {south} }}")
    middle = middle.replace(f"lon = {lon_lat(5, 0)[0]}, lat = {lon_lat(5, 0)[1]}", f"lon = {east}, lat = {north}")
    file = study_file(folder, text + TRANSIT + scenario("plus", middle))
    rng = np.random.default_rng(3)
    rows = ["lon,lat,population"]
    for _ in range(800):
        along, street = rng.uniform(0, SIZE - 1), rng.integers(SIZE) + rng.uniform(-0.02, 0.02)
        lon, lat = lon_lat(along, street) if rng.random() < 0.5 else lon_lat(street, along)
        rows.append(f"{lon},{lat},1")
    (folder / "people.csv").write_text("\n".join(rows), encoding="utf-8")
    return access92.run_study(access92.read_study(file))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tous", "plus"])
@pytest.mark.parametrize("threshold_min", [5.0, 6.0, 7.0, 8.0])
def test_homes_are_on_the_side_of_the_line_that_their_times_say_but_for_the_minute_that_a_departure_is_missed_by(
    name: str, threshold_min: float, results: Results
) -> None:
    # departures are tried each minute: a second more of walking costs nothing or a whole minute
    time_min = np.nan_to_num(results.access(name, "transit").travel_time_min, nan=np.inf)
    is_inside = shapely.contains_xy(
        drawn(results, name)[threshold_min], results.demand.geometry.x, results.demand.geometry.y
    )
    off_min = np.abs(time_min - threshold_min)[is_inside != (time_min < threshold_min)]
    assert off_min.max(initial=0) <= 1.1
    assert wrong_share(results, name, threshold_min, "walk") <= MOST_WRONG


def test_isochrones_by_public_transport_hold_those_on_foot_and_nest(results: Results) -> None:
    for name in ("tous", "plus"):
        by_ride, on_foot = drawn(results, name), drawn(results, name, "walk")
        for threshold_min, area in by_ride.items():
            assert on_foot[threshold_min].difference(area.buffer(1)).area < 1
        areas = [area for _, area in sorted(by_ride.items())]
        assert all(small.difference(large.buffer(0.01)).area < 1 for small, large in pairwise(areas))
    # around the far end of the line an island of its own, and between the two a hole: nobody is there in time
    assert drawn(results, "tous")[7.0].area > drawn(results, "tous", "walk")[7.0].area
    assert len(shapely.get_parts(drawn(results, "tous")[7.0])) > 1


@pytest.mark.slow
def test_the_demonstration_has_few_people_on_the_wrong_side() -> None:
    study = access92.read_study(Path("data/studies/sosms_transport.toml"))
    results = access92.run_study(study, scenarios=["maillage-2024"])
    wrong = {at: wrong_share(results, "maillage-2024", at) for at in study.analysis.thresholds_min}
    assert max(wrong.values()) <= MOST_WRONG, wrong
