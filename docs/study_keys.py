"""``python -m docs.study_keys``: the reference page of the keys of a study, made from its model."""

from __future__ import annotations

from pathlib import Path

from access92.outputs.words.study_keys import keys_page

PAGE = Path(__file__).with_name("cles.md")

if __name__ == "__main__":
    PAGE.write_text(keys_page(), encoding="utf-8")
