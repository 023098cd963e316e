"""Every error raised on purpose: what is wrong, where, and how to fix it, in French for the reader."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with an input.

    ``what`` is a sentence, ``where`` names file, table, column and up to three offending values,
    ``fix`` is an imperative sentence. All three are French: the user reads them; a password that they quote is hidden.
    """

    what: str
    where: str
    fix: str

    def __post_init__(self) -> None:
        for name in ("what", "where", "fix"):
            object.__setattr__(self, name, without_passwords(getattr(self, name)))

    def __str__(self) -> str:
        return f"{_legible(self.what)}\n  Où : {_legible(self.where)}\n  Remède : {_legible(self.fix)}"


_LONGEST = 1500
"""Characters of one part of a fault: whatever the input holds, a message is for reading."""

_MOST_FAULTS = 50
"""Faults of one error; of more, the first and how many there are."""


_SPACES = "\n\t\u00a0\u202f\u2009"
"""Blanks that French typography or a library's message needs; Python calls them unprintable."""


_VARIABLE = r"\$(?:[A-Z_][A-Z0-9_]*|\{[A-Z_][A-Z0-9_]*\})"
_SCHEME = r"(?:(?i:postg\w*)[^\s:/@]*:/*|(?<![A-Za-z])[A-Za-z][\w+.-]{1,60}:/+|//)"  # bounded: a cell may hold 10 MB
_IN_ADDRESS = re.compile(rf"({_SCHEME}[^\s:@/?#]*):(?!{_VARIABLE}@)\S*@")
_IN_KEY = re.compile(
    rf"(?<![\w%])([\w%]+)(\s*=\s*)(?!{_VARIABLE}(?:[&\s]|$))('(?:[^'\\]|\\.)*(?:'|$)|(?:\\.|[^\s\\])+)", re.DOTALL
)
_PASSWORD_KEYS = {"password", "sslpassword", "passwd", "pwd"}
"""A password in the address of a database, or after such a key; a variable that holds it is none."""


def without_passwords(text: str) -> str:
    """The text with « *** » for each password that stands in the address of a database, well written or not.

    >>> without_passwords("postgresql://planif:secret@serveur/sig, postgresql://planif:$MDP@serveur/sig")
    'postgresql://planif:***@serveur/sig, postgresql://planif:$MDP@serveur/sig'
    >>> without_passwords("postgresql://serveur/sig?user=planif&passw%6Frd=secret&port=5432")
    'postgresql://serveur/sig?user=planif&passw%6Frd=***&port=5432'
    >>> without_passwords("postgresql+psycopg:/planif:secret@serveur/sig, host=serveur password = 'un secret'")
    'postgresql+psycopg:/planif:***@serveur/sig, host=serveur password = ***'
    """
    return _IN_KEY.sub(_hidden_value, _IN_ADDRESS.sub(r"\1:***@", text))


def _hidden_value(match: re.Match[str]) -> str:
    """A key and its value, hidden where the key is one of a password, also with letters written as %6F."""
    if unquote(match[1]).lower() not in _PASSWORD_KEYS:
        # the value may hold another key: host=serveur&password=…
        return match[1] + match[2] + _IN_KEY.sub(_hidden_value, match[3])
    in_address = match.start() > 0 and match.string[match.start() - 1] in "?&"
    _, ampersand, rest = match[3].partition("&") if in_address else ("", "", "")
    return f"{match[1]}{match[2]}***{ampersand}{_IN_KEY.sub(_hidden_value, rest)}"


def _legible(text: str) -> str:
    r"""The text without what a terminal would obey or could not write (controls, lone surrogates), and not endless.

    >>> _legible("a\x00b\x1b[31m")
    'a\\x00b\\x1b[31m'
    """
    if len(text) > _LONGEST:
        text = f"{text[: _LONGEST // 2]} […] {text[-_LONGEST // 4 :]}"
    return "".join(
        letter if letter.isprintable() or letter in _SPACES else letter.encode("unicode_escape").decode("ascii")
        for letter in text
    )


class Access92Error(Exception):
    """Root of the errors that access92 raises on purpose; carries one or more faults."""

    exit_code = 1

    def __init__(self, faults: Fault | Iterable[Fault]) -> None:
        listed = (faults,) if isinstance(faults, Fault) else tuple(faults)
        if len(listed) > _MOST_FAULTS:
            what = f"Et {len(listed) - _MOST_FAULTS} autres fautes."
            listed = (*listed[:_MOST_FAULTS], Fault(what, "ces mêmes données", "Corriger d'abord celles-ci."))
        self.faults: tuple[Fault, ...] = listed
        super().__init__("\n".join(str(fault) for fault in self.faults))


class InputError(Access92Error):
    """An input (study, services, population, areas or streets) is refused: exit code 3."""

    exit_code = 3


class OutputError(Access92Error):
    """The output folder cannot be written: exit code 3."""

    exit_code = 3


class DataSourceError(Access92Error):
    """A data source on the network cannot be reached or answers with an error: exit code 4."""

    exit_code = 4


def input_error(what: str, where: str, fix: str) -> InputError:
    """The error for one fault, ready to be raised.

    >>> error = input_error("Le seuil est nul.", "etude.toml, clé threshold_min = 0", "Donner un seuil positif.")
    >>> error.exit_code
    3
    """
    return InputError(Fault(what, where, fix))


_LONGEST_WORD, _MOST_WORDS = 100, 40


def nearest_word(word: str, known: Iterable[str], *, likeness: float = 0.6) -> str:
    """The hint « vouliez-vous dire … ? » for a misspelt word, or the list of the known words; '' without any.

    ``likeness``: from 0 to 1, how alike two words must be.

    >>> nearest_word("scenarios", ["scenario", "streets"])
    'Vouliez-vous dire « scenario » ?'
    >>> nearest_word("xyz", ["b", "a"])
    'Valeurs connues : a, b.'
    """
    words = sorted(known)
    if not words:
        return ""
    near = [other for other in words if len(other) <= _LONGEST_WORD]  # difflib takes the square of the length
    close = difflib.get_close_matches(word, near, n=1, cutoff=likeness) if len(word) <= _LONGEST_WORD else []
    if close:
        return f"Vouliez-vous dire « {close[0]} » ?"
    return f"Valeurs connues : {some_values(words, most=_MOST_WORDS)}."


_LONGEST_VALUE = 120


def _shortened(value: str) -> str:
    return value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}… ({len(value)} caractères)"


def some_values(values: Iterable[object], *, most: int = 3) -> str:
    """Up to ``most`` offending values, and how many more there are.

    >>> some_values(["a", "b", "c", "d"])
    'a, b, c… (4 en tout)'
    """
    listed = list(values)
    examples = ", ".join(_shortened(str(value)) for value in listed[:most])
    return examples if len(listed) <= most else f"{examples}… ({len(listed)} en tout)"
