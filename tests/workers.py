"""Which tests one worker runs: modules, and folders whose modules share runs that take seconds to make."""

from __future__ import annotations

from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/audit/compare/", "tests/outputs/", "tests/sources/demo/")
"""Folders with fixtures of a session: on two workers, each would make them for itself."""

APART = ("tests/outputs/maps/",)
"""Folders in those, of pages that are opened one module after another: on whichever worker is free."""


def unit_of(nodeid: str) -> str:
    """What is run on one worker with a test: the tests of its module, or of its folder.

    >>> unit_of("tests/outputs/test_kept.py::test_it[1]"), unit_of("tests/outputs/maps/test_single.py::test_it")
    ('tests/outputs/', 'tests/outputs/maps/test_single.py')
    """
    if not nodeid.startswith(APART):
        for folder in TOGETHER:
            if nodeid.startswith(folder):
                return folder
    return nodeid.rsplit("::", 1)[0]


class UnitScheduling(LoadScopeScheduling):
    """The largest units first, each on one worker."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)
