"""What was moved, in French, from records alone; and no sentence in the room that computes."""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

import access92.measures.sensitivity
from access92.measures.sensitivity import SensitivityTables, VariationRecord
from access92.measures.sensitivity.details import NOT_VARIED
from access92.outputs.results_fingerprint import results_fingerprint
from access92.outputs.tables.files import csv_tables
from access92.outputs.words.data_dictionary import column_words
from access92.outputs.words.sensitivity import bands_table, people_words, variation_words
from access92.run.results import Results
from tests.outputs.sensitivity_tables import make_sensitivity

ROOM = Path(access92.measures.sensitivity.__file__).parent
DRAWS = {"draws": 20, "seed": 92}
POSITION = {"radius_m": 250.0, "low_share": 0.45, "high_share": 0.5, **DRAWS}


def words(code: str, **numbers: float | tuple[float, ...]) -> str:
    return variation_words(VariationRecord(code, ("now", "source"), numbers))


@pytest.mark.parametrize("module", sorted(ROOM.glob("*.py")), ids=lambda path: path.stem)
def test_no_module_that_computes_sensitivity_holds_a_sentence(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # docstrings
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in alone]
    assert not [text for text in texts if isinstance(text, str) and re.search(r"\w[\w']* +[\wàé]", text)]


def test_a_doubtful_position_is_told_with_its_draws_its_radius_and_its_centiles() -> None:
    end = "dans son disque (250 m au plus) ; du 5e au 95e centile, de 45,0 % à 50,0 %"
    one, four = words("position", services=1.0, **POSITION), words("position", services=4.0, **POSITION)
    assert one == f"20 tirages (graine 92) du seul service à position douteuse, {end}"
    assert four == f"20 tirages (graine 92) des 4 services à position douteuse, chacun {end}"


def test_speeds_are_told_with_a_decimal_comma_and_limits_with_et() -> None:
    speeds = {"speed_share": 0.125, "slower_kmh": 4.375, "speed_kmh": 5.0, "faster_kmh": 5.625}
    assert words("speed", **speeds).startswith(
        "vitesse de 4,38 à 5,62 km/h au lieu de 5 km/h (12,5 % de moins et de plus"
    )
    assert words("snapping", max_snap_m=(300.0,), others_m=(150.0, 600.0)).endswith("150 et 600 m au lieu de 300 m")
    assert words("link_radius", link_radius_m=(10.0,), others_m=(0.0, 20.0)).startswith(
        "toutes les rues à moins de 0 et 20 m de plus"
    )


def test_people_are_told_of_the_cell_or_polygon_that_they_stay_in() -> None:
    for code, unit in (("cells", "carreau"), ("polygons", "polygone")):
        told = words(code, block_m=200.0, **DRAWS)
        assert told.startswith(f"habitants de chaque {unit} répartis autrement")
        assert told.endswith("puis 20 tirages (graine 92) d'une densité inégale entre carrés de 200 m")


def test_what_did_not_move_is_told_after_the_widest_band() -> None:
    records = tuple(VariationRecord(code, ("now", "all")) for code in ("widest", *NOT_VARIED.values()))
    bands = pd.DataFrame({"scenario": ["now"], "source": ["all"]})
    told = bands_table(SensitivityTables(bands=bands, records=records))["detail"].iloc[0].split(" ; ")
    assert [text.split(" ne varie pas")[0] for text in told] == [
        "la plus large des fourchettes", "la répartition des habitants",
        "la limite de rattachement", "l'attente aux feux",
    ]  # fmt: skip


def test_a_few_inhabitants_are_not_nobody() -> None:
    assert people_words(0.3) == "moins de 1\u00a0habitant"
    assert (people_words(0.0), people_words(1.2), people_words(2.0)) == (
        "0\u00a0habitant", "1\u00a0habitant", "2\u00a0habitants",
    )  # fmt: skip


def test_the_file_of_bands_says_what_was_moved_and_the_fingerprint_knows_it(results: Results) -> None:
    asked = replace(results, sensitivity=make_sensitivity(results))
    table = csv_tables(asked)["sensitivity.csv"]
    assert list(table.columns)[-1] == "detail"
    assert column_words("detail").description
    assert table.query("source == 'position'")["detail"].str.contains("aucun service compté").all()
    records = (*asked.sensitivity.records, VariationRecord("widest", ("aujourdhui", "all")))
    more = replace(asked, sensitivity=replace(asked.sensitivity, records=records))
    assert results_fingerprint(more) != results_fingerprint(asked)
