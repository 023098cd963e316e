"""Travel times of access92 beside Valhalla's on a real network: ``python -m benchmarks.valhalla_comparison``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely

from access92.errors import Access92Error
from access92.network.access_rules import directed_seconds
from access92.network.graph import Network, build_network
from access92.network.snapping import snap_places
from access92.sources.streets.read import read_streets
from access92.sources.streets.traffic import TrafficRules
from access92.travel.matrix import travel_time_matrix
from benchmarks.public_ways import write_public_ways
from benchmarks.valhalla_engine import Valhalla, build_valhalla, valhalla_lengths_m, valhalla_ways
from benchmarks.valhalla_settings import Setting, comparable_settings

PORTO = Path(__file__).resolve().parents[2] / "shared" / "networks" / "porto.osm.pbf"
PORTO_CRS = 32629  # UTM zone 29 North
PAIRS = 2000
SEED = 92

DESTINATIONS = 100
_ORIGINS = 50  # of each destination; about half are within the limit by the streets too
_SUPPLY = 20_000  # places among which the origins are drawn
_DECIMALS = 7  # of degrees, as in OSM
_ON_THE_STREET_M = 0.5
_WORST = 10
_ONE_PERCENT = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class EngineInputs:
    """One OSM file as both engines read it; ``traffic``: its barriers and turn restrictions, for us.

    ``public_file`` is that file, without its private ways.
    """

    streets: gpd.GeoDataFrame
    valhalla: Valhalla
    traffic: TrafficRules
    public_file: Path


@dataclass(frozen=True, slots=True, eq=False)
class _Draw:
    """Destinations (points, metres), and for each of them its origins."""

    destinations: np.ndarray
    origins: list[np.ndarray]


def read_inputs(osm_file: Path, folder: Path, *, crs: object = PORTO_CRS) -> EngineInputs:
    """Our streets and Valhalla's tiles of the same .osm.pbf file; the tiles are made in ``folder``.

    Both read the file without its private ways: with a penalty of 0 Valhalla goes through them, and we never do.
    Maximum speeds are left out of our streets: one speed everywhere is compared.
    """
    public_file = write_public_ways(osm_file, folder / "public.osm.pbf")
    valhalla = build_valhalla(public_file, folder)
    read = read_streets(public_file, extent=None, crs=crs)
    no_speeds = dict.fromkeys(("maxspeed_forward", "maxspeed_backward"), "")
    # the other engine walks round squares: the lines that cross them are ours alone
    streets = read.streets[read.streets["area"] != "crossed"].reset_index(drop=True)
    return EngineInputs(streets.assign(maxspeed_kmh=np.nan, **no_speeds), valhalla, read.traffic, public_file)


def compare_engines(
    inputs: EngineInputs,
    setting: Setting,
    *,
    pairs: int = PAIRS,
    destinations: int = DESTINATIONS,
    seed: int = SEED,
) -> pd.DataFrame:
    """One row a pair of random places: where, the minutes of both engines at the same speed (NaN: no way).

    Places are drawn evenly along our network, by length, and lie on its streets: no leg off the network is
    compared. Origins are drawn nearer than the limit in a straight line; a pair counts when either engine
    finds a way shorter than the limit. ``from_way`` and ``to_way`` are the OSM ways that the places were
    drawn on, ``difference`` is (ours - Valhalla's) / Valhalla's.
    """
    network = build_network(inputs.streets, setting.ours, traffic=inputs.traffic)
    draw = _draw_places(inputs.streets, network, setting, destinations, np.random.default_rng(seed))
    origins = gpd.GeoSeries(np.concatenate(draw.origins))
    ends, starts = (
        snap_places(places, inputs.streets, network, max_snap_m=_ON_THE_STREET_M, serving=serving)
        for places, serving in (
            (gpd.GeoSeries(draw.destinations), network.serves_services),
            (origins, network.serves_demand),
        )
    )
    matrix = travel_time_matrix(network, ends, starts, cutoff_min=4 * setting.limit_min)
    destination = np.repeat(np.arange(len(draw.destinations)), [len(near) for near in draw.origins])
    way = _osm_way(inputs.streets)[network.street_row]
    start_lonlat = _degrees(origins.to_numpy(), inputs.streets.crs)
    end_lonlat = _degrees(draw.destinations, inputs.streets.crs)[destination]
    table = pd.DataFrame(
        {
            "from_lon": start_lonlat[:, 0], "from_lat": start_lonlat[:, 1],
            "to_lon": end_lonlat[:, 0], "to_lat": end_lonlat[:, 1],
            "from_way": way[starts.street], "to_way": way[ends.street][destination],
            "ours_min": matrix[destination, np.arange(len(destination))].astype(float),
            "valhalla_min": np.concatenate(_valhalla_minutes(inputs, setting, draw)),
        },
    )  # fmt: skip
    rank = pd.Series(destination).groupby(destination).cumcount()  # the first origins of all destinations come first
    table = table.iloc[np.argsort(rank.to_numpy(), kind="stable")]
    near = table[["ours_min", "valhalla_min"]].min(axis=1) < setting.limit_min
    table = table[near].head(pairs).reset_index(drop=True)
    return table.assign(difference=(table["ours_min"] - table["valhalla_min"]) / table["valhalla_min"])


def agreement(table: pd.DataFrame) -> dict[str, float]:
    """Of a table of :func:`compare_engines`: number of pairs, and shares (0–1).

    ``median`` and ``p90`` are of the absolute relative difference where both find a way; ``within_1_percent``
    is the share of all pairs for which that difference is less than 0.01.

    Examples
    --------
    >>> table = pd.DataFrame({"ours_min": [10.0, 11.0, np.nan], "valhalla_min": [10.0, 10.0, 5.0]})
    >>> table["difference"] = table["ours_min"] / table["valhalla_min"] - 1
    >>> {name: round(value, 3) for name, value in agreement(table).items()}
    {'pairs': 3, 'median': 0.05, 'p90': 0.09, 'within_1_percent': 0.333, 'only_ours': 0.0, 'only_valhalla': 0.333}
    """
    size = table["difference"].abs()
    return {
        "pairs": len(table),
        "median": float(size.median()),
        "p90": float(size.quantile(0.9)),
        "within_1_percent": float((size < _ONE_PERCENT).mean()),
        "only_ours": float((table["ours_min"].notna() & table["valhalla_min"].isna()).mean()),
        "only_valhalla": float((table["ours_min"].isna() & table["valhalla_min"].notna()).mean()),
    }


def worst_pairs(table: pd.DataFrame, *, count: int = _WORST) -> pd.DataFrame:
    """The pairs with the greatest absolute relative difference; those with a way in one engine only come first."""
    size = table["difference"].abs().fillna(np.inf)
    return table.loc[size.sort_values(ascending=False, kind="stable").index[:count]]


def same_ends(inputs: EngineInputs, setting: Setting, table: pd.DataFrame) -> np.ndarray:
    """Whether Valhalla puts both places of each pair on the OSM ways that they were drawn on."""
    same = np.ones(len(table), dtype=bool)
    for end in ("from", "to"):
        places, which = np.unique(table[[f"{end}_lon", f"{end}_lat"]].to_numpy(), axis=0, return_inverse=True)
        ways = valhalla_ways(inputs.valhalla, places, costing=setting.costing, options=setting.options)
        same &= [way in ways[row] for way, row in zip(table[f"{end}_way"], which, strict=True)]
    return same


def compare_access(inputs: EngineInputs, setting: Setting, *, places: int = PAIRS, seed: int = SEED) -> pd.DataFrame:
    """One row a random place on the streets of the file, whether each engine may use that very street.

    Places are drawn evenly by length on streets of every kind. Columns: edge_id, highway, ours, valhalla.
    Islands are closed in both: to us all but the main component, to Valhalla those of fewer than 50 edges.
    """
    rng = np.random.default_rng(seed)
    streets = inputs.streets
    usable = np.zeros(len(streets), dtype=bool)
    usable[build_network(streets, setting.ours, traffic=inputs.traffic).street_row] = True
    rows = _rows_by_length(streets, np.arange(len(streets)), rng, places)
    lonlat = _degrees(_somewhere_on(streets, rows, rng), streets.crs)
    ways = valhalla_ways(inputs.valhalla, lonlat, costing=setting.costing, options=setting.options)
    drawn_on = _osm_way(streets)[rows]
    return pd.DataFrame(
        {
            "edge_id": streets["edge_id"].to_numpy()[rows],
            "highway": streets["highway"].astype(str).to_numpy()[rows],
            "ours": usable[rows],
            "valhalla": [way in near for way, near in zip(drawn_on, ways, strict=True)],
        },
    )


def _draw_places(
    streets: gpd.GeoDataFrame,
    network: Network,
    setting: Setting,
    destinations: int,
    rng: np.random.Generator,
) -> _Draw:
    # on streets of all that lead there and back: where engines part is of the streets, not of what each makes private
    rows = network.street_row[network.serves_demand & network.serves_services]
    is_public = np.isfinite(directed_seconds(streets.iloc[rows], setting.ours)).any(axis=0)
    points = _somewhere_on(streets, _rows_by_length(streets, rows[is_public], rng, destinations + _SUPPLY), rng)
    ends, supply = points[:destinations], points[destinations:]
    near = [np.flatnonzero(shapely.distance(supply, place) < setting.limit_m) for place in ends]
    return _Draw(ends, [supply[rng.permutation(rows)[:_ORIGINS]] for rows in near])


def _rows_by_length(streets: gpd.GeoDataFrame, rows: np.ndarray, rng: np.random.Generator, count: int) -> np.ndarray:
    length_m = streets["length_m"].to_numpy(float)[rows]
    return rng.choice(rows, size=count, p=length_m / length_m.sum())


def _somewhere_on(streets: gpd.GeoDataFrame, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    lines = streets.geometry.to_numpy()[rows]
    points: np.ndarray = shapely.line_interpolate_point(lines, rng.random(len(rows)), normalized=True)
    return points


def _osm_way(streets: gpd.GeoDataFrame) -> np.ndarray:
    """The OSM way of each street, from its edge_id « w<way>-<rank> »."""
    ways: np.ndarray = streets["edge_id"].str.extract(r"^w(\d+)-")[0].to_numpy(dtype=np.int64)
    return ways


def _degrees(points: np.ndarray, crs: object) -> np.ndarray:
    to_degrees = pyproj.Transformer.from_crs(crs, 4326, always_xy=True)
    return np.column_stack(to_degrees.transform(shapely.get_x(points), shapely.get_y(points))).round(_DECIMALS)


def _valhalla_minutes(inputs: EngineInputs, setting: Setting, draw: _Draw) -> list[np.ndarray]:
    """For each destination, the lengths of Valhalla's ways from its origins, at our speed."""

    def ask(number: int) -> np.ndarray:
        near = _degrees(draw.origins[number], inputs.streets.crs)
        place = _degrees(draw.destinations[number : number + 1], inputs.streets.crs)[0]
        length_m = valhalla_lengths_m(inputs.valhalla, near, place, costing=setting.costing, options=setting.options)
        return length_m / setting.metres_per_min

    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(ask, range(len(draw.destinations))))


def _french(value: float, decimals: int = 2) -> str:
    return "aucun" if np.isnan(value) else f"{value:.{decimals}f}".replace(".", ",")


def describe_mode(inputs: EngineInputs, setting: Setting, *, pairs: int, seed: int) -> str:
    """The figures of one mode and its ten worst pairs, as French text."""
    table = compare_engines(inputs, setting, pairs=pairs, seed=seed)
    figures = agreement(table)
    same = same_ends(inputs, setting, table)
    access = compare_access(inputs, setting, seed=seed)
    shares = {
        "écart relatif absolu médian": figures["median"],
        "90e centile de l'écart": figures["p90"],
        "paires à moins de 1 % d'écart": figures["within_1_percent"],
        "  dont les deux bouts sont sur la même voie dans les deux moteurs": agreement(table[same])["within_1_percent"],
        "chemin trouvé par access92 seulement": figures["only_ours"],
        "chemin trouvé par Valhalla seulement": figures["only_valhalla"],
        "longueur des rues ouvertes aux deux": float((access["ours"] & access["valhalla"]).mean()),
        "longueur ouverte à access92 seulement": float((access["ours"] & ~access["valhalla"]).mean()),
        "longueur ouverte à Valhalla seulement": float((~access["ours"] & access["valhalla"]).mean()),
    }
    lines = [
        "", f"{setting.label} : {figures['pairs']:.0f} paires de moins de {setting.limit_min:.0f} min, graine {seed}",
        *(f"  {name:66} {_french(100 * share, 3):>8} %" for name, share in shares.items()),
        f"  les {_WORST} pires (minutes) :",
    ]  # fmt: skip
    lines += [
        f"    {number:5}  access92 {_french(pair['ours_min']):>7}  Valhalla {_french(pair['valhalla_min']):>7}"
        f"  de {pair['from_lat']:.5f} {pair['from_lon']:.5f} (voie {pair['from_way']})"
        f"  à {pair['to_lat']:.5f} {pair['to_lon']:.5f} (voie {pair['to_way']})"
        for number, pair in worst_pairs(table).to_dict("index").items()
    ]
    return "\n".join(lines) + "\n"


def comparison_options(prog: str, description: str) -> argparse.Namespace:
    """The streets and the pairs that a comparison is asked for: ``osm``, ``crs``, ``pairs``, ``seed``."""
    parser = argparse.ArgumentParser(prog=prog, description=description)
    parser.add_argument("--osm", type=Path, default=PORTO, help="fichier .osm.pbf (défaut : Porto, dans ../shared)")
    parser.add_argument("--crs", default=PORTO_CRS, help="système de coordonnées projeté (défaut : 32629)")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="nombre de paires (défaut : 2000)")
    parser.add_argument("--seed", type=int, default=SEED, help="graine du tirage (défaut : 92)")
    return parser.parse_args()


def main() -> int:
    """Print the figures of each mode, and its ten worst pairs."""
    options = comparison_options(
        "python -m benchmarks.valhalla_comparison", "Compare les temps d'access92 à ceux de Valhalla."
    )
    try:
        with tempfile.TemporaryDirectory() as folder:
            inputs = read_inputs(options.osm, Path(folder), crs=options.crs)
            for setting in comparable_settings().values():
                sys.stdout.write(describe_mode(inputs, setting, pairs=options.pairs, seed=options.seed))
                sys.stdout.flush()
    except Access92Error as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
