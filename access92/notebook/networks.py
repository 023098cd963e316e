"""The network of one mode, ready to be asked: built from a table of streets, or from a study."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
from pyproj import CRS

from access92._space import LINK_RADIUS_M
from access92.errors import input_error, nearest_word
from access92.network.modes import Mode, modes_at, read_modes
from access92.network.modes import study_modes as modes_of_settings
from access92.notebook.cached import CacheChoice, bounded, cache_path
from access92.notebook.numbers import read_metres
from access92.notebook.progress_bar import notebook_progress
from access92.notebook.street_tables import check_oneway, metric_streets
from access92.notebook.streets import attribution_of, street_rules
from access92.progress import Progress
from access92.run.routers import build_study_routers
from access92.run.study_inputs import read_inputs
from access92.study.model import Study
from access92.study.read import validated_study
from access92.travel.cache import demand_fingerprint, streets_fingerprint
from access92.travel.compilation import FIRST_RUN, compile_kernels, is_compiled
from access92.travel.router import Router, with_demand


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Network:
    """The streets that one mode can use, with its speeds (km/h): what every question of a notebook is asked of.

    ``streets``: the table, in a projected CRS (metres). ``mode``: speeds and rules, each with its source in
    ``mode.sources``. ``attribution``: what the licence of the streets asks that readers are shown. Made by
    :func:`build_network` or :func:`study_network`.
    """

    streets: gpd.GeoDataFrame
    mode: Mode
    attribution: str = ""
    router: Router = field(repr=False, kw_only=True)

    @property
    def crs(self) -> CRS:
        """The projected CRS in which distances are measured."""
        return CRS.from_user_input(self.streets.crs)

    def __repr__(self) -> str:
        graph = self.router.network
        named = f"EPSG:{code}" if (code := self.crs.to_epsg()) else self.crs.name
        bans = graph.turns.applied
        turns = f", {bans} interdictions de tourner" if bans else ""
        return (
            f"Network({self.mode.name} « {self.mode.label} » : {graph.junctions} carrefours, "
            f"{graph.length_km:.1f} km de rues{turns}, {named})"
        )

    def to_reach(self, origins: gpd.GeoDataFrame, *, cutoff_min: float) -> Router:
        """The router of these origins (demand_id, geometry in the CRS of the streets), up to a limit in minutes."""
        key = "" if self.router.cache_folder is None else demand_fingerprint(origins)
        return with_demand(self.router, origins, demand_key=key, cutoff_min=cutoff_min)


def build_network(
    streets: gpd.GeoDataFrame,
    *,
    mode: str = "walk",
    mode_settings: Mapping[str, Mapping[str, Any]] | None = None,
    max_snap_m: float = 300.0,
    link_radius_m: float = LINK_RADIUS_M,
    hour: str = "10:00",
    signals: bool = False,
    cache_folder: CacheChoice = True,
    on_progress: Progress | None = None,
) -> Network:
    """The network of one mode on streets of :func:`read_streets`, or on a table of one's own with those columns.

    Parameters
    ----------
    streets
        One row a piece of street: ``edge_id``, ``from_node``, ``to_node``, ``length_m``, ``highway``, ``oneway``,
        LineStrings from ``from_node`` to ``to_node`` in any CRS; one whose metres are none there (Web Mercator, a far
        zone of UTM) is projected, as degrees are. Turn restrictions, barriers and water are those of the file that its
        ``attrs`` name.
    mode
        ``walk``, ``walk_senior``, ``walk_stroller``, ``walk_wheelchair``, ``bike``, ``car``, or one that
        ``mode_settings`` defines. Vehicles of a timetable need a study: :func:`study_network`.
    mode_settings
        By mode the values to change, as ``[mode_settings]`` of a study: ``{"walk": {"speed_kmh": 4.5}}``.
    max_snap_m, link_radius_m
        How far from its nearest street a place may be, and how much farther than it a place links to others, metres.
    hour, signals
        The hour (« 08:30 ») whose congestion slows cars; whether one waits at traffic signals.

    Raises
    ------
    InputError
        No CRS, a missing column or a value that no street has (length, ``oneway``, a crossing at two places); an
        unknown mode or setting; no street for the mode; a file of streets that has changed since they were read.

    Examples
    --------
    >>> from tests.toy_town import town
    >>> network = build_network(town(), mode="walk", cache_folder=False)
    >>> network
    Network(walk « À pied (adulte) » : 9 carrefours, 1.0 km de rues, EPSG:2154)
    """
    travel_mode = _chosen_mode(mode, mode_settings or {}, hour, signals=signals)
    max_snap_m, link_radius_m = read_metres(max_snap_m, "max_snap_m"), read_metres(link_radius_m, "link_radius_m")
    table, folder = metric_streets(streets), cache_path(cache_folder)
    with bounded(folder), notebook_progress(on_progress) as progress:
        rules = street_rules(streets, crs=table.crs, folder=folder, progress=progress)
        check_oneway(streets, of_file=rules.oneway)
        progress(f"Réseau : {travel_mode.label.lower()}")
        if not is_compiled():
            progress(FIRST_RUN)
            compile_kernels()
        router = Router(
            streets=table, streets_key="" if folder is None else streets_fingerprint(table, rules.traffic),
            water=rules.water, demand=_nobody(table), demand_key="", mode=travel_mode, cutoff_min=60.0,
            max_snap_m=max_snap_m, cache_folder=folder, link_radius_m=link_radius_m, traffic=rules.traffic,
        )  # fmt: skip
        router.check_streets()
    return Network(table, travel_mode, attribution_of(streets), router=router)


def study_network(
    study: Study | str | Path | Mapping[str, Any],
    *,
    mode: str | None = None,
    scenario: str | None = None,
    cache_folder: CacheChoice = True,
    on_progress: Progress | None = None,
) -> Network:
    """The network by which a study computes: its streets, speeds and slopes, and its timetable where the mode rides.

    ``study``: one that was read, the path of its TOML file, or its content as a dict, as :func:`run_study` takes it.
    ``mode``: the headline mode by default; ``scenario``: the first by default, and what it closes, slows or runs.

    Raises
    ------
    InputError
        An unknown mode or scenario; whatever a run would refuse.
    """
    folder, study = cache_path(cache_folder), validated_study(study)
    name = mode or study.analysis.headline_mode
    chosen = study.reference.name if scenario is None else scenario
    with bounded(folder), notebook_progress(on_progress) as progress:
        inputs = read_inputs(study, study.choose([chosen]), cache_folder=folder, on_progress=progress)
        if name not in inputs.modes:
            raise input_error(
                f"Mode inconnu : « {name} ».", f"étude « {study.name} »", nearest_word(name, inputs.modes)
            )
        shared = build_study_routers(inputs.study, inputs, folder, progress)
        router = next(item.router for item in shared if item.router.mode.name == name and chosen in item.scenarios)
        router.check_streets()
    return Network(router.streets, router.mode, inputs.streets.origin.attribution, router=router)


def _chosen_mode(name: str, settings: Mapping[str, Mapping[str, Any]], hour: str, *, signals: bool) -> Mode:
    where = f"mode={name!r}"
    chosen = modes_of_settings([name], settings, where=where)
    if chosen[name].rides:
        walking = [item.name for item in read_modes().values() if not item.rides]
        raise input_error(
            "Ce mode prend les transports en commun, et des rues n'ont pas d'horaires.", where,
            f"Partir d'une étude avec [transit] : study_network(study, mode={name!r}) ; "
            f"sur des rues seules : {', '.join(walking)}.",
        )  # fmt: skip
    return modes_at(chosen, hour, signals=signals)[name]


def _nobody(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame({"demand_id": []}, geometry=gpd.GeoSeries([], crs=streets.crs), crs=streets.crs)
