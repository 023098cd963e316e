"""Streets in a GeoParquet of our own."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from access92.errors import InputError
from access92.sources.streets.geoparquet import read_street_metadata, write_streets
from access92.sources.streets.read import read_streets
from access92.study.schemas import STREET_TAGS
from tests.sources.street_fixtures import STREET_FIXTURES


@pytest.fixture
def crossing() -> gpd.GeoDataFrame:
    return read_streets(STREET_FIXTURES / "crossing.osm", extent=None, crs=2154).streets


def test_streets_written_and_read_back_are_the_same(crossing: gpd.GeoDataFrame, tmp_path: Path) -> None:
    file = write_streets(crossing, tmp_path / "new" / "streets.parquet", metadata={"source": "essai"})
    back = read_streets(file, extent=None, crs=2154)
    assert back.streets.equals(crossing)
    assert back.notices == ()
    assert read_street_metadata(file) == {"source": "essai"}


def test_the_same_streets_give_the_same_bytes(crossing: gpd.GeoDataFrame, tmp_path: Path) -> None:
    one, other = (write_streets(crossing, tmp_path / name, metadata={}) for name in ("a.parquet", "b.parquet"))
    assert one.read_bytes() == other.read_bytes()


def test_a_downloaded_file_tells_its_date(crossing: gpd.GeoDataFrame, tmp_path: Path) -> None:
    metadata = {"downloaded": "2025-01-31", "osm_base": "2025-01-30T20:00:00Z"}
    file = write_streets(crossing.to_crs(4326), tmp_path / "streets.parquet", metadata=metadata)
    (notice,) = read_streets(file, extent=None, crs=2154).notices
    assert "2025-01-31" in notice
    assert "2025-01-30T20:00:00Z" in notice


def test_columns_that_may_be_absent_are_added_empty(crossing: gpd.GeoDataFrame, tmp_path: Path) -> None:
    bare = crossing.drop(columns=[*STREET_TAGS, "maxspeed_kmh", "name"]).astype({"highway": "str", "oneway": "str"})
    bare.to_parquet(tmp_path / "bare.parquet")
    streets = read_streets(tmp_path / "bare.parquet", extent=None, crs=2154).streets
    assert (streets[list(STREET_TAGS)] == "").all(axis=None)
    assert streets["maxspeed_kmh"].isna().all()


def test_a_file_is_clipped_and_projected(crossing: gpd.GeoDataFrame, tmp_path: Path) -> None:
    file = write_streets(crossing.to_crs(4326), tmp_path / "streets.parquet", metadata={})
    extent = shapely.box(2.1999, 48.8899, 2.2005, 48.8901)
    streets = read_streets(file, extent=extent, crs=2154).streets
    assert streets["edge_id"].tolist() == ["w10-0"]
    assert streets.crs == "EPSG:2154"
    with pytest.raises(InputError, match="sans rues"):
        read_streets(file, extent=shapely.box(5, 45, 6, 46), crs=2154)


def test_a_table_that_breaks_the_contract_is_refused(crossing: gpd.GeoDataFrame, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="« highway » manque"):
        write_streets(crossing.drop(columns="highway"), tmp_path / "streets.parquet", metadata={})
    assert not list(tmp_path.iterdir())
    crossing.drop(columns="oneway").to_parquet(tmp_path / "without_oneway.parquet")
    with pytest.raises(InputError, match="« oneway » manque"):
        read_streets(tmp_path / "without_oneway.parquet", extent=None, crs=2154)


def test_a_file_without_crs_is_refused(crossing: gpd.GeoDataFrame, tmp_path: Path) -> None:
    crossing.set_crs(None, allow_override=True).to_parquet(tmp_path / "without_crs.parquet")
    with pytest.raises(InputError, match=r"\(CRS\) est inconnu"):
        read_streets(tmp_path / "without_crs.parquet", extent=None, crs=2154)


def test_a_failed_writing_leaves_the_previous_file_and_nothing_else(
    crossing: gpd.GeoDataFrame,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = write_streets(crossing, tmp_path / "streets.parquet", metadata={})
    before = file.read_bytes()

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("access92.sources.streets.geoparquet.pq.write_table", fail)
    with pytest.raises(OSError, match="No space"):
        write_streets(crossing.head(1), file, metadata={})
    assert file.read_bytes() == before
    assert list(tmp_path.iterdir()) == [file]
