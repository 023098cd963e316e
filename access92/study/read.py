"""A study read from its TOML file, or checked as if it were."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from pydantic import ValidationError

from access92._limits import read_small_file, resolved
from access92.errors import InputError
from access92.study.databases import ServerAddress
from access92.study.messages import study_fault
from access92.study.model import Study
from access92.study.shipped import locate_study
from access92.study.toml_text import parse_toml
from access92.study.toml_writing import toml_bytes
from access92.study.types import StudyPart


def read_study(source: str | Path | Mapping[str, Any], *, folder: str | Path | None = None) -> Study:
    """The study of a TOML file, or of its content as a dict.

    Parameters
    ----------
    source
        The path of the file, or the name of a shipped study (« sosms »); or a dict with the keys of such a file
        (docs/cles.md), as Python writes TOML.
    folder
        Of a dict: whence its paths are told; the current folder by default.

    Raises
    ------
    InputError
        Missing or unreadable file, unknown key (with the nearest known one), value out of range.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "study.toml"
    >>> _ = file.write_text('nom = "x"', encoding="utf-8")
    >>> read_study(file)
    Traceback (most recent call last):
    ...
    access92.errors.InputError: ...
    """
    if isinstance(source, Mapping):
        name = source.get("name")
        stem = name if isinstance(name, str) and re.fullmatch(r"[\w-]+", name) else "etude"
        return study_of_dict(source, Path("." if folder is None else folder) / f"{stem}.toml")
    path = locate_study(Path(source))
    read = read_small_file(path, what="Le fichier d'étude", where=str(path))
    return _filed(_validated(parse_toml(read, where=str(path)), path), path, read)


def study_of_dict(content: Mapping[str, Any], path: Path) -> Study:
    """The study of a dict, with the fingerprint of the TOML file that it would be, at this path."""
    study = _validated(parse_toml(toml_bytes(content, where=str(path)), where=str(path)), path)
    return _filed(study, path, study_bytes(study))


def study_bytes(study: Study) -> bytes:
    """The TOML file of a study made by Python: the keys that were set, in the order of the model."""
    return toml_bytes(cast(dict[str, Any], plain_content(study)), where=f"étude « {study.name} »")


def _filed(study: Study, path: Path, written: bytes) -> Study:
    """The study with its place, and the fingerprint of the bytes that it is written in."""
    study._file = resolved(path)  # noqa: SLF001 - set once here, at construction
    study._sha256, study._size_bytes = hashlib.sha256(written).hexdigest(), len(written)  # noqa: SLF001 - as above
    return study


def validated_study(study: Study | str | Path | Mapping[str, Any]) -> Study:
    """The same study (or that of a path or dict), every value of it checked as :func:`read_study` checks a file's.

    ``model_copy(update=…)`` and ``model_construct`` of pydantic check nothing: what a program changed passes here.

    Raises
    ------
    InputError
        As :func:`read_study`.

    Examples
    --------
    >>> study = read_study("data/studies/sosms.toml")
    >>> validated_study(study) == study
    True
    >>> validated_study(study.model_copy(update={"title": 92}))
    Traceback (most recent call last):
    ...
    access92.errors.InputError: ...
    """
    if not isinstance(study, Study):
        return read_study(study)
    content = plain_content(study)
    checked = _validated(content, study.file)
    checked._file = study.file  # noqa: SLF001 - as above
    checked._sha256, checked._size_bytes = study.sha256, study.size_bytes  # noqa: SLF001 - as above
    checked._trial = study.trial  # noqa: SLF001 - as above
    return checked


def plain_content(value: object) -> object:
    """A part of a study as a file would write it: the keys that were set, whatever their names and types."""
    if isinstance(value, StudyPart):
        aliases = {name: info.alias or name for name, info in type(value).model_fields.items()}
        written = {name: item for name, item in value.__dict__.items() if name in value.model_fields_set}
        return {aliases.get(name, name): plain_content(item) for name, item in written.items()}
    if isinstance(value, ServerAddress):
        return value.written
    if isinstance(value, list | tuple):
        return tuple(map(plain_content, value))
    return value


def _validated(content: object, path: Path) -> Study:
    """The study that the content describes; ``path`` is named in messages."""
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        raise InputError([study_fault(detail, path, Study, content) for detail in error.errors()]) from error
