"""A study made by Python, written as the TOML file that it could have been."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from numbers import Integral, Real
from pathlib import PurePath
from typing import Any

from access92.errors import input_error


def toml_bytes(content: Mapping[str, Any], *, where: str) -> bytes:
    r"""The TOML of a dict (UTF-8): keys in their order, None left out.

    Raises
    ------
    InputError
        A value that TOML cannot hold (a DataFrame, a set …), by its key.

    Examples
    --------
    >>> toml_bytes({"name": "x", "map": {"tiles": False}, "transit": None}, where="étude")
    b'name = "x"\n\n[map]\ntiles = false\n'
    """
    import tomlkit  # noqa: PLC0415 - for studies made by Python only

    return tomlkit.dumps(_writable(content, where)).encode()


def _writable(value: object, where: str) -> Any:  # noqa: ANN401 - what TOML holds
    """The value with plain dicts, lists, texts and numbers."""
    if isinstance(value, Mapping):
        return {str(key): _writable(item, f"{where}, {key}") for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_writable(item, f"{where}, n° {number}") for number, item in enumerate(value, start=1)]
    if isinstance(value, PurePath):
        return value.as_posix()
    if isinstance(value, str | bool | date | time):  # a moment is a date
        return value
    if isinstance(value, Integral):
        return int(value)
    if isinstance(value, Real):
        return float(value)
    raise input_error(
        f"Une étude ne peut pas tenir une valeur de cette sorte : {type(value).__name__}.", where,
        "Écrire un texte, un nombre, une date, une liste ou un dict ; une table se donne par le chemin d'un fichier.",
    )  # fmt: skip
