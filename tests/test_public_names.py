"""The public face of the package: sorted names, each of which is there."""

from __future__ import annotations

from importlib import import_module

import pytest

import access92
from tests.loaded_libraries import loaded_by

ROOMS = ("cache", "measures", "network", "notebook", "run", "scenarios", "siting", "sources", "study", "travel")


def test_dir_lists_the_public_names_sorted_and_nothing_else() -> None:
    names = dir(access92)
    assert names == sorted({*access92.__all__, "__version__"})
    assert list(access92.__all__) == sorted(access92.__all__)
    assert all(getattr(access92, name) is not None for name in names)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = access92.nothing


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is_and_exports_names_that_are_there(room: str) -> None:
    module = import_module(f"access92.{room}")
    assert module.__doc__
    names = list(getattr(module, "__all__", ()))
    assert names == sorted(names, key=lambda name: (not name.isupper(), name))  # constants come first
    assert all(hasattr(module, name) for name in names)


def test_the_package_alone_imports_no_heavy_library() -> None:
    assert loaded_by("access92", {"numpy", "pandas", "geopandas", "pydantic"}) == []


def test_no_function_of_the_notebook_room_is_hidden_by_a_module_of_its_name() -> None:
    room = import_module("access92.notebook")
    for name in access92.__all__:
        getattr(access92, name)  # imports its module, which then is an attribute of the room
    assert all(callable(getattr(room, name)) for name in room.__all__)
