"""A property computed at its first use, once, however many threads ask; others of its kind are not kept waiting."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from threading import RLock
from typing import Any, Generic, TypeVar, overload

import numpy as np
import shapely

Value = TypeVar("Value")


class locked_cached_property(Generic[Value]):  # noqa: N801 - used like property
    """As ``functools.cached_property``, with a lock for each object: that of Python 3.11 is one for all objects.

    >>> class Town:
    ...     @locked_cached_property
    ...     def streets(self) -> list[str]:
    ...         print("read")
    ...         return ["rue"]
    >>> town = Town()
    >>> town.streets, town.streets
    read
    (['rue'], ['rue'])
    """

    def __init__(self, compute: Callable[[Any], Value]) -> None:
        self._compute = compute
        self._name = compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> locked_cached_property[Value]: ...

    @overload
    def __get__(self, instance: object, owner: type) -> Value: ...

    def __get__(self, instance: object | None, owner: type) -> locked_cached_property[Value] | Value:
        """The value; kept in the object's own dictionary, where Python looks first the next time."""
        if instance is None:
            return self
        kept = instance.__dict__
        with kept.setdefault(f"_{self._name}_lock", RLock()):  # setdefault is atomic
            if self._name not in kept:
                kept[self._name] = self._compute(instance)
            value: Value = kept[self._name]
        return value


@contextmanager
def thread_pool(threads: int) -> Iterator[Executor]:
    """Threads that end with a ``with``, which waits for what they do; what has not begun by then is let go.

    >>> with thread_pool(2) as pool:
    ...     list(pool.map(len, ["a", "bb"]))
    [1, 2]
    """
    pool = ThreadPoolExecutor(threads)
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


Shapes = TypeVar("Shapes", shapely.Geometry, np.ndarray)


def own_prepared(shapes: Shapes) -> Shapes:
    """A copy of a geometry, or of an array of them, prepared.

    A prepared polygon builds its index at the first question; two threads that ask the same one corrupt memory.

    >>> square = shapely.box(0, 0, 1, 1)
    >>> own = own_prepared(square)
    >>> bool(shapely.is_prepared(own)), bool(shapely.is_prepared(square)), own.equals(square)
    (True, False, True)
    """
    copies: Shapes = shapely.from_wkb(shapely.to_wkb(shapes))
    shapely.prepare(copies)
    return copies
