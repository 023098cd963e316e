"""The OSRM routing engine, run from the programs of the osrm-bindings wheel: no Python binding is loaded."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from access92.errors import input_error
from benchmarks.osrm_profile import OsrmProfile

FOLDER_VARIABLE = "ACCESS92_OSRM"
"""Environment variable: the folder that the osrm-bindings wheel was installed into (it holds ``osrm/bin``)."""

INSTALL = (
    "Avec Python 3.12 ou plus : pip install osrm-bindings==26.10.0. Avec Python 3.11 : pip install --no-deps "
    "--only-binary=:all: --implementation cp --python-version 3.12 --abi abi3 --platform manylinux_2_28_x86_64 "
    f"--target DOSSIER osrm-bindings==26.10.0, puis {FOLDER_VARIABLE}=DOSSIER."
)

_LARGEST_TABLE = 20_000
_PATIENCE_S = 900
_START_S = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class OsrmTimes:
    """What OSRM says of places: ``seconds`` origins × destinations (NaN: no way), metres that each place is moved."""

    seconds: np.ndarray
    origins_moved_m: np.ndarray
    destinations_moved_m: np.ndarray


@dataclass(frozen=True, slots=True)
class Osrm:
    """A server of OSRM on this machine alone, that knows one OSM file in one mode."""

    port: int

    def lengths_m(self, origins: np.ndarray, destinations: np.ndarray) -> np.ndarray:
        """Metres of the fastest ways, origins × destinations (rows of lon, lat); NaN where there is none."""
        return np.array(self._table(origins, destinations, "distance")["distances"], dtype=float)

    def times_s(self, origins: np.ndarray, destinations: np.ndarray) -> OsrmTimes:
        """Seconds of the fastest ways, and how far OSRM moves each place to put it on a street."""
        answer = self._table(origins, destinations, "duration")
        return OsrmTimes(
            seconds=np.array(answer["durations"], dtype=float),
            origins_moved_m=np.array([place["distance"] for place in answer["sources"]], dtype=float),
            destinations_moved_m=np.array([place["distance"] for place in answer["destinations"]], dtype=float),
        )

    def _table(self, origins: np.ndarray, destinations: np.ndarray, annotation: str) -> dict[str, Any]:
        places = ";".join(f"{lon:.7f},{lat:.7f}" for lon, lat in np.concatenate([origins, destinations]))
        first = len(origins)
        sources = ";".join(map(str, range(first)))
        targets = ";".join(map(str, range(first, first + len(destinations))))
        query = f"sources={sources}&destinations={targets}&annotations={annotation}"
        url = f"http://127.0.0.1:{self.port}/table/v1/any/{places}?{query}"  # a server knows one profile only
        try:
            with urllib.request.urlopen(url, timeout=_PATIENCE_S) as answer:
                table: dict[str, Any] = json.loads(answer.read())
        except (urllib.error.URLError, ValueError) as error:
            raise input_error("OSRM refuse la demande.", str(error), "Vérifier les lieux demandés.") from error
        return table


def find_package() -> Path:
    """The folder of the ``osrm`` package that carries the programs.

    Raises
    ------
    InputError
        No such package: the message says how to get one.
    """
    named = os.environ.get(FOLDER_VARIABLE, "")
    spec = None if named else importlib.util.find_spec("osrm")
    if named:
        package = Path(named) / "osrm"
    elif spec is not None and spec.origin is not None:
        package = Path(spec.origin).parent
    else:
        raise input_error("Le moteur OSRM n'est pas installé.", "paquet osrm-bindings", INSTALL)
    if not (package / "bin" / "osrm-routed").is_file():
        raise input_error("Le paquet osrm-bindings est sans les programmes d'OSRM.", str(package / "bin"), INSTALL)
    return package


def build_osrm(osm_file: Path, folder: Path, *, profile: OsrmProfile | None = None) -> Path:
    """What OSRM makes of a file, in ``folder``; gives the name that it knows.

    ``profile``: the mode, with cells of several levels, which are made in seconds; without one, the foot profile that
    OSRM ships with its contraction hierarchy, which answers fastest. The ways found are the same.

    Raises
    ------
    InputError
        OSRM is absent (:func:`find_package`), cannot run here, or cannot read the file.
    """
    package = find_package()
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / "streets.osm.pbf"
    shutil.copyfile(osm_file, copy)
    shipped = package / "share" / "profiles"
    lua = shipped / "foot.lua" if profile is None else profile.write(shipped, folder / "profile.lua")
    _run(package / "bin" / "osrm-extract", *([] if profile is None else ["--threads", "1"]), "-p", lua, copy)
    base = folder / "streets.osrm"
    if profile is None:
        _run(package / "bin" / "osrm-contract", base)
    else:  # one thread: theirs wait for each other by spinning, on a machine that has other work
        _run(package / "bin" / "osrm-partition", "--threads", "1", base)
        _run(package / "bin" / "osrm-customize", "--threads", "1", base)
    return base


@contextmanager
def serve_osrm(base: Path) -> Iterator[Osrm]:
    """A server on a free port of this machine, ended with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    is_contracted = base.with_name(f"{base.name}.hsgr").is_file()
    command = [
        find_package() / "bin" / "osrm-routed", "--ip", "127.0.0.1", "--port", str(port), "--max-table-size",
        str(_LARGEST_TABLE), "--verbosity", "ERROR", "--algorithm", "ch" if is_contracted else "mld", base,
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(port, server)
            yield Osrm(port)
        finally:
            server.terminate()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    begin = time.monotonic()
    while server.poll() is None and time.monotonic() - begin < _START_S:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise input_error("Le serveur d'OSRM ne démarre pas ici.", f"code {server.poll()}", INSTALL)


def _run(*command: str | Path) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_PATIENCE_S)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise input_error("OSRM ne peut pas tourner ici.", f"{command[0]} ({error})", INSTALL) from error
    if done.returncode != 0:
        talk = (done.stdout + done.stderr)[-300:]
        raise input_error("OSRM refuse le fichier.", f"{Path(command[0]).name} : {talk}", "Vérifier le fichier.")
