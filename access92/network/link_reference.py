"""The streets that decide how far places link: those of the whole study, whatever is closed and whoever goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from access92._concurrency import LockedCache, RecentCache, locked_cached_property
from access92.errors import Fault, input_error
from access92.network.access_rules import directed_access
from access92.network.graph import value_faults
from access92.network.lines import SharedLines
from access92.network.linkable import is_linkable
from access92.network.modes import Family, Mode, read_modes
from access92.network.node_rules import node_effects
from access92.network.reach import largest_part, node_mask, node_ranks
from access92.network.slopes import has_slopes, sloped_seconds
from access92.network.street_index import StreetIndex, index_lines
from access92.network.street_tags import StreetTags
from access92.network.topology import Topologies
from access92.sources.streets.traffic import TrafficRules

_FREEST: Mapping[Family, str] = MappingProxyType({"foot": "walk", "bicycle": "bike", "car": "car"})
"""Of each family the shipped mode that may use most streets."""

_STRICTEST: Mapping[Family, str] = MappingProxyType({"foot": "walk_wheelchair", "bicycle": "bike", "car": "car"})
"""Of each family the shipped mode that may use fewest: where it may go, all others may."""

_PLACES_KEPT = 8
"""Of how many sets of places the streets near them are remembered: services, those of variants, other limits."""


@dataclass(frozen=True, eq=False)
class LinkReference:
    """A table of streets as places link to it: which streets, and an index of them; built at the first question.

    ``shared_lines``: the vertices of the streets, where they are unpacked already. ``traffic``: the rules of their
    nodes; what lies behind a barrier is nobody's nearest street.
    """

    streets: gpd.GeoDataFrame
    shared_lines: SharedLines | None = None
    traffic: TrafficRules | None = None

    def rows_of(self, part: gpd.GeoDataFrame) -> np.ndarray:
        """The rows of the reference (int64, ascending) that a table of some of its streets holds, by ``edge_id``.

        Raises
        ------
        InputError
            The table is not such a part: a street is not of the reference, or two go by one name.
        """
        # by identity: a study has few tables, and asks often; the cache keeps them, and so their ids stay theirs
        return self._rows.get(id(part), lambda: (part, self._find_rows(part)))[1]

    @locked_cached_property
    def _rows(self) -> LockedCache[tuple[gpd.GeoDataFrame, np.ndarray]]:
        return LockedCache()

    def _find_rows(self, part: gpd.GeoDataFrame) -> np.ndarray:
        if part is self.streets:
            return np.arange(len(part))
        # by Arrow, as pandas makes a Python object of each text of a large table
        ids, part_ids = (pa.array(table["edge_id"]).cast(pa.large_string()) for table in (self.streets, part))
        rows = np.flatnonzero(pc.is_in(ids, value_set=part_ids))
        if not len(rows) == len(part) == pc.count_distinct(part_ids).as_py():
            raise input_error(
                "Des rues ne se retrouvent pas, une par identifiant, parmi celles de l'étude.",
                f"table des rues, {len(part)} rues dont {len(rows)} parmi les {len(self.streets)} de l'étude",
                "Donner à chaque rue un edge_id qui n'est qu'à elle.",
            )
        return rows

    @locked_cached_property
    def lines(self) -> SharedLines:
        """The vertices of all the streets, in metres."""
        return self.shared_lines or SharedLines(self.streets.geometry)

    @locked_cached_property
    def linkable(self) -> np.ndarray:
        """Whether places may link to each street (bool): :func:`access92.network.linkable.is_linkable`."""
        return is_linkable(self.streets)

    @locked_cached_property
    def tags(self) -> StreetTags:
        """The combinations of tags of all the streets."""
        return StreetTags(self.streets)

    @locked_cached_property
    def faults(self) -> tuple[Fault, ...]:
        """What in the values of the streets no network can be built on."""
        return value_faults(self.streets)

    @locked_cached_property
    def topologies(self) -> Topologies:
        """The graphs of the streets, which modes with the same ways share."""
        return Topologies(self.streets, self.lines.lines, self.traffic)

    @locked_cached_property
    def index(self) -> StreetIndex:
        """The index of all the streets, in their order."""
        return index_lines(self.lines.lines)

    @locked_cached_property
    def near_places(self) -> RecentCache[tuple[np.ndarray, StreetIndex]]:
        """The rows of the streets near some places, and their index: modes and scenarios ask for the same places."""
        return RecentCache(_PLACES_KEPT)

    def open_to_one(self, family: Family) -> np.ndarray:
        """The linkable streets (bool) that the freest shipped mode of a family may use, in their main part.

        Only there, as in the networks of modes: a path in a closed courtyard is nobody's nearest street. Private ways
        count: whoever lives on one leaves by it.
        """
        return self._main_part(_FREEST[family])

    def open_to_all(self, family: Family) -> np.ndarray:
        """Of :meth:`open_to_one` the streets (bool) that the strictest shipped mode of a family may use.

        Without private ways, and their main part there: barriers may leave that mode its largest part in a courtyard.
        """
        return self._main_part(_STRICTEST[family], within=_FREEST[family])

    def open_to_public(self, family: Family) -> np.ndarray:
        """Of :meth:`open_to_one` the streets (bool) without private ways and what lies behind them."""
        return self._main_part(_FREEST[family], within=_FREEST[family])

    def private(self, family: Family) -> np.ndarray:
        """The streets (bool) that are private to a family, or that it reaches through private ones only."""
        return self._parts.get(f"private {family}", lambda: self._find_private(family))

    def _find_private(self, family: Family) -> np.ndarray:
        is_private = self._travel(_FREEST[family]).private
        if is_private.any():
            is_private = is_private | (self.open_to_one(family) & ~self.open_to_public(family))
        return is_private

    def _main_part(self, name: str, *, within: str | None = None) -> np.ndarray:
        """The linkable streets (bool) of a mode's main part; or, public ones only, within that of another mode."""
        if name == within and not self._travel(name).private.any():
            within = None  # without private streets both are one
        return self._parts.get(f"{name} within {within}", lambda: self._find_main_part(name, within))

    def _find_main_part(self, name: str, within: str | None) -> np.ndarray:
        travel = self._travel(name)
        if within is not None:
            # streets without doors lead on all the same
            public = ~travel.private & _main_part(self._travel(within))
            travel = replace(travel, ahead=travel.ahead & public, back=travel.back & public)
        main: np.ndarray = self.linkable & _main_part(travel)
        return main

    @locked_cached_property
    def _parts(self) -> LockedCache[np.ndarray]:
        return LockedCache()

    def _travel(self, name: str) -> _Travel:
        """Where a shipped mode may go, past the barriers of nodes."""
        return self._travels.get(name, lambda: self._find_travel(read_modes()[name]))

    @locked_cached_property
    def _travels(self) -> LockedCache[_Travel]:
        return LockedCache()

    def _find_travel(self, mode: Mode) -> _Travel:
        forward_s, backward_s, private = directed_access(
            self.streets, mode, has_elevation=has_slopes(self.streets), tags=self.tags
        )
        forward_s, backward_s = sloped_seconds(self.streets, mode, (forward_s, backward_s))
        ahead, back = np.isfinite(forward_s), np.isfinite(backward_s)
        ends = np.stack([self.streets[name].to_numpy(np.int64) for name in ("from_node", "to_node")])
        if self.traffic is not None and len(self.traffic.nodes):
            usable = np.flatnonzero(ahead | back)
            effects = node_effects(self.streets, usable, self.lines.lines, self.traffic, mode)
            private = private.copy()
            ends[:, usable], private[usable] = effects.ends, private[usable] | effects.behind_private_gate
        return _Travel(ahead, back, private, ends)


@dataclass(frozen=True, slots=True)
class _Travel:
    """By street whether a mode may go along and against it, whether it is private (bool), and its nodes (2, n)."""

    ahead: np.ndarray
    back: np.ndarray
    private: np.ndarray
    ends: np.ndarray


def _main_part(travel: _Travel) -> np.ndarray:
    """The streets (bool) that a mode may use in the part that it can go all around, as in the network of the mode."""
    ahead, back = travel.ahead, travel.back
    usable = ahead | back
    codes, count = node_ranks(travel.ends)
    start, end = codes.reshape(2, -1)
    tail, head = np.concatenate([start[ahead], end[back]]), np.concatenate([end[ahead], start[back]])
    street = np.concatenate([2 * np.flatnonzero(ahead), 2 * np.flatnonzero(back) + 1])
    main = largest_part(tail, head, street, count, within=node_mask(count, start[usable], end[usable]))
    whole: np.ndarray = usable & main[start] & main[end]
    return whole
