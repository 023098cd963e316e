"""Heights along streets: exact on planes whatever the cells and the CRS, holes and gaps filled or refused, bridges."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely import LineString

from access92.errors import InputError
from access92.sources.elevation import raster_files, read_heights
from tests.rasters import write_raster
from tests.toy_town import BLOCK_M, CRS, X0, Y0, street, town

AROUND = (X0 - 300, Y0 - 300, X0 + 500, Y0 + 500)
AREAS = gpd.GeoDataFrame(
    {"area_id": ["w", "e"], "name": ["Ouest", "Est"]},
    geometry=[
        shapely.box(X0 - 300, Y0 - 300, X0 + BLOCK_M, Y0 + 500),
        shapely.box(X0 + BLOCK_M, Y0 - 300, X0 + 500, Y0 + 500),
    ],
    crs=CRS,
)  # fmt: skip


def ramp(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """6 % towards the east, 2 % down towards the north."""
    return 50 + 0.06 * (x - X0) - 0.02 * (y - Y0)


def slopes_of(streets: gpd.GeoDataFrame, *paths: Path) -> dict[str, list[float]]:
    profiles = read_heights(paths, streets, AREAS)
    slopes, pieces = profiles.piece_slopes(streets["length_m"].to_numpy(float))
    parts = np.split(slopes, np.cumsum(pieces)[:-1])
    return {name: part.tolist() for name, part in zip(streets["edge_id"], parts, strict=True)}


@pytest.mark.parametrize("cell", [1.0, 5.0, 10.0, 30.0, 90.0])
def test_a_ramp_gives_its_own_slope_whatever_the_cells_of_the_raster(tmp_path: Path, cell: float) -> None:
    raster = write_raster(tmp_path / "r.tif", ramp, (X0 - 900, Y0 - 900, X0 + 900, Y0 + 900), cell=cell)
    slopes = slopes_of(town(), raster)
    assert slopes["h12"] == pytest.approx([0.06] * 4, abs=1e-5)  # 83 m in pieces of at most 25 m
    assert slopes["v14"] == pytest.approx([-0.02] * 4, abs=1e-5)


@pytest.mark.parametrize(("crs", "cell"), [("EPSG:4326", 0.0002), ("EPSG:32631", 20.0), ("EPSG:3035", 20.0)])
def test_a_raster_in_another_crs_gives_the_same_slopes(tmp_path: Path, crs: str, cell: float) -> None:
    corners = gpd.GeoSeries([shapely.box(X0 - 900, Y0 - 900, X0 + 900, Y0 + 900)], crs=CRS).to_crs(crs)
    raster = write_raster(tmp_path / "r.tif", ramp, tuple(corners.total_bounds), cell=cell, crs=crs)
    slopes = slopes_of(town(), raster)
    assert slopes["h12"] == pytest.approx([0.06] * 4, abs=2e-3)
    assert slopes["v14"] == pytest.approx([-0.02] * 4, abs=2e-3)


def test_two_tiles_are_read_as_one_and_so_is_their_virtual_raster(tmp_path: Path) -> None:
    whole = write_raster(tmp_path / "whole.tif", ramp, AROUND)
    west = write_raster(tmp_path / "west.tif", ramp, (X0 - 300, Y0 - 300, X0 + 100, Y0 + 500))
    east = write_raster(tmp_path / "east.tif", ramp, (X0 + 100, Y0 - 300, X0 + 500, Y0 + 500))
    one = read_heights([whole], town(), AREAS).height_m
    np.testing.assert_allclose(read_heights([east, west], town(), AREAS).height_m, one, atol=0.8)  # half a cell of 25 m
    sources = "".join(
        f'<SimpleSource><SourceFilename relativeToVRT="1">{name}</SourceFilename><SourceBand>1</SourceBand>'
        f'<SrcRect xOff="0" yOff="0" xSize="80" ySize="160"/>'
        f'<DstRect xOff="{at}" yOff="0" xSize="80" ySize="160"/></SimpleSource>'
        for name, at in (("west.tif", 0), ("east.tif", 80))
    )
    virtual = tmp_path / "both.vrt"
    virtual.write_text(
        '<VRTDataset rasterXSize="160" rasterYSize="160"><SRS>EPSG:2154</SRS>'
        f"<GeoTransform>{X0 - 300}, 5, 0, {Y0 + 500}, 0, -5</GeoTransform>"
        f'<VRTRasterBand dataType="Float32" band="1"><NoDataValue>-9999</NoDataValue>'
        f"{sources}</VRTRasterBand></VRTDataset>",
        encoding="utf-8",
    )
    np.testing.assert_allclose(read_heights([virtual], town(), AREAS).height_m, one, atol=1e-3)
    assert {path.name for path in raster_files(virtual)} == {"both.vrt", "west.tif", "east.tif"}


def test_a_small_hole_is_filled_and_counted(tmp_path: Path) -> None:
    raster = write_raster(
        tmp_path / "r.tif", ramp, AROUND, holes=lambda x, y: (abs(x - X0 - 40) < 30) & (abs(y - Y0) < 30)
    )
    profiles = read_heights([raster], town(), AREAS)
    assert profiles.filled_km == pytest.approx(BLOCK_M / 1000)  # h12
    assert profiles.height_m[:5] == pytest.approx(ramp(X0 + np.linspace(0, BLOCK_M, 5), Y0), abs=1.5)


def test_a_wide_hole_is_refused_with_its_areas(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "r.tif", ramp, AROUND, holes=lambda x, _: x > X0 + 1.5 * BLOCK_M)
    with pytest.raises(InputError, match=r"trou de plus de 100 m.*Est \(\d+ %\)\.") as refused:
        read_heights([raster], town(), AREAS)
    assert "Ouest" not in str(refused.value)


def test_a_raster_that_does_not_cover_is_refused_with_its_areas(tmp_path: Path) -> None:
    raster = write_raster(tmp_path / "r.tif", ramp, (X0 - 300, Y0 - 300, X0 + BLOCK_M + 40, Y0 + 500))
    with pytest.raises(InputError, match=r"ne couvre pas toutes les rues : 41,7 % .*Est \(\d+ %\)"):
        read_heights([raster], town(), AREAS)
    far = write_raster(tmp_path / "far.tif", ramp, (X0 + 9000, Y0, X0 + 9100, Y0 + 100))
    with pytest.raises(InputError, match=r"100,0 % .*Ouest \(100 %\)"):
        read_heights([far], town(), AREAS)


def test_what_is_no_raster_of_heights_is_refused_by_its_name(tmp_path: Path) -> None:
    text = tmp_path / "text.tif"
    text.write_text("nothing", encoding="utf-8")
    bare = write_raster(tmp_path / "bare.tif", ramp, AROUND, crs=None)
    photo = write_raster(tmp_path / "photo.tif", ramp, AROUND, bands=3)
    for path, why in ((text, "pas un raster lisible"), (bare, "pas de système de coordonnées"), (photo, "a 3 bandes")):
        with pytest.raises(InputError, match=f"{why}.*{path.name}"):
            read_heights([path], town(), AREAS)


def test_a_chain_of_bridges_over_a_valley_rises_evenly_between_its_ends(tmp_path: Path) -> None:
    places = {20: (-1.0, 0.0), 21: (0.0, 0.0), 22: (1.0, 0.0), 23: (3.0, 0.0), 24: (4.0, 0.0)}
    rows = [
        street("a", 20, 21, places), street("b", 21, 22, places, bridge="yes"),
        street("c", 23, 22, places, bridge="viaduct"), street("d", 23, 24, places),
    ]  # fmt: skip
    streets = gpd.GeoDataFrame(rows, geometry="geometry", crs=CRS)
    streets["bridge"] = streets["bridge"].fillna("")

    def valley(x: np.ndarray, _: np.ndarray) -> np.ndarray:
        """A plane of 2 %, and a gap under the bridges, well inside their ends."""
        east_m = x - X0
        return np.where((east_m > 40) & (east_m < 2.5 * BLOCK_M), -20.0, 10 + 0.02 * east_m)

    raster = write_raster(tmp_path / "r.tif", valley, AROUND)
    slopes = slopes_of(streets, raster)
    assert slopes["b"] == pytest.approx([0.02] * 4, abs=1e-4)
    assert slopes["c"] == pytest.approx([-0.02] * 7, abs=1e-4)  # drawn the other way


def test_a_passage_through_a_building_stays_on_the_ground(tmp_path: Path) -> None:
    def bump(x: np.ndarray, _: np.ndarray) -> np.ndarray:
        return 10 * np.exp(-(((x - X0 - BLOCK_M / 2) / 30) ** 2))

    raster = write_raster(tmp_path / "r.tif", bump, AROUND)
    passage = slopes_of(town(tagged={"h12": {"tunnel": "building_passage"}}), raster)
    tunnel = slopes_of(town(tagged={"h12": {"tunnel": "yes"}}), raster)
    assert max(passage["h12"]) > 0.1
    assert tunnel["h12"] == pytest.approx([tunnel["h12"][0]] * 4)  # even
    assert abs(tunnel["h12"][0]) < 0.01


def test_heights_of_a_hill_are_those_of_its_formula(tmp_path: Path) -> None:
    def hill(x: np.ndarray, y: np.ndarray) -> np.ndarray:
        return 40 * np.exp(-((x - X0) ** 2 + (y - Y0) ** 2) / 2 / 200**2)

    raster = write_raster(tmp_path / "r.tif", hill, AROUND, cell=10.0)
    bent = LineString([(X0 - 100, Y0 - 50), (X0 + 60, Y0 + 10), (X0 + 90, Y0 + 200)])
    streets = gpd.GeoDataFrame(
        {"edge_id": ["x"], "from_node": [1], "to_node": [2], "length_m": [bent.length]}, geometry=[bent], crs=CRS
    )
    heights = read_heights([raster], streets, AREAS).height_m
    along = shapely.get_coordinates(
        shapely.line_interpolate_point(bent, np.linspace(0, 1, len(heights)), normalized=True)
    )
    np.testing.assert_allclose(heights, hill(*along.T), atol=0.15)
