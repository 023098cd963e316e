"""The street network of each mode, packed for the page of a run: whole centimetres, millimetres and milliseconds.

The page links a new place and searches as :mod:`access92.network.snapping` and :mod:`access92.travel.kernels` do, on
the same numbers: so what is packed is exact, or what follows exactly from it. What all modes share (lines, nodes,
lengths, names) is packed once, in the order of the streets table; of a mode then only what it may do on each street,
and where its graph is not simply that of the table: junctions copied where a turn is banned, a barrier stands or a
private street begins. ``run_map_network.js`` reads it; the format is in docs/format_reseau.md.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from access92._space import hilbert_distance, unique_cells
from access92.network.access_rules import StreetSpeeds, street_speeds, whole_mm
from access92.network.graph import CLOSED, LONGEST_MS, MS_PER_MIN, Network
from access92.network.lines import StreetLines
from access92.network.slopes import has_slopes
from access92.outputs.maps.encoding import varints
from access92.outputs.maps.run_map.packing import blob
from access92.travel.router import Router

ENDS = ("leave_to_node", "leave_from_node", "arrive_from_node", "arrive_to_node")
"""Arrays of a network that name the nodes of each street, in the order in which they are packed."""

_END_OF_STREET = (1, 0, 0, 1)
"""Of each of ``ENDS`` the end of the street that it is at: 0 = from_node, 1 = to_node."""

_FAST_KMH = 1000.0
"""A walking speed above all: what a street then allows is its own cap."""

_NUMBERED = re.compile(r"^([^\d\n]*)([0-9]{1,15})(?:-(0|[1-9][0-9]{0,8}))?$", re.MULTILINE)
"""Identifiers that are two numbers behind a word: « w<way>-<rank> » of OpenStreetMap, « demo-001234 »."""


@dataclass(frozen=True, slots=True, eq=False)
class PageStreets:
    """The streets that the page carries: those that a mode uses, or that decide how far places link.

    ``row``: rows of the streets table (int64, ascending); ``lines``: their vertices; ``ends``: (2, n) node numbers,
    along a Hilbert curve; ``node_cm``: (nodes, 2) whole centimetres; ``routers``: by mode, on those streets.
    """

    row: np.ndarray
    lines: StreetLines
    ends: np.ndarray
    node_cm: np.ndarray
    routers: Mapping[str, Router]


def page_streets(routers: Mapping[str, Router]) -> PageStreets:
    """The streets of these routers (by mode; all of one study, on one table)."""
    first = next(iter(routers.values()))
    used = np.zeros(len(first.streets), dtype=bool)
    for router in routers.values():
        used[router.network.street_row] = True
        used |= router.links.open_to_one(router.mode.family)[router.study_row]
    row = np.flatnonzero(used)
    lines = first.lines.lines.part(row)

    # nodes where streets meet; each stands where the first of its streets ends
    names = np.stack([first.streets[name].to_numpy(np.int64)[row] for name in ("from_node", "to_node")])
    _, first_end, node = np.unique(names.reshape(-1), return_index=True, return_inverse=True)
    at_cm = _whole_cm(_end_points(lines).reshape(-1, 2)[first_end])
    order = np.argsort(hilbert_distance(*at_cm.astype(float).T), kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return PageStreets(row, lines, rank[node.reshape(2, -1)], at_cm[order], dict(routers))


def pack_streets(streets: PageStreets) -> str:
    """What all modes share, as the page reads it."""
    router = next(iter(streets.routers.values()))
    columns = [name for name in ("edge_id", "length_m", "highway", "name") if name in router.streets.columns]
    table = pd.DataFrame({name: router.streets[name].take(streets.row) for name in columns})
    start, end = streets.ends
    vertices_cm, offsets = _whole_cm(streets.lines.coordinates), streets.lines.offsets
    length_mm = np.rint(whole_mm(table["length_m"].to_numpy(float)) * 1000).astype(np.int64)
    drawn_m = router.links.index.length_m[router.study_row[streets.row]]
    ratio = 1000 * float(length_mm.sum() / 1000 / max(drawn_m.sum(), 1.0))
    origin = streets.node_cm.min(axis=0)
    at_ends_cm = np.stack([vertices_cm[offsets[:-1]], vertices_cm[offsets[1:] - 1]])
    class_of, classes = pd.factorize(table["highway"].astype(str), sort=True)
    names, name_of = _by_first_appearance(_names(table))
    id_shape, ids = _pack_ids(table["edge_id"].astype(str).to_numpy())
    head = {
        "nodes": len(streets.node_cm), "streets": len(streets.row), "origin_cm": origin.tolist(),
        "mm_per_drawn_m": ratio, "classes": classes.tolist(), "ids": id_shape,
    }  # fmt: skip
    parts = {
        # of nodes the steps from one to the next; of streets those from the end of the street before
        "nodes": varints(np.diff(streets.node_cm - origin, axis=0, prepend=0).ravel()),
        "from": varints(start - np.append(0, end[:-1])),
        "to": varints(end - start),
        "bends": varints(np.diff(offsets) - 2),
        "vertices": varints(_bends(vertices_cm, offsets)),
        "moved_ends": varints(_sparse(at_ends_cm.reshape(-1, 2) - streets.node_cm[streets.ends.reshape(-1)])),
        "lengths": varints(length_mm - np.rint(drawn_m * ratio).astype(np.int64)),
        "classes": class_of.astype(np.uint8).tobytes(),
        "names": varints(np.diff(name_of, prepend=0)),
        "texts": "\n".join(names).encode("utf-8"),
        **ids,
    }
    for family in sorted({item.mode.family for item in streets.routers.values()}):
        parts[f"links_{family}"] = _link_flags(router, family, streets.row).tobytes()
    return pack_parts(head, parts)


def pack_mode(streets: PageStreets, mode: str) -> str:
    """The network of a mode on the shared streets, as the page reads it."""
    router = streets.routers[mode]
    network = router.network
    at = np.searchsorted(streets.row, network.street_row)
    number = _page_numbers(streets, network, at)
    codes, table, rest = _street_codes(router, network)
    of_street = np.zeros(len(streets.row), dtype=np.int64)
    of_street[at] = 1 + codes

    # nodes that are not those of the table, end by end; then arcs that do not follow from streets and ends
    ends = np.stack([number[getattr(network, name)] for name in ENDS])
    plain = streets.ends[list(_END_OF_STREET)][:, at]
    removed, added = _other_arcs(network, number, at, ends)
    head = {
        "family": router.mode.family, "nodes": int(number.max(initial=-1)) + 1, "codes": table,
        "speed_kmh": router.mode.speed_kmh, "access_kmh": router.mode.access_speed_kmh,
        "parking_ms": round(router.mode.parking_min * MS_PER_MIN), "typical_arc_ms": network.typical_arc_ms,
        "walks": router.mode.walks, "cruises": router.mode.walks and not has_slopes(router.streets),
        "slowest_kmh": router.mode.steps_speed_kmh or 0,
    }  # fmt: skip
    parts = {
        "codes": varints(of_street),
        "waits": varints(_sparse(rest.reshape(-1, 1))),
        "ends": varints(_sparse((ends - plain).reshape(-1, 1))),
        "removed": varints(np.diff(removed, prepend=0)),
        "added": varints(np.diff(added, axis=0, prepend=0).ravel()),
    }
    return pack_parts(head, parts)


def pack_parts(head: Mapping[str, Any], parts: Mapping[str, bytes]) -> str:
    """Named bytes behind a line of JSON that says how long each is, for the page."""
    sizes = [[name, len(content)] for name, content in parts.items()]
    text = json.dumps({**head, "sizes": sizes}, separators=(",", ":"), ensure_ascii=True)
    return blob(b"".join([text.encode("ascii"), b"\n", *parts.values()]))


def _whole_cm(metres: np.ndarray) -> np.ndarray:
    cm: np.ndarray = np.rint(metres * 100).astype(np.int64)
    return cm


def _end_points(lines: StreetLines) -> np.ndarray:
    """First and last vertices of lines: (2, n, 2)."""
    points: np.ndarray = lines.coordinates[np.stack([lines.offsets[:-1], lines.offsets[1:] - 1])]
    return points


def _bends(vertices_cm: np.ndarray, offsets: np.ndarray) -> np.ndarray:
    """The vertices between the ends of each street as steps (x, y) from where an even spacing would have them.

    From the vertex before the rest of the street is taken as a straight line, in as many equal parts as are left.

    >>> _bends(np.array([[0, 0], [5, 1], [9, 0]]), np.array([0, 3])).tolist()
    [1, 1]
    """
    inner = np.ones(len(vertices_cm), dtype=bool)
    inner[offsets[:-1]] = inner[offsets[1:] - 1] = False
    at = np.flatnonzero(inner)
    last = np.repeat(offsets[1:] - 1, np.diff(offsets) - 2)
    before, end = vertices_cm[at - 1], vertices_cm[last]
    even = before + (end - before) // (last - at + 1)[:, None]
    steps: np.ndarray = (vertices_cm[at] - even).ravel()
    return steps


def _sparse(rows: np.ndarray) -> np.ndarray:
    """The rows (n, k) that are not all 0: for each how many rows after the one before it stands, and its numbers.

    >>> _sparse(np.array([[0], [0], [7], [0], [-1]])).tolist()
    [3, 7, 2, -1]
    """
    at = np.flatnonzero(rows.any(axis=1))
    return np.column_stack([np.diff(at, prepend=-1), rows[at]]).ravel()


def _names(table: pd.DataFrame) -> np.ndarray:
    """The names of streets, one line each; "" where there is none."""
    if "name" not in table.columns:
        return np.full(len(table), "", dtype=object)
    codes, distinct = pd.factorize(table["name"].astype(object).fillna("").astype(str))
    names: np.ndarray = np.array([" ".join(str(name).split()) for name in distinct], dtype=object)[codes]
    return names


def _by_first_appearance(texts: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The distinct texts as they first appear, and the number of each."""
    codes, distinct = pd.factorize(texts)
    return [str(text) for text in distinct], codes.astype(np.int64)


def _pack_ids(ids: np.ndarray) -> tuple[list[Any], dict[str, bytes]]:
    """Identifiers of streets as numbers where all are such, else as lines of JSON texts; how numbers are written.

    >>> shape, parts = _pack_ids(np.array(["w12-0", "w7-12"]))
    >>> shape, parts["ways"].hex(), parts["ranks"].hex()
    (['w', 0], '1809', '0218')
    """
    # one search in all of them: a hundred thousand searches take a second
    text = "\n".join(ids)
    found = _NUMBERED.findall(text) if text.count("\n") < max(len(ids), 1) else []
    word = found[0][0] if found else ""
    width = max((len(number) for _, number, _ in found if number[0] == "0"), default=0)
    is_numbered = len(found) == len(ids) and all(
        other == word and (number[0] != "0" or len(number) == width) and len(number) >= width
        for other, number, _ in found
    )
    if not is_numbered:
        return [], {"ids": "\n".join(json.dumps(text) for text in ids).encode("utf-8")}
    way = np.array([int(number) for _, number, _ in found], dtype=np.int64)
    rank = np.array([int(number) + 1 if number else 0 for _, _, number in found], dtype=np.int64)
    return [word, width], {
        "ways": varints(np.diff(way, prepend=0)), "ranks": varints(np.diff(rank, prepend=0))
    }  # fmt: skip


def _link_flags(router: Router, family: Any, row: np.ndarray) -> np.ndarray:  # noqa: ANN401 - a Family
    """By street (uint8): 1 = has doors, 2 = open to one, 4 = open to all, 8 = open to the public, 16 = private."""
    links = router.links
    masks = (
        links.linkable, links.open_to_one(family), links.open_to_all(family), links.open_to_public(family),
        links.private(family),
    )  # fmt: skip
    flags = np.zeros(len(row), dtype=np.uint8)
    for bit, mask in enumerate(masks):
        flags |= mask[router.study_row[row]].astype(np.uint8) << bit
    return flags


def _page_numbers(streets: PageStreets, network: Network, at: np.ndarray) -> np.ndarray:
    """The number in the page of each node of a network: that of the table's node, further ones for copies.

    Of the nodes at one node of the table the one that most streets end at has its number.
    """
    plain = streets.ends[list(_END_OF_STREET)][:, at].reshape(-1)
    node = np.concatenate([getattr(network, name) for name in ENDS]).astype(np.int64)
    pairs, uses = np.unique(plain * network.node_count + node, return_counts=True)
    ground, mode_node = pairs // network.node_count, pairs % network.node_count
    order = np.lexsort((mode_node, -uses, ground))
    first = order[np.diff(ground[order], prepend=-1) != 0]
    number = np.full(network.node_count, -1, dtype=np.int64)
    number[mode_node[first]] = ground[first]
    copies = np.flatnonzero(number < 0)
    number[copies] = len(streets.node_cm) + np.arange(len(copies))
    return number


def _street_codes(router: Router, network: Network) -> tuple[np.ndarray, list[list[float]], np.ndarray]:
    """What a mode does on each street of its network, in few codes, and what its milliseconds have over them.

    The codes (int64), a row for each code (km/h along and against, at most; factor; seconds of a lift; 1 where it
    serves homes, 2 where services, 3 where both), and (2, n) milliseconds more along and against: waits and slopes.
    """
    streets, mode = router.streets, router.mode
    speeds = _speeds_of(router, network, mode)
    caps = _speeds_of(router, network, replace(mode, speed_kmh=_FAST_KMH)) if mode.walks else speeds
    length_m = whole_mm(streets["length_m"].to_numpy(float)[network.street_row])
    rest = np.zeros((2, len(length_m)), dtype=np.int64)
    columns = []
    for i, (ms, kmh, cap) in enumerate((
        (network.forward_ms, speeds.forward_kmh, caps.forward_kmh),
        (network.backward_ms, speeds.backward_kmh, caps.backward_kmh),
    )):  # fmt: skip
        is_open = ms != CLOSED
        with np.errstate(divide="ignore", invalid="ignore"):
            seconds = np.where(is_open, length_m * 3.6 / kmh * speeds.factor + speeds.lift_s, 0.0)
        rest[i] = np.where(is_open, ms - np.clip(np.rint(seconds * 1000), 1, LONGEST_MS), 0).astype(np.int64)
        columns.append(np.where(is_open, cap, 0.0))
    serves = network.serves_demand + 2 * network.serves_services.astype(np.int64)
    each = np.column_stack([*columns, speeds.factor, speeds.lift_s, serves])
    # one number a row: numpy sorts rows of six far slower
    row_number = np.zeros(len(each), dtype=np.int64)
    for column in each.T:
        of, distinct = pd.factorize(column)
        row_number = row_number * len(distinct) + of
    _, first, codes, uses = np.unique(row_number, return_index=True, return_inverse=True, return_counts=True)
    rows = each[first]
    order = np.argsort(-uses, kind="stable")
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return rank[codes.reshape(-1)], rows[order].tolist(), rest


def _speeds_of(router: Router, network: Network, mode: Any) -> StreetSpeeds:  # noqa: ANN401 - a Mode
    """The speeds on the streets of a network."""
    speeds = street_speeds(router.links.streets, mode, has_elevation=has_slopes(router.streets), tags=router.links.tags)
    row = router.study_row[network.street_row]
    return StreetSpeeds(
        speeds.forward_kmh[row], speeds.backward_kmh[row], speeds.factor[row], speeds.lift_s[row], speeds.private[row]
    )


def _other_arcs(
    network: Network, number: np.ndarray, at: np.ndarray, ends: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How the arcs differ from those that streets and their ends make, in numbers of the page.

    An open direction of street i makes the arc 2 i (along) or 2 i + 1 (against), from where it is entered to where it
    is left. Those that are not there (int64, ascending), and (m, 4) others: tail, head, directed street of the page
    (2 i or 2 i + 1; -1: none), milliseconds where it has none.
    """
    leave_to, leave_from, arrive_from, arrive_to = ends
    along, against = network.forward_ms != CLOSED, network.backward_ms != CLOSED
    tail = np.stack([arrive_from, arrive_to], axis=1).reshape(-1)
    head = np.stack([leave_to, leave_from], axis=1).reshape(-1)
    ms = np.stack([network.forward_ms, network.backward_ms], axis=1).reshape(-1).astype(np.int64)
    directed = np.stack([2 * at, 2 * at + 1], axis=1).reshape(-1)
    is_open = np.stack([along, against], axis=1).reshape(-1)
    heads = np.repeat(np.arange(network.node_count), np.diff(network.arc_start))
    made_arcs = np.stack([tail, head, ms])[:, is_open]
    real_arcs = np.stack([number[network.arcs[:, 0]], number[heads], network.arcs[:, 1].astype(np.int64)])
    if _are_same_arcs(made_arcs, real_arcs):
        return np.empty(0, dtype=np.int64), np.empty((0, 4), dtype=np.int64)

    # equal arcs one with one
    key = ["tail", "head", "ms"]
    made = pd.DataFrame(made_arcs.T, columns=key).assign(directed=directed[is_open])
    arcs = pd.DataFrame(real_arcs.T, columns=key)
    for table in (made, arcs):
        table["again"] = table.groupby(key).cumcount()
    both = made.merge(arcs, on=[*key, "again"], how="outer", indicator=True)
    removed = np.sort(both.loc[both["_merge"] == "left_only", "directed"].to_numpy(np.int64))
    others = both[both["_merge"] == "right_only"]

    # an arc between copies travels the street that joins their junctions in as much time
    ground = _ground_of(number, network, ends)
    streets_between: dict[tuple[int, int, int], list[int]] = {}
    for one, other, time_ms, street in zip(
        ground[tail[is_open]].tolist(), ground[head[is_open]].tolist(), ms[is_open].tolist(),
        directed[is_open].tolist(), strict=True,
    ):  # fmt: skip
        streets_between.setdefault((one, other, time_ms), []).append(street)
    added = []
    for one, other, time_ms in zip(*(others[name].tolist() for name in key), strict=True):
        of = streets_between.get((int(ground[one]), int(ground[other]), time_ms), [-1]) if time_ms > 0 else [-1]
        added.append((one, other, of[0], 0 if of[0] >= 0 else time_ms))
    return removed, np.array(sorted(added), dtype=np.int64).reshape(-1, 4)


def _are_same_arcs(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether arcs (3, n: tail, head, milliseconds) are the same in any order, of parallel ones as many.

    >>> _are_same_arcs(np.array([[0, 1], [1, 0], [5, 7]]), np.array([[1, 0], [0, 1], [7, 5]]))
    True
    >>> _are_same_arcs(np.array([[0, 0], [1, 1], [5, 7]]), np.array([[0, 0], [1, 1], [7, 7]]))
    False
    """
    if one.shape != other.shape:
        return False
    sizes = 1 + np.maximum(one.max(axis=1, initial=0), other.max(axis=1, initial=0))
    # an arc as one number, where 63 bits hold it, is sorted ten times as fast
    if math.prod(sizes.tolist()) < 2**63:
        one, other = (np.ravel_multi_index(tuple(arcs), tuple(sizes))[None] for arcs in (one, other))
        return np.array_equal(np.sort(one), np.sort(other))
    return np.array_equal(one[:, np.lexsort(one)], other[:, np.lexsort(other)])


def _ground_of(number: np.ndarray, network: Network, ends: np.ndarray) -> np.ndarray:
    """By number of the page of a node where it stands: nodes at one place have one number, whatever it is."""
    place = unique_cells(_whole_cm(np.column_stack([network.node_x, network.node_y])))[1]
    ground = np.full(int(max(number.max(initial=0), ends.max(initial=0))) + 1, -1, dtype=np.int64)
    ground[number] = place
    return ground


def mode_names(routers: Mapping[str, Router], modes: Sequence[str]) -> list[str]:
    """Of some modes those that have a network in the page: no mode that takes vehicles."""
    return [name for name in modes if name in routers and routers[name].rider is None]
