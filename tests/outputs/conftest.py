"""Two written runs of the made-up town, shared by the tests that only read them."""

from __future__ import annotations

from pathlib import Path

import pytest

from access92.outputs import write_run
from access92.run.results import Results
from tests.outputs.synthetic import make_results


@pytest.fixture(scope="session")
def results() -> Results:
    return make_results()


@pytest.fixture(scope="session")
def run_folder(results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "ville"
    write_run(results, folder, overwrite=False, study_path=Path("studies/ville.toml"))
    return folder


@pytest.fixture(scope="session")
def changed() -> Results:
    return make_results(changes=True)


@pytest.fixture(scope="session")
def changed_folder(changed: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "ville-changee"
    write_run(changed, folder, overwrite=False, study_path=Path("studies/ville.toml"))
    return folder
