"""The columns and the first rows of a table, without reading it whole: what tells how it is laid out."""

from __future__ import annotations

import csv
from itertools import islice
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyogrio
import shapely

from access92._limits import check_unpacked_size, readable_file
from access92.errors import InputError
from access92.sources.csv_layout import csv_layout, row_lines
from access92.sources.geographic_files import CSV_ENDINGS, PARQUET_ENDINGS, check_no_layer
from access92.sources.office.heads import framed_sheet
from access92.sources.office.sheets import OFFICE_ENDINGS, read_sheet
from access92.study.databases import DatabaseRows, TableSource

HEAD_ROWS = 50

_COMPLAINTS = (
    pa.ArrowException, csv.Error, InputError, OSError, ValueError, TypeError, KeyError, OverflowError,
    pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError, pyogrio.errors.FeatureError,
    pyogrio.errors.CRSError, pyogrio.errors.GeometryError, pyogrio.errors.FieldError, shapely.errors.ShapelyError,
)  # fmt: skip
"""What a file that is not sound raises: the reader of the whole file words it."""


def read_head(path: TableSource, *, where: str, layer: str | None = None) -> pd.DataFrame | None:
    r"""The columns and first rows (50 at most) of a CSV, Parquet or geographic file; None where it is not sound.

    Of a database, what was read of it before; None where nothing was.

    A GeoDataFrame where the file has geometry. None of it is checked: only the names and the forms of values count.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "x.csv"
    >>> _ = file.write_text("a;b\n1;2\n", encoding="utf-8")
    >>> read_head(file, where="x.csv").to_dict("list")
    {'a': ['1'], 'b': ['2']}
    """
    if not isinstance(path, Path):
        return path.frame.head(HEAD_ROWS) if isinstance(path, DatabaseRows) else None
    try:
        ending = readable_file(path, where=where).suffix.lower()
        if ending in (*CSV_ENDINGS, *PARQUET_ENDINGS):
            check_no_layer(layer, where=where)
        if ending in CSV_ENDINGS:
            return _csv_head(path)
        if ending in PARQUET_ENDINGS:
            return _parquet_head(path)
        if ending in OFFICE_ENDINGS:
            return framed_sheet(read_sheet(path, layer, where=where), where=where).head(HEAD_ROWS)
        check_unpacked_size(path, where=where)
        frame: pd.DataFrame = pyogrio.read_dataframe(path, max_features=HEAD_ROWS, layer=layer)
    except _COMPLAINTS:
        return None
    return frame


def _csv_head(path: Path) -> pd.DataFrame | None:
    layout = csv_layout(path, where=path.name)
    names = [name.strip() for name in layout.headings]
    if not names or len(set(names)) < len(names):
        return None
    start = layout.first + layout.height
    lines = [row for _, row in islice(row_lines(path, layout, where=path.name), start, start + HEAD_ROWS)]
    rows = [line for line in lines if len(line) == len(names)]
    return pd.DataFrame(rows, columns=names, dtype=object)


def _parquet_head(path: Path) -> pd.DataFrame:
    file = pq.ParquetFile(path)
    batch = next(file.iter_batches(batch_size=HEAD_ROWS), None)
    frame: pd.DataFrame = (file.schema_arrow.empty_table() if batch is None else batch).to_pandas()
    if any(name is not None for name in frame.index.names):
        frame = frame.reset_index()
    if b"geo" not in (file.metadata.metadata or {}):
        return frame
    wkb = [str(name) for name in frame.columns if frame[name].map(lambda cell: isinstance(cell, bytes)).any()]
    column = "geometry" if "geometry" in wkb else next(iter(wkb), "")
    if not column:
        return frame
    places: pd.DataFrame = gpd.GeoDataFrame(
        frame.drop(columns=column), geometry=gpd.GeoSeries.from_wkb(frame[column], index=frame.index)
    )
    return places
