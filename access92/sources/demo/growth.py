"""From main roads to every alley: blocks cut into streets, then streets lined with footpaths and dead ends.

The growth is sequential, each step on what the one before left and on one generator: it is compiled as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from access92.cache.kernels import kernel
from access92.sources.demo.arterials import Arterials
from access92.sources.demo.blocks import (
    Block,
    Shape,
    block_heading,
    block_shape,
    crosses_a_side,
    cut_block,
    ray_depth_m,
    with_street,
)
from access92.sources.demo.frame import PIXEL_M, BuiltUp
from access92.sources.demo.growing import (
    MARKS,
    NODES,
    NONE,
    STREETS,
    GrowingPlan,
    add_mark,
    add_node,
    add_street,
    empty_plan,
    mark_near,
    with_room,
)
from access92.sources.demo.street_plan import StreetPlan

_DRIVABLE = (
    "trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "service",
)  # fmt: skip
_HIGHWAYS = (*_DRIVABLE, "footway", "cycleway", "pedestrian", "path", "steps", "track", "bridleway")
"""The classes that streets grow in: in compiled code a class is its position here, drivable ones first."""

_DRIVABLE_COUNT = len(_DRIVABLE)
_TERTIARY, _UNCLASSIFIED = _HIGHWAYS.index("tertiary"), _HIGHWAYS.index("unclassified")
_RESIDENTIAL, _LIVING_STREET = _HIGHWAYS.index("residential"), _HIGHWAYS.index("living_street")
_SERVICE, _FOOTWAY, _CYCLEWAY = _HIGHWAYS.index("service"), _HIGHWAYS.index("footway"), _HIGHWAYS.index("cycleway")
_PEDESTRIAN, _PATH, _STEPS = _HIGHWAYS.index("pedestrian"), _HIGHWAYS.index("path"), _HIGHWAYS.index("steps")
_TRACK, _BRIDLEWAY = _HIGHWAYS.index("track"), _HIGHWAYS.index("bridleway")

DRIVABLE = frozenset(_DRIVABLE)

SERVICE_SHARE = 0.42
STEPS_SHARE = 0.03


MOST_SPREAD = 1.35  # no block is left whole that is larger than the limit times this


@dataclass(frozen=True, slots=True)
class Growth:
    """The settings that calibration turns. Areas in hectares, lengths in metres, shares 0–1."""

    block_ha: float = 3.62  # built-up blocks larger than this are cut by a street
    block_spread: float = 0.8  # of the logarithm of their size; 0: all blocks alike
    street_snap_m: float = 18.5  # a new street joins a crossing that near: four-way crossings
    forest_ha: float = 17.0  # the same, for paths where nobody lives
    forest_star_share: float = 0.9  # of those blocks, crossed from corner to corner
    forest_snap_m: float = 130.0
    green_homes_m: float = 1100.0  # of streets for homes in 500 m × 500 m; below, crossings are those of parks
    wild_homes_m: float = 500.0  # the same, for stars
    forest_cross_m: float = 80.0  # two T-crossings of green places that near become one X
    forest_star_m: float = 50.0  # a T and a larger crossing that near become a star
    cul_de_sac_share: float = 0.0  # of residential streets, ending on a footpath
    cuts_per_block: float = 4.5  # footpaths and service ways through a block
    path_snap_m: float = 20.5
    least_cut_ha: float = 0.05
    edge_of_town_share: float = 0.2  # of those paths, where a block is mostly green
    evenness: float = 0.4  # of paths among blocks; small: many in a few blocks
    street_stub_share: float = 0.45  # of the dead ends that cars reach, lined with homes
    stubs_per_block: float = 0.5  # driveways, parking aisles and paths that end
    street_gap_share: float = 0.0  # of the pieces of streets for homes, stopped short
    street_gone_share: float = 0.005  # the same, taken away
    path_gap_share: float = 0.1  # of the pieces of service ways and footpaths, stopped short
    trail_gap_share: float = 0.1  # of the pieces of paths and tracks outside towns
    path_gone_share: float = 0.08
    barrier_km_per_km2: float = 1.0  # railways and walls that small streets do not cross
    factors: Mapping[str, tuple[float, float, float, float]] = field(default_factory=dict)
    """Per commune: how much larger blocks are, how many more paths cross one, how many more of them are steps, how much
    larger the blocks of woods and parks are."""


def gap_shares(growth: Growth) -> tuple[dict[str, float], dict[str, float]]:
    """Per highway class, the share of pieces stopped short and the share taken away.

    Examples
    --------
    >>> stopped, gone = gap_shares(Growth(path_gap_share=0.2, trail_gap_share=0.3))
    >>> stopped["footway"], stopped["path"], gone["path"]
    (0.2, 0.3, 0.0)
    """
    homes, paths = ("unclassified", "residential", "living_street"), ("service", "footway", "pedestrian", "steps")
    stopped = {**dict.fromkeys(homes, growth.street_gap_share), **dict.fromkeys(paths, growth.path_gap_share)}
    gone = {**dict.fromkeys(homes, growth.street_gone_share), **dict.fromkeys(paths, growth.path_gone_share)}
    return {**stopped, "path": growth.trail_gap_share}, {**gone, "path": 0.0}


class _Settings(NamedTuple):
    """The settings of :class:`Growth` that compiled code reads."""

    block_ha: float
    block_spread: float
    street_snap_m: float
    forest_ha: float
    forest_star_share: float
    forest_snap_m: float
    cul_de_sac_share: float
    cuts_per_block: float
    path_snap_m: float
    least_cut_ha: float
    edge_of_town_share: float
    evenness: float
    street_stub_share: float
    stubs_per_block: float


class _Raster(NamedTuple):
    """A raster as :class:`access92.sources.demo.frame.BuiltUp`, and the factors of each commune (n, 4)."""

    west_m: float
    south_m: float
    mask: np.ndarray
    density_per_km2: np.ndarray
    summed: np.ndarray
    commune: np.ndarray
    factors: np.ndarray


def grow_streets(
    arterials: Arterials, built: BuiltUp, random: np.random.Generator, growth: Growth, area_ids: Sequence[str]
) -> StreetPlan:
    """The whole plan of streets, main roads first; deterministic for a given generator.

    ``area_ids``: the communes of the frame, in its order.
    """
    # compiled code knows classes by number; roads may have others than those that streets grow in
    highways = [*_HIGHWAYS, *sorted(set(arterials.classes.tolist()) - set(_HIGHWAYS))]
    code = {name: number for number, name in enumerate(highways)}
    classes = np.array([code[name] for name in arterials.classes.tolist()], dtype=np.int64)
    along: dict[frozenset[int], int] = {
        frozenset(ends): street
        for street, (ends, bridge) in enumerate(zip(arterials.links.tolist(), arterials.bridge.tolist(), strict=True))
        if bridge < 0
    }
    rings = [np.array(face, dtype=np.int64) for face in arterials.faces]
    sides = [
        along[frozenset(ends)] for face in arterials.faces for ends in zip(face, (*face[1:], face[0]), strict=True)
    ]
    factors = [growth.factors.get(area_id, (1.0, 1.0, 1.0, 1.0)) for area_id in area_ids]
    plan = _grow(
        np.ascontiguousarray(arterials.places, dtype=float),
        np.ascontiguousarray(arterials.links, dtype=np.int64),
        classes,
        arterials.bridge.astype(np.int64),
        np.concatenate(rings),
        np.array(sides, dtype=np.int64),
        np.append(0, np.cumsum([len(ring) for ring in rings])),
        _Raster(
            float(built.west_m), float(built.south_m), np.ascontiguousarray(built.mask),
            np.ascontiguousarray(built.density_per_km2, dtype=float), np.ascontiguousarray(built.summed, np.int64),
            np.ascontiguousarray(built.commune, np.int64), np.array(factors).reshape(-1, 4),
        ),
        random,
        _Settings(*(float(getattr(growth, name)) for name in _Settings._fields)),
    )  # fmt: skip
    return _listed(plan, highways)


def _listed(plan: GrowingPlan, highways: Sequence[str]) -> StreetPlan:
    """The plan in lists, to which motorways and dead ends are added."""
    nodes, streets = plan.counts[[NODES, STREETS]].tolist()
    marks = []
    at_m, node, following = (
        values[: plan.counts[MARKS]].tolist() for values in (plan.mark_m, plan.mark_node, plan.next_mark)
    )
    for first in plan.first_mark[:streets].tolist():
        mark, of_street = first, []
        while mark != NONE:
            of_street.append((at_m[mark], node[mark]))
            mark = following[mark]
        marks.append(of_street)
    return StreetPlan(
        x_m=plan.x_m[:nodes].tolist(), y_m=plan.y_m[:nodes].tolist(), marks=marks,
        classes=[highways[number] for number in plan.highway[:streets].tolist()],
        bridge=plan.bridge[:streets].tolist(), ends_at_m=plan.ends_at_m[:streets].tolist(),
    )  # fmt: skip


@kernel
def _grow(  # noqa: PLR0913 - compiled code takes arrays one by one
    places: np.ndarray,
    links: np.ndarray,
    highway: np.ndarray,
    bridge: np.ndarray,
    rings: np.ndarray,
    sides: np.ndarray,
    first: np.ndarray,
    raster: _Raster,
    random: np.random.Generator,
    settings: _Settings,
) -> GrowingPlan:
    """The plan of main roads (``links`` of ``places``) and of all that grows in their blocks.

    ``rings`` and ``sides``: those of the blocks behind one another; block i has the positions first[i]:first[i + 1].
    """
    plan = empty_plan()
    for i in range(len(places)):
        plan = with_room(plan)
        add_node(plan, places[i, 0], places[i, 1])
    for i in range(len(links)):
        plan = with_room(plan)
        add_street(plan, links[i, 0], links[i, 1], highway[i], bridge[i])
    blocks = [Block(rings[first[i] : first[i + 1]], sides[first[i] : first[i + 1]]) for i in range(len(first) - 1)]
    plan, homes = _cut_by_streets(plan, blocks, raster, random, settings)
    plan = _shorten_streets(plan, random, settings)
    return _line_with_paths(plan, homes, raster, random, settings)


@kernel
def _pixel(raster: _Raster, x_m: float, y_m: float) -> tuple[int, int]:
    """The row and the column of the pixel of a place, or of the nearest one."""
    rows, columns = raster.mask.shape
    row = min(max(int((y_m - raster.south_m) / PIXEL_M), 0), rows - 1)
    column = min(max(int((x_m - raster.west_m) / PIXEL_M), 0), columns - 1)
    return row, column


@kernel
def _homes_near(raster: _Raster, corners: np.ndarray) -> bool:
    """Whether the bounding box of a block holds a built-up pixel (monotone: a part never has more)."""
    west_m, south_m = east_m, north_m = corners[0]
    for x_m, y_m in corners:
        west_m, south_m, east_m, north_m = min(west_m, x_m), min(south_m, y_m), max(east_m, x_m), max(north_m, y_m)
    south, west = _pixel(raster, west_m, south_m)
    north, east = _pixel(raster, east_m, north_m)
    summed = raster.summed
    return bool(
        summed[north + 1, east + 1] - summed[south, east + 1] - summed[north + 1, west] + summed[south, west] > 0
    )


@kernel
def _density_factor(raster: _Raster, x_m: float, y_m: float) -> float:
    """How much larger blocks are than the mean, from the density around: 0.85 in dense towns, 1.2 in villas."""
    per_km2 = max(raster.density_per_km2[_pixel(raster, x_m, y_m)], 500.0)
    return min(max(math.pow(9000.0 / per_km2, 0.12), 0.85), 1.2)


@kernel
def _street_class(area_ha: float, homes: bool, dice: float) -> int:  # noqa: FBT001 - compiled code takes no names
    """The class of a street that cuts a block of that size."""
    if not homes:
        if area_ha > 30:  # noqa: PLR2004 - forest roads
            return _TRACK
        return _PATH if dice < 0.5 else _TRACK if dice < 0.9 else _BRIDLEWAY  # noqa: PLR2004
    if area_ha > 28:  # noqa: PLR2004 - the streets that gather a quarter
        return _TERTIARY if dice < 0.45 else _UNCLASSIFIED  # noqa: PLR2004
    if area_ha > 12:  # noqa: PLR2004
        return _UNCLASSIFIED if dice < 0.3 else _RESIDENTIAL  # noqa: PLR2004
    return _RESIDENTIAL if dice < 0.94 else _LIVING_STREET  # noqa: PLR2004


@kernel
def _cut_by_streets(
    plan: GrowingPlan, blocks: list[Block], raster: _Raster, random: np.random.Generator, settings: _Settings
) -> tuple[GrowingPlan, list[Block]]:
    """Cuts blocks until they are small; the built-up ones that are left."""
    waiting = [blocks[at] for at in range(len(blocks) - 1, -1, -1)]
    home_blocks = [block for block in blocks if len(block.ring) == 0]  # none yet, of a type that is known
    while waiting:
        plan = with_room(plan)
        block = waiting.pop()
        shape = block_shape(plan, block)
        homes = _homes_near(raster, shape.corners)
        area_ha = shape.area / 1e4
        shift, bend, dice = random.random(), random.random(), random.random()
        factors = raster.factors[raster.commune[_pixel(raster, shape.centre_x, shape.centre_y)]]
        limit_ha = settings.forest_ha
        if homes:
            limit_ha = settings.block_ha * _density_factor(raster, shape.centre_x, shape.centre_y)
        limit_ha *= factors[0 if homes else 3]
        limit_ha *= min(math.exp(settings.block_spread * random.standard_normal()), MOST_SPREAD)
        if area_ha <= limit_ha:
            if homes:
                home_blocks.append(block)
            elif dice < settings.forest_star_share:
                _add_diagonal(plan, block, shape.corners)
            continue

        # three tries, each shifted and turned a little more: odd shapes have few decent cuts
        snap_m = settings.street_snap_m if homes else settings.forest_snap_m
        strength = 0.10 if homes else 0.35
        heading, aside = block_heading(shape), 1 if shift < 0.5 else -1  # noqa: PLR2004 - the middle
        for attempt in range(3):
            turned = heading + ((bend - 0.5) * strength + 0.3 * attempt)
            shifted = (shift - 0.5) * 0.5 + 0.2 * attempt * aside
            cut = cut_block(plan, block, shape, turned, shifted, snap_m, 0.18, 4 if homes else 7)
            if cut.is_made:
                break
        if cut.is_made:
            street = add_street(plan, cut.start, cut.stop, _street_class(area_ha, homes, dice), NONE)
            waiting.append(with_street(cut.other, street))
            waiting.append(with_street(cut.one, street))
        elif homes:
            home_blocks.append(block)
    return plan, home_blocks


@kernel
def _add_diagonal(plan: GrowingPlan, block: Block, corners: np.ndarray) -> None:
    """A path between the two corners of a block that are farthest apart: the stars of old forests."""
    farthest_m, first, second = -1.0, 0, 0
    for i in range(len(corners)):
        for j in range(i):
            apart_m = math.hypot(corners[i, 0] - corners[j, 0], corners[i, 1] - corners[j, 1])
            if apart_m >= farthest_m:
                farthest_m, first, second = apart_m, i, j
    (x0, y0), (x1, y1) = corners[first], corners[second]
    sides_between = (first - second) % len(corners)
    if 1 < sides_between < len(corners) - 1 and not crosses_a_side(corners, x0, y0, x1, y1):
        add_street(plan, block.ring[first], block.ring[second], _PATH, NONE)


@kernel
def _shorten_streets(plan: GrowingPlan, random: np.random.Generator, settings: _Settings) -> GrowingPlan:
    """Some residential streets end before their last crossing; a footpath goes on."""
    for street in range(plan.counts[STREETS]):
        if plan.highway[street] != _RESIDENTIAL and plan.highway[street] != _LIVING_STREET:
            continue
        if random.random() > settings.cul_de_sac_share:
            continue
        before, last = NONE, plan.first_mark[street]
        while plan.next_mark[last] != NONE:
            before, last = last, plan.next_mark[last]
        from_m, to_m = plan.mark_m[before], plan.mark_m[last]
        if to_m - from_m < 70.0:  # noqa: PLR2004 - too short to end in between
            continue
        share = 0.45 + 0.4 * random.random()
        start, stop = plan.mark_node[before], plan.mark_node[last]
        x_m = plan.x_m[start] + share * (plan.x_m[stop] - plan.x_m[start])
        y_m = plan.y_m[start] + share * (plan.y_m[stop] - plan.y_m[start])
        along_m = from_m + share * (to_m - from_m)
        plan = with_room(plan)
        add_mark(plan, street, along_m, x_m, y_m)
        plan.ends_at_m[street] = along_m
    return plan


@kernel
def _line_with_paths(
    plan: GrowingPlan, blocks: list[Block], raster: _Raster, random: np.random.Generator, settings: _Settings
) -> GrowingPlan:
    """Footpaths, alleys, steps and dead ends inside built-up blocks."""
    for block in blocks:
        pieces, shapes = [block], [block_shape(plan, block)]
        pixel = _pixel(raster, shapes[0].centre_x, shapes[0].centre_y)
        _, more_paths, more_steps, _ = raster.factors[raster.commune[pixel]]
        thinned = (1.0 if raster.mask[pixel] else settings.edge_of_town_share) * more_paths
        cuts = _draw_count(random, settings.cuts_per_block * thinned, settings.evenness)
        stubs = _draw_count(random, settings.stubs_per_block * thinned, settings.evenness)
        at, heading, is_known = 0, 0.0, False
        for _ in range(cuts):
            # the largest piece; the same again where no decent cut was found
            if not is_known:
                at = _largest(shapes)
                if shapes[at].area < 2 * settings.least_cut_ha * 1e4:
                    break
                heading, is_known = block_heading(shapes[at]), True
            plan = with_room(plan)
            shift, bend, dice = random.random(), random.random(), random.random()
            most_degree = 5 if shift > 0.915 else 4  # noqa: PLR2004 - few stars
            cut = cut_block(
                plan, pieces[at], shapes[at], heading + (bend - 0.5) * 0.5, (shift - 0.5) * 1.3, settings.path_snap_m,
                0.08, most_degree,
            )  # fmt: skip
            if not cut.is_made:
                continue
            reached = _is_drivable(plan, cut.side_a) and _is_drivable(plan, cut.side_b)
            highway = _path_class(reached, dice, STEPS_SHARE * more_steps)
            street = add_street(plan, cut.start, cut.stop, highway, NONE)
            pieces[at] = with_street(cut.one, street)
            pieces.append(with_street(cut.other, street))
            shapes[at] = block_shape(plan, pieces[at])
            shapes.append(block_shape(plan, pieces[-1]))
            is_known = False

        # one dead end a piece: they never cross
        is_stubbed = np.zeros(len(pieces), dtype=np.bool_)
        for chosen in random.integers(0, len(pieces), stubs):
            if not is_stubbed[chosen]:
                is_stubbed[chosen] = True
                plan = with_room(plan)
                _add_stub(plan, pieces[chosen], random, settings)
    return plan


@kernel
def _draw_count(random: np.random.Generator, mean: float, evenness: float) -> int:
    """How many of something a block gets; the smaller ``evenness``, the more of them in few blocks."""
    return int(random.negative_binomial(evenness, evenness / (evenness + mean)))


@kernel
def _largest(shapes: list[Shape]) -> int:
    """The first of the largest shapes."""
    largest = 0
    for at in range(1, len(shapes)):
        if shapes[at].area > shapes[largest].area:
            largest = at
    return largest


@kernel
def _is_drivable(plan: GrowingPlan, street: int) -> bool:
    """Whether cars reach all of a street."""
    return plan.highway[street] < _DRIVABLE_COUNT and math.isinf(plan.ends_at_m[street])


@kernel
def _path_class(is_drivable: bool, dice: float, steps_share: float) -> int:  # noqa: FBT001 - as above
    """The class of a way through a block; service ways only where cars reach both ends."""
    if is_drivable and dice < SERVICE_SHARE:
        return _SERVICE
    # what is left of the dice, shared out: rarer classes first, so that footways take what steps leave
    for highway, share in ((_CYCLEWAY, 0.015), (_PEDESTRIAN, 0.025), (_PATH, 0.07), (_STEPS, steps_share)):
        dice += share
        if dice >= 1.0:
            return highway
    return _FOOTWAY


@kernel
def _add_stub(plan: GrowingPlan, block: Block, random: np.random.Generator, settings: _Settings) -> None:
    """One dead end, from a side of the block inwards."""
    # a side by its length
    count = len(block.ring)
    corners, lengths_m = np.empty((count, 2)), np.empty(count)
    for i, node in enumerate(block.ring):
        corners[i, 0], corners[i, 1] = plan.x_m[node], plan.y_m[node]
    whole_m = 0.0
    for i in range(count):
        (x0, y0), (x1, y1) = corners[i], corners[(i + 1) % count]
        lengths_m[i] = math.hypot(x1 - x0, y1 - y0)
        whole_m += lengths_m[i]
    shares, below = lengths_m / whole_m, 0.0
    for i in range(count):
        below += shares[i]
        shares[i] = below
    side, thrown = 0, random.random()
    while shares[side] / below <= thrown:
        side += 1
    share, reach, dice, turn = random.random(), random.random(), random.random(), random.random()
    (x0, y0), (x1, y1) = corners[side], corners[(side + 1) % count]
    if lengths_m[side] < 30.0:  # noqa: PLR2004
        return

    # from a crossing that is there, or from one of its own
    x, y = x0 + (0.25 + 0.5 * share) * (x1 - x0), y0 + (0.25 + 0.5 * share) * (y1 - y0)
    along_m, node = mark_near(plan, block.sides[side], x, y, 6.0)
    if node != NONE:
        x, y = plan.x_m[node], plan.y_m[node]
    angle = math.atan2(y1 - y0, x1 - x0) + math.pi / 2 + (turn - 0.5) * 0.6
    along_x, along_y = math.cos(angle), math.sin(angle)
    length_m = min(ray_depth_m(corners, x, y, along_x, along_y) * (0.35 + 0.45 * reach), 110.0)
    if not 12.0 <= length_m <= 110.0:  # noqa: PLR2004
        return
    if node == NONE:
        node = add_mark(plan, block.sides[side], along_m, x, y)
    stop = add_node(plan, x + along_x * length_m, y + along_y * length_m)
    highway = _path_class(_is_drivable(plan, block.sides[side]), dice * 0.86, STEPS_SHARE)
    if highway == _SERVICE and random.random() < settings.street_stub_share:
        highway = _RESIDENTIAL
    add_street(plan, node, stop, highway, NONE)
