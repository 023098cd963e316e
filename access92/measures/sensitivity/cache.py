"""Variants of each scenario on disk, under the fingerprint of everything that went into them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd

from access92.cache.fingerprints import writers_fingerprint
from access92.cache.store import read_sealed, write_sealed
from access92.measures.sensitivity.position_draws import ORIGIN_COLUMNS
from access92.measures.sensitivity.variants import ScenarioRouter, Variants
from access92.study.model import SensitivityOptions, Study
from access92.travel.cache import place_keys


def sensitivity_keys(
    study: Study, options: SensitivityOptions, scenarios: Mapping[str, ScenarioRouter], services: gpd.GeoDataFrame
) -> dict[str, str]:
    """By scenario its key: the same for two scenarios that count the same places on the same streets."""
    digest = hashlib.sha256(writers_fingerprint(write_variants.__name__, __name__).encode())
    digest.update(f"{options.model_dump_json()}|{study.analysis.threshold_min}".encode())
    places = place_keys(services.geometry)
    doubt = [""] * len(services)
    if "position_uncertainty_m" in services.columns:
        doubt = services["position_uncertainty_m"].astype(str).to_list()
    origins = [""] * len(services)
    if set(ORIGIN_COLUMNS) <= set(services.columns):
        origins = [row.tobytes().hex() for row in services[list(ORIGIN_COLUMNS)].to_numpy(dtype="<f8")]
    demand = next(iter(scenarios.values())).router.demand  # that of every router of a run
    digest.update(demand["population"].to_numpy(dtype=float).tobytes())
    settings = study.population
    digest.update(f"{settings.method} {settings.cell_m} {settings.place_on == 'centres'}".encode())  # blocks; no draws
    if study.population.method != "points":  # other allocations: which points share their people
        for column in ("unit_id", "area_id"):
            digest.update(pd.factorize(demand[column])[0].astype(np.int64).tobytes())
    keys = {}
    for name, scenario in scenarios.items():
        counted = sorted(f"{places[row]} {doubt[row]} {origins[row]}" for row in scenario.rows)
        parts = [digest.hexdigest(), scenario.router.key, counted]
        keys[name] = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    return keys


def read_variants(folder: Path, key: str) -> Variants | None:
    """The stored variants of one scenario; None where there is no sound file (a damaged one is logged by name)."""
    body = read_sealed(_file(folder, key))
    if body is None:
        return None
    content = json.loads(bytes(body))
    by_source = {source: np.array(people, dtype=float) for source, people in content["by_source"].items()}
    return Variants(np.array(content["central"], dtype=float), by_source)


def write_variants(folder: Path, key: str, variants: Variants) -> None:
    """Store what one scenario covers: JSON writes a float so that it is read back to the last bit.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> write_variants(folder, "k", Variants(np.array([1 / 3]), {"speed": np.array([[0.1, 0.7]])}))
    >>> read_variants(folder, "k").by_source["speed"].tolist()
    [[0.1, 0.7]]
    """
    content = {
        "central": variants.central.tolist(),
        "by_source": {source: people.tolist() for source, people in variants.by_source.items()},
    }
    write_sealed(_file(folder, key), json.dumps(content).encode())


def _file(folder: Path, key: str) -> Path:
    return folder / f"sensitivity-{key}.json"
