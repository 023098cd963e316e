"""Isochrones: the areas from which destinations are reached in time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.notebook.cached import bounded
from access92.notebook.networks import Network
from access92.notebook.numbers import read_thresholds
from access92.notebook.places import check_not_taken, read_places
from access92.notebook.progress_bar import notebook_progress
from access92.progress import Progress
from access92.study.schemas import ANY
from access92.travel.cached_isochrones import draw_mode
from access92.travel.cached_times import time_mode


def isochrones(
    network: Network,
    destinations: pd.DataFrame,
    *,
    thresholds_min: float | Sequence[float] = (10.0, 20.0),
    together: bool = False,
    destination_id: str | None = None,
    on_progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """The areas from which each destination is reached in less than each threshold (minutes).

    They are drawings of the very times of :func:`travel_time_matrix`, on a grid of some metres; count people with
    :func:`coverage`. The search goes towards the destination: one-way streets matter.

    Parameters
    ----------
    destinations
        GeoDataFrame of points in any CRS, or DataFrame with columns ``lon`` and ``lat`` (WGS 84).
    together
        One area for all destinations: whence one of them, whichever, is reached.
    destination_id
        The column of the ids; by default ``service_id``, else ``id``, else the index.

    Returns
    -------
    geopandas.GeoDataFrame
        The id of the destination (no such column where ``together``), ``mode``, ``threshold_min``, ``area_km2``
        (measured in the CRS of the network) and a MultiPolygon in the caller's CRS, maybe empty. Destinations in their
        order, thresholds ascending; that of a lesser threshold lies in that of a greater.

    Raises
    ------
    InputError
        As :func:`travel_time_matrix`.

    Examples
    --------
    >>> from access92.notebook import build_network
    >>> from tests.toy_town import services_at, town
    >>> network = build_network(town(), mode="walk", cache_folder=False)
    >>> areas = isochrones(network, services_at(S1=(1, 1)), thresholds_min=[1, 2])
    >>> areas[["service_id", "threshold_min"]].values.tolist(), areas["area_km2"].is_monotonic_increasing
    ([['S1', 1.0], ['S1', 2.0]], True)
    """
    limits = read_thresholds(thresholds_min, "thresholds_min")
    places = read_places(
        destinations, role="destinations", streets=network.streets, id_column=destination_id, usual_id="service_id"
    )
    services, count = places.table("service_id"), len(places.ids)
    router = network.to_reach(network.router.demand.iloc[:0], cutoff_min=limits[-1])
    with bounded(router.cache_folder), notebook_progress(on_progress) as progress:
        progress("Isochrones")
        drawn = draw_mode(
            router, time_mode(router, services), services.geometry,
            single_ids=() if together else list(services["service_id"]),
            groups={("", ANY): np.arange(count)} if together else {},
            thresholds_min=limits,
        ).table  # fmt: skip
    named: dict[Any, Any] = {} if together else {places.ids.name or "id": places.ids.repeat(len(limits)).to_numpy()}
    check_not_taken(named, ("mode", "threshold_min", "area_km2", "geometry"), role="destinations")
    columns = {name: drawn[name].to_numpy() for name in ("mode", "threshold_min", "area_km2")}
    return gpd.GeoDataFrame({**named, **columns}, geometry=drawn.geometry.to_numpy(), crs=drawn.crs).to_crs(places.crs)
