"""Public names of a package that are imported when first asked for, so that importing it loads nothing heavy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazy_exports(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of a package; ``homes``: by public name the module of the package that has it.

    >>> get, names = lazy_exports("access92.network", {"read_modes": "modes"})
    >>> get("read_modes")()["walk"].speed_kmh, names()
    (5.0, ['read_modes'])
    """

    def get(name: str) -> Any:  # noqa: ANN401 - whatever the public name stands for
        if name in homes:
            return getattr(import_module(f"{package}.{homes[name]}"), name)
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return get, lambda: sorted(homes)
