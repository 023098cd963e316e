"""The trips of a service day, with the routes that name their lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from access92.sources.gtfs.calendars import Calendar
from access92.sources.gtfs.feed import Feed, read_table, row_error, stream_table
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.values import check_unique, whole_numbers

_REQUIRED = ("route_id", "service_id", "trip_id")
_OPTIONAL = ("trip_headsign", "block_id", "wheelchair_accessible")
_BOARDS_ANYWHERE = ("0", "2", "3")
"""``continuous_pickup``: riders hail the vehicle between its stops."""


@dataclass(frozen=True, slots=True, eq=False)
class TripTable:
    """All trip ids of a feed, and those trips that run on the days read.

    ``all_ids``: an Arrow array; ``trips_of_service``: number of trips by service_id; ``trips``: sorted by trip_id,
    columns trip_id, route_id, service_id, headsign, block_id, line, route_type (int16), wheelchair (int8).
    """

    all_ids: pa.Array
    trips_of_service: pd.Series
    trips: pd.DataFrame
    n_lines: int


def read_services(feed: Feed) -> pd.Series:
    """The number of trips by service_id: what a calendar is counted with."""
    batches = stream_table(feed, "trips.txt", required=_REQUIRED)
    return _summed([_counted(_filled(batch).column("service_id")) for batch in batches])


def _filled(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch without its empty rows."""
    empty = pc.equal(batch.column(_REQUIRED[0]), "")
    for name in _REQUIRED[1:]:
        empty = pc.and_(empty, pc.equal(batch.column(name), ""))
    return batch.filter(pc.invert(empty))


def _summed(counts: list[tuple[list[str], np.ndarray]]) -> pd.Series:
    """The sums by text of several counts."""
    texts = pd.Index([text for part, _ in counts for text in part], dtype=object)
    of_text: pd.Series = pd.Series(np.concatenate([numbers for _, numbers in counts]), index=texts)
    return of_text.groupby(level=0).sum()


def _counted(column: pa.Array) -> tuple[list[str], np.ndarray]:
    """The trimmed texts of a column, and how many of each."""
    encoded = column.dictionary_encode()
    numbers = np.bincount(encoded.indices.to_numpy(zero_copy_only=False), minlength=len(encoded.dictionary))
    return [text.strip() for text in encoded.dictionary.to_pylist()], numbers


def read_trips(feed: Feed, tally: Tally, calendar: Calendar, active: pd.Index) -> TripTable:
    """The trips of the services ``active``, read batch by batch.

    Raises
    ------
    InputError
        Missing table or column, a trip_id empty or twice, a bad route.
    """
    routes, n_lines = _read_routes(feed)
    all_ids: list[pa.Array] = []
    parts: list[pd.DataFrame] = []
    counts: list[tuple[list[str], np.ndarray]] = []
    for batch in stream_table(feed, "trips.txt", required=_REQUIRED, optional=_OPTIONAL):
        batch = _filled(batch)  # noqa: PLW2901 - an empty row is no trip
        all_ids.append(pc.utf8_trim_whitespace(batch.column("trip_id")))
        services, numbers = _counted(batch.column("service_id"))
        counts.append((services, numbers))
        encoded = batch.column("service_id").dictionary_encode()
        runs = pd.Index(services).isin(active)[encoded.indices.to_numpy(zero_copy_only=False)]
        few = batch.filter(pa.array(runs))
        parts.append(_frame(few))
    ids = pa.chunked_array(all_ids, pa.string()).combine_chunks()
    _check_trip_ids(feed, ids)
    of_service = _summed(counts)
    known = of_service.index.isin(calendar.services)
    tally.add("gtfs_unknown_service", int(of_service[~known].sum()), len(ids), of_service.index[~known])

    trips = pd.concat(parts, ignore_index=True)
    trips = _with_routes(trips, routes, tally)
    trips = trips.sort_values("trip_id", ignore_index=True)
    return TripTable(ids, of_service, trips, n_lines)


def _frame(batch: pa.RecordBatch) -> pd.DataFrame:
    """Trips of a batch, trimmed, with all columns."""
    names = batch.schema.names
    columns = {
        name: pc.utf8_trim_whitespace(batch.column(name)).to_numpy(zero_copy_only=False)
        if name in names
        else np.full(len(batch), "", dtype=object)
        for name in (*_REQUIRED, *_OPTIONAL)
    }
    return pd.DataFrame(columns, dtype=object)


def _check_trip_ids(feed: Feed, ids: pa.Array) -> None:
    """Refuse trips that share an id, or have none (an empty row is no trip)."""
    filled = ids.filter(pc.not_equal(ids, ""))
    if pc.count_distinct(filled).as_py() == len(ids):
        return
    table = read_table(feed, "trips.txt", required=["trip_id"], optional=["route_id", "service_id"])
    check_unique(feed, "trips.txt", table["trip_id"])


def _is_route_type(kinds: np.ndarray) -> np.ndarray:
    """Which numbers are a type of route of GTFS, extended ones included."""
    return np.isin(kinds, [*range(8), 11, 12]) | ((kinds >= 100) & (kinds < 1800))  # noqa: PLR2004 - the ranges of the norm


def _read_routes(feed: Feed) -> tuple[pd.DataFrame, int]:
    """Routes by id: line, route_type; and how many lines they make."""
    optional = ("route_short_name", "route_long_name", "continuous_pickup", "continuous_drop_off")
    table = read_table(feed, "routes.txt", required=["route_id", "route_type"], optional=optional)
    check_unique(feed, "routes.txt", table["route_id"])
    kinds = whole_numbers(feed, "routes.txt", table["route_type"])
    wrong = ~_is_route_type(kinds)
    if wrong.any():
        row = table.index[int(np.argmax(wrong))]
        raise row_error(feed, "routes.txt", row, "route_type n'est pas un type de GTFS.", "Corriger la valeur.")
    line = table["route_short_name"].where(table["route_short_name"] != "", table["route_long_name"])
    line = line.where(line != "", table["route_id"])
    hailed = table[["continuous_pickup", "continuous_drop_off"]].isin(_BOARDS_ANYWHERE).any(axis=1)
    routes = pd.DataFrame({"line": line, "route_type": kinds.astype(np.int16), "hailed": hailed})
    routes.index = pd.Index(table["route_id"].to_numpy(dtype=object))
    return routes, int(line.nunique())


def _with_routes(trips: pd.DataFrame, routes: pd.DataFrame, tally: Tally) -> pd.DataFrame:
    """The trips with their lines; those of an unknown route are left out."""
    at = routes.index.get_indexer(pd.Index(trips["route_id"]))
    known = at >= 0
    tally.add("gtfs_unknown_route", (~known).sum(), len(trips), trips["trip_id"][~known])
    trips, at = trips[known], at[known]
    hailed = routes["hailed"].to_numpy()[at]
    tally.add("gtfs_continuous", hailed.sum(), len(trips), trips["trip_id"][hailed])
    wheelchair = trips["wheelchair_accessible"].map({"": 0, "0": 0, "1": 1, "2": 2})
    bad = wheelchair.isna()
    texts = [f"wheelchair_accessible = {text}" for text in trips["wheelchair_accessible"][bad]]
    tally.add("gtfs_unknown_value", bad.sum(), len(trips), texts)
    return pd.DataFrame(
        {
            "trip_id": trips["trip_id"], "route_id": trips["route_id"], "service_id": trips["service_id"],
            "headsign": trips["trip_headsign"], "block_id": trips["block_id"], "line": routes["line"].to_numpy()[at],
            "route_type": routes["route_type"].to_numpy()[at],
            "wheelchair": wheelchair.fillna(0).to_numpy(dtype=np.int8),
        }
    )  # fmt: skip
