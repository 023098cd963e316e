"""access92: who reaches a solidarity service in less than 20 minutes, who does not, and what would change that.

>>> import access92
>>> study = access92.read_study("data/studies/sosms.toml")
>>> study.analysis.threshold_min
20.0

``results = access92.run_study(study)`` computes; ``results.headline()`` answers, ``results.write("out")`` writes.
Without a study: ``read_streets``, ``build_network``, then ``travel_time_matrix``, ``nearest``, ``coverage``,
``isochrones``, ``itineraries`` and ``best_sites``, from GeoDataFrames to GeoDataFrames.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from access92.errors import Access92Error, DataSourceError, InputError, OutputError
    from access92.notebook.areas_reached import isochrones
    from access92.notebook.covered_people import coverage
    from access92.notebook.networks import Network, build_network, study_network
    from access92.notebook.results import Results, run_study
    from access92.notebook.sites import best_sites
    from access92.notebook.streets import read_streets
    from access92.notebook.times import nearest, travel_time_matrix
    from access92.notebook.trips import itineraries
    from access92.outputs import write_run
    from access92.run.check import check_study
    from access92.run.itinerary import Itinerary, find_itinerary
    from access92.study.model import Study
    from access92.study.read import read_study

__all__ = [
    "Access92Error",
    "DataSourceError",
    "InputError",
    "Itinerary",
    "Network",
    "OutputError",
    "Results",
    "Study",
    "best_sites",
    "build_network",
    "check_study",
    "coverage",
    "find_itinerary",
    "isochrones",
    "itineraries",
    "nearest",
    "read_streets",
    "read_study",
    "run_study",
    "study_network",
    "travel_time_matrix",
    "write_run",
]

_HOMES = {
    "Access92Error": "errors",
    "DataSourceError": "errors",
    "InputError": "errors",
    "Itinerary": "run.itinerary",
    "Network": "notebook.networks",
    "OutputError": "errors",
    "Results": "notebook.results",
    "Study": "study.model",
    "best_sites": "notebook.sites",
    "build_network": "notebook.networks",
    "check_study": "run.check",
    "coverage": "notebook.covered_people",
    "find_itinerary": "run.itinerary",
    "isochrones": "notebook.areas_reached",
    "itineraries": "notebook.trips",
    "nearest": "notebook.times",
    "read_streets": "notebook.streets",
    "read_study": "study.read",
    "run_study": "notebook.results",
    "study_network": "notebook.networks",
    "travel_time_matrix": "notebook.times",
    "write_run": "outputs",
}

try:
    __version__ = version("access92")
except PackageNotFoundError:  # run from a checkout that was not installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the public name stands for
    """The public names, imported when first asked for: ``access92 --help`` must not wait for numpy."""
    from importlib import import_module  # noqa: PLC0415

    if name in _HOMES:
        return getattr(import_module(f"access92.{_HOMES[name]}"), name)
    message = f"module 'access92' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """The public names, sorted."""
    return sorted({*__all__, "__version__"})
