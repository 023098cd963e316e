"""What an extract knows besides streets: taken by its tags, clipped and simplified as maps and isochrones need it."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
import shapely

from access92.sources.surroundings import TABLE, TOLERANCE_M, Surroundings, SurroundingsCollector, named_nature

CRS = 2154
X, Y = 650_000.0, 6_860_000.0
TO_DEGREES = pyproj.Transformer.from_crs(CRS, 4326, always_xy=True)
WATER = {"natural": "water"}


def degrees(shape: shapely.Geometry) -> shapely.Geometry:
    """A shape given in metres from (X, Y), in degrees."""
    return shapely.transform(shape, lambda at: np.column_stack(TO_DEGREES.transform(at[:, 0] + X, at[:, 1] + Y)))


def collected(*areas: tuple[dict[str, str], shapely.Geometry], extent: shapely.Geometry | None = None) -> Surroundings:
    collector = SurroundingsCollector(None if extent is None else degrees(extent))
    for tags, shape in areas:
        collector.add_area(tags, shapely.to_wkb(degrees(shape)))
    return finished(collector)


def finished(collector: SurroundingsCollector) -> Surroundings:
    return Surroundings(collector.finish(pyproj.CRS(CRS))[TABLE])


def line(*places: tuple[float, float]) -> np.ndarray:
    return shapely.get_coordinates(degrees(shapely.LineString(places)))


def area_m2(surroundings: Surroundings) -> float:
    return 0.0 if surroundings.water is None else float(surroundings.water.area)


def is_wet(surroundings: Surroundings, x: float, y: float) -> bool:
    return bool(shapely.intersects_xy(surroundings.water, X + x, Y + y))


@pytest.mark.parametrize(
    "tags",
    [WATER, {"waterway": "riverbank"}, {"landuse": "reservoir"}, {"landuse": "basin"}, WATER | {"water": "river"}],
)
def test_open_water_is_taken_whatever_its_tag(tags: dict[str, str]) -> None:
    assert area_m2(collected((tags, shapely.box(0, 0, 100, 100)))) == pytest.approx(10_000, rel=1e-3)


@pytest.mark.parametrize(
    "more", [{"tunnel": "culvert"}, {"covered": "yes"}, {"location": "underground"}, {"intermittent": "yes"}]
)
def test_water_under_the_ground_or_dry_at_times_bars_nobody(more: dict[str, str]) -> None:
    assert collected((WATER | more, shapely.box(0, 0, 100, 100))).water is None


def test_a_basin_that_fills_in_a_storm_only_is_no_water() -> None:
    assert collected(({"landuse": "basin", "basin": "infiltration"}, shapely.box(0, 0, 100, 100))).water is None


def test_the_islands_of_a_multipolygon_stay_dry() -> None:
    river = shapely.box(0, 0, 1000, 200).difference(shapely.box(400, 80, 600, 120))
    surroundings = collected((WATER, river))
    assert is_wet(surroundings, 200, 100)
    assert not is_wet(surroundings, 500, 100)


def test_pieces_of_one_river_leave_no_seam_between_them() -> None:
    pieces = [(WATER, shapely.box(100 * i, 0, 100 * i + 100, 80)) for i in range(5)]
    assert len(shapely.get_parts(collected(*pieces).water)) == 1


def test_ponds_and_islands_smaller_than_a_cell_are_left_out() -> None:
    lake = shapely.box(0, 0, 100, 100).difference(shapely.box(50, 50, 60, 60))
    surroundings = collected((WATER, lake), (WATER, shapely.box(500, 0, 515, 15)))
    assert is_wet(surroundings, 55, 55)
    assert not is_wet(surroundings, 507, 7)


def test_a_crossed_outline_is_read_as_the_water_that_it_encloses() -> None:
    bow_tie = shapely.Polygon([(0, 0), (100, 100), (100, 0), (0, 100)])
    surroundings = collected((WATER, bow_tie))
    assert shapely.is_valid(surroundings.water)
    assert area_m2(surroundings) == pytest.approx(5000, rel=1e-2)


def test_water_beyond_the_extent_is_cut_off() -> None:
    surroundings = collected((WATER, shapely.box(0, 0, 1000, 100)), extent=shapely.box(-50, -50, 300, 150))
    assert area_m2(surroundings) == pytest.approx(30_000, rel=1e-2)
    assert collected((WATER, shapely.box(0, 0, 100, 100)), extent=shapely.box(500, 0, 600, 100)).water is None


def test_an_outline_moves_by_the_tolerance_at_most() -> None:
    bends = np.linspace(0, 2 * np.pi, 400)
    lake = shapely.Polygon(np.column_stack([300 * np.cos(bends), 300 * np.sin(bends)]))
    water = collected((WATER, lake)).water
    assert shapely.get_num_coordinates(water) < 60
    moved = shapely.transform(lake, lambda at: at + np.array([X, Y]))
    assert shapely.hausdorff_distance(shapely.boundary(moved), shapely.boundary(water)) < TOLERANCE_M + 0.1


@pytest.mark.parametrize(("tags", "width_m"), [({"width": "35"}, 35.0), ({}, 20.0), ({"width": "large"}, 20.0)])
def test_a_river_known_as_a_line_is_as_wide_as_it_says_or_as_a_cell(tags: dict[str, str], width_m: float) -> None:
    collector = SurroundingsCollector()
    collector.add_way({"waterway": "river"} | tags, line((0, 0), (1000, 0)))
    water = finished(collector).water
    assert water is not None
    assert water.area == pytest.approx(1000 * width_m, rel=1e-2)


@pytest.mark.parametrize("tags", [{"waterway": "stream"}, {"waterway": "river", "tunnel": "yes"}, {"highway": "path"}])
def test_brooks_and_rivers_in_a_pipe_are_no_water(tags: dict[str, str]) -> None:
    collector = SurroundingsCollector()
    collector.add_way(tags, line((0, 0), (1000, 0)))
    assert finished(collector).water is None


def test_woods_parks_and_cemeteries_are_one_surface_each() -> None:
    surroundings = collected(
        ({"landuse": "forest"}, shapely.box(0, 0, 100, 100)),
        ({"natural": "wood"}, shapely.box(100, 0, 200, 100)),
        ({"leisure": "park"}, shapely.box(300, 0, 400, 100)),
        ({"landuse": "cemetery"}, shapely.box(500, 0, 600, 100)),
        ({"landuse": "retail"}, shapely.box(700, 0, 800, 100)),
    )
    green = surroundings.layer("green")
    assert green["kind"].tolist() == ["wood", "park", "cemetery"]
    assert green.area.to_numpy() == pytest.approx([20_000, 10_000, 10_000], rel=1e-3)


def test_main_tracks_in_the_open_are_one_layer_and_sidings_and_tunnels_are_left_out() -> None:
    collector = SurroundingsCollector()
    for y, more in ((0, {}), (50, {"service": "yard"}), (100, {"tunnel": "yes"}), (150, {"layer": "-2"})):
        collector.add_way({"railway": "rail"} | more, line((0, y), (500, y)))
        collector.add_way({"railway": "rail"} | more, line((500, y), (900, y)))
    rails = finished(collector).layer("rail").geometry
    assert rails.length.sum() == pytest.approx(900, rel=1e-3)


def test_a_station_known_by_its_node_and_its_building_is_one() -> None:
    collector = SurroundingsCollector()
    lon, lat = shapely.get_coordinates(degrees(shapely.Point(0, 0)))[0].tolist()
    collector.add_node({"railway": "station", "name": "Issy"}, lon, lat)
    collector.add_area({"railway": "station", "name": "Issy"}, shapely.to_wkb(degrees(shapely.box(100, 0, 200, 50))))
    collector.add_node({"railway": "station", "name": "Issy", "station": "subway"}, lon, lat)
    collector.add_node({"railway": "station"}, lon, lat)
    stations = finished(collector).layer("station")
    assert stations[["kind", "name"]].to_numpy().tolist() == [["train", "Issy"], ["metro", "Issy"]]


def test_names_of_places_come_widest_first_and_those_without_name_or_of_other_kinds_do_not() -> None:
    collector = SurroundingsCollector()
    for place, name in (
        ("hamlet", "Le Val"),
        ("city", "Nanterre"),
        ("town", ""),
        ("sea", "Manche"),
        ("town", "Sèvres"),
    ):
        collector.add_node({"place": place, "name": name}, 2.2, 48.8)
    places = finished(collector).layer("place")
    assert places["name"].tolist() == ["Nanterre", "Sèvres", "Le Val"]


def test_the_order_of_the_objects_in_the_file_changes_nothing() -> None:
    pieces = [(WATER, shapely.box(100 * i, 0, 100 * i + 120, 80 + i)) for i in range(6)]
    pieces += [({"leisure": "park"}, shapely.box(200 * i, 500, 200 * i + 90, 600)) for i in range(6)]
    one, other = collected(*pieces), collected(*pieces[::-1])
    for layer in ("water", "green"):
        assert one.layer(layer).geometry.geom_equals(other.layer(layer).geometry).all()


def test_the_fingerprint_tells_every_row_apart() -> None:
    lake = (WATER, shapely.box(0, 0, 100, 100))
    park = ({"leisure": "park"}, shapely.box(300, 0, 400, 100))
    wood = ({"natural": "wood"}, shapely.box(300, 0, 400, 100))
    assert collected(lake, park).fingerprint() == collected(park, lake).fingerprint()
    assert len({collected(*rows).fingerprint() for rows in ((lake,), (park,), (lake, park), (lake, wood))}) == 4


def test_rivers_woods_and_parks_are_named_inside_the_extent_where_they_are_large() -> None:
    within = shapely.box(0, 0, 5_000, 5_000)
    shapes = [
        ("river", "La Seine", shapely.LineString([(-5_000, 10), (3_000, 10)])),
        ("river", "La Seine", shapely.LineString([(3_000, 10), (9_000, 10)])),
        ("river", "Le ru", shapely.LineString([(0, 0), (0, 900)])),
        ("park", "Square", shapely.box(0, 0, 90, 90)),
        ("wood", "Bois", shapely.box(-9_000, 100, 400, 400)),
        ("wood", "Bois", shapely.box(350, 100, 900, 400)),
        ("water", "Étang", shapely.box(6_000, 0, 9_000, 900)),
    ]
    rows = named_nature(shapes, within)
    assert [(layer, kind, name) for layer, kind, name, _ in rows] == [
        ("nature", "river", "La Seine"), ("nature", "river", "La Seine"), ("nature", "wood", "Bois"),
    ]  # fmt: skip
    assert [(point.x, point.y) for *_, point in rows[:2]] == [(1_250, 10), (3_750, 10)]
    assert shapely.box(0, 100, 900, 400).contains(rows[2][3])


def test_the_names_of_the_ground_are_collected_from_a_file() -> None:
    collector = SurroundingsCollector()
    lake = shapely.box(2.2, 48.8, 2.21, 48.81)
    collector.add_area({"natural": "water", "name": "Étang"}, shapely.to_wkb(lake))
    collector.add_area({"natural": "water", "water": "river", "name": "La Seine"}, shapely.to_wkb(lake))
    collector.add_area({"leisure": "park", "name": "Parc"}, shapely.to_wkb(lake))
    collector.add_way({"waterway": "river", "name": "La Seine"}, np.array([(2.2, 48.8), (2.24, 48.8)]))
    collector.add_way(
        {"waterway": "river", "name": "La Bièvre", "tunnel": "yes"}, np.array([(2.2, 48.8), (2.24, 48.8)])
    )
    nature = Surroundings(collector.finish(pyproj.CRS(2154))[TABLE]).layer("nature")
    found = list(zip(nature["kind"], nature["name"], strict=True))
    assert found == [("river", "La Seine"), ("park", "Parc"), ("water", "Étang")]
