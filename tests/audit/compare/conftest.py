"""Finished runs of the toy study."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import access92
from access92.audit.compare import RunComparison, compare_runs
from access92.outputs.layout import new_file_in
from access92.outputs.manifest import run_identity, write_manifest
from access92.outputs.tables.files import write_access, write_tables
from access92.outputs.tables.geopackage import write_geopackage
from tests.audit.compare.run_edits import SLOW, Make, all_of_it
from tests.toy_study import GOOD_STUDY, write_toy_study

WITH_LAYERS = ("reference", "everything")
"""The runs with a GeoPackage, of which a comparison reads the names of the areas only."""


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A finished run, made once per name; ``edit`` changes the data of the toy study before it."""
    made: dict[str, Path] = {}

    def run(
        name: str,
        *,
        edit: Callable[[Path], None] | None = None,
        study: str = GOOD_STUDY,
        scenarios: list[str] | None = None,
    ) -> Path:
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            file = write_toy_study(folder, study=study)
            if edit is not None:
                edit(folder)
            results = access92.run_study(access92.read_study(file), scenarios=scenarios)
            made[name] = folder / name
            made[name].mkdir()
            (made[name] / "report.html").write_text(study, encoding="utf-8")  # pages take time, and are not compared
            written = [
                *write_tables(results, made[name]),
                write_access(results, made[name]),
                made[name] / "report.html",
            ]
            if name in WITH_LAYERS:
                written.append(write_geopackage(results, new_file_in(made[name], "results.gpkg")))
            write_manifest(run_identity(results), made[name], written)
        return made[name]

    return run


@pytest.fixture
def reference(make: Make) -> Path:
    return make("reference")


@pytest.fixture
def copied(reference: Path, tmp_path: Path) -> Path:
    return shutil.copytree(reference, tmp_path / "copie")


@pytest.fixture
def everything(make: Make, reference: Path) -> RunComparison:
    return compare_runs(reference, make("everything", edit=all_of_it, study=SLOW))
