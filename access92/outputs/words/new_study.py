"""The text of a new study, with comments that say what each key decides, and how a table of services was understood."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from pyproj import CRS

from access92.run.new_study import ServicesFile, Territory, path_from
from access92.sources.geocoding.address_rows import MARKS_COLUMN, MATCH_COLUMNS
from access92.study.kinds import KINDS
from access92.study.schemas import SERVICES


@dataclass(frozen=True, slots=True, eq=False)
class NewStudy:
    """All that a new study says. Files as the study names them; ``population`` and ``streets``: their keys.

    ``legal``: the keys of ``[areas]`` for the legal population; ``origin``: who made the areas, {} where nobody knows;
    ``command``: what writes the same study again, typed in the folder above its own.
    """

    name: str
    title: str
    folder: Path
    territory: Territory
    areas_file: str
    legal: Mapping[str, object]
    services: ServicesFile
    population: Mapping[str, object]
    streets: Mapping[str, object]
    modes: Sequence[str]
    threshold_min: float
    reference_date: date
    time_zone: str
    holidays: str
    command: str = ""
    areas_of_source: bool = True
    origin: Mapping[str, str] = field(default_factory=dict)


_ROLES = {
    "service_id": "identifiant", "name": "nom", "kind": "catégorie", "lon": "longitude", "lat": "latitude", "x": "X",
    "y": "Y", "lat_lon": "latitude et longitude", "address": "adresse", "number": "numéro dans la rue",
    "postcode": "code postal", "commune": "commune", "commune_insee": "code INSEE de la commune",
    "valid_from": "date d'ouverture", "valid_to": "date de fermeture", "hours": "horaires, en clair",
    "opening_hours": "horaires (syntaxe opening_hours)", "communes_served": "communes desservies",
    "note": "remarque", "source": "source", "also_kinds": "autres catégories", "status": "statut",
    "position_basis": "origine de la position", "position_uncertainty_m": "incertitude de la position",
    "confidence": "confiance",
}  # fmt: skip


def matching_lines(services: ServicesFile) -> Iterator[str]:
    """How the headings of a table of services were understood: a line each, those that are not read at the end."""
    matched = services.read.matched
    width = max((len(heading) for heading in matched.values()), default=0)
    yield f"Colonnes de {services.file.name} ({len(services.read.table)} lignes) :"
    for column, heading in matched.items():
        yield f"  {heading:<{width}}  →  {_ROLES.get(column, column)} ({column})"
    of_geocoding = {*MATCH_COLUMNS, MARKS_COLUMN}
    unread = [name for name in services.headings if name not in matched.values() and name not in of_geocoding]
    if services.read.crs and services.read.x_column:
        basis = "d'après leur titre ou leurs nombres"
        yield f"  X et Y lus en {_system(services.read.crs)}, {basis} : vérifier que c'est bien leur projection"
    if unread:
        yield f"  non lues : {', '.join(unread)}"
    if services.kind:
        label = next(kind.label for kind in (services.kinds or KINDS) if kind.name == services.kind)
        yield f"Catégorie de tous les services : {label}."
    elif services.kinds:
        yield f"Catégories, d'après le fichier : {', '.join(kind.label for kind in services.kinds)}."
    else:
        labels = [kind.label for kind in KINDS if kind.name in services.used_kinds]
        yield f"Catégories reconnues : {', '.join(labels)}."


def _system(crs: str) -> str:
    """A system of coordinates by its name and code."""
    return f"{CRS(crs).name} ({crs})"


def study_text(new: NewStudy) -> str:
    """The TOML text of a new study."""
    return "\n".join(_lines(new)) + "\n"


def _lines(new: NewStudy) -> Iterator[str]:
    yield "# Une étude access92, écrite par « access92 new ». Les chemins partent du dossier de ce fichier."
    yield "# « access92 check » la vérifie, « access92 run » la calcule ; toutes les clés : docs/cles.md."
    if new.command:
        yield f"# La même, du dossier au-dessus, de nouveau : {new.command}"
    yield f"name = {_value(new.name)}    # nom court, et dossier des résultats : maps/{new.name}"
    yield f"title = {_value(new.title)}"
    yield f"modes = {_value(list(new.modes))}    # « access92 modes » les liste tous : walk, bike, car, wheelchair…"
    yield ""
    yield "[areas]                      # où l'on compte les habitants"
    yield f"file = {_value(new.areas_file)}"
    if new.territory.layer and new.areas_of_source:
        yield f"layer = {_value(new.territory.layer)}"
    yield f"id_column = {_value(new.territory.id_column)}"
    yield f"name_column = {_value(new.territory.name_column)}"
    scaled = "population légale : chaque zone y est calée (des points, seulement si [population] dit rescale = true)"
    yield from _keys(new.legal, {"population_file": scaled})
    yield from _keys(new.origin, {}) if new.origin else _origin(new.territory.file.name)
    yield ""
    yield from _services_lines(new)
    yield ""
    yield "[population]                 # carreaux de l'INSEE, points ou polygones ; le fichier dit lesquels"
    methods = {"grid": "carreaux", "polygons": "habitants des zones, répartis le long de leurs rues"}
    yield from _keys(new.population, {"method": methods.get(str(new.population.get("method")), "")})
    yield ""
    yield "[streets]"
    yield from _keys(
        new.streets,
        {
            "demo": "rues de démonstration, inventées ; pour les vraies : access92 fetch streets --study …",
            "file": "OpenStreetMap (.osm.pbf…) ; « access92 fetch streets » les télécharge",
            "margin_m": "rues et services comptent aussi à cette distance des zones, en mètres",
        },
    )
    yield ""
    yield "[analysis]"
    yield f"headline_mode = {_value(new.modes[0])}    # le mode des chiffres principaux"
    yield f"threshold_min = {new.threshold_min:g}    # « à moins de » est strict : à ce temps juste, pas couvert"
    thresholds = sorted({*(10.0, 15.0, 20.0, 30.0), new.threshold_min})
    yield f"thresholds_min = [{', '.join(f'{value:g}' for value in thresholds)}]"
    yield f"cutoff_min = {max(60.0, *thresholds):g}"
    yield f"reference_date = {new.reference_date.isoformat()}    # les services ouverts ce jour-là comptent"
    yield f"time_zone = {_value(new.time_zone)}    # les horloges du lieu"
    yield f'holidays = {_value(new.holidays)}    # jours fériés (pays, ou pays et région) ; "" pour aucun'
    yield ""
    yield from _scenario_lines(new)


def _services_lines(new: NewStudy) -> Iterator[str]:
    services = new.services
    yield "[services]"
    yield f"file = {_value(path_from(new.folder, services.file))}"
    if services.layer:
        yield f"layer = {_value(services.layer)}    # feuille ou couche"
    if services.kind and "kind" not in services.read.matched:
        yield f"kind = {_value(services.kind)}    # catégorie de tous les services"
    if services.read.crs and services.read.x_column:
        yield f"crs = {_value(services.read.crs)}    # système des colonnes X et Y"
    from_file = {
        column: heading for column, heading in services.read.matched.items()
        if (column != heading or column in services.columns) and (column in _CONTRACT or column in _PLACES)
    }  # fmt: skip
    if from_file:
        pairs = ", ".join(f"{column} = {_value(heading)}" for column, heading in from_file.items())
        yield "# les titres du fichier, par colonne d'access92"
        yield f"columns = {{ {pairs} }}"
    yield from _origin(services.file.name)


_CONTRACT = frozenset({*SERVICES.required, *SERVICES.optional})
_PLACES = frozenset({"lon", "lat", "x", "y", "lat_lon"})


def _scenario_lines(new: NewStudy) -> Iterator[str]:
    """The kinds of the study, and its scenarios: all, then how to write another one."""
    for kind in new.services.kinds:
        yield "[[kind]]                     # une catégorie de services"
        yield f"name = {_value(kind.name)}"
        yield f"label = {_value(kind.label)}"
        yield ""
    if new.services.kinds:
        yield '# [sectors] kind = "…" dirait laquelle reçoit les habitants par commune (sans elle, pas de secteurs)'
        yield ""
    yield "[[scenario]]                 # le premier est la référence"
    yield 'name = "actuel"'
    yield 'title = "Tous les services"'
    yield f"kinds = {_value(list(new.services.used_kinds))}"
    yield ""
    first = (new.services.used_kinds or ("…",))[0]
    center = new.territory.shapes.geometry.iloc[0].representative_point()
    yield "# Un autre scénario : enlever les # (docs/scenarios.md les dit tous)."
    yield "# [[scenario]]"
    yield '# name = "un-de-plus"'
    yield '# title = "Un service de plus"'
    yield '# based_on = "actuel"'
    yield "# [[scenario.change]]"
    yield '# kind = "add_service"'
    yield '# service_id = "NOUVEAU"'
    yield '# name = "Nouveau service"'
    yield f"# service_kind = {_value(first)}"
    yield f"# lon = {center.x:.5f}"
    yield f"# lat = {center.y:.5f}"


def _keys(values: Mapping[str, object], comments: Mapping[str, str]) -> Iterator[str]:
    for key, value in values.items():
        comment = f"    # {comments[key]}" if comments.get(key) else ""
        yield f"{key} = {_value(value)}{comment}"


def _origin(name: str) -> Iterator[str]:
    """The keys of the source, which the reports print, for the user to fill."""
    yield f"source = {_value(name)}    # à compléter : qui l'a fait ; imprimé dans le rapport"
    yield 'licence = ""'
    yield 'vintage = ""    # de quand il est'


def _value(value: object) -> str:
    r"""A value as TOML writes it.

    >>> _value('C:/a "b"'), _value(["walk"]), _value(True), _value(3000.0)
    ('"C:/a \\"b\\""', '["walk"]', 'true', '3000')
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value:g}" if abs(value) < 1e6 else repr(value)  # noqa: PLR2004 - before it, %g is exact enough
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
