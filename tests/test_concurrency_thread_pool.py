"""Threads that end with a block: what runs is waited for, what has not begun is let go when something fails."""

from __future__ import annotations

import threading

import pytest

from access92._concurrency import thread_pool


def test_what_runs_is_waited_for_and_what_has_not_begun_is_let_go() -> None:
    begun, may_end = threading.Event(), threading.Event()
    done: list[str] = []

    def slow() -> None:
        begun.set()
        may_end.wait(10)
        done.append("slow")

    with thread_pool(1) as pool:
        running, waiting = pool.submit(slow), pool.submit(done.append, "never")
        assert begun.wait(10)
        threading.Timer(0.2, may_end.set).start()
    assert done == ["slow"]
    assert running.done()
    assert waiting.cancelled()


def test_an_error_of_the_block_goes_on() -> None:
    with pytest.raises(ZeroDivisionError), thread_pool(2) as pool:
        pool.submit(lambda: 1 / 0).result()
