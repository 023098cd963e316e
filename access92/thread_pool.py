"""Threads for a while: none is still at work, and nothing waits to begin, when the ``with`` is left."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager


@contextmanager
def thread_pool(threads: int) -> Iterator[Executor]:
    """Threads that end with a ``with``, which waits for what they do; what has not begun by then is let go.

    >>> with thread_pool(2) as pool:
    ...     list(pool.map(len, ["a", "bb"]))
    [1, 2]
    """
    pool = ThreadPoolExecutor(threads)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
