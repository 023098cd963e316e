"""Records of what varied for each band, and how far: a code and its numbers, worded in ``outputs``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.measures.sensitivity.allocation_draws import block_side_m
from access92.measures.sensitivity.road_conditions import congestion_variants, factor_span
from access92.measures.sensitivity.variants import ScenarioRouter, Variants, scaled_mode
from access92.network.modes import Mode
from access92.study.model import SensitivityOptions, Study

ALL = "all"
"""The source of the widest band."""

NOT_VARIED = {"population": "points_stay", "snapping": "limit_stays", "signals": "no_signals"}
"""By source that the study does not let move, the code of the reason."""

CENTRES_STAY = "centres_stay"
"""The reason of ``population`` where all people of a cell or polygon are at its centre."""

_SPREAD_OVER = {"grid": "cells", "polygons": "polygons"}


@dataclass(frozen=True, slots=True)
class VariationRecord:
    """What was moved for one band.

    ``subject``: the scenario and the source of the band. ``numbers``: by name (with its unit) what the sentence says.
    Codes: ``speed``, ``walking_speed`` (of who rides), ``car_speed``, ``threshold``, ``signals``, ``without_signals``,
    ``congestion``, ``slopes``, ``snapping``, ``link_radius``, ``position``, ``sure_positions``, ``cells``,
    ``polygons``, ``widest``, the values of :data:`NOT_VARIED`, and :data:`CENTRES_STAY`.
    """

    code: str
    subject: tuple[str, str]
    numbers: Mapping[str, float | tuple[float, ...]] = field(default_factory=dict)


def variation_records(
    study: Study,
    options: SensitivityOptions,
    scenarios: Mapping[str, ScenarioRouter],
    services: gpd.GeoDataFrame,
    variants: Variants,
    population: float,
) -> tuple[VariationRecord, ...]:
    """The records of every band, scenario after scenario; those of ``all`` also say what did not move, and why."""
    threshold_min, max_snap_m = study.analysis.threshold_min, study.analysis.max_snap_m
    draws = {"draws": options.draws, "seed": options.seed}
    block_m = block_side_m(study.population.cell_m if study.population.method == "grid" else None)
    not_varied = dict(NOT_VARIED)
    if study.population.place_on == "centres":
        not_varied["population"] = CENTRES_STAY
    records = []
    for at, (name, scenario) in enumerate(scenarios.items()):
        code, numbers = _speed(scenario.router.mode, options.speed_share)
        records.append(VariationRecord(code, (name, "speed"), numbers))
        bounds = {"lower_min": max(0.0, threshold_min - options.threshold_min), "threshold_min": threshold_min}
        bounds["upper_min"] = threshold_min + options.threshold_min
        records.append(VariationRecord("threshold", (name, "threshold"), bounds))
        records += _road_conditions(name, scenario.router.mode, variants)
        if "slopes" in variants.by_source:
            records.append(VariationRecord("slopes", (name, "slopes")))
        if options.max_snap_m:
            limits: dict[str, tuple[float, ...]] = {"max_snap_m": (max_snap_m,), "others_m": options.max_snap_m}
            records.append(VariationRecord("snapping", (name, "snapping"), limits))
        if options.link_radius_m:
            radius_m = study.analysis.link_radius_m
            radii: dict[str, tuple[float, ...]] = {"link_radius_m": (radius_m,), "others_m": options.link_radius_m}
            records.append(VariationRecord("link_radius", (name, "snapping"), radii))
        code, numbers = _position(scenario, services, variants.by_source["position"][at] / population)
        records.append(VariationRecord(code, (name, "position"), numbers and {**numbers, **draws}))
        if "population" in variants.by_source:
            spread_over = _SPREAD_OVER[str(study.population.method)]
            numbers = {**draws, "block_m": block_m}
            records.append(VariationRecord(spread_over, (name, "population"), numbers))
        records.append(VariationRecord("widest", (name, ALL)))
        missing = [reason for source, reason in not_varied.items() if source not in variants.by_source]
        if scenario.router.mode.signal_s == 0:  # its waits are in its time factor, which moves
            missing = [reason for reason in missing if reason != NOT_VARIED["signals"]]
        records += [VariationRecord(reason, (name, ALL)) for reason in missing]
    return tuple(records)


def _speed(mode: Mode, share: float) -> tuple[str, dict[str, float]]:
    """Code and numbers: a car's speeds come from signs, the others have one of their own."""
    if mode.family == "car":
        return "car_speed", {"speed_share": share}
    slower, faster = scaled_mode(mode, 1 - share), scaled_mode(mode, 1 + share)
    speeds = {"slower_kmh": slower.speed_kmh, "speed_kmh": mode.speed_kmh, "faster_kmh": faster.speed_kmh}
    return "walking_speed" if mode.rides else "speed", {"speed_share": share, **speeds}


def _road_conditions(name: str, mode: Mode, variants: Variants) -> list[VariationRecord]:
    """The records of signals and congestion: how long is waited or no more, between which factors the hours move."""
    records = []
    if "signals" in variants.by_source:
        code = "without_signals" if mode.waits_at_signals else "signals"
        records.append(VariationRecord(code, (name, "signals"), {"signal_s": mode.signal_s}))
    if "congestion" in variants.by_source:
        spans = [factor_span(item.class_time_factor, mode.time_factor) for item in congestion_variants(mode)]
        numbers = {"periods": float(len(spans)), "lowest": min(low for low, _ in spans)}
        numbers["highest"] = max(high for _, high in spans)
        records.append(VariationRecord("congestion", (name, "congestion"), numbers))
    return records


def _position(scenario: ScenarioRouter, services: gpd.GeoDataFrame, shares: np.ndarray) -> tuple[str, dict[str, float]]:
    """Code and numbers: how many services were drawn, how far, and the 5th and 95th percentiles of the draws."""
    stated = pd.Series(dtype=float)
    if "position_uncertainty_m" in services.columns:
        stated = pd.to_numeric(services["position_uncertainty_m"].iloc[scenario.rows], errors="coerce")
    doubtful = stated[stated > 0]
    if doubtful.empty:
        return "sure_positions", {}
    low, high = np.quantile(shares, [0.05, 0.95])
    return "position", {
        "services": float(len(doubtful)), "radius_m": float(doubtful.max()),
        "low_share": float(low), "high_share": float(high),
    }  # fmt: skip
