"""The contracts of the tables that pass between rooms: keys, columns, geometry; and their check."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92._limits import number_faults
from access92.errors import Fault, InputError, nearest_word, some_values

ColumnType = Literal["text", "number", "count", "date", "flag"]

ANY = "any"
"""The rule « any service of the scenario, whatever its kind »."""

TOTAL = "total"
"""The ``area_id`` of the whole study area."""

EVERYBODY = "all"
"""The ``public`` of the whole population."""


_EARTH_RADIUS_M = 6_371_008.8
_SHORTEST_SHARE = 0.9  # of the straight line: what roundings and spheres may take from a length, and no more
_ROUNDED_M = 1.0
_SAME_NODE_M = 10.0
_NODES_END = 2.0**63  # nodes are int64


@dataclass(frozen=True, slots=True)
class TableContract:
    """What a table must hold.

    ``required`` may not be null; ``optional`` columns may be absent or null. ``title`` is the French
    name of the table in messages. ``reserved_keys`` have a meaning of ours in results.
    """

    title: str
    key: str
    required: Mapping[str, ColumnType]
    optional: Mapping[str, ColumnType] = field(default_factory=dict)
    geometry: tuple[str, ...] = ()
    reserved_keys: tuple[str, ...] = ()
    has_spoken_keys: bool = False  # people write them in studies: two that differ by case or spaces are a slip


SERVICES = TableContract(
    title="services",
    key="service_id",
    required={"service_id": "text", "name": "text", "kind": "text"},
    optional={
        "also_kinds": "text",  # further kinds at the same counter, separated by ";" (a PMI that is also a CSS)
        "status": "text",  # "open" or "planned"; planned ones are listed, never counted
        "valid_from": "date",
        "valid_to": "date",  # last day of validity, inclusive
        "commune_insee": "text",
        "commune": "text",
        "communes_served": "text",
        "address": "text",
        "hours": "text",  # as published, in French; never parsed
        "opening_hours": "text",  # OpenStreetMap syntax
        "position_basis": "text",
        "position_uncertainty_m": "number",
        "confidence": "text",
        "note": "text",
        "source": "text",
    },
    geometry=("Point",),  # empty = not located
    has_spoken_keys=True,
)

DEMAND = TableContract(
    title="population",
    key="demand_id",
    required={"demand_id": "text", "area_id": "text", "population": "count"},
    optional={
        "unit_id": "text"
    },  # the cell or polygon that the people come from, '' for none; and any age_* or public_* column
    geometry=("Point",),
)

AREAS = TableContract(
    title="zones",
    key="area_id",
    required={"area_id": "text", "name": "text"},
    optional={"population": "count"},
    geometry=("Polygon", "MultiPolygon"),
    reserved_keys=(TOTAL,),
    has_spoken_keys=True,
)

STREET_TAGS: tuple[str, ...] = (
    "access", "foot", "bicycle", "vehicle", "motor_vehicle", "motorcar", "wheelchair",
    "sidewalk", "surface", "tracktype", "smoothness", "service", "junction", "motorroad",
    "oneway_bicycle", "oneway_foot", "cycleway", "cycleway_left", "cycleway_right", "cycleway_both",
    "ramp", "bridge", "tunnel", "area",
)  # fmt: skip
"""Tags of a street that the access rules or the maps read; '' where the way does not carry them.

A colon of the OSM key becomes an underscore (``oneway:bicycle`` → ``oneway_bicycle``).
"""

STREETS = TableContract(
    title="rues",
    key="edge_id",
    required={
        "edge_id": "text",
        "from_node": "number",  # integer node numbers: topology, not identifiers a user sees
        "to_node": "number",
        "length_m": "number",
        "highway": "text",
        "oneway": "text",  # raw OSM value: '', 'yes', 'no', '-1', 'reversible', …
    },
    optional={"maxspeed_kmh": "number", "name": "text", **dict.fromkeys(STREET_TAGS, "text")},
    geometry=("LineString",),
)


def check_table(
    frame: gpd.GeoDataFrame,
    contract: TableContract,
    *,
    where: str,
    geometry_may_be_empty: bool = False,
) -> gpd.GeoDataFrame:
    """The table itself when it keeps its contract.

    Looks at: missing columns, keys that are null, blank, reserved, doubled or told apart by case or spaces only, nulls
    in required columns, text or infinity in columns of numbers, negative counts, geometry types, coordinates that are
    not finite, a CRS. Everything wrong is collected first.

    Parameters
    ----------
    where
        The file or table named in the messages.
    geometry_may_be_empty
        True where a row may have no place yet (a planned service).

    Raises
    ------
    InputError
        With one fault per thing that is wrong.

    Examples
    --------
    >>> from shapely import Point
    >>> table = gpd.GeoDataFrame(
    ...     {"area_id": ["a"], "name": ["A"]}, geometry=[Point(0, 0).buffer(1)], crs=2154)
    >>> len(check_table(table, AREAS, where="zones.geojson"))
    1
    """
    faults: list[Fault] = []
    place = f"{where}, table « {contract.title} »"
    missing = [name for name in contract.required if name not in frame.columns]
    for name in missing:
        hint = nearest_word(name, [str(column) for column in frame.columns])
        faults.append(Fault(f"La colonne « {name} » manque.", place, f"Ajouter la colonne. {hint}"))
    if len(frame) == 0:
        faults.append(Fault("La table est vide.", place, "Fournir au moins une ligne."))
    for name in contract.required:
        if name in missing:
            continue
        nulls = frame.index[frame[name].isna()]
        if len(nulls):
            faults.append(
                Fault(
                    f"La colonne « {name} » a des valeurs vides.",
                    f"{place}, lignes {some_values(nulls)}",
                    "Remplir ou retirer ces lignes.",
                ),
            )
    faults += _number_faults(frame, contract, place)
    if contract.key not in missing:
        faults += _key_faults(frame[contract.key], contract, place)
    faults += _geometry_faults(frame, contract, place, geometry_may_be_empty=geometry_may_be_empty)
    if faults:
        raise InputError(faults)
    return frame


def check_streets(streets: gpd.GeoDataFrame, *, where: str) -> gpd.GeoDataFrame:
    """The streets themselves when they keep the contract STREETS and can be travelled as they are written.

    Beyond :func:`check_table`: lengths above zero and no shorter than the straight line between the ends of the
    street; whole node numbers, each at one place; speed limits above zero; tags that are text. One rule for streets of
    a file and of a program: a length that cannot be is refused, never guessed.

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
    """What in the values of streets no network can be built on; cheap enough to be asked at each network."""
    place = f"{where}, table « {STREETS.title} »"
    absent = [name for name in ("from_node", "to_node", "length_m", "highway") if name not in streets.columns]
    if absent:
        yield Fault(f"Des colonnes manquent : {', '.join(absent)}.", place, "Ajouter ces colonnes.")
        return
    names = streets["edge_id"] if "edge_id" in streets.columns else streets.index.to_series()
    undrawn = shapely.get_type_id(streets.geometry.to_numpy()) != shapely.GeometryType.LINESTRING
    undrawn |= shapely.is_empty(streets.geometry.to_numpy())
    if undrawn.any():
        yield Fault(
            "Le tracé d'une rue manque, ou n'est pas une ligne (LineString).",
            f"{place}, rues {some_values(names[undrawn])}",
            "Tracer ces rues, ou les retirer.",
        )

    def numbers(name: str) -> np.ndarray:
        column = streets[name]
        if pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column):
            return np.full(len(column), np.nan)
        return np.asarray(column.to_numpy(dtype=float, na_value=np.nan))

    length_m = numbers("length_m")
    wrong = ~(np.isfinite(length_m) & (length_m > 0))
    if wrong.any():
        yield Fault(
            "La longueur d'une rue (length_m) doit être supérieure à zéro.",
            f"{place}, rues {some_values(names[wrong])}, longueurs {some_values(streets['length_m'][wrong])}",
            "Corriger ces longueurs (mètres), ou les mesurer de nouveau sur le tracé.",
        )
    else:
        yield from number_faults(length_m, names.to_numpy(), name="length_m", where=place)
    for name in ("from_node", "to_node"):
        nodes = numbers(name)
        with np.errstate(invalid="ignore"):
            wrong = ~((np.abs(nodes) < _NODES_END) & (nodes == np.rint(nodes)))
        if wrong.any():
            yield Fault(
                f"Un carrefour ({name}) doit être un nombre entier.",
                f"{place}, rues {some_values(names[wrong])}, valeurs {some_values(streets[name][wrong])}",
                "Numéroter les carrefours : le même nombre pour les rues qui s'y rencontrent.",
            )
    if "maxspeed_kmh" in streets.columns:
        limits = streets["maxspeed_kmh"]
        wrong = limits.notna().to_numpy() & ~(np.isfinite(numbers("maxspeed_kmh")) & (numbers("maxspeed_kmh") > 0))
        if wrong.any():
            yield Fault(
                "Une vitesse limite (maxspeed_kmh) doit être un nombre supérieur à zéro.",
                f"{place}, rues {some_values(names[wrong])}, valeurs {some_values(limits[wrong])}",
                "La corriger (km/h), ou la laisser vide où elle n'est pas connue.",
            )


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
        named = (f"{streets['edge_id'].iloc[row]} ({length_m[row]:.1f} m pour {straight_m[row]:.1f} m)" for row in rows)
        yield Fault(
            "Une rue est plus courte (length_m) que la distance entre ses deux bouts.",
            f"{place}, rues {some_values(named)}",
            "Donner les longueurs en mètres, ou les mesurer de nouveau sur le tracé.",
        )
    nodes, number = np.unique(np.concatenate([streets["from_node"], streets["to_node"]]), return_inverse=True)
    first = np.zeros(len(nodes), dtype=np.int64)
    first[number[::-1]] = np.arange(len(number))[::-1]
    at = first[number]
    apart_m = np.hypot(np.radians(lon - lon[at]) * np.cos(np.radians(lat)) * _EARTH_RADIUS_M, north_m - north_m[at])
    torn = np.unique(nodes[number[apart_m > _SAME_NODE_M]])
    if len(torn):
        yield Fault(
            "Un même carrefour est à deux endroits : les rues qui s'y rencontrent n'y finissent pas ensemble.",
            f"{place}, carrefours {some_values(torn)}, jusqu'à {apart_m.max():.0f} m d'écart",
            "Tracer chaque rue de from_node à to_node, et donner un numéro à chaque carrefour.",
        )


def _number_faults(frame: pd.DataFrame, contract: TableContract, place: str) -> Iterator[Fault]:
    """Columns of numbers that hold text, infinity, or less than nothing where they count."""
    for name, kind in {**contract.required, **contract.optional}.items():
        if kind not in ("number", "count") or name not in frame.columns:
            continue
        column = frame[name]
        is_null = column.isna().to_numpy()
        if kind == "number" and (pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(column)):
            numbers = np.full(len(column), np.nan)
        else:
            numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
        bad = ~np.isfinite(numbers) & ~is_null if kind == "number" else ~np.isfinite(numbers) | (numbers < 0)
        if kind == "count" and name in contract.optional:
            bad &= ~is_null
        if bad.any():
            sign = " positifs ou nuls" if kind == "count" else ""
            yield Fault(
                f"La colonne « {name} » doit porter des nombres{sign}.",
                f"{place}, valeurs {some_values(column[bad])}",
                "Corriger ces valeurs.",
            )


def _key_faults(keys: pd.Series, contract: TableContract, place: str) -> Iterator[Fault]:
    """Identifiers that are blank, reserved, given twice, or that only spaces or capitals tell apart."""
    doubled = keys[keys.duplicated()]
    if len(doubled):
        yield Fault(
            f"L'identifiant « {contract.key} » n'est pas unique.",
            f"{place}, valeurs {some_values(doubled.unique())}",
            "Donner à chaque ligne un identifiant différent.",
        )
    if contract.key == STREETS.key or pd.api.types.is_numeric_dtype(keys):
        return
    texts = keys.dropna().astype(str)
    plain = texts.map(_as_read)
    if (plain == "").any():
        yield Fault(
            f"L'identifiant « {contract.key} » est vide.",
            f"{place}, lignes {some_values(texts.index[plain == ''])}",
            "Donner à chaque ligne un identifiant.",
        )
    taken = texts[plain.isin(contract.reserved_keys)]
    if len(taken):
        yield Fault(
            f"L'identifiant « {contract.key} » a une valeur réservée.",
            f"{place}, valeurs {some_values(taken)} (désigne l'ensemble de la zone dans les résultats)",
            "Donner un autre identifiant à cette ligne.",
        )
    if not contract.has_spoken_keys:
        return
    groups = texts.drop_duplicates().groupby(plain, sort=False)
    alike = [" et ".join(f"« {word} »" for word in words) for _, words in groups if len(words) > 1]
    if alike:
        yield Fault(
            f"Des identifiants « {contract.key} » ne diffèrent que par des espaces ou des majuscules.",
            f"{place}, valeurs {some_values(alike)}",
            "Écrire le même identifiant de la même façon, ou en donner deux qui se distinguent.",
        )


def _as_read(text: str) -> str:
    """A text as a reader tells it from another: without capitals, signs that do not show, or more than single spaces.

    >>> _as_read(" Ｔo\u00adtal ") == "total"
    True
    """
    shown = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    return " ".join(shown.split()).casefold()


def _geometry_faults(
    frame: gpd.GeoDataFrame,
    contract: TableContract,
    place: str,
    *,
    geometry_may_be_empty: bool,
) -> list[Fault]:
    if not contract.geometry:
        return []
    if frame.crs is None:
        return [Fault("Le système de coordonnées (CRS) est inconnu.", place, "Déclarer le CRS du fichier.")]
    faults = []
    empty = frame.geometry.isna() | frame.geometry.is_empty
    if empty.any() and not geometry_may_be_empty:
        rows = some_values(frame.index[empty])
        faults.append(Fault("Des géométries sont vides.", f"{place}, lignes {rows}", "Les compléter ou les retirer."))
    coordinates, row_of = shapely.get_coordinates(frame.geometry.to_numpy(), return_index=True)
    endless = ~np.isfinite(coordinates).all(axis=1)
    if endless.any():
        rows = some_values(frame.index[np.unique(row_of[endless])])
        faults.append(
            Fault("Des coordonnées ne sont pas des nombres finis.", f"{place}, lignes {rows}", "Les corriger.")
        )
    types = set(frame.geometry[~empty].geom_type)
    wrong = sorted(types - set(contract.geometry))
    if wrong:
        wanted = " ou ".join(contract.geometry)
        faults.append(
            Fault(f"Le type de géométrie doit être {wanted}.", f"{place}, types {some_values(wrong)}", "Convertir."),
        )
    return faults
