"""access92: who reaches a solidarity service in less than 20 minutes, who does not, and what would change that.

>>> import access92
>>> study = access92.read_study("data/studies/sosms.toml")
>>> study.analysis.threshold_min
20.0

``results = access92.run_study(study)`` computes; ``access92.write_run(results, Path("out"), overwrite=True)`` writes.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from access92.errors import Access92Error, DataSourceError, InputError, OutputError
    from access92.outputs import write_run
    from access92.run.check import check_study
    from access92.run.itinerary import Itinerary, find_itinerary
    from access92.run.pipeline import run_study
    from access92.run.results import Results
    from access92.study.model import Study
    from access92.study.read import read_study

__all__ = [
    "Access92Error",
    "DataSourceError",
    "InputError",
    "Itinerary",
    "OutputError",
    "Results",
    "Study",
    "check_study",
    "find_itinerary",
    "read_study",
    "run_study",
    "write_run",
]

_HOMES = {
    "Access92Error": "errors",
    "DataSourceError": "errors",
    "InputError": "errors",
    "Itinerary": "run.itinerary",
    "OutputError": "errors",
    "Results": "run.results",
    "Study": "study.model",
    "check_study": "run.check",
    "find_itinerary": "run.itinerary",
    "read_study": "study.read",
    "run_study": "run.pipeline",
    "write_run": "outputs",
}

try:
    __version__ = version("access92")
except PackageNotFoundError:  # run from a checkout that was not installed
    __version__ = "0+unknown"


def __getattr__(name: str) -> Any:  # noqa: ANN401 - whatever the public name stands for
    """The public names, imported when first asked for: ``access92 --help`` must not wait for numpy."""
    from importlib import import_module  # noqa: PLC0415

    if name in _HOMES:
        return getattr(import_module(f"access92.{_HOMES[name]}"), name)
    message = f"module 'access92' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """The public names, sorted."""
    return sorted({*__all__, "__version__"})
