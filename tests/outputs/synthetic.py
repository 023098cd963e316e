"""A small made-up town as a whole Results: six areas, eight services, 300 demand points, two scenarios, two modes.

With ``changes``, two more scenarios (a service added; one moved and one closed, with a mobile unit), two commitments
and a calendar; the tables of what changes are always those of the real functions.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import product
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, MultiPolygon, Point, box

from access92._clock import PARIS
from access92.measures.access import Access
from access92.measures.areas import index_areas
from access92.measures.calendars import HourTables, tabulate_hours
from access92.measures.publics import count_publics
from access92.measures.tables import tabulate_scenarios
from access92.network.modes import Mode
from access92.run.inputs import InputFile
from access92.run.results import Results
from access92.sources.served_areas import with_served_areas
from access92.sources.study_streets import StreetsOrigin
from access92.study.commitments import Commitment
from access92.study.files import AreasInput, PopulationInput, ServicesInput, StreetsInput
from access92.study.model import Analysis, Calendar, MapOptions, Scenario, Study
from access92.study.notices import Notice
from access92.study.omissions import UncountedReason
from access92.study.schemas import ANY, EVERYBODY, TOTAL
from access92.study.types import BasemapName
from access92.travel.cached_times import NetworkSummary
from access92.travel.matrix import TravelTimes

CRS = "EPSG:2154"
ORIGIN_X, ORIGIN_Y = 645_000.0, 6_860_000.0
SIDE_M = 1500.0
THRESHOLDS_MIN = (10.0, 15.0, 20.0, 30.0)
CUTOFF_MIN = 60.0
MINUTES_PER_M = {"walk": 60 / 5000 * 1.3, "walk_senior": 60 / 3400 * 1.31, "car": 60 / 20000 * 1.3}
EXTRA_MIN = {"walk": 0.0, "walk_senior": 0.0, "car": 5.0}
KINDS = ("sst", "sst", "pole_social", "pmi", "pmi", "antenne", "mdph", "permanence")


CALENDAR = Calendar(
    file=Path("calendrier.csv"), first_day=date(2025, 2, 3), last_day=date(2025, 2, 9), minimal_visit_min=30,
    assumed_hours="Mo-Fr 09:00-17:00", moments=(datetime(2025, 2, 4, 10), datetime(2025, 2, 4, 18, 30)),  # noqa: DTZ001
    is_example=True, source="semaine inventée", licence="exemple", vintage="février 2025",
)  # fmt: skip


def make_results(
    *,
    is_demo: bool = True,
    basemap: BasemapName | None = None,
    n_demand: int = 300,
    n_streets: int = 30,
    changes: bool = False,
) -> Results:
    """The made-up town; straight-line times, one demand point not snapped."""
    rng = np.random.default_rng(92)
    study = _study(is_demo=is_demo, basemap=basemap, changes=changes)
    areas = _areas()
    demand = _demand(rng, n_demand)
    areas["population"] = demand.groupby("area_id")["population"].sum().reindex(areas["area_id"]).to_numpy()
    services = _services(changes=changes)
    modes = {name: _mode(name) for name in study.modes}
    times = {name: straight_times(name, services, demand) for name in modes}
    access_records = tuple(
        nearest_situation(scenario, mode, services, times[mode]) for scenario in study.scenarios for mode in modes
    )
    by_key = {(item.scenario, item.mode): times[item.mode] for item in access_records}
    return Results(
        study=study,
        modes=modes,
        scenarios=study.scenarios,
        origin=StreetsOrigin(
            label="rues de démonstration (tracé inventé)" if is_demo else "© contributeurs OpenStreetMap",
            licence="MIT" if is_demo else "ODbL 1.0",
            vintage="graine 92" if is_demo else "2025-01-01",
            is_demo=is_demo,
        ),
        areas=areas,
        demand=demand,
        services=services,
        unlocated=pd.DataFrame(
            {
                "service_id": ["S9"],
                "name": ["14e SST <à créer>"],
                "kind": ["sst"],
                "reasons": [(UncountedReason("without_position"),)],
            },
        ),
        streets=_streets(n_streets),
        water=box(ORIGIN_X + 1800, ORIGIN_Y, ORIGIN_X + 1900, ORIGIN_Y + 2 * SIDE_M),
        networks={
            name: NetworkSummary(
                name, nodes=900, directed_edges=3600, length_km=123.4, cut_off_nodes=12, cut_off_length_km=1.5
            )
            for name in modes
        },
        travel_times=times,
        access_records=access_records,
        coverage=_coverage(access_records, services, demand, study.analysis.thresholds_min, (ANY, "sst", "pmi")),
        curve=_coverage(
            access_records, services, demand, tuple(float(t) for t in range(5, 61)), (ANY,), total_only=True
        ),
        summary=_summary(access_records, demand),
        comparison=_comparison(access_records, demand),
        pockets=(pockets := _pockets(access_records, demand)),
        pocket_areas=pd.DataFrame(pockets[["scenario", "mode", "rank", "area_id", "population"]]),
        isochrones=_isochrones(access_records, services),
        notices=(
            Notice(
                "demand_unsnapped",
                ("walk",),
                {"points": 1, "max_snap_m": 300.0},
                float(demand["population"].iloc[-1]),
            ),
        ),
        provenance=(),
        changes=tabulate_scenarios(
            study,
            access_records,
            by_key,
            with_served_areas(services, areas),
            demand,
            areas,
            searched=by_key,
            area_sums=index_areas(demand, list(areas["area_id"])),
            publics=count_publics(study, modes),
            difference_modes=(study.analysis.headline_mode,),
        ),
        hour_tables=_presence(study, access_records, services, times["walk"], demand),
        inputs=(
            InputFile("study", "studies/ville.toml", "a" * 64, 1234),
            InputFile("services", "../services/services.csv", "b" * 64, 5678),
        ),
    )


def _study(*, is_demo: bool, basemap: BasemapName | None, changes: bool) -> Study:
    return Study(
        name="ville",
        title="Ville d'essai",
        description="Une ville inventée.",
        areas=AreasInput(
            file=Path("zones.geojson"), source="Limites inventées", licence="Licence Ouverte", vintage="2018"
        ),
        services=ServicesInput(file=Path("services.csv"), source="Annuaire inventé", licence="faits", vintage="2021"),
        population=PopulationInput(
            method="grid",
            file=Path("grid.csv"),
            age_columns=("age_65_plus",),
            source="Grille inventée",
            licence="libre",
            vintage="population légale 2023",
        ),
        streets=StreetsInput(demo=True)
        if is_demo
        else StreetsInput(file=Path("rues.osm.pbf"), source="OSM", licence="ODbL 1.0", vintage="2025"),
        analysis=Analysis(reference_date=date(2024, 10, 18), thresholds_min=THRESHOLDS_MIN),
        modes=("walk", "car"),
        scenario=(  # type: ignore[call-arg]  # the alias of the TOML table
            Scenario(name="aujourdhui", title="Maillage d'aujourd'hui", kinds=("sst", "pole_social", "pmi")),
            Scenario(name="sst-seuls", title="Les SST seuls", kinds=("sst",)),
            *(_changing_scenarios() if changes else ()),
        ),
        commitment=_commitments() if changes else (),
        calendar=CALENDAR if changes else None,
        map=MapOptions(basemap=basemap),
    )


def _changing_scenarios() -> tuple[Scenario, ...]:
    return tuple(
        Scenario.model_validate(content)
        for content in (
            {
                "name": "neuf", "title": "Un SST de plus", "based_on": "aujourdhui", "description": "Lieu inventé.",
                "change": [{"kind": "add_service", "service_id": "S10", "name": "SST neuf", "service_kind": "sst",
                            "lon": 2.29, "lat": 48.84}],
            },
            {
                "name": "demenage", "title": "Déménagement <S2>", "based_on": "aujourdhui", "mobile": True,
                "change": [
                    {"kind": "move_service", "service_id": "S2", "lon": 2.28, "lat": 48.85},
                    {"kind": "remove_service", "service_id": "S4"},
                ],
            },
        )
    )  # fmt: skip


def _commitments() -> tuple[Commitment, ...]:
    return tuple(
        Commitment.model_validate(content)
        for content in (
            {"name": "a-pied", "title": "Vingt minutes à pied", "source": "Séance : « vingt minutes à pied »",
             "any_of": [{"kinds": ["sst", "pole_social", "pmi"], "mode": "walk", "under_min": 20}]},
            {"name": "deux-temps", "title": "Un pôle, sinon un SST", "source": "« un pôle <social> »",
             "note": "Choix de l'étude.",
             "any_of": [{"kinds": ["pole_social"], "mode": "walk", "under_min": 20},
                        {"kinds": ["sst"], "mode": "walk", "under_min": 15}]},
        )
    )  # fmt: skip


def _presence(
    study: Study,
    access_records: tuple[Access, ...],
    services: gpd.GeoDataFrame,
    times: TravelTimes,
    demand: gpd.GeoDataFrame,
) -> HourTables:
    if study.calendar is None:
        return HourTables(pd.DataFrame(), pd.DataFrame(), pd.DataFrame(), ())
    halt = pd.DataFrame({
        "place_id": ["BUS@1"],
        "starts_at": pd.DatetimeIndex(["2025-02-04 18:00"]).tz_localize(PARIS),
        "ends_at": pd.DatetimeIndex(["2025-02-04 20:00"]).tz_localize(PARIS),
    })  # fmt: skip
    rows = {item.scenario: item.service_rows for item in access_records if item.mode == "walk"}
    return tabulate_hours(
        study.calendar,
        services,
        rows,
        {name: halt if name == "demenage" else halt.iloc[:0] for name in rows},
        dict.fromkeys(rows, times),
        demand,
        areas=index_areas(demand, sorted(set(demand["area_id"]))),
        analysis=study.analysis,
    )


def _mode(name: str) -> Mode:
    car = name == "car"
    return Mode(
        name=name,
        label="En voiture" if car else "À pied (adulte)",
        family="car" if car else "foot",
        speed_kmh=130.0 if car else 5.0,
        access_speed_kmh=5.0,
        steps_speed_kmh=None if car else 2.5,
        avoid_unpaved=False,
        needs_wheelchair_access=False,
        time_factor=1.4 if car else 1.0,
        parking_min=5.0 if car else 0.0,
        class_speed_kmh={"residential": 30.0} if car else {},
        sources={"speed_kmh": "Code de la route" if car else "Cerema, 2021"},
    )


def _areas() -> gpd.GeoDataFrame:
    names = ["Aulnes", "Bois-l'Évêque", "Clairière", "Dunes", "Étang & Île", "Faubourg"]
    cells = [
        box(
            ORIGIN_X + column * SIDE_M,
            ORIGIN_Y + row * SIDE_M,
            ORIGIN_X + (column + 1) * SIDE_M,
            ORIGIN_Y + (row + 1) * SIDE_M,
        )
        for row in range(2)
        for column in range(3)
    ]
    return gpd.GeoDataFrame({"area_id": [f"9200{i}" for i in range(1, 7)], "name": names}, geometry=cells, crs=CRS)


def _demand(rng: np.random.Generator, n: int) -> gpd.GeoDataFrame:
    area = np.sort(rng.integers(0, 6, n))
    x = ORIGIN_X + (area % 3 + rng.random(n)) * SIDE_M
    y = ORIGIN_Y + (area // 3 + rng.random(n)) * SIDE_M
    return gpd.GeoDataFrame(
        {
            "demand_id": [f"d{i:05d}" for i in range(n)],
            "area_id": [f"9200{i + 1}" for i in area],
            "population": rng.integers(1, 80, n).astype(float),
            "age_65_plus": rng.integers(0, 20, n).astype(float),
        },
        geometry=gpd.points_from_xy(x, y),
        crs=CRS,
    )


def _services(*, changes: bool) -> gpd.GeoDataFrame:
    n = len(KINDS)
    places = [(400, 500), (1200, 2500), (900, 900), (3000, 700), (2200, 2300), (600, 2700), (4200, 200), (2000, 1200)]
    none = [None] * n
    table = gpd.GeoDataFrame(
        {
            "service_id": [f"S{i}" for i in range(1, n + 1)],
            "name": [f"Lieu n° {i} <{kind}>" for i, kind in enumerate(KINDS, start=1)],
            "kind": KINDS,
            "also_kinds": ["", "", "", "css", *[""] * 4],
            "status": ["open"] * n,
            "valid_from": pd.to_datetime([None, None, "2023-05-16", *none[:5]]),
            "valid_to": pd.to_datetime(none),
            "address": ["1 rue d'Essai", *[""] * 7],
            "hours": ["8 h 30-17 h 30 (2016)", *[""] * 7],
            "position_basis": ["annuaire 2021"] * 5
            + ["approximative : repère le plus proche cité par la source"]
            + ["annuaire 2021"] * 2,
            "position_uncertainty_m": [np.nan] * 5 + [400.0] + [np.nan] * 2,
            "confidence": ["moyenne", "faible pour aujourd’hui : site de 2021", *[""] * 6],
            "note": ["Voir S2.", *[""] * 7],
            "source": ["annuaire tiers, été 2021 ; https://exemple.fr/page"] * n,
            "scenarios": ["aujourdhui;sst-seuls"] * 2 + ["aujourdhui"] * 3 + [""] * 3,
            "snap_m": [12.345678] * (n - 1) + [np.nan],
            "snap_m_walk": [12.345678] * (n - 1) + [np.nan],
            "snap_m_car": [30.0] * n,
        },
        geometry=[Point(ORIGIN_X + x, ORIGIN_Y + y) for x, y in places],
        crs=CRS,
    )
    return _with_changed_services(table) if changes else table


def _with_changed_services(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The services that the scenarios « neuf » and « demenage » make, and the place of a mobile unit."""
    table["scenarios"] = [
        names + (";neuf" if "aujourdhui" in names else "") + (";demenage" if service in ("S1", "S3", "S5") else "")
        for service, names in zip(table["service_id"], table["scenarios"], strict=True)
    ]
    table["communes_served"] = ["Aulnes", "Dunes", *[""] * 6]
    made = table.iloc[[0, 1, 0]].assign(
        service_id=["S10", "S2@demenage", "BUS@1"],
        name=["SST neuf", "Lieu n° 2 <sst>", "Bus : halte"],
        kind=["sst", "sst", "mobile"],
        scenarios=["neuf", "demenage", ""],
        communes_served="",
    )
    places = [Point(ORIGIN_X + x, ORIGIN_Y + y) for x, y in ((3900, 2600), (2600, 2700), (4300, 1700))]
    made = made.set_geometry(places, crs=CRS)
    return gpd.GeoDataFrame(pd.concat([table, made], ignore_index=True), geometry="geometry", crs=CRS)


def _streets(n: int) -> gpd.GeoDataFrame:
    """A lattice of ``n`` streets by ``n``, cut at each crossing."""
    wide, high = 3 * SIDE_M, 2 * SIDE_M
    lines, classes = [], []
    for i in range(n + 1):
        kind = "primary" if i % 10 == 0 else ("tertiary" if i % 5 == 0 else "residential")
        for j in range(n):
            x, y = ORIGIN_X + i * wide / n, ORIGIN_Y + i * high / n
            lines.append(LineString([(x, ORIGIN_Y + j * high / n), (x, ORIGIN_Y + (j + 1) * high / n)]))
            lines.append(LineString([(ORIGIN_X + j * wide / n, y), (ORIGIN_X + (j + 1) * wide / n, y)]))
            classes += [kind, kind]
    return gpd.GeoDataFrame(
        {
            "edge_id": [f"e{i}" for i in range(len(lines))],
            "from_node": np.arange(len(lines)),
            "to_node": np.arange(len(lines)),
            "length_m": [line.length for line in lines],
            "highway": classes,
            "oneway": "",
        },
        geometry=lines,
        crs=CRS,
    )


def straight_times(mode: str, services: gpd.GeoDataFrame, demand: gpd.GeoDataFrame) -> TravelTimes:
    dx = services.geometry.x.to_numpy()[:, None] - demand.geometry.x.to_numpy()
    dy = services.geometry.y.to_numpy()[:, None] - demand.geometry.y.to_numpy()
    minutes = (np.hypot(dx, dy) * MINUTES_PER_M[mode] + EXTRA_MIN[mode]).astype(np.float32)
    minutes[minutes > CUTOFF_MIN] = np.nan
    minutes[:, -1] = np.nan  # the last demand point is not snapped
    edges = pd.array(["e0"] * (len(demand) - 1) + [None], dtype="str")
    return TravelTimes(
        mode=mode,
        minutes=minutes,
        service_snaps=pd.DataFrame(
            {"place_id": services["service_id"], "edge_id": "e0", "position": 0.5, "snap_m": 12.0}
        ),
        demand_snaps=pd.DataFrame({"place_id": demand["demand_id"], "edge_id": edges, "position": 0.5, "snap_m": 3.0}),
    )


def nearest_situation(scenario: Scenario, mode: str, services: gpd.GeoDataFrame, times: TravelTimes) -> Access:
    rows = np.flatnonzero(services["scenarios"].str.split(";").map(lambda names: scenario.name in names))
    chosen = np.where(np.isnan(times.minutes[rows]), np.inf, times.minutes[rows])
    best = chosen.min(axis=0)
    nearest = np.where(np.isfinite(best), rows[chosen.argmin(axis=0)], -1).astype(np.int32)
    return Access(
        scenario.name,
        mode,
        rows.astype(np.int32),
        np.where(np.isfinite(best), best, np.nan).astype(np.float32),
        nearest,
    )


def _rule_times(access: Access, rule: str, services: gpd.GeoDataFrame) -> np.ndarray | None:
    """Times of the rule: any service, or (close enough for a made-up town) whether the nearest is of the kind."""
    if rule == ANY:
        return access.travel_time_min
    kinds = services["kind"].to_numpy()
    if rule not in set(kinds[access.service_rows]):
        return None
    same = (access.nearest_service >= 0) & (kinds[access.nearest_service] == rule)
    return np.where(same, access.travel_time_min, np.nan)


def _coverage(
    access_records: tuple[Access, ...],
    services: gpd.GeoDataFrame,
    demand: gpd.GeoDataFrame,
    thresholds: tuple[float, ...],
    rules: tuple[str, ...],
    *,
    total_only: bool = False,
) -> pd.DataFrame:
    population = demand["population"].to_numpy()
    unsnapped = np.arange(len(demand)) == len(demand) - 1
    area = demand["area_id"].to_numpy()
    rows = []
    for access in access_records:
        for rule in rules:
            times = _rule_times(access, rule, services)
            if times is None:
                continue
            for area_id in ([] if total_only else sorted(set(area))) + [TOTAL]:
                here = np.ones(len(demand), dtype=bool) if area_id == TOTAL else area == area_id
                people = population[here].sum()
                for threshold in thresholds:
                    covered = population[here & (times < threshold)].sum()
                    rows.append(
                        (
                            access.scenario,
                            access.mode,
                            rule,
                            area_id,
                            threshold,
                            people,
                            covered,
                            population[here & unsnapped].sum(),
                            covered / people,
                        )
                    )
    columns = [
        "scenario",
        "mode",
        "rule",
        "area_id",
        "threshold_min",
        "population",
        "population_covered",
        "population_unsnapped",
        "coverage_share",
    ]
    return _of_everybody(pd.DataFrame(rows, columns=columns))


def _of_everybody(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its public, after the rule."""
    table.insert(table.columns.get_loc("rule") + 1, "public", EVERYBODY)
    return table


def _summary(access_records: tuple[Access, ...], demand: gpd.GeoDataFrame) -> pd.DataFrame:
    rows = []
    for access in access_records:
        for area_id in [*sorted(set(demand["area_id"])), TOTAL]:
            here = np.ones(len(demand), dtype=bool) if area_id == TOTAL else (demand["area_id"] == area_id).to_numpy()
            times = np.where(np.isnan(access.travel_time_min), np.inf, access.travel_time_min)[here]
            people = demand["population"].to_numpy()[here]
            order = np.argsort(times, kind="stable")
            share = np.cumsum(people[order]) / people.sum()
            median, p90 = (times[order][np.searchsorted(share, level)] for level in (0.5, 0.9))
            rows.append(
                (
                    access.scenario,
                    access.mode,
                    ANY,
                    area_id,
                    people.sum(),
                    median if np.isfinite(median) else np.nan,
                    p90 if np.isfinite(p90) else np.nan,
                )
            )
    columns = ["scenario", "mode", "rule", "area_id", "population", "median_min", "p90_min"]
    return _of_everybody(pd.DataFrame(rows, columns=columns))


def _comparison(access_records: tuple[Access, ...], demand: gpd.GeoDataFrame) -> pd.DataFrame:
    people = demand["population"].to_numpy()
    by_key = {(item.scenario, item.mode): item for item in access_records}
    rows = []
    others = list(dict.fromkeys(item.scenario for item in access_records))[1:]
    for other, mode in product(others, ("walk", "car")):
        before, after = by_key["aujourdhui", mode], by_key[other, mode]
        for area_id in [*sorted(set(demand["area_id"])), TOTAL]:
            here = np.ones(len(demand), dtype=bool) if area_id == TOTAL else (demand["area_id"] == area_id).to_numpy()
            for threshold in THRESHOLDS_MIN:
                was, now = before.travel_time_min < threshold, after.travel_time_min < threshold
                rows.append(
                    (
                        "aujourdhui",
                        other,
                        mode,
                        ANY,
                        area_id,
                        threshold,
                        people[here & ~was & now].sum(),
                        people[here & was & ~now].sum(),
                        float(np.nansum((before.travel_time_min - after.travel_time_min)[here] * people[here])),
                    )
                )
    columns = [
        "scenario_reference",
        "scenario",
        "mode",
        "rule",
        "area_id",
        "threshold_min",
        "population_gained",
        "population_lost",
        "minutes_saved_person_min",
    ]
    return _of_everybody(pd.DataFrame(rows, columns=columns))


def _pockets(access_records: tuple[Access, ...], demand: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows, places = [], []
    for access in access_records:
        uncovered = np.flatnonzero(~(access.travel_time_min < 20))
        for rank, place in enumerate(uncovered[:5], start=1):
            rows.append(
                (
                    access.scenario,
                    access.mode,
                    rank,
                    demand["area_id"].iloc[place],
                    demand["population"].iloc[place],
                    demand["population"].iloc[place],
                    access.travel_time_min[place],
                    "Les Prés" if rank == 1 else "",
                    "inside" if rank == 1 else "",
                )
            )
            places.append(demand.geometry.iloc[place])
    columns = [
        "scenario", "mode", "rank", "area_id", "population", "population_uncovered_reference", "median_min",
        "place_name", "place_position",
    ]  # fmt: skip
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=places, crs=CRS)


def _isochrones(access_records: tuple[Access, ...], services: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rows, shapes = [], []
    town = box(ORIGIN_X - 500, ORIGIN_Y - 500, ORIGIN_X + 3 * SIDE_M + 500, ORIGIN_Y + 2 * SIDE_M + 500)
    hole = box(ORIGIN_X + 700, ORIGIN_Y + 700, ORIGIN_X + 760, ORIGIN_Y + 760)
    for access in access_records:
        for threshold in THRESHOLDS_MIN:
            reach = max(threshold - EXTRA_MIN[access.mode], 0.1) / MINUTES_PER_M[access.mode]
            places = services.geometry.iloc[access.service_rows]
            together = places.buffer(reach).union_all().intersection(town).difference(hole)
            shapes.append(MultiPolygon([together]) if together.geom_type == "Polygon" else together)
            rows.append((access.scenario, access.mode, ANY, "", threshold, together.area / 1e6))
    columns = ["scenario", "mode", "rule", "service_id", "threshold_min", "area_km2"]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=columns), geometry=shapes, crs=CRS)
