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
from access92.errors import Fault, InputError, OutputError, input_error
from access92.sources.geocoding.matching import Found, NotFound
from access92.sources.geocoding.online import AskedAddress
from access92.sources.office.heads import READING
from access92.sources.office.meanings import match_columns, plain_words
from access92.sources.office.other_rows import REMARKS
from access92.sources.office.service_columns import service_columns
from access92.sources.office.twins import check_twins
from access92.sources.places import WGS84, read_crs
from access92.sources.tables import place_rows, read_numbers, read_table
from access92.study.files import ServicesInput
from access92.study.kinds import KINDS

PLACE_COLUMNS = ("lon", "lat", "position_basis", "position_uncertainty_m")
SOURCE_COLUMN = "geocode_adresse_source"
MATCH_COLUMNS = (
    "geocode_adresse", "geocode_correspondance", "geocode_score", SOURCE_COLUMN, "geocode_lon", "geocode_lat",
)  # fmt: skip
"""What was found, for which address of the source, and where: what a person changed from it is seen."""

BY_HAND = "corrigée à la main"
Geocoder = Callable[[Sequence[AskedAddress]], Sequence[Found | NotFound]]
_SAME_DEGREES = 2e-6
_SURE_SCORE = 0.95
_FORMULA = re.compile(r"[=@\t\r]|[+-](?![\d.,\s]*$)")
_ADDRESS_PARTS = ("number", "address", "postcode", "commune_insee", "commune")


@dataclass(frozen=True, slots=True)
class Geocoded:
    """What became of the rows of a table: how many already had a place, were corrected by hand, found, not found.

    ``approximate`` and ``missing``: the name of each row and what to say of it; ``sentences``: how the table was read.
    """

    file: Path
    rows: int
    placed_before: int
    corrected: int
    found: int
    approximate: tuple[tuple[str, str], ...]
    missing: tuple[tuple[str, str], ...]
    sentences: tuple[str, ...] = ()


@dataclass(slots=True)
class _Row:
    """One row on its way: its cells, and what will be written of its place (texts, '' for nothing)."""

    cells: dict[str, str]
    matched: Mapping[str, str]
    lon: float
    lat: float
    was_placed: bool = False
    is_by_hand: bool = False
    answer: Found | NotFound | None = None
    basis: str = ""
    uncertainty_m: str = ""
    match: tuple[str, str, str] = ("", "", "")  # address, kind, score
    found_at: tuple[float, float] = (np.nan, np.nan)
    source: str = ""  # the address as the source has it, whatever a person made of it since

    @property
    def is_placed(self) -> bool:
        return bool(np.isfinite(self.lon) and np.isfinite(self.lat))

    def part(self, column: str) -> str:
        return self.cells.get(self.matched.get(column, ""), "").strip()

    @property
    def asked(self) -> AskedAddress:
        street = f"{self.part('number')} {self.part('address')}".strip()
        return AskedAddress(
            street, _code(self.part("postcode")), _code(self.part("commune_insee")), self.part("commune")
        )

    @property
    def asked_text(self) -> str:
        asked = self.asked
        town = " ".join(filter(None, (asked.postcode, asked.town)))
        return ", ".join(filter(None, (asked.address, town, asked.citycode)))

    @property
    def name(self) -> str:
        return self.part("name") or self.part("service_id") or self.asked_text

    @property
    def key(self) -> str:
        """What tells a row from others, whatever a spreadsheet does to the zeros before it."""
        return plain_words(self.part("service_id") or self.part("name")).lstrip("0")

    @property
    def scored(self) -> str:
        return f" (score {self.match[2]})"

    @property
    def doubt(self) -> str:
        """What to check of a place that was found, '' where it is sure."""
        if not isinstance(self.answer, Found) or (self.match[1] == "numéro" and self.answer.score >= _SURE_SCORE):
            return ""
        label, kind, score = self.match
        return f"« {self.asked_text} » : {kind}, « {label} » (score {score})"

    def take(self, answer: Found | NotFound, source_name: str) -> None:
        """Note what was found."""
        self.answer = answer
        if isinstance(answer, NotFound):
            self.match = ("", f"{_NOT_FOUND}{answer.reason}", "")
            return
        self.lon, self.lat = round(answer.lon, 7), round(answer.lat, 7)
        self.found_at = (self.lon, self.lat)
        self.match = (answer.label, answer.kind, _comma(answer.score))
        self.basis = f"{source_name} : {answer.kind}{self.scored}"
        self.uncertainty_m = _comma(answer.uncertainty_m)

    def written(self) -> tuple[str, ...]:
        """The texts of PLACE_COLUMNS and MATCH_COLUMNS."""
        basis, uncertainty = self.basis, self.uncertainty_m
        if self.was_placed:  # what the file says of its own places stays
            basis, uncertainty = (self.cells.get(name, "") for name in PLACE_COLUMNS[2:])
        place = (_place(self.lon), _place(self.lat), basis, uncertainty)
        return (*place, *self.match, "" if self.was_placed else self.source, *map(_place, self.found_at))


_NOT_FOUND = "non trouvée : "


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

    Rows that have coordinates keep them. Where ``target`` is there already, what a person corrected in it stays: a
    place (lon, lat) that is not the one that had been found, and an address that was rewritten, which is looked for
    again.
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
    plain = raw.drop(columns=list(MATCH_COLUMNS)) if is_own else raw
    settings = ServicesInput(file=source, columns=dict(columns or {}))
    matched = match_columns([str(name) for name in plain.columns], "services", written=settings.columns, where=where)
    if "address" not in matched:
        raise input_error(
            "Le tableau n'a pas de colonne d'adresses.",
            f"{where}, colonnes {', '.join(map(str, plain.columns))}",
            "Nommer une colonne « Adresse », ou dire laquelle (--column address=…).",
        )
    twins = check_twins(plain, "services", matched, decisive=_ADDRESS_PARTS, written=settings.columns, where=where)
    rows = _rows(raw, matched, _own_degrees(plain, settings, where))
    earlier, below = _earlier_rows(source if is_own else target, matched)
    _keep_corrections(rows, earlier, is_own=is_own)

    # only what has no place yet is asked for
    asked = [row for row in rows if not row.is_placed]
    for row, answer in zip(asked, geocoder([row.asked for row in asked]), strict=True):
        row.take(answer, source_name)
    _write(target, [str(name) for name in plain.columns], matched, rows, below)
    used = ("service_id", "name", *_ADDRESS_PARTS, "lon", "lat")
    told = [f"« {matched[column]} » pour {column}" for column in used if matched.get(column, column) != column]
    return Geocoded(
        file=target,
        rows=len(rows),
        placed_before=sum(row.was_placed for row in rows),
        corrected=sum(row.is_by_hand for row in rows),
        found=sum(isinstance(row.answer, Found) for row in rows),
        approximate=tuple((row.name, row.doubt) for row in rows if row.doubt),
        missing=tuple((row.name, row.answer.reason) for row in rows if isinstance(row.answer, NotFound)),
        sentences=(*sentences, *((f"{where}, colonnes lues : {', '.join(told)}.",) if told else ()), *twins),
    )


def _own_degrees(table: pd.DataFrame, settings: ServicesInput, where: str) -> np.ndarray:
    """Longitude and latitude that the rows have already (n, 2), NaN where they have none."""
    named = service_columns(table, settings, KINDS, where=where)
    has_degrees = {"lon", "lat"} <= {str(name) for name in named.table.columns}
    if not has_degrees and not named.crs:
        return np.full((len(table), 2), np.nan)
    crs = WGS84 if has_degrees else read_crs(named.crs, where=where)
    placed = place_rows(named.table, where=where, x_column=named.x_column, y_column=named.y_column, crs=crs)
    points = placed.geometry.to_crs(WGS84)
    return np.column_stack([points.x.to_numpy(), points.y.to_numpy()])


def _rows(table: pd.DataFrame, matched: Mapping[str, str], degrees: np.ndarray) -> list[_Row]:
    """The rows of a table, each with the place that it has."""
    records = table.to_dict("records")
    rows = []
    for cells, (lon, lat) in zip(records, degrees.tolist(), strict=True):
        texts = {str(name): str(cell).strip() for name, cell in cells.items()}
        row = _Row(texts, matched, lon, lat, was_placed=bool(np.isfinite(lon) and np.isfinite(lat)))
        row.source = texts.get(SOURCE_COLUMN) or row.asked_text
        rows.append(row)
    return rows


def _earlier_rows(file: Path, matched: Mapping[str, str]) -> tuple[list[_Row], Sequence[Mapping[str, str]]]:
    """The rows of the file that an earlier run wrote, and those a person wrote below; none where there is none.

    Raises
    ------
    InputError
        The file was not written by a run.
    """
    if not file.exists():
        return [], ()
    table = read_table(file, where=file.name)
    if not {*PLACE_COLUMNS, *MATCH_COLUMNS} <= {str(name) for name in table.columns}:
        raise input_error(
            "Un fichier de ce nom est déjà là, qu'aucun géocodage n'a écrit.", str(file), "Choisir un autre --output."
        )
    degrees = np.column_stack([_degrees(table[name], file.name) for name in ("lon", "lat")])
    rows = _rows(table, matched, degrees)
    found = np.column_stack([_degrees(table[name], file.name) for name in MATCH_COLUMNS[-2:]])
    for row, (lon, lat) in zip(rows, found.tolist(), strict=True):
        row.found_at = (lon, lat)
        row.match = (row.cells[MATCH_COLUMNS[0]], row.cells[MATCH_COLUMNS[1]], row.cells[MATCH_COLUMNS[2]])
        row.basis, row.uncertainty_m = row.cells["position_basis"], row.cells["position_uncertainty_m"]
    return rows, table.attrs.get(REMARKS, ())


def _degrees(column: pd.Series, where: str) -> np.ndarray:
    numbers, faults = read_numbers(column, where=where, may_be_thousands=False)
    if faults:
        raise InputError(faults)
    return numbers


def _keep_corrections(rows: Sequence[_Row], earlier: Sequence[_Row], *, is_own: bool) -> None:
    """Give rows what a person corrected of them in the file of an earlier run.

    ``is_own``: the rows are those of that file itself, whose places were found or corrected.
    """
    by_key: dict[str, list[_Row]] = {}
    for old in earlier:
        by_key.setdefault(old.key, []).append(old)
    for row in rows:
        of_key = by_key.get(row.key, [])
        same = [item for item in of_key if plain_words(item.source) == plain_words(row.source)]
        if not of_key:
            continue
        old = (same or of_key)[0]
        of_key.remove(old)
        if is_own and old.match[1]:  # not a place that the file had from the start
            row.was_placed, row.lon, row.lat = False, np.nan, np.nan
        if row.was_placed or not same:
            continue  # a place of its own, or an address that the source has changed since: looked for anew
        if plain_words(old.asked_text) != plain_words(old.source):  # rewritten in the file: that is looked for
            for column in _ADDRESS_PARTS:
                if column in row.matched:
                    row.cells[row.matched[column]] = old.part(column)
        if not old.is_placed or np.allclose((old.lon, old.lat), old.found_at, rtol=0, atol=_SAME_DEGREES):
            continue
        row.lon, row.lat, row.is_by_hand, row.found_at = old.lon, old.lat, True, old.found_at
        is_written = not old.match[1] or not old.basis.endswith(f"{old.match[1]}{old.scored}")
        row.basis = old.basis if is_written and old.basis else BY_HAND
        row.uncertainty_m = old.uncertainty_m if is_written or old.match[1].startswith(_NOT_FOUND) else ""
        row.match = (old.match[0], BY_HAND, old.match[2])


def _code(text: str) -> str:
    """A postcode or INSEE code of five signs, its first zero given back."""
    text = text.removesuffix(".0").replace(" ", "")
    return f"0{text}" if re.fullmatch(r"[1-9]\d{3}", text) else text


def _comma(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def _place(degrees: float) -> str:
    return "" if np.isnan(degrees) else f"{degrees:.7f}".rstrip("0").rstrip(".").replace(".", ",")


def _write(
    target: Path,
    headings: Sequence[str],
    matched: Mapping[str, str],
    rows: Sequence[_Row],
    below: Sequence[Mapping[str, str]],
) -> None:
    """Write the table, whole or not at all: its own columns, the place and what was found; then the rows ``below``."""
    replaced = {matched.get("lon", "lon"), matched.get("lat", "lat"), *PLACE_COLUMNS}
    kept = [name for name in headings if name not in replaced]
    try:
        with written_aside(target) as aside, aside.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
            columns = [*kept, *PLACE_COLUMNS, *MATCH_COLUMNS]
            writer.writerow(columns)
            lines = [(*(row.cells[name] for name in kept), *row.written()) for row in rows]
            if below:  # after a blank row, as they were
                lines += [("",) * len(columns), *(tuple(row.get(name, "") for name in columns) for row in below)]
            for texts in lines:
                writer.writerow([f"'{text}" if _FORMULA.match(text) else text for text in texts])
    except OSError as error:
        fault = Fault("Le fichier ne peut pas être écrit.", f"{target} ({error})", "Choisir un autre --output.")
        raise OutputError(fault) from error
