"""Headings matched by meaning: « Libellé », « CP », « X_L93 » are the name, the postcode, the easting of a service."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from access92.errors import Fault, InputError, input_error, nearest_word

_ARTICLES = frozenset({"de", "du", "des", "la", "le", "les", "l", "d", "un", "une"})


@cache
def plain_words(text: str) -> str:
    r"""A text in lower case, without accents, marks and articles: what two ways to write one heading share.

    >>> [plain_words(text) for text in ("  Code de la\u00a0Commune (INSEE) ", "N°", "X_L93", "P.M.I.")]
    ['code commune insee', 'no', 'x l93', 'pmi']
    """
    whole = text.lower().replace("\u2019", " ").replace("'", " ").replace("œ", "oe").replace("æ", "ae")
    flat = unicodedata.normalize("NFKD", whole)
    letters = "".join(sign for sign in flat if not unicodedata.combining(sign)).lower()
    letters = re.sub(r"\b(?:[a-z]\.){2,}", lambda found: found[0].replace(".", "") + " ", letters)  # « P.M.I. »
    words = re.findall(r"[a-z0-9]+", letters.replace("°", "o "))
    kept = [word for word in words if word not in _ARTICLES]
    return " ".join(kept or words)


@cache
def read_meanings() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """By table (services, visits), by column, its other names, the surest first.

    >>> read_meanings()["services"]["postcode"][:2]
    ('code postal', 'cp')
    """
    table = tomllib.loads(files(__package__).joinpath("meanings.toml").read_text(encoding="utf-8"))
    return MappingProxyType(
        {part: {column: tuple(names) for column, names in columns.items()} for part, columns in table.items()}
    )


@cache
def _known() -> frozenset[str]:
    """All headings that some reader knows."""
    tables = read_meanings().values()
    return frozenset(
        plain_words(name) for table in tables for column, names in table.items() for name in (column, *names)
    )


def is_heading(text: str) -> bool:
    """Whether a cell is a heading that some reader knows.

    >>> is_heading("Code postal"), is_heading("92120")
    (True, False)
    """
    return plain_words(text) in _known()


def means(table: str, column: str, heading: str) -> bool:
    """Whether a heading is a name of this column of a table.

    >>> means("services", "address", "Adresse postale"), means("services", "address", "Ville")
    (True, False)
    """
    return plain_words(heading) in (plain_words(column), *map(plain_words, read_meanings()[table][column]))


def match_columns(
    headings: Iterable[str],
    table: str,
    *,
    written: Mapping[str, str] | None = None,
    wanted: Collection[str] | None = None,
    where: str,
) -> dict[str, str]:
    """By column of a table the heading that means it, where some does.

    A heading of the very name always wins, then what the study writes, then the surest other name. A heading with more
    words (« Adresse (siège) ») means what its text before a bracket says, where nothing else does.

    Parameters
    ----------
    table
        A part of ``meanings.toml``.
    written
        What the study says: by column a heading, as the file writes it.
    wanted
        Match these columns only; all of the part by default.

    Raises
    ------
    InputError
        A column that the study writes is not one of the table, or its heading is not in the file; two headings are
        equally near to one column.

    Examples
    --------
    >>> match_columns(["NOM", "Type de service", "CP", "Tél."], "services", where="x.csv")
    {'name': 'NOM', 'kind': 'Type de service', 'postcode': 'CP'}
    """
    present = [str(heading) for heading in headings]
    meanings = read_meanings()[table]
    matched = _written_columns(present, meanings, dict(written or {}), where)
    taken = set(matched.values())
    for column in meanings if wanted is None else wanted:
        if column in present and column not in matched:
            matched[column] = column
            taken.add(column)

    # the surest name of all columns first
    asked = {column: names for column, names in meanings.items() if wanted is None or column in wanted}
    offers = [
        (is_part, rank, at, column, heading)
        for at, heading in enumerate(present)
        if heading not in taken
        for is_part, rank, column in _offers(heading, asked)
    ]
    best: dict[str, tuple[bool, int]] = {}
    for is_part, rank, _, column, heading in sorted(offers):
        if column in best and best[column] == (is_part, rank):
            raise input_error(
                f"Deux colonnes peuvent être « {column} ».",
                f"{where}, colonnes « {matched[column]} » et « {heading} »",
                f'En renommer une, ou dire laquelle dans l\'étude : columns = {{ {column} = "{heading}" }}.',
            )
        if column not in matched and heading not in taken:
            matched[column] = heading
            best[column] = (is_part, rank)
            taken.add(heading)
    order = {heading: at for at, heading in enumerate(present)}
    return dict(sorted(matched.items(), key=lambda item: order[item[1]]))


@contextmanager
def in_headings(matched: Mapping[str, str]) -> Iterator[None]:
    """Name the columns in a refusal as the file does: « Date d'ouverture » (valid_from).

    ``matched``: what :func:`match_columns` gives.
    """
    try:
        yield
    except InputError as error:
        raise InputError(as_headed(error.faults, matched)) from error


def as_headed(faults: Iterable[Fault], matched: Mapping[str, str]) -> list[Fault]:
    """Faults of columns of a table, named as the file names them beside what they mean.

    >>> fault = Fault("La colonne « lon » doit porter des nombres.", "t.csv", "Corriger.")
    >>> as_headed([fault], {"lon": "Longitude", "lat": "lat"})[0].what
    'La colonne « Longitude » (lon) doit porter des nombres.'
    """
    others = {f"« {column} »": f"« {heading} » ({column})" for column, heading in matched.items() if column != heading}
    if not others:
        return list(faults)
    pattern = re.compile("|".join(map(re.escape, others)))
    return [replace(fault, what=pattern.sub(lambda found: others[found[0]], fault.what)) for fault in faults]


def twin_columns(headings: Iterable[str], table: str, matched: Mapping[str, str]) -> Iterator[tuple[str, str, bool]]:
    """The columns that are not read and may mean one that is: column, heading, whether only by what precedes a bracket.

    ``matched``: what :func:`match_columns` gives.

    >>> found = {"name": "Nom", "kind": "Type"}
    >>> list(twin_columns(["Nom", "Type", "Catégorie", "Nom (siège)"], "services", found))
    [('kind', 'Catégorie', False), ('name', 'Nom (siège)', True)]
    """
    meanings = {column: names for column, names in read_meanings()[table].items() if column in matched}
    taken = set(matched.values())
    for heading in headings:
        if heading not in taken:
            ways: dict[str, bool] = {}
            for is_part, _, column in sorted(_offers(heading, meanings)):
                ways.setdefault(column, is_part)
            yield from ((column, heading, is_part) for column, is_part in ways.items())


def _offers(heading: str, meanings: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[bool, int, str]]:
    """The columns that a heading may mean: whether only by its text before a bracket, and how sure the name is."""
    whole, before = plain_words(heading), plain_words(re.split(r"[(\[:]", heading)[0])
    for column, names in meanings.items():
        for rank, name in enumerate((plain_words(column), *map(plain_words, names))):
            if name and name in (whole, before):
                yield name != whole, rank, column


def _written_columns(
    present: list[str], meanings: Mapping[str, tuple[str, ...]], written: dict[str, str], where: str
) -> dict[str, str]:
    """What the study says of columns, with the headings as the file writes them."""
    by_words = {plain_words(heading): heading for heading in present}
    matched = {}
    for column, heading in written.items():
        if column not in meanings:
            raise input_error(
                f"La clé columns nomme une colonne qu'access92 ne connaît pas : « {column} ».",
                where,
                nearest_word(column, meanings),
            )
        found = heading if heading in present else by_words.get(plain_words(heading))
        if found is None:
            raise input_error(
                f"La colonne « {heading} », que l'étude donne pour « {column} », n'est pas dans le fichier.",
                f"{where}, colonnes {', '.join(present[:30])}",
                nearest_word(heading, present),
            )
        matched[column] = found
    return matched
