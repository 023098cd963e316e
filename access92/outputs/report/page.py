"""The dossier as one HTML page without script, which asks nothing of anyone; fit for printing."""

from __future__ import annotations

import base64

from markupsafe import Markup

from access92.outputs.pages import content_policy, environment, template_text
from access92.outputs.report.content import Dossier


def page_html(dossier: Dossier) -> str:
    """The page as HTML text."""
    template = environment().get_template("report.html")
    return template.render(
        policy=Markup(content_policy()),  # noqa: S704 - ours
        style=Markup(template_text("report.css")),  # noqa: S704 - ours
        dossier=dossier,
        kind=lambda block: type(block).__name__,
        data_uri=_data_uri,
    )


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode("utf-8")).decode("ascii")
