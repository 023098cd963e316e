"""The first page says whether the promise is kept, for how many, by foot first; words for everybody on all pages."""

from __future__ import annotations

import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from access92.outputs.figures import headline, standalone_scenarios
from access92.outputs.report import make_dossier
from access92.outputs.report.brief import answer_page, limits_page
from access92.outputs.report.brief_places import places_page
from access92.outputs.report.certainty import uncertain_lines
from access92.outputs.report.content import (
    Bullets,
    Chapter,
    KeyFigures,
    Paragraph,
    Section,
    Table,
    blocks_of,
    every_block,
    only,
    words_of,
)
from access92.outputs.report.document import pdf_bytes
from access92.outputs.report.doubtful import survived
from access92.outputs.report.drawing import new_figure
from access92.outputs.report.small_maps import BaseMap, _share_legend, label_places
from access92.outputs.report.uncovered import named_place, pocket_words, uncovered_chapter
from access92.outputs.words.omissions import omission_lines
from access92.outputs.words.typography import number, percent
from access92.run.results import Results
from access92.sources.surroundings import surroundings_of
from access92.study.notices import Notice
from access92.study.omissions import Omission, omission
from tests.outputs.report.test_brief import needs_pdftotext, one_scenario, pages, with_margins


def plain(words: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", " ", words).replace("’", "'")


def page_of(results: Results) -> Chapter:
    return answer_page(results, BaseMap(results))


def first_page(results: Results) -> str:
    """Every word of the first page."""
    page = page_of(results)
    told = [page.title]
    for block in every_block(page.blocks):
        match block:
            case Paragraph():
                told.append(words_of(block.parts))
            case KeyFigures():
                told += [f"{item.value} {item.words}" for item in block.items]
            case Table():
                told += [block.caption, block.basis, *block.header, *(cell for row in block.rows for cell in row)]
            case Bullets():
                told += map(words_of, block.items)
            case Section():
                told.append(block.title)
    return plain("\n".join(told))


@pytest.mark.usefixtures("blank_pictures")
def test_the_first_sentence_answers_whether_the_promise_is_kept(changed: Results) -> None:
    page = page_of(changed)
    assert plain(page.title) == "La promesse (moins de 20 minutes) est-elle tenue ?"
    (lead,) = (plain(words_of(item.parts)) for item in only(page.blocks, Paragraph) if item.role == "lead")
    total = headline(changed, changed.scenarios[0].name, "walk")
    assert lead.startswith(
        plain(
            f"Non, pas pour tous : à pied, {number(total.covered)} habitants sur {number(total.population)} "
            f"({percent(total.share)}) sont à moins de 20 minutes d'un service ("
        )
    )
    # then what another choice changes; the title of a scenario never comes first
    assert lead.index(plain(number(total.uncovered))) < lead.index("seraient")


@pytest.mark.usefixtures("blank_pictures")
def test_a_study_without_a_promise_asks_who_is_near_and_all_covered_is_a_yes(results: Results) -> None:
    coverage = results.coverage.assign(population_covered=results.coverage["population"], coverage_share=1.0)
    study = results.study.model_copy(update={"commitments": ()})
    page = page_of(replace(results, study=study, coverage=coverage))
    assert plain(page.title) == "Les habitants sont-ils à moins de 20 minutes d'un service ?"
    assert plain(words_of(only(page.blocks, Paragraph)[0].parts)).startswith("Oui : à pied, les ")


@pytest.mark.usefixtures("blank_pictures")
def test_services_at_one_place_are_counted_with_their_places(results: Results) -> None:
    together = results.services.set_geometry([shapely.Point(650_000, 6_860_000)] * len(results.services))
    page = first_page(replace(results, services=together))
    assert re.search(r"\d services en 1 lieu\b", page)
    assert " en 1 lieu" not in first_page(results)


@pytest.mark.usefixtures("blank_pictures")
def test_the_promises_are_on_the_first_page_with_the_notes_that_say_what_they_count(changed: Results) -> None:
    noted = tuple(item.model_copy(update={"note": f"Note de {item.name}."}) for item in changed.study.commitments)
    study = changed.study.model_copy(update={"commitments": noted})
    page = first_page(replace(changed, study=study))
    for i, item in enumerate(noted, start=1):
        assert f"({i}) Note de {item.name}." in page
        assert plain(f"{item.title} ({i})") in page


@pytest.mark.usefixtures("blank_pictures")
def test_what_holds_is_worded_for_what_was_tried(changed: Results) -> None:
    page = first_page(with_margins(changed))
    assert "Ce qui tient, une hypothèse changée à la fois" in page
    assert "Deux hypothèses n'ont jamais été changées ensemble" in page
    assert "sûr" not in page
    alone = first_page(changed)
    assert "Ce que le calcul établit" in alone
    assert "une hypothèse" not in alone


@pytest.mark.slow
@needs_pdftotext
@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize("is_alone", [False, True])
def test_on_real_streets_no_word_of_the_demonstration_is_in_the_four_pages(
    changed: Results, is_alone: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    origin = replace(changed.origin, is_demo=False, label="OpenStreetMap", vintage="août 2021")
    results = replace(one_scenario(changed) if is_alone else changed, origin=origin)
    path = tmp_path_factory.mktemp("real") / "synthese.pdf"
    path.write_bytes(pdf_bytes(replace(make_dossier(results), chapters=())))
    told = pages(path)
    assert len(told) == 4
    assert not re.search(r"démonstration|inventé", " ".join(told))
    # the question and its answer come first, under the line that dates the study
    assert re.search(
        r"Situation au [^?]* access92 [\d.]+ La promesse [^?]*\? La promesse : [^?]*? Non, pas pour tous", told[0]
    )


@pytest.mark.slow
@pytest.mark.usefixtures("blank_pictures")
def test_no_page_is_named_by_its_number_where_there_may_be_none(changed: Results) -> None:
    dossier = make_dossier(with_margins(changed))
    told = " ".join(words_of(item.parts) for item in blocks_of(dossier) if isinstance(item, Paragraph))
    assert not re.search(r"\bpage \d", plain(told))


@pytest.mark.parametrize(
    ("place", "kind", "words"),
    [
        ("Bourg", "train", "gare de Bourg"),
        ("Bourg", "metro", "station de Bourg"),
        ("Bourg", "", "quartier « Bourg » (Bourg)"),
        ("Les Prés", "train", "Les Prés (Bourg)"),
        ("", "", "Bourg"),
    ],
)
def test_a_pocket_that_bears_the_name_of_a_commune_is_not_the_commune(
    results: Results, place: str, kind: str, words: str
) -> None:
    areas = results.areas.assign(name=["Bourg", *results.areas["name"].iloc[1:]])
    rows = [("station", kind, place, shapely.Point(0, 0))] if kind else []
    around = surroundings_of(rows, results.areas.crs)
    pocket = pd.Series({"area_id": areas["area_id"].iloc[0], "place_name": place, "place_position": "inside"})
    assert plain(pocket_words(replace(results, areas=areas, surroundings=around), pocket)) == words


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("Les Prés", "près des Prés (Bourg)"),
        ("Bourg", "près du quartier « Bourg » (Bourg)"),
        ("Rue Haute", "près de la rue Haute (Bourg)"),
        ("", "Bourg"),
    ],
)
def test_a_pocket_is_near_a_place_that_is_not_among_its_homes(results: Results, place: str, words: str) -> None:
    areas = results.areas.assign(name=["Bourg", *results.areas["name"].iloc[1:]])
    position = "near" if place else ""
    pocket = pd.Series({"area_id": areas["area_id"].iloc[0], "place_name": place, "place_position": position})
    assert plain(pocket_words(replace(results, areas=areas), pocket)) == words


@pytest.mark.parametrize(("kind", "words"), [("train", "gare"), ("metro", "station")])
def test_a_pocket_near_a_station_named_after_a_bridge_is_not_near_the_bridge(
    results: Results, kind: str, words: str
) -> None:
    around = surroundings_of([("station", kind, "Pont de Neuilly", shapely.Point(0, 0))], results.areas.crs)
    pocket = pd.Series({"area_id": "?", "place_name": "Pont de Neuilly", "place_position": "near"})
    assert plain(named_place(replace(results, surroundings=around), pocket)) == f"près de la {words} Pont de Neuilly"


def test_labels_of_neighbouring_areas_touch_none_of_each_other() -> None:
    # a row of narrow areas, each label twice as wide as its area: side by side at the middles they would all overlap
    shapes = np.array([shapely.box(100 * i, 0, 100 * (i + 1), 400) for i in range(4)], dtype=object)
    half = np.tile([90.0, 20.0], (4, 1))
    places, on_own = label_places(shapes, half)
    boxes = shapely.box(places[:, 0] - 90, places[:, 1] - 20, places[:, 0] + 90, places[:, 1] + 20)
    touching = [(i, j) for i in range(4) for j in range(i) if shapely.area(shapely.intersection(boxes[i], boxes[j]))]
    assert touching == []
    assert (on_own < 1).all()  # wider than its area: what its letters stand on is drawn with it
    assert shapely.contains_xy(shapes, places[:, 0], places[:, 1]).all()


def test_notices_of_the_report_name_scenarios_by_their_titles_and_repeat_no_other_table(changed: Results) -> None:
    scenario = changed.scenarios[0]
    notices = (
        Notice("hours_unknown", (scenario.name, "Mo-Fr 09:00-17:00"), {"services": 2, "fixed_services": 3}),
        Notice("service_uncounted", ("S9", "Ancien SST", "closed"), {}),
    )
    (row,) = survived(replace(changed, notices=notices)).rows
    assert f"« {scenario.title} » : horaires inconnus" in row[2]


def test_halts_that_have_only_an_identifier_are_counted_not_named_for_readers(changed: Results) -> None:
    (halts,) = omission("visit_outside_period", ("BUS-20210127-1300", "BUS-20210129-0900"), 9, are_ids=True)
    islands = Omission("street_island", 5, 88, "walk", examples=("w12-0", "Avenue X", "w7-0"), ids=("w12-0", "w7-0"))
    results = replace(changed, omissions=(halts, islands))
    told = " ".join(words_of(item) for block in only(limits_page(results).blocks, Bullets) for item in block.items)
    assert "Passages d'unités mobiles hors de la période du calendrier : 2 sur 9." in plain(told)
    assert "à pied (adulte) 5 sur 88 (Avenue X et 4 autres)." in plain(told)
    # the owner of the file reads them on the console
    assert "BUS-20210127-1300" in omission_lines([halts], results.modes, {})[0]
    assert "(w12-0, Avenue X, w7-0 et 2 autres)" in plain(omission_lines([islands], results.modes, {})[0])


def test_services_that_nobody_has_seen_open_are_counted_of_the_scenario_that_has_most(changed: Results) -> None:
    assert not [line for line in uncertain_lines(changed) if "non vérifiée" in line]
    services = changed.services.assign(confidence="")
    counted = changed.access(changed.scenarios[0].name, changed.study.analysis.headline_mode).service_rows
    services.iloc[counted[:2], services.columns.get_loc("confidence")] = "moyenne : ouverture en 2025 non vérifiée"
    (line,) = [line for line in uncertain_lines(replace(changed, services=services)) if "non vérifiée" in line]
    most = max(
        (item for item in standalone_scenarios(changed)),
        key=lambda item: len(set(counted[:2]) & set(changed.access(item.name, "walk").service_rows)),
    )
    assert plain(line).startswith(
        f"2 des {len(changed.access(most.name, 'walk').service_rows)} services de « {most.title} »"
    )


def test_a_later_scenario_lists_only_the_pockets_that_those_before_it_have_not(changed: Results) -> None:
    scenarios = tuple(item.model_copy(update={"based_on": None}) for item in changed.scenarios[:2])
    rows = [
        (scenario.name, rank, place, people)
        for scenario, pockets in zip(
            scenarios, ([("Les Prés", 90.0)], [("Les Prés", 90.0), ("La Côte", 40.0)]), strict=True
        )
        for rank, (place, people) in enumerate(pockets, start=1)
    ]
    table = gpd.GeoDataFrame(
        {
            "scenario": [row[0] for row in rows], "mode": ["walk"] * 3, "rank": [row[1] for row in rows],
            "area_id": [changed.areas["area_id"].iloc[0]] * 3, "population": [row[3] for row in rows],
            "median_min": [30.0] * 3, "place_name": [row[2] for row in rows], "place_position": ["inside"] * 3,
            "population_uncovered_reference": [90.0, 90.0, 0.0],
        },
        geometry=[shapely.Point(650_000, 6_860_000)] * 3, crs=changed.pockets.crs,
    )  # fmt: skip
    results = replace(changed, scenarios=scenarios, pockets=table)
    chapter = uncovered_chapter(results, BaseMap(results))
    first, second = (only([item], Table)[-1] for item in only(chapter.blocks, Section))
    assert [row[1] for row in first.rows] == ["Les Prés"]
    assert [row[1] for row in second.rows] == ["La Côte"]


def test_a_pocket_of_the_reference_that_grows_is_not_called_one_of_the_scenario_alone(changed: Results) -> None:
    # of the second: one that grew by 30, one that is the same, one of its own, one within a pocket of the first
    pockets = [
        ("first", "Les Prés", 90, 90), ("first", "La Lande", 70, 70), ("second", "Les Prés", 120, 90),
        ("second", "La Lande", 70, 70), ("second", "La Côte", 40, 0), ("second", "Le Val", 20, 20),
    ]  # fmt: skip
    names = {"first": changed.scenarios[0].name, "second": changed.scenarios[1].name}
    table = gpd.GeoDataFrame(
        pd.DataFrame(
            [
                (names[scenario], "walk", rank, changed.areas["area_id"].iloc[0], 30.0, "inside", place, people, too)
                for rank, (scenario, place, people, too) in enumerate(pockets, start=1)
            ],
            columns=[
                "scenario", "mode", "rank", "area_id", "median_min", "place_position", "place_name", "population",
                "population_uncovered_reference",
            ],
        ),
        geometry=[shapely.Point(650_000, 6_860_000)] * len(pockets), crs=changed.pockets.crs,
    )  # fmt: skip
    scenarios = tuple(item.model_copy(update={"based_on": None}) for item in changed.scenarios[:2])
    results = replace(changed, scenarios=scenarios, pockets=table)
    _, second = only(uncovered_chapter(results, BaseMap(results)).blocks, Section)
    own, grown, within = only([second], Table)
    assert [row[1] for row in own.rows] == ["La Côte"]
    assert own.caption.startswith("Les poches qui lui sont propres")
    assert [(row[1], plain(row[3]), plain(row[4])) for row in grown.rows] == [("Les Prés", "120", "30")]
    assert "s'agrandissent" in grown.caption
    assert [row[1] for row in within.rows] == ["Le Val"]
    words = " ".join(plain(words_of(block.parts)) for block in only([second], Paragraph))
    assert "1 poche est celle d'un scénario qui précède" in words
    assert "1 poche s'agrandit, de 30 habitants" in words


def test_a_pocket_is_not_said_to_be_of_one_piece_nor_of_one_commune(changed: Results) -> None:
    words = [words_of(block.parts) for block in every_block(places_page(changed, BaseMap(changed)).blocks)
             if isinstance(block, Paragraph)]  # fmt: skip
    told = [plain(item) for item in words if "plus grandes" in item]
    assert len(told) == 1
    assert "d'un seul tenant" not in told[0]
    assert "passe les limites des communes" in told[0]


@pytest.mark.parametrize("width_mm", [90.0, 120.0, 170.0])
def test_the_classes_of_shares_fit_below_the_map(width_mm: float) -> None:
    figure = new_figure(width_mm, 100.0)
    _share_legend(figure)
    figure.canvas.draw()
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.width
    assert box.height <= 9.0 / 25.4 * figure.dpi
