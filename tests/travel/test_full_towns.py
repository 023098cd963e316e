"""Every rule of the network at once: our times cell by cell beside those of the plainest search."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from access92._space import LINK_RADIUS_M
from access92.errors import InputError
from access92.network.link_reference import LinkReference
from access92.network.linkable import is_linkable
from access92.network.modes import Family, Mode, read_modes
from access92.travel.cached_times import time_mode
from access92.travel.router import Router
from tests.full_towns import FullTown, full_town, plain_graph, plain_links
from tests.line_graph import LineGraph
from tests.oracle import Link
from tests.random_examples import examples

MODES = {name: replace(mode, waits_at_signals=True, signal_s=20.0) for name, mode in read_modes().items()}
LIMIT_M, CUTOFF_MIN = 120.0, 300.0
NAMES = ["walk", "walk_wheelchair", "bike", "car"]


class TownRouters:
    """The routers of one mode on a town: with all its streets, and without those that are closed."""

    def __init__(self, town: FullTown, mode: Mode, *, cache_folder: Path | None = None) -> None:
        self.town, self.mode = town, mode
        self.reference = LinkReference(town.streets, traffic=town.traffic)
        self.whole = self._router(None, cache_folder)
        self.after = self._router(self.whole, cache_folder)

    def _router(self, whole: Router | None, cache_folder: Path | None) -> Router:
        town = self.town
        streets = town.streets if whole is None else town.streets[~town.closed].reset_index(drop=True)
        return Router(
            streets=streets, streets_key="all" if whole is None else "fewer", water=None, demand=town.demand,
            demand_key="homes", mode=self.mode, cutoff_min=CUTOFF_MIN, max_snap_m=LIMIT_M, cache_folder=cache_folder,
            reference=self.reference, traffic=town.traffic, whole=whole,
        )  # fmt: skip

    def minutes(self, *, closed: bool) -> np.ndarray:
        """Services × homes."""
        return time_mode(self.after if closed else self.whole, self.town.services).times.minutes

    def plain_minutes(self, *, closed: bool) -> np.ndarray | None:
        """The same by the oracle."""
        before = self._plain(self.whole)
        if not closed or before is None:
            return None if before is None else before[0]
        after = self._plain(self.after)
        assert after is not None
        # who has lost all streets goes to another, and is not there sooner than before
        minutes, links = after
        for row, service in enumerate(links[0]):
            for column, home in enumerate(links[1]):
                if not (service <= before[1][0][row] and home <= before[1][1][column]):
                    minutes[row, column] = np.maximum(minutes[row, column], before[0][row, column])
        return minutes

    def _plain(self, router: Router) -> tuple[np.ndarray, tuple[list[set[int]], list[set[int]]]] | None:
        town, mode = self.town, self.mode
        closed = frozenset(np.flatnonzero(town.closed).tolist()) if router is self.after else frozenset()
        graph = plain_graph(town, mode, closed=closed)
        if graph is None:
            return None
        rows, network = self.reference.rows_of(router.streets)[router.network.street_row], router.network
        services, homes = (
            [self._links(place, set(rows[serving].tolist()), graph) for place in table.geometry]
            for table, serving in ((town.services, network.serves_services), (town.demand, network.serves_demand))
        )
        minutes = np.array(
            [[graph.least_minutes(home, service) + mode.parking_min for home in homes] for service in services]
        )
        sets = tuple([{link.street for link in links} for links in places] for places in (services, homes))
        return minutes, sets  # type: ignore[return-value]

    def _links(self, place: object, usable: set[int], graph: LineGraph) -> list[Link]:
        family, lines = self.mode.family, [street.line for street in graph.streets]
        reference = self.reference
        masks = {
            name: set(np.flatnonzero(mask).tolist())
            for name, mask in (
                ("one", reference.open_to_one(family)), ("all", reference.open_to_all(family)),
                ("public", reference.open_to_public(family)), ("private", reference.private(family)),
            )
        }  # fmt: skip
        doors = set(np.flatnonzero(is_linkable(self.town.streets)).tolist())
        chosen = plain_links(
            place, lines, usable=usable, doors=doors, masks=masks, max_snap_m=LIMIT_M, radius_m=LINK_RADIUS_M
        )  # type: ignore[arg-type]
        speed = self.mode.access_speed_kmh / 3600
        links = []
        for number in chosen:
            position = lines[number].project(place, normalized=True)
            position = 0.0 if position < 1e-9 else 1.0 if position > 1 - 1e-9 else position
            links.append(Link(number, position, round(lines[number].distance(place) / speed)))
        return links


def routers_of(seed: int, name: str, *, cache_folder: Path | None = None, **more: int) -> TownRouters | None:
    """The routers of a town; None where nothing is left that the mode may use."""
    routers = TownRouters(full_town(seed, **more), MODES[name], cache_folder=cache_folder)
    try:
        assert routers.whole.network.node_count
        assert routers.after.network.node_count
    except InputError:
        return None
    return routers


def differing(seed: int, name: str, *, closed: bool, **more: int) -> list[tuple[int, int, float, float]]:
    """Service, home, our milliseconds and the oracle's, where they are not the same; -1: not reached."""
    routers = routers_of(seed, name, **more)
    plain = None if routers is None else routers.plain_minutes(closed=closed)
    if routers is None or plain is None:
        return []
    ours, theirs = (
        np.rint(np.nan_to_num(table.astype(float) * 60_000, nan=-1))
        for table in (routers.minutes(closed=closed), plain)
    )
    # float32 minutes are whole milliseconds up to 4 h 40
    rows, columns = np.nonzero(np.abs(ours - theirs) > np.where(theirs > 16_000_000, 2, 0))
    return [(int(row), int(column), ours[row, column], theirs[row, column])
            for row, column in zip(rows, columns, strict=True)]  # fmt: skip


@examples(12)
@given(seed=st.integers(0, 100_000), name=st.sampled_from(NAMES), closed=st.booleans())
@example(seed=3989, name="walk", closed=False)  # a part that only wheelchairs go around is nearer than the main one
def test_every_rule_at_once_gives_the_times_of_the_plainest_search(seed: int, name: str, closed: bool) -> None:
    assert differing(seed, name, closed=closed) == []


@examples(30)
@given(seed=st.integers(0, 100_000), family=st.sampled_from(["foot", "bicycle", "car"]))
@example(seed=3989, family="foot")
@example(seed=980, family="car")
def test_what_is_open_to_all_is_open_to_one(seed: int, family: Family) -> None:
    town = full_town(seed)
    reference = LinkReference(town.streets, traffic=town.traffic)
    assert not (reference.open_to_all(family) & ~reference.open_to_one(family)).any()
