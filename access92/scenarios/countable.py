"""Which services of a table can count on a day, and why the others cannot: records, worded in an error only."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.errors import Fault
from access92.study.omissions import UncountedReason


def uncountable_reasons(services: gpd.GeoDataFrame, day: date) -> pd.Series:
    """Why each service cannot count that day, whatever the scenario (tuples of records); () where it can.

    >>> services = gpd.GeoDataFrame({"service_id": ["A"]}, geometry=[None], crs=2154)
    >>> uncountable_reasons(services, date(2024, 10, 18)).tolist()
    [(UncountedReason(code='without_position', day=None),)]
    """
    reasons: list[tuple[UncountedReason, ...]] = [()] * len(services)
    opening = pd.to_datetime(_column(services, "valid_from"))
    closing = pd.to_datetime(_column(services, "valid_to"))
    instant = pd.Timestamp(day)
    for row in np.flatnonzero(_column(services, "status").eq("planned").to_numpy(dtype=bool)):
        reasons[row] += (UncountedReason("planned"),)
    for row in np.flatnonzero((opening > instant).to_numpy()):
        reasons[row] += (UncountedReason("opens_later", opening.iloc[row].date()),)
    for row in np.flatnonzero((closing < instant).to_numpy()):
        reasons[row] += (UncountedReason("closed", closing.iloc[row].date()),)
    for row in np.flatnonzero((services.geometry.isna() | services.geometry.is_empty).to_numpy()):
        reasons[row] += (UncountedReason("without_position"),)
    return pd.Series(reasons, index=services.index, dtype=object)


def uncountable_fault(before: str, reasons: Sequence[UncountedReason], after: str, where: str, fix: str) -> Fault:
    """The fault of a scenario that needs a service that cannot count: its reasons stand between the two texts.

    >>> uncountable_fault("Impossible : ", [UncountedReason("without_position")], ".", "ici", "Le situer.").what
    'Impossible : position inconnue.'
    """
    words = {
        "planned": "annoncé, pas encore ouvert",
        "opens_later": "ouvert seulement le {day:%d/%m/%Y}",
        "closed": "fermé ou remplacé après le {day:%d/%m/%Y}",
        "without_position": "position inconnue",
        "not_chosen": "catégorie non choisie, ou service exclu",
    }
    why = ", ".join(words[reason.code].format(day=reason.day) for reason in reasons)
    return Fault(f"{before}{why}{after}", where, fix)


def _column(services: gpd.GeoDataFrame, name: str) -> pd.Series:
    return services[name] if name in services.columns else pd.Series(None, index=services.index, dtype=object)
