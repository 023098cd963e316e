"""Faults of finished runs that several readers raise."""

from __future__ import annotations

from pathlib import Path

from access92.errors import Fault

RESTORE = "Remettre le fichier tel qu'il a été écrit, ou refaire le calcul avec « access92 run »."
"""How to put right a file that is not as it was written."""


def unreadable_table(path: Path, error: Exception) -> Fault:
    """What a table of a run is that a library cannot read.

    >>> unreadable_table(Path("coverage.csv"), ValueError("x")).where
    'coverage.csv : x'
    """
    return Fault("Une table du calcul est illisible.", f"{path} : {error}", RESTORE)
