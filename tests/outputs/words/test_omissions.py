"""What does not count is told in the same words on the console and on the first page of the report, always."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from access92.outputs.manifest import run_identity
from access92.outputs.report import make_dossier
from access92.outputs.report.document import pdf_bytes
from access92.outputs.report.page import page_html
from access92.outputs.words import omissions as words
from access92.outputs.words.omissions import NOTHING, TITLE, omission_lines
from access92.outputs.words.typography import typeset
from access92.run import omissions as counts
from access92.run import street_cover
from access92.run.results import Results
from access92.scenarios import timetable_chain
from access92.sources import visits
from access92.sources.opening_hours import hours_left_out
from access92.sources.population import spread, street_surface
from access92.sources.streets import read as street_read
from access92.study.omissions import Omission
from tests.outputs.report.test_pdf import needs_pdftotext, pages
from tests.outputs.synthetic import make_results

OMISSIONS = (
    Omission("service_without_position", 2, 8, examples=("PMI A", "PMI B")),
    Omission("people_unsnapped", 1, 300, "walk", population=12.0, population_total=3000.0),
    Omission("service_unsnapped", 4, 8, "walk", examples=("A", "B", "C")),
    Omission("service_unsnapped", 1, 8, "car", ("present",), examples=("A",)),
)


@pytest.fixture(scope="module")
def results() -> Results:
    return replace(make_results(), omissions=OMISSIONS)


def test_each_kind_is_a_line_with_its_count_its_total_its_modes_and_the_first_names(results: Results) -> None:
    walk, car = (results.modes[name].label.lower() for name in ("walk", "car"))
    lines = [line.replace("\u202f", " ") for line in omission_lines(OMISSIONS, results.modes, {"present": "Présent"})]
    assert lines == [
        "Services sans coordonnées : 2 sur 8 (PMI A, PMI B).",
        "Services non reliés aux rues, que personne n'atteint : "
        f"{walk} 4 sur 8 (A, B, C et 1\u00a0autre) ; {car}, scénario « Présent » 1 sur 8 (A).",
        f"Habitants non reliés aux rues, comptés comme non couverts : {walk} 12 sur 3 000, soit 0,4 %.",
    ]


def test_a_run_where_all_counts_says_so() -> None:
    assert omission_lines((), {}, {}) == (NOTHING,)


def test_every_code_of_a_record_has_its_words() -> None:
    codes = set()
    for module in (counts, visits, spread, street_surface, street_read, street_cover, timetable_chain):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        codes |= set(
            re.findall(
                r'"((?:service|visit|people|cell|area|crossing|oneway|street|restriction|surface|turn|line|margin)_(?:[a-z]+_)*[a-z]+)"',
                source,
            )
        ) - {
            "service_id",
            "visit_id",
            "area_id",
        }
    # those of hours bear the code of what is left out of them
    codes |= {f"service_{code}" for code in hours_left_out(pd.DataFrame({"opening_hours": [""]}))}
    codes |= {"name_unprinted", "column_unread"}
    assert codes - {"service_snaps", "people_points"} == set(words._WORDS)


@pytest.mark.usefixtures("blank_pictures")
@pytest.mark.parametrize("omissions", [OMISSIONS, ()], ids=["some", "none"])
def test_the_first_page_of_the_report_counts_it_and_the_fourth_says_it_whole(
    results: Results, omissions: tuple[Omission, ...]
) -> None:
    results = replace(results, omissions=omissions)
    titles = {scenario.name: scenario.title for scenario in results.scenarios}
    lines = [typeset(line) for line in omission_lines(omissions, results.modes, titles)]
    counts = [typeset(line) for line in omission_lines(omissions, results.modes, titles, with_examples=False)]
    _, first, *_, fourth = re.split("<section ", page_html(make_dossier(results)))[:5]
    assert TITLE in first
    assert all(line.rstrip(".") in html.unescape(first) for line in counts)
    assert all(f"<li>{line}</li>" in fourth for line in lines)


@needs_pdftotext
@pytest.mark.usefixtures("blank_pictures")
def test_the_cover_of_the_pdf_says_it_too(results: Results, tmp_path: Path) -> None:
    (tmp_path / "report.pdf").write_bytes(pdf_bytes(make_dossier(results)))
    cover = re.sub(r"\W+", "", pages(tmp_path / "report.pdf")[0])
    lines = omission_lines(OMISSIONS, results.modes, {"present": results.scenarios[0].title})
    assert all(re.sub(r"\W+", "", line.split(" : ")[0]) in cover for line in lines)
    assert "2sur8" in cover


def test_the_manifest_counts_each_kind_of_thing_that_does_not_count(results: Results) -> None:
    listed = run_identity(results)["omissions"]
    assert [(item["code"], item["count"], item["total"]) for item in listed] == [
        (item.code, item.count, item.total) for item in OMISSIONS
    ]
    assert listed[1]["population"] == 12.0
    assert listed[3]["scenarios"] == ["present"]
    assert run_identity(replace(results, omissions=()))["omissions"] == []
