"""A study is read as it is written: pydantic's readings of other types are refused, from a file or a program."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path

import pytest

from access92.errors import InputError
from access92.study.model import Study
from access92.study.read import read_study, validated_study
from access92.study.types import value_fault
from tests.conftest import ROOT
from tests.toy_study import GOOD_STUDY


def study_of(folder: Path, text: str) -> Study:
    file = folder / "study.toml"
    file.write_text(text, encoding="utf-8")
    return read_study(file)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("reference_date = 2024-10-18", "reference_date = 20241018"),  # seconds since 1970, for pydantic
        ("reference_date = 2024-10-18", 'reference_date = "1729209600"'),
        ("reference_date = 2024-10-18", "reference_date = 2024-10-18T00:00:00"),
        ("reference_date = 2024-10-18", 'reference_date = "18/10/2024"'),
        ("reference_date = 2024-10-18", "reference_date = 0001-01-01"),
        ("threshold_min = 5", 'threshold_min = "5"'),
        ("threshold_min = 5", "threshold_min = true"),
        ("thresholds_min = [2, 5, 10]", 'thresholds_min = [2, 5, "10"]'),
        ("rescale = false", 'rescale = "no"'),
        ("rescale = false", "rescale = 0"),
        ('title = "', 'title = "\\u0007'),
    ],
)
def test_a_value_of_another_type_is_refused_with_its_key(old: str, new: str, tmp_path: Path) -> None:
    assert old in GOOD_STUDY
    with pytest.raises(InputError, match="Valeur refusée") as refusal:
        study_of(tmp_path, GOOD_STUDY.replace(old, new))
    assert new.split(" = ", maxsplit=1)[0] in refusal.value.faults[0].where


def test_dates_and_times_may_be_iso_text(tmp_path: Path) -> None:
    quoted = study_of(tmp_path, GOOD_STUDY.replace("2024-10-18", '"2024-10-18"'))
    assert quoted.analysis.reference_date == date(2024, 10, 18)


@pytest.mark.parametrize(
    ("value", "annotation", "is_right"),
    [
        (5, float, True), (5.0, float, True), ("5", float, False), (True, float, False), (True, int, False),
        (1, bool, False), (True, bool, True), (None, float | None, True), ("5", float | None, False),
        (date(2024, 1, 2), date, True), (datetime(2024, 1, 2), date, False), (7, datetime, False),  # noqa: DTZ001
        (36000, time, False), ("10:00", time, True), ("10:5", time, False), ("25:00", time, False),
        ("2024-10-18T10:00", datetime, True), ("2024-10-18", datetime, False), ([1.0, "2"], tuple[float, ...], False),
        ([[2.25, 48.8]], tuple[tuple[float, float], ...], True),
        ([[2.25, True]], tuple[tuple[float, float], ...], False),
        ("À pied\n🙂", str, True), ("\x07Accès", str, False), (["x", "\uffff"], tuple[str, ...], False),
    ],
)  # fmt: skip
def test_what_a_type_may_be_written_as(value: object, annotation: object, is_right: bool) -> None:
    assert (value_fault(value, annotation) == "") == is_right


@pytest.mark.parametrize("name", ["any", "sst"])
def test_a_commitment_cannot_have_the_name_of_a_rule(name: str, tmp_path: Path) -> None:
    commitment = (
        f'[[commitment]]\nname = "{name}"\ntitle = "x"\nsource = "x"\n'
        '[[commitment.any_of]]\nkinds = ["sst"]\nmode = "walk"\nunder_min = 5\n'
    )
    with pytest.raises(InputError, match="règle des résultats"):
        study_of(tmp_path, GOOD_STUDY + commitment)
    other = commitment.replace(f'"{name}"', '"autre"', 1)
    with pytest.raises(InputError, match="deux engagements"):
        study_of(tmp_path, GOOD_STUDY + other + other)


def test_a_mode_written_wrong_is_named_where_something_else_asks_for_it(tmp_path: Path) -> None:
    commitment = (
        '[[commitment]]\nname = "schema"\ntitle = "x"\nsource = "x"\n'
        '[[commitment.any_of]]\nkinds = ["sst"]\nmode = "bike"\nunder_min = 5\n'
    )
    written = GOOD_STUDY.replace('modes = ["walk", "car"]', 'modes = ["walk", "byke"]')
    for asking in (
        commitment,
        '[calendar]\nfile = "c.csv"\nfirst_day = 2025-02-03\nlast_day = 2025-02-09\nmodes = ["bike"]\n',
    ):
        with pytest.raises(InputError, match=r"demande le mode « bike ».* : modes liste « walk », « byke »"):
            study_of(tmp_path, written + asking)


def test_a_copy_keeps_its_file_and_says_it_in_its_refusals(tmp_path: Path) -> None:
    study = study_of(tmp_path, GOOD_STUDY)
    copy = study.model_copy(update={"title": "Autre"})
    assert validated_study(copy).file == study.file
    assert validated_study(copy).population.model_fields_set == study.population.model_fields_set
    with pytest.raises(InputError, match=r"study\.toml"):
        validated_study(study.model_copy(update={"analysis": study.analysis.model_copy(update={"cutoff_min": 1.0})}))


def test_the_shipped_study_is_valid_however_it_was_made() -> None:
    study = read_study(ROOT / "data" / "studies" / "sosms.toml")
    assert validated_study(study) == study
    assert validated_study(Study.model_construct(**study.__dict__)) is not None
