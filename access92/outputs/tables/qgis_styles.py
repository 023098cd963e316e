"""The styles of ``results.gpkg``: the table ``layer_styles`` that QGIS reads when it opens a layer (QML, and SLD).

A layer has a style per scenario and mode; the one of the first scenario by the headline mode is the default. Rules
draw « strictly less than » as the tables do, in the colours of the maps.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from xml.sax.saxutils import escape

from markupsafe import Markup

from access92.outputs.pages import environment
from access92.outputs.palette import rgb
from access92.outputs.words.data_dictionary import column_words

STYLES = "layer_styles"
_GEOMETRY = "geom"  # as GDAL names it in a GeoPackage
_CREATE = """
CREATE TABLE layer_styles (
  id INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, f_table_catalog TEXT(256), f_table_schema TEXT(256),
  f_table_name TEXT(256), f_geometry_column TEXT(256), styleName TEXT(30), styleQML TEXT, styleSLD TEXT,
  useAsDefault BOOLEAN, description TEXT, owner TEXT(30), ui TEXT(30), update_time DATETIME
)"""
_INSERT = """
INSERT INTO layer_styles (f_table_catalog, f_table_schema, f_table_name, f_geometry_column, styleName, styleQML,
  styleSLD, useAsDefault, description, owner, ui, update_time) VALUES ('', '', ?, ?, ?, ?, ?, ?, ?, '', '', ?)"""
_REGISTER = """
INSERT INTO gpkg_contents (table_name, data_type, identifier, description, last_change, srs_id)
VALUES ('layer_styles', 'attributes', 'layer_styles', ?, ?, 0)"""

_WHITE = "255,255,255,255"
_DIGITS = ".10g"
"""A bound half a millisecond under a threshold keeps its side."""

Condition = tuple[str, str, str | float | tuple[str, ...] | None]
"""A column, an operator (``<``, ``>=``, ``=``, ``null or >=``, ``among``: one word of a list with « ; », ``in``,
``not in``: values), a value."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A class of a style: which features (all the conditions), and how they look."""

    conditions: tuple[Condition, ...]
    label: str
    colour: str
    symbol: str = "marker"  # or "fill"
    shape: str = "circle"
    size_mm: float = 1.6
    stroke: str = ""
    opacity: float = 1.0
    letter: str = ""
    level: int = 0
    is_hollow: bool = False
    """Only an outline, dashed: what does not exist, or is not the subject."""


@dataclass(frozen=True, slots=True)
class Label:
    """The words written on features; ``largest_scale``: denominator from which they show, 0 for always."""

    expression: str
    size: int = 9
    placement: int = 0
    largest_scale: int = 0


@dataclass(frozen=True, slots=True)
class Style:
    """A style of a layer."""

    layer: str
    name: str
    rules: tuple[Rule, ...]
    is_default: bool
    description: str
    preview: str
    tip: str
    label: Label | None = None
    names: Mapping[str, str] = field(default_factory=dict)  # aliases that say more than the dictionary


def write_styles(styles: Iterable[Style], geopackage: Path, columns: Mapping[str, Sequence[str]], *, at: str) -> None:
    """Add the table of styles to a GeoPackage; ``columns``: by layer its columns, ``at``: the date that it carries.

    Raises
    ------
    sqlite3.Error
        The GeoPackage cannot be written.
    """
    rows = [
        (style.layer, _GEOMETRY, style.name, qml(style, columns[style.layer]), sld(style), style.is_default,
         style.description, at)
        for style in styles
        if style.layer in columns
    ]  # fmt: skip
    with closing(sqlite3.connect(geopackage)) as base, base:
        base.execute(_CREATE)
        base.executemany(_INSERT, rows)
        base.execute(_REGISTER, ("Styles de QGIS, un par scénario et par mode", at))


def qml(style: Style, columns: Iterable[str]) -> str:
    """The style as QGIS writes it (QML of QGIS 3.22; 3.18 and newer read it).

    >>> style = Style("demand", "x", (Rule((("min", "<", 20.0),), "moins de 20", "#0d4f9e"),), True, "", "", "")
    >>> 'filter="&#34;min&#34; &lt; 20"' in qml(style, ["min"])
    True
    """
    geometry = {"marker": 0, "fill": 2}[style.rules[0].symbol]
    return environment().get_template("qgis/layer.qml.j2").render(
        key=f"access92-{style.layer}",
        rules=[_qml_rule(rule) for rule in style.rules],
        levels=int(any(rule.level for rule in style.rules)),
        label=style.label,
        fields=_fields(
            tuple(
                (name, style.names.get(name) or column_words(name).heading) for name in columns if name != "geometry"
            )
        ),
        preview=style.preview,
        tip=style.tip,
        geometry_type=geometry,
    )  # fmt: skip


@lru_cache(maxsize=8)  # the styles of a layer share their fields
def _fields(aliases: tuple[tuple[str, str], ...]) -> Markup:
    """The configuration of fields (their names and what QGIS calls them)."""
    fields = [{"name": name, "alias": alias} for name, alias in aliases]
    return Markup(environment().get_template("qgis/layer_fields.qml.j2").render(fields=fields))  # noqa: S704 - escaped by jinja


def sld(style: Style) -> str:
    """The same classes as an OGC Styled Layer Descriptor, for programs other than QGIS."""
    rules = [
        {
            "label": rule.label,
            "ogc": Markup(_ogc(rule.conditions)),  # noqa: S704 - escaped piece by piece
            "symbol": rule.symbol,
            "shape": "x" if rule.shape == "cross2" else "circle",
            "colour": rule.colour,
            "stroke": rule.stroke or rule.colour,
            "opacity": 0.0 if rule.is_hollow else rule.opacity,
            "size_px": round(rule.size_mm / 0.28, 1),
        }
        for rule in style.rules
    ]
    return environment().get_template("qgis/layer.sld.j2").render(layer=style.layer, name=style.name, rules=rules)


def _qml_rule(rule: Rule) -> dict[str, object]:
    stroke = rule.stroke or rule.colour
    if rule.symbol == "fill":
        symbols = [("SimpleFill", {
            "color": _rgba(rule.colour), "style": "no" if rule.is_hollow else "solid",
            "outline_color": _rgba(stroke), "outline_style": "solid",
            "outline_width": "0.35", "outline_width_unit": "MM", "joinstyle": "bevel",
        })]  # fmt: skip
    else:
        line = 0.5 if rule.shape == "cross2" or rule.is_hollow else (0.4 if rule.letter else 0.1)
        symbols = [("SimpleMarker", {
            "name": rule.shape, "color": _WHITE if rule.is_hollow else _rgba(rule.colour), "size": f"{rule.size_mm:g}",
            "size_unit": "MM", "outline_color": _rgba(stroke),
            "outline_style": "dash" if rule.is_hollow else "solid", "outline_width": f"{line:g}",
            "outline_width_unit": "MM",
        })]  # fmt: skip
        if rule.letter:
            symbols.append(("FontMarker", {
                "chr": rule.letter, "font": "Sans Serif", "font_style": "Bold",
                "color": _rgba(rule.colour) if rule.is_hollow else _WHITE,
                "size": "2.6", "size_unit": "MM", "horizontal_anchor_point": "1", "vertical_anchor_point": "1",
            }))  # fmt: skip
    return {
        "filter": " AND ".join(_expression(condition) for condition in rule.conditions),
        "label": rule.label,
        "symbol": rule.symbol,
        "opacity": f"{rule.opacity:g}",
        "level": rule.level,
        "layers": [{"type": kind, "options": options} for kind, options in symbols],
    }


def _rgba(colour: str) -> str:
    return ",".join(map(str, (*rgb(colour), 255)))


def _expression(condition: Condition) -> str:
    """A condition in QGIS's language."""
    name, operator, value = condition
    column = '"{}"'.format(name.replace('"', '""'))
    if isinstance(value, tuple):
        literals = ", ".join("'{}'".format(item.replace("'", "''")) for item in value)
        return f"{column} {'NOT IN' if operator == 'not in' else 'IN'} ({literals})"
    literal = f"{value:{_DIGITS}}" if isinstance(value, int | float) else "'{}'".format(str(value).replace("'", "''"))
    if operator == "null or >=":
        return f"({column} IS NULL OR {column} >= {literal})"
    if operator == "among":
        return f"array_contains(string_to_array({column}, ';'), {literal})"
    return f"{column} {operator} {literal}"


def tip_text(column: str) -> str:
    """A column of text in a map tip, which QGIS shows as HTML: escaped by its own functions.

    >>> tip_text("name").count("replace"), "'&lt;'" in tip_text("name")
    (2, True)
    """
    return f"[% replace(replace(\"{column}\", '&', '&amp;'), '<', '&lt;') %]"


def _ogc(conditions: Sequence[Condition]) -> str:
    """The conditions as an OGC filter."""
    pieces = []
    for column, operator, value in conditions:
        name = f"<ogc:PropertyName>{escape(column)}</ogc:PropertyName>"
        if isinstance(value, tuple):
            equal = [
                f"<ogc:PropertyIsEqualTo>{name}<ogc:Literal>{escape(item)}</ogc:Literal></ogc:PropertyIsEqualTo>"
                for item in value
            ]
            one_of = f"<ogc:Or>{''.join(equal)}</ogc:Or>" if len(equal) > 1 else "".join(equal)
            pieces.append(f"<ogc:Not>{one_of}</ogc:Not>" if operator == "not in" else one_of)
            continue
        literal = escape(f"{value:{_DIGITS}}" if isinstance(value, int | float) else str(value))
        if operator == "null or >=":
            tag = "PropertyIsGreaterThanOrEqualTo"
            beyond = f"<ogc:{tag}>{name}<ogc:Literal>{literal}</ogc:Literal></ogc:{tag}>"
            pieces.append(f"<ogc:Or><ogc:PropertyIsNull>{name}</ogc:PropertyIsNull>{beyond}</ogc:Or>")
        elif operator == "among":
            like = '<ogc:PropertyIsLike wildCard="%" singleChar="_" escapeChar="!">'
            exact = re.sub("([%_!])", r"!\1", literal)
            pieces.append(f"{like}{name}<ogc:Literal>%{exact}%</ogc:Literal></ogc:PropertyIsLike>")
        else:
            tag = {"<": "PropertyIsLessThan", ">=": "PropertyIsGreaterThanOrEqualTo", "=": "PropertyIsEqualTo"}[
                operator
            ]
            pieces.append(f"<ogc:{tag}>{name}<ogc:Literal>{literal}</ogc:Literal></ogc:{tag}>")
    inside = "".join(pieces)
    if not pieces:  # every feature: an empty filter is no filter
        return ""
    return f"<ogc:Filter>{f'<ogc:And>{inside}</ogc:And>' if len(pieces) > 1 else inside}</ogc:Filter>"
