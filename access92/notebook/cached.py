"""The cache of a notebook: on by default, bounded as that of the command line."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from access92.cache.bound import max_bytes, trim_cache
from access92.cache.folder import default_cache_folder

CacheChoice = bool | str | Path | None
"""True: the user's cache folder; False or None: nothing is kept; a path: that folder."""


def cache_path(choice: CacheChoice) -> Path | None:
    """The folder of a choice; None where nothing is kept.

    >>> cache_path("ici").name, cache_path(False)
    ('ici', None)
    """
    if choice is None or choice is False:
        return None
    return default_cache_folder() if choice is True else Path(choice)


@contextmanager
def bounded(folder: Path | None) -> Iterator[None]:
    """Whatever is kept meanwhile stays; the rest of the cache is trimmed to its bound afterwards."""
    began_s, limit_bytes = time.time(), max_bytes()
    yield
    if folder is not None and folder.is_dir():
        trim_cache(folder, max_bytes=limit_bytes, since_s=began_s)
