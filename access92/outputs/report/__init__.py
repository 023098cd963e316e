"""The report of a run: ``Results`` enter; the page, the PDF and the brief (its first pages) leave, from one content."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from access92.outputs.report.answers import headline_sentence
from access92.outputs.report.document import pdf_bytes
from access92.outputs.report.dossier import make_dossier
from access92.outputs.report.page import page_html
from access92.run.results import Results

__all__ = [
    "BRIEF_PDF",
    "REPORT_HTML",
    "REPORT_PDF",
    "headline_sentence",
    "make_dossier",
    "write_dossier",
    "write_report",
]

BRIEF_PDF, REPORT_HTML, REPORT_PDF = "synthese.pdf", "report.html", "report.pdf"


def write_dossier(results: Results, folder: Path, *, study_path: Path | None = None, run_map: str = "") -> list[Path]:
    """Write ``report.html``, ``report.pdf`` and ``synthese.pdf`` into ``folder``; their paths.

    ``study_path``: the study as the user named it, for « how to reproduce ». ``run_map``: the file of the map of all
    scenarios beside them, to be linked to; '' where there is none.

    Raises
    ------
    OutputError
        The typesetter refuses the PDF.
    """
    dossier = make_dossier(results, study_path=study_path, run_map=run_map)
    html, pdf, brief = (folder / name for name in (REPORT_HTML, REPORT_PDF, BRIEF_PDF))
    html.write_text(page_html(dossier), encoding="utf-8", newline="\n")
    pdf.write_bytes(pdf_bytes(dossier))
    brief.write_bytes(pdf_bytes(replace(dossier, chapters=())))
    return [html, pdf, brief]


def write_report(results: Results, path: Path, *, study_path: Path | None = None) -> Path:
    """Write the page alone; its path."""
    path.write_text(page_html(make_dossier(results, study_path=study_path)), encoding="utf-8", newline="\n")
    return path
