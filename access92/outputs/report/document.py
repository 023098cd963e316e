"""The dossier as a PDF: tagged (PDF/UA-1), in French, the same bytes on every machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

import typst

from access92._glyphs import printable
from access92.errors import Fault, OutputError
from access92.outputs.pages import template_text
from access92.outputs.report.columns import (
    GUTTER_PT,
    TEXT_WIDTH_PT,
    breakable,
    column_widths_pt,
    height_pt,
    inset_pt,
    type_size_pt,
)
from access92.outputs.report.content import (
    Block,
    Bullets,
    Chapter,
    Code,
    Columns,
    Dossier,
    Inline,
    KeyFigures,
    Link,
    Paragraph,
    Picture,
    Section,
    Strong,
    Table,
    blocks_of,
)

_STANDARD = "ua-1"  # PDF/UA: tagged, so that screen readers follow it
_DOTS_PER_INCH = 100.0
_WHOLE_PT = 330.0  # tables up to this height are kept on one page


def pdf_bytes(dossier: Dossier) -> bytes:
    """The PDF: a sheet for each page of the brief, then the contents and the annexes where there are some.

    Fonts are those of the typst wheel; there is no date in it.

    Raises
    ------
    OutputError
        The typesetter refuses the document.
    """
    files = {
        "main.typ": template_text("report.typ").encode("utf-8"),
        "dossier.json": json.dumps(_printed(document_json(dossier)), ensure_ascii=False).encode("utf-8"),
    }
    for block in blocks_of(dossier):
        if isinstance(block, Picture):
            files[f"{block.name}.svg"] = block.svg.encode("utf-8")
    try:
        pdf = typst.compile(  # type: ignore[call-overload]  # its stub does not know that several files may be given
            files, format="pdf", pdf_standards=[_STANDARD], ignore_system_fonts=True
        )
    except (RuntimeError, ValueError, typst.TypstError) as error:
        raise OutputError(
            Fault(
                "Le rapport n'a pas pu être composé en PDF.",
                f"report.pdf : {str(error).splitlines()[0]}",
                "Ouvrir report.html, qui dit la même chose, et signaler le défaut.",
            )
        ) from error
    return bytes(pdf)


def picture_pngs(pictures: Sequence[Picture]) -> dict[str, bytes]:
    """By name the pictures as PNG at :data:`_DOTS_PER_INCH`, drawn by the typesetter; the same bytes everywhere.

    Raises
    ------
    OutputError
        The typesetter refuses one.
    """
    if not pictures:
        return {}
    # a sheet for each picture, as wide as the text
    sheets = [
        f"#set page(width: {TEXT_WIDTH_PT * item.width_share}pt, height: auto, margin: 0pt)\n"
        f'#image("{i}.svg", width: 100%)'
        for i, item in enumerate(pictures)
    ]
    files = {"main.typ": "\n".join(sheets).encode("utf-8")}
    files |= {f"{i}.svg": item.svg.encode("utf-8") for i, item in enumerate(pictures)}
    try:
        drawn = typst.compile(files, format="png", ppi=_DOTS_PER_INCH, ignore_system_fonts=True)  # type: ignore[call-overload]
    except (RuntimeError, ValueError, typst.TypstError) as error:
        raise OutputError(
            Fault("Les figures de la synthèse n'ont pas pu être dessinées.", str(error).splitlines()[0],
                  "Ouvrir synthese.pdf, qui dit la même chose, et signaler le défaut.")
        ) from error  # fmt: skip
    sheets_png = [drawn] if isinstance(drawn, bytes) else drawn
    return {item.name: bytes(png) for item, png in zip(pictures, sheets_png, strict=True)}


def _printed(value: object) -> object:
    """The same document with a box for each character that the fonts lack: PDF/UA refuses such text."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _printed(item) for key, item in value.items()}
    return [_printed(item) for item in value] if isinstance(value, list | tuple) else value


def document_json(dossier: Dossier) -> dict[str, Any]:
    """The dossier as the template of the PDF reads it."""
    return {
        "cover": asdict(dossier.cover),
        "frame": dossier.frame,
        "version": dossier.version,
        "banner": dossier.banner,
        "warning": dossier.warning,
        "study": dossier.study,
        "pages": [_chapter(item) for item in dossier.pages],
        "chapters": [_chapter(item) for item in dossier.chapters],
    }


def _chapter(chapter: Chapter) -> dict[str, Any]:
    return {
        "anchor": chapter.anchor,
        "title": chapter.title,
        "starts_page": chapter.starts_page,
        "blocks": _blocks(chapter.blocks),
    }


def _blocks(blocks: Sequence[Block], width_pt: float = TEXT_WIDTH_PT) -> list[dict[str, Any]]:
    """The blocks; a paragraph stays with the table or picture that it introduces."""
    items = [_block(block, width_pt) for block in blocks]
    for item, following in pairwise(items):
        item["sticky"] = item["kind"] == "paragraph" and following["kind"] in {"table", "picture", "columns"}
    return items


def _block(  # noqa: PLR0911 - one per kind of block
    block: Block, width_pt: float = TEXT_WIDTH_PT
) -> dict[str, Any]:
    match block:
        case Paragraph():
            return {"kind": "paragraph", "role": block.role, "parts": _line(block.parts)}
        case Bullets():
            return {"kind": "bullets", "items": [_line(item) for item in block.items]}
        case KeyFigures():
            return {"kind": "figures", "items": [asdict(item) for item in block.items]}
        case Table():
            return _table(block, width_pt)
        case Picture():
            return {"kind": "picture", "file": f"{block.name}.svg", "alt": block.alt, "caption": block.caption,
                    "basis": block.basis, "width": block.width_share}  # fmt: skip
        case Columns():
            left_pt = (width_pt - GUTTER_PT) * block.left_share
            right_pt = width_pt - GUTTER_PT - left_pt
            return {
                "kind": "columns",
                "left": _blocks(block.left, left_pt),
                "right": _blocks(block.right, right_pt),
                "left_pt": left_pt,
                "right_pt": right_pt,
            }
        case Section():
            return {
                "kind": "section",
                "title": block.title,
                "blocks": _blocks(block.blocks, width_pt),
            }


def _line(parts: Sequence[Inline]) -> list[dict[str, str]]:
    return [_part(part) for part in parts]


def _part(part: Inline) -> dict[str, str]:
    match part:
        case str():
            return {"kind": "words", "words": part}
        case Strong():
            return {"kind": "strong", "words": part.words}
        case Code():
            return {"kind": "code", "words": part.words}
        case Link() if part.target.startswith("#"):
            return {"kind": "chapter", "target": part.target[1:], "words": part.words}
        case Link():  # a file of the run: named, since a PDF travels without it
            name = "" if part.words == part.target else part.target
            return {"kind": "file", "target": name, "words": part.words}


def _table(table: Table, width_pt: float) -> dict[str, Any]:
    widths_pt = column_widths_pt(table, width_pt=width_pt)
    return {
        "kind": "table",
        "caption": table.caption,
        "basis": table.basis,
        "header": table.header,
        "groups": table.groups,
        "rows": [
            [cell if i in table.code_columns else breakable(cell) for i, cell in enumerate(row)] for row in table.rows
        ],
        "text_columns": table.text_columns,
        "has_total": table.has_total,
        "shades": table.shades,
        "code_columns": table.code_columns,
        "size_pt": type_size_pt(table),
        "inset_pt": inset_pt(table),
        "widths_pt": widths_pt,
        "is_whole": height_pt(table, widths_pt) <= _WHOLE_PT,
    }
