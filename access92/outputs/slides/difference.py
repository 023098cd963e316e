"""The slide of a difference: who gains and who loses when a scenario replaces the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PIL import Image

from access92.outputs.maps.difference import CHANGE_WORDS, changed_points_of, ledger_rows, ledger_total, service_changes
from access92.outputs.palette import CHANGE_COLOURS, SERVICE_CHANGES, rgb
from access92.outputs.slides.maps import MapScene, draw_difference
from access92.outputs.slides.parts import (
    INK,
    LEFT,
    MOST_AREAS,
    SOFT,
    TEXT_PX,
    Column,
    blank_slide,
    draw_ranking,
    mark_line,
    write_foot,
    write_right,
)
from access92.outputs.slides.raster import disc, font
from access92.outputs.words import labels, typography
from access92.outputs.words.transit import riding_words
from access92.run.results import Results
from access92.study.model import Scenario
from access92.study.schemas import TOTAL

_SERVICE_WORDS = {
    "added": "service en plus",
    "moved": "service déplacé",
    "retyped": "service qui change de catégorie",
    "removed": "service en moins",
    "kept": "service inchangé",
}


def difference_slide(results: Results, scenario: Scenario, mode_name: str, scene: MapScene) -> Image.Image:
    """The slide of what a scenario changes against the first, by a mode."""
    slide, pen = blank_slide(results, draw_difference(results, scenario.name, mode_name, scene), scene)
    study = results.study
    mode = labels.mode_phrase(results.modes[mode_name])
    total = ledger_total(results, scenario.name, mode=mode_name)
    threshold = typography.plain(study.analysis.threshold_min)
    # left column: what is compared, then the two figures, never their sum
    column = Column(slide, pen, LEFT, 40, TEXT_PX)
    column = column.text(study.title, 16, colour=SOFT).text(
        f"Ce que change « {scenario.title} »", 30, bold=True, gap=0.15
    )
    column = column.text(f"par rapport à « {results.scenarios[0].title} »", 20, colour=SOFT, gap=0.2)
    rides = results.modes[mode_name].rides
    column = column.text(f"{mode}, moins de {threshold} min", 20, colour=SOFT, gap=0.3 if rides else 0.7)
    if rides:  # which departures, of which day, and what the scenario changes of the timetable
        column = column.text(riding_words(results, scenario.name, results.modes[mode_name]), 14, colour=SOFT, gap=0.7)
    for figure, word, colour in (
        (float(total["population_gained"]), "gagnés : passent sous le seuil", CHANGE_COLOURS["gained"]),
        (float(total["population_lost"]), "perdus : repassent au-dessus", CHANGE_COLOURS["lost"]),
    ):
        pen.text(
            (LEFT - 2, column.top + 50),
            typography.number(figure),
            fill=rgb(colour),
            font=font(54, bold=True),
            anchor="ls",
        )
        column = column.space(60).text(f"habitants {word}", 19, gap=0.6)
    column = column.text(
        f"sur {typography.number(float(total['population']))} ({labels.population_words(study)}). "
        f"{left_out_words(total)}",
        17,
        colour=SOFT,
    )
    column = _change_legend(results, scenario, mode_name, column.space(4).rule())
    write_foot(results, pen, column.top)
    # right column: the communes that move most, losses and gains on one common scale
    rows = _changed_areas(results, scenario.name, mode_name)
    most_gained = max([gained for _, gained, _ in rows], default=0.0)
    most_lost = max([lost for _, _, lost in rows], default=0.0)
    whole = (most_gained + most_lost) or 1.0
    zero = most_lost / whole
    draw_ranking(
        slide, "Habitants gagnés et perdus",
        [
            (
                name,
                [
                    (zero - lost / whole, zero, CHANGE_COLOURS["lost"]),
                    (zero, zero + gained / whole, CHANGE_COLOURS["gained"]),
                    (zero - 0.004, zero + 0.004, "#555555"),
                ],
                _gained_and_lost(gained, lost),
            )
            for name, gained, lost in rows[:MOST_AREAS]
        ],
        min(len(rows), MOST_AREAS),
    )  # fmt: skip
    return slide


def left_out_words(total: Mapping[str, Any]) -> str:
    """How many are not covered after the change, and how many of them were not before either."""
    still, lost = float(total["population_still_uncovered"]), float(total["population_lost"])
    after = typography.number(still + lost)
    if round(lost) == 0:
        return f"{after} restent non couverts."
    return f"{after} ne sont pas couverts, dont {typography.number(still)} qui ne l'étaient déjà pas."


def _gained_and_lost(gained: float, lost: float) -> str:
    """Both figures, never their difference."""
    return "  ".join(
        [f"+{typography.number(gained)}"] * (round(gained) > 0) + [typography.number(-lost)] * (round(lost) > 0)
    )


def _change_legend(results: Results, scenario: Scenario, mode: str, column: Column) -> Column:
    population = changed_points_of(results, scenario.name, mode).groupby("change")["population"].sum()
    pen, top = column.pen, column.top
    for change, colour in CHANGE_COLOURS.items():
        middle = top + 13
        if change in ("lost", "slower"):
            for ends in ((4, -8, 20, 8), (4, 8, 20, -8)):
                pen.line(
                    (LEFT + ends[0], middle + ends[1], LEFT + ends[2], middle + ends[3]), fill=rgb(colour), width=4
                )
        else:
            mark = disc("", colour, 15, ring=colour)
            column.slide.paste(mark, (LEFT + 11 - mark.width // 2, int(middle) - mark.height // 2), mark)
        pen.text(
            (LEFT + 32, middle), typography.typeset(CHANGE_WORDS[change]), fill=rgb(INK), font=font(15), anchor="lm"
        )
        write_right(pen, LEFT + TEXT_PX, middle, typography.number(float(population.get(change, 0.0))), font(15))
        top += 27
    top += 8
    kinds = list(service_changes(results, scenario.name).values())
    for name, (sign, colour) in SERVICE_CHANGES.items():
        if name in kinds:
            size = 11 if name == "kept" else 20
            words = _SERVICE_WORDS[name][0].upper() + _SERVICE_WORDS[name][1:]
            top = mark_line(column, top, disc(sign, colour, size), f"{words} ({kinds.count(name)})")
    return replace(column, top=top + 6)


def _changed_areas(results: Results, scenario: str, mode: str) -> list[tuple[str, float, float]]:
    """Name, people gained and lost of each area where some are, the largest change first."""
    rows = ledger_rows(results, scenario, mode=mode)
    rows = rows[rows["area_id"] != TOTAL]
    names = dict(zip(results.areas["area_id"], results.areas["name"], strict=True))
    areas = [
        (str(names.get(area, area)), float(gained), float(lost))
        for area, gained, lost in zip(rows["area_id"], rows["population_gained"], rows["population_lost"], strict=True)
    ]
    return sorted((row for row in areas if max(row[1:]) >= 0.5), key=lambda row: (-(row[1] + row[2]), row[0]))  # noqa: PLR2004 - half a person
