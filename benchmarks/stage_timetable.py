"""Reading one day of a GTFS feed, and of one ten times as large: CPU time and peak memory, each in its own process."""

from __future__ import annotations

from pathlib import Path

from benchmarks.child import run_child
from benchmarks.large_feed import copy_trips
from benchmarks.measures import OURS, Options, Row, Section

FEED = Path(__file__).resolve().parents[2] / "shared" / "gtfs" / "ratp_bus92_gtfs_2017-12.zip"
DAY = "2018-01-16"
_COPIES = 10
_BARS = {1: (4.0, 450.0), _COPIES: (40.0, 2_048.0)}
"""By copies: CPU seconds and MB at most; ten times the rows may cost ten times the time."""


def measure(options: Options) -> Section:
    """The day of the bus feed, then of its copies (without --quick)."""
    if not FEED.exists():
        return Section("Horaires : lecture d'un GTFS", (), [f"{FEED.name} manque : rien n'est mesuré."])
    rows: list[Row] = []
    for copies in (1,) if options.quick else (1, _COPIES):
        file = FEED if copies == 1 else copy_trips(FEED, options.folder / f"{copies}.zip", copies)
        runs = [run_child("timetable", file=file, day=DAY) for _ in range(3 if copies == 1 else 1)]
        most_s, most_mb = _BARS[copies]
        least_s = min(run["seconds"] for run in runs)
        peak_mb = max(run["peak_mb"] for run in runs)
        calls, trips = (f"{runs[0][name]:,.0f}".replace(",", "\u202f") for name in ("rows", "trips"))
        label = f"un jour de bus, {calls} passages"
        note = f"{trips} courses, zip de {file.stat().st_size / 1e6:.0f} Mo"
        bars = (("temps CPU", least_s, "s", most_s, note), ("mémoire", peak_mb, "Mo", most_mb, "pic, imports compris"))
        rows += [
            Row(
                f"{label} : {what}", OURS, value, unit, value, repeats=len(runs), bar=f"≤ {most:g} {unit}",
                kept=value <= most, note=words,
            )
            for what, value, unit, most, words in bars
        ]  # fmt: skip
    remarks = [
        "Feed réel de la RATP ; le grand est le même, chaque course recopiée dix fois sous un autre identifiant."
    ]
    return Section("Horaires : lecture d'un GTFS", rows, remarks)
