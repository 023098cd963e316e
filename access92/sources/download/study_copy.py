"""A copy of a study in which one part reads another file, with all its comments and everything else as it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import tomlkit

from access92.cache.store import written_aside
from access92.study.model import Study
from access92.study.read import read_study

_NOTHING: Mapping[str, object] = MappingProxyType({})


def copy_study(
    study: Study, part: str, values: Mapping[str, object], *, dropped: Collection[str], suffix: str,
    top: Mapping[str, object] = _NOTHING,
) -> Path | None:  # fmt: skip
    """Write « <study>_<suffix>.toml » beside the study: its ``[part]`` with these values, without the dropped keys.

    A study without the part gets it. ``top``: values of keys above all parts.

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
    for key, value in top.items():
        document[key] = value
    if part not in document:
        document[part] = tomlkit.table()
    table = document[part]
    for key in dropped:
        table.pop(key, None)
    for key, value in values.items():
        table[key] = _in_one_place(value)
    with written_aside(target) as aside:
        aside.write_text(tomlkit.dumps(document), encoding="utf-8")
        read_study(aside)
    return target


def _in_one_place(value: object) -> object:
    """A list of tables as an array of inline tables: it stays under the heading of its part."""
    if not (isinstance(value, Sequence) and value and all(isinstance(each, Mapping) for each in value)):
        return value
    array = tomlkit.array()
    for each in value:
        table = tomlkit.inline_table()
        table.update(each)
        array.append(table)
    return array
