"""The dossier of a run: its cover and its chapters, in the order in which they are read."""

from __future__ import annotations

from pathlib import Path

from access92.outputs.manifest import SOFTWARE, versions
from access92.outputs.report.basis import frame_line
from access92.outputs.report.brief import brief_pages
from access92.outputs.report.changes import changes_chapter, sole_chapter
from access92.outputs.report.commitments import commitments_chapter
from access92.outputs.report.communes import communes_chapter
from access92.outputs.report.content import Chapter, Cover, Dossier, number_captions, typeset_dossier
from access92.outputs.report.doubtful import doubtful_chapter
from access92.outputs.report.drawing import drawing_style
from access92.outputs.report.hours import hours_chapter
from access92.outputs.report.method import data_chapter, method_chapter, parameters_chapter, reproduce_chapter
from access92.outputs.report.outcomes import outcomes_chapter
from access92.outputs.report.publics import publics_words
from access92.outputs.report.scenarios import map_links
from access92.outputs.report.sectors import sectors_chapter
from access92.outputs.report.sensitivity import sensitivity_chapter
from access92.outputs.report.small_maps import BaseMap
from access92.outputs.report.uncovered import uncovered_chapter
from access92.outputs.words import typography
from access92.outputs.words.population_notices import placing_clause
from access92.run.results import Results

_DEMO_BANNER = "Rues de démonstration"
_DEMO_WARNING = (
    "Rues de démonstration. Le tracé des rues est inventé (son cadre, limites, Seine et ponts, est réel) : les temps "
    "de trajet et tous les chiffres de ce rapport illustrent la méthode et ne mesurent pas le terrain. Pour un "
    "résultat réel, relancer l'étude sur les rues d'OpenStreetMap."
)


def make_dossier(results: Results, *, study_path: Path | None = None, run_map: str = "") -> Dossier:
    """The content of the report, typeset; the page and the PDF hold it unchanged.

    ``study_path``: the study as the user named it, for « how to reproduce ». ``run_map``: the file of the map of all
    scenarios, where the run has one.
    """
    is_demo = results.origin.is_demo
    base_map = BaseMap(results)
    with drawing_style():
        pages = brief_pages(results, base_map)
        chapters = _chapters(results, base_map, study_path)
    numbered = number_captions([*pages, *chapters])
    return typeset_dossier(
        Dossier(
            cover=_cover(results),
            pages=numbered[: len(pages)],
            chapters=numbered[len(pages) :],
            frame=frame_line(results),
            version=versions()[SOFTWARE],
            banner=_DEMO_BANNER if is_demo else "",
            warning=_DEMO_WARNING if is_demo else "",
            maps=map_links(results, run_map=run_map),
            study=results.study.name,
        )
    )


def _chapters(results: Results, base_map: BaseMap, study_path: Path | None) -> list[Chapter]:
    chapters = (
        outcomes_chapter(results),
        commitments_chapter(results),
        communes_chapter(results, base_map),
        uncovered_chapter(results, base_map),
        changes_chapter(results),
        sole_chapter(results),
        hours_chapter(results),
        sectors_chapter(results),
        doubtful_chapter(results),
        sensitivity_chapter(results),
        method_chapter(results),
        data_chapter(results),
        parameters_chapter(results),
        reproduce_chapter(results, study_path),
    )
    return [chapter for chapter in chapters if chapter is not None]


def _cover(results: Results) -> Cover:
    study = results.study
    vintage = study.population.vintage or "millésime non précisé"
    return Cover(
        title=study.title,
        question=f"Situation au {typography.day(study.analysis.reference_date)}",
        description=" ".join(study.description.split()),
        facts=(
            ("Services ouverts le", typography.day(study.analysis.reference_date)),
            ("Public", publics_words(results)),
            ("Population", " ; ".join(part for part in (vintage, placing_clause(results.notices)) if part)),
            ("Rues", f"{results.origin.label}, {results.origin.vintage}"),
            ("Modes", typography.listed([mode.label.lower() for mode in results.study_modes.values()])),
            ("Produit par", f"access92 {versions()[SOFTWARE]}"),
        ),
    )
