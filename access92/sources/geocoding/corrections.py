"""What a person wrote in the file of an earlier geocoding, kept whatever the source is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from access92.errors import InputError, input_error
from access92.sources.geocoding.address_rows import (
    ADDRESS_PARTS,
    BY_HAND,
    MARKS_COLUMN,
    MATCH_COLUMNS,
    NOT_FOUND,
    PLACE_COLUMNS,
    AddressRow,
    degree_text,
    table_rows,
)
from access92.sources.geocoding.written_cells import is_by_program, merge_cells
from access92.sources.office.meanings import plain_words
from access92.sources.office.other_rows import REMARKS
from access92.sources.tables import read_numbers, read_table

_SAME_DEGREES = 2e-6


@dataclass(frozen=True, slots=True)
class EarlierFile:
    """The file of an earlier run: its headings but those of the program, its rows, and those below a blank one."""

    headings: Sequence[str] = ()
    rows: Sequence[AddressRow] = ()
    below: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True, slots=True)
class KeptRows:
    """Rows of that file that the source has not: those that it had, those that a person added; cells by hand.

    ``changed``: the rows whose address the source has changed since, which are looked for again.
    """

    gone: Sequence[AddressRow]
    added: Sequence[AddressRow]
    by_hand: tuple[tuple[str, str], ...]
    changed: tuple[tuple[str, str], ...] = ()


def read_earlier_file(file: Path, matched: Mapping[str, str]) -> EarlierFile:
    """What an earlier run and then a person wrote in the file; nothing where there is none.

    Raises
    ------
    InputError
        The file was not written by a run.
    """
    if not file.exists():
        return EarlierFile()
    table = read_table(file, where=file.name)
    if not {*PLACE_COLUMNS, *MATCH_COLUMNS} <= {str(name) for name in table.columns}:
        raise input_error(
            "Un fichier de ce nom est déjà là, qu'aucun géocodage n'a écrit.", str(file), "Choisir un autre --output."
        )
    degrees = np.column_stack([_degrees(table[name], file.name) for name in ("lon", "lat")])
    rows = table_rows(table, matched, degrees)
    found = np.column_stack([_degrees(table[name], file.name) for name in MATCH_COLUMNS[-2:]])
    for row, (lon, lat) in zip(rows, found.tolist(), strict=True):
        row.found_at = (lon, lat)
        row.match = (row.cells[MATCH_COLUMNS[0]], row.cells[MATCH_COLUMNS[1]], row.cells[MATCH_COLUMNS[2]])
        row.basis, row.uncertainty_m = row.cells["position_basis"], row.cells["position_uncertainty_m"]
        row.marks = set(row.cells.get(MARKS_COLUMN, "").split())
    places = {matched.get("lon", "lon"), matched.get("lat", "lat"), *PLACE_COLUMNS, *MATCH_COLUMNS, MARKS_COLUMN}
    headings = [str(name) for name in table.columns if str(name) not in places]
    return EarlierFile(headings, rows, table.attrs.get(REMARKS, ()))


def _degrees(column: pd.Series, where: str) -> np.ndarray:
    numbers, faults = read_numbers(column, where=where, may_be_thousands=False)
    if faults:
        raise InputError(faults)
    return numbers


def keep_places(rows: Sequence[AddressRow], earlier: Sequence[AddressRow]) -> None:
    """Of the rows of such a file itself: which places were found, and which a person gave."""
    for row, old in zip(rows, earlier, strict=True):
        row.marks = old.marks
        if old.match[1]:  # not a place that the file had from the start
            row.was_placed, row.lon, row.lat = False, np.nan, np.nan
            _keep_written_place(row, old)


def keep_written(rows: Sequence[AddressRow], earlier: EarlierFile) -> KeptRows:
    """Give rows of a source what a person wrote of them in the file of an earlier run; the rows that it has more."""
    pairs, others = _paired(rows, earlier.rows)
    has_marks = any(old.marks for old in earlier.rows)
    by_hand: list[tuple[str, str]] = []
    changed: list[tuple[str, str]] = []
    for row, old in pairs:
        # the address is looked for as the file has it, unless the source has changed it since
        parts = {row.matched[column] for column in ADDRESS_PARTS if column in row.matched and not row.was_placed}
        is_same = row.was_placed or plain_words(old.source) == plain_words(row.source)
        is_rewritten = bool(parts) and plain_words(old.asked_text) != plain_words(old.source)
        if is_same and is_rewritten:
            row.cells |= {name: old.cells[name] for name in parts if name in old.cells}
        elif not is_same:
            place = f", en {degree_text(old.lon)} ; {degree_text(old.lat)}," if _is_moved(old) else ""
            lost = f"{place} n'est plus gardé" if is_rewritten or place else ""
            changed.append((row.name, f"« {row.asked_text} », au lieu de « {old.asked_text} »{lost}"))

        # any other cell that the program did not write is a person's
        if has_marks:
            cells = {name: text for name, text in row.cells.items() if name not in {*parts, *PLACE_COLUMNS}}
            merged = merge_cells(cells, old.cells, old.marks)
            row.cells |= merged.cells
            by_hand += [
                (row.name, f"{heading} « {mine} » ({'la source a changé' if has_changed else 'source'} : « {theirs} »)")
                for heading, (mine, theirs, has_changed) in merged.by_hand.items()
            ]
        row.cells |= {name: old.cells[name] for name in earlier.headings if name not in row.cells}
        if is_same:
            _keep_written_place(row, old)
    gone: list[AddressRow] = []
    added: list[AddressRow] = []
    for old in others:
        came_from_source = bool(old.marks) if has_marks else bool(old.source and old.match[1])
        (gone if came_from_source else added).append(old)
        old.was_placed = old.is_placed and not old.match[1]
        if old.match[1]:  # found by an earlier run: looked for again, unless a person moved it
            as_written, old.lon, old.lat = replace(old), np.nan, np.nan
            _keep_place(old, as_written)
    return KeptRows(gone, added, tuple(by_hand), tuple(changed))


def _keep_written_place(row: AddressRow, old: AddressRow) -> None:
    """Give a row the place that a person gave it, and what a person wrote over a place found or of the source."""
    if not row.was_placed:
        _keep_place(row, old)
    if not old.marks or row.is_by_hand:
        return
    names = PLACE_COLUMNS if row.was_placed else PLACE_COLUMNS[2:]
    texts = {name: old.cells.get(name, "") for name in names}
    row.own = {name: text for name, text in texts.items() if not is_by_program(name, text, old.marks)}
    row.is_by_hand = not row.own.keys().isdisjoint(PLACE_COLUMNS[:2])


def _paired(
    rows: Sequence[AddressRow], earlier: Sequence[AddressRow]
) -> tuple[list[tuple[AddressRow, AddressRow]], list[AddressRow]]:
    """Each row of a source with its row of the file: by id or name, best of the same address; then by address alone."""
    pairs: dict[int, AddressRow] = {}
    left = list(earlier)
    for by in ("key and address", "key", "address"):
        for at, row in enumerate(rows):
            if at in pairs:
                continue
            same = [
                old
                for old in left
                if ("key" not in by or old.key == row.key)
                and ("address" not in by or plain_words(old.source) == plain_words(row.source) != "")
            ]
            if same:
                pairs[at] = same[0]
                left = [old for old in left if old is not same[0]]
    return [(rows[at], old) for at, old in sorted(pairs.items())], left


def _is_moved(old: AddressRow) -> bool:
    """Whether a person gave the row of a file another place than the one that was found."""
    is_found = np.allclose((old.lon, old.lat), old.found_at, rtol=0, atol=_SAME_DEGREES)
    places = dict(zip(PLACE_COLUMNS[:2], map(degree_text, (old.lon, old.lat)), strict=True))
    # geocode_lon and geocode_lat may have been rewritten with it: the marks know what the program wrote
    is_own = bool(old.marks) and not all(is_by_program(name, text, old.marks) for name, text in places.items())
    return old.is_placed and bool(old.match[1]) and (is_own or not is_found)


def _keep_place(row: AddressRow, old: AddressRow) -> None:
    """Give a row the place that a person gave it in a file."""
    if not _is_moved(old):
        return
    row.lon, row.lat, row.is_by_hand, row.found_at = old.lon, old.lat, True, old.found_at
    is_written = not old.match[1] or not old.basis.endswith(f"{old.match[1]}{old.scored}")
    row.basis = old.basis if is_written and old.basis else BY_HAND
    row.uncertainty_m = old.uncertainty_m if is_written or old.match[1].startswith(NOT_FOUND) else ""
    row.match = (old.match[0], BY_HAND, old.match[2])
