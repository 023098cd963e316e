"""Modes of travel: speeds (km/h), access rules and surcharges (minutes) as data, each with its source."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from importlib.resources import files
from typing import Any, Literal, cast

from access92.errors import Fault, InputError, nearest_word
from access92.network.congestion import class_factors, congestion_faults
from access92.network.road_classes import CAR_CLASSES, CLASSES

__all__ = ["CAR_CLASSES", "CLASSES", "Family", "Mode", "change_speed", "modes_at", "read_modes", "study_modes"]

Family = Literal["foot", "bicycle", "car"]


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
    elevator_s: float = 0.0
    congestion: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    class_time_factor: Mapping[str, float] = field(default_factory=dict)

    @property
    def fastest_time_factor(self) -> float:
        """The lowest of the time factors: how far the mode gets at most follows from it."""
        return min(self.class_time_factor.values(), default=self.time_factor)


BARRIERS: tuple[str, ...] = (
    "arch", "avalanche_protection", "block", "bollard", "border_control", "bump_gate", "bus_trap", "cattle_grid",
    "chain", "city_wall", "coupure", "cycle_barrier", "debris", "entrance", "fence", "full-height_turnstile", "gate",
    "hampshire_gate", "height_restrictor", "horse_stile", "jersey_barrier", "kerb", "kissing_gate", "lift_gate", "log",
    "motorcycle_barrier", "planter", "raised_kerb", "rope", "sally_port", "sliding_beam", "sliding_gate", "spikes",
    "stile", "sump_buster", "swing_gate", "toll_booth", "turnstile", "wall", "wedge", "wicket_gate", "yes",
)  # fmt: skip
"""The values of ``barrier`` that ``blocked_by`` and ``barrier_s`` may name; ``raised_kerb`` stands for ``kerb=raised``.

References
----------
OpenStreetMap wiki, Key:barrier (« Access control on highways ») and Key:kerb (read 2026).
"""

SIGNALS_LABEL = ", avec attente aux feux"
"""What the label of a mode that waits at signals ends with."""

_HIGHEST_KMH: Mapping[Family, float] = {"foot": 15.0, "bicycle": 45.0, "car": 130.0}
_RANGES: Mapping[str, tuple[float, float]] = {
    "speed_kmh": (0.5, 130.0),  # and the highest of the family
    "access_speed_kmh": (0.5, 15.0),
    "steps_speed_kmh": (0.1, 15.0),
    "pushing_speed_kmh": (0.5, 15.0),
    "time_factor": (0.5, 5.0),
    "parking_min": (0.0, 60.0),
    "width_m": (0.3, 3.0),
    "max_incline_share": (0.01, 0.5),
    "signal_s": (0.0, 120.0),
    "elevator_s": (0.0, 600.0),
}
_FLAGS = ("avoid_unpaved", "needs_wheelchair_access", "waits_at_signals", "contraflow_in_zone_30")
_MAY_BE_FALSE = ("steps_speed_kmh", "pushing_speed_kmh", "width_m", "max_incline_share")
_LONGEST_BARRIER_S = 600.0
_SETTINGS = tuple(field.name for field in fields(Mode) if field.name not in ("name", "family", "class_time_factor"))
"""What a study may set. The family belongs to the mode it starts from."""


def read_modes() -> dict[str, Mode]:
    """The shipped modes, by name, in the order of modes.toml.

    Examples
    --------
    >>> modes = read_modes()
    >>> modes["walk"].speed_kmh, modes["walk_wheelchair"].steps_speed_kmh
    (5.0, None)
    """
    where = "modes.toml"
    content = tomllib.loads(files("access92.network").joinpath(where).read_text(encoding="utf-8"))
    faults: list[Fault] = []
    modes = {}
    for name, values in content.items():
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
    for name in sorted(settings, key=lambda name: name not in shipped):
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
            modes[name] = _changed(start, settings_of_mode, where=place, faults=faults, study=where)

    # all faults at once; a faulty new mode already has its own
    faults += [
        Fault(f"Mode inconnu « {name} ».", f"{where}, clé « modes »", nearest_word(name, modes))
        for name in names
        if name not in modes and name not in settings
    ]
    if faults:
        raise InputError(faults)
    return {name: modes[name] for name in names}


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
    return replace(mode, label=label, waits_at_signals=waits, class_time_factor=class_factors(mode.congestion, hour))


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
    good, requirement, fix = _is_in_range("speed_kmh", speed_kmh, mode.family)
    if not good:
        raise InputError(Fault(f"La vitesse doit être {requirement} (km/h).", place, fix))
    steps_kmh = mode.steps_speed_kmh
    if steps_kmh is not None and steps_kmh > speed_kmh:
        lowest = f"{steps_kmh:g}".replace(".", ",")
        what = f"Les escaliers ({lowest} km/h) iraient plus vite que le plat."
        fix = f"Donner au moins {lowest} km/h, ou baisser steps_speed_kmh dans [mode_settings.{mode.name}]."
        raise InputError(Fault(what, place, fix))
    return replace(mode, speed_kmh=float(speed_kmh))


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
        wrong = _faults(key, value, mode.family, f"{where} {key} = {value!r}")
        faults += wrong
        if wrong:
            continue
        if key in ("class_speed_kmh", "barrier_s"):
            changes[key] = {**getattr(mode, key), **{name: float(number) for name, number in value.items()}}
        elif key == "blocked_by":
            changes[key] = tuple(value)
        elif key == "congestion":
            changes[key] = {period: {name: float(x) for name, x in row.items()} for period, row in value.items()}
        elif key in _MAY_BE_FALSE and value is False:
            changes[key] = None
        elif key in _RANGES:
            changes[key] = float(value)
        elif key != "sources":
            changes[key] = value
    if "time_factor" in changes and "congestion" not in changes:
        changes["congestion"] = {}  # one number for all hours and classes is what was asked
    default_sources = {key: f"Réglage de l'étude {study}." for key in changes if study and key != "label"}
    sources = values.get("sources")
    stated_sources = sources if isinstance(sources, dict) and _is_text_table(sources) else {}
    changes["sources"] = {**mode.sources, **default_sources, **stated_sources}
    changed = replace(mode, **changes)
    faults += _incoherences(changed, where)
    return changed


def _is_text_table(value: object) -> bool:
    return isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _faults(key: str, value: object, family: Family, place: str) -> list[Fault]:
    """What is wrong with one setting by itself."""
    if key not in _SETTINGS:
        return [Fault(f"Champ de mode inconnu « {key} ».", place, nearest_word(key, _SETTINGS))]
    if key == "class_speed_kmh":
        return _class_faults(value, place)
    if key == "congestion":
        return congestion_faults(value, place, lowest=_RANGES["time_factor"][0], highest=_RANGES["time_factor"][1])
    if key in ("blocked_by", "barrier_s"):
        return _barrier_faults(key, value, place)
    if key == "label":
        good, what, fix = isinstance(value, str) and value.strip() != "", "un texte non vide", 'Écrire label = "…".'
    elif key in _FLAGS:
        good, what, fix = isinstance(value, bool), "true ou false", "Corriger cette valeur."
    elif key == "sources":
        good, what, fix = _is_text_table(value), "une table de textes", 'Écrire { champ = "source" }.'
    else:
        good, what, fix = _is_in_range(key, value, family)
    return [] if good else [Fault(f"La valeur doit être {what}.", place, fix)]


def _is_in_range(key: str, value: object, family: Family) -> tuple[bool, str, str]:
    """Whether a number is in its range, what it must be, and how to fix it."""
    lowest, highest = _RANGES[key]
    highest = min(highest, _HIGHEST_KMH[family]) if key == "speed_kmh" else highest
    forbids = key in _MAY_BE_FALSE
    good = (forbids and value is False) or (_is_number(value) and lowest <= cast("float", value) <= highest)
    fix = "Écrire un nombre de cet intervalle, ou false pour interdire." if forbids else "Corriger cette valeur."
    return good, f"un nombre entre {lowest:g} et {highest:g}".replace(".", ","), fix


def _class_faults(value: object, place: str) -> list[Fault]:
    """What is wrong with the speeds by highway class."""
    if not isinstance(value, Mapping):
        return [Fault("Les vitesses par classe doivent être une table.", place, "Écrire { residential = 30 }.")]
    highest = _HIGHEST_KMH["car"]
    faults = [
        Fault(f"Classe de voie inconnue « {name} ».", place, nearest_word(str(name), CLASSES))
        for name in value
        if name not in CLASSES
    ]
    faults += [
        Fault(f"La vitesse de la classe « {name} » est refusée.", place, f"Écrire un nombre entre 1 et {highest:g}.")
        for name, speed in value.items()
        if not (_is_number(speed) and 1.0 <= speed <= highest)
    ]
    return faults


def _barrier_faults(key: str, value: object, place: str) -> list[Fault]:
    """What is wrong with a list of barriers, or with the seconds by barrier."""
    is_list = key == "blocked_by"
    if not isinstance(value, list | tuple if is_list else Mapping):
        shape, fix = (
            ("une liste", 'Écrire ["stile", "kissing_gate"].') if is_list else ("une table", "Écrire { gate = 30 }.")
        )
        return [Fault(f"Les barrières doivent être {shape}.", place, fix)]
    names = cast("Sequence[object] | Mapping[object, object]", value)
    faults = [
        Fault(f"Barrière inconnue « {name} ».", place, nearest_word(str(name), BARRIERS))
        for name in names
        if name not in BARRIERS
    ]
    if isinstance(names, Mapping):
        faults += [
            Fault(f"La durée de la barrière « {name} » est refusée.", place, "Écrire un nombre de 0 à 600 (secondes).")
            for name, seconds in names.items()
            if not (_is_number(seconds) and 0 <= cast("float", seconds) <= _LONGEST_BARRIER_S)
        ]
    return faults


def _incoherences(mode: Mode, where: str) -> list[Fault]:
    """What is wrong between the fields of a mode."""
    faults = []
    if mode.steps_speed_kmh is not None and mode.steps_speed_kmh > mode.speed_kmh:
        what = f"Les escaliers ({mode.steps_speed_kmh:g} km/h) iraient plus vite que le plat ({mode.speed_kmh:g} km/h)."
        faults.append(Fault(what, f"{where} steps_speed_kmh", "Baisser steps_speed_kmh aussi."))
    if mode.needs_wheelchair_access and mode.family != "foot":
        what = "Seul un mode à pied peut demander l'accès en fauteuil."
        faults.append(Fault(what, f"{where} needs_wheelchair_access", "Retirer ce champ."))
    if mode.contraflow_in_zone_30 and mode.family != "bicycle":
        what = "Seul un mode à vélo peut rouler à contresens dans les zones 30."
        faults.append(Fault(what, f"{where} contraflow_in_zone_30", "Retirer ce champ."))
    if mode.congestion and mode.family != "car":
        what = "Seul un mode en voiture a des facteurs de congestion par heure."
        faults.append(Fault(what, f"{where} congestion", "Retirer ce champ, ou régler time_factor."))
    if both := sorted(set(mode.blocked_by) & mode.barrier_s.keys()):
        what = f"La barrière « {both[0]} » arrête le mode et lui prend un temps à la fois."
        faults.append(Fault(what, f"{where} barrier_s", "La retirer de blocked_by ou de barrier_s."))
    return faults
