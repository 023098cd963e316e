"""The network of a town as the page of a run reads it: packed by Python, unpacked and searched by Node."""

from __future__ import annotations

import geopandas as gpd
import numpy as np

from access92.network.lines import whole_cm
from access92.network.link_reference import LinkReference
from access92.network.modes import Mode
from access92.outputs.maps.run_map.packed_network import pack_mode, pack_streets, page_streets
from access92.outputs.pages import template_text
from access92.sources.streets.traffic import TrafficRules
from access92.travel.router import Router

_FILES = (
    "map_unpacking", "run_map_unpacking", "run_map_network", "run_map_linking", "run_map_search", "run_map_itinerary",
    "run_map_reach", "run_map_closing", "run_map_grounds",
)  # fmt: skip
SCRIPTS = "const A92 = {};\n" + "\n".join(template_text(f"{name}.js") for name in _FILES)

READ = """
const bytes = text => {
  const colon = text.indexOf(":");
  return require("zlib").inflateRawSync(A92.base91(text, colon + 1, +text.slice(0, colon)));
};
const streets = A92.readStreets(bytes(input.streets));
const index = A92.indexStreets(streets);
const network = A92.readMode(bytes(input.mode), streets);
const flags = streets.links(network.family);
"""
"""Of the content that :func:`page_content` makes: what the scripts read."""


def route(
    streets: gpd.GeoDataFrame, demand: gpd.GeoDataFrame, mode: Mode, *, traffic: TrafficRules | None = None
) -> Router:
    """The router of a mode on all of these streets."""
    return Router(
        streets=streets, streets_key="", water=None, demand=demand, demand_key="", mode=mode, cutoff_min=60.0,
        max_snap_m=300.0, cache_folder=None, reference=LinkReference(streets, traffic=traffic), traffic=traffic,
    )  # fmt: skip


def page_content(router: Router, services: gpd.GeoDataFrame) -> dict[str, object]:
    """What the page is given of one mode, for a script that begins with ``READ``."""
    mode = router.mode.name
    packed = page_streets({mode: router})
    return {
        "streets": pack_streets(packed),
        "mode": pack_mode(packed, mode),
        "homes": _places(router.demand), "services": _places(services),
        "reach": {"limitM": router.max_snap_m, "radiusM": router.link_radius_m},
        "limit": round(router.cutoff_min * 60_000), "row": packed.row.tolist(),
    }  # fmt: skip


def _places(table: gpd.GeoDataFrame) -> list[list[float]]:
    return whole_cm(np.column_stack([table.geometry.x, table.geometry.y])).tolist()
