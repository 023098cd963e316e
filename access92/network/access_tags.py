"""What the access tags of a street or a node say, the most specific first."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from access92.network.modes import Family

Tags = Mapping[str, str]
"""The tags of a street or a node; '' where it does not carry them."""

HIERARCHY: Mapping[Family, tuple[str, ...]] = MappingProxyType(
    {
        "foot": ("foot", "access"),
        "bicycle": ("bicycle", "vehicle", "access"),
        "car": ("motorcar", "motor_vehicle", "vehicle", "access"),
    }
)
"""The access tags of each family, the most specific first."""

OPEN = frozenset({"yes", "designated", "permissive", "official", "destination", "customers", "public", "allowed"})
_CLOSED = frozenset(
    {
        "no", "private", "agricultural", "forestry", "military", "emergency", "delivery", "permit", "residents",
        "employees", "staff", "students", "psv", "bus", "taxi", "hov", "restricted",
    },
)  # fmt: skip

PRIVATE = frozenset({"private", "residents"})
"""The values of access tags that close a street to all but those who live or work there, or visit them."""


def verdict(tags: Tags, hierarchy: tuple[str, ...]) -> str:
    """What the most specific tag says: "open", "closed", "dismount" or "" (no tag says anything).

    Of several values (« private;yes ») one that opens is enough.

    >>> verdict({"foot": "", "access": "private;yes"}, ("foot", "access")), verdict({"access": "cows"}, ("access",))
    ('open', '')
    """
    for name in hierarchy:
        parts = [part.strip() for part in tags[name].split(";")] if tags[name] else []
        if "dismount" in parts:
            return "dismount"
        if any(part in OPEN for part in parts):
            return "open"
        if parts and all(part in _CLOSED for part in parts):
            return "closed"
    return ""
