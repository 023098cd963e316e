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

import numpy as np

from access92.errors import input_error

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


@dataclass(frozen=True, slots=True)
class Osrm:
    """A server of OSRM on this machine alone, that knows one OSM file on foot."""

    port: int

    def lengths_m(self, origins: np.ndarray, destinations: np.ndarray) -> np.ndarray:
        """Metres of the fastest ways on foot, origins × destinations (rows of lon, lat); NaN where there is none."""
        places = ";".join(f"{lon:.7f},{lat:.7f}" for lon, lat in np.concatenate([origins, destinations]))
        first = len(origins)
        sources = ";".join(map(str, range(first)))
        targets = ";".join(map(str, range(first, first + len(destinations))))
        query = f"sources={sources}&destinations={targets}&annotations=distance"
        url = f"http://127.0.0.1:{self.port}/table/v1/foot/{places}?{query}"
        try:
            with urllib.request.urlopen(url, timeout=_PATIENCE_S) as answer:
                found = json.loads(answer.read())
        except (urllib.error.URLError, ValueError) as error:
            raise input_error("OSRM refuse la demande.", str(error), "Vérifier les lieux demandés.") from error
        return np.array(found["distances"], dtype=float)


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


def build_osrm(osm_file: Path, folder: Path) -> Path:
    """The contraction hierarchy of a file for the foot profile, made in ``folder``; gives the name that OSRM knows.

    Raises
    ------
    InputError
        OSRM is absent (:func:`find_package`), cannot run here, or cannot read the file.
    """
    package = find_package()
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / "streets.osm.pbf"
    shutil.copyfile(osm_file, copy)
    _run(package / "bin" / "osrm-extract", "-p", package / "share" / "profiles" / "foot.lua", copy)
    _run(package / "bin" / "osrm-contract", folder / "streets.osrm")
    return folder / "streets.osrm"


@contextmanager
def serve_osrm(base: Path) -> Iterator[Osrm]:
    """A server on a free port of this machine, ended with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        find_package() / "bin" / "osrm-routed", "--ip", "127.0.0.1", "--port", str(port), "--max-table-size",
        str(_LARGEST_TABLE), "--verbosity", "ERROR", base,
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
