"""What differs in the columns that are no figure of a compared table, and in every other table of two runs.

Nothing is left out by a list: whatever table or column a run writes, a cell of it that differs is listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from access92.audit.compare import stages
from access92.audit.compare.service_differences import compared_fields
from access92.audit.compared_tables import FIGURES, KEYS, SERVICES
from access92.audit.faults import unreadable_table
from access92.audit.finished import file_hashes
from access92.audit.values import ColumnDifference, FinishedRun, InputDifference, cell_text
from access92.errors import InputError
from access92.outputs.words.data_dictionary import table_words

TABLES = (".csv", ".parquet")
"""How the names of files end that are compared cell by cell; another file that differs is named."""

_ORIGIN = "streets_origin"
_EXPLAINED_ROWS = 500
"""Differing rows of a column whose causes are looked for; the others have the same, or are said to."""

Explain = Callable[[str, Mapping[str, str], str], tuple[str, ...]]


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """A table of both runs, the rows in the same order, and how many rows only one of them has."""

    before: pd.DataFrame
    after: pd.DataFrame
    keys: Sequence[str]
    rows_of_one: int


def column_differences(
    a: FinishedRun, b: FinishedRun, explain: Explain, inputs: Sequence[InputDifference]
) -> Iterator[ColumnDifference]:
    """The columns that differ, table after table, those left out that are listed figure by figure.

    ``explain``: of a compared table, the row and the column, the inputs that can explain it.
    """
    # equal bytes need no reading
    hashes = [file_hashes(run.manifest) for run in (a, b)]
    everything = tuple(item.key for item in inputs)
    words = tuple(item.key for item in inputs if item.stage == stages.NOTHING)
    for name in sorted(hashes[0].keys() & hashes[1].keys()):
        if hashes[0][name] == hashes[1][name] or not name.endswith(TABLES):
            continue
        before, after = (_read(run, name) for run in (a, b))
        compared = (
            {*KEYS[name], *FIGURES[name]} if name in KEYS else compared_fields(before) if name == SERVICES else set()
        )
        # rows are matched by key, so that a row more or less does not shift all the others
        pair = _paired(name, before, after)
        if pair.rows_of_one and name not in KEYS and name != SERVICES:
            yield ColumnDifference(name, "", pair.rows_of_one, {}, "", "", everything, is_number=True)
        for column in dict.fromkeys([*before.columns, *after.columns]):
            if column in compared:
                continue
            if column not in before.columns or column not in after.columns:
                there, missing = ("présente", "absente") if column in before.columns else ("absente", "présente")
                yield ColumnDifference(name, column, len(pair.before), {}, there, missing, everything, is_number=True)
                continue
            # the first rows that differ stand for the column: a cause for each cell would cost minutes
            one, other = pair.before[column], pair.after[column]
            rows = np.flatnonzero(_unequal(one, other))
            if not len(rows):
                continue
            keys = [
                {key: str(value) for key, value in zip(pair.keys, values, strict=True)}
                for values in pair.before[list(pair.keys)].iloc[rows[:_EXPLAINED_ROWS]].to_numpy(dtype=object)
            ]
            is_number = _are_numbers(one.iloc[rows]) and _are_numbers(other.iloc[rows])
            # a number is explained as the figures are; a word may also come from a label of the study
            causes = everything
            if name in KEYS:
                causes = tuple(dict.fromkeys(cause for key in keys for cause in explain(name, key, column)))
                causes = causes if is_number else tuple(dict.fromkeys((*causes, *words)))
            yield ColumnDifference(
                name, column, len(rows), keys[0], cell_text(one.iloc[rows[0]]), cell_text(other.iloc[rows[0]]),
                causes, is_number=is_number,
            )  # fmt: skip


def _read(run: FinishedRun, name: str) -> pd.DataFrame:
    """A table as text, but for the numbers of a Parquet file; the origin of streets as the manifest has it, or not."""
    path = run.files[name]
    separator = ";" if path.stem.endswith("_fr") else ","
    try:
        if name.endswith(".parquet"):
            return cast("pd.DataFrame", pq.read_table(path).to_pandas())
        table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pa.ArrowException, OSError, ValueError, TypeError) as error:  # also those of pandas and UnicodeDecodeError
        raise InputError(unreadable_table(path, error)) from error
    if _ORIGIN in table.columns:  # what the manifests say of the streets is among the inputs
        as_said = table[_ORIGIN] == run.manifest["streets"].get(_ORIGIN)
        table[_ORIGIN] = table[_ORIGIN].where(~as_said, "")
    return table


def _paired(name: str, a: pd.DataFrame, b: pd.DataFrame) -> _Pair:
    """The rows of both with the same key, in the order of the first.

    Without such a key, rows are matched by their place where both tables have as many; else none is (a row more would
    shift all that follow), and those that only one table has are counted.
    """
    keys = [key for key in KEYS.get(name, table_words(name).key) if key in a.columns and key in b.columns]
    if keys and not a.duplicated(keys).any() and not b.duplicated(keys).any():
        places = a[keys].astype(str).assign(at_a=np.arange(len(a))).merge(
            b[keys].astype(str).assign(at_b=np.arange(len(b))), on=keys, how="inner", sort=False
        )  # fmt: skip
        rows_of_one = len(a) + len(b) - 2 * len(places)
        return _Pair(a.iloc[places["at_a"].to_numpy()], b.iloc[places["at_b"].to_numpy()], keys, rows_of_one)
    if len(a) == len(b):
        return _Pair(a, b, (), 0)
    columns = [column for column in a.columns if column in b.columns]
    counts = [Counter(table[columns].astype(str).itertuples(index=False, name=None)) for table in (a, b)]
    return _Pair(a.iloc[:0], b.iloc[:0], (), (counts[0] - counts[1]).total() + (counts[1] - counts[0]).total())


def _unequal(a: pd.Series, b: pd.Series) -> np.ndarray:
    """Where two columns differ: as numbers where both are (« 250 » is « 250.0 »), else as text; empty is empty."""
    one, other = (column.astype(object).to_numpy() for column in (a, b))
    nothing = pd.isna(one) & pd.isna(other)
    differ = np.asarray((one != other) & ~nothing, dtype=bool)
    if differ.any():
        numbers = [_numbers(values[differ]) for values in (one, other)]
        differ[differ] = numbers[0] != numbers[1]  # what is no number is NaN, which differs from all
    return differ


def _numbers(values: np.ndarray) -> np.ndarray:
    return pd.to_numeric(pd.Series(values, dtype=object), errors="coerce").to_numpy(dtype=float)


def _are_numbers(values: pd.Series) -> bool:
    plain = values.astype(object).to_numpy()
    filled = plain[~pd.isna(plain) & (plain != "")]
    return not np.isnan(_numbers(filled)).any()
