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
from tests.run_files import files_in


def links(page: str) -> set[str]:
    return set(re.findall(r'href="([^"#]+)"', page))


@pytest.mark.parametrize("name", ["run_folder", "changed_folder"])
def test_it_leads_to_every_file_of_the_run_and_to_no_other(name: str, request: pytest.FixtureRequest) -> None:
    folder: Path = request.getfixturevalue(name)
    page = (folder / "index.html").read_text("utf-8")
    assert links(page) == files_in(folder).keys() - {"index.html"}


def test_every_link_of_every_page_leads_to_a_file_of_the_run(changed_folder: Path) -> None:
    for path, page in files_in(changed_folder).items():
        if path.endswith(".html"):
            found = {link for link in links(page.read_text("utf-8")) if ":" not in link}
            assert [link for link in found if not (page.parent / link).is_file()] == [], path


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
            link = f'href="cartes/map_{scenario.name}_{mode}.html"'
            assert re.search(rf"{re.escape(link)}[^>]*>{re.escape(html.escape(share))}</a>", page)
    assert page.index("À pied (adulte)</th>") < page.index("En voiture</th>")


def test_it_runs_nothing_and_asks_nothing_of_anyone(changed: Results, tmp_path: Path) -> None:
    page = write_index(hostile(changed), tmp_path, []).read_text("utf-8")
    assert "<script" not in page
    assert "<svg" not in page
    assert "default-src 'none'" in page
    assert not re.findall(r'(?:src|href)="http', page)
