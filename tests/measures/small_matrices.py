"""Small matrices of minutes, and their people, services, reach and ledger: for tests on paper."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
from hypothesis import strategies as st
from shapely import Point

from access92.measures.ledger import Reach, ledger_table
from tests.reach import reach_under

NAN = np.nan
IDS = ["A", "B", "C", "D", "E"]
SEEDS = st.integers(0, 10_000)


def matrix(*rows: list[float]) -> np.ndarray:
    return np.array(rows, dtype=np.float32)


def people(*rows: tuple[str, float]) -> gpd.GeoDataFrame:
    demand = pd.DataFrame(rows, columns=["area_id", "population"])
    demand["demand_id"] = [f"d{row}" for row in range(len(demand))]
    return gpd.GeoDataFrame(demand, geometry=[Point(row, 0) for row in range(len(demand))], crs=2154)


def services(*places: tuple[float, float]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"service_id": IDS[: len(places)]}, geometry=[Point(place) for place in places], crs=2154)


def reach(scenario: str, minutes: np.ndarray, *rows: int) -> Reach:
    return reach_under(scenario, minutes, np.array(rows, dtype=np.int32), IDS, threshold_min=20)


def ledger(before: Reach, after: Reach, demand: pd.DataFrame, **options: object) -> pd.DataFrame:
    return ledger_table(before, after, demand, mode="walk", rule="any", cutoff_min=60, **options)


def random_case(seed: int) -> tuple[np.ndarray, gpd.GeoDataFrame]:
    """Five services, thirty places, whole minutes (ties) and holes; ages that sum to the population."""
    rng = np.random.default_rng(seed)
    minutes = rng.integers(0, 60, (5, 30)).astype(np.float32)
    minutes[rng.random(minutes.shape) < 0.25] = np.nan
    demand = people(*zip(rng.choice(["a", "b", "c"], 30), rng.integers(0, 40, 30), strict=True))
    demand["age_0_14"] = rng.binomial(demand["population"], 0.2)
    demand["age_15_64"] = rng.binomial(demand["population"] - demand["age_0_14"], 0.7)
    demand["age_65_plus"] = demand["population"] - demand["age_0_14"] - demand["age_15_64"]
    return minutes, demand
