"""How the report draws: matplotlib figures without global state, as SVG that is the same on every machine."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

INK, QUIET, RULE = "#1a1a1a", "#4d4d4d", "#d0d0d0"
_MM_PER_INCH = 25.4
_STYLE: dict[Any, Any] = {
    "svg.hashsalt": "access92",  # ids from the content alone
    "svg.fonttype": "path",  # the same letters with any fonts installed
    "svg.image_inline": True,
    "font.family": ["DejaVu Sans"],  # comes with matplotlib
    "font.size": 7.5,
    "text.usetex": False,
    "text.parse_math": False,  # a title with two « $ » is a title, not a formula
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.titlesize": 8.0,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "axes.formatter.use_locale": False,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 7.0,
    "lines.linewidth": 1.8,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
}
_PATH_DATA = re.compile(r'(?<= d=")[^"]*')
_LONG_DECIMALS = re.compile(r"(\.\d\d)\d+")
_HEAD = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)


@contextmanager
def drawing_style() -> Iterator[None]:
    """The style of the report's pictures, for the time of a ``with``: whatever the user's own settings are."""
    with mpl.rc_context(_STYLE):
        yield


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """An empty figure of this size."""
    figure = Figure((width_mm / _MM_PER_INCH, height_mm / _MM_PER_INCH))
    FigureCanvasSVG(figure)
    return figure


def placed_axes(figure: Figure, left: float, bottom: float, right: float, top: float) -> Axes:
    """Axes within margins in millimetres from each side of the figure: no layout to be searched for."""
    width, height = (_MM_PER_INCH * side for side in figure.get_size_inches())
    return figure.add_axes(
        (left / width, bottom / height, (width - left - right) / width, (height - bottom - top) / height)
    )


def svg_text(figure: Figure) -> str:
    """The figure as SVG: no date, no creator, coordinates to a hundredth of a point.

    >>> with drawing_style():
    ...     svg_text(new_figure(20, 10)).startswith("<svg")
    True
    """
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = _HEAD.sub("", stream.getvalue(), count=1)
    return _PATH_DATA.sub(lambda match: _LONG_DECIMALS.sub(r"\1", match[0]), text)
