"""The search and the matrix of access92 compiled from C (kernel.c), where a compiler is at hand."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from access92.network.graph import MS_PER_MIN, Network
from access92.network.snapping import Snaps

FLAGS = ("-O3", "-march=native", "-shared", "-fPIC")
_SOURCE = Path(__file__).with_name("kernel.c")
_INT32 = np.ctypeslib.ndpointer(np.int32, flags="C_CONTIGUOUS")


class _Streets(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in (
            "arc_start", "arcs", "street_from", "street_to", "forward_ms", "backward_ms"
        )),
        *((name, ctypes.c_int32) for name in ("nodes", "limit_ms", "shift")),
        ("speed", ctypes.c_double),
        ("parking_ms", ctypes.c_int64),
    )  # fmt: skip


class _Places(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("street", "position", "snap_m")),
        ("count", ctypes.c_int32),
    )  # fmt: skip


def compile_kernel(folder: Path) -> ctypes.CDLL | None:
    """The compiled library, kept in ``folder``; None where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    library = folder / "kernel.so"
    subprocess.run([compiler, *FLAGS, "-o", str(library), str(_SOURCE), "-lpthread", "-lm"], check=True)
    kernel = ctypes.CDLL(str(library))
    kernel.make_search.argtypes = [_INT32, _INT32, ctypes.c_int32, ctypes.c_int32, ctypes.c_int32]
    kernel.make_search.restype = ctypes.c_void_p
    kernel.drop_search.argtypes = [ctypes.c_void_p]
    kernel.drop_search.restype = None
    kernel.each_source.argtypes = [
        ctypes.POINTER(ctypes.c_void_p), ctypes.c_int32, _INT32, _INT32, ctypes.c_int32, _INT32, ctypes.c_int32,
        ctypes.c_void_p,
    ]  # fmt: skip
    kernel.each_source.restype = ctypes.c_int64
    kernel.all_sources.argtypes = [ctypes.c_void_p, _INT32, _INT32, ctypes.c_int32, _INT32]
    kernel.all_sources.restype = ctypes.c_int64
    kernel.door_to_door.argtypes = [
        ctypes.POINTER(_Streets), ctypes.c_int32, ctypes.POINTER(_Places), ctypes.POINTER(_Places), ctypes.c_int32,
        ctypes.c_void_p,
    ]  # fmt: skip
    kernel.door_to_door.restype = None
    return kernel


class CSearches:
    """Searches of the C library on one network, one per thread, kept from call to call as our scratch is."""

    def __init__(self, kernel: ctypes.CDLL, network: Network, *, limit_ms: int, width_ms: int, threads: int) -> None:
        self._kernel = kernel
        self._network = network  # its arrays must outlive the pointers
        self._kept = [
            kernel.make_search(network.arc_start, network.arcs, network.node_count, limit_ms, width_ms.bit_length() - 1)
            for _ in range(threads)
        ]

    def each_source(
        self, seed_node: np.ndarray, seed_ms: np.ndarray, targets: np.ndarray | None = None
    ) -> tuple[int, np.ndarray | None]:
        """Nodes reached by one search per seed, all together; and the times of the targets, where asked."""
        answer = None if targets is None else np.empty((len(seed_node), len(targets)), dtype=np.int32)
        known = np.empty(0, dtype=np.int32) if targets is None else targets
        handles = (ctypes.c_void_p * len(self._kept))(*self._kept)
        reached = self._kernel.each_source(
            handles, len(self._kept), seed_node, seed_ms, len(seed_node), known, len(known),
            None if answer is None else answer.ctypes.data,
        )  # fmt: skip
        return int(reached), answer

    def all_sources(self, seed_node: np.ndarray, seed_ms: np.ndarray) -> np.ndarray:
        """Milliseconds of every node to the nearest of the seeds."""
        answer = np.empty(self._network.node_count, dtype=np.int32)
        self._kernel.all_sources(self._kept[0], seed_node, seed_ms, len(seed_node), answer)
        return answer

    def close(self) -> None:
        """Give the memory back."""
        while self._kept:
            self._kernel.drop_search(self._kept.pop())


def door_to_door(
    kernel: ctypes.CDLL, network: Network, services: Snaps, doors: Snaps, *, limit_ms: int, width_ms: int, threads: int
) -> np.ndarray:
    """The matrix of :func:`access92.travel.matrix.travel_time_matrix`, all of it made by the C library."""
    # where no turn is banned and no street is private, places are left and reached by the same nodes
    streets = _Streets(
        *(
            part.ctypes.data
            for part in (
                network.arc_start, network.arcs, network.leave_from_node, network.leave_to_node, network.forward_ms,
                network.backward_ms,
            )
        ),
        network.node_count, limit_ms, width_ms.bit_length() - 1, network.mode.access_speed_kmh / 3600,
        round(network.mode.parking_min * MS_PER_MIN),
    )  # fmt: skip
    minutes = np.empty((len(services.street), len(doors.street)), dtype=np.float32)
    kernel.door_to_door(
        streets, len(network.street_row), _places(services), _places(doors), threads, minutes.ctypes.data
    )
    return minutes


def _places(snaps: Snaps) -> _Places:
    parts = (snaps.street, snaps.position, snaps.snap_m)
    return _Places(*(part.ctypes.data for part in parts), len(snaps.street))


def open_kernel() -> tuple[ctypes.CDLL | None, str]:
    """The library and the words for how it was built; compiled in a temporary folder that lasts as long as needed."""
    folder = Path(tempfile.mkdtemp(prefix="access92-bench-"))
    try:
        return compile_kernel(folder), f"cc {' '.join(FLAGS)}"
    except subprocess.CalledProcessError as error:
        return None, f"compilation refusée ({error.returncode})"
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # a loaded library lives on without its file
