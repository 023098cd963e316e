"""An OSM file as large as wanted, made of copies of a real one side by side."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import osmium

_ID_STEP = 100_000_000_000  # beyond any id of the copied file, so that copies never share a node
_GAP_DEGREES = 0.01


def copy_side_by_side(source: Path, target: Path, copies: int) -> Path:
    """``target``: nodes and ways of ``source`` as many times as ``copies``, in a square of copies; ids sorted.

    The first copy stays where it is and as it is. Relations, which readers of streets do not use, are left out.
    """
    west, south, east_end, north_end = bounds_of(source)
    width, height = east_end - west + _GAP_DEGREES, north_end - south + _GAP_DEGREES
    side = math.ceil(math.sqrt(copies))
    with osmium.SimpleWriter(str(target), overwrite=True) as writer:
        for copy in range(copies):
            east, north = copy % side * width, copy // side * height
            for node in osmium.FileProcessor(str(source), osmium.osm.NODE):
                place = node.location
                writer.add_node(
                    node.replace(id=node.id + copy * _ID_STEP, location=(place.lon + east, place.lat + north))
                )
        for copy in range(copies):
            for way in osmium.FileProcessor(str(source), osmium.osm.WAY):
                shift = copy * _ID_STEP
                writer.add_way(way.replace(id=way.id + shift, nodes=[node.ref + shift for node in way.nodes]))
    return target


def bounds_of(file: Path) -> tuple[float, float, float, float]:
    """West, south, east, north in degrees: from the header of an OSM file, else from its nodes."""
    with osmium.io.Reader(str(file), osmium.osm.NOTHING) as reader:
        box = reader.header().box()
    if box.valid():
        return box.bottom_left.lon, box.bottom_left.lat, box.top_right.lon, box.top_right.lat
    nodes = osmium.FileProcessor(str(file), osmium.osm.NODE)
    places = np.array([(node.location.lon, node.location.lat) for node in nodes])
    (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
    return float(west), float(south), float(east), float(north)
