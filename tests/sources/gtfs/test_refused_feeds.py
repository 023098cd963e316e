"""Feeds that cannot be read are refused in French: what, where (file and line), how to fix it."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import pytest

from access92.errors import InputError
from access92.sources.gtfs import FeedDay, read_gtfs
from tests.sources.gtfs.feeds import TOY, TUESDAY, Tables, read, toy, written

STOP_TIMES = TOY["stop_times.txt"]
STOPS = TOY["stops.txt"]
WEEK = TOY["calendar.txt"]
DATES = "service_id,date,exception_type\n"
FREQUENCIES = "trip_id,start_time,end_time,headway_secs\n"

REFUSED: dict[str, tuple[Tables, str, str]] = {
    # the tables
    "stop_times_missing": (toy(stop_times=None), "Ce n'est pas un GTFS : la table stop_times.txt manque.", "f.zip (trouvés : agency.txt, calendar.txt, routes.txt, stops.txt, trips.txt)"),
    "trips_missing": (toy(trips=None), "La table trips.txt manque.", "f.zip"),
    "agency_missing": (toy(agency=None), "La table agency.txt manque.", "f.zip"),
    "no_calendar_at_all": (toy(calendar=None), "Le calendrier manque : ni calendar.txt, ni calendar_dates.txt.", "f.zip"),
    "empty_table": (toy(stops=""), "La table est vide.", "f.zip, stops.txt"),
    "agency_without_rows": (toy(agency="agency_name,agency_timezone\n"), "La table n'a aucun exploitant.", "f.zip, agency.txt"),
    "column_missing": (toy(trips=TOY["trips.txt"].replace("service_id", "service")), "La colonne « service_id » manque.", "f.zip, trips.txt"),
    "column_twice": (toy(routes="route_id,route_type,route_id\nR1,3,R1\n"), "Deux colonnes portent le même nom.", "f.zip, routes.txt, colonnes route_id"),
    "semicolons": (toy(stops=STOPS.replace(",", ";")), "Les colonnes ne sont pas séparées par des virgules.", "f.zip, stops.txt"),
    "row_too_short": (toy(stops=STOPS + "e,Epsilon\n"), "Une ligne a 2 valeurs pour 4 titres.", "f.zip, stops.txt, ligne 6"),
    "unquoted_comma": (toy(stops=STOPS + "e,Rue, 2,48.9,2.2\n"), "Une ligne a 5 valeurs pour 4 titres.", "f.zip, stops.txt, ligne 6"),
    "row_too_long_in_stop_times": (toy(stop_times=STOP_TIMES + "t2,1,2,3,4,5\n"), "Une ligne a 6 valeurs pour 5 titres.", "f.zip, stop_times.txt, ligne 8"),
    # times
    "time_with_h": (toy(stop_times=STOP_TIMES.replace("08:05:00", "8h05")), "arrival_time = « 8h05 » n'est pas une heure.", "f.zip, stop_times.txt, ligne 3"),
    "sixty_one_minutes": (toy(stop_times=STOP_TIMES.replace("08:06:00", "08:61:00")), "departure_time = « 08:61:00 » n'est pas une heure.", "f.zip, stop_times.txt, ligne 3"),
    "time_without_seconds": (toy(stop_times=STOP_TIMES.replace("09:10:00", "09:10")), "arrival_time = « 09:10 » n'est pas une heure.", "f.zip, stop_times.txt, ligne 6"),
    "negative_time": (toy(stop_times=STOP_TIMES.replace("08:00:00,08:00:00", "-1:00:00,08:00:00")), "arrival_time = « -1:00:00 » n'est pas une heure.", "f.zip, stop_times.txt, ligne 2"),
    "sequence_is_no_number": (toy(stop_times=STOP_TIMES.replace("b,2", "b,II", 1)), "stop_sequence = « II » n'est pas un nombre entier.", "f.zip, stop_times.txt, ligne 3"),
    "sequence_empty": (toy(stop_times=STOP_TIMES.replace("b,2", "b,", 1)), "stop_sequence = «  » n'est pas un nombre entier.", "f.zip, stop_times.txt, ligne 3"),
    "pickup_type_7": (toy(stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence,pickup_type\nt1,8:00:00,8:00:00,a,1,7\nt1,8:01:00,8:01:00,b,2,\n"), "pickup_type = « 7 » n'est pas un type de 0 à 3.", "f.zip, stop_times.txt, ligne 2"),
    "line_after_blank_lines": (toy(stop_times=STOP_TIMES.replace("t1,08:05", "\n\nt1,08:5")), "arrival_time = « 08:5:00 » n'est pas une heure.", "f.zip, stop_times.txt, ligne 5"),
    # calendars
    "day_in_french_order": (toy(calendar=WEEK.replace("20240304", "04/03/2024")), "start_date = « 04/03/2024 » n'est pas une date.", "f.zip, calendar.txt, ligne 2"),
    "thirtieth_of_february": (toy(calendar_dates=DATES + "week,20240230,1\n"), "date = « 20240230 » n'est pas une date.", "f.zip, calendar_dates.txt, ligne 2"),
    "weekday_2": (toy(calendar=WEEK.replace("week,1", "week,2")), "monday = « 2 » n'est pas un entier de 0 à 1.", "f.zip, calendar.txt, ligne 2"),
    "exception_type_3": (toy(calendar_dates=DATES + "week,20240312,3\n"), "exception_type = « 3 » n'est pas un entier de 1 à 2.", "f.zip, calendar_dates.txt, ligne 2"),
    "added_and_removed": (toy(calendar_dates=DATES + "week,20240312,1\nweek,20240312,2\n"), "Le service « week » est à la fois ajouté et retiré le 2024-03-12.", "f.zip, calendar_dates.txt"),
    "two_weeks_of_one_service": (toy(calendar=WEEK + "week,1,1,1,1,1,1,1,20240401,20240430\n"), "Le service « week » a deux semaines différentes.", "f.zip, calendar.txt"),
    "day_removed": (toy(calendar_dates=DATES + "week,20240312,2\n"), "Aucune course ne circule le 2024-03-12.", "f.zip, valable du 2024-03-04 au 2024-03-29 : 0 course ce jour-là, 2 un jour de semaine habituel (médiane)"),
    "calendar_of_last_year": (toy(calendar=WEEK.replace("20240304,20240331", "20230306,20230331")), "Le 2024-03-12 est hors du calendrier.", "f.zip, valable du 2023-03-06 au 2023-03-31 : 0 course ce jour-là, 2 un jour de semaine habituel (médiane)"),
    "services_without_trips": (toy(calendar=WEEK.replace("week", "other")), "Aucun service du calendrier n'a de jour où une course circule.", "f.zip, calendar.txt"),
    # ids
    "stop_id_twice": (toy(stops=STOPS + "a,Encore,48.9,2.2\n"), "stop_id = « a » est écrit deux fois.", "f.zip, stops.txt, ligne 6"),
    "stop_id_empty": (toy(stops=STOPS + ",Encore,48.9,2.2\n"), "stop_id est vide.", "f.zip, stops.txt, ligne 6"),
    "trip_id_twice": (toy(trips=TOY["trips.txt"] + "R1,week,t1,Encore\n"), "trip_id = « t1 » est écrit deux fois.", "f.zip, trips.txt, ligne 4"),
    "trip_id_empty": (toy(trips=TOY["trips.txt"] + "R1,week,,Encore\n"), "trip_id est vide.", "f.zip, trips.txt, ligne 4"),
    "route_id_twice": (toy(routes=TOY["routes.txt"] + "R1,9,,3\n"), "route_id = « R1 » est écrit deux fois.", "f.zip, routes.txt, ligne 4"),
    "route_type_in_words": (toy(routes=TOY["routes.txt"].replace("1,,3", "1,,bus")), "route_type = « bus » n'est pas un nombre entier.", "f.zip, routes.txt, ligne 2"),
    # places and zones
    "decimal_comma": (toy(stops=STOPS.replace("48.90,", '"48,90",')), "stop_lat = « 48,90 » n'est pas un nombre de degrés.", "f.zip, stops.txt, ligne 2"),
    "lambert_93": (toy(stops=STOPS.replace("48.90,2.20", "6862000,650000")), "stop_lat = « 6862000 » n'est pas un nombre de degrés.", "f.zip, stops.txt, ligne 2"),
    "zone_of_no_clock": (toy(agency=TOY["agency.txt"].replace("Europe/Paris", "Europe/Pari")), "agency_timezone : fuseau horaire inconnu, « Europe/Pari ». Vouliez-vous dire « Europe/Paris » ?", "f.zip, agency.txt, ligne 2"),
    "two_zones": (toy(agency=TOY["agency.txt"] + "B,Autre,http://x.fr,Europe/London\n"), "Les exploitants sont de fuseaux horaires différents.", "f.zip, agency.txt : Europe/London, Europe/Paris"),
    # frequencies and transfers
    "headway_zero": (toy(frequencies=FREQUENCIES + "t1,06:00:00,07:00:00,0\n"), "L'intervalle (headway_secs) est nul.", "f.zip, frequencies.txt, ligne 2"),
    "frequency_ends_before": (toy(frequencies=FREQUENCIES + "t1,07:00:00,06:00:00,600\n"), "La fin (end_time) ne suit pas le début (start_time).", "f.zip, frequencies.txt, ligne 2"),
    "frequency_without_time": (toy(frequencies=FREQUENCIES + "t1,,06:00:00,600\n"), "start_time = «  » n'est pas une heure.", "f.zip, frequencies.txt, ligne 2"),
    "transfer_type_9": (toy(transfers="from_stop_id,to_stop_id,transfer_type\na,b,9\n"), "transfer_type = « 9 » n'est pas un entier de 0 à 5.", "f.zip, transfers.txt, ligne 2"),
    "transfer_time_negative": (toy(transfers="from_stop_id,to_stop_id,transfer_type,min_transfer_time\na,b,2,-60\n"), "min_transfer_time = « -60 » n'est pas un nombre entier.", "f.zip, transfers.txt, ligne 2"),
    "route_type": (toy(routes="route_id,route_short_name,route_type\nR1,1,42\n"), "route_type n'est pas un type de GTFS.", "f.zip, routes.txt, ligne 2"),
    "nothing_left": (toy(stop_times="trip_id,arrival_time,departure_time,stop_id,stop_sequence\nt1,8:00:00,8:00:00,a,1\n"), "Aucune course du jour ne peut être lue.", "f.zip, courses du jour : 1 sans aucun horaire, 1 d'un seul arrêt"),
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_a_faulty_feed_is_refused_by_what_is_wrong_and_where(fault: str, tmp_path: Path) -> None:
    tables, what, where = REFUSED[fault]
    with pytest.raises(InputError) as caught:
        read(tables, tmp_path)
    (told,) = caught.value.faults
    assert (told.what, told.where) == (what, where)
    assert told.fix.endswith((".", "?", "…"))
    assert caught.value.exit_code == 3


def refusal(*feeds: FeedDay, day: dt.date = TUESDAY) -> str:
    with pytest.raises(InputError) as caught:
        read_gtfs(feeds, day=day)
    return str(caught.value)


def raw_zip(path: Path, tables: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in tables.items():
            archive.writestr(name, text)
    return path


def test_other_encodings_than_utf_8_are_refused_by_their_line(tmp_path: Path) -> None:
    raw = {name: text.encode() for name, text in TOY.items()}
    latin = raw | {"stops.txt": STOPS.replace("Gamma", "Préfecture").encode("latin-1")}
    utf_16 = raw | {"stops.txt": STOPS.encode("utf-16")}
    mac = raw | {"stops.txt": STOPS.replace("\n", "\r").encode()}
    message = refusal(FeedDay(raw_zip(tmp_path / "l.zip", latin), "f"))
    assert "n'est pas en UTF-8" in message
    assert "l.zip, stops.txt, ligne 4" in message
    assert "UTF-16" in refusal(FeedDay(raw_zip(tmp_path / "u.zip", utf_16), "f"))
    assert "vieux Mac" in refusal(FeedDay(raw_zip(tmp_path / "m.zip", mac), "f"))


def test_what_is_no_feed_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.zip"
    text.write_text("bonjour")
    assert "n'est pas un zip lisible" in refusal(FeedDay(text, "f"))
    assert "introuvable" in refusal(FeedDay(tmp_path / "absent.zip", "f"))
    (tmp_path / "empty").mkdir()
    assert "aucune table .txt" in refusal(FeedDay(tmp_path / "empty", "f"))
    raw = {f"{folder}/{name}": text.encode() for folder in "ab" for name, text in TOY.items()}
    assert "Plusieurs GTFS" in refusal(FeedDay(raw_zip(tmp_path / "two.zip", raw), "f"))


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    path = written(toy(stop_times=STOP_TIMES * 50), tmp_path / "f.zip")
    saved = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        at = archive.getinfo("stop_times.txt").header_offset + 30 + len("stop_times.txt") + 40
    saved[at : at + 20] = bytes(20)
    path.write_bytes(saved)
    assert "Le zip est endommagé." in refusal(FeedDay(path, "f"))


def test_a_zip_that_unpacks_to_a_monstrous_size_is_refused_unread(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("access92.sources.gtfs.feed.SURE_BYTES", 1000)
    monkeypatch.setattr("access92.sources.gtfs.feed.MOST_TIMES_LARGER", 3)
    path = written(toy(stop_times=STOP_TIMES + "\n" * 100_000), tmp_path / "f.zip")
    assert "démesurée" in refusal(FeedDay(path, "f"))


def test_feeds_of_two_zones_or_of_one_name_are_refused(tmp_path: Path) -> None:
    paris = written(TOY, tmp_path / "paris.zip")
    london = written(toy(agency=TOY["agency.txt"].replace("Paris", "London")), tmp_path / "london.zip")
    message = refusal(FeedDay(paris, "p"), FeedDay(london, "l"))
    assert "Les GTFS sont de fuseaux horaires différents." in message
    assert "paris.zip : Europe/Paris ; london.zip : Europe/London" in message
    assert "Deux GTFS s'appellent « p »." in refusal(FeedDay(paris, "p"), FeedDay(paris, "p"))
    assert "préfixer" in refusal(FeedDay(paris, "p:q"))
    assert "Aucun GTFS" in refusal()


def test_the_refusal_of_a_day_proposes_the_same_weekday_nearest_to_it(tmp_path: Path) -> None:
    path = written(TOY, tmp_path / "f.zip")
    assert "par exemple le 2024-03-05" in refusal(FeedDay(path, "f"), day=dt.date(2024, 2, 27))
    assert "par exemple le 2024-03-29" in refusal(FeedDay(path, "f"), day=dt.date(2024, 3, 31))
