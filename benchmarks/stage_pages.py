"""The pages of the shipped run: their sizes, and the page of the whole run in Chromium, with no network."""

from __future__ import annotations

import importlib.util
import os
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from access92.outputs import write_run
from access92.outputs.maps.backdrop import prepare_backdrop
from access92.outputs.maps.run_map.page import RUN_MAP, write_run_map
from access92.run.pipeline import run_study
from access92.study.read import read_study
from benchmarks.measures import OURS, Options, Row, Section, spread_row

if TYPE_CHECKING:
    from playwright.sync_api import Browser

STUDY = Path(__file__).resolve().parent.parent / "data" / "studies" / "sosms.toml"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_MAP_MB, _PAINT_MS, _READY_MS, _WRITE_S = 6.0, 1500.0, 2000.0, 5.0
_WHAT_IF_MS = {"walk": 150.0, "bike": 400.0, "car": 400.0}
"""By mode what a trial may take, from the act to the next frame."""

_SLOWER = 4  # how many times slower Chromium makes its processor, to stand for an old office computer
_MB = 1e6

_PAINT = """() => {
  const first = performance.getEntriesByName("first-contentful-paint")[0];
  return [first.startTime, performance.getEntriesByName("access92-ready")[0].startTime];
}"""

_WHAT_IF = """async ([scenario, mode]) => {
  const app = A92.app, removed = [], added = [];
  const paint = () => new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  await app.set({ scenario: scenario, mode: mode });
  await app.model.load(scenario, mode, true);
  for (const row of app.model.scenario(scenario).rows.slice(0, 12)) {
    const begin = performance.now();
    await app.setCounted(row, false);
    await paint();
    removed.push(performance.now() - begin);
  }
  for (let i = 0; i < 20; i++) {
    const home = Math.floor(i * app.data.points / 20), begin = performance.now();
    await app.addPlace(app.latLng(app.model.x[home], app.model.y[home]));
    await paint();
    added.push(performance.now() - begin);
  }
  document.getElementById("a92-undo").click();
  await paint();
  return [removed, added];
}"""
"""Milliseconds from the act to the next frame, figures, table, legend and colours included."""


def measure(options: Options) -> Section:
    """Run and write the shipped study, then open the page of the run several times."""
    study, folder = read_study(STUDY), options.folder / "pages_run"
    shutil.rmtree(folder, ignore_errors=True)
    results = run_study(study, cache_folder=options.folder / "pages_cache")
    write_run(results, folder, overwrite=True)
    backdrop, seconds = prepare_backdrop(results), []
    for _ in range(2 if options.quick else 5):
        begin = time.perf_counter()
        page = write_run_map(results, folder, backdrop=backdrop)
        seconds.append(time.perf_counter() - begin)
    writing = spread_row(f"écrire {RUN_MAP}", OURS, np.array(seconds), unit="s")
    rows = [*_sizes(folder), _barred(writing, _WRITE_S, f"< {_WRITE_S:g} s".replace(".", ","))]
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    scenario = max(results.scenarios, key=lambda item: len(results.access(item.name, "walk").service_rows)).name
    remarks = [
        f"{len(results.demand)} points de population, {len(results.services)} services, "
        f"{len(results.modes)} modes. Page ouverte comme un fichier, réseau coupé ; « et si » : du geste à l'image "
        f"suivante, chiffres, tableau et couleurs compris, dans le scénario « {scenario} » (le plus de services). "
        f"« processeur ÷ {_SLOWER} » : ralenti par Chromium.",
    ]
    if browser is None or importlib.util.find_spec("playwright") is None:
        remarks.append("Ni Chromium ni playwright : affichage et latence n'ont pas été mesurés.")
    else:
        rows += _in_browser(browser, page, scenario, repeats=3 if options.quick else 9)
    shutil.rmtree(folder, ignore_errors=True)
    return Section("Les pages", rows, remarks)


def _sizes(folder: Path) -> list[Row]:
    """The page of the run, the report, and the largest of the single maps."""
    rows = []
    for task, pattern in (
        (RUN_MAP, RUN_MAP),
        ("report.html", "report.html"),
        ("la plus grande carte simple", "map_*.html"),
        ("la plus grande carte de différences", "difference_*.html"),
    ):
        sizes = [path.stat().st_size / _MB for path in folder.rglob(pattern)]
        if sizes:
            row = Row(f"taille : {task}", OURS, max(sizes), "Mo", note=f"{len(sizes)} fichiers" if sizes[1:] else "")
            rows.append(_barred(row, _MAP_MB, f"< {_MAP_MB:g} Mo") if task == RUN_MAP else row)
    return rows


def _in_browser(browser: str, page: Path, scenario: str, *, repeats: int) -> list[Row]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - optional: not every machine has it

    rows = []
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for slower in (1, _SLOWER):
            paints = np.array([_opened(running, page, slower, None)[0] for _ in range(repeats)])
            tried = {mode: _opened(running, page, slower, scenario, mode)[1] for mode in _WHAT_IF_MS}
            words = "" if slower == 1 else f", processeur ÷ {slower}"
            barred = slower == 1
            rows += [
                _judged(f"premier affichage{words}", paints[:, 0], _PAINT_MS, barred=barred),
                _judged(f"carte et chiffres là{words}", paints[:, 1], _READY_MS, barred=barred),
                *(
                    _judged(f"et si : {what} ({mode}){words}", values, _WHAT_IF_MS[mode], barred=barred)
                    for mode, both in tried.items()
                    for what, values in zip(("retirer un service", "poser un service nouveau"), both, strict=True)
                ),
            ]
        running.close()
    return rows


def _opened(
    browser: Browser, page: Path, slower: int, scenario: str | None, mode: str = "walk"
) -> tuple[tuple[float, float], tuple[np.ndarray, np.ndarray]]:
    """First paint and readiness (ms) of a page opened anew; and what-if latencies, where a scenario is asked for."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, locale="fr-FR")
    context.set_offline(True)
    tab = context.new_page()
    if slower > 1:
        context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    tab.goto(page.as_uri())
    tab.wait_for_selector("html[data-access92=ready]", state="attached", timeout=60_000)
    first, ready = tab.evaluate(_PAINT)
    removed, added = tab.evaluate(_WHAT_IF, [scenario, mode]) if scenario else ([], [])
    context.close()
    return (first, ready), (np.array(removed), np.array(added))


def _judged(task: str, values: Sequence[float] | np.ndarray, limit_ms: float, *, barred: bool) -> Row:
    row = spread_row(task, OURS, np.asarray(values, dtype=float), unit="ms")
    return _barred(row, limit_ms, f"< {limit_ms:g} ms") if barred else row


def _barred(row: Row, limit: float, words: str) -> Row:
    return replace(row, bar=words, kept=row.median < limit)
