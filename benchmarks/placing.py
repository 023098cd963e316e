"""``python -m benchmarks.placing EXTRACT SQUARES``: people along streets, on buildings, at centres, beside each other.

The same people (squares of 200 m), the same streets (an OpenStreetMap extract with its buildings) and the same services,
placed in the three ways of ``[population] place_on``: coverage by commune, and whose verdict changes. Writes
``docs/lieux.md``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from access92.outputs.words.typography import number
from access92.progress import silent
from access92.run.study_inputs import StudyInputs, read_inputs
from access92.study.files import PopulationInput, StreetsInput
from access92.study.model import Study
from access92.study.read import read_study, validated_study
from access92.travel.matrix import nearest_service
from access92.travel.study_routers import build_routers, compute_times

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "lieux.md"
SCENARIOS = ("maillage-2024", "proximite")
MODES = ("walk", "car")
THRESHOLD_MIN = 20.0
WAYS: Mapping[str, dict[str, Any]] = {
    "rues": {"place_on": "streets"},
    "bâtiments": {"place_on": "buildings"},
    "centres": {"place_on": "centres"},
}
"""The three ways of the table: what the page calls them, and their keys in ``[population]``."""

MERGES_M = (0.0, 25.0, 100.0)
"""Beside the default, how near doors are one place."""


DEFAULT_MERGE_M = float(PopulationInput.model_fields["merge_m"].default)


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """The people of one way, and who of them is covered, by scenario and mode (bool by demand point)."""

    inputs: StudyInputs
    covered: Mapping[tuple[str, str], np.ndarray]

    def covered_by_unit(self, scenario: str, mode: str) -> pd.Series:
        """Covered people of each square in each commune."""
        demand = self.inputs.demand
        people = demand["population"].where(self.covered[scenario, mode], 0.0)
        return people.groupby([demand["unit_id"], demand["area_id"]]).sum()

    def share(self, scenario: str, mode: str, area_id: str | None = None) -> float:
        """Share of the people (of one commune) under the threshold."""
        demand = self.inputs.demand
        inside = np.ones(len(demand), dtype=bool) if area_id is None else demand["area_id"].eq(area_id).to_numpy()
        people = demand["population"].to_numpy()
        return float(people[inside & self.covered[scenario, mode]].sum() / people[inside].sum())


def main(arguments: Sequence[str] | None = None) -> int:
    """Place, compute, write the page."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.placing", description="Compare les trois placements.")
    parser.add_argument("extract", type=Path, help="extrait OpenStreetMap (.osm.pbf) avec ses bâtiments")
    parser.add_argument("squares", type=Path, help="carreaux de 200 m (x_3035, y_3035, ind)")
    parser.add_argument("--cache", type=Path, help="dossier où garder rues et temps d'un passage à l'autre")
    parser.add_argument("--print", action="store_true", help="écrire sur la sortie, et non dans docs/lieux.md")
    asked = parser.parse_args(arguments)
    shipped = read_study(ROOT / "data" / "studies" / "sosms.toml")
    placed = {name: place(shipped, asked, keys) for name, keys in WAYS.items()}
    merged = {merge_m: place(shipped, asked, WAYS["bâtiments"] | {"merge_m": merge_m}) for merge_m in MERGES_M}
    text = page(placed, merged)
    if asked.print:
        print(text)
    else:
        PAGE.write_text(text, encoding="utf-8")
        print(f"Écrit : {PAGE.relative_to(ROOT)}")
    return 0


def place(shipped: Study, asked: argparse.Namespace, keys: Mapping[str, Any]) -> Placed:
    """The people of the squares placed in one way, and the times of each to the shipped services."""
    people = {"method": "grid", "file": asked.squares.resolve(), "population_column": "ind", "cell_m": 200.0}
    study = validated_study(
        shipped.model_copy(
            update={
                "population": PopulationInput.model_validate(people | dict(keys)),
                "streets": StreetsInput(file=asked.extract.resolve()),
                "modes": MODES,
                "scenarios": tuple(item for item in shipped.scenarios if item.name in SCENARIOS),
                "publics": (),
                "commitments": (),
                "calendar": None,
                "sensitivity": None,
            }
        )
    )
    inputs = read_inputs(study, study.scenarios, cache_folder=asked.cache, on_progress=silent)
    routers = build_routers(
        inputs.plan, inputs.modes, inputs.streets, inputs.demand,
        searched_min=30.0, max_snap_m=study.analysis.max_snap_m, cache_folder=asked.cache,
    )  # fmt: skip
    with ThreadPoolExecutor(1) as pool:
        times = compute_times(routers, inputs.plan, pool, on_progress=silent)
    covered = {
        (scenario, shared.router.mode.name): nearest_service(item.times.minutes, inputs.plan.rows[scenario])[0]
        < np.float32(THRESHOLD_MIN)
        for shared, item in zip(routers, times, strict=True)
        for scenario in shared.scenarios
    }
    return Placed(inputs, covered)


def verdict_changes(before: pd.Series, after: pd.Series) -> tuple[float, float]:
    """People who are covered in one way only, at least: (lost, gained), square by square.

    Nobody knows who of a square lives where; so of the people of one square as many as can keep their verdict do.

    >>> verdict_changes(pd.Series({"a": 10.0, "b": 3.0}), pd.Series({"a": 4.0, "c": 2.0}))
    (9.0, 2.0)
    """
    difference = after.sub(before, fill_value=0.0)
    return float(-difference[difference < 0].sum()), float(difference[difference > 0].sum())


def page(placed: Mapping[str, Placed], merged: Mapping[float, Placed]) -> str:
    """The page in Markdown."""
    one = placed["bâtiments"].inputs
    names = dict(zip(one.areas["area_id"], one.areas["name"], strict=True))
    parts = [_HEAD.format(notices="\n".join(f"* {text}" for text in one.population_notices))]
    parts.append(_table(
        ["", *placed],
        [["points de population", *(number(len(item.inputs.demand)) for item in placed.values())]]
        + [
            [f"{one.modes[mode].label}, `{scenario}`", *(_percent(item.share(scenario, mode)) for item in placed.values())]
            for mode in MODES for scenario in SCENARIOS
        ],
    ))  # fmt: skip
    parts.append(_CHANGES)
    pairs = (("rues", "bâtiments"), ("centres", "bâtiments"), ("centres", "rues"))
    rows = []
    for mode in MODES:
        for scenario in SCENARIOS:
            cells = [f"{one.modes[mode].label}, `{scenario}`"]
            for first, second in pairs:
                units = (placed[name].covered_by_unit(scenario, mode) for name in (first, second))
                lost, gained = verdict_changes(*units)
                cells.append(f"{number(lost + gained)} (−{number(lost)}, +{number(gained)})")
            rows.append(cells)
    parts.append(_table(["", *(f"{first} → {second}" for first, second in pairs)], rows))
    parts.append(_COMMUNES)
    rows = [
        [names[area_id], *(_percent(item.share(scenario, "walk", area_id)) for scenario in SCENARIOS for item in placed.values())]
        for area_id in sorted(names, key=lambda area_id: names[area_id])
    ]  # fmt: skip
    parts.append(_table(["commune", *(f"`{scenario}`, {name}" for scenario in SCENARIOS for name in placed)], rows))
    parts.append(_MERGES)
    each_door = merged[0.0]
    rows = []
    for merge_m, item in sorted({**merged, DEFAULT_MERGE_M: placed["bâtiments"]}.items()):
        changes = (
            sum(
                verdict_changes(each_door.covered_by_unit(SCENARIOS[0], mode), item.covered_by_unit(SCENARIOS[0], mode))
            )
            for mode in MODES
        )
        rows.append([f"{merge_m:.0f} m", number(len(item.inputs.demand)), *(number(people) for people in changes)])
    parts.append(_table(["merge_m", "points", "verdicts changés à pied", "en voiture"], rows))
    return "\n\n".join(parts) + "\n"


def _percent(share: float) -> str:
    return number(100 * share, decimals=1)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *(["--:"] * (len(head) - 1))], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


_HEAD = """# Où placer les habitants d'un carreau : rues, bâtiments, centres

Page écrite par `python -m benchmarks.placing EXTRAIT CARREAUX` : carreaux de 200 m de Filosofi 2021 (INSEE), calés sur les populations légales 2023 des 36
communes ; rues et bâtiments d'OpenStreetMap, août 2021 (© les contributeurs d'OpenStreetMap, ODbL) ; services de l'étude livrée ; seuil de 20 minutes.
De cet extrait, 5 % seulement des bâtiments ont une hauteur, et aucun n'a d'usage (`building=yes`) : écoles, bureaux et entrepôts y comptent comme des logements.
Avec la BD TOPO (`buildings_file`), usages et logements sont connus.

Ce que le calcul en dit :

{notices}

Couverture (% des habitants à moins de 20 minutes) :"""

_CHANGES = """Habitants dont le verdict change d'un placement à l'autre, **au moins** : dans chaque carreau, ceux qui peuvent garder leur verdict le gardent
(entre parenthèses : couverts seulement par le premier, seulement par le second)."""

_COMMUNES = "Par commune, à pied (% des habitants à moins de 20 minutes) :"

_MERGES = """Des portes voisines d'une même rue sont un seul lieu (`[population] merge_m`, 50 m par défaut). Verdicts qui changent par rapport à un lieu par
bâtiment (0 m), scénario `maillage-2024` :"""


if __name__ == "__main__":
    sys.exit(main())
