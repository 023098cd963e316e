"""Times of access92 beside Valhalla's and OSRM's, on the same pairs: ``python -m benchmarks.osrm_comparison``."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from access92.errors import Access92Error
from access92.network.graph import build_network
from access92.network.modes import Mode, read_modes
from access92.network.snapping import snap_places
from access92.travel.matrix import travel_time_matrix
from benchmarks.osrm_engine import Osrm, build_osrm, serve_osrm
from benchmarks.osrm_profile import OsrmProfile
from benchmarks.valhalla_comparison import (
    EngineInputs,
    compare_engines,
    comparison_options,
    read_inputs,
    same_ends,
)  # fmt: skip
from benchmarks.valhalla_settings import Setting, comparable_settings

_ON_THE_STREET_M = 0.5
_CUTOFF_MIN = 240.0
_WORST = 20
_SHARES = (0.01, 0.02, 0.05)
_CAR_SIGNAL_S = 11.25  # any would do, the same in both; ours counts none for cars, their time factor holds them


@dataclass(frozen=True, slots=True)
class Stage:
    """One comparison with OSRM: ``title`` says what both engines count, ``mode`` is ours."""

    title: str
    mode: Mode


def stages(name: str, setting: Setting) -> list[Stage]:
    """Of one mode: one speed everywhere, then its speeds by class, then signals too.

    >>> [(stage.mode.waits_at_signals, stage.mode.parking_min) for stage in stages("car", comparable_settings()["car"])]
    [(False, 0.0), (False, 0.0), (True, 0.0)]
    """
    by_class = replace(read_modes()[name], time_factor=1.0, parking_min=0.0)
    signal_s = by_class.signal_s or _CAR_SIGNAL_S
    return [
        Stage("une vitesse", setting.ours),
        Stage("vitesses par classe", by_class),
        Stage("vitesses par classe et feux", replace(by_class, signal_s=signal_s, waits_at_signals=True)),
    ]


def our_minutes(inputs: EngineInputs, mode: Mode, pairs: pd.DataFrame) -> np.ndarray:
    """Our minutes of each pair (rows of :func:`compare_engines`), NaN where there is no way."""
    network = build_network(inputs.streets, mode, traffic=inputs.traffic)
    starts, of_start = _places(pairs, "from")
    ends, of_end = _places(pairs, "to")
    known = [
        snap_places(
            _points(places, inputs.streets.crs), inputs.streets, network, max_snap_m=_ON_THE_STREET_M, serving=serving
        )
        for places, serving in ((ends, network.serves_services), (starts, network.serves_demand))
    ]
    minutes: np.ndarray = travel_time_matrix(network, *known, cutoff_min=_CUTOFF_MIN)[of_end, of_start].astype(float)
    return minutes


def osrm_minutes(osrm: Osrm, pairs: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """OSRM's minutes of each pair, NaN where there is no way; whether it puts both places on the street of the pair."""
    starts, of_start = _places(pairs, "from")
    ends, of_end = _places(pairs, "to")
    minutes = np.full(len(pairs), np.nan)
    stays = np.zeros(len(pairs), dtype=bool)
    for end in range(len(ends)):
        rows = np.flatnonzero(of_end == end)
        times = osrm.times_s(starts[of_start[rows]], ends[end : end + 1])
        minutes[rows] = times.seconds[:, 0] / 60
        stays[rows] = (times.origins_moved_m < _ON_THE_STREET_M) & (times.destinations_moved_m[0] < _ON_THE_STREET_M)
    return minutes, stays


def compare_with_osrm(inputs: EngineInputs, pairs: pd.DataFrame, mode: Mode, folder: Path) -> pd.DataFrame:
    """The pairs with ``ours_min`` and ``osrm_min`` of one mode; ``same_ends``: OSRM moves neither place.

    ``difference`` is (ours - OSRM's) / OSRM's. What OSRM makes of the file is made in ``folder``.
    """
    with serve_osrm(build_osrm(inputs.public_file, folder, profile=OsrmProfile(mode))) as osrm:
        theirs, stays = osrm_minutes(osrm, pairs)
    ours = our_minutes(inputs, mode, pairs)
    return pairs.assign(ours_min=ours, osrm_min=theirs, same_ends=stays, difference=(ours - theirs) / theirs)


def figures(table: pd.DataFrame) -> dict[str, float]:
    """Of a table with ``difference``: pairs, median of its size, shares (0–1) within 1 % and over 1, 2 and 5 %.

    A pair without a way in one engine counts as over; ``shorter`` and ``longer`` are ours, by more than 2 %.

    >>> found = figures(pd.DataFrame({"difference": [0.0, 0.015, -0.03, np.nan]}))
    >>> found["median"], found["within_1"], found["over_1"], found["over_2"], found["over_5"], found["shorter"]
    (0.015, 0.25, 0.75, 0.5, 0.25, 0.25)
    """
    size = table["difference"].abs()
    over = {f"over_{100 * share:.0f}": float((~(size <= share)).mean()) for share in _SHARES}
    return {
        "pairs": len(table), "median": float(size.median()), "within_1": 1 - over["over_1"], **over,
        "shorter": float((table["difference"] < -_SHARES[1]).mean()),
        "longer": float((table["difference"] > _SHARES[1]).mean()),
        "alone": float(size.isna().mean()),
    }  # fmt: skip


def describe_mode(inputs: EngineInputs, name: str, folder: Path, *, pairs: int, seed: int) -> str:
    """The figures of one mode beside each engine, and the worst pairs with OSRM, as French text."""
    setting = comparable_settings()[name]
    table = compare_engines(inputs, setting, pairs=pairs, seed=seed)
    lines = ["", f"{setting.label} : {len(table)} paires, graine {seed}"]
    stays = same_ends(inputs, setting, table)
    lines += [_line("Valhalla, une vitesse", table), _line("  … mêmes voies aux deux bouts", table[stays])]
    worst = table
    for number, stage in enumerate(stages(name, setting)):
        beside = compare_with_osrm(inputs, table, stage.mode, folder / f"{name}-{number}")
        lines += [
            _line(f"OSRM, {stage.title}", beside),
            _line("  … mêmes voies aux deux bouts", beside[beside["same_ends"]]),
        ]
        worst = beside if number == 0 else worst
    size = worst["difference"].abs().fillna(np.inf)
    lines.append(f"  les {_WORST} pires avec OSRM, à une vitesse (minutes) :")
    for number in size.sort_values(ascending=False, kind="stable").index[:_WORST]:
        pair = worst.loc[number]
        lines.append(
            f"    {number:5}  access92 {_french(pair['ours_min']):>7}  OSRM {_french(pair['osrm_min']):>7}"
            f"  de {pair['from_lat']:.5f} {pair['from_lon']:.5f} (voie {pair['from_way']})"
            f"  à {pair['to_lat']:.5f} {pair['to_lon']:.5f} (voie {pair['to_way']})"
        )
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the figures of each mode beside both engines."""
    options = comparison_options(
        "python -m benchmarks.osrm_comparison", "Compare les temps d'access92 à ceux de Valhalla et d'OSRM."
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            inputs = read_inputs(options.osm, Path(folder), crs=options.crs)
            for name in comparable_settings():
                described = describe_mode(inputs, name, Path(folder), pairs=options.pairs, seed=options.seed)
                sys.stdout.write(described)
                sys.stdout.flush()
    except Access92Error as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _places(pairs: pd.DataFrame, end: str) -> tuple[np.ndarray, np.ndarray]:
    """The distinct places of one end (rows of lon, lat), and that of each pair."""
    places, of_pair = np.unique(pairs[[f"{end}_lon", f"{end}_lat"]].to_numpy(), axis=0, return_inverse=True)
    return places, of_pair.ravel()


def _points(lonlat: np.ndarray, crs: object) -> gpd.GeoSeries:
    to_metres = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    return gpd.GeoSeries(shapely.points(np.column_stack(to_metres.transform(*lonlat.T))), crs=crs)


def _line(title: str, table: pd.DataFrame) -> str:
    shares = figures(table)
    names = ("median", "within_1", "over_2", "over_5", "shorter", "longer", "alone")
    values = "  ".join(f"{_french(100 * shares[name]):>6} %" for name in names)
    return f"  {title:40} {len(table):5}  {values}"


def _french(value: float) -> str:
    return "aucun" if np.isnan(value) else f"{value:.2f}".replace(".", ",")


if __name__ == "__main__":
    sys.exit(main())
