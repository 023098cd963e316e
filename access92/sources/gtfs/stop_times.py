"""``stop_times.txt``, streamed: only the calls of the day's trips stay, as whole numbers.

A batch of text is filtered before anything else is looked at, and each text that repeats (a time, a stop) is decoded
once: the cost of a feed is that of inflating it, whatever it holds of other days.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from access92.sources.gtfs.feed import Feed, row_error, stream_table
from access92.sources.gtfs.tally import Tally
from access92.sources.gtfs.values import BAD_VALUE, NO_TIME, time_seconds, whole_number

_REQUIRED = ("trip_id", "stop_sequence")
_OPTIONAL = (
    "stop_id", "arrival_time", "departure_time", "pickup_type", "drop_off_type", "shape_dist_traveled",
    "start_pickup_drop_off_window", "location_id", "location_group_id",
)  # fmt: skip
_FLEXIBLE = ("start_pickup_drop_off_window", "location_id", "location_group_id")
REGULAR, NEVER, BY_PHONE, BY_DRIVER = range(4)
_NO_STOP, _UNKNOWN_STOP = -2, -1


@dataclass(frozen=True, slots=True, eq=False)
class Calls:
    """Calls of trips, (n,) each, sorted by trip, then in the order of travel.

    ``trip``, ``stop``: positions; ``arrival_s``, ``departure_s``: of the service day, NO_TIME where the table leaves
    them empty; ``pickup``, ``drop_off``: GTFS's 0 to 3; ``distance``: ``shape_dist_traveled``, NaN where it is empty.
    """

    trip: np.ndarray
    sequence: np.ndarray
    stop: np.ndarray
    arrival_s: np.ndarray
    departure_s: np.ndarray
    pickup: np.ndarray
    drop_off: np.ndarray
    distance: np.ndarray

    def __len__(self) -> int:
        return len(self.trip)

    def take(self, kept: np.ndarray) -> Calls:
        """The calls at these positions, or where the mask holds."""
        return Calls(*(getattr(self, field.name)[kept] for field in fields(self)))

    def starts(self) -> np.ndarray:
        """Positions of the first call of each trip, and the number of calls at the end."""
        if not len(self):
            return np.zeros(1, dtype=np.int64)
        return np.concatenate([[0], np.flatnonzero(np.diff(self.trip)) + 1, [len(self)]])


class _Decoder:
    """Texts of a column to numbers, each text once in a whole file."""

    def __init__(self, read: Callable[[str], int]) -> None:
        self._read = read
        self._known: dict[str, int] = {}

    def __call__(self, column: pa.Array) -> np.ndarray:
        encoded = column.dictionary_encode()
        numbers = np.empty(len(encoded.dictionary), dtype=np.int32)
        for at, text in enumerate(encoded.dictionary.to_pylist()):
            number = self._known.get(text)
            if number is None:
                number = self._known[text] = self._read(text)
            numbers[at] = number
        decoded: np.ndarray = numbers[encoded.indices.to_numpy(zero_copy_only=False)]
        return decoded


def read_calls(feed: Feed, tally: Tally, *, trip_ids: pd.Index, all_trip_ids: pa.Array, stop_ids: pd.Index) -> Calls:
    """The calls of the trips ``trip_ids`` at known stops, in the order of travel.

    Raises
    ------
    InputError
        Missing table or column; a time, sequence or type of a call that is none, by its line.
    """
    # by dictionaries: an index would take up all its texts again for each of thousands of batches
    stop_at = {text: at for at, text in enumerate(stop_ids)} | {"": _NO_STOP}
    trip_at = {text: at for at, text in enumerate(trip_ids)}
    decode = {
        "stop_id": _Decoder(lambda text: stop_at.get(text.strip(), _UNKNOWN_STOP)),
        "stop_sequence": _Decoder(whole_number),
        "arrival_time": (clock := _Decoder(time_seconds)),
        "departure_time": clock,
        "pickup_type": (kind := _Decoder(_kind)),
        "drop_off_type": kind,
    }
    parts: list[dict[str, np.ndarray]] = []
    others: list[pa.Array] = []
    n_flexible, n_nameless, row = 0, 0, 0
    for batch in stream_table(feed, "stop_times.txt", required=_REQUIRED, optional=_OPTIONAL):
        encoded = batch.column("trip_id").dictionary_encode()
        texts = pc.utf8_trim_whitespace(encoded.dictionary)
        at = np.array([trip_at.get(text, -1) for text in texts.to_pylist()], dtype=np.int32)
        others.append(texts.filter(pa.array(at < 0)))
        n_nameless += _nameless(batch, texts)
        trip = at[encoded.indices.to_numpy(zero_copy_only=False)]
        kept = np.flatnonzero(trip >= 0)
        rows, row = row + kept, row + len(batch)
        if not len(kept):
            continue
        few = batch.take(pa.array(kept)) if len(kept) < len(batch) else batch
        part = {"trip": trip[kept]}
        for name, decoder in decode.items():
            has_it = name in few.schema.names
            absent = REGULAR if decoder is kind else NO_TIME
            part[name] = decoder(few.column(name)) if has_it else np.full(len(kept), absent, dtype=np.int32)
        _check_values(feed, part, few, rows)
        flexible = _flexible(few, part["stop_id"])
        n_flexible += int(flexible.sum())
        part["distance"] = _distances(few)
        parts.append({name: values[~flexible] for name, values in part.items()})

    _count_strangers(others, all_trip_ids, tally)
    tally.add("gtfs_nameless_call", n_nameless, row)
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]} if parts else {}
    calls = _calls(columns)
    tally.add("gtfs_flexible", n_flexible, n_flexible + len(calls))
    unknown = calls.stop == _UNKNOWN_STOP
    tally.add("gtfs_unknown_stop", unknown.sum(), len(calls), trip_ids[np.unique(calls.trip[unknown])])
    return _in_order(calls.take(~unknown) if unknown.any() else calls)


def _kind(text: str) -> int:
    """0 to 3 of a pickup or drop-off type; empty is regular."""
    number = whole_number(text)
    if number == NO_TIME:
        return REGULAR
    return number if number <= BY_DRIVER else BAD_VALUE


_MEANINGS = {
    "stop_sequence": ("un nombre entier", "Numéroter les arrêts de la course : 0, 1, 2…"),
    "arrival_time": ("une heure", "L'écrire HH:MM:SS."),
    "departure_time": ("une heure", "L'écrire HH:MM:SS."),
    "pickup_type": ("un type de 0 à 3", "Corriger la valeur."),
    "drop_off_type": ("un type de 0 à 3", "Corriger la valeur."),
}


def _check_values(feed: Feed, part: dict[str, np.ndarray], batch: pa.RecordBatch, rows: np.ndarray) -> None:
    """Refuse the first text of the batch that is no value of its column."""
    for name, (meaning, fix) in _MEANINGS.items():
        bad = part[name] == BAD_VALUE
        if name == "stop_sequence":
            bad |= part[name] == NO_TIME
        if bad.any():
            at = int(np.argmax(bad))
            text = batch.column(name)[at].as_py()
            raise row_error(feed, "stop_times.txt", rows[at], f"{name} = « {text} » n'est pas {meaning}.", fix)


def _flexible(batch: pa.RecordBatch, stop: np.ndarray) -> np.ndarray:
    """Rows of vehicles on demand (GTFS-Flex), and all others without a stop."""
    flexible: np.ndarray = stop == (_NO_STOP if "stop_id" in batch.schema.names else NO_TIME)
    for name in _FLEXIBLE:
        if name in batch.schema.names:
            flexible |= pc.not_equal(pc.utf8_trim_whitespace(batch.column(name)), "").to_numpy(zero_copy_only=False)
    return flexible


def _distances(batch: pa.RecordBatch) -> np.ndarray:
    """``shape_dist_traveled`` as numbers, NaN where there is none."""
    if "shape_dist_traveled" not in batch.schema.names:
        return np.full(len(batch), np.nan)
    texts = batch.column("shape_dist_traveled")
    if pc.max(pc.utf8_length(texts)).as_py() == 0:
        return np.full(len(batch), np.nan)
    return np.asarray(pd.to_numeric(pd.Series(texts.to_pylist()), errors="coerce"), dtype=np.float64)


def _nameless(batch: pa.RecordBatch, trip_texts: pa.Array) -> int:
    """Rows that say anything but whose trip they are of."""
    if not pc.any(pc.equal(trip_texts, "")).as_py():
        return 0
    nameless = batch.filter(pc.equal(pc.utf8_trim_whitespace(batch.column("trip_id")), ""))
    return int(pc.sum(pc.not_equal(nameless.column("stop_sequence"), "")).as_py() or 0)


def _count_strangers(others: list[pa.Array], all_trip_ids: pa.Array, tally: Tally) -> None:
    """Calls of trips that trips.txt does not have: named by trip, and left out with all the other days."""
    texts = pc.unique(pa.chunked_array(others, pa.string()))
    strangers = texts.filter(pc.invert(pc.is_in(texts, value_set=all_trip_ids)))
    strangers = strangers.filter(pc.not_equal(strangers, ""))
    tally.add("gtfs_unknown_trip", len(strangers), len(all_trip_ids) + len(strangers), strangers.to_pylist())


def _calls(columns: dict[str, np.ndarray]) -> Calls:
    def column(name: str, dtype: Any = np.int32) -> np.ndarray:  # noqa: ANN401 - a dtype
        return columns[name].astype(dtype, copy=False) if columns else np.empty(0, dtype=dtype)

    return Calls(
        trip=column("trip"), sequence=column("stop_sequence"), stop=column("stop_id"),
        arrival_s=column("arrival_time"), departure_s=column("departure_time"),
        pickup=column("pickup_type", np.int8), drop_off=column("drop_off_type", np.int8),
        distance=column("distance", np.float64),
    )  # fmt: skip


def _in_order(calls: Calls) -> Calls:
    """The calls by trip and sequence; most files are in order already within each trip."""
    key = calls.trip.astype(np.int64) << 32 | calls.sequence
    return calls if np.all(key[1:] >= key[:-1]) else calls.take(np.argsort(key, kind="stable"))
