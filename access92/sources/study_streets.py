"""The streets of a study: read from its file or made for the demonstration, with where they come from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import geopandas as gpd
import shapely

from access92._limits import is_readable_file, readable_file
from access92.cache.fingerprints import code_fingerprint
from access92.errors import Fault, InputError, input_error
from access92.sources.demo.around import demo_surroundings
from access92.sources.demo.shipped_streets import shipped_streets
from access92.sources.demo.streets import DemoFrame, make_demo_streets, read_demo_frame
from access92.sources.places import WGS84
from access92.sources.population.footprints import FOOTPRINTS, FootprintCollector
from access92.sources.streets.cache import read_cached_streets, write_cached_streets
from access92.sources.streets.conditions import SettledStreets, settle_conditions
from access92.sources.streets.extract import ExtractCollector
from access92.sources.streets.provenance import ATTRIBUTION, LICENCE, Provenance, read_provenance
from access92.sources.streets.read import StreetsRead, read_streets
from access92.sources.streets.traffic import TrafficRules, no_traffic_rules
from access92.sources.surroundings import TABLE, Surroundings, SurroundingsCollector, no_surroundings
from access92.sources.written_numbers import written
from access92.study.files import StreetsInput
from access92.study.model import Study
from access92.study.omissions import Omission


@dataclass(frozen=True, slots=True)
class StreetsOrigin:
    """Where the streets come from; ``label``, ``licence`` and ``vintage`` are French, for the reader.

    ``attribution``: what the licence of the data asks that every reader is shown, in ``label`` too; '' where nothing.
    """

    label: str
    licence: str
    vintage: str
    is_demo: bool
    attribution: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class StudyStreets:
    """The streets table of a study, its origin, the notices of its reader, and what is known around it.

    ``omissions``: streets and restrictions that the file does not hold whole.
    ``footprints``: the buildings of an OpenStreetMap file, where the population asks for them (None elsewhere).
    ``traffic``: barriers, signals and turn restrictions of the file.
    ``surroundings``: water, woods, railways, names of places, in the CRS of ``table``.
    ``key``: the fingerprint of all that the table was made from; '' where nothing is kept.
    """

    table: gpd.GeoDataFrame
    origin: StreetsOrigin
    notices: tuple[str, ...]
    surroundings: Surroundings
    key: str = ""
    traffic: TrafficRules = field(default_factory=no_traffic_rules)
    omissions: tuple[Omission, ...] = ()
    footprints: gpd.GeoDataFrame | None = None

    @property
    def water(self) -> shapely.Geometry | None:
        """Polygons that nobody walks across, and that bar the isochrones; None where the source has none."""
        return self.surroundings.water


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
    path, extent = study.locate(settings.file), study_extent(study, areas)
    if not path.exists():
        raise input_error(
            "Le fichier des rues est introuvable.",
            f"[streets] file, {settings.file.as_posix()}",
            f"Vérifier ce chemin, ou télécharger les rues : {study.fetch_command('streets')}",
        )
    read = read_streets(
        path,
        extent=extent,
        crs=areas.crs,
        graphml_direction=settings.graphml_direction,
        cache_folder=cache_folder,
        collectors=_collectors(study, extent),
    )
    # the tags that depend on the hour are settled once, for every mode; who has none of them shares one cache
    moment = study.analysis.reference_moment
    settled = settle_conditions(read.streets, moment)
    key = read.key
    if key and settled.changed:
        key = hashlib.sha256(f"{key}|{moment.isoformat()}|{code_fingerprint(__name__)}".encode()).hexdigest()
    return StudyStreets(
        table=settled.streets, origin=origin_of_file(settings, read_provenance(path)),
        notices=(*read.notices, *_condition_notices(settled, moment)),
        surroundings=_surroundings(read), key=key, traffic=read.traffic, omissions=read.omissions,
        footprints=read.layers.get(FOOTPRINTS),
    )  # fmt: skip


def _surroundings(read: StreetsRead) -> Surroundings:
    """What the file knows around its streets; nothing where its format holds streets only."""
    table = read.layers.get(TABLE)
    return no_surroundings(read.streets.crs) if table is None else Surroundings(table)


def origin_of_file(settings: StreetsInput, provenance: Provenance) -> StreetsOrigin:
    """The origin of streets read from a file: what the study writes of it, and what OpenStreetMap's licence asks for.

    Of streets from OpenStreetMap the attribution and the licence always stand, also beside a source and a licence of
    the study's own; the vintage is the date of the data where the study writes none and the file has one.

    >>> origin = origin_of_file(StreetsInput(file="92.osm.pbf", source="Geofabrik"), Provenance(True, "2021-08-15"))
    >>> origin.label, origin.vintage
    ("Geofabrik (© les contributeurs d'OpenStreetMap, ODbL)", 'état du 15/08/2021')
    """
    label, licence, vintage = settings.source, settings.licence, settings.vintage
    if provenance.is_osm and ATTRIBUTION not in label:
        label = f"{label} ({ATTRIBUTION})" if label else ATTRIBUTION
    if provenance.is_osm and "odbl" not in licence.lower():
        licence = f"{LICENCE}, {licence}" if licence else LICENCE
    if not vintage and provenance.data_day:
        year, month, day = provenance.data_day.split("-")
        vintage = f"état du {day}/{month}/{year}"
    return StreetsOrigin(
        label=label or f"fichier {Path(settings.file or '').name}",
        licence=licence or "non précisée",
        vintage=vintage or "date non précisée par le fichier",
        is_demo=False,
        attribution=ATTRIBUTION if provenance.is_osm else "",
    )


def _condition_notices(settled: SettledStreets, moment: datetime) -> tuple[str, ...]:
    """What the conditional tags of the streets come to, in French; nothing where no street has one."""
    if not settled.changed and not settled.unread:
        return ()
    return (
        f"Restrictions conditionnelles, le {moment:%d/%m/%Y à %H:%M} : {written(settled.changed)} tronçons changés, "
        f"{written(settled.unread)} dont une condition n'est pas une heure ou ne se lit pas, et n'est pas comptée.",
    )


def asks_osm_footprints(study: Study) -> bool:
    """Whether buildings of the streets file may serve: people of squares or polygons, and no other file of buildings.

    >>> from access92.study.read import read_study
    >>> asks_osm_footprints(read_study("data/studies/sosms.toml"))
    True
    """
    settings = study.population
    return settings.method != "points" and settings.place_on in {None, "buildings"} and settings.buildings_file is None


def _collectors(study: Study, extent: shapely.Geometry) -> tuple[ExtractCollector, ...]:
    """What the pass over an OpenStreetMap file gathers beside its streets."""
    footprints = (FootprintCollector(),) if asks_osm_footprints(study) else ()
    return (SurroundingsCollector(extent), *footprints)


_DEMO_KEYS = (
    "demo_grid_file", "demo_seine_file", "demo_bridges_file", "demo_roads_file", "demo_green_file",
    "demo_stations_file",
)  # fmt: skip


def demo_files(study: Study) -> tuple[Path, ...]:
    """The files that the demonstration streets are made from, beside the areas.

    Raises
    ------
    InputError
        One of them is not there, by its key in the study.
    """
    settings = study.streets
    # defaults are where the shipped study finds them: a copy elsewhere is told which key to write
    missing = [
        Fault(
            "Un fichier des rues de démonstration est introuvable.",
            f"[streets] {key} = « {file.as_posix()} » ({'valeur par défaut' if key not in written else 'écrit'})",
            f"Écrire son chemin dans l'étude ({key}), ou donner de vraies rues (file).",
        )
        for key in _DEMO_KEYS
        for written in [settings.model_fields_set]
        for file in [getattr(settings, key)]
        if file is not None and not is_readable_file(study.locate(file))
    ]
    if missing:
        raise InputError(missing)
    files = (getattr(settings, key) for key in _DEMO_KEYS)
    return tuple(study.locate(path) for path in files if path is not None)


def read_frame(study: Study, areas: gpd.GeoDataFrame) -> DemoFrame:
    """What is real in the demonstration streets of a study, from the files that it names."""
    settings = study.streets
    roads, green, stations = settings.demo_roads_file, settings.demo_green_file, settings.demo_stations_file
    return read_demo_frame(
        areas,
        grid_file=study.locate(settings.demo_grid_file),
        seine_file=study.locate(settings.demo_seine_file),
        bridges_file=study.locate(settings.demo_bridges_file),
        roads_file=None if roads is None else study.locate(roads),
        green_file=None if green is None else study.locate(green),
        stations_file=None if stations is None else study.locate(stations),
    )


def _demo_streets(study: Study, areas: gpd.GeoDataFrame, cache_folder: Path | None) -> StudyStreets:
    settings = study.streets
    key = _demo_key(study, areas)
    frame = read_frame(study, areas)
    # those of the shipped study are shipped, and need no cache
    table = shipped_streets(frame, seed=settings.demo_seed, margin_m=settings.margin_m)
    if table is None and cache_folder is not None and (cached := read_cached_streets(cache_folder, key)) is not None:
        table = cached[0]
    if table is None:
        table = make_demo_streets(frame, seed=settings.demo_seed, margin_m=settings.margin_m)
        if cache_folder is not None and _demo_key(study, areas) == key:  # no file has changed meanwhile
            write_cached_streets(table, (), no_traffic_rules(), (), cache_folder, key)
    # roads, woods and parks drawn from OpenStreetMap carry its licence into whatever is made of them
    from_osm = settings.demo_roads_file is not None or settings.demo_green_file is not None
    label = "tracé inventé, cadre réel ; access92"
    origin = StreetsOrigin(
        label=f"rues de démonstration ({label} ; grandes rues et parcs : {ATTRIBUTION})"
        if from_osm
        else f"rues de démonstration ({label})",
        licence=LICENCE if from_osm else "MIT",
        vintage=f"graine {settings.demo_seed}",
        is_demo=True,
        attribution=ATTRIBUTION if from_osm else "",
    )
    notices = (
        "Rues de démonstration : communes, Seine et ponts réels, tracé des rues inventé. Les chiffres illustrent "
        "la méthode ; ils ne disent pas la situation réelle d'une adresse.",
    )
    around = demo_surroundings(frame, table.crs)
    return StudyStreets(table=table, origin=origin, notices=notices, surroundings=around, key=key)


def _demo_key(study: Study, areas: gpd.GeoDataFrame) -> str:
    """The fingerprint of all that the demonstration streets depend on."""
    crs = "" if areas.crs is None else areas.crs.to_wkt()
    settings = f"demo {study.streets.demo_seed} {study.streets.margin_m} {crs} {code_fingerprint(__name__)}"
    digest = hashlib.sha256(settings.encode())
    for path in demo_files(study):
        digest.update(hashlib.sha256(readable_file(path, where=str(path)).read_bytes()).digest())
    digest.update(b"".join(shapely.to_wkb(areas.geometry.to_numpy())))
    return digest.hexdigest()
