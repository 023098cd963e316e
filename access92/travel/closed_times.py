"""Travel times where a scenario closes streets: never shorter than with nothing closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np

from access92.network.graph import Network
from access92.network.snapping import NOT_SNAPPED, Snaps
from access92.travel.matrix import travel_time_matrix
from access92.travel.riding import Rider
from access92.travel.router import Router


@dataclass(frozen=True, slots=True)
class SnappedPlaces:
    """Services and demand points on a network, and by street of the network its row among the study's streets."""

    network: Network
    services: Snaps
    demand: Snaps
    study_row: np.ndarray

    def minutes(self, *, cutoff_min: float) -> np.ndarray:
        """Their matrix, as :func:`access92.travel.matrix.travel_time_matrix`."""
        return travel_time_matrix(self.network, self.services, self.demand, cutoff_min=cutoff_min)


def closed_times(router: Router, places: gpd.GeoSeries, snaps: Snaps, *, cutoff_min: float) -> np.ndarray:
    """Minutes from each demand point (columns) to places (rows, ``snaps`` theirs): float32, NaN = not reached."""
    if router.rider is not None:
        riding = router.rider.minutes(router, places, cutoff_min=cutoff_min)
        if router.whole is None:
            return riding
        # stops too may have moved: whoever they are, nobody gains by a street that is closed (NaN stays NaN)
        least: np.ndarray = np.maximum(riding, router.rider.minutes(router.whole, places, cutoff_min=cutoff_min))
        return least
    return street_times(router, places, snaps, cutoff_min=cutoff_min)


def closed_blocks(
    router: Router, places: gpd.GeoSeries, *, cutoff_min: float, rows_at_once: int
) -> Iterator[np.ndarray]:
    """The rows of :func:`closed_times`, some at a time: memory stays bounded whatever the number of places."""
    rider, whole = router.rider, router.whole
    if rider is None:
        for first in range(0, len(places), rows_at_once):
            block = places.iloc[first : first + rows_at_once]
            yield street_times(router, block, router.snap(block), cutoff_min=cutoff_min)
        return
    riding = rider.minutes_by_block(router, places, cutoff_min=cutoff_min, rows_at_once=rows_at_once)
    if whole is None:
        yield from riding
        return
    before = rider.minutes_by_block(whole, places, cutoff_min=cutoff_min, rows_at_once=rows_at_once)
    for minutes, known in zip(riding, before, strict=True):
        yield np.maximum(minutes, known)


def street_times(router: Router, places: gpd.GeoSeries, snaps: Snaps, *, cutoff_min: float) -> np.ndarray:
    """The same of the streets alone: by a router that rides, of who walks all the way."""
    after = SnappedPlaces(router.network, snaps, router.demand_snaps, _study_row(router))
    minutes = after.minutes(cutoff_min=cutoff_min)
    if router.whole is None:
        return minutes
    whole = router.whole
    before = SnappedPlaces(whole.network, whole.snap(places), whole.demand_snaps, _study_row(whole))
    return not_shortened(minutes, after, before, cutoff_min=cutoff_min)


def closed_reach(
    router: Router, rider: Rider, places: gpd.GeoSeries, *, window_s: tuple[int, int], under_min: float
) -> Iterator[np.ndarray]:
    """By place who can be there by each minute (:meth:`Rider.reached_by`), and could with nothing closed too."""
    after = rider.reached_by(router, places, window_s=window_s, under_min=under_min)
    if router.whole is None:
        yield from after
        return
    before = rider.reached_by(router.whole, places, window_s=window_s, under_min=under_min)
    for bits, known in zip(after, before, strict=True):
        yield bits & known


def not_shortened(minutes: np.ndarray, after: SnappedPlaces, before: SnappedPlaces, *, cutoff_min: float) -> np.ndarray:
    """The minutes of ``after``, where streets are closed, raised to those of ``before`` for places that have moved.

    A place that loses all its streets goes to the nearest one that is left, which it would not take otherwise: that
    alone may be shorter. All other places have fewer ways than before, and none new.
    """
    services = _moved(after.services, before.services, after.study_row, before.study_row)
    demand = _moved(after.demand, before.demand, after.study_row, before.study_row)
    every_service, every_demand = np.arange(minutes.shape[0]), np.arange(minutes.shape[1])
    for rows, columns in ((services, every_demand), (every_service, demand)):
        if len(rows) and len(columns):
            least = travel_time_matrix(
                before.network, before.services.take(rows), before.demand.take(columns), cutoff_min=cutoff_min
            )
            # what was not reached within the cut-off (NaN) is not reached now
            minutes[np.ix_(rows, columns)] = np.maximum(minutes[np.ix_(rows, columns)], least)
    return minutes


def _study_row(router: Router) -> np.ndarray:
    rows: np.ndarray = router.study_row[router.network.street_row]
    return rows


def _moved(after: Snaps, before: Snaps, after_row: np.ndarray, before_row: np.ndarray) -> np.ndarray:
    """The rows of places (int64, ascending) that have a link which they do not have where nothing is closed.

    ``after_row`` and ``before_row``: by street of either network its row among the study's streets.
    """
    place, street = _linked(after)
    known_place, known_street = _linked(before)
    count = int(max(after_row.max(), before_row.max())) + 1
    is_new = ~np.isin(place * count + after_row[street], known_place * count + before_row[known_street])
    return np.unique(place[is_new])


def _linked(snaps: Snaps) -> tuple[np.ndarray, np.ndarray]:
    """The place (int64) and the street of each link."""
    links = snaps.links()
    snapped = links.street != NOT_SNAPPED
    return links.place[snapped].astype(np.int64), links.street[snapped]
