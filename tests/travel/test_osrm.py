"""Our times beside those of OSRM, an engine that shares no code with ours, on towns known by heart."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import osmium
import osmium.osm.mutable as osm
import pandas as pd
import pytest

from access92.errors import InputError
from access92.network.modes import Mode, read_modes
from access92.sources.streets.read import read_streets
from benchmarks.osrm_comparison import compare_with_osrm, figures
from benchmarks.osrm_engine import FOLDER_VARIABLE, find_package
from benchmarks.valhalla_comparison import EngineInputs
from benchmarks.valhalla_engine import Valhalla

SIDE = 5
EAST, NORTH = 100, 200
LON, LAT, STEP_LON, STEP_LAT = 2.2, 48.9, 0.0027, 0.0018  # blocks of about 200 m
BY_BIKE = ("bike", 0.02)
MODES = [("walk", 0.01), BY_BIKE, ("car", 0.03)]
"""Modes, and how far apart the times may be: OSRM rounds each piece of a street to a tenth of a second."""


@pytest.fixture(scope="module", autouse=True)
def _osrm_is_there(request: pytest.FixtureRequest) -> None:
    """The tests are skipped, with the reason, where OSRM is not installed."""
    if any(item.get_closest_marker("osrm") for item in request.session.items):
        try:
            find_package()
        except InputError as error:
            pytest.skip(str(error))


def crossing(row: int, column: int) -> int:
    return 1 + row * SIDE + column


def place(row: float, column: float) -> tuple[float, float]:
    return (round(LON + column * STEP_LON, 7), round(LAT + row * STEP_LAT, 7))


def write_town(
    path: Path, *, signals: tuple[int, ...] = (), gate: int = 0, turns: tuple[tuple[int, int, int], ...] = ()
) -> EngineInputs:
    """A square grid of residential streets: of each crossing, way EAST + it runs east, NORTH + it north.

    ``signals`` and ``gate`` are crossings; ``turns``: « no » restrictions from a way by a crossing to a way.
    """
    with osmium.SimpleWriter(str(path), overwrite=True) as writer:
        for row in range(SIDE):
            for column in range(SIDE):
                number = crossing(row, column)
                tags = {"highway": "traffic_signals"} if number in signals else {}
                tags |= {"barrier": "gate"} if number == gate else {}
                writer.add_node(osm.Node(id=number, location=place(row, column), tags=tags, version=1))
        for row in range(SIDE):
            for column in range(SIDE):
                start, tags = crossing(row, column), {"highway": "residential"}
                if column + 1 < SIDE:
                    writer.add_way(osm.Way(id=EAST + start, nodes=[start, start + 1], tags=tags, version=1))
                if row + 1 < SIDE:
                    writer.add_way(osm.Way(id=NORTH + start, nodes=[start, start + SIDE], tags=tags, version=1))
        for number, (from_way, via, to_way) in enumerate(turns, start=1):
            members = [("w", from_way, "from"), ("n", via, "via"), ("w", to_way, "to")]
            tags = {"type": "restriction", "restriction": "no_left_turn"}
            writer.add_relation(osm.Relation(id=number, members=members, tags=tags, version=1))
    read = read_streets(path, extent=None, crs=2154)
    return EngineInputs(read.streets, Valhalla(path, path), read.traffic, path)


def pairs_of(*ends: tuple[tuple[float, float], tuple[float, float]]) -> pd.DataFrame:
    columns = ["from_lon", "from_lat", "to_lon", "to_lat"]
    return pd.DataFrame([[*start, *end] for start, end in ends], columns=columns)


def mode_of(name: str, **settings: object) -> Mode:
    return replace(read_modes()[name], time_factor=1.0, parking_min=0.0, **settings)  # type: ignore[arg-type]


ACROSS = pairs_of(
    (place(0, 0.5), place(4, 3.5)), (place(1, 0.3), place(3, 2.6)), (place(2, 0.25), place(2, 3.75)),
    (place(0.4, 2), place(3.7, 1)),
)  # fmt: skip


@pytest.mark.osrm
@pytest.mark.parametrize(("name", "tolerance"), MODES)
def test_with_our_speeds_osrm_takes_as_long_across_a_grid(tmp_path: Path, name: str, tolerance: float) -> None:
    table = compare_with_osrm(write_town(tmp_path / "town.osm.pbf"), ACROSS, mode_of(name), tmp_path / "osrm")
    assert table["same_ends"].all()
    assert figures(table)["alone"] == 0
    assert table["difference"].abs().max() < tolerance


@pytest.mark.osrm
@pytest.mark.parametrize(("name", "tolerance"), MODES)
def test_signals_take_as_long_in_both_engines(tmp_path: Path, name: str, tolerance: float) -> None:
    everywhere = tuple(range(1, SIDE * SIDE + 1))
    town = write_town(tmp_path / "town.osm.pbf", signals=everywhere)
    off, on = (
        compare_with_osrm(town, ACROSS, mode_of(name, signal_s=20.0, waits_at_signals=waits), tmp_path / f"osrm{waits}")
        for waits in (False, True)
    )
    # from one place in mid-street to another seven blocks away: seven crossings of 20 s
    assert abs(on["difference"][0]) < tolerance
    assert on["osrm_min"][0] - off["osrm_min"][0] == pytest.approx(7 * 20 / 60, abs=0.01)
    assert on["ours_min"][0] - off["ours_min"][0] == pytest.approx(7 * 20 / 60, abs=0.01)


@pytest.mark.osrm
@pytest.mark.parametrize("name", ["bike", "car"])
def test_a_banned_turn_lengthens_the_trip_alike_in_both_engines(tmp_path: Path, name: str) -> None:
    trip = pairs_of((place(2, 1.5), place(2.5, 2)))
    by_name = {}
    for label, turns in (("free", ()), ("banned", ((EAST + crossing(2, 1), crossing(2, 2), NORTH + crossing(2, 2)),))):
        town = write_town(tmp_path / f"{label}.osm.pbf", turns=turns)
        by_name[label] = compare_with_osrm(town, trip, mode_of(name), tmp_path / label)
    free, banned = by_name["free"], by_name["banned"]
    assert banned["ours_min"][0] > 2 * free["ours_min"][0]
    assert abs(banned["difference"][0]) < BY_BIKE[1]


@pytest.mark.osrm
def test_a_gate_takes_our_seconds_in_osrm_too(tmp_path: Path) -> None:
    trip = pairs_of((place(2, 0.5), place(2, 3.5)))
    slow = mode_of("car", class_speed_kmh={"residential": 20.0})  # round the block takes longer than the gate
    free, shut = (
        compare_with_osrm(write_town(tmp_path / f"{gate}.osm.pbf", gate=gate), trip, slow, tmp_path / f"osrm{gate}")
        for gate in (0, crossing(2, 2))
    )
    assert shut["ours_min"][0] - free["ours_min"][0] == pytest.approx(0.5, abs=0.01)
    assert shut["osrm_min"][0] - free["osrm_min"][0] == pytest.approx(0.5, abs=0.01)


def test_without_osrm_the_message_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match="pip install"):
        find_package()


def test_a_pair_that_one_engine_alone_finds_counts_as_over_every_limit() -> None:
    shares = figures(pd.DataFrame({"difference": [np.nan, 0.0]}))
    assert (shares["over_1"], shares["over_5"], shares["alone"]) == (0.5, 0.5, 0.5)
