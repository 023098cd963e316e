"""The maps of the report: inhabitants by travel time, communes by share in small multiples, pockets with their rank."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise, product
from textwrap import fill

import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke

from access92.outputs.palette import GREEN_COLOURS, UNKNOWN_KIND, kind_signs
from access92.outputs.report.drawing import INK, new_figure, placed_axes, svg_text
from access92.outputs.words.typography import NARROW_SPACE, percent
from access92.run.results import Results

SHARE_BOUNDS = (0.2, 0.4, 0.6, 0.8)
SHARE_COLOURS = ("#f3e3c3", "#c9d8df", "#86b0d0", "#3f7ab5", "#0c3b78")
_WATER = "#dbe6ee"
_RAIL = "#a39fae"
_BORDER = "#8c8c8c"
_PIXEL_M = 25.0
_LEGEND_MM = 13.0
_TITLE_CHARACTERS = 24
_SIMPLE_M = 40.0
_MARGIN_M = 350.0
_NAME_PT, _LETTER_EM, _MM_PER_POINT = 5.2, 0.58, 0.3528
_LABEL_PT = 4.6
_TRIES = 13  # points of a grid on each side of a polygon where its label may stand
_LAST_LIGHT = 2  # of the colours of shares
_NARROW_INCHES = 4.2
_ONE_ROW_INCHES = 5.6
_SIGN_PT = 4.6  # of a service, with its edge
_STEPS = (0.0, -1.2, 1.2, -2.0, 2.0)  # how far a name moves up or down, in half its height
_HALO = [withStroke(linewidth=1.6, foreground="white")]


@dataclass(frozen=True)
class BaseMap:
    """What every map of the report draws on, prepared once: outlines of areas and the base, view, places as pixels."""

    results: Results

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north of the study area with a margin (metres)."""
        west, south, east, north = (float(side) for side in self.results.areas.total_bounds)
        return west - _MARGIN_M, south - _MARGIN_M, east + _MARGIN_M, north + _MARGIN_M

    @property
    def aspect(self) -> float:
        """Height over width."""
        west, south, east, north = self.bounds
        return (north - south) / (east - west)

    @cached_property
    def outlines(self) -> list[Outline]:
        """The areas, simplified together so that no gap opens between neighbours."""
        shapes = np.asarray(self.results.areas.geometry.array)
        return [_outline(shape) for shape in shapely.coverage_simplify(shapes, _SIMPLE_M)]

    @cached_property
    def borders(self) -> list[np.ndarray]:
        """The rings of the areas."""
        rings = shapely.get_rings(np.asarray(self.results.areas.geometry.array))
        return [shapely.get_coordinates(ring) for ring in shapely.simplify(rings, _SIMPLE_M / 4)]

    @cached_property
    def water(self) -> list[Outline]:
        """The water known with the streets, inside the view."""
        if self.results.water is None or self.results.water.is_empty:
            return []
        clipped = shapely.clip_by_rect(self.results.water, *self.bounds)
        return [] if clipped.is_empty else [_outline(clipped)]

    @cached_property
    def green(self) -> list[tuple[Outline, str]]:
        """The woods and parks inside the view, each with its colour."""
        table = self.results.surroundings.layer("green")
        shapes = shapely.clip_by_rect(shapely.simplify(table.geometry.array, _SIMPLE_M / 2), *self.bounds)
        return [
            (_outline(shape), GREEN_COLOURS[kind])
            for kind, shape in zip(table["kind"], shapes, strict=True)
            if not shape.is_empty
        ]

    @cached_property
    def rails(self) -> list[np.ndarray]:
        """The railways inside the view."""
        lines = shapely.get_parts(self.results.surroundings.layer("rail").geometry.array)
        clipped = shapely.get_parts(shapely.clip_by_rect(shapely.simplify(lines, _SIMPLE_M / 2), *self.bounds))
        return [shapely.get_coordinates(line) for line in clipped if not line.is_empty]

    @cached_property
    def cells(self) -> tuple[np.ndarray, np.ndarray, tuple[int, int]]:
        """Row and column of each demand point in the picture, and the picture's shape."""
        west, south, east, north = self.bounds
        xy = shapely.get_coordinates(self.results.demand.geometry.array)
        shape = (int(np.ceil((north - south) / _PIXEL_M)), int(np.ceil((east - west) / _PIXEL_M)))
        column = np.clip(((xy[:, 0] - west) / _PIXEL_M).astype(int), 1, shape[1] - 2)
        row = np.clip(((north - xy[:, 1]) / _PIXEL_M).astype(int), 1, shape[0] - 2)
        return row, column, shape


def people_map(base_map: BaseMap, rank: np.ndarray, colours: Sequence[str], *, width_mm: float,
               services: np.ndarray | None = None, marks: np.ndarray | None = None,
               has_names: bool = False) -> Figure:  # fmt: skip
    """Every inhabited place in the colour of its class; services as squares; ``marks`` (x, y) numbered from 1.

    ``rank``: the class of each demand point; a higher class is drawn over a lower one. ``services``: rows.
    ``has_names``: the names of the areas, as many as there is room for.
    """
    figure = new_figure(width_mm, width_mm * base_map.aspect + _LEGEND_MM)
    axes = _map_axes(figure, base_map, (0, _LEGEND_MM, 0, 0))
    west, south, east, north = base_map.bounds
    # woods and rails only here: under the communes of the other maps nobody would see them
    for outline, colour in base_map.green:
        axes.add_collection(PathCollection([outline], facecolors=colour, linewidths=0, zorder=0.8))
    if base_map.rails:
        axes.add_collection(LineCollection(base_map.rails, colors=_RAIL, linewidths=0.4, zorder=1.2))
    axes.imshow(_picture(base_map, rank, colours), extent=(west, east, south, north), interpolation="none", zorder=2)
    axes.add_collection(LineCollection(base_map.borders, colors="#5a5a5a", linewidths=0.45, zorder=3))
    if services is not None:
        table = base_map.results.services.iloc[services]
        xy = shapely.get_coordinates(table.geometry.array)
        signs = kind_signs(base_map.results.study.kinds)
        colours = [signs.get(kind, UNKNOWN_KIND)[1] for kind in table["kind"]]
        axes.scatter(xy[:, 0], xy[:, 1], marker="s", s=15, color=colours,
                     edgecolors="white", linewidths=0.7, zorder=5)  # fmt: skip
    if has_names:
        _write_names(axes, base_map, services, width_mm=width_mm)
    round_mark = {"boxstyle": "circle,pad=0.22", "facecolor": INK, "edgecolor": "white", "linewidth": 0.6}
    for i, (x, y) in enumerate(marks if marks is not None else (), start=1):
        axes.text(x, y, str(i), ha="center", va="center", fontsize=6.5, color="white", weight="bold", bbox=round_mark,
                  zorder=6 - i / 100)  # fmt: skip
    return figure


def share_maps(base_map: BaseMap, panels: Sequence[tuple[str, np.ndarray]], *, columns: int, width_mm: float) -> str:
    """Small maps of the communes by share (0-1, NaN unknown), all in one legend; SVG."""
    wide = width_mm / columns
    lines = max((fill(title, _TITLE_CHARACTERS).count("\n") + 1 for title, _ in panels), default=1)
    titles_mm = 3.0 + 2.5 * lines
    high = (wide - 4) * base_map.aspect + titles_mm
    n_rows = -(-len(panels) // columns)
    figure = new_figure(width_mm, high * n_rows + 9)
    for i, (title, shares) in enumerate(panels):
        row, column = divmod(i, columns)
        axes = _map_axes(
            figure, base_map,
            (
                column * wide + 2,
                (n_rows - 1 - row) * high + 9,
                width_mm - (column + 1) * wide + 2,
                row * high + titles_mm,
            ),
            has_water=False,  # under the communes, which fill these maps
        )  # fmt: skip
        _choropleth(axes, base_map, shares)
        axes.set_title(fill(title, _TITLE_CHARACTERS), fontsize=5.8, loc="center", y=1.01, linespacing=1.15)
    _share_legend(figure)
    return svg_text(figure)


def labelled_share_map(base_map: BaseMap, shares: np.ndarray, *, width_mm: float) -> str:
    """One map of the communes by share, the percentage written on each; SVG."""
    figure = new_figure(width_mm, (width_mm - 4) * base_map.aspect + 12)
    axes = _map_axes(figure, base_map, (2, 10, 2, 2))
    _choropleth(axes, base_map, shares)
    table = base_map.results.areas
    known = np.flatnonzero(np.isfinite(shares))
    words = [f"{_two_lines(str(table['name'].iloc[i]))}\n{percent(shares[i])}" for i in known]
    west, _, east, _ = base_map.bounds
    places, on_own = label_places(
        shapely.simplify(table.geometry.to_numpy()[known], 2 * _SIMPLE_M),
        np.array([_half_box(text, _LABEL_PT) for text in words]).reshape(-1, 2)
        * ((east - west) / (width_mm - 4) * _MM_PER_POINT),
    )
    for i, text, (x, y), own in zip(known, words, places, on_own, strict=True):
        which = np.searchsorted(SHARE_BOUNDS, shares[i], side="right")
        axes.text(x, y, text, ha="center", va="center", fontsize=_LABEL_PT, linespacing=1.0, zorder=5,
                  color="white" if which > _LAST_LIGHT else INK,
                  # over the border of its area, a label keeps the colour that its letters are made for
                  path_effects=[withStroke(linewidth=1.2, foreground=SHARE_COLOURS[which])] if own < 1 else None,
        )  # fmt: skip
    _share_legend(figure)
    return svg_text(figure)


def _half_box(text: str, size_pt: float) -> tuple[float, float]:
    """Half the width and half the height of a text of several lines, in points."""
    lines = text.split("\n")
    return 0.5 * size_pt * _LETTER_EM * max(map(len, lines)), 0.55 * size_pt * len(lines)


def label_places(shapes: np.ndarray, half_boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where each label (half its width and height: (n, 2)) stands on its polygon, touching no other.

    Positions ((n, 2)), and the share of each label (0-1) that lies on its polygon.

    The smallest polygons choose first, among points of a grid within them: where the label touches none of those
    placed, then where most of it lies on its polygon, then nearest to the middle. Where it touches others wherever it
    stands, it touches them least.
    """
    places, on_own = np.zeros((len(shapes), 2)), np.zeros(len(shapes))
    placed = np.zeros((0, 4))
    for i in np.argsort(shapely.area(shapes), kind="stable"):
        shape, half = shapes[i], half_boxes[i]
        centre = shapely.centroid(shape)
        middle = shapely.get_coordinates(centre if shapely.contains(shape, centre) else shapely.point_on_surface(shape))
        tries, own = middle, _share_within(middle, half, shape)
        if own[0] < 1 or _touched(middle, half, placed)[0] > 0:
            west, south, east, north = shapely.bounds(shape)
            x, y = np.meshgrid(np.linspace(west, east, _TRIES), np.linspace(south, north, _TRIES))
            inside = shapely.contains_xy(shape, x.ravel(), y.ravel())
            tries = np.vstack([middle, np.column_stack([x.ravel()[inside], y.ravel()[inside]])])
            touched = _touched(tries, half, placed)
            tries = tries[touched == touched.min()]
            own = _share_within(tries, half, shape)
        best = np.lexsort((np.hypot(*(tries - middle).T), -np.round(own, 1)))[0]
        places[i], on_own[i] = tries[best], own[best]
        placed = np.vstack([placed, [*(tries[best] - half), *(tries[best] + half)]])
    return places, on_own


def _touched(tries: np.ndarray, half: np.ndarray, placed: np.ndarray) -> np.ndarray:
    """How much of the labels placed (west, south, east, north) each label tried would cover (m², rounded)."""
    low, high = (tries - half)[:, None, :], (tries + half)[:, None, :]
    sides = np.minimum(high, placed[None, :, 2:]) - np.maximum(low, placed[None, :, :2])
    covered: np.ndarray = np.round(np.clip(sides, 0, None).prod(axis=2).sum(axis=1))
    return covered


def _share_within(tries: np.ndarray, half: np.ndarray, shape: shapely.Geometry) -> np.ndarray:
    """The share (0-1) of each label tried that lies on its polygon."""
    boxes = shapely.box(*(tries - half).T, *(tries + half).T)
    share: np.ndarray = shapely.area(shapely.intersection(boxes, shape)) / (4 * half.prod())
    return share


def _write_names(axes: Axes, base_map: BaseMap, services: np.ndarray | None, *, width_mm: float) -> None:
    """The names of the areas on a map of this width, the most peopled first, beside the signs of services.

    One that would touch another wherever it is moved is left out.
    """
    west, _, east, _ = base_map.bounds
    metres_per_point = (east - west) / width_mm * _MM_PER_POINT
    table = base_map.results.areas
    half_sign = 0.5 * metres_per_point * _SIGN_PT
    signs = base_map.results.services.geometry.to_numpy()[services if services is not None else []]
    boxes = [(p.x - half_sign, p.y - half_sign, p.x + half_sign, p.y + half_sign) for p in signs]
    for i in np.argsort(-table["population"].to_numpy(float), kind="stable"):
        lines = _two_lines(str(table["name"].iloc[i]))
        place = shapely.point_on_surface(table.geometry.iloc[i])
        half_wide = 0.5 * metres_per_point * _NAME_PT * _LETTER_EM * max(map(len, lines.split("\n")))
        half_high = 0.55 * metres_per_point * _NAME_PT * (lines.count("\n") + 1)
        # names stay inside the view
        x = min(max(place.x, base_map.bounds[0] + half_wide), base_map.bounds[2] - half_wide)
        for steps in _STEPS:
            y = place.y + steps * half_high
            left, low, right, high = x - half_wide, y - half_high, x + half_wide, y + half_high
            if not any(left < box[2] and box[0] < right and low < box[3] and box[1] < high for box in boxes):
                boxes.append((left, low, right, high))
                axes.text(x, y, lines, ha="center", va="center", fontsize=_NAME_PT, color=INK, zorder=5.5,
                          linespacing=1.0, path_effects=_HALO)  # fmt: skip
                break


def with_legend(figure: Figure, entries: Sequence[tuple[str, str]], *, columns: int) -> str:
    """The figure as SVG with a legend of (colour, label) below the map."""
    figure.legend(
        handles=[Patch(facecolor=colour, edgecolor=_BORDER, linewidth=0.4, label=label) for colour, label in entries],
        loc="lower center", ncols=columns, fontsize=6.2, handlelength=1.2, handleheight=0.9, labelspacing=0.35,
        columnspacing=1.1, borderaxespad=0.1,
    )  # fmt: skip
    return svg_text(figure)


def _picture(base_map: BaseMap, rank: np.ndarray, colours: Sequence[str]) -> np.ndarray:
    """The places as pixels (RGBA, uint8): each a square of nine, higher classes on top."""
    row, column, shape = base_map.cells
    grid = np.full(shape, -1, dtype=np.int16)
    for down, right in product((-1, 0, 1), repeat=2):
        np.maximum.at(grid, (row + down, column + right), rank)
    rgba = np.zeros((*shape, 4), dtype=np.uint8)
    table = np.array([[round(255 * part) for part in to_rgb(colour)] for colour in colours], dtype=np.uint8)
    rgba[grid >= 0, :3] = table[grid[grid >= 0]]
    rgba[grid >= 0, 3] = 255
    return rgba


def _map_axes(
    figure: Figure, base_map: BaseMap, margins_mm: tuple[float, float, float, float], *, has_water: bool = True
) -> Axes:
    left, bottom, right, top = margins_mm
    axes = placed_axes(figure, left, bottom, right, top)
    west, south, east, north = base_map.bounds
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal")
    axes.set_axis_off()
    if has_water and base_map.water:
        axes.add_collection(PathCollection(base_map.water, facecolors=_WATER, linewidths=0, zorder=1))
    return axes


def _choropleth(axes: Axes, base_map: BaseMap, shares: np.ndarray) -> None:
    which = np.searchsorted(SHARE_BOUNDS, np.nan_to_num(shares), side="right")
    colours = [SHARE_COLOURS[i] if np.isfinite(share) else "#ffffff" for i, share in zip(which, shares, strict=True)]
    axes.add_collection(
        PathCollection(base_map.outlines, facecolors=colours, edgecolors=_BORDER, linewidths=0.35, zorder=2)
    )


def share_words(bounds: Sequence[float]) -> list[str]:
    """Classes of shares, each without its upper bound but the last.

    >>> [item.replace(NARROW_SPACE, " ") for item in share_words((0, 0.2, 0.6, 1))]
    ['moins de 20 %', '20 à moins de 60 %', '60 à 100 %']
    """
    last = len(bounds) - 2
    return [
        f"{'' if i == 0 else f'{100 * low:.0f} à '}{'' if i == last else 'moins de '}{100 * high:.0f}{NARROW_SPACE}%"
        for i, (low, high) in enumerate(pairwise(bounds))
    ]


def _share_legend(figure: Figure) -> None:
    is_narrow = figure.get_size_inches()[0] < _NARROW_INCHES
    bounds = (0.0, *SHARE_BOUNDS, 1.0)
    words = share_words(bounds)
    figure.legend(
        handles=[
            Patch(facecolor=colour, edgecolor=_BORDER, linewidth=0.4, label=label)
            for colour, label in zip(SHARE_COLOURS, words, strict=True)
        ],
        loc="lower center", ncols=3 if figure.get_size_inches()[0] < _ONE_ROW_INCHES else len(words), borderaxespad=0.1,
        **({"fontsize": 5.6, "handlelength": 0.9, "columnspacing": 0.8, "handletextpad": 0.4} if is_narrow
           else {"fontsize": 6.5, "handlelength": 1.4, "columnspacing": 1.2}),
    )  # fmt: skip


def _outline(shape: shapely.Geometry) -> Outline:
    """A polygon or several as one path, holes kept (even-odd by orientation)."""
    rings = [
        shapely.get_coordinates(ring)
        for part in shapely.get_parts(shapely.orient_polygons(shape))
        for ring in shapely.get_rings(part)
    ]
    if not rings:
        return Outline(np.zeros((1, 2)))
    return Outline.make_compound_path(*(Outline(ring, closed=True) for ring in rings))


def _two_lines(name: str) -> str:
    """A long name broken at the hyphen nearest its middle."""
    if len(name) < 11 or "-" not in name:  # noqa: PLR2004 - what fits on a small commune
        return name
    cuts = [i + 1 for i, letter in enumerate(name) if letter == "-"]
    at = min(cuts, key=lambda cut: abs(cut - len(name) / 2))
    return f"{name[:at]}\n{name[at:]}"
