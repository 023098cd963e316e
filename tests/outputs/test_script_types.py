"""The types of the pages' scripts hold: ``tsc --checkJs --strict`` over all of them, by the tree's jsconfig.json."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

_NAMED = os.environ.get("TSC") or shutil.which("tsc")
TSC = Path(_NAMED) if _NAMED else ROOT / "node_modules" / ".bin" / "tsc"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not TSC.is_file() or shutil.which("node") is None,
        reason="no TypeScript (npm pack typescript@5.9.3; set TSC to its bin/tsc), or no Node",
    ),
]


def _check(config: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["node", str(TSC.resolve()), "--pretty", "false", "-p", str(config)],
        capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip


def test_no_script_of_the_pages_has_a_wrong_type() -> None:
    done = _check(ROOT / "jsconfig.json")
    assert (done.returncode, done.stdout) == (0, "")


_WRONG = {
    "A92.app.model.nearest('sst', 'walk', 'any', 12);": "TS2345",  # a number where a trial is
    "A92.app.data.servces.length;": "TS2551",  # a name that the data have not
    "document.getElementById('a92-figures').hidden = true;": "TS2531",  # an element that no page has
    "function add(one) { return one; }": "TS7006",  # a parameter without a type
}


def test_a_wrong_type_is_told(tmp_path: Path) -> None:
    (tmp_path / "wrong.js").write_text("\n".join(_WRONG), encoding="utf-8")
    folders = [ROOT / "access92/outputs/templates/*.js", ROOT / "types/*.d.ts", tmp_path / "wrong.js"]
    config = {"extends": str(ROOT / "jsconfig.json"), "include": [str(path) for path in folders]}
    (tmp_path / "jsconfig.json").write_text(json.dumps(config), encoding="utf-8")
    done = _check(tmp_path / "jsconfig.json")
    assert done.returncode != 0
    found = [re.search(r"wrong\.js\((\d+),\d+\): error (TS\d+)", line) for line in done.stdout.splitlines()]
    assert [(int(one[1]), one[2]) for one in found if one] == list(enumerate(_WRONG.values(), start=1))


def test_no_script_is_left_unchecked() -> None:
    scripts = sorted((ROOT / "access92" / "outputs" / "templates").rglob("*.js"))
    assert scripts
    for path in scripts:
        assert "@ts-" not in path.read_text(encoding="utf-8"), path.name
        assert path.parent.name == "templates"  # where jsconfig.json looks
