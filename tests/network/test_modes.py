"""The shipped modes, their sources, and the values that a study changes."""

from __future__ import annotations

import copy
import pickle
from dataclasses import asdict
from typing import Any

import pytest

from access92.errors import InputError
from access92.network.congestion import class_factors
from access92.network.modes import CAR_CLASSES, Mode, change_speeds, modes_at, read_modes, study_modes

SETTABLE = ("speed_kmh", "access_speed_kmh", "time_factor", "parking_min")


def study(settings: dict[str, Any], *names: str) -> dict[str, Mode]:
    return study_modes(names or ("walk",), settings, where="etude.toml")


def refusal(settings: dict[str, Any], *names: str) -> InputError:
    with pytest.raises(InputError) as caught:
        study(settings, *names)
    return caught.value


def test_the_shipped_modes_come_in_the_order_of_the_file() -> None:
    on_foot = ["walk", "walk_senior", "walk_stroller", "walk_wheelchair"]
    riding = ["transit", "transit_senior", "transit_stroller", "transit_wheelchair"]
    assert list(read_modes()) == [*on_foot, *riding, "bike", "bike_transit", "bike_transit_senior", "car"]


@pytest.mark.parametrize("rider", [mode for mode in read_modes().values() if mode.rides], ids=lambda mode: mode.name)
def test_who_rides_walks_to_the_stop_as_the_walking_mode_does(rider: Mode) -> None:
    walk = read_modes()[rider.walks_as]
    own = {"name", "label", "rides", "walks_as", "access_mode", "sources"}
    assert {name: value for name, value in asdict(rider).items() if name not in own} == {
        name: value for name, value in asdict(walk).items() if name not in own
    }
    assert walk.walks
    assert not rider.walks


def test_what_a_study_sets_for_a_walk_holds_on_the_way_to_the_stop() -> None:
    modes = study_modes(["transit", "transit_senior"], {"walk": {"speed_kmh": 4.0}}, where="essai")
    assert modes["transit"].speed_kmh == 4.0
    assert modes["transit_senior"].speed_kmh == 3.4
    assert modes["transit"].label == "En transports en commun"
    own = study_modes(["transit"], {"transit": {"speed_kmh": 3.0}, "walk": {"speed_kmh": 4.0}}, where="essai")
    assert own["transit"].speed_kmh == 3.0


def test_what_a_study_sets_for_the_bicycle_holds_on_the_way_to_the_stop_and_nowhere_else() -> None:
    settings = {"bike": {"speed_kmh": 12.0}, "walk": {"speed_kmh": 4.0}}
    modes = study_modes(["bike", "bike_transit", "bike_transit_senior"], settings, where="essai")
    assert modes["bike_transit"].access_mode == modes["bike_transit_senior"].access_mode == modes["bike"]
    assert [mode.speed_kmh for mode in modes.values()] == [12.0, 4.0, 3.4]
    slow = change_speeds(modes, "bike", 10.0, where="essai")
    assert slow["bike_transit"].access_mode == slow["bike"]
    assert slow["bike_transit"].speed_kmh == 4.0


def test_a_mode_that_rides_has_no_parking_of_its_own() -> None:
    fault = refusal({"bike_transit": {"parking_min": 3.0}}, "bike_transit")
    assert "bike_parking_min" in str(fault)


def test_an_adult_walks_at_five_kmh() -> None:
    assert read_modes()["walk"].speed_kmh == 5.0


@pytest.mark.parametrize("mode", read_modes().values(), ids=lambda mode: mode.name)
def test_every_value_of_a_shipped_mode_has_its_source(mode: Mode) -> None:
    wanted = {*SETTABLE, "steps_speed_kmh"}
    wanted |= {"class_speed_kmh"} if mode.class_speed_kmh else set()
    wanted |= {"pushing_speed_kmh"} if mode.pushing_speed_kmh is not None else set()
    wanted |= {"blocked_by", "signal_s", "elevator_s"}
    wanted |= {"contraflow_in_zone_30"} if mode.family == "bicycle" else set()
    wanted |= {"rides"} if mode.rides else set()
    optional = ("avoid_unpaved", "needs_wheelchair_access", "barrier_s", "width_m", "max_incline_share", "congestion")
    wanted |= {name for name in optional if getattr(mode, name)}
    assert set(mode.sources) == wanted
    assert all(text.endswith(".") and len(text) > 10 for text in mode.sources.values())


def test_sources_are_written_with_french_spaces() -> None:
    for mode in read_modes().values():
        for text in mode.sources.values():
            assert not any(bad in text for bad in (" ;", " !", " ?", " %", "« ", " »"))


def test_only_adults_climb_steps_on_foot() -> None:
    modes = read_modes()
    assert modes["walk_stroller"].steps_speed_kmh is None
    assert modes["walk_wheelchair"].steps_speed_kmh is None
    assert modes["walk"].steps_speed_kmh == pytest.approx(modes["walk"].speed_kmh / 3, abs=0.05)


def test_a_car_has_a_speed_for_each_class_a_congestion_factor_and_a_parking_time() -> None:
    car = read_modes()["car"]
    assert set(CAR_CLASSES) <= set(car.class_speed_kmh)
    assert car.class_speed_kmh["motorway"] == 130
    assert car.class_speed_kmh["living_street"] == 20
    assert car.class_speed_kmh["residential"] == 50
    assert car.time_factor > 1
    assert car.parking_min > 0


def test_each_hour_of_the_day_has_a_time_factor_for_each_class_of_cars() -> None:
    congestion = read_modes()["car"].congestion
    for minute in range(24 * 60):
        assert set(CAR_CLASSES) <= set(class_factors(congestion, f"{minute // 60:02}:{minute % 60:02}"))


def test_a_car_is_slowest_in_the_morning_and_fastest_at_night() -> None:
    by_hour = {
        hour: modes_at({"car": read_modes()["car"]}, hour, signals=False)["car"] for hour in ("08:00", "12:00", "23:30")
    }
    for name in CAR_CLASSES:
        morning, noon, night = (car.class_time_factor[name] for car in by_hour.values())
        assert morning > noon > night >= 1


def test_one_time_factor_set_by_a_study_counts_at_every_hour_on_every_street() -> None:
    car = modes_at(study({"car": {"time_factor": 1.3}}, "car"), "08:30", signals=False)["car"]
    assert (car.time_factor, car.class_time_factor, car.fastest_time_factor) == (1.3, {}, 1.3)


def test_a_table_of_congestion_replaces_the_shipped_one() -> None:
    settings = {"car": {"congestion": {"22:00-06:00": {"fast": 1, "main": 1.2}}}}
    car = modes_at(study(settings, "car"), "05:59", signals=False)["car"]
    assert (car.class_time_factor["primary"], "residential" in car.class_time_factor) == (1.2, False)
    assert modes_at(study(settings, "car"), "06:00", signals=False)["car"].class_time_factor == {}


def test_waits_at_signals_are_asked_for_by_the_study_or_by_a_mode_and_stand_in_its_label() -> None:
    modes = study({}, "walk", "car")
    off, on = (modes_at(modes, "10:00", signals=signals) for signals in (False, True))
    assert (off["walk"].waits_at_signals, off["walk"].label) == (False, "À pied (adulte)")
    assert (on["walk"].waits_at_signals, on["walk"].label) == (True, "À pied (adulte), avec attente aux feux")
    assert on["car"] == off["car"]  # its waits are in its time factor: never counted twice
    own = modes_at(study({"walk": {"waits_at_signals": True, "signal_s": 30}}), "10:00", signals=False)["walk"]
    assert (own.label, own.signal_s) == ("À pied (adulte), avec attente aux feux", 30.0)


def test_modes_can_be_copied_and_sent_to_another_process() -> None:
    modes = read_modes()
    assert pickle.loads(pickle.dumps(modes)) == modes == copy.deepcopy(modes)  # noqa: S301 - our own bytes


def test_a_study_without_settings_gets_the_shipped_modes_in_its_own_order() -> None:
    modes = study({}, "car", "walk")
    assert list(modes) == ["car", "walk"]
    assert modes["walk"] == read_modes()["walk"]


def test_a_study_changes_a_value_and_its_source_says_so() -> None:
    walk = study({"walk": {"speed_kmh": 4.5, "steps_speed_kmh": 1}})["walk"]
    assert (walk.speed_kmh, walk.steps_speed_kmh, walk.access_speed_kmh) == (4.5, 1.0, 5.0)
    assert walk.sources["speed_kmh"] == "Réglage de l'étude etude.toml."
    assert walk.sources["time_factor"] == read_modes()["walk"].sources["time_factor"]


def test_a_study_may_give_its_own_source() -> None:
    walk = study({"walk": {"speed_kmh": 4.5, "sources": {"speed_kmh": "Enquête locale 2025."}}})["walk"]
    assert walk.sources["speed_kmh"] == "Enquête locale 2025."


def test_a_study_may_forbid_steps_and_pushing() -> None:
    modes = study({"walk": {"steps_speed_kmh": False}, "bike": {"pushing_speed_kmh": False}}, "walk", "bike")
    assert modes["walk"].steps_speed_kmh is None
    assert modes["bike"].pushing_speed_kmh is None


def test_speeds_by_class_are_merged_one_by_one() -> None:
    car = study({"car": {"class_speed_kmh": {"residential": 30}}}, "car")["car"]
    assert car.class_speed_kmh["residential"] == 30.0
    assert car.class_speed_kmh["primary"] == 50.0


def test_a_study_adds_a_mode_from_a_shipped_one_as_it_changed_it() -> None:
    settings = {
        "trottinette": {"based_on": "bike", "label": "Trottinette", "speed_kmh": 18},
        "bike": {"parking_min": 2},
    }
    modes = study(settings, "trottinette", "walk")
    assert list(modes) == ["trottinette", "walk"]
    new = modes["trottinette"]
    assert (new.name, new.label, new.family, new.speed_kmh, new.parking_min) == (
        "trottinette", "Trottinette", "bicycle", 18.0, 2.0,
    )  # fmt: skip


def test_a_new_mode_without_a_label_is_called_by_its_name() -> None:
    assert study({"rapide": {"based_on": "walk"}}, "rapide")["rapide"].label == "rapide"


def test_the_shipped_modes_are_never_changed_by_a_study() -> None:
    before = read_modes()
    study({"car": {"class_speed_kmh": {"residential": 30}}, "walk": {"speed_kmh": 4}}, "car", "walk")
    assert read_modes() == before


BAD: list[tuple[dict[str, Any], str]] = [
    ({"walk": {"sped_kmh": 4}}, "« speed_kmh »"),
    ({"walk": {"family": "car"}}, "Champ de mode inconnu"),
    ({"walk": {"speed_kmh": "vite"}}, "nombre entre 0,5 et 15"),
    ({"walk": {"speed_kmh": True}}, "nombre"),
    ({"walk": {"speed_kmh": float("nan")}}, "nombre"),
    ({"walk": {"speed_kmh": 0}}, "entre 0,5 et 15"),
    ({"walk": {"speed_kmh": 40}}, "entre 0,5 et 15"),
    ({"bike": {"speed_kmh": 46}}, "entre 0,5 et 45"),
    ({"car": {"speed_kmh": 131}}, "entre 0,5 et 130"),
    ({"walk": {"access_speed_kmh": False}}, "nombre"),
    ({"walk": {"steps_speed_kmh": True}}, "false pour interdire"),
    ({"walk": {"steps_speed_kmh": 6}}, "iraient plus vite que le plat"),
    ({"walk": {"time_factor": 0}}, "entre 0,5 et 5"),
    ({"car": {"parking_min": -1}}, "entre 0 et 60"),
    ({"walk": {"avoid_unpaved": 1}}, "true ou false"),
    ({"bike": {"needs_wheelchair_access": True}}, "Seul un mode à pied"),
    ({"walk": {"label": " "}}, "texte non vide"),
    ({"walk": {"label": 3}}, "texte non vide"),
    ({"walk": {"sources": {"speed_kmh": 3}}}, "table de textes"),
    ({"walk": {"sources": "Enquête"}}, "table de textes"),
    ({"car": {"class_speed_kmh": {"residentiel": 30}}}, "« residential »"),
    ({"car": {"class_speed_kmh": {"residential": 0}}}, "entre 1 et 130"),
    ({"car": {"class_speed_kmh": 30}}, "une table"),
    ({"walk": 5}, "une table"),
    ({"wlak": {"speed_kmh": 4}}, "« walk »"),
    ({"walk": {"based_on": "bike"}}, "Un mode livré ne peut pas repartir d'un autre"),
    ({"fusee": {"based_on": "bik"}}, "« bike »"),
    ({"walk": {"blocked_by": "stile"}}, "une liste"),
    ({"walk": {"blocked_by": ["style"]}}, "« stile »"),
    ({"car": {"barrier_s": ["gate"]}}, "une table"),
    ({"car": {"barrier_s": {"gat": 30}}}, "« gate »"),
    ({"car": {"barrier_s": {"gate": -1}}}, "de 0 à 600"),
    ({"car": {"barrier_s": {"bollard": 5}}}, "arrête le mode et lui prend un temps"),
    ({"walk_wheelchair": {"width_m": 0}}, "entre 0,3 et 3"),
    ({"walk_wheelchair": {"max_incline_share": 8}}, "entre 0,01 et 0,5"),
    ({"walk": {"signal_s": 121}}, "entre 0 et 120"),
    ({"walk": {"elevator_s": -1}}, "entre 0 et 600"),
    ({"walk": {"waits_at_signals": 20}}, "true ou false"),
    ({"walk": {"contraflow_in_zone_30": True}}, "Seul un mode à vélo"),
    ({"car": {"class_time_factor": {"primary": 2}}}, "Champ de mode inconnu"),
    ({"car": {"congestion": 1.5}}, "une table de périodes"),
    ({"car": {"congestion": {"7h-10h": {"main": 2}}}}, "HH:MM-HH:MM"),
    ({"car": {"congestion": {"07:00-10:00": {"main": 2}, "09:59-11:00": {"main": 2}}}}, "en recouvre une autre"),
    ({"car": {"congestion": {"07:00-10:00": {"mian": 2}}}}, "« main »"),
    ({"car": {"congestion": {"07:00-10:00": {"main": 9}}}}, "entre 0,5 et 5"),
    ({"walk": {"congestion": {"07:00-10:00": {"main": 2}}}}, "Seul un mode en voiture"),
]


@pytest.mark.parametrize(("settings", "words"), BAD, ids=str)
def test_a_faulty_setting_is_refused_with_its_place_and_a_mend(settings: dict[str, Any], words: str) -> None:
    error = refusal(settings)
    assert words in str(error)
    assert len(error.faults) == 1
    assert error.faults[0].where.startswith("etude.toml, [mode_settings.")
    assert error.faults[0].fix.endswith((".", "?"))
    assert error.exit_code == 3


def test_an_unknown_mode_of_the_study_is_refused_with_the_nearest() -> None:
    error = refusal({}, "wolk")
    assert "Mode inconnu « wolk »" in str(error)
    assert "« walk »" in str(error)


def test_every_fault_is_told_at_once() -> None:
    settings = {"walk": {"sped_kmh": 4, "time_factor": 9}, "car": {"class_speed_kmh": {"x": 0, "y": 200}}, "moto": {}}
    error = refusal(settings, "walk", "avion")
    assert len(error.faults) == 2 + 4 + 1 + 1


def test_no_source_denies_waits_or_slopes_that_a_study_may_ask_for() -> None:
    told = " ".join(words for mode in read_modes().values() for words in mode.sources.values())
    for denied in ("aucune attente", "ni attente", "ni feux", "ni pente", "même facteur à toute heure"):
        assert denied not in told, denied
