"""Records of what varied for each band, and how far: a code and its numbers, worded in ``outputs``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.measures.sensitivity.allocation_draws import BLOCK_M
from access92.measures.sensitivity.variants import ScenarioRouter, Variants, scaled_mode
from access92.network.modes import Mode
from access92.study.model import SensitivityOptions, Study

ALL = "all"
"""The source of the widest band."""

NOT_VARIED = {"population": "points_stay", "snapping": "limit_stays"}
"""By source that the study does not let move, the code of the reason."""

_SPREAD_OVER = {"grid": "cells", "polygons": "polygons"}


@dataclass(frozen=True, slots=True)
class VariationRecord:
    """What was moved for one band.

    ``subject``: the scenario and the source of the band. ``numbers``: by name (with its unit) what the sentence says.
    Codes: ``speed``, ``car_speed``, ``threshold``, ``slopes``, ``snapping``, ``link_radius``, ``position``,
    ``sure_positions``, ``cells``, ``polygons``, ``widest``, and the values of :data:`NOT_VARIED`.
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
    records = []
    for at, (name, scenario) in enumerate(scenarios.items()):
        code, numbers = _speed(scenario.router.mode, options.speed_share)
        records.append(VariationRecord(code, (name, "speed"), numbers))
        bounds = {"lower_min": max(0.0, threshold_min - options.threshold_min), "threshold_min": threshold_min}
        bounds["upper_min"] = threshold_min + options.threshold_min
        records.append(VariationRecord("threshold", (name, "threshold"), bounds))
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
            spread_over = _SPREAD_OVER[study.population.method]
            records.append(VariationRecord(spread_over, (name, "population"), {**draws, "block_m": BLOCK_M}))
        records.append(VariationRecord("widest", (name, ALL)))
        missing = [reason for source, reason in NOT_VARIED.items() if source not in variants.by_source]
        records += [VariationRecord(reason, (name, ALL)) for reason in missing]
    return tuple(records)


def _speed(mode: Mode, share: float) -> tuple[str, dict[str, float]]:
    """Code and numbers: a car's speeds come from signs, the others have one of their own."""
    if mode.family == "car":
        return "car_speed", {"speed_share": share}
    slower, faster = scaled_mode(mode, 1 - share), scaled_mode(mode, 1 + share)
    speeds = {"slower_kmh": slower.speed_kmh, "speed_kmh": mode.speed_kmh, "faster_kmh": faster.speed_kmh}
    return "speed", {"speed_share": share, **speeds}


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
