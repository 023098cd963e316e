"""The notebooks of docs/notebooks run from their first cell to their last, and are kept without outputs."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def test_there_are_three_notebooks() -> None:
    assert [path.stem for path in NOTEBOOKS] == ["1_hauts_de_seine", "2_une_autre_ville", "3_deux_scenarios"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs_and_names_no_folder_of_a_machine(path: Path) -> None:
    book = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert code
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)
    assert all(not source.startswith("/") for cell in code for source in cell["source"])


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_to_its_end(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nbformat = pytest.importorskip("nbformat", reason="nbformat is not installed (extra « dev »)")
    nbclient = pytest.importorskip("nbclient", reason="nbclient is not installed (extra « dev »)")
    for needed in ("ipykernel", "mapclassify"):
        pytest.importorskip(needed, reason=f"{needed} is not installed (extra « notebook »)")
    if "autre_ville" in path.stem:
        porto = ROOT.parent / "shared" / "networks" / "porto.osm.pbf"
        if not porto.is_file():
            pytest.skip("the streets of Porto (../shared/networks) are not on this machine")
        monkeypatch.setenv("PORTO_OSM", str(porto))
    # the kernel is another process: this very package, wherever it was imported from
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, sys.path)]))
    book = nbformat.read(path, as_version=4)
    done = nbclient.NotebookClient(book, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = json.dumps(done)
    assert "Traceback" not in shown
    assert list(tmp_path.iterdir()) == []  # a notebook leaves nothing beside itself
