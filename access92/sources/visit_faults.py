"""What is wrong with visits of mobile units, wherever they come from: times, places, doubles, overlaps."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.errors import Fault, some_values
from access92.sources.places import FARTHEST_KM, misplaced


def visit_faults(
    visits: gpd.GeoDataFrame, *, near: gpd.GeoDataFrame | None, where: str, are_read: bool = True
) -> list[Fault]:
    """What is wrong with visits, wherever they come from: times, places, visits written twice or that overlap.

    ``visits``: columns VISIT_COLUMNS; its index names the visits in messages. ``near``: the areas of the study.
    ``are_read``: no cell was unreadable; else visits are not compared with one another.
    """
    faults = [*_time_faults(visits, where), *_place_faults(visits, near, where)]
    return faults if faults or not are_read else [*_double_faults(visits, where), *_overlap_faults(visits, where)]


def _time_faults(visits: gpd.GeoDataFrame, where: str) -> Iterator[Fault]:
    nameless = visits.index[visits["unit"] == ""]
    if len(nameless):
        yield Fault("Une halte n'a pas d'unité.", f"{where}, {some_values(nameless)}", "Remplir la colonne unit.")
    backwards = visits[visits["ends_at"] <= visits["starts_at"]]
    if len(backwards):
        yield Fault(
            "Une halte finit avant de commencer, ou au même instant.",
            f"{where}, {some_values(_described(visit) for visit in backwards.itertuples())}",
            "Corriger le début ou la fin ; une halte qui passe minuit s'écrit en deux lignes.",
        )


def _place_faults(visits: gpd.GeoDataFrame, near: gpd.GeoDataFrame | None, where: str) -> Iterator[Fault]:
    """Places that cannot be: outside the globe, far away, or with longitude and latitude swapped."""
    wrong = misplaced(visits.geometry, near)
    for is_wrong, what, fix in (
        (
            wrong.swapped,
            "Longitude et latitude semblent interverties : une fois échangées, la halte tombe près de la zone d'étude.",
            "Échanger les deux coordonnées (lon ≈ 2, lat ≈ 49 en Île-de-France ; GEO d'iCalendar : latitude d'abord).",
        ),
        (wrong.not_degrees, "Des coordonnées ne sont pas des degrés.", "Les convertir en degrés (WGS 84)."),
        (
            wrong.zero,
            "Une halte est à la longitude 0 et à la latitude 0 : sa position manque.",
            "Donner ses coordonnées, ou retirer la halte.",
        ),
        (
            wrong.far,
            f"Une halte est à plus de {FARTHEST_KM:.0f} km de la zone d'étude.",
            "Corriger ses coordonnées (degrés, WGS 84) ou retirer la halte.",
        ),
    ):
        if is_wrong.any():
            rows = np.flatnonzero(is_wrong)
            names = (
                f"{visits.index[row]} « {visits['name'].iloc[row]} » ({wrong.lon[row]:.4f}, {wrong.lat[row]:.4f})"
                for row in rows
            )
            yield Fault(what, f"{where}, {some_values(names)}", fix)


def _double_faults(visits: gpd.GeoDataFrame, where: str) -> Iterator[Fault]:
    twice = visits[visits.duplicated(["starts_at", "place_id"], keep="first")]
    if len(twice):
        yield Fault(
            "Une même halte est écrite deux fois.",
            f"{where}, {some_values(_described(visit) for visit in twice.itertuples())}",
            "Retirer la ligne en trop.",
        )
    moment = pd.DataFrame({"unit": _slugs(visits), "starts_at": visits["starts_at"]})
    shared = visits[visits["visit_id"].duplicated(keep=False) & ~moment.duplicated(keep=False)]
    if len(shared):
        yield Fault(
            "L'identifiant « visit_id » n'est pas unique.",
            f"{where}, valeurs {some_values(shared['visit_id'].unique())}",
            "Donner à chaque halte un identifiant différent.",
        )


def _overlap_faults(visits: gpd.GeoDataFrame, where: str) -> Iterator[Fault]:
    """A unit is at one place at a time; it may leave one place and reach the next at the same minute.

    Each visit is named once, beside the one before it that lasts longest: the cost is linear, whatever the file.
    """
    ordered = visits.assign(slug=_slugs(visits)).sort_values(["slug", "starts_at", "ends_at"], kind="stable")
    pairs = []
    # of the visits of a unit so far, the last to end, and the last to end at any other place than that one
    longest: Any = None
    longest_elsewhere: Any = None
    for visit in ordered.itertuples():
        if longest is not None and longest.slug != visit.slug:
            longest = longest_elsewhere = None
        other = longest if longest is None or longest.place_id != visit.place_id else longest_elsewhere
        if other is not None and visit.starts_at < other.ends_at:
            pairs.append(f"{other.unit} : {_described(other)} et {_described(visit)}")
        if longest is None or visit.ends_at > longest.ends_at:
            if longest is not None and longest.place_id != visit.place_id:
                longest_elsewhere = longest
            longest = visit
        elif visit.place_id != longest.place_id and (
            longest_elsewhere is None or visit.ends_at > longest_elsewhere.ends_at
        ):
            longest_elsewhere = visit
    if pairs:
        yield Fault(
            "Une même unité est en deux endroits à la fois.",
            f"{where}, {some_values(pairs)}",
            "Corriger les heures ou le nom de l'unité.",
        )


def _slugs(visits: gpd.GeoDataFrame) -> pd.Series:
    """The units, whatever their capitals and accents."""
    slugs: pd.Series = visits["unit"].map(unit_slug)
    return slugs


def _described(visit: tuple[object, ...]) -> str:
    """A row of ``itertuples`` as messages name it: « ligne 4 « allée Sainte-Lucie », 2025-09-26 11:00-19:00 »."""
    name, start, end = (getattr(visit, key) for key in ("name", "starts_at", "ends_at"))
    return f"{visit[0]} « {name} », {start:%Y-%m-%d %H:%M}-{end:%H:%M}"


def unit_slug(name: str) -> str:
    """A name in capitals without accents: « Caravane été » → CARAVANE-ETE."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Z0-9]+", "-", plain.upper()).strip("-")
