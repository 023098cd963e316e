"""What a first run compiles: known beforehand, and nothing else is compiled after it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from access92.travel import compilation
from access92.travel.compilation import compile_kernels, is_compiled
from tests.toy_study import write_toy_study

_COMPILE_THEN_RUN = """
import json, sys
from pathlib import Path
from access92.travel import compilation
from access92.run.pipeline import run_study
from access92.study.read import read_study
compilation.compile_kernels()
def signatures():
    return {name: sorted(map(str, kernel.signatures)) for name, kernel in compilation.kernels().items()}
before = signatures()
# a kernel that others call has no signature of its own where they come from the disk: it lies there too
missing = {name for name, kernel in compilation.kernels().items() if not compilation._is_compiled(kernel)}
run_study(read_study(Path(sys.argv[1])))
after = signatures()
print(json.dumps({name: after[name] for name in after if after[name] != before[name] or name in missing}))
"""


def run_python(code: str, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    return done.stdout.splitlines()[-1]


@pytest.mark.slow
def test_on_a_fresh_machine_nothing_is_compiled(tmp_path: Path) -> None:
    printed = run_python(
        "from access92.travel.compilation import *; print(is_compiled())", NUMBA_CACHE_DIR=str(tmp_path)
    )
    assert printed == "False"


def test_after_compiling_everything_is_there() -> None:
    compile_kernels()
    assert is_compiled()


@pytest.mark.slow
def test_a_run_needs_no_other_compilation_and_each_kernel_that_is_looked_for_is_compiled(tmp_path: Path) -> None:
    assert json.loads(run_python(_COMPILE_THEN_RUN, str(write_toy_study(tmp_path)))) == {}


def test_another_numba_counts_as_compiled_rather_than_telling_of_it_each_time() -> None:
    class Kernel:
        signatures = ()
        _cache = None

    assert compilation._is_compiled(Kernel())
