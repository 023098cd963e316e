"""A part of a study, and what its values may be written as: no number for a date, no 1 for « true »."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from access92._clock import FIRST_YEAR, LAST_YEAR
from access92._glyphs import has_command
from access92.study.addresses import is_near_address, is_server_address

_WORDS = {float: "un nombre", int: "un nombre entier", bool: "true ou false"}
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?"
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_WRITTEN = {
    date: (re.compile(_DATE), "une date (2024-10-18)"),
    datetime: (re.compile(rf"{_DATE}[T ]{_TIME}(Z|[+-][0-9]{{2}}:[0-9]{{2}})?"), "un moment (2024-10-18T10:00:00)"),
    time: (re.compile(_TIME), "une heure (10:00)"),
}


def value_fault(value: object, annotation: Any) -> str:  # noqa: ANN401, PLR0911 - any annotation, one return per kind
    """Why a value is not written as its type asks (French), '' where it is.

    pydantic reads more than people mean: 20241018 as seconds since 1970, "20" as 20, 1 as true. What it refuses by
    itself is left to it. Control characters stop the writers of documents and workbooks.

    >>> value_fault(20241018, date)
    'attendu : une date (2024-10-18)'
    >>> value_fault("2024-10-18", date), value_fault((1.5, 2), tuple[float, ...])
    ('', '')
    """
    inside = get_args(annotation)
    origin = get_origin(annotation)
    if hasattr(annotation, "__metadata__"):
        return value_fault(value, annotation.__origin__)
    if origin in (Union, UnionType):
        if value is None and NoneType in inside:
            return ""
        faults = [value_fault(value, item) for item in inside if item is not NoneType]
        return "" if "" in faults else faults[0]
    if origin is tuple and isinstance(value, list | tuple):
        kinds = [inside[0]] * len(value) if len(inside) > 1 and inside[1] is ... else list(inside)
        return next(filter(None, map(value_fault, value, kinds)), "")
    if annotation is str:
        is_wrong = isinstance(value, str) and has_command(value)
        return "caractères de commande, que rien ne peut afficher" if is_wrong else ""
    if annotation in _WORDS:
        is_wrong = isinstance(value, str | bytes) if annotation is bool else isinstance(value, bool | str | bytes)
        is_wrong |= annotation is bool and not isinstance(value, bool)
        return f"attendu : {_WORDS[annotation]}" if is_wrong else ""
    if annotation in _WRITTEN:
        return _written_fault(value, annotation)
    return ""


def _written_fault(value: object, annotation: type) -> str:
    """The same for dates, moments and times."""
    pattern, words = _WRITTEN[annotation]
    if isinstance(value, str):
        is_right = pattern.fullmatch(value) is not None
    else:
        is_right = isinstance(value, annotation) and not (annotation is date and isinstance(value, datetime))
    if not is_right:
        return f"attendu : {words}"
    if annotation is time:
        return ""
    year = int(str(value)[:4])
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return f"attendu : une année de {FIRST_YEAR} à {LAST_YEAR}"
    return ""


def _is_address(value: object, annotation: Any) -> bool:  # noqa: ANN401 - any annotation
    """Whether a path of a file is written as the address of a database.

    >>> _is_address("postgresql://u:secret@h/db", Path), _is_address("rues.osm.pbf", Path | None)
    (True, False)
    """
    inside = [item for item in (get_args(annotation) or (annotation,)) if item is not NoneType]
    if isinstance(value, list | tuple) and len(inside) == 2 and inside[1] is ...:  # noqa: PLR2004 - a tuple of them
        return any(_is_address(item, inside[0]) for item in value)
    return inside == [Path] and isinstance(value, str) and (is_server_address(value) or is_near_address(value))


MOST_LETTERS = 5_000
"""Of any text of a study: a page and a half."""

Seed = Annotated[int, Field(ge=0, lt=2**63)]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80)]  # names files
Title = Annotated[str, Field(max_length=300)]


class StudyPart(BaseModel):
    """A part of a study: frozen, no unknown key, no infinite number, no endless text.

    What pydantic refuses by itself is said without its value: the address of a database may hold a password.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, str_max_length=MOST_LETTERS, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _as_written(cls, content: object) -> object:
        """Refuse what pydantic would read as something else: a number for a date, text for a number, 1 for true."""
        if isinstance(content, Mapping):
            for name, info in cls.model_fields.items():
                key = info.alias or name
                if _is_address(content.get(key), info.annotation):
                    message = f"{key} doit être un fichier, et non une base de données"  # not quoted: a password
                    raise ValueError(message)
                fault = value_fault(content[key], info.annotation) if key in content else ""
                if fault:
                    context = {"key": key, "value": content[key], "fault": fault}
                    raise PydanticCustomError("as_written", "{key} : {fault}", context)
        return content


BasemapName = Literal["ign", "osm"]
"""The online base maps that maps may show: Plan IGN, OpenStreetMap."""
