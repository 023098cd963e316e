"""People in buildings: by hand on two squares of 1 km, then properties on random towns."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import example, given
from hypothesis import strategies as st

from access92.errors import InputError
from access92.sources.population.footprints import Footprints
from access92.study.files import PopulationInput
from tests.random_examples import examples
from tests.sources.population.test_demand import write_grid
from tests.sources.table_studies import LAMBERT, X0, Y0, make_footprints, make_streets, people_of, two_squares

STREETS = make_streets((0, 500, 1000, 500), (1000, 500, 2000, 500))
SEEDS = st.integers(0, 10_000)


def on_buildings(grid: dict[str, Any], **settings: Any) -> dict[str, Any]:
    return grid | {"place_on": "buildings", "rescale": False, "merge_m": 0} | settings


def people_in(
    grid: dict[str, Any], streets: gpd.GeoDataFrame, *, footprints: Footprints | None = None
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """The demand and notices where the two squares have no legal population."""
    return people_of(grid, streets, two_squares(None), footprints)


def placed(demand: gpd.GeoDataFrame) -> dict[tuple[float, float], float]:
    """People by place, in metres from the corner of the squares."""
    places = zip(demand.geometry.x - X0, demand.geometry.y - Y0, demand["population"], strict=True)
    return {(round(x, 3), round(y, 3)): round(people, 6) for x, y, people in places}


def test_people_follow_the_floor_of_the_homes_of_their_square(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 40), (1000, 0, 7))
    homes = make_footprints((100, 510, 110, 520, "", 1), (300, 510, 310, 520, "", 3), (1500, 480, 1510, 490))
    demand, _ = people_in(on_buildings(grid), STREETS, footprints=homes)
    by_column = demand.groupby((demand.geometry.x - X0).round(-2))["population"].sum()
    assert by_column.round(6).to_dict() == {100: 10, 300: 30, 1500: 7}


def test_the_place_of_a_home_is_the_point_of_its_outline_nearest_to_its_street(tmp_path: Path) -> None:
    homes = make_footprints((100, 520, 110, 560), (300, 400, 340, 470))
    streets = make_streets((0, 500, 1000, 500), (1000, 500, 2000, 500))
    demand, _ = people_in(on_buildings(write_grid(tmp_path, (0, 0, 40))), streets, footprints=homes)
    assert sorted((demand.geometry.y - Y0).round(3)) == [470, 520]


@pytest.mark.parametrize(("highway", "tag"), [("motorway", ""), ("trunk_link", ""), ("footway", "tunnel")])
def test_no_door_gives_onto_a_motorway_or_a_tunnel(highway: str, tag: str, tmp_path: Path) -> None:
    streets = make_streets((0, 500, 1000, 500), (0, 560, 1000, 560, highway))
    if tag:
        streets.loc[1, tag] = "yes"
    demand, _ = people_in(
        on_buildings(write_grid(tmp_path, (0, 0, 40))), streets, footprints=make_footprints((100, 520, 110, 550))
    )
    assert (demand.geometry.y - Y0).round(3).tolist() == [520]


def test_a_home_far_from_every_street_is_at_a_point_inside_it(tmp_path: Path) -> None:
    demand, _ = people_in(
        on_buildings(write_grid(tmp_path, (0, 0, 40))), STREETS, footprints=make_footprints((100, 900, 120, 920))
    )
    assert placed(demand) == {(110, 910): 40}


@pytest.mark.parametrize("reason", ["education", "worship", "work", "annex"])
def test_nobody_lives_in_a_building_that_is_no_home(reason: str, tmp_path: Path) -> None:
    both = make_footprints((100, 510, 110, 520), (300, 510, 390, 590, reason, 9))
    demand, notices = people_in(on_buildings(write_grid(tmp_path, (0, 0, 40))), STREETS, footprints=both)
    assert demand["population"].tolist() == [40]
    assert any("Emprises où personne n'habite : 1 sur 2" in text for text in notices)


def test_only_buildings_of_the_areas_are_told_and_none_of_their_margin(tmp_path: Path) -> None:
    """One home and one school in the areas; three homes, two with dwellings, and a school around them."""
    buildings = make_footprints(
        (100, 510, 110, 520), (300, 510, 390, 590, "education", 9),
        (-90, 510, -80, 520, "", 1, 2), (2100, 510, 2110, 520, "", 1, 3), (-90, 610, -80, 620),
        (2300, 510, 2390, 590, "education"),
    )  # fmt: skip
    _, notices = people_in(on_buildings(write_grid(tmp_path, (0, 0, 40))), STREETS, footprints=buildings)
    assert any("40 habitants dans 1 bâtiments habitables" in text for text in notices)
    assert any("selon leur surface de plancher" in text for text in notices)
    assert any("Emprises où personne n'habite : 1 sur 2 (1 " in text for text in notices)


def test_dwellings_that_the_file_knows_are_homes_however_small(tmp_path: Path) -> None:
    both = make_footprints((100, 510, 104, 514, "", 1, 1), (300, 510, 310, 520, "", 1, 3))
    demand, _ = people_in(on_buildings(write_grid(tmp_path, (0, 0, 40))), STREETS, footprints=both)
    assert sorted(demand["population"]) == [10, 30]


def test_nobody_lives_in_a_shed_under_twenty_square_metres(tmp_path: Path) -> None:
    both = make_footprints((100, 510, 104, 514.9), (300, 510, 304, 515.0))
    demand, _ = people_in(on_buildings(write_grid(tmp_path, (0, 0, 40))), STREETS, footprints=both)
    assert len(demand) == 1
    assert demand.geometry.x.item() - X0 >= 300


def test_a_building_across_the_border_of_two_squares_is_home_to_both_by_the_part_in_each(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 40), (1000, 0, 8))
    homes = make_footprints((970, 510, 1010, 520), (100, 510, 110, 520))  # 300 m² in the west, 100 in the east
    demand, _ = people_in(on_buildings(grid), STREETS, footprints=homes)
    by_area = {area: placed(rows) for area, rows in demand.groupby("area_id")}
    assert sum(by_area["a"].values()) == pytest.approx(40)
    assert max(by_area["a"].values()) == pytest.approx(30, rel=1e-3)
    assert sum(by_area["b"].values()) == pytest.approx(8)


def test_dwellings_weigh_where_the_file_knows_them_and_floor_elsewhere_at_their_rate(tmp_path: Path) -> None:
    # 3 dwellings on 300 m², so one takes 100 m²: the third building (200 m²) counts for 2, the fourth for none
    homes = make_footprints(
        (100, 510, 110, 520, "", 1, 2), (300, 510, 310, 530, "", 1, 1), (500, 510, 510, 520, "", 2),
        (700, 510, 790, 590, "", 1, 0),
    )  # fmt: skip
    demand, notices = people_in(on_buildings(write_grid(tmp_path, (0, 0, 50))), STREETS, footprints=homes)
    by_column = demand.groupby((demand.geometry.x - X0).round(-2))["population"].sum()
    assert by_column.round(6).to_dict() == {100: 20, 300: 10, 500: 20}
    assert any("selon leurs logements (2 bâtiments" in text for text in notices)


def test_a_square_without_home_falls_back_on_its_streets_then_on_its_centre_and_both_are_told(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 40), (1000, 0, 8))
    grid |= {"cell_m": 500.0}
    file = Path(grid["file"])
    rows = ["x,y,population", *(f"{X0 + x},{Y0 + y},{people}" for x, y, people in
            ((0, 500, 40), (500, 0, 6), (1000, 0, 5), (1500, 500, 3)))]  # fmt: skip
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    streets = make_streets((0, 550, 400, 550), (600, 100, 700, 100))
    demand, notices = people_in(on_buildings(grid), streets, footprints=make_footprints((100, 560, 110, 570)))
    assert demand["population"].sum() == pytest.approx(54)
    assert placed(demand)[(650, 100)] == 6
    assert placed(demand)[(1250, 250)] == 5
    assert any(
        "1 carreau habité sans" in text and "soit 6 habitants, répartis le long des rues" in text for text in notices
    )
    assert any("2 carreaux habités sans" in text and "soit 8 habitants, placés au centre" in text for text in notices)


def test_doors_of_one_square_and_street_within_the_distance_are_one_place(
    tmp_path: Path,
) -> None:
    homes = make_footprints((102, 510, 112, 520), (122, 510, 132, 520), (402, 510, 412, 520), (102, 580, 112, 590))
    grid = write_grid(tmp_path, (0, 0, 40))
    apart, _ = people_in(on_buildings(grid), STREETS, footprints=homes)
    merged, _ = people_in(on_buildings(grid, merge_m=50), STREETS, footprints=homes)
    assert (len(apart), len(merged)) == (4, 3)  # the fourth is 80 m from the street
    assert sorted(placed(merged).values()) == [10, 10, 20]
    assert set(placed(merged)) <= set(placed(apart))


def test_doors_on_both_sides_of_the_border_of_two_squares_are_never_one_place(tmp_path: Path) -> None:
    homes = make_footprints((980, 510, 990, 520), (1003, 510, 1013, 520))
    streets = make_streets((0, 500, 2000, 500))
    grid = write_grid(tmp_path, (0, 0, 40), (1000, 0, 7))
    areas = gpd.GeoDataFrame(
        {"area_id": ["a"], "name": ["Tout"]}, geometry=[shapely.box(X0, Y0, X0 + 2000, Y0 + 1000)], crs=LAMBERT
    )
    demand, _ = people_of(on_buildings(grid, merge_m=500), streets, areas, homes)
    assert sorted(demand["population"]) == [7, 40]


def test_of_two_doors_as_near_to_their_middle_the_order_of_the_file_chooses_none(tmp_path: Path) -> None:
    homes = make_footprints((110, 510, 120, 520), (130, 510, 140, 520))
    turned = Footprints(homes.table.iloc[::-1].reset_index(drop=True), homes.source)
    grid = on_buildings(write_grid(tmp_path, (0, 0, 40)), merge_m=100)
    one, other = (placed(people_in(grid, STREETS, footprints=table)[0]) for table in (homes, turned))
    assert one == other
    assert len(one) == 1


def test_without_a_word_people_go_to_buildings_where_half_of_them_have_one(tmp_path: Path) -> None:
    homes = make_footprints((100, 510, 110, 520))
    default = {"rescale": False}
    most, notices = people_in(write_grid(tmp_path, (0, 0, 40), (1000, 0, 40)) | default, STREETS, footprints=homes)
    assert len(most[most["area_id"] == "a"]) == 1
    assert any("par défaut, puisqu'un fichier de l'étude en a" in text for text in notices)
    few, notices = people_in(write_grid(tmp_path, (0, 0, 39), (1000, 0, 40)) | default, STREETS, footprints=homes)
    assert len(few[few["area_id"] == "a"]) == 10
    assert any("ne couvrent que les carreaux de 49 %" in text for text in notices)


def test_the_study_may_ask_for_streets_or_centres_though_buildings_are_known(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 40)) | {"rescale": False}
    homes = make_footprints((100, 510, 110, 520))
    streets, _ = people_in(grid | {"place_on": "streets"}, STREETS, footprints=homes)
    assert len(streets) == 10
    centres, notices = people_in(grid | {"place_on": "centres"}, STREETS, footprints=homes)
    assert placed(centres) == {(500, 500): 40}
    assert any("au centre de leurs carreaux" in text for text in notices)


def test_a_commune_of_which_the_file_counts_nobody_keeps_its_legal_population(tmp_path: Path) -> None:
    grid = write_grid(tmp_path, (0, 0, 40))
    for place_on in ("buildings", "centres", "streets"):
        demand, _ = people_of(
            grid | {"place_on": place_on}, STREETS, two_squares((30, 20)), make_footprints((100, 510, 110, 520))
        )
        assert demand.groupby("area_id")["population"].sum().to_dict() == {"a": 30, "b": 20}


def test_a_commune_without_the_centre_of_any_square_is_refused_in_its_own_words(tmp_path: Path) -> None:
    one_square = write_grid(tmp_path, (0, 0, 40)) | {"cell_m": 1999.0, "place_on": "centres"}
    with pytest.raises(InputError, match="« Est » compte 20 habitants, mais aucun point de population"):
        people_of(one_square, STREETS, two_squares((30, 20)))


def test_asking_for_buildings_without_any_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="aucun fichier de l'étude n'en a"):
        people_in(on_buildings(write_grid(tmp_path, (0, 0, 40))), STREETS)


def test_buildings_that_house_nobody_of_the_study_are_refused(tmp_path: Path) -> None:
    elsewhere = make_footprints((5100, 510, 5110, 520))
    with pytest.raises(InputError, match="Les bâtiments ne couvrent pas la zone d'étude"):
        people_in(on_buildings(write_grid(tmp_path, (0, 0, 40))), STREETS, footprints=elsewhere)


@pytest.mark.parametrize(
    "written",
    [
        {"method": "points", "place_on": "buildings"}, {"method": "points", "buildings_file": "b.gpkg"},
        {"method": "grid", "place_on": "streets", "buildings_file": "b.gpkg"},
        {"method": "grid", "place_on": "centres", "merge_m": 10},
    ],
)  # fmt: skip
def test_a_key_that_would_do_nothing_is_refused(written: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="ne sert à rien"):
        PopulationInput.model_validate(written | {"file": "people.csv"})


def test_people_of_polygons_stay_in_the_homes_of_their_own(tmp_path: Path) -> None:
    halves = [shapely.box(X0, Y0, X0 + 500, Y0 + 1000), shapely.box(X0 + 500, Y0, X0 + 1000, Y0 + 1000)]
    file = tmp_path / "iris.gpkg"
    gpd.GeoDataFrame({"population": [30, 9]}, geometry=halves, crs=LAMBERT).to_file(file)
    settings = {"method": "polygons", "file": str(file)}
    homes = make_footprints((490, 510, 520, 520), (100, 510, 120, 520))
    demand, _ = people_in(on_buildings(settings), STREETS, footprints=homes)
    by_unit = {unit: placed(rows) for unit, rows in demand.groupby("unit_id")}
    assert sorted(by_unit["1"].values()) == [10, 20]
    assert list(by_unit["2"].values()) == [9]
    assert all(x <= 500 for x, _ in by_unit["1"])
    assert all(x >= 500 for x, _ in by_unit["2"])


def random_town(seed: int, folder: Path) -> tuple[dict[str, Any], Footprints, gpd.GeoDataFrame]:
    """Squares of 200 m with people, buildings of all kinds wherever they fall, and a few streets."""
    rng = np.random.default_rng(seed)
    columns, rows = np.divmod(rng.permutation(50)[:12], 5)
    people = np.round(rng.exponential(30, 12), 1)
    text = [f"{X0 + 200 * x},{Y0 + 200 * y},{n}" for x, y, n in zip(columns, rows, people, strict=True)]
    file = folder / f"grid{seed}.csv"
    file.write_text("\n".join(["x,y,population", *text]) + "\n", encoding="utf-8")
    west, south = rng.uniform(0, 1990, 40), rng.uniform(0, 990, 40)
    wide, high = rng.uniform(3, 90, (2, 40))
    reasons = rng.choice(["", "", "", "education"], 40)
    levels = rng.choice([np.nan, 1, 4, 12], 40)
    dwellings = rng.choice([np.nan, np.nan, 0, 7], 40) if rng.random() < 0.5 else np.full(40, np.nan)
    buildings = make_footprints(*zip(west, south, west + wide, south + high, reasons, levels, dwellings, strict=True))
    ends = rng.uniform(0, 1000, (8, 4)) * [2, 1, 2, 1]
    streets = make_streets((10, 10, 990, 10), (1010, 10, 1990, 10), *map(tuple, ends.tolist()))
    grid = {"method": "grid", "file": str(file), "x_column": "x", "y_column": "y", "grid_crs": "EPSG:2154"}
    return grid | {"cell_m": 200.0, "place_on": "buildings"}, buildings, streets


@examples(25)
@given(SEEDS, st.sampled_from([0.0, 30.0, 80.0]))
def test_people_of_each_square_stay_in_it_whatever_its_buildings(
    tmp_path_factory: pytest.TempPathFactory, seed: int, merge_m: float
) -> None:
    grid, buildings, streets = random_town(seed, tmp_path_factory.mktemp("town"))
    demand, _ = people_in(grid | {"rescale": False, "merge_m": merge_m}, streets, footprints=buildings)
    file = pd.read_csv(grid["file"])
    file["unit"] = [f"CRS2154RES200mN{y:.15g}E{x:.15g}" for x, y in zip(file["x"], file["y"], strict=True)]
    sums = demand.groupby("unit_id")["population"].sum()
    lived = file[file["population"] > 0].set_index("unit")
    # those of a square on the border of the areas may live outside, and do not count; nobody is added
    assert (sums <= lived["population"].reindex(sums.index) + 1e-6).all()
    inner = lived[(lived["x"] < X0 + 2000) & (lived["y"] < Y0 + 1000)]
    np.testing.assert_allclose(sums.reindex(inner.index), inner["population"], rtol=1e-9)
    corner = lived.reindex(demand["unit_id"])
    x, y = demand.geometry.x.to_numpy(), demand.geometry.y.to_numpy()
    assert ((x >= corner["x"] - 1e-6) & (x <= corner["x"] + 200 + 1e-6)).all()
    assert ((y >= corner["y"] - 1e-6) & (y <= corner["y"] + 200 + 1e-6)).all()


@examples(15)
@example(2199)  # 194.5 people in buildings: told as 194 in one order, 195 in the other
@given(SEEDS)
def test_areas_sum_to_their_legal_population_and_the_order_of_files_is_irrelevant(
    tmp_path_factory: pytest.TempPathFactory, seed: int
) -> None:
    grid, buildings, streets = random_town(seed, tmp_path_factory.mktemp("town"))
    demand, notices = people_of(grid, streets, two_squares((301, 77)), buildings)
    assert demand.groupby("area_id")["population"].sum().to_dict() == {"a": 301, "b": 77}
    assert (demand["population"] == demand["population"].round()).all()
    rng = np.random.default_rng(seed)
    shuffled = Footprints(buildings.table.iloc[rng.permutation(40)].reset_index(drop=True), buildings.source)
    streets = streets.iloc[rng.permutation(len(streets))].reset_index(drop=True)
    again, same = people_of(grid, streets, two_squares((301, 77)), shuffled)
    pd.testing.assert_frame_equal(pd.DataFrame(demand), pd.DataFrame(again))
    assert notices == same
