"""The steps that write the files of a run; each imports what it writes with, in the process where it writes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from access92.outputs.degrees import Degrees
from access92.outputs.slides.drawn_streets import is_drawn
from access92.outputs.tables.made_tables import MadeTables
from access92.run.results import Results
from access92.study.schemas import ANY


@dataclass(frozen=True, slots=True)
class Target:
    """Where to write, the study as the user named it (for « how to reproduce »), and by how many threads a step may.

    ``degrees``: those of the isochrones, and ``tables``: those of several files, for the steps that one process writes.
    """

    folder: Path
    study_path: Path | None = None
    threads: int = 2
    degrees: Degrees = field(default_factory=Degrees, repr=False, compare=False)
    tables: MadeTables = field(default_factory=MadeTables, repr=False, compare=False)


def _tables(results: Results, target: Target) -> list[Path]:
    from access92.outputs.tables.files import write_tables

    return write_tables(results, target.folder, tables=target.tables.csv(results))


def _access(results: Results, target: Target) -> list[Path]:
    from access92.outputs.tables.files import write_access

    return [write_access(results, target.folder)]


def _demand(results: Results, target: Target) -> list[Path]:
    from access92.outputs.tables.geoparquet import write_demand

    return [write_demand(results, target.folder)]


def _people_tables(results: Results, target: Target) -> list[Path]:
    from access92.outputs.tables.spreadsheet import write_people_tables
    from access92.outputs.tables.workbook import write_workbook

    people = target.tables.people(results)
    return [
        *write_people_tables(results, target.folder, tables=people),
        write_workbook(results, target.folder, tables=target.tables.csv(results), people=people),
    ]


def _geopackage(results: Results, target: Target) -> list[Path]:
    from access92.outputs.layout import GEOPACKAGE, new_file_in
    from access92.outputs.tables.geopackage import write_geopackage
    from access92.outputs.tables.qgis_project import write_project

    path = write_geopackage(results, new_file_in(target.folder, GEOPACKAGE), degrees=target.degrees)
    return [path, write_project(results, target.folder)]


def _slides(results: Results, target: Target) -> list[Path]:
    from access92.outputs.slides.single import write_slides

    return write_slides(results, target.folder, threads=target.threads)


def _pages(results: Results, target: Target) -> list[Path]:
    from access92.outputs.maps.backdrop import prepare_backdrop
    from access92.outputs.maps.difference import write_difference_maps
    from access92.outputs.maps.run_map.page import write_run_map
    from access92.outputs.maps.single import write_maps

    backdrop = prepare_backdrop(results)
    return [
        write_run_map(results, target.folder, backdrop=backdrop),
        *write_maps(results, target.folder, backdrop=backdrop, degrees=target.degrees),
        *write_difference_maps(results, target.folder, backdrop=backdrop),
    ]


def _dossier(results: Results, target: Target) -> list[Path]:
    from access92.outputs.maps.run_map import RUN_MAP
    from access92.outputs.report import write_dossier

    return write_dossier(results, target.folder, study_path=target.study_path, run_map=RUN_MAP)


STEPS: Mapping[str, Callable[[Results, Target], list[Path]]] = {
    "Tableaux": _tables,
    "Accès": _access,
    "Population": _demand,
    "Classeurs": _people_tables,
    "GeoPackage": _geopackage,
    "Images": _slides,
    "Cartes": _pages,
    "Rapport": _dossier,
}
"""The writer of each step, by its French name: gives the paths of its files."""

HELPED_STEPS = ("Images", "Rapport", "Population", "Accès", "Classeurs", "Tableaux")
"""Those that do with :func:`light_results`: a second process may write them.

It takes them from the left and the first from the right, the longest at both ends: whoever is done waits for a short
one only.
"""


def light_results(results: Results) -> Results:
    """The results without what none of ``HELPED_STEPS`` reads: a sixth of the bytes to hand to another process."""
    table, streets = results.isochrones, results.streets
    return replace(
        results,
        streets=streets.loc[is_drawn(streets["highway"].to_numpy()), ["highway", streets.geometry.name]],
        travel_times={},
        scenario_times={},
        isochrones=table[
            (table["rule"] == ANY)
            & (table["service_id"] == "")
            & (table["threshold_min"] == results.study.analysis.threshold_min)
        ],
        mode_rides=(),
        street_routers=(),
        provenance=(),
    )
