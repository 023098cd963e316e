"""What the site shows beside the pages of docs/: the README as its home, those of data and maps, the notebooks.

A hook of mkdocs (mkdocs.yml). Links between these files are led to their pages; one that leaves the site becomes text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
NOTEBOOKS = DOCS / "notebooks"

_MORE = {"index.md": ROOT / "README.md", "donnees.md": ROOT / "data/README.md", "cartes.md": ROOT / "maps/README.md"}
_LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
_FETCHED = "https://unpkg.com/iframe-worker/shim"
_ROLE = re.compile(r":(?:func|class|mod|meth|attr|data):<code>~?([^<]*)</code>")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List at the end of the navigation the pages of docs/ that it does not name: a new page is never lost."""
    named = set(_names(config.nav))
    pages = (path.relative_to(DOCS).as_posix() for path in sorted(DOCS.rglob("*.md")) if path.name != "README.md")
    if (others := [name for name in pages if name not in named]) and config.nav is not None:
        config.nav.append({"Autres pages": others})
    return config


def _names(nav: object) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
    elif isinstance(nav, list | dict):
        for item in nav if isinstance(nav, list) else nav.values():
            yield from _names(item)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are written elsewhere."""
    for name, path in _MORE.items():
        files.append(File.generated(config, name, content=led_to_pages(path.read_text(encoding="utf-8"), path, name)))
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        name = f"carnets/{path.stem}.md"
        files.append(File.generated(config, name, content=notebook_text(path)))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: object) -> str:  # noqa: ANN401 - of mkdocs
    """Lead the links of a page of docs/ to other pages."""
    path = page.file.abs_src_path
    return markdown if path is None else led_to_pages(markdown, Path(path), page.file.src_uri)


def on_page_content(html: str, **_: object) -> str:
    """Show the names that docstrings point to as code."""
    return _ROLE.sub(r"<code>\1</code>", html)


def on_post_page(output: str, *, page: Any, **_: object) -> str:  # noqa: ANN401 - of mkdocs
    """Search with our own script where the theme would fetch one from another host."""
    return output.replace(_FETCHED, "../" * page.url.count("/") + "scripts/local_worker.js")


def on_post_template(output: str, **_: object) -> str:
    """The same of the page of what is not found."""
    return output.replace(_FETCHED, "scripts/local_worker.js")


def notebook_text(path: Path) -> str:
    """A notebook as Markdown: its prose, and its code in blocks."""
    book = json.loads(path.read_text(encoding="utf-8"))
    parts = []
    for cell in book["cells"]:
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else f"```python\n{text}\n```")
    title, _, rest = parts[0].partition("\n")
    note = f"*Carnet `docs/notebooks/{path.name}`, déroulé en entier par l'intégration continue.*"
    return "\n\n".join([title, note, rest, *parts[1:]])


def led_to_pages(markdown: str, path: Path, name: str) -> str:
    """The text of a file with each link led to the page of what it points to; without one, its words alone."""

    def lead(match: re.Match[str]) -> str:
        mark, words, target = match.groups()
        if re.match(r"[a-z]+:|#", target):
            return match[0]
        file, _, anchor = unquote(target).partition("#")
        there = page_of((path.parent / file).resolve())
        if there is None:
            return words
        up = "../" * name.count("/")
        return f"{mark}[{words}]({up}{there}{'#' + anchor if anchor else ''})"

    return _LINK.sub(lead, markdown)


def page_of(path: Path) -> str | None:
    """Where the site has a file of the project; None where it has none."""
    for name, source in _MORE.items():
        if path == source:
            return name
    if path == NOTEBOOKS:
        return f"carnets/{min(NOTEBOOKS.glob('*.ipynb')).stem}.md"
    if path == DOCS / "README.md":
        return "index.md"
    is_shown = path.is_relative_to(DOCS) and path.suffix in {".md", ".png", ".svg"} and path.is_file()
    return path.relative_to(DOCS).as_posix() if is_shown else None
