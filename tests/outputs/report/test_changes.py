"""What the report says of scenarios, commitments, changes, hours and sectors."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from access92.measures.ledger import Reach, ledger_table
from access92.network.modes import Mode
from access92.outputs.figures import headline
from access92.outputs.layout import file_in
from access92.outputs.maps.difference import ledger_total
from access92.outputs.report import make_dossier, write_report
from access92.outputs.report.changes import changes_chapter, next_nearest_rows, sole_chapter
from access92.outputs.report.commitments import commitments_chapter, is_headline_rule, share_words, steps_so_far
from access92.outputs.report.communes import by_area, shares_by_scenario
from access92.outputs.report.content import Chapter, Paragraph, Section, Table, blocks_of, only, words_of
from access92.outputs.report.hours import hours_chapter, week_table
from access92.outputs.report.scenarios import map_links
from access92.outputs.words.changes import change_words
from access92.outputs.words.typography import number, percent
from access92.run.results import Results
from access92.study.commitments import Commitment
from access92.study.model import Scenario
from tests.outputs.report.test_report import Nesting, words
from tests.outputs.synthetic import make_results


@pytest.fixture(scope="module")
def report(changed_folder: Path) -> Path:
    return changed_folder / "report.html"


def plain(told: str) -> str:
    """With ordinary spaces."""
    return told.replace("\u00a0", " ").replace("\u202f", " ")


def figure(value: float) -> str:
    return number(value).replace("\u202f", " ")


def section(report: Path, anchor: str) -> str:
    """The words of a chapter."""
    found = re.search(rf'<section aria-labelledby="{anchor}">.*?</section>', report.read_text("utf-8"), re.DOTALL)
    assert found is not None
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", found[0])).replace("’", "'"))


def tables(chapter: Chapter | None) -> list[Table]:
    assert chapter is not None
    return only(chapter.blocks, Table)


def test_each_scenario_is_told_with_its_changes_and_its_description(report: Path) -> None:
    told = section(report, "changements")
    for expected in (
        "ouvre « SST neuf » (Service des solidarités territoriales (SST)) en 48,8400 N, 2,2900 E",
        "déplace « Lieu n° 2 <sst> » en 48,8500 N, 2,2800 E ; ferme « Lieu n° 4 <pmi> »",
        "compte les haltes du calendrier", "« Maillage d'aujourd'hui »", "Lieu inventé.",
    ):  # fmt: skip
        assert expected in told, expected


def test_each_scenario_is_a_row_of_the_answer(report: Path, changed: Results) -> None:
    answer = section(report, "resultats")
    assert "Les SST seuls" in answer
    assert "Un SST de plus" in answer
    assert figure(headline(changed, "neuf", "walk").uncovered) in answer
    assert "n voiture (temps de circulation × 1,4 pour les bouchons" in answer


def test_a_commitment_comes_with_its_source_its_note_its_rule_and_its_figures(report: Path, changed: Results) -> None:
    told = section(report, "engagements")
    for expected in (
        "« vingt minutes à pied »", "« un pôle <social> »", "Choix de l'étude.",
        "Règle calculée : un pôle social à moins de 20 min à pied (adulte), sinon un SST à moins de 15",
    ):  # fmt: skip
        assert expected in told, expected
    summary = changed.changes.commitment_summary.query("public == 'all'")
    summary = summary.set_index(["commitment", "scenario", "area_id"])
    for scenario in ("aujourdhui", "neuf", "demenage"):
        row = summary.loc[("deux-temps", scenario, "total")]
        for name in ("population_first_step", "population_rescued", "population_uncovered"):
            assert figure(row[name]) in told, (scenario, name)


def test_only_a_commitment_of_several_steps_is_told_step_by_step(changed: Results) -> None:
    chapter = commitments_chapter(changed)
    assert chapter is not None
    single, double = (only([item], Table) for item in chapter.blocks if isinstance(item, Section))
    assert not any("Étape par étape" in table.caption for table in single)
    assert single == []  # the rule of the whole dossier: its figures are told once, elsewhere
    other = changed.study.commitments[0].model_copy(update={"name": changed.study.commitments[1].name})
    assert not is_headline_rule(changed, other)
    steps = next(table for table in double if "Étape par étape" in table.caption)
    assert len(steps.rows) == 2


def test_the_ledger_is_told_by_scenario_and_rule_gained_and_lost_apart(report: Path, changed: Results) -> None:
    told = section(report, "changements")
    for scenario in ("sst-seuls", "neuf", "demenage"):
        row = ledger_total(changed, scenario)
        for name in ("population_gained", "population_lost", "population_still_uncovered"):
            assert figure(row[name]) in told, (scenario, name)
    assert "65 ans et plus" in told
    assert "Carte des différences" in told


def test_those_who_no_longer_reach_anything_are_counted_apart_among_the_slower(changed: Results) -> None:
    """Who takes the cut-off for their time, as person-hours do, finds fewer people: the report says how many."""
    first, cutoff = changed.scenarios[0].name, changed.study.analysis.cutoff_min
    times = {name: np.full(len(changed.demand), 10.0, dtype=np.float32) for name in (first, "neuf")}
    times[first][:3], times["neuf"][:3] = (cutoff - 0.02, cutoff - 5, cutoff - 5), (np.nan, np.nan, cutoff - 4)
    records = tuple(
        replace(item, travel_time_min=times[item.scenario]) if item.scenario in times and item.mode == "walk" else item
        for item in changed.access_records
    )
    chapter = changes_chapter(replace(changed, access_records=records))
    section = next(item for item in only(chapter.blocks, Section) if item.title == "Un SST de plus")
    told = plain(" ".join(words_of(item.parts) for item in only(section.blocks, Paragraph)))
    gone, near = (figure(changed.demand["population"].iloc[:count].sum()) for count in (2, 1))
    assert plain(f"{gone} habitants n'atteignent plus aucun service en moins de 60 min") in told
    assert plain(f"{near} étaient à trois secondes au plus de cette durée") in told


def test_a_scenario_that_changes_nothing_says_so(changed: Results) -> None:
    ledger = changed.changes.ledger.copy()
    moving = ["population_gained", "population_lost", "population_faster", "population_slower"]
    ledger.loc[ledger["scenario"] == "neuf", moving] = 0.0
    chapter = changes_chapter(replace(changed, changes=replace(changed.changes, ledger=ledger)))
    told = [words_of(item.parts) for item in only(chapter.blocks, Paragraph)]
    assert "Ne change aucun temps de trajet ni aucune couverture : « Un SST de plus »." in " ".join(told)
    assert [item.title for item in only(chapter.blocks, Section)] == ["Les SST seuls", "Déménagement <S2>"]


def test_a_closure_at_a_shared_place_says_which_service_stays_whether_or_not_anybody_walks_more(
    changed: Results,
) -> None:
    service, stays = changed.services["service_id"].iloc[:2]
    ledger = changed.changes.ledger.copy()
    moving = ["population_gained", "population_lost", "population_faster", "population_slower"]
    ledger.loc[ledger["scenario"] == "neuf", moving] = 0.0  # nobody: told beside « ne change rien »
    shared = pd.DataFrame({
        "scenario": ["neuf", "demenage"], "mode": "walk", "service_id": service, "remains": stays,
        "population_place": [1234.0, 5678.0],
    })  # fmt: skip
    chapter = changes_chapter(replace(changed, changes=replace(changed.changes, ledger=ledger, shared_closures=shared)))
    beside = " ".join(words_of(item.parts) for item in only(chapter.blocks, Paragraph))
    section = next(item for item in only(chapter.blocks, Section) if item.title.startswith("Déménagement"))
    within = " ".join(words_of(item.parts) for item in only(section.blocks, Paragraph))
    for told, people in ((beside, 1234), (within, 5678)):
        assert "ferme, mais" in told
        assert "reste au même lieu" in told
        assert number(people) in told


def test_sole_providers_of_the_reference_come_most_needed_first(changed: Results) -> None:
    table = tables(sole_chapter(changed))[0]
    place = [int(re.sub(r"\D", "", row[-1])) for row in table.rows]
    assert place == sorted(place, reverse=True)
    assert len(table.rows) == 5


def test_who_keeps_a_service_at_the_same_place_turns_to_nothing(changed: Results) -> None:
    told = next_nearest_rows(changed)
    next_nearest = changed.changes.next_nearest.copy()
    assert told is not None
    assert len(told.rows) == len(next_nearest)
    next_nearest.loc[0, ["turns_to", "extra_person_min"]] = [next_nearest.loc[0, "service_id"], 0.0]
    told = next_nearest_rows(replace(changed, changes=replace(changed.changes, next_nearest=next_nearest)))
    assert told is not None
    assert len(told.rows) == len(next_nearest) - 1


def test_an_example_calendar_is_said_to_be_one_and_hours_assumed_to_be_assumed(report: Path) -> None:
    told = section(report, "horaires")
    assert "Calendrier d'exemple, inventé." in told
    assert "supposés ouverts « Mo-Fr 09:00-17:00 »" in told
    assert "mardi 4 février 2025, 18 h 30" in told
    assert "30 min au moins avant la fermeture" in told


def test_the_week_shows_the_reference_and_those_who_count_halts(changed: Results) -> None:
    first, mobile = (table for table in tables(hours_chapter(changed)) if table.shades)
    assert [row[0] for row in first.rows] == [f"{hour} h" for hour in range(9, 18)]
    assert set(first.rows[-1][1:]) == {"0\u202f%"}  # the last hour before closing is told, at nothing
    assert [row[0] for row in mobile.rows] == [f"{hour} h" for hour in range(9, 21)]  # the halt of the evening
    evening = next(row[1:] for row in mobile.rows if row[0] == "18 h")
    assert [text == "0\u202f%" for text in evening] == [True, False, *[True] * 5]
    assert all(0 <= shade <= 1 for row in first.shades for shade in row)


@pytest.mark.usefixtures("blank_pictures")
def test_a_calendar_without_example_carries_no_warning(changed: Results, tmp_path: Path) -> None:
    assert changed.study.calendar is not None
    calendar = changed.study.calendar.model_copy(update={"is_example": False, "assumed_hours": None})
    real = replace(changed, study=changed.study.model_copy(update={"calendar": calendar}))
    write_report(real, tmp_path / "r.html")
    page = words(tmp_path / "r.html")
    assert "Calendrier d'exemple" not in page
    assert "tenu pour fermé" in page


def test_people_whose_sector_is_not_known_are_told_and_left_aside(report: Path, changed: Results) -> None:
    told = section(report, "competent")
    row = changed.changes.competence.set_index(["scenario", "area_id"]).loc[("aujourdhui", "total")]
    assert f"{figure(row['population_left_out'])} habitants (" in told
    assert figure(row["population_nearest_other"]) in told
    # named once, as a commune of which no source says who receives its people; in no row of the table
    assert told.count("Clairière") == 1
    assert re.search(r"aucune source lue ne dit quel SST les reçoit : [^.]*Clairière", told)


@pytest.mark.usefixtures("blank_pictures")
def test_a_study_without_sectors_commitments_or_calendar_has_no_such_section(tmp_path: Path) -> None:
    write_report(make_results(), tmp_path / "r.html")
    page = words(tmp_path / "r.html")
    for title in ("Engagements", "Unités mobiles et horaires", "SST compétent"):
        assert title not in page


def test_the_table_of_communes_is_whole_for_the_reference_and_a_share_for_the_others(changed: Results) -> None:
    table = by_area(changed, "walk")
    assert table.header == ("Commune", "habitants", "part", "non couverts", "médiane", "9e décile")
    (shares,) = shares_by_scenario(changed, "walk")
    assert shares.header == (
        "Commune", "Maillage d'aujourd'hui", "Les SST seuls", "Un SST de plus", "Déménagement <S2>",
    )  # fmt: skip
    assert [row[1] for row in shares.rows] == [row[2] for row in table.rows]


@pytest.mark.slow
def test_no_head_of_a_column_is_an_identifier_of_the_study(changed: Results) -> None:
    ids = {item.name for item in changed.scenarios} | set(changed.modes)
    for block in blocks_of(make_dossier(changed)):
        if isinstance(block, Table):
            assert not ids & {*block.header, *(label for label, _ in block.groups)}, block.caption


def test_the_curve_draws_the_scenarios_that_choose_for_themselves(report: Path) -> None:
    alt = re.findall(r'<img alt="(Courbes[^"]*)"', report.read_text("utf-8"))
    assert len(alt) == 1
    assert all("Les SST seuls" in words and "Un SST de plus" not in words for words in alt)
    assert "Seuls les scénarios qui n'en modifient pas un autre sont tracés" in section(report, "resultats")


def test_every_scenario_links_to_its_maps_and_its_difference_map(changed: Results, changed_folder: Path) -> None:
    links = map_links(changed)
    assert [len(maps) for _, maps in links] == [2, 3, 3, 3]
    assert all(file_in(changed_folder, link.target).is_file() for _, maps in links for link in maps)


def test_the_map_of_all_scenarios_is_linked_first_where_the_run_has_one(changed: Results) -> None:
    title, maps = map_links(changed, run_map="map.html")[0]
    assert "carte interactive" in title
    assert [link.target for link in maps] == ["map.html"]
    assert len(map_links(changed)) == len(changed.scenarios)


def test_the_page_of_changes_is_well_nested_and_leads_somewhere(report: Path) -> None:
    page = report.read_text("utf-8")
    nesting = Nesting()
    nesting.feed(page)
    assert (nesting.wrong, nesting.open) == ([], [])
    for target in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{target}"' in page
    for file in re.findall(r'href="([^"#:]+)"', page):
        assert (report.parent / file).is_file(), file


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"kind": "change_kind", "service_id": "A", "service_kind": "pole_social"}, "« SST 1 » devient : Pôle social"),
        ({"kind": "remove_visit", "visit_id": "H1"}, "retire la halte H1"),
        ({"kind": "set_speed", "mode": "walk", "speed_kmh": 3.5}, "À pied : 3,5 km/h"),
        ({"kind": "close_street", "edge_ids": ["e1", "e2"]}, "ferme à tous les modes 2 tronçons"),
        ({"kind": "close_street", "polygon": [[2, 48], [2.1, 48], [2, 48.1]]}, "polygone de 3 sommets"),
        ({"kind": "add_visit", "visit_id": "H", "unit": "Caravane", "lon": 2.3, "lat": 48.8, "date": "2025-02-11",
          "start": "10:00", "end": "17:00"}, "halte de Caravane le 11 février 2025, de 10:00 à 17:00"),
    ],
)  # fmt: skip
def test_every_kind_of_change_is_told_in_words(change: dict[str, object], expected: str, results: Results) -> None:
    scenario = Scenario.model_validate({"name": "s", "title": "S", "kinds": ["sst"], "change": [change]})
    modes: dict[str, Mode] = {"walk": replace(results.modes["walk"], label="À pied")}
    told = change_words(scenario.changes[0], {"A": "SST 1"}, modes)
    assert expected in told.replace("\u00a0", " ")


def test_weeks_without_any_hour_are_not_shown(changed: Results) -> None:
    week = changed.hour_tables.week.assign(coverage_share=np.nan)
    quiet = replace(changed, hour_tables=replace(changed.hour_tables, week=week, moments=pd.DataFrame()))
    assert week_table(quiet, "aujourdhui") is None
    (hours,) = tables(hours_chapter(quiet))
    assert "Heures pendant lesquelles" in hours.caption


def by_car_in_the_end(study: Results) -> Commitment:
    """The two-step commitment of the town, made one rule by two modes: on foot, else by car."""
    steps = [{"kinds": ["sst"], "mode": mode, "under_min": 20} for mode in ("walk", "car")]
    known = next(item for item in study.study.commitments if len(item.any_of) > 1)
    return Commitment.model_validate({"name": known.name, "title": known.title, "source": "s", "any_of": steps})


def test_a_figure_of_a_commitment_by_car_stands_after_those_on_foot(changed: Results) -> None:
    rule = by_car_in_the_end(changed)
    assert steps_so_far(changed, rule) == ("à pied (adulte)", "avec la voiture")
    words = share_words(changed, rule, "aujourdhui")
    assert re.fullmatch(r"\S+\s% à pied \(adulte\), .*% avec la voiture", words)
    table = changed.changes.commitments.query("public == 'all'")
    is_here = (table["commitment"] == rule.name) & (table["scenario"] == "aujourdhui") & (table["area_id"] == "total")
    shares = table.loc[is_here].sort_values("step")["coverage_share"]
    assert words == ", ".join(
        f"{percent(share)} {name}" for share, name in zip(shares, steps_so_far(changed, rule), strict=True)
    )


def test_steps_of_another_rule_are_counted_not_named_by_their_mode(changed: Results) -> None:
    rule = next(item for item in changed.study.commitments if len(item.any_of) > 1)
    assert steps_so_far(changed, rule) == ("à la 1re étape", "avec la 2e")


def test_the_ledger_names_the_modes_of_a_commitment(changed: Results) -> None:
    rules = tuple(by_car_in_the_end(changed) if len(item.any_of) > 1 else item for item in changed.study.commitments)
    study = changed.study.model_copy(update={"commitments": rules})
    cells = [row[0] for table in tables(changes_chapter(replace(changed, study=study))) for row in table.rows]
    assert any(cell.endswith("(à pied (adulte), sinon en voiture)") for cell in cells)


def test_the_hours_of_the_week_are_said_to_be_means_and_when_the_last_may_come(changed: Results) -> None:
    first = next(table for table in tables(hours_chapter(changed)) if table.shades)
    assert "en moyenne sur chaque heure" in first.caption
    told = first.basis.replace("\u00a0", " ")
    assert "ouverture 9 h, fermeture 17 h, dernière arrivée 16 h 30" in told


@pytest.mark.slow
def test_the_report_counts_as_slower_what_passes_the_cut_off_by_a_second_and_says_so(report: Path) -> None:
    demand = pd.DataFrame({"area_id": ["1"], "population": [7.0]})
    just_reached, not_reached = (
        Reach("s", np.array([minutes], dtype=np.float32), np.array([nearest], dtype=object), np.array([False]))
        for minutes, nearest in ((59.99, "A"), (np.nan, ""))
    )
    table = ledger_table(just_reached, not_reached, demand, mode="walk", rule="any", cutoff_min=60)
    assert table["population_slower"].tolist() == [7.0, 7.0]
    assert "ou d'un lieu qui atteint désormais un service en moins de 60 min, ou n'en atteint plus" in section(
        report, "changements"
    )
