"""What every database gives to those who make a table of it: columns, and the geometry apart."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import pyarrow as pa
from pyproj import CRS

from access92.errors import InputError, input_error, nearest_word, some_values

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


def decimal_numbers(cells: Sequence[Decimal | None]) -> pa.Array:
    """Decimal numbers: whole ones with all their digits (they may be identifiers), the others in double precision.

    Whole numbers that 64 bits do not hold are text.

    >>> decimal_numbers([Decimal("9223372036854775808"), None]).to_pylist()
    ['9223372036854775808', None]
    """
    held = [cell for cell in cells if cell is not None]
    if all(cell.is_finite() and cell == cell.to_integral_value() for cell in held):
        whole = [None if cell is None else int(cell) for cell in cells]
        if all(abs(number) < 2**63 for number in whole if number is not None):
            return pa.array(whole, type=pa.int64())
        return pa.array([None if number is None else str(number) for number in whole], type=pa.string())
    return pa.array([math.nan if cell is None else float(cell) for cell in cells], type=pa.float64())


def no_table(
    written: str, parts: Sequence[str], known: Sequence[tuple[str, str, bool]], where: str, *, several: bool = False
) -> InputError:
    """The refusal of a table that is not there, with those that are (schema, name, whether the name alone finds it).

    ``parts``: of the name as written; ``several``: more than one table has it.

    >>> print(no_table("t", ["t"], [("sig", "t", False), ("sig", "a.b", False)], "base").faults[0].fix)
    Écrire son schéma : « sig.t ».
    """
    labels = {_label(schema, name): is_seen for schema, name, is_seen in known}
    same = [_label(schema, name) for schema, name, _ in known if [name.lower()] == [part.lower() for part in parts]]
    if same and not several:
        fix = f"Écrire son schéma : {' ou '.join(f'« {label} »' for label in same)}."
    else:
        words = {*labels, *(_label(name) for _, name, is_seen in known if is_seen)}
        fix = f"Corriger la clé table (schéma.nom). {nearest_word(written, words)}".strip()
    return input_error(
        f"La base a plusieurs tables « {written} »." if several else f"La base n'a pas de table « {written} ».",
        f"{where}, {f'tables {some_values(sorted(labels), most=12)}' if labels else 'où aucune table ne se voit'}",
        fix,
    )


def _label(*names: str) -> str:
    """Names as ``table`` writes them: between quotation marks where they hold a dot or one of these."""
    return ".".join('"' + name.replace('"', '""') + '"' if "." in name or '"' in name else name for name in names)


def missing_library(module: str, library: str, where: str) -> InputError:
    """The refusal of a database whose library is not installed."""
    return input_error(
        f"Lire ou écrire cette base demande {library}, qui n'est pas installé.",
        f"{where} (module {module})",
        "L'installer : python -m pip install 'access92[database]'.",
    )
