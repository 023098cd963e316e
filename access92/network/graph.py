"""The directed graph of a mode, in arrays, with integer milliseconds on each arc."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from access92._space import hilbert_distance
from access92.errors import InputError, input_error
from access92.network.access_rules import directed_seconds
from access92.network.lines import StreetLines, street_lines
from access92.network.modes import Mode
from access92.network.slopes import sloped_seconds
from access92.sources.streets.traffic import TrafficRules
from access92.study.street_checks import street_value_faults

LONGEST_MS = 1 << 30
"""Twelve days, beyond all limits of a search: a sum of a time within a limit and of this one is still an int32."""

CLOSED = -1
"""Milliseconds of a direction that the mode may not use."""

MS_PER_MIN = 60_000


@dataclass(frozen=True, slots=True)
class Network:
    """The streets that one mode can use: its main strongly connected component, in arrays.

    Times are whole milliseconds (int32), so that sums are exact and « strictly less than 20 minutes »
    is decided on integers: rounding an edge to the millisecond moves a 20-minute walk over 500 edges
    by less than 0.25 s, and no two ways of adding the same edges differ.

    Nodes are numbered along a Hilbert curve. ``street_*`` arrays describe usable streets:
    ``street_row`` is the row in the streets table, ``street_from``/``street_to`` node positions,
    ``forward_ms``/``backward_ms`` the time along and against the geometry (``CLOSED`` where not allowed).
    ``arc_start``/``arcs`` are the *reversed* graph in CSR form: for node v, ``arcs[arc_start[v]:
    arc_start[v + 1]]`` are pairs (u, ms of u → v), so that a search from a service runs backwards,
    *towards* it. Parallel arcs all stay.
    """

    mode: Mode
    node_x: np.ndarray
    node_y: np.ndarray
    street_row: np.ndarray
    street_from: np.ndarray
    street_to: np.ndarray
    forward_ms: np.ndarray
    backward_ms: np.ndarray
    arc_start: np.ndarray
    arcs: np.ndarray
    typical_arc_ms: int  # median, for the width of the buckets of the search
    length_km: float
    cut_off_nodes: int
    cut_off_length_km: float

    def __post_init__(self) -> None:
        """Check once, for all searches, what compiled code trusts: every index in range, every time an int32 that adds.

        Raises
        ------
        ValueError
            An index or a time is out of range: a bug, or a damaged cache.
        """
        count, arcs = len(self.node_x), self.arcs
        in_range = [
            len(self.arc_start) == count + 1 and self.arc_start[0] == 0 and self.arc_start[-1] == len(arcs),
            bool((self.arc_start[1:] >= self.arc_start[:-1]).all()),
            all(_within(numbers, 0, count - 1) for numbers in (self.street_from, self.street_to, arcs[:, 0])),
            _within(arcs[:, 1], 0, LONGEST_MS),
            all(_within(ms, CLOSED, LONGEST_MS) for ms in (self.forward_ms, self.backward_ms)),
        ]
        if not all(in_range):
            raise ValueError("a network with an index or a time out of range")

    @property
    def node_count(self) -> int:
        """Number of nodes of the main component."""
        return len(self.node_x)


def _within(numbers: np.ndarray, lowest: int, highest: int) -> bool:
    """Whether whole numbers lie in a range, ends included."""
    return len(numbers) == 0 or bool(numbers.min() >= lowest and numbers.max() <= highest)


def build_network(
    streets: gpd.GeoDataFrame, mode: Mode, *, lines: StreetLines | None = None, traffic: TrafficRules | None = None
) -> Network:
    """The graph of one mode, in milliseconds, reduced to its main strongly connected component.

    The largest component by number of nodes is the main one; what it leaves out is counted in
    ``cut_off_nodes`` and ``cut_off_length_km``. ``lines``: those of all the streets, where they are unpacked already.
    ``traffic``: the rules of their nodes and turns.

    Raises
    ------
    InputError
        A street without length, line or whole node numbers (see :func:`access92.study.street_checks.check_streets`); no
        street is usable by the mode, or none lies on a circuit that the mode can travel.

    References
    ----------
    Tarjan (1972), strongly connected components, as in ``scipy.sparse.csgraph``.
    """
    _ = traffic
    faults = list(street_value_faults(streets, "réseau à construire"))
    if faults:
        raise InputError(faults)

    # milliseconds before anything else: whatever is compared or added from here on is a whole number
    forward_s, backward_s = sloped_seconds(streets, mode, directed_seconds(streets, mode))
    usable = np.flatnonzero(np.isfinite(forward_s) | np.isfinite(backward_s))
    if len(usable) == 0:
        raise _no_usable_street(mode, len(streets))
    forward_ms, backward_ms = _whole_ms(forward_s[usable]), _whole_ms(backward_s[usable])

    # the main strongly connected component: from outside it, or to it, there is no way, whatever the tags say
    ends = np.stack(
        [streets["from_node"].to_numpy(np.int64)[usable], streets["to_node"].to_numpy(np.int64)[usable]],
    )
    _, codes = np.unique(ends, return_inverse=True)
    start, end = codes.reshape(2, -1)
    node_count = int(codes.max()) + 1
    tail, head, _ = _directed_arcs(start, end, forward_ms, backward_ms)
    graph = coo_array((np.ones(len(tail), dtype=np.int8), (tail, head)), shape=(node_count, node_count))
    _, component = connected_components(graph, directed=True, connection="strong")
    sizes = np.bincount(component)
    main = component == int(sizes.argmax())
    in_main = main[start] & main[end]
    if not in_main.any():
        raise _no_usable_street(mode, len(streets))
    lengths_m = streets["length_m"].to_numpy(float)[usable]

    # nodes along a Hilbert curve: a search then reads and writes near where it has just been
    rows, start, end = usable[in_main], start[in_main], end[in_main]
    forward_ms, backward_ms = forward_ms[in_main], backward_ms[in_main]
    lines = street_lines(streets.geometry.to_numpy()) if lines is None else lines
    node_x, node_y = _end_points(lines, rows, start, end, node_count)
    order = _hilbert_order(node_x, node_y, np.flatnonzero(main))
    rank = np.full(node_count, -1, dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)

    # the reversed arcs, from which a search runs backwards, towards its service
    start, end = rank[start], rank[end]
    tail, head, ms = _directed_arcs(start, end, forward_ms, backward_ms)
    arc_start, arcs = _reversed_csr(tail, head, ms, len(order))
    return Network(
        mode=mode,
        node_x=node_x[order],
        node_y=node_y[order],
        street_row=rows.astype(np.int32),
        street_from=start,
        street_to=end,
        forward_ms=forward_ms,
        backward_ms=backward_ms,
        arc_start=arc_start,
        arcs=arcs,
        typical_arc_ms=int(np.median(ms)),
        length_km=float(lengths_m[in_main].sum() / 1000),
        cut_off_nodes=int((~main).sum()),
        cut_off_length_km=float(lengths_m[~in_main].sum() / 1000),
    )


def _no_usable_street(mode: Mode, count: int) -> Exception:
    return input_error(
        f"Aucune rue n'est utilisable par le mode « {mode.name} » ({mode.label}).",
        f"table des rues, {count} rues",
        "Vérifier les étiquettes OSM des rues (highway, access…) ou retirer ce mode de l'étude.",
    )


def _whole_ms(seconds: np.ndarray) -> np.ndarray:
    """Seconds → int32 milliseconds, at least 1; NaN → CLOSED."""
    ms = np.full(len(seconds), CLOSED, dtype=np.int32)
    allowed = np.isfinite(seconds)
    ms[allowed] = np.clip(np.rint(seconds[allowed] * 1000), 1, LONGEST_MS).astype(np.int32)
    return ms


def _directed_arcs(
    start: np.ndarray,
    end: np.ndarray,
    forward_ms: np.ndarray,
    backward_ms: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    ahead, back = forward_ms != CLOSED, backward_ms != CLOSED
    tail = np.concatenate([start[ahead], end[back]])
    head = np.concatenate([end[ahead], start[back]])
    return tail, head, np.concatenate([forward_ms[ahead], backward_ms[back]])


def _reversed_csr(
    tail: np.ndarray,
    head: np.ndarray,
    ms: np.ndarray,
    node_count: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Arcs grouped by their head; within a head sorted by tail, then time."""
    order = _stable_order(tail, node_count)
    order = order[_stable_order(head[order], node_count)]
    same = (np.diff(head[order]) == 0) & (np.diff(tail[order]) == 0)  # parallel arcs: few
    several = np.flatnonzero(np.append(same, False) | np.append(False, same))
    arcs_there = order[several]
    order[several] = arcs_there[np.lexsort((ms[arcs_there], tail[arcs_there], head[arcs_there]))]
    arc_start = np.zeros(node_count + 1, dtype=np.int32)
    np.cumsum(np.bincount(head, minlength=node_count), out=arc_start[1:])
    arcs = np.empty((len(order), 2), dtype=np.int32)
    arcs[:, 0] = tail[order]
    arcs[:, 1] = ms[order]
    return arc_start, arcs


def _stable_order(number: np.ndarray, count: int) -> np.ndarray:
    """The positions of numbers from 0 to ``count`` (excluded) in ascending order, of equal ones the first first.

    Counted, not compared, so that the time grows in step with the arcs: it is how SciPy turns rows into columns.
    """
    size = len(number)
    one_a_row = csr_array((np.ones(size, dtype=np.int8), number, np.arange(size + 1)), shape=(size, count))
    order: np.ndarray = one_a_row.tocsc().indices
    return order


def _end_points(
    lines: StreetLines,
    rows: np.ndarray,
    start: np.ndarray,
    end: np.ndarray,
    node_count: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Coordinates of the nodes, from the first and last vertex of the streets that meet there."""
    x, y = np.full(node_count, np.nan), np.full(node_count, np.nan)
    x[end], y[end] = lines.coordinates[lines.offsets[rows + 1] - 1].T
    x[start], y[start] = lines.coordinates[lines.offsets[rows]].T
    return x, y


def _hilbert_order(x: np.ndarray, y: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """The nodes along a Hilbert curve: neighbours in space become neighbours in memory."""
    return nodes[np.argsort(hilbert_distance(x[nodes], y[nodes]), kind="stable")]  # nodes ascend: equals stay in order
