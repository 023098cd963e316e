"""What the tests of pages share: a browser, and pages of small towns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from access92.outputs.maps.run_map.page import write_run_map
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from tests.outputs.chromium import find_chromium
from tests.outputs.run_map_town import town
from tests.toy_study import write_toy_study

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, for modules run one after another; the tests that ask for it are skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as play:
        running = play.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        yield running
        running.close()


@pytest.fixture(scope="session")
def town_results() -> Results:
    """The made-up town, for tests that only read it."""
    return town()


@pytest.fixture(scope="session")
def town_page(town_results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its page, for tests that only open it."""
    return write_run_map(town_results, tmp_path_factory.mktemp("town"))


@pytest.fixture(scope="session")
def toy_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of the toy study, one of whose streets has a name from end to end; for tests that only open it."""
    folder = tmp_path_factory.mktemp("toy")
    study = write_toy_study(folder)
    streets = folder / "streets.osm"
    streets.write_text(re.sub("(<way id='4'>.*?)</way>", r"\1<tag k='name' v='Rue Haute'/></way>", streets.read_text()))
    return write_run_map(run_study(read_study(study)), folder)
