"""The download through OSMnx, against a server on loopback that answers well, badly, or not at all."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import osmnx
import pytest
import shapely

from access92.errors import DataSourceError, InputError, OutputError
from access92.sources.streets.download import fetch_streets
from access92.sources.streets.geoparquet import read_street_metadata
from access92.sources.streets.read import read_streets
from tests.sources.loopback import Fault, Reply, overpass_on_loopback
from tests.sources.street_fixtures import NANTERRE, SHARED_NETWORKS, STREET_FIXTURES

GOOD = Reply(200, (STREET_FIXTURES / "crossing_overpass.json").read_bytes())
HUGE = shapely.box(2.0, 48.7, 2.4, 49.0)


def test_streets_are_downloaded_and_pinned_with_their_dates(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with overpass_on_loopback(GOOD) as server:
        file = fetch_streets(
            NANTERRE,
            tmp_path / "streets.parquet",
            overpass_url=server.url,
            on_progress=lambda done, total: told.append((done, total)),
        )
    read = read_streets(file, extent=NANTERRE, crs=2154)
    same = read_streets(STREET_FIXTURES / "crossing_overpass.json", extent=NANTERRE, crs=2154).streets
    assert read.streets.drop(columns="geometry").equals(same.drop(columns="geometry"))
    assert read.streets.geometry.geom_equals_exact(same.geometry, 1e-6).all()
    metadata = read_street_metadata(file)
    assert metadata["osm_base"] == "2024-05-01T00:00:00Z"
    assert metadata["licence"] == "ODbL 1.0"
    assert metadata["downloaded"] in read.notices[0]
    assert server.status_asked == 2  # ours, to see that it is there, and OSMnx's, for a place
    assert told == [(1, 0)]
    assert [path.name for path in tmp_path.iterdir()] == ["streets.parquet"]


def test_the_query_asks_for_every_highway_in_the_extent(tmp_path: Path) -> None:
    with overpass_on_loopback(GOOD) as server:
        fetch_streets(NANTERRE, tmp_path / "streets.parquet", overpass_url=server.url, rate_limit=False)
    (query,) = server.queries
    assert "way%5B%22highway%22%5D%28poly" in query
    assert server.status_asked == 0


def test_a_wide_extent_is_asked_for_in_parts_and_each_street_counts_once(tmp_path: Path) -> None:
    with overpass_on_loopback(GOOD) as server:
        file = fetch_streets(HUGE, tmp_path / "streets.parquet", overpass_url=server.url, rate_limit=False)
    assert len(server.queries) > 3
    assert len(read_streets(file, extent=None, crs=2154).streets) == 7


def test_a_busy_server_is_asked_again_only_for_what_is_missing(tmp_path: Path) -> None:
    busy = [GOOD, Reply(429, b"slow down"), GOOD, Reply(504, b"busy"), GOOD]
    with overpass_on_loopback(*busy) as server:
        fetch_streets(
            HUGE,
            tmp_path / "streets.parquet",
            overpass_url=server.url,
            rate_limit=False,
            retry_pause_s=0.001,
        )
    assert len(server.queries) == len(set(server.queries)) + 2


TRUNCATED = Reply(200, GOOD.body[:700])
FAILURES = {
    "429": (Reply(429, b"{}"), "trop de requêtes", "HTTP 429, 2 essais"),
    "504": (Reply(504, b"<html>busy</html>"), "surchargé", "HTTP 504, 2 essais"),
    "400": (Reply(400, b"{}"), "refuse la requête", "HTTP 400, 1 essai)"),
    "cut-off JSON": (TRUNCATED, "tronquée", "127.0.0.1"),
    "connection lost halfway": (Reply(200, GOOD.body, Fault(cut_after=700)), "", "127.0.0.1"),
    "not JSON": (Reply(200, b"<html>hello</html>"), "tronquée ou n'est pas du JSON", "127.0.0.1"),
    "JSON that is no answer": (Reply(200, b"{}"), "mal formée", "elements"),
    "runtime error": (
        Reply(200, (STREET_FIXTURES / "server_error_overpass.json").read_bytes()), "incomplète", "Query timed out",
    ),
    "nothing there": (Reply(200, (STREET_FIXTURES / "empty_overpass.json").read_bytes()), "aucune rue", "2.19"),
}  # fmt: skip


@pytest.mark.parametrize("failure", FAILURES)
def test_a_failed_download_is_told_in_french_and_writes_nothing(failure: str, tmp_path: Path) -> None:
    reply, what, where = FAILURES[failure]
    before = dict(vars(osmnx.settings)), socket.getaddrinfo
    with overpass_on_loopback(reply) as server, pytest.raises(DataSourceError, match="Remède") as caught:
        fetch_streets(
            NANTERRE,
            tmp_path / "streets.parquet",
            overpass_url=server.url,
            rate_limit=False,
            attempts=2,
            retry_pause_s=0.001,
        )
    (fault,) = caught.value.faults
    assert what in fault.what
    assert where in fault.where
    assert caught.value.exit_code == 4
    assert not list(tmp_path.iterdir())
    assert (dict(vars(osmnx.settings)), socket.getaddrinfo) == before


@pytest.mark.parametrize("rate_limit", [True, False])
def test_a_server_that_is_not_there_is_told_at_once(rate_limit: bool, tmp_path: Path) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))  # bound, but not listening: the connection is refused
        url = f"http://127.0.0.1:{held.getsockname()[1]}/api"
        with pytest.raises(DataSourceError, match="injoignable") as caught:
            fetch_streets(NANTERRE, tmp_path / "streets.parquet", overpass_url=url, rate_limit=rate_limit)
    assert "Geofabrik" in caught.value.faults[0].fix
    assert not list(tmp_path.iterdir())


def test_a_failed_download_leaves_the_previous_file_untouched(tmp_path: Path) -> None:
    with overpass_on_loopback(GOOD, TRUNCATED) as server:
        file = fetch_streets(NANTERRE, tmp_path / "streets.parquet", overpass_url=server.url, rate_limit=False)
        before = file.read_bytes()
        with pytest.raises(DataSourceError):
            fetch_streets(NANTERRE, file, overpass_url=server.url, rate_limit=False)
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").write_text("a file where the folder should be", encoding="utf-8")
    with overpass_on_loopback(GOOD) as server, pytest.raises(OutputError, match="ne peut pas être écrit"):
        fetch_streets(NANTERRE, tmp_path / "folder" / "streets.parquet", overpass_url=server.url, rate_limit=False)


def test_another_file_type_or_an_extent_that_is_no_polygon_is_refused_before_asking(tmp_path: Path) -> None:
    with overpass_on_loopback(GOOD) as server:
        with pytest.raises(InputError, match="GeoParquet"):
            fetch_streets(NANTERRE, tmp_path / "streets.gpkg", overpass_url=server.url)
        with pytest.raises(InputError, match="pas un polygone"):
            fetch_streets(shapely.Point(2, 48), tmp_path / "streets.parquet", overpass_url=server.url)
    assert server.queries == []


@pytest.mark.parametrize(
    "name", ["paris16_trocadero_overpass.json", pytest.param("stgermain78_overpass.json", marks=pytest.mark.slow)]
)
def test_a_real_answer_goes_through_osmnx_and_comes_out_whole(name: str, tmp_path: Path) -> None:
    answer = SHARED_NETWORKS / name
    if not answer.exists():
        pytest.skip(f"../shared/networks/{name} is not there")
    nodes = [item for item in json.loads(answer.read_bytes())["elements"] if item["type"] == "node"]
    lons, lats = [node["lon"] for node in nodes], [node["lat"] for node in nodes]
    extent = shapely.box(min(lons), min(lats), max(lons), max(lats))
    with overpass_on_loopback(Reply(200, answer.read_bytes())) as server:
        file = fetch_streets(extent, tmp_path / "streets.parquet", overpass_url=server.url, rate_limit=False)
    fetched = read_streets(file, extent=extent, crs=2154).streets
    direct = read_streets(answer, extent=extent, crs=2154).streets
    assert fetched.drop(columns="geometry").equals(direct.drop(columns="geometry"))
