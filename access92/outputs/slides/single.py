"""Slides: each map of a run as a PNG of 1920 × 1080 pixels, with its answer, legend, ranking of areas and sources."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from access92._concurrency import thread_pool
from access92.measures.access import Access
from access92.outputs.figures import Figure, area_rows, headline
from access92.outputs.layout import new_file_in
from access92.outputs.maps.difference import changing_scenarios, difference_map_name, difference_sentence
from access92.outputs.maps.single import map_name
from access92.outputs.palette import kind_signs, rgb
from access92.outputs.slides.difference import difference_slide
from access92.outputs.slides.maps import MapScene, draw_access, map_classes, prepare_scene
from access92.outputs.slides.parts import (
    INK,
    LEFT,
    MAP_PX,
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
from access92.outputs.slides.raster import disc, font, save_png
from access92.outputs.words import labels, typography
from access92.outputs.words.maps import people_by_class
from access92.outputs.words.modes import factor_words
from access92.outputs.words.transit import riding_words
from access92.run.results import Results


def slide_name(page_name: str) -> str:
    """The file name of the slide of a map.

    >>> slide_name("map_sst-13_walk.html")
    'map_sst-13_walk.png'
    """
    return page_name.removesuffix(".html") + ".png"


def write_slides(results: Results, folder: Path, *, scene: MapScene | None = None, threads: int = 2) -> list[Path]:
    """Write one slide per scenario and mode, then one per difference map; their paths, in that order.

    ``scene``: of :func:`access92.outputs.slides.maps.prepare_scene` with MAP_PX, where it is there already.
    """
    scene = scene or prepare_scene(results, width_px=MAP_PX[0], height_px=MAP_PX[1])
    slides = [
        _Slide(
            map_name(item.scenario, item.mode),
            _access_title(results, item),
            partial(access_slide, results, item, scene),
        )
        for item in results.access_records
    ]
    slides += [
        _Slide(
            difference_map_name(item.name, mode),
            f"Ce que change « {item.title} » : {difference_sentence(results, item, mode)}",
            partial(difference_slide, results, item, mode, scene),
        )
        for item, mode in changing_scenarios(results)
    ]

    def write(slide: _Slide) -> Path:
        title = typography.typeset(slide.title)
        path = new_file_in(folder, slide_name(slide.page_name))
        return save_png(slide.draw(), path, title=title, rights=results.origin.attribution)

    with thread_pool(threads) as pool:
        return list(pool.map(write, slides))


@dataclass(frozen=True, slots=True)
class _Slide:
    """A slide to be written: the page of the same map, what it says in one sentence, and how it is drawn."""

    page_name: str
    title: str
    draw: Callable[[], Image.Image]


def _access_title(results: Results, access: Access) -> str:
    scenario = next(item.title for item in results.scenarios if item.name == access.scenario)
    total = headline(results, access.scenario, access.mode)
    return (
        f"{scenario} : {labels.mode_phrase(results.modes[access.mode]).lower()}, {typography.percent(total.share)} des "
        f"{typography.number(total.population)} habitants ({labels.population_words(results.study)}) à moins de "
        f"{typography.plain(results.study.analysis.threshold_min)} min d'un service"
    )


def access_slide(results: Results, access: Access, scene: MapScene) -> Image.Image:
    """The slide of one scenario and mode."""
    slide, pen = blank_slide(results, draw_access(results, access, scene), scene)
    study, mode = results.study, results.modes[access.mode]
    title = next(item.title for item in results.scenarios if item.name == access.scenario)
    total = headline(results, access.scenario, access.mode)
    threshold = typography.plain(study.analysis.threshold_min)
    column = Column(slide, pen, LEFT, 40, TEXT_PX)
    column = column.text(study.title, 16, colour=SOFT).text(title, 31, bold=True, gap=0.15)
    column = column.text(labels.mode_phrase(mode), 21, colour=SOFT, gap=0.5)
    pen.text(
        (LEFT - 3, column.top + 74),
        typography.percent(total.share),
        fill=rgb("#0d4f9e"),
        font=font(84, bold=True),
        anchor="ls",
    )
    column = column.space(96).text(
        f"des {typography.number(total.population)} habitants ({labels.population_words(study)}) atteignent un service "
        f"du scénario en moins de {threshold} min ; {typography.number(total.uncovered)} n'y arrivent pas.",
        20,
    )
    if mode.family == "car":
        column = column.text(
            f"Ne vaut que pour qui a une voiture ; temps × {factor_words(mode)} pour les bouchons, "
            f"{typography.plain(mode.parking_min)} min pour se garer.",
            15,
            colour=SOFT,
        )
    if mode.rides:
        words = riding_words(results, access.scenario, mode)
        column = column.text(f"{words[:1].upper()}{words[1:]}.", 15, colour=SOFT)
    column = _time_legend(results, access, column.space(4).rule())
    column = _kind_legend(results, access, scene, column.space(4))
    write_foot(results, pen, column.top)
    rows = sorted(area_rows(results, access.scenario, access.mode), key=lambda row: (-_known(row.share), row.name))
    heading = f"Part des habitants à moins de {threshold} min"
    draw_ranking(slide, heading, [(row.name, *_share_bar(row)) for row in rows[-MOST_AREAS:]], len(results.areas))
    return slide


def _places(count: int) -> str:
    return f"{count} lieu" if count == 1 else f"{count} lieux"


def _known(share: float) -> float:
    return share if np.isfinite(share) else -1.0


def _share_bar(row: Figure) -> tuple[list[tuple[float, float, str]], str]:
    share = max(_known(row.share), 0.0)
    return [(0.0, share, "#2f7dbf"), (share, 1.0, "#f6c48d")], typography.percent(row.share)


def _time_legend(results: Results, access: Access, column: Column) -> Column:
    classes = map_classes(results)
    population = people_by_class(results, access, classes)
    column = column.text("Temps de trajet vers le service le plus proche", 16, bold=True, gap=0.35)
    everyone, most, pen, top = (
        max(float(population.sum()), 1e-9),
        max(float(population.max()), 1e-9),
        column.pen,
        column.top,
    )
    last = sum(item.is_covered for item in classes) - 1
    for number, (item, count) in enumerate(zip(classes, population, strict=True)):
        middle = top + 13
        pen.rectangle((LEFT, top + 4, LEFT + 22, top + 22), fill=rgb(item.colour), outline=rgb("#555555"))
        pen.text((LEFT + 32, middle), typography.typeset(item.label), fill=rgb(INK), font=font(16), anchor="lm")
        full = 130.0
        pen.rectangle(
            (LEFT + 308, top + 6, LEFT + 308 + max(full * float(count) / most, 1), top + 20), fill=rgb(item.colour)
        )
        write_right(pen, LEFT + TEXT_PX, middle, typography.percent(float(count) / everyone), font(16))
        top += 27
        if number == last:
            pen.rectangle((LEFT, top, LEFT + TEXT_PX, top + 2), fill=rgb(INK))
            top += 5
    threshold = typography.plain(results.study.analysis.threshold_min)
    line = top + 12
    pen.rectangle((LEFT, line - 7, LEFT + 22, line + 9), fill=rgb("#dbe7f2"), outline=rgb("#08306b"), width=2)
    pen.text(
        (LEFT + 32, line + 1),
        typography.typeset(f"Isochrone : moins de {threshold} min d'un service"),
        fill=rgb(INK),
        font=font(16),
        anchor="lm",
    )
    return replace(column, top=top + 36)


def _kind_legend(results: Results, access: Access, scene: MapScene, column: Column) -> Column:
    kinds = results.services["kind"].iloc[access.service_rows].value_counts()
    top = column.top
    for kind, (sign, colour) in kind_signs(results.study.kinds).items():
        if kind in kinds.index:
            label = labels.kind_label(kind, results.study.kinds)
            top = mark_line(column, top, disc(sign, colour, 19), f"{label} : {_places(int(kinds[kind]))}")
    doubtful = any(labels.doubt(scene.services[int(row)]) for row in access.service_rows)
    if doubtful:
        top = mark_line(column, top, disc("", "#888888", 15, halo="#ffd54a"), "Halo jaune : position douteuse")
    return replace(column, top=top + 6)
