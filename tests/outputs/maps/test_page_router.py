"""The page computes what a run computes: scenarios, services added, moved and removed, closed streets, speeds."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from shapely import Point

from access92.outputs.maps.run_map.page import write_run_map
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from access92.study.schemas import ANY, TOTAL
from tests.conftest import ROOT
from tests.outputs.chromium import find_chromium
from tests.outputs.run_map_browser import ALL_FIGURES, Opened, open_run_map
from tests.random_studies import write_random_study
from tests.toy_study import GOOD_STUDY, SIZE, lon_lat, write_toy_study

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(find_chromium() is None, reason="no Chromium on the path (set CHROMIUM to its executable)"),
]

CLOSE = 0.01  # people: the page sums float32 values

TOWN = (
    GOOD_STUDY.replace('modes = ["walk", "car"]', 'modes = ["walk", "bike", "car"]')
    + """
[[public]]
name = "seniors"
title = "65 ans et plus"
column = "population"
walk_mode = "walk_senior"
"""
)


@dataclass(frozen=True)
class Tried:
    """A scenario of a run that changes the first one, and the same as actions of the page."""

    changes: str
    actions: list[dict[str, Any]]


def _toml(action: dict[str, Any]) -> str:
    """One action as the change of a study file."""
    lines = [f"{key} = {json.dumps(value)}\n" for key, value in action.items()]
    return "[[scenario.change]]\n" + "".join(lines)


def _degrees(lon: float, lat: float) -> dict[str, float]:
    return {"lon": round(float(lon), 6), "lat": round(float(lat), 6)}


def _trials(results: Results, rng: np.random.Generator, count: int) -> list[Tried]:
    """Random trials of each kind, alone and together."""
    ids = results.services["service_id"].astype(str).tolist()
    edges = results.street_routers[0].router.links.streets["edge_id"].astype(str).tolist()
    trials = []
    for number in range(count):
        lon, lat = lon_lat(*rng.uniform(-0.5, SIZE - 0.5, 2))
        added = {
            "kind": "add_service", "service_id": f"N{number}", "name": "Essai", "service_kind": "pmi",
            **_degrees(lon, lat),
        }  # fmt: skip
        lon, lat = lon_lat(*rng.uniform(0, SIZE - 1, 2))
        moved = {
            "kind": "move_service",
            "service_id": ids[number % len(ids)],
            "lon": round(lon, 6),
            "lat": round(lat, 6),
        }
        closed = {"kind": "close_street", "edge_ids": [str(edge) for edge in rng.choice(edges, 4, replace=False)]}
        speed = {"kind": "set_speed", "mode": "walk", "speed_kmh": float(rng.integers(20, 61)) / 10}
        removed = {"kind": "remove_service", "service_id": ids[(number + 1) % len(ids)]}
        actions = ([added], [moved], [closed], [speed], [added, moved, closed, speed], [added, removed, closed])[
            number % 6
        ]
        trials.append(Tried("".join(map(_toml, actions)), actions))
    return trials


FIGURES = """async ([actions, scenario]) => {
  const app = A92.app, data = app.data, model = app.model, found = {};
  await app.trials.set(actions);
  const trial = app.state.trial, limit = model.limit(data.headline.threshold);
  for (const mode of data.modes) {
    await model.load(scenario, mode.name);
    const nearest = model.nearest(scenario, mode.name, "any", trial), of = {};
    of.ms = Array.from(nearest.ms);
    of.sums = {};
    for (const item of data.publics)
      for (const threshold of data.thresholds)
        of.sums[item.name + "/" + threshold] = Array.from(model.sums(nearest.code, item.name, model.limit(threshold)));
    of.sole = {};
    for (const provider of model.rows(scenario, "any", trial).concat(trial.places.map((_, i) => -2 - i))) {
      const reach = model.reach(scenario, mode.name, "any", trial, provider, "all", limit);
      const id = provider < 0 ? trial.places[-2 - provider].id : data.services[provider].id;
      of.sole[id] = [reach.reached, reach.sole, reach.place];
    }
    found[mode.name] = of;
  }
  return found;
}"""
"""Under a list of actions: by mode the milliseconds of all homes, people covered, what each service alone covers."""


def check_trial(opened: Opened, scenario: str, results: Results, tried: str, actions: list[dict[str, Any]]) -> None:
    """The page under these actions on ``scenario`` has every figure of the scenario ``tried`` of ``results``."""
    opened.page.evaluate("name => A92.app.set({ scenario: name })", scenario)
    found = opened.page.evaluate(FIGURES, [actions, scenario])
    ids = [*results.areas["area_id"], TOTAL]
    table = results.coverage.set_index(["scenario", "mode", "rule", "public", "threshold_min", "area_id"])
    covered = table["population_covered"]
    for mode, figures in found.items():
        access = results.access(tried, mode)
        ms = np.array(figures["ms"], dtype=np.int64)
        minutes = np.where(ms == 2**31 - 1, np.nan, ms / 60_000).astype(np.float32)
        np.testing.assert_array_equal(minutes, access.travel_time_min)
        for name, sums in figures["sums"].items():
            public, threshold = name.split("/")
            if mode in next(item for item in results.publics if item.name == public).travel_modes:
                expected = [covered[tried, mode, "any", public, float(threshold), area] for area in ids]
                np.testing.assert_allclose([*sums[:-2], sums[-1]], expected, atol=CLOSE)
        check_providers(figures["sole"], results, tried, mode)
    check_ledger(opened, results, tried)


def check_ledger(opened: Opened, results: Results, tried: str) -> None:
    """Who gains and loses cover by what is tried, who gets there sooner and later, as the ledger has it."""
    opened.update({"view": "difference", "base": "same"})
    mode = str(opened.page.evaluate("A92.app.state.mode"))
    sums = opened.page.evaluate("A92.app.sums.parts.map(part => Array.from(part))")
    table = results.changes.ledger.set_index(["scenario", "mode", "rule", "public", "area_id"])
    gained, lost, sooner, later = (np.array([*part[:-2], part[-1]]) for part in sums)
    found = {
        "population_gained": gained, "population_lost": lost,
        "population_faster": gained + sooner, "population_slower": lost + later,
    }  # fmt: skip
    for column, part in found.items():
        expected = [table[column][tried, mode, ANY, "all", area] for area in (*results.areas["area_id"], TOTAL)]
        np.testing.assert_allclose(part, expected, atol=CLOSE, err_msg=column)
    opened.update({"view": "times"})


def check_providers(found: dict[str, list[float]], results: Results, tried: str, mode: str) -> None:
    """What each service covers, and alone, is what the table of providers has."""
    table = results.changes.sole
    table = table[(table["scenario"] == tried) & (table["mode"] == mode) & (table["area_id"] == TOTAL)]
    for row in table.to_dict("records"):
        reached, sole, place = found[str(row["service_id"]).partition("@")[0]]  # of a scenario: id@scenario
        np.testing.assert_allclose(
            [reached, sole, place],
            [row["population_reached"], row["population_sole"], row["population_sole_place"]], atol=CLOSE,
        )  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("seed", [3, 8, 11])
def test_every_figure_of_a_random_study_is_computed_in_the_page(seed: int, tmp_path: Path, browser: Browser) -> None:
    results = run_study(read_study(write_random_study(tmp_path / "study", seed)))
    with open_run_map(browser, write_run_map(results, tmp_path)) as opened:
        found = opened.page.evaluate(ALL_FIGURES)
        assert opened.said == []
    key = ["scenario", "mode", "rule", "public", "threshold_min", "area_id"]
    table = results.coverage.set_index(key)["population_covered"]
    ids = [*results.areas["area_id"], TOTAL]
    assert results.scenario_times  # some scenario has other streets or speeds
    for scenario, mode, rule, public, threshold, sums in found:
        expected = [table[scenario, mode, rule, public, threshold, area] for area in ids]
        np.testing.assert_allclose([*sums[:-2], sums[-1]], expected, atol=CLOSE)


def test_trials_have_the_figures_of_a_run_with_the_same_changes(tmp_path: Path, browser: Browser) -> None:
    plain = write_toy_study(tmp_path, study=TOWN)
    trials = _trials(run_study(read_study(plain)), np.random.default_rng(92), 12)
    scenarios = "".join(
        f'[[scenario]]\nname = "essai-{number}"\ntitle = "Essai {number}"\nbased_on = "tous"\n{trial.changes}'
        for number, trial in enumerate(trials)
    )
    results = run_study(read_study(write_toy_study(tmp_path, study=TOWN + scenarios)))
    bare = run_study(read_study(write_toy_study(tmp_path, study=TOWN)))
    with open_run_map(browser, write_run_map(bare, tmp_path)) as opened:
        for number, trial in enumerate(trials):
            check_trial(opened, "tous", results, f"essai-{number}", trial.actions)
        assert opened.said == []


@pytest.mark.slow
def test_twenty_random_places_have_the_figures_of_a_run_of_the_shipped_study(tmp_path: Path, browser: Browser) -> None:
    text = (ROOT / "data" / "studies" / "sosms.toml").read_text(encoding="utf-8")
    head = text[: text.index("[sensitivity]")]
    for folder in (ROOT / "data").iterdir():  # the study stands beside the data as the shipped one does
        if folder.is_dir() and folder.name != "studies":
            (tmp_path / folder.name).symlink_to(folder)
    (tmp_path / "studies").mkdir()
    publics = "".join(
        f'[[public]]\nname = "{name}"\ntitle = "{name}"\ncolumn = "{column}"\nwalk_mode = "{mode}"\n'
        for name, column, mode in (("seniors", "ind_65_79", "walk_senior"), ("petits", "ind_0_3", "walk_stroller"))
    )
    first = '[[scenario]]\nname = "maillage"\ntitle = "Maillage"\nkinds = ["sst", "pole_social"]\n'
    (tmp_path / "studies" / "bare.toml").write_text(head + publics + first, encoding="utf-8")
    bare = run_study(read_study(tmp_path / "studies" / "bare.toml"))
    rng = np.random.default_rng(20)
    west, south, east, north = bare.areas.to_crs(4326).total_bounds
    inside = bare.areas.to_crs(4326).union_all()
    places: list[dict[str, float]] = []
    while len(places) < 20:
        place = _degrees(rng.uniform(west, east), rng.uniform(south, north))
        if inside.contains(Point(place["lon"], place["lat"])):
            places.append(place)
    actions = [
        {"kind": "add_service", "service_id": f"N{number}", "name": "Essai", "service_kind": "sst", **place}
        for number, place in enumerate(places)
    ]
    scenarios = "".join(
        f'[[scenario]]\nname = "essai-{number}"\ntitle = "Essai"\nbased_on = "maillage"\n{_toml(action)}'
        for number, action in enumerate(actions)
    )
    (tmp_path / "studies" / "tried.toml").write_text(head + publics + first + scenarios, encoding="utf-8")
    results = run_study(read_study(tmp_path / "studies" / "tried.toml"))
    with open_run_map(browser, write_run_map(bare, tmp_path)) as opened:
        opened.page.set_default_timeout(60_000)
        for number, action in enumerate(actions):
            check_trial(opened, "maillage", results, f"essai-{number}", [action])
        assert opened.said == []
