"""Streets downloaded from an Overpass server through OSMnx, and pinned to a GeoParquet file with their date."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
import socket
import tempfile
import time
import warnings
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pyproj
import requests
import shapely
from shapely.geometry.base import BaseGeometry

from access92.errors import DataSourceError, Fault, OutputError, input_error
from access92.sources.streets.assemble import streets_of_extract
from access92.sources.streets.geoparquet import write_streets
from access92.sources.streets.overpass import extract_of_answers
from access92.sources.streets.traffic_collector import traffic_rules
from access92.sources.streets.ways import OnProgress

OVERPASS_URL = "https://overpass-api.de/api"
EVERY_HIGHWAY = '["highway"]'
RULES_AND_SQUARES: dict[str, bool | str | list[str]] = {
    "type": ["restriction"],
    "highway": ["pedestrian", "platform", "corridor"],
}
"""Relations that no way brings along: turn restrictions, and multipolygons that one walks across, with their members.

Those of ``footway`` and ``path`` are not asked for: OSMnx would bring every such way a second time.
"""
QUERY_AREA_M2 = 150e6
"""Area asked for at once: a dense one of this size is about 15 MB, which a busy server still answers."""

_TOO_MANY, _GATEWAY_TIMEOUT = 429, 504
_WORTH_RETRYING = frozenset({_TOO_MANY, 502, 503, _GATEWAY_TIMEOUT})
_ELSE = "sinon télécharger l'extrait .osm.pbf de la région (Geofabrik) et l'indiquer dans l'étude."
_log = logging.getLogger(__name__)


class _RefusedByServerError(Exception):
    """An answer with an error status, raised out of OSMnx, which would retry for ever."""

    def __init__(self, status: int) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status


def fetch_streets(
    extent: BaseGeometry,
    path: str | Path,
    *,
    on_progress: OnProgress | None = None,
    overpass_url: str | None = None,
    rate_limit: bool = True,
    attempts: int = 4,
    retry_pause_s: float = 30.0,
) -> Path:
    """Download every street that touches the extent (WGS 84) and pin it to a GeoParquet file, WGS 84.

    Barriers, signals, turn restrictions and pedestrian multipolygons come with them, and stay in the file.

    The file notes server, licence, download date and the date of the OSM data: see
    :func:`access92.sources.streets.geoparquet.read_street_metadata`. It is written whole or not at all.

    Parameters
    ----------
    on_progress
        Called with the number of answers received, and 0 (the total is not known).
    overpass_url
        Another server than ``OVERPASS_URL`` (without « /interpreter »).
    rate_limit
        Ask the server first when it has a place for us; False for a server of one's own.
    attempts, retry_pause_s
        How often a busy server (429, 502, 503, 504) is asked, and the first pause in seconds, which doubles.

    Raises
    ------
    DataSourceError
        The server cannot be reached, stays busy, refuses, or its answer is cut off, in error or empty.
    InputError
        The extent is not a polygon, or the file's name does not end in .parquet.
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> fetch_streets(shapely.box(2.2, 48.8, 2.3, 48.9), "rues.gpkg")
    Traceback (most recent call last):
    ...
    access92.errors.InputError: ...
    """
    path = Path(path)
    url = (overpass_url or OVERPASS_URL).rstrip("/")
    if path.suffix.lower() not in {".parquet", ".geoparquet"}:
        raise input_error(
            "Les rues téléchargées s'enregistrent en GeoParquet.", str(path), "Donner un nom en .parquet."
        )
    extent = shapely.make_valid(extent)
    if extent.is_empty or extent.geom_type not in {"Polygon", "MultiPolygon"}:
        raise input_error(
            "La zone à télécharger n'est pas un polygone.", extent.geom_type, "Vérifier les zones de l'étude."
        )

    # everything is received before anything is parsed, and parsed before anything is written
    answers = _download(extent, url, on_progress, rate_limit=rate_limit, attempts=attempts, retry_pause_s=retry_pause_s)
    try:
        extract = extract_of_answers(answers)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _failed(url, "La réponse d'Overpass est mal formée.", error, f"Recommencer ; {_ELSE}") from error
    streets = streets_of_extract(extract, extent=extent, crs=pyproj.CRS(4326))
    if not len(streets):
        fix = "Vérifier que les zones de l'étude sont au bon endroit (longitude puis latitude)."
        raise _failed(url, "Overpass ne connaît aucune rue dans cette zone.", extent.bounds, fix)

    ends = streets[["from_node", "to_node"]].to_numpy()
    traffic, _ = traffic_rules(
        extract.traffic, extract.ways, street_nodes=ends, bounds=extent.bounds, crs=pyproj.CRS(4326)
    )

    # a file without its date cannot be cited: the oldest of the answers is that of the whole
    bases = [str(answer["osm3s"]["timestamp_osm_base"]) for answer in answers if "osm3s" in answer]
    metadata = {
        "source": "OpenStreetMap, par Overpass et OSMnx",
        "attribution": "© les contributeurs d'OpenStreetMap",
        "licence": "ODbL 1.0",
        "server": url,
        "downloaded": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "osm_base": min(bases, default=""),
    }
    try:
        return write_streets(streets, path, metadata=metadata, traffic=traffic)
    except OSError as error:
        fault = Fault("Le fichier de rues ne peut pas être écrit.", f"{path} ({error})", "Choisir un autre dossier.")
        raise OutputError(fault) from error


def _download(
    extent: BaseGeometry,
    url: str,
    on_progress: OnProgress | None,
    *,
    rate_limit: bool,
    attempts: int,
    retry_pause_s: float,
) -> list[dict[str, Any]]:
    """The server's answers, checked; a busy server is asked again, for what is still missing only."""
    bodies: dict[str, bytes] = {}

    def receive(response: requests.Response, *_: object, **__: object) -> None:
        if response.request.method != "POST":
            return
        with contextlib.ExitStack() as on_error:
            on_error.callback(response.close)  # an exception out of here would leave the connection open
            if not response.ok:
                raise _RefusedByServerError(response.status_code)
            bodies[str(response.request.body)] = response.content
            on_error.pop_all()
        if on_progress is not None:
            on_progress(len(bodies), 0)

    with tempfile.TemporaryDirectory() as folder:
        for attempt in range(1, attempts + 1):
            try:
                _ask(extent, url, folder, receive, rate_limit=rate_limit)
                break
            except _RefusedByServerError as error:
                if attempt == attempts or error.status not in _WORTH_RETRYING:
                    raise _failed(url, *_status_message(error.status, attempt)) from error
                pause_s = retry_pause_s * 2 ** (attempt - 1)
                _log.warning("%s answers %s; asking again in %.0f s", url, error.status, pause_s)
                time.sleep(pause_s)
    answers: list[dict[str, Any]] = [json.loads(body) for body in bodies.values()]
    for answer in answers:
        if "error" in str(answer.get("remark", "")).lower():
            what = "Overpass s'est arrêté avant la fin : sa réponse est incomplète."
            raise _failed(url, what, answer["remark"], f"Recommencer plus tard ; {_ELSE}")
    return answers


def _ask(extent: BaseGeometry, url: str, folder: str, receive: object, *, rate_limit: bool) -> None:
    """Let OSMnx send its requests, first for streets, then for relations; ``receive`` sees each answer."""
    import osmnx  # noqa: PLC0415 - three seconds, for this command only
    from osmnx._errors import (  # noqa: PLC0415
        CacheOnlyInterruptError,
        InsufficientResponseError,
        ResponseStatusCodeError,
    )

    temporary = {
        "overpass_url": url,
        "overpass_rate_limit": rate_limit,
        "max_query_area_size": QUERY_AREA_M2,
        "requests_kwargs": {"hooks": {"response": receive}},
        "cache_folder": folder,
        "cache_only_mode": True,  # we read the answers ourselves: OSMnx would build a graph and drop tags
        "use_cache": True,
        "doh_url_template": None,
    }
    try:
        if rate_limit:  # OSMnx would wait a minute before finding out
            requests.get(f"{url}/status", timeout=30)
        with _osmnx_settings(osmnx.settings, temporary), warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # « area divided into sub-queries »: meant so
            # nodes come along with their tags: barriers, signals, lifts; OSMnx ends by saying that it cached all
            with contextlib.suppress(CacheOnlyInterruptError):
                osmnx.graph_from_polygon(extent, custom_filter=EVERY_HIGHWAY)
            with contextlib.suppress(CacheOnlyInterruptError):
                osmnx.features_from_polygon(extent, RULES_AND_SQUARES)
    except requests.exceptions.ChunkedEncodingError as error:
        raise _failed(url, "La réponse d'Overpass est tronquée.", error, f"Recommencer ; {_ELSE}") from error
    except requests.exceptions.RequestException as error:
        fix = f"Vérifier la connexion et le mandataire (proxy), puis recommencer ; {_ELSE}"
        raise _failed(url, "Le serveur Overpass est injoignable.", error, fix) from error
    except (InsufficientResponseError, ResponseStatusCodeError) as error:
        what = "La réponse d'Overpass est tronquée ou n'est pas du JSON."
        raise _failed(url, what, str(error)[:200], f"Recommencer ; {_ELSE}") from error


@contextlib.contextmanager
def _osmnx_settings(settings: Any, temporary: dict[str, object]) -> Generator[None]:  # noqa: ANN401
    """OSMnx's global settings for a while; it also replaces ``socket.getaddrinfo``, which is put back."""
    before = {name: getattr(settings, name) for name in temporary}
    resolver = socket.getaddrinfo
    for name, value in temporary.items():
        setattr(settings, name, value)
    try:
        yield
    finally:
        socket.getaddrinfo = resolver
        for name, value in before.items():
            setattr(settings, name, value)


def _status_message(status: int, attempt: int) -> tuple[str, str, str]:
    tries = f"HTTP {status}, {attempt} tentative{'s' if attempt > 1 else ''}"
    if status == _TOO_MANY:
        what = "Le serveur Overpass reçoit trop de requêtes de notre part."
        return what, tries, f"Attendre un quart d'heure ; {_ELSE}"
    if status in _WORTH_RETRYING:
        return "Le serveur Overpass est surchargé et n'a pas répondu.", tries, f"Recommencer plus tard ; {_ELSE}"
    return "Le serveur Overpass refuse la requête.", tries, f"Vérifier l'adresse du serveur ; {_ELSE}"


def _failed(url: str, what: str, detail: object, fix: str) -> DataSourceError:
    return DataSourceError(Fault(what, f"{url} ({detail})", fix))
