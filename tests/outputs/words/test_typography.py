"""Numbers and texts in French typography."""

from __future__ import annotations

from datetime import date

import pytest

from access92.outputs.words import typography
from access92.outputs.words.typography import NARROW_SPACE as NARROW
from access92.outputs.words.typography import NO_BREAK_SPACE as NBSP


@pytest.mark.parametrize(
    ("value", "decimals", "expected"),
    [
        (0, 0, "0"),
        (-0.2, 0, "0"),
        (999, 0, "999"),
        (1654712, 0, f"1{NARROW}654{NARROW}712"),
        (-1234.5, 1, f"\u22121{NARROW}234,5"),
        (float("nan"), 0, "—"),
        (float("inf"), 0, "—"),
    ],
)
def test_thousands_take_a_narrow_space_and_decimals_a_comma(value: float, decimals: int, expected: str) -> None:
    assert typography.number(value, decimals=decimals) == expected


@pytest.mark.parametrize(
    ("share", "expected"),
    [
        (0.853, f"85,3{NARROW}%"),
        (1.0, f"100{NARROW}%"),
        (0.0, f"0{NARROW}%"),
        (0.99999, f">{NARROW}99,9{NARROW}%"),
        (0.00001, f"<{NARROW}0,1{NARROW}%"),
        (float("nan"), "—"),
    ],
)
def test_a_percentage_never_rounds_to_everyone_or_to_nobody(share: float, expected: str) -> None:
    assert typography.percent(share) == expected


def test_minutes_not_reached_are_more_than_the_cut_off() -> None:
    assert typography.minutes(float("nan"), cutoff_min=60) == f">{NBSP}60{NBSP}min"
    assert typography.minutes(7.25) == f"7,2{NBSP}min"
    assert typography.minutes(float("nan")) == "—"


def test_a_gain_carries_its_sign_and_nothing_carries_none() -> None:
    assert typography.signed(1200) == f"+1{NARROW}200"
    assert typography.signed(-3) == "\u22123"
    assert typography.signed(0.2) == "0"


def test_the_first_of_a_month_is_ordinal() -> None:
    assert typography.day(date(2024, 8, 1)) == f"1er{NBSP}août{NBSP}2024"
    assert typography.day(date(2024, 10, 18)) == f"18{NBSP}octobre{NBSP}2024"


def test_one_and_a_half_is_singular_in_french() -> None:
    assert typography.count(0, "habitant") == f"0{NBSP}habitant"
    assert typography.count(2, "service compté", "services comptés") == f"2{NBSP}services comptés"


def test_typography_changes_prose_and_leaves_tags_scripts_and_code_alone() -> None:
    page = '<p title="a ; b">L\'été ; « oui » ?</p><script>x ? y : z;</script><code>d ; e</code><p>a : b</p>'
    done = typography.typeset_html(page)
    assert f"L’été{NARROW}; «{NBSP}oui{NBSP}»{NARROW}?" in done
    assert '<p title="a ; b">' in done
    assert "<script>x ? y : z;</script><code>d ; e</code>" in done
    assert f"a{NBSP}: b" in done


def test_typography_leaves_a_web_address_alone() -> None:
    assert typography.typeset("voir https://exemple.fr/a?b=c;d") == "voir https://exemple.fr/a?b=c;d"
