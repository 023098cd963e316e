"""Two finished runs compared: two folders enter, the rows that differ and the inputs that explain them leave."""

from access92.audit.compare.compared_runs import compare_runs
from access92.audit.compare.french_text import comparison_text
from access92.audit.compare.json_objects import comparison_dict
from access92.audit.compared_tables import COMPARISON, COVERAGE, SUMMARY
from access92.audit.finished import read_run
from access92.audit.values import FinishedRun, RunComparison

__all__ = [
    "COMPARISON",
    "COVERAGE",
    "SUMMARY",
    "FinishedRun",
    "RunComparison",
    "compare_runs",
    "comparison_dict",
    "comparison_text",
    "read_run",
]
