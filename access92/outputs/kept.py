"""The cache of the last runs written: one that comes back (a change undone, another folder) is copied."""

from __future__ import annotations

import logging
import os
import shutil
import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from access92._process import is_of_dead_process, process_mark
from access92.outputs.layout import file_in, new_file_in
from access92.outputs.manifest import MANIFEST, dated_today, holds_run, seal_of

MOST_RUNS = 3
"""Runs kept; the one that was of use longest ago makes room."""

_DAY_S = 86_400.0
_log = logging.getLogger(__name__)


def cached_run(cache_folder: Path, identity: Mapping[str, Any]) -> list[Path] | None:
    """The files of that run (:func:`access92.outputs.manifest.run_identity`) in the cache, manifest last.

    None where it is not kept, or where any byte of it has changed.
    """
    folder = _folder(cache_folder, identity)
    paths = holds_run(folder, identity)
    if paths is None and folder.exists():
        _log.warning("cached run %s is damaged and is made anew", folder)
    return paths


def copy_run(cached: Sequence[Path], folder: Path) -> list[Path] | None:
    """Copy the files of a cached run into ``folder``, its manifest with the date of today; the paths, manifest last.

    None where they cannot be copied (another run made room meanwhile): ``folder`` is left empty.
    """
    try:
        for path in cached:
            if path.name == MANIFEST:
                dated_today(path, folder / MANIFEST)
            else:
                shutil.copyfile(path, new_file_in(folder, path.name))
    except OSError as error:
        _log.warning("%s cannot be copied from the cache (%s)", cached[-1].parent, error)
        for path in folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return None
    with suppress(OSError):
        os.utime(cached[-1].parent)  # of use today
    return [file_in(folder, path.name) for path in cached]


def cache_run(written: Sequence[Path], cache_folder: Path, identity: Mapping[str, Any]) -> None:
    """Cache the files of a run (hard links where the disk allows); a failure is logged and raises nothing."""
    place = _folder(cache_folder, identity)
    aside = place.with_name(f".{place.name}-{process_mark()}-{uuid.uuid4().hex}")
    try:
        aside.mkdir(parents=True)
        for path in written:
            _link_or_copy(path, new_file_in(aside, path.name))
        shutil.rmtree(place, ignore_errors=True)  # the same run, damaged since
        aside.rename(place)
        for left in place.parent.glob(".*"):  # by a process that was killed
            if is_of_dead_process(left.name) or left.stat().st_mtime < time.time() - _DAY_S:
                shutil.rmtree(left, ignore_errors=True)
        for old in sorted(_runs(cache_folder), key=lambda path: path.stat().st_mtime_ns)[:-MOST_RUNS]:
            shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        _log.warning("%s cannot be cached (%s)", place, error)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _runs(cache_folder: Path) -> list[Path]:
    return [path for path in (cache_folder / "runs").glob("[!.]*") if path.is_dir()]


def _folder(cache_folder: Path, identity: Mapping[str, Any]) -> Path:
    return cache_folder / "runs" / seal_of(identity)


def _link_or_copy(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:  # another disk, or one without links
        shutil.copyfile(path, target)
