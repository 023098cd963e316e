"""The real frame of the demonstration: read, checked, and turned into built-up ground."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from access92.errors import InputError
from access92.sources.demo.frame import PIXEL_M, built_up
from access92.sources.demo.streets import read_demo_frame, seine_polygon
from tests.sources.demo_streets import DATA, shipped_frame, small_frame


def read_with(tmp_path: Path, **changed: str) -> None:
    """Reads the shipped frame, the files named replaced by the text given."""
    files = {
        "grid_file": DATA / "population" / "grid_1km_2021.csv",
        "seine_file": DATA / "demo" / "seine.csv",
        "bridges_file": DATA / "demo" / "seine_bridges.csv",
    }
    for name, text in changed.items():
        files[name] = tmp_path / f"{name}.csv"
        files[name].write_text(text, encoding="utf-8")
    areas = gpd.GeoDataFrame({"area_id": ["a"], "name": ["A"]}, geometry=[shapely.box(2.2, 48.8, 2.3, 48.9)], crs=4326)
    read_demo_frame(areas, **files)


def test_the_shipped_frame_holds_36_communes_19_bridges_and_222_cells() -> None:
    frame = shipped_frame()
    assert (len(frame.communes), len(frame.bridges), len(frame.grid)) == (36, 19, 222)
    assert {"walk", "bike", "car"} == frozenset().union(*frame.bridges["modes"])


def test_the_seine_is_130_m_wide_and_every_bridge_lies_on_it() -> None:
    frame = shipped_frame()
    water = seine_polygon(frame)
    assert water.is_valid
    assert water.area / frame.seine.length == pytest.approx(130, rel=0.02)
    assert shapely.intersects(water, frame.bridges.geometry.to_numpy()).all()


def test_a_missing_file_is_refused_in_french(tmp_path: Path) -> None:
    areas = shipped_frame().communes
    absent = tmp_path / "absent.csv"
    with pytest.raises(InputError, match="introuvable"):
        read_demo_frame(areas, grid_file=absent, seine_file=absent, bridges_file=absent)


@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"seine_file": "seq,lon\n0,2.2\n"}, "« lat » manque"),
        ({"seine_file": "seq,lon,lat\n0,2.2,48.8\n"}, "pas deux points"),
        ({"bridges_file": "name,lon,lat,modes\n"}, "est vide"),
        ({"grid_file": ""}, "vide"),
    ],
)
def test_a_faulty_file_is_refused_in_french(tmp_path: Path, changed: dict[str, str], what: str) -> None:
    with pytest.raises(InputError, match=what):
        read_with(tmp_path, **changed)


def test_a_dense_cell_is_all_built_up_and_a_thin_one_partly() -> None:
    extent = shapely.box(0, 0, 2000, 4000)
    dense = built_up(small_frame(population=9000), extent, np.random.default_rng(1))
    thin = built_up(small_frame(population=750), extent, np.random.default_rng(1))
    assert dense.mask.all()
    assert thin.mask.mean() == pytest.approx(0.10, abs=0.01)


def test_cells_inside_the_communes_that_the_grid_leaves_out_hold_nobody() -> None:
    frame = small_frame(population=9000)
    frame = dataclasses.replace(frame, grid=frame.grid[frame.grid["x_m"] > 0])
    built = built_up(frame, shapely.box(0, 0, 2000, 4000), np.random.default_rng(1))
    middle = int(1000 / PIXEL_M)
    assert not built.mask[:, :middle].any()
    assert built.mask[:, middle:].all()


def test_the_summed_table_counts_the_built_up_pixels() -> None:
    built = built_up(small_frame(population=2000), shapely.box(0, 0, 2000, 4000), np.random.default_rng(1))
    assert built.summed[-1, -1] == built.mask.sum()
    assert built.summed[7, 5] == built.mask[:7, :5].sum()
