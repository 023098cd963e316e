"""Sectors: travel times to the service that receives the residents of an area, against the nearest of its kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from access92._statistics import weighted_quantile
from access92.scenarios.selection import services_of_kinds
from access92.sources.served_areas import (
    SERVED_AMBIGUOUS,
    SERVED_AREAS,
    SERVED_UNKNOWN,
    column_words,
    parse_communes,
)
from access92.study.kinds import KINDS, Kind
from access92.study.notices import Notice
from access92.study.schemas import TOTAL
from access92.travel.nearest import nearest_service
from access92.travel.time_limits import is_under

SECTOR_COLUMNS = (
    "scenario", "mode", "area_id", "population", "population_left_out", "competent_service_ids",
    "population_unreached", "population_nearest_other", "median_competent_min", "median_nearest_min",
    "mean_competent_min", "mean_nearest_min", "minutes_lost_person_min",
    "population_competent_under", "population_nearest_under",
)  # fmt: skip

_PARTIAL = re.compile(r"non trouvé|au moins", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Sector:
    """The communes whose residents a service receives, as its ``communes_served`` says.

    ``service_row``: row of the services table. ``team``: the SST that the service is a site of (« SST 11 »,
    read in its name), else its own id. ``communes``: as written, without the notes in parentheses; none where
    the sector is not known. ``is_whole``: False where the note says that the rest of the sector is not known.
    """

    service_row: int
    service_id: str
    name: str
    team: str
    communes: tuple[str, ...]
    is_whole: bool
    note: str


@dataclass(frozen=True, slots=True)
class SectorMap:
    """Which services receive the residents of which area.

    ``sectors``: one per service of the kind that the scenario counts, in the order of ``rows``.
    ``rows_by_area``: by area_id the rows (int32) of its services, only where some service says so; several are
    the sites of one SST, or the SST that both claim the area (``disputed``: area_id and their teams).
    ``unknown``: (service_id, name of a commune that no area has); ``ambiguous``: that several have.
    """

    rows: np.ndarray
    sectors: tuple[Sector, ...]
    rows_by_area: Mapping[str, np.ndarray]
    disputed: tuple[tuple[str, tuple[str, ...]], ...]
    unknown: tuple[tuple[str, str], ...]
    ambiguous: tuple[tuple[str, str], ...] = ()

    def service_ids(self, area_id: str) -> str:
        """The ids of the competent services of an area, joined by « ; »; '' where none is known."""
        competent = set(self.rows_by_area.get(area_id, np.empty(0, dtype=np.int32)).tolist())
        return ";".join(sector.service_id for sector in self.sectors if sector.service_row in competent)


def read_sectors(services: pd.DataFrame, rows: np.ndarray, *, noun: str = "SST") -> tuple[Sector, ...]:
    """The sector of each of the rows of the services, in their order; no column, no commune.

    ``noun``: of the kind, before the number of a team in the names of its sites.

    >>> services = pd.DataFrame({"service_id": ["X"], "name": ["SST 1 Pôle social"],
    ...     "communes_served": ["Clichy (siège ; reste du secteur non trouvé)"]})
    >>> sector, = read_sectors(services, np.array([0]))
    >>> sector.team, sector.communes, sector.is_whole
    ('SST 1', ('Clichy',), False)
    """
    served = services["communes_served"] if "communes_served" in services.columns else pd.Series("", services.index)
    texts = served.fillna("").astype(str).to_list()
    names, ids = (services[column].astype(str).to_list() for column in ("name", "service_id"))
    numbered = re.compile(rf"\b{re.escape(noun)}\s*(?:n°\s*)?(\d+)", re.IGNORECASE)
    sectors = []
    for row in rows:
        name, service_id = names[row], ids[row]
        communes, note = parse_communes(texts[row])
        number = numbered.search(name)
        team = f"{noun} {int(number[1])}" if number else service_id
        is_whole = bool(communes) and not _PARTIAL.search(note)
        sectors.append(Sector(int(row), service_id, name, team, communes, is_whole, note))
    return tuple(sectors)


def find_sectors(services: pd.DataFrame, rows: np.ndarray, areas: pd.DataFrame, *, kind: Kind = KINDS[0]) -> SectorMap:
    """The competent services of each area, among those of the ``kind`` that the scenario counts.

    Areas are joined by their codes, which :func:`access92.sources.served_areas.with_served_areas` read once. A service
    whose sector is not known is competent nowhere.

    Parameters
    ----------
    rows
        The rows of ``services`` that the scenario counts, of any kind.
    areas
        With ``area_id``.

    Examples
    --------
    >>> from access92.sources.served_areas import with_served_areas
    >>> areas = pd.DataFrame({"area_id": ["92072"], "name": ["Sèvres"]})
    >>> services = with_served_areas(pd.DataFrame({"service_id": ["X"], "name": ["SST 1"], "kind": ["sst"],
    ...     "communes_served": ["Sevres; Atlantide"]}), areas)
    >>> sectors = find_sectors(services, np.array([0]), areas)
    >>> sectors.service_ids("92072"), sectors.unknown
    ('X', (('X', 'Atlantide'),))
    """
    rows = services_of_kinds(services, rows, [kind.name])
    sectors = read_sectors(services, rows, noun=kind.spoken)
    known = set(areas["area_id"].astype(str))

    # by area the sectors that claim it; names that no area has, or several
    claims: dict[str, list[Sector]] = {}
    unknown, ambiguous = [], []
    for sector in sectors:
        for area_id in column_words(services, SERVED_AREAS, sector.service_row):
            if area_id in known:
                claims.setdefault(area_id, []).append(sector)
        unknown += [(sector.service_id, word) for word in column_words(services, SERVED_UNKNOWN, sector.service_row)]
        ambiguous += [
            (sector.service_id, word) for word in column_words(services, SERVED_AMBIGUOUS, sector.service_row)
        ]

    # sites of one team share an area; two teams dispute it
    teams = {area_id: tuple(dict.fromkeys(sector.team for sector in claims[area_id])) for area_id in sorted(claims)}
    return SectorMap(
        rows=rows,
        sectors=sectors,
        rows_by_area={
            area_id: np.unique(np.array([sector.service_row for sector in claims[area_id]], dtype=np.int32))
            for area_id in sorted(claims)
        },
        disputed=tuple((area_id, names) for area_id, names in teams.items() if len(names) > 1),
        unknown=tuple(unknown),
        ambiguous=tuple(ambiguous),
    )


def sector_minutes(sector_map: SectorMap, minutes: np.ndarray, demand: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Minutes (float32) from each demand point to the nearest of its competent services, and whether one is known.

    NaN: no competent service known (then the second array is False), or not reached within the cut-off.
    """
    times = np.full(len(demand), np.nan, dtype=np.float32)
    known = np.zeros(len(demand), dtype=bool)
    groups = demand.groupby("area_id", observed=True).indices
    for area_id, rows in sector_map.rows_by_area.items():
        members = np.asarray(groups.get(area_id, ()), dtype=np.intp)
        known[members] = True
        times[members] = np.fmin.reduce(minutes[np.ix_(rows, members)], axis=0)
    return times, known


def sector_table(
    sector_map: SectorMap,
    minutes: np.ndarray,
    demand: pd.DataFrame,
    areas: pd.DataFrame,
    *,
    scenario: str,
    mode: str,
    threshold_min: float,
) -> pd.DataFrame:
    """Time to the competent service and to the nearest of its kind, per area, then in total: SECTOR_COLUMNS.

    ``population_left_out``: people of areas whose competent service is not known; none of the following counts
    them. ``population_unreached``: people whose competent service is beyond the cut-off (or not linked).
    ``population_nearest_other``: people with a service of the kind strictly nearer than their competent one,
    those who reach only another included. Medians count who reaches nothing as beyond the cut-off (NaN: the
    median is); means and ``minutes_lost_person_min`` (people × minutes that the competent service is further
    than the nearest) are of those who reach the competent one. Means and medians are weighted by people.
    ``population_competent_under`` and ``population_nearest_under``: people whose competent service is known, who reach
    it, or the nearest of its kind, in strictly less than ``threshold_min``.

    Parameters
    ----------
    minutes
        float32 (n_services, n_demand), NaN = not reached.
    areas
        With ``area_id``: the rows, in their order, before ``total``.

    Examples
    --------
    >>> from access92.sources.served_areas import with_served_areas
    >>> areas = pd.DataFrame({"area_id": ["a", "b"], "name": ["A", "B"]})
    >>> services = with_served_areas(pd.DataFrame({"service_id": ["X", "Y"], "name": ["SST 1", "SST 2"],
    ...     "kind": ["sst", "sst"], "communes_served": ["A", "B"]}), areas)
    >>> sectors = find_sectors(services, np.array([0, 1]), areas)
    >>> demand = pd.DataFrame({"area_id": ["a", "b"], "population": [10, 20]})
    >>> minutes = np.array([[8, 30], [5, 6]], dtype=np.float32)
    >>> table = sector_table(sectors, minutes, demand, areas, scenario="s", mode="walk",
    ...                          threshold_min=20).set_index("area_id")
    >>> table.loc["total", ["population_nearest_other", "minutes_lost_person_min"]].tolist()
    [10.0, 30.0]
    """
    population = demand["population"].to_numpy(float)

    # who reaches the competent service, and who has another of its kind nearer
    competent_min, known = sector_minutes(sector_map, minutes, demand)
    nearest_min, _ = nearest_service(minutes, sector_map.rows)
    reached = known & ~np.isnan(competent_min)
    nearer_other = known & (nearest_min < np.where(reached, competent_min, np.inf))
    groups = demand.groupby("area_id", observed=True).indices

    # one row an area, then the total
    members = [(str(area), np.asarray(groups.get(area, ()), dtype=np.intp)) for area in areas["area_id"].astype(str)]
    rows = []
    for area_id, points in [*members, (TOTAL, np.arange(len(demand)))]:
        area_population = population[points]
        counted = points[known[points]]
        arrived = points[reached[points]]
        competent, nearest = competent_min[arrived].astype(float), nearest_min[arrived].astype(float)
        rows.append(
            {
                "scenario": scenario,
                "mode": mode,
                "area_id": area_id,
                "population": area_population.sum(),
                "population_left_out": area_population[~known[points]].sum(),
                "competent_service_ids": "" if area_id == TOTAL else sector_map.service_ids(area_id),
                "population_unreached": population[counted][~reached[counted]].sum(),
                "population_nearest_other": population[points[nearer_other[points]]].sum(),
                "median_competent_min": weighted_quantile(competent_min[counted], population[counted], 0.5),
                "median_nearest_min": weighted_quantile(nearest_min[counted], population[counted], 0.5),
                "mean_competent_min": _mean(competent, population[arrived]),
                "mean_nearest_min": _mean(nearest, population[arrived]),
                "minutes_lost_person_min": float((population[arrived] * (competent - nearest)).sum()),
                "population_competent_under": population[counted][
                    is_under(competent_min[counted], threshold_min)
                ].sum(),
                "population_nearest_under": population[counted][is_under(nearest_min[counted], threshold_min)].sum(),
            },
        )
    return pd.DataFrame(rows, columns=list(SECTOR_COLUMNS))


def sector_notices(sector_map: SectorMap, table: pd.DataFrame, areas: pd.DataFrame) -> list[Notice]:
    """What the sectors of a scenario leave unsaid: areas and services without one, disputed and unknown communes.

    Codes and subjects: ``sector_unknown`` (area ids), ``area_disputed`` (area id, teams), ``commune_unknown`` and
    ``commune_ambiguous`` (service id, commune), ``service_without_sector`` (service id, name), ``sector_incomplete``
    (service id, name, note). ``table``: of :func:`sector_table`, for one scenario and mode (the people are the same
    for all modes).
    """
    by_area = table.set_index("area_id")
    population, left_out = by_area["population"].astype(float), by_area["population_left_out"].astype(float)
    silent = tuple(area_id for area_id in areas["area_id"].astype(str) if area_id not in sector_map.rows_by_area)
    notices = []
    if silent:
        notices.append(Notice("sector_unknown", silent, population=float(left_out[TOTAL])))
    notices += [
        Notice("area_disputed", (area_id, *teams), population=float(population[area_id]))
        for area_id, teams in sector_map.disputed
    ]
    notices += [Notice("commune_unknown", pair) for pair in sector_map.unknown]
    notices += [Notice("commune_ambiguous", pair) for pair in sector_map.ambiguous]
    for sector in sector_map.sectors:
        subject = (sector.service_id, sector.name)
        if not sector.communes:
            notices.append(Notice("service_without_sector", subject))
        elif not sector.is_whole:
            notices.append(Notice("sector_incomplete", (*subject, sector.note)))
    return notices


def _mean(values: np.ndarray, weights: np.ndarray) -> float:
    total = float(weights.sum())
    return float((values * weights).sum() / total) if total > 0 else float("nan")
