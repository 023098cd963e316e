"""One self-contained map per scenario and mode: a folium page that asks nothing of any other host."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, cast

import folium
import geopandas as gpd
import numpy as np
import shapely
from branca.element import Element, Figure, MacroElement
from folium.template import Template

from access92.outputs.base_layer import base_layer
from access92.outputs.encoding import COARSE_CELLS, FINE_CELLS, Grid, grid_over, pack, pack_polygons, to_mercator
from access92.outputs.french import plain
from access92.outputs.map_words import area_tips, header_html, page_title, service_popups
from access92.outputs.pages import asset_text, content_policy, leaflet_css, template_text
from access92.outputs.palette import KIND_SIGNS, TimeClass, time_classes
from access92.outputs.wording import doubt, kind_label, text
from access92.results import Results
from access92.situations import Situation
from access92.tables import ANY

_TILES_HOST = "https://tile.openstreetmap.org"
_NOT_REACHED = 65_535
_AREA_TOLERANCE_M = 3.0
_CATCHMENT_TOLERANCE_M = 8.0


@dataclass(frozen=True, slots=True)
class _Shared:
    """What all the maps of a run have in common, packed once."""

    paths_grid: Grid
    places_grid: Grid
    classes: tuple[TimeClass, ...]
    people: dict[str, str]
    streets: list[str]
    water: list[list[str]]
    area_polygons: list[list[str]]
    view: list[list[float]]


class _Verbatim(Element):
    """Text put in the page as it is: branca would read it as a template."""

    _template = Template("{{ this.text }}")

    def __init__(self, verbatim: str) -> None:
        super().__init__()
        self._name = "Verbatim"
        self.text = verbatim


class _AccessLayers(MacroElement):
    """All our layers in one folium element: 40,000 places are one array, not 40,000 objects."""

    _template = Template(
        "{% macro script(this, kwargs) %}\n"
        "access92Map({{ this._parent.get_name() }}, "
        "JSON.parse(document.getElementById('a92-data').textContent));\n"
        "{% endmacro %}",
    )

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name = "AccessLayers"


def map_name(scenario: str, mode: str) -> str:
    """The file name of a map.

    >>> map_name("sst-13", "walk")
    'map_sst-13_walk.html'
    """
    return f"map_{scenario}_{mode}.html"


def write_maps(results: Results, folder: Path) -> list[Path]:
    """Write one map per situation into ``folder``; their paths, in the order of ``results.situations``."""
    shared = _share(results)
    paths = []
    for situation in results.situations:
        path = folder / map_name(situation.scenario, situation.mode)
        path.write_text(_page(results, situation, shared), encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


def _share(results: Results) -> _Shared:
    analysis = results.study.analysis
    areas, places, streets = (to_mercator(table) for table in (results.areas, results.demand, results.streets))
    extent = np.vstack([shapely.total_bounds(shapes) for shapes in (areas, places, streets)])
    bounds = (*np.nanmin(extent[:, :2], axis=0).tolist(), *np.nanmax(extent[:, 2:], axis=0).tolist())
    paths_grid, places_grid = grid_over(bounds, n_cells=COARSE_CELLS), grid_over(bounds, n_cells=FINE_CELLS)
    cells = places_grid.cells(shapely.get_coordinates(places))
    west, south, east, north = results.areas.geometry.to_crs("EPSG:4326").total_bounds.round(5).tolist()
    return _Shared(
        paths_grid=paths_grid,
        places_grid=places_grid,
        classes=time_classes(
            analysis.thresholds_min,
            headline_min=analysis.threshold_min,
            cutoff_min=analysis.cutoff_min,
        ),
        people={
            "x": pack(cells[:, 0], "<u2"),
            "y": pack(cells[:, 1], "<u2"),
            "population": pack(results.demand["population"].to_numpy(dtype=float), "<f4"),
        },
        streets=base_layer(streets, results.streets["highway"].to_numpy(), paths_grid).as_json(),
        water=pack_polygons(_water(results), paths_grid, tolerance_m=_AREA_TOLERANCE_M),
        area_polygons=pack_polygons(areas, paths_grid, tolerance_m=_AREA_TOLERANCE_M),
        view=[[south, west], [north, east]],
    )


def _water(results: Results) -> np.ndarray:
    """The water known with the streets (Web Mercator), empty where none is."""
    if results.water is None or results.water.is_empty:
        return np.array([], dtype=object)
    return np.asarray(gpd.GeoSeries([results.water], crs=results.areas.crs).to_crs("EPSG:3857").array)


def _page(results: Results, situation: Situation, shared: _Shared) -> str:
    tiles = results.study.map.tiles
    (south, west), (north, east) = shared.view
    page = folium.Map(
        location=[(south + north) / 2, (west + east) / 2],
        zoom_start=11,
        tiles=None,
        zoom_control=False,
        zoom_snap=0.25,
    )
    page.default_js, page.default_css = [], []  # nothing from a CDN: Leaflet is inlined below, the rest is not used
    if tiles:
        folium.TileLayer(f"{_TILES_HOST}/{{z}}/{{x}}/{{y}}.png", attr="© contributeurs OpenStreetMap").add_to(page)
    _AccessLayers().add_to(page)
    figure = cast("Figure", page.get_root())
    figure.title = page_title(results, situation)
    figure.header.add_child(_Verbatim(content_policy(scripts=True, tiles_host=_TILES_HOST if tiles else "")))
    figure.header.add_child(_Verbatim(f"<style>{leaflet_css()}</style>"))
    figure.header.add_child(_Verbatim(f"<script>{asset_text('leaflet.js')}</script>"))
    figure.header.add_child(_Verbatim(f"<script>{template_text('map.js')}</script>"))
    figure.html.add_child(_Verbatim(header_html(results, situation, shared.classes)))
    data = json.dumps(_data(results, situation, shared), ensure_ascii=False, separators=(",", ":"))
    safe = data.replace("<", "\\u003c")
    figure.html.add_child(_Verbatim(f'<script type="application/json" id="a92-data">{safe}</script>'))
    html = figure.render()
    return _settled(html, figure)


def _settled(html: str, figure: Figure) -> str:
    """The page with folium's random ids renamed in order, in French, and open to zooming."""
    for i, element in enumerate(_descendants(figure), start=1):
        html = html.replace(element._id, str(i))  # noqa: SLF001 - folium has no other way to name an element
    html = html.replace("<html>", '<html lang="fr">', 1)
    html = re.sub(r",\s*maximum-scale=1.0, user-scalable=no", "", html, count=1)
    # our style comes last, over those of folium
    return html.replace("</head>", f"<style>{template_text('map.css')}</style>\n</head>", 1)


def _descendants(element: Element) -> list[Element]:
    found = [element]
    for child in element._children.values():  # noqa: SLF001 - as above
        found += _descendants(child)
    return found


def _data(results: Results, situation: Situation, shared: _Shared) -> dict[str, Any]:
    study = results.study
    minutes = situation.travel_time_min.astype(np.float64)
    hundredths = np.where(np.isnan(minutes), _NOT_REACHED, np.floor(np.nan_to_num(minutes) * 100))
    nearest = np.where(situation.nearest_service < 0, _NOT_REACHED, situation.nearest_service)
    tips = area_tips(results, situation)
    kinds = [{"kind": kind, "label": kind_label(kind), "colour": colour} for kind, (_, colour) in KIND_SIGNS.items()]
    return {
        "grid": [shared.paths_grid.x0, shared.paths_grid.y0, shared.paths_grid.step],
        "fine": [shared.places_grid.x0, shared.places_grid.y0, shared.places_grid.step],
        "view": shared.view,
        "classes": [{"to": item.to_min, "colour": item.colour} for item in shared.classes],
        "people": {
            **shared.people,
            "hundredths": pack(np.minimum(hundredths, _NOT_REACHED), "<u2"),
            "service": pack(nearest, "<u2"),
        },
        "streets": shared.streets,
        "water": shared.water,
        "areas": [
            {"polygons": polygons, "html": tip} for polygons, tip in zip(shared.area_polygons, tips, strict=True)
        ],
        "catchments": _catchments(results, situation, shared),
        "kinds": kinds,
        "services": _services(results, situation),
        "tiles": None,
        "words": {
            "title": f"Carte : {study.title}",
            "areas": "Communes",
            "beyond": f"plus de {plain(study.analysis.cutoff_min)}\u00a0min, ou hors du réseau",
            "attribution": f"Rues\u00a0: {escape(results.origin.label)} | Leaflet",
        },
    }


def _catchments(results: Results, situation: Situation, shared: _Shared) -> list[dict[str, Any]]:
    """The isochrones of all the counted services together, widest first."""
    table = results.catchments
    here = table[
        (table["scenario"] == situation.scenario)
        & (table["mode"] == situation.mode)
        & (table["rule"] == ANY)
        & (table["service_id"] == "")
    ].sort_values("threshold_min", ascending=False)
    here = here[~here.geometry.is_empty]
    if here.empty:
        return []
    colours = {item.to_min: item.colour for item in shared.classes}
    polygons = pack_polygons(to_mercator(here), shared.paths_grid, tolerance_m=_CATCHMENT_TOLERANCE_M)
    return [
        {
            "label": f"Isochrone, moins de {plain(threshold)}\u00a0min",
            "colour": colours.get(threshold, "#888888"),
            "polygons": shape,
            "shown": threshold <= results.study.analysis.threshold_min,
        }
        for threshold, shape in zip(here["threshold_min"], polygons, strict=True)
    ]


def _services(results: Results, situation: Situation) -> list[dict[str, Any]]:
    services = results.services
    counted = np.zeros(len(services), dtype=bool)
    counted[situation.service_rows] = True
    places = services.geometry.to_crs("EPSG:4326")
    popups = service_popups(services, situation.mode)
    rows = []
    for i, (_, service) in enumerate(services.iterrows()):
        sign, colour = KIND_SIGNS.get(service["kind"], ("?", "#333333"))
        rows.append(
            {
                "lon": round(places.x.iloc[i], 6),
                "lat": round(places.y.iloc[i], 6),
                "kind": service["kind"],
                "name": text(service["name"]),
                "sign": sign,
                "colour": colour,
                "counted": bool(counted[i]),
                "doubt": bool(doubt(service)),
                "html": popups[i],
            }
        )
    return rows
