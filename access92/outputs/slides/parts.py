"""The parts that all slides have: the column of words, the map, the ranking of areas, the sources."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageDraw

from access92.outputs.figures import sources
from access92.outputs.palette import rgb
from access92.outputs.slides.maps import MapScene, draw_scale
from access92.outputs.slides.raster import Font, font, put_words, text_width_px, wrap_text
from access92.outputs.words import typography
from access92.run.results import Results

SLIDE_PX = (1920, 1080)
MAP_PX = (800, 1080)
MAP_LEFT, LEFT, _RIGHT, _EDGE = 600, 40, 1432, 1884
TEXT_PX = 528  # width of the left column
INK, SOFT, _RULE, _PAPER = "#1a1a1a", "#4d4d4d", "#c9c6c0", "#ffffff"
_DEMO, _DEMO_EDGE, _DEMO_INK = "#ffe08a", "#8a5a00", "#3d2600"
_DEMO_WORDS = "RUES DE DÉMONSTRATION"
_DEMO_NOTE = "Tracé inventé dans un cadre réel : ces chiffres montrent la méthode, pas le terrain."
MOST_AREAS = 36


@dataclass(frozen=True, slots=True)
class Column:
    """A pen that writes down a column: each method gives the column with its pen lower."""

    slide: Image.Image
    pen: ImageDraw.ImageDraw
    left: float
    top: float
    width: float

    def text(self, words: str, size_px: int, *, bold: bool = False, colour: str = INK, gap: float = 0.3) -> Column:
        """Wrapped French text."""
        face = font(size_px, bold=bold)
        top = self.top
        for line in wrap_text(typography.typeset(words), face, self.width):
            self.pen.text((self.left, top + size_px), line, fill=rgb(colour), font=face, anchor="ls")
            top += size_px * 1.28
        return replace(self, top=top + size_px * gap)

    def space(self, height: float) -> Column:
        """Nothing."""
        return replace(self, top=self.top + height)

    def rule(self) -> Column:
        """A thin line."""
        self.pen.rectangle((self.left, self.top, self.left + self.width, self.top + 1), fill=rgb(_RULE))
        return self.space(14)


def blank_slide(results: Results, picture: Image.Image, scene: MapScene) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """The slide with its map and, on made-up streets, its banner; and the pen to write the rest."""
    slide = Image.new("RGB", SLIDE_PX, _PAPER)
    draw_scale(picture, scene)
    slide.paste(picture, (MAP_LEFT, 0))
    pen = ImageDraw.Draw(slide)
    pen.rectangle((MAP_LEFT - 1, 0, MAP_LEFT, SLIDE_PX[1]), fill=rgb(_RULE))
    pen.rectangle((MAP_LEFT + MAP_PX[0], 0, MAP_LEFT + MAP_PX[0] + 1, SLIDE_PX[1]), fill=rgb(_RULE))
    if results.origin.is_demo:
        face = font(19, bold=True)
        wide = text_width_px(_DEMO_WORDS, face)
        pen.rectangle(
            (MAP_LEFT + 14, 14, MAP_LEFT + 14 + wide + 28, 52), fill=rgb(_DEMO), outline=rgb(_DEMO_EDGE), width=2
        )
        pen.text((MAP_LEFT + 28, 40), _DEMO_WORDS, fill=rgb(_DEMO_INK), font=face, anchor="ls")
    return slide, pen


def mark_line(column: Column, top: float, mark: Image.Image, words: str) -> float:
    """Write a line of a legend: a mark and its words; the top of the next line."""
    column.slide.paste(mark, (LEFT + 11 - mark.width // 2, int(top) + 12 - mark.height // 2), mark)
    column.pen.text((LEFT + 32, top + 13), typography.typeset(words), fill=rgb(INK), font=font(15), anchor="lm")
    return top + 26


def write_right(pen: ImageDraw.ImageDraw, x: float, y: float, words: str, face: Font, colour: str = INK) -> None:
    """Write words that end at ``x``."""
    pen.text((x, y), words, fill=rgb(colour), font=face, anchor="rm")


def draw_ranking(
    slide: Image.Image,
    heading: str,
    rows: Sequence[tuple[str, list[tuple[float, float, str]], str]],
    n_areas: int,
) -> None:
    """The areas in order, each with its bar (pieces from … to …, as shares of the whole) and its figure."""
    pen = ImageDraw.Draw(slide)
    column = Column(slide, pen, _RIGHT, 40, _EDGE - _RIGHT).text(heading, 17, bold=True, gap=0.5)
    if n_areas > len(rows):
        column = column.text(f"Les {len(rows)} communes les moins couvertes, sur {n_areas}", 14, colour=SOFT)
    step = min((SLIDE_PX[1] - 40 - column.top) / max(len(rows), 1), 30.0)
    bar_left, bar_right = _RIGHT + 206, _EDGE - max(84, *(text_width_px(row[2], font(15)) + 12 for row in rows), 0)
    for number, (name, pieces, figure) in enumerate(rows):
        top = column.top + number * step
        middle = top + step / 2
        put_words(slide, _RIGHT, middle, typography.typeset(name), font(15), INK)
        for low, high, colour in pieces:
            if high > low:
                span = bar_right - bar_left
                pen.rectangle(
                    (bar_left + span * low, top + 5, bar_left + span * high, top + step - 5), fill=rgb(colour)
                )
        put_words(slide, _EDGE, middle, figure, font(15), INK, at_right=True)


def write_foot(results: Results, pen: ImageDraw.ImageDraw, lowest: float) -> None:
    """What the streets are, then the sources, at the bottom of the left column, as small as the room asks for."""
    note = [_DEMO_NOTE] if results.origin.is_demo else []
    words = " — ".join(f"{item.role} : {item.words}" for item in sources(results))
    for size in (12, 11, 10, 9):
        face, strong = font(size), font(size + 2, bold=True)
        lines = [(line, strong) for text in note for line in wrap_text(typography.typeset(text), strong, TEXT_PX)]
        lines += [(line, face) for line in wrap_text(typography.typeset(words), face, TEXT_PX)]
        high = sum(line_face.size * 1.3 for _, line_face in lines)
        if SLIDE_PX[1] - 22 - high > lowest:
            break
    top = SLIDE_PX[1] - 22 - high
    for line, line_face in lines:
        top += line_face.size * 1.3
        pen.text((LEFT, top), line, fill=rgb(_DEMO_INK if line_face is strong else SOFT), font=line_face, anchor="ls")
