"""Columns of services that say the same thing twice, and what is made of names and of the study's own kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access92.errors import InputError
from access92.sources.office.service_columns import ServiceColumns, service_columns
from access92.study.files import ServicesInput
from access92.study.kinds import KINDS

PLAIN = {"Nom": ["A", "B"], "Type": ["PMI", "SST"]}


def columns_of(table: dict[str, list[str]], **settings: Any) -> ServiceColumns:
    return service_columns(
        pd.DataFrame(table), ServicesInput(file=Path("s.csv"), **settings), KINDS, where="s.csv"
    )  # fmt: skip


def test_two_columns_of_degrees_that_differ_are_refused_with_both_names() -> None:
    twice = {**PLAIN, "lon": ["2,10", ""], "lat": ["48,8", ""], "Longitude": ["2,25", ""], "Latitude": ["48,8", ""]}
    with pytest.raises(InputError, match="« lon » et « Longitude »"):
        columns_of(twice)
    read = columns_of(twice, columns={"lon": "Longitude", "lat": "Latitude"})
    assert read.table["lon"].tolist() == ["2,25", ""]
    assert columns_of({**twice, "Longitude": ["2.1", ""]}).table["lon"].tolist() == ["2,10", ""]


def test_a_place_that_only_unread_columns_hold_is_refused() -> None:
    degrees = {**PLAIN, "Longitude": ["2,25", ""], "Latitude": ["48,8", ""]}
    metres = {"X_L93": ["645000", "645500"], "Y_L93": ["6860000", "6860000"]}
    with pytest.raises(InputError, match="« X_L93 » et « Y_L93 », et c'est") as refused:
        columns_of({**degrees, **metres})
    assert "lignes 1" in str(refused.value)
    columns_of({**degrees, "X_L93": ["645000", ""], "Y_L93": ["6860000", ""]})
    with pytest.raises(InputError, match="que dans « GPS »"):
        columns_of({**PLAIN, "GPS": ["48,8 2,25", "48,8 2,25"], "X_L93": ["", "645500"], "Y_L93": ["", "6860000"]})


def test_the_kind_that_the_study_gives_is_that_of_all_services() -> None:
    places = {"lon": ["2.25", "2.26"], "lat": ["48.8", "48.8"]}
    read = columns_of({**PLAIN, **places}, kind="pmi")
    assert read.table["kind"].tolist() == ["pmi", "pmi"]
    assert any("tous les services sont « pmi »" in sentence and "SST" in sentence for sentence in read.sentences)


@given(st.lists(st.sampled_from(["PMI", "PMI 2", "PMI 3", "pmi-2", "PMI 2 2", ""]), min_size=1, max_size=8))
def test_ids_made_of_names_are_each_their_own(names: list[str]) -> None:
    read = columns_of({"Nom": names, "Type": ["PMI"] * len(names)})
    assert read.table["service_id"].is_unique
