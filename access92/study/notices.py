"""What a run survived or assumed, as records: nothing is worked around in silence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


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
