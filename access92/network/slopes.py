"""Slopes of streets → factors on their seconds, by direction: on foot, by bicycle, in a wheelchair."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.network.modes import Mode
from access92.sources.height_profiles import HeightProfiles

MOVERS: tuple[str, ...] = ("foot", "bicycle", "wheelchair")
"""Those whom slopes slow down or stop, as sections of slopes.toml; cars are not among them."""

_LEAST_SHARE = 0.05
"""Of the flat speed, where a line fitted to gentle slopes would reach nothing (Hypothèse access92)."""

_STEEPEST = 0.45
"""Slopes are not counted as steeper: a wall of the raster, not a street (Hypothèse access92)."""


@dataclass(frozen=True, slots=True)
class SlopeRule:
    """The section of one mover: its numbers by name, and the French sentence that says where they come from."""

    numbers: Mapping[str, float]
    source: str


@cache
def read_slope_rules() -> Mapping[str, SlopeRule]:
    """The rules of slopes.toml, by mover.

    >>> read_slope_rules()["foot"].numbers["decay"]
    3.5
    """
    content: dict[str, dict[str, Any]] = tomllib.loads(
        files("access92.network").joinpath("slopes.toml").read_text(encoding="utf-8")
    )
    return {
        mover: SlopeRule({name: float(value) for name, value in rule.items() if name != "source"}, rule["source"])
        for mover, rule in content.items()
    }


def column_name(mover: str, direction: str) -> str:
    """The column of a streets table that holds the factors of one mover, "forward" or "backward".

    >>> column_name("foot", "forward")
    'slope_foot_forward'
    """
    return f"slope_{mover}_{direction}"


SLOPE_COLUMNS: tuple[str, ...] = tuple(
    column_name(mover, direction) for mover in MOVERS for direction in ("forward", "backward")
)


def has_slopes(streets: pd.DataFrame) -> bool:
    """Whether a streets table carries factors of slopes.

    >>> has_slopes(pd.DataFrame({"slope_foot_forward": [1.0]})), has_slopes(pd.DataFrame())
    (True, False)
    """
    return SLOPE_COLUMNS[0] in streets.columns


def flat_streets(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The streets without factors of slopes.

    >>> flat_streets(pd.DataFrame({"length_m": [1.0]} | dict.fromkeys(SLOPE_COLUMNS, [1.0]))).columns.to_list()
    ['length_m']
    """
    return streets.drop(columns=[name for name in SLOPE_COLUMNS if name in streets.columns])


def time_factors(slopes: np.ndarray, mover: str) -> np.ndarray:
    """Seconds on pieces of these slopes (rise ÷ length, in the direction of travel) ÷ seconds on the flat; NaN: closed.

    References
    ----------
    Tobler (1993); Parkin and Rotheram (2010); AccessMap and GraphHopper for wheelchairs: see slopes.toml.

    Examples
    --------
    >>> time_factors(np.array([0.0, 0.05, -0.05, 0.1]), "foot").round(3).tolist()
    [1.0, 1.191, 0.839, 1.419]
    >>> time_factors(np.array([0.0, 0.05, -0.03]), "bicycle").round(3).tolist()
    [1.0, 1.499, 0.894]
    >>> time_factors(np.array([0.02, 0.05, 0.081, -0.09, -0.11]), "wheelchair").tolist()
    [1.0, 2.5, nan, 1.0, nan]
    """
    slopes = np.clip(slopes, -_STEEPEST, _STEEPEST)
    rule = read_slope_rules()[mover].numbers
    if mover == "foot":
        easiest = rule["easiest_slope"]
        factors: np.ndarray = np.exp(rule["decay"] * (np.abs(slopes - easiest) - abs(easiest)))
        return factors
    if mover == "bicycle":
        per_percent = np.where(slopes > 0, rule["uphill_m_s_per_percent"], -rule["downhill_m_s_per_percent"])
        share = 1 + per_percent * 100 * slopes / rule["flat_m_s"]
        on_bicycle: np.ndarray = 1 / np.clip(share, _LEAST_SHARE, rule["fastest_kmh"] / 3.6 / rule["flat_m_s"])
        return on_bicycle
    closed = (slopes > rule["closed_above"]) | (slopes < rule["closed_below"])
    return np.where(closed, np.nan, np.where(slopes > rule["slow_above"], 1 / rule["slow_share"], 1.0))


def with_slope_columns(streets: gpd.GeoDataFrame, profiles: HeightProfiles) -> gpd.GeoDataFrame:
    """A new streets table with the factors (:data:`SLOPE_COLUMNS`) of each street: the mean over its equal pieces.

    So time is integrated piece by piece: two halves of opposite slopes are not flat. NaN where a piece is closed. On
    steps and in lifts all factors are 1.

    >>> from shapely import LineString
    >>> streets = gpd.GeoDataFrame(
    ...     {"length_m": [100.0], "highway": ["path"]}, geometry=[LineString([(0, 0), (100, 0)])])
    >>> up_and_down = HeightProfiles(np.array([0.0, 2.5, 5.0, 2.5, 0.0]), np.array([0, 5]), 0.0)
    >>> with_slope_columns(streets, up_and_down)["slope_foot_forward"].round(3).tolist()
    [1.21]
    """
    slopes, pieces = profiles.piece_slopes(np.maximum(streets["length_m"].to_numpy(float), 0.01))
    first = np.append(0, np.cumsum(pieces)[:-1])
    on_steps = streets["highway"].astype(str).isin(["steps", "elevator"]).to_numpy()
    columns = {}
    for mover in MOVERS:
        for direction, sign in (("forward", 1.0), ("backward", -1.0)):
            means = np.add.reduceat(time_factors(sign * slopes, mover), first) / pieces
            columns[column_name(mover, direction)] = np.where(on_steps, 1.0, means)
    return streets.assign(**columns)


def sloped_seconds(
    streets: pd.DataFrame, mode: Mode, seconds: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Seconds along each street (forward, backward) with its slopes; ``seconds`` as they are where it has none.

    A bicycle that would climb more slowly than it is pushed is pushed, at the pace that slopes leave to walkers; so is
    one that is pushed on the flat.

    >>> from access92.network.modes import read_modes
    >>> streets = pd.DataFrame(dict.fromkeys(SLOPE_COLUMNS, [1.0]) | {"length_m": [100.0], "slope_foot_forward": [1.5]})
    >>> [part.tolist() for part in sloped_seconds(streets, read_modes()["walk"], (np.array([72.0]), np.array([72.0])))]
    [[108.0], [72.0]]
    """
    if mode.family == "car" or not has_slopes(streets):
        return seconds
    mover = "wheelchair" if mode.needs_wheelchair_access else mode.family
    sloped = []
    for direction, flat_s in zip(("forward", "backward"), seconds, strict=True):
        sloped_s = flat_s * streets[column_name(mover, direction)].to_numpy(float)
        if mover == "bicycle" and mode.pushing_speed_kmh is not None:
            push_s = streets["length_m"].to_numpy(float) * 3.6 / mode.pushing_speed_kmh * mode.time_factor
            on_foot = streets[column_name("foot", direction)].to_numpy(float)
            is_pushed = flat_s >= push_s * (1 - 1e-9)
            sloped_s = np.where(is_pushed, flat_s * on_foot, np.fmin(sloped_s, push_s * on_foot))
            sloped_s = np.where(np.isfinite(flat_s), sloped_s, np.nan)
        sloped.append(sloped_s)
    return sloped[0], sloped[1]
