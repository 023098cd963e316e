"""The pages of the shipped run and of the real 92: sizes, and the page of a whole run in Chromium, offline."""

from __future__ import annotations

import importlib.util
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from access92.outputs import write_run
from access92.outputs.maps.backdrop import prepare_backdrop
from access92.outputs.maps.run_map import RUN_MAP
from access92.outputs.maps.run_map.page import write_run_map
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.sources.demo.communes import REAL_FILE
from access92.study.read import read_study
from benchmarks.browser_memory import PageMemory, page_memory
from benchmarks.measures import OURS, Options, Row, Section, spread_row
from docs.real_figures import real_study

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parent.parent
STUDY = ROOT / "data" / "studies" / "sosms.toml"
NETWORKS = ROOT.parent / "shared" / "networks"
_REAL = "vraies rues"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_MAP_MB, _PAINT_MS, _READY_MS, _WRITE_S = 6.0, 1500.0, 2000.0, 5.0
_WHAT_IF_MS = {"walk": 150.0, "bike": 400.0, "car": 400.0}
"""By mode what a trial may take, from the act to the next frame."""

_FEW = 5  # openings of a page whose processor is slowed: it says an order of magnitude, and takes its time
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
    """The pages of the shipped run; then, where the extract is there, that of the same study on the real streets."""
    cache, repeats = options.folder / "pages_cache", 3 if options.quick else 9
    browser = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is not None and importlib.util.find_spec("playwright") is None:
        browser = None
    rows: list[Row] = []
    remarks: list[str] = []
    with tempfile.TemporaryDirectory() as made:
        shipped = run_study(read_study(STUDY), cache_folder=cache)
        write_run(shipped, Path(made) / "shipped", overwrite=True)
        rows += _measured(shipped, Path(made) / "shipped", browser, remarks, repeats=repeats)
        if (NETWORKS / REAL_FILE).exists():
            real = run_study(real_study(NETWORKS, Path(made), shipped=STUDY), cache_folder=cache)
            (Path(made) / "real").mkdir()
            rows += _measured(real, Path(made) / "real", browser, remarks, repeats=repeats, words=f", {_REAL}")
        else:
            remarks.append("../shared/networks est absent : la page des vraies rues n'a pas été mesurée.")
    if browser is None:
        remarks.append("Ni Chromium ni playwright : affichage, latence et mémoire n'ont pas été mesurés.")
    else:
        remarks.append(
            "Pages ouvertes comme un fichier, réseau coupé ; « et si » : du geste à l'image suivante, chiffres, "
            "tableau et couleurs compris, dans le scénario qui a le plus de services. "
            f"« processeur ÷ {_SLOWER} » : ralenti par Chromium. Mémoire : dans un même onglet, les essais d'un mode "
            "après ceux des autres, une fois ramassé ce qui ne sert plus ; « scripts » : leurs objets et leurs "
            "tableaux (la page calcule sans worker) ; « onglet » : tout ce que garde son processus, Chromium compris."
        )
    return Section("Les pages", rows, remarks)


def _measured(
    results: Results, folder: Path, browser: str | None, remarks: list[str], *, repeats: int, words: str = ""
) -> list[Row]:
    """Write the page of a run several times, then open it; ``words`` end the name of each row."""
    backdrop, seconds = prepare_backdrop(results), []
    for _ in range(2 if repeats < _FEW else 5):
        begin = time.perf_counter()
        page = write_run_map(results, folder, backdrop=backdrop)
        seconds.append(time.perf_counter() - begin)
    writing = spread_row(f"écrire {RUN_MAP}", OURS, np.array(seconds), unit="s")
    rows = [*_sizes(folder), _barred(writing, _WRITE_S, f"< {_WRITE_S:g} s".replace(".", ","))]
    remarks.append(
        f"{_REAL.capitalize() if words else 'Étude livrée'} : {len(results.demand)} points de population, "
        f"{len(results.services)} services, {len(results.modes)} modes."
    )
    if browser is not None:
        scenario = max(results.scenarios, key=lambda item: len(results.access(item.name, "walk").service_rows)).name
        rows += _in_browser(browser, page, scenario, repeats=repeats)
    return [replace(row, task=row.task + words) for row in rows]


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
        for slower in (1, _SLOWER):
            running = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
            words = "" if slower == 1 else f", processeur ÷ {slower}"
            paints = []
            for _ in range(repeats if slower == 1 else min(repeats, _FEW)):
                with _opened(running, page, slower) as tab:
                    paints.append(tab.evaluate(_PAINT))
            first, ready = np.array(paints).T
            rows += [
                _judged(f"premier affichage{words}", first, _PAINT_MS, barred=slower == 1),
                _judged(f"carte et chiffres là{words}", ready, _READY_MS, barred=slower == 1),
            ]
            running.close()
            # a browser of its own: its only page is the one whose memory is taken
            running = play.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
            memory: dict[str, PageMemory] = {}
            with _opened(running, page, slower) as tab:
                if slower == 1:
                    memory["à l'ouverture"] = page_memory(running, tab)
                for mode, limit_ms in _WHAT_IF_MS.items():
                    removed, added = tab.evaluate(_WHAT_IF, [scenario, mode])
                    rows += [
                        _judged(f"et si : retirer un service ({mode}){words}", removed, limit_ms, barred=slower == 1),
                        _judged(
                            f"et si : poser un service nouveau ({mode}){words}", added, limit_ms, barred=slower == 1
                        ),
                    ]
                    if slower == 1:
                        memory[f"après les essais ({mode})"] = page_memory(running, tab)
            rows += _memory_rows(memory)
            running.close()
    return rows


def _memory_rows(memory: Mapping[str, PageMemory]) -> list[Row]:
    """The heap, then the whole process, at each moment."""
    heaps = [Row(f"mémoire, scripts : {moment}", OURS, item.heap_mib, "Mio") for moment, item in memory.items()]
    return heaps + [
        Row(f"mémoire, onglet : {moment}", OURS, item.resident_mib, "Mio")
        for moment, item in memory.items()
        if item.resident_mib is not None
    ]


@contextmanager
def _opened(browser: Browser, page: Path, slower: int) -> Iterator[Page]:
    """A page opened anew, once it is ready."""
    context = browser.new_context(viewport={"width": 1400, "height": 900}, locale="fr-FR")
    context.set_offline(True)
    tab = context.new_page()
    if slower > 1:
        context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    tab.goto(page.as_uri())
    tab.wait_for_selector("html[data-access92=ready]", state="attached", timeout=60_000)
    yield tab
    context.close()


def _judged(task: str, values: Sequence[float] | np.ndarray, limit_ms: float, *, barred: bool) -> Row:
    row = spread_row(task, OURS, np.asarray(values, dtype=float), unit="ms")
    return _barred(row, limit_ms, f"< {limit_ms:g} ms") if barred else row


def _barred(row: Row, limit: float, words: str) -> Row:
    return replace(row, bar=words, kept=row.median < limit)
