"""The Valhalla routing engine, run from the programs of the pyvalhalla wheel: no server, no port, no Python binding."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from access92.errors import input_error

FOLDER_VARIABLE = "ACCESS92_VALHALLA"
"""Environment variable: the folder that the pyvalhalla wheel was installed into (it holds ``valhalla/bin``)."""

INSTALL = (
    "Avec Python 3.12 ou plus : pip install pyvalhalla==3.9.1. Avec Python 3.11 : pip install --no-deps "
    "--only-binary=:all: --implementation cp --python-version 3.12 --abi abi3 --target DOSSIER pyvalhalla==3.9.1, "
    f"puis {FOLDER_VARIABLE}=DOSSIER."
)

_BUILDER, _SERVICE = "valhalla_build_tiles", "valhalla_service"
_PATIENCE_S = 120
_BATCH = 50  # places that one « locate » may ask for
_ON_THE_STREET_M = 0.5

Costing = Mapping[str, float | str | bool]
"""Options of a costing."""


@dataclass(frozen=True, slots=True)
class Valhalla:
    """Tiles built from one OSM file, and the program that answers questions on them."""

    service: Path
    config: Path

    def ask(self, action: str, request: Mapping[str, Any]) -> Any:  # noqa: ANN401 - JSON
        """The answer of one call of ``valhalla_service`` (its one-shot mode), as JSON.

        Raises
        ------
        InputError
            Valhalla refuses the request.
        """
        return json.loads(_run(self.service, self.config, action, json.dumps(request)))


def find_package() -> Path:
    """The folder of the ``valhalla`` package that carries the programs (pyvalhalla 3.9 or newer).

    Raises
    ------
    InputError
        No such package: the message says how to get one.
    """
    named = os.environ.get(FOLDER_VARIABLE, "")
    if named:
        package = Path(named) / "valhalla"
    else:
        spec = importlib.util.find_spec("valhalla")
        if spec is None or spec.origin is None:
            raise input_error("Le moteur Valhalla n'est pas installé.", "paquet pyvalhalla", INSTALL)
        package = Path(spec.origin).parent
    absent = [name for name in (_BUILDER, _SERVICE) if not (package / "bin" / name).is_file()]
    if absent:
        where = f"{package / 'bin'} : {', '.join(absent)}"
        raise input_error("Le paquet pyvalhalla est sans les programmes de Valhalla.", where, INSTALL)
    return package


def build_valhalla(osm_file: Path, folder: Path) -> Valhalla:
    """Valhalla's tiles of an .osm.pbf file, made in ``folder``, ready to be asked.

    Raises
    ------
    InputError
        Valhalla is absent (:func:`find_package`), cannot run here, or cannot read the file.
    """
    package = find_package()
    tiles, config = folder / "tiles", folder / "valhalla.json"
    tiles.mkdir(parents=True, exist_ok=True)
    settings = ("--mjolnir-tile-dir", tiles, "--mjolnir-tile-extract", "", "--logging-type", "")
    config.write_text(_run(sys.executable, package / "valhalla_build_config.py", *settings), encoding="utf-8")
    _run(package / "bin" / _BUILDER, "--config", config, osm_file)
    return Valhalla(service=package / "bin" / _SERVICE, config=config)


def valhalla_lengths_m(
    valhalla: Valhalla,
    origins: np.ndarray,
    destination: Sequence[float],
    *,
    costing: str,
    options: Costing,
) -> np.ndarray:
    """Metres of the way from each origin (rows of lon, lat) to one destination; NaN where there is none.

    Valhalla rounds them to the metre. Places go to the nearest edge, without any attraction of crossings.
    """
    ends = np.array([destination], dtype=float)
    return valhalla_matrix_m(valhalla, origins, ends, costing=costing, options=options)[:, 0]


def valhalla_matrix_m(
    valhalla: Valhalla, origins: np.ndarray, destinations: np.ndarray, *, costing: str, options: Costing
) -> np.ndarray:
    """Metres of the ways, origins × destinations (rows of lon, lat); NaN where there is none. Rounded to the metre."""
    answer = valhalla.ask(
        "sources_to_targets",
        {
            "sources": [_location(*origin) for origin in origins],
            "targets": [_location(*destination) for destination in destinations],
            "costing": costing,
            "costing_options": {costing: dict(options)},
            "units": "km",
        },
    )
    lengths_km = [[pair["distance"] for pair in row] for row in answer["sources_to_targets"]]
    return np.array(lengths_km, dtype=float) * 1000  # None becomes NaN


def valhalla_ways(valhalla: Valhalla, places: np.ndarray, *, costing: str, options: Costing) -> list[frozenset[int]]:
    """For each place (rows of lon, lat), the OSM ways that pass there and that Valhalla may use from there."""
    ways: list[frozenset[int]] = []
    for first in range(0, len(places), _BATCH):
        answer = valhalla.ask(
            "locate",
            {
                "locations": [_location(*place) for place in places[first : first + _BATCH]],
                "costing": costing,
                "costing_options": {costing: dict(options)},
                "verbose": True,
            },
        )
        ways += [
            frozenset(
                edge["edge_info"]["way_id"] for edge in place["edges"] or [] if edge["distance"] < _ON_THE_STREET_M
            )
            for place in answer
        ]
    return ways


def _location(lon: float, lat: float) -> dict[str, float]:
    return {"lon": float(lon), "lat": float(lat), "radius": 0, "node_snap_tolerance": 0}


def _run(*command: str | Path) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise input_error("Valhalla ne peut pas tourner ici.", f"{command[0]} ({error})", INSTALL) from error
    if done.returncode != 0:
        talk = (done.stdout + done.stderr)[-300:]
        raise input_error("Valhalla refuse la demande.", f"{command[0]} : {talk}", "Vérifier le fichier ou la demande.")
    return done.stdout
