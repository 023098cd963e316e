"""How a process that computes a whole run uses memory and cores: asked once, by whoever owns the process."""

from __future__ import annotations

import ctypes
import gc
import os
import sys

_GC_THRESHOLDS = (200_000, 50, 100)
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8  # of mallopt, in <malloc.h> of glibc
_MOST = 2**31 - 1
_STEP_BYTES = 64 * 2**20


def settle_process() -> bool:
    """Look for cycles seldom, keep freed memory for the next table, no threads for algebra; whether glibc was told.

    A run keeps a million small objects (streets, points): looking through them for cycles took a tenth of its time.
    Its large arrays come and go: by default glibc hands each back to the system, which gives it again page by page,
    zeroed, for another tenth. Threads of linear algebra, which is not used here, spin while they wait: to be called
    before numpy is imported. None of it changes a result, and a program that uses access92 keeps its own settings.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(*_GC_THRESHOLDS)
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    settings = ((_ARENA_MAX, 1), (_MMAP_MAX, 0), (_TRIM_THRESHOLD, _MOST), (_TOP_PAD, _STEP_BYTES))
    return all([mallopt(name, value) == 1 for name, value in settings])  # noqa: C419 - each is set, whatever the others
