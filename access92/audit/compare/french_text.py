"""A comparison in French prose."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from access92.audit.compare import stages
from access92.audit.compare.french_words import (
    DIMENSION_WORDS,
    OF_SEVERAL_UNITS,
    PEOPLE,
    SERVICE_WORDS,
    TITLES,
    distance_words,
    figure_words,
    gap_words,
    key_words,
    people_words,
    scenario_words,
    value_words,
)
from access92.audit.compare.result_differences import scenario_names
from access92.audit.compared_tables import KEYS, MAIN, SERVICES
from access92.audit.values import RunComparison
from access92.outputs.layout import ACCESS
from access92.outputs.words.labels import rule_label
from access92.outputs.words.typography import count, listed, number, plain, typeset
from access92.study.schemas import ANY, TOTAL

_PLACES = {SERVICES: "services", ACCESS: "points de population"}


def comparison_text(comparison: RunComparison, *, most: int = 20) -> str:
    """The comparison in French; of each table the ``most`` largest differences, and what is unexplained.

    Of the tables that follow from the main ones (coverage, times, gaps), ``most`` divided by four.

    >>> empty = RunComparison(("a", "b"), ({}, {}), (), (), (), (), (), {"coverage.csv": 3}, (), {})
    >>> "Tous les chiffres comparés sont les mêmes" in comparison_text(empty)
    True
    """
    lines = [*_heading(comparison), "", *_input_lines(comparison), ""]
    if comparison.same_figures:
        rows = sum(comparison.compared.values())
        lines.append(f"Tous les chiffres comparés sont les mêmes ({count(rows, 'ligne')}), tous les services aussi.")
    else:
        lines += ["D'où viennent les différences", *_block_lines(comparison), ""]
        lines += [*_hour_lines(comparison), *_service_lines(comparison, most)]
        for table in KEYS:
            lines += _table_lines(comparison, table, most if table in MAIN else max(1, most // 4))
    if comparison.columns:
        lines += [*([""] if lines[-1] else []), *_column_lines(comparison)]
    if comparison.other_files:
        lines += [
            *([""] if lines[-1] else []),
            f"Autres fichiers qui diffèrent (non comparés ici) : {', '.join(comparison.other_files)}.",
        ]
    return typeset("\n".join(lines).rstrip())


def _heading(comparison: RunComparison) -> Iterator[str]:
    yield "Comparaison de deux calculs"
    for side, folder, run in zip("AB", comparison.folders, comparison.runs, strict=True):
        demo = ", RUES DE DÉMONSTRATION" if run.get("streets_origin") == "demonstration" else ""
        yield f"  {side} : {folder} — étude « {run.get('study')} », calculée le {run.get('run_date')}{demo}"
    studies = {run.get("study") for run in comparison.runs}
    if len(studies) > 1:
        yield "  Ce sont deux études différentes."


def _input_lines(comparison: RunComparison) -> Iterator[str]:
    yield "Ce qui entre"
    if not comparison.inputs:
        yield "  Aucune différence : mêmes fichiers, mêmes paramètres, mêmes versions."
    codes = _codes(comparison)
    for item in comparison.inputs:
        effect = " (sans effet sur les chiffres comparés)" if item.stage == stages.NOTHING else ""
        yield f"  {codes.get(item.key, '-')} {item.label} : {item.detail}{effect}"
    if comparison.positions:
        parts = (
            f"{number(item.moved)} {_PLACES[item.table]} sur {number(item.of)} de {distance_words(item.largest_m)} "
            "au plus"
            for item in comparison.positions
        )
        yield f"  Positions qui diffèrent de moins d'un mètre, comme après un arrondi : {', '.join(parts)}."
    used = {key for row in comparison.rows for value in row.changes for key in value.candidates}
    used |= {key for only in comparison.only_in_one for key in only.candidates}
    used |= {key for service in comparison.services for key in service.candidates}
    idle = [item.label for item in comparison.inputs if item.stage != stages.NOTHING and item.key not in used]
    if idle:
        yield f"  Aucune différence de résultat n'en vient : {listed(idle)}."


def _codes(comparison: RunComparison) -> dict[str, str]:
    """E1, E2… for the inputs that can change something: what the lines of the tables quote."""
    keys = [item.key for item in comparison.inputs if item.stage != stages.NOTHING]
    return {key: f"E{number}" for number, key in enumerate(keys, start=1)}


def _labels(comparison: RunComparison, keys: Sequence[str]) -> str:
    labels, codes = {item.key: item.label for item in comparison.inputs}, _codes(comparison)
    return " ; ".join(f"{labels[key]} [{codes[key]}]" for key in keys)


def _cause(comparison: RunComparison, candidates: Sequence[str]) -> str:
    if not candidates:
        return "inexpliqué"
    if len(candidates) == 1:
        return f"dû à : {_labels(comparison, candidates)}"
    return f"peut venir, ensemble ou séparément, de : {_labels(comparison, candidates)}"


def _block_lines(comparison: RunComparison) -> Iterator[str]:
    # a block may hold the figures of several publics
    counted = PEOPLE if set(comparison.words.get("unit", {}).values()) <= {PEOPLE} else OF_SEVERAL_UNITS
    for block in comparison.blocks:
        figures = ", ".join(f"{figure_words(name, counted)} × {number(n)}" for name, n in block.figures.items())
        sizes = []
        if block.largest_people:
            is_tiny = round(block.largest_people) == 0
            one = counted.removesuffix("s")
            sizes.append(
                f"moins de 1 {one} d'écart" if is_tiny else f"jusqu'à {people_words(block.largest_people, counted)}"
            )
        if block.largest_min:
            is_tiny = round(block.largest_min, 1) == 0
            sizes.append("moins de 0,1 min d'écart" if is_tiny else f"jusqu'à {gap_words(block.largest_min, 1)} min")
        yield (
            f"  - {_mode(comparison, block.mode)}, {scenario_words(block.scenarios)} : "
            f"{count(sum(block.figures.values()), 'chiffre')} ({figures}){', ' if sizes else ''}{' et '.join(sizes)}"
        )
        cause = _cause(comparison, block.candidates)
        yield f"      {cause[0].upper()}{cause[1:]}."
        if not block.candidates:
            yield (
                "      Aucune entrée différente ne peut atteindre ces chiffres (positions comparées à 0,1 mm)"
                + ("." if comparison.code_is_known else " ; le code d'access92 a pu changer sans changer de version.")
            )
        if block.cleared and block.candidates:
            yield f"      Hors de cause : {_labels(comparison, block.cleared)}."
    # a difference without a column concerns rows that only one run has
    if not comparison.blocks and not any(item.is_number and item.column for item in comparison.columns):
        yield "  Tous les chiffres des lignes communes sont les mêmes."


def _hour_lines(comparison: RunComparison) -> Iterator[str]:
    if comparison.only_in_one:
        yield "Dans un seul des deux calculs"
        for item in comparison.only_in_one:
            rows = ", ".join(f"{count(n, 'ligne')} de {table}" for table, n in item.rows.items())
            word = DIMENSION_WORDS[item.dimension]
            value = f"{plain(float(item.value))} min" if item.dimension == "threshold_min" else item.value
            yield f"  - {word} « {value} », seulement dans {item.run} ({rows}) : {_cause(comparison, item.candidates)}"
        yield ""


def _service_lines(comparison: RunComparison, most: int) -> Iterator[str]:
    if not comparison.services:
        return
    counts = Counter(item.change for item in comparison.services)
    codes = _codes(comparison)
    totals = []
    for change, how_many in counts.items():
        first, *rest = SERVICE_WORDS[change].split(" ")
        totals.append(" ".join((count(how_many, first), *rest)))
    yield f"Services ({SERVICES}) : {', '.join(totals)}"
    order = list(SERVICE_WORDS)
    ranked = sorted(comparison.services, key=lambda item: (order.index(item.change), -(item.moved_m or 0.0)))
    for item in ranked[:most]:
        words = SERVICE_WORDS[item.change]
        if item.change == "moved":
            words = f"{words} de {distance_words(item.moved_m or 0.0)}"
        elif item.change in ("recounted", "edited"):
            words += " (" + " ; ".join(
                f"{field} : {item.before[field] or '(vide)'} → {item.after[field] or '(vide)'}" for field in item.before
            ) + ")"  # fmt: skip
        causes = ", ".join(codes[key] for key in item.candidates) or "inexpliqué"
        yield f"  - {item.service_id} « {item.name} » : {words} [{causes}]"
    if len(ranked) > most:
        yield f"  … et {number(len(ranked) - most)} de plus (tous avec --json)."
    yield ""


def _table_lines(comparison: RunComparison, table: str, most: int) -> Iterator[str]:
    rows = [row for row in comparison.rows if row.table == table]
    if not rows:
        return
    codes = _codes(comparison)
    limit = f" ; les {most} plus grandes différences" if len(rows) > most else ""
    of = f"{count(len(rows), 'ligne')} sur {number(comparison.compared[table])}"
    yield f"{TITLES[table]} ({table}) : {of} {'diffère' if len(rows) == 1 else 'diffèrent'}{limit}"
    beyond = [row for row in rows[most:] if not all(item.candidates for item in row.changes)]
    for row in (*rows[:most], *beyond[:most]):
        counted = comparison.words.get("unit", {}).get(row.key.get("public", ""), PEOPLE)
        threshold = f", moins de {plain(float(row.key['threshold_min']))} min" if "threshold_min" in row.key else ""
        rule = "" if row.key.get("rule", ANY) == ANY else f", {_rule(comparison, row.key['rule'])}"
        more = "".join(f", {words}" for words in key_words(row, comparison.words))
        mode = f", {_name(comparison, 'mode', row.key['mode'])}" if "mode" in row.key else ""
        area = f", {_area(comparison, row.key['area_id'])}" if "area_id" in row.key else ""
        causes = dict.fromkeys(codes[key] for value in row.changes for key in value.candidates)
        unexplained = ["inexpliqué"] if not all(value.candidates for value in row.changes) else []
        yield (
            f"  - {scenario_words([' → '.join(scenario_names(row))])}{mode}{rule}{more}{area}{threshold} : "
            f"{' ; '.join(value_words(row, counted))}"
            f" [{', '.join([*causes, *unexplained])}]"
        )
    yield ""


def _column_lines(comparison: RunComparison) -> Iterator[str]:
    yield "Autres colonnes et autres tables qui diffèrent"
    codes = _codes(comparison)
    labels = {item.key: item.label for item in comparison.inputs}
    for item in comparison.columns:
        causes = ", ".join(codes.get(key, labels[key]) for key in item.candidates) or "inexpliqué"
        if not item.column:
            yield f"  - {item.table} : {count(item.rows, 'ligne')} dans un seul des deux calculs [{causes}]"
            continue
        place = ", ".join(f"{name} = {value}" for name, value in item.key.items())
        yield (
            f"  - {item.table}, colonne {item.column} : {count(item.rows, 'ligne')}, d'abord"
            f"{f' ({place})' if place else ''} {item.before} → {item.after} [{causes}]"
        )


def _mode(comparison: RunComparison, mode: str) -> str:
    return _name(comparison, "mode", mode) if mode else "Engagements (plusieurs modes)"


def _rule(comparison: RunComparison, rule: str) -> str:
    if rule in comparison.words.get("commitment", {}):
        return f"engagement « {_name(comparison, 'commitment', rule)} »"
    return comparison.words.get("rule", {}).get(rule) or rule_label(rule)


def _name(comparison: RunComparison, dimension: str, code: str) -> str:
    return comparison.words.get(dimension, {}).get(code) or code


def _area(comparison: RunComparison, area_id: str) -> str:
    name = _name(comparison, "area_id", area_id)
    return name if area_id in (TOTAL, name) else f"{name} ({area_id})"
