"""``report.html``: the whole result in French, one page without script, fit for printing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from markupsafe import Markup

from access92.modes import Mode
from access92.outputs import (
    french,
    report_changes,
    report_commitments,
    report_presence,
    report_scenarios,
    report_tables,
    wording,
)
from access92.outputs.charts import Line, coverage_chart
from access92.outputs.figures import headline, own_scenarios, sources
from access92.outputs.manifest import versions
from access92.outputs.map_words import mode_note
from access92.outputs.pages import content_policy, environment, template_text
from access92.results import Results
from access92.study import Scenario


def write_report(results: Results, path: Path, *, study_path: Path | None = None) -> Path:
    """Write the report; its path. ``study_path``: the study as the user named it, for « how to reproduce »."""
    html = french.typeset_html(environment().get_template("report.html").render(**_context(results, study_path)))
    path.write_text(html, encoding="utf-8", newline="\n")
    return path


def headline_sentence(results: Results, scenario: str, mode: str) -> str:
    """The answer in one sentence, with its denominator, threshold, mode, public and vintage."""
    total = headline(results, scenario, mode)
    analysis = results.study.analysis
    nobody = total.uncovered <= 0
    left_out = "personne n'en est exclu" if nobody else f"{french.number(total.uncovered)} n'y parviennent pas"
    return (
        f"{wording.mode_phrase(results.modes[mode])}, {french.percent(total.share)} des "
        f"{french.number(total.population)} habitants ({wording.population_words(results.study)}) "
        "atteignent un service "
        f"en moins de {french.plain(analysis.threshold_min)} minutes{mode_note(results, mode)} ; "
        f"{left_out}."
    )


def _context(results: Results, study_path: Path | None) -> dict[str, Any]:
    study = results.study
    analysis = study.analysis
    first = analysis.headline_mode
    return {
        "policy": Markup(content_policy()),  # noqa: S704 - ours
        "style": Markup(template_text("report.css")),  # noqa: S704 - ours
        "study": study,
        "title": study.title,
        "is_demo": results.origin.is_demo,
        "origin": results.origin,
        "threshold": french.plain(analysis.threshold_min),
        "reference_date": french.day(analysis.reference_date),
        "first_mode": wording.mode_phrase(results.modes[first]),
        "car_only": all(mode.family == "car" for mode in results.modes.values()),
        "answers": [_answer(results, scenario) for scenario in own_scenarios(results)],
        "changed_answers": _changed_answers(results),
        "scenarios": report_scenarios.scenarios_table(results),
        "commitments": report_commitments.commitment_parts(results),
        "ledger": report_changes.ledger_part(results),
        "sole": report_changes.sole_providers_table(results),
        "turning": report_changes.turning_table(results),
        "presence": report_presence.presence_part(results),
        "competence": report_presence.competence_part(results),
        "told_apart": _changing_another(results),
        "coverage": report_tables.coverage_by_threshold(results),
        "areas": report_tables.by_area(results, first),
        "charts": [Markup(_chart(results, mode)) for mode in results.modes],  # noqa: S704 - ours, escaped inside
        "uncovered": [_uncovered(results, scenario, first) for scenario in own_scenarios(results)],
        "kinds": report_tables.by_kind(results, first),
        "doubtful": report_tables.doubtful_services(results),
        "unlocated": report_tables.unlocated_services(results),
        "notices": report_tables.survived(results),
        "networks": report_tables.networks(results),
        "sources": sources(results),
        "modes": [_mode(mode) for mode in results.modes.values()],
        "parameters": _parameters(results),
        "inputs": [(item.role, item.path, item.sha256, french.number(item.size_bytes)) for item in results.inputs],
        "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
        "command": _command(results, study_path),
        "maps": report_scenarios.map_links(results),
    }


def _answer(results: Results, scenario: Scenario) -> dict[str, Any]:
    """The headline mode first; the others stand beside it, never alone."""
    first = results.study.analysis.headline_mode
    others = [mode for mode in results.modes if mode != first]
    n = len(results.situation(scenario.name, first).service_rows)
    return {
        "title": scenario.title,
        "description": scenario.description.strip(),
        "n_services": french.count(n, "service compté", "services comptés"),
        "first": headline_sentence(results, scenario.name, first),
        "others": [headline_sentence(results, scenario.name, mode) for mode in others],
    }


def _changing_another(results: Results) -> list[str]:
    """The names of the scenarios that the report does not tell in full."""
    told = {item.name for item in own_scenarios(results)}
    return [item.name for item in results.scenarios if item.name not in told]


def _changed_answers(results: Results) -> report_tables.Table | None:
    names = _changing_another(results)
    return report_scenarios.changed_answers(results, names) if names else None


def _uncovered(results: Results, scenario: Scenario, mode: str) -> dict[str, Any]:
    total = headline(results, scenario.name, mode)
    words = f"{french.count(total.uncovered, 'habitant')} sur {french.number(total.population)}"
    if total.unsnapped > 0:
        words += f", dont {french.number(total.unsnapped)} trop loin d'une rue praticable"
    return {
        "title": scenario.title,
        "words": words,
        "areas": report_tables.most_uncovered_areas(results, scenario.name, mode),
        "pockets": report_tables.largest_pockets(results, scenario.name, mode),
    }


def _chart(results: Results, mode: str) -> str:
    table = results.curve[results.curve["mode"] == mode]
    lines = []
    for scenario in own_scenarios(results):
        here = table[table["scenario"] == scenario.name].sort_values("threshold_min")
        lines.append(
            Line(scenario.title, here["threshold_min"].to_numpy(float), here["coverage_share"].to_numpy(float)),
        )
    return coverage_chart(
        lines,
        threshold_min=results.study.analysis.threshold_min,
        title=f"{wording.mode_phrase(results.modes[mode])} : part des habitants couverts selon la durée",
        chart_id=f"courbe-{mode}",
    )


def _mode(mode: Mode) -> dict[str, Any]:
    """A mode as the reader sees it: its values and where each comes from."""
    speed = "Vitesse maximale" if mode.family == "car" else "Vitesse"
    values = [
        (speed, f"{french.plain(mode.speed_kmh)}\u00a0km/h", "speed_kmh"),
        ("Vitesse hors réseau", f"{french.plain(mode.access_speed_kmh)}\u00a0km/h", "access_speed_kmh"),
        (
            "Escaliers",
            "exclus" if mode.steps_speed_kmh is None else f"{french.plain(mode.steps_speed_kmh)}\u00a0km/h",
            "steps_speed_kmh",
        ),
        ("Facteur de temps", f"× {french.plain(mode.time_factor)}", "time_factor"),
        ("Stationnement", f"{french.plain(mode.parking_min)}\u00a0min", "parking_min"),
    ]
    if mode.pushing_speed_kmh is not None:
        values.append(("Vitesse à la main", f"{french.plain(mode.pushing_speed_kmh)}\u00a0km/h", "pushing_speed_kmh"))
    if mode.class_speed_kmh:
        speeds = " ; ".join(f"{name} {french.plain(speed)}" for name, speed in mode.class_speed_kmh.items())
        values.append(("Vitesse par type de voie (km/h)", speeds, "class_speed_kmh"))
    return {
        "label": mode.label,
        "rows": [(term, value, mode.sources.get(name, "—")) for term, value, name in values],
    }


def _parameters(results: Results) -> list[tuple[str, str]]:
    study = results.study
    analysis = study.analysis
    thresholds = french.listed([french.plain(value) for value in analysis.thresholds_min])
    return [
        ("Seuil principal", f"moins de {french.plain(analysis.threshold_min)}\u00a0min (strict)"),
        ("Seuils", f"{thresholds}\u00a0min"),
        ("Durée maximale cherchée", f"{french.plain(analysis.cutoff_min)}\u00a0min"),
        ("Rattachement aux rues", f"à {french.plain(analysis.max_snap_m)}\u00a0m au plus"),
        ("Marge autour de la zone", f"{french.plain(study.streets.margin_m)}\u00a0m"),
        ("Services ouverts le", french.day(analysis.reference_date)),
        ("Mode principal", results.modes[analysis.headline_mode].label),
        ("Lieux d'habitation", french.number(len(results.demand))),
        ("Services comptés dans au moins un scénario", french.number(len(results.services))),
    ]


def _command(results: Results, study_path: Path | None) -> str:
    name = results.study.file if study_path is None else study_path
    shown = name.name if name.is_absolute() else name.as_posix()
    return f"access92 run {shown} --output maps/{results.study.name}"
