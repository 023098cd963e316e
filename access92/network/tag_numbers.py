"""Widths (metres) and slopes (shares) as OpenStreetMap writes them."""

from __future__ import annotations

import math
import re

_METRES = re.compile(r"^(\d+(?:[.,]\d+)?)\s*(m|cm)?$")
_FEET = re.compile(r"^(\d+)\s*(?:'|ft)\s*(?:(\d+(?:\.\d+)?)\s*(?:\"|in|''))?$")
_SLOPE = re.compile(r"^[+-]?(\d+(?:[.,]\d+)?)\s*(%|°)$")
_FOOT_M, _INCH_M = 0.3048, 0.0254


def parse_width_m(text: str) -> float:
    r"""A width in metres; NaN where the tag gives none (« default », nonsense). Of several the narrowest.

    Examples
    --------
    >>> [round(parse_width_m(text), 3) for text in ("2", "1.8 m", "190 cm", "6'6\"", "2;1.5", "narrow")]
    [2.0, 1.8, 1.9, 1.981, 1.5, nan]
    """
    widths = [_one_width_m(part.strip().lower()) for part in text.split(";")]
    return min((width for width in widths if not math.isnan(width)), default=math.nan)


def _one_width_m(text: str) -> float:
    if match := _METRES.match(text):
        return float(match[1].replace(",", ".")) * (0.01 if match[2] == "cm" else 1.0)
    if match := _FEET.match(text):
        return int(match[1]) * _FOOT_M + float(match[2] or 0) * _INCH_M
    return math.nan


def parse_incline_share(text: str) -> float:
    """The slope of a street as a share (0.08: 8 %), whichever way it climbs; NaN where no number says it.

    « up » and « down » say a slope, not how steep; of several values the steepest counts.

    Examples
    --------
    >>> [round(parse_incline_share(text), 3) for text in ("8%", "-10 %", "5°", "3%;12%", "up", "8")]
    [0.08, 0.1, 0.087, 0.12, nan, nan]
    """
    slopes = [_one_share(part.strip()) for part in text.split(";")]
    return max((slope for slope in slopes if not math.isnan(slope)), default=math.nan)


def _one_share(text: str) -> float:
    match = _SLOPE.match(text)
    if match is None:
        return math.nan
    value = float(match[1].replace(",", "."))
    return value / 100 if match[2] == "%" else math.tan(math.radians(min(value, 89.0)))
