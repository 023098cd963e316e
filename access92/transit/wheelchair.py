"""What riders in a wheelchair may use: the stops and vehicles that are said to be accessible, or not said not to be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from access92.sources.timetable import WHEELCHAIR_UNKNOWN, WHEELCHAIR_YES, Timetable
from access92.transit.connections import Usability


@dataclass(frozen=True, slots=True)
class WheelchairShares:
    """Shares (0–1) of the stops and of the calls of vehicles whose accessibility is stated, and whose is unknown."""

    stops_yes: float
    stops_unknown: float
    calls_yes: float
    calls_unknown: float


def wheelchair_usability(timetable: Timetable, *, unknown: bool) -> Usability:
    """The stops and trips that riders in a wheelchair may use: those said to be accessible.

    ``unknown``: those of which nothing is said, too. Most timetables say nothing of most stops, so that either answer
    is a hypothesis: :func:`wheelchair_shares` tells its weight.
    """
    allowed = [WHEELCHAIR_YES, WHEELCHAIR_UNKNOWN] if unknown else [WHEELCHAIR_YES]
    return Usability(
        stops=np.isin(timetable.stops["wheelchair"].to_numpy(), allowed),
        trips=np.isin(timetable.trips["wheelchair"].to_numpy(), allowed),
    )


def wheelchair_shares(timetable: Timetable) -> WheelchairShares:
    """How much of a timetable states its accessibility; 0 throughout for one without stops."""
    stops = timetable.stops["wheelchair"].to_numpy()
    calls = timetable.trips["wheelchair"].to_numpy()[timetable.call_trip]
    return WheelchairShares(
        stops_yes=_share(stops, WHEELCHAIR_YES),
        stops_unknown=_share(stops, WHEELCHAIR_UNKNOWN),
        calls_yes=_share(calls, WHEELCHAIR_YES),
        calls_unknown=_share(calls, WHEELCHAIR_UNKNOWN),
    )


def _share(values: np.ndarray, value: int) -> float:
    return float((values == value).mean()) if len(values) else 0.0
