"""The way that a travel time stands for: street by street, from a place to a service.

The search gives times towards the service; the way is found from the place on, along arcs that lose just their own
milliseconds. So its parts add up to the time of the matrix, to the millisecond.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.ops import substring

from access92._concurrency import locked_cached_property
from access92.network.graph import CLOSED, MS_PER_MIN, Network
from access92.network.snapping import NOT_SNAPPED, Snaps
from access92.travel.kernels import UNREACHED, Scratch, reset, search
from access92.travel.matrix import access_leg_ms, exit_ms, network_scratch, part_ms, same_street_ms

Piece = tuple[int, float, float]
"""A street (position in the network's ``street_*`` arrays) and where one enters and leaves it, 0–1 along its line."""


@dataclass(frozen=True, slots=True)
class Path:
    """A way by the streets: whole milliseconds from door to door, and its pieces in their order.

    ``access_m``: metres off the network at the place and at the service.
    """

    ms: int
    pieces: tuple[Piece, ...]
    access_m: tuple[float, float]


@dataclass(frozen=True, eq=False)
class PathFinder:
    """The ways of a network to one service after the other."""

    network: Network

    @locked_cached_property
    def _arcs(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The arcs in the direction of travel (CSR): where those of a node begin, their heads, milliseconds."""
        network = self.network
        head = np.repeat(np.arange(network.node_count), np.diff(network.arc_start))
        order = np.argsort(network.arcs[:, 0], kind="stable")
        start = np.append(0, np.cumsum(np.bincount(network.arcs[:, 0], minlength=network.node_count)))
        return start, head[order], network.arcs[order, 1]

    @locked_cached_property
    def _junction(self) -> np.ndarray:
        """The junction of each node: the copies of one junction lie at one place."""
        xy = np.column_stack([self.network.node_x, self.network.node_y])
        numbers: np.ndarray = np.unique(xy, axis=0, return_inverse=True)[1].reshape(-1)
        return numbers

    @locked_cached_property
    def _streets(self) -> Mapping[tuple[int, int, int], Piece]:
        """By junctions and milliseconds of an arc the street that it goes along."""
        network, junction = self.network, self._junction
        start, end = junction[network.leave_from_node].tolist(), junction[network.leave_to_node].tolist()
        found: dict[tuple[int, int, int], Piece] = {}
        for row, (ahead, back) in enumerate(
            zip(network.forward_ms.tolist(), network.backward_ms.tolist(), strict=True)
        ):
            if ahead != CLOSED:
                found.setdefault((start[row], end[row], ahead), (row, 0.0, 1.0))
            if back != CLOSED:
                found.setdefault((end[row], start[row], back), (row, 1.0, 0.0))
        return found

    @locked_cached_property
    def _scratch(self) -> dict[int, Scratch]:
        return {}

    def paths(
        self, origins: Snaps, rows: Sequence[int], services: Snaps, service: int, *, cutoff_min: float
    ) -> list[Path | None]:
        """The way of each of some origins (rows) to one service (row); None where it is not reached in time.

        ``cutoff_min``: as :func:`access92.travel.matrix.travel_time_matrix`, inclusive.
        """
        network, limit_ms = self.network, round(cutoff_min * MS_PER_MIN)
        seeds = _Seeds.of(network, services, service)
        scratch = self._scratch.setdefault(limit_ms, network_scratch(network, limit_ms=limit_ms))
        node, ms = seeds.arrays()
        reached = search(network.arc_start, network.arcs, node, ms, limit_ms, scratch)
        paths = [self._path(origins, row, seeds, scratch.time_ms, limit_ms) for row in rows]
        reset(scratch, reached)
        return paths

    def _path(self, origins: Snaps, row: int, seeds: _Seeds, time_ms: np.ndarray, limit_ms: int) -> Path | None:
        """The best of the ways out of one place: by an end of a street that it links to, or straight along it."""
        network = self.network
        links = origins.take(np.array([row])).links()
        leg_ms = access_leg_ms(network, links.snap_m)
        ahead_ms, back_ms = exit_ms(network, links.street, links.position, leg_ms)
        best: tuple[int, int, float, int | None] | None = None  # milliseconds, link, where one leaves it, node

        for at, street in enumerate(links.street.tolist()):
            if street == NOT_SNAPPED:
                continue
            ways = [
                (ahead_ms[at], 1.0, int(network.leave_to_node[street])),
                (back_ms[at], 0.0, int(network.leave_from_node[street])),
            ]
            for ms, leaves_at, node in ways:
                if ms != UNREACHED and time_ms[node] != UNREACHED:
                    total = int(ms) + int(time_ms[node])
                    best = min(filter(None, (best, (total, at, leaves_at, node))), key=lambda way: way[0])
            for link in seeds.links_on(street):
                direct = same_street_ms(network, street, seeds.position[link], links.position[at : at + 1])[0]
                if np.isfinite(direct):
                    total = int(direct) + int(leg_ms[at]) + int(seeds.surcharge_ms[link])
                    way = (total, at, float(seeds.position[link]), None)
                    best = min(filter(None, (best, way)), key=lambda way: way[0])
        if best is None or best[0] > limit_ms:
            return None

        total, at, leaves_at, left_at = best
        first: Piece = (int(links.street[at]), float(links.position[at]), leaves_at)
        if left_at is None:
            link = next(link for link in seeds.links_on(first[0]) if seeds.position[link] == leaves_at)
            return Path(total, (first,), (float(links.snap_m[at]), float(seeds.snap_m[link])))
        pieces, link = self._onwards(left_at, seeds, time_ms)
        return Path(total, (first, *pieces), (float(links.snap_m[at]), float(seeds.snap_m[link])))

    def _onwards(self, node: int, seeds: _Seeds, time_ms: np.ndarray) -> tuple[list[Piece], int]:
        """The pieces from a node to the service, the last one to its door, and the link of the service."""
        start, heads, arc_ms = self._arcs
        junction, streets = self._junction, self._streets
        pieces: list[Piece] = []
        seen = {node}
        while (end := seeds.end_at(node, int(time_ms[node]))) is None:
            arcs = range(start[node], start[node + 1])
            # an arc to another copy of the same junction takes no time: none is gone along twice
            arc = next(
                arc for arc in arcs
                if heads[arc] not in seen and int(arc_ms[arc]) + int(time_ms[heads[arc]]) == int(time_ms[node])
            )  # fmt: skip
            head = int(heads[arc])
            if piece := streets.get((int(junction[node]), int(junction[head]), int(arc_ms[arc]))):
                pieces.append(piece)
            node = head
            seen.add(node)
        piece, link = end
        return [*pieces, piece], link


@dataclass(frozen=True, eq=False)
class _Seeds:
    """The ways into one service: by node the milliseconds left from there, and the last piece."""

    position: np.ndarray
    snap_m: np.ndarray
    surcharge_ms: np.ndarray
    by_street: Mapping[int, Sequence[int]]
    by_node: Mapping[int, tuple[int, Piece, int]]

    @classmethod
    def of(cls, network: Network, services: Snaps, service: int) -> _Seeds:
        links = services.take(np.array([service])).links()
        surcharge = access_leg_ms(network, links.snap_m) + round(network.mode.parking_min * MS_PER_MIN)
        by_street: dict[int, list[int]] = defaultdict(list)
        by_node: dict[int, tuple[int, Piece, int]] = {}
        for at, street in enumerate(links.street.tolist()):
            if street == NOT_SNAPPED:
                continue
            by_street[street].append(at)
            position = links.position[at]
            sides = (
                (network.forward_ms[street], position, network.arrive_from_node[street], 0.0),
                (network.backward_ms[street], 1 - position, network.arrive_to_node[street], 1.0),
            )
            for whole_ms, share, node, enters_at in sides:
                ms = int(part_ms(np.array([whole_ms]), np.array([share]))[0]) + int(surcharge[at])
                if ms < UNREACHED and (int(node) not in by_node or ms < by_node[int(node)][0]):
                    by_node[int(node)] = (ms, (street, enters_at, float(position)), at)
        return cls(links.position, links.snap_m, surcharge, by_street, by_node)

    def arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Nodes and milliseconds, as a search takes them."""
        return np.array([*self.by_node], dtype=np.int32), np.array(
            [item[0] for item in self.by_node.values()], np.int32
        )

    def links_on(self, street: int) -> Sequence[int]:
        return self.by_street.get(street, ())

    def end_at(self, node: int, ms: int) -> tuple[Piece, int] | None:
        """The last piece and the link, where the service is entered from this node in just these milliseconds."""
        entry = self.by_node.get(node)
        return (entry[1], entry[2]) if entry is not None and entry[0] == ms else None


def path_line(path: Path, lines: np.ndarray, origin: shapely.Point, service: shapely.Point) -> shapely.LineString:
    """The way as a line from door to door; ``lines``: those of the streets of the network, in its order."""
    parts = [shapely.get_coordinates(substring(lines[street], a, b, normalized=True)) for street, a, b in path.pieces]
    xy = np.vstack([[origin.x, origin.y], *parts, [service.x, service.y]])
    moves = np.append(True, (np.diff(xy, axis=0) != 0).any(axis=1))
    xy = xy[moves]
    return shapely.LineString(xy if len(xy) > 1 else np.vstack([xy, xy]))
