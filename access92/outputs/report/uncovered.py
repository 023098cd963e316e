"""The chapter on who is not covered: a map, the communes, the largest pockets."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from access92.measures.quarters import NEAR
from access92.outputs.figures import area_rows, headline, standalone_scenarios
from access92.outputs.report.answers import derived_scenarios
from access92.outputs.report.basis import basis_line, rule_words, under
from access92.outputs.report.communes import short_minutes
from access92.outputs.report.content import Chapter, Link, Paragraph, Picture, Section, Table, paragraph, present
from access92.outputs.report.small_maps import BaseMap, people_map, with_legend
from access92.outputs.words import labels, typography
from access92.outputs.words.names import area_names
from access92.run.results import Results
from access92.study.model import Scenario
from access92.travel.time_limits import is_under

MOST_AREAS, MOST_POCKETS = 10, 20
_QUIET, _LOUD = "#cfd8e0", "#b3400a"


def uncovered_chapter(results: Results, base_map: BaseMap) -> Chapter:
    """Who is not covered, and where, by the headline mode."""
    apart = (
        " Pour les scénarios qui en modifient un autre : ",
        Link("#changements", "Les scénarios, et ce que chacun changerait"),
        " et ",
        Link("uncovered_pockets.csv", "uncovered_pockets.csv"),
        ".",
    )
    mode = results.modes[results.study.analysis.headline_mode]
    return Chapter(
        "absents",
        "Qui n'est pas couvert, et où",
        (
            paragraph(
                f"{labels.mode_phrase(mode)}, au seuil de {typography.plain(results.study.analysis.threshold_min)} "
                "minutes. Une poche est un groupe de lieux voisins d'un même quartier (d'une même commune là où aucun "
                "quartier ni station n'a de nom connu) qui ne sont pas couverts ; elle passe les limites des communes "
                "et la commune dite est celle de la plupart de ses habitants. Elle porte le nom d'un quartier ou d'une "
                "station qui est parmi ses lieux d'habitation ; « près de » : du plus proche de cette commune. Sans "
                "l'un ni l'autre, celui d'une rue de cette commune. Ses habitants, commune par commune : ",
                Link("pocket_areas.csv", "pocket_areas.csv"),
                ".",
                *(apart if derived_scenarios(results) and len(results.changes.ledger) else ()),
            ),
            *(
                _scenario(results, base_map, item, told=standalone_scenarios(results)[:i])
                for i, item in enumerate(standalone_scenarios(results))
            ),
        ),
    )


def _scenario(results: Results, base_map: BaseMap, scenario: Scenario, *, told: Sequence[Scenario]) -> Section:
    """Who is left out by a scenario; after the first, only the pockets that no scenario ``told`` before it has."""
    if not told:
        return Section(
            scenario.title,
            present(
                _sentence(results, scenario),
                _map(results, base_map, scenario),
                most_uncovered_areas(results, scenario.name),
                largest_pockets(results, scenario.name),
            ),
        )
    known = {key for item in told for key in _pocket_keys(largest_of(results, item.name))}
    pockets = largest_of(results, scenario.name)
    new = pockets[np.array([key not in known for key in _pocket_keys(pockets)], dtype=bool)]
    # people of a pocket who are left out in the first scenario too: none, some, or all
    left_out, too = (new[name].round() for name in ("population", "population_uncovered_reference"))
    own, grown, within = new[too == 0], new[(too > 0) & (too < left_out)], new[(too > 0) & (too >= left_out)]
    among = f"parmi ses {MOST_POCKETS} plus grandes"
    return Section(
        scenario.title,
        present(
            _sentence(results, scenario),
            paragraph(
                _kinds_of_pockets(len(pockets) - len(new), grown, len(within)),
                "Part de chaque commune : ",
                Link("#communes", "Les communes"),
                ".",
            ),
            pockets_table(results, own, f"Les poches qui lui sont propres, {among}"),
            pockets_table(results, grown, f"Les poches du premier scénario qui s'agrandissent, {among}", has_more=True),
            pockets_table(results, within, f"Les poches contenues dans une poche du premier scénario, {among}"),
        ),
    )


def _kinds_of_pockets(same: int, grown: gpd.GeoDataFrame, within: int) -> str:
    """How many pockets of a scenario are those of one before it, larger than in the first one, or within one of it."""
    words = []
    if same:
        words.append(typography.count(same, "poche est celle", "poches sont celles") + " d'un scénario qui précède. ")
    if len(grown):
        more = (grown["population"] - grown["population_uncovered_reference"]).sum()
        words.append(
            typography.count(len(grown), "poche s'agrandit", "poches s'agrandissent")
            + f", de {typography.count(more, 'habitant')} que le premier scénario couvre. "
        )
    if within:
        words.append(f"{typography.count(within, 'poche tient', 'poches tiennent')} dans une poche du premier "
                     "scénario. ")  # fmt: skip
    return "".join(words)


def _pocket_keys(pockets: gpd.GeoDataFrame) -> list[tuple[str, str, int]]:
    """What tells two pockets apart: name, area and people."""
    columns = (pockets["place_name"].map(labels.text), pockets["area_id"].astype(str), pockets["population"].round())
    return [(str(place), str(area), int(people)) for place, area, people in zip(*columns, strict=True)]


def _sentence(results: Results, scenario: Scenario) -> Paragraph:
    mode = results.study.analysis.headline_mode
    total = headline(results, scenario.name, mode)
    words = (
        f"{labels.mode_phrase(results.modes[mode])}, "
        f"{typography.count(total.uncovered, 'habitant')} ne sont pas à {under(results)} d'un service"
    )
    if total.unsnapped > 0:
        words += f", dont {typography.number(total.unsnapped)} trop loin d'une rue praticable"
    return paragraph(f"{words}.", role="lead")


def most_uncovered_areas(results: Results, scenario: str) -> Table | None:
    """The areas with the most people left out, most first; None where nobody is."""
    areas = [row for row in area_rows(results, scenario, results.study.analysis.headline_mode) if row.uncovered > 0]
    if not areas:
        return None
    areas.sort(key=lambda row: (-row.uncovered, row.area_id))
    everyone = sum(row.uncovered for row in areas)
    return Table(
        f"Les {MOST_AREAS} communes où le plus d'habitants ne sont pas couverts",
        ("Commune", "non couverts", "part de la commune", "part de tous les non couverts"),
        tuple(
            (
                row.name,
                typography.number(row.uncovered),
                typography.percent(1 - row.share),
                typography.percent(row.uncovered / everyone),
            )
            for row in areas[:MOST_AREAS]
        ),
        basis=basis_line(results, population_words="celui que nomme la colonne"),
    )


def largest_pockets(results: Results, scenario: str) -> Table | None:
    """The largest pockets of people left out: neighbouring places that are not covered; None without any."""
    caption = f"Les {MOST_POCKETS} plus grandes poches non couvertes (groupes de lieux voisins)"
    return pockets_table(results, largest_of(results, scenario), caption)


def pockets_table(results: Results, pockets: gpd.GeoDataFrame, caption: str, *, has_more: bool = False) -> Table | None:
    """Pockets of one scenario, numbered from 1; None without any.

    ``has_more``: with those of their people whom the first scenario covers.
    """
    if len(pockets) == 0:
        return None
    places = pockets.geometry.to_crs("EPSG:4326")
    names = area_names(results)
    cutoff = results.study.analysis.cutoff_min
    more_heads = ("en plus",) if has_more else ()
    return Table(
        caption,
        (
            "N°",
            "Quartier, station ou rue",
            "Commune",
            "habitants",
            *more_heads,
            "durée médiane (min)",
            "latitude",
            "longitude",
        ),
        tuple(
            (
                str(i),
                named_place(results, row) or "—",
                names.get(row["area_id"], str(row["area_id"])),
                typography.number(row["population"]),
                *(typography.number(row["population"] - row["population_uncovered_reference"]) for _ in more_heads),
                short_minutes(row["median_min"], cutoff),
                typography.number(place.y, decimals=4),
                typography.number(place.x, decimals=4),
            )
            for i, (row, place) in enumerate(
                zip(pd.DataFrame(pockets.drop(columns=pockets.geometry.name)).to_dict("records"), places, strict=True),
                start=1,
            )
        ),
        text_columns=3,
        basis=basis_line(results),
    )


def pocket_words(results: Results, pocket: pd.Series) -> str:
    """What a pocket is called: its quarter, station or street, and its area."""
    area = area_names(results).get(str(pocket["area_id"]), str(pocket["area_id"]))
    place = named_place(results, pocket)
    return f"{place} ({area})" if place and not place.endswith(f" {area}") else place or area


def named_place(results: Results, pocket: Mapping[Hashable, object] | pd.Series) -> str:
    """The place that a pocket is called after, « près de » where it is not among its homes; '' without one."""
    name = labels.text(pocket["place_name"])
    place = place_words(results, name)
    if not place or pocket["place_position"] != NEAR:
        return place
    station = _station_noun(results, name) if place == name else ""
    return f"près de la {station} {name}" if station else f"près {typography.of_place(place)}"


def place_words(results: Results, place: str) -> str:
    """A place as people say it: one that has the name of an area is its station or its quarter, not the area."""
    if place not in set(results.areas["name"]):
        return place
    station = _station_noun(results, place)
    return f"{station} {typography.of_name(place)}" if station else f"quartier « {place} »"


def _station_noun(results: Results, name: str) -> str:
    """What a station of that name is, '' where there is none: « Pont de Neuilly » is one, and no bridge."""
    stations = results.surroundings.layer("station")
    kinds = set(stations.loc[(stations["name"] == name).to_numpy(), "kind"])
    if not kinds:
        return ""
    return "gare" if "train" in kinds else "station"


def largest_of(results: Results, scenario: str) -> gpd.GeoDataFrame:
    """The largest pockets of a scenario by the headline mode, most people first."""
    table = results.pockets
    mode = results.study.analysis.headline_mode
    chosen = ((table["scenario"] == scenario) & (table["mode"] == mode)).to_numpy()
    ranked: gpd.GeoDataFrame = table.iloc[np.flatnonzero(chosen)].sort_values("rank").head(MOST_POCKETS)
    return ranked


def _map(results: Results, base_map: BaseMap, scenario: Scenario) -> Picture:
    analysis = results.study.analysis
    access = results.access(scenario.name, analysis.headline_mode)
    left_out = ~is_under(access.travel_time_min, analysis.threshold_min)
    pockets = largest_of(results, scenario.name)
    figure = people_map(
        base_map,
        left_out.astype(np.int64),
        (_QUIET, _LOUD),
        width_mm=98,
        marks=shapely.get_coordinates(np.asarray(pockets.geometry.array)) if len(pockets) else None,
    )
    threshold = typography.plain(analysis.threshold_min)
    labels = [(_LOUD, f"{threshold}\u00a0min et plus, ou non relié"), (_QUIET, f"moins de {threshold}\u00a0min")]
    biggest = pocket_words(results, pockets.iloc[0]) if len(pockets) else "aucune"
    return Picture(
        "uncovered",
        with_legend(figure, labels, columns=2),
        alt=f"Carte des lieux d'habitation non couverts, {rule_words(results)}, et des {len(pockets)} plus grandes "
        f"poches, numérotées par taille ; la plus grande : {biggest}. Les poches sont dans le tableau qui suit.",
        caption=f"« {scenario.title} » : lieux d'habitation qui ne sont pas {rule_words(results)} ; les "
        "numéros sont ceux des poches du tableau",
        basis=basis_line(results),
        width_share=0.6,
    )
