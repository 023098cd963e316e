"""A matrix on foot in Porto beside routing engines: Valhalla and OSRM, run from the programs of their wheels."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import TypeVar

import geopandas as gpd
import numpy as np
import shapely

from access92.errors import Access92Error
from access92.network.graph import Network, build_network
from access92.network.snapping import Snaps, snap_places
from access92.sources.streets.read import read_streets
from access92.travel.matrix import travel_time_matrix
from benchmarks.measures import OURS, Contender, Options, Row, Section, race
from benchmarks.osrm_engine import build_osrm, serve_osrm
from benchmarks.valhalla_engine import Valhalla, build_valhalla, valhalla_matrix_m, valhalla_ways
from benchmarks.valhalla_settings import Setting, comparable_settings

PORTO = Path(__file__).resolve().parent.parent.parent / "shared" / "networks" / "porto.osm.pbf"
_CRS = 32629  # UTM zone 29 North
_CENTRE, _RADIUS_M = (-8.62, 41.155), 2500.0  # places further apart take Valhalla minutes
_DESTINATIONS, _ORIGINS = 20, 200
_CUTOFF_MIN = 240.0
_NEAR_M = 3000.0
_SNAP_M = 50.0
_SEED = 11
_TITLE = "Moteurs d'itinéraires : Porto à pied"

T = TypeVar("T")


def measure(options: Options) -> Section:
    """Metres from 200 places to 20 others, all on streets; every engine ties them to its own streets."""
    remarks = [
        f"{_ORIGINS} origines et {_DESTINATIONS} destinations tirées au sort sur nos rues du centre, que Valhalla pose "
        "sur les mêmes voies OSM ; au plus court, à la même vitesse partout. access92 : accrochage (index refait à "
        "chaque demande) et matrice de porte à porte. Réponse : en longueur, sur les paires à moins de "
        f"{_NEAR_M / 1000:g} km.",
        "Valhalla : programme lancé à chaque demande, démarrage compris (« une paire » : lui presque seul). OSRM : "
        "serveur déjà lancé, profil foot, hiérarchies de contraction ; la demande passe par HTTP et JSON.",
    ]
    if not PORTO.exists():
        return Section(_TITLE, [], ["../shared/networks est absent, mesure omise."])
    setting = comparable_settings()["walk"]
    streets = read_streets(PORTO, extent=None, crs=_CRS, cache_folder=options.folder / "cache").streets
    network = build_network(streets, setting.ours)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        valhalla = _prepared(
            "Valhalla", lambda: _open_valhalla(Path(folder) / "valhalla", setting), rows, remarks, note="tuiles"
        )
        base = _prepared(
            "OSRM", lambda: build_osrm(PORTO, Path(folder) / "osrm"), rows, remarks, note="extract puis contract"
        )
        places = _draw(streets, network, setting, valhalla)
        ends, starts = (gpd.GeoSeries(part, crs=_CRS) for part in (places[:_DESTINATIONS], places[_DESTINATIONS:]))
        end_degrees, start_degrees = _degrees(ends), _degrees(starts)
        known = [snap_places(part, streets, network, max_snap_m=_SNAP_M) for part in (ends, starts)]

        def matrix(snaps: list[Snaps]) -> np.ndarray:
            minutes = travel_time_matrix(network, *snaps, cutoff_min=_CUTOFF_MIN)
            return minutes.T.astype(float) * setting.metres_per_min

        contenders = [
            Contender(
                OURS,
                lambda: matrix([snap_places(part, streets, network, max_snap_m=_SNAP_M) for part in (ends, starts)]),
            ),
            Contender("access92, lieux déjà accrochés", lambda: matrix(known)),
        ]
        if valhalla is not None:
            contenders += _valhalla_contenders(valhalla, setting, start_degrees, end_degrees)
        if base is not None:
            osrm = opened.enter_context(serve_osrm(base))
            contenders.append(Contender("OSRM", lambda: osrm.lengths_m(start_degrees, end_degrees), told_lengths))
        rows += race(f"matrice {_ORIGINS} × {_DESTINATIONS} à pied, Porto", contenders, repeats=options.repeats)
    return Section(_TITLE, rows, remarks)


def _prepared(who: str, prepare: Callable[[], T], rows: list[Row], remarks: list[str], *, note: str) -> T | None:
    """What an engine makes of the file before it can be asked, timed; None where it is absent, and it is said."""
    begin = time.perf_counter()
    try:
        made = prepare()
    except Access92Error as error:
        remarks.append(f"{who} absent : {error.faults[0].what}")
        return None
    rows.append(Row("préparation de Porto", who, time.perf_counter() - begin, "s", note=note))
    return made


def _open_valhalla(folder: Path, setting: Setting) -> Valhalla:
    valhalla = build_valhalla(PORTO, folder)
    allow_large_matrices(valhalla, setting)
    return valhalla


def _draw(streets: gpd.GeoDataFrame, network: Network, setting: Setting, valhalla: Valhalla | None) -> np.ndarray:
    """Places on streets of the centre, those of which Valhalla knows the street, where there is a Valhalla."""
    centre = gpd.GeoSeries(gpd.points_from_xy(*np.array([_CENTRE]).T), crs=4326).to_crs(_CRS).iloc[0]
    walkable = streets.iloc[network.street_row]
    central = walkable[walkable.within(centre.buffer(_RADIUS_M))]
    wanted = _DESTINATIONS + _ORIGINS
    places, row = draw_on_streets(central, 3 * wanted, seed=_SEED)
    kept = np.ones(len(places), dtype=bool)
    if valhalla is not None:
        ways = valhalla_ways(valhalla, _degrees(places), costing=setting.costing, options=setting.options)
        own = central["edge_id"].str.extract(r"w(-?\d+)-", expand=False).astype("int64").to_numpy()[row]
        kept = np.array([way in found for way, found in zip(own.tolist(), ways, strict=True)])
    return places.to_numpy()[kept][:wanted]


def _degrees(places: gpd.GeoSeries) -> np.ndarray:
    degrees: np.ndarray = shapely.get_coordinates(places.to_crs(4326))
    return degrees


def _valhalla_contenders(valhalla: Valhalla, setting: Setting, starts: np.ndarray, ends: np.ndarray) -> list[Contender]:
    """All pairs, then one pair: what starting the program and opening the tiles takes."""

    def ask(origins: np.ndarray, destinations: np.ndarray) -> np.ndarray:
        return valhalla_matrix_m(valhalla, origins, destinations, costing=setting.costing, options=setting.options)

    return [
        Contender("Valhalla", lambda: ask(starts, ends), told_lengths, repeats=3),
        Contender("Valhalla, une paire", lambda: ask(starts[:1], ends[:1]), repeats=3),
    ]


def allow_large_matrices(valhalla: Valhalla, setting: Setting) -> None:
    """Lift the limits that Valhalla sets to what one may ask at once."""
    config = json.loads(valhalla.config.read_text(encoding="utf-8"))
    config["service_limits"][setting.costing] |= {
        "max_matrix_location_pairs": 10_000_000, "max_matrix_distance": 1_000_000.0, "max_locations": 100_000,
    }  # fmt: skip
    valhalla.config.write_text(json.dumps(config), encoding="utf-8")


def draw_on_streets(streets: gpd.GeoDataFrame, count: int, *, seed: int) -> tuple[gpd.GeoSeries, np.ndarray]:
    """Places on streets, evenly by length, and the row of the street of each."""
    rng = np.random.default_rng(seed)
    length_m = streets.length.to_numpy()
    row = rng.choice(len(streets), size=count, p=length_m / length_m.sum())
    lines = streets.geometry.to_numpy()[row]
    points = shapely.line_interpolate_point(lines, rng.random(count), normalized=True)
    return gpd.GeoSeries(points, crs=streets.crs), row


def told_lengths(ours: np.ndarray, its: np.ndarray) -> str:
    """How many of the near pairs differ by 1 % or more, the median difference, and who alone finds a way.

    >>> told_lengths(np.array([100.0, 200.0, np.nan]), np.array([100.0, 210.0, 50.0]))
    '50,0 % des paires à moins de 1 % ; écart médian 2,38 % ; 1 paire trouvée par un seul'
    """
    both = np.isfinite(ours) & np.isfinite(its)
    near = both & (np.minimum(ours, its) < _NEAR_M)
    gap = np.abs(ours[near] - its[near]) / np.maximum(its[near], 1.0)
    alone = int((np.isfinite(ours) ^ np.isfinite(its)).sum())
    told = f"{100 * (gap < 0.01).mean():.1f} % des paires à moins de 1 % ; écart médian {100 * np.median(gap):.2f} %"  # noqa: PLR2004
    if alone:
        told += f" ; {alone} paire{'s' if alone > 1 else ''} trouvée{'s' if alone > 1 else ''} par un seul"
    return told.replace(".", ",")
