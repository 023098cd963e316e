"""What the stage of the pages measures of a browser: the memory of a page."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.browser_memory import page_memory
from tests.outputs.chromium import find_chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on the path (set CHROMIUM to its executable)"),
]

_MIB = 48


def test_the_memory_of_a_page_counts_its_typed_arrays(tmp_path: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    file = tmp_path / "page.html"
    file.write_text("<title>page</title>", encoding="utf-8")
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.goto(file.as_uri())
        before = page_memory(browser, page)
        # two arrays, of which one is held: the other is collected
        page.evaluate(f"() => {{ const array = () => new Uint8Array({_MIB} << 20).fill(7); array(); held = array(); }}")
        after = page_memory(browser, page)
        page.evaluate("() => { busy = new Worker(URL.createObjectURL(new Blob(['1']))); }")
        page.wait_for_timeout(200)
        with pytest.raises(ValueError, match="workers"):
            page_memory(browser, page)
        browser.close()
    assert _MIB <= after.heap_mib - before.heap_mib < 1.2 * _MIB
    if sys.platform == "linux":
        assert before.resident_mib is not None
        assert after.resident_mib is not None
        # what the page held while it opened may be given back meanwhile
        assert after.resident_mib - before.resident_mib > _MIB / 2
