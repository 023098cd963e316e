"""Isochrones by several routers at a time: those of closed streets wait for the whole, and all come in their order."""

from __future__ import annotations

import time
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest

from access92._concurrency import thread_pool
from access92.travel import study_routers
from access92.travel.study_routers import SharedRouter, submit_isochrones


class _Router(SimpleNamespace):
    """What the order of drawing depends on: the router of all the streets, where this one has fewer."""

    __hash__ = object.__hash__  # type: ignore[assignment]


def drawn_by(routers: Sequence[_Router], monkeypatch: pytest.MonkeyPatch) -> tuple[list[Any], list[tuple[str, str]]]:
    """What is given for each router, and when each began and ended; the drawing itself is of no account."""
    events: list[tuple[str, str]] = []

    def draw_mode(router: _Router, *_: object, **__: object) -> str:
        events.append(("begun", router.name))
        time.sleep(0.02)
        events.append(("ended", router.name))
        return str(router.name)

    monkeypatch.setattr(study_routers, "draw_mode", draw_mode)
    monkeypatch.setattr(study_routers, "rules_of", lambda *_: {})
    plan: Any = SimpleNamespace(
        streets={"a": None}, rows={"a": []}, kinds={"a": ()}, services=SimpleNamespace(geometry=None)
    )
    analysis: Any = SimpleNamespace(headline_mode="none", thresholds_min=(20.0,))
    shared: list[Any] = [SharedRouter(router, ("a",)) for router in routers]  # type: ignore[arg-type]
    times: list[Any] = [None] * len(routers)
    with thread_pool(2) as pool:
        futures = submit_isochrones(shared, times, plan, pool, analysis=analysis)
        return [future.result() for future in futures], events


@pytest.mark.parametrize("modes", [["walk"], ["walk", "bike", "car"]])
def test_closed_streets_wait_for_the_whole_and_the_order_stays(
    modes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    mode = SimpleNamespace(name="walk")
    routers: list[_Router] = []
    for name in modes:
        whole = _Router(name=name, mode=mode, whole=None)
        routers += [_Router(name=f"{name} closed", mode=mode, whole=whole), whole]
    names = [router.name for router in routers]
    given, events = drawn_by(routers, monkeypatch)
    assert given == names
    for name in modes:
        assert events.index(("ended", name)) < events.index(("begun", f"{name} closed"))


def test_one_whose_whole_is_drawn_by_nobody_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    mode = SimpleNamespace(name="walk")
    alone = _Router(name="closed", mode=mode, whole=_Router(name="walk", mode=mode, whole=None))
    given, _ = drawn_by([alone], monkeypatch)
    assert given == ["closed"]
