"""Places for one more service: those that would each bring most of the uncovered population under the threshold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely

from access92._space import LINK_RADIUS_M
from access92.network.graph import Network
from access92.network.link_reference import LinkReference
from access92.network.snapping import snap_places
from access92.travel.closed_times import SnappedPlaces, not_shortened
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


def best_sites(  # noqa: PLR0913
    demand: gpd.GeoDataFrame,
    travel_time_min: np.ndarray,
    streets: gpd.GeoDataFrame,
    network: Network,
    *,
    candidate_rows: Sequence[int] | np.ndarray,
    area_names: Mapping[str, str],
    threshold_min: float,
    max_snap_m: float,
    link_radius_m: float = LINK_RADIUS_M,
    reference: LinkReference | None = None,
    whole: Network | None = None,
    count: int = 3,
    apart_m: float = 3000.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> tuple[Site, ...]:
    """The places where one more service would bring most people under the threshold, most people first.

    Tried: the demand points of ``candidate_rows``, each at its longitude and latitude to six decimals, so that a study
    which names that place has the very gain. Each site is judged without the others, and is ``apart_m`` at least from
    the better ones. Fewer than ``count`` where no more places gain anybody.

    Parameters
    ----------
    travel_time_min
        float32 per demand point: minutes to the nearest service of today, NaN = not reached.
    streets, network
        Those by which people travel today: ``network`` is built from ``streets``.
    reference
        The streets of the whole study, which decide how far places link; by default ``streets``.
    whole
        The network of all the streets of ``reference``, where ``streets`` are a part of them.
    area_names
        By area_id.
    """
    # a threshold is strict, as everywhere: whoever is exactly at it is uncovered
    uncovered = ~is_under(travel_time_min, threshold_min)
    population = demand["population"].to_numpy(dtype=float)

    # a place is tried where a study file would put it: at its rounded degrees, not at the demand point itself
    rows = np.asarray(candidate_rows)
    degrees = demand.geometry.iloc[rows].to_crs(_WGS84)
    lon, lat = degrees.x.to_numpy().round(_DECIMALS), degrees.y.to_numpy().round(_DECIMALS)
    places = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=_WGS84).to_crs(demand.crs)

    # only the uncovered can be gained, so only they are searched for, block by block: memory stays bounded
    reference = LinkReference(streets) if reference is None else reference

    def snapped(by: Network, table: gpd.GeoDataFrame) -> SnappedPlaces:
        """The places and the uncovered on a network."""
        services, homes = (
            snap_places(
                located, table, by, max_snap_m=max_snap_m, radius_m=link_radius_m, reference=reference, serving=serving
            )
            for located, serving in ((places, by.serves_services), (demand.geometry[uncovered], by.serves_demand))
        )  # fmt: skip
        return SnappedPlaces(by, services, homes, reference.rows_of(table)[by.street_row])

    after, before = snapped(network, streets), None if whole is None else snapped(whole, reference.streets)
    gains = np.zeros(len(rows))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = slice(start, min(len(rows), start + _ROWS_AT_ONCE))
        tried = replace(after, services=after.services.part(block))
        minutes = tried.minutes(cutoff_min=threshold_min)
        if before is not None:
            known = replace(before, services=before.services.part(block))
            minutes = not_shortened(minutes, tried, known, cutoff_min=threshold_min)
        gains[block] = is_under(minutes, threshold_min) @ population[uncovered]
        if on_progress is not None:
            on_progress(block.stop, len(rows))

    area_ids = demand["area_id"].astype(str).to_numpy()[rows]
    picked = pick_apart(gains, shapely.get_coordinates(places.array), count=count, apart_m=apart_m)
    return tuple(
        Site(area_ids[at], str(area_names[area_ids[at]]), float(lon[at]), float(lat[at]), float(gains[at]))
        for at in picked
    )
