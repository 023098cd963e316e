"""The tables of a run as files: CSV and Parquet; the same results give the same bytes."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from itertools import repeat
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from access92.outputs.layout import ACCESS, new_file_in
from access92.outputs.words.notices import notices_table
from access92.outputs.words.publics import public_title
from access92.outputs.words.sensitivity import bands_table, riding_bands_table
from access92.run.results import Results
from access92.sources.study_streets import StreetsOrigin
from access92.study.schemas import SERVICES, TOTAL

DEMO, REAL = "demonstration", "real"
"""What ``streets_origin``, last column of every CSV, begins with: no figure travels without it."""

_DECIMALS = 6
PLACE_DECIMALS = 9
"""Of a degree: a tenth of a millimetre, so that places fed back to a study give its times (whole milliseconds)."""


def streets_origin(results: Results) -> str:
    """``demonstration`` where the streets are made up, else ``real`` and the attribution that their licence asks for.

    >>> from types import SimpleNamespace
    >>> streets_origin(SimpleNamespace(origin=SimpleNamespace(is_demo=False, attribution="© Untel")))
    'real (© Untel)'
    """
    if results.origin.is_demo:
        return DEMO
    return with_attribution(REAL, results.origin)


def with_attribution(words: str, origin: StreetsOrigin) -> str:
    """The words, and in brackets the attribution of the streets where they have one."""
    return f"{words} ({origin.attribution})" if origin.attribution else words


def write_tables(results: Results, folder: Path, *, tables: Mapping[str, pd.DataFrame] | None = None) -> list[Path]:
    """Write the CSV files of :func:`csv_tables` (``tables``, where they are made); their paths."""
    return write_csv_files(csv_tables(results) if tables is None else tables, folder, streets_origin(results))


def csv_tables(results: Results) -> dict[str, pd.DataFrame]:
    """By file name the tables of a run, each with the rows it has, none without.

    ``comparison.csv`` is there where scenarios are compared; the tables of what changes, of commitments, of sectors,
    of the calendar and of the sensitivity where they have a row; those that every run has, even empty.
    """
    tables = {
        "coverage.csv": results.coverage,
        "curve.csv": results.curve,
        "travel_time_summary.csv": results.summary,
        "services.csv": services_table(results),
        "areas.csv": areas_table(results),
        "scenarios.csv": scenarios_table(results),
        "modes.csv": modes_table(results),
        "publics.csv": publics_table(results),
        "uncovered_pockets.csv": with_lon_lat(results.pockets, decimals=_DECIMALS),
        "pocket_areas.csv": results.pocket_areas,
        "notices.csv": notices_table(results),
    }
    tables |= {name: table for name, table in _optional_tables(results).items() if len(table)}
    units = {item.name: item.unit for item in results.publics}
    return {name: _with_unit(table, units) for name, table in tables.items()}


def _with_unit(table: pd.DataFrame, units: Mapping[str, str]) -> pd.DataFrame:
    """The table with what its ``population…`` columns count, row by row, after the column of the publics."""
    if "public" not in table.columns or "unit" in table.columns:
        return table
    unit = table["public"].astype(str).map(units)
    table = table.copy()
    table.insert(list(table.columns).index("public") + 1, "unit", unit)
    return table


def write_csv_files(tables: Mapping[str, pd.DataFrame], folder: Path, origin: str) -> list[Path]:
    """Write each table under its name; ``origin``: of :func:`streets_origin`."""
    return [_write_csv(table, new_file_in(folder, name), origin) for name, table in tables.items()]


def write_access(results: Results, folder: Path) -> Path:
    """Write ``access.parquet``; its path."""
    path = new_file_in(folder, ACCESS)
    few_values = ["scenario", "mode", "demand_id", "lon", "lat", "area_id", "population", "nearest_service_id"]
    pq.write_table(
        access_table(results), path, compression="zstd", compression_level=3, row_group_size=1 << 20,
        use_dictionary=few_values, use_byte_stream_split=["travel_time_min"],
    )  # fmt: skip
    return path


def _optional_tables(results: Results) -> dict[str, pd.DataFrame]:
    """By file name the tables that a run may lack."""
    changes, hour_tables, sensitivity = results.changes, results.hour_tables, results.sensitivity
    transit = results.study.transit
    bands = [bands_table(sensitivity)]
    bands += [] if transit is None else [riding_bands_table(sensitivity, transit.percentile)]
    return {
        "comparison.csv": results.comparison,
        "commitments.csv": changes.commitments,
        "commitment_summary.csv": changes.commitment_summary,
        "ledger.csv": changes.ledger,
        "sole_providers.csv": changes.sole,
        "turning.csv": changes.next_nearest,
        "competence.csv": changes.competence,
        "person_hours.csv": hour_tables.hours,
        "week.csv": hour_tables.week,
        "moments.csv": hour_tables.moments,
        "sensitivity.csv": _stacked(bands, ["scenario", "mode", "threshold_min", "source"]),
        "borderline.csv": sensitivity.borderline,
        "ranking.csv": _stacked(
            [sensitivity.ranking, sensitivity.riding_ranking], ["scenario_a", "scenario_b", "mode"]
        ),
        "rides.csv": results.rides,
    }


def _stacked(tables: Sequence[pd.DataFrame], key: list[str]) -> pd.DataFrame:
    """The tables behind one another, those without rows left out.

    Of a mode that is the headline's and rides the first row of a key stays: it holds what the other says
    (:func:`access92.measures.sensitivity.widened_bands`).
    """
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True).drop_duplicates(key) if filled else pd.DataFrame()


def areas_table(results: Results) -> pd.DataFrame:
    """The areas and, last, the whole: what ``area_id`` stands for."""
    ids, names = list(results.areas["area_id"].astype(str)), list(results.areas["name"].astype(str))
    population = results.areas["population"].to_numpy(dtype=float)
    return pd.DataFrame(
        {"area_id": [*ids, TOTAL], "name": [*names, "Ensemble"], "population": np.append(population, population.sum())}
    )


def scenarios_table(results: Results) -> pd.DataFrame:
    """The scenarios that were run, the reference first: what ``scenario`` stands for."""
    return pd.DataFrame(
        [
            {
                "scenario": item.name,
                "title": item.title,
                "description": " ".join(item.description.split()),
                "based_on": item.based_on or "",
            }
            for item in results.scenarios
        ],
        columns=["scenario", "title", "description", "based_on"],
    )


def modes_table(results: Results) -> pd.DataFrame:
    """The modes, those by which only a public walks last: what ``mode`` stands for."""
    names = ("label", "family", "speed_kmh", "time_factor", "parking_min")
    return pd.DataFrame(
        [{"mode": name} | {key: getattr(mode, key) for key in names} for name, mode in results.modes.items()]
    )


def publics_table(results: Results) -> pd.DataFrame:
    """The publics, everybody first: what ``public`` stands for, and by which mode each walks."""
    return pd.DataFrame(
        [
            {
                "public": item.name,
                "title": public_title(item),
                "unit": item.unit,
                "demand_column": item.column,
                "walk_mode": item.walk,
                "walk_speed_kmh": results.modes[item.walk].speed_kmh if item.walk else np.nan,
                "population": float(results.demand[item.column].sum()),
            }
            for item in results.publics
        ]
    )


def lon_lat(places: gpd.GeoSeries, *, decimals: int = PLACE_DECIMALS) -> tuple[np.ndarray, np.ndarray]:
    """Longitudes and latitudes (WGS 84 degrees, to so many decimals), NaN where there is no place.

    >>> lon, lat = lon_lat(gpd.GeoSeries.from_xy([700000.0], [6600000.0], crs=2154))
    >>> lon.tolist(), lat.tolist()
    ([3.0], [46.5])
    """
    degrees = places.to_crs("EPSG:4326")
    return degrees.x.to_numpy(dtype=float).round(decimals), degrees.y.to_numpy(dtype=float).round(decimals)


def with_lon_lat(table: gpd.GeoDataFrame, *, decimals: int = PLACE_DECIMALS) -> pd.DataFrame:
    """The table with ``lon`` and ``lat`` in the place of its points."""
    plain = pd.DataFrame(table.drop(columns=table.geometry.name))
    if len(plain) == 0:
        return plain.assign(lon=np.empty(0), lat=np.empty(0))
    lon, lat = lon_lat(table.geometry, decimals=decimals)
    return plain.assign(lon=lon, lat=lat)


def services_table(results: Results) -> pd.DataFrame:
    """The services as used: contract columns, lon, lat, the scenarios that count them, snap distances."""
    table = with_lon_lat(results.services)
    contract = [name for name in (*SERVICES.required, *SERVICES.optional) if name in table.columns]
    first = [*contract, "lon", "lat", "scenarios", "snap_m"]
    rest = [name for name in table.columns if name not in first]
    return table[[*first, *rest]]


def access_table(results: Results) -> pa.Table:
    """Per scenario, mode and demand point: place, people, nearest service, minutes (null = not reached).

    Times keep the full precision of the run (float32), so that « strictly less than 20 » stays decidable.
    """
    demand = results.demand
    access_records = (*results.access_records, *results.public_situations)
    n, runs = len(demand), len(access_records)
    lon, lat = lon_lat(demand.geometry)
    service_ids = pa.array(results.services["service_id"].astype(str).to_list(), pa.string())
    nearest = np.concatenate([item.nearest_service for item in access_records]).astype(np.int32)
    minutes = np.concatenate([item.travel_time_min for item in access_records]).astype(np.float32)
    scenario_names = list(dict.fromkeys(item.scenario for item in access_records))
    mode_names = list(dict.fromkeys(item.mode for item in access_records))

    def repeated(names: list[str], chosen: list[str]) -> pa.Array:
        codes = np.repeat(np.array([names.index(name) for name in chosen], dtype=np.int32), n)
        return pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names, pa.string()))

    def tiled(values: pa.Array) -> pa.ChunkedArray:
        return pa.chunked_array([values] * runs) if runs else pa.chunked_array([], type=values.type)

    columns = {
        "scenario": repeated(scenario_names, [item.scenario for item in access_records]),
        "mode": repeated(mode_names, [item.mode for item in access_records]),
        "demand_id": tiled(pa.array(demand["demand_id"].astype(str).to_list(), pa.string())),
        "lon": tiled(pa.array(lon)),
        "lat": tiled(pa.array(lat)),
        "area_id": tiled(pa.array(demand["area_id"].astype(str).to_list(), pa.string()).dictionary_encode()),
        "population": tiled(pa.array(demand["population"].to_numpy(dtype=float))),
        "nearest_service_id": pa.DictionaryArray.from_arrays(
            pa.array(nearest, mask=nearest < 0),
            service_ids,
        ),
        "travel_time_min": pa.array(minutes, mask=np.isnan(minutes)),
    }
    return pa.table(columns).replace_schema_metadata({"streets_origin": streets_origin(results)})


def _write_csv(table: pd.DataFrame, path: Path, origin: str) -> Path:
    """UTF-8, comma, point, line feeds; six decimals at most, nine of degrees; whole numbers without « .0 »; ISO days.

    Whole or not is decided public by public: people of an age group are a share of a whole number of inhabitants.
    """
    decimals = {"lon": PLACE_DECIMALS, "lat": PLACE_DECIMALS}
    columns = [_csv_values(table[name], decimals.get(name, _DECIMALS)) for name in table.columns]
    parts = [np.arange(len(table))]
    if "public" in table.columns:
        public, names = pd.factorize(table["public"], use_na_sentinel=False)
        parts = [np.flatnonzero(public == code) for code in range(len(names))]
    # by columns, then by csv in C: pandas takes several times as long for the same bytes
    with path.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow([*table.columns, "streets_origin"])
        for part in parts:
            rows.writerows(zip(*(_csv_fields(values[part]) for values in columns), repeat(origin), strict=False))
    return path


def _csv_values(column: pd.Series, decimals: int) -> np.ndarray:
    """Numbers as float64, rounded, NaN where unknown; all else as :func:`known_values`."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return known_values(column.dt.strftime("%Y-%m-%d"))
    if pd.api.types.is_float_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan).round(decimals)
    return known_values(column)


def _csv_fields(values: np.ndarray) -> list[object]:
    """What csv writes: None where unknown, whole numbers (all of them, or none) as int."""
    if values.dtype == object:
        return list(values)
    # numbers come again from row to row: each is written out once (told apart by their bits: 0.0 is not -0.0)
    codes, bits = pd.factorize(values.view(np.int64))
    different = bits.view(np.float64)
    is_known = ~np.isnan(different)
    known = different[is_known]
    whole = bool((known == known.round()).all()) and np.abs(known).max(initial=0.0) < 2**53
    texts = np.full(len(different), None, dtype=object)
    texts[is_known] = [str(number) for number in (known.astype(np.int64) if whole else known).tolist()]
    return list(texts[codes])


def known_values(column: pd.Series) -> np.ndarray:
    """The values of a column as objects, None where there is none.

    >>> known_values(pd.Series([1, None], dtype="Int64")).tolist()
    [1, None]
    """
    values = np.array(column, dtype=object)
    values[column.isna().to_numpy()] = None
    return values
