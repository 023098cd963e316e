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


def existing_file(text: str) -> Path | None:
    """The file of an answer, None for an empty one.

    Raises
    ------
    InputError
        No such file.
    """
    if not text:
        return None
    path = Path(text)
    with in_words_of_options():
        if path.is_dir():
            return path
        from access92._limits import readable_file

        return readable_file(path, where=text)


_ONE_LAYER = re.compile(r"L'écrire dans l'étude, à côté de file \(layer = \"…\"\), ou donner")
_PATH = (re.compile(r"Vérifier le chemin écrit dans l'étude\."), "Vérifier le chemin.")
_WORDS = (
    _PATH,
    (re.compile(r"Corriger la clé layer de l'étude\."), "Corriger --sheet."),
    (_ONE_LAYER, 'La dire (--sheet "…"), ou donner'),
    (re.compile(r"ou dire laquelle dans l'étude : columns = \{ (\w+) = \"(.*)\" \}\."),
     r'ou dire laquelle : --column "\1=\2".'),
    (re.compile(r", que l'étude donne pour « "), ", que --column donne pour « "),
    (re.compile(r"La clé columns nomme"), "L'option --column nomme"),
    (re.compile(r"L'écrire dans l'étude, partie \[services\] : crs = \"EPSG:2154\" pour du Lambert-93\."),
     "L'écrire dans les titres des deux colonnes (« X_L93 » et « Y_L93 » pour du Lambert-93)."),
)  # fmt: skip
"""What readers say of the keys of a study, as the options of ``new`` and ``geocode`` have it."""

_AREA_WORDS = (
    _PATH,
    (_ONE_LAYER, "Donner"),
    (re.compile(r"ou dire laquelle dans l'étude : columns = \{ area_id = \"(.*)\" \}\."),
     r'ou dire laquelle : --area-id "\1".'),
    (re.compile(r"ou dire laquelle dans l'étude : columns = \{ name = \"(.*)\" \}\."),
     r'ou dire laquelle : --area-name "\1".'),
    (re.compile(r", ou dire laquelle dans l'étude : columns = \{ .* \}\."), "."),
    (re.compile(r", que l'étude donne pour « area_id »"), ", donnée par --area-id"),
    (re.compile(r", que l'étude donne pour « name »"), ", donnée par --area-name"),
)  # fmt: skip


@contextmanager
def in_words_of_options(*, areas: bool = False) -> Iterator[None]:
    """Say a refusal of a file in the words of the options, where no study is written yet.

    ``areas``: the file is one of areas or of people, whose layer no option says.
    """
    try:
        yield
    except InputError as error:
        words = _AREA_WORDS if areas else _WORDS
        raise InputError(
            [Fault(_said(item.what, words), item.where, _said(item.fix, words)) for item in error.faults]
        ) from error


def _said(text: str, words: tuple[tuple[re.Pattern[str], str], ...]) -> str:
    for pattern, other in words:
        text = pattern.sub(other, text)
    return text
