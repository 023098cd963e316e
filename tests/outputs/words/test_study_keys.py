"""Every key of a study has its words, its place on the page, and its rules in the schema that editors read."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from access92.cli import app
from access92.outputs.words.study_keys import _parts, _texts, keys_page, study_parts, study_schema
from access92.study.model import Study
from docs.study_keys import PAGE

SHIPPED = ("data/studies/sosms.toml", "data/studies/sosms_transport.toml")


def test_the_page_of_keys_is_that_of_the_program() -> None:
    assert PAGE.read_text(encoding="utf-8") == keys_page(), "python -m docs.study_keys"


def test_every_key_has_french_words_and_no_words_are_of_a_key_that_is_gone() -> None:
    known = {part: set(table["properties"]) for part, table in _parts(Study.model_json_schema(by_alias=True))}
    assert {part: set(texts) for part, texts in _texts().items()} == known
    assert set(study_parts()) == set(known)


def test_an_example_is_what_toml_reads() -> None:
    for _, keys in study_parts().values():
        for key in keys:
            for text in (key.example, key.default):
                if text:
                    tomllib.loads(f"key = {text}")


def refused(schema: dict[str, Any], part: dict[str, Any], content: dict[str, Any]) -> list[str]:
    """The keys that the schema does not know."""
    wrong = []
    for name, value in content.items():
        item = part["properties"].get(name)
        if item is None:
            wrong.append(name)
            continue
        references = [
            option["$ref"] for option in (item, *item.get("anyOf", ()), item.get("items", {})) if "$ref" in option
        ]
        if len(references) == 1:
            inner = schema["$defs"][references[0].rsplit("/", 1)[1]]
            for table in value if isinstance(value, list) else [value]:
                wrong += refused(schema, inner, table)
    return wrong


@pytest.mark.parametrize("file", SHIPPED)
def test_the_schema_knows_every_key_of_the_shipped_studies_and_no_other(file: str) -> None:
    schema = study_schema()
    content = tomllib.loads(Path(file).read_text(encoding="utf-8"))
    assert refused(schema, schema, content) == []
    assert refused(schema, schema, content | {"analysis": {"treshold_min": 3}}) == ["treshold_min"]
    assert schema["additionalProperties"] is False
    assert "seuil" in schema["$defs"]["Analysis"]["properties"]["threshold_min"]["description"]


def test_the_command_writes_the_schema(tmp_path: Path) -> None:
    told = CliRunner().invoke(app, ["schema", "--output", str(tmp_path / "etude.schema.json")])
    assert told.exit_code == 0
    assert "#:schema etude.schema.json" in told.stdout
    assert json.loads((tmp_path / "etude.schema.json").read_text(encoding="utf-8")) == study_schema()
