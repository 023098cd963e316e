"""The cache as a whole: its entries, the bound on their size, and how they are cleared.

No result depends on this module: an entry that is removed is computed again. Another process may read what is removed
(the system keeps an open file until it is closed), or remove the same: neither is an error. Other files stay.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from access92._process import is_of_dead_process
from access92.errors import input_error

MAX_GB = "ACCESS92_CACHE_MAX_GB"
"""The environment variable that bounds the cache."""

DEFAULT_MAX_GB = 4.0
_BYTES_PER_GB = 10**9
_DAY_S = 86_400.0
_CLOCK_S = 2.0
"""Disks may note the time of a file in steps of two seconds, and the clocks of others run early."""

_KINDS = {
    "streets": "rues lues",
    "people": "population répartie",
    "network": "réseaux",
    "grid": "grilles de temps",
    "times": "temps de parcours",
    "isochrones": "isochrones",
    "places": "temps vers les lieux possibles",
    "sensitivity": "sensibilité",
    "rides": "temps en transports en commun",
    "trips": "trajets en transports en commun",
    "hours": "heures en transports en commun",
    "runs": "calculs entiers",
    "answers": "réponses connues",
    "addresses": "adresses lues",
    "kernels": "noyaux compilés",
}
_ENTRY = re.compile(rf"({'|'.join(_KINDS)})(?:-[a-z_]+)*-[0-9a-f]{{32,}}.*\.\w+")
_LEFTOVER = re.compile(r"\..+-[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A file of the cache, or the folder of a whole run; ``used_s``: when it was last used, in seconds since 1970."""

    path: Path
    kind: str
    size_bytes: int
    used_s: float


def cache_entries(folder: Path) -> list[CacheEntry]:
    """The entries of the cache, least recently used first; files of other names left out.

    >>> import tempfile
    >>> cache_entries(Path(tempfile.mkdtemp()))
    []
    """
    return sorted(_entries(folder), key=lambda entry: (entry.used_s, entry.path.name))


def max_bytes() -> int:
    """The bound on the size of the cache, in bytes: ``ACCESS92_CACHE_MAX_GB`` (10⁹ bytes), 4 by default.

    Raises
    ------
    InputError
        It is set to something else than a positive number or zero.
    """
    setting = os.environ.get(MAX_GB, "").strip()
    if not setting:
        return int(DEFAULT_MAX_GB * _BYTES_PER_GB)
    try:
        size_gb = float(setting.replace(",", "."))
    except ValueError:
        size_gb = -1.0
    if not 0 <= size_gb < 10**6:
        raise input_error(
            "La taille maximale du cache n'est pas un nombre positif ou nul.",
            f"variable {MAX_GB} = « {setting[:40]} »",
            "Donner un nombre de gigaoctets, par exemple 4.",
        )
    return int(size_gb * _BYTES_PER_GB)


def trim_cache(folder: Path, *, max_bytes: int, since_s: float) -> list[CacheEntry]:
    """Remove entries, least recently used first, until the rest fits; gives those that were removed.

    What was used since ``since_s`` (the beginning of a run, in seconds since 1970) stays, whatever its size. What
    killed processes left goes too.
    """
    clear_leftovers(folder)
    entries = cache_entries(folder)
    left_bytes = sum(entry.size_bytes for entry in entries)
    removed = []
    for entry in entries:
        if left_bytes <= max_bytes or entry.used_s >= since_s - _CLOCK_S:
            break
        _remove(entry.path)
        left_bytes -= entry.size_bytes
        removed.append(entry)
    return removed


def clear_cache(folder: Path, *, unused_days: float = 0.0, now_s: float | None = None) -> list[CacheEntry]:
    """Remove all entries, or those unused for ``unused_days``; gives those that were removed."""
    clear_leftovers(folder)
    before_s = (time.time() if now_s is None else now_s) - unused_days * _DAY_S
    removed = [entry for entry in cache_entries(folder) if not unused_days or entry.used_s < before_s]
    for entry in removed:
        _remove(entry.path)
    return removed


def clear_leftovers(folder: Path) -> None:
    """Remove what killed processes left: those of this machine at once, those of another one after a day."""
    for place in (folder, folder / "runs", folder / "kernels"):
        for path in _listed(place):
            with suppress(OSError):
                if not _LEFTOVER.fullmatch(path.name):
                    continue
                if is_of_dead_process(path.name) or path.stat().st_mtime < time.time() - _DAY_S:
                    _remove(path)


def cache_text(folder: Path) -> str:
    """What the cache holds, in French: where, how much, by kind, and when the oldest entry was last used.

    >>> print(cache_text(Path("/nowhere")).replace("\u202f", " "))
    Cache : /nowhere
    Vide (au plus 4,0 Go).
    """
    entries = cache_entries(folder)
    lines = [f"Cache : {folder}"]
    if not entries:
        return "\n".join([*lines, f"Vide (au plus {_gb(max_bytes())})."])
    lines.append(f"{_size(entries)}, {_count(entries)} (au plus {_gb(max_bytes())})")
    for kind, label in _KINDS.items():
        of_kind = [entry for entry in entries if entry.kind == kind]
        if of_kind:
            lines.append(f"  {label} : {_size(of_kind)}, {_count(of_kind)}")
    oldest = datetime.fromtimestamp(entries[0].used_s).astimezone()
    lines.append(f"Le plus anciennement utilisé : {oldest:%d/%m/%Y} ({_KINDS[entries[0].kind]})")
    return "\n".join(lines)


def removed_text(removed: Sequence[CacheEntry]) -> str:
    """What was removed, in French.

    >>> removed_text([])
    'Rien à effacer.'
    """
    return f"Effacé : {_size(removed)}, {_count(removed)}." if removed else "Rien à effacer."


def _entries(folder: Path) -> Iterator[CacheEntry]:
    for path in _listed(folder):
        match = _ENTRY.fullmatch(path.name)
        if match is not None:
            yield from _entry(path, match[1])
    for path in _listed(folder / "runs"):
        if re.fullmatch(r"[0-9a-f]{64}", path.name):
            yield from _entry(path, "runs")
    for path in _listed(folder / "kernels"):
        if re.fullmatch(r"[^.].*\.kernel", path.name):
            yield from _entry(path, "kernels")


def _entry(path: Path, kind: str) -> Iterator[CacheEntry]:
    """One entry; none where another process has removed it meanwhile."""
    with suppress(OSError):
        files = list(path.iterdir()) if path.is_dir() else [path]
        yield CacheEntry(path, kind, sum(file.stat().st_size for file in files), path.stat().st_mtime)


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
        return
    with suppress(OSError):
        path.unlink()


def _size(entries: Sequence[CacheEntry]) -> str:
    size_bytes = sum(entry.size_bytes for entry in entries)
    if size_bytes >= _BYTES_PER_GB:
        return _gb(size_bytes)
    return f"{size_bytes / 10**6:.1f}\u202fMo".replace(".", ",")


def _gb(size_bytes: int) -> str:
    return f"{size_bytes / _BYTES_PER_GB:.1f}\u202fGo".replace(".", ",")


def _count(entries: Sequence[CacheEntry]) -> str:
    return "1 élément" if len(entries) == 1 else f"{len(entries)} éléments"
