"""The timetable of one service day: what vehicles call where and when, in arrays that a search reads as they are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd

NO_RUN = -1
"""A transfer rule that holds for all vehicles."""

TRANSFER_RECOMMENDED, TRANSFER_TIMED, TRANSFER_MINIMUM, TRANSFER_FORBIDDEN = range(4)
"""What a transfer rule says, as in ``transfers.txt``: allowed, the vehicle waits, a least time, impossible."""

WHEELCHAIR_UNKNOWN, WHEELCHAIR_YES, WHEELCHAIR_NO = range(3)
"""As GTFS codes it; a platform inherits from its station."""


@dataclass(frozen=True, slots=True)
class TimetableNotice:
    """What a reader left out or repaired: counted, and named by a few examples, never silent."""

    code: str  # « gtfs_negative_dwell », a key of the notices' texts
    count: int
    total: int
    examples: tuple[str, ...] = ()
    feed: str = ""  # its name; "" = of all feeds


@dataclass(frozen=True, slots=True, eq=False)
class Timetable:
    """All calls of one service day, yesterday's vehicles after midnight included; times in whole seconds.

    Second 0 is noon − 12 h of ``day`` in ``timezone`` (midnight, but on the days on which clocks change); calls run
    from negative seconds (yesterday's trips, or a clock change) to beyond 86,400.

    ``stops``: one row per stop used; RangeIndex is the position used in the arrays. Columns: ``stop_id`` (prefixed
    by its feed: ``"ratp:4:1234"``), ``name``, ``parent`` (stop_id of the station, ``""`` = none), ``wheelchair``
    (int8), ``feed``; geometry Point, WGS 84.

    ``trips``: RangeIndex is the position. Columns: ``trip_id`` (prefixed), ``line`` (the name riders know),
    ``headsign``, ``route_id`` (prefixed), ``route_type`` (int16, GTFS's), ``wheelchair`` (int8), ``feed``.

    Calls, each (n_calls,), sorted by vehicle run, then in the order of travel: ``call_run`` (int32: number of the
    vehicle run: trips that one vehicle does one after the other with riders aboard are one run), ``call_trip``
    (int32, position in ``trips``), ``call_stop`` (int32, position in ``stops``), ``arrival_s`` and ``departure_s``
    (int32, arrival ≤ departure ≤ the next arrival), ``may_board``, ``may_alight`` (bool). Of two calls at the stop
    where one trip of a run ends and its next begins, the reader makes one.

    ``transfers``: rules between stops, stations already expanded to their platforms. Columns: ``from_stop``,
    ``to_stop`` (positions), ``from_run``, ``to_run`` (:data:`NO_RUN` = any), ``kind`` (int8), ``min_transfer_s``
    (int32, 0 = none). The walk of a rule is the larger of the street's and ``min_transfer_s``; a rule for given
    runs wins over one for any. Rules from a stop to itself hold for changes there.

    ``assumed_routes``: the route_ids of lines whose departures are a hypothesis, which nobody published.
    """

    day: dt.date
    timezone: str
    stops: gpd.GeoDataFrame
    trips: pd.DataFrame
    call_run: np.ndarray
    call_trip: np.ndarray
    call_stop: np.ndarray
    arrival_s: np.ndarray
    departure_s: np.ndarray
    may_board: np.ndarray
    may_alight: np.ndarray
    transfers: pd.DataFrame
    attribution: str = ""
    notices: Sequence[TimetableNotice] = ()
    assumed_routes: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.call_run)

    @property
    def n_runs(self) -> int:
        """How many vehicle runs the day has."""
        return int(self.call_run[-1]) + 1 if len(self) else 0
