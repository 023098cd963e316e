"""The bucket queue of access92/routing.py compiled from C (kernel.c), where a compiler is at hand."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from access92.network import Network

FLAGS = ("-O3", "-march=native", "-shared", "-fPIC")
_SOURCE = Path(__file__).with_name("kernel.c")
_INT32 = np.ctypeslib.ndpointer(np.int32, flags="C_CONTIGUOUS")


def compile_kernel(folder: Path) -> ctypes.CDLL | None:
    """The compiled library, kept in ``folder``; None where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None
    library = folder / "kernel.so"
    subprocess.run([compiler, *FLAGS, "-o", str(library), str(_SOURCE), "-lpthread"], check=True)
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
    return kernel


class CSearches:
    """Searches of the C library on one network, one per thread, kept from call to call as our scratch is."""

    def __init__(self, kernel: ctypes.CDLL, network: Network, *, limit_ms: int, width_ms: int, threads: int) -> None:
        self._kernel = kernel
        self._network = network  # its arrays must outlive the pointers
        self._kept = [
            kernel.make_search(network.arc_start, network.arcs, network.node_count, limit_ms, width_ms)
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


def open_kernel() -> tuple[ctypes.CDLL | None, str]:
    """The library and the words for how it was built; compiled in a temporary folder that lasts as long as needed."""
    folder = Path(tempfile.mkdtemp(prefix="access92-bench-"))
    try:
        return compile_kernel(folder), f"cc {' '.join(FLAGS)}"
    except subprocess.CalledProcessError as error:
        return None, f"compilation refusée ({error.returncode})"
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # a loaded library lives on without its file
