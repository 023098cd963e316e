"""What an input may cost to read: bytes, unpacked bytes, nesting, columns, numbers. One place for all readers."""

from __future__ import annotations

import bz2
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from access92.errors import Fault, InputError, input_error, some_values

MOST_STUDY_BYTES = 8 << 20
"""A study file, or a calendar of events, is written by people: 8 MB is a thousand times more than they write."""

MOST_COLUMNS = 2_000
MOST_HEADING_BYTES = 1 << 20

MOST_LEVELS = 100
"""Levels of nesting in TOML and JSON: a study has 5, GeoJSON and a manifest have fewer than 12."""

SURE_BYTES = 256 << 20
"""What a compressed file may always unpack to."""

MOST_TIMES_LARGER = 100
"""Beyond that, how many times its size: OpenStreetMap in XML is 10 to 25 times larger than its archive."""

LARGEST_NUMBER = 1e15
"""Of a quantity in a table: up to here, whole numbers and sums of them are exact in double precision."""

MOST_PEOPLE = 1e10
"""On one row or in one area: more people than there are on earth."""

_BLOCK_BYTES = 1 << 20


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int = ..., /) -> bytes: ...


def is_readable_file(path: Path) -> bool:
    """Whether there is an ordinary file at the path; False too where the path cannot be one."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that is too long, a NUL, a loop of links
        return False


def is_file_name(name: object) -> bool:
    r"""Whether a text names a file of a folder itself: no other folder, no NUL.

    >>> is_file_name("coverage.csv"), is_file_name("../coverage.csv"), is_file_name("a\0b"), is_file_name(".")
    (True, False, False, False)
    """
    return isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and Path(name).name == name and "\0" not in name


_LONGEST_NAME = 255


WINDOWS_PATH = (
    "Écrire un chemin de Windows avec des / (\"C:/donnees/services.csv\"), ou entre apostrophes ('C:\\donnees')."
)
"""How to mend a path whose backslashes a TOML text takes for escapes."""


def readable_file(path: Path, *, where: str) -> Path:
    """The path itself where it is an ordinary file: no folder, pipe, device, loop of links or impossible name.

    Raises
    ------
    InputError
        There is no such file, or its path cannot be one.

    Examples
    --------
    >>> readable_file(Path("x" * 5000), where="x…")
    Traceback (most recent call last):
    ...
    access92.errors.InputError: Le fichier est introuvable.
      Où : x…
      Remède : Vérifier le chemin écrit dans l'étude.
    """
    if not is_readable_file(path):
        # « \t » and « \n » between quotation marks are a tab and a new line: "C:\temp" is read, and is no path
        is_escaped = any(letter in str(path) for letter in "\t\n\b\f\r")
        fix = WINDOWS_PATH if is_escaped else "Vérifier le chemin écrit dans l'étude."
        raise input_error("Le fichier est introuvable.", where, fix)
    return path


def resolved(path: Path) -> Path:
    """The absolute path, its links followed.

    Raises
    ------
    InputError
        The links make a loop, or the path holds a NUL or is too long.
    """
    try:
        return path.resolve()
    except (OSError, ValueError, RuntimeError) as error:  # RuntimeError: a loop, up to Python 3.12
        raise input_error(
            "Ce chemin ne peut pas être celui d'un fichier.", f"{path} : {error}", "Corriger le chemin dans l'étude."
        ) from error


def read_small_file(path: Path, *, what: str, where: str) -> bytes:
    """The bytes of a file that people write (a study), read once.

    Raises
    ------
    InputError
        The file is missing, unreadable, or larger than ``MOST_STUDY_BYTES``.
    """
    try:
        if path.exists() and not path.is_file():
            raise input_error(f"{what} n'est pas un fichier ordinaire.", where, "Donner un fichier TOML.")
        if path.stat().st_size > MOST_STUDY_BYTES:
            size = f"{path.stat().st_size / 1e6:.0f} Mo, au plus {MOST_STUDY_BYTES / 1e6:.0f} Mo"
            raise input_error(f"{what} est trop grand.", f"{where}, {size}", "Vérifier que c'est bien le bon fichier.")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise input_error(f"{what} est introuvable.", where, "Vérifier le chemin.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise input_error(f"{what} est illisible.", f"{where} : {error}", "Donner un fichier TOML en UTF-8.") from error


def parse_json(text: str | bytes) -> Any:  # noqa: ANN401 - JSON
    """The content of a JSON text, nested no deeper than ``MOST_LEVELS``.

    Raises
    ------
    ValueError
        Not JSON, or too deep: whoever reads the file says which one it is.
    """
    try:
        content = json.loads(text)
        check_depth(content)
    except RecursionError as error:
        raise ValueError(_DEEP) from error
    return content


_DEEP = f"plus de {MOST_LEVELS} niveaux imbriqués"


def too_deep(where: str) -> InputError:
    return input_error("Le fichier imbrique trop de niveaux.", f"{where}, {_DEEP}", "L'écrire à plat.")


def check_depth(content: object) -> None:
    """Refuse (RecursionError, as the parsers do) lists and tables nested deeper than ``MOST_LEVELS``."""
    level: list[object] = [content]
    for _ in range(MOST_LEVELS):
        level = [
            value
            for holder in level
            if isinstance(holder, dict | list)
            for value in (holder.values() if isinstance(holder, dict) else holder)
            if isinstance(value, dict | list)
        ]
        if not level:
            return
    raise RecursionError(_DEEP)


def check_heading(heading: str, separator: str, *, where: str) -> None:
    """Refuse the first line of a CSV file where it is endless or names thousands of columns."""
    columns = heading.count(separator) + 1
    if len(heading) >= MOST_HEADING_BYTES or columns > MOST_COLUMNS:
        raise input_error(
            "La ligne des titres est trop longue.",
            f"{where}, {columns} colonnes (au plus {MOST_COLUMNS}), {len(heading)} caractères",
            "Vérifier que c'est un CSV, avec une ligne de titres.",
        )


def check_blank_lines(path: Path, *, where: str) -> None:
    """Refuse a text file of blank lines: each costs a row in memory, a hundred bytes for one."""
    blank = 0
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES):
            blank += block.count(b"\n\n") + block.count(b"\r\n\r\n")
            if blank > _MOST_BLANK_LINES:
                what = f"{where}, plus de {_MOST_BLANK_LINES} lignes vides"
                raise input_error("Le fichier est presque vide.", what, "L'enregistrer de nouveau, sans lignes vides.")


_MOST_BLANK_LINES = 200_000


def check_unique_columns(names: list[str], *, where: str) -> None:
    """Refuse a table in which two columns have one name."""
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise input_error(
            "Deux colonnes portent le même nom.", f"{where}, colonnes {some_values(doubled)}", "En renommer une."
        )


def check_unpacked_size(path: Path, *, where: str) -> None:
    """Refuse a zip, gzip or bzip2 file that unpacks to far more than it weighs, without keeping what it unpacks.

    Files of other kinds pass. Whoever reads the file complains of what is damaged in it.

    Raises
    ------
    InputError
        It unpacks to more than ``SURE_BYTES`` and ``MOST_TIMES_LARGER`` times its size.
    """
    size = path.stat().st_size
    most = max(SURE_BYTES, MOST_TIMES_LARGER * size)
    with path.open("rb") as stream:
        head = stream.read(4)
    unpackers: dict[bytes, Callable[[], Iterator[int]]] = {
        b"PK\x03\x04": lambda: _zip_sizes(path),
        b"\x1f\x8b": lambda: _stream_sizes(path, lambda: zlib.decompressobj(wbits=31)),
        b"BZh": lambda: _stream_sizes(path, bz2.BZ2Decompressor),
    }
    for magic, unpack in unpackers.items():
        if head.startswith(magic):
            total = 0
            for more in unpack():
                total += more
                if total > most:
                    raise input_error(
                        "Le fichier compressé se déploie sans mesure.",
                        f"{where}, {size / 1e6:.1f} Mo qui en donnent plus de {most / 1e6:.0f} "
                        f"(au plus {MOST_TIMES_LARGER} fois sa taille au-delà de {SURE_BYTES / 1e6:.0f} Mo)",
                        "Le décompresser soi-même, et donner ce qu'il contient.",
                    )


def _zip_sizes(path: Path) -> Iterator[int]:
    """What the members of an archive say that they unpack to; a reader stops there, whatever they hold."""
    try:
        with zipfile.ZipFile(path) as archive:
            yield from (item.file_size for item in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return


def _stream_sizes(path: Path, decompressor: Callable[[], _Decompressor]) -> Iterator[int]:
    """The bytes that a compressed file unpacks to, block after block, in all its streams."""
    unpacking = decompressor()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK_BYTES >> 4):
            while block:
                try:
                    yield len(unpacking.decompress(block))
                except (OSError, zlib.error, EOFError):
                    return
                block = b""
                if unpacking.eof:
                    block, unpacking = unpacking.unused_data, decompressor()


def number_faults(values: np.ndarray, rows: Any, *, name: object, where: str) -> list[Fault]:  # noqa: ANN401 - an index
    """A fault where numbers are infinite or larger than ``LARGEST_NUMBER``; NaN says that there is none.

    >>> number_faults(np.array([1.0, np.nan, 1e300]), [2, 3, 4], name="population", where="gens.csv")[0].where
    'gens.csv, lignes 4, valeurs 1e+300'
    """
    wrong = np.flatnonzero(np.abs(values) > LARGEST_NUMBER)
    if len(wrong) == 0:
        return []
    return [
        Fault(
            f"La colonne « {name} » porte des nombres démesurés.",
            f"{where}, lignes {some_values(rows[row] for row in wrong)}, "
            f"valeurs {some_values(f'{values[row]:g}' for row in wrong)}",
            "Corriger ces valeurs.",
        )
    ]
