"""The publics of the study: what each is called, how it walks, and who of it is covered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from access92.measures.coverage import covered_share
from access92.measures.publics import CountedPublic
from access92.outputs.figures import figures, standalone_scenarios
from access92.outputs.report.basis import EVERYBODY_WORDS, basis_line, under
from access92.outputs.report.content import Link, Section, Table, paragraph, present
from access92.outputs.words import typography
from access92.outputs.words.names import lower_mode, short_titles
from access92.outputs.words.publics import (
    everybodys_pace_words,
    public_title,
    public_words,
    scenario_mode,
    speed_words,
    unit_words,
)
from access92.run.results import Results
from access92.study.commitments import Commitment
from access92.study.schemas import EVERYBODY, TOTAL

PUBLIC_SIZE = "les habitants, ménages ou logements du public de la ligne"
"""The denominator of a table with a row for each public."""


def counted_publics(results: Results) -> tuple[CountedPublic, ...]:
    """The publics beside everybody that the coverage of the run counts."""
    counted = set(results.coverage["public"].unique())
    return tuple(item for item in results.publics if item.name != EVERYBODY and item.name in counted)


def has_own_mode(results: Results, public: CountedPublic) -> bool:
    """Whether a public goes otherwise than everybody where the headline mode is asked."""
    own = results.study.analysis.headline_mode
    return public.modes[own] != own


def share_as_everybody(results: Results, public: CountedPublic, *, scenario: str) -> float:
    """The share (0-1) of a public that would be covered at the headline threshold if it went as everybody does."""
    analysis = results.study.analysis
    return covered_share(
        results.access(scenario, analysis.headline_mode).travel_time_min,
        results.demand[public.column].to_numpy(float),
        threshold_min=analysis.threshold_min,
    )


def as_everybody_head(results: Results, publics: Iterable[CountedPublic]) -> tuple[str, ...]:
    """The head of the column of :func:`share_as_everybody`; none where each of the publics goes as everybody."""
    if not any(has_own_mode(results, public) for public in publics):
        return ()
    return (f"part {everybodys_pace_words(results, scenario=results.scenarios[0].name)}",)


def publics_basis(results: Results, publics: Sequence[CountedPublic], *, besides: str = "") -> str:
    """The basis of a table with a row for each public, each at its own pace; ``besides``: what goes otherwise."""
    return basis_line(
        results,
        modes=f"{lower_mode(results, results.study.analysis.headline_mode)} ou au pas du public{besides}",
        population_words=PUBLIC_SIZE,
        public="celui de la ligne",
        units={item.unit for item in publics},
    )


def publics_words(results: Results) -> str:
    """All the publics in one line, each with its walking speed."""
    first = results.scenarios[0].name
    walks = (public_words(results, item, item.walk, scenario=first) for item in counted_publics(results) if item.walk)
    return " ; ".join((EVERYBODY_WORDS, *walks))


def commitment_by_public(results: Results, commitment: Commitment) -> Table | None:
    """For whom of each public a commitment is kept in the first scenario; None where everybody is the only one."""
    table = results.changes.commitment_summary
    first = results.scenarios[0]
    totals = table[
        (table["commitment"] == commitment.name) & (table["scenario"] == first.name) & (table["area_id"] == TOTAL)
    ]
    by_public = {str(row["public"]): row for row in totals.to_dict("records")}
    publics = [item for item in results.publics if item.name in by_public]
    if len(publics) < 2:  # noqa: PLR2004 - everybody and another
        return None
    rows = []
    for public in publics:
        row = by_public[public.name]
        steps = dict.fromkeys(step.mode for step in public.commitment(commitment).any_of)
        rows.append(
            (
                public_title(public),
                ", sinon ".join(_mode_words(results, mode, first.name) for mode in steps),
                unit_words(public),
                typography.number(row["population"]),
                typography.number(row["population"] - row["population_uncovered"]),
                typography.number(row["population_uncovered"]),
                typography.percent(row["coverage_share"]),
            )
        )
    return Table(
        f"Par public, « {first.title} »",
        ("Public", "Modes des étapes", "Unité", "effectif", "couverts", "non couverts", "part"),
        tuple(rows),
        text_columns=3,
        basis=basis_line(
            results,
            modes="ceux de la ligne",
            threshold="ceux des étapes",
            population_words=PUBLIC_SIZE,
            public="celui de la ligne",
            units={item.unit for item in publics},
        ),
    )


def _mode_words(results: Results, mode: str, scenario: str) -> str:
    """A mode inside a sentence, with its speed in the scenario where it walks."""
    return lower_mode(results, mode) + speed_words(scenario_mode(results, mode, scenario=scenario))


def publics_section(results: Results) -> Section | None:
    """Each public by its own modes in the scenarios that modify no other; None where everybody is the only one."""
    publics = counted_publics(results)
    if not publics:
        return None
    everybody = next(item for item in results.publics if item.name == EVERYBODY)
    return Section(
        "Couverture par public",
        present(
            paragraph(
                "Chaque public marche à son pas : ses temps à pied sont calculés à sa vitesse, sur les rues qu'il peut "
                "prendre. À vélo et en voiture, les temps sont ceux de tout le monde. Chacun se compte dans son "
                "unité : un ménage, un logement est couvert quand le lieu où il est l'est. D'où vient chaque pas : ",
                Link("#parametres", "Paramètres"),
                ".",
            ),
            _by_public(results, (everybody, *publics)),
            paragraph(
                "Toutes les communes, tous les seuils et tous les scénarios, par public : ",
                Link("coverage.csv", "coverage.csv"),
                ".",
            ),
        ),
    )


def _by_public(results: Results, publics: tuple[CountedPublic, ...]) -> Table:
    """A row a public: how many are covered at its own pace, then its share by the other modes and scenarios."""
    threshold, own = results.study.analysis.threshold_min, results.study.analysis.headline_mode
    scenario, *others = standalone_scenarios(results)
    heads = short_titles([item.title for item in (scenario, *others)])[1:]
    other_modes = [mode for mode in results.study_modes if mode != own]
    as_everybody = as_everybody_head(results, publics)

    def share(name: str, mode: str, public: CountedPublic) -> str:
        total = figures(results, name, public.modes[mode], threshold_min=threshold, public=public.name)[TOTAL]
        return typography.percent(total.share)

    rows = []
    for public in publics:
        mode = public.modes[own]
        total = figures(results, scenario.name, mode, threshold_min=threshold, public=public.name)[TOTAL]
        rows.append(
            (
                public_words(results, public, mode, scenario=scenario.name),
                unit_words(public),
                typography.number(total.population),
                typography.number(total.covered),
                typography.number(total.uncovered),
                typography.percent(total.share),
                *(
                    typography.percent(share_as_everybody(results, public, scenario=scenario.name))
                    for _ in as_everybody
                ),
                typography.minutes(total.median_min, cutoff_min=results.study.analysis.cutoff_min),
                *(share(scenario.name, name, public) for name in other_modes),
                *(share(item.name, own, public) for item in others),
            )
        )
    groups = [("", 7 + len(as_everybody))]
    if other_modes:
        groups.append(("part, autres modes", len(other_modes)))
    if others:
        groups.append(("part, autres scénarios", len(others)))
    return Table(
        f"« {scenario.title} » : à {under(results)} d'un service, chaque public à son pas",
        ("Public", "Unité", "en tout", "couverts", "non couverts", "part", *as_everybody,
         "durée médiane",
         *(lower_mode(results, name) for name in other_modes), *heads),
        tuple(rows),
        groups=tuple(groups) if len(groups) > 1 else (),
        text_columns=2,
        basis=publics_basis(results, publics, besides=", sauf « autres modes »"),
    )  # fmt: skip
