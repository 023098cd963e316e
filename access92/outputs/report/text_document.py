"""``synthese.docx``: the four pages of the brief as a text to be edited, with real headings, tables and alt texts."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from xml.sax.saxutils import escape

import docx
from docx.document import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor
from docx.text.paragraph import Paragraph as TextParagraph

from access92._glyphs import printable
from access92.outputs.report.columns import column_widths_pt
from access92.outputs.report.content import (
    Block,
    Bullets,
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
)

_CREATED = datetime(2000, 1, 1)  # noqa: DTZ001 - no clock decides a byte; the date of the run is in the manifest
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)
_BLUE = RGBColor(0x1F, 0x4E, 0x99)
_TEXT_PT, _TWENTIETHS = 415.0, 22.8  # columns as in the PDF, a tenth wider: other letters
_PICTURE_MM = 150.0
_HIGHEST_MM = 105.0
"""Two maps fit one page: a word processor sends a picture that does not fit to the next one, and leaves a hole."""

_MARGIN_MM = 21.0
_FONT = "Arial"  # or a font of the same widths, where there is none
_COLUMN_SHARE = 0.44  # of a picture that has a column of its own in the PDF


def docx_bytes(dossier: Dossier, pictures: Mapping[str, bytes]) -> bytes:
    """The brief as a Word document: the same bytes for the same content.

    ``pictures``: by the name of a picture its PNG, for what an office suite cannot draw. Columns follow one another:
    a text that is edited flows.
    """
    text = docx.Document()
    _set_up(text, dossier)
    for chapter in dossier.pages:
        text.add_heading(printable(chapter.title), level=1)
        _write_blocks(text, chapter.blocks, pictures)
    stream = io.BytesIO()
    text.save(stream)
    return _without_clock(stream.getvalue())


def _set_up(text: Document, dossier: Dossier) -> None:
    """The language, sizes and colours, the head and foot of each page, the title."""
    properties = text.core_properties
    properties.title, properties.author, properties.language = dossier.cover.title, "access92", "fr-FR"
    properties.comments, properties.created, properties.modified = "", _CREATED, _CREATED
    for lang in text.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:val"), "fr-FR")
    for name, size in (("Normal", 9), ("Title", 16), ("Heading 1", 14), ("Heading 2", 11), ("Caption", 9)):
        style = text.styles[name]
        style.font.size = Pt(size)
        style.font.name = _FONT
        for attribute in ("w:asciiTheme", "w:hAnsiTheme"):  # a theme would set its own over the name
            style.element.rPr.rFonts.attrib.pop(qn(attribute), None)
        style.paragraph_format.space_after = Pt(3)
        style.paragraph_format.line_spacing = 1.0
        if name != "Normal":
            style.font.color.rgb = _BLUE
    page = text.sections[0]
    page.page_width, page.page_height = Mm(210), Mm(297)
    page.left_margin = page.right_margin = Mm(_MARGIN_MM)
    page.top_margin, page.bottom_margin = Mm(20), Mm(20)
    banner = f" — {dossier.banner}" if dossier.banner else ""
    _small(page.header.paragraphs[0], f"{dossier.cover.title}{banner}")
    _small(page.footer.paragraphs[0], f"Cadre. {dossier.frame} access92 {dossier.version}.")
    text.add_paragraph(printable(dossier.cover.title), style="Title")
    text.add_paragraph(printable(dossier.cover.question))
    if dossier.warning:
        text.add_paragraph(style="Intense Quote").add_run(printable(dossier.warning))


def _small(paragraph: TextParagraph, words: str) -> None:
    run = paragraph.add_run(printable(words))
    run.font.size = Pt(7.5)


def _write_block(text: Document, block: Block, pictures: Mapping[str, bytes]) -> None:
    match block:
        case Table():
            _write_table(text, block)
        case Picture():
            _write_picture(text, block, pictures)
        case Section():
            text.add_heading(printable(block.title), level=2)
            _write_blocks(text, block.blocks, pictures)
        case Columns():
            columns = (*block.left, *block.right)
            _write_blocks(text, [_as_a_column(item) for item in columns], pictures)
        case Paragraph() | Bullets() | KeyFigures():
            _write_words(text, block)


def _as_a_column(block: Block) -> Block:
    """The same, a picture no wider than in its column."""
    return replace(block, width_share=block.width_share * _COLUMN_SHARE) if isinstance(block, Picture) else block


def _write_blocks(text: Document, blocks: Sequence[Block], pictures: Mapping[str, bytes]) -> None:
    for block in blocks:
        _write_block(text, block, pictures)


def _write_words(text: Document, block: Paragraph | Bullets | KeyFigures) -> None:
    match block:
        case Paragraph():
            _write_line(text.add_paragraph(), block.parts, is_strong=block.role == "lead")
        case Bullets():
            for item in block.items:
                _write_line(text.add_paragraph(style="List Bullet"), item)
        case KeyFigures():
            for figure in block.items:
                _write_line(text.add_paragraph(), (Strong(figure.value), f" {figure.words}"))


def _write_line(paragraph: TextParagraph, parts: Sequence[Inline], *, is_strong: bool = False) -> None:
    for part in parts:
        run = paragraph.add_run(printable(part if isinstance(part, str) else part.words))
        run.bold = is_strong or isinstance(part, Strong) or None
        if isinstance(part, Code) or (isinstance(part, Link) and not part.target.startswith("#")):
            run.font.name = "Courier New"


def _write_table(text: Document, table: Table) -> None:
    """The caption above, then a table whose head row repeats; as XML: cell by cell takes a second."""
    _caption(text, table.caption, table.basis)
    widths = [round(_TWENTIETHS * width) for width in column_widths_pt(table, width_pt=_TEXT_PT)]
    head = _row(table.header, widths, table.text_columns, is_head=True)
    last = len(table.rows) - 1
    body = "".join(
        _row(row, widths, table.text_columns, is_strong=table.has_total and y == last)
        for y, row in enumerate(table.rows)
    )
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    text.element.body.insert_element_before(
        parse_xml(
            f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblStyle w:val="LightGrid-Accent1"/>'
            f'<w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
            f'<w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="60" w:type="dxa"/>'
            f'<w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
            f'<w:tblLook w:firstRow="1" w:firstColumn="0" w:noVBand="1"/>'
            f'<w:tblDescription w:val="{_attribute(table.caption)}"/></w:tblPr>'
            f"<w:tblGrid>{grid}</w:tblGrid>{head}{body}</w:tbl>"
        ),
        "w:sectPr",
    )
    text.add_paragraph()


def _row(cells: Iterable[str], widths: Sequence[int], text_columns: int, *, is_head: bool = False,
         is_strong: bool = False) -> str:  # fmt: skip
    bold = "<w:b/>" if is_head or is_strong else ""
    head = "<w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>" if is_head else "<w:trPr><w:cantSplit/></w:trPr>"
    parts = [
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr><w:p><w:pPr><w:spacing w:after="0"/>'
        f'<w:jc w:val="{"left" if x < text_columns else "right"}"/></w:pPr><w:r><w:rPr>{bold}<w:sz w:val="16"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(printable(cell))}</w:t></w:r></w:p></w:tc>'
        for x, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return f"<w:tr>{head}{''.join(parts)}</w:tr>"


def _attribute(words: str) -> str:
    return escape(printable(words), {'"': "&quot;"})


def _write_picture(text: Document, picture: Picture, pictures: Mapping[str, bytes]) -> None:
    """The picture with its alt text, its caption below."""
    shape = text.add_picture(io.BytesIO(pictures[picture.name]), width=Mm(_PICTURE_MM * picture.width_share))
    highest = Mm(_HIGHEST_MM)
    if shape.height > highest:
        shape.width, shape.height = round(shape.width * highest / shape.height), highest
    properties = shape._inline.docPr  # noqa: SLF001 - the library has no other way to an alt text
    properties.set("descr", printable(picture.alt))
    properties.set("name", picture.name)
    text.paragraphs[-1].paragraph_format.keep_with_next = True
    _caption(text, picture.caption, picture.basis, is_above=False)


def _caption(text: Document, caption: str, basis: str, *, is_above: bool = True) -> None:
    paragraph = text.add_paragraph(printable(caption), style="Caption")
    paragraph.paragraph_format.keep_with_next = is_above
    if basis:
        note = text.add_paragraph()
        _small(note, basis)
        note.paragraph_format.keep_with_next = is_above


def _without_clock(content: bytes) -> bytes:
    """The same archive with no date of the machine in it."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as made, zipfile.ZipFile(stream, "w") as fixed:
        for name in made.namelist():
            info = zipfile.ZipInfo(name, _ZIP_DAY)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            fixed.writestr(info, made.read(name))
    return stream.getvalue()
