"""Whole studies whose people go to buildings: of the streets file, or of a file of their own."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import access92
from access92.errors import InputError
from access92.outputs.words.notices import notices_table
from access92.progress import silent
from access92.run.inputs import input_files
from access92.run.study_inputs import read_inputs
from access92.sources import study_population
from access92.sources.areas import read_areas
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

GRID = GOOD_STUDY.replace(
    'method = "points"\nfile = "people.csv"',
    'method = "grid"\nfile = "grid.csv"\ngrid_crs = "EPSG:2154"\ncell_m = 2000',
)
HOMES = ((0.3, 0.3), (2.2, 3.4), (4.4, 1.3))


def write_study(folder: Path, keys: str = "", *, with_buildings: bool = True) -> Path:
    """The toy study with one square of 90 people, and three houses in its streets file."""
    file = write_toy_study(folder, study=GRID.replace("cell_m = 2000", f"cell_m = 2000\n{keys}"))
    corner = gpd.GeoSeries([shapely.Point(lon_lat(2.5, 2.5))], crs=4326).to_crs(2154).iloc[0]
    grid = f"x_3035,y_3035,population\n{corner.x - 1000},{corner.y - 1000},90\n"
    (folder / "grid.csv").write_text(grid, encoding="utf-8")
    if with_buildings:
        streets = folder / "streets.osm"
        lines = [text for number, home in enumerate(HOMES) for text in house(1000 + 10 * number, *home)]
        ways = streets.read_text(encoding="utf-8").replace("</osm>", "\n".join([*lines, "</osm>"]))
        streets.write_text(ways, encoding="utf-8")
    return file


def house(number: int, east: float, north: float) -> list[str]:
    """A building of a tenth of a block, 2 levels high."""
    corners = [lon_lat(east + x, north + y) for x, y in ((0, 0), (0.2, 0), (0.2, 0.2), (0, 0.2))]
    nodes = [f"<node id='{number + at}' lon='{lon}' lat='{lat}'/>" for at, (lon, lat) in enumerate(corners)]
    refs = "".join(f"<nd ref='{number + at}'/>" for at in (0, 1, 2, 3, 0))
    return [*nodes, f"<way id='{number}'>{refs}<tag k='building' v='house'/><tag k='building:levels' v='2'/></way>"]


def write_buildings(folder: Path, name: str = "bati.gpkg") -> Path:
    shapes = [shapely.box(*lon_lat(east, north), *lon_lat(east + 0.1, north + 0.1)) for east, north in HOMES[:2]]
    table = gpd.GeoDataFrame({"rnb_id": ["A", "B"], "status": ["constructed"] * 2}, geometry=shapes, crs=4326)
    table.to_file(folder / name)
    return folder / name


def people(file: Path, cache: Path | None = None) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    study = access92.read_study(file)
    inputs = read_inputs(study, study.scenarios, cache_folder=cache, on_progress=silent)
    return inputs.demand, inputs.population_notices


def test_people_go_to_the_buildings_of_the_streets_file_and_the_report_says_so(tmp_path: Path) -> None:
    results = access92.run_study(access92.read_study(write_study(tmp_path)))
    assert sorted(results.demand["population"].round(1)) == [30, 30, 30]
    table = notices_table(results)
    text = " ".join(table[table["topic"] == "Population"]["detail"])
    assert "aux portes des bâtiments (par défaut" in text
    assert "bâtiments d'OpenStreetMap" in text


def test_without_buildings_people_go_along_the_streets_and_the_report_says_why(tmp_path: Path) -> None:
    demand, notices = people(write_study(tmp_path, with_buildings=False))
    assert len(demand) > 20
    assert "le long des rues : aucun fichier de l'étude n'a de bâtiments" in str(notices[0])


@pytest.mark.slow
@pytest.mark.parametrize("keys", ["", "merge_m = 0", 'place_on = "streets"', 'buildings_file = "bati.gpkg"'])
def test_the_cache_gives_the_people_that_were_read(keys: str, tmp_path: Path) -> None:
    write_buildings(tmp_path)
    file = write_study(tmp_path, keys)
    fresh, notices = people(file)
    for _ in range(2):
        cached, same = people(file, tmp_path / "cache")
        pd.testing.assert_frame_equal(pd.DataFrame(cached), pd.DataFrame(fresh), check_dtype=False)
        assert same == notices


def test_a_file_of_buildings_comes_before_those_of_the_streets_and_among_the_inputs_of_the_run(tmp_path: Path) -> None:
    write_buildings(tmp_path)
    file = write_study(tmp_path, 'buildings_file = "bati.gpkg"')
    demand, notices = people(file)
    assert sorted(demand["population"].round(1)) == [45, 45]
    assert "bâtiments du RNB" in str(notices[0])
    assert ("bâtiments", "bati.gpkg") in [(item.role, item.path) for item in input_files(access92.read_study(file))]


def test_other_bytes_of_the_file_of_buildings_or_other_settings_are_other_people(tmp_path: Path) -> None:
    buildings = write_buildings(tmp_path)
    keys = set()
    for written in ("", 'place_on = "streets"', 'place_on = "centres"', "merge_m = 10", 'buildings_file = "bati.gpkg"'):
        study = access92.read_study(write_study(tmp_path, written))
        keys.add(study_population._key(study, read_areas(study), "s"))
    with buildings.open("ab") as stream:
        stream.write(b"\0")
    keys.add(study_population._key(study, read_areas(study), "s"))
    assert len(keys) == 6


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ('place_on = "buildings"', "aucun fichier de l'étude n'en a"),
        ('buildings_file = "absent.gpkg"', "introuvable"),
        ('place_on = "streets"\nbuildings_file = "bati.gpkg"', "ne sert à rien"),
    ],
)
def test_check_refuses_what_run_refuses(keys: str, message: str, tmp_path: Path) -> None:
    file = write_study(tmp_path, keys, with_buildings=False)
    for ask in (access92.check_study, access92.run_study):
        with pytest.raises(InputError, match=message):
            ask(access92.read_study(file))
