"""Every error raised on purpose: what is wrong, where, and how to mend it, in French for the reader."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input.

    ``what`` is a sentence, ``where`` names file, table, column and up to three offending values,
    ``mend`` is an imperative sentence. All three are French: the user reads them.
    """

    what: str
    where: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what}\n  Où : {self.where}\n  Remède : {self.mend}"


class Access92Error(Exception):
    """Root of the errors that access92 raises on purpose; carries one or more faults."""

    exit_code = 1

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        self.faults: tuple[Fault, ...] = (faults,) if isinstance(faults, Fault) else tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class InputError(Access92Error):
    """An input (study, services, population, areas or streets) is refused: exit code 3."""

    exit_code = 3


class OutputError(Access92Error):
    """The output folder cannot be written as asked: exit code 3."""

    exit_code = 3


class DataSourceError(Access92Error):
    """A data source on the network cannot be reached or answers with an error: exit code 4."""

    exit_code = 4


def refuse(what: str, where: str, mend: str) -> InputError:
    """The error for one fault, ready to be raised.

    >>> error = refuse("Le seuil est nul.", "etude.toml, clé threshold_min = 0", "Donner un seuil positif.")
    >>> error.exit_code
    3
    """
    return InputError(Fault(what, where, mend))


def nearest_word(word: str, known: Iterable[str]) -> str:
    """The hint « vouliez-vous dire … ? » for a misspelt word, or the list of the known words.

    >>> nearest_word("scenarios", ["scenario", "streets"])
    'Vouliez-vous dire « scenario » ?'
    >>> nearest_word("xyz", ["b", "a"])
    'Valeurs connues : a, b.'
    """
    words = sorted(known)
    close = difflib.get_close_matches(word, words, n=1, cutoff=0.6)
    return f"Vouliez-vous dire « {close[0]} » ?" if close else f"Valeurs connues : {', '.join(words)}."


def some_values(values: Iterable[object], *, most: int = 3) -> str:
    """Up to ``most`` offending values, and how many more there are.

    >>> some_values(["a", "b", "c", "d"])
    'a, b, c… (4 en tout)'
    """
    listed = [str(value) for value in values]
    shown = ", ".join(listed[:most])
    return shown if len(listed) <= most else f"{shown}… ({len(listed)} en tout)"
