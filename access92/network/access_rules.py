"""Access rules: from OSM tags and a mode to seconds in each direction of each street."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from access92.network.modes import Mode
from access92.network.permissions import permission
from access92.network.street_tags import TAGS_READ, StreetTags


def directed_seconds(
    streets: pd.DataFrame, mode: Mode, *, has_elevation: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Seconds along each street, forward (from_node → to_node) and backward, float64.

    NaN where the mode may not go in that direction; private streets are closed (:func:`directed_access` has them). The
    time factor of the highway class is counted; parking, which belongs to the trip, is not. Tag columns that are absent
    count as empty.

    ``has_elevation``: heights are known, and say the slopes instead of the tag ``incline``.

    Examples
    --------
    >>> from access92.network.modes import read_modes
    >>> streets = pd.DataFrame(
    ...     {"highway": ["residential", "motorway"], "oneway": ["yes", ""], "length_m": [100.0, 100.0]})
    >>> forward, backward = directed_seconds(streets, read_modes()["walk"])
    >>> forward.round(1).tolist(), backward.round(1).tolist()
    ([72.0, nan], [72.0, nan])
    """
    forward_s, backward_s, private = directed_access(streets, mode, has_elevation=has_elevation)
    return np.where(private, np.nan, forward_s), np.where(private, np.nan, backward_s)


def directed_access(
    streets: pd.DataFrame, mode: Mode, *, has_elevation: bool = False, tags: StreetTags | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As :func:`directed_seconds`, private streets open, and which ones are private (bool).

    Those may be travelled where a trip begins and where it ends, and never between. ``tags``: of the same streets,
    where several modes share them.

    Examples
    --------
    >>> from access92.network.modes import read_modes
    >>> streets = pd.DataFrame(
    ...     {"highway": ["service"] * 3, "access": ["", "private", "no"], "length_m": [100.0] * 3})
    >>> forward, backward, private = directed_access(streets, read_modes()["walk"])
    >>> forward.round(1).tolist(), private.tolist()
    ([72.0, 72.0, nan], [False, True, False])
    """
    speeds = street_speeds(streets, mode, has_elevation=has_elevation, tags=tags)
    length_m = whole_mm(streets["length_m"].to_numpy(dtype=float))
    with np.errstate(divide="ignore", invalid="ignore"):
        forward_s, backward_s = (
            np.where(kmh > 0, length_m * 3.6 / kmh * speeds.factor + speeds.lift_s, np.nan)
            for kmh in (speeds.forward_kmh, speeds.backward_kmh)
        )
    return forward_s, backward_s, speeds.private


@dataclass(frozen=True, slots=True, eq=False)
class StreetSpeeds:
    """How fast a mode travels each street: arrays, one value a street.

    ``forward_kmh``/``backward_kmh``: km/h along and against the geometry, 0 where closed; ``factor`` multiplies the
    seconds, ``lift_s`` are added to them; ``private`` (bool).
    """

    forward_kmh: np.ndarray
    backward_kmh: np.ndarray
    factor: np.ndarray
    lift_s: np.ndarray
    private: np.ndarray


def street_speeds(
    streets: pd.DataFrame, mode: Mode, *, has_elevation: bool = False, tags: StreetTags | None = None
) -> StreetSpeeds:
    """The speeds (km/h) of a mode on each street, in both directions; parameters as of :func:`directed_access`.

    Examples
    --------
    >>> from access92.network.modes import read_modes
    >>> speeds = street_speeds(pd.DataFrame({"highway": ["steps", "motorway"]}), read_modes()["walk"])
    >>> speeds.forward_kmh.tolist(), speeds.backward_kmh.tolist()
    ([1.7, 0.0], [1.7, 0.0])
    """
    # a city has some hundred combinations of tags on its streets: the rule is asked once for each
    tags = StreetTags(streets) if tags is None else tags
    combinations = tags.combinations(mode.family)
    rule_of_street, texts = combinations.of_street, combinations.texts
    permissions = [
        permission(
            {name: texts[name][number] if name in texts else "" for name in TAGS_READ[mode.family]}, mode, has_elevation
        )
        for number in range(combinations.count)
    ]

    # one row per combination, then one per street: km/h, directions, sign caps, sign replaces, contraflow, private
    table = np.array(
        [
            (*rule[:3], rule.obeys_maxspeed == "caps", rule.obeys_maxspeed == "replaces", rule.contraflow, rule.private)
            for rule in permissions
        ],
        dtype=float,
    ).reshape(-1, 7)
    kmh, may_forward, may_backward, caps, replaces, contraflow, private = (
        column[rule_of_street] for column in table.T
    )  # not rows: what is computed on a column is quicker where its values follow one another
    classes = texts.get("highway", [""] * combinations.count)
    factors = np.array([mode.class_time_factor.get(name, mode.time_factor) for name in classes])[rule_of_street]

    # the cabin of a lift is waited for and ridden in, whatever the metres of its way on the map
    lift_s = np.array([mode.elevator_s if name == "elevator" else 0.0 for name in classes])[rule_of_street]

    # a sign belongs to a street and a direction, not to a combination; pedestrians do not read it
    speeds = []
    for may_go, direction in ((may_forward, "forward"), (may_backward, "backward")):
        direction_kmh = kmh
        open_here = may_go > 0
        if mode.family != "foot":
            sign_kmh = tags.sign_kmh(direction)
            signed = np.isfinite(sign_kmh) & (sign_kmh > 0)
            direction_kmh = np.where(signed & (caps > 0), np.minimum(kmh, sign_kmh), kmh)
            direction_kmh = np.where(signed & (replaces > 0), np.minimum(sign_kmh, mode.speed_kmh), direction_kmh)
            open_here |= (contraflow > 0) & signed & (sign_kmh <= _CONTRAFLOW_KMH)
        speeds.append(np.where(open_here & (direction_kmh > 0), direction_kmh, 0.0))
    return StreetSpeeds(speeds[0], speeds[1], factors, lift_s, private > 0)


def whole_mm(metres: np.ndarray) -> np.ndarray:
    """Lengths in metres (float64), each the nearest whole millimetre, one at least where there is any length.

    Finer than a street is measured, and a whole number for whoever reads it: its milliseconds at any speed are the same
    in every program.

    >>> whole_mm(np.array([12.34549999, 0.00002, 0.0])).tolist()
    [12.345, 0.001, 0.0]
    """
    rounded: np.ndarray = np.maximum(np.rint(metres * 1000), metres > 0) / 1000
    return rounded


_CONTRAFLOW_KMH = 30.0
"""Streets of this limit or less are two-way for bicycles unless decided otherwise (Code de la route, R412-28-1)."""
