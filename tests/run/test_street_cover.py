"""An extract that covers a part of the areas only: which ones it lacks, and how many people live there."""

from __future__ import annotations

import math
import re
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
import shapely.affinity

from access92.errors import InputError
from access92.outputs.manifest import run_identity
from access92.outputs.words.headlines import not_counted_lines
from access92.outputs.words.omissions import omission_lines
from access92.progress import silent
from access92.run.check import check_study
from access92.run.pipeline import run_study
from access92.run.street_cover import MISSING_SHARE
from access92.run.study_inputs import read_inputs
from access92.sources.population.beyond_streets import beyond_streets
from access92.sources.population.demand import read_population
from access92.sources.population.street_surface import PART_SHARE, margin_beyond_streets
from access92.study.omissions import Omission
from access92.study.read import read_study
from tests.sources.table_studies import GRID_COLUMNS, LAMBERT, X0, Y0, make_streets, make_study, two_squares
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

CODES = ("area_without_streets", "area_partly_without_streets")
NEAR = GOOD_STUDY.replace("threshold_min = 5\n", "threshold_min = 5\nmax_snap_m = 60\n")


def cut_streets(file: Path, *, east_of: float) -> None:
    """Take the nodes east of so many blocks out of an extract, and the ways down to two nodes that they leave."""
    text = file.read_text(encoding="utf-8")
    border = lon_lat(east_of, 0)[0]
    gone = {number for number, lon in re.findall(r"<node id='(\d+)' lon='([\d.]+)'", text) if float(lon) > border}
    for number in gone:
        text = re.sub(rf"<node id='{number}' [^>]*/>\n?|<nd ref='{number}'/>", "", text)
    file.write_text("\n".join(line for line in text.split("\n") if line.count("<nd ") != 1), encoding="utf-8")


def people_far_from(streets: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, limit_m: float) -> dict[str, list[float]]:
    """By area, people beyond all streets and people, counted segment by segment in plain Python."""
    segments = [
        pair for line in streets.geometry for pair in zip(list(line.coords)[:-1], list(line.coords)[1:], strict=True)
    ]

    def apart_m(x: float, y: float, start: tuple[float, float], end: tuple[float, float]) -> float:
        along_x, along_y = end[0] - start[0], end[1] - start[1]
        squared = along_x**2 + along_y**2
        share = ((x - start[0]) * along_x + (y - start[1]) * along_y) / squared if squared else 0.0
        share = min(1.0, max(0.0, share))
        return math.hypot(x - start[0] - share * along_x, y - start[1] - share * along_y)

    sums: dict[str, list[float]] = {}
    for point, area, people in zip(demand.geometry, demand["area_id"], demand["population"], strict=True):
        far = min(apart_m(point.x, point.y, *segment) for segment in segments) > limit_m
        of_area = sums.setdefault(str(area), [0.0, 0.0])
        of_area[0] += people * far
        of_area[1] += people
    return sums


def told(omissions: tuple[Omission, ...]) -> dict[str, tuple[str, float, float]]:
    """By name of area its code, its people concerned, its people."""
    return {
        item.examples[0]: (item.code, item.population or 0.0, item.population_total or 0.0)
        for item in omissions
        if item.code in CODES
    }


@pytest.mark.parametrize("east_of", np.random.default_rng(11).uniform(0.3, 5.2, 12).round(2))
def test_the_people_without_streets_are_those_that_plain_counting_finds(east_of: float, tmp_path: Path) -> None:
    file = write_toy_study(tmp_path, study=NEAR)
    study = read_study(file)
    whole = read_inputs(study, study.scenarios, cache_folder=None, on_progress=silent)
    cut_streets(tmp_path / "streets.osm", east_of=east_of)
    study = read_study(file)
    inputs = read_inputs(study, study.scenarios, cache_folder=None, on_progress=silent)
    counted = people_far_from(inputs.streets.table, whole.demand, 60.0)
    expected = {}
    for area, name in (("01", "Ouest"), ("02", "Est")):
        far, people = counted[area]
        if far >= PART_SHARE * people:
            code = CODES[0] if far >= MISSING_SHARE * people else CODES[1]
            expected[name] = (code, far, people)
    assert told(inputs.omissions) == expected
    assert inputs.demand["population"].sum() == whole.demand["population"].sum()


def test_a_whole_extract_leaves_no_area_out(tmp_path: Path) -> None:
    assert not told(run_study(read_study(write_toy_study(tmp_path, study=NEAR))).omissions)


def test_the_area_stands_first_with_its_people_on_the_console_on_the_first_page_and_in_the_manifest(
    tmp_path: Path,
) -> None:
    file = write_toy_study(tmp_path, study=NEAR)
    cut_streets(tmp_path / "streets.osm", east_of=1.5)
    study = read_study(file)
    results = run_study(study)
    east = results.demand.loc[results.demand["area_id"] == "02", "population"].sum()
    line = omission_lines(results.omissions, results.modes, {})[0].replace("\u202f", " ")
    assert line == (f"Zones sans rues dans le fichier de rues, habitants non couverts : Est ({east:.0f} habitants).")
    assert told(check_study(study).omissions) == told(results.omissions)
    console = list(not_counted_lines(study, check_study(study).omissions, results.modes))
    assert "Est" in console[1]
    assert console[1].startswith("  Zones sans rues")
    records = run_identity(results)["omissions"]
    assert [item["population"] for item in records if item["code"] == CODES[0]] == [east]
    # nobody there is covered
    access = results.access("tous", "walk")
    assert not np.isfinite(access.travel_time_min[(results.demand["area_id"] == "02").to_numpy()]).any()


def test_an_extract_without_any_of_the_areas_is_refused_by_check_and_by_run(tmp_path: Path) -> None:
    """Streets in the margin only: the reader finds some, and nobody lives near them."""
    file = write_toy_study(tmp_path, study=NEAR)
    text = (tmp_path / "streets.osm").read_text(encoding="utf-8")
    moved = re.sub(r"lat='([\d.]+)'", lambda found: f"lat='{float(found[1]) + 0.02:.7f}'", text)
    (tmp_path / "streets.osm").write_text(moved, encoding="utf-8")
    study = read_study(file)
    for act in (check_study, run_study):
        with pytest.raises(InputError, match="ne couvre aucune des zones de l'étude") as caught:
            act(study)
        assert "Ouest" in str(caught.value)
        assert "fetch streets" in str(caught.value)


def grid_study(folder: Path, *cells: tuple[int, int, int], **parts: object) -> object:
    """A study on cells of 200 m, whose people go along streets of a file."""
    rows = [f"{X0 + x},{Y0 + y},{people}" for x, y, people in cells]
    (folder / "grid.csv").write_text("\n".join(["x,y,population", *rows]) + "\n", encoding="utf-8")
    population = {
        "method": "grid", "file": str(folder / "grid.csv"), "cell_m": 200.0, "place_on": "streets", **GRID_COLUMNS
    }  # fmt: skip
    return make_study(population=population, streets={"file": "streets.osm"}, **parts)


def test_people_whom_the_extract_leaves_out_stay_where_they_live(tmp_path: Path) -> None:
    """Half of « Ouest » has no streets: its people must not move to the other half to make up the legal total."""
    study = grid_study(tmp_path, (0, 0, 10), (0, 800, 20), (1000, 0, 20))
    streets = make_streets((20, 100, 180, 100), (1020, 100, 1180, 100))
    read = read_population(study, areas=two_squares(), streets=streets, crs=LAMBERT)
    people = read.demand.assign(north=read.demand.geometry.y - Y0 > 500).groupby(["area_id", "north"])["population"]
    assert people.sum().to_dict() == {("a", False): 10, ("a", True): 20, ("b", False): 20}
    assert "1 carreaux habités hors des rues du fichier : leurs 20 habitants" in read.notices[-1]


def test_a_square_without_residential_street_next_to_one_is_left_out_as_before(tmp_path: Path) -> None:
    study = grid_study(tmp_path, (0, 0, 10), (0, 200, 20), (1000, 0, 20))
    streets = make_streets((20, 100, 180, 100), (1020, 100, 1180, 100))
    read = read_population(study, areas=two_squares(), streets=streets, crs=LAMBERT)
    assert read.demand.loc[read.demand["area_id"] == "a", "population"].sum() == 30
    assert (read.demand.geometry.y - Y0 < 200).all()
    assert [item.code for item in read.omissions] == ["cell_without_street"]


def test_places_beyond_the_streets_are_those_of_the_plain_distance() -> None:
    rng = np.random.default_rng(7)
    for within_m in (0.0, 1.0, 35.0, 300.0):
        ends = rng.uniform(-900, 900, (20, 2, 2))
        lines = shapely.linestrings(ends)
        x, y = rng.uniform(-1500, 1500, (2, 300))
        apart_m = shapely.distance(shapely.points(x, y)[:, None], lines[None, :]).min(axis=1)
        expected = apart_m > within_m
        assert beyond_streets(x, y, lines, within_m=within_m).tolist() == expected.tolist()


def polygon_study(folder: Path, *shapes: tuple[shapely.Polygon, float], **parts: object) -> object:
    """A study on polygons (metres from the corner of the squares), whose people go along streets of a file."""
    moved = [shapely.affinity.translate(shape, X0, Y0) for shape, _ in shapes]
    people = [count for _, count in shapes]
    gpd.GeoDataFrame({"population": people}, geometry=moved, crs=LAMBERT).to_file(folder / "iris.gpkg")
    population = {"method": "polygons", "file": str(folder / "iris.gpkg"), "place_on": "streets", "rescale": False}
    return make_study(population=population, streets={"file": "streets.osm"}, **parts)


def by_surface(omissions: tuple[Omission, ...]) -> dict[str, float]:
    return {
        item.examples[0]: item.population or 0.0 for item in omissions if item.code == "area_surface_beyond_streets"
    }


BIG = two_squares(None)
BIG = BIG.set_geometry(
    [shapely.box(X0, Y0, X0 + 3000, Y0 + 3000), shapely.box(X0 + 3000, Y0, X0 + 6000, Y0 + 3000)], crs=LAMBERT
)
"""Two areas of 3 km side by side."""


def test_people_of_polygons_far_from_streets_are_told_by_their_distance_and_not_by_a_hull(tmp_path: Path) -> None:
    """Streets along two sides of « Ouest »: their hull holds half of it and 300 m more, and 72 % is far."""
    study = polygon_study(tmp_path, (shapely.box(0, 0, 3000, 3000), 1000.0), (shapely.box(3000, 0, 6000, 3000), 500.0))
    streets = make_streets(
        (0, 0, 3000, 0), (0, 0, 0, 3000), *((3000, y, 6000, y) for y in range(0, 3001, 500)), (3000, 0, 3000, 3000)
    )
    read = read_population(study, areas=BIG, streets=streets, crs=LAMBERT)
    told = by_surface(read.omissions)
    assert told == {"Ouest": pytest.approx(1000 * 2.4 * 2.7 / 9, rel=0.02)}
    assert (
        "Ouest (72,0\u202f% de la surface, 720 habitants sur 1\u202f000)" in omission_lines(read.omissions, {}, {})[-1]
    )


def test_only_polygons_of_the_study_s_own_areas_count_and_only_by_their_own_people(tmp_path: Path) -> None:
    """Nobody lives in the polygon without streets, and those of the margin are none of the study's: none are told."""
    full, empty = shapely.box(0, 0, 3000, 1000), shapely.box(0, 1000, 3000, 3000)
    beyond = shapely.box(0, 3000, 3000, 9000)
    study = polygon_study(tmp_path, (full, 1000.0), (empty, 0.0), (beyond, 9000.0))
    streets = make_streets(*((0, y, 3000, y) for y in (0, 500, 1000)))
    read = read_population(study, areas=BIG, streets=streets, crs=LAMBERT)
    assert by_surface(read.omissions) == {}


def test_large_squares_are_told_as_polygons_are_and_small_ones_cannot_be(tmp_path: Path) -> None:
    population = {
        "method": "grid", "file": str(tmp_path / "grid.csv"), "place_on": "streets", "rescale": False, **GRID_COLUMNS
    }  # fmt: skip
    (tmp_path / "grid.csv").write_text(f"x,y,population\n{X0},{Y0},1000\n", encoding="utf-8")
    streets = make_streets((0, 0, 1000, 0), (0, 200, 200, 200))
    for cell_m, expected in ((1000.0, {"Ouest": pytest.approx(650, rel=0.05)}), (200.0, {})):
        study = make_study(population=population | {"cell_m": cell_m}, streets={"file": "streets.osm"})
        read = read_population(study, areas=two_squares(None), streets=streets, crs=LAMBERT)
        assert by_surface(read.omissions) == expected


def test_a_motorway_is_no_street_that_people_of_a_polygon_live_near(tmp_path: Path) -> None:
    study = polygon_study(tmp_path, (shapely.box(0, 0, 3000, 3000), 900.0))
    rows = [(0, 0, 3000, 0), *((0, y, 3000, y, "motorway") for y in range(500, 3001, 500))]
    read = read_population(study, areas=BIG, streets=make_streets(*rows), crs=LAMBERT)
    assert by_surface(read.omissions) == {"Ouest": pytest.approx(810, rel=0.02)}


def test_a_margin_cut_short_is_told_with_the_people_who_could_go_there() -> None:
    """Streets end 200 m beyond « Est », but for one road kept whole: a box or a hull of them sees a whole margin."""
    demand = gpd.GeoDataFrame(
        {"area_id": ["a", "b"], "population": [10.0, 20.0]},
        geometry=[shapely.Point(X0 + 100, Y0 + 1500), shapely.Point(X0 + 5500, Y0 + 1500)], crs=LAMBERT,
    )  # fmt: skip
    cut = [(x, -2000, x, 5000) for x in range(-2000, 6201, 400)]
    whole = make_streets(*cut, *((x, -2000, x, 5000) for x in range(6400, 8001, 400)))
    short = make_streets(*cut, (6000, 1500, 8000, 1500), (8000, -2000, 8000, 5000))
    settings = {"margin_m": 2000.0, "within_m": 300.0, "reach_m": 1600.0, "mode": "walk"}
    assert margin_beyond_streets(BIG, demand, whole, **settings) == ()
    (record,) = margin_beyond_streets(BIG, demand, short, **settings)
    assert (record.population, record.population_total) == (20.0, 30.0)
    assert 100 < record.count < 250
    assert margin_beyond_streets(BIG, demand, short, **settings | {"reach_m": 500.0}) == ()
    assert margin_beyond_streets(BIG, demand, short, **settings | {"margin_m": 0.0}) == ()
