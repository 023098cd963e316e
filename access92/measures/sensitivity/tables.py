"""Bands of each headline when inputs vary, the population near the threshold, and the ranking of scenarios."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from access92._space import unique_cells
from access92.measures.sensitivity.allocation_draws import block_side_m, other_allocations
from access92.measures.sensitivity.cache import read_variants, sensitivity_keys, write_variants
from access92.measures.sensitivity.departures import OtherDay
from access92.measures.sensitivity.details import ALL, VariationRecord, variation_records
from access92.measures.sensitivity.order import rank_pairs
from access92.measures.sensitivity.variants import ScenarioRouter, Variants, stacked, vary_coverage
from access92.study.model import SensitivityOptions, Study


@dataclass(frozen=True, slots=True)
class SensitivityTables:
    """The bands of a run's headlines (headline mode, rule ``any``, headline threshold); empty tables where not asked.

    ``bands``: scenario, mode, threshold_min, source, low_share, central_share, high_share, low_population,
    central_population, high_population. ``source`` is ``speed``, ``threshold``, ``signals``, ``congestion``,
    ``slopes``, ``snapping``, ``position``, ``population`` or ``all`` (the widest of the others). Shares are 0-1, of
    all inhabitants. A band holds its central value; a source that the study does not let move has no row.

    ``borderline``: scenario, mode, lower_min, threshold_min, upper_min, population_just_covered
    (lower ≤ t < threshold), population_just_uncovered (threshold ≤ t < upper), borderline_population (their
    sum), population.

    ``ranking``: one row per pair of scenarios: scenario_a, scenario_b, mode; ahead (``a`` or ``b`` where it covers
    more people in every variant, '' where none does); outcome (``ranked``: one is ahead in every variant;
    ``identical``: as many people in every variant; ``undecided``: neither); difference, lowest_difference and
    highest_difference (b minus a: without any variation, and over the variants, the same one on both sides), each as a
    share of all inhabitants and in people.

    ``riding``: bands of the modes that ride (:func:`access92.measures.sensitivity.departures.departure_bands`), and
    ``other_days``: what they cover on each of the other days asked for; ``riding_ranking``: as ``ranking``, by those
    modes, over the quartiles of the departures and the other days.

    ``records``: what was moved for each band, scenario after scenario; those of ``all`` say what did not move, and why.
    """

    bands: pd.DataFrame = field(default_factory=pd.DataFrame)
    borderline: pd.DataFrame = field(default_factory=pd.DataFrame)
    ranking: pd.DataFrame = field(default_factory=pd.DataFrame)
    records: tuple[VariationRecord, ...] = ()
    riding: pd.DataFrame = field(default_factory=pd.DataFrame)
    other_days: tuple[OtherDay, ...] = ()
    riding_ranking: pd.DataFrame = field(default_factory=pd.DataFrame)


def study_sensitivity(
    study: Study,
    scenarios: Mapping[str, ScenarioRouter],
    services: gpd.GeoDataFrame,
    *,
    cache_folder: Path | None = None,
) -> SensitivityTables:
    """The bands of the headline of each scenario; empty tables where the study has no ``[sensitivity]``.

    ``scenarios``: by name, in the order of the run, what it counts in the headline mode. The same inputs and seed
    give the same tables, to the byte, whether they come from the cache or not, and a scenario's band is the same
    whichever others are run.
    """
    options = study.sensitivity
    if options is None or not scenarios:
        return SensitivityTables()
    variants = _cached_or_computed(study, options, scenarios, services, cache_folder)
    population = next(iter(scenarios.values())).router.demand["population"].to_numpy(float)
    threshold_min = study.analysis.threshold_min
    mode = study.analysis.headline_mode
    tables = tabulate_sensitivity(
        list(scenarios), mode, variants,
        population=float(population.sum()), threshold_min=threshold_min, by_min=options.threshold_min,
    )  # fmt: skip
    records = variation_records(study, options, scenarios, services, variants, float(population.sum()))
    return replace(tables, records=records)


def tabulate_sensitivity(
    scenarios: list[str],
    mode: str,
    variants: Variants,
    *,
    population: float,
    threshold_min: float,
    by_min: float,
) -> SensitivityTables:
    """The three tables, from the population covered under each variant.

    Examples
    --------
    >>> variants = Variants(np.array([50.0, 60.0]), {"speed": np.array([[40.0, 55.0], [50.0, 70.0]])})
    >>> tables = tabulate_sensitivity(
    ...     ["now", "then"], "walk", variants, population=100.0, threshold_min=20.0, by_min=2.0)
    >>> tables.bands.loc[0, ["low_share", "central_share", "high_share"]].tolist()
    [0.4, 0.5, 0.55]
    >>> tables.ranking[["lowest_difference_share", "highest_difference_share", "ahead", "outcome"]].to_numpy().tolist()
    [[0.1, 0.15, 'b', 'ranked']]
    """
    # the widest band is that of all variants together, the central value among them
    together = {
        **variants.by_source,
        ALL: np.concatenate([variants.central[:, None], *variants.by_source.values()], axis=1),
    }

    # a band holds its central value, also where every variant is on one side of it
    bands = []
    for at, scenario in enumerate(scenarios):
        central = float(variants.central[at])
        for source, covered in together.items():
            low, high = min(central, float(covered[at].min())), max(central, float(covered[at].max()))
            bands.append(
                {
                    "scenario": scenario, "mode": mode, "threshold_min": float(threshold_min), "source": source,
                    "low_share": low / population, "central_share": central / population,
                    "high_share": high / population,
                    "low_population": low, "central_population": central, "high_population": high,
                }
            )  # fmt: skip
    return SensitivityTables(
        bands=pd.DataFrame(bands),
        borderline=_borderline(scenarios, mode, variants, population, threshold_min, by_min),
        ranking=rank_pairs(scenarios, mode, together[ALL], population),
    )


def _borderline(
    scenarios: list[str], mode: str, variants: Variants, population: float, threshold_min: float, by_min: float
) -> pd.DataFrame:
    """The population whose time is within ``by_min`` of the threshold: those that another threshold would count."""
    if "threshold" not in variants.by_source:
        return pd.DataFrame()
    shorter, longer = variants.by_source["threshold"].T
    return pd.DataFrame(
        {
            "scenario": scenarios,
            "mode": mode,
            "lower_min": max(0.0, float(threshold_min - by_min)),
            "threshold_min": float(threshold_min),
            "upper_min": float(threshold_min + by_min),
            "population_just_covered": variants.central - shorter,
            "population_just_uncovered": longer - variants.central,
            "borderline_population": longer - shorter,
            "population": population,
        }
    )


def _cached_or_computed(
    study: Study,
    options: SensitivityOptions,
    scenarios: Mapping[str, ScenarioRouter],
    services: gpd.GeoDataFrame,
    cache_folder: Path | None,
) -> Variants:
    """The population covered under each variant, read from the cache where it is there, else computed and stored."""
    router = next(iter(scenarios.values())).router
    by_scenario: dict[str, Variants] = {}
    keys = dict.fromkeys(scenarios, "")
    if cache_folder is not None:
        keys = sensitivity_keys(study, options, scenarios, services)
        cached = {key: read_variants(cache_folder, key) for key in set(keys.values())}
        by_scenario = {name: variants for name, key in keys.items() if (variants := cached[key]) is not None}
    missing = {name: scenario for name, scenario in scenarios.items() if name not in by_scenario}
    if missing:
        computed = vary_coverage(
            missing, services, threshold_min=study.analysis.threshold_min, options=options,
            other_populations=_other_populations(study, options, router.demand),
        )  # fmt: skip
        # the population was read again: should its file have changed meanwhile, what was computed has no key
        is_sound = cache_folder is not None and sensitivity_keys(study, options, scenarios, services) == keys
        for at, name in enumerate(missing):
            by_scenario[name] = computed.part(at)
            if cache_folder is not None and is_sound:
                write_variants(cache_folder, keys[name], by_scenario[name])
    return stacked([by_scenario[name] for name in scenarios])


def _other_populations(study: Study, options: SensitivityOptions, demand: gpd.GeoDataFrame) -> Iterable[np.ndarray]:
    """The population of each demand point under other allocations within its unit and area; none without spreading."""
    if study.population.method == "points" or study.population.place_on == "centres":
        return ()
    groups = unique_cells(np.column_stack([pd.factorize(demand[name])[0] for name in ("unit_id", "area_id")]))[1]
    population = demand["population"].to_numpy(float)
    block_m = block_side_m(study.population.cell_m if study.population.method == "grid" else None)
    return other_allocations(
        demand.geometry, population, groups, draws=options.draws, seed=options.seed, block_m=block_m
    )
