"""Where the maps write names: never over another name, and not under the mark of a service where there is room."""

from __future__ import annotations

from access92.outputs.pages import template_text
from tests.outputs.node_scripts import needs_node, run_script

pytestmark = needs_node


def written(names: list[tuple[str, float, float]], marks: list[tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Where names are written (pixels) on a view of 400 × 300; each sign is 6 pixels wide, letters 10 high."""
    script = f"""
        const A92 = {{}}, L = {{ Layer: {{ extend: () => null }} }};
        {template_text("map_drawing.js")}
        const found = {{}}, context = {{
          strokeText: () => null, fillText: (text, x, y) => {{ found[text] = [x, y]; }},
          measureText: (text) => ({{ width: 6 * text.length }}),
        }};
        const names = input.names.map(([text, x, y]) => ({{ text, at: [x, y], from: 10, font: "", high: 10 }}));
        A92.drawNames(() => names, () => input.marks)(context, 1, {{ x: 0, y: 0 }}, 12, {{ x: 400, y: 300 }});
        console.log(JSON.stringify(found));
    """
    found = run_script(script, {"names": names, "marks": marks})
    assert isinstance(found, dict)
    return {name: (x, y) for name, (x, y) in found.items()}


def test_a_name_without_a_mark_on_it_stays_at_its_place() -> None:
    assert written([("Sèvres", 100, 100)], [(200, 200)]) == {"Sèvres": (100, 100)}


def test_a_name_under_a_mark_moves_off_it() -> None:
    for across, down in ((0, 0), (15, 0), (0, 8), (-20, -8)):
        (x, y) = written([("Sèvres", 100, 100)], [(100 + across, 100 + down)])["Sèvres"]
        assert x == 100
        assert abs(y - (100 + down)) >= 10 + 5  # half a mark and half a letter
        assert abs(y - 100) < 25


def test_a_name_that_leaves_a_mark_comes_over_no_other_name() -> None:
    names = [("Au-dessus", 100, 82), ("Sèvres", 100, 100)]
    found = written(names, [(110, 100)])
    assert found["Au-dessus"] == (100, 82)
    assert found["Sèvres"][1] > 100 + 10


def test_a_name_without_room_over_and_under_a_mark_goes_beside_it() -> None:
    names = [("Au-dessus", 100, 84), ("Au-dessous", 100, 116), ("Bois-Colombes", 100, 100)]
    found = written(names, [(80, 100)])
    x, y = found["Bois-Colombes"]
    assert y == 100
    assert x == 80 + 10 + (6 * len("Bois-Colombes") / 2 + 3)


def test_a_name_that_moves_takes_the_place_of_no_other() -> None:
    names = [("Châtillon", 100, 100), ("Clamart", 50, 82), ("Vanves", 100, 120), ("Malakoff", 150, 82)]
    for across in (-15, 0, 15):
        assert len(written(names, [(100 + across, 100)])) == len(names)


def test_a_name_surrounded_by_marks_is_still_written() -> None:
    marks = [(100, y) for y in range(60, 141, 10)]
    assert written([("Sèvres", 100, 100)], [(x, y) for x, y in marks]) == {"Sèvres": (100, 100)}


def test_names_that_touch_are_left_out_after_the_first() -> None:
    assert set(written([("Paris", 100, 100), ("Vanves", 110, 104)], [])) == {"Paris"}
