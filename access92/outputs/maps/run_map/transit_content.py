"""Public transport in the page of a run: isochrones, lines and stops, and the trips of every home.

Nothing of it is in the page of a study in which no mode rides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely

from access92.outputs.maps.backdrop import MapBackdrop
from access92.outputs.maps.encoding import pack_polygons, to_mercator
from access92.outputs.maps.run_map.packed_timetables import pack_timetables
from access92.outputs.maps.run_map.packed_trips import nearest_pairs, pack_trips, ridden_calls
from access92.outputs.maps.run_map.packing import pack_tree, time_codes
from access92.outputs.words.itineraries import access_words
from access92.outputs.words.maps import riding_note
from access92.outputs.words.moments import clock_words, full_day
from access92.outputs.words.transit import percentile_words, service_day, timetable_label
from access92.outputs.words.typography import typeset
from access92.run.results import Results
from access92.sources.timetable import Timetable
from access92.study.schemas import ANY
from access92.transit.cached_trips import cached_trips
from access92.transit.mode_rides import ModeRides

_ISOCHRONE_TOLERANCE_M = 8.0  # metres on the backdrop, as those of the headline mode


@dataclass(frozen=True, slots=True)
class TransitContent:
    """What a page with public transport has beside the others: a part of its JSON, and packed arrays by name."""

    data: dict[str, Any]
    blobs: dict[str, str]


def transit_content(results: Results, backdrop: MapBackdrop, page: Mapping[str, Any]) -> TransitContent:
    """What the page of a run whose modes ride has of them; ``page``: its JSON."""
    transit, first = results.study.transit, results.mode_rides[0]
    if transit is None:  # a mode that rides has a timetable
        raise ValueError(results.study.name)
    timetables = _distinct(rides.timetable for rides in results.mode_rides)
    at = [next(i for i, table in enumerate(timetables) if table is rides.timetable) for rides in results.mode_rides]

    # the trips first: they say which vehicles the page needs
    trips = [cached_trips(rides, _origins(results, rides, page)) for rides in results.mode_rides]
    ridden = [np.zeros(len(table), dtype=bool) for table in timetables]
    for number, made in zip(at, trips, strict=True):
        ridden[number] |= ridden_calls(made, count=len(timetables[number]))
    packed = pack_timetables(timetables, ridden, backdrop.places_grid, first.options)
    blobs = {f"trips-{i}": pack_trips(made, first.options, packed, at[i]) for i, made in enumerate(trips)}
    blobs |= {"timetables": packed.content, "ride-isochrones": _isochrones(results, backdrop)}
    first_s, end_s = transit.window_s
    riding = dict.fromkeys(rides.mode for rides in results.mode_rides)
    data = {
        "window": [first_s, end_s],
        "slack": transit.boarding_slack_s,
        "longest": first.options.max_trip_s,
        "percentile": transit.percentile,
        # which trips and which timetable a scenario has by a mode
        "trips": {
            f"{scenario}/{rides.mode}": i for i, rides in enumerate(results.mode_rides) for scenario in rides.scenarios
        },
        "timetables": {scenario: at[i] for i, rides in enumerate(results.mode_rides) for scenario in rides.scenarios},
        "words": {
            "percentile": typeset(percentile_words(transit.percentile)),
            "window": "de {} à {}".format(*(clock_words(item).replace(" ", "\u00a0") for item in transit.window)),
            "days": {item.name: typeset(full_day(service_day(results, item.name))) for item in results.scenarios},
            "notes": {
                f"{item.name}/{name}": riding_note(results, name, item.name)
                for item in results.scenarios
                for name, mode in results.modes.items()
                if mode.rides
            },
            "timetable": typeset(timetable_label(results)),
            "access": {name: typeset(_upper_first(access_words(results.modes[name]))) for name in riding},
        },
    }
    return TransitContent(data, blobs)


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _distinct(timetables: Iterable[Timetable]) -> list[Timetable]:
    """Timetables that are not the same object, in their order."""
    by_id = {id(table): table for table in timetables}
    return list(by_id.values())


def _origins(results: Results, rides: ModeRides, page: Mapping[str, Any]) -> list[np.ndarray]:
    """By service the demand points of which it is the nearest, under some scenario and rule of the page."""
    edges, kinds = page["edges"], [set(service["kinds"]) for service in page["services"]]
    nearest: list[np.ndarray] = []
    for scenario in page["scenarios"]:
        if scenario["name"] not in rides.scenarios:
            continue
        times = results.scenario_times.get((scenario["name"], rides.mode), results.travel_times[rides.mode])
        counted: list[Sequence[int]] = [
            [row for row in scenario["rows"] if rule == ANY or rule in kinds[row]] for rule in scenario["rules"]
        ]
        pairs = nearest_pairs(time_codes(times.minutes, edges), counted, beyond=len(edges))
        nearest = pairs if not nearest else [np.union1d(a, b) for a, b in zip(nearest, pairs, strict=True)]
    return nearest


def _isochrones(results: Results, backdrop: MapBackdrop) -> str:
    """The isochrones of each scenario and rule by the modes that ride, widest first; equal ones once."""
    table = results.isochrones
    modes = {rides.mode for rides in results.mode_rides}
    # by the headline mode the page has those of each service, but for scenarios of other streets or lines
    headline = results.study.analysis.headline_mode
    others = {scenario for scenario, mode in results.scenario_times if mode == headline}
    is_there = (table["mode"] == headline) & ~table["scenario"].isin(others)
    asked = table[(table["scenario"] != "") & table["mode"].isin(modes) & ~is_there & ~table.geometry.is_empty]
    asked = asked.sort_values("threshold_min", ascending=False, kind="stable")
    outlines = asked.set_geometry(
        shapely.simplify(asked.geometry.array, _ISOCHRONE_TOLERANCE_M, preserve_topology=False), crs=asked.crs
    )
    shapes = pack_polygons(to_mercator(outlines), backdrop.paths_grid, tolerance_m=_ISOCHRONE_TOLERANCE_M / 4)
    numbers: dict[str, int] = {}
    distinct: list[list[str]] = []
    of: list[list[object]] = []
    mobile = results.study.mobile_kind
    for row, shape in zip(asked.itertuples(), shapes, strict=True):
        if not shape:
            continue
        key = repr(shape)
        if key not in numbers:
            numbers[key] = len(distinct)
            distinct.append(shape)
        rule = "mobile" if row.rule == mobile else row.rule
        of.append([f"{row.scenario}/{row.mode}/{rule}", float(row.threshold_min), numbers[key]])
    return pack_tree({"of": of, "shapes": distinct}, ("shapes",))
