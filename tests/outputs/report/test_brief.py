"""The four pages for elected officials: four sheets whatever the study, and the contrast that decides."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from access92.outputs.figures import headline
from access92.outputs.report import make_dossier, write_dossier
from access92.outputs.report.brief import BRIEF_PAGES
from access92.outputs.report.brief_changes import changes_page, scenarios_table
from access92.outputs.report.certainty import uncertain_lines
from access92.outputs.report.content import Paragraph, Picture, blocks_of, words_of
from access92.outputs.report.document import pdf_bytes
from access92.outputs.report.margins import ranking_clause
from access92.outputs.words.contrast import contrast_of, contrast_words
from access92.outputs.words.typography import percent
from access92.run.results import Results
from tests.outputs.sensitivity_tables import make_sensitivity

PDFTOTEXT = shutil.which("pdftotext")
needs_pdftotext = pytest.mark.skipif(PDFTOTEXT is None, reason="no pdftotext on the path (Debian: poppler-utils)")
LONG = "Une très longue appellation administrative qui n'en finit pas de nommer ce qu'elle nomme, annexes comprises"


def pages(pdf: Path) -> list[str]:
    """The words of each page, with ordinary spaces."""
    assert PDFTOTEXT is not None
    done = subprocess.run([PDFTOTEXT, "-enc", "UTF-8", str(pdf), "-"], capture_output=True, check=True)
    return [re.sub(r"[\s\u00a0\u202f]+", " ", page) for page in done.stdout.decode("utf-8").split("\f")[:-1]]


def one_scenario(results: Results) -> Results:
    """The first scenario alone, with nothing to compare and no commitment."""
    first = results.scenarios[0].name
    return replace(
        results,
        scenarios=results.scenarios[:1],
        access_records=tuple(item for item in results.access_records if item.scenario == first),
        changes=replace(results.changes, ledger=pd.DataFrame(), commitment_summary=pd.DataFrame()),
    )


def long_names(results: Results) -> Results:
    """Names of the length that the study allows, for the study, its scenarios, its areas."""
    areas = results.areas.assign(name=[f"{LONG} n° {i}" for i in range(len(results.areas))])
    scenarios = tuple(item.model_copy(update={"title": f"{LONG} ({i})"}) for i, item in enumerate(results.scenarios))
    study = results.study.model_copy(update={"title": " ".join([LONG] * 4), "scenarios": scenarios})
    return replace(results, areas=areas, scenarios=scenarios, study=study)


def many_scenarios(results: Results) -> Results:
    """The scenarios, the last thirty times more."""
    last = results.scenarios[-1]
    more = tuple(last.model_copy(update={"name": f"bis-{i}", "title": f"{last.title} {i}"}) for i in range(30))
    records = tuple(
        replace(item, scenario=other.name)
        for other in more
        for item in results.access_records
        if item.scenario == last.name
    )
    tables = {
        name: pd.concat([
            table, *(table[table["scenario"] == last.name].assign(scenario=other.name) for other in more)
        ], ignore_index=True)
        for name, table in (("coverage", results.coverage), ("curve", results.curve), ("summary", results.summary))
    }  # fmt: skip
    study = results.study.model_copy(update={"scenarios": (*results.study.scenarios, *more)})
    return replace(
        results,
        study=study,
        scenarios=(*results.scenarios, *more),
        access_records=(*results.access_records, *records),
        **tables,
    )


def with_margins(results: Results) -> Results:
    return replace(results, sensitivity=make_sensitivity(results))


@pytest.mark.slow
@needs_pdftotext
@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize("change", [one_scenario, long_names, many_scenarios, with_margins])
def test_the_brief_is_four_sheets_whatever_the_study(
    changed: Results, change: Callable[[Results], Results], tmp_path: Path
) -> None:
    dossier = make_dossier(change(changed))
    path = tmp_path / "synthese.pdf"
    path.write_bytes(pdf_bytes(replace(dossier, chapters=())))
    told = pages(path)
    assert len(told) == BRIEF_PAGES == len(dossier.pages)
    # nothing is cut: each page holds its title, its last words and the frame
    for page, chapter in zip(told, dossier.pages, strict=True):
        assert re.sub(r"\s+", " ", chapter.title) in page
        assert "Cadre." in page
        words = [
            re.sub(r"[\s\u00a0\u202f-]", "", words_of(item.parts))
            for item in chapter.blocks
            if isinstance(item, Paragraph)
        ]
        assert all(item in re.sub(r"[\s\u2010\u00ad-]", "", page) for item in words)


@needs_pdftotext
def test_the_report_begins_with_the_pages_of_the_brief(results: Results, tmp_path: Path) -> None:
    write_dossier(results, tmp_path)
    report, brief = pages(tmp_path / "report.pdf"), pages(tmp_path / "synthese.pdf")
    assert len(brief) == BRIEF_PAGES
    for whole, alone in zip(report, brief, strict=False):
        assert re.sub(r" ?/ ?\d+ ?$", "", whole) == re.sub(r" ?/ ?\d+ ?$", "", alone)
    assert "Sommaire" in report[BRIEF_PAGES]


def test_the_contrast_is_the_choice_of_services_that_moves_the_answer_most(changed: Results) -> None:
    own = tuple(item.model_copy(update={"based_on": None}) for item in changed.scenarios)
    results = replace(changed, scenarios=own)
    first, *others = (headline(results, item.name, "walk").share for item in own)
    moved = sorted(abs(share - first) for share in others)
    contrast = contrast_of(results)
    assert contrast is not None
    assert contrast.first.share == first
    assert moved[0] < moved[-1] == contrast.moved_share


@pytest.mark.usefixtures("blank_pictures")
def test_both_sides_of_the_contrast_are_on_the_first_page(results: Results) -> None:
    contrast = contrast_of(results)
    assert contrast is not None
    page = " ".join(
        f"{item.value} {item.words}"
        for block in blocks_of(replace(make_dossier(results), chapters=()))
        for item in getattr(block, "items", ())
        if hasattr(item, "value")
    )
    assert percent(contrast.first.share) in page
    assert percent(contrast.other.share) in page


def test_kinds_counted_beside_the_first_are_named_as_the_choice(results: Results) -> None:
    fewer, more = results.scenarios[1], results.scenarios[0]
    turned = replace(results, scenarios=(fewer.model_copy(update={"based_on": None}), more))
    contrast = contrast_of(turned)
    assert contrast is not None
    # « SST seuls » was read as « without the pôles sociaux », where some of them are
    assert contrast.first.words.startswith("services comptés : SST (")
    assert contrast.other.words.startswith("avec aussi : ")
    assert contrast.otherwise.startswith("En comptant aussi les ")
    assert "La réponse dépend de ce que l'on compte comme service" in contrast_words(turned, contrast)
    contrast = contrast_of(replace(turned, scenarios=(more, fewer.model_copy(update={"based_on": None}))))
    assert contrast is not None
    assert contrast.other.words.startswith("services comptés : SST (")
    assert contrast.otherwise == "En ne comptant que les SST"


@pytest.mark.usefixtures("blank_pictures")
def test_a_study_of_one_scenario_and_mode_contrasts_the_thresholds(results: Results) -> None:
    alone = one_scenario(results)
    assert contrast_of(alone).choice.startswith("La réponse dépend de la façon d'aller")  # type: ignore[union-attr]
    walking = replace(alone, modes={"walk": results.modes["walk"]})
    assert contrast_of(walking).choice.startswith("La réponse dépend du seuil")  # type: ignore[union-attr]


def test_a_choice_smaller_than_the_margins_is_said_to_be(changed: Results) -> None:
    results = with_margins(changed)
    contrast = contrast_of(results)
    assert contrast is not None
    large, small = (
        replace(contrast, other=replace(contrast.first, share=contrast.first.share + moved)) for moved in (0.5, 0.01)
    )
    alone = replace(results, modes={"walk": results.modes["walk"]})
    assert "C'est plus que" in contrast_words(alone, large)
    assert "C'est moins que" in contrast_words(alone, small)
    # the way to go decides too, of which the promise says nothing
    assert "La façon d'aller compte aussi : en voiture, l'écart est de" in contrast_words(results, large)
    assert "L'un et l'autre font plus que la plus forte" in contrast_words(results, large)
    assert "Seul le second fait plus que la plus forte" in contrast_words(results, small)


@pytest.mark.parametrize(
    ("low", "high", "first_page", "table"),
    [
        (-0.01, 0.01, "change de sens", "selon la variante"),
        (-0.01, 0.0, "est nul ou négatif (0 à", "nul ou négatif (0 à"),
        (0.0, 0.01, "est nul ou positif (0 à", "nul ou positif (0 à"),
        (-0.0004, 0.0, None, "nul ou négatif (0 à"),
        (-0.0004, 0.0003, None, "selon la variante"),
    ],
)
def test_an_effect_changes_sides_only_where_a_variant_gains_and_another_loses(
    changed: Results, low: float, high: float, first_page: str | None, table: str
) -> None:
    results, people = with_margins(changed), float(changed.demand["population"].sum())
    row, first = results.sensitivity.ranking.iloc[0].to_dict(), changed.scenarios[0].name
    assert row["scenario_a"] == first
    row |= {"outcome": "undecided", "ahead": ""}
    for unit, of in (("share", 1.0), ("population", people)):
        row |= {f"difference_{unit}": of * (low + high) / 2}
        row |= {f"lowest_difference_{unit}": of * low, f"highest_difference_{unit}": of * high}
    results = replace(results, sensitivity=replace(results.sensitivity, ranking=pd.DataFrame([row])))
    told = [line for line in uncertain_lines(results) if "L'effet" in line]
    assert [first_page in line for line in told] == ([True] if first_page else [])  # type: ignore[operator]
    assert table in str(scenarios_table(results, list(results.scenarios[1:])).rows)
    aside = ranking_clause(results)
    assert ("ne garde pas son sens" in aside) == (low < 0 < high), aside


def test_each_map_of_the_brief_has_its_words(results: Results) -> None:
    dossier = make_dossier(results)
    pictures = [block for block in blocks_of(replace(dossier, chapters=())) if isinstance(block, Picture)]
    assert [item.name for item in pictures][:2] == ["answer", "communes"]
    assert all(len(item.alt) > 40 for item in pictures)


def test_a_scenario_that_moves_more_people_by_another_mode_is_told(changed: Results) -> None:
    ledger, own = changed.changes.ledger.copy(), changed.study.analysis.headline_mode
    other = next(mode for mode in changed.study_modes if mode != own and (ledger["mode"] == mode).any())
    at = (ledger["rule"] == "any") & (ledger["area_id"] == "total") & (ledger["public"] == "all")
    for by_car, is_told in ((12269.0, True), (0.0, False)):
        ledger.loc[at, ["population_gained", "population_lost"]] = 0.0
        ledger.loc[at & (ledger["mode"] == other), "population_lost"] = by_car
        results = replace(changed, changes=replace(changed.changes, ledger=ledger))
        told = re.sub(r"\\u202f|\u202f", "", str(changes_page(results))).replace("\\xa0", " ").replace("\u00a0", " ")
        assert ("12269 perdus" in told) == is_told


@pytest.mark.parametrize(("outcome", "bound", "is_told"), [
    ("identical", 0.0, True), ("undecided", 0.0004, True), ("undecided", 0.01, False), ("ranked", 0.0004, False),
])  # fmt: skip
def test_scenarios_not_told_apart_are_always_counted_by_one_rule(
    changed: Results, outcome: str, bound: float, is_told: bool
) -> None:
    results = with_margins(changed)
    row = results.sensitivity.ranking.iloc[0].to_dict() | {"outcome": outcome}
    row |= {"difference_share": 0.0, "lowest_difference_share": -bound, "highest_difference_share": bound}
    results = replace(results, sensitivity=replace(results.sensitivity, ranking=pd.DataFrame([row])))
    assert any("1 scénario ne se distingue pas du premier" in line.replace("\u202f", " ").replace("\xa0", " ")
               for line in uncertain_lines(results)) == is_told  # fmt: skip
