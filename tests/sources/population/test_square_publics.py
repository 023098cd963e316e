"""Publics from larger squares; persons follow the population, households and dwellings keep their own total."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access92.errors import InputError
from access92.sources.population.demand import PopulationRead, read_population
from access92.sources.population.publics import count_publics
from access92.sources.population.spread import Spread
from access92.sources.study_population import read_study_population
from access92.study.model import Study
from tests.sources.table_studies import GRID_COLUMNS, LAMBERT, X0, Y0, make_streets, make_study, two_squares

STREETS = make_streets((100, 100, 400, 100), (600, 600, 900, 600), (1100, 100, 1400, 100), (1600, 600, 1900, 600))
PUBLICS = (
    {"name": "enfants", "title": "Enfants", "column": "ind_0_3 + ind_4_5"},
    {"name": "pauvres", "title": "Pauvres", "column": "men_pauv", "unit": "households"},
    {"name": "sociaux", "title": "Sociaux", "column": "log_soc", "unit": "dwellings"},
)
CELLS = ((0, 0, 30, 0), (500, 500, 10, 1), (1000, 0, 20, 0), (1500, 500, 60, 0))
"""Squares of 500 m: their corners from that of the areas, their people, whether they are imputed."""
SQUARES = ((0, 0, 40, 4, 2, 8, 5), (1000, 0, 80, 8, 0, 20, 16))
"""Squares of 1 km: people, 0-3, 4-5, poor households, social dwellings."""


def write_files(folder: Path, *, squares: tuple[tuple[float, ...], ...] = SQUARES) -> dict[str, Any]:
    cells = [f"{X0 + x},{Y0 + y},{people},{flag}" for x, y, people, flag in CELLS]
    (folder / "cells.csv").write_text("\n".join(["x,y,ind,imputed", *cells]) + "\n", encoding="utf-8")
    rows = [",".join(map(str, (X0 + x, Y0 + y, *counts))) for x, y, *counts in squares]
    heading = "x,y,ind,ind_0_3,ind_4_5,men_pauv,log_soc"
    (folder / "squares.csv").write_text("\n".join([heading, *rows]) + "\n", encoding="utf-8")
    files = {"file": str(folder / "cells.csv"), "publics_file": str(folder / "squares.csv")}
    return {"method": "grid", "cell_m": 500.0, **GRID_COLUMNS, **files}


def study_of(population: dict[str, Any], publics: tuple[dict[str, Any], ...] = PUBLICS) -> Study:
    return make_study(population=population, public=publics)


def read(study: Study, legal: tuple[float, float] = (100.0, 160.0)) -> PopulationRead:
    return read_population(study, areas=two_squares(legal), streets=STREETS, crs=LAMBERT)


def test_publics_go_to_the_squares_inside_each_in_proportion_to_their_persons(tmp_path: Path) -> None:
    demand = read(study_of(write_files(tmp_path) | {"rescale": False})).demand
    by_square = demand.groupby("unit_id").sum(numeric_only=True)
    west = by_square.loc[[f"CRS2154RES500mN{Y0:.0f}E{X0:.0f}", f"CRS2154RES500mN{Y0 + 500:.0f}E{X0 + 500:.0f}"]]
    assert west["population"].tolist() == pytest.approx([30, 10])
    assert west["public_ind_0_3_ind_4_5"].tolist() == pytest.approx([4.5, 1.5])
    assert west["households_men_pauv"].tolist() == pytest.approx([6, 2])
    assert west["dwellings_log_soc"].tolist() == pytest.approx([3.75, 1.25])


def test_the_squares_of_people_and_of_publics_and_their_scaling_are_recorded(tmp_path: Path) -> None:
    told = next(item for item in read(study_of(write_files(tmp_path))).records if item.code == "population_placed")
    assert told.subject == ("grid", "streets")
    assert told.numbers == {"rescaled": 1.0, "cell_m": 500.0, "publics_cell_m": 1000.0}


def test_persons_follow_the_legal_population_and_households_never_do(tmp_path: Path) -> None:
    """West 40 persons of the file are 100, east 80 are 160; households and dwellings stay those of the file."""
    result = read(study_of(write_files(tmp_path)))
    by_area = result.demand.groupby("area_id").sum(numeric_only=True)
    assert by_area["population"].tolist() == [100, 160]
    assert by_area["public_ind_0_3_ind_4_5"].tolist() == pytest.approx([15, 16])
    assert by_area["households_men_pauv"].tolist() == pytest.approx([8, 20])
    assert by_area["dwellings_log_soc"].tolist() == pytest.approx([5, 16])
    totals = {item.subject: item.numbers for item in result.records if item.code == "public_total"}
    assert totals["Enfants", "persons"]["counted"] == pytest.approx(31)
    assert totals["Enfants", "persons"]["in_file"] == pytest.approx(14)
    assert totals["Pauvres", "households"]["counted"] == pytest.approx(28)
    assert totals["Sociaux", "dwellings"]["in_file"] == pytest.approx(21)


def test_imputed_squares_and_one_too_dense_are_told(tmp_path: Path) -> None:
    population = write_files(tmp_path)
    records = {item.code: item for item in read(study_of(population)).records}
    assert records["squares_imputed"].numbers == {"squares": 1.0, "of": 4.0, "persons": 10.0}
    assert records["squares_imputed"].population == pytest.approx(25)
    assert "square_too_dense" not in records
    file = tmp_path / "dense.csv"
    file.write_text(f"x,y,ind\n{X0},{Y0},4001\n{X0 + 200},{Y0},3999\n", encoding="utf-8")
    dense = {"method": "grid", "cell_m": 200.0, "file": str(file), "rescale": False, **GRID_COLUMNS}
    told = [item for item in read(study_of(dense, ())).records if item.code == "square_too_dense"]
    assert [(item.subject, item.numbers["persons"]) for item in told] == [
        ((f"CRS2154RES200mN{Y0:.0f}E{X0:.0f}",), 4001.0)
    ]


def test_squares_that_the_publics_leave_out_are_told_and_have_the_shares_of_the_whole(tmp_path: Path) -> None:
    result = read(study_of(write_files(tmp_path, squares=SQUARES[1:]) | {"rescale": False}))
    record = next(item for item in result.records if item.code == "squares_without_publics")
    assert (record.numbers["squares"], record.population) == (2.0, 40.0)
    west = result.demand[result.demand["area_id"] == "a"]
    assert west["households_men_pauv"].sum() == pytest.approx(40 * 20 / 80)


def test_publics_of_another_territory_are_refused(tmp_path: Path) -> None:
    population = write_files(tmp_path, squares=((90_000, 0, 40, 4, 2, 8, 5),))
    with pytest.raises(InputError, match="ne couvre pas les carreaux"):
        read(study_of(population))


@pytest.mark.parametrize(
    ("public", "words"),
    [
        ({"column": "men_pauv"}, "ne compte pas des habitants.*households"),
        ({"column": "Log_soc", "unit": "households"}, "dwellings"),
        ({"column": "C21_MENFAMMONO"}, "households"),
        ({"column": "ind_80p", "unit": "households"}, "persons"),
        ({"column": "ind_0_3 + men_pauv"}, "men_pauv"),
        ({"column": "men_surf", "unit": "households"}, "mètres carrés"),
        ({"unit": "households"}, "« population »"),
    ],
)
def test_a_column_of_insee_in_a_wrong_unit_is_refused(public: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        make_study(public=[{"name": "a", "title": "A"} | public])


def test_a_publics_file_without_squares_is_refused() -> None:
    with pytest.raises(ValueError, match="publics_file"):
        make_study(population={"method": "points", "file": "people_good.csv", "publics_file": "people_good.csv"})
    unsaid = {"file": "people_good.csv", "publics_file": "people_good.csv"}
    with pytest.raises(InputError, match="publics_file demande"):
        read(study_of(unsaid, ()))


def test_the_cache_gives_publics_and_records_back_and_follows_their_file(tmp_path: Path) -> None:
    study = study_of(write_files(tmp_path))

    def cached() -> PopulationRead:
        return read_study_population(study, two_squares(), STREETS, streets_key="k", cache_folder=tmp_path)

    first, again = cached(), cached()
    assert again.records == first.records
    assert again.demand["households_men_pauv"].equals(first.demand["households_men_pauv"])
    write_files(tmp_path, squares=tuple((*row[:5], 2 * row[5], row[6]) for row in SQUARES))
    assert cached().demand["households_men_pauv"].sum() == pytest.approx(56)


@given(
    raw=st.lists(st.floats(0, 50), min_size=1, max_size=12),
    rows=st.lists(st.integers(-1, 3), min_size=12, max_size=12),
    areas=st.lists(st.integers(0, 2), min_size=12, max_size=12),
    scaled=st.lists(st.integers(0, 9), min_size=12, max_size=12),
)
def test_each_area_keeps_its_households_however_its_people_are_scaled(
    raw: list[float], rows: list[int], areas: list[int], scaled: list[int]
) -> None:
    count = len(raw)
    row, area = np.array(rows[:count]), np.array(areas[:count])
    in_file, people = np.where(row < 0, 0.0, raw), np.array(scaled[:count], dtype=float)
    spread = Spread(np.zeros(count), np.zeros(count), in_file, np.ones(count), row, area)
    share = np.array([0.5, 0.2, 0.0, 1.5, 0.4])
    study = make_study(public=[{"name": "a", "title": "A", "column": "foyers", "unit": "households"}])
    values = count_publics(study, spread, people, {"households_foyers": share})["households_foyers"]
    expected = np.bincount(area, weights=share[row] * in_file, minlength=3)
    inhabited = np.bincount(area, weights=people, minlength=3) > 0
    found = np.bincount(area, weights=values, minlength=3)
    np.testing.assert_allclose(found[inhabited], expected[inhabited], atol=1e-9)
    assert (values >= 0).all()
    assert (values[people == 0] == 0).all()
