"""The tables of a run that several of its files hold, each made once: what asks first waits."""

from __future__ import annotations

import pandas as pd

from access92._concurrency import LockedCache
from access92.outputs.tables.files import csv_tables
from access92.outputs.tables.spreadsheet import people_tables
from access92.run.results import Results


class MadeTables:
    """The tables of one run; several threads may ask."""

    def __init__(self) -> None:
        self._made = LockedCache[dict[str, pd.DataFrame]]()

    def __reduce__(self) -> tuple[type[MadeTables], tuple[()]]:
        """Another process gets none of them: it makes those that it writes."""
        return MadeTables, ()

    def csv(self, results: Results) -> dict[str, pd.DataFrame]:
        """Those of :func:`access92.outputs.tables.files.csv_tables`."""
        return self._made.get("csv", lambda: csv_tables(results))

    def people(self, results: Results) -> dict[str, pd.DataFrame]:
        """Those of :func:`access92.outputs.tables.spreadsheet.people_tables`."""
        return self._made.get("people", lambda: people_tables(results))
