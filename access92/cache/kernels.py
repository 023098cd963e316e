"""Compiled kernels on disk, under the fingerprint of all the code that was compiled into them.

numba's own cache looks at the file of a function only. A kernel also holds what it calls and the constants that it
reads, from whatever file they come: a change there left the old machine code in use, and its results were stored as
those of the new code. Here a kernel is stored under the fingerprint of its module and of every module that this one
imports, of the versions of the libraries (numba, LLVM, numpy), of the processor, and of the types of its arguments. One
sealed file each, written aside and renamed: several processes may compile at once, a damaged file is compiled anew.
"""

from __future__ import annotations

import hashlib
import logging
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import config, njit
from numba.core import serialize
from numba.core.compiler import CompileResult
from numba.core.dispatcher import Dispatcher

from access92.cache.fingerprints import code_fingerprint
from access92.cache.folder import default_cache_folder
from access92.cache.store import read_sealed, write_sealed

Function = TypeVar("Function", bound=Callable[..., Any])
_NUMBA_SETTINGS = ("OPT", "BOUNDSCHECK", "DEBUGINFO_DEFAULT", "ENABLE_AVX", "SLP_VECTORIZE", "LOOP_VECTORIZE")
_log = logging.getLogger(__name__)


def kernel(function: Function) -> Function:
    """The function compiled to run without Python's lock, at its first call or from the disk.

    With numba's setting not to compile (``NUMBA_DISABLE_JIT``), the function itself.

    >>> @kernel
    ... def twice(x):
    ...     return 2 * x
    >>> twice(21)
    42
    """
    compiled: Any = njit(nogil=True)(function)
    if isinstance(compiled, Dispatcher):
        setattr(compiled, "_cache", KernelCache(function))  # noqa: B010 - numba has no public place for another cache
    return cast("Function", compiled)


def is_kernel(value: object) -> bool:
    """Whether a value is a compiled function."""
    return isinstance(value, Dispatcher)


def kernels_folder() -> Path:
    """The folder of compiled kernels: in that of ``NUMBA_CACHE_DIR`` where it is set, else in the cache of access92."""
    setting = os.environ.get("NUMBA_CACHE_DIR")
    return Path(setting) / "access92" if setting else default_cache_folder() / "kernels"


class KernelCache:
    """The stored machine code of one kernel, with the methods that numba calls on a cache."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self._is_enabled = True

    @property
    def cache_path(self) -> str:
        """The folder, under the name that numba's statistics have for it."""
        return str(kernels_folder())

    @property
    def is_stored(self) -> bool:
        """Whether code for any types of arguments is on the disk."""
        return any(kernels_folder().glob(f"{self._stem}-*.kernel"))

    def enable(self) -> None:
        """Use the disk."""
        self._is_enabled = True

    def disable(self) -> None:
        """Leave the disk alone."""
        self._is_enabled = False

    def flush(self) -> None:
        """Remove the stored code of this kernel."""
        for path in kernels_folder().glob(f"{self._stem}-*.kernel"):
            path.unlink(missing_ok=True)

    def load_overload(self, signature: Any, target_context: Any) -> Any:  # noqa: ANN401 - numba has no types
        """The stored code for types of arguments; None where there is none that is sound."""
        target_context.refresh()
        if not self._is_enabled:
            return None
        path = self._file(signature, target_context.codegen())
        body = read_sealed(path)
        if body is None:
            return None
        try:
            parts = pickle.loads(body)  # noqa: S301 - written by access92, sealed
            return cast("Any", CompileResult)._rebuild(target_context, *parts)  # noqa: SLF001 - as numba does
        except Exception as error:  # noqa: BLE001 - whatever another build of numba says: compile
            _log.warning("compiled kernel %s cannot be used (%r) and is made anew", path, error)
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:  # noqa: ANN401 - numba has no types
        """Store the code for types of arguments; where it cannot be, the next process compiles it again."""
        can_be_stored = not compiled.library.has_dynamic_globals and all(loop.can_cache for loop in compiled.lifted)
        if not self._is_enabled or not can_be_stored:
            return
        write_sealed(self._file(signature, compiled.codegen), cast("Any", serialize).dumps(compiled._reduce()))  # noqa: SLF001 - as numba does

    @property
    def _stem(self) -> str:
        module = self._function.__module__
        code = (
            code_fingerprint(module)
            if module.startswith(f"{__name__.partition('.')[0]}.")
            else self._text_fingerprint()
        )
        name = f"{module.rpartition('.')[2]}.{self._function.__qualname__}".replace("<locals>.", "")
        return f"{name}-{code[:32]}"

    def _text_fingerprint(self) -> str:
        """Of a function that is not of the package (a test's): its code and its constants."""
        code = self._function.__code__
        return hashlib.sha256(repr((code.co_code, code.co_consts, code_fingerprint(__name__))).encode()).hexdigest()

    def _file(self, signature: object, codegen: Any) -> Path:  # noqa: ANN401 - numba has no types
        settings = (str(signature), codegen.magic_tuple(), *(getattr(config, name, None) for name in _NUMBA_SETTINGS))
        return kernels_folder() / f"{self._stem}-{hashlib.sha256(repr(settings).encode()).hexdigest()[:32]}.kernel"
