"""A second engine, cafein (its wheel from PyPI), on the same timetable and footpaths: equal to the second."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from access92.transit.matrix import transit_times
from access92.travel.kernels import UNREACHED
from tests.transit.shared_town import BEGIN_S, shared_town

pytestmark = pytest.mark.cafein

N_STOPS, MINUTES = 24, 61
PERCENTILES = (25, 50, 75)
"""Of 61 minutes both rules of ranks take the same ones: 15, 30 and 45, from 0."""


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_cafein_finds_the_same_seconds(seed: int, tmp_path: Path) -> None:
    network = pytest.importorskip("cafein.network", reason="cafein is not installed: pip install cafein")
    town = shared_town(seed, n_stops=N_STOPS, lines=14)
    ours = transit_times(
        *town.ours(), window_s=(BEGIN_S, BEGIN_S + 60 * MINUTES), percentiles=PERCENTILES, boarding_slack_s=1,
        max_trip_min=480,
    ).percentile_ms.transpose(1, 0, 2)  # fmt: skip
    theirs_ms = town.cafein_ms(town.cafein(network, tmp_path), minutes=MINUTES, percentiles=PERCENTILES)
    elsewhere = ~np.eye(N_STOPS, dtype=bool)  # at its own stop a rider of cafein has arrived
    assert (ours[elsewhere] < UNREACHED).mean() > 0.5
    np.testing.assert_array_equal(ours[elsewhere], theirs_ms[elsewhere])
