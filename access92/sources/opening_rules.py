"""The rules of an ``opening_hours`` text: what we do not know (school holidays, hours without an end), fall-backs."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PIECE = re.compile(r'"[^"]*"|\|\||;|[^";|]+|\|')
_SCHOOL = re.compile(r"\bSH\b")
_IN_A_LIST = re.compile(r"\bSH\s*,\s*(?=[A-Z])|(?<=[A-Za-z\]])\s*,\s*SH\b")
_OPEN_END = re.compile(r"\b(\d{1,2}):(\d{2})\+")
_CLOSED_THEN_OPEN = re.compile(r"(-\s*\d{1,2}:\d{2})\+")
_SAYS_WHEN = re.compile(r"\d:\d\d|24/7|\b(?:open|unknown|closed|off)\b")
OPEN_END_HOUR = 18
"""Hours without an end (« 09:00+ ») count up to this hour, and for one hour at least."""


def without_school_holidays(text: str) -> tuple[str, bool]:
    """The hours without what holds in school holidays only, and whether something was left out.

    Of a list of holidays (« PH,SH off ») only the school holidays go.

    >>> without_school_holidays("Mo-Fr 09:00-12:00; SH off"), without_school_holidays("Mo 09:00-12:00; PH,SH off")
    (('Mo-Fr 09:00-12:00', True), ('Mo 09:00-12:00; PH off', True))
    """
    kept: list[str] = []
    left_out = False
    for mark, rule in _rules(text):
        spoken = re.sub(r'"[^"]*"', "", rule)
        if _SCHOOL.search(spoken):
            left_out = True
            rule = _IN_A_LIST.sub("", rule)  # noqa: PLW2901 - what is left of it
            if _SCHOOL.search(re.sub(r'"[^"]*"', "", rule)):
                continue
        kept.append(f"{mark} {rule.strip()}" if kept and mark else rule.strip())
    return "".join(f" {item}" if item.startswith("||") else item for item in kept), left_out


def with_ends(text: str) -> tuple[str, bool]:
    """The hours with an end where they have none, and whether some had none.

    >>> with_ends("Mo 09:00+; Tu 17:30+"), with_ends("Mo 09:00-12:00+")
    (('Mo 09:00-18:00; Tu 17:30-18:30', True), ('Mo 09:00-12:00', True))
    """

    def ended(match: re.Match[str]) -> str:
        begins = 60 * int(match[1]) + int(match[2])
        ends = max(60 * OPEN_END_HOUR, begins + 60)
        return f"{match[1]}:{match[2]}-{ends // 60:02}:{ends % 60:02}"

    parts = []
    for piece in _PIECE.findall(text):
        is_comment = piece.startswith('"')
        parts.append(piece if is_comment else _OPEN_END.sub(ended, _CLOSED_THEN_OPEN.sub(r"\1", piece)))
    closed = "".join(parts)
    return closed, closed != text


def with_unknown_comments(text: str) -> str:
    """The hours in which a rule that says a comment and no hours is unknown, hence not open.

    >>> with_unknown_comments('Mo 09:00-12:00 "guichet 2"; Sa "sur rendez-vous"')
    'Mo 09:00-12:00 "guichet 2"; Sa unknown "sur rendez-vous"'
    """
    texts = []
    for mark, rule in _rules(text):
        spoken = re.sub(r'"[^"]*"', "", rule)
        if '"' in rule and not _SAYS_WHEN.search(spoken):
            rule = re.sub(r'\s*(?="[^"]*"\s*$)', " unknown ", rule, count=1)  # noqa: PLW2901 - what is made of it
        texts.append(f"{mark}{rule}")
    return "".join(texts)


def fall_back_parts(text: str) -> list[str]:
    """The rules without fall-backs, then each fall-back with the ordinary rules after it, which hold over it.

    >>> fall_back_parts("Mo 09:00-12:00 || Mo 14:00-16:00; PH off")
    ['Mo 09:00-12:00; PH off', 'Mo 14:00-16:00; PH off']
    """
    rules = [(mark, rule.strip()) for mark, rule in _rules(text)]
    parts = ["; ".join(rule for mark, rule in rules if mark != "||")]
    for at, (mark, fall_back) in enumerate(rules):
        if mark == "||":
            parts.append("; ".join([fall_back, *(rule for after, rule in rules[at + 1 :] if after != "||")]))
    return parts


def _rules(text: str) -> Iterator[tuple[str, str]]:
    """The rules of a text, each after what parts it from the one before (« ; », « || », '' for the first)."""
    mark, rule = "", ""
    for piece in _PIECE.findall(text):
        if piece in (";", "||"):
            yield mark, rule
            mark, rule = piece, ""
        else:
            rule += piece
    yield mark, rule
