"""Pages of a run photographed in Chromium, with the network cut off."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from access92.errors import input_error
from access92.outputs.layout import file_in
from tests.outputs.chromium import find_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

REPORTED_DIFFERENCE = "difference_14e-sst-levallois_walk.html"
"""The difference map that docs/scenarios.md shows; another run shows its first one."""

_WINDOW = {"width": 1400, "height": 900}  # CSS pixels: the legend then stands beside the map
_SHARPNESS = 6 / 7  # image pixels by CSS pixel: 1200 wide
_PATIENCE_MS = 60_000

_TRY = """async at => {
  const app = A92.app, state = app.state, rows = app.model.scenario(state.scenario).rows;
  document.getElementById("a92-what-if").open = true;
  const sole = row => app.model.reach(state.scenario, state.mode, state.rule, state.trial, row, state.public,
    app.model.limit(state.threshold)).sole;
  await app.model.load(state.scenario, state.mode, true);
  if (rows.length > 1) await app.setCounted(rows.reduce((best, row) => sole(row) > sole(best) ? row : best), false);
  if (at) await app.addPlace(at);
  await app.set({ view: "difference", base: "same" });
  document.getElementById("a92-answer").scrollIntoView({ block: "start" });
}"""
"""What a reader may try: one service removed (the one that alone covers most people), one put near ``at``."""

_ZOOM = """() => {
  const map = Object.values(window).find(value => value instanceof L.Map);
  let changed = null;
  map.eachLayer(layer => {
    const icon = layer.getElement && layer.getElement();
    if (!changed && icon && icon.classList.contains("a92-changed")) changed = layer.getLatLng();
  });
  if (!changed) return null;
  map.setView(changed, 14, { animate: false });
  const box = map.getContainer().getBoundingClientRect();
  return [box.left + box.width / 2, box.top + box.height / 2];
}"""
"""Looks at the first service that opens or closes, and returns where it is on the screen."""


def find_browser() -> str:
    """The path of Chromium.

    Raises
    ------
    InputError
        There is no Chromium, or no playwright to drive it.
    """
    browser = find_chromium()
    if browser is None:
        raise input_error(
            "Il n’y a pas de Chromium pour photographier les pages.",
            "le PATH, variable CHROMIUM",
            "Installer chromium (Debian : apt install chromium), ou donner son exécutable dans CHROMIUM.",
        )
    try:
        import playwright.sync_api  # noqa: F401, PLC0415 - optional: not every machine has it
    except ImportError as error:
        fix = 'Installer les outils de développement : pip install -e ".[dev]".'
        raise input_error("playwright n’est pas installé.", "cet environnement Python", fix) from error
    return browser


def photograph_pages(browser: str, run: Path, difference: Path) -> dict[str, Image.Image]:
    """The page of the run as it opens and with a what-if, and a difference map, by the name of the picture.

    Raises
    ------
    InputError
        A page does not open, or asks for something that is not in it.
    """
    from playwright.sync_api import Error, sync_playwright  # noqa: PLC0415 - optional: not every machine has it

    try:
        with sync_playwright() as play:
            running = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
            try:
                with _open(running, run / "map.html") as page:
                    _wait_for_run_map(page)
                    first = _photograph(page)
                with _open(running, run / "map.html", height=1080) as page:
                    _wait_for_run_map(page)
                    page.evaluate(_TRY, _largest_pocket(run))
                    trial = _photograph(page)
                with _open(running, difference) as page:
                    page.wait_for_selector(".a92-pin", timeout=_PATIENCE_MS)
                    changed = page.evaluate(_ZOOM)
                    if changed:
                        page.mouse.click(
                            changed[0] + 50, changed[1] + 190
                        )  # its popup then leaves the service in sight
                    page.mouse.move(2, 2)
                    page.evaluate("document.activeElement.blur()")
                    differing = _photograph(page)
            finally:
                running.close()
    except Error as error:
        what = f"Une page ne s’ouvre pas dans Chromium : {error.message.splitlines()[0]}"
        raise input_error(what, str(run), "Refaire le calcul, ou mettre Chromium à jour.") from error
    return {"carte_a_pied.png": first, "carte.png": trial, "difference.png": differing}


@contextmanager
def _open(browser: Browser, path: Path, *, height: int = _WINDOW["height"]) -> Iterator[Page]:
    """A page that can load nothing but its own file."""
    context = browser.new_context(
        viewport={"width": _WINDOW["width"], "height": height}, device_scale_factor=_SHARPNESS, locale="fr-FR",
        reduced_motion="reduce",
    )  # fmt: skip
    context.set_offline(True)
    try:
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.goto(path.resolve().as_uri())
        yield page
    finally:
        context.close()


def _wait_for_run_map(page: Page) -> None:
    page.wait_for_selector("html[data-access92=ready]", state="attached", timeout=_PATIENCE_MS)


def _photograph(page: Page) -> Image.Image:
    """The page once two frames have been drawn."""
    page.evaluate(
        "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 300))))"
    )
    return Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))


def _largest_pocket(run: Path) -> list[float] | None:
    """Latitude and longitude of the largest pocket without a service in the first scenario; None without one."""
    pockets = file_in(run, "uncovered_pockets.csv")
    if not pockets.is_file():
        return None
    with pockets.open(encoding="utf-8", newline="") as file:
        first = next(csv.DictReader(file), None)
    return None if first is None else [float(first["lat"]), float(first["lon"])]
