"""The demonstration timetable: what the tables say is what leaves; a faulty table is refused by name."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from access92.errors import InputError
from access92.sources.demo.timetable import HOURS, read_demo_timetable
from access92.sources.timetable import Timetable
from tests.random_examples import examples

DAY = dt.date(2024, 10, 15)
SHIPPED = Path("data/timetable")

patterns_drawn = st.lists(
    st.tuples(
        st.lists(st.integers(0, 30), min_size=len(HOURS), max_size=len(HOURS)),  # departures an hour
        st.lists(st.integers(0, 90), min_size=1, max_size=5),  # tenths of a minute between calls
    ),
    min_size=1,
    max_size=6,
)


def _write(folder: Path, drawn: list[tuple[list[int], list[int]]]) -> Path:
    hours = [f"h{hour}" for hour in HOURS]
    longest = max(len(gaps) for _, gaps in drawn) + 1
    pd.DataFrame({"stop_id": [f"s{n}" for n in range(longest)], "name": "Arrêt", "lon": 2.2, "lat": 48.8}).to_csv(
        folder / "stops.csv", index=False
    )
    heads = [
        {
            "pattern": n,
            "line": f"L{n}",
            "route_type": 3,
            "headsign": "",
            **dict(zip(hours, counts, strict=True)),
            "basis": "x",
        }
        for n, (counts, _) in enumerate(drawn)
    ]
    pd.DataFrame(heads).to_csv(folder / "patterns.csv", index=False)
    calls = [
        {"pattern": n, "stop_id": f"s{at}", "minutes": f"{minutes / 10:g}"}
        for n, (_, gaps) in enumerate(drawn)
        for at, minutes in enumerate(np.cumsum([0, *gaps]))
    ]
    pd.DataFrame(calls).to_csv(folder / "calls.csv", index=False)
    return folder


def _read(folder: Path) -> Timetable:
    return read_demo_timetable(folder, day=DAY, where="horaires")


@examples(20)
@given(drawn=patterns_drawn)
def test_each_pattern_leaves_as_often_as_its_table_says_evenly_over_the_hour(
    drawn: list[tuple[list[int], list[int]]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    table = _read(_write(tmp_path_factory.mktemp("t"), drawn))
    assert table.n_runs == sum(sum(counts) for counts, _ in drawn)
    starts = (
        pd.DataFrame({"run": table.call_run, "trip": table.call_trip, "s": table.departure_s}).groupby("run").first()
    )
    starts["line"] = table.trips["line"].to_numpy()[starts["trip"]]
    for n, (counts, gaps) in enumerate(drawn):
        own = np.sort(starts.loc[starts["line"] == f"L{n}", "s"].to_numpy())
        for hour, count in zip(HOURS, counts, strict=True):
            in_hour = own[(own >= 3600 * hour) & (own < 3600 * (hour + 1))]
            assert len(in_hour) == count
            if count > 1:  # whole seconds: the intervals differ by a second at most
                assert np.ptp(np.diff(in_hour)) <= 1
        runs = starts.index[starts["line"] == f"L{n}"]
        for run in runs[:2]:
            rows = np.flatnonzero(table.call_run == run)
            expected = np.rint(6 * np.cumsum([0, *gaps])).astype(int)
            assert (table.arrival_s[rows] - table.arrival_s[rows[0]]).tolist() == expected.tolist()
            assert table.may_board[rows].tolist() == [True] * len(gaps) + [False]
            assert table.may_alight[rows].tolist() == [False] + [True] * len(gaps)


def test_two_readings_of_the_same_tables_are_the_same(tmp_path: Path) -> None:
    folder = _write(tmp_path, [([3] * len(HOURS), [10, 20]), ([5] * len(HOURS), [15])])
    one, other = _read(folder), _read(folder)
    for name in ("call_run", "call_stop", "arrival_s", "departure_s", "may_board"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


@pytest.mark.parametrize(
    ("table", "old", "new", "what", "where"),
    [
        ("calls.csv", "0,s1,1", "0,s9,1", "arrêt inconnu", "calls.csv, ligne 3"),
        ("calls.csv", "0,s1,1", "7,s1,1", "mission inconnue", "calls.csv, ligne 3"),
        ("calls.csv", "0,s1,1", "0,s1,-1", "négatif", "calls.csv, ligne 3"),
        ("calls.csv", "0,s2,3", "0,s2,0.5", "reviennent en arrière", "calls.csv, ligne 4"),
        ("calls.csv", "0,s1,1", "0,s1,", "manque un nombre", "calls.csv, ligne 3"),
        ("calls.csv", "1,s1,1.5\n", "", "deux arrêts", "patterns.csv, ligne 3"),
        ("calls.csv", "minutes", "minute", "minutes", "calls.csv"),
        ("stops.csv", "48.8", "quarante", "", "stops.csv"),
        ("patterns.csv", "0,L0,3,,3", "0,L0,3,,trois", "", "patterns.csv"),
    ],
)
def test_a_faulty_table_is_refused_with_its_line(
    table: str, old: str, new: str, what: str, where: str, tmp_path: Path
) -> None:
    folder = _write(tmp_path, [([3] * len(HOURS), [10, 20]), ([5] * len(HOURS), [15])])
    content = (folder / table).read_text(encoding="utf-8")
    assert old in content
    (folder / table).write_text(content.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        _read(folder)
    assert what in str(caught.value)
    assert where in str(caught.value)


def test_the_shipped_tables_hold_buses_trains_metro_and_trams_near_the_departement() -> None:
    table = read_demo_timetable(SHIPPED, day=DAY, where="data/timetable")
    assert table.n_runs == pd.read_csv(SHIPPED / "patterns.csv")[[f"h{hour}" for hour in HOURS]].to_numpy().sum()
    types = set(table.trips["route_type"])
    assert {0, 1, 2, 3} <= types  # tram, metro, train, bus
    areas = gpd.read_file("data/areas/communes.geojson").to_crs(2154).union_all().buffer(3500)
    stops = shapely.get_coordinates(table.stops.geometry.to_crs(2154).to_numpy())
    assert shapely.contains_xy(areas, stops).all()
    assert (np.diff(table.call_run) >= 0).all()
    same_run = np.diff(table.call_run) == 0
    assert (np.diff(table.arrival_s)[same_run] >= 0).all()


def test_lines_of_hypothesis_say_so_one_by_one() -> None:
    patterns = pd.read_csv(SHIPPED / "patterns.csv", dtype=str)
    supposed = patterns[patterns["line"].str.fullmatch(r"Métro \d+|T\d+") & patterns["basis"].ne("sncf")]
    assert set(supposed["line"]) >= {"Métro 1", "Métro 13", "T1", "T2", "T6", "T10"}
    assert supposed["basis"].str.startswith("Hypothèse access92").all()
