"""``python -m docs.real_figures NETWORKS``: docs/resultats.md, the shipped study on real streets and on invented ones.

``NETWORKS`` is the folder with the extract of the Hauts-de-Seine. The extract is only read; tables and one map are
written, so that nobody types a figure by hand.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import tomlkit

from access92.cache.folder import default_cache_folder
from access92.outputs.report.publics import share_as_everybody
from access92.outputs.slides.maps import prepare_scene
from access92.outputs.slides.single import MAP_PX, access_slide
from access92.outputs.words.notices import choice_sentences
from access92.outputs.words.publics import everybodys_pace_words, speed_words
from access92.outputs.words.typography import number, percent, signed, typeset
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.sources.demo.communes import REAL_FILE, commune_table
from access92.study.model import Study
from access92.study.read import read_study
from access92.study.schemas import EVERYBODY
from docs.pictures.small_png import small_png

SHIPPED = Path("data/studies/sosms.toml")
PAGE, PICTURE = Path("docs/resultats.md"), Path("docs/images/resultats_reels.png")
VINTAGE = "août 2021"
LIMIT_MIN = 20.0
REFERENCE = "maillage-2024"
UNITS = {"persons": "habitants", "households": "ménages", "dwellings": "logements"}
PAGE_TEXT = """# Résultats sur les rues réelles (OpenStreetMap, {vintage})

<!-- Page faite par « python -m docs.real_figures » : ne pas la retoucher à la main. -->

L'étude livrée (`data/studies/sosms.toml`) tourne sur des rues de démonstration, parce qu'aucun extrait n'est livré avec access92. Cette page
donne les mêmes chiffres sur les **rues réelles** du département : extrait d'OpenStreetMap d'{vintage}, 36 communes et 3 km autour
(© les contributeurs d'OpenStreetMap, ODbL). Habitants : carreaux de 200 m Filosofi 2021, calés sur les populations légales 2023,
placés dans les bâtiments de l'extrait (sur les rues de démonstration : le long des rues). Tous les chiffres : part de la population à moins de 20 minutes d'un service du scénario, 36 communes ensemble sauf mention contraire.

**Ce qui manque à cet extrait** : {lacks}

## Tous les scénarios, tous les modes

{scenarios}

{choices}

## Les publics, chacun à son pas (maillage 2024, à pied)

{publics}

Les deux dernières colonnes comptent les mêmes personnes, au pas de tout le monde : l'écart avec les précédentes est celui du pas. Celui de la personne âgée est prudent, la plupart
des plus de 65 ans vont plus vite ; celui de la poussette évite les escaliers ([modes.md](modes.md)).

Les totaux diffèrent un peu d'une colonne à l'autre : un carreau du bord dont les portes tombent de l'autre côté de la limite ne compte pas, et les ménages et logements ne
sont jamais recalés.

## Les 36 communes (maillage 2024, à pied)

![La carte du maillage 2024 à pied sur les rues réelles]({picture})

« Détour » : distance marchée ÷ vol d'oiseau des habitations à leur service le plus proche, moyenne pondérée par les habitants qui en ont un à moins de 60 min ; « km/km² » : rues et
chemins pour les piétons. La position des rues autour de chaque service compte autant que leur densité : deux tracés de même densité ne mènent pas
aux mêmes portes. L'écart mêle deux choses : les rues, et le placement des habitants (dans les bâtiments d'un côté, le long des rues de l'autre ; voir
[lieux.md](lieux.md)). L'extrait ne dit pas l'usage des bâtiments : bureaux et écoles y passent pour des logements.

{communes}

{explained}
"""
_FILES = {
    "areas": ("file", "population_file"), "services": ("file",), "calendar": ("file",),
    "population": ("file", "publics_file"), "transit": ("demo_folder",),
}  # fmt: skip
LACKS = """vitesses limites (`maxspeed`), droits d'accès (`access`, `foot`, `bicycle` : les voies privées en sont déjà ôtées),
barrières, interdictions de tourner, revêtements, marches accessibles aux fauteuils, double-sens cyclables, feux, relief. Les
temps à vélo y sont pessimistes (sens uniques sans double-sens), ceux en voiture viennent des vitesses par classe de rue."""


def real_study(networks: Path, folder: Path, *, shipped: Path = SHIPPED) -> Study:
    """A shipped study on the extract, written to a folder; its other paths are those of the shipped data."""
    target = folder / f"{shipped.stem}_osm.toml"
    target.write_text(tomlkit.dumps(real_document(networks, shipped)), encoding="utf-8")
    return read_study(target)


def real_document(networks: Path, shipped: Path) -> tomlkit.TOMLDocument:
    """The text of a shipped study on the extract, its paths absolute."""
    document = tomlkit.parse(shipped.read_text(encoding="utf-8"))
    document["name"] = f"{document['name']}-osm"
    streets = document["streets"]
    for key in [key for key in streets if key.startswith("demo")]:
        del streets[key]
    streets["file"] = str((networks / REAL_FILE).resolve())
    streets["vintage"] = VINTAGE
    for part, keys in _FILES.items():
        for key in keys:
            if key in document.get(part, {}):
                document[part][key] = str((shipped.parent / document[part][key]).resolve())
    return document


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, its first column to the left."""
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def points(difference: float) -> str:
    """A difference of shares (0–1) in points, with its sign."""
    return signed(100 * difference, decimals=1)


def covered(results: Results, *, under_min: float = LIMIT_MIN, **where: object) -> pd.DataFrame:
    """The rows of coverage under a threshold that meet the conditions."""
    rows = results.coverage[results.coverage["threshold_min"] == under_min]
    for name, value in where.items():
        rows = rows[rows[name] == value]
    return rows


def scenarios_table(real: Results, demo: Results) -> str:
    """All scenarios by all modes: real, demonstration, the difference in points."""
    rows = []
    keys = {"rule": "any", "public": EVERYBODY, "area_id": "total"}
    for scenario in real.scenarios:
        for mode in real.study_modes.values():
            shares = [
                float(covered(item, scenario=scenario.name, mode=mode.name, **keys)["coverage_share"].iloc[0])
                for item in (real, demo)
            ]
            rows.append([scenario.title, mode.label, *map(percent, shares), points(shares[0] - shares[1])])
    return table(["scénario", "mode", "rues réelles", "démonstration", "écart (points)"], rows)


def publics_table(real: Results, demo: Results, *, reference: str = REFERENCE) -> str:
    """The publics of the reference: how many, what share is covered at its own pace, and at that of everybody."""
    rows = []
    for public in real.publics:
        where = {"scenario": reference, "mode": public.walk, "rule": "any", "public": public.name, "area_id": "total"}
        both = [covered(item, **where, under_min=item.study.analysis.threshold_min).iloc[0] for item in (real, demo)]
        shares = [
            f"{percent(float(row['coverage_share']))} de {number(float(row['population']))} {UNITS[public.unit]}"
            for row in both
        ]
        others = [percent(share_as_everybody(item, public, scenario=reference)) for item in (real, demo)]
        mode = real.modes[public.walk]
        rows.append([public.title or "habitants", f"{mode.label}{speed_words(mode)}", *shares, *others])
    pace = everybodys_pace_words(real, scenario=reference)
    header = ["public", "son mode", "rues réelles", "démonstration", f"rues réelles, {pace}", f"démonstration, {pace}"]
    return table(header, rows)


def detours(results: Results) -> pd.Series:
    """By commune, the mean of walked ÷ straight distance from homes to their nearest service, weighted by people."""
    access = results.access(REFERENCE, "walk")
    nearest, demand = access.nearest_service, results.demand
    walked_m = access.travel_time_min * results.modes["walk"].speed_kmh * 1000 / 60
    services = results.services.geometry.iloc[np.maximum(nearest, 0)]
    straight_m = np.hypot(
        demand.geometry.x.to_numpy() - services.x.to_numpy(), demand.geometry.y.to_numpy() - services.y.to_numpy()
    )
    is_known = (nearest >= 0) & (straight_m > 100)  # nearer, the access legs decide
    frame = pd.DataFrame(
        {
            "area_id": demand["area_id"].to_numpy(), "walked": walked_m * demand["population"].to_numpy(),
            "straight": straight_m * demand["population"].to_numpy(),
        }
    )[is_known]  # fmt: skip
    sums = frame.groupby("area_id")[["walked", "straight"]].sum()
    return sums["walked"] / sums["straight"]


def communes_table(real: Results, demo: Results) -> str:
    """The 36 communes on foot: both shares, and what explains their difference."""
    where = {"scenario": REFERENCE, "mode": "walk", "rule": "any", "public": EVERYBODY}
    shares = [covered(item, **where).set_index("area_id")["coverage_share"] for item in (real, demo)]
    turns = [detours(item) for item in (real, demo)]
    built = commune_table(demo.streets, demo.areas, water=demo.water).set_index("area_id")
    rows = []
    for area in real.areas.sort_values("name").itertuples():
        at = area.area_id
        rows.append(
            [
                area.name, number(area.population), percent(shares[0][at]), percent(shares[1][at]),
                points(shares[0][at] - shares[1][at]),
                *(number(turn.get(at, np.nan), decimals=2) for turn in turns),
                number(built.loc[at, "street_km_per_km2_real"], decimals=1),
                number(built.loc[at, "street_km_per_km2_demo"], decimals=1),
            ]
        )  # fmt: skip
    header = [
        "commune", "habitants", "réel", "démo", "écart (points)", "détour réel", "détour démo", "km/km² réel", "km/km² démo",
    ]  # fmt: skip
    return table(header, rows)


def explained(real: Results, demo: Results) -> str:
    """How much of the differences between communes goes with the detours, in one sentence made from the figures."""
    where = {"scenario": REFERENCE, "mode": "walk", "rule": "any", "public": EVERYBODY}
    one, other = (covered(item, **where).set_index("area_id")["coverage_share"] for item in (real, demo))
    gaps = 100 * (one - other).drop("total")
    turns = (detours(real) / detours(demo)).reindex(gaps.index)
    known = turns.notna()
    together = float(np.corrcoef(gaps[known], turns[known])[0, 1])
    far = gaps.abs().sort_values(ascending=False).head(5)
    names = real.areas.set_index("area_id")["name"]
    listed = ", ".join(f"{names[at]} ({signed(gaps[at], decimals=1)})" for at in far.index)
    return (
        f"Écart moyen par commune, sans son signe : {number(gaps.abs().mean(), decimals=1)} points ; les plus grands : {listed}. "
        f"Corrélation entre l'écart et le rapport des détours (réel ÷ démonstration) : {number(together, decimals=2)} "
        "(négative : là où le réel détourne davantage, il couvre moins)."
    )


def main() -> None:
    """Run both studies and write the page."""
    networks = Path(sys.argv[1])
    cache = default_cache_folder()
    with tempfile.TemporaryDirectory() as folder:
        study = real_study(networks, Path(folder))
        real = run_study(study, cache_folder=cache)
        demo = run_study(read_study(SHIPPED), cache_folder=cache)
    scene = prepare_scene(real, width_px=MAP_PX[0], height_px=MAP_PX[1])
    PICTURE.write_bytes(small_png(access_slide(real, real.access(REFERENCE, "walk"), scene), PICTURE.name))
    text = PAGE_TEXT.format(
        vintage=VINTAGE, lacks=LACKS, picture=f"images/{PICTURE.name}", scenarios=scenarios_table(real, demo),
        choices="\n\n".join(choice_sentences(real)),
        publics=publics_table(real, demo), communes=communes_table(real, demo),
        explained=explained(real, demo),
    )  # fmt: skip
    PAGE.write_text(typeset(text), encoding="utf-8")
    print(f"{PAGE} et {PICTURE} écrits")


if __name__ == "__main__":
    main()
