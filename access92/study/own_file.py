"""The file that a study was read from, or that one made by Python would be."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

from pydantic import PrivateAttr

from access92._limits import resolved
from access92.study.types import StudyPart

if TYPE_CHECKING:
    from access92.study.model import Study


class FiledStudy(StudyPart):
    """What a study knows of its file: where it is, and the fingerprint of its bytes."""

    _file: Path = PrivateAttr(default=Path("study.toml"))
    _sha256: str = PrivateAttr(default="")
    _size_bytes: int = PrivateAttr(default=0)

    @property
    def file(self) -> Path:
        """The TOML file that the study was read from (absolute); of one made by Python, where :meth:`write` puts it."""
        return self._file

    @property
    def sha256(self) -> str:
        """The SHA-256 of the very bytes that the study was read from; '' where it was changed without a check."""
        return self._sha256

    @property
    def size_bytes(self) -> int:
        """How many bytes the study was read from."""
        return self._size_bytes

    def locate(self, path: Path) -> Path:
        """A path of the study file, made absolute from the study's folder."""
        return resolved(self.file.parent / path)

    def fetch_command(self, what: str) -> str:
        """What to type in the current folder to download the streets or the timetable of this study.

        >>> from access92.study.read import read_study
        >>> read_study("data/studies/sosms.toml").fetch_command("streets")
        'access92 fetch streets --study data/studies/sosms.toml'
        """
        if not self.file.is_file():  # made by Python
            return f"access92 fetch {what}"
        current = Path.cwd()
        shown = self.file.relative_to(current) if self.file.is_relative_to(current) else self.file
        return f"access92 fetch {what} --study {shlex.quote(shown.as_posix())}"

    def with_options(self, **options: Any) -> Self:  # noqa: ANN401 - the values of any key
        """The same study with other values, checked as those of a file; this one stays as it is.

        ``options``: by key of the study file its new value, as Python writes TOML. The keys of a part that are not
        named stay as they are (``analysis={"threshold_min": 15}``); a list takes the place of the whole list; None
        takes a part away.

        Raises
        ------
        InputError
            As :func:`access92.study.read.read_study`: an unknown key, a value out of range.

        Examples
        --------
        >>> from access92.study.read import read_study
        >>> study = read_study("data/studies/sosms.toml")
        >>> study.with_options(analysis={"threshold_min": 15}, sensitivity=None).analysis.threshold_min
        15.0
        """
        from access92.study.python import changed_study  # noqa: PLC0415 - it reads studies

        return changed_study(self, options)

    def write(self, path: str | Path | None = None) -> Path:
        """Write the study as a TOML file, at :attr:`file` by default; its path.

        ``access92 run`` and ``access92 verify`` read it: a run of a study made by Python is made again from it. Its
        paths are told from its folder.

        Raises
        ------
        OutputError
            A file of that name is there, with other content, or cannot be written.
        """
        from access92.study.python import write_study  # noqa: PLC0415 - as above

        return write_study(cast("Study", self), self.file if path is None else Path(path))
