"""The table of the scenarios: what each counts and changes, and the links to its maps."""

from __future__ import annotations

from access92.outputs.maps.difference import changing_scenarios, difference_map_name
from access92.outputs.maps.single import map_name
from access92.outputs.report.content import Link, Table
from access92.outputs.words import typography
from access92.outputs.words.changes import scenario_words
from access92.outputs.words.names import lower_mode, service_names
from access92.outputs.words.notices import description_words
from access92.run.results import Results
from access92.scenarios.chain import opened_names


def scenarios_table(results: Results) -> Table:
    """A row a scenario."""
    titles = {item.name: item.title for item in results.study.scenarios}
    names = service_names(results)
    mode = results.study.analysis.headline_mode
    return Table(
        "Les scénarios de ce calcul (le premier est la référence)",
        ("Scénario", "Ce qu'il compte et change", "Précision", "Nom dans les fichiers", "services comptés"),
        tuple(
            (
                item.title,
                scenario_words(
                    item, titles, names | opened_names(results.study, item), results.modes, results.study.kinds
                ),
                description_words(results, item),
                item.name,
                typography.number(len(results.access(item.name, mode).service_rows)),
            )
            for item in results.scenarios
        ),
        text_columns=4,
    )


def map_links(results: Results, *, run_map: str = "") -> tuple[tuple[str, tuple[Link, ...]], ...]:
    """By scenario its maps, one per mode, then the difference map where it has one; first the map of them all."""
    changing = changing_scenarios(results)
    links: list[tuple[str, tuple[Link, ...]]] = []
    if run_map:
        links.append(("Tous les scénarios, carte interactive", (Link(run_map, run_map),)))
    for scenario in results.scenarios:
        maps = [Link(map_name(scenario.name, mode), lower_mode(results, mode)) for mode in results.study_modes]
        own = [mode for item, mode in changing if item is scenario]
        maps += [Link(difference_map_name(scenario.name, mode), _difference_words(results, mode)) for mode in own]
        links.append((scenario.title, tuple(maps)))
    return tuple(links)


def _difference_words(results: Results, mode: str) -> str:
    by = "" if mode == results.study.analysis.headline_mode else f" {lower_mode(results, mode)}"
    return f"différences{by}"
