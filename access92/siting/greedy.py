"""Places for one more service: those that would each bring most of the uncovered population under the threshold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely

from access92._statistics import sums_where
from access92.travel.closed_times import closed_blocks
from access92.travel.router import Router
from access92.travel.time_limits import is_under

_WGS84 = "EPSG:4326"
_DECIMALS = 6  # of a degree: a decimetre, as in the files of a run
_ROWS_AT_ONCE = 256  # candidates whose times are in memory together


@dataclass(frozen=True, slots=True)
class Site:
    """A place, and how many people it would bring within the threshold with no other new one (lon, lat: WGS 84)."""

    area_id: str
    area_name: str
    lon: float
    lat: float
    population_gained: float


def fullest_in_cells(demand: gpd.GeoDataFrame, *, cell_m: float) -> np.ndarray:
    """Rows of the demand: of each square cell of ``cell_m`` metres the point with most people (of equals the first).

    The cells lie on the multiples of ``cell_m`` in the CRS of the demand. A cell without people gives none.
    In the order of the rows.

    >>> places = gpd.points_from_xy([10, 20, 130, 210], [0, 0, 0, 0])
    >>> demand = gpd.GeoDataFrame({"population": [1, 8, 5, 0]}, geometry=places, crs=2154)
    >>> fullest_in_cells(demand, cell_m=100).tolist()
    [1, 2]
    """
    population = demand["population"].to_numpy(dtype=float)
    cells = np.floor(shapely.get_coordinates(demand.geometry.array) / cell_m).astype(np.int64)
    order = np.lexsort((-population, cells[:, 1], cells[:, 0]))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(cells[order], axis=0) != 0).any(axis=1)
    chosen = order[first]
    return np.sort(chosen[population[chosen] > 0])


def pick_apart(gains: np.ndarray, xy: np.ndarray, *, count: int, apart_m: float) -> list[int]:
    """Up to ``count`` rows, the largest gain first, each at ``apart_m`` or more from those already picked.

    Of equal gains the first row; a place that gains nobody is never picked.

    >>> xy = np.array([[0.0, 0.0], [50.0, 0.0], [100.0, 0.0]])
    >>> pick_apart(np.array([9.0, 8.0, 5.0]), xy, count=3, apart_m=100)
    [0, 2]
    """
    picked: list[int] = []
    for row in np.argsort(-gains, kind="stable").tolist():
        if len(picked) == count or not gains[row] > 0:
            break
        if all(np.hypot(*(xy[row] - xy[other])) >= apart_m for other in picked):
            picked.append(row)
    return picked


def best_sites(
    router: Router,
    candidates: gpd.GeoDataFrame,
    *,
    area_names: Mapping[str, str],
    threshold_min: float,
    count: int = 3,
    apart_m: float = 3000.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Site, ...]:
    """The places where one more service would bring most people under the threshold, most people first.

    Each candidate is tried at its longitude and latitude to six decimals, so that a study which names that place has
    the very gain. Each site is judged without the others, and is ``apart_m`` at least from the better ones. Fewer than
    ``count`` where no more places gain anybody.

    Parameters
    ----------
    router
        Of the streets, the speeds and the vehicles of today; its demand (population) are those who are not under the
        threshold: only they can be gained.
    candidates
        Places (area_id), in the CRS of the demand.
    area_names
        By area_id.
    """
    # a place is tried where a study file would put it: at its rounded degrees, not at the place itself
    degrees = candidates.geometry.to_crs(_WGS84)
    lon, lat = degrees.x.to_numpy().round(_DECIMALS), degrees.y.to_numpy().round(_DECIMALS)
    places = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=_WGS84).to_crs(candidates.crs)

    population = router.demand["population"].to_numpy(dtype=float)
    gains, done = np.zeros(len(places)), 0
    for minutes in closed_blocks(router, places, cutoff_min=threshold_min, rows_at_once=_ROWS_AT_ONCE):
        gains[done : done + len(minutes)] = sums_where(is_under(minutes, threshold_min), population, axis=1)
        done += len(minutes)
        if on_progress is not None:
            on_progress(done, len(places))

    area_ids = candidates["area_id"].astype(str).to_numpy()
    picked = pick_apart(gains, shapely.get_coordinates(places.array), count=count, apart_m=apart_m)
    return tuple(
        Site(area_ids[at], str(area_names[area_ids[at]]), float(lon[at]), float(lat[at]), float(gains[at]))
        for at in picked
    )
