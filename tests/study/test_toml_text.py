"""Study files as editors save them are read; what is wrong with their syntax is told with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from access92.errors import InputError
from access92.run.check import check_study
from access92.study.read import read_study
from tests.toy_study import GOOD_STUDY, write_toy_study

STUDY = GOOD_STUDY.replace('title = "Essai"', 'title = "Étude à l’essai"')


def saved(folder: Path, content: bytes) -> Path:
    file = write_toy_study(folder)
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    "content",
    [
        STUDY.encode(), STUDY.encode("utf-8-sig"), STUDY.encode("utf-16"), STUDY.replace("\n", "\r\n").encode(),
        STUDY.replace("\n", "\r").encode(), STUDY.replace('"services.csv"', "'services.csv'").encode(),
        STUDY.encode("utf-16-le"), STUDY.encode("utf-16-be"),
    ],
    ids=["plain", "mark", "utf-16", "crlf", "cr", "apostrophes", "utf-16 without a mark", "the same, of a Mac"],
)  # fmt: skip
def test_a_study_is_read_however_an_editor_saves_it(tmp_path: Path, content: bytes) -> None:
    assert read_study(saved(tmp_path, content)).title == "Étude à l’essai"


@pytest.mark.parametrize("path", [r"C:\Users\x\services.csv", r"donnees\services.csv", r"D:\étude.csv"])
def test_a_windows_path_is_refused_with_its_line_and_the_way_to_write_it(tmp_path: Path, path: str) -> None:
    with pytest.raises(InputError) as refused:
        read_study(saved(tmp_path, STUDY.replace("services.csv", path).encode()))
    line = 1 + STUDY[: STUDY.index("services.csv")].count("\n")
    assert f"ligne {line}, colonne" in str(refused.value)
    assert "C:/donnees/services.csv" in str(refused.value)


def test_a_windows_path_that_toml_reads_as_a_tab_is_refused_in_the_same_words(tmp_path: Path) -> None:
    study = read_study(saved(tmp_path, STUDY.replace('"services.csv"', r'"C:\temp\new.csv"').encode()))
    with pytest.raises(InputError, match=r"C:/donnees/services\.csv"):
        check_study(study)


def test_another_encoding_is_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="n'est pas en UTF-8") as refused:
        read_study(saved(tmp_path, STUDY.replace("’", "'").encode("cp1252")))
    assert "Bloc-notes" in str(refused.value)
    assert refused.value.exit_code == 3


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("\n[areas]\n", "La partie [areas] est écrite deux fois."),
        ("\n[a.b]\n[c]\n[a.b]\n", "La partie [a.b] est écrite deux fois."),
        ("\n[c]\nx = 1\nx = 2\n", "Une clé est écrite deux fois."),
    ],
)
def test_what_is_written_twice_is_said_as_such(tmp_path: Path, more: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        read_study(saved(tmp_path, (STUDY + more).encode()))
    assert words in str(refused.value)
    assert f"ligne {(STUDY + more).count(chr(10))}" in str(refused.value)
