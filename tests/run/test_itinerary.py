"""A trip from any place, leg by leg: known on paper, the time of the run, and what is refused."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

import access92
from access92.cli import app
from access92.errors import InputError
from access92.outputs.words.itineraries import itinerary_text
from tests.run.test_transit import study_file
from tests.toy_study import lon_lat


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> access92.Study:
    return access92.read_study(study_file(tmp_path_factory.mktemp("bus")))


def test_from_one_end_of_the_line_one_waits_and_rides_to_the_other(study: access92.Study) -> None:
    # buses leave on the round ten minutes, and are boarded a minute after one is there: the median wait is 5 minutes
    found = access92.find_itinerary(study, lon_lat(5, 5), scenario="sst")
    assert (found.mode.name, found.service_id, found.begin_s) == ("transit", "S1", 8 * 3600 + 5 * 60)
    assert found.published_min == pytest.approx(6, abs=0.05)
    kinds = [leg.kind for leg in found.legs]
    assert kinds == ["access", "wait", "ride", "egress"]
    ride = found.legs[2]
    assert (ride.from_stop, ride.to_stop, ride.line, ride.route_type, ride.calls) == ("Arrêt B", "Arrêt A", "12", 3, 1)
    assert (ride.begin_s, ride.end_s) == (8 * 3600 + 600, 8 * 3600 + 660)
    assert found.duration_s == pytest.approx(60 * found.published_min)


@pytest.mark.slow
def test_at_a_minute_the_wait_is_that_of_the_minute(study: access92.Study) -> None:
    # at 8 h 12 the bus of 8 h 20, whose stop is at the door
    found = access92.find_itinerary(study, lon_lat(5, 5), scenario="sst", at=time(8, 12))
    assert [leg.kind for leg in found.legs] == ["access", "wait", "ride", "egress"]
    assert found.legs[0].duration_s + found.legs[1].duration_s == 8 * 60
    text = itinerary_text(found).replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")
    assert "Partir à 8 h 12, arriver à 8 h 21" in text
    assert "bus 12, de Arrêt B à Arrêt A (1 arrêt), arrivée à 8 h 21 : 1 min" in text


@pytest.mark.slow
def test_a_mode_without_departures_has_one_leg(study: access92.Study) -> None:
    found = access92.find_itinerary(study, lon_lat(0, 1), mode="walk")
    assert [leg.kind for leg in found.legs] == ["direct"]
    assert found.duration_s == pytest.approx(60 * found.published_min)
    assert "Le détail des rues n" in itinerary_text(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "asked", "words"),
    [
        ((0, 0), {"mode": "walk", "at": time(8)}, "ne change rien"),
        ((0, 0), {"at": time(7, 59)}, "hors de la fenêtre"),
        ((0, 0), {"mode": "velo"}, "Mode inconnu"),
        ((0, 0), {"scenario": "rien"}, "Scénario inconnu"),
        ((900, 900), {}, "assez près de ce lieu"),
    ],
)
def test_what_cannot_be_told_is_refused(
    study: access92.Study, place: tuple[int, int], asked: dict[str, object], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        access92.find_itinerary(study, lon_lat(*place), **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize(("option", "value"), [("--from", "2.28"), ("--from", "2.2,95"), ("--at", "25:00")])
def test_a_slip_in_the_command_is_a_fault_of_usage(study: access92.Study, option: str, value: str) -> None:
    arguments = ["itinerary", str(study.file), "--from", "2.2,48.9", option, value]
    assert CliRunner().invoke(app, arguments).exit_code == 2


def test_the_command_prints_the_legs(study: access92.Study, tmp_path: Path) -> None:
    lon, lat = lon_lat(5, 5)
    done = CliRunner().invoke(
        app, ["itinerary", str(study.file), "--from", f"{lon},{lat}", "--at", "08:12", "--scenario", "sst"]
    )
    assert done.exit_code == 0, done.output
    assert "bus 12" in done.output
    assert not list(tmp_path.iterdir())


def test_a_place_outside_is_answered_by_a_place_of_the_study(study: access92.Study) -> None:
    lon, lat = lon_lat(2, 2)
    with pytest.raises(InputError, match="par exemple") as refused:
        access92.find_itinerary(study, (2.9, 47.1), mode="walk")
    own = re.search(r"exemple ([\d.-]+),([\d.-]+)\.$", str(refused.value))
    assert own is not None
    assert (own[1], own[2]) != ("2.256", "48.823")
    assert access92.find_itinerary(study, (float(own[1]), float(own[2])), mode="walk").is_in_areas
    with pytest.raises(InputError, match="semblent inversées") as refused:
        access92.find_itinerary(study, (lat, lon), mode="walk")
    assert f"{lon:.5f},{lat:.5f}" in str(refused.value)
