"""What was moved, and how far, in one French sentence per band."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.modes import Mode
from access92.sensitivity.allocation_draws import BLOCK_M
from access92.sensitivity.variants import ScenarioGround, Variants, scaled_mode
from access92.study import SensitivityOptions, Study

_NOT_VARIED = {
    "population": "la répartition des habitants ne varie pas : ils sont donnés par points, rien n'a été réparti",
    "snapping": "la limite de rattachement ne varie pas : l'étude n'en donne pas d'autre",
}
"""Why a source has no band."""

_SPREAD_OVER = {"grid": "chaque carreau", "polygons": "chaque polygone"}


def variant_details(
    study: Study,
    options: SensitivityOptions,
    scenarios: Mapping[str, ScenarioGround],
    services: gpd.GeoDataFrame,
    variants: Variants,
    population: float,
) -> dict[str, list[str]]:
    """By source one sentence per scenario, in their order; ``all`` also says what did not move, and why."""
    threshold_min, max_snap_m = study.analysis.threshold_min, study.analysis.max_snap_m
    count = len(scenarios)
    lower, upper = (_french(max(0.0, threshold_min + by)) for by in (-options.threshold_min, options.threshold_min))
    others = " et ".join(_french(limit) for limit in options.max_snap_m)
    held = _SPREAD_OVER.get(study.population.method, "")
    missing = [reason for source, reason in _NOT_VARIED.items() if source not in variants.by_source]
    return {
        "speed": [_speed(scenario.ground.mode, options.speed_share) for scenario in scenarios.values()],
        "threshold": [f"seuil de {lower} à {upper} min au lieu de {_french(threshold_min)} min"] * count,
        "snapping": [f"rattachement aux rues jusqu'à {others} m au lieu de {_french(max_snap_m)} m"] * count,
        "position": [
            _position(scenario, services, variants.by_source["position"][at] / population, options)
            for at, scenario in enumerate(scenarios.values())
        ],
        "population": [
            f"habitants de {held} répartis autrement que selon la longueur de rue : à parts égales entre ses points, "
            f"puis {options.draws} tirages (graine {options.seed}) d'une densité inégale entre carrés de {BLOCK_M:g} m"
        ]
        * count,
        "all": ["; ".join(["la plus large des marges", *missing]).replace("; ", " ; ")] * count,
    }


def _speed(mode: Mode, share: float) -> str:
    percent = f"{_french(share * 100)} %"
    slower, faster = scaled_mode(mode, 1 - share), scaled_mode(mode, 1 + share)
    if mode.family == "car":
        return f"toutes les vitesses {percent} plus basses, puis {percent} plus hautes"
    return (
        f"vitesse de {_french(slower.speed_kmh)} à {_french(faster.speed_kmh)} km/h au lieu de "
        f"{_french(mode.speed_kmh)} km/h ({percent} de moins et de plus, à toutes les allures du mode)"
    )


def _position(
    scenario: ScenarioGround, services: gpd.GeoDataFrame, shares: np.ndarray, options: SensitivityOptions
) -> str:
    stated = pd.Series(dtype=float)
    if "position_uncertainty_m" in services.columns:
        stated = pd.to_numeric(services["position_uncertainty_m"].iloc[scenario.rows], errors="coerce")
    doubtful = stated[stated > 0]
    if doubtful.empty:
        return "aucun service compté n'a de position douteuse"
    low, high = np.quantile(shares, [0.05, 0.95])
    count = len(doubtful)
    whose = f"des {count} services à position douteuse, chacun" if count > 1 else "du seul service à position douteuse,"
    return (
        f"{options.draws} tirages (graine {options.seed}) {whose} dans son disque "
        f"({_french(float(doubtful.max()))} m au plus) ; du 5e au 95e centile, de {_percent(low)} à {_percent(high)}"
    )


def _french(value: float) -> str:
    """A number with a decimal comma, without useless zeros.

    >>> _french(4.50), _french(600.0)
    ('4,5', '600')
    """
    return f"{value:.2f}".rstrip("0").rstrip(".").replace(".", ",")


def _percent(share: float) -> str:
    """A share (0–1) in per cent.

    >>> _percent(0.48)
    '48,0 %'
    """
    return f"{share * 100:.1f} %".replace(".", ",")
