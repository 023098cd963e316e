"""Candidate places for a new service: a regular choice of inhabited places, and the travel times to each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92._concurrency import prepared_copy
from access92._space import unique_cells


@dataclass(frozen=True, slots=True)
class CandidateTimes:
    """Travel times towards candidate places, by mode.

    ``places``: candidate_id, area_id, geometry (Point, study CRS), one per cell that has inhabitants.
    ``minutes``: by mode a float32 matrix candidates × demand points, NaN where not reached within ``cutoff_min``
    (the largest threshold of the study: a new service is counted under a threshold, its minutes matter less); those
    that the cache holds are read at their first use.
    """

    places: gpd.GeoDataFrame
    minutes: Mapping[str, np.ndarray]
    cutoff_min: float


def choose_candidates(demand: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, cell_m: float) -> gpd.GeoDataFrame:
    """One inhabited demand point per square cell of ``cell_m`` metres: candidate_id, area_id, geometry.

    The cells lie on the multiples of ``cell_m`` in the CRS of the demand. In each, the demand point nearest to the
    mean place of its inhabitants (of equals the first). Only points with inhabitants, of one of the ``areas`` and
    inside it. Rows from south to north, then west to east; the same demand gives the same places. A cell of 0: none.

    Examples
    --------
    >>> places = gpd.points_from_xy([10, 20, 95, 130], [0, 0, 0, 0])
    >>> demand = gpd.GeoDataFrame({"area_id": "a", "population": [1, 8, 1, 0]}, geometry=places, crs=2154)
    >>> areas = gpd.GeoDataFrame({"area_id": ["a"]}, geometry=[shapely.box(-1, -1, 200, 1)], crs=2154)
    >>> chosen = choose_candidates(demand, areas, cell_m=100)
    >>> chosen["candidate_id"].tolist(), chosen.geometry.x.tolist()
    (['C001'], [20.0])
    """
    population = demand["population"].to_numpy(dtype=float)
    rows = np.flatnonzero((population > 0) & _inside(demand, areas)) if cell_m > 0 else np.zeros(0, dtype=np.int64)
    xy = shapely.get_coordinates(demand.geometry.array[rows])
    inhabitants = population[rows]
    # cells by row then column of the grid: from south to north, then west to east
    cells, owner = unique_cells(np.floor(xy / max(cell_m, 1e-9))[:, ::-1])
    cell_population = np.bincount(owner, weights=inhabitants, minlength=len(cells))
    middle = np.column_stack(
        [
            np.bincount(owner, weights=inhabitants * xy[:, axis], minlength=len(cells)) / cell_population
            for axis in (0, 1)
        ]
    )
    # to the millimetre: two points at the same distance but for rounding are equals, and the first is chosen
    off_m = np.hypot(*(xy - middle[owner]).T).round(3)
    order = np.lexsort((np.arange(len(rows)), off_m, owner))
    first = order[np.flatnonzero(np.diff(owner[order], prepend=-1))]
    chosen = demand.iloc[rows[first]]
    width = max(3, len(str(len(first))))
    return gpd.GeoDataFrame(
        {
            "candidate_id": pd.Series([f"C{i:0{width}d}" for i in range(1, len(first) + 1)], dtype=object),
            "area_id": chosen["area_id"].to_numpy(),
        },
        geometry=chosen.geometry.array,
        crs=demand.crs,
    )


def _inside(demand: gpd.GeoDataFrame, areas: gpd.GeoDataFrame) -> np.ndarray:
    """Which demand points are inside the area that counts them."""
    row = pd.Index(areas["area_id"]).get_indexer(pd.Index(demand["area_id"]))
    inside = np.zeros(len(demand), dtype=bool)
    for i, shape in enumerate(areas.geometry.array):
        members = np.flatnonzero(row == i)
        if len(members):
            inside[members] = shapely.covers(prepared_copy(shape), demand.geometry.array[members])
    return inside
