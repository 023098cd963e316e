"""The results of a run, as frozen values: the only thing that outputs/ reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd
import shapely

from access92.measures.access import Access
from access92.measures.calendars import HourTables
from access92.measures.publics import CountedPublic, count_publics
from access92.measures.sensitivity import SensitivityTables
from access92.measures.tables import ScenarioTables
from access92.network.modes import Mode
from access92.run.inputs import InputFile
from access92.sources.streets.traffic import TrafficRules
from access92.sources.study_streets import StreetsOrigin
from access92.sources.study_timetable import TimetableOrigin
from access92.sources.surroundings import Surroundings, no_surroundings
from access92.study.model import Scenario, Study
from access92.study.notices import Notice
from access92.study.omissions import Omission
from access92.transit.mode_rides import ModeRides
from access92.travel.cached_times import NetworkSummary, Provenance
from access92.travel.matrix import TravelTimes
from access92.travel.study_routers import SharedRouter


@dataclass(frozen=True, slots=True, repr=False)
class Results:
    """Every table and record of a run. Tables are in ``study_crs`` (metres), sorted by their keys."""

    study: Study
    modes: Mapping[str, Mode]  # of the study, in its order, then those by which only a public walks
    scenarios: tuple[Scenario, ...]  # those that were run, in the study's order
    origin: StreetsOrigin
    areas: gpd.GeoDataFrame  # area_id, name, population (of the demand), geometry
    demand: gpd.GeoDataFrame  # demand_id, area_id, unit_id, population, the columns of the publics, geometry
    services: gpd.GeoDataFrame  # contract SERVICES + scenarios ("a;b"), snap_m (headline mode), snap_m_<mode>
    unlocated: pd.DataFrame  # services known but not counted: service_id, name, kind, reasons (UncountedReason)
    streets: gpd.GeoDataFrame  # for the base layer of maps
    water: shapely.Geometry | None  # polygons, where the source of the streets knows them; for the base layer too
    networks: Mapping[str, NetworkSummary]
    travel_times: Mapping[str, TravelTimes]  # by mode; rows = services, columns = demand
    access_records: tuple[Access, ...]  # scenario × mode of the study, study order
    coverage: pd.DataFrame  # contract « coverage », by public: areas + total × rules × study.analysis.thresholds_min
    curve: pd.DataFrame  # same columns, area total only, thresholds 5…60 min by 1, rule any
    summary: (
        pd.DataFrame
    )  # scenario, mode, rule, public, area_id, population, median_min, p90_min (NaN: beyond cut-off)
    comparison: pd.DataFrame  # contract « comparison »; empty when only one scenario
    pockets: gpd.GeoDataFrame  # uncovered: access92.measures.pockets.TABLE_COLUMNS, Point
    pocket_areas: pd.DataFrame  # their people by area: scenario, mode, rank, area_id, population
    changes: ScenarioTables  # commitments, ledger against the first scenario, sole providers, competent SST
    hour_tables: HourTables  # person-hours, week, moments; empty tables where the study has no calendar
    isochrones: gpd.GeoDataFrame  # scenario, mode, rule, service_id ("" = all together), threshold_min, area_km2
    notices: tuple[Notice, ...]  # what the run survived and assumed, in the order of the table of notices
    inputs: tuple[InputFile, ...]
    provenance: tuple[Provenance, ...]  # what was computed, what came from the cache; never written into outputs
    sensitivity: SensitivityTables = field(default_factory=SensitivityTables)  # empty without [sensitivity]
    omissions: tuple[Omission, ...] = ()  # what of the inputs does not count, and why
    surroundings: Surroundings = field(default_factory=no_surroundings)  # for the base layer of maps; no figure's
    scenario_times: Mapping[tuple[str, str], TravelTimes] = field(default_factory=dict)  # by scenario and mode, where
    # its streets or speeds are not those of the first scenario; NaN in the rows of services that it does not count
    traffic: TrafficRules | None = None  # restrictions of turns and the like, of ``streets``
    timetable: TimetableOrigin | None = None  # None where no mode rides
    rides: pd.DataFrame = field(default_factory=pd.DataFrame)  # of modes that ride: access92.measures.rides
    mode_rides: tuple[ModeRides, ...] = ()  # by mode that rides: the trips behind its times, for who asks for them
    street_routers: tuple[SharedRouter, ...] = ()  # of modes that ride nothing, for the page that searches anew
    public_situations: tuple[Access, ...] = ()  # scenario × mode by which only a public walks

    def __repr__(self) -> str:
        return (
            f"Results(« {self.study.name} » : {len(self.scenarios)} scénarios × {len(self.study_modes)} modes, "
            f"{len(self.services)} services, {len(self.demand)} lieux)"
        )

    @property
    def study_modes(self) -> dict[str, Mode]:
        """The modes that the study asks for, in its order: those of everybody."""
        return {name: self.modes[name] for name in self.study.modes if name in self.modes}

    @property
    def difference_modes(self) -> tuple[str, ...]:
        """The modes by which what each scenario changes is told point by point."""
        return difference_modes(self.study, self.modes)

    @property
    def publics(self) -> tuple[CountedPublic, ...]:
        """The publics that were counted: everybody first, then those of the study."""
        return count_publics(self.study, self.modes)

    def access(self, scenario: str, mode: str) -> Access:
        """The access of one scenario and mode (KeyError where it was not run)."""
        for access in (*self.access_records, *self.public_situations):
            if (access.scenario, access.mode) == (scenario, mode):
                return access
        raise KeyError((scenario, mode))


def difference_modes(study: Study, modes: Mapping[str, Mode]) -> tuple[str, ...]:
    """The headline mode, and those that ride: what changes a timetable moves nobody on foot."""
    headline = study.analysis.headline_mode
    return (headline, *(name for name in study.modes if name in modes and modes[name].rides and name != headline))
