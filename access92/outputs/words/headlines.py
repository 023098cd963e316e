"""What a run and a check say on the console: the headline figures, as records or in French, and what does not count."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict

import pandas as pd

from access92.measures.sensitivity import WIDEST
from access92.network.modes import Mode
from access92.outputs.words.omissions import TITLE, omission_lines
from access92.outputs.words.publics import counted_words, public_words
from access92.outputs.words.transit import cycling_words, riding_words
from access92.outputs.words.typography import count, number, percent, plain, typeset
from access92.run.results import Results
from access92.study.model import Study
from access92.study.omissions import Omission
from access92.study.schemas import ANY, EVERYBODY, TOTAL
from access92.study.trials import fold_actions

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


def answer_lines(results: Results) -> Iterator[str]:
    """The answer in three lines at most, by the headline mode: the first scenario, the extremes, the margin.

    And a line for each mode that rides.
    """
    mode, threshold = results.study.analysis.headline_mode, plain(results.study.analysis.threshold_min)
    total = _total_coverage(results)
    rows = total[(total["public"] == EVERYBODY) & (total["mode"] == mode)].to_dict(orient="records")
    titles = {scenario.name: scenario.title for scenario in results.scenarios}
    first, *others = rows
    if first["population"] <= 0:
        return
    left_out = first["population"] - first["population_covered"]
    are_not = "ne l'est pas" if round(left_out) <= 1 else "ne le sont pas"
    left_words = f" ; {count(left_out, 'habitant')} {are_not}" if left_out > 0 else ""
    yield typeset(
        f"En bref : {results.modes[mode].label.lower()}, {percent(first['coverage_share'])} des habitants sont à "
        f"moins de {threshold} min d'un service (« {titles[first['scenario']]} »){left_words}."
    )
    if others:
        ranked = sorted(others, key=lambda row: float(row["coverage_share"]))
        ends = [ranked[-1]] if len(ranked) == 1 else [ranked[-1], ranked[0]]
        told = (f"« {titles[row['scenario']]} » {percent(row['coverage_share'])}" for row in ends)
        yield typeset(f"  Des autres scénarios : {', '.join(told)}{' (le plus, le moins)' if len(ends) > 1 else ''}.")
    bands = results.sensitivity.bands
    margin = bands[(bands["scenario"] == first["scenario"]) & (bands["source"] == WIDEST)] if len(bands) else bands
    for row in margin.to_dict(orient="records"):
        yield typeset(
            f"  Fourchette du premier chiffre : de {percent(row['low_share'])} à {percent(row['high_share'])}."
        )
    if words := trial_words(results):
        yield typeset(f"  {words}")
    yield from _riding_lines(results)


def trial_words(results: Results) -> str:
    """The trial's figure at the threshold that it sets, where that is not the study's; '' where it sets none."""
    study = results.study
    if not study.trial:
        return ""
    threshold = fold_actions(json.loads(study.trial)["actions"])[2]
    scenario = study.scenarios[-1]
    table, mode = results.coverage, study.analysis.headline_mode
    rows = table[
        (table["scenario"] == scenario.name) & (table["mode"] == mode) & (table["rule"] == ANY)
        & (table["public"] == EVERYBODY) & (table["area_id"] == TOTAL) & (table["threshold_min"] == threshold)
    ]  # fmt: skip
    if threshold is None or threshold == study.analysis.threshold_min or len(rows) == 0:
        return ""
    row = rows.iloc[0]
    return (
        f"Au seuil de l'essai, moins de {plain(float(threshold))} min : « {scenario.title} » "
        f"{percent(float(row['coverage_share']))}, {count(float(row['population_covered']), 'habitant')}."
    )


def _riding_lines(results: Results) -> Iterator[str]:
    """A line for each mode that rides, where it is not the headline's: the first scenario and the extremes."""
    total = _total_coverage(results)
    titles = {scenario.name: scenario.title for scenario in results.scenarios}
    for mode in results.difference_modes[1:]:
        first, *others = total[(total["public"] == EVERYBODY) & (total["mode"] == mode)].to_dict(orient="records")
        ranked = sorted(others, key=lambda row: float(row["coverage_share"]))
        ends = {row["scenario"]: row for row in (*ranked[-1:], *ranked[:1])}.values()
        told = "".join(f" ; « {titles[row['scenario']]} » {percent(row['coverage_share'])}" for row in ends)
        yield typeset(f"  {_upper_first(results.modes[mode].label)} : {percent(first['coverage_share'])}{told}.")


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def not_counted_lines(study: Study, omissions: Sequence[Omission], modes: Mapping[str, Mode]) -> Iterator[str]:
    """What does not count in a run or a check, in French: a title, then an indented line for each kind of thing."""
    yield typeset(f"{TITLE} :")
    titles = {scenario.name: scenario.title for scenario in study.scenarios}
    for line in omission_lines(omissions, modes, titles):
        yield typeset(f"  {line}")


READ_AS = "Comment les tableaux ont été lus"


def reading_lines(sentences: Sequence[str]) -> Iterator[str]:
    r"""What of a table was read otherwise than it is written: a title, then a line each; nothing where all is plain.

    >>> list(reading_lines(["services.xlsx : titres de colonnes à la ligne 3."]))
    ['Comment les tableaux ont été lus\xa0:', '  services.xlsx\xa0: titres de colonnes à la ligne 3.']
    """
    if sentences:
        yield typeset(f"{READ_AS} :")
    for sentence in sentences:
        yield typeset(f"  {sentence}")


def _total_coverage(results: Results) -> pd.DataFrame:
    """The rows of coverage of the whole area, by any service, at the study's threshold."""
    table = results.coverage
    is_total = (table["area_id"] == TOTAL) & (table["rule"] == ANY)
    return table[is_total & (table["threshold_min"] == results.study.analysis.threshold_min)]
