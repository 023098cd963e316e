"""The dossier as one HTML page without script, which asks nothing of anyone; fit for printing."""

from __future__ import annotations

import base64

from markupsafe import Markup

from access92.outputs.pages import content_policy, environment, template_text
from access92.outputs.report.content import Dossier, Picture, blocks_of

_SHADES = [f".shade-{hundredths} {{ background: rgba(31,78,153,{hundredths / 100:.2f}); }}" for hundredths in range(56)]
"""The shades of a table, from none to 55 hundredths."""


def page_html(dossier: Dossier) -> str:
    """The page as HTML text."""
    style = template_text("report.css") + "\n".join((*_SHADES, *_picture_widths(dossier)))
    template = environment().get_template("report.html")
    return template.render(
        policy=content_policy(styles=[style]),
        style=Markup(style),  # noqa: S704 - ours: no text of the study
        dossier=dossier,
        kind=lambda block: type(block).__name__,
        data_uri=_data_uri,
    )


def _picture_widths(dossier: Dossier) -> list[str]:
    """One rule per width of picture: the page's policy lets no ``style`` attribute pass."""
    shares = {block.width_share for block in blocks_of(dossier) if isinstance(block, Picture)}
    widths_rem = sorted({round(46 * share) for share in shares})
    return [f".wide-{width_rem} {{ max-width: {width_rem}rem; }}" for width_rem in widths_rem]


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")
