"""The files and tables that went into a run, with their fingerprints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from access92.cache.store import FileState, file_sha256, file_state
from access92.errors import Fault, InputError
from access92.run.sloped_streets import elevation_files
from access92.sources.databases import read_database_tables, source_state, with_tables_read
from access92.sources.study_streets import demo_files
from access92.sources.study_timetable import timetable_files
from access92.study.databases import DatabaseRows, DatabaseTable
from access92.study.model import Study

Place = Path | DatabaseTable
"""Where an input is: a file, or a table of a database."""


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file, or a table of a database, that went into the run; ``path`` as written in the study, never absolute."""

    role: str  # "study", "areas", "population", "services", "streets", "modes"…
    path: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class InputWatch:
    """The states of the inputs of a study before the first was read: a change during the run is noticed.

    ``study``: with what was read of its databases, which nobody reads twice. ``entries``: role, name in the study and
    place of each input. ``states``: by place its fingerprint and time of change; None where there was no such file.
    """

    study: Study
    entries: tuple[tuple[str, str, Place], ...]
    states: Mapping[Place, FileState | None]

    def files(self) -> tuple[InputFile, ...]:
        """Every input that was read, with the SHA-256 of what was read, in the order of reading."""
        read = [self._study_file()]
        for role, name, place in self.entries:
            state = self.states[place]
            if state is None:  # it came while the study was read
                raise _changed([place])
            read.append(InputFile(role, _relative(name), state.sha256, state.size_bytes))
        return tuple(read)

    def check(self, *roles: str) -> None:
        """Check that no input (of some roles, of all by default) has changed since; databases are read again.

        Raises
        ------
        InputError
            One has changed: nobody knows which of its bytes were read, or the tables are no longer of one moment.
        """
        watched = [place for role, _, place in self.entries if not roles or role in roles]
        now = _states(self.study, watched)
        changed = [place for place in watched if now[place] != self.states[place]]
        if changed:
            raise _changed(changed)

    def _study_file(self) -> InputFile:
        if not self.study.sha256:  # made by Python, and not read from its file
            return fingerprint("étude", self.study.file.name, self.study.file)
        return InputFile("étude", self.study.file.name, self.study.sha256, self.study.size_bytes)


def watch_inputs(study: Study) -> InputWatch:
    """The present state of every input that a study is about to read; its tables of databases are read now.

    Raises
    ------
    InputError
        A database that cannot be read (:func:`access92.sources.databases.with_tables_read`).
    """
    entries = tuple(_entries(study))
    read = with_tables_read(study)
    places = [place for _, _, place in entries]
    states = {place: _state(place, read) for place in places}
    return InputWatch(read, entries, states)


def _states(study: Study, places: Sequence[Place]) -> dict[Place, FileState | None]:
    """The states of places now; tables of databases are read again."""
    tables = [place for place in places if isinstance(place, DatabaseTable)]
    again = study.with_tables(read_database_tables(study, tables)) if tables else study
    return {place: _state(place, again) for place in places}


def _state(place: Place, study: Study) -> FileState | None:
    """The state of a file, or of what a study has read of a database."""
    return file_state(place) if isinstance(place, Path) else source_state(study.table_source(place))


def _changed(places: Sequence[Place]) -> InputError:
    """The refusal of inputs that changed while the run read them."""
    return InputError(
        Fault(
            f"Un fichier d'entrée a changé pendant le calcul : {place.name}.",
            str(place),
            "Relancer le calcul quand plus rien n'écrit dans ce fichier.",
        )
        if isinstance(place, Path)
        else Fault(
            f"Une table d'entrée a changé pendant le calcul : {place.part}.",
            str(place),
            "Relancer le calcul quand plus rien n'écrit dans cette table.",
        )
        for place in places
    )


def input_files(study: Study) -> tuple[InputFile, ...]:
    """Every input that a study would read now, with its SHA-256, in the order in which they are read."""
    study_file = fingerprint("étude", study.file.name, study.file)
    read = with_tables_read(study)
    return (study_file, *(_input(role, name, place, read) for role, name, place in _entries(study)))


def _input(role: str, name: str, place: Place, study: Study) -> InputFile:
    """One input as it is now, or as the study has read it of a database."""
    if isinstance(place, Path):
        return fingerprint(role, name, place)
    rows = study.table_source(place)
    if not isinstance(rows, DatabaseRows):
        raise TypeError(f"{place} was not read")
    return InputFile(role, _relative(name), rows.sha256, rows.size_bytes)


def _entries(study: Study) -> Iterator[tuple[str, str, Place]]:
    """The role, the name in the study and the place of every input that it reads, itself left out."""
    tables: list[tuple[str, Place]] = [("zones", study.areas.origin)]
    if study.areas.population_file is not None:
        tables.append(("population légale", study.areas.population_file))
    tables += [("services", study.services.origin), ("population", study.population.origin)]
    if study.population.buildings_file is not None:
        tables.append(("bâtiments", study.population.buildings_file))
    if study.population.publics_file is not None:
        tables.append(("publics", study.population.publics_file))
    if study.calendar is not None:
        tables.append(("calendrier", study.calendar.origin))
    if study.streets.file is not None:
        tables.append(("rues", study.streets.file))
    for role, place in tables:
        yield role, _published(place), study.locate(place) if isinstance(place, Path) else place
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


def _published(place: Place) -> str:
    """A place as manifests name it: as the study does, and nothing of the folders of a machine, nor a password."""
    if isinstance(place, Path):
        return place.as_posix()
    return f"{_relative(place.database_name)}, {place.part}"


def _relative(name: str) -> str:
    """The name in the study, or the file name alone where it is absolute: no folder of a machine is published."""
    return Path(name).name if Path(name).is_absolute() else name
