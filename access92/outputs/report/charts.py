"""The charts of the report: coverage curve, distribution of times, ranking of communes, bands of sensitivity.

Each differs by dashes, hatches or signs as well as by colour, so that a grey print says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import fill

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MultipleLocator

from access92.outputs.palette import SCENARIO_COLOURS, SCENARIO_DASHES
from access92.outputs.report.drawing import QUIET, RULE, new_figure, placed_axes, svg_text
from access92.outputs.words.typography import NARROW_SPACE, plain

COVERED, UNCOVERED = "#1f5fa8", "#f0a35c"
_WIDTH_MM = 165.0
_PANEL_MM = 46.0
_CURVE_MM, _LEGEND_MM = 38.0, 12.0  # height of the curves; from their foot to the legend: ticks and the axis title
_LABEL_CHARACTERS = 38
_PANELS_A_ROW = 3
_MINUTES_MM, _BEYOND_MM = 6.5, 9.0  # under an axis, from the middle of a label to the next: « 120 », « > 120 »
_PERCENT = FuncFormatter(lambda share, _: f"{100 * share:.0f}{NARROW_SPACE}%")


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: its label, and coverage shares (0-1) at minutes."""

    label: str
    minutes: np.ndarray
    shares: np.ndarray


@dataclass(frozen=True, slots=True)
class Spread:
    """A commune in the ranking: share and its interval (0-1); median, 10th and 90th percentile times (NaN beyond)."""

    name: str
    share: float
    low_share: float
    high_share: float
    median_min: float
    p10_min: float
    p90_min: float


@dataclass(frozen=True, slots=True)
class Band:
    """A share between two bounds (0-1), with its label."""

    label: str
    low: float
    central: float
    high: float


def coverage_curves(panels: Sequence[tuple[str, Sequence[Line]]], *, threshold_min: float) -> str:
    """The share of people covered against the threshold in minutes, a panel a mode, one curve a line; SVG.

    The panels share their legend: each has the same lines.

    >>> line = Line("Maillage", np.array([5.0, 20.0, 60.0]), np.array([0.1, 0.8, 1.0]))
    >>> "<svg" in coverage_curves([("À pied", [line])], threshold_min=20)
    True
    """
    columns = min(len(panels), _PANELS_A_ROW)
    rows = -(-len(panels) // max(columns, 1))
    legend_mm = 4.0 * max((len(lines) for _, lines in panels), default=0)
    row_mm = _CURVE_MM + 8 + _LEGEND_MM
    figure = new_figure(_WIDTH_MM, rows * row_mm + legend_mm)
    wide = _WIDTH_MM / max(columns, 1)
    axes = None
    for i, (title, lines) in enumerate(panels):
        row, column = divmod(i, columns)
        left = 15.0 if column == 0 else 7.0
        axes = placed_axes(
            figure, column * wide + left, legend_mm + (rows - 1 - row) * row_mm + _LEGEND_MM,
            _WIDTH_MM - (column + 1) * wide + 4, row * row_mm + 8,
        )  # fmt: skip
        _curve_panel(axes, title, lines, threshold_min=threshold_min, is_first=column == 0)
    if axes is not None:
        handles, labels = axes.get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="lower left", bbox_to_anchor=(0.08, 0.0), handlelength=5, borderaxespad=0,
            labelspacing=0.35,
        )  # fmt: skip
    return svg_text(figure)


def _curve_panel(axes: Axes, title: str, lines: Sequence[Line], *, threshold_min: float, is_first: bool) -> None:
    for i, line in enumerate(lines):
        finite = np.isfinite(line.shares)
        axes.plot(
            line.minutes[finite],
            line.shares[finite],
            color=SCENARIO_COLOURS[i % len(SCENARIO_COLOURS)],
            linestyle=_dashes(i),
            label=line.label,
        )
    low, high = _span(lines)
    axes.set(xlim=(low, high), ylim=(0, 1.02), xlabel="durée du trajet (minutes)", title=title)
    axes.yaxis.set_major_locator(MultipleLocator(0.2))
    axes.xaxis.set_major_locator(MultipleLocator(_step_min((high - low) / (axes.get_position().width * _WIDTH_MM))))
    axes.grid(axis="y")
    if is_first:
        axes.set_ylabel("part des habitants")
        axes.yaxis.set_major_formatter(_PERCENT)
    else:
        axes.set_yticklabels([])
    _threshold(axes, threshold_min, level=0.04)


def time_distribution(
    panels: Sequence[tuple[str, np.ndarray]], *, threshold_min: float, cutoff_min: float, bin_min: float
) -> str:
    """Inhabitants (thousands) by travel time, a panel a mode; SVG.

    ``panels``: (label, inhabitants per bin of ``bin_min`` minutes; the last: beyond the cut-off or not reached).
    """
    columns = max(min(len(panels), _PANELS_A_ROW), 1)
    rows = -(-len(panels) // columns)
    row_mm, wide = _PANEL_MM + 12, _WIDTH_MM / columns
    figure = new_figure(_WIDTH_MM, rows * row_mm)
    for i, (label, population) in enumerate(panels):
        row, column = divmod(i, columns)
        axes = placed_axes(
            figure, column * wide + (15 if column == 0 else 11), 12 + (rows - 1 - row) * row_mm,
            _WIDTH_MM - (column + 1) * wide + 2, row * row_mm + 7,
        )  # fmt: skip
        starts = bin_min * np.arange(len(population))
        starts[-1] += 1.5 * bin_min  # a gap before « beyond »
        is_covered = starts < threshold_min
        for chosen, colour, hatch in ((is_covered, COVERED, ""), (~is_covered, UNCOVERED, "////")):
            axes.bar(
                starts[chosen], population[chosen] / 1000, width=0.9 * bin_min, align="edge", color=colour,
                hatch=hatch, edgecolor="white" if not hatch else "#7a3e00", linewidth=0.4,
            )  # fmt: skip
        beyond_min = starts[-1] + bin_min / 2
        wide_min = starts[-1] + 1.5 * bin_min
        min_per_mm = wide_min / (axes.get_position().width * _WIDTH_MM)
        # a label at the cut-off would run into that of the bar beyond it
        last_min = min(cutoff_min, beyond_min - _BEYOND_MM * min_per_mm)
        ticks = np.arange(0, last_min + 0.1, _step_min(min_per_mm))
        axes.set_xticks([*ticks, beyond_min], [*(plain(tick) for tick in ticks), f">\u00a0{plain(cutoff_min)}"])
        axes.set(title=label, xlim=(0, wide_min), xlabel="durée du trajet (minutes)")
        if column == 0:
            axes.set_ylabel("milliers d’habitants")
        axes.grid(axis="y")
        _threshold(axes, threshold_min, level=0.91 * axes.get_ylim()[1])
    return svg_text(figure)


def commune_ranking(spreads: Sequence[Spread], *, threshold_min: float, half_min: float, cutoff_min: float) -> str:
    """Communes by share covered, with its interval; beside it the median time and the 10th-90th percentiles; SVG."""
    figure = new_figure(_WIDTH_MM, 22 + 5.1 * len(spreads))
    level = np.arange(len(spreads))[::-1]
    left = placed_axes(figure, 38, 12, 66, 10)
    right = placed_axes(figure, 106, 12, 5, 10)
    shares = np.array([item.share for item in spreads])
    left.hlines(level, [item.low_share for item in spreads], [item.high_share for item in spreads], color="#7fa8d1",
                linewidth=3.2)  # fmt: skip
    left.plot(shares, level, "o", color="#0d3f7a", markersize=4, clip_on=False, zorder=4)
    left.set(xlim=(0, 1), title=f"Part à moins de {plain(threshold_min)}\u00a0min")
    left.xaxis.set_major_formatter(_PERCENT)
    left.xaxis.set_major_locator(MultipleLocator(0.25))
    left.set_xlabel(
        f"barre\u00a0: au seuil de {plain(threshold_min - half_min)}, puis {plain(threshold_min + half_min)}\u00a0min"
    )
    left.set_yticks(level, [item.name for item in spreads])
    times_min = np.array([[item.p10_min, item.median_min, item.p90_min] for item in spreads]).reshape(-1, 3)
    beyond = np.isnan(times_min[:, 1])
    times_min = np.where(np.isnan(times_min), cutoff_min, times_min)
    right.hlines(level, times_min[:, 0], times_min[:, 2], color="#e2a472", linewidth=3.2)
    for chosen, fill_colour in ((~beyond, "#7a2e00"), (beyond, "white")):
        right.plot(times_min[chosen, 1], level[chosen], "D", color="#7a2e00", markerfacecolor=fill_colour,
                   markersize=3.6,
                   clip_on=False, zorder=4)  # fmt: skip
    right.set(xlim=(0, cutoff_min), title="Durée médiane")
    right.set_xlabel(f"minutes ; barre\u00a0: 1er à 9e décile ; ◇\u00a0: > {plain(cutoff_min)}\u00a0min")
    right.xaxis.set_major_locator(MultipleLocator(20))
    right.axvline(threshold_min, color="black", linewidth=0.9)
    right.set_yticks(level, [""] * len(spreads))
    for axes in (left, right):
        axes.set_ylim(-0.7, len(spreads) - 0.3)
        axes.tick_params(axis="y", length=0)
        axes.grid(axis="x")
        axes.hlines(level, *axes.get_xlim(), color=RULE, linewidth=0.3, zorder=0)
    return svg_text(figure)


def band_chart(bands: Sequence[Band], *, label_mm: float = 62.0, has_bands: bool = True) -> str:
    """Shares with their bands, one a row; SVG. ``has_bands``: whether the axis explains them."""
    figure = new_figure(_WIDTH_MM, 14 + 7.5 * len(bands))
    axes = placed_axes(figure, label_mm, 11, 5, 3)
    level = np.arange(len(bands))[::-1]
    axes.hlines(level, [band.low for band in bands], [band.high for band in bands], color="#7fa8d1", linewidth=5)
    axes.plot([band.central for band in bands], level, "|", color="black", markersize=9, markeredgewidth=1.8)
    low, high = min(band.low for band in bands), max(band.high for band in bands)
    room = max(0.01, 0.08 * (high - low))
    axes.set(xlim=(max(0.0, low - room), min(1.0, high + room)), ylim=(-0.7, len(bands) - 0.3))
    bar = f" (trait noir\u00a0: valeur centrale{NARROW_SPACE}; barre\u00a0: fourchette)" if has_bands else ""
    axes.set_xlabel(f"part des habitants{bar}")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{plain(round(100 * share, 1))}{NARROW_SPACE}%"))
    axes.set_yticks(level, [fill(band.label, _LABEL_CHARACTERS) for band in bands])
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x")
    return svg_text(figure)


def _threshold(axes: Axes, threshold_min: float, *, level: float) -> None:
    axes.axvline(threshold_min, color="black", linewidth=1.0)
    axes.annotate(
        f"seuil\u00a0: {plain(threshold_min)}\u00a0min", (threshold_min, level), xytext=(3, 0),
        textcoords="offset points",
        color=QUIET, fontsize=7, bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
    )  # fmt: skip


def _dashes(i: int) -> str | tuple[int, tuple[float, ...]]:
    """The dashes of the palette, as matplotlib counts them: in widths of the line."""
    dashes = SCENARIO_DASHES[i % len(SCENARIO_DASHES)]
    return (0, tuple(float(step) / 1.8 for step in dashes.split())) if dashes else "solid"


def _step_min(min_per_mm: float) -> int:
    """Minutes from a label to the next, so that they do not touch."""
    return next((step for step in (10, 20, 30, 60, 120) if step >= _MINUTES_MM * min_per_mm), 240)


def _span(lines: Sequence[Line]) -> tuple[float, float]:
    minutes = np.concatenate([line.minutes for line in lines]) if lines else np.array([0.0, 1.0])
    low, high = float(minutes.min()), float(minutes.max())
    return (low, high) if high > low else (low, low + 1.0)
