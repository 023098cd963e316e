"""Packed coordinates come back as they went in."""

from __future__ import annotations

import base64

import numpy as np
import shapely
from hypothesis import given
from hypothesis import strategies as st

from access92.outputs.maps.base_layer import base_layer
from access92.outputs.maps.encoding import COARSE_CELLS, Grid, grid_over, pack_lines, pack_polygons, varints

GRID = grid_over((0.0, 0.0, 16_383.0, 16_383.0), n_cells=COARSE_CELLS)  # a cell is a metre


def read_varints(raw: bytes) -> list[int]:
    """What the page does, in plain Python."""
    values, at = [], 0
    while at < len(raw):
        value = shift = 0
        while True:
            byte = raw[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        values.append(-(value + 1) // 2 if value % 2 else value // 2)
    return values


def read_paths(packed: str) -> list[list[tuple[int, int]]]:
    values = iter(read_varints(base64.b64decode(packed)))
    paths, x, y = [], 0, 0
    for n in values:
        path = []
        for _ in range(n):
            x, y = x + next(values), y + next(values)
            path.append((x, y))
        paths.append(path)
    return paths


@given(st.lists(st.integers(-(2**31), 2**31 - 1)))
def test_any_integers_survive_packing(values: list[int]) -> None:
    assert read_varints(varints(np.array(values, dtype=np.int64))) == values


def test_lines_come_back_vertex_by_vertex_north_up() -> None:
    paths = [[[0, 16_383], [100, 16_383]], [[5, 16_381], [5, 16_300], [7, 16_300]]]
    lines = np.array([shapely.LineString(path) for path in paths])
    assert read_paths(pack_lines(lines, GRID)) == [[(0, 0), (100, 0)], [(5, 2), (5, 83), (7, 83)]]


def test_vertices_in_the_same_cell_become_one() -> None:
    line = shapely.linestrings([[10.0, 10.0], [10.2, 10.1], [20.0, 10.0]])
    assert [len(path) for path in read_paths(pack_lines(np.array([line]), GRID))] == [2]


def test_a_place_outside_the_grid_is_clipped_to_its_edge() -> None:
    assert Grid.cells(GRID, np.array([[-50.0, 99_999.0]])).tolist() == [[0, 0]]


def test_holes_and_detached_parts_of_a_polygon_are_kept_and_specks_are_not() -> None:
    with_hole = shapely.box(0, 0, 1000, 1000).difference(shapely.box(400, 400, 600, 600))
    speck = shapely.box(5000, 5000, 5003, 5003)
    shape = shapely.MultiPolygon([with_hole, shapely.box(2000, 0, 3000, 1000), speck])
    (packed,) = pack_polygons(np.array([shape]), GRID, tolerance_m=3.0)
    assert [len(read_paths(part)) for part in packed] == [2, 1]


def test_an_empty_polygon_packs_to_nothing() -> None:
    assert pack_polygons(np.array([shapely.MultiPolygon()]), GRID, tolerance_m=3.0) == [[]]


def test_a_street_known_in_both_directions_is_drawn_once_and_paths_are_left_out() -> None:
    lines = shapely.linestrings([[[0, 0], [900, 0]], [[900, 0], [0, 0]], [[0, 0], [0, 900]], [[0, 0], [9, 900]]])
    layer = base_layer(np.array(lines), np.array(["primary", "primary", "residential", "footway"]), GRID)
    assert layer.n_streets == 2
    assert [len(read_paths(rank)) for rank in layer.ranks] == [0, 1, 0, 1]


def test_a_file_with_nothing_but_paths_still_gives_a_base_layer() -> None:
    lines = shapely.linestrings([[[0, 0], [900, 0]]])
    assert base_layer(np.array(lines), np.array(["footway"]), GRID).n_streets == 1
