"""A closed street or a slower profile never shortens a time, whoever links to what."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from shapely import LineString, Point

from access92.network.graph import Network, build_network
from access92.network.link_reference import LinkReference
from access92.network.modes import Mode, read_modes
from access92.network.snapping import Snaps, beyond_radius, snap_places
from access92.travel.matrix import travel_time_matrix
from tests.random_examples import examples
from tests.random_towns import RandomTown, random_town, rugged
from tests.toy_town import CRS

MODES = read_modes()
LIMIT_M = 300.0
SLOWER = [
    ("walk", "walk_senior"), ("walk", "walk_stroller"), ("walk", "walk_wheelchair"),
    ("walk_stroller", "walk_wheelchair"), ("walk_senior", "walk_wheelchair"),
]  # fmt: skip


class Trip:
    """The times of a mode on some streets, where the streets of the whole town decide the links."""

    def __init__(self, town: RandomTown, streets: gpd.GeoDataFrame, mode: Mode) -> None:
        self.town, self.streets, self.reference = town, streets, LinkReference(town.streets)
        self.network: Network = build_network(streets, mode)

    def snaps(self, places: gpd.GeoSeries, serving: np.ndarray) -> Snaps:
        """The links of some places to the streets that serve such ones."""
        return snap_places(
            places, self.streets, self.network, max_snap_m=LIMIT_M, reference=self.reference, serving=serving
        )

    def both_snaps(self) -> list[tuple[gpd.GeoSeries, Snaps]]:
        """The services and the homes, with their links."""
        network = self.network
        tables = ((self.town.services, network.serves_services), (self.town.demand, network.serves_demand))
        return [(table.geometry, self.snaps(table.geometry, serving)) for table, serving in tables]

    def minutes(self) -> np.ndarray:
        """From each home to each service, inf where there is no way."""
        snaps = [snaps for _, snaps in self.both_snaps()]
        minutes = travel_time_matrix(self.network, *snaps, cutoff_min=120.0)
        return np.where(np.isnan(minutes), np.inf, minutes)

    def links_beyond(self, places: gpd.GeoSeries, snaps: Snaps) -> np.ndarray:
        """Which places have lost all the links of their own."""
        return beyond_radius(places, snaps, self.streets, self.network, max_snap_m=LIMIT_M, reference=self.reference)

    def beyond(self) -> bool:
        """Whether a place has lost all the links of its own."""
        return any(self.links_beyond(places, snaps).any() for places, snaps in self.both_snaps())

    def lies_in(self, other: Trip) -> bool:
        """Whether each street that serves homes, or services, here does so there too."""
        return all(self._served(name) <= other._served(name) for name in ("serves_demand", "serves_services"))

    def _served(self, name: str) -> set[str]:
        return set(self.streets["edge_id"].iloc[self.network.street_row[getattr(self.network, name)]])


def assert_no_time_is_shorter(before: Trip, after: Trip) -> None:
    # the rule is of one ground: not of a mode whose main part lies elsewhere, nor of a place that lost its links
    assume(after.lies_in(before))
    assume(not after.beyond())
    assert (after.minutes() >= before.minutes()).all()


@examples(30)
@given(
    seed=st.integers(0, 100_000),
    name=st.sampled_from(["walk", "walk_wheelchair", "bike", "car"]),
    share=st.sampled_from([0.03, 0.1]),
)
def test_closing_streets_shortens_no_time(seed: int, name: str, share: float) -> None:
    town = rugged(random_town(seed), seed)
    closed = np.random.default_rng(seed).random(len(town.streets)) < share
    before = Trip(town, town.streets, MODES[name])
    after = Trip(town, town.streets[~closed].reset_index(drop=True), MODES[name])
    assert_no_time_is_shorter(before, after)


@examples(30)
@given(seed=st.integers(0, 100_000), pair=st.sampled_from(SLOWER))
def test_a_slower_profile_shortens_no_time(seed: int, pair: tuple[str, str]) -> None:
    town = rugged(random_town(seed), seed)
    assert_no_time_is_shorter(*(Trip(town, town.streets, MODES[name]) for name in pair))


@examples(10)
@given(seed=st.integers(0, 100_000), name=st.sampled_from(["walk", "walk_senior", "walk_stroller", "walk_wheelchair"]))
def test_without_closures_no_shipped_profile_links_beyond_the_radius(seed: int, name: str) -> None:
    # so that between profiles the rule holds without exception
    town = rugged(random_town(seed), seed)
    strictest, trip = (Trip(town, town.streets, MODES[mode]) for mode in ("walk_wheelchair", name))
    assume(strictest.lies_in(trip))
    open_to_all = town.streets.geometry[trip.reference.open_to_all("foot")]
    for places, snaps in trip.both_snaps():
        # who has no street open to all within the limit: no link of one profile is sure to be there for another
        is_near = np.array([open_to_all.distance(place).min() <= LIMIT_M for place in places])
        assert not (trip.links_beyond(places, snaps) & is_near).any()


def cliff() -> gpd.GeoDataFrame:
    """A street below a cliff and one above, joined far in the east; a staircase leads from the lower one to a door."""
    nodes = {1: (0, 0), 2: (100, 0), 3: (600, 0), 4: (600, 60), 5: (100, 60), 6: (100, 25)}
    rows = [("low-a", 1, 2, "residential"), ("low-b", 2, 3, "residential"), ("east", 3, 4, "residential"),
            ("high", 4, 5, "residential"), ("stairs", 2, 6, "steps")]  # fmt: skip
    return gpd.GeoDataFrame(
        [
            {"edge_id": name, "from_node": a, "to_node": b, "highway": highway, "oneway": "",
             "length_m": LineString([nodes[a], nodes[b]]).length, "geometry": LineString([nodes[a], nodes[b]])}
            for name, a, b, highway in rows
        ],
        geometry="geometry", crs=CRS,
    )  # fmt: skip


def minutes_on_the_cliff(name: str, *, without: tuple[str, ...] = ()) -> float:
    streets = cliff()
    fewer = streets[~streets["edge_id"].isin(without)].reset_index(drop=True)
    network = build_network(fewer, MODES[name])
    snaps = [
        snap_places(gpd.GeoSeries([place], crs=CRS), fewer, network, max_snap_m=300.0, reference=LinkReference(streets))
        for place in (Point(120, 61), Point(100, 40))
    ]
    return float(travel_time_matrix(network, *snaps, cutoff_min=60.0)[0, 0])


def test_a_door_at_a_staircase_has_the_link_that_a_wheelchair_would_take() -> None:
    # by the stairs and round the east it is 1,100 m; the street above, 20 m off, is open to all
    assert minutes_on_the_cliff("walk") == pytest.approx((20 + 20 + 1) / 1000 / 5 * 60, abs=0.001)
    assert minutes_on_the_cliff("walk_wheelchair") == pytest.approx((20 + 20 + 1) / 1000 / 3.3 * 60, abs=0.001)
    assert minutes_on_the_cliff("walk", without=("stairs",)) == minutes_on_the_cliff("walk")
