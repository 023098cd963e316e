"""Folders and files that are refused."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from access92.audit.compare import (
    COVERAGE,
    SUMMARY,
    compare_runs,
    read_run,
)
from access92.audit.finished import _area_names
from access92.errors import InputError
from access92.outputs.layout import file_in
from tests.audit.compare.run_edits import (
    edit_manifest,
    edit_table,
    unlist,
)


def test_a_folder_that_is_no_run_is_refused_and_so_is_the_other(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        compare_runs(tmp_path, tmp_path / "absent")
    assert refused.value.exit_code == 3
    assert len(refused.value.faults) == 2
    assert all("ne contient pas un calcul d'access92" in fault.what for fault in refused.value.faults)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("{", "illisible"),
        ("[]", "incomplet"),
        ('{"software": "autre"}', "incomplet"),
        ("é".encode("latin-1"), "illisible"),
    ],
)
def test_an_unreadable_manifest_is_refused(copied: Path, content: str | bytes, what: str) -> None:
    (copied / "manifest.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError, match=what) as refused:
        read_run(copied)
    assert "manifest.json" in refused.value.faults[0].where


def test_the_manifest_of_another_program_is_refused(copied: Path) -> None:
    edit_manifest(copied, lambda content: content.update(software="autre"))
    with pytest.raises(InputError, match="n'est pas celui d'un calcul d'access92"):
        read_run(copied)


def test_outputs_that_were_altered_or_lost_are_named_all_of_them(copied: Path) -> None:
    with file_in(copied, COVERAGE).open("a", encoding="utf-8") as stream:
        stream.write("x\n")
    (copied / "report.html").unlink()
    with pytest.raises(InputError) as refused:
        read_run(copied)
    told = [fault.what for fault in refused.value.faults]
    assert told == [
        "Un fichier du calcul manque ou ne s'ouvre pas : report.html.",
        "Un fichier du calcul a été modifié depuis : coverage.csv.",
    ]


def test_a_run_without_a_table_or_a_column_is_refused(copied: Path) -> None:
    edit_table(copied, SUMMARY, lambda table: table.drop(columns="p90_min"))
    with pytest.raises(InputError, match="colonnes attendues") as refused:
        read_run(copied)
    assert "p90_min" in refused.value.faults[0].where
    unlist(copied, SUMMARY)
    with pytest.raises(InputError, match=SUMMARY):
        read_run(copied)


def test_a_figure_that_is_no_number_is_refused(copied: Path) -> None:
    edit_table(copied, SUMMARY, lambda table: table.assign(p90_min="beaucoup"))
    with pytest.raises(InputError, match="chiffres illisibles") as refused:
        read_run(copied)
    assert "p90_min" in refused.value.faults[0].where


def test_a_geopackage_whose_names_are_no_text_gives_no_name(tmp_path: Path) -> None:
    """SQLite quotes the damaged name in its message, which Python then cannot decode."""
    file = tmp_path / "results.gpkg"
    with closing(sqlite3.connect(file)) as base, base:
        base.execute("CREATE TABLE areas (area_id TEXT, name TEXT)")
    content = file.read_bytes()
    damaged = content.replace(b"areasareas", b"ar\xd0asareas").replace(b"CREATE TABLE areas", b"CREATE TABXX areas")
    assert damaged != content
    file.write_bytes(damaged)
    assert _area_names(file) == {}


def test_a_manifest_that_was_altered_is_refused(copied: Path) -> None:
    file = copied / "manifest.json"
    content = json.loads(file.read_text("utf-8"))
    content["parameters"]["study"]["title"] = "Autre"
    file.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError, match="modifié depuis le calcul") as refused:
        read_run(copied)
    assert "manifest.json" in refused.value.faults[0].where


def test_a_manifest_without_a_seal_is_read_all_the_same(copied: Path) -> None:
    edit_manifest(copied, lambda content: content.pop("seal"))
    assert read_run(copied).manifest["study"] == "essai"
