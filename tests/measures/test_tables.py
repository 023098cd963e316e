"""Commitments, ledger and closures of whole small runs: invariants that must hold on any study."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from access92.outputs.words.notices import notices_table
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

LON, LAT = lon_lat(4, 1)
SCENARIOS = f"""
[[scenario]]
name = "plus"
title = "Un SST de plus"
based_on = "tous"
[[scenario.change]]
kind = "add_service"
service_id = "NEW"
name = "Nouveau"
service_kind = "sst"
lon = {LON}
lat = {LAT}

[[scenario]]
name = "moins"
title = "Sans S3"
based_on = "tous"
[[scenario.change]]
kind = "remove_service"
service_id = "S3"

[[scenario]]
name = "vide"
title = "Rien ne change"
based_on = "tous"

[[commitment]]
name = "deux-temps"
title = "SST, sinon PMI"
source = "essai"
any_of = [
  {{ kinds = ["sst"], mode = "walk", under_min = 5 }},
  {{ kinds = ["pmi"], mode = "walk", under_min = 4 }},
]
"""


OF_TIMES = ["population_faster", "population_slower", "minutes_saved_person_min"]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("study")
    return run_study(read_study(write_toy_study(folder, study=GOOD_STUDY + SCENARIOS)))


def test_the_ledger_sums_to_the_difference_of_the_totals(results: Results) -> None:
    coverage = results.coverage.query("rule == 'any' and threshold_min == 5")
    covered = coverage.set_index(["scenario", "mode", "area_id"])["population_covered"]
    ledger = results.changes.ledger.query("rule == 'any' and public == 'all'")
    for row in ledger.itertuples():
        change = covered[row.scenario, row.mode, row.area_id] - covered["tous", row.mode, row.area_id]
        assert row.population_gained - row.population_lost == pytest.approx(change)


def test_the_ledger_says_the_same_as_the_comparison(results: Results) -> None:
    key = ["scenario", "mode", "area_id"]
    ledger = results.changes.ledger.query("rule == 'any' and public == 'all'").set_index(key)
    compared = results.comparison.query("threshold_min == 5").set_index(key)
    for name in ("population_gained", "population_lost", "minutes_saved_person_min"):
        np.testing.assert_allclose(ledger[name].sort_index(), compared[name].sort_index(), atol=1e-6)


def test_a_commitment_in_the_ledger_has_no_minutes_of_another_rule_and_names_its_own_modes(tmp_path: Path) -> None:
    # by car everybody gains seconds from the new service, on foot minutes: neither is the time of this rule
    both = SCENARIOS.replace('kinds = ["pmi"], mode = "walk"', 'kinds = ["pmi"], mode = "car"')
    results = run_study(read_study(write_toy_study(tmp_path, study=GOOD_STUDY + both)))
    ledger = results.changes.ledger.query("rule == 'deux-temps'")
    assert set(ledger["mode"]) == {"walk;car"}
    assert ledger[OF_TIMES].isna().all(axis=None)
    people = ["population_gained", "population_lost", "population_still_covered", "population_still_uncovered"]
    np.testing.assert_allclose(ledger[people].sum(axis=1), ledger["population"])
    assert results.changes.ledger.query("rule == 'any'")[OF_TIMES].notna().all(axis=None)


def test_where_people_turn_is_told_of_a_scenario_that_changes_speeds_too(tmp_path: Path) -> None:
    slower = """
[[scenario]]
name = "moins-lent"
title = "Sans S3, à petits pas"
based_on = "moins"
[[scenario.change]]
kind = "set_speed"
mode = "walk"
speed_kmh = 3
"""
    study = read_study(write_toy_study(tmp_path, study=GOOD_STUDY + SCENARIOS + slower))
    results = run_study(study)
    next_nearest = results.changes.next_nearest.query("scenario == 'moins-lent'")
    assert len(next_nearest) > 0
    # before: the times of the first scenario; after: those of the slower walk, point by point
    before, after = (results.access(name, "walk") for name in ("tous", "moins-lent"))
    ids = results.services["service_id"].to_numpy()
    people = results.demand["population"].to_numpy(float)
    had_s3 = (before.nearest_service >= 0) & (ids[before.nearest_service] == "S3") & (people > 0)
    assert next_nearest["population"].sum() == people[had_s3].sum()
    extra_min = after.travel_time_min.astype(float) - before.travel_time_min
    assert next_nearest["extra_person_min"].sum() == pytest.approx(np.nansum((people * extra_min)[had_s3]))
    lost = had_s3 & (before.travel_time_min < 5) & ~(after.travel_time_min < 5)
    assert next_nearest["population_lost"].sum() == people[lost].sum()


def test_closing_one_of_two_services_at_one_address_says_which_remains_and_what_the_place_is_worth(
    tmp_path: Path,
) -> None:
    file = write_toy_study(tmp_path, study=GOOD_STUDY + SCENARIOS)
    lon, lat = lon_lat(2.1, 3)  # 10 m from S3
    with (tmp_path / "services.csv").open("a", encoding="utf-8") as services:
        services.write(f"S4,sst,Service S4,{lon},{lat},,\n")
    results = run_study(read_study(file))
    (closed,) = results.changes.shared_closures.itertuples()
    assert (closed.scenario, closed.service_id, closed.remains) == ("moins", "S3", "S4")
    # what the place is worth: the run in which both are gone
    both = file.read_text("utf-8").replace(
        'service_id = "S3"', 'service_id = "S3"\n[[scenario.change]]\nkind = "remove_service"\nservice_id = "S4"'
    )
    file.write_text(both, encoding="utf-8")
    without = run_study(read_study(file))
    key = "scenario == 'moins' and mode == 'walk' and rule == 'any' and area_id == 'total' and threshold_min == 5"
    covered = [run.coverage.query(key)["population_covered"].item() for run in (results, without)]
    assert closed.population_place == covered[0] - covered[1] > 0
    assert without.changes.shared_closures.empty
    (notice,) = notices_table(results).query("topic == 'Fermeture à un lieu partagé'").itertuples()
    assert notice.subject == "S3"
    assert "S4 reste au même lieu" in notice.detail
    assert notice.population == closed.population_place


def test_an_added_service_loses_nobody_under_any_rule(results: Results) -> None:
    plus = results.changes.ledger.query("scenario == 'plus'")
    assert set(plus["rule"]) == {"any", "deux-temps"}
    assert (plus["population_lost"] == 0).all()
    assert plus["population_gained"].sum() > 0


def test_the_empty_scenario_changes_nothing_at_all(results: Results) -> None:
    empty = results.changes.ledger.query("scenario == 'vide'")
    assert (empty[["population_gained", "population_lost"]] == 0).all(axis=None)
    timed = empty[empty["rule"] == "any"]
    assert (timed[OF_TIMES] == 0).all(axis=None)
    assert "vide" not in set(results.changes.changed["scenario"])


def test_the_changed_points_sum_to_the_ledger(results: Results) -> None:
    points = results.changes.changed.groupby(["scenario", "change"])["population"].sum()
    ledger = results.changes.ledger.query("rule == 'any' and mode == 'walk' and public == 'all' and area_id == 'total'")
    total = ledger.set_index("scenario")
    assert points["plus", "gained"] == total.loc["plus", "population_gained"]
    assert points["moins", "lost"] == total.loc["moins", "population_lost"]


def test_sole_providers_are_what_a_closure_loses(results: Results) -> None:
    sole = results.changes.sole.query("scenario == 'tous' and area_id == 'total'").set_index("service_id")
    ledger = results.changes.ledger.query("rule == 'any' and mode == 'walk' and public == 'all' and area_id == 'total'")
    lost = ledger.set_index("scenario").loc["moins", "population_lost"]
    assert sole.loc["S3", "population_sole"] == lost
    next_nearest = results.changes.next_nearest.query("scenario == 'moins' and service_id == 'S3'")
    assert next_nearest["population_lost"].sum() == lost
    assert "S3" not in set(next_nearest["turns_to"])


def test_the_steps_of_a_commitment_add_up(results: Results) -> None:
    table = results.changes.commitment_summary
    parts = table["population_first_step"] + table["population_rescued"] + table["population_uncovered"]
    np.testing.assert_allclose(parts, table["population"])
    whole = table.query("scenario == 'tous' and area_id == 'total'").iloc[0]
    sst = results.coverage.query(
        "scenario == 'tous' and mode == 'walk' and rule == 'sst' and area_id == 'total' and threshold_min == 5"
    )
    assert whole["population_first_step"] == sst["population_covered"].item()


def test_a_study_of_one_scenario_has_no_ledger_and_no_changes(tmp_path: Path) -> None:
    one = run_study(read_study(write_toy_study(tmp_path)), scenarios=["tous"])
    assert len(one.changes.ledger) == len(one.changes.changed) == len(one.changes.commitments) == 0
    assert isinstance(one.changes.sole, pd.DataFrame)
