"""Each public walks at its own pace: its figures are those of a study where everybody walks as it does."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from access92.errors import InputError
from access92.outputs import write_run
from access92.outputs.words.notices import notices_table
from access92.outputs.words.publics import public_titles
from access92.run.check import check_study
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

# S1 stands at the corner (0, 0); people every block or two along the southern street, one block of about 100 m from
# each other: an adult at 5.7 km/h walks a block in a little over a minute, a senior at half of it in two. S2 and S3 are
# far away.
FAST_AND_SLOW = """
[mode_settings.walk]
speed_kmh = 5.7
access_speed_kmh = 5.7
[mode_settings.lent]
based_on = "walk"
label = "À pied, lentement"
speed_kmh = 2.85
access_speed_kmh = 2.85
[[public]]
name = "seniors"
title = "65 ans et plus"
column = "plus65"
walk_mode = "lent"
[[public]]
name = "menages"
title = "Ménages sans voiture"
column = "sans_voiture"
"""
SCENARIOS = """
[[scenario]]
name = "plus"
title = "Un SST de plus"
based_on = "sst"
[[scenario.change]]
kind = "add_service"
service_id = "NEW"
name = "Nouveau"
service_kind = "sst"
lon = {lon}
lat = {lat}
[[commitment]]
name = "sst-5"
title = "Un SST à moins de 5 minutes"
source = "essai"
any_of = [{{ kinds = ["sst"], mode = "walk", under_min = 5 }}]
"""
AGES = '[population]\nmethod = "points"\nfile = "people.csv"\nage_columns = ["plus65"]'
STUDY = GOOD_STUDY.replace('[population]\nmethod = "points"\nfile = "people.csv"', AGES)
PEOPLE = ((0, 10, 1, 2), (1, 10, 2, 3), (2, 10, 4, 5), (3, 10, 8, 7), (4, 10, 1, 1), (5, 10, 2, 0))
"""Blocks east of S1; inhabitants, of whom 65 and over, of whom without a car."""


def write_study(folder: Path, study: str = STUDY + FAST_AND_SLOW) -> Path:
    """The toy study with people along one street."""
    file = write_toy_study(folder, study=study)
    lines = ["lon,lat,population,plus65,sans_voiture"]
    for east, population, seniors, carless in PEOPLE:
        lon, lat = lon_lat(east, 0)
        lines.append(f"{lon},{lat},{population},{seniors},{carless}")
    (folder / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def with_scenarios(study: str) -> str:
    lon, lat = lon_lat(5, 0)
    return study + SCENARIOS.format(lon=lon, lat=lat)


def total(table: pd.DataFrame, **key: object) -> pd.DataFrame:
    """The rows of the whole study area with these values."""
    for name, value in ({"area_id": "total"} | key).items():
        table = table[table[name] == value]
    return table


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    folder = tmp_path_factory.mktemp("publics")
    return run_study(read_study(write_study(folder, with_scenarios(STUDY + FAST_AND_SLOW))))


def test_a_public_is_counted_by_its_own_pace(results: Results) -> None:
    covered = {
        (row["public"], row["mode"], row["threshold_min"]): (row["population_covered"], row["population"])
        for row in total(results.coverage, scenario="sst", rule="any").to_dict("records")
    }
    # less than 5 min: five blocks (0 to 4) for who walks one a minute, three (0 to 2) for who takes two minutes a block
    assert covered["all", "walk", 5] == (50, 60)
    assert covered["seniors", "lent", 5] == (1 + 2 + 4, 18)
    assert covered["menages", "walk", 5] == (2 + 3 + 5 + 7 + 1, 18)
    assert covered["seniors", "lent", 2] == (1, 18)
    assert covered["seniors", "lent", 10] == (1 + 2 + 4 + 8 + 1, 18)


def test_rows_name_the_mode_that_was_used_everybody_first_and_by_car_the_mode_stays(results: Results) -> None:
    for table in (results.coverage, results.curve, results.summary, results.comparison, results.changes.ledger):
        assert list(dict.fromkeys(table["public"])) == ["all", "seniors", "menages"]
        modes = {name: set(rows["mode"]) for name, rows in table.groupby("public")}
        assert modes == {"all": {"walk", "car"}, "seniors": {"lent", "car"}, "menages": {"walk", "car"}}
    commitments = results.changes.commitments
    assert dict(zip(commitments["public"], commitments["mode"], strict=True)) == {
        "all": "walk", "seniors": "lent", "menages": "walk",
    }  # fmt: skip
    by_car = total(results.coverage, scenario="sst", rule="any", mode="car", threshold_min=10).set_index("public")
    times = results.access("sst", "car").travel_time_min
    seniors = results.demand["age_plus65"].to_numpy()
    assert by_car.loc["seniors", "population_covered"] == seniors[times < 10].sum()


def test_typical_times_of_a_public_are_its_own(results: Results) -> None:
    table = total(results.summary, scenario="sst", rule="any").set_index(["public", "mode"])["median_min"]
    assert table["all", "walk"] == pytest.approx(2.1, abs=0.02)
    assert table["seniors", "lent"] == pytest.approx(
        6.3, abs=0.05
    )  # 1 + 2 + 4 of 18 before the third block, 15 after it


def test_gains_minutes_and_commitments_of_a_public_are_at_its_own_pace(results: Results) -> None:
    ledger = total(results.changes.ledger, scenario="plus", scenario_reference="tous").set_index(
        ["public", "mode", "rule"]
    )
    # compared with « tous », whose S2 and S3 add nobody under 5 minutes: the new SST takes the far end of the street
    assert ledger.loc[("all", "walk", "any"), "population_gained"] == 10
    assert ledger.loc[("seniors", "lent", "any"), "population_gained"] == 8 + 1 + 2
    assert ledger.loc[("menages", "walk", "any"), "population_gained"] == 0
    assert ledger.loc[("seniors", "lent", "sst-5"), "population_gained"] == 8 + 1 + 2
    kept = total(results.changes.commitment_summary, scenario="sst").set_index("public")["population_uncovered"]
    assert kept.to_dict() == {"all": 10, "seniors": 8 + 1 + 2, "menages": 0}
    compared = total(results.comparison, scenario="plus", rule="any", threshold_min=5).set_index(["public", "mode"])
    assert compared.loc[("seniors", "lent"), "population_gained"] == 8 + 1 + 2
    minutes = ledger["minutes_saved_person_min"]
    assert minutes["seniors", "lent", "any"] == compared.loc[("seniors", "lent"), "minutes_saved_person_min"]


def test_a_public_of_a_column_that_is_no_age_group_is_read_and_named(results: Results) -> None:
    assert results.demand["public_sans_voiture"].sum() == 18
    assert public_titles(results) == {
        "all": "Toute la population", "seniors": "65 ans et plus", "menages": "Ménages sans voiture",
    }  # fmt: skip


def test_the_figures_of_everybody_do_not_depend_on_the_publics(results: Results, tmp_path: Path) -> None:
    settings, _, _ = FAST_AND_SLOW.partition("[[public]]")
    study = with_scenarios(STUDY + settings).replace('age_columns = ["plus65"]', "")
    plain = run_study(read_study(write_study(tmp_path, study)))
    for name in ("coverage", "curve", "summary", "comparison"):
        table = getattr(results, name)
        everybody = table[table["public"] == "all"].reset_index(drop=True)
        pd.testing.assert_frame_equal(everybody, getattr(plain, name))
    for name in ("commitments", "commitment_summary", "ledger"):
        table = getattr(results.changes, name)
        everybody = table[table["public"] == "all"].reset_index(drop=True)
        pd.testing.assert_frame_equal(everybody, getattr(plain.changes, name))


def test_a_public_alone_is_a_study_where_everybody_walks_as_it_does(results: Results, tmp_path: Path) -> None:
    settings, _, _ = FAST_AND_SLOW.partition("[[public]]")
    study = with_scenarios(STUDY + settings).replace('modes = ["walk", "car"]', 'modes = ["lent"]')
    study = study.replace("[analysis]", '[analysis]\nheadline_mode = "lent"').replace('mode = "walk"', 'mode = "lent"')
    # the same study whose population is the seniors
    study = study.replace('age_columns = ["plus65"]', 'population_column = "plus65"')
    alone = run_study(read_study(write_study(tmp_path, study)))
    for ours, theirs in (
        (results.coverage, alone.coverage),
        (results.summary, alone.summary),
        (results.comparison, alone.comparison),
        (results.changes.ledger, alone.changes.ledger),
        (results.changes.commitment_summary, alone.changes.commitment_summary),
    ):
        here = ours[ours["public"] == "seniors"]
        here = here[here["mode"] == "lent"] if "mode" in here else here
        pd.testing.assert_frame_equal(here.assign(public="all").reset_index(drop=True), theirs)


@pytest.mark.parametrize("seed", [0, 1, *(pytest.param(seed, marks=pytest.mark.slow) for seed in (2, 3))])
def test_on_random_people_a_public_has_the_coverage_of_a_study_of_its_own(tmp_path: Path, seed: int) -> None:
    """By the shipped walks, steps and links to the streets included; its commitment too."""
    rng = np.random.default_rng(seed)
    lines = ["lon,lat,population,plus65"]
    for people in rng.integers(1, 30, 40):
        lon, lat = lon_lat(*rng.uniform(-0.3, 5.3, 2))
        lines.append(f"{lon},{lat},{people},{rng.integers(0, people + 1)}")
    own = str(rng.choice(["walk_senior", "walk_stroller", "walk_wheelchair"]))
    public = f'[[public]]\nname = "s"\ntitle = "S"\ncolumn = "plus65"\nwalk_mode = "{own}"\n'
    alone = with_scenarios(STUDY).replace('modes = ["walk", "car"]', f'modes = ["{own}", "car"]')
    alone = alone.replace("[analysis]", f'[analysis]\nheadline_mode = "{own}"').replace('"walk"', f'"{own}"')
    runs = []
    for name, study in (
        ("both", with_scenarios(STUDY) + public),
        ("alone", alone.replace('age_columns = ["plus65"]', 'population_column = "plus65"')),
    ):
        (tmp_path / name).mkdir()
        file = write_toy_study(tmp_path / name, study=study)
        (tmp_path / name / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        runs.append(run_study(read_study(file)))
    both, other = runs
    for ours, theirs in (
        (both.coverage, other.coverage),
        (both.curve, other.curve),
        (both.changes.ledger, other.changes.ledger),
        (both.changes.commitments, other.changes.commitments),
    ):
        here = ours[ours["public"] == "s"].assign(public="all").reset_index(drop=True)
        pd.testing.assert_frame_equal(here, theirs)


@pytest.mark.parametrize("seed", range(5))
def test_a_public_that_walks_as_everybody_has_the_figures_of_its_people_by_everybody_s_times(
    tmp_path: Path, seed: int
) -> None:
    study = STUDY + '[[public]]\nname = "s"\ntitle = "S"\ncolumn = "plus65"\nwalk_mode = "walk"\n'
    file = write_toy_study(tmp_path, study=study)
    rng = np.random.default_rng(seed)
    rows = [(*lon_lat(*rng.uniform(0, 5, 2)), people, rng.integers(0, people)) for people in rng.integers(1, 30, 40)]
    lines = ["lon,lat,population,plus65", *(",".join(map(str, row)) for row in rows)]
    (tmp_path / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    run = run_study(read_study(file))
    people = run.demand["age_plus65"].to_numpy()
    for item in run.access_records:
        for threshold in (2, 5, 10):
            row = total(
                run.coverage, scenario=item.scenario, mode=item.mode, rule="any", public="s", threshold_min=threshold
            )
            assert row["population_covered"].item() == pytest.approx(people[item.travel_time_min < threshold].sum())
    assert run.public_situations == ()


def test_set_speed_changes_the_mode_that_it_names_and_no_other_public(tmp_path: Path) -> None:
    change = """
[[scenario]]
name = "{name}"
title = "{name}"
based_on = "sst"
[[scenario.change]]
kind = "set_speed"
mode = "{mode}"
speed_kmh = {speed}
"""
    study = STUDY + FAST_AND_SLOW
    study += change.format(name="adultes", mode="walk", speed=12) + change.format(name="vite", mode="lent", speed=5.7)
    run = run_study(read_study(write_study(tmp_path, study)))
    covered = run.coverage[(run.coverage["rule"] == "any") & (run.coverage["area_id"] == "total")]
    covered = covered[covered["threshold_min"] == 5].set_index(["scenario", "public", "mode"])["population_covered"]
    assert covered["adultes", "all", "walk"] == 60
    assert covered["adultes", "seniors", "lent"] == covered["sst", "seniors", "lent"] == 7
    assert covered["vite", "all", "walk"] == covered["sst", "all", "walk"] == 50
    assert covered["vite", "seniors", "lent"] == 16


def test_age_columns_without_publics_are_counted_at_everybody_s_pace_and_it_is_said(tmp_path: Path) -> None:
    run = run_study(read_study(write_study(tmp_path, STUDY)))
    assert set(run.coverage["public"]) == {"all", "age_plus65"}
    assert set(run.coverage.loc[run.coverage["public"] == "age_plus65", "mode"]) == {"walk", "car"}
    table = notices_table(run)
    (said,) = table.loc[table["topic"] == "Publics", "detail"]
    assert "plus65" in said
    assert "au pas de tout le monde : À pied (adulte), 5 km/h" in said
    assert "[[public]]" in said


def test_publics_say_nothing_of_the_pace_of_age_columns_that_are_not_theirs(results: Results) -> None:
    assert "ages_at_everybodys_pace" not in {notice.code for notice in results.notices}


@pytest.mark.parametrize(
    ("publics", "words"),
    [
        ('[[public]]\nname = "all"\ntitle = "Tous"\n', ["« all »", "toute la population"]),
        ('[[public]]\nname = "a"\ntitle = "A"\n[[public]]\nname = "a"\ntitle = "B"\n', ["deux publics", "« a »"]),
        ('[[public]]\nname = "A b"\ntitle = "A"\n', ["minuscules"]),
        ('[[public]]\nname = "a"\ntitle = "A"\ncolumn = "plus_65"\n', ["« plus_65 » manque", "« plus65 »"]),
        ('[[public]]\nname = "a"\ntitle = "A"\nwalk_mode = "walk_senor"\n', ["« walk_senor »", "« walk_senior »"]),
        (
            '[[public]]\nname = "a"\ntitle = "A"\nwalk_mode = "bike"\n',
            ["« bike »", "pas un mode à pied", "walk_senior"],
        ),
        ('[[public]]\nname = "a"\ntitle = "A"\nwalk_mod = "walk"\n', ["Clé inconnue", "« walk_mode »"]),
        ('[[public]]\nname = "a"\ntitle = ""\n', ["public « a », clé « title »"]),
    ],
)
def test_a_public_that_makes_no_sense_is_refused_by_check_and_by_run(
    tmp_path: Path, publics: str, words: list[str]
) -> None:
    file = write_study(tmp_path, STUDY + publics)
    for work in (check_study, run_study):
        with pytest.raises(InputError) as refused:
            work(read_study(file))
        message = "\n".join(str(fault) for fault in refused.value.faults)
        assert all(word in message for word in words), message


def test_a_public_of_more_people_than_there_are_is_refused(tmp_path: Path) -> None:
    study = STUDY + '[[public]]\nname = "a"\ntitle = "A"\ncolumn = "sans_voiture"\n'
    file = write_study(tmp_path, study.replace('age_columns = ["plus65"]', 'population_column = "plus65"'))
    people = (tmp_path / "people.csv").read_text("utf-8").replace(",1\n", ",1000\n")
    (tmp_path / "people.csv").write_text(people, encoding="utf-8")
    with pytest.raises(InputError, match="compte plus d'habitants que la population"):
        check_study(read_study(file))


def test_two_columns_that_would_be_one_are_refused(tmp_path: Path) -> None:
    study = STUDY + '[[public]]\nname = "a"\ntitle = "A"\ncolumn = "age_plus65"\n'
    with pytest.raises(InputError, match="la même colonne « age_plus65 »"):
        read_study(write_study(tmp_path, study))


@pytest.mark.slow
@pytest.mark.usefixtures("words_only")
def test_a_public_without_anybody_has_no_share_and_refuses_nothing(tmp_path: Path) -> None:
    file = write_study(tmp_path, STUDY + '[[public]]\nname = "a"\ntitle = "A"\ncolumn = "vide"\n')
    lines = (tmp_path / "people.csv").read_text("utf-8").splitlines()
    told = [f"{lines[0]},vide", *(f"{line},0" for line in lines[1:])]
    (tmp_path / "people.csv").write_text("\n".join(told) + "\n", encoding="utf-8")
    assert check_study(read_study(file)).counts["habitants du public a"] == 0
    run = run_study(read_study(file))
    assert run.coverage.loc[run.coverage["public"] == "a", "coverage_share"].isna().all()
    write_run(run, tmp_path / "out", overwrite=False)
    assert "A, à 5 km/h" in re.sub(r"\s", " ", (tmp_path / "out" / "report.html").read_text("utf-8"))


def test_a_walk_of_its_own_is_refused_where_the_study_does_not_walk(tmp_path: Path) -> None:
    study = STUDY.replace('modes = ["walk", "car"]', 'modes = ["car"]')
    study = study.replace("[analysis]", '[analysis]\nheadline_mode = "car"')
    study += '[[public]]\nname = "a"\ntitle = "A"\nwalk_mode = "walk_senior"\n'
    with pytest.raises(InputError, match="aucun mode à pied"):
        check_study(read_study(write_study(tmp_path, study)))


def test_a_public_may_walk_by_a_mode_that_the_study_computes_for_everybody_too(tmp_path: Path) -> None:
    study = (STUDY + FAST_AND_SLOW).replace('modes = ["walk", "car"]', 'modes = ["walk", "lent"]')
    run = run_study(read_study(write_study(tmp_path, study)))
    rows = run.coverage.groupby(["public", "mode"], sort=False).ngroups
    assert rows == 2 + 1 + 2  # everybody: both; seniors: theirs, once; households: both
    assert run.public_situations == ()
    assert not run.coverage.duplicated(["scenario", "mode", "rule", "public", "area_id", "threshold_min"]).any()


def test_the_mode_of_a_public_has_no_isochrone_but_its_network_and_its_links_are_told(results: Results) -> None:
    assert set(results.isochrones["mode"]) == {"walk", "car"}
    assert list(results.modes) == ["walk", "car", "lent"]
    assert "snap_m_lent" in results.services.columns
    assert set(results.networks) == {"walk", "car", "lent"}
    assert {item.mode for item in results.public_situations} == {"lent"}
    assert results.access("sst", "lent").mode == "lent"
    assert replace(results, public_situations=()).access_records == results.access_records
