"""Where each file of a run stands: the only module that knows the folders of a run.

A file of a run has a name, which no other has: ``coverage.csv``. Words, tables and messages call it so, and a run from
before folders has it under that very name at its top. Its path follows from the name: ``tableaux/coverage.csv``,
relative to the folder of the run, with the slash that links have on every system.
"""

from __future__ import annotations

import posixpath
from pathlib import Path

from access92._limits import is_file_name

_MAPS, _SLIDES, _TABLES, _GIS = "cartes", "diapositives", "tableaux", "sig"
FOLDERS = (_MAPS, _SLIDES, _TABLES, _GIS)
"""The folders in a run's folder, one level deep."""

ACCESS, DEMAND, GEOPACKAGE = "access.parquet", "demand.parquet", "results.gpkg"
_BY_ENDING = {".png": _SLIDES, ".csv": _TABLES, ".parquet": _TABLES, ".gpkg": _GIS, ".qgz": _GIS}


def run_path(name: str) -> str:
    """The path of the file of that name in the folder of a run.

    At the top stays what a person opens first: the pages, the documents, and the workbook, which opens with a double
    click and says itself what the tables of the folder hold; so do the manifest and the data dictionary, which speak of
    all the rest.

    >>> [run_path(name) for name in ("coverage.csv", "map_sst-13_walk.html", "map_sst-13_walk.png", "results.gpkg")]
    ['tableaux/coverage.csv', 'cartes/map_sst-13_walk.html', 'diapositives/map_sst-13_walk.png', 'sig/results.gpkg']
    >>> [run_path(name) for name in ("map.html", "tableaux.xlsx", "manifest.json", "access.parquet", "demand.parquet")]
    ['map.html', 'tableaux.xlsx', 'manifest.json', 'tableaux/access.parquet', 'sig/demand.parquet']
    """
    if name == DEMAND:  # GeoParquet; access.parquet has no geometry, and is a table
        folder = _GIS
    elif name.startswith(("map_", "difference_")) and name.endswith(".html"):
        folder = _MAPS
    else:
        folder = _BY_ENDING.get(Path(name).suffix, "")
    return f"{folder}/{name}" if folder else name


def flat_name(path: str) -> str:
    """The name of a file of a run, from its path in whichever of the two ways.

    >>> flat_name("tableaux/coverage.csv"), flat_name("coverage.csv")
    ('coverage.csv', 'coverage.csv')
    """
    return path.rpartition("/")[2]


def relative_link(source: str, target: str) -> str:
    """How a file of a run leads to another, both by their names.

    >>> relative_link("projet.qgz", "results.gpkg"), relative_link("map_sst-13_walk.html", "index.html")
    ('results.gpkg', '../index.html')
    """
    return posixpath.relpath(run_path(target), posixpath.dirname(run_path(source)) or ".")


def is_listed_path(path: object) -> bool:
    r"""Whether a manifest may list a text as the path of a file: its own, or its name alone, as before folders.

    >>> [is_listed_path(path) for path in ("tableaux/coverage.csv", "coverage.csv", "sig/coverage.csv", "../map.html")]
    [True, True, False, False]
    """
    return isinstance(path, str) and is_file_name(name := flat_name(path)) and path in (name, run_path(name))


def file_in(folder: Path, name: str) -> Path:
    """The file of that name in the folder of a run, whether it is there or not.

    >>> file_in(Path("maps/sosms"), "coverage.csv").as_posix()
    'maps/sosms/tableaux/coverage.csv'
    """
    return folder / run_path(name)


def new_file_in(folder: Path, name: str) -> Path:
    """The same, to be written: what it stands in is made."""
    path = file_in(folder, name)
    path.parent.mkdir(exist_ok=True)
    return path
