"""The script of the page reads back every code that was packed, and likeness makes the page light."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from access92.outputs.maps.run_map.likely_steps import BLOCK, unlikely
from access92.outputs.maps.run_map.packing import pack_codes, time_codes, time_edges
from access92.outputs.pages import template_text
from tests.outputs.maps.test_run_map_packing import unpacked
from tests.outputs.node_scripts import needs_node, run_script

THRESHOLDS_MIN = (10.0, 12.25, 20.0, 30.0)
EDGES_MIN = time_edges((*THRESHOLDS_MIN, 60.0), 60.0, step_min=0.1, far_step_min=60.0)
BEYOND = len(EDGES_MIN)


def read_by_the_page(matrices: list[np.ndarray], beyond: list[int | None]) -> list[np.ndarray]:
    """Matrices packed by us and unpacked by the script of the page, flat."""
    script = f"""
        const A92 = {{}}, zlib = require("zlib");
        {template_text("map_unpacking.js")}
        {template_text("run_map_unpacking.js")}
        console.log(JSON.stringify(input.map((one) => {{
          const colon = one.text.indexOf(":");
          const raw = zlib.inflateRawSync(A92.base91(one.text, colon + 1, +one.text.slice(0, colon)));
          const bytes = raw.buffer.slice(raw.byteOffset, raw.byteOffset + raw.length);
          return Array.from(A92.codes(bytes, one.rows, one.points, Int16Array, one.beyond));
        }})));
    """
    packed = [
        {"text": pack_codes(codes, beyond=most), "rows": codes.shape[0], "points": codes.shape[1], "beyond": most}
        for codes, most in zip(matrices, beyond, strict=True)
    ]
    found = run_script(script, packed)
    assert isinstance(found, list)
    return [
        np.array(codes, dtype=np.int64).reshape(matrix.shape) for codes, matrix in zip(found, matrices, strict=True)
    ]


def times_in_a_town(rng: np.random.Generator, *, services: int, points: int, cutoff_min: float = 60.0) -> np.ndarray:
    """Minutes (float32) to services all around, as the crow flies on a walk through the town; NaN past the cut-off."""
    homes = np.cumsum(rng.normal(0, 0.4, (points, 2)), axis=0)
    angles = rng.uniform(0, 2 * np.pi, services)
    places = 25 * np.column_stack([np.cos(angles), np.sin(angles)]) * rng.uniform(0.2, 1, (services, 1))
    minutes = np.abs(homes[None, :, :] - places[:, None, :]).sum(axis=2).astype(np.float32)
    return np.where(minutes < cutoff_min, minutes, np.float32(np.nan))


@needs_node
def test_the_page_reads_back_random_matrices_of_any_shape() -> None:
    rng = np.random.default_rng(92)
    matrices: list[np.ndarray] = []
    beyond: list[int | None] = []
    for rows in (1, 2, 9, 300):
        for points in (1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK - 5):
            matrices += [
                rng.integers(0, BEYOND + 1, (rows, points)),
                np.minimum(rng.integers(0, 2 * BEYOND, (rows, points)), BEYOND),  # half lie beyond
                rng.integers(-BEYOND, BEYOND + 1, (rows, points)),  # differences
                np.repeat(rng.integers(0, BEYOND + 1, (1, points)), rows, axis=0),
            ]
            beyond += [BEYOND, BEYOND, None, BEYOND]
    matrices = [codes.astype(np.int16) for codes in matrices]
    for codes, found in zip(matrices, read_by_the_page(matrices, beyond), strict=True):
        np.testing.assert_array_equal(found, codes)


@needs_node
@pytest.mark.parametrize("seed", range(4))
def test_no_time_that_the_page_reads_changes_sides_of_a_threshold(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = times_in_a_town(rng, services=12, points=700, cutoff_min=60.0)
    limits = np.array(THRESHOLDS_MIN, dtype=np.float32)
    close = np.concatenate([limits, np.nextafter(limits, np.float32(0)), np.nextafter(limits, np.float32(99))])
    at = rng.integers(0, times.size, 600)
    times.ravel()[at] = rng.choice(close, 600)
    codes = time_codes(times, EDGES_MIN)
    (found,) = read_by_the_page([codes], [BEYOND])
    for threshold in THRESHOLDS_MIN:
        np.testing.assert_array_equal(found <= EDGES_MIN.index(threshold), times < np.float32(threshold))
    np.testing.assert_array_equal(found == BEYOND, np.isnan(times))
    starts = np.append(0.0, EDGES_MIN)[found]
    reached = ~np.isnan(times)
    late = times[reached].astype(float) - starts[reached]
    assert late.min() > -1e-5
    assert late.max() < 0.1 + 1e-5


def test_rows_that_change_alike_cost_far_less_than_their_steps() -> None:
    codes = time_codes(times_in_a_town(np.random.default_rng(92), services=60, points=4000), EDGES_MIN)
    steps = np.diff(codes, axis=1, prepend=0).astype(np.int8)
    room = len(zlib.compress(np.ascontiguousarray(steps[:, :3968].reshape(60, -1, BLOCK).transpose(1, 0, 2)), 6))
    assert int(pack_codes(codes, beyond=BEYOND).partition(":")[0]) < 0.75 * room


def test_a_row_takes_the_steps_of_the_likest_row_before_it_wherever_it_is() -> None:
    rng = np.random.default_rng(92)
    east, west = 300 + rng.integers(-20, 21, (2, 2 * BLOCK)).cumsum(axis=1) // 4
    changing = np.concatenate([east[:BLOCK], east[BLOCK - 1] + west[BLOCK:] - west[BLOCK - 1]])
    back, rest = unlikely(np.stack([east, west, changing]).astype(np.int16), beyond=BEYOND)
    assert back[2].tolist() == [2, 1]
    assert not rest[:, 2].any()


def test_what_lies_beyond_the_cut_off_costs_nothing_once_it_is_reached() -> None:
    codes = np.full((2, 2 * BLOCK), BEYOND, dtype=np.int16)
    codes[0, :5] = [4, 8, 500, 590, BEYOND]
    codes[1, :7] = [4, 8, 500, 590, 598, 599, BEYOND]
    _, rest = unlikely(codes, beyond=BEYOND)
    assert np.count_nonzero(rest[:, 1]) <= 3
    assert not rest[1].any()


def test_a_matrix_without_points_or_rows_packs_into_nothing() -> None:
    for shape in ((0, 5), (3, 0), (0, 0)):
        assert unpacked(pack_codes(np.zeros(shape, dtype=np.int16), beyond=BEYOND)) == b""
