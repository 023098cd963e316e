"""The providers of extracts and squares: their addresses, from the table beside this file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider: its French label, the address that its paths begin with, its licence and its other settings.

    ``settings`` are the keys of ``providers.toml`` that only one kind of provider has (index, ids, members…).
    """

    name: str
    label: str
    url: str
    licence: str
    settings: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def address(self, path: str) -> str:
        """The address of a path of this provider; one that is an address already stays.

        >>> Provider("x", "X", "https://x.org/", "ODbL").address("a/b.pbf")
        'https://x.org/a/b.pbf'
        """
        return path if "://" in path else f"{self.url.rstrip('/')}/{path}"

    def text(self, name: str) -> str:
        """A setting that is text."""
        return str(self.settings[name])

    def mirrored(self, url: str | None) -> Provider:
        """The same provider at another address (a mirror, an intranet); itself where None."""
        return self if url is None else Provider(self.name, self.label, url, self.licence, self.settings)


@cache
def read_providers() -> Mapping[str, Provider]:
    """The providers by name.

    >>> sorted(read_providers())
    ['ban', 'geofabrik', 'idfm', 'insee', 'openstreetmap_fr']
    """
    table = tomllib.loads(files(__package__).joinpath("providers.toml").read_text(encoding="utf-8"))
    common = ("label", "url", "licence")
    return MappingProxyType(
        {
            name: Provider(
                name,
                label=settings["label"],
                url=settings["url"],
                licence=settings["licence"],
                settings=MappingProxyType({key: value for key, value in settings.items() if key not in common}),
            )
            for name, settings in table.items()
        }
    )
