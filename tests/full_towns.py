"""Random towns where every rule of the network meets every other, and what the plainest means say of them.

Turns, private ways, gates, barriers, kerbs, signals, slopes, plazas, lifts, tunnels, steps, conditional tags, one-way
ends, and streets that a scenario closes.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import datetime

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import LineString, Point

from access92.network.access_rules import directed_access
from access92.network.modes import Mode
from access92.network.slopes import MOVERS, column_name, time_factors
from access92.sources.streets.conditions import settle_conditions
from access92.sources.streets.traffic import TrafficRules
from tests.line_graph import LineGraph, Rule
from tests.oracle import Street
from tests.restricted_towns import behind_gates, restricted_town

MOMENT = datetime(2024, 10, 18, 10)  # noqa: DTZ001 - on the clocks of the place
_WALKWAYS = {"footway", "path", "steps", "pedestrian"}
NODE_TAGS: dict[str, dict[str, str]] = {
    "wall": {"barrier": "wall"},
    "stile": {"barrier": "stile"},
    "bollard": {"barrier": "bollard"},
    "gate": {"barrier": "gate"},
    "private gate": {"barrier": "gate", "access": "private"},
    "kerb": {"barrier": "kerb", "kerb": "raised"},
    "signals": {"highway": "traffic_signals"},
}


@dataclass(frozen=True)
class FullTown:
    """A town with the rules of its traffic, and the same as the oracle takes them: by node what stands there."""

    streets: gpd.GeoDataFrame
    services: gpd.GeoDataFrame
    demand: gpd.GeoDataFrame
    traffic: TrafficRules
    rules: tuple[Rule, ...]
    nodes: dict[int, str]
    closed: np.ndarray


def full_town(seed: int, *, size: int = 5, restrictions: int = 14, homes: int = 10) -> FullTown:
    """A town of ``size`` × ``size`` crossings; places lie within it and around it."""
    restricted = restricted_town(seed, size=size, restrictions=restrictions, private_share=0.1)
    town, rng, lot = restricted.town, np.random.default_rng([seed, 2]), random.Random(seed)
    streets = _with_plazas(town.streets, lot)
    count = len(streets)
    streets = streets.assign(
        highway=np.where(
            streets["highway"] == "pedestrian",
            "pedestrian",
            rng.choice(
                ["residential", "steps", "trunk", "path", "footway", "elevator"], count,
                p=[0.7, 0.08, 0.02, 0.08, 0.1, 0.02],
            ),
        ),
        foot=rng.choice(["", "yes"], count, p=[0.5, 0.5]),
        tunnel=rng.choice(["", "yes"], count, p=[0.94, 0.06]),
        surface=rng.choice(["asphalt", "gravel"], count, p=[0.93, 0.07]),
        access_conditional=rng.choice(
            ["", "no @ (Mo-Fr 07:00-19:00)", "private @ (08:00-12:00)", "no @ (20:00-22:00)"], count,
            p=[0.88, 0.05, 0.04, 0.03],
        ),
    )  # fmt: skip
    streets = settle_conditions(streets, MOMENT).streets
    rises = rng.choice([-0.09, -0.04, 0.0, 0.04, 0.07], count, p=[0.05, 0.15, 0.6, 0.15, 0.05])
    for mover in MOVERS:
        for direction, sign in (("forward", 1), ("backward", -1)):
            flat = streets["highway"] == "steps"
            streets[column_name(mover, direction)] = np.where(flat, 1.0, time_factors(sign * rises, mover))

    ends = {}
    for row in streets.itertuples():
        ends[row.from_node], ends[row.to_node] = row.geometry.coords[0], row.geometry.coords[-1]
    kinds = sorted(NODE_TAGS)
    nodes = {node: lot.choice(kinds) for node in sorted(ends) if lot.random() < 0.3}
    blank = dict.fromkeys(("barrier", "highway", "access", "kerb"), "")
    table = pd.DataFrame(
        [
            {"node_id": node, "x": ends[node][0], "y": ends[node][1], **blank, **NODE_TAGS[kind]}
            for node, kind in nodes.items()
        ],
        columns=["node_id", "x", "y", *blank],
    ).astype({"node_id": "int64"})
    closed = rng.random(count) < rng.choice([0.03, 0.1, 0.3])
    closed[rng.integers(count)] = True
    return FullTown(
        streets, town.services, town.demand.iloc[:homes], replace(restricted.traffic, nodes=table), restricted.rules,
        nodes, closed,
    )  # fmt: skip


def _with_plazas(streets: gpd.GeoDataFrame, lot: random.Random) -> gpd.GeoDataFrame:
    """The streets and, behind them, straight lines across some blocks, as those of plazas."""
    places = {}
    for row in streets.itertuples():
        places[row.from_node], places[row.to_node] = row.geometry.coords[0], row.geometry.coords[-1]
    rows = []
    for node in sorted(places):
        if node + 101 in places and lot.random() < 0.15:
            line = LineString([places[node], places[node + 101]])
            rows.append(
                {"edge_id": f"w{9000 + node}-0", "from_node": node, "to_node": node + 101, "length_m": line.length,
                 "geometry": line, "highway": "pedestrian", "oneway": "", "oneway_foot": "", "maxspeed_kmh": np.nan,
                 "name": "", "access": ""}
            )  # fmt: skip
    if not rows:
        return streets
    return gpd.GeoDataFrame(
        pd.concat([streets, pd.DataFrame(rows)], ignore_index=True), geometry="geometry", crs=streets.crs
    )


def plain_graph(town: FullTown, mode: Mode, *, closed: frozenset[int] = frozenset()) -> LineGraph | None:
    """The town as the oracle takes it; None where two parts are equally large, and either may be the town itself."""
    streets = town.streets
    forward_s, backward_s, private = directed_access(streets, mode, has_elevation=True)
    seconds = [
        [
            _sloped_s(row, flat_s, mode, direction)
            for row, flat_s in zip(streets.to_dict("records"), column, strict=True)
        ]
        for column, direction in ((forward_s, "forward"), (backward_s, "backward"))
    ]
    usable = [seconds[0][number] is not None or seconds[1][number] is not None for number in range(len(streets))]

    # each street has an end of its own where something stops the mode
    highway, original = streets["highway"].tolist(), list(zip(streets["from_node"], streets["to_node"], strict=True))
    cut: list[tuple[int, int]] = []
    for number, ends in enumerate(original):
        fresh = (-2 * number - 1, -2 * number - 2)
        cut.append(
            tuple(
                own if _stops(town.nodes.get(node, ""), mode, highway[number]) else node
                for node, own in zip(ends, fresh, strict=True)
            )
        )  # type: ignore[arg-type]
    parts = _parts(cut, [number for number in range(len(streets)) if usable[number]])
    sizes = sorted(map(len, parts))
    if len(sizes) > 1 and sizes[-1] == sizes[-2]:
        return None
    behind = set()
    for part in parts:
        at_gate = any(town.nodes.get(node) == "private gate" for number in part for node in original[number])
        if at_gate and len(part) < sizes[-1]:
            behind |= part
    opened = {node for number in behind for node in original[number] if town.nodes.get(node) == "private gate"}
    ends_now = [
        tuple(node if node in opened else own for node, own in zip(original[number], cut[number], strict=True))
        for number in range(len(streets))
    ]

    def ms(value: float | None, node: int) -> int | None:
        """Whole milliseconds, and the wait at the node that is come to."""
        if value is None:
            return None
        kind = town.nodes.get(node, "")
        wait_s = mode.signal_s if kind == "signals" and mode.waits_at_signals else 0.0
        wait_s += 30.0 if kind == "gate" and mode.family == "car" else 0.0
        return max(1, round(value * 1000)) + round(wait_s * 1000)

    plain = [
        Street(
            start, end, streets.geometry.iloc[number],
            ms(seconds[0][number], original[number][1]), ms(seconds[1][number], original[number][0]),
        )
        for number, (start, end) in enumerate(ends_now)
    ]  # fmt: skip
    is_private = [bool(private[number]) or number in behind for number in range(len(streets))]
    public = [number for number in range(len(streets)) if usable[number] and not is_private[number]]
    sizes = sorted(map(len, _parts([(street.start, street.end) for street in plain], public)))
    if len(sizes) > 1 and sizes[-1] == sizes[-2]:
        return None
    rules = town.rules if mode.family != "foot" else ()
    return LineGraph(plain, behind_gates(plain, is_private), rules, closed)


def _sloped_s(row: dict[str, object], flat_s: float, mode: Mode, direction: str) -> float | None:
    """Seconds along a street with its slope, None where it is closed; a bicycle is pushed where that is faster."""
    if np.isnan(flat_s):
        return None
    if mode.family == "car":
        return float(flat_s)
    on_foot = float(row[column_name("foot", direction)])  # type: ignore[arg-type]
    mover = "wheelchair" if mode.needs_wheelchair_access else mode.family
    ridden_s = float(flat_s) * float(row[column_name(mover, direction)])  # type: ignore[arg-type]
    if mode.family == "bicycle" and mode.pushing_speed_kmh is not None:
        push_s = float(row["length_m"]) * 3.6 / mode.pushing_speed_kmh  # type: ignore[arg-type]
        if flat_s >= push_s * (1 - 1e-9):
            return float(flat_s) * on_foot
        return min(ridden_s, push_s * on_foot)
    return None if np.isnan(ridden_s) else ridden_s


def _stops(kind: str, mode: Mode, highway: str) -> bool:
    """Whether what stands at a node stops a mode that comes by a street of this class."""
    wheels = mode.family != "foot" or mode.needs_wheelchair_access
    return (
        kind in ("wall", "private gate")
        or (kind == "stile" and wheels)
        or (kind == "bollard" and mode.family == "car")
        or (kind == "kerb" and mode.needs_wheelchair_access and highway in _WALKWAYS)
    )


def _parts(ends: list[tuple[int, int]], numbers: list[int]) -> list[set[int]]:
    """The streets by the parts that hang together, whatever their directions."""
    parts: list[set[int]] = []
    for number in numbers:
        nodes = set(ends[number])
        joined = [part for part in parts if any(nodes & set(ends[other]) for other in part)]
        parts = [part for part in parts if part not in joined]
        parts.append({number}.union(*joined))
    return parts


def plain_links(
    place: Point, lines: list[LineString], *, usable: set[int], doors: set[int], masks: dict[str, set[int]],
    max_snap_m: float, radius_m: float,
) -> list[int]:  # fmt: skip
    """The streets that a place links to, of those of the study that are ``usable``, by trying all.

    ``masks``: the streets that are open to « one » mode of the family, to « all », to the « public », and « private ».
    """
    away = [line.distance(place) for line in lines]

    def nearest(numbers: set[int]) -> float:
        least = min((away[number] for number in numbers), default=np.inf)
        return least if least <= max_snap_m else np.inf

    nearest_m, accessible_m, public_m = (nearest(masks[name]) for name in ("one", "all", "public"))
    on_private = bool(masks["private"]) and nearest_m < np.inf and not public_m <= nearest_m + 0.001
    allowed = {number for number in usable if on_private or number not in masks["private"]}
    reach_m = min(nearest_m + radius_m, max_snap_m)
    chosen = [
        number for number in sorted(allowed & doors)
        if nearest_m < np.inf and (away[number] <= reach_m or abs(away[number] - accessible_m) < 1e-7)
    ]  # fmt: skip
    for fallback in (allowed & doors, allowed):
        within = [number for number in fallback if away[number] <= max_snap_m]
        if not chosen and within:
            chosen = [min(within, key=lambda number: (away[number], number))]
    return chosen
