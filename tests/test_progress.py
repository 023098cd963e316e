"""What a long computation says as it goes on, and who hears it."""

from __future__ import annotations

from pathlib import Path

import access92
from access92.progress import of_step, progress_text, silent
from tests.toy_study import write_toy_study


def test_the_steps_of_a_run_are_told_in_their_order(tmp_path: Path) -> None:
    steps: list[str] = []
    access92.run_study(access92.read_study(write_toy_study(tmp_path)), on_progress=steps.append)
    reading = [step for step in steps if step in ("Zones et services", "Rues", "Population")]
    assert reading == ["Zones et services", "Rues", "Population"]
    assert steps[-1] == "Isochrones"


def test_a_search_that_is_one_step_tells_how_far_it_is() -> None:
    seen: list[tuple[str, tuple[int, ...]]] = []

    def show(step: str, /, *parts: int) -> None:
        seen.append((step, parts))

    part = of_step(show, "Lieux essayés")
    part(10, 40)
    part(40, 40)
    assert [progress_text(step, *parts) for step, parts in seen] == [
        "Lieux essayés : 10 sur 40",
        "Lieux essayés : 40 sur 40",
    ]


def test_nobody_needs_to_listen() -> None:
    assert silent("Rues", 1, 2) is None
