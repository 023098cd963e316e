"""A run of the made-up town in which every text of the study is hostile: markup, scripts, formulas, odd signs."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel

from access92.run.results import Results

PAYLOAD = (
    "=1+1 \"'><img src=x onerror=\"window.ran='img'\"><svg onload=\"window.ran='svg'\"></script></style></title>"
    "</textarea><script>window.ran='script';alert(1)</script><!-- {{ 7 * 7 }} {% raw %} ${7 * 7} $x_1$ & &amp; &#39; "
    "]]> \\u003cb> #rule"
)
"""Ends every context that a text may stand in: attribute, script, style, comment, template, formula, XML."""

_MODEL_TEXTS = {"title", "description", "source", "licence", "vintage", "note", "label", "position_basis", "whole_name"}
_TABLE_TEXTS = {
    "name", "address", "hours", "position_basis", "confidence", "note", "source", "detail", "subject",
    "unit", "unit_name", "place_name", "service_name",
}  # fmt: skip


def hostile(results: Results, text: str = PAYLOAD) -> Results:
    """The same run with ``text`` wherever a study or its tables say something in their own words."""
    made: Results = _changed(results, text)
    return replace(
        made,
        modes={
            name: replace(mode, label=text, sources=dict.fromkeys(mode.sources, text))
            for name, mode in made.modes.items()
        },
    )


def _changed(value: Any, text: str) -> Any:
    if isinstance(value, BaseModel):
        return value.model_copy(update={
            name: text if name in _MODEL_TEXTS and isinstance(own, str) else _changed(own, text)
            for name, own in ((name, getattr(value, name)) for name in type(value).model_fields)
        })  # fmt: skip
    if isinstance(value, pd.DataFrame):
        columns = [name for name in value.columns if name in _TABLE_TEXTS and value[name].dtype.kind not in "fiub"]
        return value.assign(**{name: np.where(value[name].isna(), None, text) for name in columns})
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(_changed(item, text) for item in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{
            field.name: text if field.name in _MODEL_TEXTS and isinstance(own, str) else _changed(own, text)
            for field, own in ((field, getattr(value, field.name)) for field in fields(value) if field.init)
        })  # fmt: skip
    return value
