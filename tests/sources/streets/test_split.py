"""Ways cut where streets meet: worked examples, a plain-Python oracle on random ways, lengths."""

from __future__ import annotations

from collections import Counter

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from access92.sources.streets.assemble import streets_of_extract
from access92.sources.streets.extract import OsmExtract
from access92.sources.streets.split import Edges, clip_edges, ground_lengths_m, split_ways
from access92.sources.streets.traffic_collector import RawTraffic
from access92.sources.streets.ways import MISSING, WayCollector, Ways
from access92.study.schemas import STREET_TAGS, STREETS, check_table

Way = tuple[int, list[tuple[int, int, int]]]


def ways_of(*ways: Way) -> Ways:
    collector = WayCollector()
    for way_id, nodes in ways:
        collector.add(way_id, [("highway", "residential")], nodes)
    return collector.finish()


def streets_of_ways(ways: Ways) -> gpd.GeoDataFrame:
    return streets_of_extract(OsmExtract(ways, RawTraffic()), extent=None, crs=pyproj.CRS(2154))


def ends(edges: Edges) -> list[tuple[int, int]]:
    return list(zip(edges.from_node.tolist(), edges.to_node.tolist(), strict=True))


A, B, C, D, E = ((number, 1000 * number, 7 * number**2) for number in range(1, 6))


def test_two_streets_are_cut_where_they_meet() -> None:
    assert ends(split_ways(ways_of((1, [A, C, B]), (2, [D, C, E])))) == [(1, 3), (3, 2), (4, 3), (3, 5)]


def test_a_bend_that_no_other_street_touches_is_no_junction() -> None:
    edges = split_ways(ways_of((1, [A, B, C])))
    assert ends(edges) == [(1, 3)]
    assert edges.lon.tolist() == [0.0001, 0.0002, 0.0003]


def test_a_street_is_cut_where_another_one_ends_on_it() -> None:
    assert ends(split_ways(ways_of((1, [A, B, C]), (2, [D, B])))) == [(1, 2), (2, 3), (4, 2)]


def test_a_closed_way_alone_is_one_edge_from_its_node_to_itself() -> None:
    edges = split_ways(ways_of((1, [A, B, C, A])))
    assert ends(edges) == [(1, 1)]
    assert len(edges.lon) == 4


def test_a_closed_way_is_also_cut_where_a_street_reaches_it() -> None:
    assert ends(split_ways(ways_of((1, [A, B, C, A]), (2, [C, D])))) == [(1, 3), (3, 1), (3, 4)]


def test_a_way_that_crosses_itself_is_cut_there() -> None:
    assert ends(split_ways(ways_of((1, [A, B, C, D, B, E])))) == [(1, 2), (2, 2), (2, 5)]


def test_a_way_there_and_back_is_one_edge_from_its_node_to_itself() -> None:
    assert ends(split_ways(ways_of((1, [A, B, A])))) == [(1, 1)]


def test_a_repeated_node_is_dropped() -> None:
    edges = split_ways(ways_of((1, [A, A, B, B, B, C, C])))
    assert ends(edges) == [(1, 3)]
    assert len(edges.lon) == 3


def test_two_nodes_at_one_place_become_one_so_that_streets_stay_joined() -> None:
    twin = (9, *B[1:])
    edges = split_ways(ways_of((1, [A, twin, B]), (2, [B, C]), (3, [twin, D])))
    assert ends(edges) == [(1, 2), (2, 3), (2, 4)]
    assert (ground_lengths_m(edges) > 0).all()


def test_a_missing_node_cuts_a_way_and_the_runs_that_exist_are_kept() -> None:
    gone = (99, MISSING, MISSING)
    assert ends(split_ways(ways_of((1, [A, B, gone, C, D, gone, E])))) == [(1, 2), (3, 4)]


def test_ways_without_two_known_nodes_give_no_edge() -> None:
    assert len(split_ways(ways_of((1, [A]), (2, []), (3, [B, (99, MISSING, MISSING)])))) == 0


def test_no_ways_give_an_empty_table_with_every_column() -> None:
    table = streets_of_ways(WayCollector().finish())
    assert len(table) == 0
    assert {*STREETS.required, *STREET_TAGS, "geometry"} <= set(table.columns)


def test_of_a_way_given_twice_the_last_counts_and_ways_come_out_by_id() -> None:
    edges = split_ways(ways_of((5, [A, B]), (3, [C, D]), (5, [A, B, E])))
    assert ends(edges) == [(3, 4), (1, 5)]


def plain_split(ways: dict[int, list[tuple[int, int, int]]]) -> Counter[tuple[int, tuple[int, ...]]]:
    """The oracle: one loop after the other, over nodes that all stand at different places."""
    runs = []
    for way_id, nodes in ways.items():
        run: list[int] = []
        for number, x, _ in [*nodes, (0, MISSING, MISSING)]:
            if x == MISSING:
                runs.append((way_id, run))
                run = []
            elif not run or run[-1] != number:
                run.append(number)
    uses = Counter(number for _, run in runs for number in run)
    pieces: Counter[tuple[int, tuple[int, ...]]] = Counter()
    for way_id, run in runs:
        piece: list[int] = []
        for place, number in enumerate(run):
            piece.append(number)
            if len(piece) > 1 and (uses[number] > 1 or place == len(run) - 1):
                pieces[way_id, tuple(piece)] += 1
                piece = [number]
    return pieces


@pytest.mark.parametrize("seed", range(40))
def test_random_ways_are_cut_as_the_plain_oracle_cuts_them(seed: int) -> None:
    random = np.random.default_rng(seed)
    place = {number: (number, int(number) * 1000, int(number) ** 2) for number in range(1, 26)}
    ways = {}
    for way_id in random.permutation(12):
        walk = random.integers(1, 26, size=random.integers(0, 9))
        ways[int(way_id)] = [
            (int(number), MISSING, MISSING) if random.random() < 0.1 else place[int(number)] for number in walk
        ]
    read = ways_of(*ways.items())
    edges = split_ways(read)
    got = Counter(
        (int(read.way_id[way]), tuple((edges.lon[first:last] * 10_000).round().astype(int).tolist()))
        for way, first, last in zip(edges.way, edges.first[:-1], edges.first[1:], strict=True)
    )
    assert got == plain_split(ways)


def test_lengths_are_geodesic_to_a_hundred_thousandth_at_every_latitude() -> None:
    random = np.random.default_rng(92)
    count = 400
    lon, lat = random.uniform(-180, 180, count), random.uniform(-75, 75, count)
    steps = random.uniform(-0.02, 0.02, (2, count))
    edges = Edges(
        way=np.arange(count),
        index=np.zeros(count, dtype=np.int64),
        from_node=np.arange(count),
        to_node=np.arange(count),
        first=np.arange(0, 2 * count + 1, 2),
        lon=np.column_stack([lon, lon + steps[0]]).ravel(),
        lat=np.column_stack([lat, lat + steps[1]]).ravel(),
    )
    _, _, geodesic_m = pyproj.Geod(ellps="WGS84").inv(lon, lat, lon + steps[0], lat + steps[1])
    assert ground_lengths_m(edges) == pytest.approx(geodesic_m, rel=1e-5)


def test_an_edge_that_the_extent_cuts_is_kept_whole_and_one_beside_it_is_not() -> None:
    across, beside = (1, [(1, 0, 0), (2, 1_000_000, 0)]), (2, [(3, 0, 600_000), (4, 1_000_000, 600_000)])
    edges = split_ways(ways_of(across, beside))
    inside = clip_edges(edges, shapely.box(0.04, -0.01, 0.05, 0.05))
    assert ends(inside) == [(1, 2)]
    assert inside.lon.tolist() == [0, 0.1]


def test_a_street_in_a_hole_of_the_extent_is_left_out() -> None:
    edges = split_ways(ways_of((1, [(1, 0, 0), (2, 10_000, 0)])))
    ring = shapely.box(-1, -1, 1, 1).difference(shapely.box(-0.5, -0.5, 0.5, 0.5))
    assert len(clip_edges(edges, ring)) == 0


def test_tags_become_sorted_categories_and_an_absent_one_is_empty_text() -> None:
    collector = WayCollector()
    collector.add(2, [("highway", "path"), ("oneway:bicycle", "no"), ("colour", "red")], [A, B])
    collector.add(1, [("highway", "footway"), ("maxspeed", "30")], [B, C])
    table = check_table(streets_of_ways(collector.finish()), STREETS, where="essai")
    assert table["edge_id"].tolist() == ["w1-0", "w2-0"]
    assert table["highway"].tolist() == ["footway", "path"]
    assert table["oneway_bicycle"].tolist() == ["", "no"]
    assert table["oneway_bicycle"].cat.categories.tolist() == ["", "no"]
    assert table["wheelchair"].tolist() == ["", ""]
    assert table["maxspeed_kmh"].fillna(-1).tolist() == [30, -1]


def test_ways_outside_the_bounds_are_forgotten_but_their_place_is_known() -> None:
    collector = WayCollector(bounds=(0.0, 0.0, 1.0, 1.0))
    collector.add(
        1, [("highway", "path"), ("name", "Loin")], [(1, 50_000_000, 50_000_000), (2, 60_000_000, 50_000_000)]
    )
    collector.add(2, [("highway", "path"), ("name", "Ici")], [(3, 5_000_000, 5_000_000), (4, 20_000_000, 5_000_000)])
    ways = collector.finish()
    assert ways.way_id.tolist() == [2]
    assert ways.tags["name"].tolist() == ["Ici"]
    assert ways.bounds == (0.5, 0.5, 6.0, 5.0)
    assert ways.seen == 2


def test_the_same_ways_in_another_order_give_the_same_table() -> None:
    one = streets_of_ways(ways_of((1, [A, C, B]), (2, [D, C, E])))
    other = streets_of_ways(ways_of((2, [D, C, E]), (1, [A, C, B])))
    assert one.equals(other)
