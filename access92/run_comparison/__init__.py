"""Two finished runs, figure by figure."""

from access92.run_comparison.compared_runs import compare_runs
from access92.run_comparison.compared_tables import COMPARISON, COVERAGE, SUMMARY
from access92.run_comparison.finished_runs import read_run
from access92.run_comparison.french_text import comparison_text
from access92.run_comparison.json_objects import comparison_dict
from access92.run_comparison.values import FinishedRun, RunComparison

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
