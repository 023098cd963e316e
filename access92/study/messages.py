"""The faults of a study file that pydantic finds, in French with the nearest known key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from access92.errors import Fault, nearest_word, some_values
from access92.study.changes import Change

_CHANGES: tuple[type[BaseModel], ...] = get_args(get_args(Change)[0])


def study_fault(  # noqa: PLR0911 - one return per complaint
    detail: ErrorDetails, path: Path, study: type[BaseModel], content: object = None
) -> Fault:
    """The fault of a pydantic error, in French with the nearest known key; ``content``: what was read of the file."""
    location = [str(part) for part in detail["loc"]]
    where = f"{path}, {_place(detail['loc'], content)}" if location else str(path)
    kind, context = detail["type"], detail.get("ctx", {})
    value = detail.get("input")
    # a slip in a word: the nearest known one is the best fix
    if kind == "extra_forbidden":
        return Fault("Clé inconnue dans l'étude.", where, nearest_word(location[-1], _keys_beside(location, study)))
    if kind == "missing":
        return Fault("Une clé obligatoire manque dans l'étude.", where, "Ajouter cette clé.")
    if kind == "union_tag_invalid":
        hint = nearest_word(str(context["tag"]), [_tag(change) for change in _CHANGES], likeness=_ALIKE)
        return Fault(f"Genre de changement inconnu : « {context['tag']} ».", where, hint)
    # a value out of its bounds: the bound is all that there is to say
    limits = {
        "greater_than": "La valeur doit être supérieure à {gt}.",
        "greater_than_equal": "La valeur doit être au moins {ge}.",
        "less_than": "La valeur doit être inférieure à {lt}.",
        "less_than_equal": "La valeur doit être au plus {le}.",
        "literal_error": "La valeur doit être l'une de : {expected}.",
        "finite_number": "La valeur doit être un nombre fini.",
        "string_too_short": "Le texte est vide.",
        "string_too_long": "Le texte est trop long (au plus {max_length} caractères).",
        "too_long": "La liste est trop longue (au plus {max_length}, {actual_length} données).",
        "too_short": "La liste est trop courte (minimum {min_length}).",
    }
    if kind in limits:
        bounds = {name: f"{bound:g}" if isinstance(bound, float) else bound for name, bound in context.items()}
        return Fault(limits[kind].format(**bounds), f"{where} = {_quoted(value)}", "Corriger cette valeur.")
    # the model's own refusals: they say in French what is wrong, pydantic only where
    if kind == "as_written":
        where = f"{path}, {_place((*detail['loc'], context['key']), content)} = {_quoted(context['value'])}"
        return Fault(f"Valeur refusée ({context['fault']}).", where, "Corriger cette valeur.")
    if kind == "value_error":
        return Fault(
            f"Étude incohérente : {str(context['error']).rstrip('.')}.", where, "Corriger cette partie de l'étude."
        )
    if kind == "string_pattern_mismatch":
        return Fault(
            "Un nom doit être fait de minuscules, chiffres, « - » et « _ ».",
            f"{where} = {_quoted(value)}",
            "Le renommer.",
        )
    expected = next((words for start, words in _EXPECTED.items() if kind.startswith(start)), "")
    if expected:
        return Fault(f"La valeur n'est pas de la sorte attendue : {expected}.", f"{where} = {_quoted(value)}",
                     "Corriger cette valeur.")  # fmt: skip
    return Fault(f"Valeur refusée ({detail['msg']}).", f"{where} = {_quoted(value)}", "Corriger cette valeur.")


_ALIKE = 0.75
"""How alike two kinds of change must be for one to be meant: « ajoute_ligne » is not « remove_line »."""

_EXPECTED = {
    "list": "une liste ([ … ])",
    "tuple": "une liste ([ … ])",
    "string": "un texte (entre guillemets)",
    "int": "un nombre entier",
    "float": "un nombre",
    "bool": "true ou false",
    "datetime": "une date et une heure (2025-02-04T10:00:00)",
    "date": "une date (2024-10-18)",
    "time": "une heure (07:30:00), de 00:00:00 à 23:59:59",
    "model": "une table ({ … })",
    "dict": "une table ({ … })",
    "path": "un chemin (entre guillemets)",
}
"""What a value should have been, by the beginning of pydantic's complaint."""


def _place(location: Sequence[str | int], content: object) -> str:
    """Where a fault is: elements of a list by their name or their number, from 1 on.

    >>> study = {"scenario": [{}, {"name": "navette", "change": [{}]}]}
    >>> _place(("scenario", 1, "change", 0, "add_line", "type"), study)
    'scenario « navette », change n° 1 (add_line), clé « type »'
    >>> _place(("analysis", "threshold_min"), {})
    'clé « analysis.threshold_min »'
    """
    said: list[str] = []
    keys: list[str] = []
    for part in location:
        at = content[part] if _is_inside(content, part) else None  # type: ignore[index]
        if isinstance(part, int):
            name = at.get("name") if isinstance(at, Mapping) else None
            said.append(f"{'.'.join(keys)} {f'« {name} »' if isinstance(name, str) and name else f'n° {part + 1}'}")
            keys = []
        elif said and not keys and at is None and part in {_tag(change) for change in _CHANGES}:
            said[-1] += f" ({part})"
            continue
        else:
            keys.append(part)
        content = at
    return ", ".join([*said, *([f"clé « {'.'.join(keys)} »"] if keys else [])])


def _is_inside(content: object, part: str | int) -> bool:
    if isinstance(part, int):
        return isinstance(content, list | tuple) and part < len(content)
    return isinstance(content, Mapping) and part in content


def _quoted(value: object) -> str:
    """A value as a message shows it, whatever its length."""
    return some_values([repr(value) if isinstance(value, str | int | float) else str(value)[:_LONGEST]])


_LONGEST = 200


def _keys_beside(location: Iterable[str], study: type[BaseModel]) -> list[str]:
    """The keys that are known at the place where an unknown one stands."""
    model = study
    for part in list(location)[:-1]:
        for name, info in model.model_fields.items():
            if part in (name, info.alias):
                inside = _models_in(info.annotation)
                model = inside[0] if inside else model
        tagged = [item for item in _CHANGES if _tag(item) == part]
        model = tagged[0] if tagged else model
    return [info.alias or name for name, info in model.model_fields.items()]


def _tag(change: type[BaseModel]) -> str:
    return str(get_args(change.model_fields["kind"].annotation)[0])


def _models_in(annotation: object) -> list[type[BaseModel]]:
    """The models that an annotation mentions, however deep."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in get_args(annotation) for model in _models_in(inner)]
