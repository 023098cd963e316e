"""Blocks cut again and again by streets, as towns do: most crossings are T-shaped, and topology is exact.

A street is a straight line with *marks*: the nodes on it and how far along they stand. A block is a
ring of nodes and, for each side, the street it runs along. Cutting a block adds one street and up to
two marks, so that streets meet at shared nodes without any geometric overlay.
"""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, field

import numpy as np

from access92.cache.kernels import kernel

Point = tuple[float, float]
Shape = tuple[float, Point, list[Point]]
"""Area in m², centroid and corners of a block."""


@dataclass(frozen=True, slots=True)
class Block:
    """A ring of nodes, counter-clockwise and open, and the street along each side (node i → node i + 1)."""

    ring: tuple[int, ...]
    sides: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """What every cut of a block needs, computed once for all attempts.

    ``heading``: the direction along the block, in radians; ``corners``: float64 (n, 2), those of ``shape``.
    """

    shape: Shape
    heading: float
    corners: np.ndarray


@dataclass(frozen=True, slots=True)
class StreetPlan:
    """Nodes and streets while they grow: the lists are filled by :func:`add_street` and :func:`cut_block`.

    ``marks`` holds, per street, (metres from its start, node) in order. ``ends_at_m`` cuts a class in two:
    beyond it the street is only a footpath (infinite: all along).
    """

    x_m: list[float] = field(default_factory=list)
    y_m: list[float] = field(default_factory=list)
    marks: list[list[tuple[float, int]]] = field(default_factory=list)
    classes: list[str] = field(default_factory=list)
    bridge: list[int] = field(default_factory=list)
    ends_at_m: list[float] = field(default_factory=list)
    degree: list[int] = field(default_factory=list)


def add_node(plan: StreetPlan, x_m: float, y_m: float) -> int:
    """A new node; its number."""
    plan.x_m.append(x_m)
    plan.y_m.append(y_m)
    plan.degree.append(0)
    return len(plan.x_m) - 1


def add_street(plan: StreetPlan, start: int, stop: int, highway: str, *, bridge: int = -1) -> int:
    """A new straight street between two nodes; its number."""
    length_m = math.hypot(plan.x_m[stop] - plan.x_m[start], plan.y_m[stop] - plan.y_m[start])
    plan.marks.append([(0.0, start), (length_m, stop)])
    plan.classes.append(highway)
    plan.bridge.append(bridge)
    plan.ends_at_m.append(math.inf)
    plan.degree[start] += 1
    plan.degree[stop] += 1
    return len(plan.classes) - 1


def block_shape(plan: StreetPlan, block: Block) -> Shape:
    """Area in m², centroid and corners of a block."""
    x_m, y_m = plan.x_m, plan.y_m
    corners = [(x_m[node], y_m[node]) for node in block.ring]
    base_x, base_y = corners[0]
    area = cx = cy = 0.0
    x0, y0 = corners[-1][0] - base_x, corners[-1][1] - base_y
    for x, y in corners:
        x1, y1 = x - base_x, y - base_y
        cross = x0 * y1 - x1 * y0
        area += cross
        cx += (x0 + x1) * cross
        cy += (y0 + y1) * cross
        x0, y0 = x1, y1
    if abs(area) < 1.0:
        return 0.0, (base_x, base_y), corners
    return area / 2, (base_x + cx / (3 * area), base_y + cy / (3 * area)), corners


def block_axis(shape: Shape) -> Axis:
    """The direction along a block of that shape: a street that cuts it lies across."""
    _, centre, corners = shape
    return Axis(shape, _heading(corners, centre), np.array(corners))


def _heading(corners: list[Point], centre: Point) -> float:
    """The direction along a block, in radians."""
    sxx = sxy = syy = 0.0
    centre_x, centre_y = centre
    x0, y0 = corners[-1]
    sides = []
    for x1, y1 in corners:
        dx, dy = x1 - x0, y1 - y0
        side_m = math.hypot(dx, dy)
        mx, my = (x0 + x1) / 2 - centre_x, (y0 + y1) / 2 - centre_y
        sxx += side_m * mx * mx
        sxy += side_m * mx * my
        syy += side_m * my * my
        sides.append((side_m, dx, dy))
        x0, y0 = x1, y1
    angle = 0.5 * math.atan2(2 * sxy, sxx - syy)
    best, direction = 0.0, angle
    for side_m, dx, dy in sides:  # a street meets the longest side that runs along the block at a right angle
        if side_m > best:
            turn = (math.atan2(dy, dx) - angle + math.pi / 2) % math.pi - math.pi / 2
            if abs(turn) < 0.55:  # noqa: PLR2004 - about 30°
                best, direction = side_m, angle + turn
    return direction


@kernel
def chord_across(
    corners: np.ndarray, centre_x: float, centre_y: float, along_x: float, along_y: float, shift: float
) -> tuple[int, float, float, int, float, float]:
    """Where a line across a block, ``shift`` half lengths off its centre, enters and leaves it.

    ``corners``: (n, 2); ``along_x``, ``along_y``: the unit vector along the block. The piece of the line that holds
    the shifted centre, else the longest: side, x and y of its two ends; sides −1 where the line misses the block.
    """
    count = len(corners)
    across_x, across_y = -along_y, along_x
    least = most = (corners[0, 0] - centre_x) * along_x + (corners[0, 1] - centre_y) * along_y
    for i in range(1, count):
        reach = (corners[i, 0] - centre_x) * along_x + (corners[i, 1] - centre_y) * along_y
        least, most = min(least, reach), max(most, reach)
    half_m = (most - least) / 2
    through_x, through_y = centre_x + along_x * shift * half_m, centre_y + along_y * shift * half_m

    # each side that the line meets: how far along the line, and where; in the order of the line
    hits = np.empty((count, 3))
    side_of = np.empty(count, dtype=np.int64)
    met = 0
    before = count - 1
    a = (corners[before, 0] - through_x) * across_y - (corners[before, 1] - through_y) * across_x
    for i in range(count):
        b = (corners[i, 0] - through_x) * across_y - (corners[i, 1] - through_y) * across_x
        if (a > 0) != (b > 0):
            share = a / (a - b)
            x = corners[before, 0] + share * (corners[i, 0] - corners[before, 0])
            y = corners[before, 1] + share * (corners[i, 1] - corners[before, 1])
            far = (x - through_x) * across_x + (y - through_y) * across_y
            at = met
            while at > 0 and (far < hits[at - 1, 0] or (far == hits[at - 1, 0] and before < side_of[at - 1])):
                hits[at] = hits[at - 1]
                side_of[at] = side_of[at - 1]
                at -= 1
            hits[at, 0], hits[at, 1], hits[at, 2], side_of[at] = far, x, y, before
            met += 1
        a, before = b, i
    if met < 2:  # noqa: PLR2004 - a line enters and leaves
        return -1, 0.0, 0.0, -1, 0.0, 0.0

    best = 0
    for i in range(0, met - 1, 2):
        if hits[i, 0] <= 0 <= hits[i + 1, 0]:
            best = i
            break
        if hits[i + 1, 0] - hits[i, 0] > hits[best + 1, 0] - hits[best, 0]:
            best = i
    return side_of[best], hits[best, 1], hits[best, 2], side_of[best + 1], hits[best + 1, 1], hits[best + 1, 2]


def mark_near(plan: StreetPlan, street: int, at: Point, snap_m: float) -> tuple[float, int | None]:
    """How far along a street a place stands, and the node already within ``snap_m`` of it, if any."""
    marks = plan.marks[street]
    origin = marks[0][1]
    along_m = math.hypot(at[0] - plan.x_m[origin], at[1] - plan.y_m[origin])
    after = bisect.bisect_left(marks, (along_m, -1))
    if 0 < after < len(marks):
        (before_m, node), (after_m, behind) = marks[after - 1], marks[after]
        distance_m, behind_m = abs(before_m - along_m), abs(after_m - along_m)
        if behind_m < distance_m or (behind_m == distance_m and behind < node):
            distance_m, node = behind_m, behind
    else:
        at_m, node = marks[0] if after == 0 else marks[-1]
        distance_m = abs(at_m - along_m)
    return along_m, node if distance_m <= snap_m else None


def add_mark(plan: StreetPlan, street: int, along_m: float, at: Point) -> int:
    """A new node on a street; its number."""
    node = add_node(plan, *at)
    bisect.insort(plan.marks[street], (along_m, node))
    plan.degree[node] += 2
    return node


def crosses_a_side(corners: list[Point], start: Point, stop: Point) -> bool:
    """Whether a segment properly crosses a side of the block."""
    dx, dy = stop[0] - start[0], stop[1] - start[1]
    x0, y0 = corners[-1]
    d0 = dx * (y0 - start[1]) - dy * (x0 - start[0])
    for x1, y1 in corners:
        d1 = dx * (y1 - start[1]) - dy * (x1 - start[0])
        if d0 * d1 < 0:
            e0 = (x1 - x0) * (start[1] - y0) - (y1 - y0) * (start[0] - x0)
            e1 = (x1 - x0) * (stop[1] - y0) - (y1 - y0) * (stop[0] - x0)
            slack = 1.0 * math.hypot(x1 - x0, y1 - y0)
            if e0 * e1 < 0 and abs(e0) > slack and abs(e1) > slack:
                return True
        x0, y0, d0 = x1, y1, d1
    return False


def cut_block(
    plan: StreetPlan,
    block: Block,
    *,
    shift: float,
    bend: float,
    snap_m: float,
    least_share: float = 0.18,
    most_degree: int = 4,
    axis: Axis | None = None,
) -> tuple[Block, Block, tuple[int, int], tuple[int, int]] | None:
    """A block cut in two across its length.

    ``shift`` (−1 to 1, of the half length) moves the cut off the centre, ``bend`` (radians) turns it; its
    ends join nodes within ``snap_m`` (no cut where ``most_degree`` ways meet there already). ``axis``: of
    :func:`block_axis`, where it is known. Gives the two blocks, the ends of the new street and the two streets it
    meets; the new street stands in the blocks as −1: give its number with :func:`with_street`. None where no decent
    cut is found; nothing is added to the plan then.
    """
    # where a line across the block meets its sides
    if axis is None:
        axis = block_axis(block_shape(plan, block))
    area, centre, corners = axis.shape
    direction = axis.heading + bend
    side_a, x_a, y_a, side_b, x_b, y_b = chord_across(
        axis.corners, *centre, math.cos(direction), math.sin(direction), float(shift)
    )
    if side_a < 0 or block.sides[side_a] == block.sides[side_b]:
        return None
    sides = block.sides[side_a], block.sides[side_b]

    # crossings near an end are joined, so that streets meet in fours; too many ways at one would be a star
    at_a, at_b = (x_a, y_a), (x_b, y_b)
    along_a, node_a = mark_near(plan, sides[0], at_a, snap_m)
    if node_a is not None:
        if plan.degree[node_a] >= most_degree:
            return None
        at_a = plan.x_m[node_a], plan.y_m[node_a]
    along_b, node_b = mark_near(plan, sides[1], at_b, snap_m)
    if node_b is not None:
        if plan.degree[node_b] >= most_degree:
            return None
        at_b = plan.x_m[node_b], plan.y_m[node_b]

    # nothing is added to the plan before the cut is known to be a decent street
    decent = (
        math.dist(at_a, at_b) >= 2 * snap_m + 5.0
        and not crosses_a_side(corners, at_a, at_b)
        and _fair_halves(corners, (side_a, at_a), (side_b, at_b), area, least_share)
    )
    if not decent:
        return None

    if node_a is None:
        node_a = add_mark(plan, sides[0], along_a, at_a)
    if node_b is None:
        node_b = add_mark(plan, sides[1], along_b, at_b)
    halves = _two_rings(block, (side_a, node_a), (side_b, node_b))
    return None if halves is None else (*halves, (node_a, node_b), sides)


def _two_rings(block: Block, one: tuple[int, int], other: tuple[int, int]) -> tuple[Block, Block] | None:
    """The two blocks left when a ring is cut between (side, node) and (side, node); the new side is −1."""
    ring, streets = list(block.ring), list(block.sides)
    for side, node in sorted((one, other), reverse=True):
        if node not in ring:
            ring.insert(side + 1, node)
            streets.insert(side + 1, streets[side])
    first, second = sorted((ring.index(one[1]), ring.index(other[1])))
    if second - first < 2 or len(ring) - second + first < 2:  # noqa: PLR2004 - a block has three corners
        return None
    near = Block(tuple(ring[first : second + 1]), (*streets[first:second], -1))
    far = Block((*ring[second:], *ring[: first + 1]), (*streets[second:], *streets[:first], -1))
    return near, far


def with_street(block: Block, street: int) -> Block:
    """The block whose last side, left as −1 by :func:`cut_block`, is that street."""
    return Block(block.ring, (*block.sides[:-1], street))


def _fair_halves(
    corners: list[Point],
    one: tuple[int, Point],
    other: tuple[int, Point],
    area: float,
    least_share: float,
) -> bool:
    """Whether neither half is smaller than ``least_share`` of the block."""
    first, second = sorted((one, other))
    half = [first[1], *corners[first[0] + 1 : second[0] + 1], second[1]]
    x0, y0 = half[-1]
    base_x, base_y = half[0]
    twice = 0.0
    for x, y in half:
        twice += (x0 - base_x) * (y - base_y) - (x - base_x) * (y0 - base_y)
        x0, y0 = x, y
    return least_share * area <= twice / 2 <= (1 - least_share) * area


def ray_depth_m(corners: list[Point], start: Point, towards: Point) -> float:
    """How far one can go from a side of a block before meeting another side, in metres."""
    depth = math.inf
    x0, y0 = corners[-1]
    for x1, y1 in corners:
        ex, ey = x1 - x0, y1 - y0
        det = towards[0] * ey - towards[1] * ex
        if abs(det) > 1e-9:  # noqa: PLR2004 - parallel
            gone = ((x0 - start[0]) * ey - (y0 - start[1]) * ex) / det
            share = ((x0 - start[0]) * towards[1] - (y0 - start[1]) * towards[0]) / det
            if gone > 1.0 and 0 <= share <= 1:
                depth = min(depth, gone)
        x0, y0 = x1, y1
    return depth
