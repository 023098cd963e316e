"""What differs in the tables of two runs: rows, rows of one run only, blocks of figures with the same causes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from access92.audit.compare import stages
from access92.audit.compare.cells import row_mode
from access92.audit.compared_tables import COMPARISON, FIGURES, KEYS, LEDGER, SUMMARY, TIMES
from access92.audit.values import Block, InputDifference, OnlyInOne, RowDifference, ValueDifference

_ROW = "row"
"""The dimension of rows that one run has and the other has not, though it has all that identifies them."""

Explain = Callable[[str, Mapping[str, str], str], tuple[str, ...]]
"""Of a table, the key of a row and a figure: the keys of the inputs that can explain it."""


@dataclass(slots=True)
class OneSidedRows:
    """The rows that only one run has, filled table after table.

    ``known``: by run, what its coverage names (dimension: values). ``counts``: rows by run, dimension, value and
    table. ``causes``: by run, dimension and value the inputs that can explain rows that lack for no whole dimension.
    """

    known: Mapping[str, Mapping[str, frozenset[str]]]
    counts: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    causes: dict[tuple[str, str, str], dict[str, None]] = field(default_factory=dict)


def compare_table(
    table: str,
    a: pd.DataFrame | None,
    b: pd.DataFrame | None,
    explain: Explain,
    one_sided: OneSidedRows,
    cutoffs_min: tuple[float, float],
) -> tuple[list[RowDifference], int]:
    """The rows that differ, largest first, and how many rows both runs have; the others are counted in ``one_sided``.

    >>> row = {"scenario": "s", "mode": "walk", "rule": "any", "public": "all", "area_id": "total"}
    >>> row |= {"median_min": 5.0, "p90_min": 9.0}
    >>> before, after = (pd.DataFrame([{**row, "population": people}]) for people in (80.0, 90.0))
    >>> (found,), both = compare_table(
    ...     "travel_time_summary.csv", before, after, lambda *_: ("cause",), OneSidedRows({}), (60.0, 60.0)
    ... )
    >>> found.changes[0].figure, found.changes[0].difference, both
    ('population', 10.0, 1)
    """
    # a table of one run only is compared with an empty one: all its rows are rows of one run
    keys, figures = list(KEYS[table]), list(FIGURES[table])
    empty = pd.DataFrame(
        {**{key: pd.Series(dtype=str) for key in keys}, **dict.fromkeys(figures, pd.Series(dtype=float))}
    )
    tables = [empty if item is None else item[[*keys, *figures]] for item in (a, b)]
    if tables[0].equals(tables[1]) and not tables[0].duplicated(keys).any():
        return [], len(tables[0])  # most tables, where one input differs
    both = tables[0].merge(tables[1], how="outer", on=keys, suffixes=("_a", "_b"), indicator="run", sort=False)
    # a row of one run is counted under the first dimension that the other run lacks as a whole, else explained
    for run, other_run, side, other in (("A", "B", "left_only", tables[1]), ("B", "A", "right_only", tables[0])):
        unmatched_rows = both.loc[both["run"] == side, keys].to_numpy(dtype=object)
        there = {name: frozenset(other[name]) for name in keys} | dict(one_sided.known.get(other_run, {}))
        for values in unmatched_rows:
            key = dict(zip(keys, map(str, values), strict=True))
            dimension, value = _lacking(key, there)
            one_sided.counts[run, dimension, value, table] += 1
            if dimension == _ROW:
                causes = one_sided.causes.setdefault((run, dimension, value), {})
                causes |= dict.fromkeys(cause for figure in figures for cause in explain(table, key, figure))
    # two empty values are equal; everything else is compared exactly, since the runs write rounded figures
    both = both[both["run"] == "both"]
    before, after = (both[[f"{name}_{side}" for name in figures]].to_numpy(dtype=float) for side in "ab")
    differ = ~((before == after) | (np.isnan(before) & np.isnan(after)))
    changed_rows = differ.any(axis=1)
    differences = []
    for values, old, new, changed in zip(
        both.loc[changed_rows, keys].to_numpy(dtype=object),
        before[changed_rows],
        after[changed_rows],
        differ[changed_rows],
        strict=True,
    ):
        key = dict(zip(keys, map(str, values), strict=True))
        differences.append(
            RowDifference(
                table,
                key,
                tuple(
                    ValueDifference(
                        figure,
                        _known(was),
                        _known(now),
                        explain(table, key, figure),
                    )
                    for figure, was, now, differs in zip(figures, old.tolist(), new.tolist(), changed, strict=True)
                    if differs
                ),
            )
        )
    # largest first; the key decides between equals, so that the order does not depend on the runs' own
    differences.sort(key=lambda item: (*(-size for size in _sizes(item, cutoffs_min)), *item.key.values()))
    return differences, len(both)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _sizes(row: RowDifference, cutoffs_min: tuple[float, float]) -> tuple[float, float, float]:
    """What gives a row its rank: its main figures, then the others. An empty time counts as the cut-off."""
    sizes = dict.fromkeys(FIGURES[row.table], 0.0)
    for item in row.changes:
        empty = cutoffs_min if item.figure in TIMES else (0.0, 0.0)
        before = empty[0] if item.before is None else item.before
        after = empty[1] if item.after is None else item.after
        sizes[item.figure] = abs(after - before)
    first, second, *rest = *sizes.values(), 0.0  # a table may have one figure
    if row.table in (SUMMARY, COMPARISON, LEDGER):  # two figures of one unit
        return max(first, second), first + second, rest[0]
    return first, second, max(rest, default=0.0)


def _lacking(row: Mapping[str, str], there: Mapping[str, frozenset[str]]) -> tuple[str, str]:
    """Which value of a row the other run does not have at all: the dimension and the value."""
    for dimension in (
        "scenario", "mode", "threshold_min", "area_id", "scenario_reference", "commitment", "moment", "public",
    ):  # fmt: skip
        if dimension in row and row[dimension] not in there[dimension]:
            return dimension, row[dimension]
    return ("rule", f"{row['scenario']} : {row['rule']}") if "rule" in row else (_ROW, row["scenario"])


def rows_of_one_run(one_sided: OneSidedRows, inputs: Sequence[InputDifference]) -> tuple[OnlyInOne, ...]:
    """The rows of one run only, by run, dimension and value; ``one_sided`` is as :func:`compare_table` filled it.

    >>> (only,) = rows_of_one_run(OneSidedRows({}, Counter({("B", "mode", "car", "coverage.csv"): 3})), [])
    >>> only.run, only.value, dict(only.rows), only.candidates
    ('B', 'car', {'coverage.csv': 3}, ())
    """
    rows: dict[tuple[str, str, str], dict[str, int]] = {}
    for (run, dimension, value, table), how_many in sorted(one_sided.counts.items()):
        rows.setdefault((run, dimension, value), {})[table] = how_many
    return tuple(
        OnlyInOne(
            run,
            dimension,
            value,
            tables,
            tuple(
                item.key
                for item in inputs
                if _makes_rows(item, dimension) or item.key in one_sided.causes.get((run, dimension, value), ())
            ),
        )
        for (run, dimension, value), tables in rows.items()
    )


def _makes_rows(item: InputDifference, dimension: str) -> bool:
    """Whether a changed input can make rows exist or not."""
    if item.stage == stages.ROWS:
        return item.dimension == dimension.removesuffix("_reference") or dimension in ("rule", _ROW)
    reaching = {
        "rule": (
            stages.SERVICES,
            stages.SCENARIO,
            stages.OTHER_RULES,
            stages.VISITS,
            stages.EVERYTHING,
            stages.SOFTWARE,
        ),
        "commitment": (stages.OTHER_RULES, stages.EVERYTHING, stages.SOFTWARE),
        "moment": (stages.HOURS, stages.VISITS, stages.EVERYTHING, stages.SOFTWARE),
        "mode": (stages.PUBLICS,),
        "public": (stages.PUBLICS, stages.PEOPLE, stages.EVERYTHING, stages.SOFTWARE),
        "area_id": (stages.PEOPLE, stages.STREETS, stages.EVERYTHING, stages.SOFTWARE),
    }
    return item.stage in reaching.get(dimension, ())


def gather_blocks(
    rows: Sequence[RowDifference], inputs: Sequence[InputDifference], commitments: Collection[str] = ()
) -> tuple[Block, ...]:
    """The differing figures, gathered by mode and causes: the unexplained first, then by size.

    >>> change = ValueDifference("population_covered", 10.0, 7.0, ())
    >>> (block,) = gather_blocks([RowDifference("coverage.csv", {"scenario": "s", "mode": "walk"}, (change,))], [])
    >>> block.mode, block.scenarios, dict(block.figures), block.largest_people
    ('walk', ('s',), {'population_covered': 1}, -3.0)
    """
    gathered: dict[tuple[str, tuple[str, ...]], list[tuple[RowDifference, ValueDifference]]] = {}
    for row in rows:
        for value in row.changes:
            gathered.setdefault((row_mode(row.table, row.key, commitments), value.candidates), []).append((row, value))
    causes = [item.key for item in inputs if item.stage not in (stages.NOTHING, stages.ROWS)]
    blocks = []
    for (mode, candidates), members in gathered.items():
        names = dict.fromkeys(" → ".join(scenario_names(row)) for row, _ in members)
        populations = [value for _, value in members if value.figure.startswith("population")]
        times = [value for _, value in members if value.figure in TIMES]
        blocks.append(
            Block(
                mode=mode,
                scenarios=tuple(sorted(names)),
                candidates=candidates,
                cleared=tuple(key for key in causes if key not in candidates),
                figures=dict(Counter(value.figure for _, value in members)),
                largest_people=_largest(populations),
                largest_min=_largest(times),
            )
        )
    blocks.sort(key=lambda item: (-abs(item.largest_people), -abs(item.largest_min), item.mode, item.candidates))
    return tuple(sorted(blocks, key=lambda item: bool(item.candidates)))


def scenario_names(row: RowDifference) -> list[str]:
    """The scenarios of a row, the one that it is compared with first.

    >>> scenario_names(RowDifference("comparison.csv", {"scenario_reference": "a", "scenario": "b"}, ()))
    ['a', 'b']
    """
    return [row.key[name] for name in ("scenario_reference", "scenario") if name in row.key]


def _largest(values: Sequence[ValueDifference]) -> float:
    """The difference that is farthest from zero, with its sign; 0 where none is known."""
    return max((item.difference or 0.0 for item in values), key=abs, default=0.0)
