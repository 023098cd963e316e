"""Networks built while the population is read: each once, the same results, refusals in their order."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import access92
from access92.errors import InputError
from access92.network.graph import Network
from access92.outputs.results_fingerprint import results_fingerprint
from access92.run import pipeline
from access92.run import routers as run_routers
from access92.travel import router as travel_router
from access92.travel.compilation import compile_kernels
from tests.toy_study import GOOD_STUDY, write_toy_study

CLOSED = (
    GOOD_STUDY
    + """
[[scenario]]
name = "ferme"
title = "Une rue fermée"
kinds = ["sst", "pmi"]
[[scenario.change]]
kind = "close_street"
polygon = [[2.2515, 48.8205], [2.2525, 48.8205], [2.2525, 48.8215], [2.2515, 48.8215]]
"""
)


@pytest.fixture
def built(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Each network that is built from now on: its mode, and whether some streets were closed."""
    networks: list[tuple[str, bool]] = []
    build: Callable[..., Network] = travel_router.build_network

    def counted(*arguments: Any, **options: Any) -> Network:
        networks.append((arguments[1].name, options["closed"] is not None))
        return build(*arguments, **options)

    monkeypatch.setattr(travel_router, "build_network", counted)
    compile_kernels()
    return networks


@pytest.mark.parametrize("is_cached", [False, True])
def test_each_network_is_built_once_and_the_results_are_those_of_networks_built_later(
    *, is_cached: bool, built: list[tuple[str, bool]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = access92.read_study(write_toy_study(tmp_path, study=CLOSED))
    cache = tmp_path / "cache" if is_cached else None
    early = access92.run_study(study, cache_folder=cache)
    assert sorted(built) == [(mode, closed) for mode in ("car", "walk") for closed in (False, True)]

    # what the cache holds is not begun
    if is_cached:
        built.clear()
        again = access92.run_study(study, cache_folder=cache)
        assert built == []
        assert results_fingerprint(again) == results_fingerprint(early)
    monkeypatch.setattr(run_routers, "is_compiled", lambda: False)
    monkeypatch.setattr(run_routers, "compile_kernels", lambda: None)
    assert results_fingerprint(access92.run_study(study)) == results_fingerprint(early)


@pytest.mark.parametrize(("people", "refused"), [("lon,lat,population\n", "population est vide"), (None, "rue")])
def test_a_population_is_refused_before_the_streets_that_were_begun_meanwhile(
    people: str | None, refused: str, built: list[tuple[str, bool]], tmp_path: Path
) -> None:
    file = write_toy_study(tmp_path)
    streets = tmp_path / "streets.osm"
    streets.write_text(streets.read_text("utf-8").replace("v='residential'", "v='motorway'"), encoding="utf-8")
    if people is not None:
        (tmp_path / "people.csv").write_text(people, encoding="utf-8")
    with pytest.raises(InputError, match=refused):
        access92.run_study(access92.read_study(file))
    assert ("walk", False) in built


def test_routers_of_people_share_among_themselves_what_those_of_nobody_shared(
    built: list[tuple[str, bool]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Any] = []
    build = pipeline.build_study_routers
    monkeypatch.setattr(pipeline, "build_study_routers", lambda *a, **o: made.append((build(*a, **o), o)) or made[0][0])
    access92.run_study(access92.read_study(write_toy_study(tmp_path, study=CLOSED)))
    ((routers, options),) = made
    assert built
    of_nobody = {item.router for item in options["begun"].routers}
    own = {item.router for item in routers}
    assert not own & of_nobody
    # isochrones of closed streets wait for those of the whole: it must be the one that is drawn
    wholes = [item.router.whole for item in routers if item.router.whole is not None]
    assert len(wholes) == 2
    assert set(wholes) < own
