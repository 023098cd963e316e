"""The second page of the brief: where people are covered, commune by commune, and who of the publics is."""

from __future__ import annotations

import numpy as np

from access92.measures.publics import CountedPublic
from access92.outputs.figures import area_rows, figures, headline
from access92.outputs.report.basis import rule_words, under
from access92.outputs.report.certainty import shortened
from access92.outputs.report.communes import labelled_picture
from access92.outputs.report.content import Block, Chapter, Columns, Paragraph, Strong, Table, paragraph, present
from access92.outputs.report.publics import as_everybody_head, counted_publics, has_own_mode, share_as_everybody
from access92.outputs.report.small_maps import BaseMap
from access92.outputs.report.uncovered import largest_of, pocket_words
from access92.outputs.words import typography
from access92.outputs.words.publics import base_words, everybodys_pace_words, public_words, unit_words
from access92.run.results import Results
from access92.study.schemas import TOTAL
from access92.study.units import PERSONS

_MOST_AREAS = 40
_MOST_PUBLICS = 9
_MOST_POCKETS = 5
_MAP_MM = 90.0


def places_page(results: Results, base_map: BaseMap) -> Chapter:
    """The map and the table of the communes, the publics below."""
    return Chapter(
        "ou",
        f"Où, et qui : {typography.count(len(results.areas), 'commune')}",
        present(
            _where(results),
            Columns(
                (labelled_picture(results, base_map, width_mm=_MAP_MM),),
                (areas_table(results),),
                left_share=0.5,
            ),
            _pockets(results),
            publics_table(results),
        ),
        starts_page=True,
    )


def _where(results: Results) -> Paragraph | None:
    """How many communes are wholly covered, how many not at all, and where half of those left out live."""
    rows = [
        row
        for row in area_rows(results, results.scenarios[0].name, results.study.analysis.headline_mode)
        if row.population > 0
    ]
    total = sum(row.uncovered for row in rows)
    if not rows or total <= 0:
        return paragraph(f"Tous les habitants sont {rule_words(results)}.", role="lead") if rows else None
    ordered = sorted(rows, key=lambda row: (-row.uncovered, row.area_id))
    needed = int(np.searchsorted(np.cumsum([row.uncovered for row in ordered]), total / 2)) + 1
    whole, none = (sum(row.share == share for row in rows) for share in (1.0, 0.0))
    said = [f"La moitié des habitants non couverts vivent dans {_communes(needed)}, où ils sont le plus nombreux"]
    if whole:
        said.append(f"{_communes(whole)} {'est' if whole == 1 else 'sont'} entièrement "
                    f"couverte{'' if whole == 1 else 's'}")  # fmt: skip
    if none:
        said.append(f"dans {_communes(none)} personne ne l'est")
    return paragraph(f"{' ; '.join(said)}.", role="lead")


def _pockets(results: Results) -> Paragraph | None:
    """The largest pockets by their names and people; None where everybody is covered."""
    pockets = largest_of(results, results.scenarios[0].name).head(_MOST_POCKETS)
    if len(pockets) == 0:
        return None
    said = [
        f"{shortened(pocket_words(results, row))}, {typography.count(row['population'], 'habitant')}"
        for _, row in pockets.iterrows()
    ]
    return paragraph(
        Strong("Les plus grandes poches non couvertes : "),
        " ; ".join(said),
        ". Une poche groupe des lieux voisins et passe les limites des communes ; la commune dite est celle de la "
        "plupart de ses habitants.",
    )


def _communes(count: int) -> str:
    return typography.count(count, "commune")


def areas_table(results: Results) -> Table:
    """Of the communes the inhabitants, the people left out and the share: all of them, or those with most left out."""
    mode = results.study.analysis.headline_mode
    first = results.scenarios[0].name
    rows = sorted(area_rows(results, first, mode), key=lambda row: (-row.uncovered, row.area_id))
    total = headline(results, first, mode)
    left = len(rows) - _MOST_AREAS
    return Table(
        f"{f'{_MOST_AREAS} communes' if left > 0 else 'Les communes'}, du plus au moins d'habitants non couverts",
        ("Commune", "habitants", "non couverts", "part couverte"),
        tuple(
            (
                row.name,
                typography.number(row.population),
                typography.number(row.uncovered),
                typography.percent(row.share),
            )
            for row in (*rows[:_MOST_AREAS], total)
        ),
        basis=f"Part : à {under(results)}. Les {typography.number(left)} autres communes sont en annexe." * (left > 0),
        has_total=True,
    )


def publics_lines(results: Results) -> list[str]:
    """The public that is covered least, and the one covered most, each at its own pace; none without publics.

    Of one that goes otherwise than everybody, also what its share would be if it did not: the pace decides.
    """
    first, own = results.scenarios[0].name, results.study.analysis.headline_mode
    threshold_min = results.study.analysis.threshold_min
    lines = {
        _public_line(results, public, share): share
        for public in counted_publics(results)
        for share in [
            figures(results, first, public.modes[own], threshold_min=threshold_min, public=public.name)[TOTAL].share
        ]
    }
    if len(lines) < 2:  # noqa: PLR2004 - a first and a last
        return list(lines)
    least, most = min(lines, key=lines.__getitem__), max(lines, key=lines.__getitem__)
    return [f"Public le moins couvert : {least}", f"Public le plus couvert : {most}"]


def _public_line(results: Results, public: CountedPublic, share: float) -> str:
    first, own = results.scenarios[0].name, results.study.analysis.headline_mode
    words = f"{public_words(results, public, public.modes[own], scenario=first)}, {typography.percent(share)}"
    if not has_own_mode(results, public):
        return words
    other = typography.percent(share_as_everybody(results, public, scenario=first))
    return f"{words} ; {everybodys_pace_words(results, scenario=first)} : {other}"


def publics_table(results: Results) -> Block | None:
    """Who of the first publics is covered, each at its own pace; None where everybody is the only one."""
    publics = counted_publics(results)
    first, own = results.scenarios[0].name, results.study.analysis.headline_mode
    if not publics:
        return None
    as_everybody = as_everybody_head(results, publics[:_MOST_PUBLICS])
    rows = []
    for public in publics[:_MOST_PUBLICS]:
        mode = public.modes[own]
        total = figures(results, first, mode, threshold_min=results.study.analysis.threshold_min, public=public.name)[
            TOTAL
        ]
        rows.append(
            (
                public_words(results, public, mode, scenario=first),
                unit_words(public),
                typography.number(total.population),
                typography.number(total.uncovered),
                typography.percent(total.share),
                *(typography.percent(share_as_everybody(results, public, scenario=first)) for _ in as_everybody),
            )
        )
    more = len(publics) - len(rows)
    units = {item.unit for item in publics[:_MOST_PUBLICS]}
    others = f" ; {typography.count(more, 'autre')} en annexe" if more > 0 else ""
    return Table(
        f"Chacun à son pas : à {under(results)} d'un service{others}",
        ("Public", "Unité", "en tout", "non couverts", "part couverte", *as_everybody),
        tuple(rows),
        text_columns=2,
        basis=" ; ".join(
            part
            for part in (
                "" if units == {PERSONS} else base_words(results.study, units),
                "d'où vient chaque pas : Paramètres, dans report.pdf" if as_everybody else "",
                "une même personne peut compter dans plusieurs publics" if len(publics) > 1 else "",
            )
            if part
        ),
    )
