"""Times by public transport on the shipped study and the two real feeds, to every service at every minute."""

from __future__ import annotations

import resource
import time
from dataclasses import replace

import numpy as np

from access92.progress import silent
from access92.run.study_inputs import read_inputs
from access92.sources.timetable import Timetable
from access92.study.read import read_study
from access92.transit.footpaths import Footpaths, build_footpaths
from access92.transit.matrix import transit_times
from access92.travel.router import Router
from benchmarks.measures import OURS, Options, Row, Section, spread_row
from benchmarks.stage_run import STUDY
from tests.transit.real_feeds import are_there, real_timetable

_WINDOW_S = (9 * 3600, 11 * 3600)
_BARS_S = {30: 15.0, 60: 50.0}


def measure(options: Options) -> Section:
    """Processor seconds of all threads; nothing where the feeds are not there."""
    title = "Transports publics, chaque minute de 9 h à 11 h"
    if not are_there():
        return Section(title, [], ["Les horaires réels ne sont pas dans ../shared/gtfs : étape sautée."])
    table, footpaths = _prepare(options)
    size = f"{len(footpaths.egress)} services × {len(footpaths.access)} points × 120 minutes"
    rows: list[Row] = []
    for longest_min, bar_s in _BARS_S.items():
        asked = {"window_s": _WINDOW_S, "max_trip_min": longest_min}
        transit_times(table, footpaths, **asked, services=[0])  # compiled before it is timed
        spent_s = []
        for _ in range(1 if options.quick else 3):
            begin_s = time.process_time()
            times = transit_times(table, footpaths, **asked)
            spent_s.append(time.process_time() - begin_s)
        row = spread_row(f"{size}, {longest_min} min au plus, 4 véhicules", OURS, np.array(spent_s), unit="s CPU")
        share = float((times.ride_share > 0).mean())
        note = f"{share:.0%} des couples ont une minute où un véhicule est plus rapide"
        rows.append(replace(row, bar=f"< {bar_s:g} s CPU", kept=row.median < bar_s, note=note))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    remarks = [
        f"Pic de mémoire du processus, étude et horaires compris : {peak_mb:.0f} Mo.",
        "cafein, R5 et leurs pairs cherchent en avant, une fois par logement ; access92 à rebours, une fois par "
        "service : seul le temps de toute la matrice se compare. `python -m pytest -m cafein` compare les réponses.",
    ]
    return Section(title, rows, remarks)


def _prepare(options: Options) -> tuple[Timetable, Footpaths]:
    """The timetable and the walks of the shipped study."""
    table = real_timetable()
    study = read_study(STUDY)
    inputs = read_inputs(study, study.choose(None), cache_folder=options.folder / "transit", on_progress=silent)
    router = Router(
        streets=inputs.streets.table, streets_key="", water=None, demand=inputs.demand, demand_key="",
        mode=inputs.modes["walk"], cutoff_min=60.0, max_snap_m=study.analysis.max_snap_m, cache_folder=None,
        traffic=inputs.streets.traffic,
    )  # fmt: skip
    services = inputs.plan.services.geometry
    return table, build_footpaths(table, router, services, access_min=15, transfer_min=10, egress_min=15, direct_min=60)
