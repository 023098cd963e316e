"""``frequencies.txt``: trips that run every so many minutes, expanded into journeys without any chance."""

from __future__ import annotations

import zlib

import numpy as np
import pandas as pd

from access92.sources.gtfs.feed import Feed, read_table, row_error
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.values import times, whole_numbers

GOLDEN_SHARE = (5**0.5 - 1) / 2

_COLUMNS = ("trip_id", "start_time", "end_time", "headway_secs")


def read_frequencies(feed: Feed, tally: Tally, trip_ids: pd.Index) -> pd.DataFrame:
    """The windows of the day's frequency trips: trip (position), start_s, end_s, headway_s, exact (bool).

    Windows of one trip are in order and disjoint: one that overlaps begins where the one before it ends, counted.

    Raises
    ------
    InputError
        A bad time, a headway that is no number of seconds over zero, a window that ends before it begins.
    """
    if not feed.has("frequencies.txt"):
        return pd.DataFrame(
            {name: np.empty(0, np.int64) for name in ("trip", "start_s", "end_s", "headway_s", "exact")}
        )
    table = read_table(feed, "frequencies.txt", required=_COLUMNS, optional=["exact_times"])
    start_s, end_s = (times(feed, "frequencies.txt", table[name]) for name in ("start_time", "end_time"))
    headway_s = whole_numbers(feed, "frequencies.txt", table["headway_secs"])
    exact = whole_numbers(feed, "frequencies.txt", table["exact_times"], default=0, among=range(2))
    for bad, what, fix in (
        (headway_s == 0, "L'intervalle (headway_secs) est nul.", "Donner un nombre de secondes positif."),
        (end_s <= start_s, "La fin (end_time) ne suit pas le début (start_time).", "Corriger les heures."),
    ):
        if bad.any():
            raise row_error(feed, "frequencies.txt", table.index[int(np.argmax(bad))], what, fix)

    windows = pd.DataFrame(
        {
            "trip": trip_ids.get_indexer(pd.Index(table["trip_id"])), "start_s": start_s, "end_s": end_s,
            "headway_s": headway_s, "exact": exact == 1,
        }
    )  # fmt: skip
    windows = windows[windows["trip"] >= 0].sort_values(["trip", "start_s", "end_s"], ignore_index=True)
    same = windows["trip"].to_numpy()[1:] == windows["trip"].to_numpy()[:-1]
    earlier_end = windows.groupby("trip")["end_s"].cummax().shift(fill_value=0).to_numpy()
    overlaps = np.concatenate([[False], same])[: len(windows)] & (windows["start_s"].to_numpy() < earlier_end)
    overlapping = trip_ids[np.unique(windows["trip"].to_numpy()[overlaps])]
    tally.add("gtfs_overlapping_frequencies", overlaps.sum(), len(windows), overlapping)
    windows.loc[overlaps, "start_s"] = earlier_end[overlaps]
    return windows[windows["start_s"] < windows["end_s"]].reset_index(drop=True)


def phase_share(trip_id: str, draw: int = 0) -> float:
    """Which share of a headway after the start of its window a trip first leaves, from its id alone.

    Successive draws lie a golden section of the headway apart: however many are taken, they spread evenly.

    References
    ----------
    Knuth, *The Art of Computer Programming*, vol. 3, § 6.4 (the golden section spreads best).

    Examples
    --------
    >>> round(phase_share("M13"), 3), round((phase_share("M13", 1) - phase_share("M13")) % 1, 3)
    (0.323, 0.618)
    """
    return float((zlib.crc32(trip_id.encode()) + draw) * GOLDEN_SHARE % 1.0)


def departures(windows: pd.DataFrame, trip_ids: pd.Index, *, draw: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Trip (position) and first departure (s) of each journey of the windows; a window's end is no departure.

    ``exact``: from the start on, every headway. Otherwise the first leaves a share of the headway later, which the
    trip's id decides (:func:`phase_share`): lines that share a corridor are not all at the start at once, and the
    same file gives the same day.
    """
    trips, starts = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for trip, start_s, end_s, headway_s, exact in windows.itertuples(index=False):
        first_s = start_s if exact else start_s + int(phase_share(str(trip_ids[trip]), draw) * headway_s)
        leaves = np.arange(first_s, end_s, headway_s, dtype=np.int64)
        trips.append(np.full(len(leaves), trip))
        starts.append(leaves)
    return np.concatenate(trips), np.concatenate(starts)
