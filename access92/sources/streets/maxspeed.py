"""The OSM tag ``maxspeed`` as a number of km/h."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import NDArray

KMH_PER_MPH = 1.609344
KMH_PER_KNOT = 1.852

_NUMBER = re.compile(r"^(\d+(?:\.\d+)?)\s*(km/?h|kmh|kph|mph|knots)?$")
_ZONE = re.compile(r"^(?:[a-z]{2}:(?:zone[:_]?)?|zone[:_]?)(\d+)$")  # « FR:30 », « FR:zone30 », « zone:20 »
_UNITS = {"mph": KMH_PER_MPH, "knots": KMH_PER_KNOT}
_WORDS = {
    # https://wiki.openstreetmap.org/wiki/Key:maxspeed and Speed_limits#France (read 2024): Code de la route
    # R413-2 and R413-3 (130, 80, 50 km/h), R110-2 (living streets, 20 km/h).
    "fr:motorway": 130.0,
    "fr:rural": 80.0,
    "fr:urban": 50.0,
    "fr:living_street": 20.0,
    "fr:walk": 6.0,
    "urban": 50.0,
    "walk": 6.0,
}
_FASTEST_KMH = 200.0


def parse_maxspeed_kmh(text: str) -> float:
    """The speed limit in km/h; NaN where the tag gives none (« none », « signals », absent, nonsense).

    Of several values (« 30;50 », by lane or by time) the lowest: a time is not to be flattered.

    Examples
    --------
    >>> [parse_maxspeed_kmh(text) for text in ("30", "50 km/h", "FR:urban", "FR:zone30", "walk", "30;50", "none")]
    [30.0, 50.0, 50.0, 30.0, 6.0, 30.0, nan]
    >>> round(parse_maxspeed_kmh("20 mph"), 2)
    32.19
    """
    speeds = [_one_speed_kmh(part.strip().lower()) for part in re.split(r"[;,|]", text)]
    known = [speed for speed in speeds if np.isfinite(speed)]
    return min(known, default=np.nan)


def _one_speed_kmh(text: str) -> float:
    if text in _WORDS:
        return _WORDS[text]
    match = _NUMBER.match(text) or _ZONE.match(text)
    if match is None:
        return np.nan
    unit = match[2] if match.re is _NUMBER else None
    speed = float(match[1]) * _UNITS.get(unit or "", 1.0)
    return speed if 0 < speed <= _FASTEST_KMH else np.nan


def maxspeed_kmh(tag: pd.Categorical[str]) -> NDArray[np.float64]:
    """The speed limit of each row in km/h, NaN where none is given; each spelling is read once.

    Examples
    --------
    >>> maxspeed_kmh(pd.Categorical(["30", "", "30"])).tolist()
    [30.0, nan, 30.0]
    """
    speeds = np.array([parse_maxspeed_kmh(text) for text in tag.categories], dtype=np.float64)
    of_rows: NDArray[np.float64] = speeds[tag.codes]
    return of_rows
