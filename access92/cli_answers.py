"""What commands ask on the terminal, and refusals said in the words of the options that were typed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

import typer

from access92.errors import Fault, InputError, input_error

T = TypeVar("T")
_ADDRESS = re.compile(r"postgres(ql)?(\+\w+)?:/", re.IGNORECASE)  # a Path has lost the second « / »
_FILE_OPTIONS = ("--areas", "--services", "--population", "--streets", "--ban")
_AGREED = {"o": True, "oui": True, "y": True, "yes": True, "n": False, "non": False, "no": False}


class Answers:
    """What is asked on the terminal, and the options that give the same answers again."""

    def __init__(self, *, yes: bool) -> None:
        self.yes = yes
        self.options: list[str] = []

    def add(self, option: str, value: str | Path | None) -> None:
        """Keep an option as it was typed; nothing where it was not."""
        if value:
            self.options.append(f"{option} {shlex.quote(str(value))}")

    def options_from(self, folder: Path) -> str:
        """The options as they would be typed in another folder: their files are named from it, with « / »."""
        from access92.run.new_study import path_from

        words = shlex.split(" ".join(self.options))
        for at, option in enumerate(words[:-1]):
            if option in _FILE_OPTIONS:
                words[at + 1] = path_from(folder, typed_path(words[at + 1]))
        return shlex.join(words)

    def text(self, question: str, given: str | None, option: str, *, default: str | None = None) -> str:
        """An answer: as given by its option, asked for, or the default with --yes; '' where there is none."""
        if given is None and not self.yes:
            given = typer.prompt(question, default="" if default is None else default, show_default=bool(default))
        answer = (default if given is None else given) or ""
        answer = answer.strip().strip('"').strip()
        self.add(option, answer)
        return answer

    def needed(self, question: str, given: str | None, option: str, *, default: str | None = None) -> str:
        """An answer that there must be.

        Raises
        ------
        InputError
            None is given.
        """
        answer = self.text(question, given, option, default=default)
        if not answer:
            raise input_error(f"Il manque une réponse : {question}.", "access92 new", f"Donner {option} …")
        return answer

    def read(
        self,
        question: str,
        given: str | None,
        option: str,
        reader: Callable[[str], T],
        *,
        default: str | None = None,
        is_needed: bool = False,
    ) -> T:
        """What a reader makes of an answer; what it refuses of an answer that was asked for is asked again.

        Raises
        ------
        InputError
            What the reader refuses of an option; a needed answer that no option gives.
        """
        while True:
            before = len(self.options)
            try:
                return reader((self.needed if is_needed else self.text)(question, given, option, default=default))
            except InputError as error:
                if self.yes or given is not None:
                    raise
                del self.options[before:]
                typer.echo(str(error))

    def agreed(self, question: str) -> bool:
        """Whether the user agrees, in French; always with --yes."""
        while not self.yes:
            answer = str(typer.prompt(f"{question} [O/n]", default="o", show_default=False)).strip().lower()
            if answer in _AGREED:
                return _AGREED[answer]
            typer.echo("Répondre o (oui) ou n (non).")
        return True


def typed_path(text: str) -> Path:
    """The path that was typed: « ~ » is the home of the user, as a shell has it.

    Raises
    ------
    InputError
        The address of a database, which only a study names.
    """
    if _ADDRESS.match(text):
        raise input_error(
            "« access92 new » ne lit que des fichiers, et non une base de données.", text,
            "Donner un fichier ici, puis écrire l'adresse et la table dans l'étude (docs/bases.md).",
        )  # fmt: skip
    path = Path(text)
    try:
        return path.expanduser()
    except RuntimeError:  # no such user
        return path


def existing_file(text: str) -> Path | None:
    """The file of an answer, None for an empty one.

    Raises
    ------
    InputError
        No such file.
    """
    if not text:
        return None
    path = typed_path(text)
    with in_words_of_options():
        if path.is_dir():
            return path
        from access92._limits import readable_file

        return readable_file(path, where=text)


_ONE_LAYER = re.compile(r"L'écrire dans l'étude, à côté de file \(layer = \"…\"\), ou donner")
_Words = tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...]
_PATH = (re.compile(r"Vérifier le chemin écrit dans l'étude\."), "Vérifier le chemin.")
_SYSTEM = (
    re.compile(r"L'écrire dans l'étude, partie \[\w+\] : \w+ = \"EPSG:2154\" pour du Lambert-93\."),
    "L'écrire dans les titres des deux colonnes (« X_L93 » et « Y_L93 » pour du Lambert-93).",
)
_WORDS = (
    _PATH,
    (re.compile(r"(Corriger|Retirer) la clé layer de l'étude"), r"\1 --sheet"),
    (_ONE_LAYER, 'La dire (--sheet "…"), ou donner'),
    (re.compile(r"ou dire laquelle dans l'étude : columns = \{ (\w+) = \"(.*)\" \}\."),
     r'ou dire laquelle : --column "\1=\2".'),
    (re.compile(r", que l'étude donne pour « "), ", que --column donne pour « "),
    (re.compile(r"La clé columns nomme"), "L'option --column nomme"),
    _SYSTEM,
)  # fmt: skip
"""What readers say of the keys of a study, as the options of ``new`` and ``geocode`` have it."""

_AREA_WORDS = (
    _PATH,
    _SYSTEM,
    (_ONE_LAYER, "Donner"),
    (re.compile(r"ou dire laquelle dans l'étude : columns = \{ area_id = \"(.*)\" \}\."),
     r'ou dire laquelle : --area-id "\1".'),
    (re.compile(r"ou dire laquelle dans l'étude : columns = \{ name = \"(.*)\" \}\."),
     r'ou dire laquelle : --area-name "\1".'),
    (re.compile(r", ou dire laquelle dans l'étude : columns = \{ .* \}\."), "."),
    (re.compile(r", que l'étude donne pour « area_id »"), ", donnée par --area-id"),
    (re.compile(r", que l'étude donne pour « name »"), ", donnée par --area-name"),
)  # fmt: skip


_LATE_WORDS = (
    (re.compile(r"(Corriger le nom de la colonne), ou la clé services\.columns de l'étude\."),
     r"\1, ou dire laquelle : --column COLONNE=TITRE."),
    (re.compile(r"(Corriger le nom de la colonne), ou la clé areas\.id_column de l'étude\."), r"\1, ou --area-id."),
    (re.compile(r"(Corriger le nom de la colonne), ou la clé areas\.name_column de l'étude\."), r"\1, ou --area-name."),
    (re.compile(r"(?:ou )?la clé population\.population_column de l'étude"), "ou --population-column"),
    (re.compile(r"(?:par )?la clé population\.population_column"), "par --population-column"),
    (re.compile(r"Étude incohérente : "), "Réponse refusée : "),
    (re.compile(r"Corriger cette partie de l'étude\."), "Corriger cette option."),
    (re.compile(r"retirer ce mode de l'étude"), "retirer ce mode de --modes"),
    (re.compile(r"ou la retirer de l'étude"), "ou la retirer de --territory"),
    (re.compile(r"clé « (?:analysis\.)?(modes|title|time_zone|holidays)\b[^»]*»"),
     lambda key: f"option --{key[1].replace('_', '-')}"),
    (re.compile(r"clé « analysis\.threshold[^»]*»"), "option --threshold"),
    (re.compile(r"clé « analysis\.reference_date »"), "option --date"),
    (re.compile(r"(?:étude, )?clé services\.crs"), "coordonnées X et Y"),
)  # fmt: skip
"""What the check of a study that was just written says of its keys, as the options have it."""


@contextmanager
def in_words_of_options(*, areas: bool = False, study: Path | None = None) -> Iterator[None]:
    """Say a refusal of a file in the words of the options, where no study is written yet.

    ``areas``: the file is one of areas or of people, whose layer no option says. ``study``: the file of the study that
    is being checked and will not stay where it is refused: it is not named.
    """
    try:
        yield
    except InputError as error:
        words: _Words = (*(_AREA_WORDS if areas else _WORDS), *_LATE_WORDS)
        if study is not None:
            place = re.compile(rf"(?:{re.escape(str(study))}|« {re.escape(study.parent.resolve().name)} »), ")
            words = ((place, ""), *words)
        raise InputError(
            [Fault(*(_said(text, words) for text in (item.what, item.where, item.fix))) for item in error.faults]
        ) from error


def _said(text: str, words: _Words) -> str:
    for pattern, other in words:
        text = pattern.sub(other, text)
    return text
