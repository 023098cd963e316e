"""Charts of the report, as inline SVG: no script, no font, no picture to load."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from access92.outputs.french import NARROW_SPACE, percent, plain
from access92.outputs.palette import SCENARIO_COLOURS, SCENARIO_DASHES

_WIDTH, _HEIGHT = 720, 330
_LEFT, _RIGHT, _TOP, _BOTTOM = 62, 16, 14, 46


@dataclass(frozen=True, slots=True)
class Line:
    """A curve: its label, and coverage shares (0–1) at minutes."""

    label: str
    minutes: np.ndarray
    shares: np.ndarray


def coverage_chart(lines: Sequence[Line], *, threshold_min: float, title: str, chart_id: str) -> str:
    """The share of people covered against the threshold in minutes, one curve a line; SVG text.

    Curves differ by dashes as well as by colour; the headline threshold is a vertical rule. A reader of
    screens hears the title and the share of each line at the headline threshold.

    >>> line = Line("À pied", np.array([5.0, 20.0, 60.0]), np.array([0.1, 0.8, 1.0]))
    >>> coverage_chart([line], threshold_min=20, title="Couverture", chart_id="c1").count("<polyline")
    2
    """
    low, high = _span(lines)
    right, bottom = _WIDTH - _RIGHT, _HEIGHT - _BOTTOM

    def x(minute: float) -> float:
        return round(_LEFT + (minute - low) / (high - low) * (right - _LEFT), 1)

    def y(share: float) -> float:
        return round(bottom - share * (bottom - _TOP), 1)

    labels = f'aria-labelledby="{chart_id}-title {chart_id}-desc"'
    axis = "durée (minutes) : part des habitants à moins de cette durée d'un service"
    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH} {_HEIGHT + 12 + 20 * len(lines)}" role="img" {labels}>',
        f'<title id="{chart_id}-title">{escape(title)}</title>',
        f'<desc id="{chart_id}-desc">{escape(_spoken(lines, threshold_min))}</desc>',
    ]
    for share in (0, 0.2, 0.4, 0.6, 0.8, 1):
        parts += [
            f'<line class="grid" x1="{_LEFT}" x2="{right}" y1="{y(share)}" y2="{y(share)}"/>',
            f'<text x="{_LEFT - 8}" y="{y(share) + 4}" text-anchor="end">{100 * share:.0f}{NARROW_SPACE}%</text>',
        ]
    for minute in np.arange(np.ceil(low / 5) * 5, high + 0.1, 5):
        parts += [
            f'<line class="grid" x1="{x(minute)}" x2="{x(minute)}" y1="{bottom}" y2="{bottom + 5}"/>',
            f'<text x="{x(minute)}" y="{bottom + 18}" text-anchor="middle">{minute:.0f}</text>',
        ]
    parts += [
        f'<line class="threshold" x1="{x(threshold_min)}" x2="{x(threshold_min)}" y1="{_TOP}" y2="{bottom}"/>',
        f'<text x="{x(threshold_min) + 5}" y="{bottom - 6}">seuil : {plain(threshold_min)}\u00a0min</text>',
        f'<text x="{(_LEFT + right) / 2}" y="{bottom + 36}" text-anchor="middle">{axis}</text>',
    ]
    for i, line in enumerate(lines):
        parts += _drawn(line, i, x, y)
    parts.append("</svg>")
    return "".join(parts)


def _drawn(line: Line, i: int, x: Callable[[float], float], y: Callable[[float], float]) -> list[str]:
    """The curve and its entry below the chart."""
    colour = SCENARIO_COLOURS[i % len(SCENARIO_COLOURS)]
    dash = SCENARIO_DASHES[i % len(SCENARIO_DASHES)]
    style = f'fill="none" stroke="{colour}" stroke-width="2.5"' + (f' stroke-dasharray="{dash}"' if dash else "")
    points = " ".join(
        f"{x(minute)},{y(share)}" for minute, share in zip(line.minutes, line.shares, strict=True) if np.isfinite(share)
    )
    level = _HEIGHT + 12 + 20 * i
    return [
        f'<polyline points="{points}" {style}/>',
        f'<polyline points="{_LEFT},{level} {_LEFT + 44},{level}" {style}/>',
        f'<text x="{_LEFT + 52}" y="{level + 4}">{escape(line.label)}</text>',
    ]


def _span(lines: Sequence[Line]) -> tuple[float, float]:
    minutes = np.concatenate([line.minutes for line in lines]) if lines else np.array([0.0, 1.0])
    low, high = float(minutes.min()), float(minutes.max())
    return (low, high) if high > low else (low, low + 1.0)


def _spoken(lines: Sequence[Line], threshold_min: float) -> str:
    shares = [f"{line.label} : {percent(float(np.interp(threshold_min, line.minutes, line.shares)))}" for line in lines]
    return f"À moins de {plain(threshold_min)} minutes : {' ; '.join(shares)}."
