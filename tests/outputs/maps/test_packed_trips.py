"""Timetables and trips that were packed for the page of a run are read by its scripts as the engine has them."""

from __future__ import annotations

import base64
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from access92.outputs.maps.encoding import FINE_CELLS, grid_over
from access92.outputs.maps.run_map.packed_timetables import pack_timetables
from access92.outputs.maps.run_map.packed_trips import TRIP_PATHS, pack_trips, ridden_calls
from access92.outputs.pages import template_text
from access92.transit.legs import time_profile, trip_legs
from access92.transit.matrix import TransitOptions
from access92.transit.trips import origin_trips
from access92.travel.kernels import UNREACHED
from tests.outputs.maps.test_run_map_packing import unpacked
from tests.outputs.node_scripts import needs_node, run_script
from tests.transit.oracle import INFINITE
from tests.transit.random_timetables import Case, dense_case, footpaths_of

READ = (
    "\n".join(map(template_text, ("map_elements.js", "map_unpacking.js", "run_map_unpacking.js",
                                  "run_map_transit_trips.js")))
    + """
const bytes = text => Uint8Array.from(Buffer.from(text, "base64")).buffer;
console.log(JSON.stringify(input.map(one => {
  const timetables = new A92.Timetables(A92.tree(bytes(one.timetables), ["stops", "patterns"]), [0, 0, 1]);
  const read = new A92.Trips(A92.tree(bytes(one.trips), one.paths), timetables, timetables.table(0));
  return one.asked.map(([home, service]) => {
    const profile = read.profile(home, service, one.transit, 0);
    return [profile.map(item => item.seconds), profile.map(item => !!item.node),
      profile.map(item => read.legs(item).map(leg => [leg.kind, leg.begin, leg.end,
        leg.to === null ? "" : timetables.stops[leg.to].name, leg.line ? leg.line[0] : ""]))];
  });
})));
"""
)  # fmt: skip


def packed(case: Case) -> tuple[dict[str, Any], Any]:
    """A case as the page gets it, and what the engine reads it from."""
    options = options_of(case)
    rides: Any = SimpleNamespace(timetable=case.timetable, footpaths=footpaths_of(case.timetable, case.walks),
                                 options=options, usability=None)  # fmt: skip
    homes = np.arange(len(case.walks.access))
    origins = [homes] * len(case.walks.egress)
    trips = origin_trips(case.timetable, rides.footpaths, origins, options=options)
    grid = grid_over((-100.0, -100.0, 100.0, 100.0), n_cells=FINE_CELLS)
    timetables = pack_timetables([case.timetable], [ridden_calls(trips, count=len(case.timetable))], grid, options)
    made = {
        "timetables": timetables.content, "trips": pack_trips(trips, options, timetables, 0),
    }  # fmt: skip
    content: dict[str, Any] = {name: _base64(text) for name, text in made.items()}
    content["transit"] = {"window": case.window_s, "slack": case.slack_s, "longest": options.max_trip_s}
    content["asked"] = [(home, service) for service in range(len(origins)) for home in homes.tolist()]
    return content | {"paths": TRIP_PATHS}, rides


def _base64(text: str) -> str:
    return base64.b64encode(unpacked(text)).decode("ascii")


def with_ties(case: Case, seed: int) -> Case:
    """The case with several stops around each home, as far away, and ways without a ride as long as some ride."""
    rng = np.random.default_rng(seed)
    n_stops = len(case.timetable.stops)
    access = [[(int(stop), 30 * int(rng.integers(4))) for stop in rng.permutation(n_stops)[:4]] for _ in range(4)]
    never = [[INFINITE] * len(access) for _ in case.walks.egress]
    walks = replace(case.walks, access=access, direct_ms=never)
    footpaths, options = footpaths_of(case.timetable, walks), options_of(case)
    for service, row in enumerate(never):
        for home in range(len(row)):
            ms = time_profile(case.timetable, footpaths, origin=home, service=service, options=options)
            if rng.random() < 0.7 and ms.min() < UNREACHED:
                # to the millisecond around a whole second: faster, as fast, slower than the ride
                row[home] = int(np.median(ms[ms < UNREACHED]) // 1000 * 1000 + rng.choice([-1, 0, 1]))
    return replace(case, walks=replace(walks, direct_ms=never))


def options_of(case: Case) -> TransitOptions:
    return TransitOptions(
        window_s=case.window_s, max_rides=case.max_rides, boarding_slack_s=case.slack_s, max_trip_min=case.max_trip_min
    )


@needs_node
@pytest.mark.parametrize(
    "seeds", [range(6), *(pytest.param(range(8 * n, 8 * n + 8), marks=pytest.mark.slow) for n in range(1, 25))]
)
def test_the_page_reads_the_profiles_and_legs_of_the_engine(seeds: range) -> None:
    cases = [with_ties(dense_case(seed), seed) for seed in seeds]
    made = [packed(case) for case in cases]
    told: Any = run_script(READ, [content for content, _ in made])
    for (content, rides), answers in zip(made, told, strict=True):
        for (home, service), (seconds, ridden, legs) in zip(content["asked"], answers, strict=True):
            profile_ms = time_profile(
                rides.timetable, rides.footpaths, origin=home, service=service, options=rides.options
            )
            direct_ms = int(rides.footpaths.direct_ms[service, home])
            for minute, ms in enumerate(profile_ms.tolist()):
                if ms == UNREACHED:
                    assert seconds[minute] is None
                    continue
                assert ridden[minute] == (ms != direct_ms)
                # the page has no more of a walk at every minute than the time that it shows
                assert seconds[minute] == (ms // 1000 if any(ridden) else 0)
                if ridden[minute]:
                    told_legs = trip_legs(
                        rides.timetable, rides.footpaths, origin=home, service=service,
                        departure_s=rides.options.window_s[0] + 60 * minute, options=rides.options,
                    )  # fmt: skip
                    expected = [
                        [
                            leg.kind,
                            leg.begin_ms // 1000,
                            leg.end_ms // 1000,
                            "" if leg.to_stop is None else f"Arrêt {leg.to_stop}",
                            leg.line,
                        ]
                        for leg in told_legs
                    ]
                    assert legs[minute] == expected
