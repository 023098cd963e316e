"""What the page of a run is given of streets: the networks, homes to the centimetre, and what scenarios close."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import shapely

from access92.network.graph import MS_PER_MIN
from access92.network.lines import whole_cm
from access92.outputs.maps.encoding import varints
from access92.outputs.maps.run_map.packed_network import PageStreets, pack_mode, pack_parts, pack_streets, page_streets
from access92.outputs.maps.run_map.projection import projection
from access92.run.results import Results
from access92.travel.router import Router


class NetworkContent:
    """The streets of a run for its page; empty where the results carry no router (``modes`` is then empty)."""

    def __init__(self, results: Results) -> None:
        self._results = results
        reference = results.scenarios[0].name if results.scenarios else ""
        # those of all the streets: the first scenario may close some itself, which others do not
        self._routers = {
            shared.router.mode.name: shared.router.whole or shared.router
            for shared in results.street_routers
            if reference in shared.scenarios and shared.router.mode.name in results.modes
        }
        self.modes = tuple(name for name in results.modes if name in self._routers)
        self._streets = page_streets({name: self._routers[name] for name in self.modes}) if self.modes else None
        self._other_modes: dict[str, Router] = {}
        self._grounds = self._scenario_grounds()

    def _scenario_grounds(self) -> dict[str, dict[str, Any]]:
        """By « scenario/mode » with closed streets, or speeds of its own: the network, and the streets closed."""
        grounds: dict[str, dict[str, Any]] = {}
        if self._streets is None:
            return grounds
        for number, shared in enumerate(self._results.street_routers):
            router = shared.router
            first = self._routers.get(router.mode.name)
            if first is None or router is first:
                continue
            name = f"network-{router.mode.name}"
            if router.mode != first.mode:
                name = f"{name}-{number}"
                self._other_modes[name] = router.whole or router
            closed = np.ones(len(router.links.streets), dtype=bool)
            closed[router.study_row] = False
            streets = np.flatnonzero(closed[self._streets.row]).tolist()
            for scenario in shared.scenarios:
                grounds[f"{scenario}/{router.mode.name}"] = {"network": name, "closed": streets}
        return grounds

    def data(self) -> dict[str, Any] | None:
        """What the page reads as JSON; None where there is no network."""
        if self._streets is None:
            return None
        results = self._results
        router = self._routers[self.modes[0]]
        x, y = self._streets.lines.coordinates.T
        services = shapely.get_coordinates(results.services.geometry.array)
        return {
            "modes": list(self.modes),
            "grounds": self._grounds,
            "services_cm": _whole_cm(services).tolist(),
            "reach": {"limitM": router.max_snap_m, "radiusM": router.link_radius_m},
            "same_place_m": results.study.analysis.same_place_m,
            "limit_ms": round(results.study.analysis.cutoff_min * MS_PER_MIN),
            "projection": projection(
                results.services.crs, (float(x.min()), float(y.min()), float(x.max()), float(y.max()))
            ),
        }

    def writers(self) -> dict[str, Callable[[], str]]:
        """By name of a packed array what makes it."""
        if self._streets is None:
            return {}
        streets: PageStreets = self._streets
        others = {name: page_streets_of(streets, router) for name, router in self._other_modes.items()}
        return {
            "network": partial(pack_streets, streets),
            "homes": self._homes,
            **{f"network-{name}": partial(pack_mode, streets, name) for name in self.modes},
            **{name: partial(pack_mode, own, self._other_modes[name].mode.name) for name, own in others.items()},
        }

    def _homes(self) -> str:
        """Demand points, whole centimetres, each from the one before."""
        cm = _whole_cm(shapely.get_coordinates(self._results.demand.geometry.array))
        return pack_parts({}, {"homes": varints(np.diff(cm, axis=0, prepend=0).ravel())})


def page_streets_of(streets: PageStreets, router: Router) -> PageStreets:
    """The same streets under another router of one mode."""
    return PageStreets(streets.row, streets.lines, streets.ends, streets.node_cm, {router.mode.name: router})


def _whole_cm(metres: np.ndarray) -> np.ndarray:
    cm: np.ndarray = np.rint(whole_cm(metres) * 100).astype(np.int64)
    return cm
