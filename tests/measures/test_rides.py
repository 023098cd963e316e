"""How often vehicles are taken, and coverage by percentile of the departures: figures known on paper, and re-runs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import access92
from access92.errors import InputError
from access92.outputs.report.answers import headline_sentence
from access92.outputs.report.basis import basis_line, frame_line
from access92.outputs.report.margins import riding_clauses
from access92.outputs.report.rides import departures_section, ride_communes
from access92.outputs.tables.files import csv_tables
from access92.outputs.words import typography
from access92.outputs.words.headlines import answer_lines
from access92.run.results import Results
from tests.run.test_timetable_scenarios import CLOSED, OFTEN, REMOVED, SHIFTED, file_with, scenario
from tests.run.test_transit import TRANSIT
from tests.toy_study import lon_lat

SELDOM = 'kind = "set_headway"\nline = "12"\nheadway_min = 20'
SCENARIOS = (scenario("rare", SELDOM), scenario("moins", REMOVED), scenario("ferme", CLOSED),
             scenario("dimanche", SHIFTED))  # fmt: skip


def study_with(folder: Path, *scenarios: str, transit: str = TRANSIT) -> Path:
    """The study of a bus at the threshold of 7 minutes, at which some ride."""
    file = file_with(folder, *scenarios, transit=transit)
    text = file.read_text(encoding="utf-8")
    assert "\nthreshold_min = 5\n" in text
    file.write_text(text.replace("\nthreshold_min = 5\n", "\nthreshold_min = 7\n"), encoding="utf-8")
    return file


def total(results: Results, name: str, public: str = "all", mode: str = "transit") -> pd.Series:
    rides = results.rides
    rows = rides[(rides["scenario"] == name) & (rides["public"] == public) & (rides["mode"] == mode)]
    (row,) = rows[rows["area_id"] == "total"].to_dict("records")
    return pd.Series(row)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return access92.run_study(access92.read_study(study_with(tmp_path_factory.mktemp("minutes"), *SCENARIOS)))


def test_the_share_of_minutes_with_a_vehicle_is_that_of_the_waits_that_beat_walking(tmp_path: Path) -> None:
    file = study_with(tmp_path, *SCENARIOS[:2])
    lon, lat = lon_lat(5, 5)
    (tmp_path / "people.csv").write_text(f"lon,lat,population\n{lon},{lat},10\n", encoding="utf-8")
    results = access92.run_study(access92.read_study(file))
    walk_min = float(results.access("tous", "walk").travel_time_min[0])
    assert 11 < walk_min < 12
    # of waits of 1 to 10 minutes and a minute of ride all are shorter; of 1 to 20 the first ten
    assert total(results, "tous")["ride_minutes_share"] == 1.0
    assert total(results, "rare")["ride_minutes_share"] == 0.5
    assert total(results, "moins")["ride_minutes_share"] == 0.0
    assert [total(results, name)["population_riding"] for name in ("tous", "rare", "moins")] == [10, 10, 0]


@pytest.mark.slow
@pytest.mark.parametrize("percentile", [pytest.param(25, marks=pytest.mark.slow), 75])
def test_coverage_at_a_quartile_is_that_of_a_study_of_this_percentile(
    percentile: int, results: Results, tmp_path: Path
) -> None:
    asked = TRANSIT + f"percentile = {percentile}\n"
    other = access92.run_study(access92.read_study(study_with(tmp_path, *SCENARIOS, transit=asked)))
    for table, column in ((results.rides, f"population_covered_p{percentile}"), (other.rides, "population_covered")):
        coverage = other.coverage[(other.coverage["rule"] == "any") & (other.coverage["threshold_min"] == 7)]
        both = table.merge(coverage, on=["scenario", "mode", "public", "area_id"], suffixes=("_ride", ""))
        assert len(both) == len(table) == 6 * 2 * 3
        name = f"{column}_ride" if column == "population_covered" else column
        np.testing.assert_allclose(both[name], both["population_covered"], rtol=1e-12)


def test_fewer_departures_are_kept_at_a_higher_percentile_and_areas_sum_to_the_whole(results: Results) -> None:
    rides = results.rides
    assert (rides["population_covered_p25"] >= rides["population_covered"]).all()
    assert (rides["population_covered"] >= rides["population_covered_p75"]).all()
    assert (rides["population_covered_p25"] > rides["population_covered_p75"]).any()
    keys = ["scenario", "mode", "public"]
    summed = rides[rides["area_id"] != "total"].groupby(keys)[["population", "population_riding"]].sum()
    wholes = rides[rides["area_id"] == "total"].set_index(keys)[["population", "population_riding"]]
    pd.testing.assert_frame_equal(summed.sort_index(), wholes.sort_index(), check_exact=False)


def test_the_report_says_how_often_a_vehicle_is_taken_and_the_band_of_departures_by_day(results: Results) -> None:
    def plain(text: str) -> str:
        return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")

    share = 100 * total(results, "tous")["ride_minutes_share"]
    assert f"{share:.1f} % des minutes de départ utilisent un véhicule".replace(".", ",") in plain(
        headline_sentence(results, "tous", "transit")
    )
    assert "véhicule" not in headline_sentence(results, "tous", "walk")
    assert "ces temps sont ceux de la marche" in plain(headline_sentence(results, "ferme", "transit"))
    section = departures_section(results)
    assert section is not None
    rows = {row[0]: row for row in section.blocks[1].rows}  # type: ignore[union-attr]
    assert "dimanche 20 octobre 2024" in plain(" ".join(rows["dimanche"]))
    assert "mardi 15 octobre 2024" in plain(" ".join(rows["moins"]))
    assert "rides.csv" in csv_tables(results)


@pytest.mark.slow
def test_the_cache_gives_the_same_rides(results: Results, tmp_path: Path) -> None:
    file = study_with(tmp_path, *SCENARIOS)
    for _ in range(2):
        again = access92.run_study(access92.read_study(file), cache_folder=tmp_path / "cache", scenarios=["rare"])
        rides = results.rides[results.rides["scenario"].isin(["tous", "rare"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(again.rides, rides, check_exact=True)


BANDS = "[sensitivity]\ndraws = 1\ntransit_days = [2024-10-20]\n"


@pytest.mark.slow
def test_the_band_of_another_day_is_the_coverage_of_a_scenario_shifted_to_it(tmp_path: Path) -> None:
    # « dimanche » is the first scenario on the other day; « rare-dimanche » has a change that is made anew there
    more = (scenario("rare-dimanche", SHIFTED, base="rare"),)
    file = study_with(tmp_path, *SCENARIOS, *more, transit=TRANSIT + "percentile = 25\n" + BANDS)
    results = access92.run_study(access92.read_study(file), cache_folder=tmp_path / "cache")
    covered = {(item.scenario, item.mode): item.population_covered for item in results.sensitivity.other_days}
    assert set(covered) == {(item.name, "transit") for item in results.scenarios}
    for name, shifted in (("tous", "dimanche"), ("rare", "rare-dimanche"), ("dimanche", "dimanche")):
        assert covered[name, "transit"] == total(results, shifted)["population_covered"]
    assert covered["tous", "transit"] != total(results, "tous")["population_covered"]

    # a band goes from the least to the most, its own day among them; that of the headline mode is another
    written = csv_tables(results)["sensitivity.csv"]
    rows = written[(written["mode"] == "transit") & (written["scenario"] == "tous")].set_index("source")
    ride = total(results, "tous")
    assert list(rows.index) == ["departure", "day", "all"]
    assert rows.loc["departure", ["low_population", "central_population", "high_population"]].tolist() == [
        ride["population_covered_p75"], ride["population_covered"], ride["population_covered_p25"],
    ]  # fmt: skip
    assert rows.loc["all", "low_population"] == rows["low_population"].min()
    assert rows.loc["all", "high_population"] == rows["high_population"].max()
    assert "dimanche 20 octobre 2024" in rows.loc["day", "detail"]
    assert "walk" in set(written["mode"])
    section = departures_section(results)
    assert section is not None
    assert len(section.blocks[2].rows) == len(results.scenarios)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("bands", "changes", "words"),
    [
        ("2024-10-15", (), "déjà celui de tous les scénarios"),
        ("2024-10-21", (), "hors du calendrier"),
        ("2024-10-20, 2024-10-20", (), "deux fois le même jour"),
        ("2024-10-20", (scenario("seule", 'kind = "remove_line"\nline = "12"'),), ""),
    ],
)
def test_another_day_that_changes_nothing_or_does_not_run_is_refused(
    tmp_path: Path, bands: str, changes: tuple[str, ...], words: str
) -> None:
    text = TRANSIT + f"[sensitivity]\ndraws = 1\ntransit_days = [{bands}]\n"
    file = study_with(tmp_path, *changes, transit=text)
    if not words:
        access92.check_study(access92.read_study(file))
        return
    with pytest.raises(InputError, match=words):
        access92.check_study(access92.read_study(file))


def test_the_report_sets_each_commune_by_ride_beside_its_walk(results: Results) -> None:
    assert ride_communes(results, "walk") is None
    table = ride_communes(results, "transit")
    assert table is not None
    names = dict(zip(results.areas["area_id"].astype(str), results.areas["name"].astype(str), strict=True))
    shown = {row[0]: row[2:] for row in table.rows}
    assert list(shown) == [*names.values(), "Ensemble"]
    coverage = results.coverage[
        (results.coverage["rule"] == "any")
        & (results.coverage["scenario"] == "tous")
        & (results.coverage["threshold_min"] == 7)
        & (results.coverage["public"] == "all")
    ]
    shares = coverage.set_index(["mode", "area_id"])["coverage_share"]
    for area_id, name in (*names.items(), ("total", "Ensemble")):
        walk, ride = (float(shares.loc[mode, area_id]) for mode in ("walk", "transit"))
        assert shown[name][:2] == (typography.percent(walk), typography.percent(ride))
        assert shown[name][2] == typography.signed(100 * (ride - walk), decimals=1)
    # the frame of each page says the day and the departures; a table of the walk nothing of them
    assert "mardi" in frame_line(results)
    assert "départs de 8\u00a0h" in frame_line(results)
    assert "départs" not in basis_line(results, mode="walk")


@pytest.mark.slow
def test_scenarios_are_ranked_by_public_transport_over_the_same_departures_and_days(tmp_path: Path) -> None:
    more = (scenario("souvent", OFTEN), scenario("moins", REMOVED))
    file = study_with(tmp_path, *more, transit=TRANSIT + BANDS)
    results = access92.run_study(access92.read_study(file))
    written = csv_tables(results)["ranking.csv"]
    pairs = written[written["mode"] == "transit"].set_index(["scenario_a", "scenario_b"])
    # by hand: the difference of each variant, the same on both sides
    rides = {name: total(results, name) for name in ("tous", "souvent", "moins")}
    days = {(item.scenario): item.population_covered for item in results.sensitivity.other_days}
    for name in ("souvent", "moins"):
        gaps = [rides[name][column] - rides["tous"][column]
                for column in ("population_covered", "population_covered_p25", "population_covered_p75")]  # fmt: skip
        gaps.append(days[name] - days["tous"])
        row = pairs.loc[("tous", name)]
        assert row["difference_population"] == gaps[0]
        assert row["lowest_difference_population"] == min(gaps)
        assert row["highest_difference_population"] == max(gaps)
        assert row["ahead"] == ("b" if min(gaps) > 0 else "a" if max(gaps) < 0 else "")
    assert pairs.loc[("tous", "souvent"), "ahead"] == "b"
    # on foot nothing changes, and that is said as such; by transport it is ranked
    assert set(written[written["mode"] == "walk"]["outcome"]) <= {"identical", "ranked"}
    (clause,) = riding_clauses(results)
    assert clause.startswith("En transports en commun, par rapport à")
    assert "« souvent » couvre" in clause
    lines = list(answer_lines(results))
    assert "transports en commun" in lines[-1]
    assert "« souvent »" in lines[-1].replace("\N{NO-BREAK SPACE}", " ")
