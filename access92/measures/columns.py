"""Tables stacked from parts: each column is made once for all parts, not once a part.

A run has some thousand parts of a few dozen rows. As DataFrames of their own, each would make its columns of text anew,
at half a millisecond a column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

Columns = Mapping[str, Any]
"""By name the columns of a part: an array or a list, or one value for all its rows."""


def stack_columns(parts: Sequence[Columns]) -> pd.DataFrame:
    """The parts, which have the same columns, one after the other; an empty table where there are none.

    Examples
    --------
    >>> parts = [{"mode": "walk", "minutes": np.array([1.0, 2.0])}, {"mode": "car", "minutes": np.array([3.0])}]
    >>> stack_columns(parts).values.tolist()
    [['walk', 1.0], ['walk', 2.0], ['car', 3.0]]
    """
    if not parts:
        return pd.DataFrame()
    lengths = [next(len(values) for values in part.values() if not np.isscalar(values)) for part in parts]
    return pd.DataFrame({name: _stacked([part[name] for part in parts], lengths) for name in parts[0]})


def _stacked(values: Sequence[Any], lengths: Sequence[int]) -> np.ndarray:
    """One column: that of each part, or its one value as often as it has rows."""
    if all(np.isscalar(value) for value in values):
        return np.repeat(_array(values), lengths)
    return np.concatenate([_array(value) for value in values])


def _array(values: Any) -> np.ndarray:  # noqa: ANN401 - an array or a list of anything
    """The values; texts as objects, as pandas takes them."""
    array = np.asarray(values)
    return array.astype(object) if array.dtype.kind == "U" else array
