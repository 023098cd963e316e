"""Who may go where, and how fast: streets, modes and places enter, a graph and snaps leave.

The graph of a mode has integer milliseconds on its directed arcs (:func:`build_network`); a snap is the nearest point
of a street that the mode may use (:func:`snap_places`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from access92._exports import lazy_exports

if TYPE_CHECKING:
    from access92.network.access_rules import directed_seconds
    from access92.network.graph import Network, build_network
    from access92.network.lines import SharedLines, StreetLines, street_lines
    from access92.network.modes import Mode, change_speed, read_modes, study_modes
    from access92.network.snapping import NOT_SNAPPED, Snaps, snap_places, snaps_table

__all__ = [
    "NOT_SNAPPED",
    "Mode",
    "Network",
    "SharedLines",
    "Snaps",
    "StreetLines",
    "build_network",
    "change_speed",
    "directed_seconds",
    "read_modes",
    "snap_places",
    "snaps_table",
    "street_lines",
    "study_modes",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "Mode": "modes",
        "NOT_SNAPPED": "snapping",
        "Network": "graph",
        "SharedLines": "lines",
        "Snaps": "snapping",
        "StreetLines": "lines",
        "build_network": "graph",
        "change_speed": "modes",
        "directed_seconds": "access_rules",
        "read_modes": "modes",
        "snap_places": "snapping",
        "snaps_table": "snapping",
        "street_lines": "lines",
        "study_modes": "modes",
    },
)
