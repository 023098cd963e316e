"""What a study would work with, before anything is computed: what ``access92 check`` prints."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from access92.measures.publics import count_publics
from access92.network.modes import Mode
from access92.progress import Progress, silent
from access92.run.omissions import snap_all, study_omissions
from access92.run.routers import build_study_routers
from access92.run.study_inputs import read_inputs
from access92.sources.gtfs import FeedSheet
from access92.sources.study_timetable import feed_sheets
from access92.study.model import Study
from access92.study.omissions import Omission
from access92.study.read import validated_study

_UNITS = {"persons": "habitants", "households": "ménages", "dwellings": "logements"}
"""What a public counts, as the command line says it."""


@dataclass(frozen=True, slots=True)
class StudyCheck:
    """What a study would work with: counts by French name, what of its inputs would not count, sheets of its feeds.

    ``readings``: what of services and visits was read otherwise than it is written (French sentences).
    """

    counts: Mapping[str, int]
    omissions: tuple[Omission, ...]
    modes: Mapping[str, Mode]
    sheets: tuple[FeedSheet, ...] = ()
    readings: tuple[str, ...] = ()


def check_study(
    study: Study | str | Path | Mapping[str, Any],
    *,
    cache_folder: Path | None = None,
    on_progress: Progress | None = None,
) -> StudyCheck:
    """How many of everything a study would work with, after all its inputs were checked and its places snapped.

    Raises
    ------
    InputError
        Whatever :func:`run_study` would refuse.
    """
    progress = on_progress or silent
    study = validated_study(study)
    inputs = read_inputs(study, study.scenarios, cache_folder=cache_folder, on_progress=progress)
    study = inputs.study
    routers = build_study_routers(study, inputs, cache_folder, progress)
    progress("Rattachement aux rues")
    unsnapped = snap_all(routers, inputs.plan)

    # the keys are what the command line prints, in this order
    counts = {"zones": len(inputs.areas), "services connus": len(inputs.services), "rues": len(inputs.streets.table)}
    counts["points de population"] = len(inputs.demand)
    counts["habitants"] = round(float(inputs.demand["population"].sum()))
    counts |= {
        f"{_UNITS[public.unit]} du public {public.name}": round(float(inputs.demand[public.column].sum()))
        for public in count_publics(study, inputs.modes)[1:]
    }
    counts |= {f"services du scénario {name}": len(rows) for name, rows in inputs.plan.rows.items()}
    for item in unsnapped:  # the first of a mode is that of the first scenario
        counts.setdefault(f"carrefours, {inputs.modes[item.mode].label.lower()}", item.nodes)
    sheets = () if inputs.timetable is None else feed_sheets(study, inputs.timetable)
    omissions = (*inputs.omissions, *study_omissions(study, inputs, unsnapped))
    people = tuple(str(notice.subject[0]) for notice in inputs.population_notices if notice.code == "population_read")
    return StudyCheck(counts, omissions, inputs.modes, sheets, (*inputs.readings, *people))
