"""From main roads to every alley: blocks cut into streets, then streets lined with footpaths and dead ends."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np

from access92.sources.demo.arterials import Arterials
from access92.sources.demo.blocks import (
    Axis,
    Block,
    StreetPlan,
    add_mark,
    add_node,
    add_street,
    block_axis,
    block_shape,
    crosses_a_side,
    cut_block,
    mark_near,
    ray_depth_m,
    with_street,
)
from access92.sources.demo.frame import PIXEL_M, BuiltUp

DRIVABLE = frozenset(
    {"trunk", "primary", "secondary", "tertiary", "unclassified", "residential", "living_street", "service"},
)


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


@dataclass(frozen=True, slots=True)
class _Grower:
    """What every step needs."""

    plan: StreetPlan
    built: BuiltUp
    random: np.random.Generator
    growth: Growth
    factors: tuple[tuple[float, float, float, float], ...]  # of each commune of the frame


def grow_streets(
    arterials: Arterials, built: BuiltUp, random: np.random.Generator, growth: Growth, area_ids: Sequence[str]
) -> StreetPlan:
    """The whole plan of streets, main roads first; deterministic for a given generator.

    ``area_ids``: the communes of the frame, in its order.
    """
    plan = StreetPlan()
    for x_m, y_m in arterials.places.tolist():
        add_node(plan, x_m, y_m)
    along: dict[frozenset[int], int] = {}
    for (start, stop), highway, bridge in zip(
        arterials.links.tolist(),
        arterials.classes.tolist(),
        arterials.bridge.tolist(),
        strict=True,
    ):
        street = add_street(plan, start, stop, highway, bridge=bridge)
        if bridge < 0:
            along[frozenset((start, stop))] = street
    blocks = [
        Block(face, tuple(along[frozenset((a, b))] for a, b in zip(face, (*face[1:], face[0]), strict=True)))
        for face in arterials.faces
    ]
    factors = tuple(growth.factors.get(area_id, (1.0, 1.0, 1.0, 1.0)) for area_id in area_ids)
    grower = _Grower(plan, built, random, growth, factors)
    homes = _cut_by_streets(grower, blocks)
    _shorten_streets(grower)
    _line_with_paths(grower, homes)
    return plan


def _homes_near(built: BuiltUp, corners: list[tuple[float, float]]) -> bool:
    """Whether the bounding box of a block holds a built-up pixel (monotone: a part never has more)."""
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    rows, columns = built.mask.shape
    west = min(max(int((min(xs) - built.west_m) / PIXEL_M), 0), columns - 1)
    east = min(max(int((max(xs) - built.west_m) / PIXEL_M), 0), columns - 1) + 1
    south = min(max(int((min(ys) - built.south_m) / PIXEL_M), 0), rows - 1)
    north = min(max(int((max(ys) - built.south_m) / PIXEL_M), 0), rows - 1) + 1
    summed = built.summed
    return bool(summed[north, east] - summed[south, east] - summed[north, west] + summed[south, west] > 0)


def _is_built(built: BuiltUp, at: tuple[float, float]) -> bool:
    """Whether homes stand on the pixel of a place."""
    row = min(max(int((at[1] - built.south_m) / PIXEL_M), 0), built.mask.shape[0] - 1)
    column = min(max(int((at[0] - built.west_m) / PIXEL_M), 0), built.mask.shape[1] - 1)
    return bool(built.mask[row, column])


def _factors_at(grower: _Grower, at: tuple[float, float]) -> tuple[float, float, float, float]:
    """The factors of the commune nearest to a place."""
    built = grower.built
    row = min(max(int((at[1] - built.south_m) / PIXEL_M), 0), built.mask.shape[0] - 1)
    column = min(max(int((at[0] - built.west_m) / PIXEL_M), 0), built.mask.shape[1] - 1)
    return grower.factors[built.commune[row, column]]


def _density_factor(built: BuiltUp, centre: tuple[float, float]) -> float:
    """How much larger blocks are than the mean, from the density around: 0.85 in dense towns, 1.2 in villas."""
    row = min(max(int((centre[1] - built.south_m) / PIXEL_M), 0), built.mask.shape[0] - 1)
    column = min(max(int((centre[0] - built.west_m) / PIXEL_M), 0), built.mask.shape[1] - 1)
    per_km2 = max(float(built.density_per_km2[row, column]), 500.0)
    return min(max(math.pow(9000.0 / per_km2, 0.12), 0.85), 1.2)


def _street_class(area_ha: float, *, homes: bool, dice: float) -> str:
    """The class of a street that cuts a block of that size."""
    if not homes:
        if area_ha > 30:  # noqa: PLR2004 - forest roads
            return "track"
        return "path" if dice < 0.5 else "track" if dice < 0.9 else "bridleway"  # noqa: PLR2004
    if area_ha > 28:  # noqa: PLR2004 - the streets that gather a quarter
        return "tertiary" if dice < 0.45 else "unclassified"  # noqa: PLR2004
    if area_ha > 12:  # noqa: PLR2004
        return "unclassified" if dice < 0.3 else "residential"  # noqa: PLR2004
    return "residential" if dice < 0.94 else "living_street"  # noqa: PLR2004


def _cut_by_streets(grower: _Grower, blocks: list[Block]) -> list[Block]:
    """Cuts blocks until they are small; the built-up ones that are left."""
    plan, growth, random = grower.plan, grower.growth, grower.random
    waiting, home_blocks = list(reversed(blocks)), []
    while waiting:
        block = waiting.pop()
        shape = area, centre, corners = block_shape(plan, block)
        homes = _homes_near(grower.built, corners)
        area_ha = area / 1e4
        shift, bend, dice = random.random(3).tolist()
        limit = growth.block_ha * _density_factor(grower.built, centre) if homes else growth.forest_ha
        limit *= _factors_at(grower, centre)[0 if homes else 3]
        limit *= min(math.exp(growth.block_spread * float(random.standard_normal())), MOST_SPREAD)
        if area_ha <= limit:
            if homes:
                home_blocks.append(block)
            elif dice < growth.forest_star_share:
                _add_diagonal(plan, block, corners)
            continue

        # three tries, each shifted and turned a little more: odd shapes have few decent cuts
        snap_m = growth.street_snap_m if homes else growth.forest_snap_m
        strength = 0.10 if homes else 0.35
        axis, cut = block_axis(shape), None
        for attempt in range(3):
            cut = cut_block(
                plan, block, shift=(shift - 0.5) * 0.5 + 0.2 * attempt * (1 if shift < 0.5 else -1),  # noqa: PLR2004
                bend=(bend - 0.5) * strength + 0.3 * attempt, snap_m=snap_m, most_degree=4 if homes else 7,
                axis=axis,
            )  # fmt: skip
            if cut is not None:
                break
        if cut is None:
            if homes:
                home_blocks.append(block)
            continue

        one, other, (start, stop), _ = cut
        street = add_street(plan, start, stop, _street_class(area_ha, homes=homes, dice=dice))
        waiting += [with_street(other, street), with_street(one, street)]
    return home_blocks


def _add_diagonal(plan: StreetPlan, block: Block, corners: list[tuple[float, float]]) -> None:
    """A path between the two corners of a block that are farthest apart: the stars of old forests."""
    _, first, second = max(
        (math.hypot(a[0] - b[0], a[1] - b[1]), i, j) for i, a in enumerate(corners) for j, b in enumerate(corners[:i])
    )
    sides_between = (first - second) % len(corners)
    if 1 < sides_between < len(corners) - 1 and not crosses_a_side(corners, corners[first], corners[second]):
        add_street(plan, block.ring[first], block.ring[second], "path")


def _shorten_streets(grower: _Grower) -> None:
    """Some residential streets end before their last crossing; a footpath goes on."""
    plan, random = grower.plan, grower.random
    for street in range(len(plan.classes)):
        if plan.classes[street] not in ("residential", "living_street"):
            continue
        if random.random() > grower.growth.cul_de_sac_share:
            continue
        marks = plan.marks[street]
        (from_m, start), (to_m, stop) = marks[-2], marks[-1]
        if to_m - from_m < 70.0:  # noqa: PLR2004 - too short to end in between
            continue
        share = 0.45 + 0.4 * random.random()
        x_m = plan.x_m[start] + share * (plan.x_m[stop] - plan.x_m[start])
        y_m = plan.y_m[start] + share * (plan.y_m[stop] - plan.y_m[start])
        along_m = from_m + share * (to_m - from_m)
        add_mark(plan, street, along_m, (x_m, y_m))
        plan.ends_at_m[street] = along_m


def _line_with_paths(grower: _Grower, blocks: list[Block]) -> None:
    """Footpaths, alleys, steps and dead ends inside built-up blocks."""
    plan, growth, random = grower.plan, grower.growth, grower.random
    for block in blocks:
        pieces, shapes = [block], [block_shape(plan, block)]
        thinned = 1.0 if _is_built(grower.built, shapes[0][1]) else growth.edge_of_town_share
        _, more_paths, more_steps, _ = _factors_at(grower, shapes[0][1])
        thinned *= more_paths
        cuts, stubs = (
            int(random.negative_binomial(growth.evenness, growth.evenness / (growth.evenness + mean * thinned)))
            for mean in (growth.cuts_per_block, growth.stubs_per_block)
        )
        areas = [shapes[0][0]]
        axis: Axis | None = None
        # the dice of all tries at once; of those that are not made, none is thrown
        state, tries = random.bit_generator.state if cuts else {}, 0
        for shift, bend, dice in random.random((cuts, 3)).tolist():
            # the largest piece; the same again where no decent cut was found
            if axis is None:
                at = areas.index(max(areas))
                if areas[at] < 2 * growth.least_cut_ha * 1e4:
                    break
                axis = block_axis(shapes[at])
            tries += 1
            cut = cut_block(
                plan, pieces[at], shift=(shift - 0.5) * 1.3, bend=(bend - 0.5) * 0.5, snap_m=growth.path_snap_m,
                least_share=0.08, most_degree=5 if shift > 0.915 else 4,  # noqa: PLR2004 - few stars
                axis=axis,
            )  # fmt: skip
            if cut is None:
                continue
            one, other, (start, stop), sides = cut
            highway = _path_class(plan, sides, dice, steps_share=STEPS_SHARE * more_steps)
            street = add_street(plan, start, stop, highway)
            pieces[at] = with_street(one, street)
            pieces.append(with_street(other, street))
            shapes[at] = block_shape(plan, pieces[at])
            shapes.append(block_shape(plan, pieces[-1]))
            areas[at] = shapes[at][0]
            areas.append(shapes[-1][0])
            axis = None
        if tries < cuts:
            random.bit_generator.state = state
            random.random((tries, 3))
        for at in random.integers(0, len(pieces), stubs).tolist():
            piece = pieces[at]
            if len(piece.ring) >= 3:  # noqa: PLR2004
                _add_stub(grower, piece)
                pieces[at] = Block(piece.ring[:1], piece.sides[:1])  # one dead end a piece: they never cross


def _path_class(plan: StreetPlan, sides: tuple[int, ...], dice: float, *, steps_share: float = STEPS_SHARE) -> str:
    """The class of a way through a block; service ways only where cars reach both ends."""
    reached = all(plan.classes[side] in DRIVABLE and math.isinf(plan.ends_at_m[side]) for side in sides)
    if reached and dice < SERVICE_SHARE:
        return "service"
    # what is left of the dice, shared out: rarer classes first, so that footways take what steps leave
    for highway, share in (("cycleway", 0.015), ("pedestrian", 0.025), ("path", 0.07), ("steps", steps_share)):
        dice += share
        if dice >= 1.0:
            return highway
    return "footway"


def _throw(random: np.random.Generator, weights: Sequence[float]) -> int:
    """One of several by weight: what ``Generator.choice`` throws, without its checks, which take ten times as long.

    >>> weights, one, other = [1.0, 2.0, 0.5], np.random.default_rng(92), np.random.default_rng(92)
    >>> all(_throw(one, weights) == other.choice(3, p=np.array(weights) / 3.5) for _ in range(200))
    True
    """
    total = sum(weights)
    sums = list(accumulate(weight / total for weight in weights))
    return bisect_right([part / sums[-1] for part in sums], random.random())


def _add_stub(grower: _Grower, block: Block) -> None:
    """One dead end, from a side of the block inwards."""
    plan, random = grower.plan, grower.random
    corners = [(plan.x_m[node], plan.y_m[node]) for node in block.ring]
    following = [*corners[1:], corners[0]]
    lengths_m = [math.hypot(b[0] - a[0], b[1] - a[1]) for a, b in zip(corners, following, strict=True)]
    side = _throw(random, lengths_m)
    share, reach, dice, turn = random.random(4).tolist()
    (x0, y0), (x1, y1) = corners[side], following[side]
    if lengths_m[side] < 30.0:  # noqa: PLR2004
        return
    start = (x0 + (0.25 + 0.5 * share) * (x1 - x0), y0 + (0.25 + 0.5 * share) * (y1 - y0))
    along_m, node = mark_near(plan, block.sides[side], start, 6.0)
    if node is not None:
        start = (plan.x_m[node], plan.y_m[node])
    angle = math.atan2(y1 - y0, x1 - x0) + math.pi / 2 + (turn - 0.5) * 0.6
    towards = (math.cos(angle), math.sin(angle))
    depth_m = ray_depth_m(corners, start, towards)
    length_m = min(depth_m * (0.35 + 0.45 * reach), 110.0)
    if not 12.0 <= length_m <= 110.0:  # noqa: PLR2004
        return
    if node is None:
        node = add_mark(plan, block.sides[side], along_m, start)
    stop = add_node(plan, start[0] + towards[0] * length_m, start[1] + towards[1] * length_m)
    highway = _path_class(plan, (block.sides[side],), dice * 0.86)
    if highway == "service" and random.random() < grower.growth.street_stub_share:
        highway = "residential"
    add_street(plan, node, stop, highway)
