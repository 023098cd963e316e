"""Conditional tags of streets (« no @ (Mo-Fr 07:00-09:00) ») settled at the hour of a study."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined] # its stub lacks the error

from access92.sources.streets.maxspeed import parse_maxspeed_kmh

SUFFIX = "_conditional"
"""How a column ends that says when another value of a tag holds."""

_SPEED = "maxspeed"


@dataclass(frozen=True, slots=True, eq=False)
class SettledStreets:
    """Streets as they are at one moment.

    ``changed``: streets of which a condition holds then. ``unread``: those with a condition that is no time (weight,
    weather, a kind of user) or cannot be read; the tag then stands as it is without it.
    """

    streets: gpd.GeoDataFrame
    changed: int
    unread: int


def settle_conditions(streets: gpd.GeoDataFrame, moment: datetime) -> SettledStreets:
    """The streets with each conditional tag put in place of the tag that it changes, where its condition holds.

    Of several conditions that hold the last one counts. ``moment``: on the clocks of the place, without a zone.

    Examples
    --------
    >>> import shapely
    >>> streets = gpd.GeoDataFrame(
    ...     {"access": ["", ""], "access_conditional": ["no @ (Mo-Fr 07:00-19:00)", "no @ wet"]},
    ...     geometry=[shapely.LineString([(0, 0), (1, 1)])] * 2, crs=2154)
    >>> settled = settle_conditions(streets, datetime(2024, 10, 18, 10))
    >>> settled.streets["access"].tolist(), settled.changed, settled.unread
    (['no', ''], 1, 1)

    References
    ----------
    OpenStreetMap wiki, Conditional restrictions (read 2026).
    """
    changed, unread = np.zeros(len(streets), dtype=bool), np.zeros(len(streets), dtype=bool)
    columns: dict[str, pd.Series] = {}
    for name in [str(column) for column in streets.columns if str(column).endswith(SUFFIX)]:
        # a city writes few conditions, many times each
        codes, texts = pd.factorize(streets[name], use_na_sentinel=False)
        settled = [_settle(text if isinstance(text, str) else "", moment) for text in texts]
        value = np.array([item[0] for item in settled], dtype=object)[codes]
        is_unread = np.array([item[1] for item in settled], dtype=bool)[codes]
        holds = value != ""
        unread |= is_unread
        if not holds.any():
            continue
        tag = name.removesuffix(SUFFIX)
        if tag == _SPEED:
            tag = "maxspeed_kmh"
            speeds = {text: parse_maxspeed_kmh(text) for text in set(value[holds])}
            value = np.array([speeds.get(text, np.nan) for text in value])
            holds &= np.isfinite(value)
            before = pd.to_numeric(_column(streets, tag, np.nan), errors="coerce").to_numpy(float)
            columns[tag] = pd.Series(np.where(holds, value, before).astype(float), index=streets.index)
        else:
            texts_before = _column(streets, tag, "").astype(object).to_numpy()
            columns[tag] = pd.Series(pd.Categorical(np.where(holds, value, texts_before)), index=streets.index)
        changed |= holds
    table = streets.assign(**columns) if columns else streets
    return SettledStreets(table, int(changed.sum()), int(unread.sum()))


def _column(streets: gpd.GeoDataFrame, name: str, absent: object) -> pd.Series:
    return streets[name] if name in streets.columns else pd.Series([absent] * len(streets), index=streets.index)


def _settle(text: str, moment: datetime) -> tuple[str, bool]:
    """The value that holds at a moment ('' for none), and whether a condition could not be read.

    >>> _settle("no @ (Mo-Fr 16:00-18:00); destination @ (Fr 08:00-12:00)", datetime(2024, 10, 18, 10))
    ('destination', False)
    """
    value, unread = "", False
    for part in _parts(text, ";"):
        result, at, condition = part.partition("@")
        holds = _holds(condition.strip(), moment) if at else None
        unread |= holds is None
        if holds:
            value = result.strip()
    return value, unread


def _parts(text: str, separator: str) -> Iterator[str]:
    """The parts of a text that a separator outside parentheses sets apart, blank ones left out."""
    depth, part = 0, ""
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if sign == separator and depth == 0:
            if part.strip():
                yield part.strip()
            part = ""
        else:
            part += sign
    if part.strip():
        yield part.strip()


def _holds(condition: str, moment: datetime) -> bool | None:
    """Whether a condition holds at a moment; None where it is no time, or cannot be read.

    >>> moment = datetime(2024, 10, 18, 10)
    >>> _holds("(Mo-Fr 07:00-19:00 AND weight>3.5)", moment), _holds("(Mo-Fr 07:00-09:00 AND weight>3.5)", moment)
    (None, False)
    """
    plain = condition.removeprefix("(").removesuffix(")").strip() if condition.startswith("(") else condition
    try:
        return all(OpeningHours(part.strip()).is_open(moment) for part in plain.split(" AND "))
    except ParserError:
        return None
