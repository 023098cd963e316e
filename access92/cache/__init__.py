"""What stays on disk between runs: bytes, arrays and tables enter under a key, and leave as they entered or not at all.

A key is the fingerprint of all that decides a value (:func:`code_fingerprint`), a seal shows damage, and the whole has
a bound (:func:`trim_cache`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from access92._exports import lazy_exports

if TYPE_CHECKING:
    from access92.cache.bound import CacheEntry, cache_entries, cache_text, clear_cache, max_bytes, trim_cache
    from access92.cache.fingerprints import (
        code_fingerprint,
        libraries_fingerprint,
        native_versions,
        writers_fingerprint,
    )
    from access92.cache.folder import default_cache_folder
    from access92.cache.kernels import kernel
    from access92.cache.store import (
        FileState,
        file_sha256,
        file_state,
        read_sealed,
        read_sealed_arrays,
        write_sealed,
        write_sealed_arrays,
        written_aside,
    )
    from access92.cache.tables import read_cached_table, write_cached_table

__all__ = [
    "CacheEntry",
    "FileState",
    "cache_entries",
    "cache_text",
    "clear_cache",
    "code_fingerprint",
    "default_cache_folder",
    "file_sha256",
    "file_state",
    "kernel",
    "libraries_fingerprint",
    "max_bytes",
    "native_versions",
    "read_cached_table",
    "read_sealed",
    "read_sealed_arrays",
    "trim_cache",
    "write_cached_table",
    "write_sealed",
    "write_sealed_arrays",
    "writers_fingerprint",
    "written_aside",
]

__getattr__, __dir__ = lazy_exports(
    __name__,
    {
        "CacheEntry": "bound",
        "FileState": "store",
        "cache_entries": "bound",
        "cache_text": "bound",
        "clear_cache": "bound",
        "code_fingerprint": "fingerprints",
        "default_cache_folder": "folder",
        "file_sha256": "store",
        "file_state": "store",
        "kernel": "kernels",
        "libraries_fingerprint": "fingerprints",
        "max_bytes": "bound",
        "native_versions": "fingerprints",
        "read_cached_table": "tables",
        "read_sealed": "store",
        "read_sealed_arrays": "store",
        "trim_cache": "bound",
        "write_cached_table": "tables",
        "write_sealed": "store",
        "write_sealed_arrays": "store",
        "writers_fingerprint": "fingerprints",
        "written_aside": "store",
    },
)
