"""The routers of a study: of every mode on the streets of every scenario, with those who ride."""

from __future__ import annotations

from pathlib import Path

from access92.progress import Progress
from access92.run.study_inputs import StudyInputs
from access92.study.model import Study
from access92.transit.rider import build_riders
from access92.travel.compilation import FIRST_RUN, compile_kernels, is_compiled
from access92.travel.study_routers import SharedRouter, build_routers


def build_study_routers(
    study: Study, inputs: StudyInputs, cache_folder: Path | None, progress: Progress
) -> list[SharedRouter]:
    """The routers of the study, by which nothing is computed yet; kernels are compiled at the first run."""
    if not is_compiled():
        progress(FIRST_RUN)
        compile_kernels()
    riders = build_riders(study.transit, {name: item.table for name, item in inputs.timetables.items()})
    return build_routers(
        inputs.plan, inputs.modes, inputs.streets, inputs.demand,
        searched_min=study.searched_min, max_snap_m=study.analysis.max_snap_m,
        link_radius_m=study.analysis.link_radius_m, riders=riders, cache_folder=cache_folder,
    )  # fmt: skip
