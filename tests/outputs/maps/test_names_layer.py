"""The names that the maps write: of areas inside them, of roads along them, of every street once for each area."""

from __future__ import annotations

import base64
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

from access92.outputs.maps.encoding import COARSE_CELLS, Grid, grid_over, to_mercator
from access92.outputs.maps.names_layer import (
    NamedStreets,
    area_names,
    is_area_name,
    named_streets,
    pack_named_streets,
    plain_name,
    road_names,
)
from access92.outputs.words.typography import typeset
from access92.run.results import Results
from access92.sources.surroundings import surroundings_of
from tests.outputs.synthetic import make_results

WORLD_M = 40_075_016.685578488
METRES = Grid(0.5, 0.5 - 6000 / WORLD_M, 1 / WORLD_M, 9000)
"""A cell is a metre; the first row lies 6 km to the north."""


@pytest.fixture(scope="module")
def results() -> Results:
    return make_results(n_demand=60)


@pytest.fixture(scope="module")
def grid(results: Results) -> Grid:
    return grid_over(tuple(shapely.total_bounds(to_mercator(results.streets)).tolist()), n_cells=COARSE_CELLS)


def streets_of(*rows: tuple[str, str, list[tuple[float, float]]]) -> tuple[gpd.GeoDataFrame, np.ndarray]:
    """Streets (class, name, vertices in Web Mercator metres) and their lines."""
    lines = np.array([shapely.LineString(row[2]) for row in rows])
    columns = {"highway": [row[0] for row in rows], "name": [row[1] for row in rows]}
    return gpd.GeoDataFrame(columns, geometry=lines, crs=3857), lines


def read_rows(packed: dict[str, object], more: int) -> list[tuple[str, int, int, tuple[int, ...]]]:
    """The rows of a packed table of names, as the page reads them: name, cell, the numbers behind."""
    raw, numbers, value, shift = base64.b64decode(str(packed["rows"])), [], 0, 0
    for byte in raw:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            numbers.append((value >> 1) ^ -(value & 1))
            value = shift = 0
    names, rows, name, x, y = packed["names"], [], 0, 0, 0
    assert isinstance(names, list)
    for at in range(0, len(numbers), 3 + more):
        name, x, y = name + numbers[at], x + numbers[at + 1], y + numbers[at + 2]
        rows.append((names[name], x, y, tuple(numbers[at + 3 : at + 3 + more])))
    return rows


def test_an_area_is_named_inside_itself_the_most_populous_first(results: Results, grid: Grid) -> None:
    rows = area_names(results, grid)
    names = [typeset(name) for name in results.areas["name"]]
    shapes = dict(zip(names, to_mercator(results.areas), strict=True))
    people = dict(zip(names, results.areas["population"], strict=True))
    assert sorted(row[2] for row in rows) == sorted(shapes)
    assert [people[row[2]] for row in rows] == sorted(people.values(), reverse=True)
    for x, y, name in rows:
        spot = shapely.Point((grid.x0 + x * grid.step - 0.5) * WORLD_M, (0.5 - grid.y0 - y * grid.step) * WORLD_M)
        assert shapes[name].buffer(3).contains(spot), name


def test_an_area_is_named_at_the_town_of_its_name_which_is_not_written_twice(results: Results, grid: Grid) -> None:
    areas = results.areas
    spot = areas.geometry.iloc[0].representative_point().buffer(200).exterior.interpolate(0)
    name = str(areas["name"].iloc[0]).upper()
    elsewhere = areas.geometry.iloc[1].representative_point()
    rows = [
        ("place", "town", name, spot), ("place", "suburb", name, spot),
        ("place", "village", str(areas["name"].iloc[0]), elsewhere),
    ]  # fmt: skip
    there = replace(results, surroundings=surroundings_of(rows, areas.crs))
    assert is_area_name(there).tolist() == [True, False, False]
    expected = grid.cells(shapely.get_coordinates(to_mercator(gpd.GeoDataFrame(geometry=[spot], crs=areas.crs))))[0]
    written = next(row for row in area_names(there, grid) if plain_name(row[2]) == plain_name(name))
    assert written[:2] == expected.tolist()


def test_a_road_is_named_along_it_and_never_twice_in_one_place() -> None:
    streets, lines = streets_of(
        ("primary", "Grande Rue", [(0, 0), (700, 700)]), ("primary", "Grande Rue", [(700, 700), (1400, 1400)]),
        ("primary", "Grande Rue", [(0, 50), (1400, 1450)]),  # the other carriageway
        ("secondary", "Rue courte", [(3000, 0), (3000, 200)]), ("residential", "Petite rue", [(0, 3000), (900, 3000)]),
        ("tertiary", "Rue montante", [(4000, 0), (4000, 900)]), ("primary", "", [(0, 5000), (900, 5000)]),
    )  # fmt: skip
    rows = read_rows(
        road_names(streets, lines, Grid(0.5, 0.5 - 6000 / 40_075_016.685578488, 1 / 40_075_016.685578488, 9000)), 2
    )
    assert [(row[0], *row[3]) for row in rows] == [("Grande Rue", 135, 1), ("Rue montante", 90, 2)]
    assert rows[0][1:3] == (700, 5300)  # the middle of the joined carriageway


def test_a_road_that_bends_under_its_name_is_not_named_there() -> None:
    bend = [(0, 0), (500, 0), (500, 500)]
    streets, lines = streets_of(("primary", "Rue du Coude", bend))
    assert road_names(streets, lines, Grid(0.5, 0.4, 1e-8, 9000)) == {}


def test_a_street_is_listed_once_for_each_area_that_it_crosses() -> None:
    areas = np.array([shapely.box(0, 0, 1000, 1000), shapely.box(1000, 0, 2000, 1000)])
    streets, lines = streets_of(
        ("residential", "Rue du Bac", [(100, 100), (300, 100)]),
        ("residential", "Rue du Bac", [(300, 100), (900, 100)]),
        ("primary", "Rue du Bac", [(1200, 100), (1400, 100)]), ("residential", "Allée A", [(100, 500), (100, 900)]),
        ("residential", "Rue dehors", [(5000, 0), (6000, 0)]), ("residential", "", [(100, 200), (200, 200)]),
    )  # fmt: skip
    table = named_streets(streets, lines, areas)
    assert list(zip(table.names, table.areas.tolist(), table.ranks.tolist(), strict=True)) == [
        ("Allée A", 0, 3), ("Rue du Bac", 0, 3), ("Rue du Bac", 1, 1),
    ]  # fmt: skip
    assert table.spots.tolist() == [[100, 700], [500, 100], [1300, 100]]
    assert table.degrees.tolist() == [90, 0, 0]


def test_named_streets_come_back_from_their_packing() -> None:
    grid = Grid(0.5, 0.4, 1e-8, 9000)
    rng = np.random.default_rng(7)
    n = 40
    names = np.array(sorted(f"Rue {i // 2}" for i in range(n)), dtype=object)
    spots = rng.uniform(0, 300, (n, 2))
    table = NamedStreets(names, rng.integers(0, 36, n), spots, rng.integers(0, 180, n), rng.integers(0, 5, n))
    rows = read_rows(pack_named_streets(table, grid), 3)
    cells = grid.cells(spots)
    expected = zip(table.degrees, table.ranks, table.areas, strict=True)
    assert rows == [
        (name, *cell, tuple(map(int, more))) for name, cell, more in zip(names, cells.tolist(), expected, strict=True)
    ]


def test_streets_without_a_column_of_names_have_none(results: Results, grid: Grid) -> None:
    lines = to_mercator(results.streets)
    assert road_names(results.streets, lines, grid) == {}
    assert len(named_streets(results.streets, lines, to_mercator(results.areas)).names) == 0
