"""Whose people stand at a demand point: the cell or the polygon that the streets were found in."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from access92.sources.population import units_of_demand
from tests.sources.table_studies import GRID_COLUMNS, LAMBERT, X0, Y0, make_streets, make_study, people_of, two_squares

STREETS = make_streets((100, 100, 800, 100), (100, 700, 800, 700), (1100, 100, 1900, 100))


def test_the_points_of_a_grid_know_their_cell(tmp_path: Path) -> None:
    file = tmp_path / "grid.csv"
    rows = [f"{X0 + x},{Y0 + y},{people}" for x, y, people in ((1000, 0, 30), (0, 500, 20), (0, 0, 10), (500, 0, 5))]
    file.write_text("\n".join(["x,y,population", *rows]) + "\n", encoding="utf-8")
    grid = {"method": "grid", "file": str(file), "rescale": False, "cell_m": 500.0, **GRID_COLUMNS}
    demand, _ = people_of(grid, STREETS)
    units = units_of_demand(make_study(population=grid), two_squares(), demand)
    assert units is not None
    expected = {(2, 0): 0, (0, 1): 1, (0, 0): 2, (1, 0): 3}  # row of the file, by column and row of the cell
    cells = zip((demand.geometry.x - X0) // 500, (demand.geometry.y - Y0) // 500, strict=True)
    assert units.tolist() == [expected[int(column), int(row)] for column, row in cells]
    assert np.bincount(units, weights=demand["population"]).round(6).tolist() == [30.0, 20.0, 10.0, 5.0]


def test_the_points_of_polygons_know_their_polygon(tmp_path: Path) -> None:
    file = tmp_path / "blocks.gpkg"
    boxes = [shapely.box(X0 + x, Y0, X0 + x + 1000, Y0 + 1000) for x in (1000, 0)]
    gpd.GeoDataFrame({"population": [7, 9]}, geometry=boxes, crs=LAMBERT).to_file(file)
    given = {"method": "polygons", "file": str(file), "rescale": False}
    demand, _ = people_of(given, STREETS)
    units = units_of_demand(make_study(population=given), two_squares(), demand)
    assert units is not None
    assert np.bincount(units, weights=demand["population"]).round(6).tolist() == [7.0, 9.0]


def test_people_given_by_points_belong_to_no_cell() -> None:
    demand = gpd.GeoDataFrame(geometry=[shapely.Point(X0, Y0)], crs=LAMBERT)
    assert units_of_demand(make_study(), two_squares(), demand) is None
