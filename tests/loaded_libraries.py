"""Which libraries an import brings with it, asked of a new process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Collection


def loaded_by(modules: str, libraries: Collection[str]) -> list[str]:
    """Those of the ``libraries`` that are there once these modules (« a, b.c ») are imported, sorted."""
    code = f"import sys, {modules}; print(*sorted(set({sorted(libraries)!r}) & set(sys.modules)))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
