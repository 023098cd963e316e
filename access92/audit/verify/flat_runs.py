"""Runs from before folders: one that is made again is laid out as they were, to be compared with them byte by byte."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from access92.audit.finished import read_manifest, run_files
from access92.outputs.index import INDEX
from access92.outputs.layout import FOLDERS, run_path
from access92.outputs.manifest import MANIFEST, identity_in, write_manifest
from access92.outputs.report import REPORT_HTML
from access92.outputs.tables.data_package import DATA_PACKAGE, FLAT_NAME, FLAT_NAMES, package_text

_LINKING = (INDEX, REPORT_HTML)
"""The pages that lead to files of other folders."""


def is_flat(manifest: Mapping[str, Any]) -> bool:
    """Whether a run has all its files at its top.

    >>> is_flat({"outputs": [{"path": "coverage.csv"}]}), is_flat({"outputs": [{"path": "tableaux/coverage.csv"}]})
    (True, False)
    """
    return all("/" not in item["path"] for item in manifest["outputs"])


def flatten(folder: Path) -> None:
    """Lay a run out as before folders: every file at its top; what names a path, and the manifest, follow."""
    manifest = read_manifest(folder)
    paths = {name: run_path(name) for name in run_files(manifest, folder)}
    for name, path in paths.items():
        (folder / path).rename(folder / name)
    for name in FOLDERS:
        if (folder / name).is_dir():
            (folder / name).rmdir()
    # pages lead to files of the same folder
    for page in (folder / name for name in _LINKING):
        text = page.read_text(encoding="utf-8")
        for name, path in paths.items():
            text = text.replace(path, name)
        page.write_text(text, encoding="utf-8", newline="\n")
    # the dictionary has no other name of a file than its path
    package = folder / DATA_PACKAGE
    content = json.loads(package.read_text(encoding="utf-8"))
    content.pop(FLAT_NAMES)
    for resource in content["resources"]:
        resource["path"] = resource.pop(FLAT_NAME)
    package.write_text(package_text(content), encoding="utf-8", newline="\n")
    write_manifest(identity_in(folder / MANIFEST), folder, [folder / name for name in paths])
