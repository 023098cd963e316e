"""What the page of a run unpacks is what was packed, and no time changes sides of a threshold."""

from __future__ import annotations

import base64
import hashlib
import string
import zlib
from pathlib import Path

import numpy as np
import pytest

from access92.outputs.maps.run_map import write_run_map
from access92.outputs.maps.run_map.packing import base91, blob, pack_codes, steps, time_codes, time_edges
from tests.outputs.run_map_town import town


def unpacked(text: str) -> bytes:
    """The bytes of a blob, read as the page reads them."""
    length, _, signs = text.partition(":")
    values = [ord(sign) - (36 if ord(sign) > ord("<") else 35) for sign in signs]
    bits = "".join(f"{91 * high + low:013b}" for high, low in zip(values[::2], values[1::2], strict=True))
    packed = bytes(int(bits[i : i + 8], 2) for i in range(0, 8 * int(length), 8))
    return zlib.decompress(packed, wbits=-15)


def decoded(small: np.ndarray, far: np.ndarray, n_rows: int, n_points: int) -> np.ndarray:
    step = small.transpose(1, 0, 2).reshape(n_rows, -1)[:, :n_points].astype(np.int8).astype(np.int64)
    flat = step.ravel().copy()
    flat[far[:, 0]] += far[:, 1]
    return flat.reshape(n_rows, n_points).cumsum(axis=1)


@pytest.mark.parametrize("thresholds_min", [(10.0, 15.0, 20.0, 30.0), (7.25, 12.34, 20.0), (0.1, 59.95)])
def test_a_code_says_on_which_side_of_every_threshold_a_time_lies(thresholds_min: tuple[float, ...]) -> None:
    rng = np.random.default_rng(92)
    times = rng.uniform(0, 60, (5, 2000)).astype(np.float32)
    near = np.array(thresholds_min, dtype=np.float32)
    times[0, : 3 * len(near)] = np.concatenate(
        [near, np.nextafter(near, np.float32(0)), np.nextafter(near, np.float32(99))]
    )
    times[1, ::7] = np.nan
    edges = time_edges((*thresholds_min, 60.0), 60.0, step_min=0.1, far_step_min=60.0)
    codes = time_codes(times, edges)
    for threshold in thresholds_min:
        np.testing.assert_array_equal(codes <= edges.index(threshold), times < np.float32(threshold))
    filled = np.where(np.isnan(times), np.float32(60), times)
    np.testing.assert_array_equal(codes, np.searchsorted(np.array(edges, dtype=np.float32), filled, side="right"))


def test_steps_give_the_codes_back_however_far_they_jump() -> None:
    codes = np.random.default_rng(92).integers(0, 601, (7, 300)).astype(np.int16)
    small, far = steps(codes)
    assert len(far) > 0
    np.testing.assert_array_equal(decoded(small, far, *codes.shape), codes)


def test_a_blob_holds_its_bytes_and_nothing_that_a_page_would_read_as_a_tag() -> None:
    content = np.random.default_rng(92).integers(0, 256, 10_001, dtype=np.uint8).tobytes()
    text = blob(content)
    assert unpacked(text) == content
    assert not set(base91(content)) & set(string.whitespace + '<"!')


def test_signs_cost_less_than_base64() -> None:
    content = bytes(range(256)) * 100
    assert len(base91(content)) < 0.93 * len(base64.b64encode(content))


def test_the_same_matrix_gives_the_same_text() -> None:
    codes = np.arange(600, dtype=np.int16).reshape(2, 300)
    assert pack_codes(codes) == pack_codes(codes.copy())


def test_the_same_run_gives_the_same_page_to_the_byte(tmp_path: Path) -> None:
    digests = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        digests.add(hashlib.sha256(write_run_map(town(), tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1
