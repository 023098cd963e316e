"""Modes set alike in access92 and in Valhalla, so that what differs is the network and the way through it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from access92.network.modes import Mode, read_modes

METRES_PER_MIN_AT_1_KMH = 1000 / 60

_CAR_KMH = 30.0  # any would do: what is compared is the shortest way

_SHORTEST = {"shortest": True, "use_ferry": 0, "use_tracks": 1, "use_living_streets": 1}
_NO_PENALTY = (
    "step_penalty", "elevator_penalty", "service_penalty", "destination_only_penalty", "gate_penalty",
    "private_access_penalty", "maneuver_penalty",
)  # fmt: skip
_FACTORS = ("walkway_factor", "sidewalk_factor", "alley_factor", "driveway_factor", "service_factor")

Options = Mapping[str, float | str | bool]
"""Valhalla's costing options."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One mode in both engines: the shortest way, at one speed everywhere.

    ``ours`` is the mode with that one speed; ``costing`` and ``options`` are Valhalla's. Pairs of places are
    kept under ``limit_min`` minutes.
    """

    label: str
    ours: Mode
    costing: str
    options: Options
    limit_min: float

    @property
    def metres_per_min(self) -> float:
        """Metres travelled in one minute."""
        return self.ours.speed_kmh * METRES_PER_MIN_AT_1_KMH

    @property
    def limit_m(self) -> float:
        """Metres travelled in the limit."""
        return self.limit_min * self.metres_per_min


def comparable_settings() -> dict[str, Setting]:
    """Walk, bike and car, by name, with the options of Valhalla that make them comparable.

    On foot only the stairs change: same speed as elsewhere. The bicycle is ridden, never pushed, and the car
    drives at one speed everywhere: what is compared is who may go where, in which direction, and how far.

    Examples
    --------
    >>> round(comparable_settings()["walk"].limit_m)
    3333
    """
    modes = read_modes()
    walk, bike, car = modes["walk"], modes["bike"], modes["car"]
    plain: dict[str, float | str | bool] = {**_SHORTEST, **dict.fromkeys(_NO_PENALTY, 0)}
    on_foot: dict[str, float | str | bool] = {
        "walking_speed": walk.speed_kmh,
        "use_hills": 1,
        "max_hiking_difficulty": 6,
        **dict.fromkeys(_FACTORS, 1),
    }
    riding: dict[str, float | str | bool] = {
        "cycling_speed": bike.speed_kmh, "bicycle_type": "Mountain", "use_roads": 1, "use_hills": 1,
        "avoid_bad_surfaces": 0,
    }  # fmt: skip
    return {
        "walk": Setting(
            label="À pied",
            ours=replace(walk, steps_speed_kmh=walk.speed_kmh),
            costing="pedestrian",
            options=MappingProxyType({**plain, **on_foot}),
            limit_min=40.0,
        ),
        "bike": Setting(
            label="À vélo (roulé, jamais poussé)",
            ours=replace(bike, steps_speed_kmh=None, pushing_speed_kmh=None, class_speed_kmh={}, parking_min=0.0),
            costing="bicycle",
            options=MappingProxyType({**plain, **riding}),
            limit_min=40.0,
        ),
        "car": Setting(
            label="En voiture",
            ours=replace(
                car, speed_kmh=_CAR_KMH, class_speed_kmh=dict.fromkeys(car.class_speed_kmh, _CAR_KMH),
                time_factor=1.0, parking_min=0.0, barrier_s={},
            ),
            costing="auto",
            options=MappingProxyType(plain),
            limit_min=20.0,
        ),
    }  # fmt: skip
