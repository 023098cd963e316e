"""Competent or nearest, on paper; and the sectors that the shipped services declare."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access92.measures.sectors import (
    SECTOR_COLUMNS,
    SectorMap,
    find_sectors,
    read_sectors,
    sector_minutes,
    sector_notices,
    sector_table,
)
from access92.sources.served_areas import parse_communes, with_served_areas
from access92.study.kinds import KINDS
from access92.study.notices import Notice
from tests.random_examples import examples

DATA = Path(__file__).resolve().parent.parent.parent / "data"
NAN = np.nan

# SST 1 has two sites (rows 0 and 1) and receives A; SST 2 receives B; the pôle at the door of A receives nobody.
SERVICES = pd.DataFrame(
    {
        "service_id": ["S1", "S1-BIS", "S2", "P"],
        "name": ["SST 1 Alpha", "SST 1 annexe", "SST 2 Bêta", "Pôle social"],
        "kind": ["sst", "sst", "sst", "pole_social"],
        "communes_served": ["Alpha", "Alpha (sites ; reste du secteur non trouvé)", "Bêta", "Alpha"],
    },
)
AREAS = pd.DataFrame({"area_id": ["a", "b", "c"], "name": ["Alpha", "Bêta", "Gamma-d'Ô"]})
ROWS = np.arange(4, dtype=np.int32)
DEMAND = pd.DataFrame({"area_id": ["a", "a", "a", "b", "b", "b", "c"], "population": [1, 2, 4, 8, 16, 32, 64]})
MINUTES = np.array(
    [
        [10, 30, 20, 9, 5, NAN, 1],  # S1
        [12, 20, 30, 9, 50, NAN, 1],  # S1-BIS
        [10, 10, NAN, 9, 25, NAN, 1],  # S2
        [0, 0, 0, 0, 0, 0, 0],  # P
    ],
    dtype=np.float32,
)


def found(services: pd.DataFrame = SERVICES, rows: np.ndarray = ROWS, areas: pd.DataFrame = AREAS) -> SectorMap:
    return find_sectors(with_served_areas(services, areas), rows, areas)


def table(minutes: np.ndarray = MINUTES, **options: pd.DataFrame) -> pd.DataFrame:
    return sector_table(
        found(**options), minutes, DEMAND, AREAS, scenario="now", mode="walk", threshold_min=20
    ).set_index("area_id")


@pytest.mark.parametrize(
    ("text", "communes", "note"),
    [
        ("Antony; Sceaux", ("Antony", "Sceaux"), ""),
        ("Clichy; Levallois-Perret (d'après le pôle social 2024)", ("Clichy", "Levallois-Perret"),
         "d'après le pôle social 2024"),
        ("Courbevoie (siège ; reste du secteur non trouvé)", ("Courbevoie",), "siège ; reste du secteur non trouvé"),
        ("Vanves (nord) ; Clamart (sud; centre); ", ("Vanves", "Clamart"), "nord ; sud; centre"),
        ("Sceaux; Sceaux", ("Sceaux",), ""),
        ("", (), ""),
    ],
)  # fmt: skip
def test_notes_in_parentheses_are_no_communes(text: str, communes: tuple[str, ...], note: str) -> None:
    assert parse_communes(text) == (communes, note)


def test_sites_of_one_sst_share_its_team_and_a_nameless_service_is_its_own() -> None:
    assert [sector.team for sector in read_sectors(SERVICES, ROWS)] == ["SST 1", "SST 1", "SST 2", "P"]


def test_a_table_without_sectors_leaves_everybody_out() -> None:
    services = SERVICES.drop(columns="communes_served")
    assert found(services).rows_by_area == {}
    total = table(services=services).loc["total"]
    assert total["population_left_out"] == total["population"] == 127
    assert np.isnan(total["median_competent_min"])


def test_only_services_of_the_kind_are_competent_and_several_sites_are_no_dispute() -> None:
    competence = found()
    assert competence.service_ids("a") == "S1;S1-BIS"
    assert competence.service_ids("b") == "S2"
    assert competence.service_ids("c") == ""
    assert competence.disputed == ()
    assert competence.unknown == ()


def test_a_service_that_the_scenario_does_not_count_is_not_competent() -> None:
    assert found(rows=np.array([1, 3])).service_ids("a") == "S1-BIS"
    assert found(rows=np.array([3])).rows_by_area == {}


def test_two_sst_that_claim_one_commune_are_both_competent_and_it_is_said() -> None:
    competence = found(SERVICES.assign(communes_served=["Alpha", "Alpha", "Alpha; Bêta", ""]))
    assert competence.service_ids("a") == "S1;S1-BIS;S2"
    assert competence.disputed == (("a", ("SST 1", "SST 2")),)
    assert sector_minutes(competence, MINUTES, DEMAND)[0][:3].tolist() == [10, 10, 20]


@pytest.mark.parametrize("name", ["GAMMA-D'O", "gamma-d’ô", "Gamma-d'Ô"])
def test_accents_case_and_apostrophes_do_not_matter(name: str) -> None:
    assert found(SERVICES.assign(communes_served=[name, "", "", ""])).service_ids("c") == "S1"


@pytest.mark.parametrize("name", ["Gamma d'Ô", "Gamma", "Le Gamma-d'Ô"])
def test_any_other_difference_is_reported_as_an_unknown_commune(name: str) -> None:
    competence = found(SERVICES.assign(communes_served=[name, "", "", ""]))
    assert competence.unknown == (("S1", name),)
    assert competence.rows_by_area == {}


def test_the_nearest_site_of_the_competent_sst_counts() -> None:
    times, known = sector_minutes(found(), MINUTES, DEMAND)
    np.testing.assert_array_equal(times, np.array([10, 20, 20, 9, 25, NAN, NAN], dtype=np.float32))
    assert known.tolist() == [True] * 6 + [False]


def test_minutes_lost_are_those_beyond_the_nearest_and_ties_are_ones_own() -> None:
    told = table()
    assert told["minutes_lost_person_min"].tolist() == [2 * 10, 16 * 20, 0, 340]
    assert told["population_nearest_other"].tolist() == [2, 16, 0, 18]


def test_people_under_the_threshold_of_their_own_sst_and_of_the_nearest_are_strict() -> None:
    told = table()
    assert told["population_competent_under"].tolist() == [1, 8, 0, 9]  # at exactly 20 minutes one is not under 20
    assert told["population_nearest_under"].tolist() == [3, 24, 0, 27]


def test_means_and_medians_weigh_people() -> None:
    told = table()
    assert told.loc["a", "mean_competent_min"] == (10 + 2 * 20 + 4 * 20) / 7
    assert told.loc["a", "mean_nearest_min"] == (10 + 2 * 10 + 4 * 20) / 7
    assert told.loc["a", ["median_competent_min", "median_nearest_min"]].tolist() == [20, 20]


def test_people_whose_competent_sst_is_beyond_the_cutoff_are_told_apart() -> None:
    told = table()
    assert told["population_unreached"].tolist() == [0, 32, 0, 32]
    assert np.isnan(told.loc["b", "median_competent_min"])  # 32 of 56 are beyond: so is the median
    assert told.loc["b", "mean_competent_min"] == (8 * 9 + 16 * 25) / 24


def test_people_who_reach_only_another_sst_have_theirs_out_of_reach_and_lose_no_known_minute() -> None:
    minutes = np.full((4, 7), NAN, dtype=np.float32)
    minutes[0, 3] = 5.0  # in B, S1 is reached, S2 is not
    told = table(minutes)
    assert told.loc["b", ["population_unreached", "population_nearest_other"]].tolist() == [56, 8]
    assert told.loc["total", "minutes_lost_person_min"] == 0


def test_people_without_a_known_sector_are_left_out_of_every_other_figure() -> None:
    told = table()
    assert told["population_left_out"].tolist() == [0, 0, 64, 64]
    gamma = told.loc["c"]
    assert gamma["population"] == 64
    assert gamma[["population_unreached", "population_nearest_other", "minutes_lost_person_min"]].tolist() == [0, 0, 0]
    assert gamma[["median_competent_min", "mean_nearest_min", "median_nearest_min"]].isna().all()


def test_the_table_keeps_its_columns_its_areas_and_their_order() -> None:
    areas = pd.DataFrame({"area_id": ["empty", "b"], "name": ["Vide", "Bêta"]})
    told = sector_table(found(), MINUTES, DEMAND, areas, scenario="now", mode="walk", threshold_min=20)
    assert tuple(told.columns) == SECTOR_COLUMNS
    assert told["area_id"].tolist() == ["empty", "b", "total"]
    assert told["population"].tolist() == [0, 56, 127]


def test_a_commune_that_has_the_name_of_another_is_a_notice() -> None:
    areas = AREAS.assign(name="Alpha")
    competence = found(SERVICES.assign(communes_served=["Alpha", "", "", ""]), areas=areas)
    told = sector_table(competence, MINUTES, DEMAND, areas, scenario="now", mode="walk", threshold_min=20)
    assert Notice("commune_ambiguous", ("S1", "Alpha")) in sector_notices(competence, told, areas)


def test_what_is_not_known_is_a_notice_with_its_people() -> None:
    services = SERVICES.assign(communes_served=["Alpha; Atlantide", "Alpha (reste non trouvé)", "Alpha", ""])
    competence = found(services)
    told = sector_table(competence, MINUTES, DEMAND, AREAS, scenario="now", mode="walk", threshold_min=20)
    assert sector_notices(competence, told, AREAS) == [
        Notice("sector_unknown", ("b", "c"), population=120.0),
        Notice("area_disputed", ("a", "SST 1", "SST 2"), population=7.0),
        Notice("commune_unknown", ("S1", "Atlantide")),
        Notice("sector_incomplete", ("S1-BIS", "SST 1 annexe", "reste non trouvé")),
    ]


def test_an_added_sst_without_sector_is_said_and_may_be_the_nearest() -> None:
    services = SERVICES.assign(communes_served=["Alpha", "Alpha", "", ""])
    competence = found(services)
    told = sector_table(competence, MINUTES, DEMAND, AREAS, scenario="now", mode="walk", threshold_min=20)
    assert told["population_nearest_other"].iloc[0] == 2
    assert Notice("service_without_sector", ("S2", "SST 2 Bêta")) in sector_notices(competence, told, AREAS)


@examples(30)
@given(seed=st.integers(0, 10_000))
def test_the_competent_sst_is_never_nearer_than_the_nearest_and_areas_sum_to_the_total(seed: int) -> None:
    rng = np.random.default_rng(seed)
    minutes = rng.integers(0, 60, (4, 7)).astype(np.float32)
    minutes[rng.random((4, 7)) < 0.3] = np.nan
    told = table(minutes)
    assert (told["minutes_lost_person_min"] >= 0).all()
    assert not (told["mean_competent_min"] < told["mean_nearest_min"]).any()
    figures = [name for name in SECTOR_COLUMNS if name.startswith(("population", "minutes"))]
    np.testing.assert_allclose(told.drop(index="total")[figures].sum(), told.loc["total", figures].astype(float))


@pytest.fixture(scope="module")
def shipped() -> tuple[pd.DataFrame, pd.DataFrame]:
    services = pd.read_csv(DATA / "services" / "services.csv", dtype=str)
    communes = gpd.read_file(DATA / "areas" / "communes.geojson").rename(columns={"insee": "area_id"})
    areas = pd.DataFrame(communes[["area_id", "name"]])
    return with_served_areas(services, areas), areas


def test_every_sector_of_the_shipped_services_names_communes_of_the_departement(
    shipped: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    services, communes = shipped
    for kind in KINDS:
        sectors = find_sectors(services, np.arange(len(services)), communes, kind=kind)
        assert (sectors.unknown, sectors.ambiguous) == ((), ())


def test_the_sst_of_autumn_2024_leave_twelve_communes_without_a_known_sst(
    shipped: tuple[pd.DataFrame, pd.DataFrame],
) -> None:
    services, communes = shipped
    day = "2024-10-18"
    counted = services["valid_from"].fillna("") <= day
    counted &= (services["valid_to"].fillna("9") >= day) & services["lon"].notna()
    competence = find_sectors(services, np.flatnonzero(counted), communes)
    assert len({sector.team for sector in competence.sectors}) == 13
    assert competence.service_ids("92014") == "SST11;SST11-BLR"  # Bourg-la-Reine: two sites of one SST
    assert competence.service_ids("92060") == "SST12"  # Le Plessis-Robinson
    assert competence.disputed == ()
    silent = communes.loc[~communes["area_id"].isin(list(competence.rows_by_area)), "name"]
    assert silent.tolist() == [
        "Bois-Colombes", "Chaville", "Fontenay-aux-Roses", "Garches", "La Garenne-Colombes", "Marnes-la-Coquette",
        "Neuilly-sur-Seine", "Rueil-Malmaison", "Saint-Cloud", "Sèvres", "Vaucresson", "Ville-d'Avray",
    ]  # fmt: skip
    incomplete = {sector.service_id for sector in competence.sectors if not sector.is_whole}
    assert incomplete == {"SST01", "SST04", "SST05", "SST06", "SST08", "SST11", "SST11-BLR"}
