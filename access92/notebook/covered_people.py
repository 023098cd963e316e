"""Who reaches a destination in time: the people of a frame with travel times, by area and threshold."""

from __future__ import annotations

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.errors import InputError, input_error, nearest_word, some_values
from access92.measures.areas import index_areas
from access92.measures.coverage import coverage_columns, threshold_classes, unsnapped_population
from access92.notebook.numbers import read_people, read_thresholds
from access92.notebook.places import check_not_taken, place_ids, read_frame
from access92.notebook.times import CUTOFF, MINUTES, SNAP
from access92.sources.tables import read_numbers, read_text
from access92.study.schemas import TOTAL

_COLUMNS = (
    "mode", "threshold_min", "population", "population_covered", "population_unsnapped", "coverage_share", "geometry",
)  # fmt: skip


def coverage(
    reached: pd.DataFrame,
    *,
    thresholds_min: float | Sequence[float] = (20.0,),
    population: str | None = "population",
    by: str | None = None,
    areas: gpd.GeoDataFrame | None = None,
    origin_id: str | None = None,
) -> pd.DataFrame:
    """The people who reach a destination in strictly less than each threshold (minutes), and their share.

    Parameters
    ----------
    reached
        What :func:`nearest` gives; several of them under one another are counted mode by mode, each place once by each.
        Its ``cutoff_min`` is the greatest threshold that it can answer.
    thresholds_min
        Minutes, given back ascending and each once; a place at exactly the threshold is not covered.
    population
        The column of people (≥ 0); None counts every row as one.
    by
        The column of the area of each row, none empty; by default there is one row for all of them.
    areas
        All the areas of the rows, with a column of that same name: each gets its row, in their order and with their
        geometry and CRS.
    origin_id
        The column of the ids, as in :func:`nearest`: by default ``demand_id``, else ``id``, else the index.

    Returns
    -------
    pandas.DataFrame
        ``mode``, the area (``by``; the last row of each threshold is ``total``), ``threshold_min``, ``population``,
        ``population_covered``, ``population_unsnapped`` (linked to no street, and in the denominator),
        ``coverage_share`` (0 to 1, NaN where nobody is). A GeoDataFrame where ``areas`` are given.

    Raises
    ------
    InputError
        No travel times or no such column; people who are no number or less than nobody; a threshold that is no minute,
        or beyond what was searched; a place twice by one mode; rows without an area, or in none of ``areas``.

    Examples
    --------
    >>> reached = pd.DataFrame({"commune": ["a", "a", "b"], "population": [10, 20, 5], "mode": "walk",
    ...                         "travel_time_min": [19.9, 20.0, np.nan], "snap_m": [3.0, 4.0, np.nan],
    ...                         "cutoff_min": 60.0})
    >>> table = coverage(reached, thresholds_min=20, by="commune")
    >>> table[["commune", "population_covered", "population_unsnapped", "coverage_share"]].round(3).values.tolist()
    [['a', 10.0, 0.0, 0.333], ['b', 0.0, 5.0, 0.0], ['total', 10.0, 5.0, 0.286]]
    """
    limits = read_thresholds(thresholds_min, "thresholds_min")
    reached = read_frame(reached, "reached")
    _check_columns(reached, [MINUTES, *([] if by is None else [by])])
    modes = _modes(reached)
    _check_ids(reached, modes, origin_id)
    minutes = _minutes(reached)
    _check_searched(reached, minutes, limits[-1])
    people = np.ones(len(reached)) if population is None else read_people(reached, population, role="reached")
    area = np.full(len(reached), "", dtype=object) if by is None else _area_ids(reached, by, people)
    ids = _row_ids(area, by, areas if areas is None else read_frame(areas, "areas"))
    if areas is not None and by is not None:
        _check_all_counted(area, ids, people, by)

    # mode after mode, each with the sums of a run
    parts = []
    for mode in dict.fromkeys(modes):
        rows = (modes == mode).to_numpy()
        sums = index_areas(pd.DataFrame({"area_id": area[rows], "population": people[rows]}), ids)
        unsnapped = (reached[SNAP].isna().to_numpy() if SNAP in reached.columns else np.zeros(len(reached), bool))[rows]
        columns = coverage_columns(
            threshold_classes(minutes[rows], limits), sums,
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


def _modes(frame: pd.DataFrame) -> pd.Series:
    if not len(frame):
        raise input_error("La table est vide.", "reached", "Fournir au moins une ligne.")
    if "mode" not in frame.columns:
        return pd.Series("", index=frame.index)
    if frame["mode"].isna().any():
        raise input_error(
            f"Des lignes n'ont pas de mode : {int(frame['mode'].isna().sum())}. Elles ne seraient comptées nulle part.",
            "reached, colonne « mode »", "Le compléter, ou retirer ces lignes.",
        )  # fmt: skip
    return frame["mode"]


def _check_ids(frame: pd.DataFrame, modes: pd.Series, asked: str | None) -> None:
    """Refuse a place that comes twice by one mode: its people would be counted twice."""
    for mode in dict.fromkeys(modes):
        try:
            place_ids(frame[(modes == mode).to_numpy()], "reached", asked, "demand_id")
        except InputError as error:
            fault = error.faults[0]
            raise input_error(
                f"{fault.what.removesuffix('.')} pour un même mode : leurs habitants compteraient plusieurs fois."
                if "deux fois" in fault.what else fault.what,
                f"{fault.where}{f', mode « {mode} »' if mode else ''}",
                "Compter chaque calcul à part, un appel de coverage par calcul ; nommer au besoin la colonne des "
                "identifiants (origin_id=…).",
            ) from error  # fmt: skip


def _minutes(frame: pd.DataFrame) -> np.ndarray:
    minutes, faults = read_numbers(frame[MINUTES], where="reached")
    if faults:
        raise InputError(faults)
    if (minutes < 0).any():
        raise input_error(
            "Des temps de parcours sont négatifs.", f"reached, valeurs {some_values(minutes[minutes < 0])}",
            "Donner ce que rend nearest(…).",
        )  # fmt: skip
    return minutes.astype(np.float32)


def _check_searched(frame: pd.DataFrame, minutes: np.ndarray, longest_min: float) -> None:
    """Refuse a threshold beyond the time that was searched: whoever needs longer has no time, and would count as far.

    A table without ``cutoff_min`` is taken where every place has its time.
    """
    if CUTOFF not in frame.columns:
        if np.isnan(minutes).any():
            raise input_error(
                "Rien ne dit jusqu'à combien de minutes les temps ont été cherchés, et des lieux n'en ont pas.",
                f"reached, colonne « {CUTOFF} » absente",
                f"Donner ce que rend nearest(…) avec toutes ses colonnes, ou le dire : reached.assign({CUTOFF}=60).",
            )
        return
    cutoffs, faults = read_numbers(frame[CUTOFF], where="reached")
    if faults:
        raise InputError(faults)
    if np.isnan(cutoffs).any():
        raise input_error(
            "Rien ne dit, pour des lignes, jusqu'à combien de minutes les temps ont été cherchés.",
            f"reached, colonne « {CUTOFF} », lignes vides : {int(np.isnan(cutoffs).sum())}", "La compléter.",
        )  # fmt: skip
    if cutoffs.min() < longest_min:
        raise input_error(
            f"Les temps n'ont été cherchés que jusqu'à {cutoffs.min():g} minutes : au-delà, on ne sait pas qui est "
            "à moins du seuil.",
            f"thresholds_min = {longest_min:g}, reached, colonne « {CUTOFF} »",
            f"Refaire nearest(…, cutoff_min={longest_min:g}) ou plus, ou baisser le seuil.",
        )


def _area_ids(frame: pd.DataFrame, by: str, people: np.ndarray) -> np.ndarray:
    """The area of each row as text, a whole number without decimals; a row without any is refused."""
    check_not_taken([by], _COLUMNS, role="reached")
    ids: np.ndarray = read_text(frame[by]).to_numpy(dtype=object)
    if (nowhere := ids == "").any():
        raise input_error(
            f"Des lignes n'ont pas de zone : {int(nowhere.sum())} ({people[nowhere].sum():g} habitants). Elles "
            "compteraient dans le total et dans aucune zone.",
            f"reached, colonne « {by} »",
            f"Les retirer : reached.dropna(subset=[{by!r}]), ou leur donner une zone : "
            f"reached.fillna({{{by!r}: 'hors zone'}}).",
        )
    if (ids == TOTAL).any():
        raise input_error(
            f"La zone « {TOTAL} » désigne l'ensemble dans le résultat.", f"reached, colonne « {by} »",
            "Donner un autre nom à cette zone.",
        )  # fmt: skip
    return ids


def _row_ids(area: np.ndarray, by: str | None, areas: gpd.GeoDataFrame | None) -> list[str]:
    if areas is None:
        return sorted({str(name) for name in area if name})
    if by is None:
        raise input_error(
            "Des zones sont données sans la colonne qui y place les lignes.", "areas, by = None",
            'Nommer la colonne : coverage(…, by="commune", areas=communes).',
        )  # fmt: skip
    if by not in areas.columns:
        known = [str(name) for name in areas.columns]
        raise input_error(f"Les zones n'ont pas de colonne « {by} ».", "areas", nearest_word(by, known))
    ids = read_text(areas[by])
    if (wrong := ids.duplicated() | ids.isin(["", TOTAL])).any():
        raise input_error(
            f"Des zones sont vides, doublées ou nommées « {TOTAL} ».",
            f"areas, colonne « {by} », valeurs {some_values(ids[wrong])}", "Donner à chaque zone un nom à elle.",
        )  # fmt: skip
    return [str(name) for name in ids]


def _check_all_counted(area: np.ndarray, ids: list[str], people: np.ndarray, by: str) -> None:
    """Refuse areas that are a part of those of the rows: the total would count people who are in no row."""
    if (outside := ~np.isin(area, ids)).any():
        lost = {name.lstrip("0") for name in ids} >= {str(name).lstrip("0") for name in area[outside]}
        width = max(map(len, [*ids, *map(str, area)]))
        table = "areas" if max(map(len, ids), default=0) < width else "reached"  # that whose codes are the shorter
        raise input_error(
            f"Des lignes sont dans d'autres zones que celles de areas : {int(outside.sum())} "
            f"({people[outside].sum():g} habitants). Elles compteraient dans le total et dans aucune zone.",
            f"reached, colonne « {by} », valeurs {some_values(sorted(set(area[outside])))}",
            f"Rendre aux codes leurs zéros de tête : {table}[{by!r}] = "
            f"{table}[{by!r}].astype(int).astype(str).str.zfill({width})."
            if lost
            else f"Garder les lignes de ces zones (reached[reached[{by!r}].isin(areas[{by!r}])]), ou donner toutes "
            "les zones.",
        )


def _with_shapes(result: pd.DataFrame, areas: gpd.GeoDataFrame, by: str) -> gpd.GeoDataFrame:
    """The rows with the geometry of their areas; none for the total."""
    shapes = dict(zip(read_text(areas[by]), areas.geometry, strict=True))
    return gpd.GeoDataFrame(result, geometry=[shapes.get(name) for name in result[by]], crs=areas.crs)
