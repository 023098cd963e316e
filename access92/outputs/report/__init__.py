"""The report of a run: ``Results`` enter; the page, the PDF and the brief (its first pages) leave, from one content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from access92.outputs.layout import new_file_in
from access92.outputs.report.answers import headline_sentence
from access92.outputs.report.content import Picture, blocks_of
from access92.outputs.report.document import pdf_bytes, picture_pngs
from access92.outputs.report.dossier import make_dossier
from access92.outputs.report.page import page_html
from access92.outputs.report.text_document import docx_bytes
from access92.run.results import Results

__all__ = [
    "BRIEF_DOCX",
    "BRIEF_PDF",
    "REPORT_HTML",
    "REPORT_PDF",
    "headline_sentence",
    "make_dossier",
    "write_dossier",
    "write_report",
]

BRIEF_PDF, REPORT_HTML, REPORT_PDF = "synthese.pdf", "report.html", "report.pdf"
BRIEF_DOCX = "synthese.docx"


def write_dossier(results: Results, folder: Path, *, study_path: Path | None = None, run_map: str = "") -> list[Path]:
    """Write ``report.html``, ``report.pdf``, ``synthese.pdf`` and ``synthese.docx`` into ``folder``; their paths.

    ``study_path``: the study as the user named it, for « how to reproduce ». ``run_map``: the file of the map of all
    scenarios beside them, to be linked to; '' where there is none.

    Raises
    ------
    OutputError
        The typesetter refuses the PDF.
    """
    dossier = make_dossier(results, study_path=study_path, run_map=run_map)
    html, pdf, brief = (new_file_in(folder, name) for name in (REPORT_HTML, REPORT_PDF, BRIEF_PDF))
    html.write_text(page_html(dossier), encoding="utf-8", newline="\n")
    pdf.write_bytes(pdf_bytes(dossier))
    brief_alone = replace(dossier, chapters=())
    brief.write_bytes(pdf_bytes(brief_alone))
    pictures = [block for block in blocks_of(brief_alone) if isinstance(block, Picture)]
    text = new_file_in(folder, BRIEF_DOCX)
    text.write_bytes(docx_bytes(brief_alone, picture_pngs(pictures)))
    return [html, pdf, brief, text]


def write_report(results: Results, path: Path, *, study_path: Path | None = None) -> Path:
    """Write the page alone; its path."""
    path.write_text(page_html(make_dossier(results, study_path=study_path)), encoding="utf-8", newline="\n")
    return path
