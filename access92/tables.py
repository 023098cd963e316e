"""The contracts of the tables that pass between rooms: keys, columns, geometry; and their check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.errors import Fault, InputError, nearest_word, some_values

ColumnType = Literal["text", "number", "count", "date", "flag"]

KINDS: Mapping[str, str] = MappingProxyType(
    {
        "sst": "Service des solidarités territoriales (SST)",
        "pole_social": "Pôle social",
        "antenne": "Antenne de proximité",
        "pmi": "Protection maternelle et infantile (PMI)",
        "espace_insertion": "Espace insertion",
        "css": "Centre de santé sexuelle (CSS)",
        "mdph": "Maison départementale des personnes handicapées (MDPH)",
        "permanence": "Permanence",
        "mobile": "Unité mobile",
    },
)
"""The kinds of service, with their French label."""

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
    name of the table in messages.
    """

    title: str
    key: str
    required: Mapping[str, ColumnType]
    optional: Mapping[str, ColumnType] = field(default_factory=dict)
    geometry: tuple[str, ...] = ()


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
)

DEMAND = TableContract(
    title="population",
    key="demand_id",
    required={"demand_id": "text", "area_id": "text", "population": "count"},
    optional={},  # and any age_* or public_* column
    geometry=("Point",),
)

AREAS = TableContract(
    title="zones",
    key="area_id",
    required={"area_id": "text", "name": "text"},
    optional={"population": "count"},
    geometry=("Polygon", "MultiPolygon"),
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


def check_table(  # noqa: C901 - one look at each thing that may be wrong
    frame: gpd.GeoDataFrame,
    contract: TableContract,
    *,
    where: str,
    geometry_may_be_empty: bool = False,
) -> gpd.GeoDataFrame:
    """The table itself when it keeps its contract.

    Looks at: missing columns, null or duplicate keys, nulls in required columns, negative or
    non-finite numbers in count columns, geometry types, a CRS. Everything wrong is collected first.

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
    for name, kind in contract.required.items():
        if name in missing:
            continue
        column = frame[name]
        nulls = frame.index[column.isna()]
        if len(nulls):
            faults.append(
                Fault(
                    f"La colonne « {name} » a des valeurs vides.",
                    f"{place}, lignes {some_values(nulls)}",
                    "Remplir ou retirer ces lignes.",
                ),
            )
        if kind == "count":
            values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=float)
            bad = np.flatnonzero(~np.isfinite(values) | (values < 0))
            if len(bad):
                shown = some_values(column.iloc[bad])
                faults.append(
                    Fault(
                        f"La colonne « {name} » doit porter des nombres positifs ou nuls.",
                        f"{place}, valeurs {shown}",
                        "Corriger ces valeurs.",
                    ),
                )
    if contract.key not in missing:
        doubled = frame.loc[frame[contract.key].duplicated(), contract.key]
        if len(doubled):
            faults.append(
                Fault(
                    f"L'identifiant « {contract.key} » n'est pas unique.",
                    f"{place}, valeurs {some_values(doubled.unique())}",
                    "Donner à chaque ligne un identifiant différent.",
                ),
            )
    faults += _geometry_faults(frame, contract, place, geometry_may_be_empty=geometry_may_be_empty)
    if faults:
        raise InputError(faults)
    return frame


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
    types = set(frame.geometry[~empty].geom_type)
    wrong = sorted(types - set(contract.geometry))
    if wrong:
        wanted = " ou ".join(contract.geometry)
        faults.append(
            Fault(f"Le type de géométrie doit être {wanted}.", f"{place}, types {some_values(wrong)}", "Convertir."),
        )
    return faults
