"""Two runs of a study that rides: what its timetable explains, and what it does not."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from access92.audit.compare import COVERAGE, RunComparison, compare_runs
from access92.audit.compared_tables import RIDES
from tests.audit.compare.run_edits import Make, edit_manifest, edit_table, one_more_covered, text_of
from tests.run.test_transit import STUDY, TRANSIT, without_closure, write_bus

pytestmark = pytest.mark.slow

RIDING = (
    without_closure(STUDY)
    .replace("\nthreshold_min = 5\n", "\nthreshold_min = 7\n")
    .replace('kinds = ["sst", "pmi"]', 'kinds = ["sst"]')
    + TRANSIT
)
"""At its threshold some ride."""
OFTEN = '[[scenario]]\nname = "souvent"\ntitle = "Souvent"\nbased_on = "tous"\n[[scenario.change]]\n'
OFTEN += 'kind = "set_headway"\nline = "12"\nheadway_min = {}\n'


@pytest.fixture
def ride(make: Make) -> Callable[[str, str], Path]:
    """A finished run of a study that rides, made once per name."""
    return lambda name, study: make(f"riding {name}", study=study, edit=lambda folder: write_bus(folder) and None)


def causes(comparison: RunComparison) -> set[tuple[str, tuple[str, ...]]]:
    """Mode and causes of all that differs, commitments apart."""
    return {(row.key["mode"], item.candidates) for row in comparison.rows for item in row.changes}


def test_the_percentile_explains_what_those_who_ride_reach(ride: Callable[[str, str], Path]) -> None:
    study = RIDING + OFTEN.format(20)
    early = study.replace("window =", "percentile = 25\nwindow =")
    comparison = compare_runs(ride("median", study), ride("early", early))
    assert [(item.key, item.modes) for item in comparison.inputs if item.stage != "nothing"] == [
        ("parameter:transit.percentile", ("transit", "transit_senior"))
    ]
    assert causes(comparison) == {(mode, ("parameter:transit.percentile",)) for mode in ("transit", "transit_senior")}
    assert {row.table for row in comparison.rows} >= {COVERAGE, RIDES}
    rides = [row for row in comparison.rows if row.table == RIDES]
    # the quartiles and the vehicles are the same whichever percentile counts
    assert {item.figure for row in rides for item in row.changes} == {"population_covered"}
    assert "le percentile des départs (transit.percentile)" in text_of(comparison)


def test_a_timetable_changed_in_a_scenario_explains_its_rides_only(ride: Callable[[str, str], Path]) -> None:
    often, rare = (ride(name, RIDING + OFTEN.format(headway)) for name, headway in (("often", 3), ("rare", 30)))
    comparison = compare_runs(often, rare)
    (item,) = [item for item in comparison.inputs if item.stage != "nothing"]
    assert (item.key, item.stage, item.scenarios) == ("scenario:souvent.change", "rides", ("souvent",))
    assert {row.key["scenario"] for row in comparison.rows} == {"souvent"}
    assert causes(comparison) == {(mode, (item.key,)) for mode in ("transit", "transit_senior")}
    shares = [row for row in comparison.rows if row.table == RIDES and row.value("ride_minutes_share")]
    assert shares
    assert "part des minutes en véhicule" in text_of(comparison, most=1000)


def test_the_timetable_cannot_explain_a_drive(ride: Callable[[str, str], Path], tmp_path: Path) -> None:
    reference = ride("reference", RIDING)
    edited = shutil.copytree(reference, tmp_path / "edited")
    edit_table(edited, COVERAGE, one_more_covered)
    edit_manifest(edited, lambda content: content["parameters"]["study"]["transit"].update(window=["09:00", "10:00"]))
    comparison = compare_runs(reference, edited)
    (row,) = comparison.rows
    assert (row.key["mode"], row.changes[0].candidates) == ("car", ())


def test_another_reference_date_is_another_day_of_the_timetable(
    ride: Callable[[str, str], Path], tmp_path: Path
) -> None:
    reference = ride("reference", RIDING)
    folders = [shutil.copytree(reference, tmp_path / name) for name in ("avant", "apres")]
    edit_table(
        folders[1], COVERAGE, lambda table: one_more_covered(table.assign(mode=table["mode"].replace("transit", "car")))
    )
    for folder, day in zip(folders, ("2024-10-15", "2024-10-16"), strict=True):

        def shift(content: dict, day: str = day) -> None:  # type: ignore[type-arg]
            content["parameters"]["study"]["transit"].pop("day")
            content["parameters"]["study"]["analysis"]["reference_date"] = day

        edit_manifest(folder, shift)
    keys = {item.key: item.stage for item in compare_runs(*folders).inputs}
    assert keys == {"parameter:analysis.reference_date": "services", "service_day": "rides"}
