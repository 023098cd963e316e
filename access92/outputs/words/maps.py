"""The words of a map: header and legend (French HTML, escaped), sheets of services, tips of areas (plain text)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import geopandas as gpd
import numpy as np
import pandas as pd
from markupsafe import Markup

from access92.measures.access import Access
from access92.outputs.figures import area_rows, headline, sources
from access92.outputs.pages import render
from access92.outputs.palette import TimeClass, class_numbers, kind_signs
from access92.outputs.words import labels, typography
from access92.outputs.words.modes import factor_words
from access92.outputs.words.transit import riding_words
from access92.run.results import Results
from access92.study.kinds import KINDS, Kind

_ADDRESS = re.compile(r"https?://[^\s;]+[^\s;,.)]")


def header_html(results: Results, access: Access, classes: tuple[TimeClass, ...]) -> Markup:
    """The header of the page and, hidden until the script places it, its legend."""
    study = results.study
    mode = results.modes[access.mode]
    total = headline(results, access.scenario, access.mode)
    population = people_by_class(results, access, classes)

    # the legend marks where the threshold falls: the last class that counts as covered
    last_covered = sum(item.is_covered for item in classes) - 1
    everyone = max(population.sum(), 1e-9)  # shares of nobody are 0, not an error
    # the legend explains no sign that is absent from the map
    counted = set(results.services["kind"].iloc[access.service_rows])
    return render(
        "map_header.html",
        area_names=list(results.areas["name"]),
        whole_name=results.study.areas.whole_name,
        scenario_title=next(item.title for item in results.scenarios if item.name == access.scenario),
        mode_phrase=labels.mode_phrase(mode),
        mode_label=mode.label,
        mode_note=mode_note(results, access.mode, access.scenario),
        share=typography.percent(total.share),
        population=typography.number(total.population),
        population_words=labels.population_words(study),
        threshold=typography.plain(study.analysis.threshold_min),
        services_vintage=study.services.vintage or typography.day(study.analysis.reference_date),
        streets_label=results.origin.label,
        streets_vintage=results.origin.vintage,
        study_title=study.title,
        is_demo=results.origin.is_demo,
        classes=[
            {
                "colour": item.colour,
                "label": item.label,
                "people": f"{typography.number(count)}\u00a0hab.",
                "share": typography.percent(count / everyone),
                "is_last_covered": i == last_covered,
            }
            for i, (item, count) in enumerate(zip(classes, population, strict=True))
        ],
        kinds=[
            {"sign": sign, "colour": colour, "label": labels.kind_label(kind, study.kinds)}
            for kind, (sign, colour) in kind_signs(study.kinds).items()
            if kind in counted
        ],
        sources=[f"{item.role} : {item.words}" for item in sources(results)],
    )


def page_title(results: Results, access: Access) -> str:
    """The title of the page, plain text: study, scenario, mode."""
    scenario = next(item.title for item in results.scenarios if item.name == access.scenario)
    mode = labels.mode_phrase(results.modes[access.mode])
    return typography.typeset(f"{results.study.title} : {scenario}, {mode[0].lower()}{mode[1:]}")


def mode_note(results: Results, mode_name: str, scenario: str = "") -> str:
    """What a figure of this mode must say of itself.

    By car congestion and parking, and that it never stands alone; by public transport which departures, of which
    timetable, as the scenario has it.
    """
    mode = results.modes[mode_name]
    if mode.rides:
        return f" ({riding_words(results, scenario, mode)})"
    if mode.family != "car":
        return ""
    factor = factor_words(mode)
    parking = typography.plain(mode.parking_min)
    return (
        f" (temps de circulation × {factor} pour les bouchons, {parking} min pour se garer ; "
        "ne vaut que pour qui a une voiture)"
    )


def short_mode_note(results: Results, mode_name: str, scenario: str = "") -> str:
    """The same for a first page: of a car that jams and parking are counted, not by how much."""
    if results.modes[mode_name].family == "car" and not results.modes[mode_name].rides:
        return " (bouchons et stationnement compris ; ne vaut que pour qui a une voiture)"
    return mode_note(results, mode_name, scenario)


def riding_note(results: Results, mode_name: str, scenario: str = "") -> str:
    """What the page of a run says of figures by public transport, by the timetable of a scenario where one is given."""
    needs_a_run = (
        "Un service posé ou déplacé sur la carte n'est pas compté en transports en commun : il demande un calcul"
    )
    return typography.typeset(f"{mode_note(results, mode_name, scenario)}. {needs_a_run}")


def people_by_class(results: Results, access: Access, classes: tuple[TimeClass, ...]) -> np.ndarray:
    """Inhabitants in each class of travel time (float64, one a class); a time at a bound is in the class above."""
    which = class_numbers(access.travel_time_min, classes)
    return np.bincount(which, weights=results.demand["population"].to_numpy(dtype=float), minlength=len(classes))


def area_tips(results: Results, access: Access) -> list[list[str]]:
    """For each area, in order, the lines of its tip: its name, people, coverage, median and 90th percentile."""
    cutoff = results.study.analysis.cutoff_min
    threshold = typography.plain(results.study.analysis.threshold_min)
    return [
        typeset_lines(
            row.name,
            typography.count(row.population, "habitant"),
            f"{typography.percent(row.share)} à moins de {threshold} min",
            f"médiane {typography.minutes(row.median_min, cutoff_min=cutoff)} ; "
            f"90 % à moins de {typography.minutes(row.p90_min, cutoff_min=cutoff)}",
        )
        for row in area_rows(results, access.scenario, access.mode)
    ]


def typeset_lines(*lines: object) -> list[str]:
    """Each line as plain text with French spaces."""
    return [typography.typeset(str(line)) for line in lines]


def service_sheets(services: gpd.GeoDataFrame, mode: str, kinds: Sequence[Kind] = KINDS) -> list[dict[str, Any]]:
    """The sheet of each service, in the order of the table, as the page reads it: plain text, no HTML.

    ``doubt``: a sentence or nothing; ``rows``: a term and its parts, a part being a text or ``[words, address]``;
    ``snap``: the distance to the street by this mode.
    """
    rows = services.drop(columns=services.geometry.name).to_dict("records")
    return [_sheet(row, mode, kinds) for row in rows]


def _sheet(service: Mapping[str, Any], mode: str, kinds: Sequence[Kind]) -> dict[str, Any]:
    names = [service["kind"], *filter(None, labels.text(service.get("also_kinds")).split(";"))]
    snap_m = service.get(f"snap_m_{mode}", service.get("snap_m"))
    snapped = snap_m is not None and pd.notna(snap_m)
    doubt = labels.doubt(service)
    rows = (
        ("Catégorie", " ; ".join(labels.kind_label(name.strip(), kinds) for name in names)),
        ("Adresse", labels.text(service.get("address")) or "non connue"),
        ("Horaires", labels.text(service.get("hours")) or "non connus"),
        ("Validité", validity(service)),
        ("Position", labels.text(service.get("position_basis"))),
        ("Confiance", labels.text(service.get("confidence"))),
        ("Remarque", labels.text(service.get("note"))),
        ("Source", labels.text(service.get("source"))),
    )
    return {
        "doubt": typography.typeset(f"{doubt[:1].upper()}{doubt[1:]}.") if doubt else "",
        "rows": [[term, _linked(words) if term == "Source" else typeset_lines(words)] for term, words in rows if words],
        "snap": typography.typeset(f"à {snap_m:.0f} m de la rue" if snapped else "non rattaché au réseau"),
    }


def _linked(words: str) -> list[str | list[str]]:
    """A source in parts: its web addresses (http and https only) as links named by their site, the rest as text."""
    parts: list[str | list[str]] = []
    at = 0
    for address in _ADDRESS.finditer(words):
        parts += [typography.typeset(words[at : address.start()]), [_site(address[0]), address[0]]]
        at = address.end()
    return [part for part in (*parts, typography.typeset(words[at:])) if part]


def _site(address: str) -> str:
    """The host of a web address, or all of it where it names none."""
    try:
        host = urlsplit(address).hostname
    except ValueError:  # as « http://[ »
        host = None
    return (host or address).removeprefix("www.")


def validity(service: Mapping[str, Any]) -> str:
    """From when to when a service is open; empty where nothing is known.

    >>> validity({"valid_from": "2023-05-16"}).split()
    ['depuis', 'le', '16', 'mai', '2023']
    """
    words = []
    for name, before in (("valid_from", "depuis le"), ("valid_to", "jusqu'au")):
        written = labels.text(service.get(name))
        if written:
            words.append(f"{before} {typography.day(pd.Timestamp(written).date())}")
    return " ".join(words)
