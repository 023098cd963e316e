"""People that users bring: points and polygons, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from access92.errors import InputError
from access92.sources.areas import read_areas
from access92.sources.population.cells import read_cells
from access92.sources.population.demand import read_population
from access92.sources.population.read import read_population_rows
from tests.sources.table_studies import GRID_COLUMNS, LAMBERT, X0, Y0, make_streets, make_study, people_of


def test_points_are_taken_as_they_are_and_those_outside_are_told() -> None:
    study = make_study(population={"method": "points", "file": "people_good.csv", "id_column": "id",
                                   "age_columns": ("age_65_plus",)})  # fmt: skip
    read = read_population(study, areas=read_areas(study), streets=make_streets(), crs=LAMBERT)
    demand, notices = read.demand, read.notices
    assert demand["demand_id"].tolist() == ["001", "002"]
    assert demand["population"].tolist() == [10, 5.5]
    assert demand["age_65_plus"].tolist() == pytest.approx([2, 0])
    assert notices == ("1 points de population (7 habitants) hors de la zone d'étude, écartés.",)


def test_points_are_not_rescaled_unless_the_study_says_so(tmp_path: Path) -> None:
    file = tmp_path / "people.parquet"
    places = gpd.GeoDataFrame({"population": [3, 3, 4]}, geometry=[
        shapely.Point(X0 + 10, Y0 + 10), shapely.Point(X0 + 20, Y0 + 10), shapely.Point(X0 + 1500, Y0 + 10),
    ], crs=LAMBERT)  # fmt: skip
    places.to_parquet(file)
    points = {"method": "points", "file": str(file)}
    assert people_of(points, make_streets())[0]["population"].sum() == 10
    demand, _ = people_of(points | {"rescale": True}, make_streets())
    assert demand["population"].tolist() == [15, 15, 20]


def test_points_in_projected_columns_are_placed_by_the_grid_crs(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"x,y,population\n{X0 + 5},{Y0 + 7},3\n", encoding="utf-8")
    demand, _ = people_of(GRID_COLUMNS | {"method": "points", "file": str(file)}, make_streets())
    assert (demand.geometry.x.item(), demand.geometry.y.item()) == pytest.approx((X0 + 5, Y0 + 7))


def test_a_point_on_a_border_belongs_to_one_area_only(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"x,y,population\n{X0 + 1000},{Y0 + 500},3\n", encoding="utf-8")
    demand, _ = people_of(GRID_COLUMNS | {"method": "points", "file": str(file)}, make_streets())
    assert demand["area_id"].tolist() == ["a"]


def write_polygons(folder: Path, ending: str, *rows: tuple[float, float, float, float, float]) -> dict[str, Any]:
    """Boxes (west, south, east, north, people) in metres from the corner of the squares."""
    boxes = [shapely.box(X0 + row[0], Y0 + row[1], X0 + row[2], Y0 + row[3]) for row in rows]
    frame = gpd.GeoDataFrame({"ind": [row[4] for row in rows]}, geometry=boxes, crs=LAMBERT)
    file = folder / f"squares.{ending}"
    if ending == "parquet":
        frame.to_parquet(file)
    else:
        (frame.to_crs(4326) if ending == "geojson" else frame).to_file(file)
    return {"method": "polygons", "file": str(file), "population_column": "ind", "rescale": False}


@pytest.mark.parametrize("ending", ["gpkg", "geojson", "parquet"])
def test_the_people_of_a_square_live_on_its_streets(ending: str, tmp_path: Path) -> None:
    squares = write_polygons(tmp_path, ending, (0, 0, 200, 200, 12), (200, 0, 400, 200, 8))
    demand, notices = people_of(squares, make_streets((10, 100, 110, 100), (300, 10, 300, 60)))
    inside = demand.geometry.x < X0 + 200
    assert demand.loc[inside, "population"].sum() == pytest.approx(12)
    assert demand.loc[~inside, "population"].sum() == pytest.approx(8)
    assert notices == ("Habitants répartis le long des rues : aucun fichier de l'étude n'a de bâtiments.",)


def test_a_square_without_street_puts_its_people_inside_it(tmp_path: Path) -> None:
    squares = write_polygons(tmp_path, "gpkg", (0, 0, 200, 200, 12), (400, 0, 600, 200, 8))
    demand, notices = people_of(squares, make_streets((10, 100, 60, 100)))
    lonely = demand[demand.geometry.x > X0 + 400]
    assert lonely["population"].tolist() == [8]
    assert lonely.geometry.x.item() < X0 + 600
    assert "8 habitants" in notices[-1]


def test_the_share_of_a_square_outside_the_study_area_is_left_out(tmp_path: Path) -> None:
    squares = write_polygons(tmp_path, "gpkg", (1900, 0, 2100, 200, 12), (3000, 0, 3200, 200, 99))
    demand, _ = people_of(squares, make_streets((1910, 100, 1960, 100), (2010, 100, 2060, 100)))
    assert demand["population"].sum() == pytest.approx(6)


def test_polygons_can_be_rescaled_to_the_legal_population(tmp_path: Path) -> None:
    squares = write_polygons(tmp_path, "gpkg", (0, 0, 200, 200, 12), (1200, 0, 1400, 200, 8)) | {"rescale": True}
    demand, _ = people_of(squares, make_streets((10, 100, 110, 100)))
    assert demand.groupby("area_id")["population"].sum().to_dict() == {"a": 30, "b": 20}


@pytest.mark.parametrize(
    ("population", "words"),
    [
        ({"method": "points", "file": "nowhere.csv"}, ["introuvable"]),
        ({"method": "points", "file": "people_negative.csv"}, ["« population »", "négatives", "-10", "lignes 2"]),
        ({"method": "points", "file": "people_nan.csv"}, ["négatives ou vides", "vide"]),
        ({"method": "points", "file": "people_without_population_column.csv"}, ["« population »", "« populaton »"]),
        ({"method": "points", "file": "people_good.csv", "age_columns": ("age_65",)}, ["« age_65 »", "age_65_plus"]),
        ({"method": "points", "file": "people_duplicate_ids.csv", "id_column": "id"}, ["unique", "001"]),
        ({"method": "points", "file": "people_without_position.csv"}, ["pas des points", "lignes 2"]),
        ({"method": "points", "file": "people_empty.csv"}, ["vide"]),
        ({"method": "points", "file": "people_no_crs.parquet"}, ["CRS"]),
        ({"method": "points", "file": "services_good.csv"}, ["« population »"]),
        ({"method": "polygons", "file": "people_good.csv"}, ["polygones"]),
        ({"method": "polygons", "file": "areas_good.geojson"}, ["« population »"]),
        ({"method": "grid", "file": "grid_misaligned.csv"}, ["alignés"]),
        ({"method": "grid", "file": "grid_cell_twice.csv"}, ["deux fois", "3.75e+06"]),
        ({"method": "grid", "file": "people_good.csv"}, ["« x_3035 »"]),
        ({"method": "grid", "file": "grid_misaligned.csv", "cell_m": 500, "grid_crs": "EPSG:999999"}, ["999999"]),
    ],
)
def test_a_bad_population_is_refused_in_french(population: dict[str, Any], words: list[str]) -> None:
    study = make_study(population=population)
    with pytest.raises(InputError) as refused:
        read_population(study, areas=read_areas(study), streets=make_streets((1, 1, 2, 1)), crs=LAMBERT)
    for word in words:
        assert word in str(refused.value)


@pytest.mark.parametrize(("count", "cell_m", "is_read"), [(10, 100.0, False), (10, 200.0, True), (9, 100.0, True)])
def test_squares_larger_than_the_study_says_are_refused(
    tmp_path: Path, count: int, cell_m: float, *, is_read: bool
) -> None:
    # ten that lie apart by a multiple of another length are no chance
    rows = [f"{3_750_000 + 200 * (at % 5)},{2_880_000 + 200 * (at // 5)},5" for at in range(count)]
    file = tmp_path / "grid.csv"
    file.write_text("\n".join(["x_3035,y_3035,population", *rows]), encoding="utf-8")
    study = make_study(population={"method": "grid", "file": str(file), "cell_m": cell_m})
    if is_read:
        assert len(read_cells(study)[1].index) == count
        return
    with pytest.raises(InputError, match=r"plus grands.*\n.*multiple de 200 m.*\n.*cell_m = 200"):
        read_cells(study)


@pytest.mark.parametrize(("x", "y"), [("X_L93", "Y_L93"), ("x", "y"), ("Coord X", "Coord Y")])
def test_people_placed_by_x_and_y_are_read_as_services_are_and_told(tmp_path: Path, x: str, y: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"Ilot;{x};{y};population\nA;{X0 + 500:.0f};{Y0 + 250:.0f},5;5\n", encoding="utf-8")
    demand, notices = people_of({"file": str(file)}, make_streets())
    assert demand.geometry[0].equals(shapely.Point(X0 + 500, Y0 + 250.5))
    assert f"« {x} » et « {y} » lus en RGF93 v1 / Lambert-93 (EPSG:2154)" in notices[0]


def test_people_placed_by_x_and_y_of_no_known_system_are_refused_with_the_key_to_write(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("Ilot;X;Y;population\nA;45000;57000;5\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"\[population\] : grid_crs = "):
        people_of({"file": str(tmp_path / "people.csv")}, make_streets())


def test_people_who_all_live_elsewhere_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("lon,lat,population\n-8.6,41.1,5\n", encoding="utf-8")
    with pytest.raises(InputError, match="Personne n'habite la zone"):
        people_of({"method": "points", "file": str(file)}, make_streets())


@pytest.mark.parametrize(
    ("heading", "words"),
    [("population", "le point y est-il celui des décimales ou des milliers"), ("pop (milliers)", "d'après son titre")],
)
def test_people_that_may_be_thousands_are_refused_not_read_as_one_and_a_quarter(
    tmp_path: Path, heading: str, words: str
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(f"lon;lat;{heading}\n2,25;48,82;1.250\n2,26;48,82;850\n", encoding="utf-8")
    study = make_study(population={"method": "points", "file": str(file), "population_column": heading})
    with pytest.raises(InputError, match=words):
        read_population_rows(study, None)
