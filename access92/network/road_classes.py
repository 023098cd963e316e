"""The highway classes that modes know, and the groups of them in which cars are slowed down alike."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

CLASSES: tuple[str, ...] = (
    "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
    "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service", "road", "track",
    "pedestrian", "path", "footway", "cycleway", "bridleway", "corridor", "elevator", "platform",
)  # fmt: skip
"""The highway classes that ``class_speed_kmh`` may name."""

CAR_CLASSES = CLASSES[: CLASSES.index("track")]
"""The highway classes open to cars: a car mode must have a speed for each."""

CONGESTION_GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "fast": ("motorway", "motorway_link", "trunk", "trunk_link"),
        "main": ("primary", "primary_link", "secondary", "secondary_link", "tertiary", "tertiary_link"),
        "local": ("unclassified", "residential", "living_street", "service", "road", "track", "pedestrian"),
    }
)
"""The classes of each group that ``congestion`` gives a time factor."""
