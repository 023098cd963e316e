"""What the page of a run unpacks is what was packed, and no time changes sides of a threshold."""

from __future__ import annotations

import base64
import hashlib
import string
import zlib
from pathlib import Path

import numpy as np
import pytest

from access92.outputs.maps.run_map.packing import base91, blob, pack_codes, pack_tree, time_codes, time_edges
from access92.outputs.maps.run_map.page import write_run_map
from access92.outputs.pages import template_text
from tests.outputs.node_scripts import needs_node, run_script
from tests.outputs.run_map_town import town


def unpacked(text: str) -> bytes:
    """The bytes of a blob, read as the page reads them."""
    length, _, signs = text.partition(":")
    values = [ord(sign) - (36 if ord(sign) > ord("<") else 35) for sign in signs]
    bits = "".join(f"{91 * high + low:013b}" for high, low in zip(values[::2], values[1::2], strict=True))
    packed = bytes(int(bits[i : i + 8], 2) for i in range(0, 8 * int(length), 8))
    return zlib.decompress(packed, wbits=-15)


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


def test_a_blob_holds_its_bytes_and_nothing_that_a_page_would_read_as_a_tag() -> None:
    content = np.random.default_rng(92).integers(0, 256, 10_001, dtype=np.uint8).tobytes()
    text = blob(content)
    assert unpacked(text) == content
    assert not set(base91(content)) & set(string.whitespace + '<"!')


@needs_node
def test_the_page_finds_every_path_of_a_tree_whose_paths_stand_apart() -> None:
    rng = np.random.default_rng(92)
    made = iter([rng.integers(0, 256, size, dtype=np.uint8).tobytes() for size in (3, 0, 10, 1, 300)])
    paths = {"streets": [next(made), next(made)], "green": {"wood": [[next(made)]], "park": []}, "rails": next(made)}
    other = {"around": {"places": [[1, 2, 0, "Sèvres"]]}, "isochrones_of": [[3, 12.25]]}

    def as_base64(part: object) -> object:
        if isinstance(part, bytes):
            return base64.b64encode(part).decode("ascii")
        if isinstance(part, dict):
            return {name: as_base64(item) for name, item in part.items()}
        return [as_base64(item) for item in part] if isinstance(part, list) else part

    names = ["streets", "water", "rails", "green"]  # « water » is not there; not the order of the tree
    content = unpacked(
        pack_tree(
            {
                **paths,
                **other,
                "rails": as_base64(paths["rails"]),
                "streets": as_base64(paths["streets"]),
                "green": as_base64(paths["green"]),
            },
            names,
        )
    )
    script = f"""
        const A92 = {{}};
        {template_text("map_unpacking.js")}
        {template_text("run_map_unpacking.js")}
        const tree = A92.tree(new Uint8Array(input.bytes).buffer, input.names);
        const text = (_, part) => part instanceof Uint8Array ? Buffer.from(part).toString("base64") : part;
        console.log(JSON.stringify(tree, text));
    """
    found = run_script(script, {"bytes": list(content), "names": names})
    assert found == {**other, **{name: as_base64(part) for name, part in paths.items()}}


def test_signs_cost_less_than_base64() -> None:
    content = bytes(range(256)) * 100
    assert len(base91(content)) < 0.93 * len(base64.b64encode(content))


def test_the_same_matrix_gives_the_same_text() -> None:
    codes = np.arange(600, dtype=np.int16).reshape(2, 300)
    assert pack_codes(codes) == pack_codes(codes.copy())


@pytest.mark.slow
def test_the_same_run_gives_the_same_page_to_the_byte(tmp_path: Path) -> None:
    digests = set()
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        digests.add(hashlib.sha256(write_run_map(town(), tmp_path / name).read_bytes()).hexdigest())
    assert len(digests) == 1
