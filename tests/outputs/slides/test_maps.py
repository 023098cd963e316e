"""The slides: every map as a picture, drawn without a browser, the same bytes each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
from PIL import Image
from shapely import MultiPolygon, Point

from access92.outputs.palette import CHANGE_COLOURS, rgb
from access92.outputs.slides.maps import MapScene, draw_access, draw_difference, map_classes, prepare_scene
from access92.outputs.slides.parts import SLIDE_PX
from access92.outputs.slides.single import write_slides
from access92.run.results import Results
from tests.outputs.synthetic import make_results


@pytest.fixture(scope="module")
def scene(results: Results) -> MapScene:
    return prepare_scene(results, width_px=300, height_px=240, name_px=0)


def has_colour(image: np.ndarray, colour: str) -> bool:
    return bool((image == rgb(colour)).all(axis=-1).any())


def test_every_map_of_a_run_is_a_slide_of_1920_by_1080_pixels(changed_folder: Path) -> None:
    pages = {path.stem for path in changed_folder.rglob("*.html")} - {"report", "map", "index"}
    slides = list(changed_folder.rglob("*.png"))
    assert {path.stem for path in slides} == pages
    for path in slides:
        with Image.open(path) as image:
            assert image.size == SLIDE_PX
            assert "habitants" in image.info["Title"]
        assert path.stat().st_size < 1_000_000


@pytest.mark.slow
def test_the_same_results_give_the_same_slides_however_many_threads_draw_them(tmp_path: Path) -> None:
    written = []
    for name, threads in (("one", 1), ("three", 3)):
        (tmp_path / name).mkdir()
        written.append([path.read_bytes() for path in write_slides(make_results(), tmp_path / name, threads=threads)])
    assert written[0] == written[1]


def test_a_place_is_drawn_in_the_colour_of_its_travel_time(results: Results, scene: MapScene) -> None:
    access = results.access_records[0]
    image = np.asarray(draw_access(results, access, scene, marks=False))
    minutes = access.travel_time_min
    for item in map_classes(results):
        high = np.inf if item.to_min is None else item.to_min
        there = np.isnan(minutes) if item.to_min is None else (minutes >= item.from_min) & (minutes < high)
        assert has_colour(image, item.colour) == bool(there.any()), item.label


def test_a_difference_shows_the_changes_that_there_are_and_no_other(changed: Results) -> None:
    scene = prepare_scene(changed, width_px=300, height_px=240, name_px=0)
    image = np.asarray(draw_difference(changed, "neuf", "walk", scene, marks=False))
    there = set(changed.changes.changed.query("scenario == 'neuf' and rule == 'any'")["change"])
    assert "lost" not in there
    for change, colour in CHANGE_COLOURS.items():
        assert has_colour(image, colour) == (change in there), change


def test_a_service_is_drawn_where_it_is(results: Results, scene: MapScene) -> None:
    access = results.access_records[0]
    bare = np.asarray(draw_access(results, access, scene, marks=False))
    marked = np.asarray(draw_access(results, access, scene))
    changed_px = np.argwhere((bare != marked).any(axis=-1))[:, ::-1]
    counted = scene.services_px[access.service_rows]
    distance = np.abs(changed_px[:, None] - counted[None]).max(axis=2).min(axis=1)
    assert distance.max() <= 14
    for at in counted:
        assert (np.abs(changed_px - at).max(axis=1) <= 1).any()


def test_north_is_up_and_the_scale_is_that_of_the_ground(scene: MapScene, results: Results) -> None:
    west, south, east, north = results.areas.total_bounds
    corners = scene.to_px(np.array([[west, south], [east, north]]))
    assert corners[0, 0] < corners[1, 0]
    assert corners[0, 1] > corners[1, 1]
    assert corners[1, 0] - corners[0, 0] == pytest.approx((east - west) / scene.metres_per_px)


def test_a_run_with_no_isochrone_no_water_and_a_service_that_has_no_place_is_drawn_too(
    results: Results, tmp_path: Path
) -> None:
    places = [Point(), *results.services.geometry[1:]]
    bare = replace(
        results,
        water=None,
        services=results.services.set_geometry(gpd.GeoSeries(places, crs=results.services.crs)),
        isochrones=results.isochrones.set_geometry([MultiPolygon()] * len(results.isochrones), crs="EPSG:2154"),
    )
    assert all(path.is_file() for path in write_slides(bare, tmp_path))


@pytest.mark.slow
def test_real_streets_bear_no_demonstration_banner(tmp_path: Path) -> None:
    images = []
    for name in ("demo", "real"):
        (tmp_path / name).mkdir()
        path = write_slides(make_results(is_demo=name == "demo"), tmp_path / name)[0]
        with Image.open(path) as image:
            images.append(np.asarray(image.convert("RGB"))[14:52, 614:900])
    amber = np.array(rgb("#ffe08a"))
    near = [(np.abs(image.astype(int) - amber).max(axis=-1) < 10).mean() for image in images]
    assert near[0] > 0.3
    assert near[1] == 0
