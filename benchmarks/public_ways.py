"""An OSM file without its private ways and with its private gates shut, for engines that differ in who passes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import osmium

_SPECIFIC = ("foot", "vehicle", "bicycle", "motor_vehicle", "motorcar")
_OPEN = frozenset({"yes", "designated", "permissive", "official", "public", "destination", "customers"})


def is_private(tags: Mapping[str, str]) -> bool:
    """Whether a way or a gate is private to all: the general tag says so, and no tag of a mode opens it.

    >>> is_private({"access": "private"}), is_private({"access": "private", "foot": "yes"}), is_private({})
    (True, False, False)
    """
    return tags.get("access") == "private" and not any(tags.get(name) in _OPEN for name in _SPECIFIC)


def write_public_ways(osm_file: Path, public_file: Path) -> Path:
    """The same file without the ways that are private to all, and with ``access=no`` on such gates: ``public_file``."""
    with osmium.SimpleWriter(str(public_file), overwrite=True) as writer:
        for item in osmium.FileProcessor(str(osm_file)):
            tags = dict(item.tags)
            if not is_private(tags):
                writer.add(item)
            elif item.is_node():
                writer.add(item.replace(tags=tags | {"access": "no"}))
            elif item.is_relation():
                writer.add(item)
    return public_file
