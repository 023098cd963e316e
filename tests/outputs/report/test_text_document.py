"""The brief as a text: what Word and LibreOffice find in it."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest

from access92.outputs.report import BRIEF_DOCX, make_dossier
from access92.outputs.report.content import Dossier, Picture, Table, blocks_of
from access92.outputs.report.document import picture_pngs
from access92.outputs.report.text_document import docx_bytes
from access92.run.results import Results


@pytest.fixture(scope="module")
def brief(changed: Results) -> Dossier:
    return replace(make_dossier(changed), chapters=())


def spaced(words: str) -> str:
    return re.sub(r"[\s\u00a0\u202f]+", " ", words).strip()


def test_it_has_real_headings_tables_and_alt_texts(brief: Dossier, changed_folder: Path) -> None:
    text = docx.Document(str(changed_folder / BRIEF_DOCX))
    headings = [item.text for item in text.paragraphs if item.style is not None and item.style.name == "Heading 1"]
    assert headings == [page.title for page in brief.pages]
    expected = [block for block in blocks_of(brief) if isinstance(block, Table)]
    assert len(text.tables) == len(expected)
    for made, table in zip(text.tables, expected, strict=True):
        rows = [tuple(spaced(cell.text) for cell in row.cells) for row in made.rows]
        assert rows == [tuple(map(spaced, row)) for row in (table.header, *table.rows)]
        assert "w:tblHeader" in made.rows[0]._tr.xml
    pictures = [block for block in blocks_of(brief) if isinstance(block, Picture)]
    assert [shape._inline.docPr.get("descr") for shape in text.inline_shapes] == [item.alt for item in pictures]
    assert all(shape.height.mm < 110 for shape in text.inline_shapes)  # two maps on a page, or it is half empty


def test_the_frame_is_at_the_foot_of_its_pages_and_its_language_is_french(brief: Dossier, changed_folder: Path) -> None:
    text = docx.Document(str(changed_folder / BRIEF_DOCX))
    assert brief.frame in text.sections[0].footer.paragraphs[0].text
    assert brief.banner in text.sections[0].header.paragraphs[0].text
    assert text.core_properties.title == brief.cover.title
    assert 'w:val="fr-FR"' in text.styles.element.xml


@pytest.mark.slow
def test_no_clock_of_the_machine_is_in_it(brief: Dossier) -> None:
    pictures = picture_pngs([block for block in blocks_of(brief) if isinstance(block, Picture)])
    content = docx_bytes(brief, pictures)
    assert content == docx_bytes(brief, pictures)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert archive.read("docProps/core.xml").decode().count("2000-01-01T00:00:00Z") == 2
