"""The report says what the tables say, in French, and calls nobody."""

from __future__ import annotations

import html
import itertools
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from access92.outputs.report import headline_sentence, write_dossier, write_report
from access92.outputs.report.basis import frame_line
from access92.outputs.words.typography import number, percent
from access92.run.results import Results
from tests.outputs.synthetic import make_results

VOID = {"meta", "link", "br", "img", "input", "hr"}


def words(path: Path) -> str:
    """What is read on the page: no tags, ordinary spaces and apostrophes."""
    text = re.sub(r"<style>.*?</style>", " ", path.read_text("utf-8"), flags=re.DOTALL)
    text = html.unescape(re.sub(r"<[^>]+>", " ", text))
    return re.sub(r"\s+", " ", text.replace("’", "'"))


class Nesting(HTMLParser):
    """Tags that do not close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        """See HTMLParser."""
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""

    def handle_endtag(self, tag: str) -> None:
        """See HTMLParser."""
        if not self.open or self.open.pop() != tag:
            self.wrong.append(tag)


@pytest.fixture(scope="module")
def report(run_folder: Path) -> Path:
    return run_folder / "report.html"


def test_the_headline_names_mode_and_threshold_and_the_frame_of_the_page_the_rest(results: Results) -> None:
    total = results.coverage.set_index(["scenario", "mode", "rule", "area_id", "threshold_min"]).loc[
        ("aujourdhui", "walk", "any", "total", 20.0)
    ]
    sentence = headline_sentence(results, "aujourdhui", "walk")
    share, people = percent(total["coverage_share"]), number(total["population"])
    assert sentence.startswith(f"À pied (adulte), {share} des habitants")
    assert f"{people}\u00a0habitants (toute la population ; population légale 2023)" in frame_line(results)
    assert "rues de démonstration" in frame_line(results)
    assert "en moins de 20 minutes" in sentence
    assert f"{number(total['population'] - total['population_covered'])} n'y parviennent pas" in sentence


def test_a_car_figure_says_its_congestion_and_parking(results: Results) -> None:
    sentence = headline_sentence(results, "aujourdhui", "car")
    assert "× 1,4 pour les bouchons" in sentence
    assert "5 min pour se garer" in sentence


def test_the_car_never_comes_before_the_headline_mode(report: Path) -> None:
    page = words(report)
    assert page.index("à pied, ") < page.index("En voiture")
    for heads in re.findall(r"<thead>(.*?)</thead>", report.read_text("utf-8"), flags=re.DOTALL):
        assert "En voiture" not in heads or heads.index("À pied (adulte)") < heads.index("En voiture")


def test_every_commune_has_its_row(report: Path, results: Results) -> None:
    page = words(report)
    for name in results.areas["name"]:
        assert name.replace("’", "'") in page


@pytest.mark.usefixtures("blank_pictures")
def test_a_median_beyond_the_cut_off_is_written_more_than_sixty(tmp_path: Path, results: Results) -> None:
    summary = results.summary.assign(median_min=np.nan)
    write_report(replace(results, summary=summary), tmp_path / "r.html")
    assert "> 60" in words(tmp_path / "r.html")


def test_the_page_says_that_its_streets_are_a_demonstration_and_each_picture_too(report: Path) -> None:
    page = report.read_text("utf-8")
    captions = re.findall(r"<figcaption>(.*?)</figcaption>", page, flags=re.DOTALL)
    assert "Rues de démonstration." in words(report)
    assert len(captions) > 8
    assert all("Rues de démonstration" in caption for caption in captions)


@pytest.mark.usefixtures("blank_pictures")
def test_a_study_on_real_streets_carries_no_such_words(tmp_path: Path) -> None:
    write_report(make_results(is_demo=False), tmp_path / "r.html")
    assert "démonstration" not in words(tmp_path / "r.html").lower()


@pytest.mark.parametrize(
    "expected",
    [
        "14e SST <à créer>",  # known, not counted, and escaped
        "à plus de 300 m d'une rue utilisable",  # what the run survived
        "faible pour aujourd'hui : site de 2021",  # why a position is doubtful
        "Cerema, 2021",  # the source of a speed
        "access92 run studies/ville.toml",
        "Gains et pertes sont donnés à part",
        "Licence Ouverte",
        "Non demandée dans l'étude",  # the sensitivity
        "a" * 64,  # the fingerprint of an input, letter by letter
    ],
)
def test_the_report_tells(report: Path, expected: str) -> None:
    assert expected in words(report)


def test_gains_and_losses_stand_apart(report: Path, results: Results) -> None:
    row = results.comparison.set_index(["mode", "area_id", "threshold_min"]).loc[("walk", "total", 20.0)]
    assert number(row["population_lost"]).replace("\u202f", " ") in words(report)


@pytest.mark.usefixtures("blank_pictures")
def test_a_run_of_one_scenario_changes_nothing_and_has_no_small_maps_of_scenarios(
    tmp_path: Path, results: Results
) -> None:
    first = results.scenarios[0].name
    alone = replace(
        results,
        scenarios=results.scenarios[:1],
        access_records=tuple(item for item in results.access_records if item.scenario == first),
        changes=replace(results.changes, ledger=pd.DataFrame(), changed=results.changes.changed.iloc[:0]),
    )
    write_dossier(alone, tmp_path)
    assert "Gains et pertes" not in words(tmp_path / "report.html")
    assert "scénario par scénario" not in words(tmp_path / "report.html")
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_page_is_well_nested_french_and_without_script(report: Path) -> None:
    page = report.read_text("utf-8")
    nesting = Nesting()
    nesting.feed(page)
    assert (nesting.wrong, nesting.open) == ([], [])
    assert '<html lang="fr">' in page
    assert "<script" not in page
    assert page.lstrip().startswith("<!DOCTYPE html>")


def test_the_page_asks_nothing_of_any_other_host(report: Path) -> None:
    page = report.read_text("utf-8")
    assert set(re.findall(r'src="(.{5})', page)) == {"data:"}
    assert "default-src 'none'" in page
    assert "http" not in re.sub(r"http-equiv", "", page)


def test_headings_go_down_one_step_at_a_time(report: Path) -> None:
    levels = [int(level) for level in re.findall(r"<h([1-6])[ >]", report.read_text("utf-8"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels))


def test_links_inside_the_page_lead_somewhere(report: Path) -> None:
    page = report.read_text("utf-8")
    for target in re.findall(r'href="#([^"]+)"', page):
        assert f'id="{target}"' in page
    for file in re.findall(r'href="([^"#:]+)"', page):
        assert (report.parent / file).is_file(), file


def test_tables_have_captions_and_row_headers_and_pictures_their_words(report: Path) -> None:
    page = report.read_text("utf-8")
    assert page.count("<table") == page.count("<caption>") > 8
    assert 'scope="row"' in page
    assert 'scope="col"' in page
    assert all(len(alt) > 40 for alt in re.findall(r'<img alt="([^"]*)"', page))


def test_spaces_before_high_punctuation_never_break(report: Path) -> None:
    page = re.sub(r"<(style|code)>.*?</\1>", "", report.read_text("utf-8"), flags=re.DOTALL)
    prose = html.unescape(re.sub(r"<[^>]+>", "\n", page))
    assert not re.findall(r".{0,20} [;!?%»]", prose)
