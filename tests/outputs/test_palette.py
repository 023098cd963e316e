"""Colours: classes follow the thresholds, and stay apart for every reader."""

from __future__ import annotations

import numpy as np
import pytest

from access92.outputs.palette import kind_signs, time_classes
from access92.outputs.words.maps import people_by_class
from access92.run.results import Results
from access92.study.kinds import KINDS

# Linear RGB → what a deuteranope or a protanope sees (Viénot, Brettel and Mollon, 1999)
BLINDNESS = {
    "none": np.eye(3),
    "protan": np.array([[0.1124, 0.8876, 0.0], [0.1124, 0.8876, 0.0], [0.0040, -0.0040, 1.0]]),
    "deutan": np.array([[0.2928, 0.7072, 0.0], [0.2928, 0.7072, 0.0], [-0.0223, 0.0223, 1.0]]),
}


def lab(colour: str, sight: str) -> np.ndarray:
    """CIELAB of a colour as seen."""
    rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(BLINDNESS[sight] @ linear, 0, 1)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ seen
    f = np.cbrt(xyz / [0.9505, 1.0, 1.089])
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", BLINDNESS)
def test_the_classes_of_travel_time_stay_apart_for_colour_blind_readers(sight: str) -> None:
    colours = [item.colour for item in time_classes((10, 15, 20, 30), headline_min=20, cutoff_min=60)]
    seen = [lab(colour, sight) for colour in colours]
    apart = [np.linalg.norm(a - b) for i, a in enumerate(seen) for b in seen[:i]]
    assert min(apart) > 18  # ΔE*ab: plainly different side by side


def test_classes_cover_every_time_once_and_the_threshold_ends_the_covered_ones() -> None:
    classes = time_classes((10, 15, 20, 30), headline_min=20, cutoff_min=60)
    assert [(item.from_min, item.to_min) for item in classes] == [
        (0, 10), (10, 15), (15, 20), (20, 30), (30, 60), (60, None),
    ]  # fmt: skip
    assert [item.is_covered for item in classes] == [True, True, True, False, False, False]


@pytest.mark.parametrize("headline_min", [10, 15, 20, 30])
def test_the_class_that_ends_at_the_threshold_is_blue_and_the_next_one_is_not(headline_min: int) -> None:
    for item in time_classes((10, 15, 20, 30), headline_min=headline_min, cutoff_min=60):
        red, _, blue = (int(item.colour[i : i + 2], 16) for i in (1, 3, 5))
        assert item.is_covered == (item.to_min is not None and item.to_min <= headline_min)
        assert (blue > red) == item.is_covered


def test_a_cut_off_equal_to_the_last_threshold_makes_no_empty_class() -> None:
    classes = time_classes((10, 20), headline_min=20, cutoff_min=20)
    assert [item.to_min for item in classes] == [10, 20, None]


def test_the_people_of_the_legend_are_those_of_the_coverage_table(results: Results) -> None:
    analysis = results.study.analysis
    classes = time_classes(
        analysis.thresholds_min,
        headline_min=analysis.threshold_min,
        cutoff_min=analysis.cutoff_min,
    )
    coverage = results.coverage.set_index(["scenario", "mode", "rule", "area_id", "threshold_min"])
    for item in results.access_records:
        people = people_by_class(results, item, classes)
        covered = people[[each.is_covered for each in classes]].sum()
        assert covered == coverage.loc[(item.scenario, item.mode, "any", "total", 20.0), "population_covered"]
        assert people.sum() == results.demand["population"].sum()


def test_every_kind_of_service_has_its_own_sign() -> None:
    assert list(kind_signs()) == [kind.name for kind in KINDS]
    assert len({sign for sign, _ in kind_signs().values()}) == len(KINDS)


@pytest.mark.parametrize("colour", sorted(colour for _, colour in kind_signs().values()))
def test_the_white_letter_of_a_sign_can_be_read(colour: str) -> None:
    assert lab(colour, "none")[0] < 48  # contrast above 4.5:1 against white
