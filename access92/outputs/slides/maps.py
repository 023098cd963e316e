"""Maps as pixels, for slides and the dossier: the backdrop once, then population, isochrone and services on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from PIL import Image, ImageDraw

from access92.measures.access import Access
from access92.outputs.maps.difference import changed_points_of, service_changes
from access92.outputs.palette import (
    CHANGE_COLOURS,
    GREEN_COLOURS,
    SERVICE_CHANGES,
    UNKNOWN_KIND,
    TimeClass,
    class_numbers,
    kind_signs,
    rgb,
    time_classes,
)
from access92.outputs.slides.drawn_streets import DRAWN_STREETS, is_known
from access92.outputs.slides.raster import Canvas, Pixels, disc, font, lay_over, stamp, text_width_px
from access92.outputs.words.labels import doubt
from access92.run.results import Results
from access92.study.schemas import ANY

_LAND, _OUTSIDE, _WATER, _RAIL = "#faf8f4", "#eceae5", "#c3d7e3", "#a39fae"
_BOUNDARY, _NAME, _EDGE = "#4a4a4a", "#1a1a1a", "#08306b"
_INK = (26, 26, 26)
_MARGIN_PX = 18
_TRIES = ((0, 0), (0, 1), (0, -1), (0, 2), (0, -2), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1))
"""Where a name is tried around its place: steps to the right and down."""

_FEW_SERVICES = 20  # more changed services than this get a smaller mark, not to hide the people under them
_CROWDED = 45  # more services than this are drawn smaller
_DOT = np.array([[0.55, 1, 0.55], [1, 1, 1], [0.55, 1, 0.55]])
_SMALL = np.array([[0.25, 0.75, 0.25], [0.75, 1, 0.75], [0.25, 0.75, 0.25]])
_CROSS = np.array(
    [
        [0.9, 0.3, 0, 0.3, 0.9],
        [0.3, 1, 0.5, 1, 0.3],
        [0, 0.5, 1, 0.5, 0],
        [0.3, 1, 0.5, 1, 0.3],
        [0.9, 0.3, 0, 0.3, 0.9],
    ]
)
_ROUND = np.array(
    [[0, 0.7, 0.9, 0.7, 0], [0.7, 1, 1, 1, 0.7], [0.9, 1, 1, 1, 0.9], [0.7, 1, 1, 1, 0.7], [0, 0.7, 0.9, 0.7, 0]]
)


@dataclass(frozen=True, slots=True, eq=False)
class MapScene:
    """What all the static maps of a run of one size have in common, drawn once.

    ``backdrop``: RGB, water, streets, land. ``labels``: RGBA, boundaries and names of areas, laid over the people.
    ``people_px``, ``services_px``: pixels (int, n × 2: x, y from the top left) of demand points and services.
    ``services``: what the table says of each service. ``isochrones``: by scenario and mode, polygons (metres).
    """

    width_px: int
    height_px: int
    metres_per_px: float
    centre_m: tuple[float, float]
    backdrop: Pixels
    labels: Image.Image
    people_px: np.ndarray
    services_px: np.ndarray
    services: Sequence[Mapping[str, Any]]
    isochrones: Mapping[tuple[str, str], np.ndarray]

    def to_px(self, places_m: np.ndarray) -> np.ndarray:
        """Metres of the study's CRS (n × 2) as pixels (float, from the top left)."""
        return np.column_stack(
            [
                (places_m[:, 0] - self.centre_m[0]) / self.metres_per_px + self.width_px / 2,
                self.height_px / 2 - (places_m[:, 1] - self.centre_m[1]) / self.metres_per_px,
            ]
        )


def prepare_scene(results: Results, *, width_px: int, height_px: int, name_px: int = 12) -> MapScene:
    """Draw the backdrop of a run's static maps; ``name_px``: size of the names of areas, 0 for none.

    Examples
    --------
    ``scene = prepare_scene(results, width_px=800, height_px=1080)``, then
    ``picture = draw_access(results, results.access_records[0], scene)``.
    """
    west, south, east, north = results.areas.total_bounds
    metres_per_px = float(
        max((east - west) / max(width_px - 2 * _MARGIN_PX, 1), (north - south) / max(height_px - 2 * _MARGIN_PX, 1))
    )
    bare = MapScene(
        width_px, height_px, max(metres_per_px, 0.1), (float(west + east) / 2, float(south + north) / 2),
        np.zeros((0, 0, 3), np.uint8), Image.new("RGBA", (0, 0)),
        np.zeros((0, 2), int), np.zeros((0, 2), int), (), {},
    )  # fmt: skip
    return MapScene(
        width_px, height_px, bare.metres_per_px, bare.centre_m,
        backdrop=_draw_backdrop(results, bare),
        labels=_draw_labels(results, bare, name_px),
        people_px=_pixels(bare, shapely.get_coordinates(results.demand.geometry.array)),
        services_px=_pixels(bare, shapely.get_coordinates(results.services.geometry.array)),
        services=_records(results.services),
        isochrones=_isochrones(results),
    )  # fmt: skip


def draw_access(results: Results, access: Access, scene: MapScene, *, marks: bool = True) -> Image.Image:
    """The map of one scenario and mode (RGB): people by travel time, edge of the isochrone, services counted."""
    classes = map_classes(results)
    surfaces = scene.isochrones.get((access.scenario, access.mode), np.array([], dtype=object))
    picture = Image.fromarray(scene.backdrop, "RGB")
    lay_over(picture, _tint(scene, surfaces))
    pixels = np.array(picture)
    which = class_numbers(access.travel_time_min, classes)
    for number, item in enumerate(classes):
        points_px = scene.people_px[which == number]
        stamp(pixels, points_px[:, 0], points_px[:, 1], item.colour, _SMALL if item.is_covered else _DOT)
    picture = Image.fromarray(pixels, "RGB")
    lay_over(picture, _edges(scene, surfaces))
    lay_over(picture, scene.labels)
    if marks:
        _mark_services(results, scene, picture, access.service_rows)
    return picture


def draw_difference(results: Results, scenario: str, mode: str, scene: MapScene, *, marks: bool = True) -> Image.Image:
    """The map of what a scenario changes against the first, by a mode (RGB); worse is a cross."""
    changed = changed_points_of(results, scenario, mode)
    at = pd.Index(results.demand["demand_id"]).get_indexer(pd.Index(changed["demand_id"]))
    pixels = scene.backdrop.copy()
    for change in ("faster", "slower", "gained", "lost"):
        rows = scene.people_px[at[(changed["change"] == change).to_numpy() & (at >= 0)]]
        shape = {"faster": _DOT, "slower": _CROSS, "gained": _ROUND, "lost": _CROSS}[change]
        stamp(pixels, rows[:, 0], rows[:, 1], CHANGE_COLOURS[change], shape)
    picture = Image.fromarray(pixels, "RGB")
    lay_over(picture, scene.labels)
    if not marks:
        return picture
    kinds = service_changes(results, scenario)
    large = sum(kind != "kept" for kind in kinds.values()) <= _FEW_SERVICES
    symbols = []
    for row, kind in sorted(kinds.items(), key=lambda item: (item[1] != "kept", item[0])):
        sign, colour = SERVICE_CHANGES[kind]
        size = 10 if kind == "kept" else (26 if large else 16)
        symbols.append((row, disc(sign, colour, size)))
    _paste(picture, scene, symbols)
    return picture


def map_classes(results: Results) -> tuple[TimeClass, ...]:
    """The classes of travel time of a run's maps."""
    analysis = results.study.analysis
    return time_classes(analysis.thresholds_min, headline_min=analysis.threshold_min, cutoff_min=analysis.cutoff_min)


def draw_scale(picture: Image.Image, scene: MapScene) -> None:
    """Draw a scale bar and an arrow to the north at the lower right of the map, in place."""
    pen = ImageDraw.Draw(picture)
    length_m = scale_length_m(scene.metres_per_px * scene.width_px / 4)
    length_px = length_m / scene.metres_per_px
    right, low = scene.width_px - 24, scene.height_px - 26
    pen.rectangle((right - length_px - 12, low - 34, right + 12, low + 14), fill=(255, 255, 255))
    pen.rectangle((right - length_px, low - 4, right, low + 3), fill=_INK, outline=_INK)
    pen.rectangle((right - length_px / 2, low - 3, right - 1, low + 2), fill=(255, 255, 255))
    words = f"{length_m / 1000:g}\u00a0km".replace(".", ",") if length_m >= 1000 else f"{length_m:g}\u00a0m"  # noqa: PLR2004
    pen.text((right - length_px / 2, low - 10), words, fill=_INK, font=font(15), anchor="ms")
    tip, x = low - 104, right - 8
    pen.polygon([(x, tip), (x - 10, tip + 34), (x, tip + 26), (x + 10, tip + 34)], fill=_INK)
    pen.text((x, tip + 54), "N", fill=_INK, font=font(18, bold=True), anchor="ms", stroke_width=2,
             stroke_fill=(255, 255, 255))  # fmt: skip


def scale_length_m(most_m: float) -> float:
    """The longest round length (1, 2 or 5 times a power of ten) no longer than ``most_m``.

    >>> scale_length_m(4700), scale_length_m(900)
    (2000.0, 500.0)
    """
    power = 10.0 ** np.floor(np.log10(max(most_m, 1.0)))
    return float(max(step * power for step in (1, 2, 5) if step * power <= max(most_m, 1.0)))


def _pixels(scene: MapScene, places_m: np.ndarray) -> np.ndarray:
    outside = -10_000  # an empty place is nowhere on the map
    at = np.nan_to_num(np.floor(scene.to_px(places_m)), nan=outside)
    return np.asarray(at, dtype=np.int64)


def _canvas(scene: MapScene) -> Canvas:
    return Canvas(scene.width_px, scene.height_px, scene.to_px)


def _draw_backdrop(results: Results, scene: MapScene) -> Pixels:
    canvas = _canvas(scene)
    areas = results.areas.geometry.array
    canvas.draw(areas, fill=_LAND)
    for kind, shape in zip(*(results.surroundings.layer("green")[name] for name in ("kind", "geometry")), strict=True):
        canvas.draw(shape, fill=GREEN_COLOURS[kind])
    if results.water is not None and not results.water.is_empty:
        canvas.draw(results.water, fill=_WATER)
    lines = np.asarray(results.streets.geometry.array)
    highway = results.streets["highway"].to_numpy()
    if not is_known(highway).any():
        canvas.draw(lines, line=DRAWN_STREETS[0][1], width_px=DRAWN_STREETS[0][2])
    for names, colour, width_px in DRAWN_STREETS:
        canvas.draw(lines[np.isin(highway, names)], line=colour, width_px=width_px)
    canvas.draw(results.surroundings.layer("rail").geometry.array, line=_RAIL, width_px=1.0, dash_px=(5.0, 2.0))
    stations = shapely.buffer(results.surroundings.layer("station").geometry.array, 2.5 * scene.metres_per_px)
    canvas.draw(stations, fill="#ffffff", line=_RAIL, width_px=1.0)
    back = Image.new("RGB", (scene.width_px, scene.height_px), rgb(_OUTSIDE))
    lay_over(back, canvas.picture())
    return np.asarray(back)


def _draw_labels(results: Results, scene: MapScene, name_px: int) -> Image.Image:
    canvas = _canvas(scene)
    areas = np.asarray(results.areas.geometry.array)
    canvas.draw(areas, line="#ffffff", width_px=2.2, opacity=0.55)
    canvas.draw(areas, line=_BOUNDARY, width_px=0.9, opacity=0.9)
    canvas.draw(shapely.union_all(areas), line=_BOUNDARY, width_px=1.8)
    picture = canvas.picture()
    if name_px:
        pen = ImageDraw.Draw(picture)
        middle = scene.to_px(shapely.get_coordinates(shapely.point_on_surface(areas)))
        taken = [_around(x, y, 11, 11) for x, y in _reference_places(results, scene)]
        order = np.argsort(-shapely.area(areas), kind="stable")
        for row in order:
            _write_name(pen, str(results.areas["name"].iloc[row]), middle[row], name_px, taken)
    return picture


_Box = tuple[float, float, float, float]


def _around(x: float, y: float, half_wide: float, half_high: float) -> _Box:
    return (x - half_wide, y - half_high, x + half_wide, y + half_high)


def _reference_places(results: Results, scene: MapScene) -> np.ndarray:
    """Where the services of the first scenario are drawn: names keep clear of them."""
    rows = results.access_records[0].service_rows if results.access_records else np.zeros(0, dtype=int)
    places = shapely.get_coordinates(results.services.geometry.array[rows])
    return _pixels(scene, places)


def _write_name(pen: ImageDraw.ImageDraw, name: str, at: np.ndarray, name_px: int, taken: list[_Box]) -> None:
    """A name near its place, on two lines where it is long; left out where there is no room."""
    face = font(name_px, bold=True)
    lines = _two_lines(name)
    wide, high = max(text_width_px(line, face) for line in lines), name_px * 1.15 * len(lines)
    for right, down in _TRIES:
        box = _around(at[0] + right * 2 * name_px, at[1] + down * 0.9 * name_px, wide / 2, high / 2)
        if not any(_meet(box, other) for other in taken):
            break
    else:
        return
    taken.append(box)
    for number, line in enumerate(lines):
        y = box[1] + name_px * 1.15 * (number + 0.5)
        pen.text(
            ((box[0] + box[2]) / 2, y), line.replace("'", "’"), fill=(*_INK, 255), font=face, anchor="mm",
            stroke_width=2, stroke_fill=(255, 255, 255, 225),
        )  # fmt: skip


def _meet(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _two_lines(name: str, *, long: int = 11) -> list[str]:
    """A long name cut at the hyphen or space nearest to its middle."""
    cuts = [at for at, letter in enumerate(name) if letter in "- "]
    if len(name) <= long or not cuts:
        return [name]
    cut = min(cuts, key=lambda at: abs(at - len(name) / 2))
    return [name[: cut + 1].rstrip(), name[cut + 1 :]]


def _isochrones(results: Results) -> dict[tuple[str, str], np.ndarray]:
    """By scenario and mode the isochrone of all services together at the headline threshold."""
    table = results.isochrones
    rows = table[
        (table["rule"] == ANY)
        & (table["service_id"] == "")
        & (table["threshold_min"] == results.study.analysis.threshold_min)
    ]
    return {
        (scenario, mode): shapely.get_parts(shape)
        for scenario, mode, shape in zip(rows["scenario"], rows["mode"], rows.geometry.array, strict=True)
    }


def _tint(scene: MapScene, surfaces: np.ndarray) -> Image.Image:
    """What is within the isochrone, lightly, below the people."""
    canvas = _canvas(scene)
    canvas.draw(surfaces, fill="#b9d4ea", opacity=0.55)
    return canvas.picture()


def _edges(scene: MapScene, surfaces: np.ndarray) -> Image.Image:
    """The edge of the isochrone, above the people: of what is large enough to be seen."""
    rings = shapely.polygons(shapely.get_rings(surfaces)) if len(surfaces) else surfaces
    canvas = _canvas(scene)
    canvas.draw(rings[shapely.area(rings) > (10 * scene.metres_per_px) ** 2], line=_EDGE, width_px=1.3, opacity=0.9)
    return canvas.picture()


def _records(services: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    plain: list[dict[str, Any]] = services.drop(columns=services.geometry.name).to_dict("records")
    return plain


def _mark_services(results: Results, scene: MapScene, picture: Image.Image, rows: Sequence[int] | np.ndarray) -> None:
    size = 13 if len(rows) > _CROWDED else 19
    signs = kind_signs(results.study.kinds)
    symbols = []
    for row in rows:
        service = scene.services[int(row)]
        sign, colour = signs.get(service["kind"], UNKNOWN_KIND)
        symbols.append((int(row), disc(sign, colour, size, halo="#ffd54a" if doubt(service) else "")))
    _paste(picture, scene, symbols)


def _paste(picture: Image.Image, scene: MapScene, symbols: Sequence[tuple[int, Image.Image]]) -> None:
    """Put marks on the map, in place; those of one spot stand side by side, none hides another."""
    taken: dict[tuple[int, int], int] = {}
    for row, mark in symbols:
        x, y = (int(value) for value in scene.services_px[row])
        cell = (x // 4, y // 4)
        shift = taken.get(cell, 0)
        taken[cell] = shift + round(mark.width * 0.72)
        picture.paste(mark, (x + shift - mark.width // 2, y - mark.height // 2), mark)
