"""A copy of a study in which one part reads another file, with all its comments and everything else as it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

import tomlkit

from access92.cache.store import written_aside
from access92.study.model import Study
from access92.study.read import read_study


def copy_study(
    study: Study, part: str, values: Mapping[str, str], *, dropped: Collection[str], suffix: str
) -> Path | None:
    """Write « <study>_<suffix>.toml » beside the study: its ``[part]`` with these values, without the dropped keys.

    The copy is named « <name>-<suffix> », so that its results go to a folder of their own. None where such a file is
    there already: it may be the user's.

    Raises
    ------
    InputError
        The copy would be no study: nothing is written.

    Examples
    --------
    >>> import shutil, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = shutil.copy("data/studies/sosms.toml", folder)
    >>> copy = copy_study(
    ...     read_study(folder / "sosms.toml"), "streets", {"file": "rues.osm.pbf"},
    ...     dropped={"demo", "demo_seed"}, suffix="osm")
    >>> copied = read_study(copy)
    >>> copied.name, str(copied.streets.file), copied.streets.demo, copied.streets.margin_m
    ('sosms-osm', 'rues.osm.pbf', False, 3000.0)
    """
    target = study.file.with_name(f"{study.file.stem}_{suffix}.toml")
    if target.exists():
        return None
    document = tomlkit.parse(study.file.read_text(encoding="utf-8"))
    document["name"] = f"{study.name}-{suffix}"
    table = document[part]
    for key in dropped:
        table.pop(key, None)
    for key, value in values.items():
        table[key] = value
    with written_aside(target) as aside:
        aside.write_text(tomlkit.dumps(document), encoding="utf-8")
        read_study(aside)
    return target
