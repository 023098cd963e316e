"""Which extract is chosen, how it is cut, and the whole of ``fetch streets`` against a provider on loopback."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import osmium
import pytest
import shapely
from typer.testing import CliRunner

from access92.cli import app
from access92.errors import Access92Error, DataSourceError, InputError
from access92.sources.areas import read_areas
from access92.sources.download.cut import cut_extract
from access92.sources.download.extracts import choose_extract, parse_poly
from access92.sources.download.pinned import fetch_extract
from access92.sources.download.providers import Provider as ProviderOf
from access92.sources.download.providers import read_providers
from access92.sources.download.transfer import Patience
from access92.sources.streets.read import read_streets
from access92.sources.study_streets import study_extent
from access92.study.read import read_study
from tests.sources.loopback import Fault, Provider, md5_of, provider_on_loopback
from tests.toy_study import write_toy_study

QUICK = Patience(attempts=2, pause_s=0.001, silence_s=5)
HERE = shapely.box(2.20, 48.88, 2.22, 48.90)


def feature(name: str, west: float, south: float, east: float, north: float, *, pbf: bool = True) -> dict[str, object]:
    address = f"https://download.example.org/europe/{name}-latest.osm.pbf"
    outline = json.loads(shapely.to_geojson(shapely.box(west, south, east, north)))
    properties = {"id": name, "name": name.title(), "urls": {"pbf": address} if pbf else {"shp": "x"}}
    return {"type": "Feature", "properties": properties, "geometry": outline}


INDEX = [
    feature("europe", -20, 30, 40, 70),
    feature("france", -5, 41, 10, 51),
    feature("ile-de-france", 1.4, 48.1, 3.6, 49.3),
    feature("small", 2.2, 48.5, 2.21, 49.0),
    feature("maps-only", 2.1, 48.8, 2.3, 48.95, pbf=False),
    {"type": "Feature", "properties": {"id": "nowhere", "name": "x", "urls": {"pbf": "x"}}, "geometry": None},
]


def indexed(provider: Provider) -> ProviderOf:
    return read_providers()["geofabrik"].mirrored(provider.url)


def with_index(features: list[dict[str, object]] = INDEX) -> dict[str, bytes]:
    return {"index-v1.json": json.dumps({"type": "FeatureCollection", "features": features}).encode()}


@pytest.mark.parametrize("order", [1, -1])
def test_the_smallest_extract_that_covers_all_is_chosen_whatever_the_order(order: int) -> None:
    with provider_on_loopback(with_index(INDEX[::order])) as provider:
        extract = choose_extract(indexed(provider), HERE, patience=QUICK)
    assert extract.name == "ile-de-france"
    assert extract.url == f"{provider.url}/europe/ile-de-france-latest.osm.pbf"
    assert extract.covered_share == pytest.approx(1)


def test_a_named_extract_is_taken_and_what_it_lacks_is_known() -> None:
    with provider_on_loopback(with_index()) as provider:
        extract = choose_extract(indexed(provider), HERE, name="small", patience=QUICK)
    assert extract.covered_share == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "extent", "what"),
    [
        (None, shapely.box(100, 0, 101, 1), "Aucun extrait ne couvre"),
        ("ile-de-frnce", HERE, "Vouliez-vous dire « ile-de-france »"),
        ("small", shapely.box(2.3, 48.8, 2.4, 48.9), "ne touche pas la zone"),
    ],
)
def test_an_extent_that_no_extract_covers_is_refused(name: str | None, extent: shapely.Geometry, what: str) -> None:
    with provider_on_loopback(with_index()) as provider, pytest.raises(InputError, match=what):
        choose_extract(indexed(provider), extent, name=name, patience=QUICK)


@pytest.mark.parametrize("index", [None, b"<html>", b"{}", b'{"features": [1]}', b'{"features": 7}'])
def test_an_index_that_is_none_is_a_fault_of_the_source(index: bytes | None) -> None:
    files = {} if index is None else {"index-v1.json": index}
    with provider_on_loopback(files) as provider, pytest.raises(DataSourceError, match="liste des extraits"):
        choose_extract(indexed(provider), HERE, patience=QUICK)


POLY = "{name}\n1\n   2.0 48.0\n   {east} 48.0\n   {east} 49.0\n   2.0 49.0\nEND\nEND\n"


def test_of_listed_extracts_the_smallest_that_covers_all_is_chosen() -> None:
    base = "polygons/europe/france/ile_de_france"
    files = {
        f"{base}/paris.poly": POLY.format(name="paris", east="2.21").encode(),
        f"{base}/hauts_de_seine.poly": POLY.format(name="hds", east="2.3").encode(),
        f"{base}.poly": POLY.format(name="idf", east="3.0").encode(),
    }
    with provider_on_loopback(files) as provider:
        listed = read_providers()["openstreetmap_fr"].mirrored(provider.url)
        extract = choose_extract(listed, HERE, patience=QUICK)
        assert extract.name == "europe/france/ile_de_france/hauts_de_seine"
        assert extract.url == f"{provider.url}/extracts/europe/france/ile_de_france/hauts_de_seine-latest.osm.pbf"
        with pytest.raises(InputError, match="pas d'extrait de ce nom"):
            choose_extract(listed, HERE, name="europe/france/nowhere", patience=QUICK)


def test_a_poly_has_holes_and_parts() -> None:
    text = "x\n1\n 0 0\n 4 0\n 4 4\n 0 4\n 0 0\nEND\n!2\n 1 1\n 2 1\n 2 2\n 1 2\nEND\n3\n 9 0\n 10 0\n 10 1\nEND\nEND\n"
    assert parse_poly(text).area == pytest.approx(16 - 1 + 0.5)
    for broken in ("", "x\nEND\n", "x\n1\n a b\nEND\nEND", "x\n1\n 0\nEND\nEND"):
        with pytest.raises(ValueError, match=r"ring|float|unpack|coordinate|point"):
            parse_poly(broken)


# --- an extract: three streets, a wood of two half outlines, a turn restriction, a café, a far street -------------

OSM = """<osm version="0.6">
<node id="1" lat="48.890" lon="2.205"/><node id="2" lat="48.890" lon="2.210"><tag k="barrier" v="gate"/></node>
<node id="3" lat="48.890" lon="2.300"/><node id="4" lat="48.895" lon="2.210"/>
<node id="5" lat="48.850" lon="2.400"/><node id="6" lat="48.851" lon="2.400"/>
<node id="7" lat="48.885" lon="2.205"><tag k="amenity" v="cafe"/></node>
<node id="8" lat="48.700" lon="2.205"><tag k="amenity" v="cafe"/></node>
<node id="11" lat="48.882" lon="2.215"/><node id="12" lat="48.882" lon="2.230"/><node id="13" lat="48.870" lon="2.230"/>
<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
<way id="2"><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/></way>
<way id="3"><nd ref="2"/><nd ref="4"/><tag k="highway" v="footway"/></way>
<way id="4"><nd ref="5"/><nd ref="6"/><tag k="highway" v="residential"/></way>
<way id="5"><nd ref="11"/><nd ref="12"/></way>
<way id="6"><nd ref="12"/><nd ref="13"/><nd ref="11"/></way>
<relation id="1"><member type="way" ref="5" role="outer"/><member type="way" ref="6" role="outer"/>
<tag k="type" v="multipolygon"/><tag k="natural" v="wood"/></relation>
<relation id="2"><member type="way" ref="1" role="from"/><member type="node" ref="2" role="via"/>
<member type="way" ref="3" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/></relation>
<relation id="4"><member type="way" ref="2" role="from"/><member type="node" ref="2" role="via"/>
<member type="way" ref="3" role="to"/><tag k="type" v="restriction:hgv"/><tag k="restriction" v="no_entry"/></relation>
<relation id="3"><member type="way" ref="1" role=""/><member type="way" ref="4" role=""/>
<tag k="type" v="route"/></relation>
</osm>"""


def pbf(folder: Path, date: str = "2025-08-06T20:21:00Z", osm: str = OSM) -> Path:
    source, target = folder / "source.osm", folder / "source.osm.pbf"
    source.write_text(osm, encoding="utf-8")
    header = osmium.io.Header()
    if date:
        header.set("osmosis_replication_timestamp", date)
    with osmium.SimpleWriter(str(target), header=header, overwrite=True) as writer:
        for item in osmium.FileProcessor(str(source)):
            writer.add(item)
    source.unlink()
    return target


def test_a_cut_extract_keeps_what_touches_the_extent_whole(tmp_path: Path) -> None:
    source, target = pbf(tmp_path), tmp_path / "cut.osm.pbf"
    assert cut_extract(source, target, HERE) == "2025-08-06T20:21:00Z"
    kept = {(type(item).__name__, item.id): dict(item.tags) for item in osmium.FileProcessor(str(target))}
    ids = {kind: {number for name, number in kept if name == kind} for kind in ("Node", "Way", "Relation")}
    assert ids == {"Node": {1, 2, 3, 4, 7, 11, 12, 13}, "Way": {1, 2, 3, 5, 6}, "Relation": {1, 2, 4}}
    assert kept["Node", 2] == {"barrier": "gate"}
    assert kept["Relation", 2]["restriction"] == "no_left_turn"
    assert osmium.io.Reader(str(target)).header().get("osmosis_replication_timestamp") == "2025-08-06T20:21:00Z"
    cut, whole = (read_streets(file, extent=HERE, crs=2154).streets for file in (target, source))
    assert cut.drop(columns="geometry").equals(whole.drop(columns="geometry"))
    assert sorted(file.name for file in tmp_path.iterdir()) == ["cut.osm.pbf", "source.osm.pbf"]


def test_a_damaged_extract_or_one_of_elsewhere_leaves_nothing(tmp_path: Path) -> None:
    source, target = pbf(tmp_path), tmp_path / "cut.osm.pbf"
    with pytest.raises(InputError, match="ne contient rien dans la zone"):
        cut_extract(source, target, shapely.box(10, 10, 11, 11))
    source.write_bytes(source.read_bytes()[:-40])
    with pytest.raises(InputError, match="tronqué"):
        cut_extract(source, target, HERE)
    assert [file.name for file in tmp_path.iterdir()] == ["source.osm.pbf"]


# --- the whole command --------------------------------------------------------------------------------------------


PATH = "europe/ile-de-france-latest.osm.pbf"


def offered(folder: Path) -> dict[str, bytes]:
    file = pbf(folder)
    body = file.read_bytes()
    file.unlink()
    return {**with_index(), PATH: body}


def test_streets_are_fetched_checked_cut_and_noted(tmp_path: Path) -> None:
    target = tmp_path / "out" / "rues.osm.pbf"
    target.parent.mkdir()
    with provider_on_loopback(offered(tmp_path)) as provider:
        provider.publish_md5(PATH)
        pinned = fetch_extract(indexed(provider), HERE, target, patience=QUICK)
    assert pinned.md5 == md5_of(provider.files[PATH])
    assert pinned.osm_base == "2025-08-06T20:21:00Z"
    note = json.loads((target.parent / "rues.osm.pbf.json").read_text(encoding="utf-8"))
    assert note["url"] == f"{provider.url}/{PATH}"
    assert note["licence"] == "ODbL 1.0"
    assert note["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert sorted(file.name for file in target.parent.iterdir()) == ["rues.osm.pbf", "rues.osm.pbf.json"]
    assert len(read_streets(target, extent=HERE, crs=2154).streets) == 3


def test_an_extract_that_is_kept_serves_again_without_a_download(tmp_path: Path) -> None:
    with provider_on_loopback(offered(tmp_path)) as provider:
        provider.publish_md5(PATH)
        for name in ("a.osm.pbf", "b.osm.pbf"):
            fetch_extract(indexed(provider), HERE, tmp_path / name, keep=True, patience=QUICK)
        assert len(provider.ranges(PATH)) == 1
    assert (tmp_path / "a.osm.pbf").read_bytes() == (tmp_path / "b.osm.pbf").read_bytes()


@pytest.mark.parametrize("fault", ["wrong checksum", "404", "429", "damaged"])
def test_a_failed_fetch_leaves_no_streets(tmp_path: Path, fault: str) -> None:
    files = offered(tmp_path)
    with provider_on_loopback(files) as provider:
        if fault == "404":
            del provider.files[PATH]
        elif fault == "429":
            provider.faults[PATH] = [Fault(status=429)] * 5
        elif fault == "damaged":
            provider.files[PATH] = provider.files[PATH][:-30]
            provider.publish_md5(PATH)
        else:
            provider.publish_md5(PATH, wrong=True)
        with pytest.raises(Access92Error):
            fetch_extract(indexed(provider), HERE, tmp_path / "rues.osm.pbf", patience=QUICK)
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("rues")] == []


def test_the_command_writes_the_streets_and_a_study_that_reads_them(tmp_path: Path) -> None:
    study_file = write_toy_study(tmp_path)
    study = read_study(study_file)
    middle = study_extent(study, read_areas(study)).centroid
    west, south = middle.x, middle.y
    osm = (
        f'<osm version="0.6"><node id="1" lat="{south + 0.001}" lon="{west + 0.001}"/>'
        f'<node id="2" lat="{south + 0.002}" lon="{west + 0.002}"/>'
        '<way id="1"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way></osm>'
    )
    index = [feature("ile-de-france", west - 1, south - 1, west + 1, south + 1)]
    streets, copy_file = tmp_path / f"rues_{study.name}.osm.pbf", study_file.with_name(f"{study_file.stem}_osm.toml")
    with provider_on_loopback({**with_index(index), PATH: pbf(tmp_path, osm=osm).read_bytes()}) as provider:
        command = ["fetch", "streets", "-s", str(study_file), "--provider", "geofabrik", "--provider-url", provider.url]
        result = CliRunner().invoke(app, command)
        assert result.exit_code == 0, result.output
        assert "ne publie pas de somme de contrôle" in result.output
        assert "état d'OpenStreetMap : 2025-08-06" in result.output
        copy, before = read_study(copy_file), streets.read_bytes()
        assert (copy.streets.file, copy.name) == (Path(streets.name), f"{study.name}-osm")
        changed = {"name": copy.name, "streets": copy.streets.model_dump()}
        assert copy.model_dump() == {**study.model_dump(), **changed}

        with pytest.raises(InputError, match="existe déjà"):
            CliRunner().invoke(app, command, catch_exceptions=False)
        result = CliRunner().invoke(app, [*command, "--overwrite"])
        assert "est déjà là" in result.output
        assert streets.read_bytes() == before
