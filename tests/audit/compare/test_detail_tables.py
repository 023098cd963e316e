"""The ledger, commitments, closures, sectors, hours and pockets of two runs, explained like coverage."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from access92.audit.compare import RunComparison, compare_runs, comparison_dict
from access92.audit.compare.stages import parameter_stage
from access92.audit.compared_tables import (
    COMMITMENT_SUMMARY,
    COMMITMENTS,
    COMPETENCE,
    FIGURES,
    KEYS,
    LEDGER,
    MOMENTS,
    PERSON_HOURS,
    POCKETS,
    RIDES,
    SOLE,
    TURNING,
    WEEK,
)
from access92.outputs.layout import file_in
from tests.audit.compare.run_edits import WALK_SPEED, Make, edit_manifest, edit_table, move_the_pmi, text_of
from tests.toy_study import GOOD_STUDY, lon_lat

pytestmark = pytest.mark.slow

RULES = """
[calendar]
file = "halts.csv"
first_day = 2025-02-03
last_day = 2025-02-07
assumed_hours = "Mo-Fr 09:00-12:00"
moments = [2025-02-04T10:00:00]
[[commitment]]
name = "pied"
title = "Cinq minutes à pied"
source = "essai"
any_of = [{ kinds = ["sst"], mode = "walk", under_min = 5 }, { kinds = ["pmi"], mode = "walk", under_min = 2 }]
[[commitment]]
name = "auto"
title = "En voiture"
source = "essai"
any_of = [{ kinds = ["sst", "pmi"], mode = "car", under_min = 2 }]
"""
STUDY = GOOD_STUDY + RULES
VISITS = "unit,stop,lon,lat,date,start,end\nBus,,{},{},2025-02-04,10:00,17:00\n".format(*lon_lat(1, 1))


def with_halts(folder: Path, more: Callable[[Path], None] | None = None) -> None:
    (folder / "halts.csv").write_text(VISITS, encoding="utf-8")
    if more is not None:
        more(folder)


def give_sectors(folder: Path) -> None:
    """S1 is the SST of the west."""
    file = folder / "services.csv"
    head, *rows = file.read_text("utf-8").splitlines()
    told = [f"{row},{'Ouest' if row.startswith('S1') else ''}" for row in rows]
    file.write_text("\n".join([f"{head},communes_served", *told]) + "\n", encoding="utf-8")


@pytest.fixture
def detailed(make: Make) -> Path:
    return make("detailed", study=STUDY, edit=with_halts)


def tables_of(comparison: RunComparison) -> set[str]:
    return {row.table for row in comparison.rows}


def causes_of(comparison: RunComparison) -> set[tuple[str, ...]]:
    return {item.candidates for row in comparison.rows for item in row.changes}


def test_a_run_writes_every_table_that_is_compared(detailed: Path) -> None:
    comparison = compare_runs(detailed, detailed)
    assert set(comparison.compared) == set(KEYS) - {RIDES}  # of studies that ride: tests of riding runs
    assert all(comparison.compared.values())
    assert comparison.same_figures


def test_a_run_from_before_hours_by_public_transport_knows_all_its_hours(make: Make, detailed: Path) -> None:
    older = make("older", study=STUDY, edit=with_halts)
    for table, column in ((PERSON_HOURS, "person_hours_unknown"), (WEEK, "hours_unknown")):
        edit_table(older, table, lambda rows, column=column: rows.drop(columns=column))
    assert compare_runs(older, detailed).same_figures


def test_the_figures_told_of_every_table_are_those_of_the_two_files(make: Make, detailed: Path) -> None:
    after = make("detailed moved", study=STUDY, edit=lambda folder: with_halts(folder, move_the_pmi))
    comparison = compare_runs(detailed, after)
    assert {LEDGER, COMMITMENTS, COMMITMENT_SUMMARY, SOLE, PERSON_HOURS, WEEK, MOMENTS, POCKETS} <= tables_of(
        comparison
    )
    assert causes_of(comparison) == {("file:services:services.csv",)}
    for table in comparison.compared:
        keys = KEYS[table]
        olds, news = (
            pd.read_csv(file_in(folder, table), dtype=str, keep_default_na=False).set_index(list(keys))[
                list(FIGURES[table])
            ]
            for folder in (detailed, after)
        )
        both = olds.index.intersection(news.index)
        olds, news = (frame.loc[both].apply(pd.to_numeric) for frame in (olds, news))
        differing = both[((olds != news) & ~(olds.isna() & news.isna())).any(axis=1)]
        told = [row for row in comparison.rows if row.table == table]
        assert {tuple(row.key[name] for name in keys) for row in told} == set(differing)
        for row in told:
            at = tuple(row.key[name] for name in keys)
            assert all(
                (c.before is None or c.before == olds.loc[at, c.figure]) and c.after in (None, news.loc[at, c.figure])
                for c in row.changes
            )


def test_another_main_threshold_explains_what_is_told_at_it_and_no_coverage(make: Make, detailed: Path) -> None:
    study = STUDY.replace("threshold_min = 5", "threshold_min = 2", 1)
    comparison = compare_runs(detailed, make("detailed 2 min", study=study, edit=with_halts))
    assert causes_of(comparison) == {("parameter:analysis.threshold_min",)}
    assert {LEDGER, SOLE, PERSON_HOURS, WEEK, MOMENTS, POCKETS} <= tables_of(comparison)
    assert not tables_of(comparison) & {"coverage.csv", COMMITMENTS, COMMITMENT_SUMMARY, COMPETENCE}
    assert {row.key["rule"] for row in comparison.rows if row.table == LEDGER} == {"any"}


def test_another_commitment_explains_its_steps_and_its_ledger_only(make: Make, detailed: Path) -> None:
    study = STUDY.replace('mode = "walk", under_min = 5', 'mode = "walk", under_min = 2')
    comparison = compare_runs(detailed, make("detailed commitment", study=study, edit=with_halts))
    assert causes_of(comparison) == {("parameter:commitment",)}
    assert tables_of(comparison) == {COMMITMENTS, COMMITMENT_SUMMARY, LEDGER}
    assert {row.key["rule"] for row in comparison.rows if row.table == LEDGER} == {"pied"}
    text = text_of(comparison)
    assert "engagement « Cinq minutes à pied », étape 1" in text
    assert "Engagements (plusieurs modes), scénarios" in text


def test_a_commitment_is_reached_by_the_modes_of_its_steps_only(make: Make, detailed: Path, tmp_path: Path) -> None:
    study = STUDY.replace("[areas]", "[mode_settings.walk]\nspeed_kmh = 3\n[areas]", 1)
    comparison = compare_runs(detailed, make("detailed slow", study=study, edit=with_halts))
    assert causes_of(comparison) == {(WALK_SPEED,)}
    told = {row.key["commitment"] for row in comparison.rows if "commitment" in row.key}
    assert told == {"pied"}
    folder = shutil.copytree(make("detailed slow", study=study, edit=with_halts), tmp_path / "b")
    edit_table(
        folder,
        COMMITMENT_SUMMARY,
        lambda table: table.assign(population_rescued=[str(float(value) + 1) for value in table["population_rescued"]]),
    )
    again = compare_runs(detailed, folder)
    by_commitment = {
        row.key["commitment"]: item.candidates
        for row in again.rows
        if row.table == COMMITMENT_SUMMARY and (item := row.value("population_rescued")) is not None
    }
    assert by_commitment == {"pied": (WALK_SPEED,), "auto": ()}  # nobody walks in « auto »: its gap is unexplained


def test_the_calendar_explains_hours_and_nothing_else(make: Make, detailed: Path) -> None:
    study = STUDY.replace("moments =", "minimal_visit_min = 60\nmoments =")
    comparison = compare_runs(detailed, make("detailed visit", study=study, edit=with_halts))
    assert causes_of(comparison) == {("parameter:calendar.minimal_visit_min",)}
    assert tables_of(comparison) <= {PERSON_HOURS, WEEK, MOMENTS}
    assert PERSON_HOURS in tables_of(comparison)
    assert "mardi, 11 h" in text_of(comparison, most=100)


def test_a_sector_explains_who_is_received_where_and_no_minute(make: Make, detailed: Path) -> None:
    after = make("detailed sectors", study=STUDY, edit=lambda folder: with_halts(folder, give_sectors))
    comparison = compare_runs(detailed, after)
    assert tables_of(comparison) == {COMPETENCE}
    assert causes_of(comparison) == {("file:services:services.csv",)}
    assert "habitants sans SST compétent connu" in text_of(comparison)


def test_a_commitment_and_a_moment_of_one_run_only_are_told(make: Make, detailed: Path) -> None:
    study = STUDY.replace('name = "auto"', 'name = "voiture"').replace("04T10:00:00", "05T10:00:00")
    comparison = compare_runs(detailed, make("detailed renamed", study=study, edit=with_halts))
    told = {(item.run, item.dimension, item.value): item.candidates for item in comparison.only_in_one}
    assert told["B", "commitment", "voiture"] == told["A", "commitment", "auto"] == ("parameter:commitment",)
    assert told["B", "moment", "2025-02-05T10:00"] == ("parameter:calendar.moments",)


def test_the_dictionary_names_the_table_and_the_keys_of_each(make: Make, detailed: Path) -> None:
    study = STUDY.replace("threshold_min = 5", "threshold_min = 2", 1)
    content = comparison_dict(compare_runs(detailed, make("detailed 2 min", study=study, edit=with_halts)))
    rows = json.loads(json.dumps(content, allow_nan=False))["differences"]
    ledger = next(row for row in rows if row["table"] == LEDGER)
    assert set(ledger) == {"table", "figures", *KEYS[LEDGER]}
    gaps = [
        abs(figure["difference"])
        for row in rows
        if row["table"] == SOLE
        for figure in row["figures"]
        if figure["figure"] == "population_sole"
    ]
    assert gaps == sorted(gaps, reverse=True)


def test_other_code_is_a_cause_and_is_told_by_its_fingerprint(copied: Path) -> None:
    before, after = copied, shutil.copytree(copied, copied.with_name("autre"))
    edit_table(after, LEDGER, lambda table: table.assign(population_gained="7"))
    for folder, code in ((before, "a" * 64), (after, "b" * 64)):
        edit_manifest(folder, lambda content, code=code: content.update(code={"sha256": code}))  # type: ignore[misc]
    comparison = compare_runs(before, after)
    assert [(item.key, item.stage) for item in comparison.inputs] == [("code", "software")]
    assert causes_of(comparison) == {("code",)}
    assert "le code d'access92 : empreinte aaaaaaaa… → bbbbbbbb…" in text_of(comparison)


def test_with_the_same_code_an_unexplained_figure_is_not_laid_at_its_door(copied: Path) -> None:
    edit_manifest(copied, lambda content: content.update(code={"sha256": "a" * 64}))
    after = shutil.copytree(copied, copied.with_name("autre"))
    edit_table(after, LEDGER, lambda table: table.assign(population_gained="7"))
    text = text_of(compare_runs(copied, after))
    assert "Inexpliqué." in text
    assert "sans changer de version" not in text


def test_sensitivity_and_an_example_calendar_change_no_compared_figure() -> None:
    for key in ("sensitivity.draws", "calendar.is_example", "calendar.licence"):
        assert parameter_stage(key)[0] == "nothing"


def test_where_people_turn_is_told_by_service(make: Make, detailed: Path) -> None:
    study = STUDY.replace("threshold_min = 5", "threshold_min = 2", 1)
    comparison = compare_runs(detailed, make("detailed 2 min", study=study, edit=with_halts))
    next_nearest = [row for row in comparison.rows if row.table == TURNING]
    assert {item.figure for row in next_nearest for item in row.changes} <= {"population_lost"}
