"""Permissions: what a mode may do on a street with these tags, by the rules of its family."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from access92.network.access_tags import HIERARCHY, OPEN, PRIVATE, Tags, verdict
from access92.network.modes import CAR_CLASSES, Mode
from access92.network.tag_numbers import parse_incline_share, parse_width_m
from access92.study.series import alternatives

_PRIVATE_TAGS = ("access", "vehicle", "motor_vehicle", "motorcar", "bicycle", "foot")

_ROADS = frozenset(CAR_CLASSES) - {"motorway", "motorway_link", "trunk", "trunk_link"}
_ON_FOOT_ONLY = frozenset({"footway", "pedestrian", "steps", "corridor", "elevator", "platform"})
_FOOT_BY_DEFAULT = _ROADS | _ON_FOOT_ONLY | {"path", "track"}
_FOOT_WHEN_ALLOWED = frozenset({"cycleway", "bridleway", "busway", "trunk", "trunk_link"})
_BICYCLE_BY_DEFAULT = _ROADS | {"cycleway", "path", "track", "pedestrian"}
_BICYCLE_WHEN_ALLOWED = frozenset({"footway", "bridleway", "busway", "trunk", "trunk_link", "corridor", "platform"})
_CAR_BY_DEFAULT = frozenset(CAR_CLASSES)
_CAR_WHEN_ALLOWED = frozenset({"track", "pedestrian"})
_CAR_SLOW = frozenset({"service", "living_street", "track", "pedestrian"})

_SIDEWALK = frozenset({"yes", "both", "left", "right", "separate"})
_CYCLE_LANE = frozenset({"lane", "track", "opposite_lane", "opposite_track", "share_busway", "opposite_share_busway"})
_UNPAVED = frozenset(
    {
        "unpaved", "gravel", "fine_gravel", "pebblestone", "ground", "dirt", "earth", "grass", "mud", "sand", "rock",
        "rocks", "rocky", "stone", "stones", "clay", "woodchips", "bark", "snow", "ice", "cobblestone",
        "unhewn_cobblestone", "grass_paver", "stepping_stones", "soil", "shells",
    },
)  # fmt: skip
_ROUGH = frozenset({"bad", "very_bad", "horrible", "very_horrible", "impassable"})
_SOFT_TRACKS = frozenset({"grade2", "grade3", "grade4", "grade5"})
_UNPAVED_UNLESS_SAID = frozenset({"bridleway", "path"})

_ROUNDABOUT = frozenset({"roundabout", "circular"})
_FORWARD = frozenset({"yes", "true", "1"})
_BACKWARD = frozenset({"-1", "reverse"})
_BOTH = frozenset({"no", "false", "0", "alternating"})
ONEWAY_VALUES = frozenset({"", "reversible", *_FORWARD, *_BACKWARD, *_BOTH})
"""The values of ``oneway`` that are understood; a street of any other runs both ways."""


class Permission(NamedTuple):
    """What a mode may do on a street: speed in km/h (0: closed) and the directions.

    ``obeys_maxspeed``: "replaces" (the sign gives the speed), "caps" (it lowers it) or "" (walking).
    ``contraflow``: open against the one-way direction where the sign says 30 km/h or less.
    ``private``: open to those who begin or end their trip there, never to pass through.
    """

    kmh: float
    forward: bool
    backward: bool
    obeys_maxspeed: str
    contraflow: bool = False
    private: bool = False


_REFUSED = Permission(0.0, forward=False, backward=False, obeys_maxspeed="")


def permission(tags: Tags, mode: Mode, has_elevation: bool = False) -> Permission:  # noqa: FBT001, FBT002
    """What a mode may do on a street with these tags (every tag of the family present, '' if empty).

    A street that stands for several in series (``series``) is closed where one of them is, private where one of them
    is, and as slow as the slowest.
    """
    if not tags.get("series"):
        return _permission_of_one(tags, mode, has_elevation)
    stretches = [_permission_of_one(one, mode, has_elevation) for one in alternatives(tags)]
    slowest_kmh = min(one.kmh for one in stretches)
    return Permission(
        slowest_kmh,
        forward=all(one.forward for one in stretches),
        backward=all(one.backward for one in stretches),
        obeys_maxspeed=max(one.obeys_maxspeed for one in stretches if one.kmh == slowest_kmh),
        contraflow=all(one.contraflow for one in stretches),
        private=slowest_kmh > 0 and any(one.private for one in stretches),
    )


def _permission_of_one(tags: Tags, mode: Mode, has_elevation: bool) -> Permission:  # noqa: FBT001
    """What a mode may do on one street: too narrow or too steep for it, then what the rules of its family say."""
    if mode.width_m is not None and any(parse_width_m(tags.get(name, "")) < mode.width_m for name in _WIDTHS):
        return _REFUSED
    if not has_elevation and _is_too_steep(tags, mode):
        return _REFUSED
    rule = {"foot": _on_foot, "bicycle": _by_bicycle, "car": _by_car}[mode.family]
    allowed = rule(tags, mode)
    # what only the word « private » closes is asked again as a street that one may enter to reach a place on it
    values = {name: tags[name] for name in _PRIVATE_TAGS if tags.get(name)}
    private = {name: "destination" for name, value in values.items() if _is_private(value)}
    if allowed.kmh == 0 and private:
        allowed = rule({**tags, **private}, mode)
        return allowed._replace(private=allowed.kmh > 0)
    return allowed


def _is_private(value: str) -> bool:
    """Whether an access tag names those who live there, and nobody for whom it is open.

    >>> _is_private("private"), _is_private("private;delivery"), _is_private("no")
    (True, True, False)
    """
    parts = {part.strip() for part in value.split(";")}
    return bool(parts & PRIVATE) and not parts & OPEN


_WIDTHS = ("maxwidth_physical", "maxwidth")


def _is_too_steep(tags: Tags, mode: Mode) -> bool:
    """Whether the tag ``incline`` says more than the mode climbs; « up » and « down » do not say how steep."""
    limit = mode.max_incline_share
    return limit is not None and parse_incline_share(tags.get("incline", "")) > limit


def _on_foot(tags: Tags, mode: Mode) -> Permission:
    if not _walkable(tags) or (mode.avoid_unpaved and not _is_smooth_enough(tags, mode)):
        return _REFUSED
    highway = tags["highway"]
    kmh = min(mode.speed_kmh, mode.class_speed_kmh.get(highway, mode.speed_kmh))
    if mode.needs_wheelchair_access and tags["wheelchair"] == "no":
        return _REFUSED
    if highway == "steps":
        if mode.steps_speed_kmh is None:
            return _REFUSED
        kmh = min(kmh, mode.steps_speed_kmh)
    forward, backward = _directions_on_foot(tags)
    return Permission(kmh, forward, backward, "")


def _walkable(tags: Tags) -> bool:
    """Whether the law and the tags let pedestrians walk on a street."""
    highway = tags["highway"]
    specific = verdict(tags, ("foot",))
    general = specific or verdict(tags, ("access",))
    if general == "closed":
        return False
    if tags["motorroad"] == "yes" and specific != "open":
        return False
    if highway in _FOOT_BY_DEFAULT or _is_ordinary_trunk(tags):
        return True
    if highway not in _FOOT_WHEN_ALLOWED:
        return False
    return specific == "open" or (highway != "bridleway" and tags["sidewalk"] in _SIDEWALK - {"separate"})


def _is_ordinary_trunk(tags: Tags) -> bool:
    """Whether a trunk road is said not to be an expressway, or is a roundabout that ordinary roads meet at."""
    if tags["highway"] not in ("trunk", "trunk_link") or tags["motorroad"] == "yes":
        return False
    return tags["motorroad"] == "no" or tags["junction"] in _ROUNDABOUT


def _is_smooth_enough(tags: Tags, mode: Mode) -> bool:
    """Whether a mode that avoids unpaved ways may roll on a street.

    Of several surfaces (« asphalt;gravel ») the worst counts: the way leads over all of them. A word that nobody knows
    says nothing.
    """
    highway = tags["highway"]
    surfaces = [part.split(":")[0].strip() for part in re.split(r"[;,/|+]", tags["surface"]) if part.strip()]
    if mode.needs_wheelchair_access and tags["wheelchair"] in ("yes", "designated"):
        return True
    if (
        highway == "track"
        or not _UNPAVED.isdisjoint(surfaces)
        or tags["smoothness"] in _ROUGH
        or tags["tracktype"] in _SOFT_TRACKS
    ):
        return False
    if highway in _UNPAVED_UNLESS_SAID and not surfaces and tags["tracktype"] != "grade1":
        return highway == "path" and "designated" in (tags["foot"], tags["bicycle"])
    return True


def _by_bicycle(tags: Tags, mode: Mode) -> Permission:
    """Ridden where it may be; otherwise pushed, as a pedestrian, where the law lets pedestrians walk."""
    if mode.avoid_unpaved and not _is_smooth_enough(tags, mode):
        return _REFUSED
    highway = tags["highway"]
    if _ridable(tags):
        kmh = min(mode.speed_kmh, mode.class_speed_kmh.get(highway, mode.speed_kmh))
        forward, backward = _bicycle_directions(tags)
        return Permission(kmh, forward, backward, "caps", contraflow=_may_be_contraflow(tags, mode))
    push_kmh = mode.steps_speed_kmh if highway == "steps" else mode.pushing_speed_kmh
    if push_kmh is None or not _pushable(tags):
        return _REFUSED
    forward, backward = _directions_on_foot(tags)
    return Permission(min(push_kmh, mode.speed_kmh), forward, backward, "")


def _ridable(tags: Tags) -> bool:
    """Whether a bicycle may be ridden on a street."""
    highway = tags["highway"]
    specific = verdict(tags, ("bicycle",))
    general = specific or verdict(tags, ("vehicle", "access"))
    if general in ("closed", "dismount") or tags["bicycle"] == "use_sidepath":
        return False
    if tags["motorroad"] == "yes" and specific != "open":
        return False
    if _is_ordinary_trunk(tags):
        return True
    if highway in _BICYCLE_WHEN_ALLOWED:
        return specific == "open" or (highway in ("trunk", "trunk_link") and _has_cycle_lane(tags))
    return highway in _BICYCLE_BY_DEFAULT


def _pushable(tags: Tags) -> bool:
    """Whether a bicycle may be pushed on a street: paths of pedestrians, and streets that a tag gives to them."""
    if tags["highway"] not in _FOOT_BY_DEFAULT | _FOOT_WHEN_ALLOWED or tags["bicycle"] == "use_sidepath":
        return False
    foot = verdict(tags, ("foot",))
    if verdict(tags, ("bicycle", "vehicle", "access")) == "dismount":
        return foot != "closed"
    return (tags["highway"] in _ON_FOOT_ONLY | {"path", "cycleway"} or foot == "open") and _walkable(tags)


def _has_cycle_lane(tags: Tags) -> bool:
    return any(tags[name] in _CYCLE_LANE for name in ("cycleway", "cycleway_left", "cycleway_right", "cycleway_both"))


def _by_car(tags: Tags, mode: Mode) -> Permission:
    highway = tags["highway"]
    specific = verdict(tags, HIERARCHY["car"][:2])
    general = specific or verdict(tags, ("vehicle", "access"))
    if general == "closed" or tags["service"] == "emergency_access" or tags["smoothness"] == "impassable":
        return _REFUSED
    if highway in _CAR_WHEN_ALLOWED:
        # of a track « access=yes » says it of cars too; of a pedestrian area it is said of those on foot
        names = HIERARCHY["car"] if highway == "track" else HIERARCHY["car"][:2]
        if verdict(tags, names) != "open" or any(tags[name] == "destination" for name in names):
            return _REFUSED
    elif highway not in _CAR_BY_DEFAULT:
        return _REFUSED
    if mode.avoid_unpaved and not _is_smooth_enough({"foot": "", "bicycle": "", "wheelchair": "", **tags}, mode):
        return _REFUSED
    kmh = min(mode.speed_kmh, mode.class_speed_kmh.get(highway, mode.speed_kmh))
    forward, backward = _directions(tags["oneway"], implied=_implies_oneway(tags))
    return Permission(kmh, forward, backward, "caps" if highway in _CAR_SLOW else "replaces")


def _implies_oneway(tags: Tags) -> bool:
    return tags["junction"] in _ROUNDABOUT or tags["highway"] == "motorway"


def _directions(oneway: str, *, implied: bool = False) -> tuple[bool, bool]:
    """Whether one may go forward and backward, from a oneway value."""
    if oneway in _FORWARD:
        return True, False
    if oneway in _BACKWARD:
        return False, True
    if oneway == "reversible":
        return False, False
    if oneway in _BOTH:
        return True, True
    return True, not implied


def _directions_on_foot(tags: Tags) -> tuple[bool, bool]:
    """Whether one may walk forward and backward: the sign for walkers, else where an escalator or a walkway carries.

    « conveying=yes » carries as ``oneway`` says, else as it is drawn (hypothesis of access92); « reversible » as nobody
    knows.
    """
    specific, conveying = tags["oneway_foot"], tags["conveying"]
    if specific in ONEWAY_VALUES - {""}:
        return _directions(specific)
    if conveying in _CARRIED:
        return _directions(_CARRIED[conveying])
    if conveying == "yes":
        return _directions(tags["oneway"] if tags["oneway"] in _BACKWARD else "yes")
    return True, True


_CARRIED: Mapping[str, str] = MappingProxyType({"forward": "yes", "backward": "-1", "reversible": "reversible"})
"""By value of ``conveying`` that of ``oneway`` which says the same."""


def _may_be_contraflow(tags: Tags, mode: Mode) -> bool:
    """Whether the law may open a one-way street to bicycles in the other direction: no tag of bicycles closes it."""
    is_said = tags["oneway_bicycle"] in _FORWARD | _BACKWARD | _BOTH
    return mode.contraflow_in_zone_30 and not is_said and tags["oneway"] != "reversible" and not _implies_oneway(tags)


def _bicycle_directions(tags: Tags) -> tuple[bool, bool]:
    """The directions of a ridden bicycle: the oneway tag of bicycles, contraflow lanes, then the general rule."""
    specific = tags["oneway_bicycle"]
    if specific in _FORWARD | _BACKWARD | _BOTH:
        return _directions(specific)
    forward, backward = _directions(tags["oneway"], implied=_implies_oneway(tags))
    lanes = (tags["cycleway"], tags["cycleway_left"], tags["cycleway_right"], tags["cycleway_both"])
    if any(lane.startswith("opposite") for lane in lanes):
        return True, True
    return forward, backward
