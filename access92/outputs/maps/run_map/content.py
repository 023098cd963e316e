"""What the page of a run knows: words, services, scenarios, and the packed arrays (places, people, times)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92._space import place_numbers
from access92.measures.ledger import LEAST_CHANGE_MS
from access92.outputs.maps.backdrop import MapBackdrop
from access92.outputs.maps.encoding import pack_polygons, to_mercator, varints
from access92.outputs.maps.run_map.network_content import NetworkContent
from access92.outputs.maps.run_map.packed_publics import pack_publics
from access92.outputs.maps.run_map.packing import blob, pack_codes, pack_tree, time_codes, time_edges
from access92.outputs.palette import CHANGE_COLOURS, UNKNOWN_KIND, TimeClass, kind_signs, time_classes
from access92.outputs.words import labels
from access92.outputs.words.maps import mode_note, riding_note
from access92.outputs.words.notices import description_words
from access92.outputs.words.publics import UNIT_NOUNS, base_words, public_title, scenario_mode
from access92.outputs.words.typography import day, typeset
from access92.run.results import Results
from access92.scenarios.chain import original_id
from access92.study.schemas import ANY

SERVICE_STEP_MIN = 0.1
_LAST_THRESHOLD_MIN = 60
"""The longest threshold that a reader of the page may ask for, in whole minutes."""

_ISOCHRONE_TOLERANCE_M = 8.0  # metres on the backdrop
_POSTCODE = r"\b(\d{5})\b"
_CHANGE_WORDS = {
    "gained": "Gagnés : passent sous le seuil",
    "lost": "Perdus : repassent au-dessus du seuil",
    "faster": "Même côté du seuil, trajet plus court",
    "slower": "Même côté du seuil, trajet plus long",
}


def page_data(results: Results, backdrop: MapBackdrop, network: NetworkContent | None = None) -> dict[str, Any]:
    """All that the page reads as JSON: what it shows before any array is unpacked."""
    network = network or NetworkContent(results)
    analysis = results.study.analysis
    services = results.services
    classes = [  # one set of colours a threshold: blue is always what it covers
        time_classes(analysis.thresholds_min, headline_min=threshold, cutoff_min=analysis.cutoff_min)
        for threshold in analysis.thresholds_min
    ]
    present = _all_kinds(services)
    kinds = [kind.name for kind in results.study.kinds if kind.name in present]
    mobile_kind = results.study.mobile_kind
    return {
        # how the packed arrays are read: grids, number of points, and the minutes that each code stands for
        "grid": backdrop.paths_grid.as_json(),
        "fine": backdrop.places_grid.as_json(),
        "view": backdrop.view,
        "points": len(results.demand),
        "edges": _service_edges(results),
        "least_change_ms": int(LEAST_CHANGE_MS),
        "network": network.data(),
        "thresholds": list(analysis.thresholds_min),
        "cutoff": analysis.cutoff_min,
        "headline": {"mode": analysis.headline_mode, "threshold": analysis.threshold_min},
        # what the controls offer, in the order of the study
        "modes": [
            {
                "name": name,
                "label": labels.mode_phrase(mode),
                "exact": mode.label,
                "note": riding_note(results, name) if mode.rides else typeset(mode_note(results, name)),
                "kmh": mode.speed_kmh if mode.walks else None,
                "offered": name in results.study_modes,
            }
            for name, mode in results.modes.items()
        ],
        "guesses": {
            mode: {"from": known, "codes": table} for mode, (known, table) in _guesses(results, network).items()
        },
        "publics": [
            {
                "name": item.name,
                "label": typeset(public_title(item)),
                "noun": UNIT_NOUNS[item.unit],
                "base": typeset(base_words(results.study, (item.unit,))),
                "modes": dict(item.modes),
                "groups": groups,
            }
            for item, groups in zip(results.publics, pack_publics(results).groups, strict=True)
        ],
        "rules": [
            {"name": _page_kind(name, mobile_kind), "label": typeset(labels.rule_label(name, results.study.kinds))}
            for name in (ANY, *kinds)
        ],
        "scenarios": [
            {
                "name": item.name,
                "title": typeset(item.title),
                "description": typeset(description_words(results, item)),
                "rows": results.access(item.name, analysis.headline_mode).service_rows.tolist(),
                "rules": _rules(results, item.name),
                "mobile": item.mobile,
                "kmh": _other_speeds(results, item.name),
            }
            for item in results.scenarios
        ],
        # where things are: services in the order of their rows, areas
        "services": _services(results, backdrop),
        "order": service_order(services).tolist(),
        "other_streets": {
            f"{scenario}/{mode}": rows.tolist()
            for (scenario, mode), rows in _other_rows(results).items()
            if mode not in network.modes
        },
        "changed_streets": [f"{scenario}/{mode}" for scenario, mode in results.scenario_times],
        "areas": [typeset(str(name)) for name in results.areas["name"]],
        "area_ids": results.areas["area_id"].astype(str).tolist(),
        "postcodes": _postcodes(results),
        # how it looks and how it is called
        "classes": [_classes_json(items) for items in classes],
        # of the thresholds that only the page asks: whole minutes
        "more_classes": _more_classes(results) if network.modes else {},
        "changes": [
            {"name": name, "colour": colour, "label": typeset(_CHANGE_WORDS[name])}
            for name, colour in CHANGE_COLOURS.items()
        ],
        "kinds": [
            {
                "name": _page_kind(kind, mobile_kind),
                "label": typeset(labels.kind_label(kind, results.study.kinds)),
                "sign": sign,
                "colour": colour,
            }
            for kind, (sign, colour) in kind_signs(results.study.kinds).items()
        ],
        "words": {
            "population": typeset(labels.population_words(results.study)),
            "services": typeset(results.study.services.vintage or day(analysis.reference_date)),
            "streets": typeset(", ".join(filter(None, (results.origin.label, results.origin.vintage)))),
            "demo": results.origin.is_demo,
            "study": results.study.name,
            "whole": typeset(results.study.areas.whole_name),
            "title": typeset(f"Carte du calcul : {results.study.title}"),
        },
    }


def _classes_json(classes: Iterable[TimeClass]) -> list[dict[str, Any]]:
    return [{"to": item.to_min, "colour": item.colour, "label": typeset(item.label)} for item in classes]


def _more_classes(results: Results) -> dict[int, list[dict[str, Any]]]:
    """The classes of each whole threshold up to an hour that is none of the study's, one of which it stands for."""
    analysis = results.study.analysis
    known = analysis.thresholds_min
    sets = {}
    for threshold in range(1, min(_LAST_THRESHOLD_MIN, int(analysis.cutoff_min)) + 1):
        if threshold not in known:
            nearest = min(known, key=lambda value: (abs(value - threshold), value))
            bounds = {*known, float(threshold)} - {nearest}
            sets[threshold] = _classes_json(
                time_classes(bounds, headline_min=threshold, cutoff_min=analysis.cutoff_min)
            )
    return sets


def page_blobs(results: Results, backdrop: MapBackdrop, network: NetworkContent | None = None) -> dict[str, str]:
    """The packed arrays by name: ``backdrop``, ``places``, the networks, then times by mode that has none."""
    network = network or NetworkContent(results)
    order = service_order(results.services)
    edges = _service_edges(results)
    guesses = _guesses(results, network)

    @cache
    def codes_of(mode: str) -> np.ndarray:
        return time_codes(results.travel_times[mode].minutes[order], edges)

    def services_of(mode: str) -> str:
        codes = codes_of(mode)
        if mode in guesses:  # of a public's own walk only what differs from its guess is packed: half of the room
            known, table = guesses[mode]
            return pack_codes(codes - np.asarray(table, dtype=np.int16)[codes_of(known)])
        return pack_codes(codes, beyond=len(edges))

    def other(key: tuple[str, str], rows: np.ndarray) -> str:
        times, reference = results.scenario_times[key], results.travel_times[key[1]]
        return pack_codes(time_codes(times.minutes[rows], edges) - time_codes(reference.minutes[rows], edges))

    writers = network.writers()
    writers |= {f"services-{mode}": partial(services_of, mode) for mode in results.modes if mode not in network.modes}
    for (scenario, mode), rows in _other_rows(results).items():
        if mode not in network.modes:
            writers[f"other-{scenario}-{mode}"] = partial(other, (scenario, mode), rows)
    with ThreadPoolExecutor(max_workers=2) as pool:  # deflate and most of numpy let go of the lock
        waiting = {name: pool.submit(make) for name, make in writers.items()}
        packed = {
            "backdrop": _backdrop_blob(results, backdrop),
            "places": _places_blob(results, None if network.modes else backdrop),
            "names": pack_tree(backdrop.street_names, ("rows",)),
        }
        return packed | {name: task.result() for name, task in waiting.items()}


def service_order(services: gpd.GeoDataFrame) -> np.ndarray:
    """Rows of services so that neighbours follow each other: their times are alike, and pack well."""
    if len(services) == 0:
        return np.zeros(0, dtype=np.int64)
    x0, y0, x1, y1 = services.total_bounds
    bounds = (x0, y0, max(x1, x0 + 1), max(y1, y0 + 1))
    return np.argsort(services.hilbert_distance(total_bounds=bounds).to_numpy(), kind="stable")


def _service_edges(results: Results) -> list[float]:
    analysis = results.study.analysis
    return time_edges(
        (*analysis.thresholds_min, analysis.cutoff_min), analysis.cutoff_min,
        step_min=SERVICE_STEP_MIN, far_step_min=analysis.cutoff_min,
    )  # fmt: skip


def _guesses(results: Results, network: NetworkContent) -> dict[str, tuple[str, list[int]]]:
    """Of each mode by which only a public walks: the study's walking mode, and by code of it the likely code here.

    Of modes without a network alone: the page searches by the others.

    Who walks at two thirds of the speed takes half as long again, steps and detours aside.
    """
    edges = np.asarray(_service_edges(results))
    middle = (edges + np.append(0.0, edges[:-1])) / 2
    guesses = {}
    for public in results.publics:
        for known, walk_mode in public.modes.items():
            if walk_mode in results.study_modes or walk_mode in guesses or walk_mode in network.modes:
                continue
            slower = results.modes[known].speed_kmh / results.modes[walk_mode].speed_kmh
            likely = np.searchsorted(edges, middle * slower, side="right")
            guesses[walk_mode] = (known, [*likely.tolist(), len(edges)])
    return guesses


def _other_speeds(results: Results, scenario: str) -> dict[str, float]:
    """The walking speeds that a scenario sets otherwise, by mode."""
    modes = {name: scenario_mode(results, name, scenario=scenario) for name in results.modes}
    return {
        name: mode.speed_kmh
        for name, mode in modes.items()
        if mode.walks and mode.speed_kmh != results.modes[name].speed_kmh
    }


def _all_kinds(services: pd.DataFrame) -> set[str]:
    return {kind for row in services.to_dict("records") for kind in _kinds(row)}


def _kinds(service: Mapping[Any, Any]) -> list[str]:
    more = labels.text(service.get("also_kinds")).split(";")
    return [str(service["kind"]), *(kind.strip() for kind in more if kind.strip())]


def _rules(results: Results, scenario: str) -> list[str]:
    """The rules that the run computed for a scenario: those of ``coverage``."""
    table = results.coverage
    computed = table.loc[
        (table["scenario"] == scenario) & (table["mode"] == results.study.analysis.headline_mode), "rule"
    ]
    computed_rules = set(computed.unique())
    known = (ANY, *(kind.name for kind in results.study.kinds))
    return [_page_kind(rule, results.study.mobile_kind) for rule in known if rule in computed_rules]


def _page_kind(kind: str, mobile_kind: str) -> str:
    """A kind as the page's scripts know it: the one of mobile units by one code, whatever the study calls it."""
    return "mobile" if kind == mobile_kind else kind


def _other_rows(results: Results) -> dict[tuple[str, str], np.ndarray]:
    """By scenario and mode on other streets or speeds, the rows of services that have times there."""
    rows = {}
    for (scenario, mode), times in results.scenario_times.items():
        counted = results.access(scenario, mode).service_rows
        reached = np.flatnonzero(~np.isnan(times.minutes).all(axis=1))
        rows[scenario, mode] = np.union1d(counted, reached)
    return rows


def _services(results: Results, backdrop: MapBackdrop) -> list[dict[str, Any]]:
    sheets = backdrop.sheets[results.study.analysis.headline_mode]
    places = place_numbers(results.services.geometry, same_place_m=results.study.analysis.same_place_m)
    signs = kind_signs(results.study.kinds)
    services = []
    for i, service in enumerate(results.services.drop(columns=results.services.geometry.name).to_dict("records")):
        sign, colour = signs.get(service["kind"], UNKNOWN_KIND)
        services.append({
            "id": str(service["service_id"]),
            "study_id": original_id(str(service["service_id"]), results.study),
            "name": typeset(labels.text(service["name"])),
            "kinds": [_page_kind(kind, results.study.mobile_kind) for kind in _kinds(service)],
            "lon": float(backdrop.service_lon_lat[i, 0]),
            "lat": float(backdrop.service_lon_lat[i, 1]),
            "sign": sign,
            "colour": colour,
            "doubt": bool(labels.doubt(service)),
            "place": int(places[i]),
            "sheet": sheets[i] | {"snap": [backdrop.sheets[mode][i]["snap"] for mode in results.modes]},
        })  # fmt: skip
    return services


def _postcodes(results: Results) -> list[list[Any]]:
    """The postcodes of the addresses of services, each with the rows of the areas in which it is written, in order."""
    if "address" not in results.services:
        return []
    found = results.services["address"].map(labels.text).str.extract(_POSTCODE, expand=False).to_numpy(dtype=object)
    written = np.flatnonzero(pd.notna(found))
    places, shapes = results.services.geometry.array[written], np.asarray(results.areas.geometry.array)
    row, area = shapely.STRtree(np.asarray(places)).query(shapes, predicate="intersects")[::-1]
    of: dict[str, set[int]] = {}
    for at, i in zip(row.tolist(), area.tolist(), strict=True):
        of.setdefault(str(found[written[at]]), set()).add(i)
    return [[code, sorted(areas)] for code, areas in sorted(of.items())]


def _backdrop_blob(results: Results, backdrop: MapBackdrop) -> str:
    """Streets, water, areas, and the isochrones of each service alone by the headline mode, widest first."""
    table = results.isochrones
    by_service = table[
        (table["scenario"] == "")
        & (table["mode"] == results.study.analysis.headline_mode)
        & (table["service_id"] != "")
        & ~table.geometry.is_empty
    ]
    by_service = by_service.sort_values("threshold_min", ascending=False, kind="stable")
    row_of = pd.Index(results.services["service_id"].astype(str))
    # simplified first: there is far less to project; the rings are filled by the even-odd rule and need no validity
    outlines = by_service.set_geometry(
        shapely.simplify(by_service.geometry.array, _ISOCHRONE_TOLERANCE_M, preserve_topology=False), crs=by_service.crs
    )
    shapes = pack_polygons(to_mercator(outlines), backdrop.paths_grid, tolerance_m=_ISOCHRONE_TOLERANCE_M / 4)
    kept = [
        (int(row), float(threshold), shape)
        for row, threshold, shape in zip(
            row_of.get_indexer(pd.Index(by_service["service_id"].astype(str))),
            by_service["threshold_min"],
            shapes,
            strict=True,
        )
        if row >= 0 and shape
    ]
    surroundings = {"green", "rails"}
    content = {
        "streets": backdrop.streets,
        "water": backdrop.water,
        "areas": backdrop.area_polygons,
        "isochrones": [shape for _, _, shape in kept],
        "isochrones_of": [[row, threshold] for row, threshold, _ in kept],
        **{name: part for name, part in backdrop.around.items() if name in surroundings},
        "around": {name: part for name, part in backdrop.around.items() if name not in surroundings},
    }
    return pack_tree(content, ("streets", "water", "areas", "isochrones", "green", "rails"))


def _places_blob(results: Results, backdrop: MapBackdrop | None) -> str:
    """Of the publics their numbers (float32), of each demand point its area (uint16) and its cell (steps).

    No cells without ``backdrop``: the page has the points to the centimetre.
    """
    area = pd.Index(results.areas["area_id"]).get_indexer(pd.Index(results.demand["area_id"]))
    place = b"" if backdrop is None else varints(np.diff(backdrop.cells, axis=0, prepend=0).ravel())
    numbers = pack_publics(results).content
    return blob(b"".join([numbers, np.where(area < 0, 65535, area).astype("<u2").tobytes(), place]))
