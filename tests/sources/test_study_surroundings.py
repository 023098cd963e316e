"""The streets of a study bring what their file knows around them, from the file and from the cache alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import shapely

from access92.sources.areas import read_areas
from access92.sources.streets.provenance import ATTRIBUTION
from access92.sources.study_streets import StudyStreets, read_study_streets
from access92.study.read import read_study
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

LAKE = [(0.2, 0.2), (0.8, 0.2), (0.8, 0.8), (0.2, 0.8)]
PARK = [(1.2, 0.2), (1.8, 0.2), (1.8, 0.8), (1.2, 0.8)]


def toy_streets(folder: Path, *, cache_folder: Path | None = None, study: str = GOOD_STUDY) -> StudyStreets:
    """The streets of the toy study, with a lake, a park, a railway and a name in their file."""
    file = write_toy_study(folder, study=study)
    nodes, ways = [], []
    for way, (corners, tag) in enumerate(((LAKE, "natural' v='water"), (PARK, "leisure' v='park")), start=900):
        refs = [10 * way + number for number in range(4)]
        places = [lon_lat(*corner) for corner in corners]
        nodes += [f"<node id='{ref}' lon='{lon}' lat='{lat}'/>" for ref, (lon, lat) in zip(refs, places, strict=True)]
        outline = "".join(f"<nd ref='{ref}'/>" for ref in (*refs, refs[0]))
        ways.append(f"<way id='{way}'>{outline}<tag k='{tag}'/></way>")
    ways.append("<way id='950'><nd ref='1'/><nd ref='2'/><tag k='railway' v='rail'/></way>")
    lon, lat = lon_lat(0.5, 1.5)
    nodes.append(f"<node id='9999' lon='{lon}' lat='{lat}'><tag k='place' v='town'/><tag k='name' v='Issy'/></node>")
    streets = folder / "streets.osm"
    text = streets.read_text(encoding="utf-8").replace("<osm version='0.6'>", "<osm version='0.6'>" + "".join(nodes))
    streets.write_text(text.replace("</osm>", "".join(ways) + "</osm>"), encoding="utf-8")
    read = read_study(file)
    return read_study_streets(read, read_areas(read), cache_folder=cache_folder)


def test_one_reading_gives_streets_and_what_is_around_them(tmp_path: Path) -> None:
    streets = toy_streets(tmp_path)
    assert streets.surroundings.features["layer"].tolist() == ["water", "green", "rail", "place"]
    assert streets.water is not None
    assert shapely.intersects(shapely.union_all(streets.table.geometry.to_numpy()).envelope, streets.water)
    assert streets.water.area == pytest.approx(streets.surroundings.layer("green").area.sum(), rel=0.01)


def test_the_second_reading_comes_from_the_cache_and_is_the_same_to_the_bit(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    one = toy_streets(folder, cache_folder=tmp_path / "cache")
    kept = list((tmp_path / "cache").glob("streets-surroundings-*"))
    other = toy_streets(folder, cache_folder=tmp_path / "cache")
    assert len(kept) == 1
    assert one.surroundings.fingerprint() == other.surroundings.fingerprint()
    assert one.surroundings.features.crs == other.surroundings.features.crs


def test_a_file_without_anything_around_gives_nothing_from_the_cache_too(tmp_path: Path) -> None:
    read = read_study(write_toy_study(tmp_path))
    for _ in range(2):
        streets = read_study_streets(read, read_areas(read), cache_folder=tmp_path / "cache")
        assert streets.water is None
        assert len(streets.surroundings.features) == 0


def test_an_osm_file_carries_its_attribution_beside_what_the_study_writes(tmp_path: Path) -> None:
    origin = toy_streets(tmp_path).origin
    assert (origin.label, origin.licence) == (f"OpenStreetMap (essai) ({ATTRIBUTION})", "ODbL 1.0")
    assert origin.attribution == ATTRIBUTION
