"""What a run and a check say on the console: the headline figures, as records or in French, and what does not count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import pandas as pd

from access92.network.modes import Mode
from access92.outputs.words.omissions import TITLE, omission_lines
from access92.outputs.words.publics import counted_words, public_words
from access92.outputs.words.transit import cycling_words, riding_words
from access92.outputs.words.typography import number, percent, plain, typeset
from access92.run.results import Results
from access92.study.model import Study
from access92.study.omissions import Omission
from access92.study.schemas import ANY, EVERYBODY, TOTAL

_COLUMNS = (
    "scenario",
    "mode",
    "threshold_min",
    "population",
    "population_covered",
    "population_unsnapped",
    "coverage_share",
)


def headline_record(results: Results) -> dict[str, object]:
    """The total coverage at the study's threshold as one record for machines (``--json``), that of publics apart."""
    total = _total_coverage(results)
    is_everybody = total["public"] == EVERYBODY
    return {
        "study": results.study.name,
        "streets": results.origin.label,
        "streets_demo": results.origin.is_demo,
        "timetable": None if results.timetable is None else asdict(results.timetable),
        "coverage": total.loc[is_everybody, list(_COLUMNS)].to_dict(orient="records"),
        "publics": total.loc[~is_everybody, ["public", *_COLUMNS]].to_dict(orient="records"),
        "notices": len(results.notices),
        "omissions": [asdict(item) for item in results.omissions],
        "provenance": [asdict(item) for item in results.provenance],
    }


def headline_lines(results: Results) -> Iterator[str]:
    """The total coverage at the study's threshold in French: a line for each scenario and mode, then the publics."""
    if results.origin.is_demo:
        yield "RUES DE DÉMONSTRATION : les chiffres illustrent la méthode."
    if results.timetable is not None:
        yield f"Transports en commun : {riding_words(results)}."
        if words := cycling_words(results):
            yield words
    total = _total_coverage(results)
    is_everybody = total["public"] == EVERYBODY
    titles = {scenario.name: scenario.title for scenario in results.scenarios}
    for row in total[is_everybody].to_dict(orient="records"):
        inhabitants = "habitant" if round(row["population"]) <= 1 else "habitants"
        yield (
            f"{titles[row['scenario']]} — {results.modes[row['mode']].label.lower()} : "
            f"{percent(row['coverage_share'])} de {number(row['population'])} {inhabitants} "
            f"à moins de {plain(row['threshold_min'])} min"
        )

    # of the publics the first scenario, by the main mode: the rest is in the report
    first, publics = results.scenarios[0], {item.name: item for item in results.publics}
    for row in total[~is_everybody].to_dict(orient="records"):
        public = publics[row["public"]]
        if row["scenario"] == first.name and row["mode"] == public.modes[results.study.analysis.headline_mode]:
            yield (
                f"{first.title} — {public_words(results, public, row['mode'], scenario=first.name)} : "
                f"{percent(row['coverage_share'])} de {counted_words(public, row['population'])} à moins de "
                f"{plain(row['threshold_min'])} min"
            )


def not_counted_lines(study: Study, omissions: Sequence[Omission], modes: Mapping[str, Mode]) -> Iterator[str]:
    """What does not count in a run or a check, in French: a title, then an indented line for each kind of thing."""
    yield typeset(f"{TITLE} :")
    titles = {scenario.name: scenario.title for scenario in study.scenarios}
    for line in omission_lines(omissions, modes, titles):
        yield typeset(f"  {line}")


def _total_coverage(results: Results) -> pd.DataFrame:
    """The rows of coverage of the whole area, by any service, at the study's threshold."""
    table = results.coverage
    is_total = (table["area_id"] == TOTAL) & (table["rule"] == ANY)
    return table[is_total & (table["threshold_min"] == results.study.analysis.threshold_min)]
