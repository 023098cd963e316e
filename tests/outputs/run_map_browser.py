"""A page of a run opened by Playwright in Debian's Chromium, with the network cut off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDE = {"width": 1400, "height": 900}

ALL_FIGURES = """async () => {
  const app = A92.app, data = app.data, model = app.model, found = [];
  for (const scenario of data.scenarios) for (const mode of data.modes) {
    await model.load(scenario.name, mode.name, false);
    for (const rule of scenario.rules) {
      const code = model.nearest(scenario.name, mode.name, rule, null).code;
      const counted = data.publics.filter(item => Object.values(item.modes).includes(mode.name));
      for (const item of counted) for (const threshold of data.thresholds)
        found.push([scenario.name, mode.name, rule, item.name, threshold,
          Array.from(model.sums(code, item.name, model.limit(threshold)))]);
    }
  }
  return found;
}"""
"""All the figures that the page can show, as it computes them: the areas, those of no area, the total.

Each public by its own modes: [scenario, mode, rule, public, threshold, sums].
"""


GATE = """(() => {
  const read = Response.prototype.arrayBuffer;
  window.gates = [];
  Response.prototype.arrayBuffer = function () {
    return new Promise(open => { window.gates.push(open); }).then(() => read.call(this));
  };
  window.openGates = () => { window.gates.splice(0).reverse().forEach(open => open()); };
  window.withoutGates = () => { Response.prototype.arrayBuffer = read; window.openGates(); };
})();"""
"""Holds each array that is unpacked until ``openGates()``, last first, or ``withoutGates()``."""


@dataclass
class Opened:
    """A page and what it said: lines of its console, errors, addresses that it asked for."""

    page: Page
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def figure(self) -> float:
        """People covered, as the page has computed them for what it shows."""
        return float(self.page.evaluate("A92.app.sums.after[A92.app.sums.last]"))

    def popup(self, selector: str) -> str:
        """Text of a part of the open popup: one that closes stays in the page while it fades, with its former text."""
        return str(
            self.page.evaluate(
                "selector => A92.app.map._popup.getElement().querySelector(selector).innerText", selector
            )
        )

    def update(self, changes: dict[str, Any]) -> float:
        """Set choices as the controls do, and the figure that follows."""
        self.page.evaluate("changes => A92.app.set(changes)", changes)
        return self.figure()


@contextmanager
def open_run_map(
    browser: Browser, path: Path, *, viewport: dict[str, int] | None = None, gated: bool = False
) -> Iterator[Opened]:
    """The page once it is ready; anything but its own file is refused and told.

    ``gated``: before it is ready, its arrays held by GATE.
    """
    context = browser.new_context(viewport=viewport or WIDE, locale="fr-FR")  # type: ignore[arg-type]
    context.set_offline(True)
    opened = Opened(context.new_page())
    page = opened.page
    page.set_default_timeout(10_000)

    def guard(route: Any) -> None:
        if route.request.url == path.as_uri():
            route.continue_()
        else:
            opened.asked.append(route.request.url)
            route.abort()

    page.route("**/*", guard)
    page.on("console", lambda line: opened.said.append(line.text))
    page.on("pageerror", lambda error: opened.said.append(str(error)))
    if gated:
        page.add_init_script(GATE)
    page.goto(path.as_uri())
    if not gated:
        page.wait_for_selector("html[data-access92=ready]", state="attached", timeout=30_000)
    try:
        yield opened
    finally:
        context.close()


def find_axe() -> Path | None:
    """``axe.min.js``: of ACCESS92_AXE (the file, or a folder that holds it), or of node_modules."""
    named = os.environ.get("ACCESS92_AXE")
    folders = [Path(named)] if named else []
    folders += [ROOT / "node_modules" / "axe-core"]
    for place in folders:
        for file in (place, place / "axe.min.js", place / "package" / "axe.min.js"):
            if file.is_file():
                return file
    return None
