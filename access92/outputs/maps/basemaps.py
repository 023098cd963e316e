"""Online base maps that a study may ask for: the only thing for which a page calls another host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from access92.study.types import BasemapName


@dataclass(frozen=True, slots=True)
class Basemap:
    """An online base map: its host (for the page's policy), the address of a tile ({z}, {x}, {y}), how it is called.

    ``attribution``: who made it, as its licence asks.
    """

    host: str
    path: str
    label: str
    attribution: str
    max_zoom: int

    def as_json(self) -> dict[str, str | int]:
        """What the page reads."""
        return {
            "url": self.host + self.path,
            "host": self.host.removeprefix("https://"),
            "label": self.label,
            "attribution": self.attribution,
            "max_zoom": self.max_zoom,
        }


BASEMAPS: Mapping[BasemapName, Basemap] = {
    # Géoplateforme, « Plan IGN » en WMTS, Licence Ouverte, sans clé (geoservices.ign.fr)
    "ign": Basemap(
        host="https://data.geopf.fr",
        path=(
            "/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&STYLE=normal"
            "&FORMAT=image/png&TILEMATRIXSET=PM&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}"
        ),
        label="Plan IGN",
        attribution="© IGN, Plan IGN",
        max_zoom=19,
    ),
    # tiles of the OpenStreetMap Foundation, under its tile usage policy
    "osm": Basemap(
        host="https://tile.openstreetmap.org",
        path="/{z}/{x}/{y}.png",
        label="OpenStreetMap",
        attribution="© contributeurs OpenStreetMap",
        max_zoom=19,
    ),
}
"""By the name that a study gives."""
