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

from access92._glyphs import has_command
from access92.errors import Fault, InputError, nearest_word, some_values

ColumnType = Literal["text", "number", "count", "date", "flag"]

ANY = "any"
"""The rule « any service of the scenario, whatever its kind »."""

TOTAL = "total"
"""The ``area_id`` of the whole study area."""

EVERYBODY = "all"
"""The ``public`` of the whole population."""


@dataclass(frozen=True, slots=True)
class TableContract:
    """What a table must hold.

    ``required`` may not be null; ``optional`` columns may be absent or null. ``title`` is the French
    name of the table in messages. ``reserved_keys`` have a meaning in the results.
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
    },  # the cell or polygon that the people come from, '' for none; and any column of a public
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
    "layer", "level", "indoor", "covered", "conveying", "incline", "maxwidth", "crossing", "footway",
    "sidewalk_left", "sidewalk_right", "sidewalk_both", "zone_maxspeed", "zone_traffic",
    "cycleway_left_oneway", "cycleway_right_oneway", "cycleway_both_oneway",
    "access_conditional", "motor_vehicle_conditional", "maxspeed_forward", "maxspeed_backward", "series",
    "foot_conditional", "bicycle_conditional", "vehicle_conditional", "oneway_conditional", "maxspeed_conditional",
    "maxwidth_physical",
)  # fmt: skip
"""Tags of a street that the access rules or the maps read; '' where the way does not carry them.

A colon of the OSM key becomes an underscore (``oneway:bicycle`` → ``oneway_bicycle``), see :func:`osm_key`.
``series`` is no tag of OSM: see :mod:`access92.study.series`.
"""

_UNDERSCORED = ("motor_vehicle", "traffic_signals")


def osm_key(column: str) -> str:
    """The OSM key of a column of tags.

    >>> [osm_key(name) for name in ("oneway_bicycle", "motor_vehicle", "motor_vehicle_conditional")]
    ['oneway:bicycle', 'motor_vehicle', 'motor_vehicle:conditional']
    """
    for whole in _UNDERSCORED:
        if column.startswith(whole):
            return whole + column.removeprefix(whole).replace("_", ":")
    return column.replace("_", ":")


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

    Looks at: missing columns, keys that are null, blank, reserved, doubled or told apart by case or spaces only,
    nulls in required columns, control characters in texts, text or infinity in columns of numbers, negative counts,
    geometry types, coordinates that are not finite, a CRS. Everything wrong is collected first.

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
    # a missing column is a fault by itself; the checks below skip it rather than repeat it
    missing = [name for name in contract.required if name not in frame.columns]
    for name in missing:
        hint = nearest_word(name, [str(column) for column in frame.columns])
        faults.append(Fault(f"La colonne « {name} » manque.", place, f"Ajouter la colonne. {hint}"))
    if len(frame) == 0:
        faults.append(Fault("La table est vide.", place, "Fournir au moins une ligne."))
    # nulls by column, with the rows: whoever corrects the file looks for them there
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
    # values, keys and places are checked whatever was wrong before, so that one reading says everything
    faults += [*_number_faults(frame, contract, place), *_command_faults(frame, contract, place)]
    if contract.key not in missing:
        faults += _key_faults(frame[contract.key], contract, place)
    faults += _geometry_faults(frame, contract, place, geometry_may_be_empty=geometry_may_be_empty)
    if faults:
        raise InputError(faults)
    return frame


def _command_faults(frame: gpd.GeoDataFrame, contract: TableContract, place: str) -> Iterator[Fault]:
    """Texts with control characters, which pages and files cannot hold."""
    texts = [
        name
        for name, kind in {**contract.required, **contract.optional}.items()
        if kind == "text" and name in frame.columns
    ]
    for name in texts:
        # nearly all texts of a table come often, and no column has such a sign: rows are looked at where one has
        # (pandas finds the distinct ones where they are; a set would make a Python object of every row first)
        column = frame[name]
        distinct = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column.unique()
        if not any(isinstance(text, str) and has_command(text) for text in distinct):
            continue
        wrong = frame[name].map(lambda text: isinstance(text, str) and has_command(text)).to_numpy(dtype=bool)
        if wrong.any():
            shown = some_values(map(repr, frame[name][wrong]))
            yield Fault(
                f"La colonne « {name} » porte des caractères de commande, que rien ne peut afficher.",
                f"{place}, lignes {some_values(frame.index[wrong])}, valeurs {shown}",
                "Effacer ces caractères (souvent collés d'un autre logiciel) et retaper le texte.",
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
    visible = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf")
    return " ".join(visible.split()).casefold()


def _geometry_faults(
    frame: gpd.GeoDataFrame,
    contract: TableContract,
    place: str,
    *,
    geometry_may_be_empty: bool,
) -> list[Fault]:
    """A CRS that is not known, empty geometries, coordinates that are not finite, types that the contract excludes."""
    if not contract.geometry:
        return []
    # without a CRS coordinates mean nothing: no other check of them would
    if frame.crs is None:
        return [Fault("Le système de coordonnées (CRS) est inconnu.", place, "Déclarer le CRS du fichier.")]
    faults = []
    places = frame.geometry.to_numpy()
    empty = shapely.is_missing(places) | shapely.is_empty(places)
    if empty.any() and not geometry_may_be_empty:
        rows = some_values(frame.index[empty])
        faults.append(Fault("Des géométries sont vides.", f"{place}, lignes {rows}", "Les compléter ou les retirer."))
    # shapely accepts infinite coordinates in silence; lengths and times would turn to NaN much later
    coordinates, row_of = shapely.get_coordinates(places, return_index=True)
    endless = ~np.isfinite(coordinates).all(axis=1)
    if endless.any():
        rows = some_values(frame.index[np.unique(row_of[endless])])
        faults.append(
            Fault("Des coordonnées ne sont pas des nombres finis.", f"{place}, lignes {rows}", "Les corriger.")
        )
    # a row without a place has no type: whether it may be so is said above
    there = places[~empty]
    types = {there[row].geom_type for row in np.unique(shapely.get_type_id(there), return_index=True)[1]}
    wrong = sorted(types - set(contract.geometry))
    if wrong:
        expected = " ou ".join(contract.geometry)
        faults.append(
            Fault(f"Le type de géométrie doit être {expected}.", f"{place}, types {some_values(wrong)}", "Convertir."),
        )
    return faults
