"""What an OSM extract knows besides streets: water, woods and parks, railways and stations, names of places."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from access92.cache.fingerprints import code_fingerprint
from access92.sources.places import WGS84

TOLERANCE_M = 3.0
"""Outlines and lines are simplified by so much: less than a sixth of a cell of the isochrones, a pixel of any map."""

LEAST_WATER_M2 = 400.0
"""Smaller ponds and islands are left out: they are smaller than one cell of the isochrones (20 m by 20 m)."""

LEAST_GREEN_M2 = 2_500.0
"""Smaller gardens and copses cannot be seen on a map of a town."""

RIVER_WIDTH_M = 20.0
"""Width of a river or canal that the file has as a line, without ``width``. Hypothèse access92: one cell of the
isochrones, so that the line bars them and hardly anything is drawn too wide; real rivers that are wide are polygons."""

GREEN_KINDS = ("wood", "park", "cemetery")
PLACE_KINDS = ("city", "town", "village", "suburb", "quarter", "neighbourhood", "hamlet")
"""Names of places that maps show, the widest first (OpenStreetMap wiki, Key:place)."""

NATURE_KINDS = ("river", "water", *GREEN_KINDS)
"""What of the ground has a name on maps: rivers along their course, other water, woods, parks and cemeteries."""

LEAST_NAMED_M2 = 100_000.0
"""Smaller water, woods and parks keep their name to themselves: on a map of a town there is no room for it."""

_RIVER_NAME_M = 3_000.0  # a river is named again after so much of its course

_GREEN: Mapping[tuple[str, str], str] = {
    ("natural", "wood"): "wood", ("landuse", "forest"): "wood",
    ("leisure", "park"): "park", ("leisure", "garden"): "park", ("leisure", "nature_reserve"): "park",
    ("landuse", "cemetery"): "cemetery", ("amenity", "grave_yard"): "cemetery",
}  # fmt: skip
_WATER = {
    ("natural", "water"), ("waterway", "riverbank"), ("waterway", "dock"), ("landuse", "reservoir"),
    ("landuse", "basin"),
}  # fmt: skip
_WIDE_WATERWAYS = ("river", "canal")
_DRY_BASINS = ("detention", "infiltration")
_RAILS = ("rail", "light_rail", "narrow_gauge")
_SERVICE_TRACKS = ("yard", "siding", "spur", "crossover")
_STATIONS = ("station", "halt")
_KIND_ORDER = (*PLACE_KINDS, "train", "metro")
_SAME_STATION_M = 400.0
_SAME_PLACE_M = 300.0
_NO = ("", "no")

TABLE = "surroundings"
"""The name of the one table of :class:`SurroundingsCollector`."""


@dataclass(frozen=True, slots=True, eq=False)
class Surroundings:
    """What stands around the streets, clipped to the extent and simplified by :data:`TOLERANCE_M`.

    ``features``: one table in the CRS of the streets, with ``layer``, ``kind``, ``name`` ('' where none) and the
    geometry, in the order of the layers:

    * ``water``: at most one row, a MultiPolygon: lakes, basins, rivers, their islands left open (``kind`` '');
    * ``green``: one MultiPolygon a kind: ``wood``, ``park``, ``cemetery``;
    * ``rail``: at most one MultiLineString: main tracks in the open;
    * ``station``: points; ``kind`` ``train`` or ``metro``;
    * ``place``: points; ``kind`` one of :data:`PLACE_KINDS`;
    * ``nature``: points where rivers, water, woods and parks are named; ``kind`` one of :data:`NATURE_KINDS`.
    """

    features: gpd.GeoDataFrame

    def layer(self, name: str) -> gpd.GeoDataFrame:
        """The rows of a layer, in their order."""
        rows: gpd.GeoDataFrame = self.features[(self.features["layer"] == name).to_numpy()]
        return rows

    @property
    def water(self) -> shapely.Geometry | None:
        """What nobody walks across; None where none is known."""
        shapes = self.layer("water").geometry
        return None if shapes.empty else shapes.iloc[0]

    def fingerprint(self) -> str:
        """SHA-256 of all rows."""
        plain = "\n".join("|".join(row) for row in self.features[["layer", "kind", "name"]].to_numpy().tolist())
        digest = hashlib.sha256(plain.encode())
        for shape in shapely.to_wkb(self.features.geometry.to_numpy()):
            digest.update(shape)
        return digest.hexdigest()


def surroundings_of(rows: list[tuple[str, str, str, shapely.Geometry]], crs: object) -> Surroundings:
    """The surroundings of rows (layer, kind, name, geometry), in the order given.

    >>> surroundings_of([("water", "", "", shapely.box(0, 0, 9, 9))], 2154).water.area
    81.0
    """
    columns = {
        name: pd.Series([row[at] for row in rows], dtype=object) for at, name in enumerate(("layer", "kind", "name"))
    }
    return Surroundings(gpd.GeoDataFrame(columns, geometry=[row[3] for row in rows], crs=crs))


def no_surroundings(crs: object = WGS84) -> Surroundings:
    """The surroundings of streets that come with none.

    >>> no_surroundings().water is None, len(no_surroundings().features)
    (True, 0)
    """
    return surroundings_of([], crs)


@dataclass(slots=True, eq=False)
class SurroundingsCollector:
    """Gathers the surroundings in the pass that reads the streets of an OSM file.

    An :class:`~access92.sources.streets.extract.ExtractCollector`. ``extent``: what is kept, in WGS 84; None keeps all.

    Examples
    --------
    >>> collector = SurroundingsCollector()
    >>> collector.add_area({"natural": "water"}, shapely.to_wkb(shapely.box(2.2, 48.8, 2.21, 48.81)))
    >>> collector.add_node({"place": "town", "name": "Sèvres"}, 2.2, 48.82)
    >>> collector.add_way({"highway": "path"}, np.array([(2.2, 48.8), (2.3, 48.8)]))
    >>> surroundings = Surroundings(collector.finish(pyproj.CRS(2154))[TABLE])
    >>> surroundings.features["layer"].to_list(), round(surroundings.water.area / 1e4)
    (['water', 'place'], 82)
    """

    extent: BaseGeometry | None = None
    tables: tuple[str, ...] = (TABLE,)
    fingerprint: str = field(default_factory=lambda: code_fingerprint(__name__))
    area_keys: tuple[str, ...] = ("natural", "waterway", "landuse", "leisure", "amenity", "railway")
    way_keys: tuple[str, ...] = ("waterway", "railway")
    node_keys: tuple[str, ...] = ("place", "railway")
    _water: list[BaseGeometry] = field(default_factory=list)
    _rivers: list[tuple[BaseGeometry, float]] = field(default_factory=list)
    _green: dict[str, list[BaseGeometry]] = field(default_factory=lambda: {kind: [] for kind in GREEN_KINDS})
    _rails: list[BaseGeometry] = field(default_factory=list)
    _stations: list[tuple[str, str, BaseGeometry]] = field(default_factory=list)
    _places: list[tuple[str, str, BaseGeometry]] = field(default_factory=list)
    _named: list[tuple[str, str, BaseGeometry]] = field(default_factory=list)

    def add_area(self, tags: Mapping[str, str], geometry_wkb: bytes) -> None:
        """Take a closed way or a multipolygon, if it is of these layers."""
        kind = green_kind(tags)
        if is_open_water(tags):
            self._water.append(shapely.from_wkb(geometry_wkb))
            if tags.get("water", "") != "river" and tags.get("waterway", "") != "riverbank":  # its line has its name
                self._add_name("water", tags, self._water[-1])
        elif kind:
            self._green[kind].append(shapely.from_wkb(geometry_wkb))
            self._add_name(kind, tags, self._green[kind][-1])
        elif tags.get("railway", "") in _STATIONS:
            self._add_station(tags, shapely.point_on_surface(shapely.from_wkb(geometry_wkb)))

    def add_way(self, tags: Mapping[str, str], lonlat: NDArray[np.float64]) -> None:
        """Take a line, if it is a river or a railway in the open."""
        if _is_hidden(tags):
            return
        if tags.get("waterway", "") in _WIDE_WATERWAYS and tags.get("intermittent", "") != "yes":
            self._rivers.append((shapely.LineString(lonlat), _width_m(tags.get("width", ""))))
            self._add_name("river", tags, self._rivers[-1][0])
        if tags.get("railway", "") in _RAILS and tags.get("service", "") not in _SERVICE_TRACKS:
            self._rails.append(shapely.LineString(lonlat))

    def add_node(self, tags: Mapping[str, str], lon: float, lat: float) -> None:
        """Take a point, if it is a station or has the name of a place."""
        name, place = tags.get("name", ""), tags.get("place", "")
        if tags.get("railway", "") in _STATIONS:
            self._add_station(tags, shapely.Point(lon, lat))
        elif name and place in PLACE_KINDS:
            self._places.append((place, name, shapely.Point(lon, lat)))

    def _add_name(self, kind: str, tags: Mapping[str, str], shape: BaseGeometry) -> None:
        if tags.get("name", ""):
            self._named.append((kind, tags["name"], shape))

    def _add_station(self, tags: Mapping[str, str], point: BaseGeometry) -> None:
        kind = (
            "metro"
            if tags.get("station", "") in ("subway", "light_rail") or tags.get("subway", "") == "yes"
            else "train"
        )
        if tags.get("name", ""):
            self._stations.append((kind, tags.get("name", ""), point))

    def finish(self, crs: pyproj.CRS) -> Mapping[str, gpd.GeoDataFrame]:
        """The table of the surroundings inside the extent, in ``crs`` (projected, metres)."""
        within = None if self.extent is None else _projected([self.extent], crs)[0]

        # rivers that are lines become surfaces; then all water is one surface, so that no seam is left between pieces
        lines = _projected([line for line, _ in self._rivers], crs)
        widths_m = np.array([width_m for _, width_m in self._rivers], dtype=float)
        banks = shapely.buffer(lines, widths_m / 2, cap_style="flat", quad_segs=2) if len(lines) else lines
        water = _one_surface(np.concatenate([_projected(self._water, crs), banks]), within, least_m2=LEAST_WATER_M2)
        rows = [("water", "", "", water)] if water is not None else []
        for kind, shapes in self._green.items():
            surface = _one_surface(_projected(shapes, crs), within, least_m2=LEAST_GREEN_M2)
            rows += [("green", kind, "", surface)] if surface is not None else []
        rails = _one_line(_projected(self._rails, crs), within)
        rows += [("rail", "", "", rails)] if rails is not None else []
        for layer, points, near_m in (
            ("station", self._stations, _SAME_STATION_M),
            ("place", self._places, _SAME_PLACE_M),
        ):
            rows += [(layer, kind, name, point) for kind, name, point in _each_once(points, crs, within, near_m)]
        metres = _projected([shape for _, _, shape in self._named], crs)
        named = [(kind, name, shape) for (kind, name, _), shape in zip(self._named, metres, strict=True)]
        return {TABLE: surroundings_of([*rows, *named_nature(named, within)], crs).features}


def named_nature(
    shapes: list[tuple[str, str, BaseGeometry]], within: BaseGeometry | None = None
) -> list[tuple[str, str, str, shapely.Geometry]]:
    """Rows of the layer ``nature`` (kind, name and shape in metres): where each is named inside ``within``, by size.

    The shapes of one kind and name are one: a surface of 10 ha at least is named inside its largest part, a river in
    the middle of each 3 km of its course.

    >>> wood, square = shapely.box(0, 0, 500, 500), shapely.box(0, 0, 9, 9)
    >>> [row[1:3] for row in named_nature([("wood", "Bois", wood), ("park", "Square", square)])]
    [('wood', 'Bois')]
    """
    together: dict[tuple[str, str], list[BaseGeometry]] = {}
    for kind, name, shape in shapes:
        together.setdefault((kind, name), []).append(shapely.make_valid(shape))
    rows: list[tuple[float, str, str, shapely.Geometry]] = []
    for (kind, name), parts in together.items():
        whole = shapely.union_all(parts) if within is None else shapely.intersection(shapely.union_all(parts), within)
        for point, size in _name_spots(kind, whole):
            rows.append((-size, kind, name, shapely.Point(np.rint(shapely.get_coordinates(point)[0]))))
    rows.sort(key=lambda row: (NATURE_KINDS.index(row[1]) > 0, *row[:3], row[3].x, row[3].y))
    return [("nature", kind, name, point) for _, kind, name, point in rows]


def _name_spots(kind: str, shape: BaseGeometry) -> list[tuple[shapely.Geometry, float]]:
    """Where a shape is named, and how large it is there (m² or m); nowhere if it is too small."""
    if kind != "river":
        parts = shapely.get_parts(shape)
        parts = parts[shapely.get_dimensions(parts) == 2]  # noqa: PLR2004 - surfaces
        if not len(parts) or shapely.area(parts).sum() < LEAST_NAMED_M2:
            return []
        return [(shapely.point_on_surface(parts[np.argmax(shapely.area(parts))]), float(shapely.area(parts).sum()))]
    lines = shapely.get_parts(shapely.line_merge(shape) if shape.geom_type == "MultiLineString" else shape)
    lines = lines[shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING]
    lines = lines[shapely.length(lines) >= _RIVER_NAME_M / 2] if len(lines) else lines
    spots = []
    for line in lines:
        count = max(1, round(shapely.length(line) / _RIVER_NAME_M))
        steps = (np.arange(count) + 0.5) / count
        spots += [
            (point, float(shapely.length(line)))
            for point in shapely.line_interpolate_point(line, steps, normalized=True)
        ]
    return spots


def is_open_water(tags: Mapping[str, str]) -> bool:
    """Whether an area is water that one sees and cannot walk on, all year.

    >>> is_open_water({"natural": "water"}), is_open_water({"landuse": "basin", "basin": "detention"})
    (True, False)
    """
    if not any(tags.get(key, "") == value for key, value in _WATER) or _is_hidden(tags):
        return False
    return tags.get("basin", "") not in _DRY_BASINS and tags.get("intermittent", "") != "yes"


def green_kind(tags: Mapping[str, str]) -> str:
    """``wood``, ``park`` or ``cemetery``; '' for any other area.

    >>> green_kind({"landuse": "forest"}), green_kind({"landuse": "retail"})
    ('wood', '')
    """
    return next((kind for (key, value), kind in _GREEN.items() if tags.get(key, "") == value), "")


def _is_hidden(tags: Mapping[str, str]) -> bool:
    """Whether it lies under the ground or under a roof."""
    return (
        tags.get("tunnel", "") not in _NO
        or tags.get("covered", "") not in _NO
        or tags.get("location", "") == "underground"
        or (tags.get("layer", "").startswith("-") and tags.get("railway", "") != "")
    )  # fmt: skip


def _width_m(text: str) -> float:
    """A width in metres; :data:`RIVER_WIDTH_M` where none is written, or none that can be meant.

    >>> _width_m("35"), _width_m("12,5 m"), _width_m("large"), _width_m("9000")
    (35.0, 12.5, 20.0, 20.0)
    """
    try:
        width_m = float(text.replace(",", ".").removesuffix("m").strip())
    except ValueError:
        return RIVER_WIDTH_M
    return width_m if 1 <= width_m <= 1000 else RIVER_WIDTH_M  # noqa: PLR2004 - no river is wider


def _projected(shapes: list[BaseGeometry], crs: pyproj.CRS) -> np.ndarray:
    if not shapes:  # a town without rivers, woods or rails asks nothing of PROJ
        return np.empty(0, dtype=object)
    return np.asarray(gpd.GeoSeries(shapes, crs=WGS84).to_crs(crs).array, dtype=object)


def _one_surface(shapes: np.ndarray, within: BaseGeometry | None, *, least_m2: float) -> shapely.Geometry | None:
    """All polygons as one valid MultiPolygon inside ``within``, simplified; None where nothing is left.

    Pieces and holes smaller than ``least_m2`` are left out.
    """
    parts = _surfaces(shapely.make_valid(shapes))
    if within is not None and len(parts):
        shapely.prepare(within)
        parts = parts[shapely.intersects(within, parts)]
    if not len(parts):
        return None
    whole = shapely.simplify(shapely.union_all(parts), TOLERANCE_M)
    parts = _surfaces(np.array([whole if within is None else shapely.intersection(whole, within)], dtype=object))
    parts = _without_small_holes(parts[shapely.area(parts) >= least_m2], least_m2)
    return shapely.multipolygons(parts[_order(parts)]) if len(parts) else None


def _without_small_holes(parts: np.ndarray, least_m2: float) -> np.ndarray:
    filled = []
    for part in parts:
        holes = shapely.get_rings(part)[1:]
        large = shapely.area(shapely.polygons(holes)) >= least_m2 if len(holes) else np.zeros(0, dtype=bool)
        filled.append(shapely.polygons(shapely.get_exterior_ring(part), holes[large] if large.any() else None))
    return np.array(filled, dtype=object)


def _surfaces(shapes: np.ndarray) -> np.ndarray:
    """The polygons among the parts of shapes, of collections too."""
    parts = shapely.get_parts(shapely.get_parts(shapes))
    return np.asarray(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON], dtype=object)


def _one_line(lines: np.ndarray, within: BaseGeometry | None) -> shapely.Geometry | None:
    """All lines joined end to end inside ``within``, simplified; None where nothing is left."""
    if within is not None and len(lines):
        shapely.prepare(within)
        lines = shapely.intersection(lines[shapely.intersects(within, lines)], within)
    parts = shapely.get_parts(lines)
    parts = parts[(shapely.get_type_id(parts) == shapely.GeometryType.LINESTRING) & (shapely.length(parts) > 0)]
    if not len(parts):
        return None
    merged = shapely.get_parts(shapely.line_merge(shapely.multilinestrings(parts)))
    merged = shapely.simplify(merged, TOLERANCE_M)
    return shapely.multilinestrings(merged[_order(merged)])


def _order(shapes: np.ndarray) -> np.ndarray:
    """An order that depends on the shapes only: by their boxes, then their lengths."""
    bounds = shapely.bounds(shapes)
    return np.lexsort((shapely.length(shapes), *bounds.T[::-1]))


def _each_once(
    points: list[tuple[str, str, BaseGeometry]], crs: pyproj.CRS, within: BaseGeometry | None, near_m: float
) -> list[tuple[str, str, shapely.Geometry]]:
    """The named points inside ``within`` by kind, name and place; of one name and kind near each other the first."""
    places = np.rint(shapely.get_coordinates(_projected([point for _, _, point in points], crs)))
    rows = sorted(
        ((kind, name, x, y) for (kind, name, _), (x, y) in zip(points, places.tolist(), strict=True)),
        key=lambda row: (_KIND_ORDER.index(row[0]), *row),
    )
    chosen: list[tuple[str, str, float, float]] = []
    for kind, name, x, y in rows:
        is_inside = within is None or bool(shapely.intersects_xy(within, x, y))
        same = [row for row in chosen if row[:2] == (kind, name) and np.hypot(row[2] - x, row[3] - y) < near_m]
        if is_inside and not same:
            chosen.append((kind, name, x, y))
    return [(kind, name, shapely.Point(x, y)) for kind, name, x, y in chosen]
