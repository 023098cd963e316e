"""The scenarios of a run as the report tells them: what each counts and changes, and its headline figures."""

from __future__ import annotations

from access92.outputs import french, wording
from access92.outputs.change_words import scenario_words
from access92.outputs.difference_maps import changing_scenarios, difference_map_name
from access92.outputs.figures import headline
from access92.outputs.map_words import mode_note
from access92.outputs.maps import map_name
from access92.outputs.report_names import lower_mode, scenario_title, service_names
from access92.outputs.report_tables import Table
from access92.results import Results


def scenarios_table(results: Results) -> Table:
    """Each scenario: its short name, title, what it counts and changes, its description."""
    titles = {item.name: item.title for item in results.study.scenarios}
    names = service_names(results)
    mode = results.study.analysis.headline_mode
    return Table(
        "Les scénarios de ce calcul (le premier est la référence)",
        ("Nom court", "Titre", "Ce qu'il compte et change", "Précision", "services comptés"),
        [
            (
                item.name,
                item.title,
                scenario_words(item, titles, names, results.modes),
                item.description.strip(),
                french.number(len(results.situation(item.name, mode).service_rows)),
            )
            for item in results.scenarios
        ],
        text_columns=4,
    )


def changed_answers(results: Results, names: list[str]) -> Table:
    """The headline figures of the scenarios that change another one: a row each, every mode."""
    modes = [
        results.study.analysis.headline_mode,
        *(m for m in results.modes if m != results.study.analysis.headline_mode),
    ]
    rows = []
    for name in names:
        first = headline(results, name, modes[0])
        rows.append(
            (
                scenario_title(results, name),
                french.number(first.covered),
                french.number(first.uncovered),
                *(french.percent(headline(results, name, mode).share) for mode in modes),
            )
        )
    population = headline(results, results.scenarios[0].name, modes[0]).population
    threshold = french.plain(results.study.analysis.threshold_min)
    notes = "".join(f" ; {lower_mode(results, mode)}{note}" for mode in modes if (note := mode_note(results, mode)))
    return Table(
        f"Scénarios qui en modifient un autre : habitants à moins de {threshold}\u00a0min "
        f"({lower_mode(results, modes[0])}) et part par mode, sur {french.number(population)} "
        f"({wording.population_words(results.study)}){notes}",
        ("Scénario", "couverts", "non couverts", *(wording.mode_phrase(results.modes[mode]) for mode in modes)),
        rows,
    )


def map_links(results: Results) -> list[tuple[str, list[tuple[str, str]]]]:
    """By scenario its maps: (file, label), one per mode, then the difference map where it has one."""
    first = results.study.analysis.headline_mode
    differing = {item.name for item in changing_scenarios(results)}
    links = []
    for scenario in results.scenarios:
        maps = [(map_name(scenario.name, mode), lower_mode(results, mode)) for mode in results.modes]
        if scenario.name in differing:
            maps.append((difference_map_name(scenario.name, first), "différences"))
        links.append((scenario.title, maps))
    return links
