"""A table of services as an office wrote it, under the names of the contract; what was matched is told in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from access92.errors import some_values
from access92.sources.office.heads import READING
from access92.sources.office.meanings import match_columns, plain_words
from access92.sources.office.other_rows import check_rows
from access92.sources.office.place_columns import (
    check_other_places,
    check_places_agree,
    crs_of,
    places_once,
    split_lat_lon,
)
from access92.sources.office.twins import check_twins
from access92.sources.tables import read_text
from access92.study.files import ServicesInput
from access92.study.kinds import Kind
from access92.study.schemas import SERVICES

_READ = frozenset({*SERVICES.required, *SERVICES.optional, "lon", "lat", "x", "y", "lat_lon"})
_DECISIVE = frozenset(
    (
        "kind",
        "also_kinds",
        "lon",
        "lat",
        "x",
        "y",
        "lat_lon",
        "valid_from",
        "valid_to",
        "opening_hours",
        "communes_served",
    )
)
"""Columns that a figure depends on."""

_CODES = ("postcode", "commune_insee")
_CODE_LENGTH = 5


@dataclass(frozen=True, slots=True)
class ServiceColumns:
    """``table``: with the names of the contract; ``matched``: by column the heading of the file; what to tell.

    ``x_column``, ``y_column`` and ``crs``: where places are eastings and northings, '' where they are not. ``doubts``:
    of the sentences, those on what is hidden or left out, and on columns that could be read in the place of others.
    """

    table: pd.DataFrame
    matched: dict[str, str]
    sentences: tuple[str, ...]
    x_column: str = ""
    y_column: str = ""
    crs: str = ""
    kinds: dict[str, str] = field(default_factory=dict)
    doubts: tuple[str, ...] = ()


def service_columns(
    raw: pd.DataFrame,
    settings: ServicesInput,
    kinds: Sequence[Kind],
    *,
    near: gpd.GeoDataFrame | None = None,
    where: str,
) -> ServiceColumns:
    """The table with its columns named as the contract names them, and what was read otherwise than it is written.

    Headings are matched by meaning (:mod:`access92.sources.office.meanings`); postcodes and INSEE codes get their first
    zero back; kinds are known by name, label or abbreviation; services without an identifier get one made of their
    name. What the study itself writes is not told again. A table that already has the names of the contract leaves as
    it came.

    Parameters
    ----------
    near
        The areas of the study: they decide between systems of coordinates that the numbers leave open.

    Raises
    ------
    InputError
        A heading that may be two columns or is not there; coordinates in a system that nothing tells; a row that counts
        or describes the others.

    Examples
    --------
    >>> table = pd.DataFrame({"Libellé": ["PMI A"], "Type": ["PMI"], "Longitude": ["2,25"], "Latitude": ["48,8"]})
    >>> from access92.study.kinds import KINDS
    >>> read = service_columns(table, ServicesInput(file="x.csv"), KINDS, where="x.csv")
    >>> read.table.iloc[0].to_dict()
    {'service_id': 'pmi-a', 'name': 'PMI A', 'kind': 'pmi', 'lon': '2,25', 'lat': '48,8'}
    >>> print(read.sentences[0])
    x.csv, colonnes lues : « Libellé » pour name, « Type » pour kind, « Longitude » pour lon, « Latitude » pour lat.
    """
    check_rows(raw, where)
    sentences = list(raw.attrs.get(READING, ()))
    has_places = isinstance(raw, gpd.GeoDataFrame)
    headings = [str(name) for name in raw.columns if not (has_places and name == "geometry")]
    matched = match_columns(headings, "services", written=settings.columns, where=where)
    if has_places:
        for name in ("lon", "lat", "x", "y", "lat_lon"):
            matched.pop(name, None)
    named = {*settings.columns, *(["kind"] if settings.kind else [])}
    twins = check_twins(raw, "services", matched, decisive=_DECISIVE, written=named, where=where)
    sentences += twins
    doubts = tuple(sentences)
    every, matched = matched, places_once(matched, settings.columns)
    check_other_places(raw, every, matched, where)
    check_places_agree(raw, every, matched, settings, near, where)
    raw = raw.drop(columns=sorted(set(every.values()) - set(matched.values())))  # places that are not read
    renamed = {heading: column for column, heading in matched.items() if column != heading and column not in "xy"}
    clash = [column for column in renamed.values() if column in headings]  # what the study writes wins
    table = raw.drop(columns=clash).rename(columns=renamed) if renamed else raw

    # one column of two coordinates, a number in a column of its own
    table = split_lat_lon(table, where)
    if "number" in table.columns and "address" in table.columns and "number" in renamed.values():
        joined = read_text(table["number"]) + " " + read_text(table["address"])
        table = table.assign(address=joined.str.strip())
    guessed = {
        column: heading for column, heading in matched.items() if column not in settings.columns and column in _READ
    }
    if told := [f"« {heading} » pour {column}" for column, heading in guessed.items() if column != heading]:
        unread = [name for name in headings if name not in matched.values() and not name.startswith("colonne ")]
        others = f" Non lues : {', '.join(f'« {name} »' for name in unread)}." if unread else ""
        sentences.append(f"{where}, colonnes lues : {', '.join(told)}.{others}")
    table, padded = _codes_with_zeros(table)
    sentences += [f"{where} : {text}" for text in padded]

    table, known, of_kinds = _known_kinds(table, settings, kinds)
    sentences += [f"{where} : {text}" for text in of_kinds]
    if "service_id" not in table.columns and "name" in table.columns:
        ids = _ids_of_names(table)
        table = table.assign(service_id=ids)
        table = table[["service_id", *[name for name in table.columns if name != "service_id"]]]
        sentences.append(f"{where} : pas de colonne d'identifiants, ils sont faits des noms ({some_values(ids)}).")

    # eastings and northings: in the system that study, heading or numbers tell
    x_column, y_column = matched.get("x", ""), matched.get("y", "")
    crs = ""
    if x_column and y_column and not {"lon", "lat"} <= {str(name) for name in table.columns}:
        crs, text = crs_of(table, x_column, y_column, near, where, written=settings.crs)
        sentences += [f"{where} : {text}"] if text else []
    return ServiceColumns(table, matched, tuple(sentences), x_column, y_column, crs, known, doubts)


def _codes_with_zeros(table: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """The table with the first zero of its codes, which spreadsheets take away; and what was given back."""
    sentences = []
    for name in _CODES:
        if name not in table.columns:
            continue
        codes = table[name].astype("string").fillna("").str.strip().str.replace(r"\.0$", "", regex=True).astype(object)
        short = codes.str.fullmatch(rf"[1-9]\d{{{_CODE_LENGTH - 2}}}").to_numpy(dtype=bool)
        if short.any():
            table = table.assign(**{name: codes.where(~short, "0" + codes)})
            shown = some_values(f"« {code} » lu « 0{code} »" for code in codes[short].unique())
            sentences.append(f"codes qui avaient perdu leur premier zéro : {shown}.")
    return table, sentences


def _known_kinds(
    table: pd.DataFrame, settings: ServicesInput, kinds: Sequence[Kind]
) -> tuple[pd.DataFrame, dict[str, str], list[str]]:
    """The table with the names of the study's kinds, what each text of the file was read for, and what to tell."""
    fixed = [kind.name for kind in kinds if not kind.mobile]
    if "kind" not in table.columns:
        name = settings.kind or (fixed[0] if len(fixed) == 1 else None)
        if name is None:
            return table, {}, []
        return table.assign(kind=name), {}, [f"pas de colonne de catégories, tous les services sont « {name} »."]
    names = {kind.name for kind in kinds}
    texts = table["kind"].astype("string").fillna("").str.strip()
    if settings.kind is not None:  # what the study says holds for all
        others = sorted(set(texts) - {settings.kind, ""})
        told = [
            f"tous les services sont « {settings.kind} », comme l'étude le dit ({some_values(others)} dans le fichier)."
        ]
        return table.assign(kind=settings.kind), {}, told if others else []
    ways = ways_to_name(kinds)
    known = {
        text: ways[plain_words(text)] for text in texts.unique() if text not in names and plain_words(text) in ways
    }
    if not known:
        return table, {}, []
    counts = texts.value_counts()
    told = [f"« {text} » pour {name} ({counts[text]})" for text, name in known.items()]
    read = texts.map(lambda text: known.get(text, text)).astype(object)
    return table.assign(kind=read), known, [f"catégories lues : {', '.join(told)}."]


def ways_to_name(kinds: Sequence[Kind]) -> dict[str, str]:
    """By plain words how people write a kind (its name, its label, its abbreviation, their plurals), its name.

    >>> from access92.study.kinds import KINDS
    >>> ways_to_name(KINDS)["protection maternelle infantile"], ways_to_name(KINDS)["poles sociaux"]
    ('pmi', 'pole_social')
    """
    ways: dict[str, set[str]] = {}
    for kind in kinds:
        before, _, inside = kind.label.partition("(")
        for text in (kind.name, kind.label, before, inside.rstrip(") "), kind.noun):
            if not (words := plain_words(text)):
                continue
            split = words.split()
            plural = " ".join(word[:-2] + "aux" if word.endswith("al") else f"{word}s" for word in split)
            for way in (words, plural, " ".join([f"{split[0]}s", *split[1:]]), words.replace(" et ", " ")):
                ways.setdefault(way, set()).add(kind.name)
    return {way: next(iter(names)) for way, names in ways.items() if len(names) == 1}


def _ids_of_names(table: pd.DataFrame) -> list[str]:
    """An identifier for each service from its name, with its commune and then a number where names are alike."""
    names = [plain_words(str(name)).replace(" ", "-")[:60] or "service" for name in table["name"]]
    if "commune" in table.columns:
        towns = [plain_words(str(town)).replace(" ", "-") for town in table["commune"]]
        names = [
            f"{name}-{town}" if names.count(name) > 1 and town else name
            for name, town in zip(names, towns, strict=True)
        ]
    # a number that no other name ends with: « PMI », « PMI », « PMI 2 » are pmi, pmi-3, pmi-2
    taken = set(names)
    seen: set[str] = set()
    ids = []
    for name in names:
        made, number = name, 1
        while made in seen or (number > 1 and made in taken):
            number += 1
            made = f"{name}-{number}"
        seen.add(made)
        ids.append(made)
    return ids
