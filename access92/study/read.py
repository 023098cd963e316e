"""A study read from its TOML file, or checked as if it were."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import ValidationError

from access92._limits import read_small_file, resolved
from access92.errors import InputError
from access92.study.messages import study_fault
from access92.study.model import Study
from access92.study.toml_text import parse_toml
from access92.study.types import StudyPart


def read_study(path: str | Path) -> Study:
    """The study written in a TOML file.

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
    path = Path(path)
    read = read_small_file(path, what="Le fichier d'étude", where=str(path))
    study = _validated(parse_toml(read, where=str(path)), path)
    study._file = resolved(path)  # noqa: SLF001 - set once here, at construction
    study._sha256, study._size_bytes = hashlib.sha256(read).hexdigest(), len(read)  # noqa: SLF001 - as above
    return study


def validated_study(study: Study) -> Study:
    """The same study, every value of it checked as :func:`read_study` checks a file's.

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
    content = _plain(study)
    checked = _validated(content, study.file)
    checked._file = study.file  # noqa: SLF001 - as above
    checked._sha256, checked._size_bytes = study.sha256, study.size_bytes  # noqa: SLF001 - as above
    checked._trial = study.trial  # noqa: SLF001 - as above
    return checked


def _plain(value: object) -> object:
    """A part of a study as a file would write it: the keys that were set, whatever their names and types."""
    if isinstance(value, StudyPart):
        aliases = {name: info.alias or name for name, info in type(value).model_fields.items()}
        written = {name: item for name, item in value.__dict__.items() if name in value.model_fields_set}
        return {aliases.get(name, name): _plain(item) for name, item in written.items()}
    if isinstance(value, list | tuple):
        return tuple(map(_plain, value))
    return value


def _validated(content: object, path: Path) -> Study:
    """The study that the content describes; ``path`` is named in messages."""
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        raise InputError([study_fault(detail, path, Study, content) for detail in error.errors()]) from error
