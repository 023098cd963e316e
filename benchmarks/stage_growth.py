"""Time and memory as the streets, the services or the people grow; fitted exponents, and a log-log plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from benchmarks.child import Answer, run_child
from benchmarks.growth import LIMIT_MIN, STAGES
from benchmarks.measures import OURS, Options, Row, Section

IMAGE = Path(__file__).resolve().parent.parent / "docs" / "images" / "growth.png"
_SIZES: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {
        "nodes": (10_000, 30_000, 100_000, 300_000, 1_000_000, 1_500_000),
        "services": (10, 30, 100, 300, 1000),
        "doors": (10_000, 30_000, 100_000, 300_000, 1_000_000),
    },
)
_FIXED = MappingProxyType({"nodes": 100_000, "services": 50, "doors": 20_000})
_FRENCH = MappingProxyType({"nodes": "nœuds", "services": "services", "doors": "points"})
_LOOKED_AT: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "nodes": ("network", "nearest", "snap", "matrix", "grid", "peak"),
        "services": ("matrix", "nearest", "coverage", "peak"),
        "doors": ("snap", "matrix", "coverage", "peak"),
    },
)
_NOISE = 0.15  # of an exponent, on a machine that others use


def measure(options: Options) -> Section:
    """One process per size; what does not grow stays at 100,000 nodes, 50 services, 20,000 points."""
    answers = {axis: {size: _at(axis, size, options) for size in _sizes(axis, options)} for axis in _SIZES}
    rows = [row for axis, found in answers.items() for stage in _LOOKED_AT[axis] for row in _rows(axis, stage, found)]
    image = options.folder / "growth.png" if options.quick else IMAGE
    drawn = draw_growth(answers, image)
    remarks = [
        f"Ce qui ne grandit pas : {_FIXED['nodes']} nœuds, {_FIXED['services']} services, {_FIXED['doors']} points ; "
        f"matrice jusqu'à {LIMIT_MIN} min. Pic de mémoire : ce que le processus prend de plus que ses imports, rues "
        "fabriquées comprises.",
        "Temps : le meilleur des répétitions (5, ou 3 pour la grille), car les autres programmes ne font qu'ajouter.",
        "Exposant : pente de log(temps) contre log(taille), sur les trois plus grandes tailles ; barre : pente de "
        "n log n sur ces tailles, plus 0,15 de bruit.",
    ]
    images = (
        {"Temps et mémoire contre la taille, échelles logarithmiques": image} if drawn and not options.quick else {}
    )
    return Section("Croissance", rows, remarks, images)


def _sizes(axis: str, options: Options) -> tuple[int, ...]:
    sizes = _SIZES[axis]
    return sizes[:3] if options.quick else sizes


def _at(axis: str, size: int, options: Options) -> Answer:
    return run_child("grow", **{**_FIXED, axis: size}, repeats=1 if options.quick else 5)


def _rows(axis: str, stage: str, found: Mapping[int, Answer]) -> list[Row]:
    sizes = np.array(list(found), dtype=float)
    values = np.array([answer[stage] for answer in found.values()])
    unit, factor = ("Mo", 1.0) if stage == "peak" else ("ms", 1e3)
    slope = fitted_exponent(sizes[-3:], values[-3:])
    limit = fitted_exponent(sizes[-3:], sizes[-3:] * np.log(sizes[-3:])) + _NOISE
    told = ", ".join(
        f"{_short(size)} : {value * factor:.3g}".replace(".", ",") for size, value in zip(sizes, values, strict=True)
    )
    return [
        Row(
            f"{STAGES[stage]}, selon les {_FRENCH[axis]}", OURS, float(values[-1] * factor), unit,
            difference=told, note=f"exposant {slope:.2f}".replace(".", ","),
            bar="≤ n log n", kept=bool(slope <= limit),
        ),
    ]  # fmt: skip


def _short(size: float) -> str:
    for factor, word in ((1e6, "M"), (1e3, "k")):
        if size >= factor:
            return f"{size / factor:g} {word}"
    return f"{size:g}"


def fitted_exponent(sizes: np.ndarray, values: np.ndarray) -> float:
    """The slope of log(values) against log(sizes).

    >>> round(fitted_exponent(np.array([1.0, 10.0, 100.0]), np.array([3.0, 300.0, 30000.0])), 6)
    2.0
    """
    return float(np.polyfit(np.log(sizes), np.log(np.maximum(values, 1e-9)), 1)[0])


def draw_growth(answers: Mapping[str, Mapping[int, Answer]], image: Path) -> bool:
    """The log-log plot as a PNG; False where matplotlib is not installed."""
    try:
        import matplotlib as mpl  # noqa: PLC0415 - optional
    except ImportError:
        return False
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415

    figure, axes = plt.subplots(1, 3, figsize=(11, 3.8), layout="constrained")
    for place, (axis, found) in zip(axes, answers.items(), strict=True):
        _draw_axis(place, axis, found, _LOOKED_AT[axis])
    axes[0].set_ylabel("secondes (traits), Go (pointillés)")
    image.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(image, dpi=90, metadata={"Software": None})
    plt.close(figure)
    return True


def _draw_axis(place: object, axis: str, found: Mapping[int, Answer], stages: Sequence[str]) -> None:
    sizes = np.array(list(found), dtype=float)
    for stage in stages:
        values = np.array([answer[stage] for answer in found.values()])
        if stage == "peak":
            place.loglog(sizes, values / 1000, "k:", marker=".", label=STAGES[stage])  # type: ignore[attr-defined]
        else:
            place.loglog(sizes, values, marker=".", label=STAGES[stage])  # type: ignore[attr-defined]
    guide = sizes * np.log(sizes)
    low = min(answer[stage] for answer in found.values() for stage in stages if stage != "peak")
    place.loglog(sizes, guide / guide[0] * low, color="0.8", zorder=0, label="n log n")  # type: ignore[attr-defined]
    place.set_xlabel(_FRENCH[axis])  # type: ignore[attr-defined]
    place.legend(fontsize=7)  # type: ignore[attr-defined]
    place.grid(visible=True, which="major", color="0.93")  # type: ignore[attr-defined]
