"""``python -m benchmarks.placing EXTRACT SQUARES``: people along streets, on buildings, at centres, beside each other.

The same people (squares of 200 m), the same streets (an OpenStreetMap extract with its buildings) and the same
services, placed in the three ways of ``[population] place_on``: coverage by commune, and whose verdict changes. Writes
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

from access92.outputs.words.notices import NoticeNames, notice_words
from access92.outputs.words.typography import number
from access92.progress import silent
from access92.run.study_inputs import StudyInputs, read_inputs
from access92.study.files import PopulationInput, StreetsInput
from access92.study.model import Study
from access92.study.read import read_study, validated_study
from access92.travel.nearest import nearest_service
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

    def by_square(self, scenario: str, mode: str) -> pd.DataFrame:
        """People of each square, and the share of them that is covered."""
        demand = self.inputs.demand
        covered = demand["population"].where(self.covered[scenario, mode], 0.0)
        people = pd.DataFrame({"population": demand["population"], "covered": covered}).groupby(demand["unit_id"]).sum()
        return people.assign(share=people["covered"] / people["population"])

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


def verdict_changes(before: pd.DataFrame, after: pd.DataFrame) -> tuple[float, float]:
    """People who are covered in one way only, at least: (lost, gained), square by square.

    Nobody knows who of a square lives where; so of the people of one square as many as can keep their verdict do. A
    square on the border of two communes is scaled to both in other parts in each way: its shares are compared, on the
    mean of its people.

    >>> before = pd.DataFrame({"population": [10.0, 6.0], "share": [1.0, 0.0]}, index=["a", "b"])
    >>> verdict_changes(before, before.assign(share=[0.5, 1.0]))
    (5.0, 6.0)
    """
    both = before.add_suffix("_before").join(after.add_suffix("_after"), how="inner")
    people = (both["population_before"] + both["population_after"]) / 2
    difference = people * (both["share_after"] - both["share_before"])
    return float(-difference[difference < 0].sum()), float(difference[difference > 0].sum())


def page(placed: Mapping[str, Placed], merged: Mapping[float, Placed]) -> str:
    """The page in Markdown."""
    one = placed["bâtiments"].inputs
    names = dict(zip(one.areas["area_id"], one.areas["name"], strict=True))
    words = NoticeNames({}, {}, {}, {str(area_id): str(name) for area_id, name in names.items()})
    told = [notice_words(notice, words)[-1] for notice in one.population_notices]
    parts = [_HEAD.format(notices="\n".join(f"* {text}" for text in told))]
    rows = [["points de population", *(number(len(item.inputs.demand)) for item in placed.values())]]
    rows += [
        [label(one, mode, scenario), *_percents(placed, mode, scenario)] for mode in MODES for scenario in SCENARIOS
    ]
    parts.append(_table(["", *placed], rows))
    parts.append(_CHANGES)
    pairs = (("rues", "bâtiments"), ("centres", "bâtiments"), ("centres", "rues"))
    rows = []
    for mode in MODES:
        for scenario in SCENARIOS:
            cells = [label(one, mode, scenario)]
            for first, second in pairs:
                units = (placed[name].by_square(scenario, mode) for name in (first, second))
                lost, gained = verdict_changes(*units)
                cells.append(f"{number(lost + gained)} (−{number(lost)}, +{number(gained)})")
            rows.append(cells)
    parts.append(_table(["", *(f"{first} → {second}" for first, second in pairs)], rows))
    parts.append(_COMMUNES)
    rows = [
        [names[area_id], *(text for scenario in SCENARIOS for text in _percents(placed, "walk", scenario, area_id))]
        for area_id in sorted(names, key=lambda area_id: names[area_id])
    ]
    parts.append(_table(["commune", *(f"`{scenario}`, {name}" for scenario in SCENARIOS for name in placed)], rows))
    parts.append(_MERGES)
    each_door = merged[0.0]
    rows = []
    for merge_m, item in sorted({**merged, DEFAULT_MERGE_M: placed["bâtiments"]}.items()):
        squares = [[way.by_square(SCENARIOS[0], mode) for way in (each_door, item)] for mode in MODES]
        changes = [number(sum(verdict_changes(*pair))) for pair in squares]
        rows.append([f"{merge_m:.0f} m", number(len(item.inputs.demand)), *changes])
    parts.append(_table(["merge_m", "points", "verdicts changés à pied", "en voiture"], rows))
    return "\n\n".join(parts) + "\n"


def label(inputs: StudyInputs, mode: str, scenario: str) -> str:
    """What a row of figures is of."""
    return f"{inputs.modes[mode].label}, `{scenario}`"


def _percents(placed: Mapping[str, Placed], mode: str, scenario: str, area_id: str | None = None) -> list[str]:
    return [number(100 * item.share(scenario, mode, area_id), decimals=1) for item in placed.values()]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *(["--:"] * (len(head) - 1))], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


_HEAD = """# Où placer les habitants d'un carreau : rues, bâtiments, centres

Page écrite par `python -m benchmarks.placing EXTRAIT CARREAUX` : carreaux de 200 m de Filosofi 2021 (INSEE), calés sur
les populations légales 2023 des 36 communes ; rues et bâtiments d'OpenStreetMap, août 2021 (© les contributeurs
d'OpenStreetMap, ODbL) ; services de l'étude livrée ; seuil de 20 minutes. De cet extrait, 5 % seulement des bâtiments
ont une hauteur, et aucun n'a d'usage (`building=yes`) : écoles, bureaux et entrepôts y comptent comme des logements.
Avec la BD TOPO (`buildings_file`), usages et logements sont connus.

Ce que le calcul en dit :

{notices}

Couverture (% des habitants à moins de 20 minutes) :"""

_CHANGES = """Habitants dont le verdict change d'un placement à l'autre, **au moins** : dans chaque carreau, ceux qui
peuvent garder leur verdict le gardent (entre parenthèses : couverts seulement par le premier, seulement par le
second)."""

_COMMUNES = "Par commune, à pied (% des habitants à moins de 20 minutes) :"

_MERGES = """Des portes voisines d'une même rue sont un seul lieu (`[population] merge_m`, 50 m par défaut). Verdicts
qui changent par rapport à un lieu par bâtiment (0 m), scénario `maillage-2024` :"""


if __name__ == "__main__":
    sys.exit(main())
