"""The directed graph of a mode, in arrays, with integer milliseconds on each arc."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from scipy.sparse import csr_array

from access92.errors import Fault, InputError, input_error
from access92.network.access_rules import directed_access
from access92.network.lines import StreetLines, street_lines
from access92.network.modes import Mode
from access92.network.node_rules import node_effects
from access92.network.slopes import has_slopes, sloped_seconds
from access92.network.street_tags import StreetTags
from access92.network.topology import Topologies, UsableStreets
from access92.network.turns import TurnCounts
from access92.sources.streets.traffic import TrafficRules
from access92.study.street_checks import street_value_faults

LONGEST_MS = 1 << 30
"""Twelve days, beyond all limits of a search: a sum of a time within a limit and of this one is still an int32."""

CLOSED = -1
"""Milliseconds of a direction that the mode may not use."""

MS_PER_MIN = 60_000


@dataclass(frozen=True, slots=True)
class Network:
    """The streets that one mode can use, in arrays: its core, what leads there, and where one goes from there.

    The core is the largest strongly connected component. A street from which the core is reached serves homes, one that
    is reached from it serves services: trips go from home to service.

    Times are whole milliseconds (int32), so that sums are exact and « strictly less than 20 minutes »
    is decided on integers: rounding an edge to the millisecond moves a 20-minute walk over 500 edges
    by less than 0.25 s, and no two ways of adding the same edges differ.

    Nodes are numbered along a Hilbert curve; a junction where a turn is banned, or of private streets, is several
    (:mod:`access92.network.junctions`). ``street_*`` arrays describe usable streets: ``street_row`` is the row in the
    streets table (ascending), ``forward_ms``/``backward_ms`` the time along and against the geometry (``CLOSED`` where
    not allowed). ``serves_demand`` and ``serves_services`` (bool) say which places may be snapped to a street.
    ``leave_to_node``/``leave_from_node``: the node where one who lives on a street leaves it, at the end and at the
    start of its geometry; ``arrive_from_node``/``arrive_to_node``: the node from which a place on it is reached, along
    and against the geometry. They are the same junctions, but not always the same nodes.
    ``arc_start``/``arcs`` are the *reversed* graph in CSR form: for node v, ``arcs[arc_start[v]:
    arc_start[v + 1]]`` are pairs (u, ms of u → v), so that a search from a service runs backwards,
    *towards* it. Parallel arcs all stay. ``cut_off_row``: the rows of the usable streets that are left out.
    ``turns``: how many restrictions of turns hold.
    """

    mode: Mode
    node_x: np.ndarray
    node_y: np.ndarray
    street_row: np.ndarray
    leave_to_node: np.ndarray
    leave_from_node: np.ndarray
    arrive_from_node: np.ndarray
    arrive_to_node: np.ndarray
    serves_demand: np.ndarray
    serves_services: np.ndarray
    forward_ms: np.ndarray
    backward_ms: np.ndarray
    arc_start: np.ndarray
    arcs: np.ndarray
    typical_arc_ms: int  # median, for the width of the buckets of the search
    junctions: int
    length_km: float
    cut_off_nodes: int
    cut_off_length_km: float
    cut_off_row: np.ndarray
    turns: TurnCounts

    def __post_init__(self) -> None:
        """Check once, for all searches, what compiled code trusts: every index in range, every time an int32 that adds.

        Raises
        ------
        ValueError
            An index or a time is out of range: a bug, or a damaged cache.
        """
        count, arcs = len(self.node_x), self.arcs
        ends = (self.leave_to_node, self.leave_from_node, self.arrive_from_node, self.arrive_to_node)
        in_range = [
            len(self.arc_start) == count + 1 and self.arc_start[0] == 0 and self.arc_start[-1] == len(arcs),
            bool((self.arc_start[1:] >= self.arc_start[:-1]).all()),
            all(_within(numbers, 0, count - 1) for numbers in (*ends, arcs[:, 0])),
            _within(arcs[:, 1], 0, LONGEST_MS),
            all(_within(ms, CLOSED, LONGEST_MS) for ms in (self.forward_ms, self.backward_ms)),
        ]
        if not all(in_range):
            raise ValueError("a network with an index or a time out of range")

    @property
    def node_count(self) -> int:
        """Number of nodes of the graph: junctions and their copies."""
        return len(self.node_x)


def _within(numbers: np.ndarray, lowest: int, highest: int) -> bool:
    """Whether whole numbers lie in a range, ends included."""
    return len(numbers) == 0 or bool(numbers.min() >= lowest and numbers.max() <= highest)


def build_network(
    streets: gpd.GeoDataFrame,
    mode: Mode,
    *,
    lines: StreetLines | None = None,
    traffic: TrafficRules | None = None,
    closed: np.ndarray | None = None,
    tags: StreetTags | None = None,
    faults: Sequence[Fault] | None = None,
    topologies: Topologies | None = None,
) -> Network:
    """The graph of one mode, in milliseconds: its core, with what reaches it and what is reached from it.

    The largest strongly connected component by number of nodes is the core, of equally large ones the one with the
    first street (:func:`access92.network.reach.largest_part`); what no trip joins to it is counted in
    ``cut_off_nodes`` and ``cut_off_length_km``. ``lines``, ``tags``, ``faults`` and ``topologies``: those of all the
    streets, where they are known already. ``traffic``: the rules of their nodes and turns.

    ``closed`` (bool, by street): streets that a scenario closes. The network is that of ``streets[~closed]``, whose
    rows its own count; but signs, gates, estates and the core stay those of all the streets. So nothing opens because
    something closes: an obligation to go where it is closed still forbids the other ways, and no time gets shorter.

    Raises
    ------
    InputError
        A street without length, line or whole node numbers (see :func:`access92.study.street_checks.check_streets`); no
        street is usable by the mode, or none lies on a circuit that the mode can travel.

    References
    ----------
    Tarjan (1972), strongly connected components, as in ``scipy.sparse.csgraph``.
    """
    faults = value_faults(streets) if faults is None else faults
    if faults:
        raise InputError(faults)

    # milliseconds before anything else: whatever is compared or added from here on is a whole number
    forward_s, backward_s, private = directed_access(streets, mode, has_elevation=has_slopes(streets), tags=tags)
    forward_s, backward_s = sloped_seconds(streets, mode, (forward_s, backward_s))
    usable = np.flatnonzero(np.isfinite(forward_s) | np.isfinite(backward_s))
    if len(usable) == 0:
        raise _no_usable_street(mode, len(streets))
    forward_ms, backward_ms = _whole_ms(forward_s[usable]), _whole_ms(backward_s[usable])

    # barriers cut nodes, and take time as signals do, before anything is asked of the graph
    lines = street_lines(streets.geometry.to_numpy()) if lines is None else lines
    effects = node_effects(streets, usable, lines, traffic, mode)
    ends, private = effects.ends, private[usable] | effects.behind_private_gate
    forward_ms, backward_ms = (
        np.where(ms == CLOSED, CLOSED, np.minimum(ms + wait_ms, LONGEST_MS)).astype(np.int32)
        for ms, wait_ms in zip((forward_ms, backward_ms), effects.waits_ms, strict=True)
    )

    # of the same ways by other times or for other publics the graph is the same
    topologies = Topologies(streets, lines, traffic) if topologies is None else topologies
    graph = topologies.of(
        UsableStreets(usable, ends, private, forward_ms != CLOSED, backward_ms != CLOSED, mode.family), closed
    )
    if graph is None:
        raise _no_usable_street(mode, len(streets))

    # the reversed arcs, from which a search runs backwards, towards its service
    along_ms = np.append(np.stack([forward_ms, backward_ms], axis=1).reshape(-1), np.int32(0))  # -1: in no time
    ms = along_ms[graph.street]
    arc_start, arcs = _reversed_csr(graph.tail, graph.head, ms, len(graph.node_x))

    # rows of the table without what is closed
    row = usable if closed is None else (np.cumsum(~closed) - 1)[usable]
    lengths_m = streets["length_m"].to_numpy(float)[usable]
    joined, left_out = graph.joined, graph.left_out
    return Network(
        mode=mode,
        node_x=graph.node_x,
        node_y=graph.node_y,
        street_row=row[joined].astype(np.int32),
        leave_to_node=graph.leave[:, 0].copy(),
        leave_from_node=graph.leave[:, 1].copy(),
        arrive_from_node=graph.arrive[:, 0].copy(),
        arrive_to_node=graph.arrive[:, 1].copy(),
        serves_demand=graph.serves_demand,
        serves_services=graph.serves_services,
        forward_ms=forward_ms[joined],
        backward_ms=backward_ms[joined],
        arc_start=arc_start,
        arcs=arcs,
        typical_arc_ms=int(np.median(ms[ms > 0])),
        junctions=graph.junctions,
        length_km=float(lengths_m[joined].sum() / 1000),
        cut_off_nodes=graph.cut_off_nodes,
        cut_off_length_km=float(lengths_m[left_out].sum() / 1000),
        cut_off_row=row[left_out].astype(np.int32),
        turns=graph.turns,
    )


def value_faults(streets: gpd.GeoDataFrame) -> tuple[Fault, ...]:
    """What in the values of streets no network can be built on."""
    return tuple(street_value_faults(streets, "réseau à construire"))


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
