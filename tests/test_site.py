"""The site of the documentation: built without a warning, calls no other host, and is searched from a folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import access92
from tests.conftest import ROOT
from tests.outputs.chromium import find_chromium, open_page

CALLED = re.compile(r"""(?:src|srcset|poster)=["']?https?:[^"'> ]+|<link[^>]+href=["']https?:[^"']+|url\(https?:""")
SEARCH = """<script>setTimeout(() => {
  const query = document.querySelector("[data-md-component=search-query]");
  query.focus();
  query.value = "isochrone";
  query.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }));
}, 800)</script>"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for needed in ("mkdocs", "material", "mkdocstrings"):
        pytest.importorskip(needed, reason=f"{needed} is not installed (extra « docs »)")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    built = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return folder


@pytest.mark.slow
def test_no_page_calls_another_host(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 20
    for page in pages:
        assert CALLED.findall(page.read_text(encoding="utf-8")) == [], page.name
    for sheet in site.rglob("*.css"):
        assert "url(http" not in sheet.read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_reference_names_every_public_function(site: Path) -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in (site / "reference").glob("*.html"))
    missing = [name for name in access92.__all__ if not re.search(rf"\b{name}\b", text)]
    assert missing == []


@pytest.mark.slow
@pytest.mark.browser
def test_the_search_works_from_a_folder_without_a_server(site: Path, tmp_path: Path) -> None:
    browser = find_chromium()
    if browser is None:
        pytest.skip("no Chromium on this machine")
    page = site / "searched.html"
    page.write_text((site / "index.html").read_text(encoding="utf-8") + SEARCH, encoding="utf-8")
    opened = open_page(browser, page, tmp_path / "profile")
    page.unlink()
    assert opened.console == []
    assert opened.dom.count("md-search-result__item") > 5
