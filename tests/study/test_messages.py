"""What is wrong with a study, in French: where, by the names that its author gave, and what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from access92.errors import InputError
from access92.study.read import read_study
from tests.run.test_timetable_scenarios import OFTEN, REMOVED, scenario
from tests.run.test_transit import STUDY, TRANSIT
from tests.toy_study import GOOD_STUDY, write_toy_study


def refusal(folder: Path, text: str) -> str:
    with pytest.raises(InputError) as refused:
        read_study(write_toy_study(folder, study=text))
    return str(refused.value)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (
            scenario("souvent", OFTEN.replace("headway_min = 3", "headway_min = 0")),
            ["scenario « souvent », change n° 1 (set_headway), clé « headway_min » = 0", "au moins 1."],
        ),
        (
            scenario("faute", REMOVED.replace('kind = "remove_line"', 'kind = "ajoute_ligne"')),
            ["Genre de changement inconnu : « ajoute_ligne »", "Valeurs connues :", "add_line"],
        ),
        (
            scenario("faute", REMOVED.replace('kind = "remove_line"', 'kind = "remove_lin"')),
            ["Vouliez-vous dire « remove_line »"],
        ),
    ],
)
def test_a_fault_of_a_change_names_its_scenario_and_its_number(tmp_path: Path, more: str, words: list[str]) -> None:
    told = refusal(tmp_path, STUDY + TRANSIT + more)
    for word in words:
        assert word in told


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('feeds = [{ file = "bus.zip"', 'feeds = "bus.zip" #', "clé « transit.feeds »"),
        ("day = 2024-10-15", 'day = "mardi"', "une date (2024-10-18)"),
        ('window = ["08:00", "10:00"]', 'window = ["22:00", "06:00"]', 'window = ["22:00", "06:00"] doit finir'),
        ('window = ["08:00", "10:00"]', 'window = ["08:00", "25:00"]', "une heure (10:00)"),
        ("threshold_min = 5", 'threshold_min = "cinq"', "un nombre"),
        ("threshold_min = 5", "threshold_min = [5]", "un nombre"),
        ('title = "Essai"', "title = 3", "un texte"),
    ],
)
def test_what_was_expected_is_said_in_french(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in STUDY + TRANSIT
    told = refusal(tmp_path, (STUDY + TRANSIT).replace(old, new, 1))
    assert words in told
    assert "Input should" not in told


def test_a_study_of_another_mode_is_told_which_headline_mode_to_write(tmp_path: Path) -> None:
    assert 'headline_mode = "bike"' in refusal(tmp_path, GOOD_STUDY.replace('["walk", "car"]', '["bike", "car"]'))
