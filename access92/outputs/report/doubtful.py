"""The chapter on what is doubtful: positions, services not counted, what the run survived, networks."""

from __future__ import annotations

from access92.outputs.report.content import Block, Chapter, Section, Table, paragraph
from access92.outputs.words import labels, typography
from access92.outputs.words.notices import notice_names, notice_words
from access92.outputs.words.omissions import uncounted_services
from access92.outputs.words.population_notices import POPULATION_NOTICES
from access92.run.results import Results

TOLD_ELSEWHERE = frozenset({*POPULATION_NOTICES, "service_uncounted"})
"""The codes of notices that « Ce que vaut la population » and the table of services not counted tell."""


def doubtful_chapter(results: Results) -> Chapter:
    """Doubtful positions, services not counted, what the run survived."""
    return Chapter(
        "douteux",
        "Positions douteuses, services non comptés",
        (
            paragraph(
                "Un service à position douteuse est compté à la position donnée ; si elle est fausse, la couverture "
                "autour l'est aussi."
            ),
            _or_none(doubtful_services(results)),
            _or_none(unlocated_services(results)),
            Section("Ce que le calcul a laissé passer", (_or_none(survived(results)),)),
            Section(
                "Réseaux",
                (
                    networks(results),
                    paragraph(
                        "La partie isolée d'un réseau (sans aller et retour possibles avec le reste) n'est pas "
                        "utilisée : les lieux sont rattachés à la partie principale."
                    ),
                ),
            ),
        ),
    )


def _or_none(table: Table) -> Block:
    return table if table.rows else paragraph(f"{table.caption} : aucun.")


def doubtful_services(results: Results) -> Table:
    """The counted services whose position is doubtful, and why."""
    return Table(
        "Services comptés par un scénario au moins, dont la position est douteuse",
        ("Service", "Catégorie", "Base de la position", "Incertitude (m)", "Confiance", "Remarque"),
        tuple(
            (
                labels.text(service["name"]),
                labels.kind_label(service["kind"], results.study.kinds),
                labels.text(service.get("position_basis")),
                typography.number(labels.uncertainty_m(service)),
                labels.text(service.get("confidence")),
                labels.text(service.get("note")),
            )
            for service in results.services.drop(columns=results.services.geometry.name).to_dict("records")
            if labels.doubt(service)
        ),
        text_columns=6,
    )


def unlocated_services(results: Results) -> Table:
    """The services that are known but not counted."""
    return Table(
        "Services connus, non comptés",
        ("Service", "Catégorie", "Raison"),
        tuple(
            (
                labels.text(row["name"]),
                labels.kind_label(labels.text(row["kind"]), results.study.kinds),
                labels.text(row["reason"]),
            )
            for row in uncounted_services(results.unlocated).to_dict("records")
        ),
        text_columns=3,
    )


def survived(results: Results) -> Table:
    """What the run survived, with its reason and the people concerned: all that no other table of the report says."""
    titles = {item.name: item.title for item in results.study.scenarios}
    titles |= {item.name: item.title for item in results.study.commitments}
    names = notice_names(results)
    rows = []
    for item in results.notices:
        if item.code not in TOLD_ELSEWHERE:
            topic, subject, detail = notice_words(item, names)
            # a reader of the report knows scenarios and commitments by their titles
            for name, title in titles.items():
                detail = detail.replace(f"« {name} »", f"« {title} »")
            people = "—" if item.population is None else typography.number(item.population)
            rows.append((topic, subject, detail, people))
    return Table(
        "Ce que le calcul a rencontré et laissé passer",
        ("Sujet", "Objet", "Détail", "habitants"),
        tuple(rows),
        text_columns=3,
    )


def networks(results: Results) -> Table:
    """The network of each mode, and the part that is cut off from the rest."""
    return Table(
        "Réseaux utilisés",
        ("Mode", "carrefours", "arcs", "longueur (km)", "carrefours isolés", "rues isolées (km)"),
        tuple(
            (
                labels.mode_phrase(results.modes[name]),
                typography.number(item.nodes),
                typography.number(item.directed_edges),
                typography.number(item.length_km),
                typography.number(item.cut_off_nodes),
                typography.number(item.cut_off_length_km, decimals=1),
            )
            for name, item in results.networks.items()
        ),
    )
