"""The folder of the cache of this user."""

from __future__ import annotations

import os
from pathlib import Path


def default_cache_folder() -> Path:
    """The folder that ``ACCESS92_CACHE`` names where it is set, else the user's cache folder of this system."""
    import platformdirs  # noqa: PLC0415 - the command line must answer --help at once

    setting = os.environ.get("ACCESS92_CACHE")
    return Path(setting) if setting else Path(platformdirs.user_cache_dir("access92"))
