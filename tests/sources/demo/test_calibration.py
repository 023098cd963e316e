"""The demonstration streets look like the real ones they imitate, by the same measures."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from access92.sources.demo.calibration import INDICATORS, calibration_table, measure_strata, read_real_measures
from access92.sources.demo.calibration import MEUDON as MEUDON_NAME
from access92.sources.demo.calibration import SAINT_GERMAIN as SAINT_GERMAIN_NAME
from access92.sources.demo.communes import REAL_FILE, commune_table, measure_communes, near_shares, read_communes
from access92.sources.demo.measures import (
    _shortest_edges,
    built_up_region,
    known_footprint,
    measure_streets,
    select_network,
)
from access92.sources.demo.streets import seine_polygon
from access92.sources.streets.read import read_streets
from tests.sources.demo_streets import shipped_frame, shipped_streets
from tests.sources.real_streets import (
    MEUDON,
    SAINT_GERMAIN,
    SHARED_NETWORKS,
    read_graphml_streets,
    read_overpass_streets,
)

pytestmark = pytest.mark.slow


def grid_of_streets(blocks: int, *, step_m: float = 100.0, highway: str = "residential") -> gpd.GeoDataFrame:
    """A square town of ``blocks`` × ``blocks`` square blocks."""
    side = blocks + 1
    pairs = [(y * side + x, y * side + x + 1) for y in range(side) for x in range(blocks)]
    pairs += [(y * side + x, (y + 1) * side + x) for y in range(blocks) for x in range(side)]
    place = {node: (node % side * step_m, node // side * step_m) for node in range(side * side)}
    return gpd.GeoDataFrame(
        {
            "from_node": [a for a, _ in pairs], "to_node": [b for _, b in pairs], "length_m": step_m,
            "highway": highway, "access": "", "foot": "",
        },
        geometry=[shapely.LineString([place[a], place[b]]) for a, b in pairs],
        crs=2154,
    )  # fmt: skip


def test_a_square_grid_has_the_densities_and_degrees_of_mental_arithmetic() -> None:
    figures = measure_streets(grid_of_streets(20), shapely.box(450, 450, 1450, 1450))
    assert figures.junctions_per_km2 == pytest.approx(100)
    assert figures.street_km_per_km2 == pytest.approx(20)
    assert (figures.degree_1_share, figures.degree_3_share, figures.degree_4_share) == (0, 0, 1)


def test_the_detour_of_a_square_grid_is_near_four_over_pi() -> None:
    figures = measure_streets(grid_of_streets(30), shapely.box(-1, -1, 3001, 3001))
    assert figures.detour_factor == pytest.approx(4 / np.pi, abs=0.03)
    assert figures.detour_pairs == 10_000


def test_parallel_edges_count_the_shortest_not_their_sum() -> None:
    ends = np.array([[0, 1], [1, 0], [0, 1], [1, 2]])
    graph = _shortest_edges(ends, np.array([90.0, 60.0, 70.0, 10.0]), 3)
    assert graph.toarray().tolist() == [[0, 60, 0], [0, 0, 10], [0, 0, 0]]


def test_private_ways_count_in_neither_network_unless_walkers_are_let_through() -> None:
    streets = grid_of_streets(1)
    streets["access"] = ["private", "private", "", ""]
    streets["foot"] = ["yes", "", "no", ""]
    assert select_network(streets, "walk").index.tolist() == [0, 3]
    assert select_network(streets, "drive").index.tolist() == [2, 3]


def test_built_up_squares_are_those_with_a_kilometre_of_streets_for_homes() -> None:
    homes, forest = grid_of_streets(5), grid_of_streets(5, highway="track")
    assert built_up_region(homes, least_m=4000).area == 500.0**2
    assert built_up_region(forest).is_empty


DEPARTMENT = SHARED_NETWORKS / REAL_FILE


@pytest.mark.parametrize("name", [SAINT_GERMAIN_NAME, MEUDON_NAME])
def test_the_stored_figures_are_those_of_the_real_files(name: str) -> None:
    path: Path = SAINT_GERMAIN if name == SAINT_GERMAIN_NAME else MEUDON
    if not path.is_file():
        pytest.skip("real networks (../shared/networks) are not on this machine")
    if name == SAINT_GERMAIN_NAME:
        streets = read_overpass_streets(path)
        measured = measure_strata(streets, known_footprint(streets))
    else:
        communes = shipped_frame().communes
        meudon = communes.loc[communes["name"] == "Meudon"].geometry.iloc[0].buffer(-20)
        measured = measure_strata(read_graphml_streets(path), meudon, networks=("drive",))
    stored = read_real_measures()
    stored = stored[stored["file"] == name]
    assert len(stored) == len(measured) * (len(INDICATORS) + 1)
    for row in stored.itertuples():
        figures = measured[str(row.stratum), str(row.network)]
        assert getattr(figures, str(row.indicator)) == pytest.approx(row.value, rel=0.005, abs=1e-4), row


def shipped_calibration() -> pd.DataFrame:
    return calibration_table(shipped_streets(), shipped_frame().communes, water=seine_polygon(shipped_frame()))


def test_the_whole_demonstration_is_near_the_real_streets() -> None:
    table = shipped_calibration().set_index(["stratum", "indicator"])["ratio"]
    assert len(table) == 21
    towns = [stratum for stratum in table.index.get_level_values(0).unique() if "bâties" in stratum]
    for stratum in towns:
        assert table[stratum, INDICATORS["street_km_per_km2"][0]] == pytest.approx(1, abs=0.12)
        assert table[stratum, INDICATORS["junctions_per_km2"][0]] == pytest.approx(1, abs=0.25)
        assert table[stratum, INDICATORS["degree_3_share"][0]] == pytest.approx(1, abs=0.20)
    detours = table.xs(INDICATORS["detour_factor"][0], level="indicator")
    assert detours.between(0.94, 1.06).all(), detours.to_string()


NEAR = {
    "street_km_per_km2": (22, 33), "junctions_per_km2": (16, 27), "drive_km_per_km2": (28, 33),
    "detour_factor": (33, 35),
}  # fmt: skip
"""Indicator → how many of the 36 communes are within 10 % and within 20 % of their real streets."""


def test_each_commune_of_the_demonstration_is_near_its_real_streets() -> None:
    table = commune_table(shipped_streets(), shipped_frame().communes, water=seine_polygon(shipped_frame()))
    assert len(table) == 36
    assert sorted(table["area_id"]) == sorted(shipped_frame().communes["area_id"])
    for name, least in NEAR.items():
        assert all(near >= count for near, count in zip(near_shares(table, name), least, strict=True)), (
            table.to_string()
        )


def test_the_stored_figures_of_communes_are_those_of_the_real_streets() -> None:
    if not DEPARTMENT.is_file():
        pytest.skip("the extract of the département (../shared/networks) is not on this machine")
    some = shipped_frame().communes.iloc[[3, 17]]
    streets = read_streets(DEPARTMENT, extent=some.to_crs(4326).union_all().buffer(0.04), crs=2154).streets
    measured = measure_communes(streets, some, water=seine_polygon(shipped_frame())).set_index("area_id")
    stored = read_communes().set_index("area_id").loc[measured.index, list(measured.columns)]
    pd.testing.assert_frame_equal(
        measured.drop(columns="detour_factor"), stored.drop(columns="detour_factor"), rtol=1e-3
    )
