"""Visits of mobile units, dated, from a table (CSV, GPKG…) or an iCalendar file: one checked table."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from access92._clock import PARIS, Period, to_legal_time
from access92.errors import Fault, InputError, input_error, some_values
from access92.sources.geographic_files import check_no_layer
from access92.sources.office.heads import READING
from access92.sources.office.meanings import as_headed, match_columns
from access92.sources.office.twins import check_twins
from access92.sources.places import WGS84
from access92.sources.tables import check_columns, place_rows, read_days, read_table, read_text
from access92.sources.visit_faults import unit_slug, visit_faults
from access92.study.databases import TableSource
from access92.study.omissions import Omission, omission
from access92.study.schemas import SERVICES

VISIT_COLUMNS = (
    "visit_id", "place_id", "unit", "name", "starts_at", "ends_at", "basis", "position_basis", "source", "geometry",
)  # fmt: skip
"""Columns of a table of visits: one row per dated visit; ``place_id``: shared by the visits of a unit at one place."""

ICALENDAR_ENDINGS = (".ics", ".ical", ".icalendar")
_REQUIRED = ("unit", "place", "date", "start", "end")
_DECISIVE = frozenset({"unit", "date", "start", "end", "lon", "lat"})
_FORMER_COLUMNS = {"stop": "place", "stop_id": "visit_id"}  # calendars written before « visit » go on working
_CLOCK = re.compile(r"([0-9]{1,2})\s*[:hH]\s*([0-9]{2})?(?::00)?")


def read_calendar(
    path: TableSource,
    *,
    crs: CRS,
    near: gpd.GeoDataFrame | None = None,
    period: Period | None = None,
    where: str = "",
) -> gpd.GeoDataFrame:
    """The visits of a calendar in ``crs``, sorted by starts_at then visit_id (columns VISIT_COLUMNS).

    ``starts_at`` and ``ends_at`` are instants in the zone of the period (of Paris without one); ``basis``,
    ``position_basis`` and ``source`` are text, '' where the file says nothing.

    A table has the columns unit, place (its name), lon, lat (degrees, WGS 84), date (AAAA-MM-JJ), start, end (13:30,
    13h30 or 13h; 24:00 is midnight), in the legal time of that zone; and may have visit_id, basis, position_basis,
    source. Its headings are matched by meaning: ``attrs[READING]`` says how, in French. An ``.ics`` file is read by
    :func:`access92.sources.icalendar_files.read_events`. A visit dated on a bank holiday is a visit: the calendar says
    so (in iCalendar, EXDATE takes a day out of a recurrence).

    Parameters
    ----------
    near
        The areas of the study: a visit farther than 200 km from them is refused.
    period
        Keep the visits of these days; needed where a recurrence has no end.
    where
        The file or the table, as messages name it; its path by default.

    Raises
    ------
    InputError
        With everything wrong at once: missing file or column, empty calendar, unreadable dates, a visit that ends
        before it starts, visits of one unit that overlap in two places, a visit written twice, no place, a place that
        cannot be, no visit in the period.

    Examples
    --------
    >>> file = Path("data/services/exemple_calendrier.csv")
    >>> from datetime import date
    >>> february = Period(date(2025, 2, 1), date(2025, 2, 28))
    >>> visits = read_calendar(file, crs=CRS.from_epsg(2154), period=february)
    >>> visits.loc[0, ["visit_id", "basis"]].tolist()
    ['CARAVANE-SOLIDAIRE-20250204-1000', 'exemple inventé']
    """
    return read_calendar_whole(path, crs=crs, near=near, period=period, where=where)[0]


def read_calendar_whole(
    path: TableSource,
    *,
    crs: CRS,
    near: gpd.GeoDataFrame | None = None,
    period: Period | None = None,
    where: str = "",
    layer: str | None = None,
) -> tuple[gpd.GeoDataFrame, tuple[Omission, ...]]:
    """The visits as :func:`read_calendar` gives them, and those that the period leaves out.

    ``layer``: of a file of several layers or sheets the one to read. The recurrences of an iCalendar file are laid out
    in the period only: nothing beyond it is counted.

    Raises
    ------
    InputError
        As :func:`read_calendar`.
    """
    where = where or str(path)
    faults: list[Fault] = []
    if isinstance(path, Path) and path.suffix.lower() in ICALENDAR_ENDINGS:
        from access92.sources.icalendar_files import read_events  # its libraries are slow to import, for few files

        check_no_layer(layer, where=where)
        raw = read_events(path, where=where, period=period)
    else:
        raw, faults = _read_rows(path, where, PARIS if period is None else period.zone, layer)
    if raw.empty:
        in_days = f", période {period}" if period is not None else ""
        raise input_error("Le calendrier n'a aucune halte.", where + in_days, "Donner au moins une halte.")
    visits = _conformed(raw)
    faults += visit_faults(visits, near=near, where=where, are_read=not faults)
    if faults:
        raise InputError(faults)
    visits = visits.to_crs(crs).sort_values(["starts_at", "visit_id"], kind="stable", ignore_index=True)
    readings = raw.attrs.get(READING, ())
    visits.attrs[READING] = readings
    if period is None:
        return visits, ()
    inside = _within(visits, period, where)
    inside.attrs[READING] = readings
    outside = visits[~visits["visit_id"].isin(inside["visit_id"])]
    return inside, omission("visit_outside_period", outside["visit_id"], len(visits), are_ids=True)


def visit_intervals(visits: gpd.GeoDataFrame) -> pd.DataFrame:
    """The visits as opening intervals: service_id (= place_id), starts_at, ends_at, assumed (false).

    To be put after those of :func:`access92.sources.opening_hours.opening_intervals`.
    """
    return pd.DataFrame(
        {
            "service_id": pd.Series(list(visits["place_id"]), dtype=object),
            "starts_at": visits["starts_at"].array,
            "ends_at": visits["ends_at"].array,
            "assumed": np.zeros(len(visits), dtype=bool),
        },
    )


def visit_places(visits: gpd.GeoDataFrame, *, kind: str = "mobile") -> gpd.GeoDataFrame:
    """The places of the visits as services (contract SERVICES): service_id = place_id, of this kind, sorted.

    One row per unit and place, however many visits it has: one row of the travel-time matrix serves them all. They
    count for person-hours and for coverage at a moment, never for coverage at large.
    """
    first = visits.drop_duplicates("place_id").sort_values("place_id", ignore_index=True)
    columns: dict[str, object] = {}
    for name, column_type in {**SERVICES.required, **SERVICES.optional}.items():
        if column_type == "number":
            columns[name] = np.full(len(first), np.nan)
        elif column_type == "date":
            columns[name] = pd.Series(pd.NaT, index=first.index, dtype="datetime64[us]")
        else:
            columns[name] = pd.Series("", index=first.index, dtype=object)
    columns |= {
        "service_id": first["place_id"],
        "name": (first["unit"] + " : " + first["name"]).str.removesuffix(" : ").astype(object),
        "kind": kind,
        "status": "open",
        "position_basis": first["position_basis"],
        "source": first["source"],
    }
    return gpd.GeoDataFrame(columns, geometry=first.geometry, crs=visits.crs)


def _read_rows(
    path: TableSource, where: str, zone: ZoneInfo, layer: str | None = None
) -> tuple[gpd.GeoDataFrame, list[Fault]]:
    """The rows of a table with their instants (NaT where unreadable) and what is wrong with them."""
    table = read_table(path, where=where, layer=layer)
    former = {name: present for name, present in _FORMER_COLUMNS.items() if present not in table.columns}
    readings = table.attrs.get(READING, ())
    table = table.rename(columns=former)

    # headings as an office writes them, told by the caller
    headings = [str(name) for name in table.columns if name != "geometry"]
    matched = match_columns(headings, "visits", where=where)
    readings += tuple(check_twins(table, "visits", matched, decisive=_DECISIVE, written=None, where=where))
    if told := [f"« {heading} » pour {column}" for column, heading in matched.items() if column != heading]:
        readings += (f"{where}, colonnes lues : {', '.join(told)}.",)
        table = table.rename(columns={heading: column for column, heading in matched.items()})

    # columns and coordinates are looked at together, so that one reading names all that is missing
    faults: list[Fault] = []
    placed: gpd.GeoDataFrame | None = None
    for check in (lambda: check_columns(table, _REQUIRED, where=where), lambda: place_rows(table, where=where)):
        try:
            placed = check()
        except InputError as error:
            faults += error.faults
    if placed is None or not set(_REQUIRED) <= set(table.columns):
        raise InputError(as_headed(faults, matched))

    # a date or an hour that cannot be read is a fault of its line, and leaves the others to be read
    days, _ = read_days(placed["date"], where=where, zone=zone)
    clocks = {name: _read_clock(read_text(placed[name])) for name in ("start", "end")}
    read = {"date": days, **clocks}
    fixes = {"date": "Écrire les dates AAAA-MM-JJ (2025-09-26) ou JJ/MM/AAAA (26/09/2025)."}
    for name, values in read.items():
        wrong = values.isna().to_numpy()
        if wrong.any():
            faults.append(
                Fault(
                    f"La colonne « {name} » porte une {'date' if name == 'date' else 'heure'} illisible ou vide.",
                    f"{where}, lignes {some_values(placed.index[wrong])}, valeurs {some_values(placed[name][wrong])}",
                    fixes.get(name, "Écrire les heures HH:MM, par exemple 13:30."),
                ),
            )

    # a visit without a place reaches nobody: the file is wrong, not the visit to be left out
    empty = (placed.geometry.isna() | placed.geometry.is_empty).to_numpy()
    if empty.any():
        faults.append(
            Fault(
                "Une halte n'a pas de coordonnées.",
                f"{where}, lignes {some_values(placed.index[empty])}, haltes {some_values(placed['place'][empty])}",
                "Remplir lon et lat (degrés, WGS 84), ou retirer la ligne.",
            ),
        )
    rows = placed.assign(
        starts_at=to_legal_time(days + clocks["start"], zone),
        ends_at=to_legal_time(days + clocks["end"], zone),
    )
    rows.index = pd.Index([f"ligne {line}" for line in rows.index])
    rows.attrs[READING] = readings
    return rows, as_headed(faults, matched)


def _read_clock(text: pd.Series) -> pd.Series:
    """Times of the day as durations since midnight; NaT where it is no time."""

    def minutes(clock: str) -> float:
        match = _CLOCK.fullmatch(clock)
        if match is None or (match[2] is None and ":" in clock):
            return float("nan")
        hours, past = int(match[1]), int(match[2] or 0)
        return 60 * hours + past if past < 60 and 60 * hours + past <= 24 * 60 else float("nan")  # noqa: PLR2004

    return pd.to_timedelta(pd.Series([minutes(clock) for clock in text], index=text.index), unit="min")


def place_id(unit: str, lon: float, lat: float) -> str:
    """The id of the place of a unit's visits: the same for visits within a metre.

    >>> place_id("Bus Santé Femmes", 2.25, 48.83)
    'BUS-SANTE-FEMMES@48.83000_2.25000'
    """
    return f"{unit_slug(unit)}@{lat:.5f}_{lon:.5f}"


def _conformed(raw: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The columns of the table of visits; the index still names the rows for messages."""
    text = {
        name: read_text(raw[name]) if name in raw.columns else pd.Series("", index=raw.index, dtype=object)
        for name in ("visit_id", "unit", "place", "basis", "position_basis", "source")
    }
    degrees = raw.geometry.to_crs(WGS84)
    slug = text["unit"].map(unit_slug)
    default_id = slug + "-" + raw["starts_at"].dt.strftime("%Y%m%d-%H%M").fillna("")
    places = [place_id(*place) for place in zip(text["unit"], degrees.x, degrees.y, strict=True)]
    return gpd.GeoDataFrame(
        {
            "visit_id": text["visit_id"].where(text["visit_id"] != "", default_id).astype(object),
            "place_id": pd.Series(places, index=raw.index, dtype=object),
            "unit": text["unit"],
            "name": text["place"],
            "starts_at": raw["starts_at"],
            "ends_at": raw["ends_at"],
            "basis": text["basis"],
            "position_basis": text["position_basis"],
            "source": text["source"],
        },
        geometry=raw.geometry,
        crs=raw.crs,
    )


def _within(visits: gpd.GeoDataFrame, period: Period, where: str) -> gpd.GeoDataFrame:
    inside = visits[(visits["ends_at"] > period.starts_at) & (visits["starts_at"] < period.ends_at)]
    if inside.empty:
        first, last = visits["starts_at"].iloc[0], visits["starts_at"].iloc[-1]
        raise input_error(
            "Aucune halte du calendrier ne tombe dans la période demandée.",
            f"{where}, haltes du {first:%Y-%m-%d} au {last:%Y-%m-%d}, période {period}",
            "Choisir une période où le calendrier a des haltes.",
        )
    return inside.reset_index(drop=True)
