"""Modes of travel: speeds (km/h), access rules and surcharges (minutes) as data, each with its source."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cache
from importlib.resources import files
from typing import Any

from access92.errors import Fault, InputError, nearest_word
from access92.network.congestion import class_factors
from access92.network.mode_settings import (
    BARRIERS,
    MAY_BE_FALSE,
    RANGES,
    Family,
    incoherences,
    is_text_table,
    range_requirement,
    setting_faults,
)
from access92.network.road_classes import CAR_CLASSES, CLASSES

__all__ = [
    "BARRIERS",
    "CAR_CLASSES",
    "CLASSES",
    "Family",
    "Mode",
    "change_speed",
    "change_speeds",
    "modes_at",
    "read_modes",
    "study_modes",
]


@dataclass(frozen=True, slots=True)
class Mode:
    """One way of travelling. Speeds in km/h, times in minutes.

    ``speed_kmh`` is the cruising speed of foot and bicycle, and the ceiling of car.
    ``access_speed_kmh`` is the walking speed of the off-network legs.
    ``time_factor`` multiplies network time (congestion); ``parking_min`` is added once per trip.
    ``pushing_speed_kmh`` is the speed of a bicycle that is pushed where only walking is allowed.
    ``blocked_by`` are the barriers on a node that stop the mode (:data:`BARRIERS`), ``barrier_s`` the seconds that it
    takes to pass others; ``width_m`` closes what is narrower (metres), ``max_incline_share`` what is steeper (0–1).
    ``signal_s`` are the seconds at a junction with signals, counted where ``waits_at_signals``.
    ``rides``: between walks it takes the vehicles of the study's timetable; ``walks_as`` is then the walking mode
    whose rules and speeds it has off them. ``access_mode``: the mode by which its riders may come to the stop beside
    walking (a bicycle), whose ``parking_min`` is that at the stop.
    ``elevator_s`` are the seconds that a lift takes, wait and ride, whatever its floors.
    ``contraflow_in_zone_30``: a bicycle may ride against one-way traffic where cars drive at 30 km/h or less.
    ``congestion``: by period of the day (« 07:00-10:00 ») the time factor of each group of classes; that of the hour of
    the study is ``class_time_factor``, by highway class, which :func:`modes_at` sets and which stands before
    ``time_factor``.
    ``sources`` maps a field name to the French sentence that says where its value comes from.
    """

    name: str
    label: str
    family: Family
    speed_kmh: float
    access_speed_kmh: float
    steps_speed_kmh: float | None  # None: steps are forbidden
    avoid_unpaved: bool
    needs_wheelchair_access: bool
    time_factor: float
    parking_min: float
    class_speed_kmh: Mapping[str, float]  # highway class → km/h where no maxspeed (car), or slower class (bike)
    sources: Mapping[str, str]
    pushing_speed_kmh: float | None = None  # None: the vehicle is never pushed
    blocked_by: tuple[str, ...] = ()
    barrier_s: Mapping[str, float] = field(default_factory=dict)
    width_m: float | None = None  # None: no width stops it
    max_incline_share: float | None = None  # None: no slope stops it
    signal_s: float = 0.0
    waits_at_signals: bool = False
    contraflow_in_zone_30: bool = False
    rides: bool = False
    walks_as: str = ""
    access_mode: Mode | None = None
    elevator_s: float = 0.0
    congestion: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    class_time_factor: Mapping[str, float] = field(default_factory=dict)

    @property
    def walks(self) -> bool:
        """Whether it is a mode on foot from door to door."""
        return self.family == "foot" and not self.rides

    @property
    def on_streets(self) -> Mode:
        """The mode as far as its network depends on it: without its names, sources, vehicles and parking."""
        return replace(
            self, name="", label="", sources={}, rides=False, walks_as="", access_mode=None, parking_min=0.0
        )  # fmt: skip

    @property
    def fastest_time_factor(self) -> float:
        """The lowest of the time factors: how far the mode gets at most follows from it."""
        return min(self.class_time_factor.values(), default=self.time_factor)


SIGNALS_LABEL = ", avec attente aux feux"
"""What the label of a mode that waits at signals ends with."""

_OF_THE_BASE = ("name", "family", "class_time_factor", "rides", "walks_as", "access_mode")
_SETTINGS = tuple(field.name for field in fields(Mode) if field.name not in _OF_THE_BASE)
"""What a study may set. The rest belongs to the mode it starts from."""


def read_modes() -> dict[str, Mode]:
    """The shipped modes, by name, in the order of modes.toml.

    Examples
    --------
    >>> modes = read_modes()
    >>> modes["walk"].speed_kmh, modes["walk_wheelchair"].steps_speed_kmh
    (5.0, None)
    """
    return dict(_shipped_modes())


@cache
def _shipped_modes() -> Mapping[str, Mode]:
    """Those of modes.toml, which a small study would else spend a twentieth of its time on."""
    where = "modes.toml"
    content = tomllib.loads(files("access92.network").joinpath(where).read_text(encoding="utf-8"))
    faults: list[Fault] = []
    modes: dict[str, Mode] = {}
    for name, values in content.items():
        if (walk := values.pop("walks_as", "")) in modes:  # what it is off the vehicles is said once, of the walk
            access = modes[values["comes_by"]] if "comes_by" in values else None
            modes[name] = _riding(
                name, modes[walk], values["label"], sources=values["sources"], access_mode=access
            )  # fmt: skip
            continue
        family = values.pop("family")
        empty = Mode(
            name=name, label=name, family=family, speed_kmh=math.nan, access_speed_kmh=math.nan, steps_speed_kmh=None,
            avoid_unpaved=False, needs_wheelchair_access=False, time_factor=1.0, parking_min=0.0,
            class_speed_kmh={}, sources={},
        )  # fmt: skip
        modes[name] = _changed(empty, values, where=f"{where}, [{name}]", faults=faults)
    if faults:
        raise InputError(faults)
    return modes


def study_modes(
    names: Sequence[str],
    settings: Mapping[str, Mapping[str, Any]],
    *,
    where: str,
) -> dict[str, Mode]:
    """The modes that a study asks for, in its order, with the values that it sets.

    Parameters
    ----------
    names
        The modes of the study: shipped ones, or new ones that ``settings`` defines.
    settings
        By mode name, the fields to change. ``based_on`` makes a new mode from a shipped one (as the
        study changed it). ``class_speed_kmh`` and ``sources`` are merged key by key. ``false`` forbids steps
        (``steps_speed_kmh``) or pushing (``pushing_speed_kmh``).
    where
        The study file named in the messages.

    Raises
    ------
    InputError
        Unknown mode, unknown field, wrong type, value out of range: one fault each, all of them.

    Examples
    --------
    >>> modes = study_modes(["walk", "trottinette"], where="etude.toml", settings={
    ...     "walk": {"speed_kmh": 4.5},
    ...     "trottinette": {"based_on": "bike", "label": "Trottinette", "speed_kmh": 18}})
    >>> [(mode.label, mode.speed_kmh) for mode in modes.values()]
    [('À pied (adulte)', 4.5), ('Trottinette', 18.0)]
    """
    # shipped modes first: new ones start from them as the study changed them
    modes = read_modes()
    shipped = tuple(modes)
    faults: list[Fault] = []
    riding = {name for name, mode in modes.items() if mode.rides}
    for name in sorted(settings, key=lambda name: (name not in shipped, name in riding)):
        values: object = settings[name]
        place = f"{where}, [mode_settings.{name}]"
        if not isinstance(values, Mapping):
            faults.append(Fault("Les réglages d'un mode doivent être une table.", place, "Écrire champ = valeur."))
            continue

        # a mode starts from the shipped one of its name, or from the one that it says, never from both
        base = name if name in shipped else values.get("based_on")
        if name in shipped and "based_on" in values:
            fix = "Retirer based_on, ou donner un autre nom au mode."
            faults.append(Fault("Un mode livré ne peut pas repartir d'un autre.", f"{place} based_on", fix))
        elif base is None:
            fix = f"{nearest_word(name, shipped)} Un mode nouveau dit de quel mode il part : based_on."
            faults.append(Fault(f"Mode inconnu « {name} ».", place, fix))
        elif base not in shipped:
            fix = nearest_word(str(base), shipped)
            faults.append(Fault(f"Mode de départ inconnu « {base} ».", f"{place} based_on", fix))
        else:
            settings_of_mode = {key: value for key, value in values.items() if key != "based_on"}
            start = modes[base] if name in shipped else replace(modes[base], name=name, label=name)
            if start.rides and "parking_min" in settings_of_mode:
                what = f"Le mode « {name} » prend des véhicules : il n'a pas de stationnement à lui."
                fix = "Retirer parking_min ; celui du vélo à l'arrêt est bike_parking_min, dans [transit]."
                faults.append(Fault(what, f"{place} parking_min", fix))
                continue
            modes[name] = _changed(start, settings_of_mode, where=place, faults=faults, study=where)
            modes |= _riding_by(modes[name], modes)

    # all faults at once; a faulty new mode already has its own
    faults += [
        Fault(f"Mode inconnu « {name} ».", f"{where}, clé « modes »", nearest_word(name, modes))
        for name in names
        if name not in modes and name not in settings
    ]
    if faults:
        raise InputError(faults)
    return {name: modes[name] for name in names}


def _riding(name: str, walk: Mode, label: str, *, sources: Mapping[str, str], access_mode: Mode | None = None) -> Mode:
    """The mode that rides and walks as another does; ``access_mode``: by which it may come to the stop as well."""
    return replace(
        walk, name=name, label=label, rides=True, walks_as=walk.name, access_mode=access_mode,
        sources={**walk.sources, **sources},
    )  # fmt: skip


def _riding_by(changed: Mode, modes: Mapping[str, Mode]) -> dict[str, Mode]:
    """The modes that walk as a mode which a study has changed, or come to the stop by it, changed as it is."""
    riding: dict[str, Mode] = {}
    for mode in modes.values():
        if mode.walks_as == changed.name:
            own = {"rides": mode.sources["rides"]}
            riding[mode.name] = _riding(mode.name, changed, mode.label, sources=own, access_mode=mode.access_mode)
        elif mode.access_mode is not None and mode.access_mode.name == changed.name:
            riding[mode.name] = replace(mode, access_mode=changed)
    return riding


def modes_at(modes: Mapping[str, Mode], hour: str, *, signals: bool) -> dict[str, Mode]:
    """The modes as they travel at an hour of the day (« 10:00 »): time factors of the hour, waits at signals if asked.

    A mode that waits at signals says so in its label, which stands beside each of its figures.

    Examples
    --------
    >>> car, walk = modes_at({name: read_modes()[name] for name in ("car", "walk")}, "08:30", signals=True).values()
    >>> car.class_time_factor["primary"] > car.class_time_factor["residential"], walk.label
    (True, 'À pied (adulte), avec attente aux feux')
    """
    return {name: _mode_at(mode, hour, signals=signals) for name, mode in modes.items()}


def _mode_at(mode: Mode, hour: str, *, signals: bool) -> Mode:
    waits = (signals or mode.waits_at_signals) and mode.signal_s > 0
    label = mode.label + SIGNALS_LABEL if waits and not mode.label.endswith(SIGNALS_LABEL) else mode.label
    access = None if mode.access_mode is None else _mode_at(mode.access_mode, hour, signals=signals)
    factors = class_factors(mode.congestion, hour)
    return replace(mode, label=label, waits_at_signals=waits, class_time_factor=factors, access_mode=access)


def change_speed(mode: Mode, speed_kmh: float, *, where: str) -> Mode:
    """The mode at another cruising speed (km/h), within the bounds that ``[mode_settings]`` has for it.

    Raises
    ------
    InputError
        A speed that is no number of the range of the mode, or under that of its steps.

    Examples
    --------
    >>> change_speed(read_modes()["walk"], 4.0, where="étude").speed_kmh
    4.0
    """
    place = f"{where}, mode « {mode.name} », speed_kmh = {speed_kmh!r}"
    good, requirement, fix = range_requirement("speed_kmh", speed_kmh, mode.family)
    if not good:
        raise InputError(Fault(f"La vitesse doit être {requirement} (km/h).", place, fix))
    steps_kmh = mode.steps_speed_kmh
    if steps_kmh is not None and steps_kmh > speed_kmh:
        lowest = f"{steps_kmh:g}".replace(".", ",")
        what = f"Les escaliers ({lowest} km/h) iraient plus vite que le plat."
        fix = f"Donner au moins {lowest} km/h, ou baisser steps_speed_kmh dans [mode_settings.{mode.name}]."
        raise InputError(Fault(what, place, fix))
    return replace(mode, speed_kmh=float(speed_kmh))


def change_speeds(modes: Mapping[str, Mode], name: str, speed_kmh: float, *, where: str) -> dict[str, Mode]:
    """A mode at another cruising speed (km/h), and those that walk as it does or come to the stop by it; by name.

    Raises
    ------
    InputError
        As :func:`change_speed`.

    Examples
    --------
    >>> changed = change_speeds(read_modes(), "bike", 12.0, where="étude")
    >>> list(changed), changed["bike_transit"].access_mode.speed_kmh
    (['bike', 'bike_transit', 'bike_transit_senior'], 12.0)
    """
    changed = {name: change_speed(modes[name], speed_kmh, where=where)}
    for mode in modes.values():
        if mode.walks_as == name:
            changed[mode.name] = change_speed(mode, speed_kmh, where=where)
        elif mode.access_mode is not None and mode.access_mode.name == name:
            access = change_speed(mode.access_mode, speed_kmh, where=where)
            changed[mode.name] = replace(mode, access_mode=access)
    return changed


def _changed(
    mode: Mode,
    values: Mapping[str, Any],
    *,
    where: str,
    faults: list[Fault],
    study: str | None = None,
) -> Mode:
    """The mode with other values; what is wrong is added to ``faults`` and left out.

    With ``study``, the source of each changed value is the study, unless it gives one itself.
    """
    changes: dict[str, Any] = {}
    for key, value in values.items():
        wrong = setting_faults(key, value, mode.family, f"{where} {key} = {value!r}", known=_SETTINGS)
        faults += wrong
        if wrong:
            continue
        if key in ("class_speed_kmh", "barrier_s"):
            changes[key] = {**getattr(mode, key), **{name: float(number) for name, number in value.items()}}
        elif key == "blocked_by":
            changes[key] = tuple(value)
        elif key == "congestion":
            changes[key] = {period: {name: float(x) for name, x in row.items()} for period, row in value.items()}
        elif key in MAY_BE_FALSE and value is False:
            changes[key] = None
        elif key in RANGES:
            changes[key] = float(value)
        elif key != "sources":
            changes[key] = value
    if "time_factor" in changes and "congestion" not in changes:
        changes["congestion"] = {}  # one number for all hours and classes is what was asked
    default_sources = {key: f"Réglage de l'étude {study}." for key in changes if study and key != "label"}
    sources = values.get("sources")
    stated_sources = sources if isinstance(sources, dict) and is_text_table(sources) else {}
    changes["sources"] = {**mode.sources, **default_sources, **stated_sources}
    changed = replace(mode, **changes)
    faults += incoherences(changed, where)
    return changed
