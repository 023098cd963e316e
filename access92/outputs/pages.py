"""The templates and assets of the package, and the frame that keeps a page from calling anyone."""

from __future__ import annotations

import base64
import re
from functools import cache
from importlib import resources

import jinja2

_FOLDER = resources.files("access92.outputs")


@cache
def environment() -> jinja2.Environment:
    """The jinja environment of the French templates: everything is escaped, an unknown name is an error."""
    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(template_text),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["lower_first"] = lambda words: words[:1].lower() + words[1:]
    return made


def template_text(name: str) -> str:
    """The text of a file of ``templates/``.

    >>> "access92Map" in template_text("map.js")
    True
    """
    return (_FOLDER / "templates" / name).read_text(encoding="utf-8")


def asset_text(name: str) -> str:
    """The text of a file of ``assets/``."""
    return (_FOLDER / "assets" / name).read_text(encoding="utf-8")


def leaflet_css() -> str:
    """Leaflet's style sheet with its images inside it.

    >>> "url(images" in leaflet_css()
    False
    """

    def inline(match: re.Match[str]) -> str:
        image = _FOLDER / "assets" / match[1]
        if not image.is_file():  # the marker image: our markers are drawn in CSS
            return "none"
        return f"url(data:image/png;base64,{base64.b64encode(image.read_bytes()).decode('ascii')})"

    return re.sub(r"url\(images/([\w.-]+)\)", inline, asset_text("leaflet.css"))


def content_policy(*, scripts: bool = False, tiles_host: str = "") -> str:
    """The meta tag by which a page forbids itself any request to another host.

    >>> "default-src 'none'" in content_policy()
    True
    """
    images = f"data: {tiles_host}".strip()
    script = " script-src 'unsafe-inline';" if scripts else ""
    return (
        '<meta http-equiv="Content-Security-Policy" content="'
        f"default-src 'none';{script} style-src 'unsafe-inline'; img-src {images}\">"
    )
