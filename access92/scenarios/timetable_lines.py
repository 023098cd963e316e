"""How often each line of a timetable runs, direction by direction: what a change of a headway begins with."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from access92.scenarios.timetable_names import ROUTE_TYPES, all_lines
from access92.scenarios.timetable_passages import LinePassages, LineSegments, line_passages, line_segments
from access92.sources.timetable import Timetable

_SECONDS = 60


def line_directions(
    timetable: Timetable, window_s: tuple[int, int], *, stops: np.ndarray | None = None
) -> pd.DataFrame:
    """One row per direction of each line: its passages at its busiest stop, as ``set_headway`` counts and moves them.

    ``window_s``: first second and end (excluded). ``stops``: positions; only lines that call at one of them.

    Columns: ``line``, ``line_type`` (of :data:`ROUTE_TYPES`, ``""`` = another), ``feed``, ``route_ids`` (``;`` between
    them), ``from_stop`` and ``to_stop`` (names, of the sequence of stops that most vehicles drive), ``busiest_stop``,
    ``day_passages``, ``first_s``, ``last_s``, ``window_passages``, ``median_headway_min`` and ``longest_headway_min``
    (between two passages of the window; NaN where there are fewer than two), ``is_assumed`` (a hypothesis of the
    demonstration). Vehicles that do not pass the busiest stop have a row of their own. Sorted by line, then as found.
    """
    trips, names = timetable.trips, timetable.stops["name"].astype(str).to_numpy()
    served = None if stops is None else np.isin(timetable.call_stop, stops)
    rows = []
    for routes in all_lines(timetable):
        of_line = trips["route_id"].isin(routes).to_numpy()
        if served is not None and not served[of_line[timetable.call_trip]].any():
            continue
        first = trips[of_line].iloc[0]
        segments = line_segments(timetable, of_line)
        for passages in line_passages(timetable, segments):
            begin, end = _usual_ends(timetable, segments, passages)
            inside = passages.at_s[(passages.at_s >= window_s[0]) & (passages.at_s < window_s[1])]
            gaps_min = np.diff(inside) / _SECONDS
            rows.append({
                "line": str(first["line"]), "line_type": line_type(int(first["route_type"])),
                "feed": str(first["feed"]), "route_ids": ";".join(routes),
                "from_stop": names[begin], "to_stop": names[end],
                "busiest_stop": names[passages.stop], "day_passages": len(passages.at_s),
                "first_s": int(passages.at_s[0]), "last_s": int(passages.at_s[-1]), "window_passages": len(inside),
                "median_headway_min": float(np.median(gaps_min)) if len(gaps_min) else np.nan,
                "longest_headway_min": float(gaps_min.max()) if len(gaps_min) else np.nan,
                "is_assumed": not timetable.assumed_routes.isdisjoint(routes),
            })  # fmt: skip
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.sort_values("line", key=lambda lines: lines.map(_reading_order), kind="stable", ignore_index=True)


_COLUMNS = [
    "line", "line_type", "feed", "route_ids", "from_stop", "to_stop", "busiest_stop", "day_passages", "first_s",
    "last_s", "window_passages", "median_headway_min", "longest_headway_min", "is_assumed",
]  # fmt: skip


def line_type(route_type: int) -> str:
    """The type of line of a GTFS route type, as changes write it; ``""`` for one that they do not know.

    >>> line_type(3), line_type(109), line_type(1300)
    ('bus', 'train', '')
    """
    return next((name for name, parts in ROUTE_TYPES.items() if any(route_type in part for part in parts)), "")


def _usual_ends(timetable: Timetable, segments: LineSegments, passages: LinePassages) -> tuple[int, int]:
    """The first and last stops (positions) of the sequence of stops that most of the passages drive."""
    (usual, _), *_ = Counter(passages.pattern).most_common(1)
    segment = passages.segment[passages.pattern.index(usual)]
    return int(timetable.call_stop[segments.bounds[segment][0]]), int(timetable.call_stop[segments.last[segment]])


def _reading_order(line: str) -> tuple[bool, int, str]:
    """Numbered lines by their number, then those of letters.

    >>> sorted(["RER C", "126", "42", "A"], key=_reading_order)
    ['42', '126', 'A', 'RER C']
    """
    return (not line.isdigit(), int(line) if line.isdigit() else 0, line)
