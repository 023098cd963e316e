"""Numbers, columns and ids that an analyst may give wrongly: refused with their remedy, never read as another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import access92
from access92.errors import InputError
from tests.toy_town import demand_at, services_at, town

HOMES, SERVICES = demand_at((0, 0), (2, 1), (2, 2)), services_at(S1=(0, 1))

Ask = Callable[[access92.Network, Any], Any]


@pytest.fixture(scope="module")
def network() -> access92.Network:
    return access92.build_network(town(), mode="walk", cache_folder=False)


ASKED_MINUTES: dict[str, Ask] = {
    "travel_time_matrix": lambda net, value: access92.travel_time_matrix(net, HOMES, SERVICES, cutoff_min=value),
    "nearest": lambda net, value: access92.nearest(net, HOMES, SERVICES, cutoff_min=value),
    "itineraries": lambda net, value: access92.itineraries(net, HOMES, SERVICES, cutoff_min=value),
    "best_sites": lambda net, value: access92.best_sites(net, HOMES, SERVICES, threshold_min=value),
    "isochrones": lambda net, value: access92.isochrones(net, SERVICES, thresholds_min=value),
    "coverage": lambda net, value: access92.coverage(access92.nearest(net, HOMES, SERVICES), thresholds_min=value),
}


@pytest.mark.parametrize("name", ASKED_MINUTES)
@pytest.mark.parametrize("minutes", ["25", "5", True, np.True_, None, np.nan, 0, -1, 241, ["5"], [5, True], b"25"])
def test_what_is_no_number_of_minutes_is_refused(name: str, minutes: object, network: access92.Network) -> None:
    with pytest.raises(InputError, match=r"n'est pas un nombre de minutes"):
        ASKED_MINUTES[name](network, minutes)


@pytest.mark.parametrize("minutes", [[3, 3, 1], (1, 3), {3, 1}, np.array([3, 1, 1]), pd.Series([3.0, 1.0])])
def test_thresholds_come_back_ascending_and_each_once(minutes: object, network: access92.Network) -> None:
    counted = access92.coverage(access92.nearest(network, HOMES, SERVICES), thresholds_min=minutes)
    assert counted["threshold_min"].tolist() == [1, 3]
    assert access92.isochrones(network, SERVICES, thresholds_min=minutes)["threshold_min"].tolist() == [1, 3]


@pytest.mark.parametrize("ask", [ASKED_MINUTES["isochrones"], ASKED_MINUTES["coverage"]])
def test_no_threshold_at_all_is_refused(ask: Ask, network: access92.Network) -> None:
    with pytest.raises(InputError, match="Aucun seuil"):
        ask(network, [])


@pytest.mark.parametrize("wrong", [{"count": 0}, {"count": 2.5}, {"count": True}, {"apart_m": "500"}, {"cell_m": 0}])
def test_a_count_or_distance_that_is_none_is_refused(wrong: dict[str, Any], network: access92.Network) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        access92.best_sites(network, HOMES, SERVICES, **wrong)
    with pytest.raises(InputError, match="max_snap_m"):
        access92.build_network(town(), max_snap_m="300", cache_folder=False)


def test_people_or_a_departure_that_are_none_are_refused(network: access92.Network) -> None:
    with pytest.raises(InputError, match="« population » doit porter des nombres"):
        access92.best_sites(network, HOMES.assign(population="dix"), SERVICES)
    with pytest.raises(InputError, match="heure de départ"):
        access92.itineraries(network, HOMES, SERVICES, at="08:30")
