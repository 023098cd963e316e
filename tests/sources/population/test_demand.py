"""People of a grid on streets: two squares of 1 km whose answers are mental arithmetic, then the real communes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from access92.errors import InputError
from access92.sources.areas import read_areas
from access92.sources.population.demand import read_population
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


def write_grid(folder: Path, *cells: tuple[float, ...], ages: str = "") -> dict[str, Any]:
    """A grid file of (x, y, population, age groups…) with corners in metres from the corner of the squares."""
    file = folder / "grid.csv"
    rows = [",".join(map(str, (X0 + cell[0], Y0 + cell[1], *cell[2:]))) for cell in cells]
    heading = "x,y,population" + (f",{ages}" if ages else "")
    file.write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    names = tuple(ages.split(",")) if ages else ()
    return {"method": "grid", "file": str(file), "age_columns": names} | GRID_COLUMNS


def test_people_follow_the_length_of_residential_streets(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 30)) | {"rescale": False}
    streets = make_streets((100, 100, 200, 100), (100, 500, 300, 500), (1100, 1, 1200, 1))
    demand, _ = people_of(grid, streets)
    assert demand["population"].tolist() == [10, 10, 10]
    assert demand["area_id"].tolist() == ["a", "a", "a"]


@pytest.mark.parametrize("highway", ["motorway", "trunk", "footway", "service", "steps", "cycleway", "track"])
def test_nobody_lives_on_a_street_without_doors(highway: str, tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 30)) | {"rescale": False}
    streets = make_streets((100, 100, 200, 100), (100, 500, 900, 500, highway))
    demand, _ = people_of(grid, streets, two_squares(None))
    assert demand.geometry.y.unique().tolist() == [Y0 + 100]


@pytest.mark.parametrize("tag", ["bridge", "tunnel"])
def test_nobody_lives_on_a_bridge_or_in_a_tunnel(tag: str, tmp_path: Path) -> None:
    streets = make_streets((100, 100, 200, 100), (100, 500, 900, 500), (100, 700, 200, 700)).assign(
        **{tag: ["no", "yes", ""]},
    )
    demand, _ = people_of(write_grid(tmp_path, (0, 0, 30)), streets, two_squares(None))
    assert sorted(demand.geometry.y) == [Y0 + 100, Y0 + 700]


def test_a_street_outside_the_areas_takes_its_share_of_a_border_cell_with_it(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (1500, 0, 30))  # one cell across the eastern border, from 1500 to 2500 m
    demand, _ = people_of(grid, make_streets((1600, 10, 1700, 10), (2200, 10, 2400, 10)), two_squares(None))
    assert demand["population"].tolist() == [10]


def test_each_area_sums_to_its_legal_population_in_whole_people(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 999), (1000, 0, 7))
    streets = make_streets((100, 100, 800, 100), (100, 500, 450, 500), (1100, 1, 1790, 1), (1100, 400, 1333, 400))
    demand, notices = people_of(grid, streets, two_squares((101, 23)))
    assert demand.groupby("area_id")["population"].sum().to_dict() == {"a": 101, "b": 23}
    assert (demand["population"] == demand["population"].round()).all()
    assert notices == ("Habitants répartis le long des rues : aucun fichier de l'étude n'a de bâtiments.",)


def test_points_where_nobody_is_left_are_dropped(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 999), (1000, 0, 7))
    streets = make_streets((100, 100, 800, 100), (1100, 1, 1790, 1))
    demand, _ = people_of(grid, streets, two_squares((2, 1)))
    assert demand["population"].tolist() == [1, 1, 1]


def test_the_order_of_the_streets_does_not_matter(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 999, 500, 499), (1000, 0, 7, 3, 4), ages="age_0_14,age_15_plus")
    streets = make_streets((100, 100, 800, 100), (100, 500, 450, 500), (1100, 1, 1790, 1), (1100, 400, 1333, 400))
    demand, _ = people_of(grid, streets)
    shuffled, _ = people_of(grid, streets.iloc[[2, 0, 3, 1]].reset_index(drop=True))
    pd.testing.assert_frame_equal(demand, shuffled)


def test_ages_keep_the_shares_of_the_cell_and_sum_to_the_people_of_each_point(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 100, 25, 75), (1000, 0, 10, 9, 1), ages="age_0_14,age_15_plus")
    demand, _ = people_of(grid, make_streets((100, 100, 300, 100), (1100, 1, 1190, 1)))
    ages = demand[["age_0_14", "age_15_plus"]]
    assert np.allclose(ages.sum(axis=1), demand["population"])
    assert demand.groupby("area_id")["age_0_14"].sum().to_dict() == pytest.approx({"a": 30 * 0.25, "b": 20 * 0.9})


def test_an_age_group_alone_is_not_stretched_to_everybody(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 100, 25), (1000, 0, 10, 5), ages="plus65")
    demand, _ = people_of(grid, make_streets((100, 100, 300, 100), (1100, 1, 1190, 1)))
    assert demand.groupby("area_id")["age_plus65"].sum().to_dict() == pytest.approx({"a": 7.5, "b": 10})


def test_a_cell_without_street_is_told_and_its_people_are_found_again_by_the_legal_total(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 100), (1000, 0, 10), (0, 1000, 40))
    demand, notices = people_of(grid, make_streets((100, 100, 300, 100), (1100, 1, 1190, 1)))
    assert demand["population"].sum() == 50
    assert "1 carreaux" in notices[-1]
    assert "40 habitants" in notices[-1]


def test_an_area_that_the_grid_leaves_empty_is_filled_evenly_and_told(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 100, 40, 60), ages="age_0_14,age_15_plus")
    demand, notices = people_of(grid, make_streets((100, 100, 300, 100), (1100, 1, 1300, 1)))
    assert demand.loc[demand["area_id"] == "b", "population"].tolist() == [10, 10]
    assert demand.loc[demand["area_id"] == "b", "age_0_14"].tolist() == pytest.approx([4, 4])
    assert "Est" in notices[-1]


def test_an_area_with_people_and_no_residential_street_is_refused(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 100), (1000, 0, 10))
    with pytest.raises(InputError, match="« Est » est une zone sans rues"):
        people_of(grid, make_streets((100, 100, 300, 100), (1100, 1, 1300, 1, "motorway")))


def test_an_area_where_nobody_lives_needs_no_street(tmp_path: Path) -> None:
    demand, _ = people_of(write_grid(tmp_path, (0, 0, 9)), make_streets((1, 1, 50, 1)), two_squares((9, 0)))
    assert demand["area_id"].unique().tolist() == ["a"]


def test_without_legal_population_the_grid_is_taken_as_it_is(tmp_path: Path) -> None:
    demand, _ = people_of(write_grid(tmp_path, (0, 0, 9)), make_streets((1, 1, 50, 1)), two_squares(None))
    assert demand["population"].tolist() == [9]


def test_progress_is_told_from_nothing_to_everything(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    read_population(
        make_study(population=write_grid(tmp_path, (0, 0, 9))),
        areas=two_squares(None),
        streets=make_streets((1, 1, 50, 1)),
        crs=LAMBERT,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told[0][0] == 0
    assert told[-1][0] == told[-1][1]


def made_up_streets(areas: gpd.GeoDataFrame, *, step_m: float) -> gpd.GeoDataFrame:
    """A chequerboard of residential streets over the areas and 1.5 km around."""
    west, south, east, north = areas.buffer(1500).total_bounds
    x, y = (part.ravel() for part in np.meshgrid(np.arange(west, east, step_m), np.arange(south, north, step_m)))
    across = np.stack([np.column_stack([x, y]), np.column_stack([x + step_m, y])], axis=1)
    along = np.stack([np.column_stack([x, y]), np.column_stack([x, y + step_m])], axis=1)
    lines = shapely.linestrings(np.concatenate([across, along]))
    table = {"edge_id": np.arange(len(lines)).astype(str), "highway": "residential", "length_m": shapely.length(lines)}
    return gpd.GeoDataFrame(table, geometry=lines, crs=areas.crs)


def test_each_of_the_36_communes_has_its_legal_population_to_the_person() -> None:
    study = read_study(SHIPPED_STUDY)
    areas = read_areas(study)
    demand = read_population(study, areas=areas, streets=made_up_streets(areas, step_m=250), crs=areas.crs).demand
    legal = areas.set_index("area_id")["population"]
    found = demand.groupby("area_id")["population"].sum()
    assert len(found) == 36
    assert found.to_dict() == legal.to_dict()
    assert demand["population"].sum() == 1_654_712
    assert demand["demand_id"].is_monotonic_increasing
    assert demand["demand_id"].iloc[0] == "d000001"


def test_every_point_lies_in_its_commune_and_its_publics_are_a_part_of_its_people() -> None:
    study = read_study(SHIPPED_STUDY)
    areas = read_areas(study)
    demand = read_population(study, areas=areas, streets=made_up_streets(areas, step_m=500), crs=areas.crs).demand
    communes = areas.set_index("area_id").geometry.loc[demand["area_id"]]
    assert shapely.intersects(communes.to_numpy(), demand.geometry.to_numpy()).all()
    assert np.allclose(
        demand["public_ind_65_79"] + demand["public_ind_80p"], demand["public_ind_65_79_ind_80p"], atol=1e-9
    )
    persons = ["public_ind_65_79_ind_80p", "public_ind_0_3", "public_ind_4_5"]
    assert (demand[persons].sum(axis=1) <= demand["population"] + 1e-9).all()
    assert demand["population"].sum() == 1_654_712
