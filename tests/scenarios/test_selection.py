"""Which services a scenario counts, and what is said of the others."""

from __future__ import annotations

from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from access92.errors import InputError
from access92.outputs.words.omissions import reason_text
from access92.scenarios.selection import scenario_services, unlocated_services
from access92.sources.areas import read_areas
from access92.sources.services import read_services
from access92.study.model import Scenario
from access92.study.omissions import reasons_from_texts, reasons_to_texts
from access92.study.read import read_study
from tests.sources.table_studies import SHIPPED_STUDY

DAY = date(2024, 10, 18)


def town_services() -> gpd.GeoDataFrame:
    """Seven services: open, double, planned, without place, future, past, ending on the day itself."""
    frame = pd.DataFrame(
        [
            ("SST1", "SST Un", "sst", "", "open", None, None),
            ("PMI1", "PMI et CSS", "pmi", "css; antenne", "open", None, None),
            ("SST2", "SST prévu", "sst", "", "planned", None, None),
            ("SST3", "SST sans lieu", "sst", "", "open", None, None),
            ("SST4", "SST futur", "sst", "", "open", "2024-10-19", None),
            ("SST5", "SST passé", "sst", "", "open", None, "2024-10-17"),
            ("SST6", "SST du jour", "sst", "", "open", "2024-10-18", "2024-10-18"),
        ],
        columns=["service_id", "name", "kind", "also_kinds", "status", "valid_from", "valid_to"],
    )
    for name in ("valid_from", "valid_to"):
        frame[name] = pd.to_datetime(frame[name])
    places = [shapely.Point(row, 0) for row in range(len(frame))]
    places[3] = None
    return gpd.GeoDataFrame(frame, geometry=places, crs=2154)


def scenario(**parts: tuple[str, ...]) -> Scenario:
    return Scenario.model_validate({"name": "essai", "title": "Essai", **parts})


def counted(**parts: tuple[str, ...]) -> list[str]:
    services = town_services()
    rows = scenario_services(services, scenario(**parts), reference_date=DAY)
    assert rows.dtype == np.int32
    return services["service_id"].iloc[rows].tolist()


def test_only_open_located_and_valid_services_count() -> None:
    assert counted(kinds=("sst",)) == ["SST1", "SST6"]


def test_a_second_kind_at_the_same_counter_counts() -> None:
    assert counted(kinds=("css",)) == ["PMI1"]
    assert counted(kinds=("antenne",)) == ["PMI1"]


def test_an_included_service_counts_whatever_its_kind() -> None:
    assert counted(include=("PMI1",)) == ["PMI1"]
    assert counted(kinds=("sst",), include=("PMI1",)) == ["SST1", "PMI1", "SST6"]


def test_an_excluded_service_does_not_count_even_when_included() -> None:
    assert counted(kinds=("sst",), exclude=("SST6",)) == ["SST1"]
    assert counted(kinds=("sst",), include=("SST3",), exclude=("SST3", "SST6")) == ["SST1"]


def test_a_service_that_a_change_made_counts_whatever_its_kind_unless_excluded_or_not_open() -> None:
    services = town_services()

    def ids(**options: object) -> list[str]:
        choice = scenario(kinds=("sst",), exclude=options.pop("exclude", ()))  # type: ignore[arg-type]
        rows = scenario_services(services, choice, reference_date=DAY, **options)  # type: ignore[arg-type]
        return services["service_id"].iloc[rows].tolist()

    assert ids() == ["SST1", "SST6"]
    assert ids(changed=["PMI1"]) == ["SST1", "PMI1", "SST6"]
    assert ids(changed=["PMI1"], exclude=("PMI1",)) == ["SST1", "SST6"]
    assert ids(changed=["SST2"]) == ["SST1", "SST6"]


def test_a_service_that_a_change_closed_may_still_be_in_include_or_exclude() -> None:
    services, choice = town_services(), scenario(kinds=("sst",), include=("OLD",), exclude=("OLDER",))
    assert len(scenario_services(services, choice, reference_date=DAY, closed=["OLD", "OLDER"])) == 2
    with pytest.raises(InputError, match="« OLD »"):
        scenario_services(services, choice, reference_date=DAY)


def test_a_kind_is_a_whole_word() -> None:
    services = town_services().assign(also_kinds="css_mobile")
    with pytest.raises(InputError):
        scenario_services(services, scenario(kinds=("css",)), reference_date=DAY)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"kinds": ("sst",), "include": ("PMI2",)}, ["« PMI2 »", "include", "« PMI1 »"]),
        ({"kinds": ("sst",), "exclude": ("SST99",)}, ["« SST99 »", "exclude"]),
        ({"include": ("quelque chose",)}, ["Identifiants connus : PMI1"]),
        ({"include": ("SST2",)}, ["annoncé", "SST prévu"]),
        ({"include": ("SST3",)}, ["position inconnue"]),
        ({"include": ("SST4",)}, ["19/10/2024"]),
        ({"include": ("SST5",)}, ["17/10/2024"]),
        ({"kinds": ("mdph",)}, ["aucun service", "18/10/2024", "mdph"]),
        ({"kinds": ("sst",), "exclude": ("SST1", "SST6")}, ["aucun service"]),
    ],
)
def test_a_scenario_that_cannot_be_is_refused_in_french(parts: dict[str, tuple[str, ...]], words: list[str]) -> None:
    with pytest.raises(InputError) as refused:
        counted(**parts)
    for word in words:
        assert word in str(refused.value)


def test_each_service_left_aside_has_its_reason() -> None:
    aside = unlocated_services(town_services(), DAY)
    assert list(aside.columns) == ["service_id", "name", "kind", "reasons"]
    assert dict(zip(aside["service_id"], map(reason_text, aside["reasons"]), strict=True)) == {
        "SST2": "annoncé, pas encore ouvert",
        "SST3": "position inconnue",
        "SST4": "ouvert seulement le 19/10/2024",
        "SST5": "fermé ou remplacé après le 17/10/2024",
    }


@pytest.mark.parametrize("service_id", ["SST2", "SST3", "SST4", "SST5"])
def test_the_refusal_to_include_a_service_gives_the_reason_of_the_list(service_id: str) -> None:
    aside = unlocated_services(town_services(), DAY).set_index("service_id")["reasons"]
    with pytest.raises(InputError, match=f"ne peut pas compter : {reason_text(aside[service_id])}\\."):
        counted(include=(service_id,))


def test_a_service_has_each_of_its_reasons_once_in_their_order() -> None:
    services = town_services().assign(status="planned", valid_from="2024-10-19", valid_to="2024-10-17", geometry=None)
    reasons = unlocated_services(services, DAY)["reasons"].iloc[0]
    assert reason_text(reasons) == (
        "annoncé, pas encore ouvert, ouvert seulement le 19/10/2024, fermé ou remplacé après le 17/10/2024, "
        "position inconnue"
    )
    assert reasons_from_texts(reasons_to_texts(reasons)) == reasons


def test_a_table_with_the_required_columns_only_is_enough() -> None:
    services = town_services()[["service_id", "name", "kind", "geometry"]]
    rows = scenario_services(services, scenario(kinds=("sst",)), reference_date=DAY)
    assert len(rows) == 5
    assert unlocated_services(services, DAY)["service_id"].tolist() == ["SST3"]


def test_services_go_in_and_come_out_unchanged() -> None:
    services = town_services()
    scenario_services(services, scenario(kinds=("sst",)), reference_date=DAY)
    unlocated_services(services, DAY)
    pd.testing.assert_frame_equal(services, town_services())


def shipped_services() -> gpd.GeoDataFrame:
    study = read_study(SHIPPED_STUDY)
    return read_services(study, crs=CRS.from_epsg(2154), near=read_areas(study))


def test_the_13_sst_are_13_on_the_day_of_the_session() -> None:
    study, services = read_study(SHIPPED_STUDY), shipped_services()
    reference, thirteen = study.choose(["sst-13"])
    assert reference == study.reference
    rows = scenario_services(services, thirteen, reference_date=study.analysis.reference_date)
    chosen = services.iloc[rows]
    assert chosen["kind"].eq("sst").all()
    assert sorted(chosen["service_id"].str[:5]) == [f"SST{number:02d}" for number in range(1, 14)]


@pytest.mark.parametrize("name", ["sosms.toml", "sosms_transport.toml"])
def test_the_title_of_the_13_sst_says_that_those_of_the_poles_count_and_the_annexe_does_not(name: str) -> None:
    """« Les 13 SST seuls » was read as « without the pôles sociaux », where seven of the thirteen are."""
    study, services = read_study(SHIPPED_STUDY.with_name(name)), shipped_services()
    whole, thirteen = study.choose(["sst-13"])
    on_the_day = {"reference_date": study.analysis.reference_date}
    counted, chosen = (services.iloc[scenario_services(services, one, **on_the_day)] for one in (whole, thirteen))
    poles = set(counted.loc[counted["kind"] == "pole_social", "geometry"].to_wkb())
    in_a_pole = int(chosen.geometry.to_wkb().isin(poles).sum())
    assert f"{in_a_pole} en pôle social, {len(chosen) - in_a_pole} hors pôle" in thirteen.title
    (annexe,) = set(counted["service_id"][counted["kind"] == "sst"]) - set(chosen["service_id"])
    assert f"sans l'annexe du SST {annexe[3:5]}" in thirteen.title
    assert "seul" not in thirteen.title
    # what the difference with the whole network is, where the scenarios are described: no place but that of the annexe
    left_out = counted.geometry[~counted.geometry.to_wkb().isin(set(chosen.geometry.to_wkb()))]
    assert len(left_out) == 1
    assert "aux mêmes adresses" in thirteen.description


@pytest.mark.parametrize("day", [date(2021, 6, 1), date(2023, 5, 16), date(2023, 12, 31), date(2024, 1, 1), DAY])
def test_there_are_13_sst_and_an_annexe_on_any_day_since_2021(day: date) -> None:
    rows = scenario_services(shipped_services(), scenario(kinds=("sst",)), reference_date=day)
    assert len(rows) == 14


def test_the_network_of_2024_has_7_poles_and_the_whole_has_58_pmi() -> None:
    study, services = read_study(SHIPPED_STUDY), shipped_services()
    kinds = {
        one.name: services["kind"].iloc[scenario_services(services, one, reference_date=DAY)].value_counts()
        for one in study.scenarios
        if one.based_on is None
    }
    assert kinds["maillage-2024"].to_dict() == {"sst": 14, "pole_social": 7}
    assert kinds["proximite"]["pmi"] == 58
    assert kinds["proximite"]["espace_insertion"] == 8
