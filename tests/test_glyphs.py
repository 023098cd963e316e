"""Characters that the fonts of the report have are printed as they are; the others get a box, and are said."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest
import typst

from access92._glyphs import _PRINTED, BOX, has_command, lacking, printable
from access92.errors import InputError
from access92.outputs.report.document import _printed
from access92.run.check import check_study
from access92.study.read import read_study
from tests.toy_study import write_toy_study

ODD = "Espace 💡 \uf0b7 中"


def composed(texts: list[str]) -> None:
    """Compose the texts as the report is."""
    files = {
        "main.typ": b'#set document(title: "x")\n#set text(lang: "fr")\n#for text in json("texts.json") [#text \n\n]',
        "texts.json": json.dumps(texts, ensure_ascii=False).encode(),
    }
    typst.compile(files, format="pdf", pdf_standards=["ua-1"], ignore_system_fonts=True)  # type: ignore[call-overload]


def test_the_fonts_have_every_character_that_is_said_to_be_printed() -> None:
    kept = re.compile(f"[{_PRINTED}]")
    composed([chr(code) for code in range(0x20, 0x10000) if not 0xD800 <= code < 0xE000 and kept.match(chr(code))])


def test_what_the_fonts_lack_becomes_a_box_wherever_it_stands_in_the_document() -> None:
    with pytest.raises(typst.TypstError, match="could not be displayed"):
        composed([ODD])
    document = _printed({"a": [{"b": ODD}, ("é", 3)], "c": None})
    assert document == {"a": [{"b": f"Espace {BOX} {BOX} {BOX}"}, ["é", 3]], "c": None}
    composed([printable(ODD)])
    assert lacking(ODD) == "💡\uf0b7中"
    assert not lacking("Châtillon – Œuvre, « l’été » → 3 km² □")


def renamed(folder: Path, name: str) -> Path:
    file = write_toy_study(folder)
    services = pd.read_csv(folder / "services.csv", dtype=str, keep_default_na=False)
    services.assign(name=[name, *services["name"][1:]]).to_csv(folder / "services.csv", index=False)
    return file


def test_check_names_what_the_report_will_not_print_and_refuses_control_characters(tmp_path: Path) -> None:
    omissions = {item.code: item for item in check_study(read_study(renamed(tmp_path, ODD))).omissions}
    assert (omissions["name_unprinted"].count, omissions["name_unprinted"].examples) == (1, (ODD,))
    assert has_command("a\x01")
    with pytest.raises(InputError, match=r"« name » porte des caractères de commande[^$]*lignes 2"):
        check_study(read_study(renamed(tmp_path, "Espace\x01")))
