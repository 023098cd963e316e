"""What threads need: cached values with locks of their own, a pool that ends, prepared geometries not shared."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from threading import RLock
from typing import Any, Generic, TypeVar, overload

import numpy as np
import shapely

Value = TypeVar("Value")


class locked_cached_property(Generic[Value]):  # noqa: N801 - used like property
    """A property computed at its first use, once, however many threads ask.

    As ``functools.cached_property``, with a lock for each object: that of Python 3.11 is one for all objects.

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
        """The value; it goes to the dictionary of the object, where Python looks first the next time."""
        if instance is None:
            return self
        values = instance.__dict__
        with values.setdefault(f"_{self._name}_lock", RLock()):  # setdefault is atomic
            if self._name not in values:
                values[self._name] = self._compute(instance)
            value: Value = values[self._name]
        return value


class LockedCache(Generic[Value]):
    """Values by key, each computed once, however many threads ask; they stay as long as the cache does.

    >>> cache = LockedCache[int]()
    >>> cache.get("rue", lambda: 3), cache.get("rue", lambda: 4)
    (3, 3)
    """

    def __init__(self) -> None:
        self._values: dict[Hashable, Value] = {}
        self._locks: dict[Hashable, RLock] = {}

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """The value of a key; ``compute`` is called where nobody has asked for it before."""
        with self._locks.setdefault(key, RLock()):  # setdefault is atomic
            if key not in self._values:
                self._values[key] = compute()
            return self._values[key]


class RecentCache(Generic[Value]):
    """As :class:`LockedCache`, of the ``most`` keys that were asked for last.

    >>> cache = RecentCache[int](1)
    >>> [cache.get(name, lambda: value) for name, value in (("rue", 3), ("rue", 4), ("pont", 5), ("rue", 6))]
    [3, 3, 5, 6]
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._recent: dict[Hashable, LockedCache[Value]] = {}  # the last one last
        self._lock = RLock()

    def get(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """The value of a key; ``compute`` is called where nobody has asked for it lately."""
        with self._lock:
            entry = self._recent.pop(key, None) or LockedCache[Value]()
            self._recent[key] = entry
            for forgotten in list(self._recent)[: -self._most]:
                del self._recent[forgotten]
        return entry.get(key, compute)


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


def prepared_copy(shapes: Shapes) -> Shapes:
    """A copy of a geometry, or of an array of them, prepared.

    A prepared polygon builds its index at the first question; two threads that ask the same one corrupt memory.

    >>> square = shapely.box(0, 0, 1, 1)
    >>> copy = prepared_copy(square)
    >>> bool(shapely.is_prepared(copy)), bool(shapely.is_prepared(square)), copy.equals(square)
    (True, False, True)
    """
    copies: Shapes = shapely.from_wkb(shapely.to_wkb(shapes))
    shapely.prepare(copies)
    return copies
