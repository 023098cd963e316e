"""Numbers and days as people write them: each is read in the one way that it can be meant, or refused."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access92.sources.tables import place_rows, read_days, read_numbers
from access92.sources.written_numbers import parse_days, parse_numbers

READ = [
    (["1250", "-3.5", "+5", ".5", "5.", "1e3"], [1250, -3.5, 5, 0.5, 5, 1000]),
    (["1 250", "1\u00a0250", "1\u202f250,5", "1 250.5", "12 345 678"], [1250, 1250, 1250.5, 1250.5, 12_345_678]),
    (["1,5", "0,250", "-0,125", "1250,123", "\u22122,5"], [1.5, 0.25, -0.125, 1250.123, -2.5]),
    (["1,250", "2,5"], [1.25, 2.5]),  # the column writes its decimals with commas
    (["1,250", "1,250,000"], [1250, 1_250_000]),  # or its thousands
    (["1,250.5", "3,000"], [1250.5, 3000]),
    (["1.250,5", "3.000"], [1250.5, 3000]),
    (["1.250", "1.250.000"], [1250, 1_250_000]),
    (["1.250"], [1.25]),  # how machines write decimals
    (["1.250", "0.5"], [1.25, 0.5]),
]
WRONG = [
    "12abc", "1e999", "-1e999", "nan", "NaN", "inf", "-Infinity", "1_000", "0x10", "True", "-", "5,", "1,25.5", "1 2",
    "1 2345", "12 50", "1,2,3", "1.2.3", "1..5", "--5", "5 €", "2024-10-18",
]  # fmt: skip
AMBIGUOUS = [["1,250"], ["1,250", "3,000"], ["-1,250", "7"], ["1.250", "2,5"], ["1,250.5", "1.250,5"]]


@pytest.mark.parametrize(("cells", "numbers"), READ)
def test_a_number_is_read_as_its_column_writes_numbers(cells: list[str], numbers: list[float]) -> None:
    read, faults = read_numbers(pd.Series(cells, name="people"), where="gens.csv")
    assert faults == []
    assert read.tolist() == numbers


@pytest.mark.parametrize("cell", WRONG)
def test_what_is_no_finite_number_is_refused_by_its_line_and_text(cell: str) -> None:
    _, faults = read_numbers(pd.Series(["1", cell], name="people", index=[2, 3]), where="gens.csv")
    assert [fault.what for fault in faults] == ["La colonne « people » doit porter des nombres."]
    assert faults[0].where == f"gens.csv, lignes 3, valeurs {cell}"


@pytest.mark.parametrize("cells", AMBIGUOUS)
def test_a_number_that_may_be_two_is_refused_where_nothing_in_the_column_decides(cells: list[str]) -> None:
    _, faults = read_numbers(pd.Series(cells, name="people"), where="gens.csv")
    assert len(faults) == 1
    assert "ambigus" in faults[0].what
    assert cells[0] in faults[0].where


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1.250", "2.125"], None),
        (["1.250", "850", ""], None),
        (["1.000"], None),
        (["1,250", "2.500"], None),
        (["1.250", "0.125"], [1.25, 0.125]),
        (["1.250", "12.5"], [1.25, 12.5]),
        (["1.250", "0.000"], [1.25, 0.0]),
        (["1234.125", "1.250"], [1234.125, 1.25]),
        (["1.250", "1.250.000"], [1250.0, 1250000.0]),
        (["1.250", "2,5"], None),
        (["1 250", "850"], [1250.0, 850.0]),
        ([1.25, 2.125], [1.25, 2.125]),
    ],
)
def test_people_with_three_digits_behind_a_point_are_refused_where_they_may_be_thousands(
    cells: list[object], numbers: list[float] | None
) -> None:
    read, faults = read_numbers(pd.Series(cells, name="population"), where="t.csv", are_counts=True)
    assert (read.tolist() if not faults else None) == numbers
    if numbers is None:
        assert "ambigus" in faults[0].what


def test_degrees_reach_no_thousand_so_that_their_comma_is_always_decimal() -> None:
    placed = place_rows(pd.DataFrame({"lon": ["2,250"], "lat": ["48,820"]}), where="lieux.csv")
    assert (placed.geometry.x.item(), placed.geometry.y.item()) == (2.25, 48.82)


@pytest.mark.parametrize(
    "values", [[True, False], [1.0, np.inf], [1.0, -np.inf], [1 + 2j, 0j]], ids=["booleans", "inf", "-inf", "complex"]
)
def test_a_column_of_other_numbers_than_finite_ones_is_refused(values: list[object]) -> None:
    _, faults = read_numbers(pd.Series(values, name="people"), where="gens.parquet")
    assert len(faults) == 1


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([".", ","]))
def test_what_a_program_wrote_is_read_back_or_refused_as_ambiguous(number: float, mark: str) -> None:
    read = parse_numbers([repr(number).replace(".", mark)])
    assert read.wrong == ()
    assert read.ambiguous == (0,) or read.numbers.tolist() == [number]
    assert mark == "," or not read.ambiguous


@given(st.text(alphabet="0123456789.,+- eE\u202f", max_size=12))
def test_no_cell_makes_the_reader_fail_or_gives_what_is_not_finite(cell: str) -> None:
    read = parse_numbers([cell])
    assert math.isfinite(read.numbers[0]) != bool(read.wrong or read.ambiguous)


@pytest.mark.parametrize(
    "text",
    [
        "2024-10-181", "2024-10-18T", "2024-10-18 ouvert", "18/10/24", "10/18/2024", "31/02/2024", "18 brumaire 2024",
        "2024-2-3", "2024-02-30",
        "20241018", "2024-10-18T25:00", "2024-10-18T10:00Z", "9999-12-31", "0001-01-01", "45583",
    ],
)  # fmt: skip
def test_a_day_is_a_whole_date_and_nothing_more(text: str) -> None:
    _, faults = read_days(pd.Series([text], name="valid_from"), where="services.csv")
    assert [fault.what for fault in faults] == ["La colonne « valid_from » porte une date illisible."]
    assert text in faults[0].where


def test_a_day_is_read_as_the_french_write_it_and_never_as_month_and_day() -> None:
    written = [
        "18/10/2024",
        "1/2/2025",
        "01.02.2025",
        "1er février 2025",
        "mer. 1 janv. 2025",
        "15 août 2024 ",
        "18/10/2024 00:00:00",
    ]
    read, faults = read_days(pd.Series(written), where="t.csv")
    assert faults == []
    assert read.dt.strftime("%Y-%m-%d").tolist() == [
        "2024-10-18", "2025-02-01", "2025-02-01", "2025-02-01", "2025-01-01", "2024-08-15", "2024-10-18",
    ]  # fmt: skip
    # one date of another country makes all of the column doubtful, ISO dates apart
    mixed = parse_days(pd.Series(["1/2/2025", "2/14/2025", "2025-02-14"]))
    assert mixed.isna().tolist() == [True, True, False]


def test_a_day_may_carry_a_time_of_day_as_databases_write_it() -> None:
    days = parse_days(pd.Series(["2024-10-18", "2024-10-18 00:00:00", "2024-10-18T08:30"]))
    assert days.dt.strftime("%Y-%m-%d").tolist() == ["2024-10-18"] * 3


def test_an_instant_with_a_zone_is_the_day_of_french_clocks() -> None:
    days, faults = read_days(pd.Series(pd.to_datetime(["2024-10-17T22:30Z"])), where="services.gpkg")
    assert (days.dt.day.item(), faults) == (18, [])
