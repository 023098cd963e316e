"""What the page makes of closed streets, against the router of the run, to the millisecond (Node)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from access92.network.lines import whole_cm
from access92.network.modes import read_modes
from access92.outputs.maps.encoding import varints
from access92.outputs.maps.run_map.network_content import NetworkContent
from access92.outputs.maps.run_map.packed_network import pack_mode, pack_parts, pack_streets, page_streets
from access92.run.pipeline import run_study
from access92.study.read import read_study
from access92.travel.closed_times import street_times
from access92.travel.router import Router
from access92.travel.time_limits import minutes_to_ms
from tests.full_towns import full_town
from tests.outputs.maps.network_towns import SCRIPTS, route
from tests.outputs.node_scripts import needs_node, run_script
from tests.random_towns import twin_town
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

pytestmark = needs_node

_FAR = 2**31 - 1

_ROWS = (
    SCRIPTS
    + """
A92.unpack = name => {
  const text = input.blobs[name], colon = text.indexOf(":");
  const raw = require("zlib").inflateRawSync(A92.base91(text, colon + 1, +text.slice(0, colon)));
  return Promise.resolve(raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length));
};
const grounds = new A92.Grounds({ points: input.points, network: input.network }), found = [];
(async () => {
  for (const [scenario, mode] of input.asked) {
    await grounds.load(scenario, mode);
    const ground = grounds.ground(scenario, mode, null);
    found.push({ serves: [...ground.serves], rows: input.network.services_cm.map((cm, row) =>
      [...grounds.row(ground, row, cm[0] / 100, cm[1] / 100).ms]) });
  }
  console.log(JSON.stringify(found));
})();"""
)
"""By scenario and mode what streets serve, and the milliseconds from every home to every service."""


def _whole_cm(table: gpd.GeoDataFrame) -> np.ndarray:
    cm: np.ndarray = np.rint(whole_cm(np.column_stack([table.geometry.x, table.geometry.y])) * 100).astype(np.int64)
    return cm


def _ms(minutes: np.ndarray) -> list[list[int]]:
    return np.minimum(minutes_to_ms(minutes), _FAR).tolist()  # type: ignore[no-any-return]


def _closed_in_the_page(whole: Router, services: gpd.GeoDataFrame, closed: np.ndarray) -> object:
    """What the script finds with some streets of a router closed."""
    mode = whole.mode.name
    packed = page_streets({mode: whole})
    homes = varints(np.diff(_whole_cm(whole.demand), axis=0, prepend=0).ravel())
    ground = {"network": "net", "closed": np.flatnonzero(closed[packed.row]).tolist()}
    return run_script(_ROWS, {
        "points": len(whole.demand), "asked": [["s", mode]],
        "blobs": {
            "network": pack_streets(packed), "net": pack_mode(packed, mode), "homes": pack_parts({}, {"homes": homes})
        },
        "network": {
            "modes": [mode], "grounds": {f"s/{mode}": ground}, "services_cm": _whole_cm(services).tolist(),
            "reach": {"limitM": whole.max_snap_m, "radiusM": whole.link_radius_m}, "limit_ms": 3_600_000,
        },
    })  # fmt: skip


@pytest.mark.parametrize(
    ("seed", "mode"),
    [
        (0, "walk"),  # both parts have as many crossings
        (2, "car"),
        (10, "walk_wheelchair"),  # the largest part lies in a private estate, which trips may begin or end in
    ],
)
def test_of_equally_large_parts_the_page_keeps_the_one_that_the_run_keeps(seed: int, mode: str) -> None:
    if mode == "walk_wheelchair":
        town = full_town(seed, homes=30)
        streets, closed, traffic = town.streets, town.closed, town.traffic
        services, demand = town.services, town.demand
    else:
        twin = twin_town(seed)
        streets, services, demand, traffic = twin.streets, twin.services, twin.demand, None
        closed = (streets["edge_id"] == "bridge").to_numpy()
    whole = route(streets, demand, read_modes()[mode], traffic=traffic)
    part = replace(whole, streets=streets[~closed].reset_index(drop=True), whole=whole)
    minutes = street_times(part, services.geometry, part.snap(services.geometry), cutoff_min=60.0)
    found = _closed_in_the_page(whole, services, closed)
    assert isinstance(found, list)
    assert found[0]["rows"] == _ms(minutes)
    assert (np.isfinite(minutes)).any()


def test_a_first_scenario_that_closes_streets_leaves_them_to_the_others(tmp_path: Path) -> None:
    (west, south), (east, north) = lon_lat(2.4, -0.5), lon_lat(2.6, 3.5)
    band = [[west, south], [east, south], [east, north], [west, north]]
    closes = f'[[scenario.change]]\nkind = "close_street"\npolygon = {band}\n'
    first, second = 'kinds = ["sst", "pmi"]\n', 'kinds = ["sst"]\n'
    study = GOOD_STUDY.replace(first, first + closes).replace(second, 'kinds = ["sst", "pmi"]\n')
    results = run_study(read_study(write_toy_study(tmp_path, study=study)))
    content = NetworkContent(results)
    asked = [(scenario.name, mode) for scenario in results.scenarios for mode in content.modes]
    found = run_script(_ROWS, {
        "points": len(results.demand), "asked": asked, "network": content.data(),
        "blobs": {name: write() for name, write in content.writers().items()},
    })  # fmt: skip
    assert isinstance(found, list)
    rows = {}
    for key, of in zip(asked, found, strict=True):
        times = results.scenario_times.get(key, results.travel_times[key[1]])
        rows[key] = [of["rows"][row] for row in results.access(*key).service_rows]
        assert rows[key] == [_ms(times.minutes)[row] for row in results.access(*key).service_rows]
    assert rows["tous", "walk"] != rows["sst", "walk"]
