"""Tables spoiled as an office would (:mod:`tests.sources.office.spoiled_tables`): read as the clean one, or refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pyproj import CRS
from shapely import Point

from access92.errors import InputError, input_error
from access92.run.new_study import population_keys
from access92.sources.office.heads import READING
from access92.sources.population.layout import resolve_population
from access92.sources.population.read import read_population_rows
from access92.sources.services import read_services
from access92.sources.tables import place_rows
from access92.sources.visits import read_calendar
from access92.study.files import PopulationInput, ServicesInput
from access92.study.model import Study
from access92.study.read import read_study
from tests.sources.office.spoiled_tables import Column, Sheet, sheet_of, spoiled, write_spoiled
from tests.toy_study import lon_lat, write_toy_study

WGS84 = CRS.from_epsg(4326)
SERVICE_COLUMNS = (
    Column("Nom", "text", ("Libellé", "Structure", "Nom du service")),
    Column("Type", "text", ("Catégorie", "Type de service")),
    Column("Adresse", "text", ("Voie", "Adresse postale"), "Adresse"),
    Column("Code postal", "code", ("CP",), "Adresse"),
    Column("Commune", "text", ("Ville",), "Adresse"),
    Column("Longitude", "degrees", ("lon", "Long"), "Coordonnées"),
    Column("Latitude", "degrees", ("lat",), "Coordonnées"),
    Column("Date d'ouverture", "day", ("Ouvert depuis", "Mise en service")),
)
PEOPLE_COLUMNS = (
    Column("identifiant", "text"),
    Column("lon", "degrees", ("longitude",)),
    Column("lat", "degrees", ("latitude",)),
    Column("population", "count", ("habitants", "Population municipale")),
)
VISIT_COLUMNS = (
    Column("Unité", "text", ("Véhicule", "Bus")),
    Column("Lieu", "text", ("Halte", "Arrêt")),
    Column("Longitude", "degrees", ("lon",), "Coordonnées"),
    Column("Latitude", "degrees", ("lat",), "Coordonnées"),
    Column("Date", "day", ("Jour",)),
    Column("Début", "clock", ("Heure de début",), "Horaires"),
    Column("Fin", "clock", ("Heure de fin",), "Horaires"),
)
Rows = list[tuple[Any, ...]]
TOLD = ("sans titre", "et non «")
"""Of a table of services: a column without a heading is not read, or one of two names is; the notice says so."""


def at(point: Point | None) -> tuple[float, float]:
    return (0.0, 0.0) if point is None else (round(point.x, 6), round(point.y, 6))


def place(rng: random.Random) -> list[str]:
    return [f"{value:.6f}" for value in lon_lat(rng.uniform(0, 5), rng.uniform(0, 5))]


def services(rng: random.Random) -> Sheet:
    names = rng.sample(["PMI des Lilas", "Espace Mermoz", "Maison Hoche", "Centre Œuvrard", "Antenne", "Site B"], 4)
    rows = [
        [name, rng.choice(["PMI", "SST"]), f"{at + 1} rue Hoche", rng.choice(["01500", "92170"]),
         rng.choice(["Vanves", "Malakoff"]), *place(rng), rng.choice(["2020-03-14", "2021-11-05", ""])]
        for at, name in enumerate(names)
    ]  # fmt: skip
    return sheet_of(SERVICE_COLUMNS, rows)


def people(rng: random.Random) -> Sheet:
    counts = rng.choice([(3, 900), (1000, 900_000), (1, 4000)])
    rows = [[f"P{at}", *place(rng), str(rng.randint(*counts))] for at in range(4)]
    return sheet_of(PEOPLE_COLUMNS, rows)


def visits(rng: random.Random) -> Sheet:
    rows = [
        [rng.choice(["Bus santé", "Caravane"]), f"Place {at}", *place(rng), f"2025-03-{at + 3:02}",
         rng.choice(["09:00", "10:30"]), rng.choice(["12:00", "17:45"])]
        for at in range(4)
    ]  # fmt: skip
    return sheet_of(VISIT_COLUMNS, rows)


def read_as_services(file: Path, study: Study) -> tuple[Rows, str]:
    settings = ServicesInput.model_validate({"file": str(file), "kind": study.services.kind})
    read = read_services(study.model_copy(update={"services": settings}), crs=WGS84)
    days = read["valid_from"].astype(str)
    rows = zip(read["kind"], read.geometry, read["name"], read["address"], days, strict=True)
    return sorted((kind, *at(point), *told) for kind, point, *told in rows), " ".join(read.attrs["notices"])


def read_as_people(file: Path, study: Study) -> tuple[Rows, str]:
    written = {"file": str(file), "method": "points", **population_keys(file)}
    settings = PopulationInput.model_validate(written)
    study = resolve_population(study.model_copy(update={"population": settings}))
    read = read_population_rows(study, None)
    points = place_rows(read.rows, where="t").geometry
    if points.isna().any():  # as the reader of points, before it places them in the areas
        raise input_error("Des lignes de population ne sont pas des points.", str(file), "Leur donner des coordonnées.")
    rows = zip(points, np.asarray(read.population), strict=True)
    return sorted((*at(point), float(count)) for point, count in rows), ""


def read_as_visits(file: Path, _study: Study) -> tuple[Rows, str]:
    read = read_calendar(file, crs=WGS84)
    starts, ends = read["starts_at"].astype(str), read["ends_at"].astype(str)
    rows = zip(read["unit"], read.geometry, starts, ends, read["name"], strict=True)
    return sorted((unit, *at(point), *told) for unit, point, *told in rows), " ".join(read.attrs[READING])


READERS: dict[str, tuple[Callable[[random.Random], Sheet], Callable[[Path, Study], tuple[Rows, str]]]] = {
    "services": (services, read_as_services),
    "people": (people, read_as_people),
    "visits": (visits, read_as_visits),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Study:
    return read_study(write_toy_study(tmp_path_factory.mktemp("spoiled")))


def check_spoiled(kind: str, seeds: range, folder: Path, study: Study) -> int:
    """How many of the spoiled tables are read; every one as its clean table is, or refused."""
    make, read = READERS[kind]
    count = 0
    for seed in seeds:
        rng = random.Random(seed)
        given = study.model_copy(update={"services": study.services.model_copy(update={"kind": None})})
        if kind == "services" and rng.random() < 0.3:
            given = study.model_copy(update={"services": study.services.model_copy(update={"kind": "pmi"})})
        clean = make(rng)
        (folder / "clean.csv").write_text("\n".join(";".join(line) for line in clean.lines) + "\n", encoding="utf-8")
        wanted, _ = read(folder / "clean.csv", given)
        assert len(wanted) == len(clean.lines) - 1
        dirty = spoiled(clean, rng)
        file = write_spoiled(dirty, folder, rng)
        try:
            answer, notices = read(file, given)
        except InputError:
            continue
        count += 1
        if any(told in notices for told in TOLD):  # names, addresses and days may be of others: kinds and places not
            answer, wanted = ([row[:3] for row in rows] for rows in (answer, wanted))
        assert answer == wanted, f"seed {seed}: {dirty.spoils}\n{file.name}\n" + "\n".join(map(str, dirty.lines))
    return count


@pytest.mark.parametrize("kind", READERS)
def test_a_spoiled_table_is_read_as_the_clean_one_or_refused(kind: str, tmp_path: Path, study: Study) -> None:
    assert check_spoiled(kind, range(20), tmp_path, study) >= 4


@pytest.mark.slow
@pytest.mark.parametrize("kind", READERS)
def test_hundreds_of_spoiled_tables_are_read_as_the_clean_one_or_refused(
    kind: str, tmp_path: Path, study: Study
) -> None:
    assert check_spoiled(kind, range(1000, 1400), tmp_path, study) >= 100
