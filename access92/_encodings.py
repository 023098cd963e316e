"""Encodings that a text file does not declare: UTF-16 without its mark, those of an old Mac or of MS-DOS."""

from __future__ import annotations

import re

_OTHER_ACCENTS = re.compile(rb"[A-Za-z][\x82\x87][a-z]|[a-z][\x88\x8a\x8e]|\x83[A-Za-z]")
_MOST_NUL = 0.25
"""Of the bytes at odd (or even) places of UTF-16 text, so many are NUL: those of the signs of ASCII."""


def unmarked_utf16(start: bytes) -> str:
    """The UTF-16 encoding of the beginning of a text without a mark; '' where it is none.

    >>> unmarked_utf16("nom;é".encode("utf-16-le")), unmarked_utf16("nom;é".encode("utf-16-be")), unmarked_utf16(b"nom")
    ('utf-16-le', 'utf-16-be', '')
    """
    even, odd = start[::2].count(0), start[1::2].count(0)
    if max(even, odd) <= _MOST_NUL * len(start) / 2 or (even and odd):
        return ""
    return "utf-16-le" if odd else "utf-16-be"


def other_accents(text: bytes) -> int | None:
    """Where letters of a text that is not UTF-8 are accented as in Mac Roman or MS-DOS (CP850); None where nowhere.

    In Windows-1252 these bytes are marks, or capitals that no small letter precedes: « santŽ », « Žcole » for « école »
    is left to be read.

    >>> other_accents("santé".encode("mac_roman")), other_accents("Guérin".encode("cp850"))
    (3, 1)
    >>> other_accents("Žižek, Œuvre « été » …".encode("cp1252"))
    """
    found = _OTHER_ACCENTS.search(text)
    return None if found is None else found.start()
