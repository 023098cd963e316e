"""Sites for one more service are compared public by public, each public in its own unit, in one table."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from access92.outputs.maps.backdrop import prepare_backdrop
from access92.outputs.maps.run_map.content import page_data
from access92.outputs.report.brief_changes import changes_page
from access92.outputs.report.changes import changes_chapter
from access92.outputs.report.content import Paragraph, Table, every_block, only, words_of
from access92.outputs.report.openings import opening_scenarios, openings_table
from access92.outputs.report.scenarios import scenarios_table
from access92.outputs.words.notices import description_words
from access92.run.notices import choice_notices
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.changes import AddService
from access92.study.model import Scenario
from access92.study.notices import Notice
from access92.study.read import read_study
from tests.measures.test_publics import FAST_AND_SLOW, STUDY, write_study
from tests.sources.table_studies import SHIPPED_STUDY
from tests.toy_study import lon_lat

HOUSEHOLDS = FAST_AND_SLOW.replace('column = "sans_voiture"', 'column = "sans_voiture"\nunit = "households"')
OPENING = """
[[scenario]]
name = "site-{east}"
title = "Site à {east} pâtés"
based_on = "tous"
[[scenario.change]]
kind = "add_service"
service_id = "NEW-{east}"
name = "Nouveau"
service_kind = "sst"
lon = {lon}
lat = {lat}
"""
MOVING = """
[[scenario]]
name = "deplace"
title = "Un SST déplacé"
based_on = "tous"
[[scenario.change]]
kind = "move_service"
service_id = "S1"
lon = {lon}
lat = {lat}
"""


def plain(words: str) -> str:
    return re.sub(r"\s", " ", words)


def site(east: int) -> str:
    lon, lat = lon_lat(east, 0)
    return OPENING.format(east=east, lon=lon, lat=lat)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """Two sites, two and five blocks east of the only SST nearby; a move is no site."""
    lon, lat = lon_lat(1, 0)
    study = STUDY + HOUSEHOLDS + site(2) + MOVING.format(lon=lon, lat=lat) + site(5)
    return run_study(read_study(write_study(tmp_path_factory.mktemp("sites"), study)))


def test_the_sites_stand_side_by_side_with_what_each_public_gains_in_its_unit(results: Results) -> None:
    assert [item.name for item in opening_scenarios(results)] == ["site-2", "site-5"]
    table = openings_table(results)
    assert table is not None
    assert [plain(head) for head in table.header] == [
        "Public", "Unité", "en tout", "Site à 2 pâtés", "Site à 5 pâtés",
    ]  # fmt: skip
    # in under 5 min: everybody walks four blocks, seniors two; ten people a block, of whom 1, 2, 4, 8, 1, 2 are seniors
    # and 2, 3, 5, 7, 1, 0 households without a car
    assert [[plain(cell) for cell in row] for row in table.rows] == [
        ["Toute la population, à 5,7 km/h", "habitants", "60", "10 (16,7 %)", "10 (16,7 %)"],
        ["65 ans et plus, à 2,85 km/h", "habitants", "18", "9 (50,0 %)", "11 (61,1 %)"],
        ["Ménages sans voiture, à 5,7 km/h", "ménages", "18", "0 (0 %)", "0 (0 %)"],
    ]
    assert "gagnés" in plain(table.caption)
    assert "ménages du fichier, sans calage" in plain(table.basis)


def test_a_public_of_which_nobody_lives_there_gains_nothing_and_has_no_share(results: Results) -> None:
    ledger = results.changes.ledger
    ledger = ledger.assign(
        population=ledger["population"].where(ledger["public"] != "menages", 0.0),
        population_gained=ledger["population_gained"].where(ledger["public"] != "menages", 0.0),
    )
    table = openings_table(replace(results, changes=replace(results.changes, ledger=ledger)))
    assert table is not None
    (row,) = (row for row in table.rows if "sans voiture" in plain(row[0]))
    assert [plain(cell) for cell in row[2:]] == ["0", "0 (—)", "0 (—)"]


def test_the_table_stands_where_the_scenarios_are_compared(results: Results) -> None:
    captions = [item.caption for item in only(changes_chapter(results).blocks, Table)]
    table = openings_table(results)
    assert table is not None
    assert table.caption in captions


def test_one_site_alone_is_compared_with_nothing(results: Results) -> None:
    one = tuple(item for item in results.scenarios if item.name != "site-5")
    assert openings_table(replace(results, scenarios=one)) is None


def test_a_site_that_starts_from_another_scenario_than_the_first_is_not_compared(results: Results) -> None:
    chained = tuple(
        item.model_copy(update={"based_on": "site-2"}) if item.name == "site-5" else item for item in results.scenarios
    )
    assert openings_table(replace(results, scenarios=chained)) is None


def test_of_many_sites_those_that_gain_most_are_shown_and_the_others_counted(results: Results) -> None:
    last = results.scenarios[-1]
    more = tuple(last.model_copy(update={"name": f"bis-{i}", "title": f"Bis {i}"}) for i in range(8))
    ledger = results.changes.ledger
    rows = [ledger[ledger["scenario"] == last.name].assign(scenario=item.name) for item in more]
    changes = replace(results.changes, ledger=pd.concat([ledger, *rows], ignore_index=True))
    table = openings_table(replace(results, scenarios=(*results.scenarios, *more), changes=changes))
    assert table is not None
    assert len(table.header) == 3 + 6
    assert "4 autres" in plain(table.caption)


def test_the_third_page_says_where_the_table_is(results: Results) -> None:
    words = [words_of(item.parts) for item in every_block(changes_page(results).blocks) if isinstance(item, Paragraph)]
    assert any("Qui gagnerait à chaque ouverture, public par public" in item for item in words)


def told(results: Results) -> list[str]:
    """What the third page and the chapter of the scenarios say of the choice of places."""
    blocks = (*every_block(changes_page(results).blocks), *every_block(changes_chapter(results).blocks))
    words = [plain(words_of(item.parts)) for item in blocks if isinstance(item, Paragraph)]
    return [item for item in words if "rues de démonstration" in item]


def test_places_chosen_on_other_streets_are_said_so_where_their_gains_are(results: Results) -> None:
    assert told(results) == []
    sites = opening_scenarios(results)
    notice = Notice("chosen_on_demo", tuple(item.name for item in sites))
    page, chapter = told(replace(results, notices=(notice,)))
    assert page == chapter
    assert page.startswith("« Site à 2 pâtés » et « Site à 5 pâtés » : lieux choisis sur les rues de démonstration")
    (page, _) = told(replace(results, notices=(Notice("chosen_on_demo", (sites[0].name,)),)))
    assert page.startswith("« Site à 2 pâtés » : lieu choisi sur les rues de démonstration")


def test_only_a_study_on_other_streets_says_that_places_were_chosen_on_the_demonstration(results: Results) -> None:
    def chosen(name: str, **keys: object) -> Scenario:
        return next(item for item in results.scenarios if item.name == name).model_copy(update=keys)

    first, flagged = results.scenarios[0], chosen("site-2", chosen_on_demo=True)
    # what starts from a flagged scenario has its places too
    chain = (first, flagged, chosen("site-5", based_on="site-2"), chosen("deplace"))
    study = results.study.model_copy(update={"scenarios": chain})
    (notice,) = choice_notices(study, chain)
    assert (notice.code, notice.subject) == ("chosen_on_demo", ("site-2", "site-5"))
    assert choice_notices(study, (first, chosen("deplace"))) == ()
    on_demo = study.model_copy(update={"streets": study.streets.model_copy(update={"demo": True})})
    assert choice_notices(on_demo, chain) == ()


def test_the_hypotheses_of_the_shipped_study_say_on_which_streets_they_were_chosen() -> None:
    study = read_study(SHIPPED_STUDY)
    opened = [item for item in study.scenarios if any(isinstance(change, AddService) for change in item.changes)]
    assert len(opened) == 3
    assert all(item.chosen_on_demo and "rues de démonstration" in item.description for item in opened)


def test_the_map_and_the_table_of_scenarios_say_so_of_each_scenario(results: Results) -> None:
    sites = opening_scenarios(results)
    told_results = replace(results, notices=(Notice("chosen_on_demo", (sites[0].name,)),))
    said = "Lieu choisi sur les rues de démonstration, non sur celles de ce calcul."
    page = page_data(told_results, prepare_backdrop(told_results))
    on_the_map = {item["name"]: plain(item["description"]) for item in page["scenarios"]}
    in_the_table = {row[3]: plain(row[2]) for row in scenarios_table(told_results).rows}
    for words in (on_the_map, in_the_table):
        assert [name for name, text in words.items() if said in text] == [sites[0].name]
    flagged = told_results.scenarios[0].model_copy(update={"name": sites[0].name, "description": "Une hypothèse."})
    assert plain(description_words(told_results, flagged)) == f"Une hypothèse. {said}"
