"""Studies whose main mode is public transport: whole, and each variant of the sensitivity is a run of its own."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

import access92
from access92.outputs import write_run
from access92.outputs.layout import file_in
from access92.outputs.tables.files import csv_tables
from access92.outputs.words.sensitivity import variation_words
from tests.run.test_timetable_scenarios import OFTEN, scenario
from tests.run.test_transit import TRANSIT, study_file
from tests.siting.test_transit_sites import CLOSED
from tests.toy_study import GOOD_STUDY, lon_lat

HEADLINE = GOOD_STUDY.replace('modes = ["walk", "car"]', 'modes = ["transit", "walk"]').replace(
    "threshold_min = 5\nthresholds_min = [2, 5, 10]",
    'headline_mode = "transit"\nthreshold_min = 4.5\nthresholds_min = [2, 4, 4.5, 5]',
)
CHANGED = scenario("souvent", OFTEN, base="sst") + scenario("ferme", OFTEN, CLOSED, base="sst")
SENSITIVITY = """[sensitivity]
speed_share = 0.2
threshold_min = 0.5
max_snap_m = [15]
link_radius_m = [40]
draws = 2
"""


def covered(folder: Path, *changes: tuple[str, str], threshold_min: float = 4.5) -> dict[str, float]:
    """By scenario the people covered by public transport in a run of the study with other values."""
    text = HEADLINE + CHANGED + TRANSIT
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    rows = access92.run_study(access92.read_study(study_file(folder, text))).coverage
    rows = rows.query("mode == 'transit' and rule == 'any' and area_id == 'total'")
    return dict(rows[rows["threshold_min"] == threshold_min].set_index("scenario")["population_covered"])


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> access92.Results:
    text = HEADLINE + CHANGED + TRANSIT + SENSITIVITY
    return access92.run_study(access92.read_study(study_file(tmp_path_factory.mktemp("principal"), text)))


def bands(results: access92.Results, source: str) -> dict[str, tuple[float, float, float]]:
    rows = results.sensitivity.bands.query(f"source == '{source}'").set_index("scenario")
    return {
        name: (row["low_population"], row["central_population"], row["high_population"])
        for name, row in rows.iterrows()
    }


def test_the_figures_of_the_main_mode_are_those_of_public_transport(results: access92.Results) -> None:
    transit, walk = (results.access("souvent", mode).travel_time_min for mode in ("transit", "walk"))
    assert (transit < walk).any()
    central = {name: band[1] for name, band in bands(results, "speed").items()}
    population = results.demand["population"].to_numpy(float)
    for name, people in central.items():
        assert people == population[results.access(name, "transit").travel_time_min < np.float32(4.5)].sum()


@pytest.mark.slow
def test_the_widest_band_holds_that_of_the_departures_and_stands_once(results: access92.Results) -> None:
    widest, departure = bands(results, "all"), results.sensitivity.riding.query("source == 'departure'")
    for row in departure.to_dict("records"):
        low, _, high = widest[row["scenario"]]
        assert low <= row["low_population"] <= row["high_population"] <= high
    written = csv_tables(results)["sensitivity.csv"]
    assert not written.duplicated(["scenario", "mode", "threshold_min", "source"]).any()
    assert set(written["source"]) >= {"speed", "departure", "all"}
    assert not csv_tables(results)["ranking.csv"].duplicated(["scenario_a", "scenario_b", "mode"]).any()


VARIANTS = {
    "speed": [
        [("[areas]", f"[mode_settings.walk]\nspeed_kmh = {kmh}\naccess_speed_kmh = {kmh}\n[areas]")] for kmh in (4, 6)
    ],
    "threshold": [[("[areas]", "[areas]")]] * 2,
    "snapping": [
        [("threshold_min = 4.5\n", "threshold_min = 4.5\nmax_snap_m = 15\n")],
        [("threshold_min = 4.5\n", "threshold_min = 4.5\nlink_radius_m = 40\n")],
    ],
}


@pytest.mark.slow
@pytest.mark.parametrize("source", list(VARIANTS))
def test_each_band_is_that_of_runs_with_other_values(source: str, results: access92.Results, tmp_path: Path) -> None:
    limits = (4.0, 5.0) if source == "threshold" else (4.5, 4.5)
    runs = [
        covered(tmp_path / str(at), *changes, threshold_min=limits[at]) for at, changes in enumerate(VARIANTS[source])
    ]
    central = covered(tmp_path / "central")
    for name, band in bands(results, source).items():
        values = [central[name], *(run[name] for run in runs)]
        assert band == (min(values), central[name], max(values)), name


@pytest.mark.slow
def test_the_band_of_the_positions_is_that_of_runs_with_the_service_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lon, lat = lon_lat(2.5, 4.0)
    place = gpd.GeoSeries(gpd.points_from_xy([lon], [lat]), crs=4326).to_crs(2154).iloc[0]

    def drawn(x: np.ndarray, *_: object, draws: int, **__: object) -> np.ndarray:
        return np.tile([place.x, place.y], (len(x), draws, 1))

    monkeypatch.setattr("access92.measures.sensitivity.variants.draw_places", drawn)
    text = HEADLINE + CHANGED.replace('based_on = "sst"', 'based_on = "tous"') + TRANSIT + SENSITIVITY
    study = access92.read_study(study_file(tmp_path / "doute", text))
    results = access92.run_study(study)
    services = tmp_path / "doute" / "services.csv"
    moved = services.read_text("utf-8").replace(",".join(map(str, lon_lat(5, 5))), f"{lon},{lat}")
    assert moved != services.read_text("utf-8")
    services.write_text(moved, encoding="utf-8")
    there = access92.run_study(study).coverage
    there = there.query("mode == 'transit' and rule == 'any' and area_id == 'total' and threshold_min == 4.5")
    people = there.set_index("scenario")["population_covered"]
    for name, (low, central, high) in bands(results, "position").items():
        assert (low, high) == (min(central, people[name]), max(central, people[name])), name
    assert any(low < high for low, _, high in bands(results, "position").values())


@pytest.mark.slow
def test_the_report_the_maps_and_the_words_are_of_public_transport(results: access92.Results, tmp_path: Path) -> None:
    write_run(results, tmp_path / "out", overwrite=False)
    report = (tmp_path / "out/report.html").read_text(encoding="utf-8").replace("\u00a0", " ").replace("\u202f", " ")
    assert "En transports en commun, " in report
    assert "les véhicules gardent leurs heures" in report
    words = " ".join(variation_words(record) for record in results.sensitivity.records)
    assert "vitesse de la marche de 4 à 6 km/h" in words.replace("\u00a0", " ").replace("\u202f", " ")
    assert file_in(tmp_path / "out", "difference_souvent_transit.html").is_file()


def test_public_transport_may_be_the_only_mode(tmp_path: Path) -> None:
    text = HEADLINE.replace('modes = ["transit", "walk"]', 'modes = ["transit"]') + TRANSIT
    alone = access92.run_study(access92.read_study(study_file(tmp_path, text)))
    assert set(alone.coverage["mode"]) == {"transit"}
