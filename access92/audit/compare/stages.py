"""Stages: what a changed input can reach (see :mod:`access92.audit.compare.attribution`)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any, cast

NOTHING, ROWS = "nothing", "rows"
EVERYTHING, SOFTWARE, STREETS, PEOPLE, SERVICES = "everything", "software", "streets", "people", "services"
MODE, MODE_NETWORK, CUTOFF, SNAPPING, SCENARIO = "mode", "mode_network", "cutoff", "snapping", "scenario"
RIDES = "rides"  # what vehicles are taken, and when: the times of the modes that ride
OTHER_RULES, VISITS, HOURS = "other_rules", "halts", "hours"  # commitments; dated halts; the calendar's settings
PUBLICS = "publics"  # who is counted apart, and how each walks
THRESHOLD, SECTORS = "threshold", "sectors"  # the main threshold; what tells the communes of a service
PLACES = "places"  # how far apart two services at one place may be
OF_SOME_TABLES = frozenset({OTHER_RULES, VISITS, HOURS, THRESHOLD, SECTORS, PLACES})
ROLE_STAGES: Mapping[str, str] = {
    "zones": EVERYTHING,
    "population légale": PEOPLE,
    "population": PEOPLE,
    "bâtiments": PEOPLE,
    "publics": PUBLICS,
    "services": SERVICES,
    "rues": STREETS,
    "rues de démonstration": STREETS,
    "relief": STREETS,
    "horaires": RIDES,
    "calendrier": VISITS,
    "modes": NOTHING,  # its values are among the parameters, mode by mode
}
_PARAMETER_STAGES: Mapping[str, tuple[str, str]] = {  # the longest beginning of a key decides
    "analysis.cutoff_min": (CUTOFF, "la durée maximale retenue"),
    "analysis.max_snap_m": (SNAPPING, "la distance maximale de rattachement aux rues"),
    "analysis.link_radius_m": (SNAPPING, "le rayon de rattachement aux rues"),
    "analysis.same_place_m": (PLACES, "la distance entre services d'un même lieu"),
    "analysis.reference_date": (SERVICES, "la date à laquelle les services sont ouverts"),
    "analysis.reference_hour": (STREETS, "l'heure de référence"),
    "analysis.signals": (STREETS, "le compte de l'attente aux feux"),
    "analysis.threshold_min": (THRESHOLD, "le seuil principal"),
    "analysis.headline_mode": (ROWS, "le mode mis en avant"),
    "analysis.thresholds_min": (ROWS, "les seuils"),
    "areas.name_column": (SECTORS, "la colonne des noms de zones"),
    "areas.population_column": (PEOPLE, "la colonne de la population légale"),
    "areas.population_file": (PEOPLE, "le fichier de la population légale"),
    "areas": (EVERYTHING, "les zones"),
    "population.publics_cell_m": (PUBLICS, "le côté des carreaux des publics"),
    "population.publics_file": (PUBLICS, "le fichier des publics"),
    "population": (PEOPLE, "la lecture de la population"),
    "public": (PUBLICS, "les publics"),
    "services": (SERVICES, "la lecture des services"),
    "streets": (STREETS, "les rues"),
    "elevation": (STREETS, "le relief"),
    "commitment": (OTHER_RULES, "les engagements"),
    "calendar.first_day": (VISITS, "le premier jour du calendrier"),
    "calendar.last_day": (VISITS, "le dernier jour du calendrier"),
    "calendar.file": (VISITS, "le fichier du calendrier"),
    "calendar.table": (VISITS, "la table du calendrier"),
    "calendar.query": (VISITS, "la requête du calendrier"),
    "calendar.crs": (VISITS, "le système de coordonnées du calendrier"),
    "calendar.moments": (ROWS, "les instants regardés"),
    "calendar.is_example": (NOTHING, "le calendrier donné pour exemple"),
    "calendar": (HOURS, "le calendrier des unités mobiles"),
    "analysis.time_zone": (HOURS, "le fuseau horaire"),
    "analysis.holidays": (HOURS, "les jours fériés"),
    "kind": (SERVICES, "les catégories de services"),
    "sectors": (SECTORS, "la catégorie qui a des secteurs"),
    "map": (NOTHING, "les cartes"),
    "transit.day": (RIDES, "le jour des horaires"),
    "transit.window": (RIDES, "la fenêtre des départs"),
    "transit.percentile": (RIDES, "le percentile des départs"),
    "transit": (RIDES, "les transports en commun"),
    "name": (NOTHING, "le nom de l'étude"),
    "sensitivity": (NOTHING, "l'étude de sensibilité"),
}
WORDS_ONLY = frozenset({"title", "description", "source", "sources", "licence", "vintage", "label", "note"})
_SERVICE_CHANGES = frozenset({"add_service", "remove_service", "move_service", "change_kind"})
_VISIT_CHANGES = frozenset({"add_visit", "remove_visit"})
_RIDE_CHANGES = frozenset({"add_line", "remove_line", "set_headway", "close_stop", "shift_service_day"})


def parameter_stage(key: str) -> tuple[str, str]:
    """What a parameter of the study (dotted key) can reach, and its French name.

    >>> parameter_stage("analysis.cutoff_min")
    ('cutoff', 'la durée maximale retenue')
    >>> parameter_stage("services.licence")[0], parameter_stage("new_part.option")[0]
    ('nothing', 'everything')
    """
    parts = key.split(".")
    for length in range(len(parts), 0, -1):
        stage = _PARAMETER_STAGES.get(".".join(parts[:length]))
        if stage is not None:
            return (NOTHING if parts[-1] in WORDS_ONLY else stage[0]), stage[1]
    return (NOTHING if parts[-1] in WORDS_ONLY else EVERYTHING), "un paramètre"


def scenario_stage(key: str, old: object, new: object) -> tuple[str, tuple[str, ...]]:
    """What a key of a scenario can reach, and by which modes (empty: all).

    >>> scenario_stage("kinds", ["sst"], ["pmi"])
    ('services', ())
    >>> scenario_stage("change", None, [{"kind": "set_speed", "mode": "car", "speed_kmh": 30}])
    ('scenario', ('car',))
    """
    if key != "change":
        reach = dict.fromkeys(("kinds", "include", "exclude"), SERVICES) | dict.fromkeys(WORDS_ONLY, NOTHING)
        reach["mobile"] = VISITS
        return reach.get(key, SCENARIO), ()
    lists = [cast("list[dict[str, Any]]", changes or []) for changes in (old, new)]
    texts = [Counter(json.dumps(item, sort_keys=True) for item in changes) for changes in lists]
    differing = [json.loads(text) for text in (texts[0] - texts[1]) + (texts[1] - texts[0])]
    kinds = {item.get("kind") for item in differing}
    if kinds == {"set_speed"}:
        return SCENARIO, tuple(sorted({str(item.get("mode")) for item in differing}))
    for known, stage in ((_SERVICE_CHANGES, SERVICES), (_VISIT_CHANGES, VISITS), (_RIDE_CHANGES, RIDES)):
        if kinds and kinds <= known:
            return stage, ()
    return SCENARIO, ()
