"""Whatever cell of whatever table differs, the comparison tells it; so does a verification."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import access92
from access92.audit.compare import compare_runs, comparison_dict
from access92.audit.verify import verify_run
from access92.outputs.layout import file_in
from access92.outputs.manifest import SEAL
from tests.audit.compare.run_edits import edit_manifest, seal_again, text_of
from tests.run_files import lay_flat
from tests.toy_study import GOOD_STUDY, write_toy_study

pytestmark = pytest.mark.slow

RICH = (
    GOOD_STUDY.replace('name = "sst"\ntitle', 'name = "sst"\ndescription = "essai"\ntitle')
    + "[sensitivity]\ndraws = 2\nmax_snap_m = []\n"
)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with every table that the toy study can have; its study is beside it."""
    folder = tmp_path_factory.mktemp("cells")
    results = access92.run_study(access92.read_study(write_toy_study(folder, study=RICH)))
    access92.write_run(results, folder / "run", overwrite=False)
    return folder / "run"


def other_value(value: object) -> object:
    """Another value of the same type; a number far from any other."""
    if isinstance(value, str):
        if not value:
            return "999"
        try:
            float(value)
        except ValueError:
            return f"{value}x"
        return "999" if float(value) != 999 else "998"
    return 999.0 if pd.isna(value) or value != 999 else 998.0  # type: ignore[call-overload]


def read_table(path: Path) -> pd.DataFrame:
    """A table as text; a Parquet file as it is, its geometry left out."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path).drop(columns="geometry", errors="ignore")
    separator = ";" if path.stem.endswith("_fr") else ","
    return pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def change_cell(run: Path, name: str, column: int, row: float) -> str:
    """Another value in one cell, as if the run had written it so; the name of the column."""
    path = file_in(run, name)
    table = read_table(path)
    at = int(row * len(table))
    column_name = str(table.columns[column % len(table.columns)])
    values = table[column_name].astype(object)
    values.iloc[at] = other_value(values.iloc[at])
    table[column_name] = values
    if name.endswith(".parquet"):
        table.to_parquet(path)
    else:
        table.to_csv(path, sep=";" if path.stem.endswith("_fr") else ",", index=False)
    seal_again(run, name)
    return column_name


def test_any_cell_of_any_table_that_differs_is_told(finished: Path, tmp_path: Path) -> None:
    chance = np.random.default_rng()  # other rows each time
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    names = [path.name for path in finished.rglob("*") if path.suffix in (".csv", ".parquet")]
    tables = {name: table for name in names if len(table := read_table(file_in(finished, name)))}
    assert {"curve.csv", "competence.csv", "sensitivity.csv", "demand.parquet", "coverage_fr.csv"} <= set(tables)
    for number in range(max(len(table.columns) for table in tables.values())):
        changed = {}  # one cell of one column of each table at a time; the next column in the next round
        for name, table in tables.items():
            if number < len(table.columns):
                row = float(chance.random())
                changed[name] = (change_cell(run, name, number, row), row)
        comparison = compare_runs(finished, run)
        told = {item.table for item in comparison.rows} | {item.table for item in comparison.columns}
        told |= {table for only in comparison.only_in_one for table in only.rows}
        told |= {"services.csv"} if comparison.services else set()
        assert changed.keys() <= told, {name: changed[name] for name in changed.keys() - told}
        for name in (*changed, "manifest.json"):
            shutil.copyfile(file_in(finished, name), file_in(run, name))


def test_a_run_from_before_folders_is_compared_with_one_in_folders_file_by_file(finished: Path, tmp_path: Path) -> None:
    flat = Path(shutil.copytree(finished, tmp_path / "run"))
    lay_flat(flat)
    comparison = compare_runs(flat, finished)
    assert comparison.same_figures
    assert sum(comparison.compared.values()) > 100
    assert comparison.other_files == ("datapackage.json", "index.html", "report.html")


def test_a_competence_column_that_differs_is_not_told_as_the_same(finished: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    table = pd.read_csv(file_in(run, "competence.csv"), dtype=str, keep_default_na=False)
    table["unheard_of"] = "5"
    table.to_csv(file_in(run, "competence.csv"), index=False)
    seal_again(run, "competence.csv")
    other = Path(shutil.copytree(run, tmp_path / "other"))
    table["unheard_of"] = ["999", *table["unheard_of"].iloc[1:]]
    table.to_csv(file_in(other, "competence.csv"), index=False)
    seal_again(other, "competence.csv")
    found = compare_runs(run, other)
    (column,) = found.columns
    assert (column.table, column.column, column.rows, column.before, column.after) == (
        "competence.csv", "unheard_of", 1, "5", "999",
    )  # fmt: skip
    assert column.candidates == ()
    assert not found.same_figures
    text = text_of(found)
    assert "les mêmes" not in text
    assert "competence.csv, colonne unheard_of : 1 ligne, d'abord (scenario = " in text
    assert "5 → 999 [inexpliqué]" in text
    assert comparison_dict(found)["columns"][0]["after"] == "999"


def test_a_column_or_rows_of_one_run_only_are_told(finished: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    table = pd.read_csv(file_in(run, "curve.csv"), dtype=str, keep_default_na=False)
    table.iloc[1:].assign(added="1").to_csv(file_in(run, "curve.csv"), index=False)
    seal_again(run, "curve.csv")
    text = text_of(compare_runs(finished, run))
    assert "curve.csv : 1 ligne dans un seul des deux calculs" in text
    assert "curve.csv, colonne added" in text


def test_the_order_of_rows_and_the_way_of_writing_a_number_are_no_difference(finished: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    table = pd.read_csv(file_in(run, "curve.csv"), dtype=str, keep_default_na=False)
    table["threshold_min"] = table["threshold_min"].map(lambda value: str(float(value)))
    table["population"] = table["population"].map(lambda value: f"{float(value):.3f}")
    table.drop(columns="threshold_min").assign(
        threshold_min=pd.read_csv(file_in(finished, "curve.csv"))["threshold_min"]
    )[list(table.columns)].iloc[::-1].to_csv(file_in(run, "curve.csv"), index=False)
    seal_again(run, "curve.csv")
    assert compare_runs(finished, run).same_figures
    assert compare_runs(finished, run).columns == ()


def test_a_layer_that_differs_is_told_as_a_file_that_differs(finished: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(finished, tmp_path / "run"))
    with closing(sqlite3.connect(file_in(run, "results.gpkg"))) as base, base:
        for trigger in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f'DROP TRIGGER "{trigger[0]}"')
        base.execute("UPDATE demand SET population = 99 WHERE fid = 3")
    seal_again(run, "results.gpkg")
    assert compare_runs(finished, run).other_files == ("results.gpkg",)


def test_a_run_sealed_again_after_a_change_is_refused_by_a_verification(finished: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(finished.parent, tmp_path / "town"))
    run = folder / "run"
    chance = np.random.default_rng()
    changed = {}
    for name in ("competence.csv", "curve.csv", "notices.csv", "demand.parquet", "coverage_fr.csv"):
        if len(file_in(run, name).read_bytes().splitlines()) > 1:
            changed[name] = change_cell(run, name, 1, float(chance.random()))
    edit_manifest(run, lambda content: content.get(SEAL))
    with pytest.raises(access92.InputError) as refusal:
        verify_run(run)
    faults = [str(fault) for fault in refusal.value.faults]
    for name, column in changed.items():
        (fault,) = [text for text in faults if f"n'est pas le même : {name}" in text]
        assert f"colonne {column} : " in fault or name.endswith(".parquet"), fault
