"""Who reaches a destination in time: the people of a frame with travel times, by area and threshold."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.errors import input_error, nearest_word
from access92.measures.areas import index_areas
from access92.measures.coverage import coverage_columns, threshold_classes, unsnapped_population
from access92.notebook.numbers import read_people, read_thresholds
from access92.notebook.times import MINUTES, SNAP
from access92.study.schemas import TOTAL


def coverage(
    reached: pd.DataFrame,
    *,
    thresholds_min: float | Sequence[float] = (20.0,),
    population: str | None = "population",
    by: str | None = None,
    areas: gpd.GeoDataFrame | None = None,
) -> pd.DataFrame:
    """The people who reach a destination in strictly less than each threshold (minutes), and their share.

    Parameters
    ----------
    reached
        What :func:`nearest` gives; several of them under one another are counted mode by mode.
    thresholds_min
        Minutes, given back ascending and each once; a place at exactly the threshold is not covered.
    population
        The column of people (≥ 0); None counts every row as one.
    by
        The column of the area of each row; by default there is one row for all of them.
    areas
        Areas with a column of that same name: each gets its row, in their order and with their geometry and CRS.

    Returns
    -------
    pandas.DataFrame
        ``mode``, the area (``by``; the last row of each threshold is ``total``), ``threshold_min``, ``population``,
        ``population_covered``, ``population_unsnapped`` (linked to no street, and in the denominator),
        ``coverage_share`` (0 to 1, NaN where nobody is). A GeoDataFrame where ``areas`` are given.

    Raises
    ------
    InputError
        No travel times or no such column; people who are no number or less than nobody; a threshold that is no minute.

    Examples
    --------
    >>> reached = pd.DataFrame({"commune": ["a", "a", "b"], "population": [10, 20, 5], "mode": "walk",
    ...                         "travel_time_min": [19.9, 20.0, np.nan], "snap_m": [3.0, 4.0, np.nan]})
    >>> table = coverage(reached, thresholds_min=20, by="commune")
    >>> table[["commune", "population_covered", "population_unsnapped", "coverage_share"]].round(3).values.tolist()
    [['a', 10.0, 0.0, 0.333], ['b', 0.0, 5.0, 0.0], ['total', 10.0, 5.0, 0.286]]
    """
    limits = read_thresholds(thresholds_min, "thresholds_min")
    _check_columns(reached, [MINUTES, *([] if population is None else [population]), *([] if by is None else [by])])
    people = np.ones(len(reached)) if population is None else read_people(reached, population, role="reached")
    area = np.full(len(reached), "", dtype=object) if by is None else _area_ids(reached, by)
    ids = _row_ids(area, by, areas)
    modes = reached["mode"] if "mode" in reached.columns else pd.Series("", index=reached.index)

    # mode after mode, each with the sums of a run
    parts = []
    for mode in dict.fromkeys(modes):
        rows = (modes == mode).to_numpy()
        table = reached[rows]
        sums = index_areas(pd.DataFrame({"area_id": area[rows], "population": people[rows]}), ids)
        unsnapped = table[SNAP].isna().to_numpy() if SNAP in table.columns else np.zeros(len(table), dtype=bool)
        columns = coverage_columns(
            threshold_classes(table[MINUTES].to_numpy(dtype=np.float32), limits), sums,
            thresholds_min=limits, unsnapped_population=unsnapped_population(unsnapped, sums),
        )  # fmt: skip
        parts.append(pd.DataFrame({"mode": mode, **columns}).drop(columns="public"))
    result = pd.concat(parts, ignore_index=True).rename(columns={"area_id": by or "area_id"})
    return result if areas is None or by is None else _with_shapes(result, areas, by)


def _check_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    missing = [name for name in names if name not in frame.columns]
    if missing:
        known = [str(name) for name in frame.columns]
        fix = "Donner ce que rend nearest(…)." if missing[0] == MINUTES else nearest_word(missing[0], known)
        raise input_error(f"La table n'a pas de colonne « {missing[0]} ».", "reached", fix)


def _area_ids(frame: pd.DataFrame, by: str) -> np.ndarray:
    """The area of each row as text; '' where none is said: such a row counts in the total alone."""
    column = frame[by]
    ids: np.ndarray = column.astype(str).where(column.notna(), "").to_numpy(dtype=object)
    if (ids == TOTAL).any():
        raise input_error(
            f"La zone « {TOTAL} » désigne l'ensemble dans le résultat.", f"reached, colonne « {by} »",
            "Donner un autre nom à cette zone.",
        )  # fmt: skip
    return ids


def _row_ids(area: np.ndarray, by: str | None, areas: gpd.GeoDataFrame | None) -> list[str]:
    if areas is None or by is None:
        return sorted({str(name) for name in area if name})
    if by not in areas.columns:
        known = [str(name) for name in areas.columns]
        raise input_error(f"Les zones n'ont pas de colonne « {by} ».", "areas", nearest_word(by, known))
    return [str(name) for name in areas[by]]


def _with_shapes(result: pd.DataFrame, areas: gpd.GeoDataFrame, by: str) -> gpd.GeoDataFrame:
    """The rows with the geometry of their areas; none for the total."""
    shapes = dict(zip(areas[by].astype(str), areas.geometry, strict=True))
    return gpd.GeoDataFrame(result, geometry=[shapes.get(name) for name in result[by]], crs=areas.crs)
