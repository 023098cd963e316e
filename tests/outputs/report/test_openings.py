"""Sites for one more service are compared public by public, each public in its own unit, in one table."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd
import pytest

from access92.outputs.report.brief_changes import changes_page
from access92.outputs.report.changes import changes_chapter
from access92.outputs.report.content import Paragraph, Table, every_block, only, words_of
from access92.outputs.report.openings import opening_scenarios, openings_table
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from tests.measures.test_publics import FAST_AND_SLOW, STUDY, write_study
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
