"""Freed memory is kept, on the C library that can be told so; results do not depend on it."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

CODE = """
import resource, sys
import numpy as np
from access92._process import configure_process
told = configure_process() if sys.argv[1] == "told" else True
np.ones(4_000_000)
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    np.ones(4_000_000)
print(told, resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be told to keep what is freed")
def test_freed_arrays_are_not_handed_back_to_the_system() -> None:
    faults = {}
    for asked in ("told", "untold"):
        done = subprocess.run([sys.executable, "-c", CODE, asked], check=True, capture_output=True, text=True)
        told, count = done.stdout.split()
        assert told == "True"
        faults[asked] = int(count)
    assert faults["told"] * 10 < faults["untold"]


ENDING = """
import atexit, gc
atexit.register(lambda: print(gc.get_freeze_count() > 0))  # those registered later are called before
from access92._process import configure_process
for _ in range(2):
    configure_process()
"""


def test_nothing_is_looked_through_when_a_process_ends() -> None:
    done = subprocess.run([sys.executable, "-c", ENDING], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True"]
