"""Every text of a study reaches every output as text: nothing in it runs, nothing of it is lost."""

from __future__ import annotations

import base64
import csv
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import tomllib
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from markupsafe import Markup, escape

from access92.outputs import write_run
from access92.outputs.layout import file_in
from access92.outputs.maps.page import folium_page
from access92.outputs.maps.run_map.page import write_run_map
from access92.outputs.pages import environment, printable
from access92.outputs.report.drawing import drawing_style, new_figure, svg_text
from access92.outputs.tables.qgis_styles import Rule, Style, qml, sld
from access92.outputs.words.typography import typeset, typeset_html
from tests.conftest import ROOT, leave_pictures_blank, without_steps
from tests.outputs.chromium import find_chromium
from tests.outputs.hostile_texts import PAYLOAD, hostile
from tests.outputs.run_map_town import town
from tests.outputs.synthetic import make_results
from tests.run_files import files_in

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSER = find_chromium()
in_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium on the path (set CHROMIUM to its executable)")
SHOWN = typeset(PAYLOAD)
TEMPLATES = resources.files("access92.outputs") / "templates"
MARKUP = {  # how often a text is declared to be HTML
    "outputs/maps/page.py": 4,  # a frame of ours and JSON without « < »; two in examples
    "outputs/pages.py": 3,  # what jinja has escaped, a frame of ours, hashes
    "outputs/tables/qgis_styles.py": 2,  # a filter escaped piece by piece; fields that jinja has escaped
    "outputs/tables/qgis_project.py": 1,  # a style that jinja has escaped
    "outputs/report/page.py": 1,  # our style sheet
    "outputs/index.py": 1,  # our style sheet
    "outputs/maps/run_map/page.py": 3,  # a frame of ours, arrays as signs without « < », and their joint
}


class Tags(HTMLParser):
    """The attributes of a page, its scripts that run, its styles, and its policy."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.attributes: list[str] = []
        self.inline: dict[str, list[str]] = {"script": [], "style": []}
        self.policy = ""
        self._open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See HTMLParser."""
        values = dict(attrs)
        self.attributes += list(values)
        if values.get("http-equiv") == "Content-Security-Policy":
            self.policy = values["content"] or ""
        if tag in self.inline and values.get("type") is None:
            self._open = tag
            self.inline[tag].append("")

    def handle_data(self, data: str) -> None:
        """See HTMLParser."""
        if self._open:
            self.inline[self._open][-1] += data

    def handle_endtag(self, tag: str) -> None:
        """See HTMLParser."""
        if tag == self._open:
            self._open = ""


def hashes(texts: list[str]) -> set[str]:
    digests = (base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode() for text in texts)
    return {f"'sha256-{digest}'" for digest in digests}


@pytest.fixture(scope="module")
def town_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of a town with candidate places, every text of it hostile."""
    bad = hostile(town())
    return write_run_map(
        replace(bad, streets=bad.streets.assign(name=f"Zzz {PAYLOAD}")), tmp_path_factory.mktemp("hostile-town")
    )


@pytest.fixture(scope="module")
def folder(town_map: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole run and the page of that town, every text of them hostile."""
    made = tmp_path_factory.mktemp("hostile") / "run"
    write_run(hostile(make_results(changes=True)), made, overwrite=False, study_path=Path("studies/ville.toml"))
    shutil.copytree(town_map.parent, made / "town")
    return made


@pytest.fixture(scope="module")
def written_words(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables and the report of that run, its pictures blank: quickly written."""
    made = tmp_path_factory.mktemp("hostile-words") / "run"
    with pytest.MonkeyPatch.context() as patch:
        without_steps(patch, "GeoPackage", "Images", "Cartes")
        leave_pictures_blank(patch)
        write_run(hostile(make_results(changes=True)), made, overwrite=False, study_path=Path("studies/ville.toml"))
    return made


PLAIN_PAGES = {"report.html", "index.html"}  # without script


def opened(browser: Browser, path: Path) -> tuple[Page, list[str]]:
    """A page, and all that it says: console, errors, dialogs, requests that are not its own."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, locale="fr-FR", offline=True)
    page = context.new_page()
    page.set_default_timeout(10_000)
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: None if request.url.startswith(("file:", "data:")) else said.append(request.url))
    page.goto(path.as_uri())
    if path.name not in PLAIN_PAGES:
        page.wait_for_selector("html[data-access92=ready]", state="attached", timeout=30_000)
    return page, said


def shows(page: Page, selector: str) -> None:
    """The payload stands whole in the text of the element, and nothing of it became an element or ran."""
    texts = page.eval_on_selector_all(selector, "found => found.map(element => element.textContent)")
    assert any(SHOWN in text for text in texts), (selector, texts)


def nothing_ran(page: Page) -> None:
    assert page.evaluate("window.ran") is None
    bad = """Array.from(document.querySelectorAll('*')).filter(e => e.matches('img[src="x"]')
      || Array.from(e.attributes).some(a => /^on/.test(a.name))).map(e => e.outerHTML)"""
    assert page.evaluate(bad) == []


@pytest.mark.slow
@pytest.mark.browser
@in_browser
def test_in_every_page_of_a_run_a_hostile_text_is_shown_and_never_run(browser: Browser, folder: Path) -> None:
    pages = [file for path, file in files_in(folder).items() if path.endswith(".html") and not path.startswith("town/")]
    assert {path.name.partition("_")[0] for path in pages} == {
        "map", "map.html", "difference", "report.html", "index.html",
    }  # fmt: skip
    for path in pages:
        page, said = opened(browser, path)
        shows(page, "h1")
        assert SHOWN in page.title() or path.name in PLAIN_PAGES
        nothing_ran(page)
        assert said == [], path.name
        page.context.close()


@pytest.mark.slow
@pytest.mark.browser
@in_browser
def test_the_attribution_the_layers_the_tips_and_the_sheets_of_a_simple_map_show_it_as_text(
    browser: Browser, folder: Path
) -> None:
    for name in ("map_aujourdhui_walk.html", "difference_demenage_walk.html"):
        page, said = opened(browser, file_in(folder, name))
        shows(page, ".leaflet-control-attribution")
        shows(page, "#a92-legend li")
        assert page.get_attribute(".leaflet-marker-icon", "title") == SHOWN
        page.locator(".leaflet-marker-icon").first.focus()
        page.keyboard.press("Enter")
        for selector in (".leaflet-popup-content h2", ".leaflet-popup-content dd"):
            shows(page, selector)
        page.keyboard.press("Escape")
        page.locator("path.leaflet-interactive").first.dispatch_event("mouseover")
        page.wait_for_selector(".a92-tip")
        shows(page, ".a92-tip")
        nothing_ran(page)
        assert said == []
        page.context.close()


@pytest.mark.browser
@in_browser
def test_every_control_and_sheet_of_the_page_of_a_run_shows_it_as_text(browser: Browser, town_map: Path) -> None:
    page, said = opened(browser, town_map)
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    page.evaluate("A92.app.set({view: 'difference', base: 'sst-seuls'})")
    page.evaluate("A92.app.setCounted(0, false)")
    page.evaluate("A92.app.addPlace(A92.app.map.getCenter())")
    page.evaluate("A92.app.goToService(1)")
    for selector in (
        "#a92-scenario option", "#a92-base option", "#a92-description", "#a92-figure", "#a92-ledger",
        "#a92-trial-words", "#a92-table th", "#a92-table caption", "#a92-services label", "#a92-content li",
        ".leaflet-control-attribution", ".leaflet-popup-content h2", ".leaflet-popup-content dd", "#a92-legend caption",
    ):  # fmt: skip
        shows(page, selector)
    page.fill("#a92-search", PAYLOAD)
    page.keyboard.press("Enter")
    # streets are read first
    page.wait_for_function("() => document.getElementById('a92-search-said').textContent !== ''")
    shows(page, "#a92-search-said")
    nothing_ran(page)
    assert said == []
    page.context.close()


@pytest.mark.slow
@pytest.mark.browser
@in_browser
def test_what_a_reader_types_a_link_and_a_file_say_is_shown_as_text(
    browser: Browser, town_map: Path, tmp_path: Path
) -> None:
    page, said = opened(browser, town_map)
    page.evaluate("document.querySelectorAll('details').forEach(item => { item.open = true; })")
    page.evaluate("A92.app.goToArea(0)")
    # the search: suggestions, and a street found, whose name is a tip of the map
    page.fill("#a92-search", "zzz img")
    page.wait_for_selector("#a92-found li")
    shows(page, "#a92-found li span")
    page.click("#a92-found li")
    page.wait_for_selector(".a92-tip")
    for selector in ("#a92-area", ".a92-whole", ".a92-tip"):
        shows(page, selector)
    # a trial with that name: kept, exported
    page.fill("#a92-kept-name", PAYLOAD)
    page.click("#a92-keep button")
    page.evaluate("A92.app.setKept([{ name: arguments, scenario: A92.app.state.scenario, actions: [] }])"
                  .replace("arguments", json.dumps(PAYLOAD)))  # fmt: skip
    texts = page.eval_on_selector_all("#a92-kept-table th", "found => found.map(element => element.textContent)")
    assert PAYLOAD in texts
    page.fill("#a92-kept-name", PAYLOAD)
    page.click("#a92-toml")
    assert tomllib.loads(page.input_value("#a92-toml-text"))["scenario"][0]["title"] == PAYLOAD[:80].strip()
    # a file and a link of another's making
    trial = tmp_path / "essai.json"
    content = {
        "format": "access92-trial",
        "version": 1,
        "name": PAYLOAD,
        "scenario": PAYLOAD,
        "actions": [{"kind": PAYLOAD}],
    }
    trial.write_text(json.dumps(content), encoding="utf-8")
    page.set_input_files("#a92-read", str(trial))
    page.wait_for_function("() => document.getElementById('a92-kept-said').textContent.includes('onerror')")
    nothing_ran(page)
    assert said == []
    page.goto(page.url.partition("#")[0] + "#scenario=" + quote(PAYLOAD) + "&commune=" + quote(PAYLOAD))
    page.reload()
    page.wait_for_selector("html[data-access92=ready]", state="attached")
    assert PAYLOAD in (page.text_content("#a92-notice") or "")
    nothing_ran(page)
    assert said == []
    page.context.close()


@pytest.mark.slow
@pytest.mark.browser
@in_browser
def test_the_policy_stops_what_would_run_if_it_came_through(browser: Browser, folder: Path, tmp_path: Path) -> None:
    for name in ("map.html", "map_aujourdhui_walk.html", "report.html"):
        text = file_in(folder, name).read_text(encoding="utf-8")
        spoilt = tmp_path / name
        raw = "<img src='data:,' onerror='window.ran=1'><script>window.ran=2</script><a style='color:red'>x</a>"
        spoilt.write_text(text.replace("</h1>", f"</h1>{raw}", 1), encoding="utf-8")
        page, said = opened(browser, spoilt)
        assert page.evaluate("window.ran") is None
        assert sum("Content Security Policy" in line for line in said) == 3, said
        page.context.close()


@pytest.mark.slow
def test_pages_allow_their_own_scripts_and_styles_by_hash_and_hold_no_handler(folder: Path) -> None:
    for path in folder.rglob("*.html"):
        tags = Tags()
        tags.feed(path.read_text(encoding="utf-8"))
        assert [name for name in tags.attributes if name.startswith("on") or name == "style"] == []
        rules = dict(rule.strip().partition(" ")[::2] for rule in tags.policy.split(";"))
        assert set(rules) == {"default-src", "script-src", "style-src", "img-src", "base-uri", "form-action"}
        assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
        assert rules["img-src"] == "data:"
        for tag, texts in tags.inline.items():
            assert set(rules[f"{tag}-src"].split()) == (hashes(texts) or {"'none'"}), (path.name, tag)


def test_no_script_of_ours_writes_html_and_no_template_holds_a_handler() -> None:
    for file in TEMPLATES.iterdir():
        if not file.is_file():
            continue
        text = file.read_text(encoding="utf-8")
        if file.name.endswith(".js"):
            assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
            assert not re.findall(r"srcdoc\s*=|createContextualFragment|DOMParser|setHTML", text)
        else:
            assert not re.findall(r"\son\w+\s*=|\sstyle\s*=|javascript:|\|\s*safe\b|Markup", text), file.name


def test_what_is_declared_html_is_counted() -> None:
    found = {}
    for path in sorted((ROOT / "access92").rglob("*.py")):
        calls = len(re.findall(r"(?<![\w.])Markup\(", path.read_text(encoding="utf-8")))
        if calls:
            found[path.relative_to(ROOT / "access92").as_posix()] = calls
    assert found == MARKUP
    assert environment().autoescape is True


def test_a_spreadsheet_takes_no_text_of_a_study_for_a_formula(written_words: Path) -> None:
    tables = sorted(written_words.rglob("*_fr.csv"))
    assert tables
    seen = 0
    for path in tables:
        with path.open(encoding="utf-8-sig", newline="") as file:
            cells = {cell for row in csv.reader(file, delimiter=";") for cell in row}
        for cell in cells:
            assert not re.match(r"[=@\t\r]|[-+](?![\d.,]+$)", cell), (path.name, cell)
            seen += PAYLOAD in cell
    assert seen > 0


@pytest.mark.slow
def test_the_styles_of_qgis_stay_xml_and_their_tips_escape_what_they_show(folder: Path) -> None:
    with closing(sqlite3.connect(file_in(folder, "results.gpkg"))) as base:
        styles = base.execute("SELECT styleQML, styleSLD FROM layer_styles").fetchall()
    assert styles
    for qml_text, sld_text in styles:
        tip = ET.fromstring(qml_text).findtext("mapTip") or ""  # noqa: S314 - ours
        for column in ("name", "address", "mode"):
            assert f'[% "{column}"' not in tip
        ET.fromstring(sld_text)  # noqa: S314 - ours


def test_a_value_in_a_style_is_quoted_in_each_language() -> None:
    rule = Rule((("it's", "=", "l'été <x>"), ('a"b', "among", "100%_!'")), "<b>", "#000000")
    style = Style("demand", "<s>", (rule,), is_default=True, description="", preview="<p>", tip="<t>")
    filtered = ET.fromstring(qml(style, ['a"b'])).find(".//rule")  # noqa: S314 - ours
    assert filtered is not None
    equal, among = "\"it's\" = 'l''été <x>'", "array_contains(string_to_array(\"a\"\"b\", ';'), '100%_!''')"
    assert filtered.get("filter") == f"{equal} AND {among}"
    tree = ET.fromstring(sld(style))  # noqa: S314 - ours
    literals = [item.text for item in tree.iter("{http://www.opengis.net/ogc}Literal")]
    assert literals == ["l'été <x>", "%100!%!_!!'%"]


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext (poppler-utils)")
def test_the_pdf_says_it_as_text_too(written_words: Path) -> None:
    words = subprocess.run(
        ["pdftotext", str(written_words / "report.pdf"), "-"], capture_output=True, check=True, encoding="utf-8"
    ).stdout
    said = re.sub(r"[\s\xad‐-]", "", words)
    for piece in ("<script>window.ran=", "${7 * 7}", "$x_1$", "#rule", "{{ 7 * 7 }}", "{% raw %}", "&amp;"):
        assert re.sub(r"[\s-]", "", piece) in said, piece


def test_a_title_with_two_dollar_signs_is_no_formula() -> None:
    with drawing_style():
        figure = new_figure(60, 20)
        figure.text(0, 0, "Coût : 5 $ ou \\frac 6 $")
        assert "<svg" in svg_text(figure)


def random_texts(rng: np.random.Generator, n: int) -> list[str]:
    """Texts of any signs: controls, markup, right to left, combining, beyond the first plane, lone surrogates."""
    pools = (
        range(0x20, 0x7F), range(0x20), (ord(sign) for sign in "<>&\"'`=/{}%$\\;!?:«» "), range(0xA0, 0x250),
        range(0x300, 0x370), range(0x590, 0x700), range(0x2000, 0x2070), range(0xD7F0, 0xE010), range(0xFFF0, 0x10000),
        range(0x1F600, 0x1F650), (0x2028, 0x2029, 0xFEFF, 0x85, 0x10FFFF),
    )  # fmt: skip
    signs = [list(pool) for pool in pools]
    return [
        "".join(chr(int(rng.choice(signs[rng.integers(len(signs))]))) for _ in range(rng.integers(1, 25)))
        for _ in range(n)
    ]


@pytest.mark.slow
@pytest.mark.browser
@in_browser
@pytest.mark.parametrize("seed", range(3))
def test_any_text_survives_to_the_page_unchanged(browser: Browser, tmp_path: Path, seed: int) -> None:
    texts = [*random_texts(np.random.default_rng([92, seed]), 300), "</script><!--", "<!--<script>", "]]>", "\\u003c"]
    template = environment().from_string('{% for text in texts %}<p title="{{ text }}">{{ text }}</p>\n{% endfor %}')
    body = Markup(template.render(texts=texts))  # noqa: S704 - escaped by the template
    script = """function shown(map, data) {
      data.texts.forEach(function (text) { document.body.append(A92.make("pre", { text: text, title: text })); });
      document.documentElement.setAttribute("data-access92", "ready");
    }"""
    script = (TEMPLATES / "map_elements.js").read_text(encoding="utf-8") + script
    data: dict[str, Any] = {"view": [[48.7, 2.1], [48.9, 2.4]], "texts": texts}
    path = tmp_path / "texts.html"
    path.write_text(folium_page("Textes", body, data, script=script, style="", function="shown"), encoding="utf-8")
    page, said = opened(browser, path)
    read = "found => found.map(e => [e.textContent, e.title].map(t => Array.from(t, c => c.codePointAt(0))))"
    # in a data block every sign comes through, lone surrogates too; HTML has neither controls nor carriage returns
    pairs = page.eval_on_selector_all("pre", read)
    assert pairs == [[code_points(text)] * 2 for text in texts]
    written = [re.sub("\r\n?", "\n", str(printable(text))) for text in texts]
    pairs = page.eval_on_selector_all("p[title]", read)
    assert pairs == [[code_points(text)] * 2 for text in written]
    assert said == []
    # French spaces are put in the same places whether a text is escaped or not
    plain = [text for text in written if "\n" not in text]
    assert [typeset_html(str(escape(text))) for text in plain] == [str(escape(typeset(text))) for text in plain]
    page.context.close()


def code_points(text: str) -> list[int]:
    """As a browser counts them: a pair of surrogates is one sign."""
    return [ord(sign) for sign in text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")]
