"""A town of 6 × 6 crossings, 100 m apart, with a river through it and one bridge: what breaks the bridge shows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
from shapely import Point

from access92.network.modes import read_modes
from access92.sources.streets.read import StreetsRead, read_streets
from tests.door_to_door import door_to_door

LON0, LAT0, STEP_LON, STEP_LAT = 2.2500, 48.8200, 0.00136, 0.00090
SIZE = 6
RIVER = 2.5  # between the third and the fourth column
MIDDLE, BRIDGE = 100, 50
SNAP_M = 50.0

Place = tuple[float, float]


def lon_lat(east: float, north: float) -> Place:
    """Degrees of a place so many blocks east and north."""
    return round(LON0 + east * STEP_LON, 7), round(LAT0 + north * STEP_LAT, 7)


@dataclass(slots=True)
class Town:
    """Nodes by id and ways by id: (nodes, tags); tests change what they will before it is written."""

    nodes: dict[int, Place] = field(default_factory=dict)
    ways: dict[int, tuple[list[int], dict[str, str]]] = field(default_factory=dict)

    def xml_nodes(self, ids: Iterable[int]) -> list[str]:
        """The elements of these nodes."""
        return [f"<node id='{n}' lon='{self.nodes[n][0]:.7f}' lat='{self.nodes[n][1]:.7f}'/>" for n in ids]

    def xml_ways(self, ids: Iterable[int], *, attributes: str = "", with_places: bool = False) -> list[str]:
        """The elements of these ways; ``with_places`` as « out geom » writes them."""
        lines = []
        for way in ids:
            refs, tags = self.ways[way]
            places = {
                n: f" lon='{self.nodes[n][0]:.7f}' lat='{self.nodes[n][1]:.7f}'" if with_places else "" for n in refs
            }
            body = "".join(f"<nd ref='{n}'{places[n]}/>" for n in refs)
            body += "".join(f"<tag k='{key}' v='{value}'/>" for key, value in tags.items())
            lines.append(f"<way id='{way}'{attributes}>{body}</way>")
        return lines

    def xml(self) -> list[str]:
        """All nodes, then all ways."""
        return [*self.xml_nodes(self.nodes), *self.xml_ways(self.ways)]


def node(east: int, north: int) -> int:
    """The id of a crossing."""
    return 1 + east + SIZE * north


def town() -> Town:
    """The whole town: six columns, twelve half rows, and the bridge with a node in its middle."""
    result = Town({node(i, j): lon_lat(i, j) for j in range(SIZE) for i in range(SIZE)})
    result.nodes[MIDDLE] = lon_lat(RIVER, 2)
    street = {"highway": "residential"}
    for k in range(SIZE):
        result.ways[1 + k] = [node(k, j) for j in range(SIZE)], street
        result.ways[11 + k] = [node(i, k) for i in range(3)], street
        result.ways[21 + k] = [node(i, k) for i in range(3, SIZE)], street
    result.ways[BRIDGE] = [node(2, 2), MIDDLE, node(3, 2)], street
    return result


def write_xml(file: Path, lines: Iterable[str]) -> Path:
    """An OSM file of these elements."""
    file.write_text("\n".join(["<osm version='0.6'>", *lines, "</osm>"]), encoding="utf-8")
    return file


def read(file: Path) -> StreetsRead:
    """Its streets, all of them."""
    return read_streets(file, extent=None, crs=2154)


def minutes(read: StreetsRead, *, start: Place = (0.0, 2.0), end: Place = (5.0, 2.0), mode: str = "walk") -> float:
    """Door to door from one bank to the other, between places in blocks; NaN where there is no way."""
    places = gpd.GeoSeries([Point(lon_lat(*start)), Point(lon_lat(*end))], crs=4326).to_crs(2154)
    demand = gpd.GeoDataFrame({"demand_id": ["home"], "population": [1.0]}, geometry=[places[0]], crs=2154)
    services = gpd.GeoDataFrame({"service_id": ["office"]}, geometry=[places[1]], crs=2154)
    times = door_to_door(services, demand, read.streets, read_modes()[mode], max_snap_m=SNAP_M)
    return float(times.minutes[0, 0])
