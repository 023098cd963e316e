"""Public transport in French: which departures a figure is of, and of which timetable."""

from __future__ import annotations

from datetime import date

from access92.network.modes import Mode
from access92.outputs.words.moments import clock_words, full_day
from access92.outputs.words.timetable_changes import timetable_words
from access92.outputs.words.typography import plain
from access92.run.results import Results
from access92.scenarios.chain import resolve_scenario
from access92.study.timetable_changes import TIMETABLE_CHANGES, ShiftServiceDay
from access92.study.transit import Transit


def percentile_words(percentile: int) -> str:
    """What a percentile of the times of the window is called.

    >>> percentile_words(50), percentile_words(75)
    ('temps médian', '75e percentile des temps')
    """
    return "temps médian" if percentile == 50 else f"{percentile}e percentile des temps"  # noqa: PLR2004 - the median


def window_words(transit: Transit) -> str:
    """Which departures: « temps médian des départs de 7 h 30 à 9 h 30 »."""
    first, end = map(clock_words, transit.window)
    return f"{percentile_words(transit.percentile)} des départs de {first} à {end}, minute par minute"


def service_day(results: Results, scenario: str = "") -> date:
    """The day of the timetable of a scenario, which may shift it; without one that of the study."""
    chosen = next((item for item in results.study.scenarios if item.name == scenario), None)
    changes = () if chosen is None else resolve_scenario(results.study, chosen).changes
    shifted = (item.day for item in reversed(changes) if isinstance(item, ShiftServiceDay))
    return next(shifted, results.study.service_day)


def short_riding_words(results: Results) -> str:
    """The departures, the day and the timetable in few words, for the small print; '' of a study without timetable."""
    transit, timetable = results.study.transit, results.timetable
    if transit is None or timetable is None:
        return ""
    first, end = map(clock_words, transit.window)
    days = {service_day(results, item.name) for item in results.scenarios}
    own = " (un scénario peut avoir le sien)" if len(days) > 1 else ""
    of_whom = "de démonstration, " if timetable.is_demo else ""
    day = full_day(results.study.service_day)
    return f"{of_whom}{day}{own}, départs de {first} à {end}, {percentile_words(transit.percentile)}"


def on_the_way_words(mode: Mode | None) -> str:
    """What the times of a mode that rides count beside the vehicles; without a mode, of those who walk to the stop.

    >>> from access92.network.modes import read_modes
    >>> on_the_way_words(None), on_the_way_words(read_modes()["bike_transit"])
    ('marche comprise', "vélo jusqu'à l'arrêt (1 min pour le garer) et marche compris")
    """
    if mode is None or mode.access_mode is None:
        return "marche comprise"
    return f"vélo jusqu'à l'arrêt ({plain(mode.access_mode.parking_min)} min pour le garer) et marche compris"


def cycling_words(results: Results) -> str:
    """How those who come to the stop by bicycle are counted, in a sentence; '' where no mode of the run does."""
    transit = results.study.transit
    access = next((mode.access_mode for mode in results.modes.values() if mode.access_mode is not None), None)
    if transit is None or access is None:
        return ""
    return (
        f"À vélo jusqu'à l'arrêt : {plain(transit.max_bike_access_min)} min au plus par les rues cyclables, "
        f"{plain(access.parking_min)} min pour garer le vélo comprise ; aller à pied à l'arrêt reste permis, et "
        "le plus rapide compte. Le vélo reste à l'arrêt : correspondances et fin du trajet se font à pied. Un "
        "trajet tout à vélo n'en est pas un : il se lit au mode « À vélo »."
    )


def riding_words(results: Results, scenario: str = "", mode: Mode | None = None) -> str:
    """What every figure by public transport says of itself: departures, day, timetable.

    ``scenario``: its own day and what it changes of the timetable; without it those of the study. ``mode``: how it
    comes to the stop; without it on foot.
    """
    transit, timetable = results.study.transit, results.timetable
    if transit is None or timetable is None:
        return ""
    changes = ""
    chosen = next((item for item in results.study.scenarios if item.name == scenario), None)
    if chosen is not None:
        of_chain = resolve_scenario(results.study, chosen).changes
        words = [timetable_words(item) for item in of_chain if isinstance(item, TIMETABLE_CHANGES)]
        changes = f" ; le scénario {', '.join(words)}" if words else ""
    day = service_day(results, scenario)
    own_days = [(name, date.fromisoformat(own)) for name, own in timetable.own_days]
    shifts = [f"{name} du {full_day(own)}" for name, own in own_days if own != day]
    stand_in = f" (pris à des horaires d'autres jours : {', '.join(shifts)})" if shifts else ""
    own = f"{_lower(timetable.label)}{stand_in}{changes}"
    return f"{on_the_way_words(mode)}, {window_words(transit)}, le {full_day(day)} ; {own}"


def timetable_label(results: Results) -> str:
    """Where the timetable comes from, as a sentence goes on: « horaires de démonstration… »; empty without one."""
    return "" if results.timetable is None else _lower(results.timetable.label)


def _lower(words: str) -> str:
    return f"{words[:1].lower()}{words[1:]}"
