"""Places that two runs have under one name and not quite at the same position: what rounding leaves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from pyproj import Geod

from access92.audit.compare.service_differences import SAME_M
from access92.audit.compared_tables import SERVICES
from access92.audit.values import FinishedRun, PositionDifference
from access92.outputs.layout import ACCESS

_SMALL_M = 1.0
"""Farther apart they are other places, or the same ids given anew."""


def position_differences(a: FinishedRun, b: FinishedRun) -> Iterator[PositionDifference]:
    """The services, then the people, whose positions differ by less than a metre; nothing of a table with more."""
    for name, key, tables in (
        (SERVICES, "service_id", (a.tables[SERVICES], b.tables[SERVICES])),
        (ACCESS, "demand_id", (a.places, b.places)),
    ):
        before, after = (_places(table, key) for table in tables)
        if before is None or after is None:
            continue
        both = before.merge(after, left_index=True, right_index=True, suffixes=("_a", "_b")).dropna()
        lon_a, lat_a, lon_b, lat_b = (both[name].to_numpy() for name in ("lon_a", "lat_a", "lon_b", "lat_b"))
        _, _, metres = Geod(ellps="WGS84").inv(lon_a, lat_a, lon_b, lat_b)
        moved = np.asarray(metres)[np.asarray(metres) > SAME_M]
        if len(moved) and moved.max() < _SMALL_M:
            yield PositionDifference(name, len(moved), len(both), float(moved.max()))


def _places(table: pd.DataFrame | None, key: str) -> pd.DataFrame | None:
    """Longitude and latitude by id, each id once; None where the table or the ids are not there."""
    if table is None or key not in table.columns:
        return None
    first = table[~table[key].duplicated()]
    degrees = {name: pd.to_numeric(first[name], errors="coerce").to_numpy(dtype=float) for name in ("lon", "lat")}
    return pd.DataFrame(degrees, index=first[key])
