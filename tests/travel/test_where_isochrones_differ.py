"""Where two isochrones differ is found by their sides, and never too narrowly."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from access92.travel import cached_isochrones
from access92.travel.cached_isochrones import _where_they_differ


def towns(*corners: tuple[float, float]) -> shapely.MultiPolygon:
    """A large shape with a hole, and a small one beside it with those corners at its north-east."""
    large = shapely.Polygon([(0, 0), (50, 0), (50, 50), (0, 50)], holes=[[(10, 10), (20, 10), (20, 20), (10, 20)]])
    small = shapely.Polygon([(60, 0), (70, 0), *corners, (60, 10)])
    return shapely.MultiPolygon([large, small])


def test_the_box_is_around_the_sides_that_only_one_has() -> None:
    one, other = towns((70, 10)), towns((75, 15))
    assert _where_they_differ(one, one) is None
    assert _where_they_differ(one, towns((70, 10))) is None
    assert _where_they_differ(one, other) == _where_they_differ(other, one) == (59.0, -1.0, 76.0, 16.0)
    assert _where_they_differ(one, shapely.MultiPolygon([one.geoms[0]])) == (59.0, -1.0, 71.0, 11.0)
    assert _where_they_differ(shapely.MultiPolygon(), shapely.MultiPolygon()) is None


def test_a_ring_that_is_drawn_the_other_way_round_is_the_same() -> None:
    one = towns((70, 10))
    assert _where_they_differ(one, shapely.MultiPolygon([shapely.reverse(part) for part in one.geoms])) is None


def test_sides_that_share_a_word_without_being_equal_only_make_the_box_larger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cached_isochrones, "_words", lambda rows: np.zeros(len(rows), dtype=np.uint64))
    box = _where_they_differ(towns((70, 10)), towns((75, 15)))
    assert box is not None
    assert max(box[0] - 59, box[1] + 1, 76 - box[2], 16 - box[3]) <= 0
