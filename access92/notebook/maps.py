"""The folium map of a run: areas by the share of people covered, services, isochrones."""

from __future__ import annotations

from html import escape
from typing import cast

import folium
import geopandas as gpd
import numpy as np
from branca.element import Element, Figure
from folium.template import Template

from access92.errors import input_error, nearest_word
from access92.outputs.pages import asset_text, leaflet_css
from access92.outputs.palette import kind_signs
from access92.outputs.words.labels import kind_label
from access92.outputs.words.typography import number, percent, plain, typeset
from access92.run.results import Results
from access92.study.schemas import ANY, EVERYBODY, TOTAL

_COLOURS = ("#8c2d04", "#d97a2b", "#f3d9a8", "#a6cbe3", "#5a9bc9", "#2a6ba5", "#0d3f73")
"""From few people covered to all: brown to blue, told apart by who sees no red or green."""

_NOBODY = "#bbbbbb"
_ISOCHRONE_TOLERANCE_M = 15.0
_WGS84 = "EPSG:4326"


class _Head(Element):
    """Text in the head of the page, unchanged: branca would read it as a template."""

    _template = Template("{{ this.text }}")

    def __init__(self, text: str) -> None:
        super().__init__()
        self._name, self.text = "Head", text


def results_map(
    results: Results, *, scenario: str | None, mode: str | None, scheme: str, k: int, tiles: str | None
) -> folium.Map:
    """The map of one scenario and mode at the study's threshold; Leaflet is in it, so that it needs no internet."""
    scenario, mode = _chosen(results, scenario, mode)
    areas = _shares(results, scenario, mode)
    west, south, east, north = areas.total_bounds
    page = offline_map(tiles)
    page.fit_bounds([[south, west], [north, east]])

    limits = class_limits(areas["coverage_share"].to_numpy(dtype=float), scheme, k)
    _add_areas(page, areas, limits)
    _add_isochrone(page, results, scenario, mode)
    _add_services(page, results, scenario, mode)
    folium.LayerControl(collapsed=False).add_to(page)
    _figure(page).html.add_child(_Head(_legend(results, scenario, mode, limits)))
    return page


def offline_map(tiles: str | None) -> folium.Map:
    """An empty folium map with Leaflet inside it."""
    page = folium.Map(tiles=tiles, prefer_canvas=True)
    page.default_js, page.default_css = [], []
    head = _figure(page).header
    head.add_child(_Head(f"<style>{leaflet_css()}</style>"))
    head.add_child(_Head(f"<script>{asset_text('leaflet.js')}</script>"))
    return page


def _figure(page: folium.Map) -> Figure:
    return cast(Figure, page.get_root())


def class_limits(shares: np.ndarray, scheme: str, k: int) -> list[float]:
    """The upper limits of the classes of shares (NaN left out), ascending; each value is one where they are few."""
    try:
        import mapclassify  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise input_error(
            "Le paquet mapclassify, qui fait les classes de la carte, n'est pas installé.",
            "explore",
            'L\'installer : pip install "access92[notebook]"',
        ) from error
    schemes = {name.lower(): name for name in mapclassify.CLASSIFIERS}
    wanted = scheme.lower().replace("_", "")
    if wanted not in schemes:
        raise input_error(f"Classes inconnues : « {scheme} ».", "explore, scheme", nearest_word(wanted, schemes))
    known = shares[np.isfinite(shares)]
    if len(np.unique(known)) <= k:
        return [float(value) for value in np.unique(known)]
    return [float(value) for value in dict.fromkeys(mapclassify.classify(known, schemes[wanted], k=k).bins)]


def _chosen(results: Results, scenario: str | None, mode: str | None) -> tuple[str, str]:
    scenario = scenario or results.scenarios[0].name
    mode = mode or results.study.analysis.headline_mode
    for value, known, what in (
        (scenario, [item.name for item in results.scenarios], "Scénario inconnu"),
        (mode, list(results.study_modes), "Mode inconnu"),
    ):
        if value not in known:
            raise input_error(f"{what} : « {value} ».", f"étude « {results.study.name} »", nearest_word(value, known))
    return scenario, mode


def _shares(results: Results, scenario: str, mode: str) -> gpd.GeoDataFrame:
    """The areas (WGS 84) with their row of coverage by any service, of everybody, at the study's threshold."""
    table = results.coverage
    rows = table[
        (table["scenario"] == scenario) & (table["mode"] == mode) & (table["rule"] == ANY)
        & (table["public"] == EVERYBODY) & (table["threshold_min"] == results.study.analysis.threshold_min)
        & (table["area_id"] != TOTAL)
    ]  # fmt: skip
    columns = ["area_id", "population", "population_covered", "coverage_share"]
    areas = results.areas[["area_id", "name", "geometry"]].merge(rows[columns], on="area_id", how="left")
    return gpd.GeoDataFrame(areas, geometry="geometry", crs=results.areas.crs).to_crs(_WGS84)


def _colours(count: int) -> list[str]:
    at = np.linspace(0, len(_COLOURS) - 1, max(count, 1)).round().astype(int)
    return [_COLOURS[i] for i in at]


def _colour(share: float, limits: list[float]) -> str:
    if not np.isfinite(share) or not limits:
        return _NOBODY
    return _colours(len(limits))[min(int(np.searchsorted(limits, share - 1e-12)), len(limits) - 1)]


def _add_areas(page: folium.Map, areas: gpd.GeoDataFrame, limits: list[float]) -> None:
    told = [
        {
            "Zone": row.name_, "Habitants": number(row.population), "Couverts": number(row.population_covered),
            "Part": percent(row.coverage_share), "colour": _colour(row.coverage_share, limits),
        }
        for row in areas.rename(columns={"name": "name_"}).itertuples()
    ]  # fmt: skip
    shown = gpd.GeoDataFrame(told, geometry=areas.geometry.to_numpy(), crs=_WGS84)
    folium.GeoJson(
        shown, name="Part des habitants couverts",
        style_function=lambda item: {
            "fillColor": item["properties"]["colour"], "color": "#444444", "weight": 1, "fillOpacity": 0.75,
        },
        tooltip=folium.GeoJsonTooltip(fields=["Zone", "Habitants", "Couverts", "Part"]),
    ).add_to(page)  # fmt: skip


def _add_isochrone(page: folium.Map, results: Results, scenario: str, mode: str) -> None:
    table, threshold_min = results.isochrones, results.study.analysis.threshold_min
    rows = table[
        (table["scenario"] == scenario) & (table["mode"] == mode) & (table["rule"] == ANY) & (table["service_id"] == "")
        & (table["threshold_min"] == threshold_min) & ~table.geometry.is_empty
    ]  # fmt: skip
    if len(rows):
        shapes = rows.geometry.simplify(_ISOCHRONE_TOLERANCE_M).to_crs(_WGS84)
        folium.GeoJson(
            gpd.GeoDataFrame(geometry=shapes.to_numpy(), crs=_WGS84),
            name=typeset(f"Isochrone, moins de {plain(threshold_min)} min"), show=False,
            style_function=lambda _: {"fill": False, "color": "#000000", "weight": 2, "dashArray": "4"},
        ).add_to(page)  # fmt: skip


def _add_services(page: folium.Map, results: Results, scenario: str, mode: str) -> None:
    rows = results.access(scenario, mode).service_rows
    services, kinds = results.services.iloc[rows].to_crs(_WGS84), results.study.kinds
    signs, group = kind_signs(kinds), folium.FeatureGroup(name="Services")
    for name, kind, place in zip(services["name"], services["kind"], services.geometry, strict=True):
        folium.CircleMarker(
            [place.y, place.x], radius=5, weight=1, color="#ffffff", fill=True, fill_opacity=1,
            fill_color=signs[kind][1], tooltip=escape(f"{name} ({kind_label(kind, kinds)})"),
        ).add_to(group)  # fmt: skip
    group.add_to(page)


def _legend(results: Results, scenario: str, mode: str, limits: list[float]) -> str:
    """What the map shows, with its classes and what the licence of the streets asks for."""
    title = next(item.title for item in results.scenarios if item.name == scenario)
    lead = (
        f"{title} — {results.modes[mode].label.lower()}. Part des habitants à moins de "
        f"{plain(results.study.analysis.threshold_min)} min d'un service."
    )
    rows = "".join(
        f'<div><span style="display:inline-block;width:1em;height:1em;background:{colour}"></span> '
        f"jusqu'à {percent(limit)}</div>"
        for limit, colour in zip(limits, _colours(len(limits)), strict=True)
    )
    return (
        '<div style="position:absolute;bottom:1.5em;left:.6em;z-index:1000;background:#fff;padding:.5em .7em;'
        'max-width:17em;font:13px/1.35 sans-serif;border:1px solid #888">'
        f"<b>{escape(typeset(lead))}</b>{typeset(rows)}"
        f"<small>{escape(typeset('Rues : ' + results.origin.label))}</small></div>"
    )
