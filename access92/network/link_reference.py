"""The streets that decide how far places link: those of the whole study, whatever a scenario closes or a mode avoids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import geopandas as gpd
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from access92._concurrency import locked_cached_property
from access92.network.access_rules import directed_seconds
from access92.network.lines import SharedLines
from access92.network.linkable import is_linkable
from access92.network.modes import Family, read_modes
from access92.network.street_index import StreetIndex, index_lines

_FREEST: Mapping[Family, str] = MappingProxyType({"foot": "walk", "bicycle": "bike", "car": "car"})
"""Of each family the shipped mode that may use most streets."""


@dataclass(frozen=True, eq=False)
class LinkReference:
    """A table of streets as places link to it: which streets, and an index of them; built at the first question.

    ``shared_lines``: the vertices of the streets, where they are unpacked already.
    """

    streets: gpd.GeoDataFrame
    shared_lines: SharedLines | None = None

    @locked_cached_property
    def lines(self) -> SharedLines:
        """The vertices of all the streets, in metres."""
        return self.shared_lines or SharedLines(self.streets.geometry)

    @locked_cached_property
    def linkable(self) -> np.ndarray:
        """Whether places may link to each street (bool): :func:`access92.network.linkable.is_linkable`."""
        return is_linkable(self.streets)

    @locked_cached_property
    def index(self) -> StreetIndex:
        """The index of all the streets, in their order."""
        return index_lines(self.lines.lines)

    def nearest_counts(self, family: Family) -> np.ndarray:
        """The streets (bool) whose distance decides how far the modes of a family link.

        Linkable streets that the freest shipped mode of the family may use, in the largest part that hangs together: a
        path in a closed courtyard is nobody's nearest street.
        """
        return {"foot": lambda: self._on_foot, "bicycle": lambda: self._by_bicycle, "car": lambda: self._by_car}[
            family
        ]()

    @locked_cached_property
    def _on_foot(self) -> np.ndarray:
        return self._largest_part("foot")

    @locked_cached_property
    def _by_bicycle(self) -> np.ndarray:
        return self._largest_part("bicycle")

    @locked_cached_property
    def _by_car(self) -> np.ndarray:
        return self._largest_part("car")

    def _largest_part(self, family: Family) -> np.ndarray:
        forward_s, backward_s = directed_seconds(self.streets, read_modes()[_FREEST[family]])
        usable = np.isfinite(forward_s) | np.isfinite(backward_s)
        ends = [self.streets[name].to_numpy(np.int64)[usable] for name in ("from_node", "to_node")]
        nodes, codes = np.unique(np.stack(ends), return_inverse=True)
        start, end = codes.reshape(2, -1)
        graph = coo_array((np.ones(len(start), dtype=np.int8), (start, end)), shape=(len(nodes), len(nodes)))
        _, part = connected_components(graph, directed=False)
        counts = usable & self.linkable
        if len(start):
            # by streets, not by nodes: of two parts the one that serves more doors
            counts[usable] &= part[start] == np.bincount(part[start]).argmax()
        return counts
