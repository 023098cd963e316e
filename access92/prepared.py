"""Shapes prepared for many questions, each caller its own copy: an index built inside GEOS knows no threads."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import shapely

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
