"""``projet.qgz``: a QGIS project that opens ``results.gpkg`` styled, in the projection of the study."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyproj
from markupsafe import Markup

from access92.outputs.degrees import WGS84
from access92.outputs.layout import GEOPACKAGE, new_file_in, relative_link
from access92.outputs.maps.difference import changing_scenarios
from access92.outputs.pages import environment
from access92.outputs.tables.geopackage import (
    areas_layer,
    demand_layer,
    surroundings_layers,
)
from access92.outputs.tables.qgis_layers import (
    areas_style,
    changes_style,
    demand_style,
    isochrones_style,
    outline_style,
    services_style,
    surroundings_styles,
)
from access92.outputs.tables.qgis_styles import Style, qml
from access92.run.results import Results

PROJECT = "projet.qgz"
_ZIP_DAY = (1980, 1, 1, 0, 0, 0)  # no clock decides a byte
_MARGIN_SHARE = 0.04
_SRS_IDS = {"EPSG:2154": 145, "EPSG:4326": 3452}  # QGIS's own numbers; of others the authority and the WKT decide
_OTHER_SRS_ID = 1
_GEOMETRY = {"marker": ("Point", "Point"), "fill": ("Polygon", "MultiPolygon")}


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer of the project: its name in the legend, its style, and whether it is shown when the project opens."""

    name: str
    style: Style
    is_checked: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A group of layers, the top one first."""

    name: str
    layers: tuple[Layer, ...]
    is_checked: bool = True


def write_project(results: Results, folder: Path) -> Path:
    """Write ``projet.qgz``, which names ``results.gpkg`` by a relative path; its path."""
    path = new_file_in(folder, PROJECT)
    info = zipfile.ZipInfo(f"{path.stem}.qgs", _ZIP_DAY)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, project_xml(results))
    return path


def project_xml(results: Results) -> str:
    """The project as QGIS 3.22 and newer read it.

    The first scenario by the headline mode is shown; the others wait, a group each. Services that a scenario supposes
    are outlines.
    """
    west, south, east, north = (float(side) for side in results.areas.total_bounds)
    margin = _MARGIN_SHARE * max(east - west, north - south)
    columns = _columns(results)
    number = 0
    groups = []
    for group in project_groups(results):
        layers = []
        for layer in group.layers:
            if layer.style.layer not in columns:
                continue
            number += 1
            layers.append(_written(layer, columns[layer.style.layer], number))
        groups.append({"name": group.name, "is_checked": group.is_checked, "layers": layers})
    return environment().get_template("qgis/project.qgs.j2").render(
        title=results.study.title,
        project_crs=_crs(pyproj.CRS.from_user_input(results.areas.crs)),
        layer_crs=_crs(pyproj.CRS.from_user_input(WGS84)),
        groups=groups,
        streets="Rues de démonstration" if results.origin.is_demo else results.origin.label,
        attribution=results.origin.attribution,
        bounds=[round(side, 1) for side in (west - margin, south - margin, east + margin, north + margin)],
    )  # fmt: skip


def project_groups(results: Results) -> list[Group]:
    """The groups and their layers, as the legend lists them."""
    mode, (first, *others) = results.study.analysis.headline_mode, results.scenarios
    changing = [(item.name, by) for item, by in changing_scenarios(results)]
    groups = [
        Group(
            f"{first.title} (référence)",
            (
                Layer("Services comptés", services_style(results, first.name), is_checked=True),
                Layer("Communes : limites et noms", outline_style(results), is_checked=True),
                Layer("Lieux d'habitation : temps de trajet", demand_style(results, first.name, mode), is_checked=True),
                Layer("Communes : part couverte", areas_style(results, first.name, mode)),
                Layer("Isochrones", isochrones_style(results, first.name, mode)),
            ),
        )
    ]
    for item in others:
        layers = [
            Layer("Services comptés", services_style(results, item.name), is_checked=True),
            *(
                Layer(
                    "Ce qui change",
                    changes_style(results, item.name, by, item.title, is_default=False),
                    is_checked=True,
                )
                for name, by in changing
                if name == item.name
            ),
            Layer("Lieux d'habitation : temps de trajet", demand_style(results, item.name, mode)),
        ]
        groups.append(Group(item.title, tuple(layers), is_checked=False))
    groups.append(Group("Fond", tuple(Layer(style.name, style, is_checked=True) for style in surroundings_styles())))
    return groups


def _columns(results: Results) -> dict[str, list[str]]:
    """By layer of the GeoPackage its columns."""
    layers = {
        "services": [*results.services.columns, "streets_origin"],
        "demand": list(demand_layer(results).columns),
        "areas": list(areas_layer(results).columns),
        "isochrones": ["scenarios", "mode", "rule", "service_id", "threshold_min", "area_km2"],
    }
    if len(results.changes.changed):
        layers["changes"] = [*results.changes.changed.columns, "streets_origin"]
    return layers | {name: list(layer.columns) for name, layer in surroundings_layers(results).items()}


def _written(layer: Layer, columns: Sequence[str], number: int) -> dict[str, object]:
    """A layer as the template reads it; its style is that of the GeoPackage, without the frame of a style file."""
    geometry, wkb_type = _GEOMETRY[layer.style.rules[0].symbol]
    return {
        "id": f"access92_{number:03d}_{layer.style.layer}",
        "name": layer.name,
        "description": layer.style.description,
        "source": f"./{relative_link(PROJECT, GEOPACKAGE)}|layername={layer.style.layer}",
        "geometry": geometry,
        "wkb_type": wkb_type,
        "has_label": layer.style.label is not None,
        "is_checked": layer.is_checked,
        "style": Markup(_inside(qml(layer.style, columns))),  # noqa: S704 - escaped when it was made
    }


def _inside(style: str) -> str:
    """What a style file holds between its outer tags, without the type of geometry, which the layer says."""
    start, end = style.index("<qgis "), style.rindex("<layerGeometryType>")
    return style[style.index(">", start) + 1 : end].strip("\n")


def _crs(crs: pyproj.CRS) -> dict[str, object]:
    authority = crs.to_authority()
    authid = ":".join(authority) if authority else ""
    return {
        "wkt": crs.to_wkt(),
        "authid": authid,
        "srid": authority[1] if authority and authority[0] == "EPSG" else "",
        "srsid": _SRS_IDS.get(authid, _OTHER_SRS_ID if authid else 0),
        "name": crs.name,
        "is_geographic": crs.is_geographic,
    }


def checked_layers(groups: Iterable[Group]) -> list[Layer]:
    """The layers that are shown when the project opens."""
    return [layer for group in groups if group.is_checked for layer in group.layers if layer.is_checked]
