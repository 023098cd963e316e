"""What the page of a run says of public transport, as its own scripts read it in Node, and what the engine says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from access92.network.graph import MS_PER_MIN
from access92.outputs.maps.backdrop import MapBackdrop, prepare_backdrop
from access92.outputs.maps.run_map.content import page_blobs, page_data
from access92.outputs.maps.run_map.transit_content import transit_content
from access92.outputs.pages import template_text
from access92.outputs.words.typography import typeset
from access92.run.results import Results
from access92.transit.legs import time_profile, trip_legs
from access92.transit.matrix import percentile_ranks
from access92.transit.mode_rides import ModeRides
from access92.travel.kernels import UNREACHED
from tests.outputs.node_scripts import run_script

SCRIPTS = (
    "map_elements",
    "map_unpacking",
    "run_map_unpacking",
    "run_map_grounds",
    "run_map_model",
    "run_map_transit_trips",
)
ANSWER = """
const zlib = require("zlib");
A92.unpack = name => {
  const text = input.blobs[name], colon = text.indexOf(":");
  const bytes = zlib.inflateRawSync(A92.base91(text, colon + 1, +text.slice(0, colon)));
  return Promise.resolve(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
};
(async () => {
  const data = input.data, transit = data.transit, model = new A92.Model(data), made = {}, told = [];
  model.total = {};
  const timetables = new A92.Timetables(A92.tree(await A92.unpack("timetables"), ["stops", "patterns"]), data.fine);
  const paths = ["homes", "walks", "stops", "departures", "ridden", "following", "boarding_walks", "direct"];
  for (const [scenario, mode, rule, home] of input.asked) {
    const number = transit.trips[scenario + "/" + mode];
    made[number] = made[number] || new A92.Trips(
      A92.tree(await A92.unpack("trips-" + number), paths), timetables, timetables.table(transit.timetables[scenario]));
    await model.load(scenario, mode, false);
    const nearest = model.nearest(scenario, mode, rule, null);
    const service = nearest.provider[home], code = nearest.code[home];
    if (service < 0) { told.push(null); continue; }
    const published = code ? data.edges[code - 1] : 0, read = made[number];
    const profile = read.profile(home, service, transit, Math.round(60 * published));
    told.push({
      service, published, percentile: A92.percentileOf(profile, transit.percentile),
      seconds: profile.map(item => item.seconds), rides: profile.map(item => !!item.node),
      legs: profile.map(item => read.legs(item).map(leg => [leg.kind, leg.begin, leg.end, leg.from === null ? null :
        timetables.stops[leg.from].name, leg.to === null ? null : timetables.stops[leg.to].name,
        leg.line ? leg.line[0] : "", leg.headsign || ""]))
    });
  }
  console.log(JSON.stringify(told));
})();
"""

Asked = tuple[str, str, str, int]
"""Scenario, mode, rule, demand point."""


@dataclass(frozen=True)
class TransitPage:
    """The JSON and the packed arrays of the page of a run."""

    results: Results
    data: dict[str, Any]
    blobs: dict[str, str]

    def ask(self, asked: Sequence[Asked]) -> list[dict[str, Any] | None]:
        """What the page says: times by minute, whether one rides, legs; None where it names no service."""
        script = "\n".join(template_text(f"{name}.js") for name in SCRIPTS) + ANSWER
        return run_script(script, {"data": self.data, "blobs": self.blobs, "asked": asked})  # type: ignore[return-value]


def transit_page(results: Results, backdrop: MapBackdrop | None = None) -> TransitPage:
    """The page of a run, without its HTML."""
    backdrop = backdrop or prepare_backdrop(results)
    data = page_data(results, backdrop)
    transit = transit_content(results, backdrop, data)
    return TransitPage(results, data | {"transit": transit.data}, page_blobs(results, backdrop) | transit.blobs)


def rides_of(results: Results, scenario: str, mode: str) -> ModeRides:
    """The trips of a mode in a scenario."""
    return next(item for item in results.mode_rides if item.mode == mode and scenario in item.scenarios)


def check_answer(results: Results, asked: Asked, told: dict[str, Any], *, minutes: Sequence[int] | None = None) -> None:
    """Compare what the page says of a home with the engine.

    Every minute's time, who rides, the published percentile, and the legs of some ``minutes`` (all by default).
    """
    scenario, mode, _, home = asked
    rides = rides_of(results, scenario, mode)
    options, service = rides.options, told["service"]
    common = {"origin": home, "service": service, "usability": rides.usability}
    profile_ms = time_profile(rides.timetable, rides.footpaths, options=options, **common)  # type: ignore[arg-type]
    reached = profile_ms != UNREACHED
    times = results.scenario_times.get((scenario, mode), results.travel_times[mode]).minutes[service, home]
    assert np.float32(told["published"]) <= times < told["published"] + 0.1
    own_ms = np.sort(profile_ms)[percentile_ranks([rides.rider.percentile], options.n_minutes)[0]]
    if own_ms < np.floor(times * MS_PER_MIN - 1):
        # closed streets move the place: the run keeps the longer time from before, and the page tells no trip
        assert rides.router.whole is not None
        return
    direct_ms = int(rides.footpaths.direct_ms[service, home])

    assert [item is not None for item in told["seconds"]] == reached.tolist()
    is_walked = reached & (profile_ms == direct_ms)
    assert [not ridden for ridden in np.array(told["rides"])[reached]] == is_walked[reached].tolist()
    for seconds, ms, walked in zip(told["seconds"], profile_ms.tolist(), is_walked.tolist(), strict=True):
        if seconds is not None:
            # of who always walks the page has the tenth of a minute
            assert seconds == ms // 1000 if not walked or any(told["rides"]) else seconds // 6 == ms // 6000

    # the percentile of the chart is the published time
    assert int(told["percentile"] / 6 + 1e-9) == round(float(times) * MS_PER_MIN) // 6000

    for minute in range(options.n_minutes) if minutes is None else minutes:
        begin_s = options.window_s[0] + 60 * minute
        legs = trip_legs(rides.timetable, rides.footpaths, departure_s=begin_s, options=options, **common)  # type: ignore[arg-type]
        names = rides.timetable.stops["name"]
        # the page says « by bicycle or on foot » of the way to the stop: it has its time, not its vehicle
        expected = [
            [leg.kind.removeprefix("bike_"), leg.begin_ms / 1000, leg.end_ms / 1000,
             *(None if stop is None else typeset(names[stop])
             for stop in (leg.from_stop, leg.to_stop)), typeset(leg.line), typeset(leg.headsign)]
            for leg in legs
        ]  # fmt: skip
        shown = told["legs"][minute]
        if legs and legs[0].kind == "direct":
            assert [item[0] for item in shown] == ["direct"]
        else:
            assert shown == expected
        assert sum(item[2] - item[1] for item in shown) == (told["seconds"][minute] or 0)
