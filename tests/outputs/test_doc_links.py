"""What the French pages point to is there: files, anchors, paths of the code, commands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from access92.cli import app

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md"), *(ROOT / "data").glob("*.md"),
                 ROOT / "maps" / "README.md")
)  # fmt: skip
LINK = re.compile(r"\]\(([^)\s]+)\)")
CODE_PATH = re.compile(r"`((?:access92|benchmarks|docs|tests)/[\w./-]+)`")
MODULE = re.compile(r"`(access92(?:\.[a-z_]+)+)`")
SHELL = re.compile(r"^ *```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^ *(?:\.venv/bin/)?access92 ([a-z]+)", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """The anchors that a forge gives to the headings of a page."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_to_a_file_and_to_a_heading_of_it(name: str) -> None:
    page = ROOT / name
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        file, _, anchor = target.partition("#")
        there = (page.parent / file).resolve() if file else page
        assert there.exists(), target
        assert not anchor or anchor in anchors(there), target


@pytest.mark.parametrize("name", PAGES)
def test_every_file_and_module_that_a_page_names_is_in_the_tree(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert [path for path in CODE_PATH.findall(text) if not (ROOT / path).exists()] == []
    for module in MODULE.findall(text):
        places = [ROOT / Path(*module.split(".")[:length]) for length in (None, -1)]  # a module, or a name in it
        assert any(place.is_dir() or place.with_suffix(".py").is_file() for place in places), module


def test_every_command_of_the_pages_exists() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    blocks = [block for name in PAGES for block in SHELL.findall((ROOT / name).read_text(encoding="utf-8"))]
    used = {word for block in blocks for word in COMMAND.findall(block)}
    assert {"run", "check", "cache"} <= used <= known


def test_every_page_of_the_documentation_is_listed() -> None:
    index = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    assert [
        path.name for path in (ROOT / "docs").glob("*.md") if path.name not in {"README.md", *LINK.findall(index)}
    ] == []
