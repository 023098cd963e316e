"""Whom a streets file comes from, and the date of its data: known without the user writing it."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path

import geopandas as gpd
import osmium
import pytest
import shapely

from access92.sources.streets.geoparquet import write_streets
from access92.sources.streets.provenance import ATTRIBUTION, Provenance, read_provenance
from access92.sources.study_streets import origin_of_file
from access92.study.files import StreetsInput

OVERPASS_XML = '<?xml version="1.0"?>\n<osm version="0.6">\n<meta osm_base="2024-12-01T10:00:00Z"/>\n</osm>'


def pbf(folder: Path, **header: str) -> Path:
    """A .pbf of one node with these words in its header."""
    file = folder / "extract.osm.pbf"
    written = osmium.io.Header()
    for key, value in header.items():
        written.set(key, value)
    with osmium.SimpleWriter(str(file), header=written) as writer:
        writer.add_node(osmium.osm.mutable.Node(id=1, location=(2.2, 48.8)))
    return file


def test_the_header_of_a_pbf_tells_the_day_of_its_data(tmp_path: Path) -> None:
    file = pbf(tmp_path, osmosis_replication_timestamp="2021-08-15T20:21:03Z")
    assert read_provenance(file) == Provenance(is_osm=True, data_day="2021-08-15")


def test_a_pbf_without_a_date_is_openstreetmaps_all_the_same(tmp_path: Path) -> None:
    assert read_provenance(pbf(tmp_path)) == Provenance(is_osm=True)


@pytest.mark.parametrize(("ending", "packed"), [("", bytes), (".gz", gzip.compress), (".bz2", bz2.compress)])
def test_an_answer_of_overpass_in_xml_tells_its_day(tmp_path: Path, ending: str, packed: type) -> None:
    file = tmp_path / f"answer.osm{ending}"
    file.write_bytes(packed(OVERPASS_XML.encode()))
    assert read_provenance(file) == Provenance(is_osm=True, data_day="2024-12-01")


def test_a_graph_of_osmnx_is_openstreetmaps_without_a_day(tmp_path: Path) -> None:
    assert read_provenance(tmp_path / "graph.graphml") == Provenance(is_osm=True)


@pytest.mark.parametrize(
    ("metadata", "provenance"),
    [
        ({"attribution": "© les contributeurs d'OpenStreetMap", "osm_base": "2025-01-02T03:04:05Z"},
         Provenance(is_osm=True, data_day="2025-01-02")),
        ({"attribution": "© les contributeurs d'OpenStreetMap", "osm_base": "20250102T030405Z"},
         Provenance(is_osm=True)),
        ({"source": "croquis"}, Provenance(is_osm=False)),
    ],
)  # fmt: skip
def test_a_geoparquet_is_where_its_metadata_say(
    tmp_path: Path, metadata: dict[str, str], provenance: Provenance
) -> None:
    streets = gpd.GeoDataFrame(
        {"edge_id": ["a"], "from_node": [1], "to_node": [2], "length_m": [10.0], "highway": ["path"], "oneway": [""]},
        geometry=[shapely.LineString([(0, 0), (10, 0)])], crs=2154,
    )  # fmt: skip
    assert read_provenance(write_streets(streets, tmp_path / "streets.parquet", metadata=metadata)) == provenance


@pytest.mark.parametrize("source", ["", "Geofabrik", f"Extrait, {ATTRIBUTION}"])
@pytest.mark.parametrize("licence", ["", "Licence Ouverte", "ODbL"])
def test_the_attribution_and_the_licence_stand_beside_what_the_study_writes(source: str, licence: str) -> None:
    origin = origin_of_file(
        StreetsInput(file=Path("x.osm"), source=source, licence=licence), Provenance(is_osm=True, data_day="2024-12-01")
    )
    assert origin.attribution == ATTRIBUTION
    assert origin.label.count(ATTRIBUTION) == 1
    assert source in origin.label
    assert origin.licence.count("ODbL") == 1
    assert licence in origin.licence
    assert origin.vintage == "état du 01/12/2024"


def test_the_vintage_that_the_study_writes_is_that_of_the_streets() -> None:
    settings = StreetsInput(file=Path("x.osm"), vintage="hiver 2024")
    assert origin_of_file(settings, Provenance(is_osm=True, data_day="2024-12-01")).vintage == "hiver 2024"


def test_streets_of_another_origin_carry_no_attribution() -> None:
    origin = origin_of_file(StreetsInput(file=Path("x.parquet")), Provenance(is_osm=False))
    assert (origin.label, origin.licence, origin.attribution) == ("fichier x.parquet", "non précisée", "")
    assert origin.vintage == "date non précisée par le fichier"
