"""One self-contained map per scenario and mode: a folium page that asks nothing of any other host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from access92.outputs.degrees import Degrees
from access92.outputs.layout import new_file_in
from access92.outputs.maps.backdrop import MapBackdrop, bound_hundredths, pack_minutes, pack_rows, prepare_backdrop
from access92.outputs.maps.encoding import Grid, mercator_of_degrees, pack, pack_polygons
from access92.outputs.palette import TimeClass, kind_signs, time_classes
from access92.outputs.words.labels import kind_label
from access92.outputs.words.maps import area_tips, header_html, page_title
from access92.outputs.words.typography import plain, typeset
from access92.run.results import Results
from access92.study.schemas import ANY

_ISOCHRONE_TOLERANCE_M = 8.0


def map_name(scenario: str, mode: str) -> str:
    """The file name of a map.

    >>> map_name("sst-13", "walk")
    'map_sst-13_walk.html'
    """
    return f"map_{scenario}_{mode}.html"


def write_maps(
    results: Results, folder: Path, *, backdrop: MapBackdrop | None = None, degrees: Degrees | None = None
) -> list[Path]:
    """Write one map per situation into ``folder``; their paths, in the order of ``results.situations``.

    ``backdrop``: of :func:`access92.outputs.maps.backdrop.prepare_backdrop`, where it is there already; ``degrees``:
    those of the isochrones.
    """
    from access92.outputs.maps.page import map_page

    # what all the pages share is packed once
    backdrop = backdrop or prepare_backdrop(results)
    analysis = results.study.analysis
    classes = time_classes(analysis.thresholds_min, headline_min=analysis.threshold_min, cutoff_min=analysis.cutoff_min)
    isochrones = _isochrones(results, backdrop.paths_grid, classes, degrees or Degrees())
    population = {
        "x": pack(backdrop.cells[:, 0], "<u2"),
        "y": pack(backdrop.cells[:, 1], "<u2"),
        "population": pack(results.demand["population"].to_numpy(dtype=float), "<f4"),
    }
    # one page per scenario and mode, each complete: it is sent alone by mail
    paths = []
    for access in results.access_records:
        data = {
            **backdrop.as_json(area_tips(results, access)),
            "classes": [{"to_hundredths": bound_hundredths(item.to_min), "colour": item.colour} for item in classes],
            "people": {
                **population,
                "hundredths": pack_minutes(access.travel_time_min),
                "service": pack_rows(access.nearest_service),
            },
            "isochrones": isochrones.get((access.scenario, access.mode), []),
            "kinds": [
                {"kind": kind, "label": kind_label(kind, results.study.kinds), "colour": colour}
                for kind, (_, colour) in kind_signs(results.study.kinds).items()
            ],
            "services": service_marks(backdrop, access.mode, access.service_rows),
            "words": page_words(results),
        }
        page = map_page(
            page_title(results, access),
            header_html(results, access, classes),
            data,
            basemap=results.study.map.basemap,
        )
        path = new_file_in(folder, map_name(access.scenario, access.mode))
        path.write_text(page, encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


def page_words(results: Results) -> dict[str, str]:
    """The words that the script puts on the page."""
    return {
        "title": f"Carte : {results.study.title}",
        "areas": "Communes",
        "whole": typeset(results.study.areas.whole_name),
        "beyond": f"plus de {plain(results.study.analysis.cutoff_min)}\u00a0min, ou hors du réseau",
        "attribution": typeset(f"Rues : {results.origin.label} | Leaflet"),
    }


def service_marks(backdrop: MapBackdrop, mode: str, counted_rows: Sequence[int] | np.ndarray) -> list[dict[str, Any]]:
    """The mark of each service, in the order of the table: place, sign, sheet, whether it counts."""
    counted = np.zeros(len(backdrop.marks), dtype=bool)
    counted[counted_rows] = True
    return [
        mark | {"counted": is_counted, "sheet": sheet}
        for mark, is_counted, sheet in zip(backdrop.marks, counted.tolist(), backdrop.sheets[mode], strict=True)
    ]


def _isochrones(
    results: Results, grid: Grid, classes: Sequence[TimeClass], degrees: Degrees
) -> Mapping[tuple[str, str], list[dict[str, Any]]]:
    """By scenario and mode the isochrones of all the counted services together, widest first."""
    table = results.isochrones
    together = (table["rule"] == ANY).to_numpy() & (table["service_id"] == "").to_numpy()
    rows = table.iloc[np.flatnonzero(together & ~table.geometry.is_empty.to_numpy())]
    if rows.empty:
        return {}
    rows = rows.sort_values("threshold_min", ascending=False, kind="stable")
    shape_of = degrees.numbers(rows.geometry)  # several scenarios count the same services
    different, first = np.unique(shape_of, return_index=True)
    shapes_3857 = mercator_of_degrees(degrees.of(rows.geometry.iloc[first]))
    packed = dict(
        zip(different.tolist(), pack_polygons(shapes_3857, grid, tolerance_m=_ISOCHRONE_TOLERANCE_M), strict=True)
    )
    colours = {item.to_min: item.colour for item in classes}
    shapes: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for scenario, mode, threshold, shape in zip(
        rows["scenario"], rows["mode"], rows["threshold_min"], shape_of.tolist(), strict=True
    ):
        shapes.setdefault((scenario, mode), []).append(
            {
                "label": f"Isochrone, moins de {plain(threshold)}\u00a0min",
                "colour": colours.get(threshold, "#888888"),
                "polygons": packed[shape],
                "shown": threshold <= results.study.analysis.threshold_min,
            }
        )
    return shapes
