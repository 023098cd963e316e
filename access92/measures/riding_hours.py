"""The person-hours of a scenario by a mode that rides: by its router and its riders, or from the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import numpy as np

from access92._clock import Period
from access92.cache.fingerprints import code_fingerprint
from access92.cache.store import read_sealed_arrays, write_sealed_arrays
from access92.measures.hours import ArrivalWindows
from access92.measures.ride_hours import RideHours, ride_hours
from access92.travel.cache import place_keys
from access92.travel.closed_times import closed_reach, street_times
from access92.travel.riding import RideDay, Rider
from access92.travel.router import Router
from access92.travel.time_limits import is_under

_SUMS = ("counted_s", "unknown_s", "week_person_s", "week_unknown_s")
_NOT_KNOWN = 2
"""What stands in the file for everybody at a moment that is not known; 1 and 0: there or not."""


@dataclass(frozen=True, slots=True, eq=False)
class RidingHours:
    """How a mode that rides counts hours in a scenario: its router, and the vehicles of each day of the calendar."""

    router: Router
    days: Sequence[RideDay]

    def count(
        self,
        places: gpd.GeoSeries,
        windows: ArrivalWindows,
        population: np.ndarray,
        *,
        period: Period,
        threshold_min: float,
        moments: Sequence[datetime] = (),
    ) -> RideHours:
        """The hours of services (``places``, by row of the windows): :func:`access92.measures.ride_hours.ride_hours`.

        Nobody has an hour by a street that is closed which he would not have with nothing closed.
        """
        router = self.router

        def reach(rider: Rider, rows: np.ndarray, window_s: tuple[int, int]) -> Iterator[np.ndarray]:
            return closed_reach(router, rider, places.iloc[rows], window_s=window_s, under_min=threshold_min)

        file = self._file(places, windows, population, f"{period}|{period.zone.key}|{threshold_min}|{list(moments)}")
        hours = None if file is None else _read(file)
        if hours is None:
            walked = street_times(router, places, router.snap(places), cutoff_min=threshold_min)
            hours = ride_hours(
                self.days, windows, population, on_foot=is_under(walked, threshold_min), reach=reach,
                period=period, threshold_min=threshold_min, moments=moments,
            )  # fmt: skip
            if file is not None:
                _write(file, hours)
        return hours

    def _file(self, places: gpd.GeoSeries, windows: ArrivalWindows, population: np.ndarray, asked: str) -> Path | None:
        """The file of these hours, under all that goes into them; None without a cache."""
        folder = self.router.cache_folder
        if folder is None:
            return None
        digest = hashlib.sha256(f"{code_fingerprint(__name__)}|{self.router.key}|{asked}".encode())
        for day in self.days:
            rides = "" if day.rider is None else day.rider.key(self.router.mode)
            digest.update(f"{day.day}|{day.known_s}|{rides}".encode())
        digest.update("".join(place_keys(places)).encode())
        for array in (windows.row, windows.start_s, windows.end_s, population):
            digest.update(f"{array.dtype}{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
        return folder / f"hours-{digest.hexdigest()}.arrays"


def _read(file: Path) -> RideHours | None:
    arrays = read_sealed_arrays(file)
    if arrays is None:
        return None
    moments = [None if (there == _NOT_KNOWN).all() else there.astype(bool) for there in arrays["moments"]]
    counted_s, unknown_s, week_person_s, week_unknown_s = (arrays[name] for name in _SUMS)
    return RideHours(counted_s, unknown_s, week_person_s, week_unknown_s, tuple(moments))


def _write(file: Path, hours: RideHours) -> None:
    count = len(hours.counted_s)
    moments = np.full((len(hours.moments), count), _NOT_KNOWN, dtype=np.uint8)
    for row, there in enumerate(hours.moments):
        if there is not None:
            moments[row] = there
    write_sealed_arrays(file, moments=moments, **{name: getattr(hours, name) for name in _SUMS})
