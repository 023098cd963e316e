"""The scripts of the pages put a time at a threshold on the side of the tables: run by Node, for every tenth."""

from __future__ import annotations

import base64
import re
from fractions import Fraction

import numpy as np

from access92.outputs.maps.backdrop import bound_hundredths, pack_minutes
from access92.outputs.maps.run_map.packing import time_codes, time_edges
from access92.outputs.pages import template_text
from access92.outputs.palette import class_numbers, time_classes
from tests.outputs.node_scripts import needs_node, run_script

TENTHS = [number / 10 for number in range(1, 2401)]

pytestmark = needs_node


def around(limit_min: float) -> np.ndarray:
    """Times a millisecond before a limit, at it, and after it."""
    ms = round(Fraction(str(limit_min)) * 60_000) + np.array([-1, 0, 1])
    return (ms / 60_000.0).astype(np.float32)


def test_a_map_colours_a_time_at_a_threshold_as_not_covered() -> None:
    found = re.search(r"function timeClass\([^)]*hundredths\) \{.*?\n  \}", template_text("map.js"), re.DOTALL)
    assert found is not None
    cases, expected = [], []
    for limit_min in TENTHS:
        classes = time_classes([limit_min], headline_min=limit_min, cutoff_min=240)
        times = np.append(around(limit_min), np.float32(np.nan))
        cases.append({
            "classes": [{"to_hundredths": bound_hundredths(item.to_min)} for item in classes],
            "times": np.frombuffer(base64.b64decode(pack_minutes(times)), dtype="<u2").tolist(),
        })  # fmt: skip
        expected.append(class_numbers(times, classes).tolist())
    script = f"""
        const NONE = 65535; let data = null;
        {found[0]}
        console.log(JSON.stringify(input.map((one) => {{ data = one; return one.times.map(timeClass); }})));
    """
    assert run_script(script, cases) == expected


def test_the_page_of_a_run_counts_a_time_at_a_threshold_as_not_covered() -> None:
    edges = time_edges(TENTHS, 240.0, step_min=0.1, far_step_min=240.0)
    codes = [time_codes(around(limit_min)[None, :], edges)[0].tolist() for limit_min in TENTHS]
    script = f"""
        const A92 = {{}};
        {template_text("run_map_grounds.js")}
        {template_text("run_map_model.js")}
        const model = new A92.Model({{ edges: input.edges, areas: [] }});
        model.population = {{ all: Float32Array.from([1, 2, 4]) }};
        model.area = new Uint16Array(3);
        console.log(JSON.stringify(input.limits.map((limit, i) => {{
          const at = model.limit(limit);
          return at < 0 ? null : model.sums(Int16Array.from(input.codes[i]), "all", at)[1];
        }})));
    """
    assert run_script(script, {"edges": edges, "limits": TENTHS, "codes": codes}) == [1] * len(TENTHS)


def test_milliseconds_that_the_page_searched_have_the_codes_of_a_run() -> None:
    edges = time_edges([limit for limit in TENTHS if limit <= 60], 60.0, step_min=0.1, far_step_min=60.0)
    bounds = np.rint(np.array(edges) * 60_000).astype(np.int64)
    ms = np.concatenate([bounds - 1, bounds, bounds + 1, [0, 2**31 - 1]])
    minutes = np.where(ms > 3_600_000, np.nan, ms / 60_000).astype(np.float32)
    script = f"""
        const A92 = {{}};
        {template_text("run_map_grounds.js")}
        {template_text("run_map_model.js")}
        const model = new A92.Model({{ edges: input.edges, areas: [] }});
        console.log(JSON.stringify([...model.codesOfMs(Int32Array.from(input.ms))]));
    """
    found = run_script(script, {"edges": edges, "ms": ms.tolist()})
    assert found == time_codes(minutes[None, :], edges)[0].tolist()
