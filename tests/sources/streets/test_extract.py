"""What else one pass over an OSM file gathers: collectors get what they ask for, rules hang on nodes and turns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from access92.sources.streets.read import StreetsRead, read_streets
from access92.sources.streets.traffic import no_traffic_rules
from access92.study.omissions import Omission
from tests.sources.streets.river_town import BRIDGE, MIDDLE, lon_lat, node, town, write_xml
from tests.sources.streets.test_real_streets import shared


@dataclass(slots=True)
class Ponds:
    """Water as areas, railways as lines, stations as points."""

    tables: tuple[str, ...] = ("ponds", "rails")
    fingerprint: str = "1"
    area_keys: tuple[str, ...] = ("natural",)
    way_keys: tuple[str, ...] = ("railway",)
    node_keys: tuple[str, ...] = ("railway",)
    areas: list[tuple[Mapping[str, str], shapely.Geometry]] = field(default_factory=list)
    lines: list[tuple[Mapping[str, str], np.ndarray]] = field(default_factory=list)
    points: list[tuple[Mapping[str, str], float, float]] = field(default_factory=list)

    def add_area(self, tags: Mapping[str, str], geometry_wkb: bytes) -> None:
        """Keep an area."""
        self.areas.append((tags, shapely.from_wkb(geometry_wkb)))

    def add_way(self, tags: Mapping[str, str], lonlat: np.ndarray) -> None:
        """Keep a line."""
        self.lines.append((tags, lonlat))

    def add_node(self, tags: Mapping[str, str], lon: float, lat: float) -> None:
        """Keep a point."""
        self.points.append((tags, lon, lat))

    def finish(self, crs: pyproj.CRS) -> Mapping[str, gpd.GeoDataFrame]:
        """Make tables."""
        ponds = gpd.GeoDataFrame(
            {"name": [tags.get("name", "") for tags, _ in self.areas]}, geometry=[a for _, a in self.areas], crs=4326
        )
        lines = [shapely.LineString(line) for _, line in self.lines]
        return {"ponds": ponds.to_crs(crs), "rails": gpd.GeoDataFrame(geometry=lines, crs=4326).to_crs(crs)}


def with_ponds(file: Path) -> Path:
    """The town with a pond, a lake with an island made of two half rings, a railway, a station; some far away."""
    whole = town()
    ring = [(1.2, 1.2), (1.8, 1.2), (1.8, 1.8), (1.2, 1.8)]
    lake = [(3.1, 3.1), (4.9, 3.1), (4.9, 4.9), (3.1, 4.9)]
    island = [(3.5, 3.5), (4.5, 3.5), (4.5, 4.5), (3.5, 4.5)]
    far = [(1000.0, 0.0), (1001.0, 0.0), (1001.0, 1.0), (1000.0, 1.0)]
    for number, place in enumerate([*ring, *lake, *island, *far], start=201):
        whole.nodes[number] = lon_lat(*place)
    lines = whole.xml()
    water = "<tag k='natural' v='water'/>"

    def way(number: int, refs: list[int], tags: str = "") -> str:
        body = "".join(f"<nd ref='{n}'/>" for n in refs)
        return f"<way id='{number}'>{body}{tags}</way>"

    lines += [
        way(70, [201, 202, 203, 204, 201], water + "<tag k='name' v='Mare'/>"),
        way(71, [205, 206, 207]), way(72, [207, 208, 205]), way(73, [209, 210, 211, 212, 209]),
        way(74, [213, 214, 215, 216, 213], water),
        way(75, [201, 206, 999, 207, 208], "<tag k='railway' v='rail'/>"),
        "<relation id='9'><member type='way' ref='71' role='outer'/><member type='way' ref='72' role='outer'/>"
        "<member type='way' ref='73' role='inner'/><tag k='type' v='multipolygon'/>" + water
        + "<tag k='name' v='Lac'/></relation>",
    ]  # fmt: skip
    station = f"<node id='300' lon='{lon_lat(3, 3)[0]}' lat='{lon_lat(3, 3)[1]}'><tag k='railway' v='station'/></node>"
    lines.insert(0, station)
    return write_xml(file, lines)


def test_collectors_get_areas_with_their_holes_lines_and_points_near_the_extent(tmp_path: Path) -> None:
    file, ponds = with_ponds(tmp_path / "town.osm"), Ponds()
    extent = shapely.box(*lon_lat(-1, -1), *lon_lat(6, 6))
    streets = read_streets(file, extent=extent, crs=2154, collectors=[ponds])
    assert sorted(tags["name"] for tags, _ in ponds.areas) == ["Lac", "Mare"]  # the far one is not handed over
    lake = dict(zip(streets.layers["ponds"]["name"], streets.layers["ponds"].geometry, strict=True))["Lac"]
    assert lake.area == pytest.approx((180**2 - 100**2), rel=0.02)
    assert [len(line) for _, line in ponds.lines] == [2, 2]  # cut at the node that is not there
    assert [tags for tags, *_ in ponds.points] == [{"railway": "station"}]
    assert streets.streets.equals(read_streets(file, extent=extent, crs=2154).streets)


def test_layers_come_back_from_the_cache_and_are_read_anew_for_another_collector(tmp_path: Path) -> None:
    file, cache = with_ponds(tmp_path / "town.osm"), tmp_path / "cache"

    def layers(collector: Ponds | None) -> tuple[bool, Mapping[str, gpd.GeoDataFrame]]:
        collectors = [] if collector is None else [collector]
        read = read_streets(file, extent=None, crs=2154, cache_folder=cache, collectors=collectors)
        return read.from_cache, read.layers

    assert layers(None) == (False, {})
    first = layers(Ponds())
    assert not first[0]  # streets were cached without them
    second = layers(Ponds())
    assert second[0]
    assert all(second[1][name].equals(first[1][name]) for name in ("ponds", "rails"))
    assert layers(None)[0]
    assert not layers(Ponds(fingerprint="2"))[0]
    assert not layers(Ponds(area_keys=("natural", "landuse")))[0]


def rules_of(folder: Path, elements: str, *, extent: shapely.Geometry | None = None) -> StreetsRead:
    whole = town()
    file = write_xml(folder / "rules.osm", [*whole.xml(), elements])
    return read_streets(file, extent=extent, crs=2154)


def tagged(number: int, **tags: str) -> str:
    """A node of the town once more, with tags: the last one counts."""
    lon, lat = town().nodes[number]
    body = "".join(f"<tag k='{key.replace('__', ':')}' v='{value}'/>" for key, value in tags.items())
    return f"<node id='{number}' lon='{lon}' lat='{lat}'>{body}</node>"


def restriction(number: int, members: str, **tags: str) -> str:
    """A restriction; members as « w11 from, n8 via, w3 to »."""
    kinds = {"w": "way", "n": "node"}
    rows = [item.split() for item in members.split(",")]
    body = "".join(f"<member type='{kinds[ref[0]]}' ref='{ref[1:]}' role='{role}'/>" for ref, role in rows)
    body += "".join(f"<tag k='{key.replace('__', ':')}' v='{value}'/>" for key, value in tags.items())
    return f"<relation id='{number}'>{body}<tag k='type' v='restriction'/></relation>"


def test_a_street_is_cut_at_a_barrier_in_its_middle_and_the_barrier_has_a_row(tmp_path: Path) -> None:
    read = rules_of(tmp_path, tagged(MIDDLE, barrier="bollard", bicycle="yes", maxwidth__physical="1.2"))
    rows = read.traffic.nodes
    assert rows["node_id"].tolist() == [MIDDLE]
    assert rows.loc[0, ["barrier", "bicycle", "maxwidth_physical", "foot"]].tolist() == ["bollard", "yes", "1.2", ""]
    assert list(rows.columns) == list(no_traffic_rules().nodes.columns)
    assert len(read.streets) == 56
    bridge = read.streets[read.streets["edge_id"].str.startswith(f"w{BRIDGE}-")]
    assert [bridge["to_node"].iloc[0], bridge["from_node"].iloc[1]] == [MIDDLE, MIDDLE]
    end = shapely.get_point(bridge.geometry.iloc[0], -1)
    assert (rows.loc[0, "x"], rows.loc[0, "y"]) == pytest.approx((end.x, end.y), abs=1e-6)


@pytest.mark.parametrize(
    ("tags", "is_rule"),
    [
        ({"highway": "crossing", "crossing": "traffic_signals"}, True), ({"highway": "traffic_signals"}, True),
        ({"highway": "crossing", "crossing__signals": "yes"}, True), ({"highway": "elevator"}, True),
        ({"highway": "crossing", "kerb": "raised"}, True), ({"entrance": "yes", "access": "private"}, True),
        ({"highway": "crossing", "crossing": "zebra", "kerb": "lowered"}, False), ({"highway": "bus_stop"}, False),
        ({"entrance": "main"}, False), ({"highway": "street_lamp"}, False),
    ],
)  # fmt: skip
def test_only_what_stops_or_delays_cuts_a_street(tmp_path: Path, tags: dict[str, str], is_rule: bool) -> None:
    read = rules_of(tmp_path, tagged(MIDDLE, **tags))
    assert (len(read.traffic.nodes), len(read.streets)) == ((1, 56) if is_rule else (0, 55))


def test_a_barrier_beside_the_streets_has_no_row(tmp_path: Path) -> None:
    assert (
        len(
            rules_of(tmp_path, "<node id='400' lon='2.25' lat='48.82'><tag k='barrier' v='gate'/></node>").traffic.nodes
        )
        == 0
    )


def test_restrictions_become_rows_by_rule_and_pair(tmp_path: Path) -> None:
    via = node(2, 2)
    elements = "".join(
        [
            restriction(
                5, f"w13 from,n{via} via,w{BRIDGE} to", restriction="no_left_turn", **{"except": "bicycle;psv"}
            ),
            restriction(6, f"w13 from,w3 from,n{via} via,w{BRIDGE} to", restriction="no_entry"),
            restriction(7, f"w13 from,w3 via,w{BRIDGE} via,w23 to", restriction__hgv="no_u_turn"),
            restriction(
                8, f"w13 from,n{via} via,w3 to",
                restriction__conditional="no_left_turn @ (Mo-Fr 07:00-09:00; PH off); only_straight_on @ (22:00-06:00)",
            ),
            restriction(9, f"w13 from,n{via} via,w3 to", restriction="no_left_turn", hour_on="07:00", hour_off="09:00"),
            restriction(4, f"w13 from,n{via} via,w3 to", name="no rule"),
        ]
    )  # fmt: skip
    read = rules_of(tmp_path, elements)
    rows = [tuple(row) for row in read.traffic.restrictions.itertuples(index=False)]
    assert rows == [
        (5, "no_left_turn", 13, via, "", BRIDGE, "bicycle;psv", "", ""),
        (6, "no_entry", 13, via, "", BRIDGE, "", "", ""),
        (6, "no_entry", 3, via, "", BRIDGE, "", "", ""),
        (7, "no_u_turn", 13, -1, f"3;{BRIDGE}", 23, "", "hgv", ""),
        (8, "no_left_turn", 13, via, "", 3, "", "", "Mo-Fr 07:00-09:00; PH off"),
        (8, "only_straight_on", 13, via, "", 3, "", "", "22:00-06:00"),
        (9, "no_left_turn", 13, via, "", 3, "", "", "07:00-09:00"),
    ]
    assert not read.omissions


@pytest.mark.parametrize(
    "members", ["w13 from,n15 via,w999 to", "w13 from,w3 to", "w13 from,n777 via,w3 to", "n15 via,w3 to"]
)
def test_a_restriction_with_a_missing_member_is_counted_and_not_followed(tmp_path: Path, members: str) -> None:
    read = rules_of(tmp_path, restriction(5, members, restriction="no_left_turn"))
    assert len(read.traffic.restrictions) == 0
    assert read.omissions == (Omission("restriction_incomplete", 1, 1, examples=("r5",)),)


def test_a_restriction_beyond_the_extent_is_not_missed(tmp_path: Path) -> None:
    elements = restriction(5, "w13 from,n15 via,w50 to", restriction="no_left_turn")
    elements += restriction(6, "w6 from,n36 via,w26 to", restriction="no_left_turn")  # at the far corner
    read = rules_of(tmp_path, elements, extent=shapely.box(*lon_lat(-0.5, 1.5), *lon_lat(2.6, 2.6)))
    assert read.traffic.restrictions["relation_id"].tolist() == [5]
    assert not read.omissions


def test_rules_come_back_from_the_cache(tmp_path: Path) -> None:
    whole = town()
    elements = [tagged(MIDDLE, barrier="gate"), restriction(5, "w13 from,n15 via,w50 to", restriction="no_left_turn")]
    elements.append(restriction(6, "w13 from,n15 via,w999 to", restriction="no_left_turn"))
    file = write_xml(tmp_path / "rules.osm", [*whole.xml(), *elements])
    one, other = (read_streets(file, extent=None, crs=2154, cache_folder=tmp_path / "cache") for _ in range(2))
    assert other.from_cache
    assert len(one.omissions) == 1
    assert other.omissions == one.omissions
    for table in ("nodes", "restrictions"):
        first, second = getattr(one.traffic, table), getattr(other.traffic, table)
        assert second.equals(first)
        assert (second.dtypes == first.dtypes).all()


@pytest.mark.slow
def test_porto_has_its_restrictions_and_barriers() -> None:
    read = read_streets(shared("porto.osm.pbf"), extent=None, crs=3763)
    assert len(read.traffic.restrictions) > 300
    assert (read.traffic.nodes["barrier"] != "").sum() > 600
    ends = set(read.streets["from_node"]) | set(read.streets["to_node"])
    assert set(read.traffic.nodes["node_id"]) <= ends
