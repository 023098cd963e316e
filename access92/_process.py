"""One process: how it uses memory and cores, and the mark by which others see whether it still runs."""

from __future__ import annotations

import atexit
import ctypes
import gc
import hashlib
import os
import re
import socket
import sys
from pathlib import Path

_GC_THRESHOLDS = (200_000, 50, 100)
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_MAX, _ARENA_MAX = -1, -2, -4, -8  # of mallopt, in <malloc.h> of glibc
_MOST = 2**31 - 1
_STEP_BYTES = 64 * 2**20


def configure_process() -> bool:
    """Fewer garbage collections, freed memory reused, no threads for algebra; True where glibc took all settings.

    A run holds a million small objects (streets, points): looking through them for cycles took a tenth of its time, and
    a second more at the end of the process, which gives all its memory back anyhow.
    Its large arrays come and go: by default glibc hands each back to the system, which gives it again page by page,
    zeroed, for another tenth. Threads of linear algebra, which is not used here, spin while they wait: to be called
    before numpy is imported. None of it changes a result, and a program that uses access92 as a library
    keeps its settings.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(*_GC_THRESHOLDS)
    atexit.unregister(gc.freeze)  # once, however often this is called
    atexit.register(gc.freeze)
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):  # another C library
        return False
    settings = ((_ARENA_MAX, 1), (_MMAP_MAX, 0), (_TRIM_THRESHOLD, _MOST), (_TOP_PAD, _STEP_BYTES))
    return all([mallopt(name, value) == 1 for name, value in settings])  # noqa: C419 - each is set, whatever the others


_MARK = re.compile(r"(?P<host>[0-9a-f]{8})-(?P<pid>\d+)-(?P<start>\d*)")


def process_mark() -> str:
    """The mark of this process: its machine, its number, and when it began (numbers of processes come back).

    >>> is_of_dead_process(process_mark()), is_of_dead_process("another name")
    (False, False)
    """
    return f"{_host()}-{os.getpid()}-{_start(os.getpid())}"


def is_of_dead_process(name: str) -> bool:
    """Whether a name holds the mark of a process of this machine that no longer runs.

    False where there is no mark, where it is of another machine, and where nobody can tell.

    >>> is_of_dead_process(f".out.{process_mark()}.part")
    False
    """
    mark = _MARK.search(name)
    if mark is None or mark["host"] != _host():
        return False
    pid = int(mark["pid"])
    return not _is_running(pid) or _start(pid) != mark["start"]


def _host() -> str:
    """The machine, as eight digits: its name may hold anything, and is nobody's business."""
    return hashlib.sha256(socket.gethostname().encode()).hexdigest()[:8]


def _start(pid: int) -> str:
    """When a process began, in ticks since the machine did; '' where the system has no such file."""
    try:
        line = Path(f"/proc/{pid}/stat").read_text("utf-8", errors="replace")
        return line.rpartition(")")[2].split()[19]  # the name of the program, in brackets, may hold spaces
    except (OSError, IndexError):
        return ""


def _is_running(pid: int) -> bool:
    if sys.platform == "win32":
        return _is_running_on_windows(pid)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):  # somebody else's
        return True
    return True


def _is_running_on_windows(pid: int) -> bool:
    """As a signal 0 elsewhere, which ends the process there."""
    import ctypes  # noqa: PLC0415 - of this system only

    library = ctypes.windll.kernel32  # type: ignore[attr-defined]
    synchronize, invalid_parameter = 0x00100000, 87
    handle = library.OpenProcess(synchronize, False, pid)  # noqa: FBT003 - as its manual says
    if handle:
        library.CloseHandle(handle)
        return True
    return bool(library.GetLastError() != invalid_parameter)
