"""The streets table of a file's ways: cut where streets meet or a rule hangs, squares crossed, clipped, projected."""

from __future__ import annotations

import geopandas as gpd
import pyproj
from shapely.geometry.base import BaseGeometry

from access92.sources.streets.extract import OsmExtract
from access92.sources.streets.plazas import cross_plazas
from access92.sources.streets.split import clip_edges, split_ways, streets_table
from access92.sources.streets.traffic_collector import nodes_to_cut


def streets_of_extract(extract: OsmExtract, *, extent: BaseGeometry | None, crs: pyproj.CRS) -> gpd.GeoDataFrame:
    """The streets that touch the extent (WGS 84), geometry in ``crs``.

    Examples
    --------
    >>> from access92.sources.streets.traffic_collector import RawTraffic
    >>> from access92.sources.streets.ways import WayCollector
    >>> collector = WayCollector()
    >>> collector.add(7, [("highway", "path")], [(1, 0, 0), (2, 10_000, 0)])
    >>> extract = OsmExtract(collector.finish(), RawTraffic())
    >>> streets_of_extract(extract, extent=None, crs=pyproj.CRS(3857)).length_m.round(1).tolist()
    [111.3]
    """
    edges = split_ways(extract.ways, cut_at=nodes_to_cut(extract.traffic))
    edges, way_id, tags = cross_plazas(edges, extract.ways, extract.areas)
    if extent is not None:
        edges = clip_edges(edges, extent)
    return streets_table(edges, way_id=way_id, tags=tags, crs=crs)
