"""A study: what to count, where, by which modes and scenarios; frozen, read from TOML, unknown key = error."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError, field_validator, model_validator

from access92._limits import parse_toml, read_small_file, resolved
from access92._space import SAME_PLACE_M
from access92.errors import Fault, InputError, nearest_word
from access92.study.changes import Calendar, Change, Commitment, StudyPart, Title, with_present_names
from access92.study.messages import study_fault
from access92.study.publics import POPULATION, Public, demand_column, doubled_public
from access92.study.schemas import KINDS

CURVE_MIN: tuple[float, ...] = tuple(float(minute) for minute in range(5, 61))
"""The thresholds of the coverage curve: each minute from 5 to 60."""


def _in_hundredths(minutes: float) -> float:
    """Refuse minutes finer than a hundredth: pages tell times by whole hundredths."""
    if round(minutes, 2) != minutes:
        message = f"{minutes:g} : les minutes se donnent au centième près"
        raise ValueError(message)
    return minutes


Slug = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", max_length=80)]  # names files
_FARTHEST_MIN = 240.0
Minutes = Annotated[float, Field(gt=0, le=_FARTHEST_MIN), AfterValidator(_in_hundredths)]
SnapMetres = Annotated[float, Field(gt=0, le=10_000)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]

_LOOP_NAMES = 12  # a longer loop of scenarios is cut in its message


class AreasInput(StudyPart):
    """Where people are counted: polygons, and their legal population where known."""

    file: Path
    id_column: str = "insee"
    name_column: str = "name"
    population_file: Path | None = None  # CSV keyed by id_column
    population_column: str = "population"
    source: str = ""
    licence: str = ""
    vintage: str = ""


class ServicesInput(StudyPart):
    """The table of services (CSV with lon/lat, GPKG, GeoJSON, GeoParquet)."""

    file: Path
    source: str = ""
    licence: str = ""
    vintage: str = ""


class PopulationInput(StudyPart):
    """The people: a 1 km grid spread over streets, points, or polygons.

    ``grid``: CSV of square cells (``x_column``, ``y_column`` = lower-left corner in ``grid_crs``).
    ``points``: one row a place, used as it is. ``polygons``: spread over the streets inside each.
    ``rescale``: make each area sum to its legal population (areas.population_file), to the person.
    """

    method: Literal["grid", "points", "polygons"]
    file: Path
    population_column: str = "population"
    id_column: str | None = None
    age_columns: tuple[str, ...] = ()
    x_column: str = "x_3035"
    y_column: str = "y_3035"
    grid_crs: str = "EPSG:3035"
    cell_m: Annotated[float, Field(ge=1, le=100_000)] = 1000.0
    rescale: bool = True
    source: str = ""
    licence: str = ""
    vintage: str = ""


class StreetsInput(StudyPart):
    """The streets: a local file, or the demonstration streets of the Hauts-de-Seine (``demo = true``).

    The ``demo_*`` files are the real frame of the demonstration: population grid, Seine, bridges.
    """

    file: Path | None = None
    demo: bool = False
    demo_seed: Seed = 92
    demo_grid_file: Path = Path("../population/grid_1km_2021.csv")
    demo_seine_file: Path = Path("../demo/seine.csv")
    demo_bridges_file: Path = Path("../demo/seine_bridges.csv")
    margin_m: Annotated[float, Field(ge=0, le=100_000)] = 3000.0
    graphml_direction: Literal["auto", "two_way", "from_tags"] = "auto"
    source: str = ""
    licence: str = ""
    vintage: str = ""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.demo == (self.file is not None):
            message = 'donner soit file = "…", soit demo = true'
            raise ValueError(message)
        return self


class Analysis(StudyPart):
    """Thresholds (strict: a place at exactly the threshold is not covered), cut-off, snapping, one place.

    ``cutoff_min``: the longest time that is told as a time. Beyond it a place counts as not reached: no minutes, no
    nearest service, and the cut-off itself in the minutes that a ledger adds up. It is not how far times are searched:
    see :attr:`Study.searched_min`. ``same_place_m``: services that this distance links, one to the next, are at one
    place (0: at the very same coordinates only).
    """

    headline_mode: str = "walk"
    threshold_min: Minutes = 20.0
    thresholds_min: Annotated[tuple[Minutes, ...], Field(max_length=50)] = (10.0, 15.0, 20.0, 30.0)
    cutoff_min: Minutes = 60.0
    max_snap_m: SnapMetres = 300.0
    same_place_m: Annotated[float, Field(ge=0, le=200)] = SAME_PLACE_M
    reference_date: date

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        if self.threshold_min not in self.thresholds_min:
            message = "threshold_min doit figurer dans thresholds_min"
            raise ValueError(message)
        if list(self.thresholds_min) != sorted(set(self.thresholds_min)):
            message = "thresholds_min doit être croissant et sans doublon"
            raise ValueError(message)
        if self.cutoff_min < max(self.thresholds_min):
            message = "cutoff_min doit atteindre le plus grand seuil"
            raise ValueError(message)
        return self


class Scenario(StudyPart):
    """A choice of services (kinds, plus ``include``, minus ``exclude``: service_id) and a list of changes.

    ``based_on`` names the scenario that it starts from: its choice and its changes come first.
    """

    name: Slug
    title: Title
    description: str = ""
    based_on: str | None = None
    kinds: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    mobile: bool = False  # whether the halts of the study's calendar count, in person-hours and at a moment
    changes: tuple[Change, ...] = Field(default=(), alias="change")

    @field_validator("changes", mode="before")
    @classmethod
    def _present_names(cls, value: object) -> object:
        """Read the former names of changes too: studies written before « visit » go on working."""
        return tuple(map(with_present_names, value)) if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _known_kinds(self) -> Self:
        for kind in self.kinds:
            if kind not in KINDS:
                message = f"catégorie inconnue « {kind} ». {nearest_word(kind, KINDS)}"
                raise ValueError(message)
        if self.based_on is not None and self.kinds:
            message = "un scénario qui part d'un autre (based_on) en reprend les catégories : retirer kinds"
            raise ValueError(message)
        if not (self.kinds or self.include or self.based_on):
            message = "donner kinds ou include : un scénario sans service ne dessert personne"
            raise ValueError(message)
        return self


class MapOptions(StudyPart):
    """Options of the maps; ``tiles`` adds OpenStreetMap tiles as a layer (needs internet).

    ``candidates_m``: side of the cells that each offer one place for a new service in the page (0: none).
    """

    tiles: bool = False
    candidates_m: Annotated[float, Field(ge=0, le=100_000)] = 0.0


class SensitivityOptions(StudyPart):
    """What is moved, and how far, to see how far each headline moves with it.

    ``speed_share``: speed of the headline mode, more and less; ``threshold_min``: minutes more and less;
    ``max_snap_m``: the other limits of the link to the streets; ``draws``: seeded draws of the positions of services.
    """

    speed_share: Annotated[float, Field(gt=0, lt=0.5)] = 0.10
    threshold_min: Annotated[float, Field(gt=0, le=120)] = 2.0
    max_snap_m: Annotated[tuple[SnapMetres, ...], Field(max_length=20)] = (150.0, 600.0)
    draws: Annotated[int, Field(ge=1, le=1000)] = 20
    seed: Seed = 92


class Study(StudyPart):
    """A whole study. Paths are as written in the file, relative to its folder: see :meth:`locate`."""

    name: Slug
    title: Title
    description: str = ""
    areas: AreasInput
    services: ServicesInput
    population: PopulationInput
    streets: StreetsInput
    analysis: Analysis
    modes: tuple[Slug, ...] = ("walk",)
    mode_settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    scenarios: tuple[Scenario, ...] = Field(alias="scenario", min_length=1)
    publics: tuple[Public, ...] = Field(default=(), alias="public")
    commitments: tuple[Commitment, ...] = Field(default=(), alias="commitment")
    calendar: Calendar | None = None
    sensitivity: SensitivityOptions | None = None
    map: MapOptions = MapOptions()
    _file: Path = PrivateAttr(default=Path("study.toml"))
    _sha256: str = PrivateAttr(default="")
    _size_bytes: int = PrivateAttr(default=0)

    @model_validator(mode="after")
    def _coherent(self) -> Self:
        names = [scenario.name for scenario in self.scenarios]
        doubled = sorted({name for name in names if names.count(name) > 1})
        if doubled:
            message = f"deux scénarios portent le nom « {doubled[0]} »"
            raise ValueError(message)
        if self.calendar is None and any(scenario.mobile for scenario in self.scenarios):
            message = "un scénario compte les unités mobiles (mobile = true), mais l'étude n'a pas de [calendar]"
            raise ValueError(message)
        _check_bases({item.name: item for item in self.scenarios})
        commitments = [commitment.name for commitment in self.commitments]
        if len(set(commitments)) < len(commitments):
            message = "deux engagements portent le même nom"
            raise ValueError(message)
        for commitment in self.commitments:
            for step in commitment.any_of:
                if step.mode not in self.modes:
                    message = (
                        f"l'engagement « {commitment.name} » demande le mode « {step.mode} », que l'étude ne calcule "
                        f"pas. {nearest_word(step.mode, self.modes)}"
                    )
                    raise ValueError(message)
        if not self.modes or len(set(self.modes)) != len(self.modes):
            message = "modes doit lister au moins un mode, sans doublon"
            raise ValueError(message)
        if self.sensitivity is not None and self._upper_min > _FARTHEST_MIN:
            message = (
                f"la sensibilité irait jusqu'à {self._upper_min:g} min (threshold_min des deux parties ensemble), "
                f"au-delà de {_FARTHEST_MIN:g}"
            )
            raise ValueError(message)
        if self.analysis.headline_mode not in self.modes:
            message = f"headline_mode « {self.analysis.headline_mode} » n'est pas dans modes"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _publics_apart(self) -> Self:
        if twice := doubled_public(self.publics):
            message = f"deux publics portent le nom « {twice} »"
            raise ValueError(message)
        columns = list(self.demand_columns().values())
        if shared := sorted({name for name in columns if columns.count(name) > 1}):
            message = f"deux colonnes d'habitants donnent la même colonne « {shared[0]} » aux lieux d'habitation"
            raise ValueError(message)
        return self

    @property
    def file(self) -> Path:
        """The TOML file that the study was read from (absolute)."""
        return self._file

    @property
    def sha256(self) -> str:
        """The SHA-256 of the very bytes that the study was read from; '' where it was made by Python."""
        return self._sha256

    @property
    def size_bytes(self) -> int:
        """How many bytes the study was read from."""
        return self._size_bytes

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
    def reference(self) -> Scenario:
        """The scenario that the others are compared with: the first."""
        return self.scenarios[0]

    def demand_columns(self) -> dict[str, str]:
        """The columns of people of the population file, and the columns of the demand points that hold them.

        Those of ``age_columns``, then those of the publics that are not among them; the whole population apart.
        """
        given = self.population
        wanted = dict.fromkeys((*given.age_columns, *(public.column for public in self.publics)))
        columns = {
            name: demand_column(name, population_column=given.population_column, age_columns=given.age_columns)
            for name in wanted
        }
        return {name: column for name, column in columns.items() if column != POPULATION}

    def choose(self, names: Sequence[str] | None) -> tuple[Scenario, ...]:
        """The named scenarios and the reference, which they are compared with, in the study's order; all for None.

        The reference comes first, named or not; alone only where it alone is named.

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
        wanted = {self.reference.name, *names}
        return tuple(scenario for scenario in self.scenarios if scenario.name in wanted)

    def locate(self, path: Path) -> Path:
        """A path of the study file, made absolute from the study's folder."""
        return resolved(self.file.parent / path)


def _check_bases(known: dict[str, Scenario]) -> None:
    """Follow each ``based_on`` to its end: every name is known, and none comes twice."""
    settled: set[str] = set()
    for first in known.values():
        scenario = first
        seen = {scenario.name: None}  # in order
        while scenario.based_on is not None and scenario.name not in settled:
            if scenario.based_on not in known:
                message = (
                    f"le scénario « {scenario.name} » part d'un scénario inconnu, « {scenario.based_on} ». "
                    f"{nearest_word(scenario.based_on, known)}"
                )
                raise ValueError(message)
            if scenario.based_on in seen:
                loop = [*seen, scenario.based_on]
                names = " ← ".join(loop if len(loop) <= _LOOP_NAMES else [*loop[:3], "…", *loop[-2:]])
                message = f"les scénarios partent l'un de l'autre en boucle : {names}"
                raise ValueError(message)
            scenario = known[scenario.based_on]
            seen[scenario.name] = None
        settled.update(seen)


def read_study(path: str | Path) -> Study:
    """The study written in a TOML file.

    Raises
    ------
    InputError
        Missing or unreadable file, unknown key (with the nearest known one), value out of range.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> file = pathlib.Path(tempfile.mkdtemp()) / "study.toml"
    >>> _ = file.write_text('nom = "x"', encoding="utf-8")
    >>> read_study(file)
    Traceback (most recent call last):
    ...
    access92.errors.InputError: ...
    """
    path = Path(path)
    read = read_small_file(path, what="Le fichier d'étude", where=str(path))
    study = _validated(parse_toml(read, where=str(path)), path)
    study._file = resolved(path)  # noqa: SLF001 - set once here, at construction
    study._sha256, study._size_bytes = hashlib.sha256(read).hexdigest(), len(read)  # noqa: SLF001 - as above
    return study


def validated_study(study: Study) -> Study:
    """The same study, every value of it checked as :func:`read_study` checks a file's.

    ``model_copy(update=…)`` and ``model_construct`` of pydantic check nothing: what a program changed passes here.

    Raises
    ------
    InputError
        As :func:`read_study`.

    Examples
    --------
    >>> study = read_study("data/studies/sosms.toml")
    >>> validated_study(study) == study
    True
    >>> validated_study(study.model_copy(update={"title": 92}))
    Traceback (most recent call last):
    ...
    access92.errors.InputError: ...
    """
    content = _plain(study)
    checked = _validated(content, study.file)
    checked._file = study.file  # noqa: SLF001 - as above
    checked._sha256, checked._size_bytes = study.sha256, study.size_bytes  # noqa: SLF001 - as above
    return checked


def _plain(value: object) -> object:
    """A part of a study as a file would write it: the keys that were set, whatever their names and types."""
    if isinstance(value, StudyPart):
        aliases = {name: info.alias or name for name, info in type(value).model_fields.items()}
        written = {name: item for name, item in value.__dict__.items() if name in value.model_fields_set}
        return {aliases.get(name, name): _plain(item) for name, item in written.items()}
    if isinstance(value, list | tuple):
        return tuple(map(_plain, value))
    return value


def _validated(content: object, path: Path) -> Study:
    """The study that the content describes; ``path`` is named in messages."""
    try:
        return Study.model_validate(content)
    except ValidationError as error:
        raise InputError([study_fault(detail, path, Study) for detail in error.errors()]) from error
