"""The content of the dossier, before it is a page or a PDF: chapters of paragraphs, tables and pictures, in French."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from access92.outputs.words.typography import typeset

Role = Literal["plain", "lead", "quote", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that stand out."""

    words: str


@dataclass(frozen=True, slots=True)
class Code:
    """Words to be typed or compared letter by letter: never touched by typography."""

    words: str


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to a chapter (``#anchor``) or to a file of the run, by its name."""

    target: str
    words: str


Inline = str | Strong | Code | Link


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``lead`` is an answer, ``warning`` a box, ``quote`` somebody's words, ``note`` small print."""

    parts: tuple[Inline, ...]
    role: Role = "plain"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list: an item is a line of words."""

    items: tuple[tuple[Inline, ...], ...]


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """A figure to be read from afar, and the words that say of what."""

    value: str
    words: str


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """Key figures side by side."""

    items: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table: header rows, then rows whose first cell is a row header.

    ``groups``: (label, width) of a first header row, empty where there is none. ``text_columns``: how many columns
    from the left are words; the others are figures, set to the right. ``basis``: of whom and by which rule the
    figures are. ``shades``: for each row the shade (0-1) of each cell after the first. ``code_columns``: columns of
    fingerprints.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[str, int], ...] = ()
    text_columns: int = 1
    basis: str = ""
    has_total: bool = False
    shades: tuple[tuple[float, ...], ...] = ()
    code_columns: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart or a map: ``svg``, its words for who cannot see it, its caption and its width (share of the text)."""

    name: str
    svg: str
    alt: str
    caption: str
    basis: str = ""
    width_share: float = 1.0


@dataclass(frozen=True, slots=True)
class Section:
    """A titled part of a chapter."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Columns:
    """Blocks side by side where there is room; ``left_share`` of the width for the left ones."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    left_share: float = 0.5


Block = Paragraph | Bullets | KeyFigures | Table | Picture | Section | Columns


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter, with the anchor by which links find it; ``starts_page``: on paper, at the top of a page."""

    anchor: str
    title: str
    blocks: tuple[Block, ...]
    starts_page: bool = False


@dataclass(frozen=True, slots=True)
class Cover:
    """What the head of the dossier says: ``facts`` are (term, words)."""

    title: str
    question: str
    description: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Dossier:
    """The whole content: the pages of the brief, then the annexes.

    ``pages``: chapters that take one page of paper each. ``frame``: of whom, of when and by which rule the figures are
    that say nothing else, once a page. ``banner``: what every page must say of its streets, or ''. ``maps``: links to
    the maps. ``version``: of access92.
    """

    cover: Cover
    pages: tuple[Chapter, ...]
    chapters: tuple[Chapter, ...]
    frame: str
    version: str
    banner: str
    warning: str
    maps: tuple[tuple[str, tuple[Link, ...]], ...]
    study: str


def paragraph(*parts: Inline, role: Role = "plain") -> Paragraph:
    """A paragraph of these parts.

    >>> paragraph("Voir ", Link("#methode", "la méthode"), ".").role
    'plain'
    """
    return Paragraph(parts, role)


def words_of(parts: Iterable[Inline]) -> str:
    """The words of a line, without its marks.

    >>> words_of(["Voir ", Strong("ici"), "."])
    'Voir ici.'
    """
    return "".join(part if isinstance(part, str) else part.words for part in parts)


def every_block(blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks in the order of reading; a section comes before its own blocks, the left column before the right."""
    for block in blocks:
        yield block
        if isinstance(block, Section):
            yield from every_block(block.blocks)
        elif isinstance(block, Columns):
            yield from every_block((*block.left, *block.right))


def blocks_of(dossier: Dossier) -> Iterator[Block]:
    """Every block of every page and chapter, in the order of reading."""
    for chapter in (*dossier.pages, *dossier.chapters):
        yield from every_block(chapter.blocks)


B = TypeVar("B", bound=Block)


def only(blocks: Iterable[Block], kind: type[B]) -> list[B]:
    """The blocks of one kind, in the order of reading."""
    return [block for block in every_block(blocks) if isinstance(block, kind)]


def present(*blocks: Block | None) -> tuple[Block, ...]:
    """The blocks that are there."""
    return tuple(block for block in blocks if block is not None)


def number_captions(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    """The same, « Tableau 3. » and « Figure 2. » before the captions, in the order of reading."""
    counts = {"Tableau": 0, "Figure": 0}

    def numbered(block: Block) -> Block:
        if isinstance(block, Section):
            return replace(block, blocks=tuple(numbered(item) for item in block.blocks))
        if isinstance(block, Columns):
            return replace(block, left=tuple(map(numbered, block.left)), right=tuple(map(numbered, block.right)))
        if not isinstance(block, (Table, Picture)):
            return block
        word = "Tableau" if isinstance(block, Table) else "Figure"
        counts[word] += 1
        return replace(block, caption=f"{word} {counts[word]}. {block.caption}")

    return tuple(replace(item, blocks=tuple(numbered(block) for block in item.blocks)) for item in chapters)


def typeset_block(block: Block) -> Block:  # noqa: PLR0911 - one per kind of block
    """The same with the spaces and apostrophes of French typography; code and the targets of links stay."""
    match block:
        case Paragraph():
            return replace(block, parts=_typeset_line(block.parts))
        case Bullets():
            return Bullets(tuple(_typeset_line(item) for item in block.items))
        case KeyFigures():
            return KeyFigures(tuple(KeyFigure(typeset(item.value), typeset(item.words)) for item in block.items))
        case Table():
            return replace(
                block,
                caption=typeset(block.caption),
                basis=typeset(block.basis),
                header=tuple(map(typeset, block.header)),
                groups=tuple((typeset(label), width) for label, width in block.groups),
                rows=tuple(
                    tuple(cell if i in block.code_columns else typeset(cell) for i, cell in enumerate(row))
                    for row in block.rows
                ),
            )
        case Picture():
            return replace(block, caption=typeset(block.caption), alt=typeset(block.alt), basis=typeset(block.basis))
        case Section():
            return Section(typeset(block.title), tuple(map(typeset_block, block.blocks)))
        case Columns():
            return replace(
                block, left=tuple(map(typeset_block, block.left)), right=tuple(map(typeset_block, block.right))
            )


def typeset_dossier(dossier: Dossier) -> Dossier:
    """The whole dossier as French typography writes it."""
    cover = dossier.cover
    return Dossier(
        cover=Cover(
            typeset(cover.title),
            typeset(cover.question),
            typeset(cover.description),
            tuple((typeset(term), typeset(words)) for term, words in cover.facts),
        ),
        pages=_typeset_chapters(dossier.pages),
        chapters=_typeset_chapters(dossier.chapters),
        frame=typeset(dossier.frame),
        version=dossier.version,
        banner=typeset(dossier.banner),
        warning=typeset(dossier.warning),
        maps=tuple(
            (typeset(title), tuple(Link(link.target, typeset(link.words)) for link in links))
            for title, links in dossier.maps
        ),
        study=typeset(dossier.study),
    )


def _typeset_chapters(chapters: Iterable[Chapter]) -> tuple[Chapter, ...]:
    return tuple(
        replace(item, title=typeset(item.title), blocks=tuple(map(typeset_block, item.blocks))) for item in chapters
    )


def _typeset_line(parts: tuple[Inline, ...]) -> tuple[Inline, ...]:
    """Each part typeset with its neighbours in view: a space before « : » may end the part before."""
    inlines: list[Inline] = []
    for part in parts:
        match part:
            case str():
                inlines.append(typeset(part))
            case Code():
                inlines.append(part)
            case Strong():
                inlines.append(Strong(typeset(part.words)))
            case Link():
                inlines.append(Link(part.target, typeset(part.words)))
    return tuple(inlines)
