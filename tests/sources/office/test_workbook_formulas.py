"""Formulas and errors of workbooks: a value that is not in the file is refused with its cell, never read as empty."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import openpyxl
import pytest

from access92.errors import InputError
from access92.sources.tables import read_table

PLAIN = b'<c r="C2" t="n"><v>2.25</v></c>'
CONTENT = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"><office:body><office:spreadsheet>
<table:table table:name="F"><table:table-row><table:table-cell><text:p>Nom</text:p></table:table-cell>
<table:table-cell><text:p>lon</text:p></table:table-cell></table:table-row><table:table-row>
<table:table-cell><text:p>A</text:p></table:table-cell>CELL</table:table-row></table:table>
</office:spreadsheet></office:body></office:document-content>"""


def xlsx(folder: Path, cell: bytes, prefix: bytes = b"") -> Path:
    """A workbook of one row whose third cell is written so; all its elements under a prefix."""
    book = openpyxl.Workbook()
    book.active.append(["Nom", "Type", "lon"])
    book.active.append(["A", "pmi", 2.25])
    book.save(folder / "plain.xlsx")
    with zipfile.ZipFile(folder / "plain.xlsx") as archive, zipfile.ZipFile(folder / "t.xlsx", "w") as out:
        for name in archive.namelist():
            content = archive.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert PLAIN in content
                content = content.replace(PLAIN, cell)
                if prefix:
                    content = re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1" + prefix + b":", content)
                    content = content.replace(b'xmlns="', b"xmlns:" + prefix + b'="')
            out.writestr(name, content)
    return folder / "t.xlsx"


def ods(folder: Path, cell: str) -> Path:
    with zipfile.ZipFile(folder / "t.ods", "w") as archive:
        archive.writestr("content.xml", CONTENT.replace("CELL", cell))
    return folder / "t.ods"


@pytest.mark.parametrize(
    ("cell", "prefix", "words"),
    [
        (b'<c s="0" r="C2"><f>A1+1</f></c>', b"", "formules"),
        (b'<c r="C2"><f>A1+1</f></c>', b"x", "formules"),
        (b'<c r="C2" t="str"><f>A1</f></c>', b"", "formules"),
        (b'<c t="e" r="C2"><f>1/0</f><v>#DIV/0!</v></c>', b"", "erreur de calcul"),
        (b'<c r="C2" t="e"><v>#REF!</v></c>', b"", "erreur de calcul"),
    ],
)
def test_a_cell_of_xlsx_without_a_value_is_refused(tmp_path: Path, cell: bytes, prefix: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        read_table(xlsx(tmp_path, cell, prefix), where="t.xlsx")
    assert "cellules C2" in str(refused.value)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ('<table:table-cell table:formula="of:=1+1"/>', "formules"),
        ('<table:table-cell table:formula="of:=1+1" office:value-type="float"/>', "formules"),
        (
            '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
            'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>',
            "erreur de calcul",
        ),
        ('<table:table-cell table:formula="of:=x"><text:p>Err:508</text:p></table:table-cell>', "erreur de calcul"),
    ],
)
def test_a_cell_of_ods_without_a_value_is_refused(tmp_path: Path, cell: str, words: str) -> None:
    with pytest.raises(InputError, match=words) as refused:
        read_table(ods(tmp_path, cell), where="t.ods")
    assert "cellules B2" in str(refused.value)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ('<table:table-cell office:value-type="string" office:string-value="2,25"/>', "2,25"),
        ("<table:table-cell><text:list><text:list-item><text:p>2,25</text:p></text:list-item></text:list>"
         "</table:table-cell>", "2,25"),
        ('<table:table-cell table:formula="of:=1" office:value-type="float" office:value="2.5"/>', "2.5"),
        ('<table:table-cell table:formula="of:=&quot;&quot;"><text:p/></table:table-cell>', ""),
    ],
)  # fmt: skip
def test_every_way_in_which_ods_writes_a_value_is_read(tmp_path: Path, cell: str, value: str) -> None:
    assert read_table(ods(tmp_path, cell), where="t.ods")["lon"].tolist() == [value]
