"""The files that went into a run, with their fingerprints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from access92.cache.store import FileState, file_sha256, file_state
from access92.errors import Fault, InputError
from access92.run.sloped_streets import elevation_files
from access92.sources.study_streets import demo_files
from access92.sources.study_timetable import timetable_files
from access92.study.model import Study


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file that went into the run; ``path`` as written in the study, never absolute."""

    role: str  # "study", "areas", "population", "services", "streets", "modes"…
    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class InputWatch:
    """The states of the files of a study before the first was read: a change during the run is noticed.

    ``entries``: role, name in the study and path of each file. ``states``: by path its fingerprint and time of change;
    None where there was no such file.
    """

    study: Study
    entries: tuple[tuple[str, str, Path], ...]
    states: Mapping[Path, FileState | None]

    def files(self) -> tuple[InputFile, ...]:
        """Every file that was read, with the SHA-256 of the bytes that were read, in the order of reading."""
        read = [self._study_file()]
        for role, name, path in self.entries:
            state = self.states[path]
            if state is None:  # it came while the study was read
                raise _changed([path])
            read.append(InputFile(role, _relative(name), state.sha256, state.size_bytes))
        return tuple(read)

    def check(self, *roles: str) -> None:
        """Check that no file (of some roles, of all by default) has changed since.

        Raises
        ------
        InputError
            One has changed: nobody knows which of its bytes were read.
        """
        watched = [path for role, _, path in self.entries if not roles or role in roles]
        changed = [path for path in watched if file_state(path) != self.states[path]]
        if changed:
            raise _changed(changed)

    def _study_file(self) -> InputFile:
        if not self.study.sha256:  # made by Python, and not read from its file
            return fingerprint("étude", self.study.file.name, self.study.file)
        return InputFile("étude", self.study.file.name, self.study.sha256, self.study.size_bytes)


def watch_inputs(study: Study) -> InputWatch:
    """The present state of every file that a study is about to read."""
    entries = tuple(_entries(study))
    return InputWatch(study, entries, {path: file_state(path) for _, _, path in entries})


def _changed(paths: Sequence[Path]) -> InputError:
    """The refusal of files that changed while the run read them."""
    return InputError(
        Fault(
            f"Un fichier d'entrée a changé pendant le calcul : {path.name}.",
            str(path),
            "Relancer le calcul quand plus rien n'écrit dans ce fichier.",
        )
        for path in paths
    )


def input_files(study: Study) -> tuple[InputFile, ...]:
    """Every file that a study would read now, with its SHA-256, in the order in which they are read."""
    study_file = fingerprint("étude", study.file.name, study.file)
    return (study_file, *(fingerprint(role, name, path) for role, name, path in _entries(study)))


def _entries(study: Study) -> Iterator[tuple[str, str, Path]]:
    """The role, the name in the study and the path of every file that it reads, itself left out."""
    tables: list[tuple[str, Path]] = [("zones", study.areas.file)]
    if study.areas.population_file is not None:
        tables.append(("population légale", study.areas.population_file))
    tables += [("services", study.services.file), ("population", study.population.file)]
    if study.population.buildings_file is not None:
        tables.append(("bâtiments", study.population.buildings_file))
    if study.population.publics_file is not None:
        tables.append(("publics", study.population.publics_file))
    if study.calendar is not None:
        tables.append(("calendrier", study.calendar.file))
    if study.streets.file is not None:
        tables.append(("rues", study.streets.file))
    for role, path in tables:
        yield role, path.as_posix(), study.locate(path)
    if study.streets.demo:
        for path in demo_files(study):
            yield "rues de démonstration", path.name, path
    for role, named in (("relief", elevation_files(study)), ("horaires", timetable_files(study))):
        yield from ((role, name, path) for name, path in named)
    modes = Path(str(files("access92.network").joinpath("modes.toml")))
    yield "modes", modes.name, modes


def fingerprint(role: str, name: str, path: Path) -> InputFile:
    """The SHA-256 and the size of one file.

    >>> import tempfile
    >>> empty = Path(tempfile.mkdtemp()) / "empty.csv"
    >>> _ = empty.write_bytes(b"")
    >>> fingerprint("services", "empty.csv", empty).sha256[:8]
    'e3b0c442'
    """
    return InputFile(
        role=role,
        path=_relative(name),
        sha256=file_sha256(path),
        size_bytes=path.stat().st_size,
    )


def _relative(name: str) -> str:
    """The name in the study, or the file name alone where it is absolute: no folder of a machine is published."""
    return Path(name).name if Path(name).is_absolute() else name
