"""What every database gives to those who make a table of it: columns, and the geometry apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pyarrow as pa
from pyproj import CRS

from access92.errors import InputError, input_error

MOST_ROWS = 20_000_000
"""Of one table: more rows than France has inhabited buildings."""


@dataclass(frozen=True, slots=True)
class DatabaseColumns:
    """What a database gave: columns by name, in its order, and the geometry apart (WKB or EWKB, None where null).

    ``geometry_column``: '' where there is none; ``crs``: that its type or its SRID says, None where neither does.
    """

    columns: Mapping[str, pa.Array]
    geometry_column: str = ""
    geometry: list[bytes | None] = field(default_factory=list)
    crs: CRS | None = None


def missing_library(module: str, library: str, where: str) -> InputError:
    """The refusal of a database whose library is not installed."""
    return input_error(
        f"Lire ou écrire cette base demande {library}, qui n'est pas installé.",
        f"{where} (module {module})",
        "L'installer : python -m pip install 'access92[database]'.",
    )
