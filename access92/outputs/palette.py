"""The colours of travel times and of kinds of service, for maps, legends and charts.

Blues below the headline threshold (dark = near), oranges to red beyond it: the break that the study asks
about stays visible to colour-blind readers, and lightness is ordered on each side.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from access92.outputs.words.typography import plain
from access92.study.kinds import KINDS, Kind
from access92.travel.time_limits import limits_reached

_COVERED = ("#0d4f9e", "#4393c3", "#9ccae1")
_UNCOVERED = ("#fdb863", "#e0700f", "#9c3306")
NOT_REACHED = "#2d1410"

SCENARIO_COLOURS = ("#1f4e99", "#c2570c", "#5b2a86", "#00796b", "#7a5c00", "#a11550")
SCENARIO_DASHES = ("", "7 4", "2 3", "10 3 2 3", "5 2", "1 4")

_KIND_COLOURS = (
    "#b3004b", "#6a1b9a", "#8a3b00", "#00695c", "#455a00", "#ad1457", "#37474f", "#5d4037", "#1a237e",
)  # fmt: skip
UNKNOWN_KIND = ("?", "#333333")
"""The mark of a service whose kind the study does not have."""


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue (0–255) of ``#rrggbb``.

    >>> rgb("#0d4f9e")
    (13, 79, 158)
    """
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


def kind_signs(kinds: Sequence[Kind] = KINDS) -> dict[str, tuple[str, str]]:
    """For each kind of a study, the letter on its marker and its colour; the letter makes colour redundant.

    What the study leaves open is chosen: the first letter of the name that no other kind has, or else a number; the
    colours in turn.

    >>> kind_signs([Kind(name="library", label="Médiathèque"), Kind(name="lab", label="Labo", sign="L")])
    {'library': ('I', '#b3004b'), 'lab': ('L', '#6a1b9a')}
    """
    taken = {kind.sign.upper() for kind in kinds if kind.sign}
    marks = {}
    for number, kind in enumerate(kinds):
        letters = [letter for letter in kind.name.upper() if letter.isalpha() and letter not in taken]
        sign = kind.sign or next(iter(letters), str(number + 1))
        taken.add(sign.upper())
        marks[kind.name] = (sign, kind.colour or _KIND_COLOURS[number % len(_KIND_COLOURS)])
    return marks


WATER_COLOUR = "#a9cfe0"

GREEN_COLOURS: dict[str, str] = {"wood": "#dde7d3", "park": "#e2edd6", "cemetery": "#e4e8de"}
"""Woods, parks and cemeteries under the data: paler than any class of times."""

CHANGE_COLOURS: dict[str, str] = {
    "gained": "#0d4f9e",
    "lost": "#9c3306",
    "faster": "#5ba3d0",
    "slower": "#ee8a2e",
}
"""For each change of a demand point its colour: blue for the better, orange to brown for the worse, dark where cover
changes. On the map the worse is a cross and the better a dot: a black and white print still tells them."""

SERVICE_CHANGES: dict[str, tuple[str, str]] = {
    "added": ("+", "#0d4f9e"),
    "moved": ("→", "#5b2a86"),
    "retyped": ("≠", "#5b2a86"),
    "removed": ("−", "#9c3306"),
    "kept": ("", "#555555"),
}
"""For each change of a service the sign on its marker and its colour."""


@dataclass(frozen=True, slots=True)
class TimeClass:
    """A class of travel times: from ``from_min`` inclusive to ``to_min`` exclusive; None = not reached."""

    from_min: float
    to_min: float | None
    colour: str
    label: str
    is_covered: bool


def time_classes(thresholds_min: Iterable[float], *, headline_min: float, cutoff_min: float) -> tuple[TimeClass, ...]:
    """The classes between the thresholds, up to the cut-off, then « not reached ».

    >>> [(item.from_min, item.to_min) for item in time_classes((10, 20), headline_min=20, cutoff_min=60)]
    [(0.0, 10.0), (10.0, 20.0), (20.0, 60.0), (60.0, None)]
    """
    bounds = [0.0, *sorted({*map(float, thresholds_min), float(cutoff_min)})]
    n_covered = sum(bound <= headline_min for bound in bounds[1:])
    colours = [*_ramp(_COVERED, n_covered), *_ramp(_UNCOVERED, len(bounds) - 1 - n_covered)]
    classes = [
        TimeClass(
            low,
            high,
            colour,
            f"moins de {plain(high)}\u00a0min" if low == 0 else f"{plain(low)} à {plain(high)}\u00a0min",
            high <= headline_min,
        )
        for low, high, colour in zip(bounds, bounds[1:], colours, strict=False)
    ]
    beyond = f"plus de {plain(cutoff_min)}\u00a0min ou hors réseau"
    return (*classes, TimeClass(float(cutoff_min), None, NOT_REACHED, beyond, is_covered=False))


def class_numbers(minutes: np.ndarray, classes: Sequence[TimeClass]) -> np.ndarray:
    """The number of the class of each time (minutes); a time at a bound is in the class above, NaN in the last.

    >>> classes = time_classes((10, 12.4), headline_min=12.4, cutoff_min=60)
    >>> class_numbers(np.array([0, 12.4, 60, np.nan], dtype=np.float32), classes).tolist()
    [0, 2, 3, 3]
    """
    return limits_reached(minutes, [item.to_min for item in classes if item.to_min is not None])


def _ramp(visits: tuple[str, ...], n: int) -> list[str]:
    """``n`` colours evenly spaced along the stops."""
    if n <= 0:
        return []
    if n == 1:
        return [visits[len(visits) // 2]]
    rgb = np.array([[int(stop[i : i + 2], 16) for i in (1, 3, 5)] for stop in visits], dtype=float)
    at = np.linspace(0, len(visits) - 1, n)
    mixed = np.column_stack([np.interp(at, np.arange(len(visits)), rgb[:, channel]) for channel in range(3)])
    return ["#" + "".join(f"{round(value):02x}" for value in row) for row in mixed]
