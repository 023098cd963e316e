"""Tables that several files hold: made once by a process, and by none for another."""

from __future__ import annotations

import pickle

import pandas as pd
import pytest

from access92.outputs.tables import made_tables
from access92.outputs.tables.files import csv_tables
from access92.outputs.tables.made_tables import MadeTables
from access92.outputs.tables.spreadsheet import people_tables
from tests.outputs.synthetic import make_results


def test_each_is_made_once_and_another_process_makes_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    results, made = make_results(is_demo=True), []
    expected = {"csv_tables": csv_tables(results), "people_tables": people_tables(results)}
    for name, tables in expected.items():
        monkeypatch.setattr(made_tables, name, lambda _, name=name, tables=tables: made.append(name) or tables)
    ours = MadeTables()
    for _ in range(2):
        assert ours.csv(results) is expected["csv_tables"]
        assert ours.people(results) is expected["people_tables"]
    assert made == ["csv_tables", "people_tables"]

    theirs: MadeTables = pickle.loads(pickle.dumps(ours))  # noqa: S301 - what was packed here
    assert isinstance(theirs.csv(results)["coverage.csv"], pd.DataFrame)
    assert made == ["csv_tables", "people_tables", "csv_tables"]
