"""A GTFS feed as large as wanted, made of copies of a real one: the same stops, ten times the trips."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

_TRIP_COLUMN = {"trips.txt": b"trip_id", "stop_times.txt": b"trip_id"}
_CHUNK_LINES = 100_000


def copy_trips(source: Path, target: Path, copies: int) -> Path:
    """``target``: the feed ``source`` with each trip as many times as ``copies``, under ids of their own.

    Lines, stops and calendars are copied as they are. The source must not quote the columns up to its trip_id.
    """
    with (
        zipfile.ZipFile(source) as given,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
    ):
        for name in given.namelist():
            with made.open(name, "w", force_zip64=True) as written:
                if name not in _TRIP_COLUMN:
                    written.write(given.read(name))
                    continue
                for copy in range(copies):
                    with given.open(name) as table:
                        for lines in _copied(table, _TRIP_COLUMN[name], copy):
                            written.write(lines)
    return target


def _copied(table: IO[bytes], column: bytes, copy: int) -> Iterator[bytes]:
    """The lines of a table, in chunks, with the number of the copy before each id; headings in the first copy only."""
    heading = table.readline()
    at = heading.rstrip(b"\r\n").removeprefix(b"\xef\xbb\xbf").split(b",").index(column)
    if copy == 0:
        yield heading
    mark = b"%d:" % copy
    lines: list[bytes] = []
    for line in table:
        cells = line.split(b",", at)
        cells[at] = mark + cells[at]
        lines.append(b",".join(cells))
        if len(lines) == _CHUNK_LINES:
            yield b"".join(lines)
            lines = []
    yield b"".join(lines)
