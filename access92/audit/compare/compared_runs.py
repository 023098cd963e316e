"""Two finished runs, figure by figure: which inputs differ, which results differ, which can be due to which.

Attribution follows what each input can reach. An input that cannot reach a figure is cleared of it; where several
can, all are named, and no share is guessed. Two things that the runs wrote narrow it: the services that each scenario
counts (``services.csv``), and the people and the minutes of every place (``access.parquet``), both
to a tenth of a millimetre.
A figure that no changed input can reach is said to be unexplained.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from access92.audit.compare.attribution import gather_evidence, reaches
from access92.audit.compare.cells import Cell, commitment_names, frame_of, mobile_kinds
from access92.audit.compare.french_words import PEOPLE, UNITS
from access92.audit.compare.input_differences import code_sha256, input_differences
from access92.audit.compare.other_columns import TABLES, column_differences
from access92.audit.compare.positions import position_differences
from access92.audit.compare.result_differences import (
    OneSidedRows,
    compare_table,
    gather_blocks,
    rows_of_one_run,
)
from access92.audit.compare.service_differences import service_differences
from access92.audit.compared_tables import COVERAGE, KEYS, SERVICES
from access92.audit.finished import file_hashes, read_run
from access92.audit.values import FinishedRun, RowDifference, RunComparison
from access92.errors import Fault, InputError
from access92.study.schemas import TOTAL


def compare_runs(a: Path, b: Path) -> RunComparison:
    """All that differs between two finished runs (A is « before », B « after »), and what can be due to what.

    Raises
    ------
    InputError
        As :func:`read_run`, for both folders at once.

    Examples
    --------
    >>> import tempfile
    >>> compare_runs(Path(tempfile.mkdtemp()), Path("nulle-part"))
    Traceback (most recent call last):
    ...
    access92.errors.InputError: Ce dossier ne contient pas un calcul d'access92...
    """
    # both folders are read before anything is refused: every fault of both is reported at once
    runs: list[FinishedRun] = []
    faults: list[Fault] = []
    for folder in (a, b):
        try:
            runs.append(read_run(folder))
        except InputError as error:
            faults += error.faults
    if faults:
        raise InputError(faults)
    # what went in differently, and what each run shows of where it acts: the only evidence for a cause
    before, after = runs
    inputs = input_differences(before.manifest, after.manifest)
    evidence = gather_evidence(before, after)
    spreads = any(
        (run.manifest["parameters"]["study"].get("population") or {}).get("method") != "points" for run in runs
    )

    frame = frame_of(before, after)

    # thousands of cells share a few hundred situations
    @cache
    def causes(cell: Cell) -> tuple[str, ...]:
        return tuple(item.key for item in inputs if reaches(item, cell, evidence, spreads=spreads))

    def explain(table: str, key: Mapping[str, str], figure: str) -> tuple[str, ...]:
        return causes(frame.cell(table, key, figure))

    # figure by figure where both runs have the table; a table of one run has only rows of one run
    rows: list[RowDifference] = []
    one_sided = OneSidedRows({"A": _known(before), "B": _known(after)})
    compared: dict[str, int] = {}
    for table in KEYS:
        tables = [run.tables.get(table) for run in runs]
        if tables[0] is None and tables[1] is None:
            continue
        differences, compared[table] = compare_table(table, tables[0], tables[1], explain, one_sided, _cutoffs(runs))
        rows += differences
    columns = tuple(column_differences(before, after, explain, inputs))
    # the other files are opaque: the SHA-256 of the manifest says whether they differ
    hashes = [file_hashes(run.manifest) for run in runs]
    return RunComparison(
        folders=(str(a), str(b)),
        runs=(_identity(before.manifest), _identity(after.manifest)),
        inputs=tuple(inputs),
        rows=tuple(rows),
        only_in_one=rows_of_one_run(one_sided, inputs),
        services=tuple(
            service_differences(
                before.tables[SERVICES], after.tables[SERVICES], inputs, mobile=mobile_kinds(before, after)
            )
        ),
        blocks=gather_blocks(rows, inputs, commitment_names(before, after)),
        compared=compared,
        other_files=tuple(
            name
            for name in sorted(hashes[0].keys() | hashes[1].keys())
            if name not in KEYS
            and hashes[0].get(name) != hashes[1].get(name)
            and not (name.endswith(TABLES) and name in hashes[0] and name in hashes[1])
        ),
        words=_words(before, after),
        columns=columns,
        positions=tuple(position_differences(before, after)),
        code_is_known=all(code_sha256(run.manifest) is not None for run in runs),
    )


def _known(run: FinishedRun) -> dict[str, frozenset[str]]:
    """The scenarios, modes and areas of a run: its coverage names all of them."""
    return {name: frozenset(run.tables[COVERAGE][name]) for name in ("scenario", "mode", "area_id")}


def _identity(manifest: Mapping[str, Any]) -> dict[str, Any]:
    identity = {key: manifest.get(key) for key in ("study", "title", "run_date")}
    return {**identity, "streets_origin": manifest["streets"].get("streets_origin")}


def _cutoffs(runs: Sequence[FinishedRun]) -> tuple[float, float]:
    cutoffs = [(run.manifest["parameters"]["study"].get("analysis") or {}).get("cutoff_min") for run in runs]
    return float(cutoffs[0] or 60.0), float(cutoffs[1] or 60.0)


def _words(a: FinishedRun, b: FinishedRun) -> dict[str, dict[str, str]]:
    words: dict[str, dict[str, str]] = {"mode": {}, "scenario": {}, "area_id": {}, "commitment": {}, "service_id": {}}
    words["public"], words["rule"], words["unit"] = {}, {}, {}
    for run in (a, b):
        parameters = run.manifest["parameters"]
        commitments = parameters["study"].get("commitment") or ()
        words["commitment"] |= {str(item.get("name")): str(item.get("title", "")) for item in commitments}
        words["public"] |= {
            str(item.get("name")): str(item.get("title", "")) for item in parameters["study"].get("public") or ()
        }
        words["unit"] |= {
            str(item.get("name")): UNITS.get(str(item.get("unit", "persons")), PEOPLE)
            for item in parameters["study"].get("public") or ()
        }
        kinds = parameters["study"].get("kind") or ()
        words["rule"] |= {str(item.get("name")): str(item.get("label", "")) for item in kinds}
        services = run.tables[SERVICES]
        words["service_id"] |= dict(zip(services["service_id"], services["name"], strict=True))
        words["mode"] |= {name: str(mode.get("label", name)) for name, mode in parameters["modes"].items()}
        words["scenario"] |= {item["name"]: str(item.get("title", "")) for item in parameters["study"]["scenario"]}
        words["area_id"] |= run.areas
    words["area_id"][TOTAL] = "ensemble"
    return words
