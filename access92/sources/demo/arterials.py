"""The main roads of the demonstration streets: quays, bridges and arterials, and the blocks between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay, cKDTree

from access92.sources.demo.frame import BuiltUp, DemoFrame, seine_polygon
from access92.sources.demo.main_roads import far_from_roads, place_roads, real_classes, with_joining

QUAY_OFFSET_M = 18.0
QUAY_STEP_M = 260.0
SPACING_BUILT_M, SPACING_EMPTY_M = 620.0, 1250.0
OVERSHOOT_M = 700.0
NEIGHBOUR_M = 9000.0  # journeys between towns are counted up to this length
STAR_DEGREE = 5
STAR_SHARE = 0.4  # of the crossings, left as they are
FAR_ENDS = 45  # places beside the town centres that journeys start from, so that the margin has main roads too
PRIMARY_SHARE, SECONDARY_SHARE = 0.13, 0.36  # of the arterials, by how many journeys between towns use them


@dataclass(frozen=True, slots=True)
class Arterials:
    """Straight main roads between ``places`` (n × 2), and the faces they enclose.

    ``links`` is m × 2 positions in ``places``; ``classes`` their highway class; ``bridge`` is −1 or the
    row of the bridge in the frame. ``faces`` lists rings of places, counter-clockwise, open.
    ``centres`` are the places of the town centres.
    """

    places: NDArray[np.float64]
    links: NDArray[np.int64]
    classes: NDArray[np.object_]
    bridge: NDArray[np.int64]
    faces: tuple[tuple[int, ...], ...]
    centres: NDArray[np.int64]


def plan_arterials(
    frame: DemoFrame,
    extent: shapely.Geometry,
    built: BuiltUp,
    random: np.random.Generator,
) -> Arterials:
    """Quays along the Seine, its bridges, and a Gabriel graph of seeds that no link carries over water."""
    # the quays first: they are real, and every other street begins where they leave room
    ring, heads = _quay_ring(frame)
    if frame.roads is None:
        seeds, centre_count = _seeds(frame, extent, built, ring, random)
        real = None
    else:
        real = place_roads(frame, extent, ring)
        random_seeds, _ = _seeds(frame, extent, built, ring, random)
        seeds = np.vstack([real.places, random_seeds[far_from_roads(random_seeds, real)]])
        centre_count = len(real.centres)
    places = np.vstack([ring, seeds])
    in_ring = np.arange(len(ring))
    quay = np.column_stack([in_ring, np.roll(in_ring, -1)])
    quay_shape = shapely.Polygon(ring)
    links = _gabriel(places)

    # a Gabriel graph looks like main roads do; over water only bridges go
    on_ring = (links < len(ring)).all(axis=1)
    lines = shapely.linestrings(places[links])
    shapely.prepare(quay_shape)
    over_water = shapely.relate_pattern(lines, quay_shape, "T********")
    links = links[~on_ring & ~over_water]
    if real is None:
        links = _without_dead_ends(np.vstack([quay, _without_stars(links, places, random)]))
    else:
        is_real = (links >= len(ring)) & (links < len(ring) + len(real.places))
        joining = links[~is_real.all(axis=1)]
        links = _without_dead_ends(np.vstack([quay, with_joining(places, joining, real.links + len(ring))]))

    # streets that bound no block of the extent are of no use, the quays near it aside
    faces = _faces(places, links, extent, quay_shape)
    used = {frozenset(pair) for face in faces for pair in zip(face, (*face[1:], face[0]), strict=True)}
    near = shapely.intersects(extent, shapely.linestrings(places[quay]))
    used |= {frozenset(pair) for pair in quay[near].tolist()}
    links = np.array([pair for pair in links.tolist() if frozenset(pair) in used])

    # the class of a road grows with the journeys that take it, between towns, bridges and the edge
    bridge = np.concatenate([np.full(len(links), -1), np.arange(len(heads))])
    links = np.vstack([links, heads])
    centres = np.intersect1d(len(ring) + np.arange(centre_count), links)
    elsewhere = random.choice(np.unique(links), size=min(FAR_ENDS, len(np.unique(links))), replace=False)
    ends = np.unique(np.concatenate([centres, heads.ravel(), elsewhere]))
    usage = _usage(places, links, ends, bridge, frame)
    classes = np.full(len(links), "tertiary", dtype=object)
    order = np.argsort(-usage, kind="stable")
    classes[order[: int(SECONDARY_SHARE * len(links))]] = "secondary"
    classes[order[: int(PRIMARY_SHARE * len(links))]] = "primary"

    if real is not None:
        classes = real_classes(links, classes, real, len(ring))

    # bridges are as the file says: a footbridge carries no car, a road bridge is no small street
    for row, modes in enumerate(frame.bridges["modes"]):
        at = len(links) - len(heads) + row
        if "car" not in modes:
            classes[at] = "cycleway" if "bike" in modes else "footway"
        elif classes[at] == "tertiary":
            classes[at] = "secondary"
    return Arterials(places, links, classes, bridge, faces, centres)


def _quay_ring(frame: DemoFrame) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The quays as one closed ring of places (not repeated), and the two bridge heads of each bridge."""
    outline = shapely.buffer(seine_polygon(frame), QUAY_OFFSET_M, join_style="mitre", mitre_limit=2.0).exterior
    heads_m = []
    for point in frame.bridges.geometry:
        at_m = frame.seine.project(point)
        middle = shapely.get_coordinates(frame.seine.interpolate(at_m))[0]
        ahead = shapely.get_coordinates(frame.seine.interpolate(min(at_m + 60.0, frame.seine.length)))[0]
        behind = shapely.get_coordinates(frame.seine.interpolate(max(at_m - 60.0, 0.0)))[0]
        along = (ahead - behind) / np.hypot(*(ahead - behind))
        across = np.array([-along[1], along[0]]) * 400.0
        for side in (1, -1):
            ray = shapely.LineString([middle, middle + side * across])
            hits = shapely.get_coordinates(ray.intersection(outline))
            nearest = hits[np.argmin(np.hypot(*(hits - middle).T))]
            heads_m.append(outline.project(shapely.Point(nearest)))
    corners_m = np.array([outline.project(shapely.Point(xy)) for xy in outline.coords[:-1]])
    fixed_m = np.unique(np.round(np.concatenate([corners_m, heads_m]), 6))
    pieces = []
    for start_m, stop_m in zip(fixed_m, np.append(fixed_m[1:], outline.length + fixed_m[0]), strict=True):
        count = max(1, round((stop_m - start_m) / QUAY_STEP_M))
        pieces.append(start_m + (stop_m - start_m) * np.arange(count) / count)
    along_m = np.concatenate(pieces) % outline.length
    ring = shapely.get_coordinates(shapely.line_interpolate_point(outline, along_m))
    _, heads = cKDTree(ring).query(shapely.get_coordinates(shapely.line_interpolate_point(outline, np.array(heads_m))))
    return ring, heads.reshape(-1, 2)


def _seeds(
    frame: DemoFrame,
    extent: shapely.Geometry,
    built: BuiltUp,
    ring: NDArray[np.float64],
    random: np.random.Generator,
) -> tuple[NDArray[np.float64], int]:
    """Town centres first, then random crossings, closer together where homes stand; and how many centres."""
    west_m, south_m, east_m, north_m = shapely.bounds(shapely.buffer(extent, OVERSHOOT_M))
    water = shapely.Polygon(ring)
    centres = shapely.get_coordinates(shapely.point_on_surface(frame.communes.geometry.to_numpy()))
    count = int((east_m - west_m) * (north_m - south_m) / 1e6 * 25)
    spots = np.vstack([centres, random.uniform((west_m, south_m), (east_m, north_m), (count, 2))])
    wide = shapely.buffer(extent, OVERSHOOT_M)
    shapely.prepare(wide)
    column = np.clip(((spots[:, 0] - built.west_m) / 100).astype(int), 0, built.mask.shape[1] - 1)
    row = np.clip(((spots[:, 1] - built.south_m) / 100).astype(int), 0, built.mask.shape[0] - 1)
    spacing_m = np.where(built.mask[row, column], SPACING_BUILT_M, SPACING_EMPTY_M)
    clear = shapely.contains_xy(wide, spots) & (shapely.distance(shapely.points(spots), water) > SPACING_BUILT_M * 0.45)
    clear[: len(centres)] |= shapely.distance(shapely.points(centres), water) > 1.0
    seeds = np.empty((0, 2))
    centre_count = 0
    for i in np.flatnonzero(clear):
        least_m = 300.0 if i < len(centres) else spacing_m[i]
        if len(seeds) == 0 or ((seeds - spots[i]) ** 2).sum(axis=1).min() >= least_m**2:
            seeds = np.vstack([seeds, spots[i]])
            centre_count += int(i < len(centres))
    return seeds, centre_count


def _gabriel(places: NDArray[np.float64]) -> NDArray[np.int64]:
    """The pairs whose circle of diameter holds no third place, each once, sorted."""
    triangles = Delaunay(places).simplices
    sides = np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    pairs = np.unique(np.sort(sides, axis=1), axis=0)
    middle = places[pairs].mean(axis=1)
    radius_m = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T) / 2
    nearest_m, _ = cKDTree(places).query(middle)
    return np.asarray(pairs[nearest_m >= radius_m * (1 - 1e-9)], dtype=np.int64)


def _without_stars(
    links: NDArray[np.int64],
    places: NDArray[np.float64],
    random: np.random.Generator,
) -> NDArray[np.int64]:
    """The links left when crossings of five and more lose their longest links to crossings of four and more."""
    degree = np.bincount(links.ravel(), minlength=len(places))
    spared = random.random(len(places)) < STAR_SHARE
    stays = np.ones(len(links), dtype=bool)
    for at in np.argsort(-np.hypot(*(places[links[:, 0]] - places[links[:, 1]]).T), kind="stable").tolist():
        ends = degree[links[at]]
        if spared[links[at]].any():
            continue
        if ends.max() >= STAR_DEGREE and ends.min() >= STAR_DEGREE - 1:
            stays[at] = False
            degree[links[at]] -= 1
    return links[stays]


def _without_dead_ends(links: NDArray[np.int64]) -> NDArray[np.int64]:
    """The links left when those that lead nowhere are taken away again and again."""
    while True:
        degree = np.bincount(links.ravel())
        stays = (degree[links] > 1).all(axis=1)
        if stays.all():
            return links
        links = links[stays]


def _faces(
    places: NDArray[np.float64],
    links: NDArray[np.int64],
    extent: shapely.Geometry,
    water: shapely.Geometry,
) -> tuple[tuple[int, ...], ...]:
    """The rings of places around each block that touches the extent, water left out."""
    polygons = shapely.get_parts(shapely.polygonize(shapely.linestrings(places[links])))
    wet = shapely.contains_properly(water, shapely.point_on_surface(polygons))
    inside = shapely.intersects(extent, polygons) & ~wet
    polygons = shapely.orient_polygons(polygons[inside])
    corners = shapely.bounds(polygons)
    polygons = polygons[np.lexsort((corners[:, 1], corners[:, 0]))]
    tree = cKDTree(places)
    return tuple(tuple(tree.query(shapely.get_coordinates(polygon.exterior)[:-1])[1].tolist()) for polygon in polygons)


def _usage(
    places: NDArray[np.float64],
    links: NDArray[np.int64],
    ends: NDArray[np.int64],
    bridge: NDArray[np.int64],
    frame: DemoFrame,
) -> NDArray[np.float64]:
    """How many shortest paths between town centres and bridges take each link."""
    length_m = np.hypot(*(places[links[:, 0]] - places[links[:, 1]]).T)
    for row, modes in enumerate(frame.bridges["modes"]):
        if "car" not in modes:
            length_m[bridge == row] = 1e7
    graph = coo_array((length_m, links.T), shape=(len(places), len(places))).tocsr()
    distance_m, before = dijkstra(graph, directed=False, indices=ends, return_predecessors=True)
    position = {frozenset(pair): at for at, pair in enumerate(links.tolist())}
    usage = np.zeros(len(links))
    for source in range(len(ends)):
        for target in ends[source + 1 :]:
            at = int(target)
            if not distance_m[source, at] <= NEIGHBOUR_M:
                continue
            while before[source, at] >= 0:
                usage[position[frozenset((at, int(before[source, at])))]] += 1
                at = int(before[source, at])
    return usage
