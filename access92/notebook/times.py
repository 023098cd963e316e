"""Minutes from homes to services: all of them, or to the nearest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from access92.notebook.cached import bounded
from access92.notebook.networks import Network
from access92.notebook.numbers import read_minutes
from access92.notebook.places import Places, check_not_taken, read_places
from access92.notebook.progress_bar import notebook_progress
from access92.progress import Progress
from access92.travel.cached_times import time_mode
from access92.travel.matrix import TravelTimes
from access92.travel.nearest import nearest_service

NEAREST, MINUTES, SNAP, CUTOFF = "nearest", "travel_time_min", "snap_m", "cutoff_min"


@dataclass(frozen=True, slots=True, eq=False)
class TimesOfPlaces:
    """Origins, destinations and the matrix destinations × origins between them."""

    origins: Places
    destinations: Places
    times: TravelTimes


def travel_time_matrix(
    network: Network,
    origins: pd.DataFrame,
    destinations: pd.DataFrame,
    *,
    cutoff_min: float = 60.0,
    origin_id: str | None = None,
    destination_id: str | None = None,
    on_progress: Progress | None = None,
) -> pd.DataFrame:
    """Minutes from each origin to each destination, door to door, in the direction of travel.

    Parameters
    ----------
    origins, destinations
        GeoDataFrames of points in any CRS, or DataFrames with columns ``lon`` and ``lat`` (WGS 84).
    cutoff_min
        The longest time that is given as one, inclusive; at most 240.
    origin_id, destination_id
        The columns of the ids; by default ``demand_id`` and ``service_id``, else ``id``, else the index.

    Returns
    -------
    pandas.DataFrame
        (n_origins, n_destinations), float32: a row an origin, a column a destination, in their orders and under their
        ids. NaN: not reached within ``cutoff_min``, or too far from any street to be linked to one.

    Raises
    ------
    InputError
        No CRS, or coordinates that are not of the CRS that they declare; doubled ids; places far from all streets.

    Examples
    --------
    >>> from access92.notebook import build_network
    >>> from tests.toy_town import demand_at, services_at, town
    >>> network = build_network(town(), mode="walk", cache_folder=False)
    >>> homes, services = demand_at((0, 0), (2, 1)), services_at(S1=(0, 1), S2=(2, 2))
    >>> travel_time_matrix(network, homes, services)
    service_id   S1   S2
    demand_id
    d0          1.0  4.0
    d1          2.0  1.0
    """
    found = times_of_places(
        network, origins, destinations, cutoff_min=cutoff_min, origin_id=origin_id, destination_id=destination_id,
        on_progress=on_progress,
    )  # fmt: skip
    return pd.DataFrame(found.times.minutes.T, index=found.origins.ids, columns=found.destinations.ids)


def nearest(
    network: Network,
    origins: pd.DataFrame,
    destinations: pd.DataFrame,
    *,
    cutoff_min: float = 60.0,
    origin_id: str | None = None,
    destination_id: str | None = None,
    on_progress: Progress | None = None,
) -> pd.DataFrame:
    """The origins, each with its nearest destination and the minutes to it.

    Parameters: as :func:`travel_time_matrix`.

    Returns
    -------
    pandas.DataFrame
        The frame of the origins (a GeoDataFrame in its own CRS, if it was one) and five columns: ``mode``;
        ``nearest_<id of the destinations>`` (null where none is reached; of equal times the first); ``travel_time_min``
        (float32, minutes, NaN where none is reached); ``snap_m`` (metres to the street, NaN: linked to none);
        ``cutoff_min`` (how far times were searched: :func:`coverage` counts up to there).

    Raises
    ------
    InputError
        Origins that have such a column already; what :func:`travel_time_matrix` refuses.

    Examples
    --------
    >>> from access92.notebook import build_network
    >>> from tests.toy_town import demand_at, services_at, town
    >>> network = build_network(town(), mode="walk", cache_folder=False)
    >>> reached = nearest(network, demand_at((0, 0), (2, 1)), services_at(S1=(0, 1), S2=(2, 2)))
    >>> reached[["demand_id", "nearest_service_id", "travel_time_min"]].to_numpy().tolist()
    [['d0', 'S1', 1.0], ['d1', 'S2', 1.0]]
    """
    found = times_of_places(
        network, origins, destinations, cutoff_min=cutoff_min, origin_id=origin_id, destination_id=destination_id,
        on_progress=on_progress,
    )  # fmt: skip
    ids = found.destinations.ids
    minutes, row = nearest_service(found.times.minutes, np.arange(len(ids), dtype=np.int32))
    named = pd.Series(ids.take(np.maximum(row, 0))).where(row >= 0)
    columns: dict[str, Any] = {
        "mode": network.mode.name,
        f"{NEAREST}_{ids.name or 'id'}": named.to_numpy(),
        MINUTES: minutes,
        SNAP: _linked_m(found.times.demand_snaps),
        CUTOFF: read_minutes(cutoff_min, CUTOFF),
    }
    check_not_taken(found.origins.frame.columns, columns, role="origins")
    return found.origins.frame.assign(**columns)


def _linked_m(snaps: pd.DataFrame) -> np.ndarray:
    """Metres to the street that each place is linked to; NaN where none is near enough, however far the nearest is."""
    metres: np.ndarray = snaps["snap_m"].where(snaps["edge_id"].notna()).to_numpy(dtype=float)
    return metres


def times_of_places(
    network: Network,
    origins: pd.DataFrame,
    destinations: pd.DataFrame,
    *,
    cutoff_min: float,
    origin_id: str | None,
    destination_id: str | None,
    on_progress: Progress | None,
) -> TimesOfPlaces:
    """The matrix of two frames, as a run computes and keeps it."""
    cutoff_min = read_minutes(cutoff_min, "cutoff_min")
    homes = read_places(origins, role="origins", streets=network.streets, id_column=origin_id, usual_id="demand_id")
    services = read_places(
        destinations, role="destinations", streets=network.streets, id_column=destination_id, usual_id="service_id"
    )
    router = network.to_reach(homes.table("demand_id"), cutoff_min=cutoff_min)
    with bounded(router.cache_folder), notebook_progress(on_progress) as progress:
        progress(f"Temps de parcours : {network.mode.label.lower()}")
        times = time_mode(router, services.table("service_id")).times
    return TimesOfPlaces(homes, services, times)
