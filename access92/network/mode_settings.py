"""What a study may set of a mode: ranges, words, and what is wrong with a setting, in French."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, cast

from access92._glyphs import has_command
from access92.errors import Fault, nearest_word
from access92.network.congestion import congestion_faults
from access92.network.road_classes import CLASSES

if TYPE_CHECKING:
    from access92.network.modes import Mode

Family = Literal["foot", "bicycle", "car"]

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

_HIGHEST_KMH: Mapping[Family, float] = {"foot": 15.0, "bicycle": 45.0, "car": 130.0}
RANGES: Mapping[str, tuple[float, float]] = {
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
MAY_BE_FALSE = ("steps_speed_kmh", "pushing_speed_kmh", "width_m", "max_incline_share")
_LONGEST_BARRIER_S = 600.0


def is_text_table(value: object) -> bool:
    """Whether it maps names to texts."""
    return isinstance(value, Mapping) and all(isinstance(item, str) for item in value.values())


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def setting_faults(key: str, value: object, family: Family, place: str, *, known: Sequence[str]) -> list[Fault]:
    """What is wrong with one setting by itself; ``known``: the names of all settings."""
    if key not in known:
        return [Fault(f"Champ de mode inconnu « {key} ».", place, nearest_word(key, known))]
    if key == "class_speed_kmh":
        return _class_faults(value, place)
    if key == "congestion":
        return congestion_faults(value, place, lowest=RANGES["time_factor"][0], highest=RANGES["time_factor"][1])
    if key in ("blocked_by", "barrier_s"):
        return _barrier_faults(key, value, place)
    if key == "label":
        good = isinstance(value, str) and value.strip() != "" and not has_command(value)
        what, fix = "un texte non vide, sans caractères de commande", 'Écrire label = "…".'
    elif key in _FLAGS:
        good, what, fix = isinstance(value, bool), "true ou false", "Corriger cette valeur."
    elif key == "sources":
        good, what, fix = is_text_table(value), "une table de textes", 'Écrire { champ = "source" }.'
    else:
        good, what, fix = range_requirement(key, value, family)
    return [] if good else [Fault(f"La valeur doit être {what}.", place, fix)]


def range_requirement(key: str, value: object, family: Family) -> tuple[bool, str, str]:
    """Whether a number is in its range, what it must be, and how to fix it."""
    lowest, highest = RANGES[key]
    highest = min(highest, _HIGHEST_KMH[family]) if key == "speed_kmh" else highest
    forbids = key in MAY_BE_FALSE
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


def incoherences(mode: Mode, where: str) -> list[Fault]:
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
