"""How public transport grows: 40,000 to a million homes on the real streets, once to ten times a real feed."""

from __future__ import annotations

import numpy as np

from benchmarks.child import Answer, run_child
from benchmarks.measures import OURS, Options, Row, Section
from benchmarks.stage_growth import fitted_exponent
from benchmarks.transit_growth import HOMES_AT_ONCE, LONGEST_MIN, SERVICES_AT_ONCE, STREETS
from tests.transit.real_feeds import are_there

_FEW, _MANY = 10, 100
_SIZES = ((40_000, 1, _FEW), (200_000, 1, _FEW), (1_000_000, 1, _FEW), (40_000, 10, _FEW), (40_000, 1, _MANY),
          (1_000_000, 1, _MANY))  # fmt: skip
"""Homes, how many times the feed, services."""


def measure(options: Options) -> Section:
    """One process per size; nothing where the streets or the feeds are not there."""
    title = "Transports publics : croissance"
    if not (STREETS.exists() and are_there()):
        return Section(title, [], ["Rues ou horaires réels absents de ../shared : étape sautée."])
    cache = options.folder / "transit_growth"
    sizes = ((10_000, 1, 2), (10_000, 2, 2)) if options.quick else _SIZES
    answers: dict[tuple[int, int, int], Answer] = {}
    for origins, copies, services in sizes:
        print(f"{origins} logements, horaire × {copies}, {services} services", flush=True)
        answers[origins, copies, services] = run_child(
            "transit", origins=origins, copies=copies, services=services, cache=cache
        )
    rows = [row for size, answer in answers.items() for row in _rows(size, answer)]
    remarks = [
        "Rues réelles des Hauts-de-Seine (août 2021), logements et services tirés le long des rues, à pied "
        f"jusqu'à l'arrêt (15 min), {LONGEST_MIN:g} min de trajet au plus, 4 véhicules, 120 minutes de départ, "
        "centiles 25, 50, 75. Horaires réels de la RATP (bus) et de Transilien un mardi ; « × 10 » : chaque course est "
        "recopiée neuf fois, 61 s plus tard à chaque fois.",
        "Secondes de processeur de tous les fils. « Marches » : d'arrêt en arrêt, puis de chaque logement aux arrêts ; "
        "« balayages » : les services à rebours, puis chaque minute de chaque logement et les centiles. « Mémoire » : "
        "pic du processus, bibliothèques, rues et horaires compris.",
        f"Les logements sont pris par {HOMES_AT_ONCE} (le moteur d'une étude fait de même), ici les services par "
        f"{SERVICES_AT_ONCE}, et seul le temps au plus proche est gardé : la matrice entière d'un million de logements "
        "et de cent services prendrait 1,2 Go à trois centiles. Au-delà d'un bloc de logements, chaque service est "
        "balayé une fois par bloc.",
    ]
    exponents = _exponents(answers)
    return Section(title, rows, [*remarks, *exponents])


def _rows(size: tuple[int, int, int], answer: Answer) -> list[Row]:
    origins, copies, services = size
    homes = f"{origins:,}".replace(",", "\u202f")
    task = f"{homes} logements × {services} services, horaire × {copies}"
    facts = f"{answer['ways'] / origins:.0f} marches par logement, {answer['calls'] / 1e6:.1f} M passages".replace(
        ".", ","
    )
    reached = f"{100 * answer['reached']:.0f} % atteignent un service"
    return [
        Row(f"{task} : marches", OURS, answer["between"] + answer["access"], "s CPU", difference=facts),
        Row(f"{task} : balayages", OURS, answer["scan"], "s CPU", difference=reached),
        Row(f"{task} : mémoire", OURS, answer["peak_mb"], "Mo"),
    ]


def _exponents(answers: dict[tuple[int, int, int], Answer]) -> list[str]:
    """How the scans grow with homes and with the feed, as slopes of logarithms."""
    words = []
    for axis, at, fixed in (("les logements", 0, (1, _FEW)), ("l'horaire", 1, (40_000, _FEW))):
        of_axis = {size[at]: answer for size, answer in answers.items() if tuple(np.delete(size, at).tolist()) == fixed}
        if len(of_axis) > 1:
            sizes = np.array(list(of_axis), dtype=float)
            slope = fitted_exponent(sizes, np.array([answer["scan"] for answer in of_axis.values()]))
            words.append(f"Balayages selon {axis} : exposant {slope:.2f} (1 : en proportion).".replace(".", ",", 1))
    return words
