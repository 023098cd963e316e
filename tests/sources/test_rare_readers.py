"""Readers of rare formats wait for a file of theirs: what they read with takes a seventh of the imports of a run."""

from __future__ import annotations

import pytest

from access92.cache import fingerprints as code


@pytest.mark.parametrize("reader", ["access92.sources.streets.graphml", "access92.sources.icalendar_files"])
def test_a_reader_of_a_rare_format_is_imported_with_nothing_else(reader: str) -> None:
    package, _, name = reader.rpartition(".")
    assert reader in code._modules()
    for module in code._modules():
        at_once = code._imports(module, at_once=True)
        assert not [source for source, _ in at_once if source == reader], module
        assert (package, name) not in at_once, module
    assert any(source == reader for module in code._modules() for source, _ in code._imports(module))


def test_only_these_readers_import_what_they_read_with() -> None:
    slow = {"networkx": "access92.sources.streets.graphml", "icalendar": "access92.sources.icalendar_files",
            "recurring_ical_events": "access92.sources.icalendar_files"}  # fmt: skip
    for module in code._modules():
        for source, _ in code._imports(module, at_once=True):
            assert slow.get(source.partition(".")[0], module) == module, source
