"""The tags of a table of streets as access rules read them: each combination once, for all modes of a family."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from access92._concurrency import LockedCache, locked_cached_property
from access92.network.modes import Family
from access92.sources.streets.maxspeed import parse_maxspeed_kmh

TAGS_READ: Mapping[Family, tuple[str, ...]] = MappingProxyType(
    {
        "foot": (
            "highway", "access", "foot", "bicycle", "wheelchair", "sidewalk", "surface", "tracktype", "smoothness",
            "motorroad", "junction", "oneway", "oneway_foot", "conveying", "incline", "maxwidth_physical", "series",
        ),
        "bicycle": (
            "highway", "access", "foot", "vehicle", "bicycle", "sidewalk", "surface", "tracktype", "smoothness",
            "motorroad", "junction", "oneway", "oneway_bicycle", "oneway_foot", "conveying", "cycleway",
            "cycleway_left", "cycleway_right", "cycleway_both", "series",
        ),
        "car": (
            "highway", "access", "vehicle", "motor_vehicle", "motorcar", "surface", "tracktype", "smoothness",
            "service", "junction", "oneway", "maxwidth", "maxwidth_physical", "series",
        ),
    },
)  # fmt: skip
"""The columns that the rules of a family read."""


@dataclass(frozen=True, slots=True, eq=False)
class Combinations:
    """The combinations of tags of some columns: by street the number of its own, and the tags of each.

    ``of_street``: int64; ``texts``: by column of the table one text a combination, in lower case, '' where none is.
    """

    of_street: np.ndarray
    count: int
    texts: Mapping[str, Sequence[str]]


@dataclass(frozen=True, eq=False)
class StreetTags:
    """The tags of a table of streets; each column and each family is looked through at the first question, once.

    >>> tags = StreetTags(pd.DataFrame({"highway": ["path", "Steps ", "path"], "oneway": [None, True, None]}))
    >>> combinations = tags.combinations("car")
    >>> combinations.of_street.tolist(), dict(combinations.texts)
    ([0, 1, 0], {'highway': ['path', 'steps'], 'oneway': ['', 'yes']})
    """

    streets: pd.DataFrame

    def combinations(self, family: Family) -> Combinations:
        """Those of the tags that the rules of a family read; columns that are absent count as empty."""
        return self._combinations.get(family, lambda: self._find_combinations(family))

    def sign_kmh(self, direction: str) -> np.ndarray:
        """The limit of each street "forward" or "backward": its own, else that of both; NaN where no sign says it."""
        return self._signs.get(direction, lambda: self._read_signs(direction))

    def _find_combinations(self, family: Family) -> Combinations:
        number, count = np.zeros(len(self.streets), dtype=np.int64), min(len(self.streets), 1)
        columns = [name for name in TAGS_READ[family] if name in self.streets.columns]
        for name in columns:
            codes, values = self._column(name)
            if len(values) > 1:
                number, combined = pd.factorize(number * len(values) + codes)
                count = len(combined)
        # the tags of a combination are those of its first street
        first = np.zeros(count, dtype=np.int64)
        first[number[::-1]] = np.arange(len(number))[::-1]
        texts = {name: [self._column(name)[1][code] for code in self._column(name)[0][first]] for name in columns}
        return Combinations(number, count, texts)

    def _read_signs(self, direction: str) -> np.ndarray:
        sign_kmh = np.full(len(self.streets), np.nan)
        if "maxspeed_kmh" in self.streets.columns:
            sign_kmh = pd.to_numeric(self.streets["maxspeed_kmh"], errors="coerce").to_numpy(dtype=float)
        name = f"maxspeed_{direction}"
        if name not in self.streets.columns:
            return sign_kmh
        codes, values = self._column(name)
        own_kmh = np.array([parse_maxspeed_kmh(text) for text in values])[codes]
        return np.where(np.isfinite(own_kmh), own_kmh, sign_kmh)

    def _column(self, name: str) -> tuple[np.ndarray, list[str]]:
        """By street the number of its value in a column, and the values as texts."""
        return self._columns.get(name, lambda: self._find_column(name))

    def _find_column(self, name: str) -> tuple[np.ndarray, list[str]]:
        codes, values = pd.factorize(self.streets[name], use_na_sentinel=False)
        codes = codes.astype(np.min_scalar_type(len(values)))  # most columns have a few values: a byte a street
        return codes, [tag_text(value) for value in values]

    @locked_cached_property
    def _columns(self) -> LockedCache[tuple[np.ndarray, list[str]]]:
        return LockedCache()

    @locked_cached_property
    def _combinations(self) -> LockedCache[Combinations]:
        return LockedCache()

    @locked_cached_property
    def _signs(self) -> LockedCache[np.ndarray]:
        return LockedCache()


def tag_text(value: object) -> str:
    """A tag as plain text; missing → '', True (oneway of OSMnx) → 'yes', numbers as OSM writes them.

    >>> tag_text(" Steps "), tag_text(True), tag_text(-1), tag_text(float("nan"))
    ('steps', 'yes', '-1', '')
    """
    if isinstance(value, str):
        return value.strip().lower()
    if isinstance(value, (bool, np.bool_)):
        return "yes" if value else "no"
    return "" if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124 - NaN
