"""Pixels: lines and surfaces by Agg, marks and points by numpy, words by Pillow, PNG by zlib; no browser."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import shapely
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.path import Path as AggPath
from matplotlib.transforms import IdentityTransform
from PIL import Image, ImageDraw, ImageFont, PngImagePlugin

from access92.outputs.palette import rgb

Pixels = np.ndarray
"""An image: uint8, height × width × 3 (or 4, with alpha), the first row on top."""

Font = ImageFont.FreeTypeFont
_SHARPER = 4  # marks are drawn this many times too large, then reduced


@lru_cache(maxsize=64)
def font(size_px: int, *, bold: bool = False) -> Font:
    """DejaVu Sans, the copy that matplotlib carries: the same letters on every machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    file = Path(mpl.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(str(file), size_px, layout_engine=ImageFont.Layout.BASIC)


def text_width_px(words: str, face: Font) -> float:
    """The width of one line of text in pixels."""
    return float(face.getlength(words))


@lru_cache(maxsize=1024)
def wrap_text(words: str, face: Font, width_px: float) -> tuple[str, ...]:
    """The lines of a text no wider than ``width_px``; only ordinary spaces break, a longer word stays whole.

    >>> wrap_text("un deux trois", font(20), text_width_px("un deux", font(20)))
    ('un deux', 'trois')
    """
    lines: list[str] = []
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_px(longer, face) <= width_px:
            lines[-1] = longer
        else:
            lines.append(word)
    return tuple(lines)


@lru_cache(maxsize=4096)
def _words_mask(words: str, face: Font) -> Image.Image:
    """How much ink each pixel of one line of text has; drawn once for the slides that share it."""
    left, _, right, _ = face.getbbox(words, anchor="ls")
    mask = Image.new("L", (max(int(np.ceil(right - left)), 1), round(face.size * 2)))
    ImageDraw.Draw(mask).text((-left, face.size * 1.5), words, fill=255, font=face, anchor="ls")
    return mask


def put_words(
    image: Image.Image, x: float, middle: float, words: str, face: Font, colour: str, *, at_right: bool = False
) -> None:
    """Write one line of text that begins (or ends, ``at_right``) at ``x``, in place; ``middle``: of its capitals."""
    mask = _words_mask(words, face)
    left = round(x - mask.width if at_right else x)
    image.paste(rgb(colour), (left, round(middle + 0.36 * face.size - 1.5 * face.size)), mask)


class Canvas:
    """An RGBA layer that Agg draws geometries on; ``to_px`` takes metres to pixels."""

    def __init__(self, width_px: int, height_px: int, to_px: Any) -> None:  # noqa: ANN401 - (n × 2) → (n × 2)
        self._renderer: Any = RendererAgg(width_px, height_px, 72)  # type: ignore[no-untyped-call]
        self._to_px = to_px
        self._height_px = height_px

    def draw(
        self,
        shapes: Any,  # noqa: ANN401 - an array of geometries
        *,
        line: str | None = None,
        width_px: float = 1.0,
        fill: str | None = None,
        opacity: float = 1.0,
        dash_px: tuple[float, ...] | None = None,
    ) -> None:
        """Draw geometries: the outline of surfaces too, their holes left empty."""
        path = self._path(np.atleast_1d(np.asarray(shapes, dtype=object)))
        if path is None:
            return
        pen = self._renderer.new_gc()
        pen.set_antialiased(True)
        pen.set_joinstyle("round")
        pen.set_capstyle("butt" if dash_px else "round")
        pen.set_alpha(opacity)
        if dash_px:
            pen.set_dashes(0, list(dash_px))
        colour = rgb(line or fill or "#000000")
        pen.set_foreground((colour[0] / 255, colour[1] / 255, colour[2] / 255), isRGBA=False)
        pen.set_linewidth(width_px if line else 0.0)
        inside = (*(part / 255 for part in rgb(fill)), opacity) if fill else None
        self._renderer.draw_path(pen, path, IdentityTransform(), inside)
        pen.restore()

    def picture(self) -> Image.Image:
        """What was drawn (RGBA, alpha not premultiplied)."""
        buffer = self._renderer.buffer_rgba()
        height_px, width_px = buffer.shape[:2]
        return Image.frombuffer("RGBA", (width_px, height_px), buffer, "raw", "RGBA", 0, 1)

    def _path(self, shapes: np.ndarray) -> AggPath | None:
        parts = shapely.get_parts(shapes[~shapely.is_empty(shapes) & ~shapely.is_missing(shapes)])
        surfaces = shapely.get_dimensions(parts) > 1
        lines = np.concatenate([shapely.get_rings(parts[surfaces]), parts[~surfaces]])
        places, owner = shapely.get_coordinates(lines, return_index=True)
        if not len(places):
            return None
        codes = np.full(len(places), AggPath.LINETO, dtype=np.uint8)
        codes[np.r_[True, owner[1:] != owner[:-1]]] = AggPath.MOVETO
        at = self._to_px(places)
        return AggPath(np.column_stack([at[:, 0], self._height_px - at[:, 1]]), codes)


def lay_over(picture: Image.Image, layer: Image.Image) -> None:
    """Lay an RGBA layer of the same size over an RGB picture, in place.

    >>> picture, half_white = Image.new("RGB", (1, 1)), Image.new("RGBA", (1, 1), (255, 255, 255, 128))
    >>> lay_over(picture, half_white)
    >>> picture.getpixel((0, 0))
    (128, 128, 128)
    """
    picture.paste(layer, (0, 0), layer)


def stamp(image: Pixels, x: np.ndarray, y: np.ndarray, colour: str, shape: np.ndarray) -> None:
    """Put a small shape of coverage (0–1, odd sides) on ``image`` at each place, in place; outside is cut off.

    >>> image = np.zeros((1, 3, 3), np.uint8)
    >>> stamp(image, np.array([1]), np.array([0]), "#ff0000", np.ones((1, 1)))
    >>> image[0, :, 0].tolist()
    [0, 255, 0]
    """
    height, width = image.shape[:2]
    half_high, half_wide = shape.shape[0] // 2, shape.shape[1] // 2
    ink = np.array(rgb(colour), dtype=np.float32)
    values = np.arange(256, dtype=np.uint8)
    flat = image.reshape(-1, image.shape[2])
    for row, column in np.argwhere(shape > 0):
        at_x, at_y = x + (column - half_wide), y + (row - half_high)
        inside = (at_x >= 0) & (at_x < width) & (at_y >= 0) & (at_y < height)
        at = at_y[inside] * width + at_x[inside]
        cover = float(shape[row, column])
        if cover >= 1:
            flat[at, :3] = ink
            continue
        # what becomes of each of the 256 values is known beforehand
        for channel in range(3):
            mixed = np.rint(values * (1 - cover) + ink[channel] * cover).astype(np.uint8)
            flat[at, channel] = mixed[flat[at, channel]]


@lru_cache(maxsize=256)
def disc(sign: str, colour: str, size_px: int, ring: str = "#ffffff", halo: str = "") -> Image.Image:
    """A round mark with a letter, a ring and perhaps a halo (RGBA)."""
    side = (size_px + (8 if halo else 4)) * _SHARPER
    mark = Image.new("RGBA", (side, side), (*rgb(halo or ring), 0))
    pen = ImageDraw.Draw(mark)
    middle, radius = side / 2, size_px * _SHARPER / 2

    def circle(r: float, ink: str) -> None:
        pen.ellipse((middle - r, middle - r, middle + r, middle + r), fill=(*rgb(ink), 255))

    if halo:
        circle(radius + 3.5 * _SHARPER, halo)
    circle(radius + 1.5 * _SHARPER, "#1a1a1a")
    circle(radius + 0.7 * _SHARPER, ring)
    circle(radius - 0.6 * _SHARPER, colour)
    face = font(round(size_px * 0.68) * _SHARPER, bold=True)
    pen.text((middle, middle), sign, fill=(255, 255, 255, 255), font=face, anchor="mm")
    return mark.resize((side // _SHARPER, side // _SHARPER), Image.Resampling.LANCZOS)


def save_png(picture: Image.Image, path: Path, *, title: str = "", rights: str = "", colours: int = 256) -> Path:
    """Write an RGB picture as a PNG with a palette: a third of the bytes, and the eye sees no difference.

    ``title`` and ``rights`` (whom the data are of) are kept in the file, for programs that read pictures aloud or list
    them.
    """
    reduced = picture.quantize(colours, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE)
    words = PngImagePlugin.PngInfo()
    if title:
        words.add_itxt("Title", title)
    if rights:
        words.add_itxt("Copyright", rights)
    reduced.save(path, format="PNG", compress_level=1, pnginfo=words)
    return path
