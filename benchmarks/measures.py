"""What is measured: contenders timed in turn, their answers compared, one row each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

OURS = "access92"


@dataclass(frozen=True, slots=True)
class Options:
    """How much to measure. ``folder`` is for what stages write and may throw away."""

    folder: Path
    quick: bool = False
    large: bool = False  # the files of Île-de-France size, made first
    osmnx: bool = False  # two minutes for one reading
    node_counts: tuple[int, ...] = (100_000, 1_500_000)
    repeats: int = 7


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of the table. ``median``, ``least`` and ``iqr`` are in ``unit``.

    ``ratio``: this contender ÷ ours (over 1: ours is faster); None for ours, and where it says nothing.
    ``difference``: of its answer from ours, in French. ``bar``: what the figure must keep; ``kept``: whether.
    """

    task: str
    who: str
    median: float
    unit: str = "ms"
    least: float = math.nan
    iqr: float = math.nan
    repeats: int = 1
    ratio: float | None = None
    difference: str = ""
    bar: str = ""
    kept: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What one stage gives: rows, then remarks and images under the table."""

    title: str
    rows: Sequence[Row]
    remarks: Sequence[str] = ()
    images: Mapping[str, Path] = field(default_factory=dict)  # French text → file


@dataclass(frozen=True, slots=True)
class Contender:
    """Somebody who can do a task.

    ``run`` gives the answer. ``difference`` tells in French how that answer differs from ours. ``scale``:
    for one that was given only a part of the work, what its time is multiplied by.
    """

    name: str
    run: Callable[[], Any]
    difference: Callable[[Any, Any], str] | None = None
    scale: float = 1.0
    repeats: int | None = None
    note: str = ""


def time_in_turn(contenders: Sequence[Contender], *, repeats: int) -> tuple[list[np.ndarray], list[Any]]:
    """Seconds of each repeat (scaled), contender by contender, and their first answers.

    One call each beforehand is not counted (it compiles, loads and warms up), unless a contender is to be
    called only once. Contenders take turns, so that a busy machine is busy for all of them.
    """
    wanted = [contender.repeats or repeats for contender in contenders]
    seconds: list[list[float]] = [[] for _ in contenders]
    answers: list[Any] = [None] * len(contenders)
    for turn in range(max(wanted) + 1):
        for number, contender in enumerate(contenders):
            single = wanted[number] == 1
            if turn > wanted[number] or (single and turn > 0):
                continue
            begin = time.perf_counter()
            answer = contender.run()
            elapsed = time.perf_counter() - begin
            if turn == 0:
                answers[number] = answer
            if turn > 0 or single:
                seconds[number].append(elapsed * contender.scale)
    return [np.array(values) for values in seconds], answers


def race(
    task: str,
    contenders: Sequence[Contender],
    *,
    repeats: int,
    unit: str = "ms",
    bars: Mapping[str, tuple[str, Callable[[Row, Row], bool]]] | None = None,
) -> list[Row]:
    """Rows of contenders for one task, ours first.

    ``bars``: by contender, the words of a bar and whether its row, beside ours, keeps it.

    >>> rows = race("add", [Contender(OURS, lambda: 1 + 1),
    ...                     Contender("sum", lambda: sum([1, 1]), lambda ours, its: f"{its - ours}")], repeats=3)
    >>> [(row.who, row.difference, row.repeats) for row in rows]
    [('access92', '', 3), ('sum', '0', 3)]
    """
    seconds, answers = time_in_turn(contenders, repeats=repeats)
    factor = {"ms": 1e3, "s": 1.0, "µs": 1e6}[unit]
    rows: list[Row] = []
    for contender, values, answer in zip(contenders, seconds, answers, strict=True):
        row = spread_row(task, contender.name, values * factor, unit=unit)
        told = contender.difference(answers[0], answer) if contender.difference else ""
        ratio = None if not rows else row.median / rows[0].median
        row = replace(row, ratio=ratio, difference=told, note=contender.note)
        bar = (bars or {}).get(contender.name)
        if bar is not None:
            row = replace(row, bar=bar[0], kept=bool(bar[1](row, rows[0] if rows else row)))
        rows.append(row)
    return rows


def spread_row(task: str, who: str, values: np.ndarray, *, unit: str) -> Row:
    """The row of repeated figures: median, least and interquartile range.

    >>> row = spread_row("x", "y", np.array([1.0, 2.0, 9.0]), unit="s")
    >>> row.median, row.least, row.repeats
    (2.0, 1.0, 3)
    """
    low, high = np.percentile(values, [25, 75])
    return Row(task, who, float(np.median(values)), unit, float(values.min()), float(high - low), len(values))


def yardstick_s() -> float:
    """Seconds of a fixed piece of work, half of it Python's and half NumPy's: how fast the machine is just now.

    >>> 0 < yardstick_s() < 60
    True
    """
    begin = time.perf_counter()
    total = 0
    for number in range(10_000_000):
        total += number & 7
    values = np.random.default_rng(92).random(500_000)
    for _ in range(20):
        np.sort(values)
    return time.perf_counter() - begin


def yardstick_row(task: str, values: Sequence[float], ours_s: float) -> Row:
    """The row of a yardstick taken around the repeats of a task; its time ÷ ours is free of the machine's speed."""
    row = spread_row(task, "étalon", np.array(values), unit="s")
    return replace(row, ratio=row.median / ours_s, note="boucle Python et tri NumPy, un fil")


def under(limit: float, *, words: str) -> tuple[str, Callable[[Row, Row], bool]]:
    """A bar on the median of a row.

    >>> under(10, words="< 10 ms")[1](Row("t", "w", 9.0), Row("t", "w", 9.0))
    True
    """
    return words, lambda row, _: row.median < limit


def at_most_times(factor: float) -> tuple[str, Callable[[Row, Row], bool]]:
    """The bar of a yardstick: ours takes at most ``factor`` times as long as it."""
    return f"access92 ≤ {factor:g} × ce temps".replace(".", ","), lambda row, ours: ours.median <= factor * row.median


def largest_difference(ours: np.ndarray, its: np.ndarray, *, unit: str) -> str:
    """Where both have a number, the largest difference; and how many places only one of them reaches.

    >>> largest_difference(np.array([1.0, np.nan]), np.array([3.0, 2.0]), unit="ms")
    'écart max 2 ms ; 1 point atteint par un seul'
    """
    both = np.isfinite(ours) & np.isfinite(its)
    alone = int((np.isfinite(ours) ^ np.isfinite(its)).sum())
    gap = float(np.abs(ours[both].astype(float) - its[both]).max()) if both.any() else 0.0
    told = "identique" if gap == 0 else f"écart max {gap:.3g} {unit}".replace(".", ",")
    if alone:
        told += f" ; {alone} point{'s' if alone > 1 else ''} atteint{'s' if alone > 1 else ''} par un seul"
    return told
