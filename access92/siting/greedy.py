"""Places for a new service: those that would each, alone, bring most of the uncovered people within the threshold."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.errors import Fault, InputError, nearest_word
from access92.network.graph import build_network
from access92.network.modes import Mode
from access92.network.snapping import snap_places
from access92.outputs.words import french, wording
from access92.run.results import Results
from access92.scenarios.apply import WGS84, change_modes, close_streets
from access92.scenarios.chain import resolve_scenario
from access92.study.model import Scenario, Study
from access92.study.schemas import KINDS
from access92.travel.matrix import travel_time_matrix
from access92.travel.time_limits import is_under

_DECIMALS = 6  # of a degree: a decimetre, as in the files of a run
_ROWS_AT_ONCE = 256  # candidates whose times are held together


@dataclass(frozen=True, slots=True)
class Site:
    """A place, and how many people it alone would bring within the threshold (lon, lat: WGS 84)."""

    area_id: str
    area_name: str
    lon: float
    lat: float
    population_gained: float


@dataclass(frozen=True, slots=True)
class SiteSearch:
    """The best places, and what they were looked for in.

    ``candidate_count``: how many places were tried; ``population_uncovered``: people at the threshold or beyond in
    the scenario as it is.
    """

    sites: tuple[Site, ...]
    study: Study
    scenario: Scenario
    mode: Mode
    apart_m: float
    cell_m: float
    candidate_count: int
    population: float
    population_uncovered: float
    is_demo: bool


def fullest_in_cells(demand: gpd.GeoDataFrame, *, cell_m: float) -> np.ndarray:
    """Rows of the demand: of each square cell of ``cell_m`` metres the point with most people (of equals the first).

    The cells lie on the multiples of ``cell_m`` in the CRS of the demand. A cell without people gives none.
    In the order of the rows.

    >>> places = gpd.points_from_xy([10, 20, 130, 210], [0, 0, 0, 0])
    >>> demand = gpd.GeoDataFrame({"population": [1, 8, 5, 0]}, geometry=places, crs=2154)
    >>> fullest_in_cells(demand, cell_m=100).tolist()
    [1, 2]
    """
    population = demand["population"].to_numpy(dtype=float)
    cells = np.floor(shapely.get_coordinates(demand.geometry.array) / cell_m).astype(np.int64)
    order = np.lexsort((-population, cells[:, 1], cells[:, 0]))
    first = np.ones(len(order), dtype=bool)
    first[1:] = (np.diff(cells[order], axis=0) != 0).any(axis=1)
    chosen = order[first]
    return np.sort(chosen[population[chosen] > 0])


def pick_apart(gains: np.ndarray, xy: np.ndarray, *, count: int, apart_m: float) -> list[int]:
    """Up to ``count`` rows, the largest gain first, each at ``apart_m`` or more from those already picked.

    Of equal gains the first row; a place that gains nobody is never picked.

    >>> xy = np.array([[0.0, 0.0], [50.0, 0.0], [100.0, 0.0]])
    >>> pick_apart(np.array([9.0, 8.0, 5.0]), xy, count=3, apart_m=100)
    [0, 2]
    """
    picked: list[int] = []
    for row in np.argsort(-gains, kind="stable").tolist():
        if len(picked) == count or not gains[row] > 0:
            break
        if all(np.hypot(*(xy[row] - xy[other])) >= apart_m for other in picked):
            picked.append(row)
    return picked


def find_sites(
    results: Results,
    *,
    scenario: str,
    count: int = 3,
    apart_m: float = 3000.0,
    cell_m: float = 300.0,
    on_progress: Callable[[int, int], None] | None = None,
) -> SiteSearch:
    """The places where one service more would bring most people under the threshold, by the headline mode.

    Tried: of each inhabited cell of ``cell_m`` metres the place where most people live, at its longitude and latitude
    to six decimals, so that a study which names that place finds the very gain. Each site is judged alone, against
    the scenario as it is (its closed streets and its speeds too), and is ``apart_m`` at least from the better ones.
    Fewer than ``count`` where there are no more that gain anybody.

    Raises
    ------
    InputError
        A scenario that was not run.

    Examples
    --------
    >>> import access92
    >>> study = access92.read_study("data/studies/sosms.toml")
    >>> find_sites(access92.run_study(study), scenario="maillage-2024").sites  # doctest: +SKIP
    (Site(area_id='92044', area_name='Levallois-Perret', lon=2.277367, lat=48.896614, population_gained=83618.0), ...)
    """
    ran = {item.name: item for item in results.scenarios}
    if scenario not in ran:
        raise InputError(
            Fault(f"Scénario inconnu : « {scenario} ».", "recherche de lieux", nearest_word(scenario, ran))
        )
    analysis, demand = results.study.analysis, results.demand
    resolved = resolve_scenario(results.study, ran[scenario])
    streets = close_streets(results.streets, resolved.changes, scenario=scenario)
    mode = change_modes(results.modes, resolved.changes, scenario=scenario)[analysis.headline_mode]
    uncovered = ~is_under(results.situation(scenario, mode.name).travel_time_min, analysis.threshold_min)
    people = demand["population"].to_numpy(dtype=float)

    rows = fullest_in_cells(demand, cell_m=cell_m)
    degrees = demand.geometry.iloc[rows].to_crs(WGS84)
    lon, lat = degrees.x.to_numpy().round(_DECIMALS), degrees.y.to_numpy().round(_DECIMALS)
    places = gpd.GeoSeries(gpd.points_from_xy(lon, lat), crs=WGS84).to_crs(demand.crs)

    network = build_network(streets, mode)
    far = demand.geometry[uncovered]
    snaps = snap_places(pd.concat([places, far], ignore_index=True), streets, network, max_snap_m=analysis.max_snap_m)
    homes = snaps.part(slice(len(rows), None))
    gains = np.zeros(len(rows))
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        block = slice(start, min(len(rows), start + _ROWS_AT_ONCE))
        minutes = travel_time_matrix(network, snaps.part(block), homes, cutoff_min=analysis.threshold_min)
        gains[block] = is_under(minutes, analysis.threshold_min) @ people[uncovered]
        if on_progress is not None:
            on_progress(block.stop, len(rows))

    names = dict(zip(results.areas["area_id"], results.areas["name"], strict=True))
    area_ids = demand["area_id"].astype(str).to_numpy()[rows]
    picked = pick_apart(gains, shapely.get_coordinates(places.array), count=count, apart_m=apart_m)
    return SiteSearch(
        sites=tuple(
            Site(area_ids[at], str(names[area_ids[at]]), float(lon[at]), float(lat[at]), float(gains[at]))
            for at in picked
        ),
        study=results.study,
        scenario=ran[scenario],
        mode=mode,
        apart_m=apart_m,
        cell_m=cell_m,
        candidate_count=len(rows),
        population=float(people.sum()),
        population_uncovered=float(people[uncovered].sum()),
        is_demo=results.origin.is_demo,
    )


def check_kind(kind: str) -> str:
    """The kind of the service to open, where there is such a kind.

    Raises
    ------
    InputError
        With the nearest known one.

    Examples
    --------
    >>> check_kind("sst")
    'sst'
    """
    if kind not in KINDS:
        raise InputError(Fault(f"Catégorie inconnue : « {kind} ».", "recherche de lieux", nearest_word(kind, KINDS)))
    return kind


def sites_text(search: SiteSearch, *, service_kind: str = "sst") -> str:
    """The places in French, then as scenarios: TOML throughout (words are comments), to add to a study as it is."""
    return "\n".join([*_words(search), *_blocks(search, service_kind)]) + "\n"


def _words(search: SiteSearch) -> Iterator[str]:
    threshold = french.plain(search.study.analysis.threshold_min)
    people = french.number(search.population_uncovered)
    lines = [
        f"Où ouvrir un service de plus ? Scénario « {search.scenario.name} » ({search.scenario.title}).",
        f"{wording.mode_phrase(search.mode)}, {people} habitants sur {french.number(search.population)} "
        f"({wording.population_words(search.study)}) ne sont pas à moins de {threshold} min d'un service.",
        f"{french.count(search.candidate_count, 'lieu essayé', 'lieux essayés')} : dans chaque maille habitée de "
        f"{french.plain(search.cell_m)} m, celui où il y a le plus d'habitants. Chaque lieu est jugé à lui seul ; "
        f"{french.plain(search.apart_m)} m au moins entre deux lieux.",
    ]
    if search.is_demo:
        lines.append("RUES DE DÉMONSTRATION : ces lieux illustrent la méthode, ce ne sont pas des projets.")
    lines += [
        f"{number}. {site.area_name} ({site.area_id}), lon {site.lon:.6f}, lat {site.lat:.6f} : "
        f"{french.count(site.population_gained, 'habitant')} de plus à moins de {threshold} min"
        for number, site in enumerate(search.sites, start=1)
    ]
    if not search.sites:
        lines.append("Aucun lieu ne rapproche personne sous ce seuil.")
    yield from (f"# {french.typeset(line)}" for line in lines)


def _blocks(search: SiteSearch, service_kind: str) -> Iterator[str]:
    """A [[scenario]] for each site."""
    for number, site in enumerate(search.sites, start=1):
        slug = _slug(site.area_name)
        description = (
            f"Lieu calculé, pas un projet : à lui seul, {french.count(site.population_gained, 'habitant')} de plus à "
            f"moins de {french.plain(search.study.analysis.threshold_min)} min que « {search.scenario.name} »."
        )
        yield from (
            "",
            "[[scenario]]",
            f"name = {_quoted(f'site-{number}-{slug}')}",
            f"title = {_quoted(f'Un service de plus, hypothèse {number} : {site.area_name}')}",
            f"based_on = {_quoted(search.scenario.name)}",
            f"description = {_quoted(french.typeset(description))}",
            "",
            "[[scenario.change]]",
            'kind = "add_service"',
            f"service_id = {_quoted(f'SITE-{number}-{slug.upper()}')}",
            f"name = {_quoted(f'Nouveau service (hypothèse {number}, {site.area_name})')}",
            f"service_kind = {_quoted(service_kind)}",
            f"lon = {site.lon:.6f}",
            f"lat = {site.lat:.6f}",
        )


def _quoted(text: str) -> str:
    """A TOML string: that of JSON is one."""
    return json.dumps(text, ensure_ascii=False)


def _slug(name: str) -> str:
    """A name as lower-case letters, digits and hyphens.

    >>> _slug("L'Haÿ-les-Roses")
    'l-hay-les-roses'
    """
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-") or "lieu"
