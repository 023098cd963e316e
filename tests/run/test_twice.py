"""What a run finds in the cache is what it would compute."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from access92.run.check import check_study
from access92.run.pipeline import run_study
from access92.study.read import read_study
from access92.travel import cache
from tests.random_studies import write_random_study


@pytest.mark.parametrize("seed", [5, pytest.param(12, marks=pytest.mark.slow)])
def test_a_run_from_the_cache_is_the_run_without_one(seed: int, tmp_path: Path) -> None:
    study = read_study(write_random_study(tmp_path / str(seed), seed))
    plain = run_study(study)
    folder = tmp_path / "cache"
    cold, warm = (run_study(study, cache_folder=folder) for _ in range(2))
    assert {part.computed for part in warm.provenance} == {0}
    for results in (cold, warm):
        pd.testing.assert_frame_equal(results.coverage, plain.coverage)
        pd.testing.assert_frame_equal(results.curve, plain.curve)
        pd.testing.assert_frame_equal(pd.DataFrame(results.isochrones), pd.DataFrame(plain.isochrones))
    assert check_study(study, cache_folder=folder).omissions == plain.omissions


def test_times_of_another_make_count_as_none(tmp_path: Path) -> None:
    links = np.array([[0.0], [0.5], [1.0]])
    times = cache.CachedTimes({"a": np.zeros(2, np.float32)}, {"a": links}, np.zeros((4, 2)), {"nodes": 1})
    cache.write_times(tmp_path, "k", times, ["a"])
    assert cache.read_times(tmp_path, "k") is not None
    part = next(tmp_path.iterdir())
    cache.write_sealed_arrays(part, place_keys=np.array(["a"]), minutes=np.zeros((1, 2), np.float32))
    assert cache.read_times(tmp_path, "k") is None
