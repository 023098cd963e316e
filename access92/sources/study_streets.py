"""The streets of a study: read from its file or made for the demonstration, with where they come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import shapely

from access92._limits import readable_file
from access92.cache.fingerprints import code_fingerprint
from access92.sources.demo.streets import DemoFrame, make_demo_streets, read_demo_frame, seine_polygon
from access92.sources.places import WGS84
from access92.sources.streets.cache import read_cached_streets, write_cached_streets
from access92.sources.streets.read import read_streets
from access92.sources.streets.traffic import TrafficRules, no_traffic_rules
from access92.study.model import Study


@dataclass(frozen=True, slots=True)
class StreetsOrigin:
    """Where the streets come from; ``label``, ``licence`` and ``vintage`` are French, for the reader."""

    label: str
    licence: str
    vintage: str
    is_demo: bool


@dataclass(frozen=True, slots=True, eq=False)
class StudyStreets:
    """The streets table of a study, its origin, the notices of its reader, and the water known with it.

    ``traffic``: barriers, signals and turn restrictions of the file.
    ``water``: polygons that nobody walks across (None where the source has none), in the CRS of ``table``.
    ``key``: the fingerprint of all that the table was made from; '' where nothing is kept.
    """

    table: gpd.GeoDataFrame
    origin: StreetsOrigin
    notices: tuple[str, ...]
    water: shapely.Geometry | None
    key: str = ""
    traffic: TrafficRules = field(default_factory=no_traffic_rules)


def study_extent(study: Study, areas: gpd.GeoDataFrame) -> shapely.Geometry:
    """The study area and its margin (``streets.margin_m``), as one polygon in WGS 84."""
    around = areas.geometry.union_all().buffer(study.streets.margin_m)
    return gpd.GeoSeries([around], crs=areas.crs).to_crs(WGS84).iloc[0]


def read_study_streets(
    study: Study,
    areas: gpd.GeoDataFrame,
    *,
    cache_folder: Path | None,
) -> StudyStreets:
    """The streets of the study in the CRS of ``areas``, from the cache where they were read before.

    Raises
    ------
    InputError
        As :func:`access92.sources.streets.read.read_streets`.
    """
    settings = study.streets
    if settings.file is None:
        return _demo_streets(study, areas, cache_folder)
    read = read_streets(
        study.locate(settings.file),
        extent=study_extent(study, areas),
        crs=areas.crs,
        graphml_direction=settings.graphml_direction,
        cache_folder=cache_folder,
    )
    origin = StreetsOrigin(
        label=settings.source or f"fichier {settings.file.name}",
        licence=settings.licence or "non précisée",
        vintage=settings.vintage or "non précisé",
        is_demo=False,
    )
    return StudyStreets(
        table=read.streets, origin=origin, notices=read.notices, water=None, key=read.key, traffic=read.traffic
    )


def demo_files(study: Study) -> tuple[Path, ...]:
    """The files that the demonstration streets are made from, beside the areas."""
    settings = study.streets
    files = (
        settings.demo_grid_file, settings.demo_seine_file, settings.demo_bridges_file, settings.demo_roads_file,
        settings.demo_green_file,
    )  # fmt: skip
    return tuple(study.locate(path) for path in files if path is not None)


def read_frame(study: Study, areas: gpd.GeoDataFrame) -> DemoFrame:
    """What is real in the demonstration streets of a study, from the files that it names."""
    settings = study.streets
    roads, green = settings.demo_roads_file, settings.demo_green_file
    return read_demo_frame(
        areas,
        grid_file=study.locate(settings.demo_grid_file),
        seine_file=study.locate(settings.demo_seine_file),
        bridges_file=study.locate(settings.demo_bridges_file),
        roads_file=None if roads is None else study.locate(roads),
        green_file=None if green is None else study.locate(green),
    )


def _demo_streets(study: Study, areas: gpd.GeoDataFrame, cache_folder: Path | None) -> StudyStreets:
    settings = study.streets
    key = _demo_key(study, areas)
    frame = read_frame(study, areas)
    cached = None
    if cache_folder is not None:
        cached = read_cached_streets(cache_folder, key)
    if cached is None:
        table = make_demo_streets(frame, seed=settings.demo_seed, margin_m=settings.margin_m)
        if cache_folder is not None and _demo_key(study, areas) == key:  # no file has changed meanwhile
            write_cached_streets(table, (), no_traffic_rules(), cache_folder, key)
    else:
        table = cached[0]
    origin = StreetsOrigin(
        label="rues de démonstration (tracé inventé, cadre réel ; access92)",
        licence="MIT",
        vintage=f"graine {settings.demo_seed}",
        is_demo=True,
    )
    notices = (
        "Rues de démonstration : communes, Seine et ponts réels, tracé des rues inventé. Les chiffres illustrent "
        "la méthode ; ils ne disent pas la situation réelle d'une adresse.",
    )
    return StudyStreets(table=table, origin=origin, notices=notices, water=seine_polygon(frame), key=key)


def _demo_key(study: Study, areas: gpd.GeoDataFrame) -> str:
    """The fingerprint of all that the demonstration streets depend on."""
    crs = "" if areas.crs is None else areas.crs.to_wkt()
    settings = f"demo {study.streets.demo_seed} {study.streets.margin_m} {crs} {code_fingerprint(__name__)}"
    digest = hashlib.sha256(settings.encode())
    for path in demo_files(study):
        digest.update(hashlib.sha256(readable_file(path, where=str(path)).read_bytes()).digest())
    digest.update(b"".join(shapely.to_wkb(areas.geometry.to_numpy())))
    return digest.hexdigest()
