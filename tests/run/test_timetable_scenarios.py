"""Whole studies whose scenarios change the timetable: what holds of every home, and what is refused."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import access92
from access92.cli import app
from access92.errors import InputError
from access92.outputs.maps.difference import (
    changed_points_of,
    changing_scenarios,
    difference_header,
    ledger_total,
)
from access92.outputs.palette import time_classes
from access92.outputs.report.scenarios import scenarios_table
from access92.outputs.words.maps import header_html, mode_note
from access92.outputs.words.transit import riding_words
from access92.run.results import Results
from access92.transit.cache import timetable_fingerprint
from access92.transit.rider import StudyRider
from tests.run.test_transit import HEADWAY_MIN, STUDY, TRANSIT, study_file, without_closure
from tests.toy_study import lon_lat

SUNDAY = "20241020"


def scenario(name: str, *changes: str, base: str = "tous") -> str:
    head = f'[[scenario]]\nname = "{name}"\ntitle = "{name}"\nbased_on = "{base}"\n'
    return head + "".join(f"[[scenario.change]]\n{change}\n" for change in changes)


def added_line(name: str = "N", *, more: str = "headway_min = 4\nfirst = 07:00:00\nlast = 11:00:00") -> str:
    (west, south), (east, north) = lon_lat(0, 5), lon_lat(5, 0)
    return (
        f'kind = "add_line"\nname = "{name}"\nminutes = [1, 1.5]\n{more}\n'
        f'stops = [{{ name = "Nord", lon = {west}, lat = {south} }}, {{ stop = "bus:A" }}, '
        f'{{ name = "Sud", lon = {east}, lat = {north} }}]'
    )


REMOVED = 'kind = "remove_line"\nline = "12"'
OFTEN = 'kind = "set_headway"\nline = "12"\nheadway_min = 3'
CLOSED = 'kind = "close_stop"\nstop = "Arrêt B"'
SHIFTED = 'kind = "shift_service_day"\nday = 2024-10-20'


def file_with(folder: Path, *scenarios: str, transit: str = TRANSIT) -> Path:
    """The study of a bus, with scenarios; on Sundays its first vehicle of each half hour runs."""
    text = without_closure(STUDY).replace('kinds = ["sst", "pmi"]', 'kinds = ["sst"]')
    file = study_file(folder, text + transit + "".join(scenarios))
    with zipfile.ZipFile(folder / "bus.zip") as archive:
        content = {name: archive.read(name).decode() for name in archive.namelist()}
    trips = content["trips.txt"].splitlines()
    own = {line.split(",")[2]: line for line in trips[1:]}
    rare = [name for name in own if int(name.removeprefix("aller").removeprefix("retour")) % 30 == 0]
    content["trips.txt"] += "".join(f"R,D,dimanche-{name}\n" for name in rare)
    times = content["stop_times.txt"].splitlines()[1:]
    content["stop_times.txt"] += "".join(f"dimanche-{row}\n" for row in times if row.split(",")[0] in rare)
    content["calendar_dates.txt"] += f"D,{SUNDAY},1\n"
    with zipfile.ZipFile(folder / "bus.zip", "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return file


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return access92.run_study(
        access92.read_study(
            file_with(
                tmp_path_factory.mktemp("lignes"),
                scenario("vide"), scenario("plus", added_line()), scenario("moins", REMOVED),
                scenario("souvent", OFTEN),
                scenario("pareil", f'kind = "set_headway"\nline = "12"\nheadway_min = {HEADWAY_MIN}'),
                scenario("ferme", CLOSED), scenario("dimanche", SHIFTED),
                scenario("retour", 'kind = "remove_line"\nline = "N"', base="plus"),
                scenario("dimanche-plus", SHIFTED, base="plus"),
            )
        )
    )  # fmt: skip


def minutes(results: Results, name: str, mode: str = "transit") -> np.ndarray:
    return np.nan_to_num(results.access(name, mode).travel_time_min, nan=np.inf)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "is_faster"), [("plus", True), ("souvent", True), ("moins", False),
                                                 ("ferme", False), ("dimanche", False)])  # fmt: skip
@pytest.mark.parametrize("mode", ["transit", "transit_senior"])
def test_more_vehicles_lengthen_no_time_and_fewer_shorten_none(
    name: str, is_faster: bool, mode: str, results: Results
) -> None:
    before, after = minutes(results, "tous", mode), minutes(results, name, mode)
    fewer, more = (before, after) if is_faster else (after, before)
    assert (more <= fewer).all()
    assert (more < fewer).any()
    for other in ("walk", "car"):
        assert minutes(results, name, other).tobytes() == minutes(results, "tous", other).tobytes()


@pytest.mark.parametrize("name", ["vide", "pareil", "retour"])
def test_what_changes_no_vehicle_is_the_reference_to_the_byte(name: str, results: Results) -> None:
    for mode in ("walk", "transit", "transit_senior", "car"):
        assert minutes(results, name, mode).tobytes() == minutes(results, "tous", mode).tobytes()
    parts = [
        results.coverage[results.coverage["scenario"] == item].drop(columns="scenario").reset_index(drop=True)
        for item in ("tous", name)
    ]
    pd.testing.assert_frame_equal(*parts)


@pytest.mark.slow
def test_without_its_only_line_everybody_walks(results: Results) -> None:
    np.testing.assert_array_equal(minutes(results, "moins"), minutes(results, "moins", "walk"))
    np.testing.assert_array_equal(minutes(results, "ferme"), minutes(results, "ferme", "walk"))


def test_on_another_day_the_changes_of_the_base_hold(results: Results) -> None:
    sunday, both = minutes(results, "dimanche"), minutes(results, "dimanche-plus")
    assert (both <= sunday).all()
    assert (both < sunday).any()
    assert (both >= minutes(results, "plus")).all()


def test_the_ledger_counts_who_gains_by_a_line_and_who_loses_by_none(results: Results) -> None:
    ledger = results.changes.ledger
    of_line = ledger[(ledger["scenario"] == "plus") & (ledger["mode"] == "transit") & (ledger["area_id"] == "total")]
    assert (of_line["population_lost"] == 0).all()
    assert (of_line["population_faster"] > 0).any()
    assert (of_line["population_slower"] == 0).all()


def test_each_scenario_says_its_day_and_its_lines_beside_its_figures(results: Results) -> None:
    def words(name: str) -> str:
        return riding_words(results, name).replace("\N{NO-BREAK SPACE}", " ")

    assert "mardi 15 octobre 2024" in words("tous")
    assert "dimanche 20 octobre 2024" in words("dimanche-plus")
    assert "ajoute une ligne de bus, « N » de Nord à Sud (3 arrêts en 2,5 min, toutes les 4 min" in words("plus")
    assert words("tous") == words("vide") == riding_words(results).replace("\N{NO-BREAK SPACE}", " ")
    assert "dimanche 20 octobre" in mode_note(results, "transit", "dimanche").replace("\N{NO-BREAK SPACE}", " ")
    plus = results.access("plus", "transit")
    classes = time_classes((2, 5, 7), headline_min=5, cutoff_min=60)
    assert "une ligne de bus" in header_html(results, plus, classes).replace("\N{NO-BREAK SPACE}", " ")
    told = str(scenarios_table(results).rows).replace("\N{NO-BREAK SPACE}", " ")
    for part in ("retire la ligne « 12 »", "fait passer la ligne « 12 » toutes les 3 min", "prend les horaires du",
                 "ne dessert plus l'arrêt « Arrêt B »", "dans les deux sens"):  # fmt: skip
        assert part in told, part


@pytest.mark.slow
def test_scenarios_with_the_same_vehicles_share_their_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int]] = []
    original = StudyRider.minutes

    def counted(self: StudyRider, router: object, services: pd.Series, **options: float) -> np.ndarray:
        asked.append((timetable_fingerprint(self.timetable), len(services)))
        return original(self, router, services, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(StudyRider, "minutes", counted)
    lon, lat = lon_lat(3, 3)
    opened = f'kind = "add_service"\nservice_id = "X"\nname = "X"\nservice_kind = "sst"\nlon = {lon}\nlat = {lat}'
    texts = [scenario("plus", added_line()), scenario("encore", added_line()), scenario("vide"),
             scenario("ouvre", opened)]  # fmt: skip
    file = file_with(tmp_path, *texts[:3])
    access92.run_study(access92.read_study(file), cache_folder=tmp_path / "cache")
    # two timetables, each by two paces of walking, all services of each at once
    assert len({name for name, _ in asked}) == 2
    assert len(asked) == 4
    asked.clear()
    access92.run_study(access92.read_study(file_with(tmp_path, *texts)), cache_folder=tmp_path / "cache")
    assert [count for _, count in asked] == [1, 1]


REFUSED = {
    "unknown line": (REMOVED.replace('"12"', '"13"'), "Valeurs connues : 12."),
    "unknown feed": (REMOVED + '\nfeed = "metro"', "la ligne : bus, feed « bus »"),
    "not of the type": (REMOVED + '\ntype = "tram"', "n'est pas du type"),
    "unknown stop": (CLOSED.replace("Arrêt B", "Aret B"), "Vouliez-vous dire « Arrêt B »"),
    "faster than any bus": (added_line().replace("minutes = [1, 1.5]", "minutes = [0.02, 1.5]"), "ne va si vite"),
    "twice the same stop": (
        added_line().replace('{ stop = "bus:A" }', '{ stop = "bus:A" }, { stop = "bus:A" }')
        .replace("minutes = [1, 1.5]", "minutes = [1, 1, 1.5]"), "au même endroit",
    ),
    "stop closed twice": (
        f"{CLOSED}\n[[scenario.change]]\n{CLOSED.replace('Arrêt B', 'bus:B')}", "déjà desservi par aucun",
    ),
    "line there already": (added_line("12"), "existe déjà"),
    "unknown stop of a line": (added_line().replace("bus:A", "bus:Z"), "Aucun arrêt"),
    "too few minutes": (added_line().replace("[1, 1.5]", "[1]"), "un de moins"),
    "no departures": (added_line(more=""), "headway_min, first et last"),
    "half a headway": (added_line(more="headway_min = 4\nfirst = 07:00:00"), "les trois"),
    "headway and departures": (
        added_line(more="headway_min = 4\nfirst = 07:00:00\nlast = 11:00:00\ndepartures = [07:00:00]"), "pas les deux",
    ),
    "last before first": (added_line(more="headway_min = 4\nfirst = 07:00:00\nlast = 06:00:00"), "avant le premier"),
    "line of the evening": (added_line(more="departures = [21:00:00]"), "rien ne changerait"),
    "swapped stop": (added_line().replace(f"lon = {lon_lat(0, 5)[0]}, lat = {lon_lat(0, 5)[1]}",
                                          f"lon = {lon_lat(0, 5)[1]}, lat = {lon_lat(0, 5)[0]}"), "interverties"),
    "stop and place": (added_line().replace('stop = "bus:A"', 'stop = "bus:A", lon = 2.25, lat = 48.82'), "soit stop"),
    "zero minutes": (added_line().replace("[1, 1.5]", "[0, 1.5]"), "supérieure à 0"),
    "window of the night": (OFTEN + "\nwindow = [20:00:00, 22:00:00]", "ne roule pas dans la fenêtre"),
    "window backwards": (OFTEN + "\nwindow = [09:00:00, 08:00:00]", "finit avant de commencer"),
    "window after the study's": (OFTEN + "\nwindow = [11:30:00, 12:00:00]", "rien ne changerait"),
    "no headway": (OFTEN.replace("= 3", "= 0"), "au moins 1"),
    "the day it has": (SHIFTED.replace("2024-10-20", "2024-10-15"), "rien ne changerait"),
    "no such day": (SHIFTED.replace("2024-10-20", "2024-10-21"), "2024-10-2"),
    "one line twice": (REMOVED + "\n[[scenario.change]]\n" + REMOVED, "se contredisent"),
    "one headway twice": (OFTEN + "\n[[scenario.change]]\n" + OFTEN, "se contredisent"),
    "two days": (SHIFTED + "\n[[scenario.change]]\n" + SHIFTED, "se contredisent"),
}  # fmt: skip


BY_BOTH = ("unknown line", "line of the evening", "the day it has")


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_timetable_can_follow_is_refused_by_check_as_by_run(name: str, tmp_path: Path) -> None:
    change, what = REFUSED[name]
    file = file_with(tmp_path, scenario("faute", change))
    told = []
    # one reads what the other reads: a few prove it
    acts = (access92.check_study, access92.run_study) if name in BY_BOTH else (access92.check_study,)
    for act in acts:
        with pytest.raises(InputError) as refusal:
            act(access92.read_study(file))
        told.append(str(refusal.value))
        assert what in told[-1].replace("\N{NO-BREAK SPACE}", " ")
        assert refusal.value.exit_code == 3
    assert len(set(told)) == 1


def test_a_change_of_the_timetable_needs_one(tmp_path: Path) -> None:
    text = without_closure(STUDY).replace('"walk", "transit", "car"', '"walk", "car"') + scenario("faute", REMOVED)
    with pytest.raises(InputError, match="horaires, mais l'étude n'en a pas"):
        access92.run_study(access92.read_study(study_file(tmp_path, text)))


def test_the_demonstration_has_no_other_day(tmp_path: Path) -> None:
    demo = f'[transit]\ndemo = true\ndemo_folder = "{Path("data/timetable").absolute().as_posix()}"\n'
    file = file_with(tmp_path, scenario("faute", SHIFTED), transit=demo + "day = 2024-10-15\n")
    with pytest.raises(InputError, match="n'ont qu'un jour"):
        access92.check_study(access92.read_study(file))


def test_a_new_stop_far_from_any_street_is_counted(tmp_path: Path) -> None:
    east, north = lon_lat(60, 60)
    change = added_line().replace("minutes = [1, 1.5]", "minutes = [1, 15]")
    change = change.replace(f"lon = {lon_lat(5, 0)[0]}, lat = {lon_lat(5, 0)[1]}", f"lon = {east}, lat = {north}")
    done = CliRunner().invoke(app, ["check", str(file_with(tmp_path, scenario("loin", change)))])
    assert done.exit_code == 0, done.output
    words = done.output.replace("\N{NO-BREAK SPACE}", " ")
    assert "Arrêts d'une ligne ajoutée sans rue à portée" in words.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    assert "1 sur 2" in words


def test_what_a_line_changes_has_its_own_map_by_who_rides_and_none_on_foot(results: Results) -> None:
    changing = {(item.name, mode) for item, mode in changing_scenarios(results)}
    assert {("plus", "transit"), ("moins", "transit")} <= changing
    assert not changing & {("plus", "walk"), ("pareil", "walk"), ("pareil", "transit")}
    # the points add up to the ledger of the same mode
    for name in ("plus", "moins", "souvent"):
        points = changed_points_of(results, name, "transit")
        row = ledger_total(results, name, mode="transit")
        for change in ("gained", "lost"):
            assert points.loc[points["change"] == change, "population"].sum() == row[f"population_{change}"]
    plus = next(item for item in results.scenarios if item.name == "plus")
    header = str(difference_header(results, plus, "transit"))
    assert "en transports en commun" in header
    assert "mardi" in header


def test_a_study_copied_away_from_the_demonstration_is_told_which_keys_to_write(tmp_path: Path) -> None:
    file = tmp_path / "ailleurs" / "etude.toml"
    file.parent.mkdir()
    text = Path("data/studies/sosms_transport.toml").read_text(encoding="utf-8")
    data = Path("data").resolve().as_posix()
    for folder in ("areas", "services", "population"):
        text = text.replace(f'"../{folder}/', f'"{data}/{folder}/')
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"\[streets\] demo_grid_file = « [^»]* » \(valeur par défaut\)"):
        access92.check_study(access92.read_study(file))

    # with streets of its own, the timetable is what is missing
    streets = text.index("[streets]")
    end = text.index("\n[", streets)
    (file.parent / "rues.osm").write_text("<osm version='0.6'/>", encoding="utf-8")
    file.write_text(f'{text[:streets]}[streets]\nfile = "rues.osm"\n{text[end:]}', encoding="utf-8")
    with pytest.raises(InputError, match=r"\[transit\] demo_folder = « \.\./timetable » \(valeur par défaut\)"):
        access92.check_study(access92.read_study(file))
