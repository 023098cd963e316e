"""Which tests one worker runs: modules, and folders whose modules share runs that take seconds to make."""

from __future__ import annotations

from collections.abc import Iterable

from xdist.scheduler import LoadScopeScheduling
from xdist.workermanage import WorkerController

TOGETHER = ("tests/outputs/", "tests/audit/compare/", "tests/sources/demo/")
"""Folders with fixtures of a session: on two workers, each would make them for itself."""

PAGES = "tests/outputs/maps/"
"""A folder in one of those, of pages that are opened one module after another: on whichever worker is free."""

WRITTEN = tuple(f"{PAGES}{module}.py" for module in ("test_difference", "test_single"))
"""Modules among them that read the runs that the folder around shares, and open no page."""


def unit_of(nodeid: str) -> str:
    """What is run on one worker with a test: the tests of its module, or of its folder.

    >>> unit_of("tests/outputs/test_kept.py::test_it[1]"), unit_of("tests/outputs/maps/test_single.py::test_it")
    ('tests/outputs/', 'tests/outputs/')
    >>> unit_of("tests/outputs/maps/test_run_map.py::test_it")
    'tests/outputs/maps/test_run_map.py'
    """
    if not nodeid.startswith(PAGES) or nodeid.startswith(WRITTEN):
        for folder in TOGETHER:
            if nodeid.startswith(folder):
                return folder
    return nodeid.rsplit("::", 1)[0]


def next_unit(waiting: Iterable[str]) -> str:
    """The unit to begin with, of those that wait: few tests that take long must not be what one worker ends alone with.

    Folders that are kept together, then pages (one after another: they share a browser), then the others in order.

    >>> next_unit(["tests/test_many.py", "tests/outputs/maps/test_run_map.py", "tests/sources/demo/"])
    'tests/sources/demo/'
    >>> next_unit(["tests/test_many.py", "tests/outputs/maps/test_run_map.py"])
    'tests/outputs/maps/test_run_map.py'
    >>> next_unit(["tests/test_many.py", "tests/test_few.py"])
    'tests/test_many.py'
    """

    def rank(unit: str) -> int:
        return 0 if unit in TOGETHER else 1 if unit.startswith(PAGES) else 2

    return min(waiting, key=rank)


class UnitScheduling(LoadScopeScheduling):
    """Each unit on one worker; those that are not named above by their number of tests, the largest first."""

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: WorkerController) -> None:
        self.workqueue.move_to_end(next_unit(self.workqueue), last=False)
        super()._assign_work_unit(node)
