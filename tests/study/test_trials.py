"""A trial that the page saved: read, folded as the page folds it, one more scenario of its study."""

from __future__ import annotations

import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from access92.errors import InputError
from access92.outputs.pages import template_text
from access92.run.check import check_study
from access92.scenarios.page_trials import run_folder_of, trial_study, with_page_trial
from access92.study.read import read_study, validated_study
from access92.study.trials import FORMAT, VERSION, check_trial, fold_actions, read_trial
from tests.outputs.node_scripts import needs_node, run_script
from tests.toy_study import lon_lat, write_toy_study

LON, LAT = lon_lat(4, 1)
NAME = 'Point "A" \\ d’accès'
ACTIONS: list[dict[str, Any]] = [
    {"kind": "add_service", "service_id": "essai-1", "name": NAME, "service_kind": "sst", "lon": 2.2, "lat": 48},
    {"kind": "move_service", "service_id": "essai-1", "lon": LON, "lat": LAT},
    {"kind": "remove_service", "service_id": "S2"}, {"kind": "count_service", "service_id": "S2"},
    {"kind": "remove_service", "service_id": "S1"},
    {"kind": "move_service", "service_id": "S3", "lon": LON, "lat": LAT},
    {"kind": "set_speed", "mode": "walk", "speed_kmh": 4}, {"kind": "set_threshold", "threshold_min": 7},
]  # fmt: skip


def trial_of(actions: list[dict[str, Any]], **more: object) -> dict[str, Any]:
    content = {"format": FORMAT, "version": VERSION, "name": "Déplacé, là-bas", "scenario": "sst", "actions": actions}
    return {**content, **more}


def test_a_trial_is_one_more_scenario_based_on_its_own(tmp_path: Path) -> None:
    study = read_study(write_toy_study(tmp_path))
    path = tmp_path / "essai.json"
    path.write_text(json.dumps(trial_of(ACTIONS)), encoding="utf-8")
    made, scenarios = with_page_trial(study, path, scenarios=["tous"])
    assert scenarios == ["tous", "sst", "deplace-la-bas"]
    last = made.scenarios[-1]
    assert made.scenarios[:-1] == study.scenarios
    assert (last.name, last.title) == ("deplace-la-bas", "Déplacé, là-bas")
    assert (last.based_on, last.include) == ("sst", ("S2",))
    assert [change.model_dump(exclude_defaults=True) for change in last.changes] == [
        {"kind": "remove_service", "service_id": "S1"},
        {"kind": "move_service", "service_id": "S3", "lon": LON, "lat": LAT},
        {"kind": "add_service", "service_id": "essai-1", "name": NAME, "service_kind": "sst", "lon": LON, "lat": LAT},
        {"kind": "set_speed", "mode": "walk", "speed_kmh": 4.0},
    ]  # fmt: skip
    assert made.analysis.thresholds_min == (2, 5, 7, 10)
    assert made.analysis.threshold_min == 5
    assert (made.file, made.sha256) == (study.file, study.sha256)
    assert validated_study(made).trial == made.trial != ""
    assert study.trial == ""
    assert run_folder_of(made).as_posix() == "maps/essai-deplace-la-bas"
    assert check_study(made).modes


def test_a_service_that_a_scenario_changed_is_named_as_the_study_names_it(tmp_path: Path) -> None:
    study = read_study(write_toy_study(tmp_path))
    made, name = trial_study(study, trial_of([{"kind": "remove_service", "service_id": "S1@sst"}], name="sst"))
    assert name == "sst-2"
    assert [change.model_dump()["service_id"] for change in made.scenarios[-1].changes] == ["S1"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"format": "autre"}, "n'est pas un essai"),
        (trial_of([], version=2), "Version d'essai inconnue"),
        (trial_of([], scenario=None), "de quel scénario il part"),
        (trial_of([{"kind": "add_servise"}]), "Action inconnue : « add_servise »"),
        (trial_of([{"kind": "move_service", "service_id": "S1"}]), "n'a pas lon, lat"),
        (trial_of([], scenario="sts"), "scénario inconnu : « sts »"),
        (trial_of([{"kind": "set_speed", "mode": "walk", "speed_kmh": -1}]), "speed_kmh"),
        (trial_of([{**ACTIONS[0], "service_kind": "autre"}]), "autre"),
        ([], "n'est pas un essai"),
    ],
)
def test_what_is_no_trial_of_the_study_is_refused_with_its_reason(content: object, words: str, tmp_path: Path) -> None:
    study = read_study(write_toy_study(tmp_path))
    path = tmp_path / "essai.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(InputError) as refused:
        with_page_trial(study, path)
    assert words in str(refused.value)


def test_a_file_that_is_not_json_or_not_there_is_refused(tmp_path: Path) -> None:
    (tmp_path / "essai.json").write_text("{", encoding="utf-8")
    for name in ("essai.json", "absent.json"):
        with pytest.raises(InputError):
            read_trial(tmp_path / name)


def test_every_fault_of_a_trial_is_told_at_once() -> None:
    with pytest.raises(InputError) as refused:
        check_trial(trial_of([{"kind": "fly"}, {"kind": "close_street"}]), where="essai.json")
    assert len(refused.value.faults) == 2


def page_toml(trial: dict[str, Any], ids: dict[str, str]) -> str:
    """The TOML of a trial as the page writes it."""
    script = f"""
        const A92 = {{}};
        {template_text("run_map_trials.js")}
        {template_text("run_map_toml.js")}
        const ids = new Map(Object.entries(input.ids));
        console.log(JSON.stringify(A92.Toml.scenario(input.trial, {{ scenarios: ["tous", "sst"], ids }})));
    """
    return str(run_script(script, {"trial": trial, "ids": ids}))


@needs_node
def test_the_scenario_that_the_page_exports_is_accepted_and_is_the_one_that_the_trial_makes(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    street = {"edge_ids": ["w1-0"]}
    trial = trial_of([*ACTIONS, {"kind": "close_street", **street}, {"kind": "open_street", **street}])
    made, _ = trial_study(read_study(file), trial)
    file.write_text(file.read_text("utf-8") + "\n" + page_toml(trial, {}), encoding="utf-8")
    pasted = read_study(file)
    assert check_study(pasted).modes
    ours, theirs = made.scenarios[-1], pasted.scenarios[-1]
    assert theirs.model_dump(exclude={"description"}) == ours.model_dump(exclude={"description"})


@needs_node
@pytest.mark.parametrize(
    "name", ['a"b\\c', "tab\there\nline", "\u2028 \x00 \x1f \x7f", "‘é’ 😀", "]]\n[[scenario]]\nname = 'x'", "#"]
)
def test_a_hostile_name_stays_a_text_of_the_exported_scenario(name: str, tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    added = {**ACTIONS[0], "name": name, "lon": LON, "lat": LAT}
    text = page_toml(trial_of([added], name=name), {})
    file.write_text(file.read_text("utf-8") + "\n" + text, encoding="utf-8")
    study = read_study(file)
    assert len(study.scenarios) == 3
    shown = re.sub(r"[\x00\x1f\x7f]", "\N{REPLACEMENT CHARACTER}", name)  # no study may hold them
    assert study.scenarios[-1].title == shown
    assert study.scenarios[-1].changes[0].model_dump()["name"] == shown.strip()


@needs_node
def test_python_and_the_page_fold_actions_alike() -> None:
    draw = random.Random(92)
    lists = [[drawn(draw) for _ in range(draw.randint(0, 9))] for _ in range(60)]
    script = f"""
        const A92 = {{}};
        {template_text("run_map_trials.js")}
        console.log(JSON.stringify(input.map(A92.Trial.compact)));
    """
    compact: Any = run_script(script, lists)
    assert [fold_actions(short) for short in compact] == [fold_actions(actions) for actions in lists]


def drawn(draw: Any) -> dict[str, Any]:
    """An action of the page at random, on few services and streets so that they meet."""
    name, at = draw.choice(["A", "B", "essai-1"]), {"lon": draw.randint(1, 3), "lat": draw.randint(40, 42)}
    return dict(
        draw.choice([
            {"kind": "add_service", "service_id": "essai-1", "name": "n", "service_kind": "sst", **at},
            {"kind": "move_service", "service_id": name, **at}, {"kind": "remove_service", "service_id": name},
            {"kind": "count_service", "service_id": draw.choice("AB")},
            {"kind": "close_street", "edge_ids": draw.sample("xyz", 2)},
            {"kind": "open_street", "edge_ids": [draw.choice("xyz")]},
            {"kind": "set_speed", "mode": "walk", "speed_kmh": draw.choice([3, 4, None])},
            {"kind": "set_threshold", "threshold_min": draw.choice([7, 8, None])},
        ])
    )  # fmt: skip
