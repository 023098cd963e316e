"""``python -m docs.transit_figures NETWORKS GTFS``: what the demonstration timetable is worth, commune by commune.

Writes docs/resultats_transport.md.

On the real streets of the Hauts-de-Seine (``NETWORKS``): the transport study with the demonstration timetable, with it
less the lines that are supposed (metro, tramway), and with the real feeds of ``GTFS``, which have none of those.
Everything is only read; the page is written, so that nobody types a figure by hand.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import tomlkit

from access92.cache.folder import default_cache_folder
from access92.outputs.words.typography import number, percent, signed, typeset
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.study.read import read_study
from access92.study.schemas import EVERYBODY
from docs.real_figures import LIMIT_MIN, REFERENCE, VINTAGE, covered, points, real_document, table

SHIPPED = Path("data/studies/sosms_transport.toml")
TABLES = Path("data/timetable")
PAGE = Path("docs/resultats_transport.md")
FEEDS = (
    ("ratp", "ratp_bus92_gtfs_2017-12.zip", dt.date(2018, 1, 16), "RATP (bus)", "décembre 2017"),
    ("transilien", "transilien_gtfs_2016-12.zip", dt.date(2017, 1, 17), "SNCF Transilien", "décembre 2016"),
)
"""Name, file, the day that stands for the study's, source and vintage of each real feed."""

PAGE_TEXT = """# Ce que vaut l'horaire de démonstration, commune par commune

<!-- Page faite par « python -m docs.transit_figures » : ne pas la retoucher à la main. -->

Les GTFS ne sont pas livrés avec access92 : l'étude `data/studies/sosms_transport.toml` roule sur un horaire de
démonstration (départs par heure des bus de 2017 et des trains de 2016, régulièrement espacés ; métro et tramway
supposés, voir [transport.md](transport.md)). Cette page le met à côté des **vrais horaires**, sur les mêmes rues
réelles (© les contributeurs d'OpenStreetMap, ODbL, {vintage}) et pour les mêmes habitants : bus de la RATP du mardi
16 janvier 2018 et trains de Transilien du mardi 17 janvier 2017. Ces deux fichiers n'ont ni métro ni tramway : pour
comparer ce qui est comparable, la colonne « démo, bus et trains » en ôte les lignes supposées.

Part des habitants à moins de {limit} minutes d'un SST ou d'un pôle social (maillage 2024), départs de 7 h 30 à 9 h 30,
médiane des 120 minutes de départ.

## Le département

{totals}

{read}

## Les 36 communes

« Écart » : bus et trains, démonstration moins vrais horaires, en points. « Minutes » : écart moyen, sans son signe,
entre les deux temps de parcours des habitants que l'un et l'autre mènent à un service en moins d'une heure.

{communes}
"""


@dataclass(frozen=True, slots=True)
class Timetables:
    """The study of transport on the real streets, by timetable."""

    whole: Results  # the demonstration's
    known: Results  # the demonstration's lines that real feeds have
    feeds: Results  # the real feeds


def without_supposed(tables: Path, folder: Path) -> Path:
    """The tables of the demonstration timetable without the lines that are hypotheses, in another folder."""
    patterns = pd.read_csv(tables / "patterns.csv", dtype=str, keep_default_na=False)
    kept = patterns[~patterns["basis"].str.startswith("Hypothèse")]
    calls = pd.read_csv(tables / "calls.csv", dtype=str)
    kept.to_csv(folder / "patterns.csv", index=False)
    calls[calls["pattern"].isin(kept["pattern"])].to_csv(folder / "calls.csv", index=False)
    (folder / "stops.csv").write_bytes((tables / "stops.csv").read_bytes())
    return folder


def run_timetables(networks: Path, gtfs: Path) -> Timetables:
    """The three runs, each of the reference scenario alone, on foot and by public transport."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "tables").mkdir()
        feeds = [
            {"name": short, "file": str((gtfs / file).resolve()), "day": day, "source": source, "vintage": vintage}
            for short, file, day, source, vintage in FEEDS
        ]
        known = str(without_supposed(TABLES, folder / "tables").resolve())
        changes = {
            "whole": {"demo_folder": str(TABLES.resolve())},
            "known": {"demo_folder": known},
            "feeds": {"demo": False, "feeds": feeds},
        }
        results = {}
        for key, changed in changes.items():
            document = real_document(networks, SHIPPED)
            document["modes"] = ["walk", "transit"]
            document["transit"].update(changed)
            if "feeds" in changed:
                del document["transit"]["demo"]
            target = folder / f"{key}.toml"
            target.write_text(tomlkit.dumps(document), encoding="utf-8")
            results[key] = run_study(read_study(target), scenarios=[REFERENCE], cache_folder=default_cache_folder())
    return Timetables(**results)


def shares(results: Results, mode: str, *, under_min: float = LIMIT_MIN) -> pd.Series:
    """By area, and in « total », the share of people under a threshold by a mode."""
    where = {"scenario": REFERENCE, "mode": mode, "rule": "any", "public": EVERYBODY}
    return covered(results, under_min=under_min, **where).set_index("area_id")["coverage_share"]


def time_gaps(one: Results, other: Results) -> pd.Series:
    """By area, and in « total », the mean of the absolute difference of times (minutes), weighted by people."""
    minutes = [item.access(REFERENCE, "transit").travel_time_min.astype(float) for item in (one, other)]
    people, area = one.demand["population"].to_numpy(float), one.demand["area_id"].to_numpy()
    gap = np.abs(minutes[0] - minutes[1])
    is_known = np.isfinite(gap)
    frame = pd.DataFrame({"area_id": area, "gap": gap * people, "people": people})[is_known]
    sums = frame.groupby("area_id")[["gap", "people"]].sum()
    sums.loc["total"] = sums.sum()
    return sums["gap"] / sums["people"]


def communes_table(runs: Timetables) -> str:
    """The 36 communes: on foot, and by each of the three timetables."""
    foot = shares(runs.whole, "walk")
    whole, known, feeds = (shares(item, "transit") for item in (runs.whole, runs.known, runs.feeds))
    gaps = time_gaps(runs.known, runs.feeds)
    rows = [
        [
            area.name, number(area.population), percent(foot[area.area_id]), percent(whole[area.area_id]),
            percent(known[area.area_id]), percent(feeds[area.area_id]),
            points(known[area.area_id] - feeds[area.area_id]),
            number(gaps.get(area.area_id, np.nan), decimals=1),
        ]
        for area in runs.whole.areas.sort_values("name").itertuples()
    ]  # fmt: skip
    header = [
        "commune", "habitants", "à pied", "démo entière", "démo, bus et trains", "vrais bus et trains", "écart",
        "minutes",
    ]  # fmt: skip
    return table(header, rows)


def totals_table(runs: Timetables) -> str:
    """The whole département at each threshold of the study."""
    columns = [(runs.whole, "walk"), *((item, "transit") for item in (runs.whole, runs.known, runs.feeds))]
    rows = []
    for threshold in runs.whole.study.analysis.thresholds_min:
        values = [float(shares(item, mode, under_min=threshold)["total"]) for item, mode in columns]
        rows.append([f"{number(threshold)} min", *map(percent, values), points(values[2] - values[3])])
    header = ["à moins de", "à pied", "démo entière", "démo, bus et trains", "vrais bus et trains", "écart (points)"]
    return table(header, rows)


def read_totals(runs: Timetables) -> str:
    """What the tables say, in sentences made from their figures."""
    known, feeds = (shares(item, "transit").drop("total") for item in (runs.known, runs.feeds))
    gaps = 100 * (known - feeds)
    far = gaps.abs().sort_values(ascending=False).head(5)
    names = runs.whole.areas.set_index("area_id")["name"]
    listed = ", ".join(f"{names[at]} ({signed(gaps[at], decimals=1)})" for at in far.index)
    minutes = time_gaps(runs.known, runs.feeds)["total"]
    supposed = shares(runs.whole, "transit")["total"] - shares(runs.known, "transit")["total"]
    return (
        f"Écart moyen par commune, sans son signe : {number(gaps.abs().mean(), decimals=1)} points ; les plus grands : "
        f"{listed}. Temps de parcours : {number(minutes, decimals=1)} min d'écart en moyenne. Le métro et le tramway "
        f"supposés ajoutent {points(supposed)} points à la couverture. Des départs régulièrement espacés font attendre "
        "moins que les vrais : l'horaire de démonstration est optimiste. De vrais horaires le remplacent : "
        "`access92 fetch timetable`."
    )


def main() -> None:
    """Run the three studies and write the page."""
    runs = run_timetables(Path(sys.argv[1]), Path(sys.argv[2]))
    text = PAGE_TEXT.format(
        vintage=VINTAGE, limit=number(LIMIT_MIN), totals=totals_table(runs), communes=communes_table(runs),
        read=read_totals(runs),
    )  # fmt: skip
    PAGE.write_text(typeset(text), encoding="utf-8")
    print(f"{PAGE} écrit")


if __name__ == "__main__":
    main()
