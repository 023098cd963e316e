"""The routers of a study: of every mode on the streets of every scenario, with those who ride."""

from __future__ import annotations

from concurrent.futures import Executor
from pathlib import Path

import geopandas as gpd

from access92.progress import Progress
from access92.run.study_inputs import PlannedStreets, StudyInputs
from access92.study.model import Study
from access92.transit.rider import build_riders
from access92.travel.compilation import FIRST_RUN, compile_kernels, is_compiled
from access92.travel.study_routers import SharedRouter, build_routers, for_people


class BegunRouters:
    """Routers whose networks are built by a pool while the population is read: they ask for no inhabitant.

    Nothing is begun before the kernels are compiled, nor what the cache holds. What is refused is refused again, in
    its turn, by whoever asks for that network.
    """

    def __init__(self, study: Study, cache_folder: Path | None, pool: Executor) -> None:
        self._study, self._cache_folder, self._pool = study, cache_folder, pool
        self.routers: list[SharedRouter] = []

    def begin(self, planned: PlannedStreets) -> None:
        """Ask the pool for the networks of all the streets, then for those of a part of them."""
        if not is_compiled():
            return
        nobody = gpd.GeoDataFrame({"demand_id": []}, geometry=[], crs=planned.streets.table.crs)
        self.routers = _routers(self._study, planned, nobody, self._cache_folder)
        for item in sorted(self.routers, key=lambda item: item.router.whole is not None):
            self._pool.submit(item.router.begin)


def build_study_routers(
    study: Study,
    inputs: StudyInputs,
    cache_folder: Path | None,
    progress: Progress,
    *,
    begun: BegunRouters | None = None,
) -> list[SharedRouter]:
    """The routers of the study, by which nothing is computed yet; kernels are compiled at the first run.

    ``begun``: what was begun of the same inputs.
    """
    if begun is not None and begun.routers:
        return for_people(begun.routers, inputs.demand, cache_folder=cache_folder)
    if not is_compiled():
        progress(FIRST_RUN)
        compile_kernels()
    return _routers(study, inputs.planned, inputs.demand, cache_folder)


def _routers(
    study: Study, planned: PlannedStreets, demand: gpd.GeoDataFrame, cache_folder: Path | None
) -> list[SharedRouter]:
    riders = build_riders(study.transit, {name: item.table for name, item in planned.timetables.items()})
    return build_routers(
        planned.plan, planned.modes, planned.streets, demand,
        searched_min=study.searched_min, max_snap_m=study.analysis.max_snap_m,
        link_radius_m=study.analysis.link_radius_m, riders=riders, cache_folder=cache_folder,
    )  # fmt: skip
