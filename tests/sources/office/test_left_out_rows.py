"""Rows that are left out as titles or remarks: never one that holds a value as the table does, and never unsaid."""

from __future__ import annotations

from pathlib import Path

import pytest

from access92.errors import InputError
from access92.run.check import check_study
from access92.sources.office.heads import READING
from access92.sources.tables import read_table
from access92.study.read import read_study
from tests.toy_study import write_toy_study


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("lon,lat,population\n2.25,48.82,10\n2.26,48.82,20\n,,\n,,5000\n", 5),
        ("2.25,48.82,10\nlon,lat,population\n2.25,48.82,10\n2.26,48.82,20\n", 1),
        (",,10\nlon,lat,population\n2.25,48.82,10\n2.26,48.82,20\n", 1),
        ("code;nom;lon\nS1;a;2,25\nS2;b;2,26\n;;\nS3;;\n", 5),
        ('id,nom,"a ""b"""\n1,a,2\n2,b,3\n,,\nSource : x,,\n,,"1 250,5"\n', 6),
    ],
)
def test_a_row_with_a_value_of_the_table_is_no_title_and_no_remark(tmp_path: Path, text: str, line: int) -> None:
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="comme celles du tableau") as refused:
        read_table(tmp_path / "t.csv", where="t.csv")
    assert f"lignes {line}," in str(refused.value)


def test_all_remarks_left_out_are_named_and_counted(tmp_path: Path) -> None:
    text = "Nom;Type;lon;lat\nA 1;PMI;2,25;48,8\nA 2;PMI;2,26;48,8\n;;;\nPMI 3;;;\nPMI 4;;;\nMis à jour en 2024;;;\n"
    (tmp_path / "t.csv").write_text(text, encoding="utf-8")
    (told,) = read_table(tmp_path / "t.csv", where="t.csv").attrs[READING]
    assert "3 lignes, dès la ligne 5 (« PMI 3 », « PMI 4 », « Mis à jour en 2024 »)" in told


def test_what_was_left_out_of_the_population_is_said_by_check(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    people = tmp_path / "people.csv"
    people.write_text(people.read_text(encoding="utf-8") + ",,\nSource : recensement,,\n", encoding="utf-8")
    assert any("« Source : recensement »" in sentence for sentence in check_study(read_study(file)).readings)
