"""The keys of a study: one reference page in French, and the JSON Schema by which editors complete and check."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from access92.study.model import Study

_ROOT = "Study"
_TYPES = {"string": "texte", "number": "nombre", "integer": "entier", "boolean": "oui ou non"}
_FORMATS = {"path": "chemin", "date": "date", "time": "heure", "date-time": "date et heure"}
_BOUNDS = (
    ("exclusiveMinimum", "> {}"), ("minimum", "≥ {}"), ("exclusiveMaximum", "< {}"), ("maximum", "≤ {}"),
    ("minItems", "{} au moins"), ("maxItems", "{} au plus"),
)  # fmt: skip
_LARGEST_SHOWN = 1e9
_TABLE_HEAD = ("| clé | ce qu'elle règle | type | par défaut | bornes | exemple |", "|---|---|---|---|---|---|")


@dataclass(frozen=True, slots=True)
class StudyKey:
    """A key of a part of a study; its default, bounds and example as people write them, '' where there is none."""

    name: str
    kind: str
    words: str
    example: str
    default: str
    bounds: str
    is_required: bool


def study_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a study file, its descriptions in French."""
    schema = Study.model_json_schema(by_alias=True)
    for part, table in _parts(schema):
        table.pop("description", None)
        for name, item in table.get("properties", {}).items():
            words, _ = _written(part, name)
            item["description"] = words
            item.pop("title", None)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Étude access92"
    return schema


def study_parts() -> dict[str, tuple[str, tuple[StudyKey, ...]]]:
    """By part of a study (its name in the program), how its table is written, and its keys."""
    schema = Study.model_json_schema(by_alias=True)
    headings = dict(_headings(schema))
    return {
        part: (headings[part], tuple(_key(part, name, item, table) for name, item in table["properties"].items()))
        for part, table in sorted(_parts(schema), key=lambda item: list(headings).index(item[0]))
    }


def keys_page() -> str:
    """The reference page of all keys, in Markdown."""
    lines = [
        "# Toutes les clés d'une étude",
        "",
        "Cette page est faite d'après le programme (`python -m docs.study_keys`). `access92 schema` écrit les mêmes",
        "règles en JSON Schema : un éditeur de texte complète alors les clés et souligne les fautes. En **gras**, les",
        "clés sans lesquelles l'étude ou la partie n'est pas lue. Une clé inconnue est refusée, avec la plus proche.",
        "",
    ]
    for heading, keys in study_parts().values():
        lines += [
            f"## {heading}",
            "",
            "| clé | ce qu'elle règle | type | par défaut | bornes | exemple |",
            "|---|---|---|---|---|---|",
        ]
        for key in keys:
            name = f"**`{key.name}`**" if key.is_required else f"`{key.name}`"
            cells = (name, key.words, key.kind, _code(key.default), key.bounds, _code(key.example))
            lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        lines.append("")
    return "\n".join(lines)


def _code(text: str) -> str:
    return f"`{text}`" if text else ""


@cache
def _texts() -> Mapping[str, Mapping[str, str | list[str]]]:
    text = resources.files("access92.outputs.words").joinpath("study_keys.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _written(part: str, name: str) -> tuple[str, str]:
    """What a key is, and an example of it ('' where its default is one)."""
    text = _texts()[part][name]
    return (text, "") if isinstance(text, str) else (text[0], text[1])


def _parts(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    yield _ROOT, schema
    yield from schema["$defs"].items()


def _headings(schema: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """By part, how its table begins in the file: those of the study in its order, then what stands inside them."""
    yield _ROOT, "En tête du fichier"
    inside: list[tuple[str, str]] = []
    for name, item in schema["properties"].items():
        for part in _referred(item):
            is_list = item.get("type") == "array"
            yield part, f"`[[{name}]]`" if is_list else f"`[{name}]`"
            inside += [
                (deeper, f"`{inner}`, dans `[{name}]`")
                for inner, below in schema["$defs"][part]["properties"].items()
                if inner != "change"
                for deeper in _referred(below)
            ]
    yield from inside
    for kind, reference in schema["$defs"]["Scenario"]["properties"]["change"]["items"]["discriminator"][
        "mapping"
    ].items():
        part = reference.rsplit("/", 1)[1]
        yield part, f'`[[scenario.change]]`, `kind = "{kind}"`'
        for inner, below in schema["$defs"][part]["properties"].items():
            for deeper in _referred(below):
                yield deeper, f"`{inner}`, dans `{kind}`"


def _referred(item: Mapping[str, Any]) -> list[str]:
    """The parts that a key holds."""
    options = [item, *item.get("anyOf", ()), item.get("items", {})]
    return [option["$ref"].rsplit("/", 1)[1] for option in options if "$ref" in option]


def _key(part: str, name: str, item: Mapping[str, Any], table: Mapping[str, Any]) -> StudyKey:
    words, example = _written(part, name)
    default = _toml(item["default"]) if item.get("default") not in (None, "", []) and not _referred(item) else ""
    if "const" in item:
        example = _toml(item["const"])
    return StudyKey(
        name,
        _kind_words(item),
        words,
        "" if example == default else example,
        default,
        _bounds(item),
        name in table.get("required", ()),
    )


def _kind_words(item: Mapping[str, Any]) -> str:
    """The type of a value in French."""
    options = [option for option in item.get("anyOf", [item]) if option.get("type") != "null"]
    if "discriminator" in item.get("items", {}):
        return "tables"
    if _referred(item):
        return "tables" if item.get("type") == "array" else "table"
    words = []
    for option in options:
        if "const" in option:
            words.append(_toml(option["const"]))
        elif "enum" in option:
            words.append(", ".join(_toml(value) for value in option["enum"]))
        elif option.get("type") == "array":
            inner = (
                option.get("items") or {"type": "string"} if "prefixItems" not in option else option["prefixItems"][0]
            )
            words.append("deux " + _plural(inner) if "prefixItems" in option else f"liste de {_plural(inner)}")
        elif option.get("type") == "object":
            words.append("table")
        else:
            words.append(_FORMATS.get(option.get("format", "")) or _TYPES[option["type"]])
    return " ou ".join(dict.fromkeys(words))


def _plural(item: Mapping[str, Any]) -> str:
    words = _kind_words(item)
    if words.startswith(("deux", '"')):
        return words
    return " ".join(word if word in ("et", "de", "ou") else f"{word}s" for word in words.split(" "))


def _bounds(item: Mapping[str, Any]) -> str:
    """The bounds of a value, of its elements where it is a list."""
    said = []
    wholes = [option for option in (item, *item.get("anyOf", ())) if "prefixItems" not in option]
    for option in (*wholes, *(whole.get("items", {}) for whole in wholes)):
        for name, words in _BOUNDS:
            value = option.get(name)
            if isinstance(value, int | float) and abs(value) < _LARGEST_SHOWN:
                said.append(words.format(f"{value:g}".replace(".", ",")))
    return " ; ".join(dict.fromkeys(said))


def _toml(value: object) -> str:
    """A value as TOML writes it.

    >>> _toml(True), _toml(["a", 1.5]), _toml("x")
    ('true', '["a", 1.5]', '"x"')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, float):
        return f"{value:g}"
    return json.dumps(value, ensure_ascii=False)
