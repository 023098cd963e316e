"""The list of what a reader of the page tries: plain objects, folded into what they amount to (Node)."""

from __future__ import annotations

from access92.outputs.pages import template_text
from access92.study.trials import _slug
from tests.outputs.node_scripts import needs_node, run_script

_SCRIPT = "const A92 = {};\n" + template_text("run_map_trials.js") + "\nconsole.log(JSON.stringify(({body})(input)));"

_PLAIN = """list => {
  const fold = A92.Trial.fold(list);
  return { ...fold, moved: [...fold.moved], removed: [...fold.removed], counted: [...fold.counted],
    closed: [...fold.closed], speeds: [...fold.speeds] };
}"""

_ADDED = {"kind": "add_service", "service_id": "essai-1", "name": "Un", "service_kind": "pmi", "lon": 2.2, "lat": 48.8}


def _fold(actions: list[dict[str, object]]) -> object:
    return run_script(_SCRIPT.replace("{body}", _PLAIN), actions)


@needs_node
def test_a_later_action_holds_over_an_earlier_one() -> None:
    folded = _fold([
        _ADDED,
        {"kind": "move_service", "service_id": "essai-1", "lon": 2.3, "lat": 48.9},
        {"kind": "remove_service", "service_id": "S1"},
        {"kind": "remove_service", "service_id": "S2"},
        {"kind": "count_service", "service_id": "S2"},
        {"kind": "close_street", "edge_ids": ["a", "b"]},
        {"kind": "open_street", "edge_ids": ["a"]},
        {"kind": "set_speed", "mode": "walk", "speed_kmh": 4},
        {"kind": "set_threshold", "threshold_min": 17},
    ])  # fmt: skip
    assert folded == {
        "added": [{**_ADDED, "lon": 2.3, "lat": 48.9}], "moved": [], "removed": ["S1"], "counted": ["S2"],
        "closed": ["b"], "speeds": [["walk", 4]], "threshold": 17,
    }  # fmt: skip


@needs_node
def test_a_service_that_was_added_and_removed_leaves_nothing() -> None:
    folded = _fold([_ADDED, {"kind": "remove_service", "service_id": "essai-1"}])
    assert folded == _fold([])


@needs_node
def test_the_shortest_list_amounts_to_the_same() -> None:
    actions = [
        _ADDED,
        {"kind": "move_service", "service_id": "S1", "lon": 2.3, "lat": 48.9},
        {"kind": "remove_service", "service_id": "S2"},
        {"kind": "set_speed", "mode": "walk", "speed_kmh": 4},
        {"kind": "set_speed", "mode": "walk", "speed_kmh": None},
        {"kind": "close_street", "edge_ids": ["a"]},
        {"kind": "close_street", "edge_ids": ["b"]},
    ]
    compact = run_script(_SCRIPT.replace("{body}", "A92.Trial.compact"), actions)
    assert isinstance(compact, list)
    assert len(compact) == 4
    assert _fold(compact) == _fold(actions)


@needs_node
def test_what_another_wrote_is_checked_action_by_action() -> None:
    good = [_ADDED, {"kind": "close_street", "edge_ids": ["a"]}, {"kind": "set_threshold", "threshold_min": 60}]
    bad = [
        None, {"kind": "add_service", "service_id": "x"}, {"kind": "close_street", "edge_ids": []},
        {"kind": "set_threshold", "threshold_min": 61}, {"kind": "set_speed", "mode": "walk", "speed_kmh": 9},
        {"kind": "fly"}, {"kind": "move_service", "service_id": "S1", "lon": "2", "lat": 48},
    ]  # fmt: skip
    faults = run_script(_SCRIPT.replace("{body}", "list => list.map(A92.Trial.fault)"), [*good, *bad])
    assert isinstance(faults, list)
    assert faults[:3] == ["", "", ""]
    assert all(faults[3:])


@needs_node
def test_a_trial_has_one_name_in_the_page_and_in_a_run() -> None:
    titles = [
        "Essai",
        "essai",
        "L’école d’Issy",
        "L'école d'Issy",
        "Cœur de ville",
        "…",
        "É" * 50,
        "a-" * 30,
        "Ⅳ №5",
        "Ægir",
    ]
    taken = ["essai", "essai-2", "l-ecole-d-issy", "e" * 40]
    toml = _SCRIPT.replace("{body}", "A92.Toml.slug").replace("(input)", "(...input)")
    toml = toml.replace("const A92 = {};\n", "const A92 = {};\n" + template_text("run_map_toml.js"))
    for title in titles:
        assert run_script(toml, [title, taken]) == _slug(title, taken), title


@needs_node
def test_a_new_identifier_is_nobody_elses() -> None:
    script = _SCRIPT.replace("{body}", "list => A92.Trial.newId(list, ['essai-2'])")
    assert run_script(script, [_ADDED]) == "essai-3"
