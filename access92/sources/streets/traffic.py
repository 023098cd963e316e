"""What a streets file says about its nodes and its turns, beside the streets: barriers, signals, restrictions."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

NODE_TAGS = (
    "highway", "barrier", "crossing", "crossing_signals", "traffic_signals", "entrance", "kerb", "access", "foot",
    "vehicle", "bicycle", "motor_vehicle", "motorcar", "wheelchair", "maxwidth", "maxwidth_physical", "locked",
)  # fmt: skip
"""The tags of a node that decide who passes it and how long it takes; ``:`` becomes ``_`` in the name of a column."""

RESTRICTION_COLUMNS = (
    "relation_id", "kind", "from_way", "via_node", "via_ways", "to_way", "except_for", "only_for", "condition",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class TrafficRules:
    """The rules that hang on nodes and turns of a streets table.

    Attributes
    ----------
    nodes
        One row a node of some street that may stop somebody or cost time by its :data:`NODE_TAGS` (a barrier, signals,
        a lift, a kerb that is not lowered, an entrance with an access tag; no unsignalled crossing), sorted by
        ``node_id``: ``node_id`` (int64, the numbers of ``from_node`` and ``to_node``: streets are cut at each of these
        nodes), ``x`` and ``y`` (in the CRS of the streets), then a text column a tag, '' where absent.
    restrictions
        One row a turn restriction, sorted by ``relation_id``: ``kind`` (text: « no_left_turn », « only_straight_on »,
        « no_u_turn »…), ``from_way`` and ``to_way`` (int64 OSM way ids; of the edges « w<way>-<rank> » of that way the
        one that touches the via), ``via_node`` (int64, or -1 where ways are between), ``via_ways`` (text: way ids
        joined by « ; » in the order of travel, '' for a node), ``except_for`` (text, the values of ``except``:
        « bicycle;psv »), ``only_for`` (text: the vehicle of ``restriction:hgv`` and the like, '' for all),
        ``condition`` (text of ``restriction:conditional`` after the @, '' where it always holds). A restriction of
        several from or to ways (``no_entry``, ``no_exit``) is one row for each pair.
    """

    nodes: pd.DataFrame
    restrictions: pd.DataFrame


def no_traffic_rules() -> TrafficRules:
    """The rules of a file that knows none.

    >>> rules = no_traffic_rules()
    >>> len(rules.nodes), len(rules.restrictions)
    (0, 0)
    """
    texts = pd.Series([], dtype=object)
    numbers = pd.Series([], dtype="int64")
    places = pd.Series([], dtype="float64")
    nodes = pd.DataFrame({"node_id": numbers, "x": places, "y": places} | dict.fromkeys(NODE_TAGS, texts))
    whole = ("relation_id", "from_way", "via_node", "to_way")
    restrictions = pd.DataFrame({name: numbers if name in whole else texts for name in RESTRICTION_COLUMNS})
    return TrafficRules(nodes, restrictions)
