"""Tables as people bring them (CSV, XLSX, ODS, GPKG, GeoJSON, GeoParquet…), made alike: text, places, a CRS."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import cast
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92._clock import FIRST_YEAR, LAST_YEAR, PARIS
from access92._limits import (
    LARGEST_NUMBER,
    check_unique_columns,
    number_faults,
    readable_file,
)
from access92.errors import Fault, InputError, input_error, nearest_word, some_values
from access92.sources.csv_files import read_csv
from access92.sources.databases import read_database_table
from access92.sources.geographic_files import CSV_ENDINGS, PARQUET_ENDINGS, check_no_layer, only_layer, read_layer
from access92.sources.likely_crs import likely_crs_of
from access92.sources.office.heads import framed_sheet
from access92.sources.office.sheets import FORMER_ENDINGS, OFFICE_ENDINGS, former_workbook, read_sheet
from access92.sources.parquet import read_parquet
from access92.sources.places import WGS84, check_places
from access92.sources.written_numbers import parse_days, parse_numbers
from access92.study.databases import DatabaseRows, TableSource

LONGITUDES = ("lon", "longitude", "lng", "x_wgs84")
LATITUDES = ("lat", "latitude", "y_wgs84")


def read_table(
    source: TableSource,
    *,
    where: str,
    bounds_wgs84: tuple[float, float, float, float] | None = None,
    layer: str | None = None,
) -> pd.DataFrame:
    r"""The rows of a file or database: a GeoDataFrame where it carries geometry, else a DataFrame.

    A CSV or a sheet of a workbook (XLSX, ODS) is read as text (an INSEE code keeps its zeros); its index is the line of
    the file, so that messages can name it. Titles above the headings and remarks below the table are left out, and
    ``attrs[READING]`` says so.

    Parameters
    ----------
    where
        The file or the table, as messages name it.
    bounds_wgs84
        Read only what touches this box (west, south, east, north); ignored for CSV and Parquet files and databases.
    layer
        Of a file of several layers (GeoPackage) or sheets the one to read.

    Raises
    ------
    InputError
        Missing or unreadable file, several layers of which none is named, a layer that is not there (no CSV or Parquet
        file has one), geometry without a CRS; what :func:`access92.sources.databases.read_database_table` refuses.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "communes.csv"
    >>> _ = file.write_text("insee;name\n01004;Ambérieu", encoding="utf-8")
    >>> read_table(file, where="communes.csv").iloc[0].tolist()
    ['01004', 'Ambérieu']
    """
    # each format has one reader, which refuses what it cannot read in our words
    if not isinstance(source, Path):
        rows = source if isinstance(source, DatabaseRows) else read_database_table(source, where=where)
        frame = rows.frame
    else:
        ending = readable_file(source, where=where).suffix.lower()
        if ending in (*CSV_ENDINGS, *PARQUET_ENDINGS):
            check_no_layer(layer, where=where)
        if ending in CSV_ENDINGS:
            return read_csv(source, where=where)
        if ending in FORMER_ENDINGS:
            raise former_workbook(where)
        if ending in OFFICE_ENDINGS:
            return _read_workbook(source, layer, where)
        layer = None if ending in PARQUET_ENDINGS else only_layer(source, layer, where=where)
        frame = (
            read_parquet(source, where=where)
            if ending in PARQUET_ENDINGS
            else read_layer(source, where=where, bounds_wgs84=bounds_wgs84, layer=layer)
        )
    check_unique_columns([str(name) for name in frame.columns], where=where)
    frame = _without_bytes(frame, where)
    if not isinstance(frame, gpd.GeoDataFrame):
        return frame
    crs_name = "" if frame.crs is None else str(frame.crs.name).lower()
    if (
        not crs_name or "undefined" in crs_name or "unknown" in crs_name
    ):  # what GDAL calls the CRS of a file without one
        raise input_error(
            "Le système de coordonnées (CRS) est inconnu.",
            where,
            "Déclarer le CRS du fichier (dans QGIS : Exporter, choisir le SCR), par exemple EPSG:2154. "
            + likely_crs_of(frame.geometry.to_numpy()),
        )
    if frame.geometry.name != "geometry":
        if "geometry" in frame.columns:
            raise input_error("Une colonne de données s'appelle « geometry ».", where, "La renommer.")
        frame = frame.rename_geometry("geometry")
    return cast("pd.DataFrame", check_places(frame, where=where))


def _read_workbook(path: Path, layer: str | None, where: str) -> pd.DataFrame:
    """The rows of one sheet as text, as a CSV export of it would give them; its index is the line of the sheet."""
    sheet = read_sheet(path, layer, where=where)
    frame = framed_sheet(sheet, where=where)
    check_unique_columns([str(name) for name in frame.columns], where=where)
    return frame


def _without_bytes(frame: pd.DataFrame, where: str) -> pd.DataFrame:
    """The table with text for bytes: some writers of Parquet do not say that their text is text."""
    texts: dict[str, pd.Series] = {}
    faults: list[Fault] = []
    for name in frame.columns:
        column = frame[name]
        if name == "geometry":  # WKB that no metadata declare: not read
            continue
        if isinstance(column.dtype, pd.CategoricalDtype):
            column = column.astype(column.cat.categories.dtype)
        if column.dtype != object or not any(isinstance(cell, bytes) for cell in column):
            continue
        try:
            texts[name] = column.map(lambda cell: cell.decode("utf-8") if isinstance(cell, bytes) else cell)
        except UnicodeDecodeError:
            faults.append(
                Fault(
                    f"La colonne « {name} » porte des octets qui ne sont pas du texte.",
                    where,
                    "L'enregistrer en texte (UTF-8), ou la retirer.",
                ),
            )
    if faults:
        raise InputError(faults)
    return frame.assign(**texts) if texts else frame


def has_degrees(columns: Iterable[object]) -> bool:
    """Whether columns of these names hold longitude and latitude.

    >>> has_degrees(["Lon", "LAT"]), has_degrees(["X_L93", "Y_L93"])
    (True, False)
    """
    names = {str(column).lower() for column in columns}
    return not (names.isdisjoint(LONGITUDES) or names.isdisjoint(LATITUDES))


def place_rows(
    frame: pd.DataFrame,
    *,
    where: str,
    x_column: str = "",
    y_column: str = "",
    crs: object = None,
) -> gpd.GeoDataFrame:
    """The table with a Point (or nothing) on each row, from its own geometry or its lon/lat columns.

    Columns ``x_column`` and ``y_column``, in ``crs``, are used where there is no lon/lat. A row whose two
    coordinates are empty gets no place. Decimal commas are read.

    Raises
    ------
    InputError
        No coordinate column, a coordinate that is not a number or is alone on its row.

    Examples
    --------
    >>> table = pd.DataFrame({"lon": ["2,25", ""], "lat": ["48,8", ""]})
    >>> [str(point) for point in place_rows(table, where="lieux.csv").geometry]
    ['POINT (2.25 48.8)', 'None']
    """
    # a geographic file: a MultiPoint of one point is a point, as many writers make them
    if isinstance(frame, gpd.GeoDataFrame):
        single = frame.geometry.geom_type.eq("MultiPoint") & (shapely.get_num_geometries(frame.geometry.array) == 1)
        if not single.any():
            return frame
        points = frame.geometry.to_numpy().copy()
        points[single] = shapely.get_geometry(points[single], 0)
        return frame.set_geometry(gpd.GeoSeries(points, index=frame.index, crs=frame.crs))

    # a table: degrees where it has them, else the columns that the study names, in their own system
    names = {str(column).lower(): str(column) for column in frame.columns}
    lon = next((names[name] for name in LONGITUDES if name in names), None)
    lat = next((names[name] for name in LATITUDES if name in names), None)
    if lon is not None and lat is not None:
        source_crs: object = WGS84
    elif x_column in frame.columns and y_column in frame.columns:
        lon, lat, source_crs = x_column, y_column, crs
    else:
        raise input_error(
            "Les colonnes de coordonnées « lon » et « lat » manquent.",
            f"{where}, colonnes {', '.join(map(str, frame.columns))}",
            "Ajouter lon et lat (degrés, WGS 84), ou donner un fichier géographique.",
        )

    # « 2,250 » degrees cannot be two thousand; metres can
    in_degrees = source_crs is WGS84
    x, x_faults = read_numbers(frame[lon], where=where, may_be_thousands=not in_degrees)
    y, y_faults = read_numbers(frame[lat], where=where, may_be_thousands=not in_degrees)
    faults = x_faults + y_faults

    # both empty: the place is not known; one of two: a mistake
    incomplete = frame.index[np.isnan(x) != np.isnan(y)] if not faults else []
    if len(incomplete):
        faults.append(
            Fault(
                f"Une seule des deux coordonnées « {lon} » et « {lat} » est remplie.",
                f"{where}, lignes {some_values(incomplete)}",
                "Remplir les deux, ou laisser les deux vides si le lieu n'est pas connu.",
            ),
        )
    if faults:
        raise InputError(faults)
    points = np.full(len(frame), None, dtype=object)
    known = np.isfinite(x) & np.isfinite(y)
    if "geometry" in frame.columns:  # text of the file: the places take that name
        frame = frame.drop(columns="geometry")
    points[known] = shapely.points(x[known], y[known])
    return gpd.GeoDataFrame(frame.copy(), geometry=gpd.GeoSeries(points, index=frame.index, crs=source_crs))


def is_blank(column: pd.Series) -> np.ndarray:
    """Which cells hold nothing: null, or text made of blanks.

    >>> is_blank(pd.Series(["a", " ", None])).tolist()
    [False, True, True]
    """
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return column.isna().to_numpy()
    return np.asarray(column.isna() | column.astype(str).str.strip().eq(""), dtype=bool)


def read_text(column: pd.Series) -> pd.Series:
    """The column as text without outer blanks; a null is '', a whole number has no decimal point.

    >>> read_text(pd.Series([92002.0, None])).tolist()
    ['92002', '']
    """
    if pd.api.types.is_float_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        if (np.isnan(values) | ((values == np.floor(values)) & (np.abs(values) < LARGEST_NUMBER))).all():
            column = column.astype("Int64")
    return column.astype("string").str.strip().fillna("").astype(object)


def read_numbers(
    column: pd.Series, *, where: str, may_be_thousands: bool = True, are_counts: bool = False
) -> tuple[np.ndarray, list[Fault]]:
    """The column as float64 (NaN where blank), and the faults of cells that are no finite number, or one of two.

    ``may_be_thousands``, ``are_counts``: see :func:`access92.sources.written_numbers.parse_numbers`, which reads text.

    >>> read_numbers(pd.Series(["1 250,5", ""]), where="t.csv")[0].tolist()
    [1250.5, nan]
    >>> print(read_numbers(pd.Series(["1,250"], name="people"), where="t.csv")[1][0].what)
    La colonne « people » porte des nombres ambigus : la virgule y est-elle celle des décimales ou des milliers ?
    """
    blank = is_blank(column)
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_complex_dtype(column):
        wrong, ambiguous = np.flatnonzero(~blank), np.zeros(0, dtype=np.int64)
        values = np.full(len(column), np.nan)
    elif pd.api.types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=float, na_value=np.nan)
        wrong, ambiguous = np.flatnonzero(np.isinf(values)), np.zeros(0, dtype=np.int64)
    else:
        texts = column.astype(object)
        unflagged = texts.where(~texts.map(lambda cell: isinstance(cell, bool)))
        values = np.array(pd.to_numeric(unflagged, errors="coerce").to_numpy(dtype=float, na_value=np.nan))
        if np.isfinite(values[~blank]).all() and not (are_counts and _may_have_grouped(texts[~blank], values[~blank])):
            return values, number_faults(values, column.index, name=column.name, where=where)
        # each spelling is read once, with all the others of the column in view
        codes, spellings = pd.factorize(texts[~blank].astype(str))
        read = parse_numbers(list(spellings), may_be_thousands=may_be_thousands, are_counts=are_counts)
        rows = np.flatnonzero(~blank)
        values[rows] = read.numbers[codes]
        wrong, ambiguous = rows[np.isin(codes, read.wrong)], rows[np.isin(codes, read.ambiguous)]
    unread = [*_unread_faults(column, wrong, ambiguous, where)]
    return values, unread or number_faults(values, column.index, name=column.name, where=where)


def _may_have_grouped(texts: pd.Series, values: np.ndarray) -> bool:
    """Whether numbers written with points may be thousands (« 1.250 »): no other value of theirs shows decimals."""
    has_decimals = (np.abs(values) < 1) & (values != 0) | (np.abs(values * 1000 - np.round(values * 1000)) > 1e-6)  # noqa: PLR2004
    return not has_decimals.any() and bool(texts.astype(str).str.contains(r"\.\d{3}$").any())


def _unread_faults(column: pd.Series, wrong: np.ndarray, ambiguous: np.ndarray, where: str) -> Iterator[Fault]:
    """What forbids reading cells (positions) as numbers."""
    if len(wrong):
        yield Fault(
            f"La colonne « {column.name} » doit porter des nombres.",
            f"{where}, lignes {some_values(column.index[wrong])}, valeurs {some_values(column.iloc[wrong])}",
            "Corriger ces valeurs.",
        )
    if len(ambiguous):
        doubt = "virgule et point y disent tantôt les décimales, tantôt les milliers."
        cells = column.iloc[ambiguous].astype(str)
        for mark, other, name in ((",", ".", "la virgule y est-elle celle"), (".", ",", "le point y est-il celui")):
            if cells.str.contains(mark, regex=False).all() and not cells.str.contains(other, regex=False).any():
                doubt = f"{name} des décimales ou des milliers ?"
        yield Fault(
            f"La colonne « {column.name} » porte des nombres ambigus : {doubt}",
            f"{where}, lignes {some_values(column.index[ambiguous])}, valeurs {some_values(column.iloc[ambiguous])}",
            "Écrire les décimales avec un point et les milliers sans séparateur : 1250 ou 1.25.",
        )


def read_days(column: pd.Series, *, where: str, zone: ZoneInfo = PARIS) -> tuple[pd.Series, list[Fault]]:
    """The column as days (datetime64, NaT where blank), and a fault where a cell is not a day.

    An instant with a time zone is its day in the legal time of ``zone``.

    >>> days, faults = read_days(pd.Series(["2024-10-181", ""], name="valid_from"), where="services.csv")
    >>> faults[0].where
    'services.csv, lignes 0, valeurs 2024-10-181'
    """
    blank = is_blank(column)
    if pd.api.types.is_datetime64_any_dtype(column):
        moments = column if column.dt.tz is None else column.dt.tz_convert(zone).dt.tz_localize(None)
        days = moments.dt.normalize().astype("datetime64[us]")
        days = days.where(days.dt.year.between(FIRST_YEAR, LAST_YEAR))
    else:
        days = parse_days(read_text(column))
    wrong = days.isna().to_numpy() & ~blank
    if not wrong.any():
        return days, []
    fault = Fault(
        f"La colonne « {column.name} » porte une date illisible.",
        f"{where}, lignes {some_values(column.index[wrong])}, valeurs {some_values(column[wrong])}",
        f"Écrire les dates AAAA-MM-JJ ou JJ/MM/AAAA (de {FIRST_YEAR} à {LAST_YEAR}) ; laisser vide sans date.",
    )
    return days, [fault]


def check_columns(frame: pd.DataFrame, names: tuple[str, ...], *, where: str, key: str = "") -> None:
    """Refuse a table where one of the columns is absent, and name the nearest it has.

    ``key`` says which key of the study names the column, where one does.

    >>> check_columns(pd.DataFrame({"populaton": [1]}), ("population",), where="gens.csv")
    Traceback (most recent call last):
    ...
    access92.errors.InputError: La colonne « population » manque.
      Où : gens.csv, colonnes populaton
      Remède : Corriger le nom de la colonne. Vouliez-vous dire « populaton » ?
    """
    columns = [str(column) for column in frame.columns if column != "geometry"]
    fix = f"Corriger le nom de la colonne, ou la clé {key} de l'étude." if key else "Corriger le nom de la colonne."
    faults = [
        Fault(
            f"La colonne « {name} » manque.",
            f"{where}, colonnes {some_values(columns, most=12)}",
            f"{fix} {nearest_word(name, columns)}",
        )
        for name in names
        if name not in frame.columns
    ]
    if faults:
        raise InputError(faults)
