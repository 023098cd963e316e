"""What maps draw around the demonstration streets: the Seine, woods and parks, stations, all in their real places."""

from __future__ import annotations

import shapely

from access92.sources.demo.frame import CRS_M, DemoFrame, seine_polygon
from access92.sources.surroundings import Surroundings, named_nature, surroundings_of

_KINDS = {"bois": "wood", "parc": "park", "cimetière": "cemetery"}
"""Kind in the file of woods and parks → kind of the maps."""


def demo_surroundings(frame: DemoFrame, crs: object = CRS_M) -> Surroundings:
    """The surroundings of a frame, as an extract would give them.

    >>> import geopandas as gpd, pandas as pd
    >>> seine = shapely.LineString([(0, 0), (900, 0)])
    >>> green = gpd.GeoDataFrame({"name": [""], "kind": ["bois"]}, geometry=[shapely.box(0, 200, 99, 299)], crs=CRS_M)
    >>> nothing = gpd.GeoDataFrame(geometry=[], crs=CRS_M)
    >>> frame = DemoFrame(nothing, seine, nothing, pd.DataFrame(), "EPSG:3035", 1000.0, green=green)
    >>> demo_surroundings(frame).features[["layer", "kind"]].values.tolist()
    [['water', ''], ['green', 'wood']]
    """
    rows: list[tuple[str, str, str, shapely.Geometry]] = [("water", "", "", seine_polygon(frame))]
    if frame.green is not None:
        for name, kind in _KINDS.items():
            of_kind = frame.green.geometry[(frame.green["kind"] == name).to_numpy()]
            if len(of_kind):
                rows.append(("green", kind, "", of_kind.union_all()))
    named = [("river", "La Seine", frame.seine)]
    if frame.green is not None:
        of_file = zip(frame.green["kind"], frame.green["name"], frame.green.geometry, strict=True)
        named += [(_KINDS[kind], name, shape) for kind, name, shape in of_file if name and kind in _KINDS]
    rows += named_nature(named)
    if frame.stations is not None:
        stations = zip(frame.stations["kind"], frame.stations["name"], frame.stations.geometry, strict=True)
        rows += [("station", kind, name, point) for kind, name, point in stations]
    return surroundings_of(rows, crs)
