"""The checks of streets beyond their columns: lengths, nodes, lines and speeds that a network can be built on."""

from __future__ import annotations

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92._limits import number_faults
from access92.errors import Fault, InputError, some_values
from access92.study.schemas import STREETS, check_table

_EARTH_RADIUS_M = 6_371_008.8
_SHORTEST_SHARE = 0.9  # of the straight line: what roundings and spheres may take from a length, and no more
_ROUNDED_M = 1.0
_SAME_NODE_M = 10.0
_NODES_END = 2.0**63  # nodes are int64


def check_streets(streets: gpd.GeoDataFrame, *, where: str) -> gpd.GeoDataFrame:
    """The streets themselves when they keep the contract STREETS and can be travelled as they are written.

    Beyond :func:`access92.study.schemas.check_table`: lengths above zero and no shorter than the straight line between
    the ends of the street; whole node numbers, each at one place; speed limits above zero. One rule for streets of a
    file and of a program: an impossible length is refused, never guessed.

    Raises
    ------
    InputError
        With one fault per thing that is wrong.

    Examples
    --------
    >>> street = gpd.GeoDataFrame(
    ...     {"edge_id": ["a"], "from_node": 1, "to_node": 2, "length_m": -83.3, "highway": "path", "oneway": ""},
    ...     geometry=[shapely.LineString([(0, 0), (83.3, 0)])], crs=2154)
    >>> check_streets(street, where="rues.parquet")
    Traceback (most recent call last):
    ...
    access92.errors.InputError: La longueur d'une rue (length_m) doit être supérieure à zéro.
      Où : rues.parquet, table « rues », rues a, longueurs -83.3
      Remède : Corriger ces longueurs (mètres), ou les mesurer de nouveau sur le tracé.
    """
    check_table(streets, STREETS, where=where)
    faults = list(street_value_faults(streets, where)) or list(_street_end_faults(streets, where))
    if faults:
        raise InputError(faults)
    return streets


def street_value_faults(streets: gpd.GeoDataFrame, where: str) -> Iterator[Fault]:
    """What in the values of streets no network can be built on; cheap enough to be checked for each network."""
    place = f"{where}, table « {STREETS.title} »"
    absent = [name for name in ("from_node", "to_node", "length_m", "highway") if name not in streets.columns]
    if absent:
        yield Fault(f"Des colonnes manquent : {', '.join(absent)}.", place, "Ajouter ces colonnes.")
        return
    names = streets["edge_id"] if "edge_id" in streets.columns else streets.index.to_series()
    yield from _line_faults(streets, names, place)
    yield from _length_faults(streets, names, place)
    yield from _node_faults(streets, names, place)
    yield from _speed_faults(streets, names, place)


def _line_faults(streets: gpd.GeoDataFrame, names: pd.Series, place: str) -> Iterator[Fault]:
    """Streets whose geometry is missing, empty or no line."""
    undrawn = shapely.get_type_id(streets.geometry.to_numpy()) != shapely.GeometryType.LINESTRING
    undrawn |= shapely.is_empty(streets.geometry.to_numpy())
    if undrawn.any():
        yield Fault(
            "Le tracé d'une rue manque, ou n'est pas une ligne (LineString).",
            f"{place}, rues {some_values(names[undrawn])}",
            "Tracer ces rues, ou les retirer.",
        )


def _length_faults(streets: gpd.GeoDataFrame, names: pd.Series, place: str) -> Iterator[Fault]:
    """Lengths that are no number above zero, or beyond what any number of an input may be."""
    length_m = _numbers(streets["length_m"])
    wrong = ~(np.isfinite(length_m) & (length_m > 0))
    if wrong.any():
        yield Fault(
            "La longueur d'une rue (length_m) doit être supérieure à zéro.",
            f"{place}, rues {some_values(names[wrong])}, longueurs {some_values(streets['length_m'][wrong])}",
            "Corriger ces longueurs (mètres), ou les mesurer de nouveau sur le tracé.",
        )
    else:
        yield from number_faults(length_m, names.to_numpy(), name="length_m", where=place)


def _node_faults(streets: gpd.GeoDataFrame, names: pd.Series, place: str) -> Iterator[Fault]:
    """Node numbers that are not whole, or beyond int64."""
    for name in ("from_node", "to_node"):
        nodes = _numbers(streets[name])
        with np.errstate(invalid="ignore"):  # nan and infinity compare as wrong, without a warning
            wrong = ~((np.abs(nodes) < _NODES_END) & (nodes == np.rint(nodes)))
        if wrong.any():
            yield Fault(
                f"Un carrefour ({name}) doit être un nombre entier.",
                f"{place}, rues {some_values(names[wrong])}, valeurs {some_values(streets[name][wrong])}",
                "Numéroter les carrefours : le même nombre pour les rues qui s'y rencontrent.",
            )


def _speed_faults(streets: gpd.GeoDataFrame, names: pd.Series, place: str) -> Iterator[Fault]:
    """Speed limits that are neither null nor a number above zero."""
    if "maxspeed_kmh" not in streets.columns:
        return
    limits = streets["maxspeed_kmh"]
    speed_kmh = _numbers(limits)
    wrong = limits.notna().to_numpy() & ~(np.isfinite(speed_kmh) & (speed_kmh > 0))
    if wrong.any():
        yield Fault(
            "Une vitesse limite (maxspeed_kmh) doit être un nombre supérieur à zéro.",
            f"{place}, rues {some_values(names[wrong])}, valeurs {some_values(limits[wrong])}",
            "La corriger (km/h), ou la laisser vide où elle n'est pas connue.",
        )


def _numbers(column: pd.Series) -> np.ndarray:
    """The column as float64; NaN throughout where it holds text or flags, which are no numbers."""
    if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
        return np.full(len(column), np.nan)
    return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))


def _street_end_faults(streets: gpd.GeoDataFrame, where: str) -> Iterator[Fault]:
    """Streets shorter than the straight line between their ends, and crossings that are at two places at once."""
    place = f"{where}, table « {STREETS.title} »"
    lines = streets.geometry.to_crs("EPSG:4326").to_numpy()
    starts, ends = shapely.get_point(lines, 0), shapely.get_point(lines, -1)
    lon = np.concatenate([shapely.get_x(starts), shapely.get_x(ends)])
    lat = np.concatenate([shapely.get_y(starts), shapely.get_y(ends)])
    # metres east and north on a sphere, by the latitude of each place: enough to tell 83 m from none
    north_m = np.radians(lat) * _EARTH_RADIUS_M
    count = len(lines)
    turn = np.radians(lon[count:] - lon[:count]) * np.cos(np.radians((lat[count:] + lat[:count]) / 2))
    straight_m = np.hypot(turn * _EARTH_RADIUS_M, north_m[count:] - north_m[:count])
    length_m = streets["length_m"].to_numpy(dtype=float)
    short = length_m < straight_m * _SHORTEST_SHARE - _ROUNDED_M
    if short.any():
        rows = np.flatnonzero(short)
        lengths = (
            f"{streets['edge_id'].iloc[row]} ({length_m[row]:.1f} m pour {straight_m[row]:.1f} m)" for row in rows
        )
        yield Fault(
            "Une rue est plus courte (length_m) que la distance entre ses deux bouts.",
            f"{place}, rues {some_values(lengths)}",
            "Donner les longueurs en mètres, ou les mesurer de nouveau sur le tracé.",
        )
    # the first end at each node stands for its place; the other ends of that node must be near it
    nodes, number = np.unique(np.concatenate([streets["from_node"], streets["to_node"]]), return_inverse=True)
    first = np.zeros(len(nodes), dtype=np.int64)
    first[number[::-1]] = np.arange(len(number))[::-1]
    at = first[number]
    apart_m = np.hypot(np.radians(lon - lon[at]) * np.cos(np.radians(lat)) * _EARTH_RADIUS_M, north_m - north_m[at])
    torn = np.unique(number[apart_m > _SAME_NODE_M])
    if len(torn):
        # the streets to look at first: those with most ends far from where the others of their crossing end
        ends_at = pd.DataFrame({"node": number, "lon": lon, "lat": lat, "row": np.tile(np.arange(count), 2)})
        ends_at = ends_at[np.isin(number, torn)]
        usual = ends_at.groupby("node")[["lon", "lat"]].transform("median")
        east, north = (np.radians((ends_at[name] - usual[name]).to_numpy()) for name in ("lon", "lat"))
        off_m = np.hypot(east * np.cos(np.radians(usual["lat"].to_numpy())), north) * _EARTH_RADIUS_M
        strays = ends_at["row"][off_m > _SAME_NODE_M / 2].value_counts(sort=True)
        rows = strays.index[strays == strays.max()].sort_values()
        yield Fault(
            "Un même carrefour est à deux endroits : les rues qui s'y rencontrent n'y finissent pas ensemble.",
            f"{place}, rues {some_values(streets['edge_id'].iloc[rows])}, carrefours {some_values(nodes[torn])}, "
            f"jusqu'à {apart_m.max():.0f} m d'écart",
            "Tracer chaque rue de from_node à to_node, et donner un numéro à chaque carrefour.",
        )
