"""The faults of a study file that pydantic finds, in French with the nearest known key."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from access92.errors import Fault, nearest_word, some_values
from access92.study.changes import Change

_CHANGES: tuple[type[BaseModel], ...] = get_args(get_args(Change)[0])


def study_fault(  # noqa: PLR0911 - one return per complaint
    detail: ErrorDetails, path: Path, study: type[BaseModel]
) -> Fault:
    """The fault of a pydantic error, in French with the nearest known key."""
    location = [str(part) for part in detail["loc"]]
    where = f"{path}, clé « {'.'.join(location)} »" if location else str(path)
    kind, context = detail["type"], detail.get("ctx", {})
    value = detail.get("input")
    # a slip in a word: the nearest known one is the best fix
    if kind == "extra_forbidden":
        return Fault("Clé inconnue dans l'étude.", where, nearest_word(location[-1], _keys_beside(location, study)))
    if kind == "missing":
        return Fault("Une clé obligatoire manque dans l'étude.", where, "Ajouter cette clé.")
    if kind == "union_tag_invalid":
        hint = nearest_word(str(context["tag"]), [_tag(change) for change in _CHANGES])
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
        return Fault(limits[kind].format(**context), f"{where} = {_quoted(value)}", "Corriger cette valeur.")
    # the model's own refusals: they say in French what is wrong, pydantic only where
    if kind == "as_written":
        key = ".".join([*location, context["key"]])
        where = f"{path}, clé « {key} » = {_quoted(context['value'])}"
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
    return Fault(f"Valeur refusée ({detail['msg']}).", f"{where} = {_quoted(value)}", "Corriger cette valeur.")


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
