"""Candidate places for a new service: a regular choice of inhabited places, and the travel times to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np


@dataclass(frozen=True, slots=True)
class CandidateTimes:
    """Travel times towards candidate places, by mode.

    ``places``: candidate_id, area_id, geometry (Point, study CRS), one per cell that has inhabitants.
    ``minutes``: by mode a float32 matrix candidates × demand points, NaN where not reached within ``cutoff_min``.
    """

    places: gpd.GeoDataFrame
    minutes: Mapping[str, np.ndarray]
    cutoff_min: float
