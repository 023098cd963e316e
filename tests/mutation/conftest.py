"""Modules that need cosmic-ray are not read for their examples where it is not installed."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore = [] if find_spec("cosmic_ray") else ["mutants.py", "runner.py"]
