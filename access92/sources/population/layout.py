"""How a population file is laid out, by the names of its columns as INSEE writes them in each vintage."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import pandas as pd

from access92.errors import input_error, nearest_word, some_values
from access92.sources.office.meanings import means
from access92.sources.office.place_columns import crs_of
from access92.sources.population.squares import SQUARE_IDS, parse_square_ids
from access92.sources.table_heads import read_head
from access92.sources.tables import has_degrees, read_table
from access92.study.files import PopulationInput
from access92.study.model import Study
from access92.study.notices import Notice

IRIS_IDS = ("code_iris", "iris", "dcomiris", "iris_code")
"""Columns of IRIS codes: IGN's outlines (``CODE_IRIS``, ``code_iris``), INSEE's census files (``IRIS``)."""

_CENSUS_POPULATION = re.compile(r"p(\d\d)_pop", re.IGNORECASE)
_ABSCISSA_OR_ORDINATE = re.compile(r"[xy]([_ ].*)?")
_KNOWN = "population, ind (Filosofi), P21_POP (recensement)"


def resolve_population(study: Study) -> Study:
    """The study with every key of ``[population]`` that it does not write, read from the names of the columns.

    Filosofi is known in its vintages 2015 (``IdINSPIRE``, ``Ind``), 2017 (``Idcar_200m``, ``Ind``), 2019 and 2021
    (``idcar_200m``, ``ind``), at 200 m and at 1 km; the census by IRIS by ``IRIS`` or ``CODE_IRIS`` and ``P21_POP``.
    Side and CRS of the squares are those of their names (« CRS3035RES200mN2883200E3750400 »), whatever the CRS of the
    geometry: INSEE's GeoPackages are in Lambert-93. Points may be placed by eastings and northings (« X_L93 », « Y »),
    in the system that the heading or the numbers say. A key that the study writes always wins.

    Raises
    ------
    InputError
        A file that cannot be read, no known column of population, no place.
    """
    settings, where = study.population, str(study.population.origin)
    source = study.table_source(settings.origin)
    head = read_head(source, where=where, layer=settings.layer)
    if head is None:  # its reader says what is wrong with it
        head = read_table(source, where=where, layer=settings.layer)
    return study.model_copy(update={"population": resolved_layout(settings, head, where=where)})


def resolved_layout(settings: PopulationInput, head: pd.DataFrame, *, where: str) -> PopulationInput:
    """The settings of ``[population]``, completed from the first rows of the file.

    >>> squares = pd.DataFrame({"idcar_200m": ["CRS3035RES200mN2883200E3750400"], "ind": ["12.5"]})
    >>> found = resolved_layout(PopulationInput(file="carreaux_200m_met.csv"), squares, where="carreaux_200m_met.csv")
    >>> found.method, found.population_column, found.id_column, found.cell_m, found.grid_crs
    ('grid', 'ind', 'idcar_200m', 200.0, 'EPSG:3035')
    """
    names = [str(name) for name in head.columns if name != "geometry"]
    by_lower = _lowered(names, where)
    written = settings.model_fields_set - {key for key in ("method",) if settings.method is None}
    update: dict[str, Any] = {}
    if "population_column" not in written and (column := _population_column(by_lower, names, where)) != "population":
        update["population_column"] = column

    # squares by their corners where the file has them, else by their INSPIRE names
    square_id = _square_id(head, by_lower)
    has_corners = settings.x_column in names and settings.y_column in names
    method = settings.method or _method(head, by_lower, where, is_grid=has_corners or square_id is not None)
    if "method" not in written:
        update["method"] = method
    if method == "grid" and square_id is not None:
        size_m, epsg = square_id[1:]
        if not has_corners and not {"x_column", "y_column"} & written:
            update |= {} if "id_column" in written else {"id_column": square_id[0]}
            update |= {} if "grid_crs" in written or not epsg else {"grid_crs": f"EPSG:{epsg}"}
        update |= {} if "cell_m" in written else {"cell_m": size_m}
    elif method == "points" and not has_corners and not {"x_column", "y_column"} & written:
        update |= _eastings(head, names, None if "grid_crs" not in written else settings.grid_crs, where)
    elif "method" not in written and method == "polygons" and "id_column" not in written:
        iris = next((by_lower[name] for name in IRIS_IDS if name in by_lower), None)
        update |= {} if iris is None else {"id_column": iris}
    if method != "grid" and settings.publics_file is not None:
        raise input_error(
            "publics_file demande une population en carreaux.",
            f"{where}, lu comme « {method} »",
            'Donner un fichier de carreaux (method = "grid"), ou retirer publics_file.',
        )
    return settings.model_copy(update=update) if update else settings


def layout_notices(written: PopulationInput, resolved: PopulationInput) -> tuple[Notice, ...]:
    """The record of what the names of the columns said (``population_layout``); none where the study wrote it all.

    Subject: method, column of the population, column of ids ('' for none), CRS of the squares ('' for no grid);
    ``cell_m``: their side.
    """
    if written == resolved:
        return ()
    is_grid = resolved.method == "grid"
    subject = (
        str(resolved.method),
        resolved.population_column,
        resolved.id_column or "",
        resolved.grid_crs if is_grid else "",
    )
    return (Notice("population_layout", subject, {"cell_m": resolved.cell_m} if is_grid else {}),)


def _lowered(names: Iterable[str], where: str) -> dict[str, str]:
    """The columns by their name in small letters: vintages differ by capitals; two of one name are two vintages."""
    by_lower: dict[str, str] = {}
    for name in names:
        other = by_lower.setdefault(name.lower(), name)
        if other != name and (name.lower() == "ind" or name.lower() in SQUARE_IDS):
            raise input_error(
                f"Deux colonnes ne diffèrent que par leurs majuscules : « {other} » et « {name} ».",
                where,
                "Des carreaux de deux millésimes semblent réunis : donner un fichier par millésime.",
            )
    return by_lower


def _population_column(by_lower: Mapping[str, str], names: list[str], where: str) -> str:
    """The column of the population: « population », Filosofi's, or the latest of the census."""
    if "population" in names:
        return "population"
    if "ind" in by_lower:
        return by_lower["ind"]
    census = {name: match for name in by_lower.values() if (match := _CENSUS_POPULATION.fullmatch(name))}
    if census:
        return max(census, key=lambda name: int(census[name][1]))
    hints = [nearest_word(word, names) for word in ("population", "ind", "P21_POP")]
    close = next((hint for hint in hints if hint.startswith("Vouliez")), "")
    raise input_error(
        "La colonne « population » manque, et aucune colonne du fichier n'est connue comme une population.",
        f"{where}, colonnes {some_values(names, most=12)}",
        f"Nommer la colonne par la clé population.population_column. Noms connus : {_KNOWN}. {close}".strip(),
    )


def _square_id(head: pd.DataFrame, by_lower: Mapping[str, str]) -> tuple[str, float, str] | None:
    """The column of INSPIRE names, the side in metres and the EPSG code that the first of them says; None for none."""
    for name in SQUARE_IDS:
        column = by_lower.get(name)
        if column is None:
            continue
        squares = parse_square_ids(head[column].astype(str))
        known = squares.side_m > 0
        if known.any():
            first = int(known.argmax())
            return column, float(squares.side_m[first]), str(squares.epsg[first])
    return None


def _eastings(head: pd.DataFrame, names: list[str], crs: str | None, where: str) -> dict[str, str]:
    """The keys of a table of points that has eastings and northings alone; none where it has degrees or shapes."""
    found = _x_and_y(names)
    if isinstance(head, gpd.GeoDataFrame) or has_degrees(names) or found is None:
        return {}
    system = crs_of(head, *found, None, where, written=crs, key="[population] : grid_crs")[0]
    return {"x_column": found[0], "y_column": found[1], "grid_crs": system}


def _x_and_y(names: list[str]) -> tuple[str, str] | None:
    """The one column of eastings and the one of northings, by their headings."""
    found = [[name for name in names if means("services", axis, name)] for axis in ("x", "y")]
    return (found[0][0], found[1][0]) if [len(columns) for columns in found] == [1, 1] else None


def _method(head: pd.DataFrame, by_lower: Mapping[str, str], where: str, *, is_grid: bool) -> str:
    """The method that fits what the file has: squares, polygons or points."""
    if is_grid:
        return "grid"
    if isinstance(head, gpd.GeoDataFrame):
        types = set(head.geometry.geom_type.dropna())
        return "polygons" if types & {"Polygon", "MultiPolygon"} else "points"
    if has_degrees(by_lower) or _x_and_y(list(by_lower.values())) is not None:
        return "points"
    fix = "Donner un fichier géographique, des colonnes lon et lat, ou des carreaux (idcar_200m)."
    if any(name in by_lower for name in IRIS_IDS):
        fix = "Joindre ce fichier aux contours des IRIS (IGN), et donner le GeoPackage ainsi fait."
    elif {name[:2].strip("_ ") for name in by_lower if _ABSCISSA_OR_ORDINATE.fullmatch(name)} >= {"x", "y"}:
        fix = 'Dire quelles colonnes sont X et Y : method = "points", x_column, y_column et grid_crs (EPSG:2154…).'
    raise input_error(
        "Le fichier de population ne dit pas où sont les habitants : ni carreaux connus, ni géométrie, ni coordonnées.",
        f"{where}, colonnes {some_values(by_lower.values(), most=12)}",
        fix,
    )
