"""One map per scenario that changes anything: who gains, loses, gets nearer or further, and which services changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from markupsafe import Markup

from access92.outputs.figures import sources
from access92.outputs.layout import new_file_in
from access92.outputs.maps.backdrop import MapBackdrop, pack_minutes, pack_rows, prepare_backdrop
from access92.outputs.maps.encoding import pack, pack_polygons, to_mercator
from access92.outputs.maps.single import page_words, service_marks
from access92.outputs.pages import render
from access92.outputs.palette import CHANGE_COLOURS, SERVICE_CHANGES
from access92.outputs.words import labels, typography
from access92.outputs.words.maps import typeset_lines
from access92.outputs.words.notices import description_words
from access92.outputs.words.transit import riding_words
from access92.run.results import Results
from access92.scenarios.chain import original_id
from access92.study.model import Scenario
from access92.study.schemas import ANY, EVERYBODY, TOTAL

CHANGE_WORDS: dict[str, str] = {
    "gained": "Gagnés : passent sous le seuil",
    "lost": "Perdus : repassent au-dessus du seuil",
    "faster": "Même côté du seuil, trajet plus court",
    "slower": "Même côté du seuil, trajet plus long",
}
_SERVICE_WORDS: dict[str, str] = {
    "added": "Services en plus",
    "moved": "Services déplacés (nouveau lieu)",
    "moved_from": "Services déplacés (ancien lieu)",
    "retyped": "Services qui changent de catégorie",
    "removed": "Services en moins",
    "kept": "Services inchangés",
}
_OLD_PLACE = "moved_from"
_LOOKS: dict[str, tuple[str, str]] = {  # in the order of the legend
    **{name: SERVICE_CHANGES[name] for name in ("added", "moved")},
    _OLD_PLACE: ("○", SERVICE_CHANGES["moved"][1]),
    **SERVICE_CHANGES,
}
_OLD_PLACE_NOTE, _NEW_PLACE_NOTE = "Ancien lieu : le service est déplacé.", "Nouveau lieu d'un service déplacé."
_ARROW_WORDS = "Déplacements, de l'ancien lieu au nouveau"
_ARROW_COLOUR = "#2b0050"  # the layer is see-through: darker than the marks
_ARROW_SHARE, _ARROW_M = 0.07, (40.0, 150.0)  # width of an arrow: a share of its length, within these metres
_FEW_SERVICES = 20  # more changed services than this keep the small mark, not to hide the people under them


def difference_map_name(scenario: str, mode: str) -> str:
    """The file name of a difference map.

    >>> difference_map_name("pont-ferme", "walk")
    'difference_pont-ferme_walk.html'
    """
    return f"difference_{scenario}_{mode}.html"


def changing_scenarios(results: Results) -> list[tuple[Scenario, str]]:
    """The scenarios that change something for someone, each with a mode by which it does, in the study's order.

    By the headline mode first, then by the modes that ride.
    """
    changed = results.changes.changed
    # the few that there are, by Arrow: pandas makes a Python object of each text of a column that it is asked to go
    # through
    pairs = set()
    if len(changed):
        few = changed[["scenario", "mode"]].drop_duplicates()
        pairs = set(zip(few["scenario"], few["mode"], strict=True))
    return [
        (item, mode) for mode in results.difference_modes for item in results.scenarios if (item.name, mode) in pairs
    ]


def write_difference_maps(results: Results, folder: Path, *, backdrop: MapBackdrop | None = None) -> list[Path]:
    """Write a difference map per scenario and mode by which it changes anything, against the first."""
    from access92.outputs.maps.page import map_page

    changing = changing_scenarios(results)
    if not changing:
        return []
    backdrop = backdrop or prepare_backdrop(results)
    paths = []
    for scenario, mode in changing:
        path = new_file_in(folder, difference_map_name(scenario.name, mode))
        page = map_page(
            _title(results, scenario, mode),
            difference_header(results, scenario, mode),
            _data(results, backdrop, scenario, mode),
            basemap=results.study.map.basemap,
        )
        path.write_text(page, encoding="utf-8", newline="\n")
        paths.append(path)
    return paths


def service_changes(results: Results, scenario: str) -> dict[int, str]:
    """By row of the services what becomes of it in the scenario: SERVICE_CHANGES, in the order of the rows.

    A service that a change moved or gave another kind is another row of the table, ``service_id@scenario``: its old
    row is left out (see :func:`moved_from`).
    """
    before, after = _counted_rows(results, scenario)
    origin_of = _origins(results, scenario)
    places, kinds = results.services.geometry, results.services["kind"]
    changes = dict.fromkeys(before & after, "kept") | dict.fromkeys(before - after, "removed")
    for row in sorted(after - before):
        origin = origin_of.get(row)
        if origin is None:
            changes[row] = "added"
            continue
        same_kind = kinds.iloc[row] == kinds.iloc[origin]
        same = "kept" if same_kind else "retyped"
        changes[row] = same if places.iloc[row].equals(places.iloc[origin]) else "moved"
        changes.pop(origin)
    return dict(sorted(changes.items()))


def moved_from(results: Results, scenario: str) -> dict[int, int]:
    """By row of the services that the scenario moved, the row of the same service at its old place."""
    kinds, origin_of = service_changes(results, scenario), _origins(results, scenario)
    return {row: origin_of[row] for row, kind in kinds.items() if kind == "moved"}


def _marked_services(results: Results, scenario: str) -> dict[int, str]:
    """By row of the services how the map shows it: :func:`service_changes`, and the old places of the moved."""
    return service_changes(results, scenario) | dict.fromkeys(moved_from(results, scenario).values(), _OLD_PLACE)


def _counted_rows(results: Results, scenario: str) -> tuple[set[int], set[int]]:
    """The rows of services that the reference counts, and those of the scenario."""
    mode = results.study.analysis.headline_mode
    before, after = (
        set(results.access(name, mode).service_rows.tolist()) for name in (results.scenarios[0].name, scenario)
    )
    return before, after


def _origins(results: Results, scenario: str) -> dict[int, int]:
    """By row of the scenario alone, the row of the reference that is the same service before."""
    before, after = _counted_rows(results, scenario)
    ids = [original_id(str(name), results.study) for name in results.services["service_id"]]
    old_row = {ids[row]: row for row in before - after}
    origins = {row: old_row.get(ids[row]) for row in sorted(after - before)}
    return {row: origin for row, origin in origins.items() if origin is not None}


def difference_sentence(results: Results, scenario: Scenario, mode_name: str) -> str:
    """People gained and lost, apart, with reference, mode, threshold and denominator."""
    row = ledger_total(results, scenario.name, mode=mode_name)
    gained, lost = row["population_gained"], row["population_lost"]
    mode = labels.mode_phrase(results.modes[mode_name])
    return (
        f"{_people(gained, 'gagné')}, {_people(lost, 'perdu')}, sur "
        f"{typography.number(row['population'])} ({labels.population_words(results.study)}), par rapport à "
        f"« {results.scenarios[0].title} », {mode[:1].lower()}{mode[1:]}, "
        f"moins de {typography.plain(results.study.analysis.threshold_min)} min"
    )


def ledger_rows(results: Results, scenario: str, *, mode: str | None = None, rule: str = ANY) -> pd.DataFrame:
    """The rows of the ledger of a scenario for everybody, areas and total; by the headline mode where none is named."""
    table = results.changes.ledger
    return table[
        (table["scenario"] == scenario)
        & (table["mode"] == (mode or results.study.analysis.headline_mode))
        & (table["rule"] == rule)
        & (table["public"] == EVERYBODY)
    ]


def ledger_total(results: Results, scenario: str, *, mode: str | None = None, rule: str = ANY) -> dict[str, Any]:
    """The row of the ledger for everybody in the whole study area (KeyError where there is none)."""
    rows = ledger_rows(results, scenario, mode=mode, rule=rule)
    rows = rows[rows["area_id"] == TOTAL]
    if len(rows) == 0:
        raise KeyError((scenario, mode, rule))
    return dict(rows.iloc[0])


def difference_header(results: Results, scenario: Scenario, mode: str) -> Markup:
    """The header of the page and its legend."""
    row = ledger_total(results, scenario.name, mode=mode)
    changed = changed_points_of(results, scenario.name, mode)
    population = changed.groupby("change")["population"].sum()
    kinds = _marked_services(results, scenario.name)
    return render(
        "difference_header.html",
        area_names=list(results.areas["name"]),
        whole_name=results.study.areas.whole_name,
        scenario_title=scenario.title,
        reference_title=results.scenarios[0].title,
        description=description_words(results, scenario),
        sentence=difference_sentence(results, scenario, mode),
        note=_upper_first(riding_words(results, scenario.name, results.modes[mode]))
        if results.modes[mode].rides
        else "",
        still_uncovered=typography.number(row["population_still_uncovered"]),
        streets_label=results.origin.label,
        streets_vintage=results.origin.vintage,
        services_vintage=results.study.services.vintage or typography.day(results.study.analysis.reference_date),
        study_title=results.study.title,
        threshold=typography.plain(results.study.analysis.threshold_min),
        is_demo=results.origin.is_demo,
        changes=[
            {
                "name": change,
                "colour": colour,
                "label": CHANGE_WORDS[change],
                "worse": change in ("lost", "slower"),
                "people": f"{typography.number(float(population.get(change, 0.0)))}\u00a0hab.",
            }
            for change, colour in CHANGE_COLOURS.items()
        ],
        services=[
            {
                "sign": sign,
                "colour": colour,
                "label": f"{_SERVICE_WORDS[name]} ({list(kinds.values()).count(name)})",
            }
            for name, (sign, colour) in _LOOKS.items()
            if name in kinds.values()
        ],
        sources=[f"{item.role} : {item.words}" for item in sources(results)],
    )


def _title(results: Results, scenario: Scenario, mode: str) -> str:
    phrase = labels.mode_phrase(results.modes[mode])
    by = "" if mode == results.study.analysis.headline_mode else f", {phrase[:1].lower()}{phrase[1:]}"
    return typography.typeset(f"{results.study.title} : ce que change « {scenario.title} »{by}")


def _upper_first(text: str) -> str:
    return text[:1].upper() + text[1:]


def _people(number: float, word: str) -> str:
    return f"{typography.count(number, 'habitant')} {word}{'s' if number >= 2 else ''}"  # noqa: PLR2004 - French plural


def changed_points_of(results: Results, scenario: str, mode: str) -> gpd.GeoDataFrame:
    """The points that a scenario changes by a mode, rule ``any``; empty where it changes none."""
    table = results.changes.changed
    if not len(table):
        return table
    return table[(table["scenario"] == scenario) & (table["mode"] == mode) & (table["rule"] == ANY)]


def _data(results: Results, backdrop: MapBackdrop, scenario: Scenario, mode: str) -> dict[str, Any]:
    # only the points that change are drawn: the page stays small
    changed_points = changed_points_of(results, scenario.name, mode)
    at = pd.Index(results.demand["demand_id"]).get_indexer(pd.Index(changed_points["demand_id"]))
    row_of = pd.Index(results.services["service_id"].astype(str))
    names = list(CHANGE_COLOURS)
    # large marks for the services that change, as long as they are few enough to leave the people visible
    kinds, origins = _marked_services(results, scenario.name), moved_from(results, scenario.name)
    few = sum(kind != "kept" for kind in kinds.values()) - len(origins) <= _FEW_SERVICES
    marks = service_marks(backdrop, mode, np.array(list(kinds), dtype=np.int64))
    for row, kind in kinds.items():
        sign, colour = _LOOKS[kind]
        changed = kind != "kept"
        marks[row] |= {
            "kind": kind,
            "sign": sign if changed else marks[row]["sign"],
            "colour": colour,
            "changed": changed and few,
        }
    # a service that moves has a mark at each end, and its sheet says which end this is
    for row, origin in origins.items():
        for mark, note in ((marks[origin], _OLD_PLACE_NOTE), (marks[row], _NEW_PLACE_NOTE)):
            mark["sheet"] = mark["sheet"] | {"move": typography.typeset(note)}
    # a service of neither situation is not drawn; its row stays, for the rows of others to be right
    marks = [mark if row in kinds else {"name": mark["name"]} for row, mark in enumerate(marks)]
    return {
        **backdrop.as_json(_tips(results, scenario.name, mode)),
        "classes": [
            {"colour": colour, "label": CHANGE_WORDS[name], "cross": name in ("lost", "slower")}
            for name, colour in CHANGE_COLOURS.items()
        ],
        "people": {
            "x": pack(backdrop.cells[at, 0], "<u2"),
            "y": pack(backdrop.cells[at, 1], "<u2"),
            "population": pack(changed_points["population"].to_numpy(dtype=float), "<f4"),
            "change": pack(np.array([names.index(name) for name in changed_points["change"]]), "<u1"),
            "hundredths": pack_minutes(changed_points["minutes_after"].to_numpy()),
            "service": pack_rows(row_of.get_indexer(pd.Index(changed_points["nearest_after"]))),
            "hundredths_before": pack_minutes(changed_points["minutes_before"].to_numpy()),
            "service_before": pack_rows(row_of.get_indexer(pd.Index(changed_points["nearest_before"]))),
        },
        "isochrones": _arrows(results, backdrop, origins),
        "kinds": [
            {"kind": kind, "label": typography.typeset(_SERVICE_WORDS[kind]), "colour": colour}
            for kind, (_, colour) in _LOOKS.items()
        ],
        "services": marks,
        "words": page_words(results) | {"title": f"Carte des différences : {results.study.title}"},
    }


def _arrows(results: Results, backdrop: MapBackdrop, origins: dict[int, int]) -> list[dict[str, Any]]:
    """An arrow from each old place to the new one, as one layer of the page; no layer where nothing moves."""
    if not origins:
        return []
    xy = shapely.get_coordinates(to_mercator(results.services))
    arrows = shapely.MultiPolygon([_arrow(xy[origin], xy[row]) for row, origin in origins.items()])
    (polygons,) = pack_polygons(np.array([arrows], dtype=object), backdrop.paths_grid, tolerance_m=1.0)
    layer = {"label": typography.typeset(_ARROW_WORDS), "colour": _ARROW_COLOUR, "polygons": polygons, "shown": True}
    return [layer]


def _arrow(start: np.ndarray, end: np.ndarray) -> shapely.Polygon:
    """A line with a head half way, not hidden by the marks at its ends, as wide as its length allows (metres)."""
    length = float(np.hypot(*(end - start)))
    width = float(np.clip(_ARROW_SHARE * length, *_ARROW_M))
    along = (end - start) / length
    aside = np.array([-along[1], along[0]]) * width / 2
    head = along * min(5 * width, 0.3 * length)
    back = (start + end - head) / 2
    neck = back + 0.75 * head  # where a head four times as wide as the line comes back to it
    one_side = [start - aside, back - aside, back - 4 * aside, neck - aside, end - aside]
    other_side = [end + aside, neck + aside, back + 4 * aside, back + aside, start + aside]
    return shapely.Polygon([*one_side, *other_side])


def _tips(results: Results, scenario: str, mode: str) -> list[list[str]]:
    """For each area, in order, the lines of its tip: its name, people, gained and lost."""
    rows = ledger_rows(results, scenario, mode=mode)
    by_area = {row["area_id"]: row for row in rows.to_dict("records")}
    return [
        typeset_lines(
            name,
            typography.count(by_area[area_id]["population"], "habitant"),
            f"{_people(by_area[area_id]['population_gained'], 'gagné')}, "
            f"{_people(by_area[area_id]['population_lost'], 'perdu')}",
            f"{typography.number(by_area[area_id]['population_still_uncovered'])} toujours non couverts",
        )
        for area_id, name in zip(results.areas["area_id"], results.areas["name"], strict=True)
    ]
