"""What of the inputs does not count in a run, as records: nothing is left out in silence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date

MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Omission:
    """One kind of thing that does not count: how many, of how many, and the people concerned.

    ``code`` says what and why (worded in ``outputs/words/omissions.py``). ``mode`` and ``scenarios`` say of which it is
    true: all where they are empty. ``population`` and ``population_total`` are people, None where none are concerned.
    ``examples``: the first few, by name, in the order of the table; ``ids``: those of them that are identifiers, which
    only the owner of the file knows.
    """

    code: str
    count: int
    total: int
    mode: str = ""
    scenarios: tuple[str, ...] = ()
    population: float | None = None
    population_total: float | None = None
    examples: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UncountedReason:
    """Why a service does not count on a day: ``code`` says what (worded in ``outputs/words/omissions.py``).

    ``planned``; ``opens_later`` and ``closed``, with the first and the last ``day`` of its validity;
    ``without_position``; ``not_asked``: it could count, and no scenario asks for it.
    """

    code: str
    day: date | None = None


def omission(
    code: str,
    names: Iterable[object],
    total: int,
    *,
    mode: str = "",
    scenarios: tuple[str, ...] = (),
    population: float | None = None,
    population_total: float | None = None,
    are_ids: bool = False,
) -> tuple[Omission, ...]:
    """The record of the things of these names (or identifiers: ``are_ids``); none where there are none.

    >>> omission("service_planned", ["SST14", "SST15"], 98)[0].count
    2
    >>> omission("service_planned", [], 98)
    ()
    """
    listed = [str(name) for name in names]
    if not listed:
        return ()
    examples = tuple(listed[:MOST_EXAMPLES])
    return (
        Omission(code, len(listed), total, mode, scenarios, population, population_total, examples, examples * are_ids),
    )


def omissions_to_json(omissions: Sequence[Omission]) -> str:
    """Records as text, for a cache."""
    return json.dumps([asdict(item) for item in omissions], ensure_ascii=False)


def omissions_from_json(text: str) -> tuple[Omission, ...]:
    """The records that :func:`omissions_to_json` wrote.

    >>> record = omission("service_planned", ["SST14"], 98, population=1.0, population_total=2.0)
    >>> omissions_from_json(omissions_to_json(record)) == record
    True
    """
    return tuple(
        Omission(**item | {name: tuple(item[name]) for name in ("examples", "scenarios", "ids")})
        for item in json.loads(text)
    )


def reasons_to_texts(reasons: Sequence[UncountedReason]) -> tuple[str, ...]:
    """Reasons as texts of a notice: the code of each and its day (ISO, '' for none), one after the other.

    >>> reasons_to_texts([UncountedReason("closed", date(2024, 10, 17)), UncountedReason("without_position")])
    ('closed', '2024-10-17', 'without_position', '')
    """
    return tuple(
        text for reason in reasons for text in (reason.code, "" if reason.day is None else reason.day.isoformat())
    )


def reasons_from_texts(texts: Sequence[str]) -> tuple[UncountedReason, ...]:
    """The reasons that :func:`reasons_to_texts` wrote.

    >>> reasons_from_texts(["closed", "2024-10-17"])
    (UncountedReason(code='closed', day=datetime.date(2024, 10, 17)),)
    """
    return tuple(
        UncountedReason(code, date.fromisoformat(day) if day else None)
        for code, day in zip(texts[::2], texts[1::2], strict=True)
    )
