"""Buildings, streets or centres: what the study asks for, else what its files allow; and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import geopandas as gpd
import numpy as np
import shapely

from access92.errors import input_error
from access92.sources.population.buildings import Weighing
from access92.sources.population.footprints import Footprints, building_rules
from access92.sources.population.placing import PlacedPeople, Places
from access92.sources.population.residences import NOWHERE, area_of_points
from access92.sources.written_numbers import written
from access92.study.model import Study

PlaceOn = Literal["buildings", "streets", "centres"]

LEAST_HOUSED_SHARE = 0.5
"""Hypothèse access92: without a word of the study, people go to buildings where at least half of them have one."""


@dataclass(frozen=True, slots=True)
class Placing:
    """What people are put on, whether the study says so, and the buildings known.

    ``housed_share``: of the people of the squares (or polygons) that touch the areas, those whose square has a home.
    """

    on: PlaceOn
    is_asked: bool
    housed_share: float = 0.0
    footprints: Footprints | None = None
    weighing: Weighing | None = None


def choose_placing(
    study: Study,
    population: np.ndarray,
    touching: np.ndarray,
    footprints: Footprints | None,
    homes: tuple[Places, Weighing] | None,
) -> Placing:
    """What the people of a study are put on.

    Parameters
    ----------
    population, touching
        By row of the population file: people, and whether its square (or polygon) touches the areas.
    homes
        The homes of the footprints, where there are footprints.

    Raises
    ------
    InputError
        The study asks for buildings (by ``place_on`` or a file of them), and there are none where its people live.
    """
    settings = study.population
    asked = settings.place_on or ("buildings" if settings.buildings_file is not None else None)
    if footprints is None or homes is None:
        if asked == "buildings":
            raise input_error(
                "Les habitants doivent aller dans les bâtiments, mais aucun fichier de l'étude n'en a.",
                "étude, clé population.place_on",
                "Donner buildings_file (BD TOPO, BDNB, RNB) ou un extrait d'OpenStreetMap, ou place_on = « streets ».",
            )
        return Placing(asked or "streets", asked is not None)
    places, weighing = homes
    has_home = np.zeros(len(population), dtype=bool)
    has_home[places.unit] = True
    people = float(population[touching].sum())
    share = float(population[touching & has_home].sum()) / people if people else 0.0
    if asked == "buildings" and share == 0:
        where = settings.buildings_file if settings.buildings_file is not None else study.streets.file
        raise input_error(
            "Les bâtiments ne couvrent pas la zone d'étude : aucun habitant n'a d'emprise habitable dans son carreau.",
            f"{where}, {len(footprints.table)} emprises dont {weighing.homes} habitables",
            "Donner les bâtiments de la zone d'étude, ou écrire place_on = « streets ».",
        )
    on: PlaceOn = asked or ("buildings" if share >= LEAST_HOUSED_SHARE else "streets")
    return Placing(on, asked is not None, share, footprints, weighing)


def placing_notices(placing: Placing, placed: PlacedPeople, areas: gpd.GeoDataFrame, *, units: str) -> tuple[str, ...]:
    """What the report says of where people were put, and why (French); ``units``: « carreaux » or « polygones ».

    Buildings are those of the ``areas``: the margin around them houses nobody who is counted.
    """
    if placing.on == "buildings":
        return tuple(_building_notices(placing, placed, areas, units))
    if placing.on == "centres":
        return (f"Habitants placés au centre de leurs {units}, comme l'étude le demande (place_on = « centres »).",)
    unit = placed.unit[placed.unit != NOWHERE]
    at_points = (placed.kind[unit] == 1) & (placed.population[placed.unit != NOWHERE] > 0)  # one point each
    notices = []
    if placing.footprints is not None and not placing.is_asked:
        notices.append(
            f"Habitants répartis le long des rues : {placing.footprints.source} ne couvrent que les {units} de "
            f"{100 * placing.housed_share:.0f} % d'entre eux, moins de la moitié."
        )
    elif placing.is_asked:
        notices.append("Habitants répartis le long des rues, comme l'étude le demande (place_on = « streets »).")
    else:
        notices.append("Habitants répartis le long des rues : aucun fichier de l'étude n'a de bâtiments.")
    if at_points.any():
        # a polygon without a residential street; a square only where the streets file ends before it
        why, where = (
            ("hors des rues du fichier", "laissés au centre de chacun, sans rue")
            if units == "carreaux"
            else ("sans rue résidentielle", "placés en un point de chacun")
        )
        notices.append(
            f"{written(int(at_points.sum()))} {units} habités {why} : leurs "
            f"{written(placed.people_by_kind(2)[1])} habitants sont {where}."
        )
    return tuple(notices)


def _building_notices(placing: Placing, placed: PlacedPeople, areas: gpd.GeoDataFrame, units: str) -> Iterator[str]:
    assert placing.footprints is not None and placing.weighing is not None  # noqa: PT018, S101 - chosen with them
    people = np.round(placed.people_by_kind(3), 6)  # half a person is half, whatever the order of the sum
    middles = shapely.centroid(placing.footprints.table.geometry.to_numpy())
    inside = area_of_points(shapely.get_x(middles), shapely.get_y(middles), areas.geometry.to_numpy()) != NOWHERE
    table, weighing = placing.footprints.table[inside], placing.weighing.take(inside)
    why = "comme l'étude le demande" if placing.is_asked else "par défaut, puisqu'un fichier de l'étude en a"
    by = "leur surface de plancher"
    if weighing.by_dwellings:
        by = (
            f"leurs logements ({written(weighing.by_dwellings)} bâtiments, les autres d'après leur surface de plancher)"
        )
    yield (
        f"Habitants placés aux portes des bâtiments ({why}) : {written(people[0])} habitants dans "
        f"{written(weighing.homes)} bâtiments habitables ({placing.footprints.source}), selon {by}."
    )
    yield from _left_out_notice(table["left_out"].value_counts().to_dict(), len(table), weighing.homes)
    # a square without a home falls back on its streets, then on its centre: how many people that concerns
    rows = np.unique(placed.unit[(placed.unit != NOWHERE) & (placed.population > 0)])
    for rank, words in ((1, "répartis le long des rues"), (2, "placés au centre, faute de rue aussi")):
        count = int((placed.kind[rows] == rank).sum())
        if count:
            which = f"{units[:-1]} habité" if count == 1 else f"{units} habités"
            yield (
                f"{written(count)} {which} sans bâtiment habitable connu, soit {written(people[rank])} habitants, "
                f"{words}."
            )


def _left_out_notice(counts: dict[str, int], total: int, homes: int) -> Iterator[str]:
    """Of the footprints that are no homes, how many and why."""
    rules = building_rules()
    words = [
        f"{written(counts[reason])} {rules['left_out'][reason]['label']}"
        for reason in rules["left_out"]
        if counts.get(reason)
    ]
    small = total - homes - sum(counts[reason] for reason in counts if reason)
    if small > 0:
        words.append(f"{written(small)} sans logement ou de moins de {rules['least_m2']:.0f} m²")
    if words:
        yield f"Emprises où personne n'habite : {written(total - homes)} sur {written(total)} ({', '.join(words)})."
