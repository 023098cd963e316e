"""A table of services as an office wrote it, under the names of the contract; what was matched is told in sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import Transformer

from access92.errors import input_error, some_values
from access92.sources.likely_crs import fitting_systems
from access92.sources.office.heads import READING
from access92.sources.office.meanings import match_columns, plain_words, read_meanings
from access92.sources.places import FARTHEST_KM, WGS84, distance_to_box_km
from access92.sources.tables import read_text
from access92.sources.written_numbers import parse_numbers
from access92.study.files import ServicesInput
from access92.study.kinds import Kind
from access92.study.schemas import SERVICES

EPSG_IN_HEADING = (("l93", 2154), ("lambert93", 2154), ("lambert 93", 2154), ("2154", 2154), ("rgr92", 2975))
_READ = frozenset({*SERVICES.required, *SERVICES.optional, "lon", "lat", "x", "y", "lat_lon"})
_CODES = ("postcode", "commune_insee")
_CODE_LENGTH = 5
_SAME_DEGREES = 1e-5  # a metre
_LAT_LON = re.compile(r"\s*\(?\s*(-?\d+(?:[.,]\d+)?)\s*[,;/ ]\s*(-?\d+(?:[.,]\d+)?)\s*\)?\s*")


@dataclass(frozen=True, slots=True)
class ServiceColumns:
    """``table``: with the names of the contract; ``matched``: by column the heading of the file; what to tell.

    ``x_column``, ``y_column`` and ``crs``: where places are eastings and northings, '' where they are not.
    """

    table: pd.DataFrame
    matched: dict[str, str]
    sentences: tuple[str, ...]
    x_column: str = ""
    y_column: str = ""
    crs: str = ""
    kinds: dict[str, str] = field(default_factory=dict)


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
        A heading that may be two columns or is not there; coordinates in a system that nothing tells.

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
    sentences = list(raw.attrs.get(READING, ()))
    has_places = isinstance(raw, gpd.GeoDataFrame)
    headings = [str(name) for name in raw.columns if not (has_places and name == "geometry")]
    matched = match_columns(headings, "services", written=settings.columns, where=where)
    if has_places:
        for name in ("lon", "lat", "x", "y", "lat_lon"):
            matched.pop(name, None)
    else:
        _check_twins(raw, matched, settings, where)
    every, matched = matched, _places_once(matched)
    _check_other_places(raw, every, matched, where)
    renamed = {heading: column for column, heading in matched.items() if column != heading and column not in "xy"}
    clash = [column for column in renamed.values() if column in headings]  # what the study writes wins
    table = raw.drop(columns=clash).rename(columns=renamed) if renamed else raw

    # one column of two coordinates, a number in a column of its own
    table = _split_lat_lon(table, where)
    if "number" in table.columns and "address" in table.columns and "number" in renamed.values():
        joined = read_text(table["number"]) + " " + read_text(table["address"])
        table = table.assign(address=joined.str.strip())
    guessed = {
        column: heading for column, heading in matched.items() if column not in settings.columns and column in _READ
    }
    if told := [f"« {heading} » pour {column}" for column, heading in guessed.items() if column != heading]:
        sentences.append(f"{where}, colonnes lues : {', '.join(told)}.")
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
        crs, text = _crs_of(table, x_column, y_column, settings, near, where)
        sentences += [f"{where} : {text}"] if text else []
    return ServiceColumns(table, matched, tuple(sentences), x_column, y_column, crs, known)


def _places_once(matched: dict[str, str]) -> dict[str, str]:
    """The columns of places that are used: degrees before a pair of them, before eastings and northings."""
    has_degrees = {"lon", "lat"} <= matched.keys()
    unused = {"lat_lon", "x", "y"} if has_degrees else {"x", "y"} if "lat_lon" in matched else set()
    if not has_degrees and {"x", "y"} <= matched.keys():
        unused = {"lat_lon", "lon", "lat"}
    if not {"x", "y"} <= matched.keys():
        unused |= {"x", "y"}
    return {column: heading for column, heading in matched.items() if column not in unused}


def _check_twins(raw: pd.DataFrame, matched: dict[str, str], settings: ServicesInput, where: str) -> None:
    """Refuse a second column of degrees whose numbers differ from those of the one read (a hidden one, often)."""
    for column in {"lon", "lat"} & matched.keys() - settings.columns.keys():
        ways = {plain_words(way) for way in (column, *read_meanings()["services"][column])}
        read = parse_numbers(list(read_text(raw[matched[column]])), may_be_thousands=False).numbers
        for name in raw.columns:
            if name == matched[column] or name in matched.values() or plain_words(str(name)) not in ways:
                continue
            other = parse_numbers(list(read_text(raw[name])), may_be_thousands=False).numbers
            differs = (np.abs(read - other) > _SAME_DEGREES) | (np.isnan(read) != np.isnan(other))
            if differs.any():
                raise input_error(
                    f"Deux colonnes peuvent être « {column} », et leurs valeurs diffèrent.",
                    f"{where}, colonnes « {matched[column]} » et « {name} » (l'une est peut-être masquée), lignes "
                    f"{some_values(raw.index[differs])}",
                    f'En retirer une, ou dire laquelle dans l\'étude : columns = {{ {column} = "{name}" }}.',
                )


def _check_other_places(raw: pd.DataFrame, every: dict[str, str], used: dict[str, str], where: str) -> None:
    """Refuse rows without a place in the columns that are read, and with one in columns that are not."""
    systems = [
        [every[name] for name in names]
        for names in (("lon", "lat"), ("lat_lon",), ("x", "y"))
        if set(names) <= set(every)
    ]
    read = [headings for headings in systems if set(headings) <= set(used.values())]
    others = [headings for headings in systems if headings not in read]
    if not read or not others:
        return
    filled = {
        heading: raw[heading].astype("string").fillna("").str.strip().ne("").to_numpy(dtype=bool)
        for headings in systems
        for heading in headings
    }
    has_none = ~np.any([filled[heading] for headings in read for heading in headings], axis=0)
    for headings in others:
        lost = has_none & np.all([filled[heading] for heading in headings], axis=0)
        if lost.any():
            shown, unread = (" et ".join(f"« {name} »" for name in names) for names in (read[0], headings))
            raise input_error(
                f"Des lieux ne sont écrits que dans {unread}, et c'est {shown} qui est lu.",
                f"{where}, lignes {some_values(raw.index[lost])}",
                f"Remplir {shown} sur ces lignes, ou retirer ces colonnes : {unread} sera lu.",
            )


def _split_lat_lon(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """The table with the columns lon and lat of one that holds « latitude, longitude », as open data portals do."""
    if "lat_lon" not in table.columns or {"lon", "lat"} <= {str(name) for name in table.columns}:
        return table
    texts = read_text(table["lat_lon"])
    pairs = [_LAT_LON.fullmatch(text) for text in texts]
    wrong = [line for line, text, pair in zip(table.index, texts, pairs, strict=True) if text and pair is None]
    if wrong:
        raise input_error(
            "La colonne des coordonnées ne porte pas « latitude, longitude ».",
            f"{where}, lignes {some_values(wrong)}, valeurs {some_values(texts.loc[wrong])}",
            "L'écrire « 48.8235, 2.2560 », ou donner deux colonnes, Longitude et Latitude.",
        )
    return table.assign(
        lat=[pair[1] if pair else "" for pair in pairs], lon=[pair[2] if pair else "" for pair in pairs]
    )


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


def _crs_of(
    table: pd.DataFrame,
    x_column: str,
    y_column: str,
    settings: ServicesInput,
    near: gpd.GeoDataFrame | None,
    where: str,
) -> tuple[str, str]:
    """The system of eastings and northings, and the sentence that says where it was taken from."""
    if settings.crs is not None:
        return settings.crs, ""
    heading = plain_words(x_column)
    if (named := next((code for words, code in EPSG_IN_HEADING if words in heading), None)) is not None:
        return f"EPSG:{named}", f"« {x_column} » et « {y_column} » lus en EPSG:{named}, d'après leur titre."
    numbers = [parse_numbers(list(read_text(table[name]))).numbers for name in (x_column, y_column)]
    xy = np.column_stack(numbers)
    known = xy[np.isfinite(xy).all(axis=1)]
    if len(known) and (np.abs(known) <= 180).all():  # noqa: PLR2004 - degrees
        return (
            "EPSG:4326",
            f"« {x_column} » et « {y_column} » lus en degrés (longitude, latitude), d'après leurs nombres.",
        )
    fitting = [(code, name) for code, name in fitting_systems(known) if _is_near(known, code, near)]
    if len(fitting) == 1:
        code, name = fitting[0]
        return f"EPSG:{code}", f"« {x_column} » et « {y_column} » lus en {name} (EPSG:{code}), d'après leurs nombres."
    if not len(known):
        return "EPSG:2154", ""
    shown = " ou ".join(f"{name} (EPSG:{code})" for code, name in fitting) or "aucun système connu de France"
    raise input_error(
        "Le système des coordonnées X et Y n'est pas écrit.",
        f"{where}, colonnes « {x_column} » et « {y_column} » ; d'après les nombres : {shown}",
        "L'écrire dans l'étude, partie [services] : crs = \"EPSG:2154\" pour du Lambert-93.",
    )


def _is_near(xy: np.ndarray, code: int, near: gpd.GeoDataFrame | None) -> bool:
    """Whether most of these places are near the areas in this system."""
    if near is None:
        return True
    west, south, east, north = (float(value) for value in near.to_crs(WGS84).total_bounds)
    lon, lat = Transformer.from_crs(code, WGS84, always_xy=True).transform(xy[:, 0], xy[:, 1])
    return bool(np.median(distance_to_box_km(lon, lat, (west, south, east, north))) < FARTHEST_KM)
