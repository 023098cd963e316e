"""A small invented town anywhere on earth, in the files of an office: streets, areas, people, a workbook."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
from pyproj import Geod, Transformer

SIDE = 6
BLOCK_M = 100.0


@dataclass(frozen=True, slots=True)
class NewTown:
    """Streets in squares of 100 m from a south-western corner (degrees); ``crs``: of the eastings of its services."""

    lon: float
    lat: float
    crs: int

    def place(self, east: float, north: float) -> tuple[float, float]:
        """Degrees of a place so many blocks east and north."""
        lon = self.lon + east * BLOCK_M / (111_320.0 * math.cos(math.radians(self.lat)))
        return round(lon, 7), round(self.lat + north * BLOCK_M / 110_700.0, 7)

    def metres(self, one: tuple[float, float], other: tuple[float, float]) -> float:
        """The way along the streets between two crossings, in metres on the ellipsoid."""
        geod = Geod(ellps="WGS84")
        corner = self.place(*one)[0], self.place(*other)[1]
        return float(
            geod.line_length(*zip(self.place(*one), corner, strict=True))
            + geod.line_length(*zip(corner, self.place(*other), strict=True))
        )


def write_streets(town: NewTown, file: Path) -> Path:
    """The streets as OpenStreetMap XML."""
    number = {(i, j): 1 + i + SIDE * j for j in range(SIDE) for i in range(SIDE)}
    lines = ["<osm version='0.6'>"]
    for place, node in number.items():
        lon, lat = town.place(*place)
        lines.append(f"<node id='{node}' lon='{lon}' lat='{lat}'/>")
    rows = [[number[i, j] for i in range(SIDE)] for j in range(SIDE)]
    ways = [*rows, *map(list, zip(*rows, strict=True))]
    for way, nodes in enumerate(ways, 1):
        refs = "".join(f"<nd ref='{node}'/>" for node in nodes)
        lines.append(f"<way id='{way}'>{refs}<tag k='highway' v='residential'/></way>")
    file.write_text("\n".join([*lines, "</osm>"]), encoding="utf-8")
    return file


def write_areas(town: NewTown, file: Path, areas: dict[str, str]) -> Path:
    """Areas side by side from west to east, by code their name; each with 1,000 residents by law."""
    width = (SIDE + 1) / len(areas)
    features = []
    for at, (code, name) in enumerate(areas.items()):
        west, east = -1 + at * width, -1 + (at + 1) * width
        ring = [town.place(x, y) for x, y in ((west, -1), (east, -1), (east, SIDE), (west, SIDE), (west, -1))]
        features.append(
            {
                "type": "Feature",
                "properties": {"CODE_COM": code, "NOM_COM": name, "PMUN": 1000},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    content = {"type": "FeatureCollection", "features": features}
    file.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return file


def write_services(town: NewTown, file: Path, rows: list[tuple[Any, ...]], headings: tuple[str, ...]) -> Path:
    """A workbook with a title; rows: …, blocks east, blocks north, which become eastings and northings of the town."""
    to_metres = Transformer.from_crs(4326, town.crs, always_xy=True)
    book = openpyxl.Workbook()
    page = book.active
    page.append(["Services de proximité — état au 1er mars 2025"])
    page.append([])
    page.append(list(headings))
    for *cells, east, north in rows:
        x, y = to_metres.transform(*town.place(east, north))
        page.append([*cells, f"{x:.2f}".replace(".", ","), round(y, 2)])
    page.append([])
    page.append(["Source : inventé"])
    book.save(file)
    return file


def write_people(town: NewTown, file: Path) -> Path:
    """Ten residents at each crossing, as a French spreadsheet writes them."""
    lines = ["Longitude;Latitude;Habitants"]
    for i in range(SIDE):
        for j in range(SIDE):
            lon, lat = town.place(i, j)
            lines.append(f"{lon};{lat};10".replace(".", ","))
    file.write_text("\n".join(lines) + "\n", encoding="cp1252")
    return file
