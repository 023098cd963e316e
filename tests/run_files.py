"""The files of a run that was written, and the same run as it was written before there were folders."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from access92.outputs.manifest import MANIFEST, SEAL, seal_of


def files_in(folder: Path) -> dict[str, Path]:
    """Every file of a folder and of those in it, by its path there, in order."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return dict(sorted(found.items()))


def fingerprints(folder: Path) -> dict[str, str]:
    """By path the SHA-256 of every file of a folder."""
    return {path: hashlib.sha256(file.read_bytes()).hexdigest() for path, file in files_in(folder).items()}


def lay_flat(folder: Path) -> None:
    """Lay out a run as before folders: every file at the top, links and paths following, sealed so."""
    moved = {path: file.name for path, file in files_in(folder).items() if "/" in path}
    for path, name in moved.items():
        (folder / path).rename(folder / name)
    for below in {path.partition("/")[0] for path in moved}:
        (folder / below).rmdir()
    for name in ("index.html", "report.html"):
        if (page := folder / name).is_file():
            text = page.read_text("utf-8")
            for path, flat in moved.items():
                text = text.replace(f'"{path}"', f'"{flat}"').replace(f"<code>{path}<", f"<code>{flat}<")
            page.write_text(text, encoding="utf-8", newline="\n")
    package = json.loads((folder / "datapackage.json").read_text("utf-8"))
    del package["flat_names"]
    for resource in package["resources"]:
        resource["path"] = resource.pop("flat_name")
    text = json.dumps(package, ensure_ascii=False, indent=2) + "\n"
    (folder / "datapackage.json").write_text(text, encoding="utf-8", newline="\n")
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    sums = {path: sha256 for path, sha256 in fingerprints(folder).items() if path != MANIFEST}
    content["outputs"] = [{"path": path, "sha256": sha256} for path, sha256 in sums.items()]
    (folder / MANIFEST).write_text(json.dumps(content | {SEAL: seal_of(content)}), encoding="utf-8")
