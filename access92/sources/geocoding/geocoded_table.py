"""A table of addresses with the places that were found, in a file that a person can check and correct."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.cache.store import written_aside
from access92.errors import Fault, OutputError, input_error
from access92.sources.geocoding.address_rows import (
    ADDRESS_PARTS,
    MARKS_COLUMN,
    MATCH_COLUMNS,
    PLACE_COLUMNS,
    AddressRow,
    table_rows,
)
from access92.sources.geocoding.corrections import KeptRows, keep_places, keep_written, read_earlier_file
from access92.sources.geocoding.matching import Found, NotFound
from access92.sources.geocoding.online import AskedAddress
from access92.sources.geocoding.written_cells import marks_of
from access92.sources.office.heads import READING
from access92.sources.office.meanings import in_headings, match_columns
from access92.sources.office.service_columns import service_columns
from access92.sources.office.twins import check_twins
from access92.sources.places import WGS84, read_crs
from access92.sources.tables import place_rows, read_table
from access92.study.files import ServicesInput
from access92.study.kinds import KINDS

Geocoder = Callable[[Sequence[AskedAddress]], Sequence[Found | NotFound]]
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.,\s]*$)")


@dataclass(frozen=True, slots=True)
class Geocoded:
    """What became of the rows of a table: how many already had a place, were corrected by hand, found, not found.

    ``approximate`` and ``missing``: the name of each row and what to say of it; ``sentences``: how the table was read.
    Of the file that was there: ``added`` and ``gone``, the names of rows that a person added and of those that the
    source has no more (both stay); ``by_hand``, other cells that a person wrote; ``changed``, the rows whose address
    the source has changed, looked for again.
    """

    file: Path
    rows: int
    placed_before: int
    corrected: int
    found: int
    approximate: tuple[tuple[str, str], ...]
    missing: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    by_hand: tuple[tuple[str, str], ...] = ()
    changed: tuple[tuple[str, str], ...] = ()


def geocode_table(
    source: Path,
    target: Path,
    geocoder: Geocoder,
    *,
    columns: Mapping[str, str] | None = None,
    layer: str | None = None,
    source_name: str,
) -> Geocoded:
    """Look for the addresses of a table that have no coordinates, and write the table with their places.

    Rows that have coordinates keep them. Where ``target`` is there already, what a person wrote in it stays, whatever
    the source is: a place (lon, lat) that is not the one that had been found, an address that was rewritten, which is
    looked for again, any other cell, columns and rows that were added. So do rows that the source has no more. One
    thing goes, and is told: the place of an address that the source has changed since.
    The file is CSV as a French spreadsheet opens it: « ; », decimal commas, UTF-8 with its mark.

    Parameters
    ----------
    geocoder
        Gives the place of each address, in order.
    columns
        What the user says of headings (as ``[services] columns``).
    source_name
        Where places come from, for ``position_basis``.

    Raises
    ------
    InputError
        A file that cannot be read, or has no address.
    OutputError
        The file cannot be written.
    """
    where = source.name
    raw = read_table(source, where=where, layer=layer)
    if isinstance(raw, gpd.GeoDataFrame):
        raise input_error("Ce fichier a déjà ses lieux.", where, "Donner un tableau d'adresses (CSV, XLSX, ODS).")
    if raw.empty:
        raise input_error("Le tableau est vide.", where, "Fournir au moins une ligne.")
    sentences = raw.attrs.get(READING, ())
    is_own = set(MATCH_COLUMNS) <= {str(name) for name in raw.columns}
    plain = raw.drop(columns=[*MATCH_COLUMNS, MARKS_COLUMN], errors="ignore") if is_own else raw
    settings = ServicesInput(file=source, columns=dict(columns or {}))
    matched = match_columns([str(name) for name in plain.columns], "services", written=settings.columns, where=where)
    if "address" not in matched:
        raise input_error(
            "Le tableau n'a pas de colonne d'adresses.",
            f"{where}, colonnes {', '.join(map(str, plain.columns))}",
            "Nommer une colonne « Adresse », ou dire laquelle (--column address=…).",
        )
    twins = check_twins(plain, "services", matched, decisive=ADDRESS_PARTS, written=settings.columns, where=where)
    rows = table_rows(raw, matched, _own_degrees(plain, settings, where))
    earlier = read_earlier_file(source if is_own else target, matched)
    headings = [str(name) for name in plain.columns]
    kept = KeptRows((), (), ())
    if is_own:
        keep_places(rows, earlier.rows)
    else:
        for row in rows:
            row.marks = marks_of(row.cells)
        kept = keep_written(rows, earlier)
        headings += [name for name in earlier.headings if name not in headings]
        rows += [*kept.gone, *kept.added]

    # only what has no place yet is asked for
    asked = [row for row in rows if not row.is_placed]
    for row, answer in zip(asked, geocoder([row.asked for row in asked]), strict=True):
        row.take(answer, source_name)
    # what a person gave has no mark: neither rows that were added, nor places given in the file
    by_person = {id(row) for row in kept.added}
    for row in rows:
        if id(row) not in by_person and not (is_own if row.was_placed else row.is_by_hand):
            row.marks |= marks_of(row.place_cells())
    _write(target, headings, matched, rows, earlier.below)
    used = ("service_id", "name", *ADDRESS_PARTS, "lon", "lat")
    told = [f"« {matched[column]} » pour {column}" for column in used if matched.get(column, column) != column]
    return Geocoded(
        file=target,
        rows=len(rows),
        placed_before=sum(row.was_placed for row in rows),
        corrected=sum(row.is_by_hand for row in rows),
        found=sum(isinstance(row.answer, Found) for row in rows),
        approximate=tuple((row.name, row.doubt) for row in rows if row.doubt),
        missing=tuple((row.name, row.answer.reason) for row in rows if isinstance(row.answer, NotFound)),
        added=tuple(row.name for row in kept.added),
        gone=tuple(row.name for row in kept.gone),
        by_hand=kept.by_hand,
        changed=kept.changed,
        sentences=(*sentences, *((f"{where}, colonnes lues : {', '.join(told)}.",) if told else ()), *twins),
    )


def _own_degrees(table: pd.DataFrame, settings: ServicesInput, where: str) -> np.ndarray:
    """Longitude and latitude that the rows have already (n, 2), NaN where they have none."""
    named = service_columns(table, settings, KINDS, where=where)
    has_degrees = {"lon", "lat"} <= {str(name) for name in named.table.columns}
    if not has_degrees and not named.crs:
        return np.full((len(table), 2), np.nan)
    crs = WGS84 if has_degrees else read_crs(named.crs, where=where)
    with in_headings(named.matched):
        placed = place_rows(named.table, where=where, x_column=named.x_column, y_column=named.y_column, crs=crs)
    points = placed.geometry.to_crs(WGS84)
    return np.column_stack([points.x.to_numpy(), points.y.to_numpy()])


def _write(
    target: Path,
    headings: Sequence[str],
    matched: Mapping[str, str],
    rows: Sequence[AddressRow],
    below: Sequence[Mapping[str, str]],
) -> None:
    """Write the table, whole or not at all: its own columns, the place and what was found; then the rows ``below``."""
    replaced = {matched.get("lon", "lon"), matched.get("lat", "lat"), *PLACE_COLUMNS, MARKS_COLUMN}
    kept = [name for name in headings if name not in replaced]
    try:
        with written_aside(target) as aside, aside.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
            columns = [*kept, *PLACE_COLUMNS, *MATCH_COLUMNS, MARKS_COLUMN]
            writer.writerow(columns)
            lines = [(*(row.cells.get(name, "") for name in kept), *row.written()) for row in rows]
            if below:  # after a blank row, as they were
                lines += [("",) * len(columns), *(tuple(row.get(name, "") for name in columns) for row in below)]
            for texts in lines:
                writer.writerow([f"'{text}" if _FORMULA.match(text) else text for text in texts])
    except OSError as error:
        fault = Fault("Le fichier ne peut pas être écrit.", f"{target} ({error})", "Choisir un autre --output.")
        raise OutputError(fault) from error
