"""Which areas a service receives: the names that a source writes, resolved once to codes of areas."""

from __future__ import annotations

import re
import unicodedata

import geopandas as gpd
import pandas as pd

SERVED_AREAS = "served_area_ids"
"""Column of services: codes of the areas whose residents a service receives, one a line; '' for none known."""

SERVED_UNKNOWN = "served_unknown"
"""Column of services: what its ``communes_served`` names and no area has for code or name, one a line."""

SERVED_AMBIGUOUS = "served_ambiguous"
"""Column of services: names of its ``communes_served`` that several areas have, one a line; no area is meant."""

SERVED_COLUMNS = (SERVED_AREAS, SERVED_UNKNOWN, SERVED_AMBIGUOUS)

_NOTE = re.compile(r"\(([^()]*)\)")


def parse_communes(text: str) -> tuple[tuple[str, ...], str]:
    """The communes of a ``communes_served``, and its notes in parentheses, which may hold « ; » too.

    >>> parse_communes("Bagneux; Bourg-la-Reine (sites ; reste du secteur non trouvé)")
    (('Bagneux', 'Bourg-la-Reine'), 'sites ; reste du secteur non trouvé')
    >>> parse_communes("")
    ((), '')
    """
    notes = [note.strip() for note in _NOTE.findall(text)]
    names = [name.strip() for name in _NOTE.sub(" ", text).split(";")]
    return tuple(dict.fromkeys(name for name in names if name)), " ; ".join(notes)


def with_served_areas(services: gpd.GeoDataFrame, areas: pd.DataFrame) -> gpd.GeoDataFrame:
    r"""The services with the columns SERVED_COLUMNS: what their ``communes_served`` says, as codes of areas.

    A word is the code of an area, or its name, whatever the case, the accents and the shape of the apostrophe. A name
    that several areas have means none of them.

    Parameters
    ----------
    areas
        With ``area_id`` and ``name``.

    Examples
    --------
    >>> services = pd.DataFrame({"communes_served": ["Sevres; 92012; Atlantide", ""]})
    >>> areas = pd.DataFrame({"area_id": ["92072", "92012"], "name": ["Sèvres", "Boulogne-Billancourt"]})
    >>> with_served_areas(services, areas)[["served_area_ids", "served_unknown"]].iloc[0].tolist()
    ['92072\n92012', 'Atlantide']
    """
    codes = list(areas["area_id"].astype(str))
    by_name: dict[str, list[str]] = {}
    for area_id, name in zip(codes, areas["name"].astype(str), strict=True):
        by_name.setdefault(plain_name(name), []).append(area_id)
    matches = {code: [code] for code in codes}
    texts = services["communes_served"] if "communes_served" in services.columns else pd.Series("", services.index)
    columns: dict[str, list[str]] = {name: [] for name in SERVED_COLUMNS}
    for text in texts.fillna("").astype(str):
        words, _ = parse_communes(text)
        areas_of = {word: matches.get(word) or by_name.get(plain_name(word), []) for word in words}
        served = dict.fromkeys(codes[0] for codes in areas_of.values() if len(codes) == 1)
        columns[SERVED_AREAS].append("\n".join(served))
        columns[SERVED_UNKNOWN].append("\n".join(word for word, codes in areas_of.items() if not codes))
        columns[SERVED_AMBIGUOUS].append("\n".join(word for word, codes in areas_of.items() if len(codes) > 1))
    return services.assign(
        **{name: pd.Series(values, services.index, dtype=object) for name, values in columns.items()}
    )


def column_words(services: pd.DataFrame, column: str, row: int) -> tuple[str, ...]:
    """The codes or names that one of SERVED_COLUMNS lists for a row; none where the column is not there."""
    if column not in services.columns:
        return ()
    text = services[column].iloc[row]
    return tuple(text.split("\n")) if isinstance(text, str) and text else ()


def plain_name(name: str) -> str:
    """A name without accents, case, or the shape of its apostrophes.

    >>> plain_name(" L’Haÿ-les-Roses")
    "l'hay-les-roses"
    """
    letters = unicodedata.normalize("NFKD", name.replace("’", "'"))
    return "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold().strip()
