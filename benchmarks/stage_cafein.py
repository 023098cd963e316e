"""Times by public transport beside cafein: the same timetable, footpaths and minutes, the same seconds found."""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from access92.transit.matrix import transit_times
from access92.travel.kernels import UNREACHED
from benchmarks.measures import OURS, Options, Row, Section, spread_row
from tests.transit.shared_town import BEGIN_S, SharedTown, shared_town

_MINUTES = 121
_PERCENTILES = (25, 50, 75)
_STOPS, _LINES, _FEW_SERVICES, _LONGEST_MIN = 1500, 500, 100, 120


def measure(options: Options) -> Section:
    """Processor seconds of all threads, both engines in turn; nothing where cafein is not installed."""
    title = "Transports publics, à côté de cafein"
    try:
        network = importlib.import_module("cafein.network")
    except ImportError:
        return Section(title, [], ["cafein n'est pas installé (pip install cafein) : étape sautée."])
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder:
        for services in (_FEW_SERVICES, _STOPS):
            town = shared_town(92, n_stops=_STOPS, lines=_LINES, services=services)
            rows += _measure_town(town, network, Path(folder), rounds=1 if options.quick else 3)
    remarks = [
        f"Horaire inventé : {_LINES} lignes, {_MINUTES} minutes de départ, centiles 25, 50, 75, 4 véhicules au plus. "
        "cafein cherche en avant, une fois par point de départ, et trouve les temps vers tous les arrêts ; access92 à "
        "rebours, une fois par service : seul le temps de toute la matrice se compare. Lecture du GTFS non comprise.",
    ]
    return Section(title, rows, remarks)


def _measure_town(town: SharedTown, network: object, folder: Path, *, rounds: int) -> list[Row]:
    """The same matrix by both engines, checked to be the same where both reach."""
    table, footpaths = town.ours()
    theirs = town.cafein(network, folder)

    def ours_ms() -> np.ndarray:
        times = transit_times(
            table, footpaths, window_s=(BEGIN_S, BEGIN_S + 60 * _MINUTES), percentiles=_PERCENTILES,
            boarding_slack_s=1, max_trip_min=_LONGEST_MIN,
        )  # fmt: skip
        return times.percentile_ms.transpose(1, 0, 2)

    def theirs_ms() -> np.ndarray:
        return town.cafein_ms(theirs, minutes=_MINUTES, percentiles=_PERCENTILES)

    ours_ms()  # compiled before it is timed
    spent: dict[str, list[float]] = {"ours": [], "theirs": []}
    for _ in range(rounds):
        found, spent_s = _timed(ours_ms)
        spent["ours"].append(spent_s)
        theirs_found, spent_s = _timed(theirs_ms)
        spent["theirs"].append(spent_s)
    within = (theirs_found <= 60_000 * _LONGEST_MIN) & (np.arange(town.n_stops)[:, None] != np.arange(town.services))[
        ..., None
    ]
    same = float((found[within] == theirs_found[within]).mean())
    task = f"{town.n_stops} points × {town.services} services × {_MINUTES} minutes"
    ours_row = spread_row(task, OURS, np.array(spent["ours"]), unit="s CPU")
    theirs_row = spread_row(task, "cafein", np.array(spent["theirs"]), unit="s CPU")
    ratio = theirs_row.median / ours_row.median
    note = f"{same:.2%} des temps égaux à la seconde ; {(found < UNREACHED).mean():.0%} des couples atteints"
    return [replace(ours_row, note=f"cafein ÷ access92 : {ratio:.2f}"), replace(theirs_row, note=note)]


def _timed(search: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    """What a search finds, and its processor seconds."""
    begin_s = time.process_time()
    found = search()
    return found, time.process_time() - begin_s
