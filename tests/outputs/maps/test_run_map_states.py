"""What is chosen and tried is in the address: links, F5, back, forward, undo; trials are kept, saved and exported."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from access92.outputs.maps.run_map.page import write_run_map
from access92.outputs.pages import template_text
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from access92.study.trials import read_trial
from tests.outputs.chromium import find_chromium
from tests.outputs.node_scripts import needs_node, run_script
from tests.outputs.run_map_browser import Opened, open_run_map
from tests.outputs.run_map_town import covered
from tests.toy_study import lon_lat, write_toy_study

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BROWSER = find_chromium()
in_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium on the path (set CHROMIUM to its executable)")
CLOSE = 0.01  # people: the page sums float32 values
KNOWN = {
    "scenario": ["a", "é/&=#"], "choice": ["walk", "car"], "public": ["all"], "rule": ["any", "pmi"],
    "threshold": [10, 12.25], "view": ["times", "difference"], "base": ["a", "same"], "area": ["92012"],
}  # fmt: skip
_LINKS = f"""
const A92 = {{}};
{template_text("run_map_trials.js")}
{template_text("run_map_link.js")}
console.log(JSON.stringify(({{body}})(input)));
"""


def link(body: str, content: object) -> Any:
    return run_script(_LINKS.replace("{body}", body), content)


@needs_node
def test_a_link_says_what_is_shown_whatever_it_is() -> None:
    draw = random.Random(92)
    cases = []
    for _ in range(60):
        shown: dict[str, object] = {name: draw.choice(values) for name, values in KNOWN.items() if draw.random() < 0.6}
        if draw.random() < 0.5:
            shown["at"] = [draw.randint(8, 16), 48.83, -2.2]
        if draw.random() < 0.5:
            names = ["S1", "é \u2028 <script>", "a&b=c#d"]
            shown["actions"] = [{"kind": "remove_service", "service_id": draw.choice(names)} for _ in range(3)]
            shown["kept"] = [{"name": draw.choice(names), "scenario": "a", "actions": shown["actions"]}]
        cases.append(shown)
    body = """({ known, cases }) => cases.map(shown => {
      const text = A92.Link.write(shown, {});
      return [/^[\\w%&=/.,!~*'()-]*$/.test(text), A92.Link.read("#" + text, known, A92.Trial.fault)];
    })"""
    for shown, (is_plain, read) in zip(cases, link(body, {"known": KNOWN, "cases": cases}), strict=True):
        assert is_plain
        assert read == {"shown": shown, "faults": []}


_KEPT_ELSEWHERE = "W3sibmFtZSI6IkEiLCJzY2VuYXJpbyI6Inp6eiIsImFjdGlvbnMiOltdfV0"
"""``[{"name":"A","scenario":"zzz","actions":[]}]``, as a link writes it."""


@needs_node
@pytest.mark.parametrize(
    ("fragment", "words"),
    [
        ("scenario=zzz", "« zzz » (scenario)"), ("seuil=11", "« 11 » (seuil)"), ("carte=1/2", "abîmé (carte)"),
        ("carte=12/99/0", "abîmé (carte)"), ("essai=!!!", "abîmé (essai)"), ("essai=e30", "abîmé (essai)"),
        ("scenario=%E0", "abîmé (scenario)"), ("gardes=W3t9XQ", "abîmé (gardes)"),
        (f"gardes={_KEPT_ELSEWHERE}", "garde l’essai « A », du scénario « zzz », que cette page n’a pas"),
        ("essai=W251bGxd", "doit être un objet"), ("essai=W3sia2luZCI6ImZseSJ9XQ", "Essai inconnu"),
    ],
)  # fmt: skip
def test_what_a_link_says_that_the_page_does_not_have_is_told_and_left_out(fragment: str, words: str) -> None:
    body = "({ known, text }) => A92.Link.read(text, known, A92.Trial.fault)"
    read = link(body, {"known": KNOWN, "text": fragment})
    assert len(read["faults"]) == 1
    assert words in read["faults"][0]
    assert read["shown"] in ({}, {"actions": []}, {"kept": []})


@pytest.fixture(scope="module")
def results(town_results: Results) -> Results:
    return town_results


@pytest.fixture(scope="module")
def path(town_page: Path) -> Path:
    return town_page


@pytest.fixture
def opened(browser: Browser, path: Path) -> Iterator[Opened]:
    with open_run_map(browser, path) as page:
        yield page
        assert page.said == []


def settle(opened: Opened) -> str:
    """Until the last change is a state of its own; its fragment."""
    opened.page.wait_for_timeout(350)
    return str(opened.page.evaluate("location.hash"))


def figure_becomes(opened: Opened, expected: float) -> None:
    opened.page.wait_for_function(
        "expected => A92.app.sums && Math.abs(A92.app.sums.after[A92.app.sums.last] - expected) < 0.01"
        " && !document.querySelector('[aria-busy]')",
        arg=expected,
    )


@pytest.mark.browser
@in_browser
def test_a_link_undo_redo_and_f5_bring_back_what_was_shown(
    browser: Browser, opened: Opened, results: Results, path: Path
) -> None:
    page = opened.page
    row, other = (int(row) for row in results.access("aujourdhui", "walk").service_rows[:2])
    figures = [opened.figure()]
    assert page.is_disabled("#a92-back")
    page.select_option("#a92-threshold", "0")
    settle(opened)
    figures.append(opened.figure())
    page.evaluate("row => A92.app.setCounted(row, false)", row)
    settle(opened)
    figures.append(opened.figure())
    page.evaluate("row => A92.app.setCounted(row, false)", other)
    settle(opened)
    figures.append(opened.figure())
    page.evaluate("A92.app.goToArea(1)")
    address = settle(opened)
    assert "seuil=10" in address
    assert f"commune={results.areas['area_id'].iloc[1]}" in address
    assert len(set(figures)) == 4
    assert figures[2] == pytest.approx(covered(results, "aujourdhui", "walk", "any", 10.0, without=[row]), abs=CLOSE)
    # undo one by one to the beginning, redo to the end, by button and by keyboard
    for expected in (figures[3], figures[2], figures[1], figures[0]):
        page.click("#a92-back")
        figure_becomes(opened, expected)
        page.wait_for_timeout(50)
    assert page.is_disabled("#a92-back")
    assert page.is_hidden("#a92-trial")
    for expected in figures[1:]:
        page.keyboard.press("Control+y")
        figure_becomes(opened, expected)
        page.wait_for_timeout(50)
    page.click("#a92-forward")
    page.wait_for_selector("#a92-area:not([hidden])")
    assert page.is_disabled("#a92-forward")
    # a new choice after an undo: what was undone is gone
    page.keyboard.press("Control+z")
    page.wait_for_selector("#a92-area", state="hidden")
    # F5, then the same address elsewhere
    page.go_forward()
    page.wait_for_selector("#a92-area:not([hidden])")
    view = page.evaluate("A92.app.map.getCenter()")
    page.reload()
    page.wait_for_selector("html[data-access92=ready]", state="attached")
    figure_becomes(opened, figures[3])
    assert page.evaluate("A92.app.map.getCenter()") == pytest.approx(view, abs=1e-4)
    assert page.is_enabled("#a92-back")
    tab = browser.new_page()
    tab.goto(path.as_uri() + address)
    tab.wait_for_selector("html[data-access92=ready]", state="attached")
    assert tab.evaluate("A92.app.sums.after[A92.app.sums.last]") == pytest.approx(figures[3], abs=CLOSE)
    tab.close()


def figures_of(table: str) -> list[str]:
    """The people covered by each trial of the table of kept trials."""
    return re.findall(r"\d+", table.partition("Couverts")[2].partition("\n")[0])


@pytest.mark.slow
@pytest.mark.browser
@in_browser
def test_trials_are_kept_compared_and_taken_up_again(opened: Opened, results: Results) -> None:
    page = opened.page
    opened.update({"threshold": 10.0})
    rows = [int(row) for row in results.access("aujourdhui", "walk").service_rows[:2]]
    page.evaluate("document.getElementById('a92-kept').open = true")
    expected = []
    for row, name in zip(rows, ("Sans le premier", "<b>Sans l'autre</b>"), strict=True):
        page.evaluate("document.getElementById('a92-undo').click()")
        page.evaluate("row => A92.app.setCounted(row, false)", row)
        page.fill("#a92-kept-name", name)
        page.click("#a92-keep button")
        expected.append(covered(results, "aujourdhui", "walk", "any", 10.0, without=[row]))
    table = re.sub(r"[^\S\n\t]", "", page.inner_text("#a92-kept-table"))
    assert [f"{value:.0f}" for value in expected] == figures_of(table)
    assert "<b>Sansl’autre</b>" in table.replace("'", "’")
    # by other choices: computed when asked, and what was shown is there again
    opened.update({"threshold": 20.0})
    shown = opened.figure()
    page.click("#a92-kept-refresh")
    page.wait_for_selector("#a92-kept-refresh", state="hidden")
    expected = [covered(results, "aujourdhui", "walk", "any", 20.0, without=[row]) for row in rows]
    table = re.sub(r"[^\S\n\t]", "", page.inner_text("#a92-kept-table"))
    assert [f"{value:.0f}" for value in expected] == figures_of(table)
    assert opened.figure() == pytest.approx(shown, abs=CLOSE)
    page.click("#a92-kept-table button >> nth=0")
    figure_becomes(opened, expected[0])
    # F5 keeps them
    settle(opened)
    page.reload()
    page.wait_for_selector("html[data-access92=ready]", state="attached")
    assert page.evaluate("A92.app.keptTrials().map(item => item.name)") == ["Sans le premier", "<b>Sans l'autre</b>"]


@pytest.mark.browser
@in_browser
def test_a_trial_is_saved_read_again_and_exported(opened: Opened, results: Results, tmp_path: Path) -> None:
    page = opened.page
    row = int(results.access("aujourdhui", "walk").service_rows[0])
    more = next(i for i in range(len(results.services)) if i not in results.access("aujourdhui", "walk").service_rows)
    page.evaluate("row => A92.app.setCounted(row, false)", row)
    page.evaluate("row => A92.app.setCounted(row, true)", more)
    figure = opened.figure()
    page.evaluate("document.getElementById('a92-kept').open = true")
    saved = {}
    for button in ("save", "csv", "png"):
        page.fill("#a92-kept-name", "Essai un")
        with page.expect_download() as download:
            page.click(f"#a92-{button}")
        saved[button] = tmp_path / download.value.suggested_filename
        download.value.save_as(saved[button])
    assert [item.name for item in saved.values()] == [f"ville-essai-un.{end}" for end in ("json", "csv", "png")]
    trial = read_trial(saved["save"])
    assert (trial["scenario"], trial["study"]) == ("aujourdhui", "ville")
    assert [action["kind"] for action in trial["actions"]] == ["remove_service", "count_service"]
    rows = saved["csv"].read_text("utf-8-sig").splitlines()
    assert rows[0] == "Commune;Habitants;Couverts;Part;Écart"
    assert len(rows) == len(results.areas) + 4
    assert f"Ensemble;{results.demand['population'].sum():.0f};{figure:.0f};" in "\n".join(rows)
    image = saved["png"].read_bytes()
    assert image[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(image[16:20]) == 2 * page.evaluate("Math.round(A92.app.map.getContainer().clientWidth)")
    assert "based_on" in page.evaluate("A92.app.toml('x')")
    # another page reads the file
    page.evaluate("document.getElementById('a92-undo').click()")
    figure_becomes(opened, covered(results, "aujourdhui", "walk", "any", 20.0))
    page.set_input_files("#a92-read", str(saved["save"]))
    figure_becomes(opened, figure)
    bad = tmp_path / "autre.json"
    bad.write_text(json.dumps({"format": "autre"}), encoding="utf-8")
    page.set_input_files("#a92-read", str(bad))
    page.wait_for_function("() => document.getElementById('a92-kept-said').textContent.includes('pas un essai')")
    assert opened.figure() == pytest.approx(figure, abs=CLOSE)


@pytest.mark.browser
@pytest.mark.slow
@in_browser
def test_every_kind_of_trial_survives_a_link_and_undo(browser: Browser, tmp_path: Path) -> None:
    made = write_run_map(run_study(read_study(write_toy_study(tmp_path))), tmp_path)
    lon, lat = lon_lat(1, 1)
    actions = [
        {"kind": "remove_service", "service_id": "S1"},
        {"kind": "move_service", "service_id": "S3", "lon": lon, "lat": lat},
        {"kind": "add_service", "service_id": "X", "name": "Ici", "service_kind": "pmi", "lon": lon, "lat": lat},
        {"kind": "close_street", "edge_ids": ["w1-0"]},
        {"kind": "set_speed", "mode": "walk", "speed_kmh": 4},
        {"kind": "set_threshold", "threshold_min": 7},
    ]
    with open_run_map(browser, made) as opened:
        page, before = opened.page, opened.figure()
        page.evaluate("list => A92.app.trials.set(list)", actions)
        settle(opened)
        tried = opened.figure()
        assert tried != before
        page.reload()
        page.wait_for_selector("html[data-access92=ready]", state="attached")
        figure_becomes(opened, tried)
        assert page.evaluate("A92.app.tried()") == actions
        page.click("#a92-back")
        figure_becomes(opened, before)
        assert page.evaluate("[A92.app.tried(), A92.app.state.threshold]") == [[], 5]
        page.click("#a92-forward")
        figure_becomes(opened, tried)
        assert opened.said == []


@pytest.mark.browser
@in_browser
def test_a_link_that_this_page_cannot_show_says_so_and_shows_the_rest(browser: Browser, path: Path) -> None:
    page = browser.new_page()
    page.goto(path.as_uri() + "#scenario=disparu&seuil=10")
    page.wait_for_selector("html[data-access92=ready]", state="attached")
    assert "« disparu »" in page.inner_text("#a92-notice")
    assert page.evaluate("[A92.app.state.scenario, A92.app.state.threshold]") == ["aujourdhui", 10]
    page.close()
