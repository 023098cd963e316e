"""What the search of the page takes for the same name: accents, abbreviations, near misses (Node)."""

from __future__ import annotations

import random
from typing import Any

import pytest

from access92.outputs.pages import template_text
from tests.outputs.node_scripts import needs_node, run_script

pytestmark = needs_node

NAMES = [
    ("Boulogne-Billancourt", 0), ("Sèvres", 0), ("Saint-Cloud", 0), ("92012", 0), ("SST 8 Boulogne-Billancourt", 2),
    ("Sèvres Rive Gauche", 3), ("Boulevard du Général Leclerc", 5), ("Rue de Sèvres", 5), ("Avenue de l’Œuvre", 5),
    ("Issy-les-Moulineaux", 0),
]  # fmt: skip


def found(typed: str, names: list[tuple[str, int]] | None = None) -> list[tuple[str, bool]]:
    """What a query finds among names with the rank of their kind, in order; whether each is a near miss."""
    script = f"""
        const A92 = {{}};
        {template_text("run_map_matching.js")}
        const targets = input.names.map(([name, rank]) => ({{ name, rank, plain: A92.Matching.plain(name) }}));
        const rows = A92.Matching.find(input.typed, targets, 5);
        console.log(JSON.stringify(rows.map(row => [row.target.name, row.isMiss])));
    """
    rows: Any = run_script(script, {"typed": typed, "names": names or NAMES})
    return [(name, is_miss) for name, is_miss in rows]


@pytest.mark.parametrize(
    ("typed", "name", "is_miss"),
    [
        ("SEVRES", "Sèvres", False), ("  sèvres ", "Sèvres", False), ("sevre", "Sèvres", False),
        ("bd gal leclerc", "Boulevard du Général Leclerc", False), ("leclerc", "Boulevard du Général Leclerc", False),
        ("st cloud", "Saint-Cloud", False), ("saintcloud", "Saint-Cloud", True), ("oeuvre", "Avenue de l’Œuvre", False),
        ("boulonge", "Boulogne-Billancourt", True), ("bulogne", "Boulogne-Billancourt", True),
        ("isy les moulineau", "Issy-les-Moulineaux", True), ("92012", "92012", False),
    ],
)  # fmt: skip
def test_a_name_is_found_whatever_its_writing(typed: str, name: str, is_miss: bool) -> None:
    assert found(typed)[0] == (name, is_miss)


@pytest.mark.parametrize(
    ("typed", "name"),
    [("gare de Puteaux", "Puteaux gare"), ("Station du Val d’Or", "Le Val d’Or"), ("commune de Puteaux", "Puteaux"),
     ("gare de Clamart", "Gare de Clamart"), ("gare de Lyon", "")],
)  # fmt: skip
def test_a_name_with_its_kind_is_found_as_the_report_writes_it(typed: str, name: str) -> None:
    script = f"""
        const A92 = {{}};
        {template_text("run_map_matching.js")}
        const plain = A92.Matching.plain;
        const targets = input.names.map(([name, kind, text], rank) => ({{ name, kind, rank, plain: plain(text) }}));
        const rows = A92.Matching.find(input.typed, targets, 1);
        console.log(JSON.stringify(rows.length ? rows[0].target.name : A92.Matching.nothing(input.typed)));
    """
    names = [
        ("Puteaux", "area", "Puteaux"), ("Puteaux gare", "station", "Puteaux"),
        ("Le Val d’Or", "station", "Le Val d’Or"),
        ("Gare de Clamart", "street", "Gare de Clamart"), ("Clamart", "station", "Clamart"),
    ]  # fmt: skip
    assert run_script(script, {"typed": typed, "names": names}) == (name or "Rien de ce nom dans l’étude.")


def test_a_postcode_that_no_address_has_is_told_as_one() -> None:
    script = f"""
        const A92 = {{}};
        {template_text("run_map_matching.js")}
        console.log(JSON.stringify([A92.Matching.nothing("92800"), A92.Matching.nothing("rue 92800")]));
    """
    code, name = run_script(script, {})
    assert "n’a ce code" in code
    assert "par son nom" in code
    assert name == "Rien de ce nom dans l’étude."


def test_what_bears_the_name_comes_before_what_begins_with_it_and_communes_before_streets() -> None:
    assert [name for name, _ in found("sevres")] == ["Sèvres", "Sèvres Rive Gauche", "Rue de Sèvres"]


@pytest.mark.parametrize("typed", ["92013", "92", "zzz", "", "   ", "quelque chose d’autre", "sv"])
def test_another_name_or_code_is_not_found_by_a_near_miss(typed: str) -> None:
    assert [row for row in found(typed) if row[0] != "92012" or typed != "92"] == []


def test_the_distance_is_that_of_a_plain_table() -> None:
    """Optimal string alignment by its definition, on words drawn at random."""
    draw = random.Random(92)
    pairs = [["".join(draw.choices("abc", k=draw.randint(0, 6))) for _ in range(2)] for _ in range(60)]
    script = f"""
        const A92 = {{}};
        {template_text("run_map_matching.js")}
        console.log(JSON.stringify(input.map(([a, b]) => A92.Matching.distance(a, b, 9))));
    """
    assert run_script(script, pairs) == [plain_distance(one, other) for one, other in pairs]


def plain_distance(one: str, other: str) -> int:
    """Signs left out, put in, exchanged or swapped with their neighbour between two texts."""
    if not one or not other:
        return len(one) + len(other)
    ways = [
        plain_distance(one[:-1], other) + 1,
        plain_distance(one, other[:-1]) + 1,
        plain_distance(one[:-1], other[:-1]) + (one[-1] != other[-1]),
    ]
    if len(one) > 1 and len(other) > 1 and one[-2:] == other[-2:][::-1]:
        ways.append(plain_distance(one[:-2], other[:-2]) + 1)
    return min(ways)
