"""Classes of time: a time at a bound is counted in the class above, in the legend, in QGIS and on every map."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from access92.outputs.palette import class_numbers, time_classes
from access92.outputs.tables.qgis_layers import layer_styles
from access92.outputs.tables.qgis_styles import Condition
from access92.outputs.words.maps import people_by_class
from access92.run.results import Results

ODD_MIN = (10.1, 12.4, 20.0, 30.7)  # float32 rounds three of them down


def at_the_bounds(results: Results) -> tuple[Results, np.ndarray]:
    """The results with thresholds that no float32 is, and each place at a bound, just before or just after one."""
    analysis = results.study.analysis.model_copy(
        update={"thresholds_min": ODD_MIN, "threshold_min": 12.4, "cutoff_min": 59.9}
    )
    bounds_ms = np.array([round(bound * 60_000) for bound in (*ODD_MIN, 59.9)])
    ms = np.resize((bounds_ms[:, None] + [-1, 0, 1]).ravel(), len(results.demand))
    minutes = (ms / 60_000.0).astype(np.float32)
    minutes[::7] = np.nan
    study = results.study.model_copy(update={"analysis": analysis})
    access_records = tuple(replace(item, travel_time_min=minutes) for item in results.access_records)
    return replace(results, study=study, access_records=access_records), np.where(
        np.isnan(minutes), np.iinfo(np.int64).max, ms
    )


def test_the_legend_counts_people_at_a_bound_in_the_class_above(results: Results) -> None:
    moved, ms = at_the_bounds(results)
    analysis = moved.study.analysis
    classes = time_classes(analysis.thresholds_min, headline_min=12.4, cutoff_min=analysis.cutoff_min)
    people = moved.demand["population"].to_numpy(float)
    expected = []
    for item in classes:
        low_ms = round(item.from_min * 60_000)
        high_ms = np.inf if item.to_min is None else round(item.to_min * 60_000)
        expected.append(people[(low_ms <= ms) & (ms < high_ms)].sum())
    np.testing.assert_allclose(people_by_class(moved, moved.access_records[0], classes), expected)
    assert [item.is_covered for item in classes] == [True, True, False, False, False, False]


def test_a_rule_of_qgis_draws_each_place_once_in_the_class_of_the_legend(results: Results) -> None:
    moved, _ = at_the_bounds(results)
    analysis, access = moved.study.analysis, moved.access_records[0]
    classes = time_classes(analysis.thresholds_min, headline_min=12.4, cutoff_min=analysis.cutoff_min)
    style = next(item for item in layer_styles(moved) if item.layer == "demand")
    as_doubles = access.travel_time_min.astype(float)  # what QGIS reads in the GeoPackage
    drawn = np.array([
        np.logical_and.reduce([_holds(condition, as_doubles) for condition in rule.conditions]) for rule in style.rules
    ])  # fmt: skip
    assert (drawn.sum(axis=0) == 1).all()
    np.testing.assert_array_equal(drawn.argmax(axis=0), class_numbers(access.travel_time_min, classes))


def _holds(condition: Condition, minutes: np.ndarray) -> np.ndarray:
    _, operator, value = condition
    bound = float(f"{value:.10g}")  # as it is written
    if operator == "<":
        return minutes < bound
    return (minutes >= bound) | (np.isnan(minutes) & (operator == "null or >="))
