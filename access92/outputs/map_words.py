"""The words of a map: header, legend, popups of services, tips of areas; French HTML, escaped."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
from markupsafe import Markup, escape

from access92.outputs import french, wording
from access92.outputs.figures import area_rows, headline, sources
from access92.outputs.pages import environment
from access92.outputs.palette import KIND_SIGNS, TimeClass, class_numbers
from access92.results import Results
from access92.situations import Situation

_ADDRESS = re.compile(r"https?://[^\s;]+[^\s;,.)]")


def header_html(results: Results, situation: Situation, classes: tuple[TimeClass, ...]) -> str:
    """The header of the page and, hidden until the script places it, its legend."""
    study = results.study
    mode = results.modes[situation.mode]
    total = headline(results, situation.scenario, situation.mode)
    people = people_by_class(results, situation, classes)
    last_covered = sum(item.is_covered for item in classes) - 1
    everyone = max(people.sum(), 1e-9)
    counted = set(results.services["kind"].iloc[situation.service_rows])
    html = (
        environment()
        .get_template("map_header.html")
        .render(
            area_names=list(results.areas["name"]),
            scenario_title=next(item.title for item in results.scenarios if item.name == situation.scenario),
            mode_phrase=wording.mode_phrase(mode),
            mode_label=mode.label,
            mode_note=mode_note(results, situation.mode),
            share=french.percent(total.share),
            population=french.number(total.population),
            population_words=wording.population_words(study),
            threshold=french.plain(study.analysis.threshold_min),
            services_vintage=study.services.vintage or french.day(study.analysis.reference_date),
            streets_label=results.origin.label,
            streets_vintage=results.origin.vintage,
            study_title=study.title,
            is_demo=results.origin.is_demo,
            classes=[
                {
                    "colour": item.colour,
                    "label": item.label,
                    "people": f"{french.number(count)}\u00a0hab.",
                    "share": french.percent(count / everyone),
                    "is_last_covered": i == last_covered,
                }
                for i, (item, count) in enumerate(zip(classes, people, strict=True))
            ],
            kinds=[
                {"sign": sign, "colour": colour, "label": wording.kind_label(kind)}
                for kind, (sign, colour) in KIND_SIGNS.items()
                if kind in counted
            ],
            sources=[f"{item.role} : {item.words}" for item in sources(results)],
        )
    )
    return french.typeset_html(html)


def page_title(results: Results, situation: Situation) -> str:
    """The title of the page: study, scenario, mode.

    Titles are plain text in the page's head: escaped here.
    """
    scenario = next(item.title for item in results.scenarios if item.name == situation.scenario)
    mode = wording.mode_phrase(results.modes[situation.mode])
    return str(escape(french.typeset(f"{results.study.title} : {scenario}, {mode[0].lower()}{mode[1:]}")))


def mode_note(results: Results, mode_name: str) -> str:
    """What a figure of this mode must say of itself: congestion and parking, and that it never stands alone."""
    mode = results.modes[mode_name]
    if mode.family != "car":
        return ""
    factor = french.number(mode.time_factor, decimals=2)
    parking = french.plain(mode.parking_min)
    return (
        f" (temps de circulation × {factor} pour les bouchons, {parking} min pour se garer ; "
        "ne vaut que pour qui a une voiture)"
    )


def people_by_class(results: Results, situation: Situation, classes: tuple[TimeClass, ...]) -> np.ndarray:
    """Inhabitants in each class of travel time (float64, one a class); a time at a bound is in the class above."""
    which = class_numbers(situation.travel_time_min, classes)
    return np.bincount(which, weights=results.demand["population"].to_numpy(dtype=float), minlength=len(classes))


def area_tips(results: Results, situation: Situation) -> list[str]:
    """For each area, in order: its name, people, coverage, median and 90th percentile."""
    template = environment().from_string(
        "<strong>{{ name }}</strong><br>{{ people }}<br>{{ share }} à moins de {{ threshold }}\u00a0min<br>"
        "médiane {{ median }} ; 90\u00a0% à moins de {{ p90 }}",
    )
    cutoff = results.study.analysis.cutoff_min
    return [
        french.typeset_html(
            template.render(
                name=row.name,
                people=french.count(row.population, "habitant"),
                share=french.percent(row.share),
                threshold=french.plain(results.study.analysis.threshold_min),
                median=french.minutes(row.median_min, cutoff_min=cutoff),
                p90=french.minutes(row.p90_min, cutoff_min=cutoff),
            )
        )
        for row in area_rows(results, situation.scenario, situation.mode)
    ]


def service_popups(services: gpd.GeoDataFrame, mode: str) -> list[str]:
    """The popup of each service, in the order of the table."""
    template = environment().get_template("service_popup.html")
    rows = services.drop(columns=services.geometry.name).to_dict("records")
    return [french.typeset_html(template.render(**_popup(row, mode))) for row in rows]


def _popup(service: Mapping[str, Any], mode: str) -> dict[str, object]:
    kinds = [service["kind"], *filter(None, wording.text(service.get("also_kinds")).split(";"))]
    snap_m = service.get(f"snap_m_{mode}", service.get("snap_m"))
    snapped = snap_m is not None and pd.notna(snap_m)
    return {
        "name": wording.text(service["name"]),
        "doubt": wording.doubt(service),
        "rows": [
            ("Catégorie", " ; ".join(wording.kind_label(kind.strip()) for kind in kinds)),
            ("Adresse", wording.text(service.get("address")) or "non connue"),
            ("Horaires", wording.text(service.get("hours")) or "non connus"),
            ("Validité", validity(service)),
            ("Position", wording.text(service.get("position_basis"))),
            ("Confiance", wording.text(service.get("confidence"))),
            ("Rattachement", f"à {snap_m:.0f}\u00a0m de la rue" if snapped else "non rattaché au réseau"),
            ("Remarque", wording.text(service.get("note"))),
            ("Source", _linked(wording.text(service.get("source")))),
        ],
    }


def _linked(words: str) -> Markup:
    """A source with its web addresses as links named by their site."""
    pieces, at = [], 0
    for address in _ADDRESS.finditer(words):
        site = (urlsplit(address[0]).hostname or address[0]).removeprefix("www.")
        link = Markup('<a href="{}" rel="noopener noreferrer">{}</a>').format(address[0], site)
        pieces += [escape(words[at : address.start()]), link]
        at = address.end()
    return Markup("").join([*pieces, escape(words[at:])])


def validity(service: Mapping[str, Any]) -> str:
    """From when to when a service is open; empty where nothing is known.

    >>> validity({"valid_from": "2023-05-16"}).split()
    ['depuis', 'le', '16', 'mai', '2023']
    """
    words = []
    for name, before in (("valid_from", "depuis le"), ("valid_to", "jusqu'au")):
        written = wording.text(service.get(name))
        if written:
            words.append(f"{before} {french.day(pd.Timestamp(written).date())}")
    return " ".join(words)
