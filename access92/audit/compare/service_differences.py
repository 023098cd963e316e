"""What differs in the services that two runs counted."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from pyproj import Geod

from access92.audit.compare import stages
from access92.audit.values import InputDifference, ServiceDifference

SAME_M = 0.000_05
"""Nearer, two positions are one: degrees of the tables have nine decimals, a tenth of a millimetre."""


def service_differences(
    a: pd.DataFrame,
    b: pd.DataFrame,
    inputs: Sequence[InputDifference],
    *,
    mobile: Collection[str] = ("mobile",),
) -> Iterator[ServiceDifference]:
    """The services that differ between two tables of services (all as text): first those of A, in its order.

    ``mobile``: the kinds of the places of mobile units.

    >>> row = {"service_id": "S1", "name": "PMI", "kind": "pmi", "lon": "2.25", "lat": "48.9", "scenarios": "s"}
    >>> before, after = pd.DataFrame([row]), pd.DataFrame([row | {"lat": "48.901"}])
    >>> [(item.service_id, item.change, item.moved_m) for item in service_differences(before, after, [])]
    [('S1', 'moved', 111.20781)]
    """
    # a service moved or retyped by a scenario has a second row under its id: the rank tells them apart
    before, after = (
        {(row["service_id"], number): row for row, number in zip(table.to_dict("records"), numbers, strict=True)}
        for table, numbers in ((table, table.groupby("service_id").cumcount()) for table in (a, b))
    )
    # a place of visits is explained by the calendar, a service by the services file; a snap by streets too
    counted = (stages.SCENARIO, stages.EVERYTHING, stages.SOFTWARE)
    linked = (stages.STREETS, stages.MODE_NETWORK, stages.SNAPPING, stages.SCENARIO, stages.EVERYTHING, stages.SOFTWARE)
    of_services, of_visits = (
        tuple(item.key for item in inputs if item.stage in (stage, *counted) or item.dimension == "scenario")
        for stage in (stages.SERVICES, stages.VISITS)
    )
    linking = tuple(item.key for item in inputs if item.stage in linked)
    for key in (*before, *(key for key in after if key not in before)):
        old, new = before.get(key), after.get(key)
        entry = new or old or {}
        name = (str(entry["service_id"]), str(entry["name"]))
        is_visit = entry["kind"] in mobile and not entry["scenarios"]  # a place of visits: no scenario counts it
        listing = of_visits if is_visit else of_services
        # in one run only: its other fields have nothing to be compared with
        if old is None or new is None:
            facts = {field: str(entry[field]) for field in ("kind", "lon", "lat", "scenarios")}
            if old is None:
                yield ServiceDifference(*name, "added", None, {}, facts, listing)
            else:
                yield ServiceDifference(*name, "removed", None, facts, {}, listing)
            continue
        moved_m = _distance_m(old, new)
        if moved_m:
            places = [{field: str(row[field]) for field in ("lon", "lat")} for row in (old, new)]
            yield ServiceDifference(*name, "moved", moved_m, places[0], places[1], listing)
        # a snap that moves with its service is no change of its own
        fields: dict[str, list[str]] = {}
        for field in (str(field) for field in old if field in new and _differ(old[field], new[field])):
            fields.setdefault(_kind_of_change(field), []).append(field)
        for change in ("recounted", "edited", "resnapped"):
            if change in fields and not (change == "resnapped" and moved_m):
                was, now = ({field: str(row[field]) for field in fields[change]} for row in (old, new))
                yield ServiceDifference(*name, change, None, was, now, linking if change == "resnapped" else listing)


def compared_fields(services: pd.DataFrame) -> set[str]:
    """The columns of a table of services that :func:`service_differences` compares."""
    return {str(name) for name in services.columns if name in ("lon", "lat") or _kind_of_change(str(name))}


def _differ(old: str, new: str) -> bool:
    """Whether two fields differ: as numbers where both are (a column writes 250 or 250.0), else as text.

    >>> _differ("250", "250.0"), _differ("250", ""), _differ("a", "b")
    (False, True, True)
    """
    if old == new:
        return False
    try:
        return float(old) != float(new)
    except ValueError:
        return True


def _kind_of_change(field: str) -> str:
    """What it means that a field of a service differs; '' where it is reported otherwise."""
    if field in ("lon", "lat", "streets_origin", "snap_m"):
        return ""
    if field == "scenarios":
        return "recounted"
    return "resnapped" if field.startswith("snap_m_") else "edited"


def _distance_m(old: Mapping[Any, Any], new: Mapping[Any, Any]) -> float:
    """How far a service moved, in metres; 0 for less than a tenth of a millimetre."""
    if (old["lon"], old["lat"]) == (new["lon"], new["lat"]):
        return 0.0
    lons, lats = ([float(row[field] or "nan") for row in (old, new)] for field in ("lon", "lat"))
    metres = float(Geod(ellps="WGS84").line_length(lons, lats))
    return 0.0 if metres <= SAME_M else round(metres, 6)
