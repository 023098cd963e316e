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
    metres = {"X_L93": ["644911", "645500"], "Y_L93": ["6855808", "6860000"]}
    with pytest.raises(InputError, match="« X_L93 » et « Y_L93 », et c'est") as refused:
        columns_of({**degrees, **metres})
    assert "lignes 1" in str(refused.value)
    columns_of({**degrees, "X_L93": ["644911", ""], "Y_L93": ["6855808", ""]})
    with pytest.raises(InputError, match="que dans « GPS »"):
        columns_of({**PLAIN, "GPS": ["48,8 2,25", "48,8 2,25"], "X_L93": ["", "645500"], "Y_L93": ["", "6860000"]})


PLACES = {"lon": ["2.25", "2.26"], "lat": ["48.8", "48.8"]}


@pytest.mark.parametrize(
    ("column", "twins"),
    [
        ("kind", {"Catégorie": ["SST", "SST"]}),
        ("valid_from", {"Date d'ouverture": ["1/1/2020", ""], "Mise en service": ["2030-01-01", ""]}),
        ("communes_served", {"Communes desservies": ["Vanves", ""], "Communes rattachées": ["Meudon", ""]}),
    ],
)
def test_two_columns_of_one_meaning_that_decide_of_a_figure_are_refused(
    column: str, twins: dict[str, list[str]]
) -> None:
    with pytest.raises(InputError, match=f"Deux colonnes peuvent être « {column} », et leurs valeurs diffèrent"):
        columns_of({**PLAIN, **PLACES, **twins})
    columns_of({**PLAIN, **PLACES, **twins}, columns={column: next(iter(twins))})
    first = list(PLAIN["Type"] if column == "kind" else next(iter(twins.values())))
    columns_of({**PLAIN, **PLACES, **dict.fromkeys(twins, first)})  # the same twice


def test_which_of_two_names_is_read_is_told() -> None:
    read = columns_of({**PLAIN, **PLACES, "Structure": ["A", "Autre"], "Type (ancien)": ["SST", "SST"]})
    told = " ".join(read.doubts)
    assert "« Nom » est lu pour name, et non « Structure », qui en diffère (lignes 1)" in told
    assert "« Type » est lu pour kind, et non « Type (ancien) »" in told
    assert set(read.doubts) <= set(read.sentences)


@pytest.mark.parametrize("other", [{"GPS": ["48.9, 2.3", ""]}, {"X_L93": ["655000", ""], "Y_L93": ["6860000", ""]}])
def test_places_that_two_ways_of_writing_them_put_apart_are_refused(other: dict[str, list[str]]) -> None:
    with pytest.raises(InputError, match="ne disent pas les mêmes lieux") as refused:
        columns_of({**PLAIN, **PLACES, **other})
    assert "lignes 0" in str(refused.value)
    columns_of({**PLAIN, **PLACES, **other}, columns={"lon": "lon"})


def test_the_places_that_the_study_names_are_read_whatever_else_there_is() -> None:
    metres = {"X_L93": ["644911", "645645"], "Y_L93": ["6855808", "6855802"]}
    degrees = {"Longitude": PLACES["lon"], "Latitude": PLACES["lat"]}
    read = columns_of({**PLAIN, **degrees, **metres}, columns={"x": "X_L93", "y": "Y_L93"})
    assert (read.x_column, read.y_column, read.crs) == ("X_L93", "Y_L93", "EPSG:2154")
    assert "Longitude" not in read.table.columns


def test_the_kind_that_the_study_gives_is_that_of_all_services() -> None:
    places = {"lon": ["2.25", "2.26"], "lat": ["48.8", "48.8"]}
    read = columns_of({**PLAIN, **places}, kind="pmi")
    assert read.table["kind"].tolist() == ["pmi", "pmi"]
    assert any("tous les services sont « pmi »" in sentence and "SST" in sentence for sentence in read.sentences)


@given(st.lists(st.sampled_from(["PMI", "PMI 2", "PMI 3", "pmi-2", "PMI 2 2", ""]), min_size=1, max_size=8))
def test_ids_made_of_names_are_each_their_own(names: list[str]) -> None:
    read = columns_of({"Nom": names, "Type": ["PMI"] * len(names)})
    assert read.table["service_id"].is_unique
