"""Blocks cut again and again by streets, as towns do: most crossings are T-shaped, and topology is exact.

A block is a ring of nodes and, for each side, the street it runs along. Cutting a block adds one street and up to
two marks, so that streets meet at shared nodes without any geometric overlay.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from access92.cache.kernels import kernel
from access92.sources.demo.growing import NONE, GrowingPlan, add_mark, mark_near


class Block(NamedTuple):
    """A ring of nodes, counter-clockwise and open, and the street along each side (node i → node i + 1): int64."""

    ring: np.ndarray
    sides: np.ndarray


class Shape(NamedTuple):
    """Area in m², centroid and corners (float64 (n, 2)) of a block."""

    area: float
    centre_x: float
    centre_y: float
    corners: np.ndarray


class Cut(NamedTuple):
    """Two blocks, the ends of the street between them and the two streets that it meets; ``is_made``: all is so.

    The new street stands in the blocks as −1, their last side.
    """

    is_made: bool
    one: Block
    other: Block
    start: int
    stop: int
    side_a: int
    side_b: int


@kernel
def block_shape(plan: GrowingPlan, block: Block) -> Shape:
    """Area in m², centroid and corners of a block."""
    corners = np.empty((len(block.ring), 2))
    for i, node in enumerate(block.ring):
        corners[i, 0], corners[i, 1] = plan.x_m[node], plan.y_m[node]
    base_x, base_y = corners[0, 0], corners[0, 1]
    area = cx = cy = 0.0
    x0, y0 = corners[-1, 0] - base_x, corners[-1, 1] - base_y
    for i in range(len(corners)):
        x1, y1 = corners[i, 0] - base_x, corners[i, 1] - base_y
        cross = x0 * y1 - x1 * y0
        area += cross
        cx += (x0 + x1) * cross
        cy += (y0 + y1) * cross
        x0, y0 = x1, y1
    if abs(area) < 1.0:
        return Shape(0.0, base_x, base_y, corners)
    return Shape(area / 2, base_x + cx / (3 * area), base_y + cy / (3 * area), corners)


@kernel
def block_heading(shape: Shape) -> float:
    """The direction along a block of that shape, in radians: a street that cuts it lies across."""
    corners = shape.corners
    sxx = sxy = syy = 0.0
    x0, y0 = corners[-1]
    for x1, y1 in corners:
        side_m = math.hypot(x1 - x0, y1 - y0)
        mx, my = (x0 + x1) / 2 - shape.centre_x, (y0 + y1) / 2 - shape.centre_y
        sxx += side_m * mx * mx
        sxy += side_m * mx * my
        syy += side_m * my * my
        x0, y0 = x1, y1
    angle = 0.5 * math.atan2(2 * sxy, sxx - syy)

    # a street meets the longest side that runs along the block at a right angle
    longest_m, direction = 0.0, angle
    x0, y0 = corners[-1]
    for x1, y1 in corners:
        side_m = math.hypot(x1 - x0, y1 - y0)
        if side_m > longest_m:
            turn = (math.atan2(y1 - y0, x1 - x0) - angle + math.pi / 2) % math.pi - math.pi / 2
            if abs(turn) < 0.55:  # noqa: PLR2004 - about 30°
                longest_m, direction = side_m, angle + turn
        x0, y0 = x1, y1
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


@kernel
def crosses_a_side(corners: np.ndarray, start_x: float, start_y: float, stop_x: float, stop_y: float) -> bool:
    """Whether a segment properly crosses a side of the block."""
    dx, dy = stop_x - start_x, stop_y - start_y
    x0, y0 = corners[-1]
    d0 = dx * (y0 - start_y) - dy * (x0 - start_x)
    for x1, y1 in corners:
        d1 = dx * (y1 - start_y) - dy * (x1 - start_x)
        if d0 * d1 < 0:
            e0 = (x1 - x0) * (start_y - y0) - (y1 - y0) * (start_x - x0)
            e1 = (x1 - x0) * (stop_y - y0) - (y1 - y0) * (stop_x - x0)
            slack = 1.0 * math.hypot(x1 - x0, y1 - y0)
            if e0 * e1 < 0 and abs(e0) > slack and abs(e1) > slack:
                return True
        x0, y0, d0 = x1, y1, d1
    return False


@kernel
def cut_block(
    plan: GrowingPlan,
    block: Block,
    shape: Shape,
    heading: float,
    shift: float,
    snap_m: float,
    least_share: float,
    most_degree: int,
) -> Cut:
    """A block of that shape cut in two, across a heading (radians).

    ``shift`` (−1 to 1, of the half length) moves the cut off the centre; its ends join nodes within ``snap_m`` (no cut
    where ``most_degree`` ways meet there already). ``is_made`` is False where no decent cut is found; no street is
    added to the plan here.
    """
    # where a line across the block meets its sides
    none = Cut(False, block, block, NONE, NONE, NONE, NONE)  # noqa: FBT003 - compiled code takes no names
    side_a, x_a, y_a, side_b, x_b, y_b = chord_across(
        shape.corners, shape.centre_x, shape.centre_y, math.cos(heading), math.sin(heading), shift
    )
    if side_a < 0 or block.sides[side_a] == block.sides[side_b]:
        return none

    street_a, street_b = block.sides[side_a], block.sides[side_b]
    x_a, y_a, along_a, node_a = _joined(plan, street_a, x_a, y_a, snap_m)
    x_b, y_b, along_b, node_b = _joined(plan, street_b, x_b, y_b, snap_m)

    # nothing is added to the plan before the cut is known to be a decent street
    share = _share_between(shape, side_a, x_a, y_a, side_b, x_b, y_b)
    is_decent = (
        not (_is_star(plan, node_a, most_degree) or _is_star(plan, node_b, most_degree))
        and math.hypot(x_a - x_b, y_a - y_b) >= 2 * snap_m + 5.0
        and not crosses_a_side(shape.corners, x_a, y_a, x_b, y_b)
        and least_share * shape.area <= share <= (1 - least_share) * shape.area
    )
    if not is_decent:
        return none
    if node_a == NONE:
        node_a = add_mark(plan, street_a, along_a, x_a, y_a)
    if node_b == NONE:
        node_b = add_mark(plan, street_b, along_b, x_b, y_b)

    # the later side first, so that the number of the other still holds
    ring, sides = block.ring, block.sides
    if side_a > side_b:
        ring, sides = _with_corner(ring, sides, side_a, node_a)
        ring, sides = _with_corner(ring, sides, side_b, node_b)
    else:
        ring, sides = _with_corner(ring, sides, side_b, node_b)
        ring, sides = _with_corner(ring, sides, side_a, node_a)
    at_a, at_b = _position(ring, node_a), _position(ring, node_b)
    first, second = min(at_a, at_b), max(at_a, at_b)
    if second - first < 2 or len(ring) - second + first < 2:  # noqa: PLR2004 - a block has three corners
        return none
    one = _part_of_ring(ring, sides, first, second - first)
    other = _part_of_ring(ring, sides, second, len(ring) - second + first)
    return Cut(True, one, other, node_a, node_b, street_a, street_b)  # noqa: FBT003 - as above


@kernel
def _joined(plan: GrowingPlan, street: int, x_m: float, y_m: float, snap_m: float) -> tuple[float, float, float, int]:
    """A place on a street, or the crossing that is near: so streets meet in fours. x, y, how far along, node or -1."""
    along_m, node = mark_near(plan, street, x_m, y_m, snap_m)
    if node != NONE:
        x_m, y_m = plan.x_m[node], plan.y_m[node]
    return x_m, y_m, along_m, node


@kernel
def _is_star(plan: GrowingPlan, node: int, most_degree: int) -> bool:
    """Whether so many ways meet at a node, where there is one, that one more would make a star."""
    return node != NONE and plan.degree[node] >= most_degree


@kernel
def _position(ring: np.ndarray, node: int) -> int:
    """Where a node stands in a ring; -1 where it does not."""
    for i in range(len(ring)):
        if ring[i] == node:
            return i
    return NONE


@kernel
def _with_corner(ring: np.ndarray, sides: np.ndarray, side: int, node: int) -> tuple[np.ndarray, np.ndarray]:
    """The ring and the sides of a block with a corner more on one side, where it is none already."""
    if _position(ring, node) != NONE:
        return ring, sides
    more_ring, more_sides = np.empty(len(ring) + 1, dtype=np.int64), np.empty(len(ring) + 1, dtype=np.int64)
    for i in range(len(ring) + 1):
        before = i if i <= side else i - 1
        more_ring[i], more_sides[i] = ring[before], sides[before]
    more_ring[side + 1], more_sides[side + 1] = node, sides[side]
    return more_ring, more_sides


@kernel
def _part_of_ring(ring: np.ndarray, sides: np.ndarray, first: int, sides_count: int) -> Block:
    """The block of some sides of a ring, from a position on, and of a new street: -1 as its last side."""
    nodes, streets = np.empty(sides_count + 1, dtype=np.int64), np.empty(sides_count + 1, dtype=np.int64)
    for i in range(sides_count + 1):
        at = (first + i) % len(ring)
        nodes[i], streets[i] = ring[at], sides[at]
    streets[sides_count] = NONE
    return Block(nodes, streets)


@kernel
def _share_between(shape: Shape, side_a: int, x_a: float, y_a: float, side_b: int, x_b: float, y_b: float) -> float:
    """The area (m²) of the part of a block from a place on the side that comes first to one on the other."""
    if side_a > side_b:
        side_a, x_a, y_a, side_b, x_b, y_b = side_b, x_b, y_b, side_a, x_a, y_a
    twice = 0.0
    x0, y0 = x_b - x_a, y_b - y_a
    for i in range(side_a, side_b + 2):
        if i == side_a:
            x, y = x_a, y_a
        elif i == side_b + 1:
            x, y = x_b, y_b
        else:
            x, y = shape.corners[i, 0], shape.corners[i, 1]
        x, y = x - x_a, y - y_a
        twice += x0 * y - x * y0
        x0, y0 = x, y
    return twice / 2


@kernel
def with_street(block: Block, street: int) -> Block:
    """The block whose last side, left as −1 by :func:`cut_block`, is that street."""
    block.sides[-1] = street
    return block


@kernel
def ray_depth_m(corners: np.ndarray, start_x: float, start_y: float, along_x: float, along_y: float) -> float:
    """How far one can go from a side of a block before meeting another side, in metres."""
    depth = np.inf
    x0, y0 = corners[-1]
    for x1, y1 in corners:
        ex, ey = x1 - x0, y1 - y0
        det = along_x * ey - along_y * ex
        if abs(det) > 1e-9:  # noqa: PLR2004 - parallel
            gone = ((x0 - start_x) * ey - (y0 - start_y) * ex) / det
            share = ((x0 - start_x) * along_y - (y0 - start_y) * along_x) / det
            if gone > 1.0 and 0 <= share <= 1:
                depth = min(depth, gone)
        x0, y0 = x1, y1
    return depth
