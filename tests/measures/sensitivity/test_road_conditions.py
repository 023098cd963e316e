"""The sensitivity to signals and to the hour of the day: what is moved, what a study at that setting finds."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from access92.measures.sensitivity.road_conditions import congestion_variants
from access92.network.modes import modes_at, read_modes
from access92.sources.streets.traffic import TrafficRules, no_traffic_rules
from tests.measures.sensitivity.test_tables import WALK, people
from tests.toy_town import at, demand_at, services_at

HOMES = demand_at((19.5, 0), (19.9, 0), (2, 0))
LIGHTS = TrafficRules(
    pd.DataFrame({"node_id": [1], "x": [at(0, 0).x], "y": [at(0, 0).y], "highway": ["traffic_signals"]}),
    no_traffic_rules().restrictions,
)
CAR = modes_at({"car": read_modes()["car"]}, "10:00", signals=False)["car"]


def test_waits_at_signals_are_tried_where_the_streets_know_signals() -> None:
    services = services_at(s=(0, 0))
    found = people(services, HOMES, traffic=LIGHTS)
    assert (found["central"], found["signals"]) == ([30.0], [20.0])  # 19.9 min and 20 s is not under 20 min
    assert "signals" not in people(services, HOMES)


def test_a_study_that_waits_is_tried_without_and_each_finds_what_the_other_tries() -> None:
    waiting = replace(WALK, waits_at_signals=True)
    found = people(services_at(s=(0, 0)), HOMES, traffic=LIGHTS, mode=waiting)
    assert (found["central"], found["signals"]) == ([20.0], [30.0])


def test_the_other_hours_of_the_day_are_tried_for_a_car_and_for_nobody_else() -> None:
    services, homes = services_at(s=(0, 0)), demand_at(*[(float(east), 0) for east in range(31)])
    found = people(services, homes, mode=CAR, threshold_min=7.5)
    assert len(found["congestion"]) == 3
    by_study = [
        people(services, homes, mode=variant, threshold_min=7.5)["central"][0] for variant in congestion_variants(CAR)
    ]
    assert found["congestion"] == by_study
    assert min(by_study) < found["central"][0] < max(by_study)
    assert "congestion" not in people(services, homes)
