"""Tables kept on disk in sealed files, with the notices of their reader; and the fingerprint of code."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.metadata import version
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
from pyarrow import feather

from access92.sealed_files import read_sealed, write_sealed

_NOTICES = b"access92_notices"


def read_cached_table(file: Path) -> tuple[gpd.GeoDataFrame, tuple[str, ...]] | None:
    """The table of a cache file and the notices told when it was made; None where there is no sound file."""
    body = read_sealed(file)
    if body is None:
        return None
    table = feather.read_table(pa.BufferReader(body))
    return gpd.GeoDataFrame.from_arrow(table), tuple(json.loads(table.schema.metadata[_NOTICES]))


def write_cached_table(table: gpd.GeoDataFrame, notices: tuple[str, ...], file: Path) -> None:
    """Keep a table and its notices; a folder that cannot be written is logged, and is no error."""
    arrow = pa.table(table.to_arrow(index=False))
    metadata = {**(arrow.schema.metadata or {}), _NOTICES: json.dumps(notices).encode()}
    body = pa.BufferOutputStream()
    feather.write_feather(arrow.replace_schema_metadata(metadata), body)
    write_sealed(file, memoryview(body.getvalue()))


@cache
def code_fingerprint(modules: tuple[str, ...], libraries: tuple[str, ...] = ()) -> str:
    """SHA-256 of the text of modules (paths below the package, without .py) and of the versions of libraries.

    A change of code is a change of what the code makes: nobody has to remember to raise a number.

    >>> code_fingerprint(("errors",)) == code_fingerprint(("tables",))
    False
    """
    digest = hashlib.sha256()
    for name in modules:
        digest.update((Path(__file__).parent / f"{name}.py").read_bytes())
    digest.update("|".join(f"{name} {version(name)}" for name in libraries).encode())
    return digest.hexdigest()
