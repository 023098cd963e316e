"""One path of validation: check refuses what a run refuses, in the same words, before anything is computed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import geopandas as gpd
import pytest

from access92.errors import InputError
from access92.outputs.report import doubtful
from access92.outputs.tables.files import access_table
from access92.run import pipeline
from access92.run.check import check_study
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.model import MapOptions, Study
from access92.study.omissions import Omission
from access92.study.read import read_study
from tests.bad_studies import BAD_STUDIES, write_whole_study
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

SEEDS = range(60)


class ComputedError(Exception):
    """A run that began to compute."""


def refusal(act: Callable[[], object]) -> str:
    """The words of a refusal, '' where there is none."""
    try:
        act()
    except InputError as error:
        return str(error)
    except ComputedError:
        return ""
    return ""


def stop(*_: object, **__: object) -> NoReturn:
    """For a step of the run that must not be reached."""
    raise ComputedError


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run stops where it would begin to compute travel times."""
    monkeypatch.setattr(pipeline, "compute_times", stop)


ONE_FIXTURE_OF_EACH_READER = {
    f"fixture {name}"
    for name in (
        "areas_duplicate_ids.geojson", "services_duplicate_ids.csv", "people_nan.csv", "truncated.osm",
        "two_places_at_once.csv",
    )
}  # fmt: skip
"""That a reader refuses each of its fixtures is tested beside it; here, that check and run both ask it."""


OTHER_FIXTURES = {name for name in BAD_STUDIES if name.startswith("fixture ")} - ONE_FIXTURE_OF_EACH_READER


def both_refusals(file: Path) -> tuple[str, str]:
    return refusal(lambda: check_study(read_study(file))), refusal(lambda: run_study(read_study(file)))


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in OTHER_FIXTURES else ()) for name in BAD_STUDIES]
)
def test_a_bad_study_is_refused_by_check_as_by_a_run_before_anything_is_computed(name: str, tmp_path: Path) -> None:
    file = write_whole_study(tmp_path)
    BAD_STUDIES[name](tmp_path)
    before = sorted(tmp_path.iterdir())
    checked, run = both_refusals(file)
    assert checked == run
    assert checked, "it was accepted"
    assert sorted(tmp_path.iterdir()) == before


def test_the_study_that_the_catalogue_spoils_is_a_good_one(tmp_path: Path) -> None:
    study = read_study(write_whole_study(tmp_path))
    results = run_study(study)
    assert check_study(study).omissions == results.omissions
    assert len(results.hour_tables.moments)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS)
def test_a_mutated_study_is_refused_by_check_exactly_where_a_run_refuses_it(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_whole_study(tmp_path)
    mutate(tmp_path, random.Random(seed))
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "compute_times", stop)
        checked, run = both_refusals(file)
    assert checked == run
    if not checked:  # accepted: then it runs to its end
        study = read_study(file)
        assert run_study(study).omissions == check_study(study).omissions


def mutate(folder: Path, rng: random.Random) -> None:
    """One value of one file of the study becomes another: a stranger, or that of another cell."""
    strange = (
        "",
        " ",
        "-1",
        "0",
        "nan",
        "abc",
        "1,250",
        "1e999",
        "2024-10-181",
        "9999-12-31",
        "25:00",
        "total",
        "48.82",
    )
    name = rng.choice(("study.toml", "services.csv", "people.csv", "halts.csv", "areas.geojson"))
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    row = rng.randrange(len(lines))
    mark = {"study.toml": " = ", "areas.geojson": ": "}.get(name, ",")
    cells = lines[row].split(mark)
    others = [cell for line in lines for cell in line.split(mark)]
    cells[rng.randrange(len(cells))] = rng.choice((*strange, rng.choice(others)))
    lines[row] = mark.join(cells)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize(
    ("update", "words"),
    [
        ({"modes": ()}, "modes"),
        ({"modes": ("plane",)}, "modes"),
        ({"scenarios": ()}, "trop courte"),
        ({"analysis": "demain"}, "analysis"),
        ({"seuil": 20}, "Clé inconnue"),
        ({"title": 92}, "title"),
        ({"map": MapOptions().model_copy(update={"candidates_m": -1.0})}, "candidates_m"),
    ],
)
def test_what_a_program_changed_in_a_study_is_checked_before_anything_is_computed(
    update: dict[str, object], words: str, tmp_path: Path
) -> None:
    study = read_study(write_toy_study(tmp_path)).model_copy(update=update)
    checked, run = refusal(lambda: check_study(study)), refusal(lambda: run_study(study))
    assert checked == run
    assert words in checked


@pytest.mark.slow
def test_a_study_made_or_copied_by_a_program_is_the_study_of_its_file(tmp_path: Path) -> None:
    study = read_study(write_toy_study(tmp_path))
    made = Study.model_validate(study.model_dump(by_alias=True, exclude_unset=True))
    made._file = study.file
    copied = study.model_copy(update={"title": "Autre titre"})
    assert check_study(made) == check_study(study) == check_study(copied)
    assert run_study(copied).study == copied


def run_of(file: Path) -> tuple[dict[tuple[str, str], Omission], Results]:
    """The omissions of a check, which are those of a run, by code and mode; and the run.

    The streets of the toy town end where its areas do: that its margin has none is tested elsewhere.
    """
    study = read_study(file)
    omissions, results = check_study(study).omissions, run_study(study)
    assert results.omissions == omissions
    beyond = "margin_beyond_streets"
    return {(item.code, item.mode): item for item in omissions if item.code != beyond}, results


def omissions_of(file: Path) -> dict[tuple[str, str], Omission]:
    return run_of(file)[0]


def test_nothing_is_left_out_of_a_study_where_all_counts(tmp_path: Path) -> None:
    assert omissions_of(write_toy_study(tmp_path)) == {}


def test_services_and_people_that_do_not_count_are_counted_by_reason(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path, study=GOOD_STUDY.replace("[streets]", "[streets]\nmargin_m = 1000"))
    services = (
        "S4,sst,Sans lieu,,,,\n"
        "S5,pmi,Au loin,2.5,48.82,,\n"  # 18 km east: beyond the streets
        f"S6,mdph,Non demandée,{','.join(map(str, lon_lat(1, 1)))},,\n"
        f"S7,pmi,À 500 m des rues,{','.join(map(str, lon_lat(2, 9.6)))},,\n"
    )
    with (tmp_path / "services.csv").open("a", encoding="utf-8") as table:
        table.write(services)
    with (tmp_path / "people.csv").open("a", encoding="utf-8") as table:
        table.write("2.6,48.9,100\n")  # outside the areas
    omissions = omissions_of(file)
    assert {key: (item.count, item.total, item.examples) for key, item in omissions.items()} == {
        ("service_without_position", ""): (1, 7, ("Sans lieu",)),
        ("service_not_asked", ""): (1, 7, ("Non demandée",)),
        ("service_outside_streets", ""): (1, 5, ("Au loin",)),
        ("service_unsnapped", "walk"): (1, 5, ("À 500 m des rues",)),
        ("service_unsnapped", "car"): (1, 5, ("À 500 m des rues",)),
        ("people_outside_areas", ""): (1, 61, ("ligne 62",)),
    }
    people = omissions["people_outside_areas", ""]
    assert (people.population, people.population_total) == (100, 969)


def test_planned_and_closed_services_are_told_apart_and_each_is_counted_once(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    table = (tmp_path / "services.csv").read_text(encoding="utf-8").splitlines()
    more = ["S4,sst,Annoncé,,,,,planned,", "S5,sst,Fermé,2.25,48.82,,,open,2020-01-01"]
    rows = [table[0] + ",status,valid_to", *(row + ",open," for row in table[1:]), *more]
    (tmp_path / "services.csv").write_text("\n".join(rows), encoding="utf-8")
    omissions, results = run_of(file)
    assert [(code, item.count) for (code, _), item in omissions.items()] == [
        ("service_planned", 1), ("service_not_valid", 1),
    ]  # fmt: skip
    assert len(results.unlocated) == 2


def test_every_service_of_the_file_that_does_not_count_is_listed_by_name_asked_for_or_not(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    at = ",".join(map(str, lon_lat(1, 1)))
    with (tmp_path / "services.csv").open("a", encoding="utf-8") as table:
        table.write("".join(f"M{i},mdph,Non demandée {i},{at},,\n" for i in range(5)) + "S4,sst,Sans lieu,,,,\n")
    omissions, results = run_of(file)
    assert omissions["service_not_asked", ""].count == 5
    table = doubtful.unlocated_services(results)
    assert [(row[0], row[2]) for row in table.rows] == [
        *((f"Non demandée {i}", "demandé par aucun scénario") for i in range(5)),
        ("Sans lieu", "position inconnue"),
    ]
    told = [item.subject[1] for item in results.notices if item.code == "service_uncounted"]
    assert told == [row[0] for row in table.rows]  # notices.csv has them all too


def test_the_ledger_of_times_is_found_again_from_the_published_access_table(tmp_path: Path) -> None:
    """By the recipe of docs/scenarios.md: slower by more than three seconds, or no longer reached."""
    study = GOOD_STUDY.replace("cutoff_min = 60", "cutoff_min = 10")  # some are then out of reach of the SST alone
    results = run_study(read_study(write_toy_study(tmp_path, study=study)))
    table = access_table(results).to_pandas()
    before, after = (
        table[(table["scenario"] == name) & (table["mode"] == "walk")].set_index("demand_id")
        for name in ("tous", "sst")
    )
    was, now = before["travel_time_min"], after["travel_time_min"].reindex(before.index)
    is_gone = was.notna() & now.isna()
    ledger = results.changes.ledger
    row = ledger[
        (ledger["scenario"] == "sst") & (ledger["mode"] == "walk") & (ledger["rule"] == "any")
        & (ledger["area_id"] == "total") & (ledger["public"] == "all")
    ].iloc[0]  # fmt: skip
    assert before.loc[is_gone, "population"].sum() > 0
    assert row["population_slower"] == before.loc[is_gone | (now - was > 0.05), "population"].sum()
    saved = before["population"] * (was.astype(float).fillna(10) - now.astype(float).fillna(10))
    assert row["minutes_saved_person_min"] == pytest.approx(saved.sum())


def test_people_and_services_that_no_street_is_near_enough_to_are_counted_by_mode(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path, study=GOOD_STUDY.replace("cutoff_min = 60", "cutoff_min = 60\nmax_snap_m = 30"))
    omissions, results = run_of(file)
    unsnapped = results.travel_times["walk"].demand_snaps["edge_id"].isna().to_numpy()
    people = omissions["people_unsnapped", "walk"]
    assert people.count == unsnapped.sum() > 0
    assert people.population == results.demand["population"].to_numpy()[unsnapped].sum()


def test_places_that_have_nothing_but_a_tunnel_to_link_to_are_counted_and_still_count(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    streets = (tmp_path / "streets.osm").read_text(encoding="utf-8")
    tag = "<tag k='highway' v='residential'/>"
    (tmp_path / "streets.osm").write_text(streets.replace(tag, f"{tag}<tag k='tunnel' v='yes'/>"), encoding="utf-8")
    omissions, results = run_of(file)
    people = omissions["people_without_doors", "walk"]
    assert people.count == people.total == len(results.demand)
    assert people.population == results.demand["population"].sum()
    assert omissions["service_without_doors", "walk"].count == len(results.services)
    assert results.coverage["population_covered"].max() > 0
    assert results.coverage["population_unsnapped"].max() == 0


def test_halts_outside_the_calendar_and_services_without_hours_are_counted(tmp_path: Path) -> None:
    file = write_whole_study(tmp_path)
    toml = file.read_text(encoding="utf-8").replace('assumed_hours = "Mo-Fr 09:00-12:00"\n', "")
    file.write_text(toml, encoding="utf-8")
    with (tmp_path / "halts.csv").open("a", encoding="utf-8") as table:
        table.write("Bus,Plus tard,2.251,48.822,2025-03-04,10:00,12:00\n")
    omissions = omissions_of(file)
    assert (omissions["visit_outside_period", ""].count, omissions["visit_outside_period", ""].total) == (1, 2)
    assert omissions["service_without_hours", ""].examples == ("Service S2",)


def test_cells_without_a_street_and_the_share_of_cells_outside_are_counted(tmp_path: Path) -> None:
    grid = 'method = "grid"\nfile = "grid.csv"\ngrid_crs = "EPSG:2154"\nx_column = "x"\ny_column = "y"\ncell_m = 300'
    file = write_toy_study(tmp_path, study=GOOD_STUDY.replace('method = "points"\nfile = "people.csv"', grid))
    west, south, east, _ = gpd.read_file(tmp_path / "areas.geojson").to_crs(2154).total_bounds
    x, y = west - 50, south + 50  # the second cell holds the middle of the streets
    (tmp_path / "grid.csv").write_text(
        f"x,y,population\n{x},{y},100\n{x + 300},{y},200\n{x - 3000},{y},40\n{x + 600},{y - 300},30\n", encoding="utf-8"
    )
    omissions, results = run_of(file)
    assert east > x + 600
    bare, outside = omissions["cell_without_street", ""], omissions["people_outside_areas", ""]
    assert (bare.count, bare.population) == (1, 30)
    assert outside.population_total == 370
    assert results.demand["population"].sum() + bare.population + outside.population == pytest.approx(370)


def test_a_oneway_value_that_is_not_understood_is_counted(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    streets = (tmp_path / "streets.osm").read_text(encoding="utf-8")
    tag = "<tag k='highway' v='residential'/>"
    (tmp_path / "streets.osm").write_text(
        streets.replace(tag, f"{tag}<tag k='oneway' v='sometimes'/>", 1), encoding="utf-8"
    )
    odd = omissions_of(file)["oneway_unknown", ""]
    assert (odd.count, odd.total, odd.examples[0]) == (5, 60, "« sometimes »")


def test_omissions_are_the_same_from_the_cache(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    with (tmp_path / "people.csv").open("a", encoding="utf-8") as table:
        table.write("2.6,48.9,100\n")
    study, cache = read_study(file), tmp_path / "cache"
    fresh = run_study(study, cache_folder=cache).omissions
    assert run_study(study, cache_folder=cache).omissions == fresh == check_study(study, cache_folder=cache).omissions
    assert [item.code for item in fresh] == ["people_outside_areas", "margin_beyond_streets"]


def test_a_closure_that_cuts_places_off_says_in_which_scenario(tmp_path: Path) -> None:
    corner = [lon_lat(*at) for at in ((3.5, 3.5), (5.5, 3.5), (5.5, 5.5), (3.5, 5.5))]
    closure = f'kind = "close_street"\npolygon = {[list(at) for at in corner]}'
    part = f'[[scenario]]\nname = "ferme"\ntitle = "Fermé"\nkinds = ["pmi"]\n[[scenario.change]]\n{closure}\n'
    toml = (GOOD_STUDY + part).replace("cutoff_min = 60", "cutoff_min = 60\nmax_snap_m = 60")
    study = read_study(write_toy_study(tmp_path, study=toml))
    omissions = check_study(study).omissions
    assert run_study(study).omissions == omissions
    closed = [item for item in omissions if item.scenarios == ("ferme",)]
    assert {(item.code, item.mode) for item in closed} >= {("service_unsnapped", "walk"), ("people_unsnapped", "walk")}
