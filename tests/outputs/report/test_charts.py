"""The pictures of the report: the same bytes twice, letters as outlines, no date, nothing that stops at an edge."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from access92.outputs.palette import class_numbers, time_classes
from access92.outputs.report import charts
from access92.outputs.report.charts import Band, Line, Spread, band_chart, commune_ranking, coverage_curves
from access92.outputs.report.charts import time_distribution as distribution
from access92.outputs.report.communes import ranked_spreads, steady_pairs
from access92.outputs.report.drawing import drawing_style, new_figure, svg_text
from access92.outputs.report.outcomes import people_by_bin, spoken_curve
from access92.outputs.report.small_maps import (
    SHARE_COLOURS,
    BaseMap,
    labelled_share_map,
    people_map,
    share_maps,
    with_legend,
)
from access92.run.results import Results

LINE = Line("À pied <adulte>", np.array([5.0, 20.0, 60.0]), np.array([0.1, 0.8, 1.0]))


@pytest.fixture(autouse=True)
def style() -> Iterator[None]:
    with drawing_style():
        yield


def test_a_picture_is_the_same_twice_and_has_no_date() -> None:
    first, second = (coverage_curves([("À pied", [LINE, LINE])], threshold_min=20) for _ in range(2))
    assert first == second
    assert "<dc:date>" not in first
    assert first.startswith("<svg")


def test_letters_are_outlines_so_that_no_font_is_asked_for() -> None:
    assert "<text" not in coverage_curves([("À pied", [LINE])], threshold_min=20)


def test_the_second_curve_differs_by_dashes_as_well_as_by_colour() -> None:
    assert "stroke-dasharray" not in coverage_curves([("À pied", [LINE])], threshold_min=20)
    assert "stroke-dasharray" in coverage_curves([("À pied", [LINE, LINE])], threshold_min=20)


def test_a_curve_of_one_minute_does_not_divide_by_zero() -> None:
    assert "<svg" in coverage_curves([("À pied", [Line("x", np.array([5.0]), np.array([0.5]))])], threshold_min=5)


def test_readers_of_screens_hear_the_share_at_the_threshold() -> None:
    assert spoken_curve([LINE], 20.0) == "À moins de 20 minutes : À pied <adulte> : 80,0\u202f%."


def test_bars_beyond_the_threshold_are_hatched_so_that_a_grey_print_tells_them() -> None:
    svg = distribution([("À pied", np.array([5.0, 3.0, 2.0]))], threshold_min=2, cutoff_min=4, bin_min=2)
    assert "<pattern" in svg


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Figure]]:
    """The figures of the charts drawn in a test, as they are before they become SVG."""
    figures: list[Figure] = []
    monkeypatch.setattr(charts, "svg_text", lambda figure: figures.append(figure) or "")
    with drawing_style():
        yield figures


def keep_apart(texts: Sequence[Text]) -> bool:
    """Whether labels, from left to right, do not touch."""
    boxes = [text.get_window_extent() for text in texts]
    return all(left.x1 < right.x0 for left, right in itertools.pairwise(boxes))


@pytest.mark.parametrize("cutoff_min", [30, 60, 120, 180])
@pytest.mark.parametrize("panels", [1, 3])
def test_no_two_minutes_under_the_bars_run_into_each_other(cutoff_min: int, panels: int, drawn: list[Figure]) -> None:
    people = np.ones(cutoff_min // 2 + 1)
    distribution([("À pied", people)] * panels, threshold_min=20, cutoff_min=cutoff_min, bin_min=2)
    drawn[0].draw_without_rendering()
    for axes in drawn[0].axes:
        shown = [text for text in axes.get_xticklabels() if text.get_text()]
        assert shown[-1].get_text() == f">\u00a0{cutoff_min}"
        assert keep_apart(shown), [text.get_text() for text in shown]


@pytest.mark.parametrize("cutoff_min", [60, 180])
def test_no_two_minutes_under_the_curves_run_into_each_other(cutoff_min: int, drawn: list[Figure]) -> None:
    line = Line("Maillage", np.array([5.0, 20.0, float(cutoff_min)]), np.array([0.1, 0.8, 1.0]))
    coverage_curves([("À pied", [line])] * 3, threshold_min=20)
    drawn[0].draw_without_rendering()
    for axes in drawn[0].axes:
        low, high = axes.get_xlim()
        assert keep_apart([text for text in axes.get_xticklabels() if low <= text.get_position()[0] <= high])


def test_every_inhabitant_is_in_one_bar(results: Results) -> None:
    people = results.demand["population"].to_numpy(float)
    minutes = results.access("aujourdhui", "walk").travel_time_min
    assert people_by_bin(minutes, people, 60.0).sum() == pytest.approx(people.sum())


def test_intervals_of_communes_hold_their_share_and_come_most_covered_first(results: Results) -> None:
    spreads = ranked_spreads(results, "aujourdhui", "walk", half_min=2.0)
    assert [item.share for item in spreads] == sorted((item.share for item in spreads), reverse=True)
    assert all(item.low_share <= item.share <= item.high_share for item in spreads)
    assert all(not item.p10_min > item.median_min for item in spreads)


def test_a_median_beyond_the_cut_off_still_has_its_row() -> None:
    nowhere = Spread("Loin", 0.0, 0.0, 0.0, np.nan, np.nan, np.nan)
    assert "<svg" in commune_ranking([nowhere], threshold_min=20, half_min=2, cutoff_min=60)


def test_a_band_without_width_is_drawn() -> None:
    assert "<svg" in band_chart([Band("une seule valeur", 0.5, 0.5, 0.5)])


def test_communes_take_the_colour_of_their_share(results: Results) -> None:
    base_map = BaseMap(results)
    shares = np.array([0.1, 0.2, 0.5, 0.7, 1.0, np.nan])
    svg = share_maps(base_map, [("Tout", shares)], columns=1, width_mm=60)
    assert all(colour in svg for colour in SHARE_COLOURS)


def test_two_areas_keep_their_order_only_where_one_leads_at_each_of_the_three_thresholds() -> None:
    def spread(low: float, share: float, high: float) -> Spread:
        return Spread("x", share, low, high, 9.0, 5.0, 15.0)

    ahead, behind = spread(0.4, 0.6, 0.8), spread(0.3, 0.5, 0.7)  # their bars overlap
    crossing, even = spread(0.5, 0.55, 0.6), spread(0.4, 0.55, 0.75)
    assert steady_pairs([ahead, behind]) == steady_pairs([behind, ahead]) == 1
    assert steady_pairs([ahead, crossing]) == steady_pairs([ahead, even]) == steady_pairs([ahead, ahead]) == 0
    assert steady_pairs([ahead, behind, even]) == 2
    assert steady_pairs([ahead]) == steady_pairs([]) == 0


def test_areas_that_overlap_or_have_holes_are_drawn_all_the_same(results: Results) -> None:
    areas = results.areas.copy()
    shapes = list(areas.geometry)
    shapes[0] = shapes[0].buffer(200).difference(shapes[0].centroid.buffer(100))
    base_map = BaseMap(replace(results, areas=areas.set_geometry(shapes, crs=areas.crs)))
    assert "<svg" in share_maps(base_map, [("Tout", np.full(6, 0.5))], columns=1, width_mm=60)


def test_light_to_dark_the_shares_stay_in_order_in_a_grey_print() -> None:
    grey = [np.dot([int(c[i : i + 2], 16) for i in (1, 3, 5)], [0.299, 0.587, 0.114]) for c in SHARE_COLOURS]
    assert all(before - after > 15 for before, after in itertools.pairwise(grey))


def test_a_map_without_water_services_or_marks_is_drawn(results: Results) -> None:
    base_map = BaseMap(replace(results, water=None))
    svg = with_legend(people_map(base_map, np.zeros(300, dtype=np.int64), ("#123456",), width_mm=50), [], columns=1)
    assert "data:image/png;base64," in svg


def test_every_inhabited_place_has_its_colour_and_the_farthest_stay_on_top() -> None:
    classes = time_classes((20.0,), headline_min=20.0, cutoff_min=60.0)
    ranks = class_numbers(np.array([0.0, 19.9, 20.0, 60.0, np.nan], dtype=np.float32), classes)
    assert ranks.tolist() == [0, 0, 1, 2, 2]


def test_a_named_map_writes_the_share_of_each_commune(results: Results) -> None:
    bare = labelled_share_map(BaseMap(results), np.full(6, np.nan), width_mm=80)
    named = labelled_share_map(BaseMap(results), np.linspace(0, 1, 6), width_mm=80)
    assert len(named) > len(bare)


def test_the_users_own_settings_do_not_change_a_picture() -> None:
    expected = coverage_curves([("À pied", [LINE])], threshold_min=20)
    with mpl.rc_context({"font.size": 30, "svg.fonttype": "none"}), drawing_style():
        assert coverage_curves([("À pied", [LINE])], threshold_min=20) == expected


def test_coordinates_are_kept_to_a_hundredth_of_a_point() -> None:
    svg = coverage_curves([("À pied", [LINE])], threshold_min=20)
    paths = re.findall(r' d="([^"]*)"', svg)
    assert not any(re.search(r"\.\d{3}", path) for path in paths)
    assert svg_text(new_figure(10, 10)).count("<svg") == 1
