"""The other road conditions under which a mode may travel: waits at signals, and cars at other hours of the day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from access92.network.congestion import period_factors
from access92.network.modes import Mode


def signal_variants(mode: Mode, *, knows_signals: bool) -> tuple[Mode, ...]:
    """The mode with waits at signals where it has none, without them where it has; none without signals.

    Examples
    --------
    >>> from access92.network.modes import read_modes
    >>> signal_variants(read_modes()["walk"], knows_signals=False)
    ()
    >>> [variant.waits_at_signals for variant in signal_variants(read_modes()["walk"], knows_signals=True)]
    [True]
    """
    if mode.signal_s == 0 or not knows_signals:
        return ()
    return (replace(mode, waits_at_signals=not mode.waits_at_signals),)


def congestion_variants(mode: Mode) -> tuple[Mode, ...]:
    """The mode at each other period of the day of its table of congestion; none where it has no table.

    Examples
    --------
    >>> from access92.network.modes import modes_at, read_modes
    >>> car = modes_at({"car": read_modes()["car"]}, "10:00", signals=False)["car"]
    >>> [variant.class_time_factor["primary"] for variant in congestion_variants(car)]
    [2.18, 2.14, 1.38]
    """
    return tuple(
        replace(mode, class_time_factor=factors)
        for factors in map(period_factors, mode.congestion.values())
        if factors != mode.class_time_factor
    )


def factor_span(factors: Mapping[str, float], otherwise: float) -> tuple[float, float]:
    """The lowest and the highest of the time factors by class.

    >>> factor_span({"primary": 2.18, "residential": 1.71}, 1.75), factor_span({}, 1.75)
    ((1.71, 2.18), (1.75, 1.75))
    """
    return min(factors.values(), default=otherwise), max(factors.values(), default=otherwise)
