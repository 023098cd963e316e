"""The matrix whatever the number of services and places: none, one, more than are searched at once."""

from __future__ import annotations

import numpy as np
import pytest

from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.network.snapping import snap_places
from access92.travel.matrix import travel_time_matrix
from tests.toy_town import demand_at, services_at, town

WALK = read_modes()["walk"]
NORTH = (0.0, 0.4, 1.0, 1.5, 2.0, 40.0)  # the last too far from any street
PLACES = [(east, north) for east in (0.0, 0.3, 1.0, 1.7, 2.0) for north in NORTH]


def matrix(services: list[tuple[float, float]], places: list[tuple[float, float]], **options: object) -> np.ndarray:
    streets = town()
    network = build_network(streets, WALK)
    tables = services_at(**{f"s{row}": place for row, place in enumerate(services)}), demand_at(*places)
    service_snaps, demand_snaps = (snap_places(table.geometry, streets, network, max_snap_m=300.0) for table in tables)
    return travel_time_matrix(network, service_snaps, demand_snaps, cutoff_min=60.0, **options)


@pytest.mark.parametrize(("services", "places"), [(0, 3), (3, 0), (0, 0)])
def test_without_services_or_places_the_matrix_is_empty(services: int, places: int) -> None:
    assert matrix(PLACES[:services], PLACES[:places]).shape == (services, places)


def test_each_of_many_services_has_the_row_that_it_has_by_itself() -> None:
    services = [*PLACES, *reversed(PLACES), *PLACES]  # more on each core than are searched between two reports
    together = matrix(services, PLACES)
    each = {place: matrix([place], PLACES)[0] for place in PLACES}
    np.testing.assert_array_equal(together, np.array([each[place] for place in services]))
    assert np.isnan(together).any(axis=1).all()
    assert np.isfinite(together).any()


def test_progress_ends_at_the_number_of_services_and_never_falls() -> None:
    reports: list[tuple[int, int]] = []
    matrix([*PLACES, *PLACES], PLACES, on_progress=lambda done, count: reports.append((done, count)))
    assert {count for _, count in reports} == {2 * len(PLACES)}
    assert max(done for done, _ in reports) == 2 * len(PLACES)
    assert min(done for done, _ in reports) > 0
