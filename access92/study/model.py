"""A study: what to count, where, by which modes and scenarios; frozen, read from TOML, unknown key = error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from pydantic import Field, PrivateAttr, model_validator

from access92._clock import Period
from access92.errors import Fault, InputError, nearest_word
from access92.study.analysis import FARTHEST_MIN, Analysis, MapOptions, Minutes, SensitivityOptions, SnapMetres
from access92.study.calendars import MOST_CALENDAR_DAYS, Calendar
from access92.study.changes import AddService, ChangeKind
from access92.study.commitments import Commitment, commitment_fault
from access92.study.databases import DatabaseRows, DatabaseTable, TableSource
from access92.study.files import AreasInput, ElevationInput, PopulationInput, ServicesInput, StreetsInput
from access92.study.kinds import COMPETENT_KIND, KINDS, Kind, Sectors, kinds_fault, unknown_kind_fault
from access92.study.own_file import FiledStudy
from access92.study.publics import POPULATION, Public, demand_column, doubled_public, doubled_unit
from access92.study.scenarios import Scenario, bases_fault
from access92.study.transit import Transit
from access92.study.types import Slug, Title
from access92.study.units import PERSONS, Unit

__all__ = [
    "CURVE_MIN",
    "MOST_CALENDAR_DAYS",
    "Analysis",
    "Calendar",
    "MapOptions",
    "Minutes",
    "Scenario",
    "SensitivityOptions",
    "Slug",
    "SnapMetres",
    "Study",
]

CURVE_MIN: tuple[float, ...] = tuple(float(minute) for minute in range(5, 61))
"""The thresholds of the coverage curve: each minute from 5 to 60."""


class Study(FiledStudy):
    """A whole study. Paths are as written in the file, relative to its folder: see :meth:`locate`."""

    name: Slug
    title: Title
    description: str = ""
    areas: AreasInput
    services: ServicesInput
    population: PopulationInput
    streets: StreetsInput
    elevation: ElevationInput | None = None
    transit: Transit | None = None
    analysis: Analysis
    modes: tuple[Slug, ...] = ("walk",)
    mode_settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    scenarios: tuple[Scenario, ...] = Field(alias="scenario", min_length=1)
    publics: tuple[Public, ...] = Field(default=(), alias="public")
    commitments: tuple[Commitment, ...] = Field(default=(), alias="commitment")
    kinds: tuple[Kind, ...] = Field(default=KINDS, alias="kind", min_length=1)
    sectors: Sectors | None = None
    calendar: Calendar | None = None
    sensitivity: SensitivityOptions | None = None
    map: MapOptions = MapOptions()
    _tables: Mapping[DatabaseTable, DatabaseRows] = PrivateAttr(default_factory=dict)
    _trial: str = PrivateAttr(default="")

    @model_validator(mode="after")
    def _scenarios_apart(self) -> Self:
        names = [scenario.name for scenario in self.scenarios]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            message = f"deux scénarios portent le nom « {doubled[0]} »"
            raise ValueError(message)
        if self.calendar is None and any(scenario.mobile for scenario in self.scenarios):
            message = "un scénario compte les unités mobiles (mobile = true), mais l'étude n'a pas de [calendar]"
            raise ValueError(message)
        if fault := bases_fault({item.name: item.based_on for item in self.scenarios}):
            raise ValueError(fault)
        return self

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        commitments = [commitment.name for commitment in self.commitments]
        if len(set(commitments)) < len(commitments):
            message = "deux engagements portent le même nom"
            raise ValueError(message)
        for commitment in self.commitments:
            for step in commitment.any_of:
                if step.mode not in self.modes:
                    raise ValueError(self._not_computed(step.mode, f"l'engagement « {commitment.name} »"))
        if not self.modes or len(set(self.modes)) != len(self.modes):
            message = "modes doit lister au moins un mode, sans doublon"
            raise ValueError(message)
        if self.sensitivity is not None and self._upper_min > FARTHEST_MIN:
            message = (
                f"la sensibilité irait jusqu'à {self._upper_min:g} min (threshold_min des deux parties ensemble), "
                f"au-delà de {FARTHEST_MIN:g}"
            )
            raise ValueError(message)
        if self.sensitivity is not None and self.sensitivity.transit_days and self.transit is None:
            message = "[sensitivity] transit_days demande des horaires : ajouter une partie [transit]"
            raise ValueError(message)
        if self.analysis.headline_mode not in self.modes:
            message = (
                f"headline_mode « {self.analysis.headline_mode} » n'est pas dans modes : écrire, dans [analysis], "
                f'headline_mode = "{self.modes[0]}" ou un autre des modes'
            )
            raise ValueError(message)
        return self

    def _not_computed(self, mode: str, asking: str) -> str:
        """That something asks for a mode that is not listed: either may be what is written wrong."""
        listed = ", ".join(f"« {name} »" for name in self.modes)
        return (
            f"{asking} demande le mode « {mode} », que l'étude ne calcule pas : modes liste {listed}. Le corriger là, "
            f"l'y ajouter, ou corriger {asking}"
        )

    @model_validator(mode="after")
    def _known_hour_modes(self) -> Self:
        if unknown := [name for name in self.hour_modes if name not in self.modes]:
            raise ValueError(self._not_computed(unknown[0], "[calendar]"))
        if len(set(self.hour_modes)) != len(self.hour_modes):
            message = "[calendar] nomme deux fois le même mode (modes)"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _known_kinds(self) -> Self:
        if fault := kinds_fault(self.kinds, has_calendar=self.calendar is not None):
            raise ValueError(fault)
        if fault := next(filter(None, self._kind_uses()), ""):
            raise ValueError(fault)
        return self

    def _kind_uses(self) -> Iterator[str]:
        """For each kind that a part of the study names, why it is refused; '' where it is one of the study's."""
        known = [kind.name for kind in self.kinds]
        for scenario in self.scenarios:
            where = f"le scénario « {scenario.name} »"
            yield from (unknown_kind_fault(where, kind, known) for kind in scenario.kinds)
            for change in scenario.changes:
                if isinstance(change, AddService | ChangeKind):
                    yield unknown_kind_fault(f"{where}, {change.kind},", change.service_kind, known)
        yield from (commitment_fault(commitment, known) for commitment in self.commitments)
        if self.sectors is not None and self.sectors.kind is not None:
            yield unknown_kind_fault("[sectors]", self.sectors.kind, known)

    @model_validator(mode="after")
    def _publics_apart(self) -> Self:
        if twice := doubled_public(self.publics):
            message = f"deux publics portent le nom « {twice} »"
            raise ValueError(message)
        if mixed := doubled_unit(self.publics):
            message = f"deux publics comptent la colonne « {mixed} » dans deux unités"
            raise ValueError(message)
        columns = list(self.demand_columns().values())
        if shared := sorted({name for name in columns if columns.count(name) > 1}):
            message = f"deux colonnes d'habitants donnent la même colonne « {shared[0]} » aux lieux d'habitation"
            raise ValueError(message)
        return self

    def __repr__(self) -> str:
        return (
            f"Study(« {self.name} » : {len(self.scenarios)} scénarios, modes {', '.join(self.modes)}, {self.file.name})"
        )

    __str__ = __repr__

    @property
    def trial(self) -> str:
        """The trial of a page that its last scenario comes from (JSON); '' where the file has all of the study."""
        return self._trial

    @property
    def competent_kind(self) -> Kind | None:
        """The kind whose sectors say which service receives the residents of an area; None: no table of sectors.

        That of ``[sectors]``; without that part, the SST where the study has the shipped kinds.
        """
        shipped = COMPETENT_KIND if self.kinds == KINDS else None
        name = shipped if self.sectors is None else self.sectors.kind
        return next((kind for kind in self.kinds if kind.name == name), None)

    @property
    def mobile_kind(self) -> str:
        """The kind of the places that mobile units visit; '' where the study has none."""
        return next((kind.name for kind in self.kinds if kind.mobile), "")

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of the clocks that people read."""
        return self.analysis.zone

    @property
    def period(self) -> Period | None:
        """The days of the calendar, in the study's time zone; None where it has no calendar."""
        if self.calendar is None:
            return None
        return Period(self.calendar.first_day, self.calendar.last_day, self.zone)

    @property
    def hour_modes(self) -> tuple[str, ...]:
        """The modes by which hours are counted; none without a calendar."""
        if self.calendar is None:
            return ()
        return self.calendar.modes or (self.analysis.headline_mode,)

    @property
    def searched_min(self) -> float:
        """How far travel times are searched, in minutes: as far as the study asks anywhere.

        The cut-off, each threshold, the curve (:data:`CURVE_MIN`), the steps of the commitments, and the upper
        threshold of the sensitivity. So no figure depends on the cut-off but those that it defines.
        """
        steps = (step.under_min for commitment in self.commitments for step in commitment.any_of)
        return max(self.analysis.cutoff_min, *self.analysis.thresholds_min, *CURVE_MIN, *steps, self._upper_min)

    @property
    def _upper_min(self) -> float:
        return self.analysis.threshold_min + (0.0 if self.sensitivity is None else self.sensitivity.threshold_min)

    @property
    def service_day(self) -> date:
        """The day of the timetable: that of ``[transit]``, else the reference date."""
        asked = None if self.transit is None else self.transit.day
        return asked or self.analysis.reference_date

    @property
    def reference(self) -> Scenario:
        """The scenario that the others are compared with: the first."""
        return self.scenarios[0]

    def demand_columns(self) -> dict[str, str]:
        """The columns of people of the population file, and the columns of the demand points that hold them.

        Those of ``age_columns``, then those of the publics that are not among them; the whole population apart.
        """
        source, units = self.population, self.column_units()
        columns = {
            name: demand_column(
                name, population_column=source.population_column, age_columns=source.age_columns, unit=unit
            )
            for name, unit in units.items()
        }
        return {name: column for name, column in columns.items() if column != POPULATION}

    def column_units(self) -> dict[str, Unit]:
        """What each column of the population file counts: those of ``age_columns``, then those of the publics."""
        ages: dict[str, Unit] = dict.fromkeys(self.population.age_columns, PERSONS)
        return ages | {public.column: public.unit for public in self.publics}

    def choose(self, names: Sequence[str] | None) -> tuple[Scenario, ...]:
        """The named scenarios and the reference, which they are compared with, in the study's order; all for None.

        The reference comes first, named or not; nothing else is chosen where it is the only one named.

        Raises
        ------
        InputError
            A name that no scenario has.
        """
        known = [scenario.name for scenario in self.scenarios]
        if names is None:
            return self.scenarios
        unknown = [name for name in names if name not in known]
        if unknown:
            raise InputError(
                Fault(f"Scénario inconnu : « {name} ».", f"étude « {self.name} »", nearest_word(name, known))
                for name in unknown
            )
        chosen = {self.reference.name, *names}
        return tuple(scenario for scenario in self.scenarios if scenario.name in chosen)

    def table_source(self, origin: Path | DatabaseTable) -> TableSource:
        """What a table is read from: a file, made absolute, a database, or what was read of it before."""
        if isinstance(origin, Path):
            return self.locate(origin)
        return self._tables.get(origin) or origin.located(self.locate)

    def with_tables(self, tables: Mapping[DatabaseTable, DatabaseRows]) -> Study:
        """The same study, reading these tables of databases as they were read before; without any: from them again."""
        study = self.model_copy()
        study._tables = dict(tables)  # noqa: SLF001 - of a copy made here
        return study
