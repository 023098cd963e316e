"""Pictures made small: at most 1200 pixels wide, with a palette, at most 150 kB."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from access92.errors import Fault, OutputError

WIDEST_PX = 1200
HEAVIEST_BYTES = 150_000

_FLAT_SHARE = 0.02  # of the pixels: the grounds; they keep their exact colour
_MOST_COLOURS = 256
_DISTANCES = (0, 4, 8, 12, 16, 20, 24, 28, 32, 36, 40)  # in RGB; the others are at most that far from theirs


def small_png(picture: Image.Image, name: str) -> bytes:
    """The picture as a PNG with the finest palette that keeps it light; the same pixels give the same bytes.

    Pillow's quantisers move the flat colours (a white and a cream become one) or need twice the bytes.

    Raises
    ------
    OutputError
        Even the coarsest palette is too heavy.

    Examples
    --------
    >>> content = small_png(Image.new("RGB", (2400, 600), "#0d4f9e"), "bleu.png")
    >>> Image.open(io.BytesIO(content)).size
    (1200, 300)
    """
    flat = picture.convert("RGB")
    if flat.width > WIDEST_PX:
        flat = flat.resize((WIDEST_PX, round(flat.height * WIDEST_PX / flat.width)), Image.Resampling.LANCZOS)
    pixels = np.asarray(flat)
    for distance in _DISTANCES:
        palette, codes = choose_palette(pixels, distance)
        content = _encode(palette, codes)
        if len(content) <= HEAVIEST_BYTES:
            return content
    what = f"L’image pèse {len(content) / 1000:.0f} ko avec {len(palette)} couleurs (150 ko au plus)."
    raise OutputError(Fault(what, name, "La prendre moins grande."))


def choose_palette(pixels: np.ndarray, distance: float) -> tuple[np.ndarray, np.ndarray]:
    """The colours kept, and the row of each pixel: the commonest first, then those far enough from them.

    >>> pixels = np.array([[[255, 255, 255], [255, 255, 255], [250, 250, 250], [0, 0, 0]]], dtype=np.uint8)
    >>> choose_palette(pixels, 0)[1].tolist()
    [[0, 0, 2, 1]]
    """
    packed = pixels.astype(np.int64) @ (65536, 256, 1)
    values, places, counts = np.unique(packed, return_inverse=True, return_counts=True)
    colours = np.stack([values >> 16, values >> 8 & 255, values & 255], axis=1)
    nearest = np.full(len(values), np.iinfo(np.int64).max)
    codes = np.zeros(len(values), dtype=np.uint8)
    chosen: list[int] = []
    for i in np.lexsort((values, -counts)):
        if nearest[i] <= (0 if counts[i] >= _FLAT_SHARE * packed.size else distance**2):
            continue
        far = ((colours - colours[i]) ** 2).sum(axis=1)
        closer = far < nearest
        nearest[closer], codes[closer] = far[closer], len(chosen)
        chosen.append(i)
        if len(chosen) == _MOST_COLOURS:
            break
    return colours[chosen].astype(np.uint8), codes[places].reshape(packed.shape)


def _encode(palette: np.ndarray, codes: np.ndarray) -> bytes:
    picture, file = Image.fromarray(codes), io.BytesIO()
    picture.putpalette(palette.tobytes(), "RGB")
    picture.save(file, "PNG", optimize=True)
    return file.getvalue()
