"""The chapter on sectors: the time to the SST that is in charge of the commune, against the nearest one."""

from __future__ import annotations

from access92.outputs.figures import area_rows, headline
from access92.outputs.report.basis import basis_line, people_words, under
from access92.outputs.report.communes import short_minutes
from access92.outputs.report.content import Chapter, Link, Table, paragraph, present
from access92.outputs.words import labels, typography
from access92.outputs.words.contrast import counted_kinds
from access92.outputs.words.names import area_names, lower_mode, service_names
from access92.run.results import Results
from access92.study.schemas import TOTAL


def sector_sentence(results: Results) -> str:
    """Of the people whose SST is known how many reach it, and the nearest SST, within the threshold; '' where unknown.

    A clause, without its full stop: the first scenario, by the headline mode.
    """
    table = results.changes.competence
    if len(table) == 0 or "population_competent_under" not in table:
        return ""
    totals = table[(table["scenario"] == results.scenarios[0].name) & (table["area_id"] == TOTAL)]
    total = totals.to_dict("records")[0]
    counted = total["population"] - total["population_left_out"]
    if counted <= 0:
        return ""
    competent, nearest = (
        typography.percent(total[f"population_{name}_under"] / counted) for name in ("competent", "nearest")
    )
    noun = labels.noun_of(results.study.competent_kind)
    return (
        f"sur {people_words(results, population=counted)} dont {noun.definite} est connu{noun.e}, {competent} "
        "l'atteignent en "
        f"{under(results)}utes, {lower_mode(results, results.study.analysis.headline_mode)}, et {nearest} "
        f"atteignent ainsi {noun.definite} {noun.article} plus proche"
        f"{_why_otherwise(results, total['population_nearest_under'] / counted)}"
    )


def _why_otherwise(results: Results, share: float) -> str:
    """Why the ``share`` near the nearest one is not that of everybody; '' where the communes left aside are not why."""
    table, mode = results.changes.competence, results.study.analysis.headline_mode
    first = results.scenarios[0].name
    left = table[(table["scenario"] == first) & (table["population_left_out"] >= table["population"])]
    rows = [row for row in area_rows(results, first, mode) if row.area_id in set(left["area_id"])]
    people, everyone = sum(row.population for row in rows), headline(results, first, mode).share
    if people <= 0:
        return ""
    own = 1 - sum(row.uncovered for row in rows) / people
    is_higher = own < everyone < share
    # a lower share may also come from other kinds of services, which everybody's share counts
    kind = results.study.competent_kind
    is_lower = share < everyone < own and kind is not None and set(counted_kinds(results, first)) == {kind.name}
    if not is_higher and not is_lower:
        return ""
    return (
        f" ; ces parts ne sont pas celle de tous les habitants ({typography.percent(everyone)}), car les communes "
        f"laissées de côté sont {'moins bien' if is_higher else 'mieux'} desservies ({typography.percent(own)})"
    )


def unknown_sectors(results: Results) -> str:
    """The people and the communes of which no source says who receives them, in a sentence; '' where all are known."""
    table = results.changes.competence
    of_first = table[table["scenario"] == results.scenarios[0].name]
    rows = of_first[(of_first["area_id"] != TOTAL) & (of_first["population_left_out"] > 0)]
    if len(rows) == 0:
        return ""
    names = area_names(results)
    # a commune with a part of its people left out counts with that part
    left_out = float(rows["population_left_out"].sum())
    share = typography.percent(left_out / float(of_first.loc[of_first["area_id"] == TOTAL, "population"].iloc[0]))
    noun = labels.noun_of(results.study.competent_kind)
    listed = typography.listed(sorted(names.get(str(item), str(item)) for item in rows["area_id"]))
    return (
        f"{typography.count(left_out, 'habitant')} ({share}) vivent dans {typography.count(len(rows), 'commune')} dont "
        f"aucune source lue ne dit {noun.which} les reçoit : {listed}."
    )


def sectors_title(results: Results) -> str:
    """The title of the chapter: « SST compétent ou SST le plus proche »."""
    noun = labels.noun_of(results.study.competent_kind)
    return f"{first_upper(noun.bare)} compétent{noun.e} ou {noun.bare} {noun.article} plus proche"


def first_upper(words: str) -> str:
    """The words as a title or a heading begins."""
    return words[:1].upper() + words[1:]


def sectors_chapter(results: Results) -> Chapter | None:
    """Time to the competent SST against the nearest one, in the first scenario; None where no sector is known."""
    table = results.changes.competence
    if len(table) == 0:
        return None
    first = results.scenarios[0]
    by_area = table[table["scenario"] == first.name]
    total = by_area[by_area["area_id"] == TOTAL].to_dict("records")[0]
    known = by_area[(by_area["area_id"] != TOTAL) & (by_area["competent_service_ids"] != "")]
    if len(known) == 0:
        return None
    # people whose commune has no known service are left out, and counted as such: never in a median
    counted = total["population"] - total["population_left_out"]
    cutoff = results.study.analysis.cutoff_min
    names, services = area_names(results), service_names(results)
    mode = lower_mode(results, results.study.analysis.headline_mode)
    bound = f"{mode}, durée retenue : moins de {typography.plain(cutoff)} min"
    # the communes whose service is known, then all of them together
    rows = tuple(
        (
            names.get(row["area_id"], "Ensemble des communes connues"),
            " ; ".join(services.get(item, item) for item in row["competent_service_ids"].split(";") if item),
            typography.number(row["population"] - row["population_left_out"]),
            short_minutes(row["median_competent_min"], cutoff),
            short_minutes(row["median_nearest_min"], cutoff),
            typography.number(row["population_nearest_other"]),
            typography.number(row["minutes_lost_person_min"] / 60),
        )
        for row in [*known.to_dict("records"), total]
    )
    noun = labels.noun_of(results.study.competent_kind)
    its, le, e = noun.definite, noun.article, noun.e
    within, unknown = sector_sentence(results), unknown_sectors(results)
    other_share = typography.percent(total["population_nearest_other"] / counted) if counted > 0 else "—"
    return Chapter(
        "competent",
        sectors_title(results),
        present(
            paragraph(
                f"Un habitant est reçu par {its} de sa commune, qui n'est pas toujours {le} plus proche. "
                + (f"{unknown} Ils sont laissés de côté ({bound})." if unknown else "")
            ),
            paragraph(
                f"Sur {people_words(results, population=counted)} dont {its} est connu{e} ({bound}), "
                f"{typography.number(total['population_nearest_other'])} ({other_share}) ont {noun.indefinite} plus "
                f"proche que {le} leur et {typography.number(total['population_unreached'])} n'atteignent pas {le} "
                f"leur. En moyenne, parmi ceux qui atteignent {le} leur, {its} compétent{e} est à "
                f"{typography.minutes(total['mean_competent_min'])}, {le} plus proche à "
                f"{typography.minutes(total['mean_nearest_min'])}."
            ),
            paragraph(f"{within[0].upper()}{within[1:]}.") if within else None,
            Table(
                f"« {first.title} », {mode} : communes dont {its} compétent{e} est connu{e} "
                "(durées médianes en minutes)",
                ("Commune", f"{first_upper(noun.bare)} compétent{e}", "habitants", f"médiane, compétent{e}",
                 f"médiane, {le} plus proche", f"dont {le} plus proche est un{e} autre",
                 "heures-personnes perdues par trajet"),
                rows,
                text_columns=2,
                basis=basis_line(
                    results, population_words="les habitants de chaque commune",
                    threshold=f"aucun (durée retenue : moins de {typography.plain(cutoff)} min)",
                ),
                has_total=True,
            ),
            paragraph("Autres scénarios : ", Link("competence.csv", "competence.csv"), "."),
        ),
    )  # fmt: skip
