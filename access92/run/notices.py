"""What a run survived: services that do not count, places not snapped, streets cut off, a margin too narrow."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import geopandas as gpd
import pandas as pd

from access92.network.modes import Mode
from access92.scenarios.chain import scenario_chain
from access92.study.databases import ServerAddress
from access92.study.model import Scenario, Study
from access92.study.notices import Notice
from access92.study.omissions import reasons_to_texts
from access92.travel.cached_times import NetworkSummary
from access92.travel.matrix import TravelTimes


def read_notices(code: str, sentences: Iterable[str]) -> tuple[Notice, ...]:
    """A notice for each sentence that a reader of inputs wrote (``areas_read``, ``tables_read``…).

    >>> read_notices("streets_read", ["47 rues à sens contraire."])[0].subject
    ('47 rues à sens contraire.',)
    """
    return tuple(Notice(code, (sentence,)) for sentence in sentences)


def password_notices(study: Study) -> tuple[Notice, ...]:
    """The parts of a study whose database is addressed with its password (``password_in_study``); none without any."""
    parts = {"areas": study.areas, "services": study.services, "population": study.population}
    parts |= {} if study.calendar is None else {"calendar": study.calendar}
    held = tuple(
        name for name, part in parts.items() if isinstance(part.file, ServerAddress) and part.file.has_password
    )
    return (Notice("password_in_study", held),) if held else ()


def advice_notices(study: Study) -> tuple[Notice, ...]:
    """What is better not written in a study, and what does nothing there (``candidates_unused``)."""
    unused = (Notice("candidates_unused"),) if study.map.candidates_m > 0 else ()
    return (*password_notices(study), *unused)


def choice_notices(study: Study, scenarios: Iterable[Scenario]) -> tuple[Notice, ...]:
    """The scenarios whose places were chosen on other streets than those of the run (``chosen_on_demo``).

    A scenario has the places of the one that it is based on; none on the demonstration streets themselves.
    """
    if study.streets.demo:
        return ()
    names = tuple(item.name for item in scenarios if any(link.chosen_on_demo for link in scenario_chain(study, item)))
    return (Notice("chosen_on_demo", names),) if names else ()


def collect_notices(  # noqa: PLR0913
    *,
    unlocated: pd.DataFrame,
    services: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    modes: Mapping[str, Mode],
    networks: Mapping[str, NetworkSummary],
    travel_times: Mapping[str, TravelTimes],
    areas: gpd.GeoDataFrame,
    streets: gpd.GeoDataFrame,
    threshold_min: float,
    max_snap_m: float,
) -> tuple[Notice, ...]:
    """The notices of services, snaps (by mode) and streets, in this order.

    Codes and subjects: ``service_uncounted`` (service id, name, reasons as texts), ``service_unsnapped`` (service id,
    name, mode), ``demand_unsnapped``, ``streets_cut_off`` and ``margin_too_narrow`` (mode).
    """
    uncounted = zip(unlocated["service_id"], unlocated["name"], unlocated["reasons"], strict=True)
    return (
        *(
            Notice("service_uncounted", (str(service_id), str(name), *reasons_to_texts(reasons)))
            for service_id, name, reasons in uncounted
        ),
        *(
            notice
            for mode, times in travel_times.items()
            for notice in _unsnapped(mode, times, services, demand, max_snap_m)
        ),
        *(_cut_off(network) for network in networks.values() if network.cut_off_nodes),
        *_narrow_margins(modes, _margin_m(areas, streets), threshold_min),
    )


def _unsnapped(
    mode: str, times: TravelTimes, services: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, max_snap_m: float
) -> Iterator[Notice]:
    """Each service that the mode could not snap to a street, then all the demand points together."""
    far = times.service_snaps["edge_id"].isna()
    for row, snap_m in zip(far[far].index, times.service_snaps.loc[far, "snap_m"], strict=True):
        subject = (str(services["service_id"].iloc[row]), str(services["name"].iloc[row]), mode)
        yield Notice("service_unsnapped", subject, {"max_snap_m": max_snap_m, "snap_m": float(snap_m)})
    population = demand["population"].to_numpy(float)[times.demand_snaps["edge_id"].isna().to_numpy()]
    if len(population):
        numbers = {"points": len(population), "max_snap_m": max_snap_m}
        yield Notice("demand_unsnapped", (mode,), numbers, float(population.sum()))


def _cut_off(network: NetworkSummary) -> Notice:
    """The junctions and streets of a mode that are not joined to the rest of its network both ways."""
    numbers = {
        "nodes": network.nodes,
        "length_km": network.length_km,
        "cut_off_nodes": network.cut_off_nodes,
        "cut_off_length_km": network.cut_off_length_km,
    }
    return Notice("streets_cut_off", (network.mode,), numbers)


def _narrow_margins(modes: Mapping[str, Mode], margin_m: float, threshold_min: float) -> Iterator[Notice]:
    """Each mode that goes farther within the threshold than the streets go beyond the areas."""
    for name, mode in modes.items():
        reach_m = farthest_m(mode, threshold_min)
        if reach_m > margin_m:
            numbers = {"margin_m": margin_m, "threshold_min": threshold_min, "reach_m": reach_m}
            yield Notice("margin_too_narrow", (name,), numbers)


def _margin_m(areas: gpd.GeoDataFrame, streets: gpd.GeoDataFrame) -> float:
    """How far the streets go beyond the areas, on the side where they go least far (metres, at least 0)."""
    inner, outer = areas.total_bounds, streets.total_bounds
    return max(0.0, float(min(*(inner[:2] - outer[:2]), *(outer[2:] - inner[2:]))))


def farthest_m(mode: Mode, threshold_min: float) -> float:
    """Metres that the mode can cover on the streets within the threshold at its fastest, on the way to a stop too."""
    to_the_stop_m = 0.0 if mode.access_mode is None else farthest_m(mode.access_mode, threshold_min)
    own_m = mode.speed_kmh / mode.fastest_time_factor * 1000 / 60 * max(0.0, threshold_min - mode.parking_min)
    return max(own_m, to_the_stop_m)
