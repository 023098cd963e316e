"""The dated visits of mobile units that a scenario adds and removes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import geopandas as gpd
import pandas as pd
import shapely

from access92._clock import Period, to_legal_time
from access92.errors import Fault, InputError
from access92.scenarios.apply import WGS84, closest_id, double_id_faults
from access92.sources.visit_faults import visit_faults
from access92.sources.visits import place_id
from access92.study.changes import AddVisit, Change, RemoveVisit


def change_visits(
    visits: gpd.GeoDataFrame,
    changes: Sequence[Change],
    *,
    scenario: str,
    place_ids: Mapping[str, str],
    period: Period,
    near: gpd.GeoDataFrame | None = None,
) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """The dated visits after the changes, sorted by starts_at then visit_id; and the added ones, in their order.

    Parameters
    ----------
    place_ids
        By the id that a place has of itself, the ``place_id`` that it goes by where it is known already. A new place
        goes by its own id and the scenario: ``BUS@48.83000_2.25000@scenario``.
    period
        The days of the calendar: no other is looked at.
    near
        The areas of the study, as for :func:`change_services`.

    Raises
    ------
    InputError
        A visit to remove that is not there, one to add that is, one outside the days of the calendar, in a place that
        cannot be, written twice, or that has a unit in two places at once.
    """
    # in order: a visit may be removed and added anew, and each is checked against those before it
    table, added, names = visits, visits.iloc[:0], dict(place_ids)
    for change in changes:
        if not isinstance(change, AddVisit | RemoveVisit):
            continue
        where = f"scénario « {scenario} », {change.kind}"
        known = table["visit_id"].astype(str)
        if isinstance(change, RemoveVisit):
            if not (known == change.visit_id).any():
                what = f"La halte à retirer est inconnue : « {change.visit_id} »."
                fix = f"{closest_id(change.visit_id, known)} Une halte hors du calendrier ({period}) n'est pas lue."
                raise InputError(Fault(what, where, fix))
            table = table[known != change.visit_id]
            continue
        # an id twice or a day outside the calendar is an error before the row is built
        faults = double_id_faults("La halte", change.visit_id, known, where)
        if not period.first_day <= change.date <= period.last_day:
            what = f"La halte à ajouter, « {change.visit_id} », est hors du calendrier : aucune heure n'en compterait."
            fix = "Choisir une date de cette période, ou élargir celle du calendrier (first_day, last_day)."
            faults.append(Fault(what, f"{where}, le {change.date.isoformat()}, calendrier {period}", fix))
        if faults:
            raise InputError(faults)
        new_place = place_id(change.unit, change.lon, change.lat)
        # a place that the calendar has keeps its id, so that its travel times are shared
        names.setdefault(new_place, f"{new_place}@{scenario}")
        new = _stop_row(change, names[new_place], table, period.zone)
        _check_stop(new, table, near, where)
        table, added = stacked_stops(table, new), stacked_stops(added, new)
    return table.sort_values(["starts_at", "visit_id"], ignore_index=True), added


def _stop_row(change: AddVisit, place: str, table: gpd.GeoDataFrame, zone: ZoneInfo) -> gpd.GeoDataFrame:
    """An added visit, as a table of one row; its index names it in messages."""
    point = gpd.GeoSeries([shapely.Point(change.lon, change.lat)], crs=WGS84).to_crs(table.crs)
    starts_at, ends_at = to_legal_time(
        [datetime.combine(change.date, change.start), datetime.combine(change.date, change.end)], zone
    )
    row = {
        "visit_id": change.visit_id, "place_id": place, "unit": change.unit, "name": change.name,
        "starts_at": starts_at, "ends_at": ends_at, "basis": "ajoutée par le scénario",
        "position_basis": "hypothèse du scénario", "source": "", "geometry": point.iloc[0],
    }  # fmt: skip
    return gpd.GeoDataFrame([row], geometry="geometry", crs=table.crs)[list(table.columns)]


def _check_stop(new: gpd.GeoDataFrame, table: gpd.GeoDataFrame, near: gpd.GeoDataFrame | None, where: str) -> None:
    """Refuse a visit that a calendar could not hold beside the others, by the same checks."""
    together = stacked_stops(table, new)
    faults = visit_faults(together.set_axis("halte " + together["visit_id"].astype(str)), near=near, where=where)
    if faults:
        raise InputError(faults)


def stacked_stops(table: gpd.GeoDataFrame, new: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The visits of two tables, one after the other (an empty first table does not decide the types of columns)."""
    parts = [table, new] if len(table) else [new]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), geometry="geometry", crs=new.crs)
