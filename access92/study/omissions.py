"""What of the inputs does not count in a run, as records: nothing is left out in silence."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

MOST_EXAMPLES = 3


@dataclass(frozen=True, slots=True)
class Omission:
    """One kind of thing that does not count: how many, of how many, and the people concerned.

    ``code`` says what and why (worded in ``outputs/omission_words.py``). ``mode`` and ``scenarios`` say of which it is
    true: all where they are empty. ``population`` and ``population_total`` are people, None where none are concerned.
    ``examples``: the first few, by name, in the order of the table.
    """

    code: str
    count: int
    total: int
    mode: str = ""
    scenarios: tuple[str, ...] = ()
    population: float | None = None
    population_total: float | None = None
    examples: tuple[str, ...] = ()


def omission(
    code: str,
    names: Iterable[object],
    total: int,
    *,
    mode: str = "",
    scenarios: tuple[str, ...] = (),
    population: float | None = None,
    population_total: float | None = None,
) -> tuple[Omission, ...]:
    """The record of the things of these names; none where there are none.

    >>> omission("service_planned", ["SST14", "SST15"], 98)[0].count
    2
    >>> omission("service_planned", [], 98)
    ()
    """
    listed = [str(name) for name in names]
    if not listed:
        return ()
    examples = tuple(listed[:MOST_EXAMPLES])
    return (Omission(code, len(listed), total, mode, scenarios, population, population_total, examples),)


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
        Omission(**{**item, "examples": tuple(item["examples"]), "scenarios": tuple(item["scenarios"])})
        for item in json.loads(text)
    )
