"""Software and code as causes, and figures that nothing explains."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from access92.audit.compare import (
    COVERAGE,
    compare_runs,
    comparison_dict,
)
from tests.audit.compare.run_edits import (
    SLOW,
    WALK_SPEED,
    Make,
    edit_manifest,
    edit_table,
    one_more_covered,
    text_of,
)


def test_where_only_the_software_differs_it_is_the_cause(reference: Path, copied: Path) -> None:
    edit_table(copied, COVERAGE, one_more_covered)
    edit_manifest(copied, lambda content: content["versions"].update(numpy="0.1", folium="0.2"))
    comparison = compare_runs(reference, copied)
    assert [(item.key, item.stage) for item in comparison.inputs] == [
        ("software", "software"),
        ("software_pages", "nothing"),
    ]
    (row,) = comparison.rows
    assert row.changes[0].candidates == ("software",)
    assert "Dû à : les logiciels (numpy) [E1]." in text_of(comparison)


@pytest.mark.slow
def test_a_figure_that_no_changed_input_can_reach_is_unexplained(make: Make, tmp_path: Path, reference: Path) -> None:
    after = shutil.copytree(make("slow", study=SLOW), tmp_path / "b")
    edit_table(after, COVERAGE, one_more_covered)
    comparison = compare_runs(reference, after)
    car = [row for row in comparison.rows if row.key["mode"] == "car"]
    assert [item.candidates for row in car for item in row.changes] == [()]
    block = next(block for block in comparison.blocks if block.mode == "car")
    assert (block.candidates, block.cleared) == ((), (WALK_SPEED,))
    assert next(b for b in comparison_dict(comparison)["blocks"] if b["mode"] == "car")["verdict"] == "unexplained"
    text = text_of(comparison)
    assert "En voiture, scénario « tous » : 1 chiffre (habitants couverts × 1), jusqu'à +1 habitant" in text
    assert "Inexpliqué.\n      Aucune entrée différente ne peut atteindre ces chiffres" in text
    assert comparison.blocks[0] is block  # first of all, and told beyond the largest of its table
    assert comparison.rows[0].key["mode"] == "walk"
    assert "(+1) [inexpliqué]" in text_of(comparison, most=1)
