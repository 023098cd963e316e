"""A GTFS feed as people bring it, a zip or a folder: its tables as streams of batches of text."""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from access92._limits import MOST_HEADING_BYTES, MOST_TIMES_LARGER, SURE_BYTES, check_unique_columns
from access92.errors import InputError, input_error, nearest_word, some_values

BLOCK_BYTES = 2 << 20
"""Bytes of a table that are in memory as text at once."""

_SIGN = "stop_times.txt"
"""The table that no feed does without: where it lies, lies the feed."""

_FIX_ZIP = "Télécharger le fichier de nouveau ; un GTFS est un zip (ou un dossier) de tables .txt."


@dataclass(frozen=True, slots=True)
class Feed:
    """The tables of one feed, by their name; ``name`` is the prefix of all its ids.

    ``members``: of each table the path inside the zip or the folder.
    """

    name: str
    path: Path
    members: dict[str, str]

    def where(self, table: str, line: int | None = None) -> str:
        """The table, and its line, as messages name them."""
        at = f"{self.path.name}, {table}"
        return at if line is None else f"{at}, ligne {line}"

    def has(self, table: str) -> bool:
        """Whether the feed has a table of that name."""
        return table in self.members


def open_feed(path: Path, *, name: str) -> Feed:
    """The feed of a zip or a folder, its tables found in a sub-folder too.

    Raises
    ------
    InputError
        Missing, not a zip, damaged, encrypted, a bomb; no ``stop_times.txt``, or two of them.
    """
    if path.is_dir():
        names = [file.relative_to(path).as_posix() for file in sorted(path.rglob("*.txt")) if file.is_file()]
    elif path.is_file():
        names = _zip_members(path)
    else:
        raise input_error("Le fichier d'horaires (GTFS) est introuvable.", str(path), "Vérifier le chemin écrit.")

    # systems leave twins of each file behind, which are no tables
    tables = [PurePosixPath(member) for member in names if "__MACOSX" not in member]
    tables = [table for table in tables if table.suffix.lower() == ".txt" and not table.name.startswith(".")]
    folders = [table.parent for table in tables if table.name.lower() == _SIGN]
    if not folders:
        known = sorted({table.name for table in tables})
        hint = f"trouvés : {some_values(known, most=8)}" if known else "aucune table .txt"
        raise input_error(
            "Ce n'est pas un GTFS : la table stop_times.txt manque.", f"{path.name} ({hint})",
            "Donner le zip d'un réseau, tel que le publie son transporteur.",
        )  # fmt: skip
    if len(folders) > 1:
        where = some_values(sorted(str(folder) for folder in folders))
        raise input_error(
            "Plusieurs GTFS sont dans un même fichier.", f"{path.name} : {where}", "Donner chacun par son propre zip."
        )
    members = {table.name.lower(): str(table) for table in tables if table.parent == folders[0]}
    return Feed(name, path, members)


def _zip_members(path: Path) -> list[str]:
    """The files of a zip, once its directory is legible and promises no more than a timetable may hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
        size = f"{path.name}, {path.stat().st_size} octets" if path.is_file() else path.name
        raise input_error("Le fichier n'est pas un zip lisible.", size, _FIX_ZIP) from error
    if any(entry.flag_bits & 1 for entry in entries):
        raise input_error("Le zip est chiffré.", path.name, "Le fournir sans mot de passe.")
    # a member is never read beyond the size that its entry declares, so that the sum of them bounds what is unpacked
    if sum(entry.file_size for entry in entries) > max(SURE_BYTES, MOST_TIMES_LARGER * path.stat().st_size):
        raise input_error("Le zip se déploie en une taille démesurée.", path.name, _FIX_ZIP)
    return [entry.filename for entry in entries if not entry.is_dir()]


@contextmanager
def open_table(feed: Feed, table: str) -> Iterator[IO[bytes]]:
    """The bytes of a table, as a stream."""
    if feed.path.is_dir():
        with (feed.path / feed.members[table]).open("rb") as stream:
            yield stream
        return
    try:
        with zipfile.ZipFile(feed.path) as archive, archive.open(feed.members[table]) as packed:
            yield cast("IO[bytes]", io.BufferedReader(packed, BLOCK_BYTES))
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zlib.error) as error:
        raise input_error("Le zip est endommagé.", f"{feed.where(table)} : {error}", _FIX_ZIP) from error


def _headings(stream: IO[bytes], where: str) -> list[str]:
    """The names of the columns, without the mark of the encoding; the stream stands on the first row after."""
    line = b""
    while not line.strip():  # empty lines above the headings
        line = stream.readline(MOST_HEADING_BYTES)
        if not line:
            raise input_error("La table est vide.", where, "Fournir une ligne de titres et au moins une ligne.")
    if line.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise input_error("La table n'est pas en UTF-8 (elle est en UTF-16).", where, "L'enregistrer en CSV UTF-8.")
    if b"\r" in line.rstrip(b"\r\n"):
        raise input_error("Les lignes finissent comme sur un vieux Mac (CR).", where, "L'enregistrer en CSV UTF-8.")
    try:
        text = line.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise input_error("La table n'est pas en UTF-8.", where, "L'enregistrer en CSV UTF-8.") from error
    names = [name.strip() for name in next(csv.reader([text.rstrip("\r\n")]))]
    if len(names) == 1 and any(sign in names[0] for sign in ";\t"):
        raise input_error("Les colonnes ne sont pas séparées par des virgules.", where, "Enregistrer avec « , ».")
    check_unique_columns(names, where=where)
    return names


def stream_table(
    feed: Feed, table: str, *, required: Sequence[str] = (), optional: Sequence[str] = ()
) -> Iterator[pa.RecordBatch]:
    """The rows of a table, batch by batch, as text: ``required`` columns, then those of ``optional`` that it has.

    Rows without any value are in; empty lines are not.

    Raises
    ------
    InputError
        Missing table or column, other encodings than UTF-8, rows of another length than the headings.
    """
    where = feed.where(table)
    if not feed.has(table):
        raise input_error(
            f"La table {table} manque.", feed.path.name, "Donner le GTFS entier, tel que le publie son transporteur."
        )
    with open_table(feed, table) as stream:
        names = _headings(stream, where)
        for column in required:
            if column not in names:
                raise input_error(f"La colonne « {column} » manque.", where, nearest_word(column, names))
        columns = [*required, *(column for column in optional if column in names)]
        if not stream.peek(1):  # type: ignore[attr-defined] # both are buffered readers
            yield pa.RecordBatch.from_pydict({column: pa.array([], pa.string()) for column in columns})
            return
        try:
            yield from arrow_csv.open_csv(
                stream,
                read_options=arrow_csv.ReadOptions(column_names=names, block_size=BLOCK_BYTES, use_threads=False),
                parse_options=arrow_csv.ParseOptions(newlines_in_values=True),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(columns, pa.string()), include_columns=columns
                ),
            )
        except pa.ArrowInvalid as error:
            raise _located(feed, table, len(names), str(error)) from error


def _located(feed: Feed, table: str, n_columns: int, said: str) -> InputError:
    """The error of a row that the fast reader refused: a slow second look names its line."""
    with open_table(feed, table) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                where = feed.where(table, number)
                return input_error("La table n'est pas en UTF-8.", where, "L'enregistrer en CSV UTF-8.")
    with open_table(feed, table) as stream:
        rows = csv.reader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""))
        try:
            for row in rows:
                if row and len(row) != n_columns:
                    return input_error(
                        f"Une ligne a {len(row)} valeurs pour {n_columns} titres.",
                        feed.where(table, rows.line_num),
                        "Compléter la ligne ; mettre entre guillemets les textes qui contiennent une virgule.",
                    )
        except csv.Error as error:
            said = str(error)
    return input_error("La table est illisible.", f"{feed.where(table)} : {said}", "Corriger la table.")


def read_table(feed: Feed, table: str, *, required: Sequence[str] = (), optional: Sequence[str] = ()) -> pd.DataFrame:
    """A whole table as trimmed text, ``optional`` columns that it lacks as ``""``; empty rows are left out.

    The index is the number of the row among those of the file, from 0 on: :func:`line_of` gives its line.
    """
    batches = list(stream_table(feed, table, required=required, optional=optional))
    data = pa.Table.from_batches(batches)
    frame = pd.DataFrame(
        {name: pc.utf8_trim_whitespace(data[name]).to_numpy(zero_copy_only=False) for name in data.column_names},
        dtype=object,
    )
    for column in optional:
        if column not in frame.columns:
            frame[column] = ""
    filled = (frame[list(data.column_names)] != "").any(axis=1)
    return frame[filled]


def row_count(feed: Feed, table: str) -> int:
    """How many rows a table has that nobody reads; its values are not looked at."""
    with open_table(feed, table) as stream:
        return max(sum(bool(line.strip()) for line in stream) - 1, 0)


def line_of(feed: Feed, table: str, row: int) -> int:
    """The line of the file on which a row stands that readers number from 0 on."""
    with open_table(feed, table) as stream:
        rows = csv.reader(io.TextIOWrapper(stream, encoding="utf-8-sig", newline=""))
        number = -2
        for cells in rows:
            number += bool(cells)
            if number == row:
                return rows.line_num
    return row + 2


def row_error(feed: Feed, table: str, row: Any, what: str, fix: str) -> InputError:  # noqa: ANN401 - an index
    """The error for one row of a table, by its line."""
    return input_error(what, feed.where(table, line_of(feed, table, int(row))), fix)
