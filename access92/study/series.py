"""Tags of a street that stands for several in series, of which it is not known which stretch carries which value.

OSMnx, when it simplifies a graph, merges the ways between two junctions into one edge and writes the values in which
they differ as a list, in no order. A street of ``highway`` « footway » and « steps » holds both: it is closed to whom
one of them is closed, and as slow as the slowest.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product

MOST_COMBINATIONS = 64
"""Beyond this, each tag is varied alone: a street of so many differences is closed or slow by one of them anyway."""


def write_series(values: Mapping[str, Sequence[str]]) -> str:
    """The text of the column ``series``: by tag its values, sorted; '' where no tag has several.

    >>> write_series({"highway": ["steps", "footway", "steps"], "surface": ["asphalt"]})
    '{"highway": ["footway", "steps"]}'
    """
    several = {tag: sorted(set(of_tag)) for tag, of_tag in sorted(values.items()) if len(set(of_tag)) > 1}
    return json.dumps(several, ensure_ascii=False) if several else ""


def alternatives(tags: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The tags of each stretch that the street may hold: every combination of its ``series``; itself where it has none.

    A text that is no series (a column of that name in somebody's file) leaves the tags as they are.

    Examples
    --------
    >>> tags = {"highway": "steps", "foot": "yes", "series": '{"highway": ["footway", "steps"]}'}
    >>> [one["highway"] for one in alternatives(tags)]
    ['footway', 'steps']
    """
    bare = {**tags, "series": ""}
    values = _read_series(tags.get("series", ""))
    several = {tag: of_tag for tag, of_tag in values.items() if tag in tags}
    combinations = list(islice(product(*several.values()), MOST_COMBINATIONS + 1))
    if len(combinations) <= MOST_COMBINATIONS:
        for combination in combinations:
            yield bare | dict(zip(several, combination, strict=True))
        return
    for tag, of_tag in several.items():
        for value in of_tag:
            yield bare | {tag: value}


def _read_series(text: str) -> dict[str, list[str]]:
    try:
        values = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {
        tag: [str(value) for value in of_tag] for tag, of_tag in values.items() if isinstance(of_tag, list) and of_tag
    }
