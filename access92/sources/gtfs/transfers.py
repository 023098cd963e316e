"""``transfers.txt``: rules between stops, stations expanded to their platforms; rules for riders who stay seated."""

from __future__ import annotations

import numpy as np
import pandas as pd

from access92.sources.gtfs.feed import Feed, read_table
from access92.sources.gtfs.stops import Stops
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.values import NO_TIME, whole_numbers
from access92.sources.timetable import NO_RUN, TRANSFER_FORBIDDEN, TRANSFER_MINIMUM

_IN_SEAT, _IN_SEAT_FORBIDDEN = 4, 5
_ENDS = ("from_stop_id", "to_stop_id", "from_trip_id", "to_trip_id", "from_route_id", "to_route_id")
_KEY = ["from_stop", "to_stop", "from_run", "to_run"]

TRANSFER_COLUMNS = (*_KEY, "kind", "min_transfer_s")


def read_transfers(feed: Feed, tally: Tally, *, stops: Stops, trip_ids: pd.Index) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rules of walks, and the rules of types 4 and 5 (``from_trip``, ``to_trip``, ``stays``).

    Walks: ``from_stop``, ``to_stop``, ``from_trip``, ``to_trip`` (positions, -1 = none), ``from_route``, ``to_route``
    (ids, "" = any), ``kind``, ``min_transfer_s``. Rules for trips of other days are left out.

    Raises
    ------
    InputError
        A type or a time that is none, by its line.
    """
    table = pd.DataFrame(columns=[*_ENDS, "transfer_type", "min_transfer_time"], dtype=object)
    if feed.has("transfers.txt"):
        table = read_table(feed, "transfers.txt", optional=[*_ENDS, "transfer_type", "min_transfer_time"])
    among = range(_IN_SEAT_FORBIDDEN + 1)
    kind = whole_numbers(feed, "transfers.txt", table["transfer_type"], default=0, among=among)
    least_s = whole_numbers(feed, "transfers.txt", table["min_transfer_time"], default=NO_TIME)
    tally.add("gtfs_transfer_without_time", ((kind == TRANSFER_MINIMUM) & (least_s == NO_TIME)).sum(), len(table))

    rules = pd.DataFrame(
        {"kind": kind, "min_transfer_s": np.where(kind == TRANSFER_MINIMUM, np.maximum(least_s, 0), 0)}
    )
    other_day = np.zeros(len(table), dtype=bool)
    unknown = np.zeros(len(table), dtype=bool)
    stays_seated = kind >= _IN_SEAT
    for end in ("from", "to"):
        rules[f"{end}_stop"] = stops.ids.get_indexer(pd.Index(table[f"{end}_stop_id"].to_numpy(dtype=object)))
        named = table[f"{end}_trip_id"].to_numpy(dtype=object)
        rules[f"{end}_trip"] = trip_ids.get_indexer(pd.Index(named))
        other_day |= (named != "") & (rules[f"{end}_trip"] < 0).to_numpy()
        rules[f"{end}_route"] = np.where(named == "", table[f"{end}_route_id"].to_numpy(dtype=object), "")
        unknown |= (rules[f"{end}_stop"] < 0).to_numpy() & ~stays_seated
        unknown |= (named == "") & stays_seated
    names = (table["from_stop_id"] + " → " + table["to_stop_id"])[unknown]
    tally.add("gtfs_unknown_transfer_end", unknown.sum(), len(table), names)

    good = ~unknown & ~other_day
    seated = rules[good & stays_seated][["from_trip", "to_trip", "kind"]]
    in_seat = pd.DataFrame(
        {"from_trip": seated["from_trip"], "to_trip": seated["to_trip"], "stays": seated["kind"] == _IN_SEAT}
    )
    return rules[good & ~stays_seated].reset_index(drop=True), in_seat.drop_duplicates(ignore_index=True)


def expanded_transfers(
    rules: pd.DataFrame, *, stops: Stops, used: np.ndarray, run_of: pd.DataFrame, calls: pd.DataFrame, tally: Tally
) -> pd.DataFrame:
    """The rules between used stops, one row per pair of stops and runs: :data:`TRANSFER_COLUMNS`.

    A rule of a station holds for each of its platforms, unless a rule names the pair itself. Of rules that name one
    pair twice, « forbidden » wins, then the longer time.

    Parameters
    ----------
    used
        Of each stop of the feed its position in the timetable, -1 where no vehicle calls.
    run_of
        ``trip`` (position in the feed), ``run``: one row per journey.
    calls
        ``stop`` (position in the timetable), ``route``, ``run``: for rules that name lines.
    """
    kinds = {"kind": np.int8} | dict.fromkeys([*_KEY, "min_transfer_s"], np.int32)
    if rules.empty:  # many feeds have none
        return pd.DataFrame(columns=list(TRANSFER_COLUMNS)).astype(kinds)
    is_used = np.flatnonzero(used >= 0)
    child = is_used[stops.parent[is_used] >= 0]
    members = pd.DataFrame(
        {
            "named": np.concatenate([is_used, stops.parent[child]]),
            "stop": np.concatenate([used[is_used], used[child]]),
            "explicit": np.concatenate([np.ones(len(is_used), np.int8), np.zeros(len(child), np.int8)]),
        }
    )
    wide = rules
    for end in ("from", "to"):
        ends = members.rename(columns={"named": f"{end}_stop", "stop": f"{end}_at", "explicit": f"{end}_explicit"})
        wide = wide.merge(ends, on=f"{end}_stop")
        wide = _with_runs(wide, end, run_of, calls)
    wide["explicit"] = wide["from_explicit"] + wide["to_explicit"]
    wide["forbidden"] = wide["kind"] == TRANSFER_FORBIDDEN
    wide = wide.drop(columns=["from_stop", "to_stop"]).rename(columns={"from_at": "from_stop", "to_at": "to_stop"})
    order = ["explicit", "forbidden", "min_transfer_s", "kind"]
    wide = wide.sort_values([*_KEY, *order], ascending=[True] * 4 + [False] * 4, ignore_index=True)
    again = wide.duplicated(_KEY)
    same_level = again & (wide["explicit"] == wide["explicit"].shift()) & (wide["explicit"] > 1)
    unlike = (wide["kind"] != wide["kind"].shift()) | (wide["min_transfer_s"] != wide["min_transfer_s"].shift())
    tally.add("gtfs_transfer_clash", (same_level & unlike).sum(), len(rules))
    return wide.loc[~again, list(TRANSFER_COLUMNS)].astype(kinds).reset_index(drop=True)


def _with_runs(wide: pd.DataFrame, end: str, run_of: pd.DataFrame, calls: pd.DataFrame) -> pd.DataFrame:
    """The rules with the runs of one end: those of its trip, those of its route that call there, or any."""
    has_trip, has_route = wide[f"{end}_trip"] >= 0, wide[f"{end}_route"] != ""
    run = f"{end}_run"
    parts = [wide[~has_trip & ~has_route].assign(**{run: NO_RUN})]
    if has_trip.any():
        parts.append(wide[has_trip].merge(run_of.rename(columns={"trip": f"{end}_trip", "run": run}), on=f"{end}_trip"))
    if has_route.any():
        concerned = calls[calls["route"].isin(wide[f"{end}_route"][has_route])].drop_duplicates()
        concerned = concerned.rename(columns={"stop": f"{end}_at", "route": f"{end}_route", "run": run})
        parts.append(wide[has_route].merge(concerned, on=[f"{end}_at", f"{end}_route"]))
    return pd.concat(parts, ignore_index=True)
