"""The results of a study with what a notebook asks of them: the answer, the files, a map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from access92.notebook.cached import CacheChoice, cache_path
from access92.notebook.progress_bar import notebook_progress
from access92.outputs import check_output_folder, write_run
from access92.outputs.words.headlines import answer_lines
from access92.outputs.words.typography import typeset
from access92.progress import Progress
from access92.run.pipeline import run_study as run_pipeline
from access92.run.results import Results as RunResults
from access92.study.model import Study
from access92.study.read import read_study

if TYPE_CHECKING:
    import folium


class Results(RunResults):
    """Every table of a run, in the CRS of the study (metres), sorted by its keys: its attributes, and what to do."""

    __slots__ = ()

    def headline(self) -> str:
        """The answer in French: the coverage of the first scenario, the extremes of the others, the margin.

        A figure says its denominator, mode and threshold; the last line says on which streets.
        """
        warning = " ; les chiffres illustrent la méthode" if self.origin.is_demo else ""
        streets = typeset(f"  Rues : {self.origin.label} ; {self.origin.vintage}{warning}.")
        return "\n".join([*answer_lines(self), streets])

    def write(
        self,
        folder: str | Path,
        *,
        overwrite: bool = False,
        cache_folder: CacheChoice = True,
        on_progress: Progress | None = None,
    ) -> list[Path]:
        """Write report, maps, tables and manifest into a folder, as ``access92 run``; the paths of the files.

        Raises
        ------
        OutputError
            The folder is not empty and ``overwrite`` is false, or holds what no run wrote.
        """
        target, file = Path(folder), self.study.file
        check_output_folder(target, overwrite=overwrite)
        with notebook_progress(on_progress) as progress:
            return write_run(
                self, target, overwrite=overwrite, study_path=Path(file.name) if file.is_file() else None,
                cache_folder=cache_path(cache_folder), on_progress=progress,
            )  # fmt: skip

    def explore(
        self,
        *,
        scenario: str | None = None,
        mode: str | None = None,
        scheme: str = "fisher_jenks",
        k: int = 5,
        tiles: str | None = None,
    ) -> folium.Map:
        """A folium map: areas by their share of people covered, services, isochrones; drawn without internet.

        Parameters
        ----------
        scenario, mode
            Those of the map; by default the first and the headline mode.
        scheme, k
            The classes of the shares: a scheme of mapclassify (``fisher_jenks``, ``quantiles``, ``equal_interval`` …)
            and how many.
        tiles
            A background that folium knows (« OpenStreetMap »; needs internet); none by default.

        Raises
        ------
        InputError
            A scenario or mode that was not run; a scheme that mapclassify does not have; mapclassify is not installed.
        """
        from access92.notebook.maps import results_map  # noqa: PLC0415 - folium waits for a map

        return results_map(self, scenario=scenario, mode=mode, scheme=scheme, k=k, tiles=tiles)


def run_study(
    study: Study | str | Path | Mapping[str, Any],
    *,
    scenarios: Sequence[str] | None = None,
    cache_folder: CacheChoice = True,
    on_progress: Progress | None = None,
) -> Results:
    """Everything a study asks for: travel times, coverage, comparison, isochrones.

    Nothing is fetched and nothing is written, but for the cache. In a notebook, a bar shows the step under way.

    Parameters
    ----------
    study
        A study, the path of its TOML file, or its content as a dict (paths from the current folder).
    scenarios
        The names to run, in the study's order, with the first, which the others are compared with; all by default.
    cache_folder
        True: streets, times and isochrones are kept in the user's cache; False or None: nowhere; a path: there.

    Raises
    ------
    InputError
        Any input that is refused, before anything is computed on it.

    Examples
    --------
    >>> import tempfile
    >>> from tests.toy_study import write_toy_study
    >>> results = run_study(write_toy_study(Path(tempfile.mkdtemp())), cache_folder=False)
    >>> results
    Results(« essai » : 2 scénarios × 2 modes, 3 services, 60 lieux)
    """
    asked = study if isinstance(study, Study) else read_study(study)
    with notebook_progress(on_progress) as progress:
        results = run_pipeline(asked, scenarios=scenarios, cache_folder=cache_path(cache_folder), on_progress=progress)
    return Results(**{item.name: getattr(results, item.name) for item in fields(RunResults)})
