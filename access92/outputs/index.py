"""``index.html``: the answer, and the way to every file that a run wrote."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from access92.outputs.figures import headline
from access92.outputs.layout import DEMAND, GEOPACKAGE, new_file_in
from access92.outputs.manifest import MANIFEST, SOFTWARE, versions
from access92.outputs.pages import content_policy, environment, template_text
from access92.outputs.tables.data_package import DATA_PACKAGE
from access92.outputs.words import labels, typography
from access92.outputs.words.contrast import Side, answer_sentence, contrast_of, contrast_words
from access92.outputs.words.data_dictionary import table_words
from access92.outputs.words.names import lower_mode
from access92.run.results import Results

INDEX = "index.html"
_FIRST = ("synthese.pdf", "synthese.docx", "report.html", "report.pdf", "map.html")
_OFFICE = ("tableaux.xlsx",)
_GIS = ("projet.qgz", GEOPACKAGE, DEMAND)
_PROOF = (MANIFEST, DATA_PACKAGE)
_TITLES: Mapping[str, str] = {
    "synthese.pdf": "La réponse en quatre pages",
    "synthese.docx": "Les quatre pages, à modifier dans un traitement de texte",
    "report.html": "Le dossier à l'écran : les quatre pages, puis les annexes",
    "report.pdf": "Le dossier à imprimer",
    "map.html": "La carte où l'on essaie des lieux",
    MANIFEST: "Empreintes, versions, paramètres : access92 verify refait le calcul et le compare",
    DATA_PACKAGE: "Le dictionnaire des données",
}


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file of the run, by its name, and what it is, in words."""

    name: str
    words: str


def write_index(results: Results, folder: Path, written: Iterable[Path]) -> Path:
    """Write ``index.html``, which leads to the files ``written`` and to the manifest and the dictionary; its path."""
    style = template_text("index.css")
    path = new_file_in(folder, INDEX)
    contrast = contrast_of(results)
    sides: tuple[Side, ...] = () if contrast is None else (contrast.first, contrast.other)
    page = environment().get_template("index.html").render(
        policy=content_policy(styles=[style]),
        style=Markup(style),  # noqa: S704 - ours: no text of the study
        title=results.study.title,
        study=results.study.name,
        version=versions()[SOFTWARE],
        is_demo=results.origin.is_demo,
        answer=answer_sentence(results),
        sides=[{"share": typography.percent(side.share), "words": side.words} for side in sides],
        choice="" if contrast is None else contrast_words(results, contrast),
        population=typography.count(float(results.demand["population"].sum()), "habitant"),
        population_words=labels.population_words(results.study),
        day=typography.day(results.study.analysis.reference_date),
        streets=f"{results.origin.label}, {results.origin.vintage}",
        modes=[labels.mode_phrase(mode) for mode in results.study_modes.values()],
        scenarios=_scenario_rows(results, {item.name for item in written}),
        groups=[(title, links) for title, links in _groups(results, written) if links],
    )  # fmt: skip
    path.write_text(typography.typeset_html(page), encoding="utf-8", newline="\n")
    return path


def _scenario_rows(results: Results, there: set[str]) -> list[dict[str, object]]:
    """By scenario its share by each mode with the map of it, and the map of what it changes."""
    rows: list[dict[str, object]] = []
    for item in results.scenarios:
        cells = [
            {
                "share": typography.percent(headline(results, item.name, mode).share),
                "map": name if (name := f"map_{item.name}_{mode}.html") in there else "",
                "mode": lower_mode(results, mode),
            }
            for mode in results.study_modes
        ]
        changes = [
            {"file": name, "mode": lower_mode(results, mode)}
            for mode in results.difference_modes
            if (name := f"difference_{item.name}_{mode}.html") in there
        ]
        rows.append({"title": item.title, "cells": cells, "changes": changes})
    return rows


def _groups(results: Results, written: Iterable[Path]) -> list[tuple[str, list[FileLink]]]:
    """Every file of the run in the group where a reader looks for it, and in no other."""
    names = sorted({path.name for path in written} | {MANIFEST, DATA_PACKAGE})

    def chosen(wanted: Iterable[str]) -> list[FileLink]:
        return [FileLink(name, _TITLES.get(name) or table_words(name).title) for name in wanted if name in names]

    pictures = [name for name in names if name.endswith(".png")]
    pages = [name for name in names if name.startswith(("map_", "difference_")) and name.endswith(".html")]
    people = [name for name in names if name.endswith("_fr.csv")]
    known = {*_FIRST, *_OFFICE, *_GIS, *_PROOF, *pictures, *pages, *people}
    titles = _page_titles(results)
    return [
        ("Pour décider", chosen(_FIRST)),
        (
            "Dans un tableur",
            [
                *chosen(_OFFICE),
                *(FileLink(name, table_words(name.replace("_fr.csv", ".csv")).title) for name in people),
            ],
        ),
        ("Dans un SIG", chosen(_GIS)),
        ("Diapositives", [FileLink(name, titles.get(name.removesuffix(".png"), name)) for name in pictures]),
        ("Cartes une à une", [FileLink(name, titles.get(name.removesuffix(".html"), name)) for name in pages]),
        ("Pour un programme", chosen(name for name in names if name not in known)),
        ("Pour vérifier", chosen(_PROOF)),
    ]


def _page_titles(results: Results) -> dict[str, str]:
    """By the name of a map, without its suffix, what it shows."""
    titles = {}
    for item in results.scenarios:
        for mode in results.study_modes:
            titles[f"map_{item.name}_{mode}"] = f"{item.title}, {lower_mode(results, mode)}"
        for mode in results.difference_modes:
            titles[f"difference_{item.name}_{mode}"] = f"Ce que change « {item.title} », {lower_mode(results, mode)}"
    return titles
