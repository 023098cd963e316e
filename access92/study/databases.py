"""Databases in place of files: how one is addressed, the table or query that is read from it, and what was read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, ClassVar, Self

import pandas as pd
from pydantic import (
    BeforeValidator,
    Field,
    InstanceOf,
    PlainSerializer,
    SerializationInfo,
    WithJsonSchema,
    model_validator,
)  # fmt: skip

from access92.errors import without_passwords
from access92.study.addresses import SERVER, SPELLING, is_near_address, is_server_address
from access92.study.types import StudyPart

DUCKDB_ENDING = ".duckdb"
_AUTHORITY_END = re.compile(r"[/?#]")
_COMMENT = re.compile(r"\s+|--[^\n]*(?:\n|$)|/\*.*?\*/|\(", re.DOTALL)
_READS = re.compile(r"(?i:select|with|values|table)\b")
_LONGEST_QUERY_SHOWN = 60


@dataclass(frozen=True, slots=True, repr=False)
class ServerAddress:
    """The address of a PostgreSQL database as people write it; shown without its password, whoever prints it.

    >>> ServerAddress("postgresql://planif:secret@serveur/sig")
    postgresql://planif:***@serveur/sig
    >>> ServerAddress("postgresql://planif:$MOT_DE_PASSE@serveur/sig").has_password
    False
    """

    written: str

    def __post_init__(self) -> None:
        if fault := address_fault(self.written):
            raise ValueError(fault)

    def __str__(self) -> str:
        return without_passwords(self.written)

    def __repr__(self) -> str:
        return str(self)

    @property
    def uri(self) -> str:
        """The address as libpq reads it: without the driver of a library, the scheme in small letters."""
        return SERVER.sub("postgresql://", self.written, count=1)

    @property
    def has_password(self) -> bool:
        """Whether the password itself is written, not the name of a variable that holds it."""
        return str(self) != self.written


def address_fault(text: str) -> str:
    """Why an address is refused (French, without any of its password); '' where it is not.

    >>> address_fault("postgresql://planif:p@ss@serveur/sig")[:45]
    'l’adresse de la base a un « @ » de trop : dan'
    """
    rest = text[match.end() :] if (match := SERVER.match(text)) else text
    end = _AUTHORITY_END.search(rest)
    authority = rest if end is None else rest[: end.start()]
    if rest.count("@") > 1 or ("@" in rest and "@" not in authority):
        return (
            "l’adresse de la base a un « @ » de trop : dans un mot de passe, écrire %40 pour @, %2F pour /, %3F pour ?"
        )
    if any(letter.isspace() for letter in text):
        return "l’adresse de la base a une espace : l’écrire %20"
    return ""


def _address_or_path(value: object) -> object:
    if isinstance(value, str) and is_near_address(value):  # not quoted: it may hold a password
        raise ValueError(f"file n'est pas l'adresse d'une base : l'écrire {SPELLING}")
    return ServerAddress(value) if isinstance(value, str) and is_server_address(value) else value


def _as_shown(value: object, info: SerializationInfo) -> object:
    """A file or an address as a manifest shows it: no password."""
    return str(value) if info.mode == "json" else value


TableFile = Annotated[
    Path | InstanceOf[ServerAddress],
    BeforeValidator(_address_or_path),
    PlainSerializer(_as_shown),
    WithJsonSchema({"type": "string", "format": "path"}),
]
"""A file of the study, or the address of a PostgreSQL database."""


@dataclass(frozen=True, slots=True)
class DatabaseTable:
    """A table of a database, or what a query of it gives; ``crs``: of geometry that says none."""

    database: Path | ServerAddress
    table: str | None = None
    query: str | None = None
    crs: str | None = None

    def __str__(self) -> str:
        return f"{self.database_name}, {self.part}"

    def as_posix(self) -> str:
        """The same: messages name a file by this."""
        return str(self)

    @property
    def database_name(self) -> str:
        """The database as messages and manifests name it."""
        return self.database.as_posix() if isinstance(self.database, Path) else str(self.database)

    @property
    def part(self) -> str:
        """Which table of it, or which query."""
        if self.table is not None:
            return f"table « {self.table} »"
        words = " ".join((self.query or "").split())
        return f"requête « {words[:_LONGEST_QUERY_SHOWN]}{'…' if len(words) > _LONGEST_QUERY_SHOWN else ''} »"

    def located(self, locate: Callable[[Path], Path]) -> DatabaseTable:
        """The same, its DuckDB file by its place on the disk."""
        return replace(self, database=locate(self.database)) if isinstance(self.database, Path) else self


@dataclass(frozen=True, slots=True, eq=False)
class DatabaseRows:
    """What was read of a database once: the rows (a GeoDataFrame where they have geometry), and their fingerprint.

    ``sha256``: of names, types and values, whatever the order in which the database gave the rows; ``size_bytes``: of
    what was hashed.
    """

    frame: pd.DataFrame
    sha256: str
    size_bytes: int


TableSource = Path | DatabaseTable | DatabaseRows
"""What a table is read from: a file, a database, or what was read of one before."""


class DatabaseInput(StudyPart):
    """A table of the study: a file, or a table or query of a database.

    ``file``: a path, a path that ends with ``.duckdb`` or an address ``postgresql://…``; of the latter two exactly one
    of ``table`` and ``query``. ``crs``: of the geometry of a DuckDB table, where its type says none.
    """

    file: TableFile
    table: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    query: Annotated[str, Field(min_length=1)] | None = None
    crs: Annotated[str, Field(min_length=1, max_length=300)] | None = None
    _crs_of_files: ClassVar[bool] = False  # whether crs may also be that of the coordinates of a file

    @model_validator(mode="after")
    def _one_table(self) -> Self:
        if fault := self._table_fault():
            raise ValueError(fault)
        return self

    def _table_fault(self) -> str:  # noqa: PLR0911 - one return per complaint
        if not self._is_database:
            alone = ("table", "query") if self._crs_of_files else ("table", "query", "crs")
            written = [name for name in alone if getattr(self, name) is not None]
            if not written:
                return ""
            return f'{written[0]} ne sert qu\'avec une base de données : file = "postgresql://…" ou "….duckdb"'
        if (self.table is None) == (self.query is None):
            return 'file nomme une base de données : donner soit table = "…", soit query = "SELECT …"'
        if self.crs is not None and isinstance(self.file, ServerAddress):
            return "crs ne sert qu'avec DuckDB : une géométrie de PostGIS porte son SRID"
        if getattr(self, "layer", None) is not None:
            return "layer ne sert pas avec une base de données : donner table"
        if self.query is not None and not _READS.match(_beginning(self.query)):
            return "query doit être une lecture, une seule : SELECT …"
        return ""

    @property
    def _is_database(self) -> bool:
        return isinstance(self.file, ServerAddress) or self.file.suffix.lower() == DUCKDB_ENDING

    @property
    def origin(self) -> Path | DatabaseTable:
        """What the table is read from, as messages and manifests name it."""
        if isinstance(self.file, Path) and not self._is_database:
            return self.file
        return DatabaseTable(self.file, self.table, self.query, self.crs)


_PIECE = re.compile(
    r"(?P<blank>\s+|--[^\n]*|/\*.*?\*/)|(?P<end>;)"
    r"|[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\$(?P<tag>\w*)\$.*?\$(?P=tag)\$|\w+|.",
    re.DOTALL,
)


def one_query(query: str) -> str:
    """A query without the semicolon that ends it, and what follows: blanks and comments.

    Raises
    ------
    ValueError
        Another statement follows it.

    Examples
    --------
    >>> one_query("SELECT ';' AS a; -- fin"), one_query("SELECT 1 -- un ; deux")
    ("SELECT ';' AS a", 'SELECT 1 -- un ; deux')
    >>> one_query("SELECT 1; SELECT 2")
    Traceback (most recent call last):
    ...
    ValueError: query doit être une lecture, une seule
    """
    ended: int | None = None
    for piece in _PIECE.finditer(query):
        if piece["end"]:
            ended = piece.start() if ended is None else ended
        elif not piece["blank"] and ended is not None:
            raise ValueError("query doit être une lecture, une seule")
    return query if ended is None else query[:ended]


def _beginning(query: str) -> str:
    r"""A query without the blanks, comments and brackets before its first word.

    >>> _beginning("-- les services\n (SELECT 1)")
    'SELECT 1)'
    """
    while match := _COMMENT.match(query):
        query = query[match.end() :]
    return query
