"""Files that begin with the SHA-256 of what follows: damage cannot pass unseen. Written aside, then renamed."""

from __future__ import annotations

import contextlib
import hashlib
import io
import logging
import uuid
from collections.abc import Generator
from pathlib import Path

import numpy as np

_DIGEST_BYTES = 32
_log = logging.getLogger(__name__)


def read_sealed(path: Path) -> memoryview | None:
    """The content of a sealed file; None where there is none, or where it is damaged (logged by name).

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "x.bin"
    >>> write_sealed(file, b"content")
    >>> bytes(read_sealed(file))
    b'content'
    """
    if not path.exists():
        return None
    try:
        content = path.read_bytes()
    except OSError as error:
        _log.warning("cache file %s cannot be read (%s)", path, error)
        return None
    body = memoryview(content)[_DIGEST_BYTES:]
    if hashlib.sha256(body).digest() != content[:_DIGEST_BYTES]:
        _log.warning("cache file %s is damaged and is made anew", path)
        return None
    return body


def write_sealed(path: Path, content: bytes) -> None:
    """Keep the content under its seal; a folder that cannot be written is logged, and is no error."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_aside(path) as aside:
            aside.write_bytes(hashlib.sha256(content).digest() + content)
    except OSError as error:
        _log.warning("%s cannot be cached (%s)", path, error)


def read_sealed_arrays(path: Path) -> dict[str, np.ndarray] | None:
    """The arrays of a sealed file by name; None where there is none, or where it is damaged (logged by name)."""
    body = read_sealed(path)
    if body is None:
        return None
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}


def write_sealed_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Keep arrays (no objects) under a seal.

    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "x.npz"
    >>> write_sealed_arrays(file, a=np.arange(3))
    >>> read_sealed_arrays(file)["a"].tolist()
    [0, 1, 2]
    """
    body = io.BytesIO()
    np.savez(body, allow_pickle=False, **arrays)
    write_sealed(path, body.getvalue())


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
    aside = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
