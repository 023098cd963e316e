"""The download through OSMnx, against a server on loopback that answers well, badly, or not at all."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from urllib.parse import unquote_plus

import geopandas as gpd
import osmnx
import pyarrow.parquet as pq
import pyproj
import pytest
import shapely
from pandas.testing import assert_frame_equal

from access92.errors import DataSourceError, InputError, OutputError
from access92.sources.streets.download import fetch_streets
from access92.sources.streets.geoparquet import read_street_metadata
from access92.sources.streets.pinned_traffic import TRAFFIC_KEY
from access92.sources.streets.read import read_streets
from tests.sources.loopback import Fault, Reply, overpass_on_loopback
from tests.sources.street_fixtures import NANTERRE, SHARED_NETWORKS, STREET_FIXTURES

GOOD = Reply(200, (STREET_FIXTURES / "crossing_overpass.json").read_bytes())
HUGE = shapely.box(2.0, 48.7, 2.4, 49.0)


@pytest.fixture(autouse=True)
def one_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    """OSMnx looks its projection up five times a download, a tenth of a second each: here it is always the same."""
    monkeypatch.setattr(gpd.GeoDataFrame, "estimate_utm_crs", lambda *_, **__: pyproj.CRS(32631))


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
    assert server.status_asked == 3  # ours, to see that it is there, and OSMnx's, for a place for each query
    assert told == [(1, 0), (2, 0)]
    assert [path.name for path in tmp_path.iterdir()] == ["streets.parquet"]


def test_the_queries_ask_for_every_highway_in_the_extent_then_for_its_restrictions_and_squares(tmp_path: Path) -> None:
    with overpass_on_loopback(GOOD) as server:
        fetch_streets(NANTERRE, tmp_path / "streets.parquet", overpass_url=server.url, rate_limit=False)
    streets, relations = map(unquote_plus, server.queries)
    assert 'way["highway"](poly' in streets
    assert "relation['type'='restriction'](poly" in relations
    assert "relation['highway'='pedestrian'](poly" in relations
    assert "(._;>;)" in relations  # with their members
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
    "429": (Reply(429, b"{}"), "trop de requêtes", "HTTP 429, 2 tentatives"),
    "504": (Reply(504, b"<html>busy</html>"), "surchargé", "HTTP 504, 2 tentatives"),
    "400": (Reply(400, b"{}"), "refuse la requête", "HTTP 400, 1 tentative)"),
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
    with overpass_on_loopback(GOOD, GOOD, TRUNCATED) as server:
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


@pytest.mark.slow
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


def node(number: int, east: int, north: int, **tags: str) -> dict[str, object]:
    """A node so many thousandths of a degree from a corner of the extent."""
    place = {"lat": 48.885 + north / 1000, "lon": 2.195 + east / 1000}
    return {"type": "node", "id": number, **place, "tags": tags}


def way(number: int, *nodes: int, **tags: str) -> dict[str, object]:
    return {"type": "way", "id": number, "nodes": list(nodes), "tags": tags}


def relation(number: int, *members: tuple[str, int, str], **tags: str) -> dict[str, object]:
    rows = [{"type": kind, "ref": ref, "role": role} for kind, ref, role in members]
    return {"type": "relation", "id": number, "members": rows, "tags": tags}


NODES = [
    node(1, 0, 0), node(2, 2, 0), node(3, 4, 0, barrier="bollard"), node(4, 6, 0), node(5, 2, 3),
    node(6, 2, 6, highway="traffic_signals"), node(7, 2, 8), node(8, 8, 8), node(9, 8, 6),
]  # fmt: skip
WAYS = [
    way(10, 1, 2, highway="residential"), way(11, 2, 3, 4, highway="residential"),
    way(12, 2, 5, 6, 7, highway="residential"), way(13, 9, 7, highway="footway"),
]  # fmt: skip
RULES = [
    relation(90, ("way", 10, "from"), ("node", 2, "via"), ("way", 12, "to"), type="restriction",
             restriction="no_left_turn"),
    relation(91, ("way", 20, "outer"), type="multipolygon", highway="pedestrian"),
    way(20, 7, 8, 9, 6, 7),
]  # fmt: skip


def answer(*parts: list[dict[str, object]]) -> Reply:
    elements = [element for part in parts for element in part]
    return Reply(
        200, json.dumps({"osm3s": {"timestamp_osm_base": "2024-05-01T00:00:00Z"}, "elements": elements}).encode()
    )


def test_barriers_signals_restrictions_and_squares_come_along_and_stay_in_the_file(tmp_path: Path) -> None:
    with overpass_on_loopback(answer(NODES, WAYS), answer(NODES, RULES)) as server:
        file = fetch_streets(NANTERRE, tmp_path / "streets.parquet", overpass_url=server.url, rate_limit=False)
    whole = tmp_path / "whole.json"
    whole.write_bytes(answer(NODES, WAYS, RULES).body)
    fetched, direct = (read_streets(path, extent=NANTERRE, crs=2154) for path in (file, whole))
    assert fetched.streets.drop(columns="geometry").equals(direct.streets.drop(columns="geometry"))
    assert "crossed" in fetched.streets["area"].tolist()
    nodes = fetched.traffic.nodes
    assert nodes.loc[nodes["node_id"].isin([3, 6]), ["barrier", "highway"]].to_numpy().tolist() == [
        ["bollard", ""], ["", "traffic_signals"]
    ]  # fmt: skip
    assert_frame_equal(nodes, direct.traffic.nodes, atol=0.02, rtol=0)  # metres: degrees are rounded to 10⁻⁷
    assert_frame_equal(fetched.traffic.restrictions, direct.traffic.restrictions)
    assert len(fetched.traffic.restrictions) == 1


def test_the_next_run_reads_the_rules_from_the_cache_too(tmp_path: Path) -> None:
    with overpass_on_loopback(answer(NODES, WAYS), answer(NODES, RULES)) as server:
        file = fetch_streets(NANTERRE, tmp_path / "streets.parquet", overpass_url=server.url, rate_limit=False)
    first, again = (read_streets(file, extent=NANTERRE, crs=2154, cache_folder=tmp_path) for _ in range(2))
    assert again.from_cache
    assert_frame_equal(again.traffic.nodes, first.traffic.nodes)
    assert len(again.traffic.restrictions) == 1


def test_a_smaller_extent_leaves_the_rules_of_other_streets_out(tmp_path: Path) -> None:
    with overpass_on_loopback(answer(NODES, WAYS), answer(NODES, RULES)) as server:
        file = fetch_streets(NANTERRE, tmp_path / "streets.parquet", overpass_url=server.url, rate_limit=False)
    east = read_streets(file, extent=shapely.box(2.1985, 48.884, 2.21, 48.886), crs=2154)
    assert east.traffic.nodes["node_id"].tolist() == [3]
    assert east.traffic.restrictions.empty


@pytest.fixture(scope="module")
def downloaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A downloaded file, for tests that spoil a copy of it."""
    with overpass_on_loopback(GOOD) as server:
        file = tmp_path_factory.mktemp("downloaded") / "streets.parquet"
        return fetch_streets(NANTERRE, file, overpass_url=server.url, rate_limit=False)


@pytest.mark.parametrize("text", [b"[]", b'{"nodes": [[1, 2]], "restrictions": []}', b'{"nodes": 3}', b"{", b"\xff"])
def test_rules_that_are_none_are_refused_with_their_place(text: bytes, downloaded: Path, tmp_path: Path) -> None:
    file = tmp_path / "streets.parquet"
    table = pq.read_table(downloaded)
    pq.write_table(table.replace_schema_metadata({**table.schema.metadata, TRAFFIC_KEY: text}), file)
    with pytest.raises(InputError, match="barrières et interdictions de tourner") as caught:
        read_streets(file, extent=None, crs=2154)
    assert "access92_traffic" in caught.value.faults[0].where
