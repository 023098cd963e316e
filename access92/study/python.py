"""A study changed by Python, or written as a file: other values of some keys, checked as those of a file."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar, cast

from access92.errors import Fault, OutputError
from access92.study.model import Study
from access92.study.own_file import FiledStudy
from access92.study.read import plain_content, study_bytes, study_of_dict

Filed = TypeVar("Filed", bound=FiledStudy)

_SUFFIX = ".python.toml"
"""How the name of a changed study's file ends: it is not the file that it was read from."""

_KEYS = {name: info.alias for name, info in Study.model_fields.items() if info.alias}
"""By attribute of a study its key in a file (« scenarios »: « scenario »): either may be said."""


def changed_study(study: Filed, options: Mapping[str, Any]) -> Filed:
    """The study with the options in place of what it had; parts are merged key by key, lists replaced."""
    changes = {_KEYS.get(name, name): plain_content(value) for name, value in options.items()}
    content = merged(cast(dict[str, Any], plain_content(study)), changes)
    name = study.file.name.removesuffix(_SUFFIX).removesuffix(".toml")
    return cast(Filed, study_of_dict(content, study.file.with_name(f"{name}{_SUFFIX}")))


def merged(content: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """A content with changes: a dict goes into a dict, anything else takes the place of what was there.

    >>> merged({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"b": 3}, "d": [2]})
    {'a': {'b': 3, 'c': 2}, 'd': [2]}
    """
    result = dict(content)
    for key, value in changes.items():
        former = result.get(key)
        both = isinstance(former, Mapping) and isinstance(value, Mapping)
        result[key] = merged(cast(Mapping[str, Any], former), value) if both else value
    return result


def write_study(study: Study, path: Path) -> Path:
    """Write a study as TOML; a file that holds just that already is left alone."""
    written = study_bytes(study)
    try:
        if not path.exists():
            path.write_bytes(written)
        elif path.read_bytes() != written:
            fix = "Donner un autre nom, ou effacer ce fichier."
            raise OutputError(Fault("Un autre fichier a déjà ce nom.", str(path), fix))
    except OSError as error:
        what = f"L'étude n'a pas pu être écrite ({error.strerror or error})."
        raise OutputError(Fault(what, str(path), "Vérifier le dossier et les droits.")) from error
    return path
