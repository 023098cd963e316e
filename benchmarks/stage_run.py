"""The command itself on the shipped study: help, a run without any cache, and a run that finds one; step by step."""

from __future__ import annotations

import datetime as dt
import os
import re
import resource
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from access92.study.read import read_study
from benchmarks.measures import OURS, Options, Row, Section, spread_row, yardstick_row, yardstick_s

ROOT = Path(__file__).resolve().parent.parent
STUDY = ROOT / "data" / "studies" / "sosms.toml"
_HELP_S, _COLD_S, _WARM_S, _OUTPUTS_S, _MAP_MB = 0.5, 25.0, 8.0, 10.0, 6.0
_MB = 1e6
_STEP = re.compile(r"^(?P<when>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}) (?P<step>.+)$", re.MULTILINE)
_OUTPUT_STEP = "Cartes, rapport et fichiers"
_COUNTED = "repris du cache"
_CPU = "processeur (utilisateur et système, tous les processus)"
_COMMAND = (sys.executable, "-m", "access92")


def measure(options: Options) -> Section:
    """Each run in a process of its own, imports included, compiled code kept on disk."""
    rows = [_help_row(3 if options.quick else 9)]
    cache, output = options.folder / "run_cache", options.folder / "run_output"
    _run(cache, output)  # compiles what is not yet compiled; not counted
    repeats = 1 if options.quick else 3
    cold, same, known, written, yardsticks = [], [], [], [], []
    for _ in range(repeats):
        yardsticks.append(yardstick_s())
        shutil.rmtree(cache, ignore_errors=True)
        shutil.rmtree(output, ignore_errors=True)
        cold.append(_run(cache, output))
        yardsticks.append(yardstick_s())
        same.append(_run(cache, output))
        shutil.rmtree(output, ignore_errors=True)
        known.append(_run(cache, output))
        shutil.rmtree(output, ignore_errors=True)
        shutil.rmtree(cache / "runs")
        written.append(_run(cache, output))
    rows += _run_rows("à froid (cache et dossier vides)", cold, _COLD_S)
    rows.append(yardstick_row(rows[-1].task, yardsticks, float(np.median([run["total"] for run in cold]))))
    rows += _run_rows("à chaud, le même calcul dans son dossier : rien n'est réécrit", same, _WARM_S)
    rows += _run_rows("à chaud, le même calcul dans un autre dossier : copié du cache", known, _WARM_S)
    rows += _run_rows("à chaud, d'autres résultats : tous les fichiers sont réécrits", written, None)
    rows += _size_rows(output)
    study = read_study(STUDY)
    remarks = [
        f"access92 run sur l'étude livrée ({len(study.scenarios)} scénarios, {len(study.modes)} modes), dans un "
        "processus neuf, imports compris ; code compilé gardé sur disque. "
        "« Le même calcul » : mêmes entrées, code et résultats, et chaque fichier intact à l'octet près. « D'autres "
        "résultats » : temps et isochrones viennent du cache, les derniers calculs écrits en sont retirés avant. "
        "Une étape va de son annonce (--verbose) à la suivante ; « démarrage » : jusqu'à la première annonce ; "
        "« Isochrones » : l'attente qui reste, leur tracé avance pendant les tableaux ; « processeur » n'est pas une "
        "étape, et se compare mieux que la durée sur une machine occupée. "
        "L'étalon, avant et après chaque calcul à froid, dit l'allure de la machine à cette heure.",
    ]
    return Section("La commande entière", rows, remarks)


def _environment(cache: Path) -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    here = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # as users have it
    return {**here, "ACCESS92_CACHE": str(cache), "PYTHONPATH": path}


def _help_row(repeats: int) -> Row:
    seconds = []
    for _ in range(repeats + 1):
        begin = time.perf_counter()
        subprocess.run([*_COMMAND, "--help"], check=True, capture_output=True, env=_environment(Path()))
        seconds.append(time.perf_counter() - begin)
    row = spread_row("access92 --help", OURS, np.array(seconds[1:]), unit="s")
    return replace(row, bar="< 0,5 s", kept=row.median < _HELP_S)


def _run(cache: Path, output: Path) -> dict[str, float]:
    """Seconds by step, in their order, those of all processors, and « total »."""
    # compiled code is kept apart from the cache, which is emptied between cold runs
    environment = {**_environment(cache), "NUMBA_CACHE_DIR": str(cache.with_name("run_kernels"))}
    begin, begun, cpu_before_s = time.perf_counter(), dt.datetime.now().astimezone(), _children_cpu_s()
    done = subprocess.run(
        [*_COMMAND, "run", str(STUDY), "--output", str(output), "--overwrite", "--verbose"],
        check=True, capture_output=True, text=True, env=environment,
    )  # fmt: skip
    total_s = time.perf_counter() - begin
    cpu_s = _children_cpu_s() - cpu_before_s
    return {**seconds_by_step(done.stderr, begun, total_s), _CPU: cpu_s, "total": total_s}


def _children_cpu_s() -> float:
    """Seconds of processor, user and system, of the processes that have ended, theirs included."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def seconds_by_step(log: str, begun: dt.datetime, total_s: float) -> dict[str, float]:
    r"""How long each step announced in a log took; « démarrage » is what comes before the first.

    >>> seconds_by_step("2026-01-01 00:00:01,000 Rues\n2026-01-01 00:00:03,500 Population\n",
    ...                 dt.datetime(2026, 1, 1), 4.0)
    {'démarrage': 1.0, 'Rues': 2.5, 'Population': 0.5}
    """
    moments = [("démarrage", 0.0)]
    for found in _STEP.finditer(log):
        if _COUNTED in found["step"]:  # a line of figures, told afterwards: no step
            continue
        when = dt.datetime.strptime(found["when"], "%Y-%m-%d %H:%M:%S,%f").replace(tzinfo=begun.tzinfo)
        moments.append((found["step"], (when - begun).total_seconds()))
    steps: dict[str, float] = {}
    for (step, at), (_, after) in zip(moments, [*moments[1:], ("", total_s)], strict=True):
        steps[step] = steps.get(step, 0.0) + after - at
    return steps


def _run_rows(words: str, runs: list[dict[str, float]], limit_s: float | None) -> list[Row]:
    rows = []
    for step in runs[0]:
        seconds = np.array([run.get(step, 0.0) for run in runs])
        row = spread_row(f"access92 run, {words}", OURS if step == "total" else f"· {step}", seconds, unit="s")
        if step == "total" and limit_s is not None:
            row = replace(row, bar=f"< {limit_s:g} s", kept=row.median < limit_s)
        if step == _OUTPUT_STEP:
            row = replace(row, bar=f"< {_OUTPUTS_S:g} s", kept=row.median < _OUTPUTS_S)
        rows.append(row)
    return [rows[-1], *rows[:-1]]


def _size_rows(output: Path) -> list[Row]:
    sizes = {path.name: path.stat().st_size / _MB for path in sorted(output.rglob("*")) if path.is_file()}
    maps = {name: size for name, size in sizes.items() if name.startswith(("map", "difference_"))}
    heaviest = max(maps, key=lambda name: maps[name])
    rows = [
        Row(
            "taille des sorties", f"{heaviest} (la plus lourde de {len(maps)} cartes)", maps[heaviest], "Mo",
            bar=f"≤ {_MAP_MB:g} Mo", kept=maps[heaviest] <= _MAP_MB,
        ),
    ]  # fmt: skip
    rows += [
        Row("taille des sorties", name, size, "Mo")
        for name, size in sizes.items()
        if name not in maps and size > 0.1  # noqa: PLR2004 - small files say nothing
    ]
    return [*rows, Row("taille des sorties", "tout le dossier", sum(sizes.values()), "Mo")]
