"""What went into two runs differently: files, parameters, scenarios, modes, streets, software."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from access92.audit.compare import stages
from access92.audit.compare.stages import ROLE_STAGES, WORDS_ONLY, parameter_stage, scenario_stage
from access92.audit.values import InputDifference
from access92.outputs.words.typography import plain

_MODE_WORDS: Mapping[str, tuple[str, str]] = {
    "speed_kmh": ("la vitesse", "km/h"),
    "access_speed_kmh": ("la vitesse d'approche", "km/h"),
    "steps_speed_kmh": ("la vitesse dans les escaliers", "km/h"),
    "pushing_speed_kmh": ("la vitesse vélo poussé", "km/h"),
    "class_speed_kmh": ("les vitesses par classe de voie", "km/h"),
    "time_factor": ("le facteur de congestion", ""),
    "parking_min": ("le stationnement", "min"),
    "blocked_by": ("les barrières qui arrêtent", ""),
    "barrier_s": ("le temps aux barrières", "s"),
    "width_m": ("la largeur", "m"),
    "max_incline_share": ("la pente au plus", ""),
    "elevator_s": ("la durée d'un ascenseur", "s"),
    "signal_s": ("l'attente à un carrefour à feux", "s"),
    "waits_at_signals": ("le compte de l'attente aux feux", ""),
    "contraflow_in_zone_30": ("le contresens à 30 km/h", ""),
    "congestion": ("la congestion par heure", ""),
    "class_time_factor": ("le facteur de congestion à l'heure de référence", ""),
    "label": ("le nom", ""),
    "sources": ("les sources des valeurs", ""),
}
_SPEEDS_ONLY = frozenset(
    {
        "speed_kmh", "access_speed_kmh", "class_speed_kmh", "time_factor", "parking_min", "barrier_s", "signal_s",
        "elevator_s",
        "waits_at_signals", "class_time_factor",
    }
)  # fmt: skip
_ONLY_PAGES = frozenset(
    {"contourpy", "folium", "jinja2"}
)  # drawings (of earlier versions) and pages: no figure of a table
_DIMENSIONS: Mapping[str, str] = {  # the parameters that make rows, and which
    "analysis.thresholds_min": "threshold_min",
    "analysis.headline_mode": "mode",
    "calendar.moments": "moment",
}
_LONGEST = 120  # characters of a value in the text; all of it is in the JSON


def input_differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[InputDifference]:
    """Files, parameters, scenarios, modes, streets, software: all that went in differently (of two manifests).

    >>> study = {"scenario": [{"name": "s"}], "analysis": {"cutoff_min": 60}}
    >>> parameters = {"study": study, "scenarios_run": ["s"], "modes": {}}
    >>> before = {"inputs": [], "streets": {}, "versions": {}, "parameters": parameters}
    >>> after = before | {"parameters": parameters | {"study": study | {"analysis": {"cutoff_min": 40}}}}
    >>> [(item.key, item.detail, item.stage) for item in input_differences(before, after)]
    [('parameter:analysis.cutoff_min', '60 → 40', 'cutoff')]
    """
    found = [
        *_file_differences(a, b),
        *_origin_differences(a, b),
        *_parameter_differences(a, b),
        *_service_day_difference(a, b),
        *_scenario_differences(a, b),
        *_mode_differences(a, b),
        *_version_differences(a["versions"], b["versions"]),
        *_code_difference(a, b),
    ]
    riding = _riding_modes(a, b)
    return [_of_riders(item, riding) if item.stage == stages.RIDES else item for item in found]


def _riding_modes(*manifests: Mapping[str, Any]) -> tuple[str, ...]:
    """The modes of some run that take vehicles, those of publics too."""
    modes = [run["parameters"]["modes"] for run in manifests]
    return tuple(sorted({name for known in modes for name, mode in known.items() if mode.get("rides")}))


def _of_riders(item: InputDifference, riding: tuple[str, ...]) -> InputDifference:
    """What vehicles are taken reaches those who ride, and nothing where nobody does."""
    return replace(item, modes=riding) if riding else replace(item, stage=stages.NOTHING)


def _file_differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[InputDifference]:
    """Paired by role and path, then by role where only one is left on each side (a renamed file)."""
    before = {(item["role"], item["path"]): item["sha256"] for item in a["inputs"]}
    after = {(item["role"], item["path"]): item["sha256"] for item in b["inputs"]}
    gone, new = ({key for key in one if key not in other} for one, other in ((before, after), (after, before)))
    pairs = [(key, key) for key in before if key in after]
    for role in sorted({role for role, _ in gone}):
        olds, news = ([key for key in sorted(keys) if key[0] == role] for keys in (gone, new))
        if len(olds) == len(news) == 1:
            pairs.append((olds[0], news[0]))
            gone.discard(olds[0])
            new.discard(news[0])
    for old, key in pairs:
        renamed = "" if old == key else f"{old[1]} → {key[1]}, "
        if before[old] != after[key]:
            detail = f"{renamed}contenu modifié (SHA-256 {before[old][:8]}… → {after[key][:8]}…)"
            yield _file_difference(key, detail, before[old], after[key], a, b)
        elif renamed:
            yield _file_difference(key, f"{renamed}même contenu", before[old], after[key], a, b, stage=stages.NOTHING)
    for key in sorted(gone):
        yield _file_difference(key, "fichier retiré", before[key], None, a, b)
    for key in sorted(new):
        yield _file_difference(key, "fichier ajouté", None, after[key], a, b)


def _file_difference(
    key: tuple[str, str],
    detail: str,
    before: str | None,
    after: str | None,
    *manifests: Mapping[str, Any],
    stage: str | None = None,
) -> InputDifference:
    role, path = key
    reach = stage or ROLE_STAGES.get(role, stages.EVERYTHING)
    if role == "étude":  # what it says is among the parameters, but for whether « rescale » was written or understood
        reach = stages.PEOPLE if all(map(_may_rescale_points, manifests)) else stages.NOTHING
    label = f"le fichier « {role} » ({PurePosixPath(path).name})"
    return InputDifference(f"file:{role}:{path}", label, detail, before, after, reach)


def _may_rescale_points(manifest: Mapping[str, Any]) -> bool:
    study = manifest["parameters"]["study"]
    population, areas = study.get("population") or {}, study.get("areas") or {}
    return bool(population.get("method") == "points" and population.get("rescale") and areas.get("population_file"))


def _origin_differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[InputDifference]:
    """What the streets are said to be; their file and parameters are the cause, and are listed apart."""
    for name, label in (
        ("streets_origin", "l'origine des rues"),
        ("label", "le nom des rues"),
        ("vintage", "le millésime des rues"),
        ("licence", "la licence des rues"),
    ):
        old, new = a["streets"].get(name), b["streets"].get(name)
        if old != new:
            yield InputDifference(f"streets:{name}", label, _arrow(old, new), old, new, stages.NOTHING)


def _flat(value: object, beginning: str = "") -> Iterator[tuple[str, Any]]:
    """The leaves of nested tables by dotted key; nothing for what is empty (an older run may not have the key)."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _flat(item, f"{beginning}.{key}" if beginning else str(key))
    elif value not in (None, "", []):
        yield beginning, value


def _parameter_differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[InputDifference]:
    apart = ("scenario", "modes", "mode_settings")  # listed scenario by scenario, mode by mode
    before, after = (
        dict(_flat({key: item for key, item in run["parameters"]["study"].items() if key not in apart}))
        for run in (a, b)
    )
    demo = bool(before.get("streets.demo") or after.get("streets.demo"))
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if old == new or (_is_compared_as_file(key, old, a) and _is_compared_as_file(key, new, b)):
            continue
        stage, label = parameter_stage(key)
        if key.startswith("streets.demo_") and not demo:
            stage = stages.NOTHING
        dimension = _DIMENSIONS.get(key, "")
        yield InputDifference(
            f"parameter:{key}", f"{label} ({key})", _arrow(old, new), old, new, stage, dimension=dimension
        )


def _is_compared_as_file(key: str, value: object, manifest: Mapping[str, Any]) -> bool:
    """Whether this parameter names a file whose content is compared (or no file)."""
    if not key.endswith("file"):
        return False
    paths = {item["path"] for item in manifest["inputs"]}
    return value is None or value in paths or PurePosixPath(str(value)).name in paths


def _service_day_difference(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[InputDifference]:
    """Another reference date is another day of the timetable too, where the study gives none of its own."""
    studies = [run["parameters"]["study"] for run in (a, b)]
    if not all(study.get("transit") for study in studies) or any(study["transit"].get("day") for study in studies):
        return
    old, new = (study.get("analysis", {}).get("reference_date") for study in studies)
    if old != new:
        label = "le jour des horaires (analysis.reference_date)"
        yield InputDifference("service_day", label, _arrow(old, new), old, new, stages.RIDES)


def _scenario_differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[InputDifference]:
    old_run, new_run = a["parameters"]["scenarios_run"], b["parameters"]["scenarios_run"]
    if old_run != new_run:
        yield InputDifference(
            "scenarios_run", "la liste des scénarios calculés", _arrow(old_run, new_run), old_run, new_run, stages.ROWS,
            dimension="scenario",
        )  # fmt: skip
    before, after = ({item["name"]: item for item in run["parameters"]["study"]["scenario"]} for run in (a, b))
    for name in (name for name in before if name in after):
        reached = _built_on(name, before) | _built_on(name, after)
        for key in sorted(before[name].keys() | after[name].keys()):
            old, new = (_bare(scenarios[name].get(key)) or None for scenarios in (before, after))
            if old == new:
                continue
            stage, modes = scenario_stage(key, old, new)
            yield InputDifference(
                f"scenario:{name}.{key}", f"le scénario « {name} » ({key})", _arrow(old, new), old, new, stage,
                scenarios=tuple(sorted(reached)), modes=modes,
            )  # fmt: skip


def _bare(value: object) -> object:
    """The same without what a list of changes leaves empty: an older run may not have the key."""
    if not isinstance(value, list):
        return value
    return [
        {key: item for key, item in change.items() if item not in (None, "", [])}
        if isinstance(change, Mapping)
        else change
        for change in value
    ]


def _built_on(name: str, scenarios: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The scenario and all that start from it."""
    names = {name}
    while more := {key for key, item in scenarios.items() if item.get("based_on") in names} - names:
        names |= more
    return names


def _mode_differences(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[InputDifference]:
    before, after = a["parameters"]["modes"], b["parameters"]["modes"]
    if set(before) != set(after):
        old, new = list(before), list(after)
        yield InputDifference("modes", "la liste des modes", _arrow(old, new), old, new, stages.ROWS, dimension="mode")
    for name in (name for name in before if name in after):
        label = after[name].get("label", name)
        for key in sorted(before[name].keys() | after[name].keys()):
            old, new = before[name].get(key), after[name].get(key)
            if old == new:
                continue
            words, unit = _MODE_WORDS.get(key, (f"le réglage {key}", ""))
            stage = (
                stages.MODE
                if key in _SPEEDS_ONLY or (key == "steps_speed_kmh" and old and new)
                else stages.MODE_NETWORK
            )
            yield InputDifference(
                f"mode:{name}.{key}", f"{words} du mode « {label} »", _arrow(old, new, unit), old, new,
                stages.NOTHING if key in WORDS_ONLY else stage, modes=(name,),
            )  # fmt: skip


def _version_differences(a: Mapping[str, str], b: Mapping[str, str]) -> Iterator[InputDifference]:
    changed = [name for name in sorted(a.keys() | b.keys()) if a.get(name) != b.get(name)]
    for key, names, stage in (
        ("software", [name for name in changed if name not in _ONLY_PAGES], stages.SOFTWARE),
        ("software_pages", [name for name in changed if name in _ONLY_PAGES], stages.NOTHING),
    ):
        if names:
            old, new = ({name: run.get(name) for name in names} for run in (a, b))
            detail = " ; ".join(f"{name} {_arrow(old[name], new[name])}" for name in names)
            yield InputDifference(key, f"les logiciels ({', '.join(names)})", detail, old, new, stage)


def code_sha256(manifest: Mapping[str, Any]) -> str | None:
    """The fingerprint of the code that made a run; None where its manifest does not say.

    >>> code_sha256({"code": {"sha256": "ab12"}}), code_sha256({})
    ('ab12', None)
    """
    code = manifest.get("code")
    code = code.get("sha256") if isinstance(code, Mapping) else None
    return code if isinstance(code, str) else None


def _code_difference(a: Mapping[str, Any], b: Mapping[str, Any]) -> Iterator[InputDifference]:
    """The code of access92 itself; one run that does not say its code was made by another one."""
    old, new = code_sha256(a), code_sha256(b)
    if old != new:
        prefixes = " → ".join("(inconnue)" if value is None else f"{value[:8]}…" for value in (old, new))
        yield InputDifference("code", "le code d'access92", f"empreinte {prefixes}", old, new, stages.SOFTWARE)


def _arrow(old: object, new: object, unit: str = "") -> str:
    """« old → new unit », tables shown by their changed entries only."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
        return " ; ".join(f"{key} {_arrow(old.get(key), new.get(key), unit)}" for key in keys)
    texts = (text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…" for text in (_value_text(old), _value_text(new)))
    return f"{' → '.join(texts)}{f' {unit}' if unit else ''}"


def _value_text(value: object) -> str:
    if value is None:
        return "(rien)"
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, (int, float)):
        return plain(value)
    if isinstance(value, list):
        return ", ".join(map(_value_text, value)) or "(rien)"
    if isinstance(value, Mapping):
        return " ".join(_value_text(item) for item in value.values() if item not in (None, "", []))
    return str(value)
