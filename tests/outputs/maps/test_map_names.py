"""Where the maps write names: never over another name, and not under the mark of a service where there is room."""

from __future__ import annotations

from access92.outputs.pages import template_text
from tests.outputs.node_scripts import needs_node, run_script

pytestmark = needs_node


def written(names: list[tuple[str, float, float]], marks: list[tuple[float, float]]) -> dict[str, tuple[float, float]]:
    """Where names are written (pixels) on a view of 400 × 300; each sign is 6 pixels wide, letters 10 high."""
    script = f"""
        const A92 = {{}}, L = {{ Layer: {{ extend: () => null }} }};
        {template_text("map_names.js")}
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


def along(names: list[dict[str, object]], marks: list[list[float]]) -> list[str]:
    """Which names are written, of streets and others, on a view of 400 × 300."""
    script = f"""
        const A92 = {{}}, L = {{ Layer: {{ extend: () => null }} }};
        {template_text("map_names.js")}
        const none = () => null;
        const context = {{ strokeText: none, fillText: none, save: none, restore: none, translate: none, rotate: none,
          measureText: (text) => ({{ width: 6 * text.length }}) }};
        const names = input.names.map(name => ({{ from: 10, font: "", high: 10, ...name }}));
        A92.drawNames(() => names, () => input.marks)(context, 1, {{ x: 0, y: 0 }}, 12, {{ x: 400, y: 300 }});
        console.log(JSON.stringify(A92.drawNames.drawn));
    """
    found = run_script(script, {"names": names, "marks": marks})
    assert isinstance(found, list)
    return found


def test_a_street_s_name_gives_way_to_a_place_a_mark_and_another_street() -> None:
    street = {"text": "Avenue de Paris", "at": [200, 150], "turn": 1.0}
    town = {"text": "Sèvres", "at": [200, 150]}
    assert along([street], []) == ["Avenue de Paris"]
    assert along([street, town], []) == ["Sèvres"]
    assert along([street], [[210, 165]]) == []
    assert along([street], [[240, 150]]) == ["Avenue de Paris"]  # beside a street that is turned
    assert along([street, {**street, "text": "Rue de Rome", "turn": -1.0}], []) == ["Avenue de Paris"]


def test_a_commune_that_has_no_room_at_its_middle_is_named_beside_it() -> None:
    names: list[dict[str, object]] = [
        {"text": "Vanves", "at": [200, 150], "kind": "commune"},
        {"text": "Malakoff", "at": [210, 152], "kind": "commune"},
    ]  # fmt: skip
    assert along(names, []) == ["Vanves", "Malakoff"]
    assert along([{**name, "kind": "place"} for name in names], []) == ["Vanves"]
