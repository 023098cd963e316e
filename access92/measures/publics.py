"""The publics that a run counts: everybody first, then those of the study, each with the mode by which it walks.

Enter: a study. Leave: the modes to compute, and of each public the column of its people and its own modes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from access92.errors import Fault, InputError, nearest_word
from access92.network.modes import Mode, modes_at, read_modes, study_modes
from access92.study.commitments import Commitment
from access92.study.model import Study
from access92.study.notices import Notice
from access92.study.publics import POPULATION, Public
from access92.study.schemas import EVERYBODY
from access92.study.units import PERSONS, Unit


@dataclass(frozen=True, slots=True)
class CountedPublic:
    """A public as a run counts it.

    ``title`` is French, '' where the study names the public by a column only; ``column``: that of the demand points
    with its people; ``modes``: by mode of the study the mode by which this public travels instead; ``walk``: the one
    by which it walks, '' where the study computes no walking mode; ``unit``: what its column counts.
    """

    name: str
    title: str
    column: str
    modes: Mapping[str, str]
    walk: str
    unit: Unit = PERSONS

    @property
    def travel_modes(self) -> tuple[str, ...]:
        """The modes by which this public travels, each once, in the study's order."""
        return tuple(dict.fromkeys(self.modes.values()))

    def commitment(self, commitment: Commitment) -> Commitment:
        """The same rule with this public's own walking mode in the steps on foot."""
        steps = tuple(step.model_copy(update={"mode": self.modes[step.mode]}) for step in commitment.any_of)
        return commitment.model_copy(update={"any_of": steps})


def walking_mode(modes: Mapping[str, Mode], names: Sequence[str], headline: str) -> str:
    """The walking mode of a study: its headline mode if that walks, else the first that does; '' where none does.

    ``names``: the modes that the study asks for.

    >>> walking_mode(read_modes(), ("car", "walk", "walk_wheelchair"), "car")
    'walk'
    """
    walking = [name for name in names if name in modes and modes[name].walks]
    return headline if headline in walking else next(iter(walking), "")


def all_modes(study: Study, *, where: str) -> dict[str, Mode]:
    """The modes of a study in its order, then those by which only a public walks.

    Raises
    ------
    InputError
        As :func:`access92.network.modes.study_modes`; a ``walk_mode`` that is unknown or does not walk, or a study that
        computes no walking mode for it to stand in for.
    """
    modes = study_modes(study.modes, study.mode_settings, where=where)
    walking_publics = [public for public in study.publics if public.walk_mode is not None]
    known_modes = [*read_modes(), *study.mode_settings]
    unknown_publics = [public for public in walking_publics if public.walk_mode not in known_modes]
    faults = [
        Fault(
            f"Le public « {public.title} » marche selon un mode inconnu, « {public.walk_mode} ».",
            f"{where}, [[public]] « {public.name} », walk_mode",
            nearest_word(str(public.walk_mode), known_modes),
        )
        for public in unknown_publics
    ]

    # a mode that is known must be one on foot
    on_foot = [name for name, mode in read_modes().items() if mode.walks]
    walks = dict.fromkeys(str(public.walk_mode) for public in walking_publics if public not in unknown_publics)
    modes |= study_modes([name for name in walks if name not in modes], study.mode_settings, where=where)
    # who walks at a pace of one's own walks to the stop at that pace too
    rides = [mode for mode in modes.values() if mode.rides]
    riding = [ride_at_pace(walk, mode, read_modes()) for mode in rides for walk in walks]
    new = [name for name in dict.fromkeys(riding) if name and name not in modes]
    modes |= study_modes(new, study.mode_settings, where=where)
    modes = modes_at(modes, study.analysis.reference_hour, signals=study.analysis.signals)
    modes = _with_parking(modes, study)
    faults += [
        Fault(
            f"Le public « {public.title} » ne peut pas marcher selon le mode « {public.walk_mode} » : "
            "ce n'est pas un mode à pied.",
            f"{where}, [[public]] « {public.name} », walk_mode",
            f"Choisir un mode à pied : {', '.join(on_foot)}.",
        )
        for public in walking_publics
        if public not in unknown_publics and not modes[str(public.walk_mode)].walks
    ]

    # a walk of one's own stands in for the study's, which must be there
    if walking_publics and not walking_mode(modes, study.modes, study.analysis.headline_mode):
        first = walking_publics[0]
        faults.append(
            Fault(
                f"Le public « {first.title} » a un mode de marche, mais l'étude ne calcule aucun mode à pied.",
                f"{where}, [[public]] « {first.name} », walk_mode, et clé « modes »",
                "Ajouter walk aux modes de l'étude, ou retirer walk_mode.",
            )
        )
    faults += _riding_faults(study, modes, where)
    if faults:
        raise InputError(faults)
    return modes


def ride_at_pace(walk: str, mode: Mode, modes: Mapping[str, Mode]) -> str:
    """The mode by which those who walk as ``walk`` take the vehicles that others take by ``mode``; '' where none is.

    The one that comes to the stop by the same vehicle; of a walk that no such mode has (who pushes a stroller, who
    wheels), the one that walks to the stop.

    >>> modes = read_modes()
    >>> [ride_at_pace(walk, modes["bike_transit"], modes) for walk in ("walk_senior", "walk_wheelchair")]
    ['bike_transit_senior', 'transit_wheelchair']
    """

    def vehicle(item: Mode) -> str:
        return "" if item.access_mode is None else item.access_mode.name

    of_walk = {vehicle(item): name for name, item in reversed(list(modes.items())) if item.walks_as == walk}
    return of_walk.get(vehicle(mode), of_walk.get("", ""))


def _with_parking(modes: Mapping[str, Mode], study: Study) -> dict[str, Mode]:
    """The modes with the minutes that the study has for a bicycle at the stop."""
    transit = study.transit
    if transit is None:
        return dict(modes)
    parked = {}
    for name, mode in modes.items():
        access = mode.access_mode
        if access is not None:
            is_set = "bike_parking_min" in transit.model_fields_set
            own = {"parking_min": f"Réglage de l'étude « {study.name} »."} if is_set else {}
            access = replace(access, parking_min=transit.bike_parking_min, sources={**access.sources, **own})
        parked[name] = replace(mode, access_mode=access)
    return parked


def _riding_faults(study: Study, modes: Mapping[str, Mode], where: str) -> list[Fault]:
    """A mode that rides without a timetable, or a timetable that no mode rides by."""
    riding = [name for name in study.modes if modes[name].rides]
    if riding and study.transit is None:
        what = f"Le mode « {riding[0]} » prend les transports en commun, mais l'étude n'a pas d'horaires."
        fix = "Ajouter [transit] avec feeds ou demo = true, ou retirer ce mode de modes."
        return [Fault(what, f"{where}, clé « modes »", fix)]
    if study.transit is not None and not riding:
        what = "L'étude a des horaires, mais aucun de ses modes ne prend les transports en commun."
        return [Fault(what, f"{where}, [transit]", 'Ajouter "transit" à modes, ou retirer [transit].')]
    keys = set() if study.transit is None else study.transit.model_fields_set
    of_bicycles = [key for key in ("bike_parking_min", "max_bike_access_min") if key in keys]
    if of_bicycles and not any(modes[name].access_mode for name in riding):
        what = f"{' et '.join(of_bicycles)} ne sert à rien : aucun mode de l'étude ne vient à l'arrêt à vélo."
        fix = 'Ajouter "bike_transit" à modes, ou retirer cette clé.'
        return [Fault(what, f"{where}, [transit]", fix)]
    return []


def count_publics(study: Study, modes: Mapping[str, Mode]) -> tuple[CountedPublic, ...]:
    """Everybody, then the publics of the study in its order; ``modes``: those of :func:`all_modes`.

    A study without ``[[public]]`` counts each of its age columns, all at its own walking mode.
    """
    walk = walking_mode(modes, study.modes, study.analysis.headline_mode)
    columns = study.demand_columns()
    same = {name: name for name in study.modes if name in modes}
    rides = [name for name in same if modes[name].rides and modes[name].walks_as == walk]
    listed = study.publics or tuple(
        Public.model_construct(name=column, title="", column=name) for name, column in columns.items()
    )
    return (
        CountedPublic(EVERYBODY, "", POPULATION, same, walk),
        *(
            CountedPublic(
                name=public.name,
                title=public.title,
                column=columns.get(public.column, POPULATION),
                modes=same | _own_modes(public.walk_mode, walk, rides, modes),
                walk=public.walk_mode or walk,
                unit=public.unit,
            )
            for public in listed
        ),
    )


def _own_modes(own: str | None, walk: str, rides: Sequence[str], modes: Mapping[str, Mode]) -> dict[str, str]:
    """What a walking mode of one's own stands in for: the study's, and the rides between two walks by it."""
    if not own:
        return {}
    return {walk: own} | {name: ride_at_pace(own, modes[name], modes) or name for name in rides}


def public_notices(study: Study, modes: Mapping[str, Mode]) -> tuple[Notice, ...]:
    """That age groups without ``[[public]]`` are counted at everybody's pace; nothing where that is not so."""
    walk = walking_mode(modes, study.modes, study.analysis.headline_mode)
    if study.publics or not study.population.age_columns or not walk:
        return ()
    return (Notice("ages_at_everybodys_pace", (walk, *study.population.age_columns)),)
