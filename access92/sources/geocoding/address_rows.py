"""A row of a table of addresses: what it says, what was found for it, what will be written of its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from access92.sources.geocoding.matching import Found, NotFound
from access92.sources.geocoding.online import AskedAddress
from access92.sources.office.meanings import plain_words

PLACE_COLUMNS = ("lon", "lat", "position_basis", "position_uncertainty_m")
SOURCE_COLUMN = "geocode_adresse_source"
MATCH_COLUMNS = (
    "geocode_adresse", "geocode_correspondance", "geocode_score", SOURCE_COLUMN, "geocode_lon", "geocode_lat",
)  # fmt: skip
"""What was found, for which address of the source, and where: what a person changed from it is seen."""

MARKS_COLUMN = "geocode_empreintes"
"""Marks of what the program wrote in the row (:mod:`access92.sources.geocoding.written_cells`); empty in a row that a
person added."""

BY_HAND = "corrigée à la main"
_SURE_SCORE = 0.95
ADDRESS_PARTS = ("number", "address", "postcode", "commune_insee", "commune")


@dataclass(slots=True)
class AddressRow:
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
    marks: set[str] = field(default_factory=set)  # of what the program wrote in its cells
    own: dict[str, str] = field(default_factory=dict)  # what a person wrote over its place, by heading

    @property
    def is_placed(self) -> bool:
        """Whether it has a place."""
        return bool(np.isfinite(self.lon) and np.isfinite(self.lat))

    def part(self, column: str) -> str:
        """What it says in a column of access92; '' where the table has none."""
        return self.cells.get(self.matched.get(column, ""), "").strip()

    @property
    def asked(self) -> AskedAddress:
        """The address to look for."""
        street = f"{self.part('number')} {self.part('address')}".strip()
        return AskedAddress(
            street, _code(self.part("postcode")), _code(self.part("commune_insee")), self.part("commune")
        )

    @property
    def asked_text(self) -> str:
        """The address to look for, as one text."""
        asked = self.asked
        town = " ".join(filter(None, (asked.postcode, asked.town)))
        return ", ".join(filter(None, (asked.address, town, asked.citycode)))

    @property
    def name(self) -> str:
        """What messages call it."""
        return self.part("name") or self.part("service_id") or self.asked_text

    @property
    def key(self) -> str:
        """What tells a row from others, whatever a spreadsheet does to the zeros before it."""
        return plain_words(self.part("service_id") or self.part("name")).lstrip("0")

    @property
    def scored(self) -> str:
        """The score of what was found, as ``position_basis`` ends."""
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
            self.match = ("", f"{NOT_FOUND}{answer.reason}", "")
            return
        self.lon, self.lat = round(answer.lon, 7), round(answer.lat, 7)
        self.found_at = (self.lon, self.lat)
        self.match = (answer.label, answer.kind, _comma(answer.score))
        self.basis = f"{source_name} : {answer.kind}{self.scored}"
        self.uncertainty_m = _comma(answer.uncertainty_m)

    def written(self) -> tuple[str, ...]:
        """The texts of PLACE_COLUMNS and MATCH_COLUMNS."""
        place = self.place_cells() | self.own
        found = (*self.match, "" if self.was_placed else self.source, *map(degree_text, self.found_at))
        return (*place.values(), *found, " ".join(sorted(self.marks)))

    def place_cells(self) -> dict[str, str]:
        """The texts of PLACE_COLUMNS, as the source has them or as they were found."""
        basis, uncertainty = self.basis, self.uncertainty_m
        if self.was_placed:  # what the file says of its own places stays
            basis, uncertainty = (self.cells.get(name, "") for name in PLACE_COLUMNS[2:])
        return dict(zip(PLACE_COLUMNS, (degree_text(self.lon), degree_text(self.lat), basis, uncertainty), strict=True))


NOT_FOUND = "non trouvée : "


def table_rows(table: pd.DataFrame, matched: Mapping[str, str], degrees: np.ndarray) -> list[AddressRow]:
    """The rows of a table, each with the place that it has."""
    records = table.to_dict("records")
    rows = []
    for cells, (lon, lat) in zip(records, degrees.tolist(), strict=True):
        texts = {str(name): str(cell).strip() for name, cell in cells.items()}
        row = AddressRow(texts, matched, lon, lat, was_placed=bool(np.isfinite(lon) and np.isfinite(lat)))
        row.source = texts.get(SOURCE_COLUMN) or row.asked_text
        rows.append(row)
    return rows


def _code(text: str) -> str:
    """A postcode or INSEE code of five signs, its first zero given back."""
    text = text.removesuffix(".0").replace(" ", "")
    return f"0{text}" if re.fullmatch(r"[1-9]\d{3}", text) else text


def _comma(value: float) -> str:
    return f"{value:g}".replace(".", ",")


def degree_text(degrees: float) -> str:
    """Degrees as a French spreadsheet reads them, seven decimals at most; '' for none.

    >>> degree_text(2.25), degree_text(float("nan"))
    ('2,25', '')
    """
    return "" if np.isnan(degrees) else f"{degrees:.7f}".rstrip("0").rstrip(".").replace(".", ",")
