"""One word for one thing, one thing for one word: what the glossary says is what readers are told."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from access92.outputs.report import make_dossier
from access92.outputs.report.content import (
    Bullets,
    KeyFigures,
    Paragraph,
    Picture,
    Section,
    Table,
    blocks_of,
    words_of,
)
from access92.outputs.words.headlines import answer_lines
from access92.run.results import Results
from access92.study.analysis import SensitivityOptions
from tests.conftest import ROOT
from tests.outputs.sensitivity_tables import make_sensitivity

TEXTS = ("access92/outputs/words", "access92/outputs/report", "access92/outputs/templates", "access92/outputs/tables")
NOT_OURS = re.compile(
    r"Ville d.essai|rue d.Essai|[Mm]arge (autour de la zone|autour des zones|des rues|\(margin_m\))|l'étude et sa marge"
)
"""The made-up town, and the margin of streets around the zone: what « marge » is."""

GLOSSARY = ROOT / "docs/mots.md"


def told(results: Results) -> str:
    """Every word of the dossier, alternative texts too."""
    dossier = make_dossier(results)
    words = [chapter.title for chapter in (*dossier.pages, *dossier.chapters)]
    for block in blocks_of(dossier):
        match block:
            case Paragraph():
                words.append(words_of(block.parts))
            case Bullets():
                words += map(words_of, block.items)
            case KeyFigures():
                words += [item.words for item in block.items]
            case Section():
                words.append(block.title)
            case Table():
                words += [block.caption, block.basis, *block.header, *(label for label, _ in block.groups)]
                words += [cell for row in block.rows for cell in row]
            case Picture():
                words += [block.alt, block.caption, re.sub(r"<[^>]*>", " ", getattr(block, "svg", ""))]
    return NOT_OURS.sub("", re.sub(r"[\s\u00a0\u202f]+", " ", "\n".join(words)))


@pytest.mark.usefixtures("blank_pictures")
def test_the_dossier_has_one_word_for_a_range_and_one_for_a_recomputation(changed: Results) -> None:
    """« Fourchette », of a figure; « variante », computed anew with one hypothesis changed."""
    study = changed.study.model_copy(update={"sensitivity": SensitivityOptions()})
    with_ranges = replace(changed, study=study, sensitivity=make_sensitivity(changed))
    for results in (with_ranges, changed):
        words = told(results)
        assert re.findall(r".{0,40}\b(?:marges?|bandes?|essais?)\b.{0,20}", words, re.IGNORECASE) == []
        assert "fourchette" in words
    lines = " ".join(answer_lines(with_ranges))
    assert "Fourchette du premier chiffre" in lines
    assert "Marge" not in lines


@pytest.mark.parametrize("page", ["docs/sensitivity.md", "docs/rapport.md"])
def test_the_pages_on_the_sensitivity_and_the_dossier_use_these_words(page: str) -> None:
    words = NOT_OURS.sub("", (ROOT / page).read_text(encoding="utf-8"))
    assert re.findall(r".{0,40}\b(?:marges?|bandes?|essais?)\b.{0,20}", words, re.IGNORECASE) == []


def test_no_text_of_the_tool_calls_a_recomputation_an_essai_or_a_range_a_marge() -> None:
    """An essai is what a planner tries on the map; a marge is that of the streets around the zone."""
    said = re.compile(
        r"à chaque essai|un essai au moins|[Ll]es essais ne|[Mm]arges\b|[Bb]ande (?:de chaque|par source|va)"
    )
    files = [path for folder in TEXTS for path in sorted((ROOT / folder).rglob("*")) if path.suffix in _TEXT_FILES]
    files += [
        ROOT / "README.md",
        *sorted((ROOT / "docs").glob("*.md")),
        *sorted((ROOT / "data/studies").glob("*.toml")),
    ]
    assert len(files) > 50
    found = [
        f"{path.relative_to(ROOT)}: {hit.group()}"
        for path in files
        if path != GLOSSARY
        for hit in said.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


_TEXT_FILES = {".py", ".toml", ".js", ".html"}


def test_the_glossary_says_each_word_once() -> None:
    text = GLOSSARY.read_text(encoding="utf-8")
    words = re.findall(r"^\| \*\*([^*]+)\*\* \|", text, re.MULTILINE)
    assert {"essai", "variante", "tirage", "fourchette", "marge"} <= set(words)
    assert len(words) == len(set(words))
    assert f"({GLOSSARY.name})" in Path(ROOT / "docs/README.md").read_text(encoding="utf-8")
