"""Sealed files: they begin with the SHA-256 of the rest, and are written aside, then renamed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import logging
import math
import os
import uuid
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from access92._limits import is_readable_file
from access92._process import process_mark

_DIGEST_BYTES, _LENGTH_BYTES, _ALIGNED = 32, 8, 64
_log = logging.getLogger(__name__)


def read_sealed(path: Path) -> memoryview | None:
    """The content of a sealed file, writable; None where there is none, or where it is damaged (logged by name).

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "x.bin"
    >>> write_sealed(file, b"con", b"tent")
    >>> bytes(read_sealed(file))
    b'content'
    """
    try:
        with path.open("rb") as stream:
            content = np.empty(os.fstat(stream.fileno()).st_size, dtype=np.uint8).data  # not zeroed first
            length = stream.readinto(content)
    except FileNotFoundError:  # or gone meanwhile: another process made room
        return None
    except OSError as error:
        _log.warning("cache file %s cannot be read (%s)", path, error)
        return None
    body = content[_DIGEST_BYTES:length]
    if hashlib.sha256(body).digest() != content[:_DIGEST_BYTES]:
        _log.warning("cache file %s is damaged and is made anew", path)
        return None
    with contextlib.suppress(OSError):
        os.utime(path)  # used now: what is least recently used makes room first
    return body


def write_sealed(path: Path, *content: bytes | memoryview) -> None:
    """Write the content, piece after piece, under its seal; a folder that cannot be written is logged, and no error."""
    digest = hashlib.sha256()
    for piece in content:
        digest.update(piece)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_aside(path) as aside, aside.open("wb") as stream:
            for piece in (digest.digest(), *content):
                stream.write(piece)
    except OSError as error:
        _log.warning("%s cannot be cached (%s)", path, error)


def read_sealed_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """The arrays of a sealed file by name; None where there is none, or where it is damaged (logged by name).

    They are views of what was read, not copies of it.
    """
    body = read_sealed(path)
    if body is None:
        return None
    start = int.from_bytes(body[:_LENGTH_BYTES], "little") + _LENGTH_BYTES
    arrays = {}
    for name, kind, shape, at in json.loads(bytes(body[_LENGTH_BYTES:start])):
        count = math.prod(shape)
        arrays[name] = (
            np.frombuffer(body, np.dtype(kind), count, start + at).reshape(shape)
            if count
            else np.empty(shape, np.dtype(kind))
        )
    return arrays


def write_sealed_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write arrays (no objects) under a seal.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "x.arrays"
    >>> write_sealed_arrays(file, a=np.arange(3))
    >>> read_sealed_arrays(file)["a"].tolist()
    [0, 1, 2]
    """
    whole = {name: np.ascontiguousarray(array).reshape(array.shape) for name, array in arrays.items()}
    directory: list[tuple[str, str, tuple[int, ...], int]] = []
    pieces: list[bytes | memoryview] = []
    at = 0
    for name, array in whole.items():
        if array.dtype.hasobject:
            raise TypeError(f"{name} holds objects")
        directory.append((name, array.dtype.str, array.shape, at))
        gap = -array.nbytes % _ALIGNED
        pieces += [array.reshape(-1).view(np.uint8).data, bytes(gap)]
        at += array.nbytes + gap
    head = json.dumps(directory).encode()
    head += b" " * (-(len(head) + _LENGTH_BYTES + _DIGEST_BYTES) % _ALIGNED)  # arrays begin where processors like it
    write_sealed(path, len(head).to_bytes(_LENGTH_BYTES, "little"), head, *pieces)


def file_sha256(path: Path) -> str:
    """SHA-256 of the bytes of a file, in hexadecimal.

    Raises
    ------
    OSError
        The file is missing or unreadable, or is none that ends: a folder, a pipe, a device.
    """
    with _ordinary(path).open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _ordinary(path: Path) -> Path:
    """The path itself where it is an ordinary file, which has an end."""
    if not is_readable_file(path):
        raise FileNotFoundError(errno.ENOENT, "no such ordinary file", str(path))
    return path


@dataclass(frozen=True, slots=True)
class FileState:
    """A file at one moment: two states that are equal had the same bytes, and nobody wrote in between."""

    sha256: str
    size_bytes: int
    changed_ns: int


def file_state(path: Path) -> FileState | None:
    """The state of an ordinary file, its bytes and its time read together; None where it cannot be read.

    To be asked before a file is read and again afterwards, where no library reads from bytes at hand.
    """
    try:
        with _ordinary(path).open("rb") as stream:
            before = os.fstat(stream.fileno())
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
            after = os.fstat(stream.fileno())
    except OSError:
        return None
    changed_ns = after.st_mtime_ns if before.st_mtime_ns == after.st_mtime_ns else -1  # equal to no other moment
    return FileState(sha256, after.st_size, changed_ns)


@contextlib.contextmanager
def written_aside(path: Path) -> Generator[Path]:
    """A file beside ``path`` to write into, which takes its place only if all went well.

    Examples
    --------
    >>> import tempfile
    >>> target = Path(tempfile.mkdtemp()) / "x.txt"
    >>> with written_aside(target) as aside:
    ...     _ = aside.write_text("done")
    >>> [file.name for file in target.parent.iterdir()]
    ['x.txt']
    """
    aside = path.with_name(f".{path.name}-{process_mark()}-{uuid.uuid4().hex}")
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
