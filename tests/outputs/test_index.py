"""``index.html``: the answer first, then a way to every file of the run."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest

from access92.outputs.figures import headline
from access92.outputs.index import write_index
from access92.outputs.words.typography import percent
from access92.run.results import Results
from tests.outputs.hostile_texts import hostile


def links(page: str) -> set[str]:
    return set(re.findall(r'href="([^"#]+)"', page))


@pytest.mark.parametrize("name", ["run_folder", "changed_folder"])
def test_it_leads_to_every_file_of_the_run_and_to_no_other(name: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(name)
    page = (folder / "index.html").read_text("utf-8")
    assert links(page) == {path.name for path in folder.iterdir()} - {"index.html"}


def test_the_answer_comes_before_the_first_link(changed_folder: Path, changed: Results) -> None:
    page = html.unescape((changed_folder / "index.html").read_text("utf-8"))
    share = percent(headline(changed, changed.scenarios[0].name, "walk").share)
    assert page.index(share) < page.index("<a ")
    assert page.index("Rues de démonstration") < page.index(share)
    assert "Cadre" in page


def test_each_share_of_the_table_opens_its_own_map(changed_folder: Path, changed: Results) -> None:
    page = (changed_folder / "index.html").read_text("utf-8")
    for scenario in changed.scenarios:
        for mode in changed.study_modes:
            share = percent(headline(changed, scenario.name, mode).share)
            assert re.search(rf'href="map_{scenario.name}_{mode}\.html"[^>]*>{re.escape(html.escape(share))}</a>', page)
    assert page.index("À pied (adulte)</th>") < page.index("En voiture</th>")


def test_it_runs_nothing_and_asks_nothing_of_anyone(changed: Results, tmp_path: Path) -> None:
    page = write_index(hostile(changed), tmp_path, []).read_text("utf-8")
    assert "<script" not in page
    assert "<svg" not in page
    assert "default-src 'none'" in page
    assert not re.findall(r'(?:src|href)="http', page)
