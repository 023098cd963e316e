"""The INSPIRE names of square cells: side, corner and CRS, as INSEE writes them in each vintage of Filosofi."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from access92.errors import Fault, InputError, some_values
from access92.sources.tables import is_blank

SQUARE_IDS = ("idcar_200m", "idinspire", "idcar_1km", "id_carr1km", "grd_id", "grid_id", "idcar_nat", "id_carr_n")
"""Columns of INSPIRE names, in small letters, the finest squares first.

Filosofi 2015: ``IdINSPIRE``, ``Id_carr1km``, ``Id_carr_n``; 2017: ``Idcar_200m``, ``Idcar_1km``, ``Idcar_nat``; 2019
and 2021: the same in small letters; Eurostat: ``GRD_ID``.
"""

_FINEST = ("idcar_200m", "idinspire")
_NAME = r"^\s*(?:FR_)?CRS(?P<epsg>\d{4,5})RES(?P<side>\d{1,6})mN(?P<north>-?\d{1,8})E(?P<east>-?\d{1,8})\s*$"


@dataclass(frozen=True, slots=True)
class SquareIds:
    """Squares by their names: side in metres (0 where the name is not one), lower-left corner, EPSG code."""

    side_m: np.ndarray
    east: np.ndarray
    north: np.ndarray
    epsg: np.ndarray


def parse_square_ids(ids: pd.Series) -> SquareIds:
    """The squares that INSPIRE names stand for; zeros before a number change nothing.

    >>> square = parse_square_ids(pd.Series(["CRS2975RES200mN7634200E0359400", "rien"]))
    >>> square.side_m.tolist(), square.east.tolist(), square.epsg.tolist()
    ([200.0, 0.0], [359400.0, nan], ['2975', ''])

    References
    ----------
    INSPIRE, *Data Specification on Geographical Grid Systems*, D2.8.I.2, 2014 (grid cell codes).
    """
    parts = ids.astype(str).str.extract(_NAME)
    east, north, side_m = (pd.to_numeric(parts[name]).to_numpy(dtype=float) for name in ("east", "north", "side"))
    return SquareIds(np.nan_to_num(side_m), east, north, parts["epsg"].fillna("").to_numpy(dtype=object))


def read_square_ids(ids: pd.Series, *, where: str) -> SquareIds:
    """The squares of a column of names, all of one side and one CRS.

    Raises
    ------
    InputError
        Names of another form, squares of two sides or of two CRS.
    """
    squares = parse_square_ids(ids)
    faults = list(_faults(ids, squares, where))
    if faults:
        raise InputError(faults)
    return squares


def _faults(ids: pd.Series, squares: SquareIds, where: str) -> Iterator[Fault]:
    """What forbids reading a column of names as one grid."""
    unknown = squares.side_m == 0
    if unknown.any():
        both = "" if unknown.all() else " : deux formes d'identifiants sont mêlées, donc sans doute deux millésimes"
        yield Fault(
            f"La colonne « {ids.name} » porte des identifiants qui ne sont pas ceux de carreaux{both}.",
            f"{where}, lignes {some_values(ids.index[unknown])}, valeurs {some_values(ids[unknown])}",
            "Écrire chaque carreau comme CRS3035RES200mN2883200E3750400, d'un seul millésime.",
        )
        return
    for values, words, fix in (
        (squares.side_m, "de deux côtés", "Garder les carreaux d'un seul côté : ceux de 200 m sont dans ceux de 1 km."),
        (squares.epsg, "de deux systèmes de coordonnées", "Donner un fichier par territoire."),
    ):
        kinds, first = np.unique(values.astype(str), return_index=True)
        if len(kinds) > 1:
            yield Fault(
                f"La colonne « {ids.name} » mêle des carreaux {words}.",
                f"{where}, valeurs {some_values(ids.iloc[sorted(first)])}",
                fix,
            )


def check_one_vintage(rows: pd.DataFrame, *, where: str) -> None:
    """Refuse a table whose rows have their ids in the columns of two vintages of Filosofi.

    Raises
    ------
    InputError
        Some rows have the id of one vintage only, others of the other only.
    """
    columns = [str(name) for name in rows.columns if str(name).lower() in _FINEST]
    if len(columns) < 2:  # noqa: PLR2004 - two vintages
        return
    blank = [is_blank(rows[name]) for name in columns]
    if (blank[0] != blank[1]).any():
        raise InputError([
            Fault(
                f"Deux millésimes sont mêlés : des lignes ont « {columns[0]} », d'autres « {columns[1]} ».",
                f"{where}, lignes {some_values(rows.index[blank[0] != blank[1]])}",
                "Donner un fichier par millésime.",
            )
        ])  # fmt: skip
