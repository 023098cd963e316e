"""What a reader leaves out or repairs, counted as it goes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from access92.sources.timetable import TimetableNotice

MOST_EXAMPLES = 3


@dataclass(slots=True)
class Tally:
    """The notices of one feed, in the order in which they came up; ``feed`` is its name."""

    feed: str
    notices: list[TimetableNotice] = field(default_factory=list)

    def add(self, code: str, count: int, total: int, examples: Iterable[object] = ()) -> None:
        """A notice, where there is anything to count; its examples are the first three in order."""
        if count:
            few = tuple(sorted({str(example) for example in examples}))[:MOST_EXAMPLES]
            self.notices.append(TimetableNotice(code, int(count), int(total), few, self.feed))
