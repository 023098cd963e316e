"""A new scenario after a run of the same study: what is computed, what comes from the cache, and how long it takes."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from access92._process import configure_process
from access92.run.pipeline import run_study
from access92.study.model import Scenario, Study
from access92.study.read import read_study
from benchmarks.measures import OURS, Options, Row, Section, spread_row, yardstick_row, yardstick_s

STUDY = Path(__file__).resolve().parent.parent / "data" / "studies" / "sosms.toml"
_COMPUTING_S = 1.0
_READING = ("Zones et services", "Rues", "Population")


def measure(options: Options) -> Section:
    """In one process, so that imports and compiled code do not count; nothing is written but the cache."""
    configure_process()  # as the command does
    study, cache = read_study(STUDY), options.folder / "rerun_cache"
    shutil.rmtree(cache, ignore_errors=True)
    _timed(study, None, cache)
    repeats = 2 if options.quick else 5
    seconds, counts, yardsticks = [], [], []
    for number in range(repeats):
        yardsticks.append(yardstick_s())
        changed = _with_new_service(study, number)
        times, computed = _timed(changed, ["nouveau"], cache)
        seconds.append(times)
        counts.append(computed)
    reading = np.array([sum(item[step] for step in _READING) for item in seconds])
    computing = np.array([sum(item.values()) for item in seconds]) - reading
    row = spread_row("un scénario nouveau (un service de plus, 3 modes)", OURS, computing, unit="s")
    searches = "/".join(str(count) for count in sorted(set(counts)))
    rows: list[Row] = [
        replace(
            row, bar=f"< {_COMPUTING_S:g} s de calcul", kept=row.median < _COMPUTING_S, note=f"{searches} recherches"
        ),
        spread_row(row.task, "· lecture des entrées", reading, unit="s"),
        yardstick_row(row.task, yardsticks, row.median),
    ]
    shutil.rmtree(cache, ignore_errors=True)
    remarks = [
        "Après un calcul de l'étude livrée ; un lieu différent à chaque fois, comparé à la référence (calculée avec "
        "lui) ; imports et écriture mis à part (avec elle, les temps vers les lieux possibles, que seule la page lit). "
        "Recherches : une par mode pour le service nouveau, le reste vient du cache. L'étalon, avant chaque "
        "répétition, dit l'allure de la machine.",
    ]
    return Section("Rejouer un scénario", rows, remarks)


def _with_new_service(study: Study, number: int) -> Study:
    """The study with one more scenario, whose new service stands where none stood before."""
    change = {
        "kind": "add_service", "service_id": "NOUVEAU", "name": "Nouveau", "service_kind": "sst",
        "lon": 2.25 + 0.003 * number, "lat": 48.83,
    }  # fmt: skip
    scenario = Scenario.model_validate(
        {"name": "nouveau", "title": "Nouveau", "based_on": study.reference.name, "change": [change]}
    )
    return study.model_copy(update={"scenarios": (*study.scenarios, scenario)})


def _timed(study: Study, scenarios: list[str] | None, cache: Path) -> tuple[dict[str, float], int]:
    """Seconds by step, and the searches that were computed."""
    moments: list[tuple[str, float]] = []
    results = run_study(
        study,
        scenarios=scenarios,
        cache_folder=cache,
        on_progress=lambda step: moments.append((step, time.perf_counter())),
    )
    end = time.perf_counter()
    steps: dict[str, float] = {}
    for (step, at), (_, after) in zip(moments, [*moments[1:], ("", end)], strict=True):
        steps[step] = steps.get(step, 0.0) + after - at
    return steps, sum(item.computed for item in results.provenance if item.step == "temps de parcours")
