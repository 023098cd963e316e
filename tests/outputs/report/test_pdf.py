"""The PDF: tagged, the same figures as the page, the same bytes twice, its banner on every page."""

from __future__ import annotations

import hashlib
import html
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from access92.errors import OutputError
from access92.outputs.report import document, make_dossier, write_dossier
from access92.outputs.report.content import Chapter, Dossier, Table, blocks_of
from access92.outputs.report.document import document_json, pdf_bytes
from access92.outputs.report.page import page_html
from access92.run.results import Results
from tests.outputs.sensitivity_tables import make_sensitivity
from tests.outputs.synthetic import make_results

PDFTOTEXT, PDFINFO = shutil.which("pdftotext"), shutil.which("pdfinfo")
needs_pdftotext = pytest.mark.skipif(PDFTOTEXT is None, reason="no pdftotext on the path (Debian: poppler-utils)")
NUMBER = re.compile(r"\d+(?:,\d+)?")
AGAIN = """
import sys, hashlib
from tests.outputs.synthetic import make_results
from access92.outputs.report import make_dossier
from access92.outputs.report.document import pdf_bytes
from access92.outputs.report.page import page_html
dossier = make_dossier(make_results(n_demand=60))
print(hashlib.sha256(page_html(dossier).encode() + pdf_bytes(dossier)).hexdigest())
"""


@pytest.fixture(scope="module")
def dossier(changed: Results) -> Dossier:
    return make_dossier(replace(changed, sensitivity=make_sensitivity(changed)), study_path=Path("studies/ville.toml"))


@pytest.fixture(scope="module")
def pdf(dossier: Dossier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pdf") / "report.pdf"
    path.write_bytes(pdf_bytes(dossier))
    return path


def pages(pdf: Path) -> list[str]:
    """The words of each page, with ordinary spaces."""
    assert PDFTOTEXT is not None
    done = subprocess.run([PDFTOTEXT, "-enc", "UTF-8", str(pdf), "-"], capture_output=True, check=True)
    return [re.sub(r"[\s\u00a0\u202f]+", " ", page) for page in done.stdout.decode("utf-8").split("\f")[:-1]]


def test_it_is_a_tagged_pdf_of_the_accessible_kind_in_french(pdf: Path) -> None:
    content = pdf.read_bytes()
    assert content.startswith(b"%PDF-1.7")
    assert b"/MarkInfo" in content
    assert b"/StructTreeRoot" in content
    assert re.search(rb"/Lang ?\(fr", content)
    assert b"pdfuaid:part>1<" in content


@pytest.mark.slow
def test_it_has_no_date(pdf: Path) -> None:
    content = pdf.read_bytes()
    assert b"/CreationDate" not in content
    assert b"CreateDate" not in content


@pytest.mark.skipif(PDFINFO is None, reason="no pdfinfo on the path (Debian: poppler-utils)")
def test_readers_see_its_title_and_its_tags(pdf: Path) -> None:
    assert PDFINFO is not None
    told = subprocess.run([PDFINFO, str(pdf)], capture_output=True, check=True).stdout.decode("utf-8")
    assert re.search(r"Title: +Ville d’essai", told)
    assert re.search(r"Tagged: +yes", told)


@needs_pdftotext
def test_page_and_pdf_carry_the_same_figures(pdf: Path, dossier: Dossier) -> None:
    told = " ".join(pages(pdf))
    text = re.sub(r"<(style|nav)\b.*?</\1>|alt=\"[^\"]*\"", " ", page_html(dossier), flags=re.DOTALL)
    page = html.unescape(re.sub(r"<[^>]+>", " ", text))
    page = re.sub(r"[\s\u00a0\u202f]+", " ", page)
    missing = sorted(set(NUMBER.findall(page)) - set(NUMBER.findall(told)))
    assert missing == []
    assert len(set(NUMBER.findall(page))) > 200


@needs_pdftotext
def test_every_table_of_the_content_is_in_the_pdf_to_its_last_row(pdf: Path, dossier: Dossier) -> None:
    told = re.sub(r"[\s-]", "", "".join(pages(pdf)))
    for block in blocks_of(dossier):
        if isinstance(block, Table) and block.rows:
            cell = next(cell for cell in reversed(block.rows[-1]) if cell)
            assert re.sub(r"[\s\u00a0\u202f-]", "", cell) in told, block.caption


@pytest.mark.slow
@needs_pdftotext
def test_every_page_says_that_its_streets_are_a_demonstration(pdf: Path) -> None:
    told = pages(pdf)
    assert len(told) > 8
    assert all("Rues de démonstration" in page for page in told)
    assert all(f"{number} / {len(told)}" in page for number, page in enumerate(told, start=1))


@pytest.mark.slow
@needs_pdftotext
def test_a_study_on_real_streets_carries_no_banner(tmp_path: Path) -> None:
    write_dossier(make_results(is_demo=False, n_demand=60), tmp_path)
    assert "démonstration" not in " ".join(pages(tmp_path / "report.pdf")).lower()


@pytest.mark.slow
def test_the_same_results_give_the_same_bytes_in_another_process() -> None:
    here = make_dossier(make_results(n_demand=60))
    expected = hashlib.sha256(page_html(here).encode() + pdf_bytes(here)).hexdigest()
    again = subprocess.run([sys.executable, "-c", AGAIN], capture_output=True, check=True, text=True)
    assert again.stdout.strip() == expected


def test_the_content_of_the_pdf_is_what_the_dossier_says(dossier: Dossier) -> None:
    content = document_json(dossier)
    assert [item["anchor"] for item in content["chapters"]] == [item.anchor for item in dossier.chapters]
    chapters = (*content["pages"], *content["chapters"])
    kinds = {block["kind"] for chapter in chapters for block in chapter["blocks"]}
    assert kinds == {"paragraph", "bullets", "figures", "table", "picture", "columns", "section"} - {"picture"}


def test_a_long_identifier_in_a_cell_may_go_on_to_another_line(dossier: Dossier) -> None:
    name = "CRS3035RES200mN2883200E3750400"
    table = Table("Carreaux", ("Objet", "habitants"), ((name, "4947"),))
    content = document_json(replace(dossier, chapters=(Chapter("a", "A", (table,)),)))
    ((cell, number),) = content["chapters"][0]["blocks"][0]["rows"]
    assert cell.replace("\u200b", "") == name
    assert max(map(len, cell.split("\u200b"))) <= 14  # the longest word that a column leaves room for
    assert number == "4947"


@pytest.mark.slow
@needs_pdftotext
def test_a_word_longer_than_a_column_or_a_head_stays_in_it(dossier: Dossier, tmp_path: Path) -> None:
    long = "Anticonstitutionnellement" * 5
    table = Table("Longs", ("Objet", "Autre", "habitants"), ((long, long, "4947"),), text_columns=2)
    cover = replace(dossier.cover, title=f"{long} {long} deuxième ligne")
    path = tmp_path / "long.pdf"
    content = replace(dossier, cover=cover, pages=(), chapters=(Chapter("a", long, (table,), starts_page=True),) * 2)
    path.write_bytes(pdf_bytes(content))
    assert PDFTOTEXT is not None
    boxes = subprocess.run([PDFTOTEXT, "-bbox", str(path), "-"], capture_output=True, check=True, text=True).stdout
    right = max(float(x) for x in re.findall(r'xMax="([\d.]+)"', boxes))
    assert right <= (210 - 21) * 72 / 25.4 + 1  # the margin of the page


def test_a_typesetter_that_refuses_is_told_in_french(dossier: Dossier, monkeypatch: pytest.MonkeyPatch) -> None:
    def spoilt(_: str) -> str:
        return "#not-a-function()"

    monkeypatch.setattr(document, "template_text", spoilt)
    with pytest.raises(OutputError, match="n'a pas pu être composé en PDF"):
        pdf_bytes(dossier)
