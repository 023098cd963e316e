"""Edits of toy studies and of finished runs, and what the tests of their comparison read in it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from access92.audit.compare import RunComparison, comparison_text
from access92.outputs.layout import file_in, run_path
from access92.outputs.manifest import SEAL, seal_of
from access92.outputs.words.typography import NARROW_SPACE, NO_BREAK_SPACE
from tests.toy_study import GOOD_STUDY, lon_lat

SERVICES_FILE, PEOPLE_FILE = "file:services:services.csv", "file:population:people.csv"
WALK_SPEED = "mode:walk.speed_kmh"
SLOW = GOOD_STUDY.replace("[areas]", "[mode_settings.walk]\nspeed_kmh = 4\n[areas]", 1)

Make = Callable[..., Path]


def move_the_pmi(folder: Path) -> None:
    """S3 goes two blocks west and two north: to the corner of the town."""
    file = folder / "services.csv"
    places = [",".join(map(str, lon_lat(*place))) for place in ((2, 3), (0, 5))]
    file.write_text(file.read_text("utf-8").replace(places[0], places[1]), encoding="utf-8")


def crowd_the_east(folder: Path) -> None:
    """The first person point (in the east, 10 people) becomes a tower of 500."""
    file = folder / "people.csv"
    lines = file.read_text("utf-8").splitlines()
    lon, lat, population = lines[1].split(",")
    assert float(lon) > lon_lat(2.5, 0)[0]
    assert population == "10"
    file.write_text("\n".join([lines[0], f"{lon},{lat},500", *lines[2:]]) + "\n", encoding="utf-8")


def all_of_it(folder: Path) -> None:
    move_the_pmi(folder)
    crowd_the_east(folder)


def edit_manifest(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = folder / "manifest.json"
    content = json.loads(file.read_text("utf-8"))
    change(content)
    if SEAL in content:
        content[SEAL] = seal_of(content)
    file.write_text(json.dumps(content), encoding="utf-8")


def edit_table(folder: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Another table under the seal of the manifest, as if the run had written it so."""
    file = file_in(folder, name)
    change(pd.read_csv(file, dtype=str, keep_default_na=False)).to_csv(file, index=False)
    seal_again(folder, name)


def seal_again(folder: Path, name: str) -> None:
    """What a file now holds is what the manifest says of it."""
    sha256 = hashlib.sha256(file_in(folder, name).read_bytes()).hexdigest()
    edit_manifest(
        folder,
        lambda content: [item.update(sha256=sha256) for item in content["outputs"] if item["path"] == run_path(name)],
    )


def unlist(folder: Path, name: str) -> None:
    """The manifest of a run that did not write a file."""
    edit_manifest(
        folder,
        lambda content: content.update(outputs=[i for i in content["outputs"] if i["path"] != run_path(name)]),
    )


def one_more_covered(table: pd.DataFrame, rule: str = "any") -> pd.DataFrame:
    """One person more in the first row by car and by that rule."""
    row = table.index[(table["mode"] == "car") & (table["rule"] == rule)][0]
    table.loc[row, "population_covered"] = str(int(table.loc[row, "population_covered"]) + 1)
    return table


def text_of(comparison: RunComparison, **options: int) -> str:
    """The text with plain spaces and apostrophes."""
    text = comparison_text(comparison, **options)
    return text.replace(NARROW_SPACE, " ").replace(NO_BREAK_SPACE, " ").replace("’", "'")


def candidates(comparison: RunComparison) -> set[tuple[str, str, tuple[str, ...]]]:
    """Mode, figure and causes of all that differs."""
    return {(row.key["mode"], item.figure, item.candidates) for row in comparison.rows for item in row.changes}
