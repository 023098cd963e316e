"""Files that begin with the SHA-256 of what follows: damage cannot pass unseen. Written aside, then renamed."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import uuid
from collections.abc import Generator
from pathlib import Path

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
