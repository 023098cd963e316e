# ruff: noqa: S603, S607 - French typography; it runs the tools of this machine
"""Pages of the report and a slide, made small enough for a page of documentation."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image

_LARGE_PX, _GAP_PX = (766, 1084), 14
_SMALL_PX = (379, (_LARGE_PX[1] - _GAP_PX) // 2)
_BEHIND = "#9aa5b1"
_SUMMARY = r"^La promesse .*tenue"
_OTHERS = (r"^Où, et qui", r"^Ce qui changerait la réponse$")
_SLIDE_PX = (1120, 630)


def shrink_slide(slide: Path) -> Image.Image:
    """A slide of the run (1920 × 1080) at the width of a page."""
    with Image.open(slide) as picture:
        return picture.convert("RGB").resize(_SLIDE_PX, Image.Resampling.LANCZOS)


def draw_report_pages(run: Path) -> Image.Image | str:
    """The answer of report.pdf, readable, and beside it two of the pages of the brief; or why not, in French."""
    if shutil.which("pdftoppm") is None or shutil.which("pdftotext") is None:
        return "pdftoppm et pdftotext (Debian\u202f: poppler-utils) ne sont pas sur cette machine."
    report = run / "report.pdf"
    words = subprocess.run(
        ["pdftotext", "-enc", "UTF-8", str(report), "-"], capture_output=True, encoding="utf-8", check=False
    )
    if words.returncode:
        return f"pdftotext ne lit pas {report.name}."
    pages = words.stdout.split("\f")
    summary = find_page(pages, _SUMMARY) or 1
    others = [page for page in (find_page(pages, pattern) for pattern in _OTHERS) if page]
    width = _LARGE_PX[0] + 2 * _GAP_PX + (_SMALL_PX[0] + _GAP_PX if others else 0)
    sheet = Image.new("RGB", (width, _LARGE_PX[1] + 2 * _GAP_PX), _BEHIND)
    try:
        sheet.paste(_draw_page(report, summary, _LARGE_PX), (_GAP_PX, _GAP_PX))
        for i, page in enumerate(others):
            place = (_LARGE_PX[0] + 2 * _GAP_PX, _GAP_PX + i * (_SMALL_PX[1] + _GAP_PX))
            sheet.paste(_draw_page(report, page, _SMALL_PX), place)
    except subprocess.CalledProcessError:
        return f"pdftoppm ne dessine pas {report.name}."
    return sheet


def find_page(pages: list[str], pattern: str) -> int | None:
    r"""The number (from 1) of the first page with a line that matches, None where no page has one.

    >>> find_page(["La réponse", "Où, et qui", "1 Résultats"], r"^Où, et qui")
    2
    """
    return next((i for i, text in enumerate(pages, start=1) if re.search(pattern, text, flags=re.MULTILINE)), None)


def _draw_page(report: Path, page: int, size_px: tuple[int, int]) -> Image.Image:
    with tempfile.TemporaryDirectory(prefix="access92-pictures-") as folder:
        stem = Path(folder) / "page"
        subprocess.run(
            ["pdftoppm", "-png", "-singlefile", "-f", str(page), "-l", str(page), "-scale-to-x", str(size_px[0]),
             "-scale-to-y", str(size_px[1]), str(report), str(stem)],
            check=True, capture_output=True,
        )  # fmt: skip
        with Image.open(stem.with_suffix(".png")) as picture:
            return picture.convert("RGB")
