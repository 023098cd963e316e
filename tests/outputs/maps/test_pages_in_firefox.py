"""The pages in the other engine, Firefox: the same figures, states, keyboard and paper as in Chromium."""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from access92.outputs.maps.difference import write_difference_maps
from access92.outputs.maps.single import write_maps
from access92.run.results import Results
from access92.study.schemas import TOTAL
from tests.outputs.firefox import Firefox, find_firefox, running_firefox
from tests.outputs.run_map_browser import ALL_FIGURES, find_axe
from tests.outputs.run_map_town import covered

FIREFOX = find_firefox()
AXE = find_axe()
pytestmark = [
    pytest.mark.slow,  # by default they are opened in Chromium, with the same gestures
    pytest.mark.browser,
    pytest.mark.skipif(FIREFOX is None, reason="no Firefox on the path (set FIREFOX to its executable)"),
]
FIGURE = "A92.app.sums.after[A92.app.sums.last]"
TAB, ENTER = "\ue004", "\ue007"


@pytest.fixture(scope="module")
def results(town_results: Results) -> Results:
    return town_results


@pytest.fixture(scope="module")
def folder(town_page: Path) -> Path:
    return town_page.parent


@pytest.fixture(scope="module")
def firefox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Firefox]:
    assert FIREFOX is not None
    with running_firefox(FIREFOX, tmp_path_factory.mktemp("firefox") / "profile") as running:
        yield running


def test_every_figure_of_the_page_is_that_of_the_coverage_table(
    firefox: Firefox, folder: Path, results: Results
) -> None:
    firefox.open(folder / "map.html")
    found = firefox.run(f"return ({ALL_FIGURES})();")
    key = ["scenario", "mode", "rule", "public", "threshold_min", "area_id"]
    table = results.coverage.set_index(key)["population_covered"]
    ids = [*results.areas["area_id"], TOTAL]
    assert found
    for scenario, mode, rule, public, threshold, sums in found:
        expected = [table[scenario, mode, rule, public, threshold, area] for area in ids]
        np.testing.assert_allclose([*sums[:-2], sums[-1]], expected, atol=0.01)


def test_links_undo_and_the_policy_of_the_page_hold(firefox: Firefox, folder: Path, results: Results) -> None:
    row = int(results.access("aujourdhui", "walk").service_rows[0])
    fewer = covered(results, "aujourdhui", "walk", "any", 10.0, without=[row])
    firefox.open(folder / "map.html", fragment="#seuil=10")
    assert firefox.run("return getComputedStyle(document.getElementById('a92-main')).display;") == "grid"
    firefox.run(
        "window.refused = []; window.alerted = [];"
        "document.addEventListener('securitypolicyviolation', event => refused.push(event.violatedDirective));"
        "window.addEventListener('error', event => alerted.push(event.message));"
    )
    first = firefox.run(f"return {FIGURE};")
    firefox.run(f"return A92.app.setCounted({row}, false);")
    firefox.until("location.hash.includes('essai=')")
    assert firefox.run(f"return {FIGURE};") == pytest.approx(fewer, abs=0.01)
    firefox.run("document.getElementById('a92-back').click();")
    firefox.until(f"Math.abs({FIGURE} - {first}) < 0.01")
    firefox.run("document.getElementById('a92-forward').click();")
    firefox.until(f"Math.abs({FIGURE} - {fewer}) < 0.01")
    for action in ("document.getElementById('a92-csv').click()", "A92.app.goToService(0)", "A92.app.goToArea(0)"):
        firefox.run(action + ";")
    size = firefox.run("return A92.picture(A92.app).then(blob => [blob.type, blob.size]);")
    assert size[0] == "image/png"
    assert size[1] > 20_000
    assert firefox.run("return [refused, alerted];") == [[], []]
    fragment = firefox.run("return location.hash;")
    firefox.open(folder / "map.html", fragment=fragment)
    assert firefox.run(f"return {FIGURE};") == pytest.approx(fewer, abs=0.01)


def test_the_keyboard_reaches_the_table_and_sorts_it(firefox: Firefox, folder: Path) -> None:
    firefox.open(folder / "map.html")
    firefox.run("document.querySelectorAll('details').forEach(item => { item.open = true; });"
                "document.getElementById('a92-read').focus();")  # fmt: skip
    for _ in range(40):
        firefox.press(TAB)
        if firefox.run("return document.activeElement.closest('#a92-table thead') !== null;"):
            break
    else:
        pytest.fail("Tab never reached the table")
    firefox.press(ENTER)
    names = "return Array.from(document.querySelectorAll('#a92-table tbody th'), head => head.textContent);"
    assert firefox.run(names) == firefox.run("return [...A92.app.data.areas].sort((a, b) => a.localeCompare(b, 'fr'));")
    assert firefox.run("return document.activeElement.closest('#a92-table thead') !== null;")


@pytest.mark.skipif(AXE is None, reason="no axe-core (npm pack axe-core; set ACCESS92_AXE to its folder)")
def test_axe_finds_nothing_and_nothing_is_wider_than_a_narrow_window(firefox: Firefox, folder: Path) -> None:
    assert AXE is not None
    firefox.open(folder / "map.html", width=480, height=760)
    assert firefox.run("return document.documentElement.scrollWidth <= innerWidth;")
    firefox.run("if (innerWidth <= 900) document.getElementById('a92-sheet').click();"
                "document.querySelectorAll('details').forEach(item => { item.open = true; });")  # fmt: skip
    assert firefox.run("return document.documentElement.scrollWidth <= innerWidth;")
    firefox.run(AXE.read_text(encoding="utf-8") + "; window.axe = window.axe || axe;")
    assert firefox.run("return axe.run(document).then(found => found.violations.map(item => item.id));") == []


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext (poppler-utils)")
def test_all_communes_are_printed(firefox: Firefox, folder: Path, tmp_path: Path) -> None:
    firefox.open(folder / "map.html")
    (tmp_path / "page.pdf").write_bytes(base64.b64decode(firefox.pdf()))
    words = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "page.pdf"), "-"], capture_output=True, check=True, encoding="utf-8"
    ).stdout
    assert re.search(r"^\s*Ensemble\s", words, re.MULTILINE)
    for name in firefox.run("return A92.app.data.areas;"):
        assert len(re.findall(rf"^\s*{re.escape(name)}\s+\d", words, re.MULTILINE)) == 1, name


def test_the_other_maps_open(firefox: Firefox, results: Results, tmp_path: Path) -> None:
    for path in (write_maps(results, tmp_path)[0], write_difference_maps(results, tmp_path)[0]):
        firefox.open(path)
        assert firefox.run("return document.querySelectorAll('.leaflet-marker-icon').length;") > 0
