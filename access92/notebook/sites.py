"""Where one more service would bring most people under a threshold."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.notebook.cached import bounded
from access92.notebook.networks import Network
from access92.notebook.numbers import read_count, read_metres, read_minutes, read_people
from access92.notebook.places import Places, check_not_taken, read_frame, read_places
from access92.notebook.progress_bar import notebook_progress
from access92.notebook.times import times_of_places
from access92.progress import Progress, of_step
from access92.siting.greedy import best_sites as best_of
from access92.siting.greedy import fullest_in_cells
from access92.sources.places import WGS84
from access92.travel.nearest import nearest_service
from access92.travel.time_limits import is_under


def best_sites(  # noqa: PLR0913 - data first, then names of columns
    network: Network,
    origins: pd.DataFrame,
    destinations: pd.DataFrame,
    *,
    candidates: pd.DataFrame | None = None,
    threshold_min: float = 20.0,
    count: int = 3,
    apart_m: float = 500.0,
    cell_m: float = 300.0,
    population: str = "population",
    origin_id: str | None = None,
    destination_id: str | None = None,
    candidate_id: str | None = None,
    on_progress: Progress | None = None,
) -> gpd.GeoDataFrame:
    """The places where one more destination would bring most people under the threshold (minutes), best first.

    Each place is judged without the others: their gains do not add up.

    Parameters
    ----------
    origins
        Where people live: points with a column ``population`` (≥ 0).
    destinations
        What there is today: whoever reaches one under the threshold cannot be gained.
    candidates
        The places to try; by default of each square of ``cell_m`` metres the origin with most people.
    count, apart_m
        How many places (1 or more), and how many metres each is at least from the better ones: a greater distance
        spreads them (the sites of a run are 3000 m apart), and may leave fewer than ``count``.
    population
        The column of people of the origins.

    Returns
    -------
    geopandas.GeoDataFrame
        ``rank`` (from 1), the id of the candidate (of the origin), ``mode``, ``threshold_min``, ``population_gained``,
        and a Point in the CRS of the candidates, at longitude and latitude rounded to six decimals, so that a study
        which names that place has that very gain. Fewer than ``count`` rows where no more places that far from the
        better ones gain anybody.

    Raises
    ------
    InputError
        As :func:`travel_time_matrix`; no such column of people; a count below 1; a distance that is none.

    Examples
    --------
    >>> from access92.notebook import build_network
    >>> from tests.toy_town import demand_at, services_at, town
    >>> network = build_network(town(), mode="walk", cache_folder=False)
    >>> sites = best_sites(network, demand_at((0, 0), (2, 2)), services_at(S=(0, 0)), threshold_min=2, cell_m=50)
    >>> sites[["rank", "demand_id", "population_gained"]].values.tolist()
    [[1, 'd1', 10.0]]
    """
    threshold_min, count = read_minutes(threshold_min, "threshold_min"), read_count(count, "count")
    apart_m = read_metres(apart_m, "apart_m")
    cell_m = read_metres(cell_m, "cell_m", may_be_zero=False)
    people = read_people(read_frame(origins, "origins"), population, role="origins")
    with notebook_progress(on_progress) as progress:
        found = times_of_places(
            network, origins, destinations, cutoff_min=threshold_min, origin_id=origin_id,
            destination_id=destination_id, on_progress=progress,
        )  # fmt: skip
        homes = found.origins
        demand = homes.table("demand_id").assign(population=people)
        tried = _tried(network, homes, demand, candidates, candidate_id, cell_m)

        # whoever is under the threshold today cannot be gained
        minutes, _ = nearest_service(found.times.minutes, np.arange(len(found.destinations.ids), dtype=np.int32))
        uncovered = demand[~is_under(minutes, threshold_min)]
        router = network.to_reach(uncovered, cutoff_min=threshold_min)
        places = tried.table("area_id")
        numbers = {str(name): at for at, name in enumerate(places["area_id"])}
        with bounded(router.cache_folder):
            sites = best_of(
                router, places, area_names={name: name for name in numbers}, threshold_min=threshold_min, count=count,
                apart_m=apart_m, on_progress=of_step(progress, "Lieux essayés"),
            )  # fmt: skip
    rows = [numbers[site.area_id] for site in sites]
    made = ("rank", "mode", "threshold_min", "population_gained", "geometry")
    check_not_taken([tried.ids.name], made, role="origins" if candidates is None else "candidates")
    return gpd.GeoDataFrame(
        {
            "rank": range(1, len(sites) + 1),
            tried.ids.name or "id": tried.ids.take(rows).to_numpy(),
            "mode": network.mode.name,
            "threshold_min": float(threshold_min),
            "population_gained": np.array([site.population_gained for site in sites], dtype=float),
        },
        geometry=gpd.points_from_xy([site.lon for site in sites], [site.lat for site in sites]),
        crs=WGS84,
    ).to_crs(tried.crs)


def _tried(
    network: Network,
    homes: Places,
    demand: gpd.GeoDataFrame,
    candidates: pd.DataFrame | None,
    candidate_id: str | None,
    cell_m: float,
) -> Places:
    """The candidates, or of each cell the home with most people."""
    if candidates is not None:
        return read_places(
            candidates, role="candidates", streets=network.streets, id_column=candidate_id, usual_id="candidate_id"
        )
    rows = fullest_in_cells(demand, cell_m=cell_m)
    return Places(homes.frame.iloc[rows], homes.ids.take(rows), homes.points.iloc[rows], homes.crs)
