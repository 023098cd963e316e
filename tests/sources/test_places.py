"""Points of a population file that cannot be meant are refused; people far away live outside the areas, no more."""

from __future__ import annotations

from pathlib import Path

import pytest

from access92.errors import InputError
from access92.run.check import check_study
from access92.study.read import read_study
from tests.toy_study import write_toy_study


def people_with(folder: Path, row: str) -> Path:
    file = write_toy_study(folder)
    with (folder / "people.csv").open("a", encoding="utf-8") as table:
        table.write(row + "\n")
    return file


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("48.8215,2.2525,10", "interverties"),
        ("645000,6860000,10", "pas des degrés"),
        ("0,0,10", "longitude 0"),
    ],
)
def test_people_at_a_place_that_cannot_be_meant_are_refused_by_their_line(row: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words) as refusal:
        check_study(read_study(people_with(tmp_path, row)))
    assert "people.csv, lignes 62" in refusal.value.faults[0].where


def test_people_of_another_town_of_the_country_live_outside_the_areas(tmp_path: Path) -> None:
    omissions = {item.code: item for item in check_study(read_study(people_with(tmp_path, "5.37,43.3,10"))).omissions}
    assert omissions["people_outside_areas"].population == 10
