"""The key of what is kept names every module that decides of it: a newly imported one must be named, or excused."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

import access92

ROOT = Path(access92.__file__).parent

PLAIN = {"errors", "tables", "study", "computed_once", "sealed_files"}
"""What raises, names columns, holds settings (which are in the keys) or waits and stores: it computes nothing."""

IN_THE_KEY_OF_A_GROUND = {
    "catchments", "ground_cache", "network", "snapping", "street_lines", "time_grid", "travel_cache", "travel_times",
}  # fmt: skip

SENSITIVITY_READS = {"sensitivity/cache", "sensitivity/details", "sensitivity/order"}
"""What stores the people covered, or reads them to say what was moved and who is ahead."""


def imported(module: str) -> set[str]:
    """The modules of the package that one imports, as paths without suffix."""
    tree = ast.parse((ROOT / f"{module}.py").read_text("utf-8"))
    names = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    return {name.removeprefix("access92.").replace(".", "/") for name in names if name.startswith("access92.")}


@pytest.mark.parametrize(
    ("module", "name", "excused"),
    [
        ("travel_cache", "_CODE", {"modes"}),  # a mode is in the key, field by field
        ("ground_cache", "_GRID_CODE", {"routing", "snapping"}),  # a grid takes constants of them
        ("sensitivity.cache", "_CODE", {*IN_THE_KEY_OF_A_GROUND, *SENSITIVITY_READS}),
        ("sources.study_population", "_CODE", set()),
        ("street_cache", "_CODE", {"street_cache", "sources/overpass_download"}),
    ],
)
def test_a_key_names_what_its_modules_import(module: str, name: str, excused: set[str]) -> None:
    code = set(getattr(import_module(f"access92.{module}"), name))
    assert code
    missing = {item for part in code for item in imported(part)} - code - PLAIN - excused
    assert not missing
