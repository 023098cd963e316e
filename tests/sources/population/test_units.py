"""The cell or polygon that the people of a demand point come from stays on the point."""

from __future__ import annotations

import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from access92.errors import InputError
from access92.sources.population.demand import read_population
from access92.sources.study_population import read_study_population
from access92.study.files import PopulationInput
from access92.study.read import read_study
from tests.sources.table_studies import (
    GRID_COLUMNS,
    LAMBERT,
    SHIPPED_STUDY,
    X0,
    Y0,
    make_streets,
    make_study,
    people_of,
    two_squares,
)

STREETS = make_streets((100, 100, 800, 100), (100, 700, 800, 700), (1100, 100, 1900, 100))
CELLS = ((1000, 0, 30), (0, 500, 20), (0, 0, 10), (500, 0, 5))


def write_grid(folder: Path, *, ids: tuple[str, ...] = ("e", "nw", "sw", "s")) -> Path:
    """Four cells of 500 m: their corners from that of the squares, their people, their ids."""
    file = folder / "grid.csv"
    rows = [f"{name},{X0 + x},{Y0 + y},{people}" for name, (x, y, people) in zip(ids, CELLS, strict=True)]
    file.write_text("\n".join(["cell,x,y,population", *rows]) + "\n", encoding="utf-8")
    return file


def grid(file: Path, **more: object) -> dict[str, object]:
    return {"method": "grid", "file": str(file), "rescale": False, "cell_m": 500.0, **GRID_COLUMNS, **more}


def write_blocks(folder: Path, *boxes: tuple[float, float, float, float, int]) -> Path:
    """Polygons from the corner of the squares, with their people."""
    file = folder / "blocks.gpkg"
    shapes = [shapely.box(X0 + a, Y0 + b, X0 + c, Y0 + d) for a, b, c, d, _ in boxes]
    people = [box[4] for box in boxes]
    names = [f"b{at}" for at in range(len(boxes))]
    gpd.GeoDataFrame({"iris": names, "population": people}, geometry=shapes, crs=LAMBERT).to_file(file)
    return file


def people_by_unit(demand: gpd.GeoDataFrame) -> dict[str, float]:
    sums: dict[str, float] = demand.groupby("unit_id")["population"].sum().round(6).to_dict()
    return sums


def test_the_points_of_a_grid_keep_the_inspire_name_of_their_cell(tmp_path: Path) -> None:
    demand, _ = people_of(grid(write_grid(tmp_path)), STREETS)
    east = ((demand.geometry.x - X0) // 500 * 500 + X0).astype(int)
    north = ((demand.geometry.y - Y0) // 500 * 500 + Y0).astype(int)
    assert demand["unit_id"].tolist() == [f"CRS2154RES500mN{y}E{x}" for x, y in zip(east, north, strict=True)]
    assert sorted(people_by_unit(demand).values()) == [5.0, 10.0, 20.0, 30.0]


def test_the_cells_of_a_grid_have_the_names_that_their_publisher_gives_them() -> None:
    """Eurostat's grid, which the demonstration streets grow from, states the name of each cell."""
    study = read_study(SHIPPED_STUDY)
    grid_file = study.streets.demo_grid_file
    stated = pd.read_csv(study.locate(grid_file))["grid_id"]
    eurostat = {"method": "grid", "file": grid_file, "rescale": False}
    named = study.model_copy(update={"population": PopulationInput.model_validate(eurostat), "publics": ()})
    corner = stated.str.extract(r"N(\d+)E(\d+)").astype(int)
    middle = gpd.GeoSeries.from_xy(corner[1] + 500, corner[0] + 500, crs="EPSG:3035").to_crs(2154)
    lines = [shapely.LineString([(at.x - 40, at.y), (at.x + 40, at.y)]) for at in middle]
    streets = gpd.GeoDataFrame({"highway": ["residential"] * len(lines), "length_m": 80.0}, geometry=lines, crs=2154)
    areas = gpd.GeoDataFrame({"area_id": ["a"], "name": ["A"]}, geometry=[shapely.box(*streets.total_bounds).buffer(9)])
    demand = read_population(named, areas=areas.set_crs(2154), streets=streets, crs=LAMBERT).demand
    assert sorted(demand["unit_id"]) == sorted(stated)


def test_a_column_of_ids_names_the_cells_and_must_tell_them_apart(tmp_path: Path) -> None:
    demand, _ = people_of(grid(write_grid(tmp_path), id_column="cell"), STREETS)
    assert people_by_unit(demand) == {"e": 30.0, "nw": 20.0, "sw": 10.0, "s": 5.0}
    doubled = write_grid(tmp_path, ids=("e", "e", "sw", ""))
    with pytest.raises(InputError, match=re.escape("« cell » est vide ou n'est pas unique")):
        people_of(grid(doubled, id_column="cell"), STREETS)


def test_the_points_of_polygons_keep_their_polygon(tmp_path: Path) -> None:
    file = write_blocks(tmp_path, (1000, 0, 2000, 1000, 7), (0, 0, 1000, 1000, 9))
    given = {"method": "polygons", "file": str(file), "rescale": False}
    assert people_by_unit(people_of(given, STREETS)[0]) == {"1": 7.0, "2": 9.0}
    assert people_by_unit(people_of({**given, "id_column": "iris"}, STREETS)[0]) == {"b0": 7.0, "b1": 9.0}


def test_the_people_of_a_polygon_without_streets_stay_its_own_where_another_lies_under_them(tmp_path: Path) -> None:
    """By place alone the point would be told as of the first polygon: its people were never there."""
    file = write_blocks(tmp_path, (0, 0, 1000, 1000, 9), (300, 300, 400, 400, 4))
    given = {"method": "polygons", "file": str(file), "rescale": False, "id_column": "iris"}
    assert people_by_unit(people_of(given, STREETS)[0]) == {"b0": 9.0, "b1": 4.0}


def test_a_point_in_no_cell_has_no_unit(tmp_path: Path) -> None:
    """The eastern square has nobody in the file: its legal population stands along its streets."""
    file = tmp_path / "grid.csv"
    file.write_text(f"x,y,population\n{X0},{Y0},10\n", encoding="utf-8")
    demand, _ = people_of({**grid(file), "rescale": True}, STREETS, two_squares((30.0, 20.0)))
    assert people_by_unit(demand[demand["area_id"] == "b"]) == {"": 20.0}
    assert people_by_unit(demand[demand["area_id"] == "a"]).keys() == {f"CRS2154RES500mN{Y0:.0f}E{X0:.0f}"}


def test_people_given_by_points_are_a_unit_each(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"place,x,y,population\np2,{X0 + 9},{Y0 + 9},3\np1,{X0 + 99},{Y0 + 9},4\n", encoding="utf-8")
    given = {"method": "points", "file": str(file), **GRID_COLUMNS}
    for more, ids in (({}, ["d000001", "d000002"]), ({"id_column": "place"}, ["p1", "p2"])):
        demand, _ = people_of({**given, **more}, STREETS)
        assert demand["unit_id"].tolist() == demand["demand_id"].tolist() == ids


def test_the_cache_gives_the_units_back(tmp_path: Path) -> None:
    study = make_study(population=grid(write_grid(tmp_path), id_column="cell"))
    first, again = (
        read_study_population(study, two_squares(), STREETS, streets_key="k", cache_folder=tmp_path).demand
        for _ in range(2)
    )
    assert len(list(tmp_path.glob("people-*.arrow"))) == 1
    pd.testing.assert_frame_equal(first, again)
    assert set(first["unit_id"]) == {"e", "nw", "sw", "s"}
    unnamed = make_study(population=grid(write_grid(tmp_path)))
    other = read_study_population(unnamed, two_squares(), STREETS, streets_key="k", cache_folder=tmp_path).demand
    assert np.char.startswith(other["unit_id"].to_numpy(dtype=str), "CRS2154RES500m").all()
