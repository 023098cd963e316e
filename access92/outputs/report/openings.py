"""Sites for one more service, side by side: whom of each public each would bring near a service."""

from __future__ import annotations

import math

from access92.measures.publics import CountedPublic
from access92.outputs.report.basis import under
from access92.outputs.report.content import Table
from access92.outputs.report.publics import counted_publics, publics_basis
from access92.outputs.words import typography
from access92.outputs.words.publics import public_words, unit_words
from access92.run.results import Results
from access92.study.changes import AddService
from access92.study.model import Scenario
from access92.study.schemas import ANY, EVERYBODY, TOTAL

_MOST_SITES = 6


def opening_scenarios(results: Results) -> list[Scenario]:
    """The scenarios that open services in the first one and change nothing else: sites that can be compared."""
    first = results.scenarios[0].name
    return [
        item
        for item in results.scenarios[1:]
        if item.based_on == first
        and item.changes
        and all(isinstance(change, AddService) for change in item.changes)
        and not (item.include or item.exclude or item.mobile)
    ]


def has_openings(results: Results) -> bool:
    """Whether there are two sites to compare, and figures of them."""
    return len(opening_scenarios(results)) >= 2 and len(results.changes.ledger) > 0  # noqa: PLR2004


def openings_table(results: Results) -> Table | None:
    """A row a public, a column a site: how many of the public it would newly cover; None without two sites."""
    if not has_openings(results):
        return None
    sites = opening_scenarios(results)
    gains = _gains(results)
    most = sorted(sites, key=lambda item: -gains.get((item.name, EVERYBODY), (0.0, 0.0))[1])[:_MOST_SITES]
    shown = [item for item in sites if item in most]
    everybody = next(item for item in results.publics if item.name == EVERYBODY)
    publics = (everybody, *counted_publics(results))
    left = len(sites) - len(shown)
    others = f" ; {typography.count(left, 'autre')} plus bas" if left else ""
    return Table(
        f"Ouvrir un service : gagnés par public, à {under(results)} d'un service, et leur part du public{others}",
        ("Public", "Unité", "en tout", *(item.title for item in shown)),
        tuple(_row(results, public, gains, shown) for public in publics),
        text_columns=2,
        basis=publics_basis(results, publics),
    )


def _row(
    results: Results, public: CountedPublic, gains: dict[tuple[str, str], tuple[float, float]], sites: list[Scenario]
) -> tuple[str, ...]:
    mode = public.modes[results.study.analysis.headline_mode]
    known = [gains[item.name, public.name] for item in sites]
    return (
        public_words(results, public, mode, scenario=results.scenarios[0].name),
        unit_words(public),
        typography.number(known[0][0]),
        *(
            f"{typography.number(gained)} ({typography.percent(gained / size if size > 0 else math.nan)})"
            for size, gained in known
        ),
    )


def _gains(results: Results) -> dict[tuple[str, str], tuple[float, float]]:
    """By scenario and public, in the whole area at the headline threshold: how many there are, how many are gained."""
    table, own = results.changes.ledger, results.study.analysis.headline_mode
    modes = {item.name: item.modes[own] for item in results.publics}
    rows = table[(table["rule"] == ANY) & (table["area_id"] == TOTAL)]
    return {
        (str(row["scenario"]), str(row["public"])): (float(row["population"]), float(row["population_gained"]))
        for row in rows.to_dict("records")
        if modes.get(str(row["public"])) == row["mode"]
    }
