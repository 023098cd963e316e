"""Population covered by each scenario as one input at a time varies: speed, threshold, waits, snaps, places."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.measures.sensitivity.position_draws import ORIGIN_COLUMNS, draw_places
from access92.measures.sensitivity.road_conditions import congestion_variants, signal_variants
from access92.network.graph import Network
from access92.network.link_reference import LinkReference
from access92.network.modes import Mode
from access92.network.signals import has_signals
from access92.network.slopes import flat_streets, has_slopes
from access92.network.snapping import NOT_SNAPPED, Links, Snaps
from access92.study.model import SensitivityOptions
from access92.travel.closed_times import closed_blocks
from access92.travel.matrix import travel_time_matrix
from access92.travel.router import Router, decode_snaps, encode_snaps
from access92.travel.time_limits import is_under

SOURCES = ("speed", "threshold", "signals", "congestion", "slopes", "snapping", "position", "population")

_ROWS_AT_ONCE = 256
"""Drawn positions that are searched together: what bounds the memory of a thousand draws."""


@dataclass(frozen=True, slots=True, eq=False)
class ScenarioRouter:
    """What one scenario counts (rows of the services), where, and its travel times in minutes (services × demand)."""

    router: Router
    minutes: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """Population covered: ``central`` (n_scenarios,), and by source one column per variant (n_scenarios, n_variants).

    A column is the same variant for every scenario. A source that was not varied is left out.
    """

    central: np.ndarray
    by_source: Mapping[str, np.ndarray]

    def part(self, scenario: int) -> Variants:
        """Those of one scenario."""
        rows = slice(scenario, scenario + 1)
        return Variants(self.central[rows], {source: population[rows] for source, population in self.by_source.items()})


def stacked(parts: Sequence[Variants]) -> Variants:
    """The variants of several scenarios, behind one another."""
    return Variants(
        np.concatenate([part.central for part in parts]),
        {source: np.concatenate([part.by_source[source] for part in parts]) for source in parts[0].by_source},
    )


def vary_coverage(
    scenarios: Mapping[str, ScenarioRouter],
    services: gpd.GeoDataFrame,
    *,
    threshold_min: float,
    options: SensitivityOptions,
    other_populations: Iterable[np.ndarray],
) -> Variants:
    """The population covered by each scenario (rule ``any``) in strictly less than the threshold, under each variant.

    ``other_populations``: people of each demand point, by allocation; none where there is no other. Scenarios with the
    same router share its work; a variant is searched no further than the threshold.
    """
    order = {name: at for at, name in enumerate(scenarios)}
    by_source: dict[str, np.ndarray] = {}
    for members in _same_router(scenarios):
        patch = _patch({name: scenarios[name] for name in members}, services, threshold_min, options)
        within = patch.within(patch.minutes)
        by_variant = {
            "reached": within,
            "speed": _under_speeds(patch, options.speed_share),
            "threshold": _under_thresholds(patch, options.threshold_min),
            "signals": _under_modes(
                patch, signal_variants(patch.router.mode, knows_signals=_knows_signals(patch.router))
            ),
            "congestion": _under_modes(patch, congestion_variants(patch.router.mode)),
            "slopes": _without_slopes(patch),
            "snapping": _under_links(patch, options.max_snap_m, options.link_radius_m),
            "position": _under_draws(patch),
        }
        at = [order[name] for name in members]
        for source, values in by_variant.items():
            by_source.setdefault(source, np.zeros((len(order), values.shape[1]), dtype=values.dtype))[at] = values
    reached = by_source.pop("reached")
    central = next(iter(scenarios.values())).router.demand["population"].to_numpy(float)
    covered = [_covered_population(reached, population) for population in (central, *other_populations)]
    by_source["population"] = np.array(covered[1:]).reshape(-1, len(order)).T
    return Variants(covered[0], {source: by_source[source] for source in SOURCES if by_source[source].shape[1]})


def _covered_population(reached: np.ndarray, population: np.ndarray) -> np.ndarray:
    """The population of the demand points that each row reaches."""
    return np.array([population[row].sum() for row in reached])


def scaled_mode(mode: Mode, factor: float) -> Mode:
    """The mode with every speed multiplied: streets, classes, steps, pushing, and access legs on foot.

    A car's speeds come from signs: its time in the network is divided instead. Parking stays as it is.

    >>> from access92.network.modes import read_modes
    >>> walk = scaled_mode(read_modes()["walk"], 1.1)
    >>> walk.speed_kmh, walk.access_speed_kmh, walk.steps_speed_kmh
    (5.5, 5.5, 1.87)
    """

    def scaled(kmh: float) -> float:
        return round(kmh * factor, 9)

    access_kmh = scaled(mode.access_speed_kmh)
    if mode.family == "car":
        return replace(
            mode,
            access_speed_kmh=access_kmh,
            time_factor=mode.time_factor / factor,
            class_time_factor={name: value / factor for name, value in mode.class_time_factor.items()},
        )
    return replace(
        mode,
        speed_kmh=scaled(mode.speed_kmh),
        access_speed_kmh=access_kmh,
        steps_speed_kmh=None if mode.steps_speed_kmh is None else scaled(mode.steps_speed_kmh),
        pushing_speed_kmh=None if mode.pushing_speed_kmh is None else scaled(mode.pushing_speed_kmh),
        class_speed_kmh={name: scaled(kmh) for name, kmh in mode.class_speed_kmh.items()},
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Patch:
    """The scenarios with one router; rows number the services that one of them counts."""

    router: Router
    minutes: np.ndarray
    rows: Sequence[np.ndarray]  # by scenario
    population: np.ndarray
    threshold_min: float
    service_snaps: Snaps
    demand_snaps: Snaps
    places: gpd.GeoSeries  # of the services
    disc_of: np.ndarray  # by service the row of draw_snaps, -1: its position is sure
    draw_places: gpd.GeoSeries  # drawn positions, draw after draw
    draw_snaps: Snaps  # theirs
    draws: int

    @property
    def network(self) -> Network:
        return self.router.network

    def covered(self, minutes: np.ndarray, limit_min: float | None = None) -> np.ndarray:
        """Population covered by each scenario, for a matrix of the services of this patch."""
        return _covered_population(self.within(minutes, limit_min), self.population)

    def within(self, minutes: np.ndarray, limit_min: float | None = None) -> np.ndarray:
        """By scenario the demand points that reach one of its services in strictly less than the limit."""
        near = is_under(minutes, self.threshold_min if limit_min is None else limit_min)
        return np.array([near[rows].any(axis=0) for rows in self.rows])

    def search(
        self, router: Router, places: gpd.GeoSeries, services: Snaps, demand: Snaps, limit_min: float | None = None
    ) -> np.ndarray:
        """Minutes to places (``services``: their snaps) up to the limit: enough to say who is within it.

        ``router``: that of the patch, or another of the same streets; who rides finds the stops anew.
        """
        limit = self.threshold_min if limit_min is None else limit_min
        if router.rider is not None:
            return np.concatenate(list(closed_blocks(router, places, cutoff_min=limit, rows_at_once=_ROWS_AT_ONCE)))
        return travel_time_matrix(router.network, services, demand, cutoff_min=limit)


def _same_router(scenarios: Mapping[str, ScenarioRouter]) -> list[list[str]]:
    groups: dict[int, list[str]] = {}
    for name, scenario in scenarios.items():
        groups.setdefault(id(scenario.router), []).append(name)
    return list(groups.values())


def _patch(
    members: Mapping[str, ScenarioRouter], services: gpd.GeoDataFrame, threshold_min: float, options: SensitivityOptions
) -> _Patch:
    first = next(iter(members.values()))
    router = first.router
    counted = np.unique(np.concatenate([member.rows for member in members.values()])).astype(np.int64)
    counted_services = services.iloc[counted]
    radius_m = np.zeros(len(counted_services))
    if "position_uncertainty_m" in counted_services.columns:
        stated = pd.to_numeric(counted_services["position_uncertainty_m"], errors="coerce").to_numpy(dtype=float)
        radius_m = np.where(stated > 0, stated, 0.0)
    has_origins = set(ORIGIN_COLUMNS) <= set(counted_services.columns)
    origins = counted_services[list(ORIGIN_COLUMNS)].to_numpy(float) if has_origins else None
    positions, disc_of = _draw_positions(counted_services.geometry, radius_m, options, origins)
    snaps = router.snap(pd.concat([counted_services.geometry, positions], ignore_index=True))
    return _Patch(
        router=router,
        minutes=first.minutes[counted],
        rows=[np.searchsorted(counted, member.rows) for member in members.values()],
        population=router.demand["population"].to_numpy(float),
        threshold_min=threshold_min,
        service_snaps=snaps.part(slice(len(counted_services))),
        demand_snaps=router.demand_snaps,
        places=counted_services.geometry,
        disc_of=disc_of,
        draw_places=positions,
        draw_snaps=snaps.part(slice(len(counted_services), None)),
        draws=options.draws,
    )


def _draw_positions(
    places: gpd.GeoSeries, radius_m: np.ndarray, options: SensitivityOptions, origins: np.ndarray | None
) -> tuple[gpd.GeoSeries, np.ndarray]:
    """The drawn positions of the doubtful places, draw after draw, and by service which place of a draw is its own."""
    doubtful = np.flatnonzero((radius_m > 0) & ~(places.is_empty | places.isna()).to_numpy())
    x, y = places.iloc[doubtful].x.to_numpy(), places.iloc[doubtful].y.to_numpy()
    xy = np.stack([x, y], axis=1)
    seeds = xy if origins is None else origins[doubtful]
    discs, which = np.unique(np.hstack([xy, radius_m[doubtful, None], seeds]), axis=0, return_inverse=True)
    disc_of = np.full(len(places), -1, dtype=np.int64)
    disc_of[doubtful] = which.reshape(-1)
    positions = draw_places(*discs[:, :3].T, draws=options.draws, seed=options.seed, origins=discs[:, 3:])
    by_draw = positions.transpose(1, 0, 2).reshape(-1, 2)
    return gpd.GeoSeries(gpd.points_from_xy(*by_draw.T), crs=places.crs), disc_of


def _under_speeds(patch: _Patch, share: float) -> np.ndarray:
    return _under_modes(patch, [scaled_mode(patch.router.mode, factor) for factor in (1 - share, 1 + share)])


def _under_modes(patch: _Patch, modes: Sequence[Mode]) -> np.ndarray:
    """One column per mode; the snaps stay: other speeds and waits open no street."""
    columns = []
    for mode in modes:
        router = _varied(patch.router, mode=mode)
        columns.append(patch.covered(patch.search(router, patch.places, patch.service_snaps, patch.demand_snaps)))
    return np.stack(columns, axis=1) if columns else np.empty((len(patch.rows), 0))


def _varied(router: Router, *, mode: Mode | None = None, links_m: tuple[float, float] | None = None) -> Router:
    """The router with another mode, or other limit and radius of its links; so is that of all the streets, if apart."""
    max_snap_m, radius_m = links_m or (router.max_snap_m, router.link_radius_m)
    whole = None if router.whole is None else _varied(router.whole, mode=mode, links_m=links_m)
    access = None if router.access_router is None else _varied(router.access_router, links_m=links_m)
    return replace(
        router, mode=mode or router.mode, max_snap_m=max_snap_m, link_radius_m=radius_m, whole=whole,
        access_router=access,
    )  # fmt: skip


def _without_slopes(patch: _Patch) -> np.ndarray:
    """One column where the streets have slopes and the mode feels them: as if they had none; the links stay."""
    router = patch.router
    if router.mode.family == "car" or not has_slopes(router.streets):
        return np.empty((len(patch.rows), 0))
    # the network is made of the study's streets, those that the scenario closes left out: neither has slopes
    links = router.links
    reference = LinkReference(flat_streets(links.streets), links.lines, router.traffic)

    def flattened(router: Router, whole: Router | None) -> Router:
        return replace(
            router, streets=flat_streets(router.streets), streets_key=f"{router.streets_key}|flat",
            reference=reference, whole=whole,
        )  # fmt: skip

    flat = flattened(router, None if router.whole is None else flattened(router.whole, None))
    services, demand = (
        decode_snaps(encode_snaps(snaps, patch.network), flat.network)
        for snaps in (patch.service_snaps, patch.demand_snaps)
    )
    return patch.covered(patch.search(flat, patch.places, services, demand))[:, None]


def _under_thresholds(patch: _Patch, by_min: float) -> np.ndarray:
    lower, upper = patch.threshold_min - by_min, patch.threshold_min + by_min
    return np.stack([patch.covered(patch.minutes, lower), patch.covered(_minutes_up_to(patch, upper), upper)], axis=1)


def _knows_signals(router: Router) -> bool:
    return router.traffic is not None and bool(has_signals(router.traffic.nodes).any())


def _minutes_up_to(patch: _Patch, limit_min: float) -> np.ndarray:
    """The travel times of a patch, searched again where they were not searched that far."""
    if limit_min <= patch.router.cutoff_min:
        return patch.minutes
    return patch.search(patch.router, patch.places, patch.service_snaps, patch.demand_snaps, limit_min)


def _under_links(patch: _Patch, limits_m: Sequence[float], radii_m: Sequence[float]) -> np.ndarray:
    """One column per limit, then one per radius: searched where a link is another, else some places are only lost."""
    limit_m, radius_m = patch.router.max_snap_m, patch.router.link_radius_m
    columns = []
    for other_limit_m, other_radius_m in (
        *((other, radius_m) for other in limits_m),
        *((limit_m, other) for other in radii_m),
    ):
        services, demand = (
            patch.router.snap_within(places, serving, max_snap_m=other_limit_m, link_radius_m=other_radius_m)
            for places, serving in (
                (patch.places, patch.network.serves_services),
                (patch.router.demand.geometry, patch.network.serves_demand),
            )
        )
        kept = [part.street != NOT_SNAPPED for part in (services, demand)]
        minutes = patch.minutes
        if patch.router.rider is None and all(
            map(_has_only_links_of, (services, demand), (patch.service_snaps, patch.demand_snaps))
        ):
            snapped = kept[0][:, None] & kept[1][None, :]
            minutes = minutes if snapped.all() else np.where(snapped, minutes, np.float32(np.nan))
        else:
            router = patch.router
            if router.rider is not None:  # stops link otherwise too
                router = _varied(router, links_m=(other_limit_m, other_radius_m))
            minutes = patch.search(router, patch.places, services, demand)
        columns.append(patch.covered(minutes))
    return np.stack(columns, axis=1) if columns else np.empty((len(patch.rows), 0))


def _has_only_links_of(snaps: Snaps, others: Snaps) -> bool:
    """Whether each place has the same links as elsewhere, or none."""
    links, known = snaps.links(), others.links()
    present = links.take(np.flatnonzero(links.street != NOT_SNAPPED))
    known = known.take(np.flatnonzero((snaps.street != NOT_SNAPPED)[known.place]))
    return all(np.array_equal(getattr(present, name), getattr(known, name)) for name in Links.__dataclass_fields__)


def _under_draws(patch: _Patch) -> np.ndarray:
    """One column per draw: services whose position is sure stay, the others are searched from their drawn places."""
    within = is_under(patch.minutes, patch.threshold_min)
    sure = [within[rows[patch.disc_of[rows] < 0]].any(axis=0) for rows in patch.rows]
    doubtful = [np.unique(patch.disc_of[rows[patch.disc_of[rows] >= 0]]) for rows in patch.rows]
    places = len(patch.draw_snaps.street) // patch.draws
    covered_population = np.repeat([[patch.population[covered].sum()] for covered in sure], patch.draws, axis=1)
    if places == 0:
        return covered_population

    # several draws in one search, as many as memory bounds
    at_once = max(1, _ROWS_AT_ONCE // places)
    for first in range(0, patch.draws, at_once):
        last = min(first + at_once, patch.draws)
        part = slice(first * places, last * places)
        minutes = patch.search(
            patch.router, patch.draw_places.iloc[part], patch.draw_snaps.part(part), patch.demand_snaps
        )
        within_draws = is_under(minutes, patch.threshold_min).reshape(last - first, places, -1)
        for scenario, discs in enumerate(doubtful):
            if len(discs) == 0:
                continue
            for draw in range(last - first):
                covered = sure[scenario] | within_draws[draw, discs].any(axis=0)
                covered_population[scenario, first + draw] = patch.population[covered].sum()
    return covered_population
