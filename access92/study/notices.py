"""What a run survived or assumed, as records: nothing is worked around in silence."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that a reader of the results must know.

    ``code`` says what (worded in ``outputs/words/notices.py``); ``subject``: of what, by id or name, in the order that
    the code asks for; ``numbers``: by name (with its unit) what the sentence says; ``population``: the people
    concerned, None where none are.
    """

    code: str
    subject: tuple[str, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    population: float | None = None


def notices_to_json(notices: Sequence[Notice]) -> str:
    """Records as text, for a cache."""
    return json.dumps([asdict(item) for item in notices], ensure_ascii=False)


def notices_from_json(text: str) -> tuple[Notice, ...]:
    """The records that :func:`notices_to_json` wrote.

    >>> record = (Notice("squares_imputed", ("a",), {"squares": 2.0}, 5.0),)
    >>> notices_from_json(notices_to_json(record)) == record
    True
    """
    return tuple(Notice(**{**item, "subject": tuple(item["subject"])}) for item in json.loads(text))
