"""What all the maps of a run have in common, packed once: streets and what is around, areas, places, sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from access92._space import place_numbers
from access92.outputs.maps.base_layer import base_layer
from access92.outputs.maps.encoding import COARSE_CELLS, FINE_CELLS, Grid, grid_over, pack, pack_polygons, to_mercator
from access92.outputs.maps.names_layer import area_names, is_area_name, named_streets, pack_named_streets, road_names
from access92.outputs.maps.surroundings_layer import surroundings_layer
from access92.outputs.palette import UNKNOWN_KIND, kind_signs
from access92.outputs.words.labels import doubt, text
from access92.outputs.words.maps import service_sheets
from access92.outputs.words.typography import typeset
from access92.run.results import Results
from access92.travel.time_limits import NOT_REACHED_MS, limit_ms, minutes_to_ms

NOT_REACHED = 65_535
"""How the page reads a time beyond the cut-off, or no service."""

_AREA_TOLERANCE_M = 3.0

_MS_PER_HUNDREDTH = 600
"""Bounds are whole hundredths of a minute (:class:`access92.study.model.Analysis`): times cut to them keep sides."""


@dataclass(frozen=True, slots=True, eq=False)
class MapBackdrop:
    """The backdrop of every map of a run, packed once.

    ``cells``: cells of the demand points (int64, n × 2) in ``places_grid``. ``view``: south-west and north-east
    corners (degrees). ``around``: woods, railways, names, as
    :class:`~access92.outputs.maps.surroundings_layer.SurroundingsLayer` gives them, names of areas and main roads.
    ``street_names``: of every street of the areas, for the page of the run. ``service_lon_lat``: degrees (n × 2).
    ``marks``: of each service its place and sign, counted by none yet. ``sheets``: by mode what each service says.
    """

    paths_grid: Grid
    places_grid: Grid
    cells: np.ndarray
    streets: list[str]
    water: list[list[str]]
    around: dict[str, Any]
    street_names: dict[str, Any]
    area_polygons: list[list[str]]
    view: list[list[float]]
    service_lon_lat: np.ndarray
    marks: list[dict[str, Any]]
    sheets: Mapping[str, list[dict[str, Any]]]

    def as_json(self, area_tips: list[list[str]]) -> dict[str, Any]:
        """The backdrop as the page reads it; ``area_tips``: the lines that each area says."""
        return {
            "grid": self.paths_grid.as_json(),
            "fine": self.places_grid.as_json(),
            "view": self.view,
            "streets": self.streets,
            "water": self.water,
            "around": self.around,
            "areas": [
                {"polygons": polygons, "tip": tip} for polygons, tip in zip(self.area_polygons, area_tips, strict=True)
            ],
        }


def prepare_backdrop(results: Results) -> MapBackdrop:
    """Pack what the maps of a run share."""
    areas, places, streets = (to_mercator(table) for table in (results.areas, results.demand, results.streets))
    extent = np.vstack([shapely.total_bounds(shapes) for shapes in (areas, places, streets)])
    bounds = (*np.nanmin(extent[:, :2], axis=0).tolist(), *np.nanmax(extent[:, 2:], axis=0).tolist())
    paths_grid, places_grid = grid_over(bounds, n_cells=COARSE_CELLS), grid_over(bounds, n_cells=FINE_CELLS)
    service_lon_lat = shapely.get_coordinates(results.services.geometry.to_crs("EPSG:4326").array).round(6)
    west, south, east, north = results.areas.geometry.to_crs("EPSG:4326").total_bounds.round(5).tolist()
    return MapBackdrop(
        paths_grid=paths_grid,
        places_grid=places_grid,
        cells=places_grid.cells(shapely.get_coordinates(places)),
        streets=base_layer(streets, results.streets["highway"].to_numpy(), paths_grid).as_json(),
        water=pack_polygons(_water(results), paths_grid, tolerance_m=_AREA_TOLERANCE_M),
        around=_around(results, streets, paths_grid),
        street_names=pack_named_streets(named_streets(results.streets, streets, areas), paths_grid),
        area_polygons=pack_polygons(areas, paths_grid, tolerance_m=_AREA_TOLERANCE_M),
        view=[[south, west], [north, east]],
        service_lon_lat=service_lon_lat,
        marks=_marks(results, service_lon_lat),
        sheets={mode: service_sheets(results.services, mode, results.study.kinds) for mode in results.modes},
    )


def pack_minutes(minutes: np.ndarray) -> str:
    """Minutes as hundredths rounded down (so that none passes under a threshold), NOT_REACHED where NaN.

    >>> pack_minutes(np.array([19.999, 12.4])) == pack(np.array([1999, 1240]), "<u2")
    True
    """
    ms = minutes_to_ms(minutes)
    hundredths = np.where(ms == NOT_REACHED_MS, NOT_REACHED, ms // _MS_PER_HUNDREDTH)
    return pack(np.minimum(hundredths, NOT_REACHED), "<u2")


def bound_hundredths(bound_min: float | None) -> int:
    """The bound of a class as the page compares it with the times of :func:`pack_minutes`; None: nothing is beyond.

    >>> bound_hundredths(8.2), bound_hundredths(None)
    (820, 65535)
    """
    return NOT_REACHED if bound_min is None else limit_ms(bound_min) // _MS_PER_HUNDREDTH


def pack_rows(rows: np.ndarray) -> str:
    """Rows of the services as the page reads them, NOT_REACHED where negative.

    >>> pack_rows(np.array([-1])) == pack_minutes(np.array([np.nan]))
    True
    """
    return pack(np.where(rows < 0, NOT_REACHED, rows), "<u2")


def _around(results: Results, streets: np.ndarray, grid: Grid) -> dict[str, Any]:
    """What is around the streets and all that has a name: areas first, for which a place of that name makes room."""
    layer = surroundings_layer(results.surroundings, grid).as_json()
    is_area = is_area_name(results)
    layer["places"] = [row for row, is_written in zip(layer.get("places", []), is_area, strict=True) if not is_written]
    layer |= {"communes": area_names(results, grid), "roads": road_names(results.streets, streets, grid)}
    return {name: part for name, part in layer.items() if part}


def _marks(results: Results, lon_lat: np.ndarray) -> list[dict[str, Any]]:
    signs = kind_signs(results.study.kinds)
    services = results.services.drop(columns=results.services.geometry.name).to_dict("records")
    marks = []
    places = place_numbers(results.services.geometry, same_place_m=results.study.analysis.same_place_m).tolist()
    for service, place, (lon, lat) in zip(services, places, lon_lat.tolist(), strict=True):
        sign, colour = signs.get(service["kind"], UNKNOWN_KIND)
        marks.append(
            {
                "lon": lon,
                "lat": lat,
                "place": place,
                "kind": service["kind"],
                "name": typeset(text(service["name"])),
                "sign": sign,
                "colour": colour,
                "counted": False,
                "doubt": bool(doubt(service)),
            }
        )
    return marks


def _water(results: Results) -> np.ndarray:
    """The water known with the streets (Web Mercator), empty where none is."""
    if results.water is None or results.water.is_empty:
        return np.array([], dtype=object)
    return np.asarray(gpd.GeoSeries([results.water], crs=results.areas.crs).to_crs("EPSG:3857").array)
