"""A comparison as JSON objects."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from access92.audit.values import RunComparison


def comparison_dict(comparison: RunComparison) -> dict[str, Any]:
    """The whole comparison as JSON objects, every difference of it.

    >>> empty = RunComparison(("a", "b"), ({}, {}), (), (), (), (), (), {"coverage.csv": 3}, (), {})
    >>> comparison_dict(empty)["same_figures"], comparison_dict(empty)["differences"]
    (True, [])
    """
    return {
        "runs": {
            side: {"folder": folder, **identity}
            for side, folder, identity in zip("AB", comparison.folders, comparison.runs, strict=True)
        },
        "same_figures": comparison.same_figures,
        "inputs": [asdict(item) for item in comparison.inputs],
        "positions": [asdict(item) for item in comparison.positions],
        "rows_compared": dict(comparison.compared),
        "blocks": [{"verdict": _verdict(item.candidates), **asdict(item)} for item in comparison.blocks],
        "only_in_one": [asdict(item) for item in comparison.only_in_one],
        "services": [asdict(item) for item in comparison.services],
        "differences": [
            {
                "table": row.table,
                **row.key,
                "figures": [{**asdict(item), "difference": item.difference} for item in row.changes],
            }
            for row in comparison.rows
        ],
        "columns": [asdict(item) for item in comparison.columns],
        "other_files": list(comparison.other_files),
    }


def _verdict(candidates: Sequence[str]) -> str:
    return ("unexplained", "due")[len(candidates)] if len(candidates) < 2 else "candidates"  # noqa: PLR2004 - one, or more
