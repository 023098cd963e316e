"""A trial that the page of a run saved: its file read, and the scenario that it makes of a study."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from access92._limits import parse_json, read_small_file
from access92.errors import Fault, InputError, input_error, nearest_word
from access92.study.model import Study
from access92.study.read import validated_study

FORMAT, VERSION = "access92-trial", 1

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "add_service": ("service_id", "name", "service_kind", "lon", "lat"),
    "move_service": ("service_id", "lon", "lat"),
    "remove_service": ("service_id",),
    "close_street": ("edge_ids",),
    "set_speed": ("mode", "speed_kmh"),
}
"""The changes of a study that a trial makes, and what each takes over."""

_OF_PAGE: Mapping[str, tuple[str, ...]] = {
    "count_service": ("service_id",), "open_street": ("edge_ids",), "set_threshold": ("threshold_min",),
}  # fmt: skip
"""Actions of the page alone, which no change of a study says."""

_LONGEST_NAME = 40


def read_trial(path: Path) -> dict[str, Any]:
    """The content of a file that the page saved (« Enregistrer l'essai »).

    Raises
    ------
    InputError
        No such file, not JSON, another format or version, an action that a trial does not have.
    """
    text = read_small_file(path, what="L'essai", where=str(path)).decode("utf-8", "replace")
    try:
        content = parse_json(text)
    except ValueError as error:
        raise input_error(f"L'essai n'est pas du JSON : {error}.", str(path), "L'enregistrer de nouveau.") from error
    return check_trial(content, where=str(path))


def check_trial(content: object, *, where: str) -> dict[str, Any]:
    """The content of a trial, once it is one.

    >>> check_trial({"format": FORMAT, "version": 1, "scenario": "a", "actions": []}, where="essai.json")["scenario"]
    'a'

    Raises
    ------
    InputError
        With everything that is wrong with it.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise input_error(
            "Ce fichier n'est pas un essai d'access92.", where, "Prendre un essai enregistré par map.html (JSON)."
        )
    if content.get("version") != VERSION:
        raise input_error(f"Version d'essai inconnue : {content.get('version')!r}.", where, "Mettre access92 à jour.")
    if not isinstance(content.get("scenario"), str) or not isinstance(content.get("actions"), list):
        raise input_error(
            "L'essai ne dit pas de quel scénario il part, ou ce qu'il change (scenario, actions).", where,
            "L'enregistrer de nouveau depuis map.html.",
        )  # fmt: skip
    faults = []
    for number, action in enumerate(content["actions"], start=1):
        known = {**_FIELDS, **_OF_PAGE}
        kind = action.get("kind") if isinstance(action, dict) else None
        if kind not in known:
            fix = nearest_word(str(kind), known)
            faults.append(Fault(f"Action inconnue : « {kind} ».", f"{where}, action {number}", fix))
        elif missing := [name for name in known[kind] if name not in action]:
            names = ", ".join(missing)
            faults.append(Fault(f"L'action {kind} n'a pas {names}.", f"{where}, action {number}", "La compléter."))
    if faults:
        raise InputError(faults)
    return content


def with_trial(study: Study, trial: Mapping[str, Any], *, study_id: Callable[[str], str] = str) -> tuple[Study, str]:
    """The study with one more scenario, the last: what the trial tries, based on its own; the name of that scenario.

    Parameters
    ----------
    study_id
        The id that the study has for a service of the page
        (:func:`access92.scenarios.chain.original_id`).

    Raises
    ------
    InputError
        A scenario or a value that the study does not take.

    Notes
    -----
    A service that the trial counts though its scenario does not is in ``include``. A threshold that the study does not
    have becomes one of its thresholds; the headline keeps its own.
    """
    names = [scenario.name for scenario in study.scenarios]
    base = str(trial["scenario"])
    if base not in names:
        fix = nearest_word(base, names)
        raise input_error(f"L'essai part d'un scénario inconnu : « {base} ».", f"étude « {study.name} »", fix)
    title = str(trial.get("name") or "Essai")
    changes, counted, threshold = fold_actions(trial["actions"], study_id=study_id)
    scenario = {
        "name": _slug(title, names), "title": title, "based_on": base, "include": counted, "change": changes,
        "description": "Essai fait sur la carte du calcul (map.html).",
    }  # fmt: skip
    update: dict[str, Any] = {"scenarios": (*study.scenarios, scenario)}  # plain: checked with its study, key by key
    analysis = study.analysis
    if threshold is not None and threshold not in analysis.thresholds_min:
        update["analysis"] = analysis.model_copy(
            update={
                "thresholds_min": tuple(sorted({*analysis.thresholds_min, float(threshold)})),
                "cutoff_min": max(analysis.cutoff_min, float(threshold)),
            }
        )
    made = validated_study(study.model_copy(update=update))
    made._trial = json.dumps(trial, ensure_ascii=False, sort_keys=True)  # noqa: SLF001 - set once, as in read_study
    return made, str(scenario["name"])


def fold_actions(
    actions: Sequence[Mapping[str, Any]], *, study_id: Callable[[str], str] = str
) -> tuple[list[dict[str, Any]], list[str], float | None]:
    """What a list of actions amounts to: changes of a scenario, services counted besides, a threshold (minutes).

    As ``A92.Trial.fold`` of the page: what a later action says holds.

    >>> fold_actions([{"kind": "remove_service", "service_id": "A"}, {"kind": "count_service", "service_id": "A"}])
    ([], ['A'], None)
    """
    services, counted = _service_changes(actions, study_id)
    closed: dict[str, None] = {}
    speeds: dict[str, Any] = {}
    threshold = None
    for action in actions:
        if action["kind"] == "close_street":
            closed.update(dict.fromkeys(map(str, action["edge_ids"])))
        elif action["kind"] == "open_street":
            closed = {edge: None for edge in closed if edge not in action["edge_ids"]}
        elif action["kind"] == "set_speed":
            speeds[action["mode"]] = action["speed_kmh"]
        elif action["kind"] == "set_threshold":
            threshold = action["threshold_min"]
    streets = [{"kind": "close_street", "edge_ids": list(closed)}] if closed else []
    slower = [
        {"kind": "set_speed", "mode": mode, "speed_kmh": speed} for mode, speed in speeds.items() if speed is not None
    ]
    return [*services, *streets, *slower], counted, threshold


def _service_changes(
    actions: Sequence[Mapping[str, Any]], study_id: Callable[[str], str]
) -> tuple[list[dict[str, Any]], list[str]]:
    """The services that a list of actions removes, moves and adds, as changes; those that it counts besides."""
    added: dict[str, dict[str, Any]] = {}
    moved: dict[str, dict[str, Any]] = {}
    is_counted: dict[str, bool] = {}
    for action in actions:
        kind, name = action["kind"], str(action.get("service_id", ""))
        if kind == "add_service":
            added.pop(name, None)
            added[name] = {field: action[field] for field in _FIELDS[kind]}
        elif kind == "move_service":
            (added if name in added else moved).setdefault(name, {}).update(lon=action["lon"], lat=action["lat"])
        elif kind == "remove_service" and name in added:
            del added[name]
        elif kind in ("remove_service", "count_service"):
            if is_counted.get(name) != (kind == "count_service"):
                is_counted.pop(name, None)  # what is said anew comes last
            is_counted[name] = kind == "count_service"
    removed = [name for name, counts in is_counted.items() if not counts]
    changes: list[dict[str, Any]] = [{"kind": "remove_service", "service_id": study_id(name)} for name in removed]
    changes += [
        {"kind": "move_service", "service_id": study_id(name), **at}
        for name, at in moved.items()
        if name not in removed
    ]
    changes += [{"kind": "add_service", **service} for service in added.values()]
    return changes, [study_id(name) for name, counts in is_counted.items() if counts]


def _slug(title: str, taken: Sequence[str]) -> str:
    """A name as studies write them, that no scenario has: the one that the page gives (``run_map_toml.js``).

    >>> _slug("Pôle à Sèvres !", ["pole-a-sevres"]), _slug("L’Haÿ, cœur de ville", [])
    ('pole-a-sevres-2', 'l-hay-coeur-de-ville')
    """
    letters = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFD", title)).lower()
    letters = letters.replace("œ", "oe").replace("æ", "ae")
    plain = re.sub("[^a-z0-9]+", "-", letters).strip("-")[:_LONGEST_NAME].strip("-") or "essai"
    numbered = (plain if i == 1 else f"{plain}-{i}" for i in range(1, len(taken) + 2))
    return next(name for name in numbered if name not in taken)
