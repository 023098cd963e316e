"""The data dictionary: what every table and column of a run is called and means, in French."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from access92.outputs.words.labels import age_label


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """A column in French: heading, meaning, unit, Table Schema type and bounds."""

    name: str
    title: str
    description: str
    unit: str = ""
    type: str = "string"
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()

    @property
    def heading(self) -> str:
        """The title with its unit, unless it begins with it, as the head of a column.

        >>> column_words("threshold_min").heading, column_words("population_lost").heading
        ('Seuil (min)', 'Habitants perdus')
        """
        said = not self.unit or self.title.lower().startswith(self.unit)
        return self.title if said else f"{self.title} ({self.unit})"


@dataclass(frozen=True, slots=True)
class TableWords:
    """A table in French, and the columns that identify its rows (empty: none do)."""

    name: str
    title: str
    description: str
    key: tuple[str, ...] = ()


@cache
def column_words(name: str) -> ColumnWords:
    """What a column means; a column that the dictionary does not know has its name for a title, and no meaning.

    >>> column_words("population_gained").title, column_words("age_65_plus").title
    ('Habitants gagnés', 'Habitants, 65 ans et plus')
    >>> column_words("unheard_of").description
    ''
    """
    dictionary = _dictionary()
    if name in dictionary["columns"]:
        return _column(name, dictionary["columns"][name], {})
    for start, words in dictionary["families"].items():
        if name.startswith(start):
            rest = name.removeprefix(start)
            return _column(name, words, {"rest": rest.replace("_", ", "), "age": age_label(name)})
    return ColumnWords(name, name, "")


def table_words(name: str) -> TableWords:
    """What a file of the run is; a file that the dictionary does not know has its name for a title.

    >>> table_words("coverage.csv").key
    ('scenario', 'mode', 'rule', 'public', 'area_id', 'threshold_min')
    """
    words = _dictionary()["tables"].get(name, {"title": name, "description": ""})
    return TableWords(name, words["title"], words["description"], tuple(words.get("key", ())))


def table_names() -> frozenset[str]:
    """The names of all the files of tables that a run may write.

    >>> "comparison.csv" in table_names()
    True
    """
    return frozenset(_dictionary()["tables"])


def _column(name: str, words: dict[str, Any], fill: dict[str, str]) -> ColumnWords:
    return ColumnWords(
        name=name,
        title=words["title"].format(**fill) if fill else words["title"],
        description=words["description"].format(**fill) if fill else words["description"],
        unit=words.get("unit", ""),
        type=words.get("type", "string"),
        minimum=words.get("minimum"),
        maximum=words.get("maximum"),
        choices=tuple(words.get("choices", ())),
    )


@cache
def _dictionary() -> dict[str, Any]:
    text = resources.files("access92.outputs.words").joinpath("data_dictionary.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
