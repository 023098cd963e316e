"""Several threads ask the same water at once: each has its own prepared copy, and all find the same cells."""

from __future__ import annotations

import subprocess
import sys

CODE = """
from concurrent.futures import ThreadPoolExecutor
import numpy as np, shapely
from access92._concurrency import prepared_copy

for turn in range(150):
    bends = np.column_stack([np.linspace(0, 2000, 60), 300 * np.sin(np.linspace(0, 9, 60) + turn)])
    water = shapely.buffer(shapely.linestrings(bends), 65)
    x, y = np.meshgrid(np.arange(10.0, 2000, 20), np.arange(-490.0, 500, 20))
    with ThreadPoolExecutor(3) as pool:
        found = list(pool.map(lambda _: shapely.contains_xy(prepared_copy(water), x, y), range(3)))
    assert found[0].any() and (found[0] == found[1]).all() and (found[0] == found[2]).all()
    assert not shapely.is_prepared(water)
print("done")
"""


def test_threads_that_ask_the_same_water_find_the_same_cells_and_live() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "done"), done.stderr  # an abort, where memory was shared
