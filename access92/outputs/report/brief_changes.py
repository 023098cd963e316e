"""The third page of the brief: how the answer changes with the rule, the mode and the time, and with the scenario."""

from __future__ import annotations

from access92.measures.sensitivity import UNDECIDED, WIDEST
from access92.outputs.figures import figures, headline, standalone_scenarios
from access92.outputs.report.basis import rule_words, under
from access92.outputs.report.certainty import shortened, tied_lines
from access92.outputs.report.charts import Band, band_chart
from access92.outputs.report.commitments import commitment_totals
from access92.outputs.report.content import Block, Chapter, Link, Paragraph, Picture, Section, Table, paragraph, present
from access92.outputs.report.margins import reference_differences, riding_clauses
from access92.outputs.report.openings import has_openings
from access92.outputs.words import labels, typography
from access92.outputs.words.notices import choice_sentences
from access92.outputs.words.sensitivity import Difference, none_or_one_sided
from access92.run.results import Results
from access92.study.model import Scenario
from access92.study.schemas import ANY, EVERYBODY, TOTAL

MOST_SCENARIOS = 10
_MOST_COLUMNS = 4
_LONGEST = 70
_OUTCOMES = {"ranked": "dans toutes les variantes", "identical": "aucun écart", "undecided": "selon la variante"}


def changes_page(results: Results) -> Chapter:
    """By commitment, by mode and time, then by scenario: a row each, and their bands."""
    others = shown_scenarios(results)
    if others:
        by_scenario: tuple[Block, ...] = (
            scenarios_table(results, others),
            *(
                paragraph(words)
                for words in (
                    *choice_sentences(results),
                    *tied_lines(results),
                    *_other_mode_lines(results, others),
                    *riding_clauses(results),
                )
            ),
            *_openings_link(results),
            scenarios_picture(results, others),
        )
    else:
        by_scenario = (
            paragraph(
                "Ce calcul n'a qu'un scénario. Un [[scenario]] de plus dans l'étude (ouvrir, fermer, déplacer un "
                "service, fermer une rue) mettrait ici qui gagne et qui perd."
            ),
        )
    totals = commitment_totals(results, standalone_scenarios(results)[:_MOST_COLUMNS])
    return Chapter(
        "ce-qui-changerait",
        "Ce qui changerait la réponse",
        present(
            Section("Selon la règle", (totals,)) if totals is not None else None,
            Section("Selon le mode et la durée", (modes_table(results),)),
            Section("Selon les lieux et les services", by_scenario),
        ),
        starts_page=True,
    )


def _openings_link(results: Results) -> list[Paragraph]:
    """Where the sites for one more service are compared public by public; nothing without two of them."""
    if not has_openings(results):
        return []
    chapter = Link("#changements", "Les scénarios, et ce que chacun changerait")
    return [paragraph("Qui gagnerait à chaque ouverture, public par public : ", chapter, ", dans report.pdf.")]


def shown_scenarios(results: Results) -> list[Scenario]:
    """The scenarios beside the first, in the study's order; of many those that move the answer most."""
    first, mode = results.scenarios[0].name, results.study.analysis.headline_mode
    share = headline(results, first, mode).share
    others = list(results.scenarios[1:])
    moved = sorted(others, key=lambda item: -abs(headline(results, item.name, mode).share - share))[:MOST_SCENARIOS]
    return [item for item in others if item in moved]


def modes_table(results: Results) -> Table:
    """The share of the first scenario, a row a mode and a column a threshold."""
    first, thresholds = results.scenarios[0], results.study.analysis.thresholds_min
    return Table(
        f"« {shortened(first.title, _LONGEST)} » : part des habitants selon la durée",
        ("Mode", *(f"moins de {typography.plain(value)} min" for value in thresholds)),
        tuple(
            (
                labels.mode_phrase(results.modes[mode]),
                *(
                    typography.percent(figures(results, first.name, mode, threshold_min=value)[TOTAL].share)
                    for value in thresholds
                ),
            )
            for mode in results.study_modes
        ),
    )


def scenarios_table(results: Results, others: list[Scenario]) -> Table:
    """Of each scenario its share, whom it gains and loses, and whether its difference holds in every variant."""
    mode = results.study.analysis.headline_mode
    first = results.scenarios[0]
    known = {item.names[0]: item for item in reference_differences(results)}
    gains, losses = _moved(results, "gained"), _moved(results, "lost")
    left = len(results.scenarios) - 1 - len(others)
    has_order = bool(known)
    header = (
        "Scénario", "part couverte", "écart", "gagnés", "perdus", *(("cet écart se retrouve",) if has_order else ())
    )  # fmt: skip
    share = headline(results, first.name, mode).share
    rows = [
        (shortened(first.title, _LONGEST), typography.percent(share), "—", "—", "—", *(("—",) if has_order else ()))
    ]
    for item in others:
        own = headline(results, item.name, mode).share
        rows.append(
            (
                shortened(item.title, _LONGEST),
                typography.percent(own),
                typography.signed(100 * (own - share), decimals=1),
                typography.number(gains.get(item.name, float("nan"))),
                typography.number(losses.get(item.name, float("nan"))),
                *((_outcome(known.get(item.name)),) if has_order else ()),
            )
        )
    more = f" ; {typography.count(left, 'autre scénario', 'autres scénarios')} en annexe" if left > 0 else ""
    return Table(
        f"Par scénario, habitants {rule_words(results)} (écart avec le premier, en points){more}",
        header,
        tuple(rows),
        basis="Écarts calculés avant arrondi.",
    )


def scenarios_picture(results: Results, others: list[Scenario]) -> Picture:
    """The share of each scenario with its band, where the study asks for bands."""
    mode = results.study.analysis.headline_mode
    bands = results.sensitivity.bands
    widest = bands[bands["source"] == WIDEST] if len(bands) else bands
    spans = {row["scenario"]: (row["low_share"], row["high_share"]) for row in widest.to_dict("records")}
    charted = []
    for item in (results.scenarios[0], *others):
        share = headline(results, item.name, mode).share
        low, high = spans.get(item.name, (share, share))
        charted.append(Band(shortened(item.title, _LONGEST), low, share, high))
    words = [
        f"{item.label} : {typography.percent(item.central)}"
        + (f", de {typography.percent(item.low)} à {typography.percent(item.high)}" if item.high > item.low else "")
        for item in charted
    ]
    return Picture(
        "scenarios",
        band_chart(charted, has_bands=bool(spans)),
        alt=f"Part des habitants à {under(results)} par scénario. {' ; '.join(words)}.",
        caption="La part de chaque scénario"
        + (
            " et sa fourchette ; les barres bougent ensemble : deux qui se recouvrent peuvent être classées"
            if spans
            else ""
        ),
    )


def _other_mode_lines(results: Results, others: list[Scenario]) -> list[str]:
    """The scenario that another mode moves most, where it moves more people than the headline mode; none elsewhere."""
    ledger, own = results.changes.ledger, results.study.analysis.headline_mode
    if len(ledger) == 0:
        return []
    rows = ledger[(ledger["rule"] == ANY) & (ledger["area_id"] == TOTAL) & (ledger["public"] == EVERYBODY)]
    rows = rows[rows["mode"].isin(results.study_modes) & rows["scenario"].isin([item.name for item in others])]
    rows = rows.assign(moved=(rows["population_gained"] + rows["population_lost"]).fillna(0.0))
    usual = rows[rows["mode"] == own].set_index("scenario")["moved"]
    more = rows[rows["moved"].round() > rows["scenario"].map(usual).fillna(0.0).round()]
    if len(more) == 0:
        return []
    row = more.sort_values("moved").to_dict("records")[-1]
    title = next(item.title for item in others if item.name == row["scenario"])
    return [
        f"Le tableau est {labels.mode_phrase(results.modes[own]).lower()}. « {shortened(title, _LONGEST)} » compte "
        f"plus {labels.mode_phrase(results.modes[row['mode']]).lower()} : "
        f"{typography.count(row['population_gained'], 'gagné')}, {typography.count(row['population_lost'], 'perdu')}."
    ]


def _outcome(difference: Difference | None) -> str:
    if difference is None:
        return "—"
    if difference.outcome == UNDECIDED and not difference.changes_side:
        return none_or_one_sided(difference)
    return _OUTCOMES[difference.outcome]


def _moved(results: Results, what: str) -> dict[str, float]:
    """By scenario the inhabitants of the whole area gained or lost by the headline mode and threshold."""
    table = results.changes.ledger
    if len(table) == 0:
        return {}
    rows = table[
        (table["rule"] == ANY)
        & (table["area_id"] == TOTAL)
        & (table["public"] == EVERYBODY)
        & (table["mode"] == results.study.analysis.headline_mode)
    ]
    return dict(zip(rows["scenario"].astype(str), rows[f"population_{what}"].astype(float), strict=True))
