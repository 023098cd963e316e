"""A map as one self-contained page: folium's frame, Leaflet and our script inlined, our packed data."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, cast

import folium
from branca.element import Element, Figure, MacroElement
from folium.template import Template
from markupsafe import Markup, escape

from access92.outputs.maps.basemaps import BASEMAPS
from access92.outputs.pages import asset_text, content_policy, leaflet_css, script_json, template_text
from access92.study.types import BasemapName

_TITLE, _POLICY, _BODY = (f"<!-- access92 {part} -->" for part in ("title", "policy", "body"))
_SHARED_SCRIPTS = tuple(
    f"map_{name}.js"
    for name in ("elements", "unpacking", "drawing", "names", "pins", "controls", "basemap", "paper", "words")
)
_TYPE = re.compile(r"/\*\* @[^*]*\*/\s?")  # types are for who reads the sources, and for tsc (jsconfig.json)
_INLINE = {tag: re.compile(rf"<{tag}>(.*?)</{tag}>", re.DOTALL) for tag in ("script", "style")}


class _Verbatim(Element):
    """Text put in the page unchanged: branca would read it as a template."""

    _template = Template("{{ this.text }}")

    def __init__(self, verbatim: str) -> None:
        super().__init__()
        self._name = "Verbatim"
        self.text = verbatim


class _Script(MacroElement):
    """One call of our script in one folium element: 40,000 places are one array, not 40,000 objects."""

    _template = Template(
        "{% macro script(this, kwargs) %}\n"
        "{{ this.function }}({{ this._parent.get_name() }}, "
        "JSON.parse(document.getElementById('a92-data').textContent));\n"
        "{% endmacro %}",
    )

    def __init__(self, function: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "AccessLayers"
        self.function = function


def map_page(title: str, header: Markup, data: dict[str, Any], *, basemap: BasemapName | None = None) -> str:
    """The page: a ``title`` (plain text), the HTML of its ``header`` and legend, and what ``map.js`` draws.

    ``basemap`` adds an online one: the only thing that a page may ask of another host.

    >>> page = map_page("Carte", Markup("<header></header>"), {"view": [[48.7, 2.1], [48.9, 2.4]]})
    >>> "<title>Carte</title>" in page, "https://" in page.partition('"a92-data"')[2]
    (True, False)
    """
    script, style = page_script("map.js"), template_text("map.css")
    return folium_page(title, header, data, script=script, style=style, basemap=basemap)


def page_script(*names: str) -> str:
    """The script of a page: what all map pages share (elements, unpacking, canvases), then its files of these names.

    Without the types of their comments.

    >>> page_script("map.js").index("A92.Drawing =") < page_script("map.js").index("function access92Map")
    True
    """
    return _TYPE.sub("", "\n".join(map(template_text, (*_SHARED_SCRIPTS, *names))))


def folium_page(
    title: str,
    body: Markup,
    data: dict[str, Any],
    *,
    script: str,
    style: str,
    function: str = "access92Map",
    basemap: BasemapName | None = None,
) -> str:
    """A page built by folium around one map: our ``body``, and ``data`` given to our ``function`` with the map.

    ``title``: plain text, escaped here. ``script``: plain JavaScript that defines ``function``; ``style``: CSS, put
    after that of folium. The frame is rendered before any text of the study is in it: the scripts and styles that the
    page's policy allows are those of the frame, and nothing that comes with the texts.

    >>> page = folium_page("<b>", Markup("<p>ici</p>"), {"view": [[48.7, 2.1], [48.9, 2.4]]}, script="", style="p {}")
    >>> page.index("<p>ici</p>") < page.index("a92-data"), "access92Map(map_" in page, "<title>&lt;b&gt;" in page
    (True, True, True)
    """
    (south, west), (north, east) = data["view"]
    page = _frame((south, west, north, east), script=script, style=style, function=function, basemap=basemap)
    data = data | {"basemap": BASEMAPS[basemap].as_json() if basemap else None}
    block = Markup('{}\n<script type="application/json" id="a92-data">{}</script>').format(
        body,
        Markup(script_json(data)),  # noqa: S704 - neither « < » nor the end of a script is in it
    )
    # each part is put in once, from the last to the first: no text is searched for the place of another
    for mark, part in ((_BODY, block), (_TITLE, escape(title))):
        before, _, after = page.partition(mark)
        page = f"{before}{part}{after}"
    return page


@lru_cache(maxsize=2)  # the maps of a run share one, but for the page of the whole run
def _frame(
    view: tuple[float, float, float, float], *, script: str, style: str, function: str, basemap: BasemapName | None
) -> str:
    """The page without its texts: folium's frame around the map with its policy, and a mark for title and body."""
    south, west, north, east = view
    page = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=11,
        tiles=None,
        zoom_control=False,
        zoom_snap=0.25,
        track_resize=False,  # the scripts do, and know what was fitted to the old size
    )
    page.default_js, page.default_css = [], []  # nothing from a CDN: Leaflet is inlined below, the rest is not used
    _Script(function).add_to(page)
    figure = cast("Figure", page.get_root())
    figure.title = _TITLE
    figure.header.add_child(_Verbatim(_POLICY))
    figure.header.add_child(_Verbatim(f"<style>{leaflet_css()}</style>"))
    figure.header.add_child(_Verbatim(f"<script>{asset_text('leaflet.js')}</script>"))
    figure.header.add_child(_Verbatim(f"<script>{script}</script>"))
    figure.html.add_child(_Verbatim(_BODY))
    frame = _settled(figure.render(), figure, style)
    policy = content_policy(
        scripts=_INLINE["script"].findall(frame),
        styles=_INLINE["style"].findall(frame),
        tiles_host=BASEMAPS[basemap].host if basemap else "",
    )
    return frame.replace(_POLICY, policy, 1)


def _settled(html: str, figure: Figure, style: str) -> str:
    """The page with folium's random ids renamed in order, in French, and open to zooming."""
    for i, element in enumerate(_descendants(figure), start=1):
        html = html.replace(element._id, str(i))  # noqa: SLF001 - folium has no other way to name an element
    html = html.replace("<html>", '<html lang="fr">', 1)
    html = re.sub(r",\s*maximum-scale=1.0, user-scalable=no", "", html, count=1)
    # our style comes last, over those of folium
    return html.replace("</head>", f"<style>{style}</style>\n</head>", 1)


def _descendants(element: Element) -> list[Element]:
    elements = [element]
    for child in element._children.values():  # noqa: SLF001 - as above
        elements += _descendants(child)
    return elements
