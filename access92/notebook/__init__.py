"""access92 for notebooks: (Geo)DataFrames of an analyst enter, (Geo)DataFrames with the same ids and CRS leave.

Each function is a thin face of the rooms that a run goes through: the same streets and places give the same figures as
``run_study``, to the byte. What is computed is kept in the user's cache unless it is told not to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from access92._exports import lazy_exports

if TYPE_CHECKING:
    from access92.notebook.areas_reached import isochrones
    from access92.notebook.covered_people import coverage
    from access92.notebook.networks import Network, build_network, study_network
    from access92.notebook.results import Results, run_study
    from access92.notebook.sites import best_sites
    from access92.notebook.streets import read_streets
    from access92.notebook.times import nearest, travel_time_matrix
    from access92.notebook.trips import itineraries

__all__ = [
    "Network",
    "Results",
    "best_sites",
    "build_network",
    "coverage",
    "isochrones",
    "itineraries",
    "nearest",
    "read_streets",
    "run_study",
    "study_network",
    "travel_time_matrix",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "Network": "networks",
        "Results": "results",
        "best_sites": "sites",
        "build_network": "networks",
        "coverage": "covered_people",
        "isochrones": "areas_reached",
        "itineraries": "trips",
        "nearest": "times",
        "read_streets": "streets",
        "run_study": "results",
        "study_network": "networks",
        "travel_time_matrix": "times",
    },
)
