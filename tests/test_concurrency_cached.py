"""Values by key are computed once, however many threads ask at a time."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from access92._concurrency import LockedCache

THREADS = 4


def test_threads_that_ask_for_one_key_at_a_time_compute_it_once() -> None:
    cache, together, computed = LockedCache[str](), threading.Barrier(THREADS, timeout=10), list[str]()
    may_end = threading.Event()

    def compute() -> str:
        computed.append("walk")
        may_end.wait(0.2)  # the others come meanwhile
        return "walk"

    def ask(_: int) -> str:
        together.wait()
        return cache.get("walk", compute)

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(ask, range(THREADS))) == ["walk"] * THREADS
    assert computed == ["walk"]


def test_a_key_waits_for_no_other_and_may_ask_for_it() -> None:
    cache = LockedCache[int]()
    assert cache.get("twice", lambda: 2 * cache.get("once", lambda: 21)) == 42
    assert cache.get("once", lambda: 0) == 21
