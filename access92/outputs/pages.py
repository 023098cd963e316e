"""The templates and assets of the package, and the policy that keeps a page from calling anyone or running text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable
from functools import cache
from importlib import resources

import jinja2
from markupsafe import Markup

from access92.outputs.layout import run_path
from access92.outputs.words.typography import typeset_html

_FOLDER = resources.files("access92.outputs")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")  # neither HTML nor XML holds them
_UNSAFE_IN_SCRIPT = re.compile("[<\u2028\u2029\ud800-\udfff]")


@cache
def environment() -> jinja2.Environment:
    """The jinja environment of the French templates: everything is escaped, an unknown name is an error."""
    jinja = jinja2.Environment(
        loader=jinja2.FunctionLoader(template_text),
        autoescape=True,
        finalize=printable,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    jinja.filters["run_path"] = run_path  # where a page at the top of a run finds a file
    jinja.filters["lower_first"] = lambda words: words[:1].lower() + words[1:]
    return jinja


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


def render(name: str, **context: object) -> Markup:
    """A template filled in, every text escaped, with French spaces: the only HTML that a page takes."""
    return Markup(typeset_html(environment().get_template(name).render(**context)))  # noqa: S704 - escaped by jinja


def printable(value: object) -> object:
    r"""A text without the characters that neither HTML nor XML can hold (U+FFFD instead); anything else unchanged.

    >>> ascii(printable(f"a{chr(0)}b")), printable(3)
    ("'a\\ufffdb'", 3)
    """
    return _UNPRINTABLE.sub("�", value) if isinstance(value, str) and not isinstance(value, Markup) else value


def script_json(data: object) -> str:
    """JSON for a data block of a page: no text in it can end the block or open a comment.

    >>> "</script>" in script_json(["</script>"]), json.loads(script_json(["</script>"]))
    (False, ['</script>'])
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return _UNSAFE_IN_SCRIPT.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def content_policy(*, scripts: Iterable[str] = (), styles: Iterable[str] = (), tiles_host: str = "") -> Markup:
    """The meta tag by which a page forbids itself any request, and any script or style but these, named by hash.

    No inline handler and no ``style`` attribute pass. ``tiles_host``: the one host that may send images.

    >>> policy = content_policy(scripts=["A92.start()"])
    >>> "default-src 'none'" in policy, "script-src 'sha256-" in policy, "unsafe" in policy
    (True, True, False)
    """
    images = f"data: {tiles_host}".strip()
    return Markup(
        '<meta http-equiv="Content-Security-Policy" content="'
        "default-src 'none'; script-src {}; style-src {}; img-src {}; base-uri 'none'; form-action 'none'\">"
    ).format(_hashes(scripts), _hashes(styles), images)


def _hashes(texts: Iterable[str]) -> Markup:
    """The source expression that allows exactly these inline texts."""
    digests = (base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii") for text in texts)
    return Markup(" ".join(f"'sha256-{digest}'" for digest in digests) or "'none'")  # noqa: S704 - base64
