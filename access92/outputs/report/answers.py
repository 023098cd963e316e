"""The answers in sentences: coverage by mode and scenario, each with its denominator, threshold, public and vintage."""

from __future__ import annotations

from access92.outputs.figures import headline, standalone_scenarios
from access92.outputs.report.basis import basis_line, of_people, under
from access92.outputs.report.content import Paragraph, Table, paragraph
from access92.outputs.report.rides import ride_sentence
from access92.outputs.words import labels, typography
from access92.outputs.words.maps import mode_note
from access92.outputs.words.moments import full_day
from access92.outputs.words.names import lower_mode
from access92.outputs.words.transit import service_day
from access92.run.results import Results


def headline_sentence(results: Results, scenario: str, mode: str) -> str:
    """The answer in one sentence, with its denominator, threshold, mode, public and vintage."""
    total = headline(results, scenario, mode)
    nobody = total.uncovered <= 0
    left_out = "personne n'en est exclu" if nobody else f"{typography.number(total.uncovered)} n'y parviennent pas"
    return (
        f"{labels.mode_phrase(results.modes[mode])}, {typography.percent(total.share)} "
        f"{of_people(results, population=total.population)} atteignent un service "
        f"en {under(results)}utes{mode_note(results, mode, scenario)} ; {left_out}."
        f"{ride_sentence(results, scenario, mode)}"
    )


def other_modes(results: Results) -> list[str]:
    """The modes that stand beside the headline mode, in the study's order."""
    return [mode for mode in results.study_modes if mode != results.study.analysis.headline_mode]


def derived_scenarios(results: Results) -> list[str]:
    """The names of the scenarios that change another one: a row each, not a section."""
    complete = {item.name for item in standalone_scenarios(results)}
    return [item.name for item in results.scenarios if item.name not in complete]


def _own_day(results: Results, scenario: str) -> str:
    """The day of the timetable of a scenario that has another one than the study."""
    day = service_day(results, scenario)
    shifted = results.timetable is not None and day != results.study.service_day
    return f" (horaires du {full_day(day)})" if shifted else ""


def answers_table(results: Results) -> Table:
    """The headline figures, a row a scenario: people covered and not by the headline mode, then the share by mode."""
    modes = [results.study.analysis.headline_mode, *other_modes(results)]
    rows = []
    for item in results.scenarios:
        first = headline(results, item.name, modes[0])
        shares = (typography.percent(headline(results, item.name, mode).share) for mode in modes)
        rows.append(
            (
                f"{item.title}{_own_day(results, item.name)}",
                typography.number(len(results.access(item.name, modes[0]).service_rows)),
                typography.number(first.covered),
                typography.number(first.uncovered),
                *shares,
            )
        )
    notes = " ; ".join(f"{lower_mode(results, mode)}{note}" for mode in modes if (note := mode_note(results, mode)))
    return Table(
        f"Par scénario, habitants à {under(results)} d'un service ({lower_mode(results, modes[0])}) et part par mode",
        ("Scénario", "services comptés", "couverts", "non couverts",
         *(labels.mode_phrase(results.modes[mode]) for mode in modes)),
        tuple(rows),
        basis=basis_line(
            results, modes=f"{lower_mode(results, modes[0])} pour les habitants, celui de la colonne pour les parts",
            more=notes[:1].upper() + notes[1:],
        ),
    )  # fmt: skip


def riding_answers(results: Results) -> tuple[Paragraph, ...]:
    """The answer of each standalone scenario by each mode that rides, and how often a vehicle is taken."""
    return tuple(
        paragraph(f"« {item.title} »{_own_day(results, item.name)}. {headline_sentence(results, item.name, mode)}")
        for item in standalone_scenarios(results)
        for mode in results.study_modes
        if ride_sentence(results, item.name, mode)
    )
