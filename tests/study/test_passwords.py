"""The password of a database, however its address is written and wherever in a study: in no error and no traceback."""

from __future__ import annotations

import tomllib
import traceback
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from access92.errors import InputError
from access92.study.model import Study
from access92.study.read import read_study
from tests.toy_study import GOOD_STUDY

FORMS = (
    "postgresql://u:{}@h/db", "postgres://u:{}@h:5432/db?sslmode=require", "postgresql+psycopg://:{}@h",
    "postgres:/u:{}@h", "postgresql://h/db?user=u&password={}", "host=h password={}", "dbname=x pwd='{}'",
    "PG:host=h password={}", "u:{}@h/db", "//u:{}@h/db", "jdbc:postgresql://h/db?user=u&password={}",
    "mssql://u:{}@h/db", "Server=h;Uid=u;Pwd={};",
)  # fmt: skip
KEYS = (
    ("services", "file"), ("areas", "file"), ("population", "file"), ("streets", "file"), ("areas", "population_file"),
)  # fmt: skip
BETWEEN = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), max_size=3
)


def study_with(address: str, part: str, key: str) -> dict[str, Any]:
    study: dict[str, Any] = tomllib.loads(GOOD_STUDY)
    study[part][key] = address
    return study


@given(st.sampled_from(FORMS), st.sampled_from(KEYS), BETWEEN)
def test_no_password_is_in_what_a_study_says_or_refuses(form: str, place: tuple[str, str], between: str) -> None:
    content = study_with(form.format(f"SEC{between}RET"), *place)
    for read in (Study.model_validate, read_study):
        try:
            study = read(content)
        except (ValidationError, InputError) as error:
            said = str(error) + repr(error) + traceback.format_exc()
        else:
            said = repr(study) + repr(getattr(study, place[0])) + study.model_dump_json()
        assert "SEC" not in said
        assert "RET" not in said


def test_the_model_itself_says_where_it_refuses_and_not_what() -> None:
    with pytest.raises(ValidationError, match="file nomme une base de données") as refused:
        Study.model_validate(study_with("postgresql://planif:SECRET@serveur/sig", "services", "file"))
    assert "services" in str(refused.value)
    assert "SECRET" not in str(refused.value)


def test_a_file_that_no_database_can_be_is_refused_as_one() -> None:
    with pytest.raises(InputError, match="file doit être un fichier, et non une base de données"):
        read_study(study_with("postgresql://planif:SECRET@serveur/sig", "streets", "file"))
