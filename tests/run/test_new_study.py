"""``access92 new``: another territory, from nothing and without code, gives the figures of mental arithmetic."""

from __future__ import annotations

import json
import os
import re
import shlex
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner

from access92 import run_study
from access92.cli import app
from access92.errors import InputError
from access92.run.new_study import read_services_file, read_territory
from access92.study.read import read_study
from tests.command_line import command
from tests.new_town import SIDE, NewTown, write_areas, write_people, write_services, write_streets
from tests.sources.geocoding.small_ban import write_ban
from tests.sources.loopback import Reply, overpass_on_loopback
from tests.sources.real_streets import SHARED_NETWORKS
from tests.sources.street_fixtures import NANTERRE, STREET_FIXTURES

PORTO_FILE = SHARED_NETWORKS / "porto.osm.pbf"
REUNION = NewTown(lon=55.4500, lat=-20.8900, crs=2975)
HEADINGS = ("Nom de la structure", "Type", "Ouvert depuis", "X (RGR92)", "Y (RGR92)")
SERVICES = [
    ("Case Océan", "Case à lire", "4 février 2020", 0, 0),
    ("Case Volcan", "Case à lire", "01/03/2021", 5, 5),
    ("Point jeunes", "Point d'accueil jeunes", "2022-05-16", 5, 0),
    ("Pas encore", "Case à lire", "01/01/2030", 2, 3),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isolated_cache: Path) -> Path:  # noqa: ARG001 - set
    monkeypatch.chdir(tmp_path)
    write_streets(REUNION, tmp_path / "rues.osm")
    write_areas(
        REUNION, tmp_path / "communes.geojson", {"97411": "Saint-Denis", "97418": "Sainte-Marie", "92049": "Ailleurs"}
    )
    write_services(REUNION, tmp_path / "services.xlsx", SERVICES, HEADINGS)
    write_people(REUNION, tmp_path / "gens.csv")
    return tmp_path


REUNION_OPTIONS = (
    "--areas", "communes.geojson", "--territory", "974", "--area-id", "CODE_COM", "--services", "services.xlsx",
    "--population", "gens.csv", "--streets", "rues.osm", "--date", "3 mars 2025", "--threshold", "5", "--yes",
)  # fmt: skip


def expected_share(town: NewTown, places: list[tuple[int, int]], *, under_m: float, width: int = SIDE) -> float:
    """The share of the crossings of the first columns whose nearest service is nearer than that."""
    homes = [(i, j) for i in range(width) for j in range(SIDE)]
    near = [min(town.metres(home, place) for place in places) < under_m for home in homes]
    return sum(near) / len(homes)


@pytest.mark.usefixtures("folder")
def test_la_reunion_from_nothing_without_code(monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("new", "ilet", *REUNION_OPTIONS, monkeypatch=monkeypatch) == 0
    assert command("check", "ilet/etude.toml", monkeypatch=monkeypatch) == 0
    study = read_study("ilet/etude.toml")
    assert (study.analysis.time_zone, study.analysis.holidays) == ("Indian/Reunion", "FR-974")
    assert [kind.label for kind in study.kinds] == ["Case à lire", "Point d'accueil jeunes"]
    results = run_study(study)
    assert results.areas.crs.to_epsg() == 32740  # UTM 40 south
    assert results.areas["area_id"].tolist() == ["97411", "97418"]

    # 5 min at 5 km/h; two thirds of the town are in the territory, and the fourth service is not open yet
    total = results.coverage.query("area_id == 'total' and threshold_min == 5 and mode == 'walk' and public == 'all'")
    share = float(total.query("rule == 'any'")["coverage_share"].iloc[0])
    wanted = expected_share(REUNION, [(0, 0), (5, 5), (5, 0)], under_m=5000 / 12, width=4)
    assert share == pytest.approx(wanted, abs=0.02)
    assert round(total["population"].iloc[0]) == 240  # points are counted as they are: four columns of the town


@pytest.mark.slow  # writes the report, the maps and all files
def test_la_reunion_is_run_and_told_in_its_own_words(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert command("new", "ilet", *REUNION_OPTIONS, monkeypatch=monkeypatch) == 0
    assert command("run", "ilet/etude.toml", "--output", "out", monkeypatch=monkeypatch) == 0
    report = (folder / "out" / "report.html").read_text(encoding="utf-8")
    assert "Case à lire" in report
    text = re.sub(r"<(style|script).*?</\1>", "", report, flags=re.DOTALL)
    text = re.sub(r"Aucune [a-zé ]+ pour les Hauts-de-Seine", "", text)  # what a source of speeds says of itself
    for word in ("SST", "Hauts-de-Seine", "Altoséquanais", "SOSMS"):
        assert word not in text


def write_porto(folder: Path) -> None:
    """A square of Porto and three invented services, as an office there would keep them."""
    area = gpd.GeoDataFrame(
        {"DICOFRE": ["131201"], "Freguesia": ["Centro"], "População": [40_000]},
        geometry=[shapely.box(-8.62, 41.145, -8.605, 41.155)], crs=4326,
    )  # fmt: skip
    area.to_file(folder / "freguesias.gpkg", layer="freguesias")
    (folder / "serviços.csv").write_text(
        "Serviços de proximidade;;;\n;;;\nNome;Tipologia;Lat;Long\nTrindade;Centro social;41,1520;-8,6095\n"
        "Bolhão;Loja;41,1496;-8,6065\nAliados;Centro social;41,1480;-8,6112\n",
        encoding="cp1252",
    )


PORTO_OPTIONS = (
    "--areas", "freguesias.gpkg", "--area-name", "Freguesia", "--services", "serviços.csv", "--column", "name=Nome",
    "--column", "kind=Tipologia", "--date", "2025-03-03", "--population-column", "População", "--population",
    "freguesias.gpkg", "--yes",
)  # fmt: skip


def test_another_country_says_its_clocks_and_holidays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_porto(tmp_path)
    assert command("new", "porto", *PORTO_OPTIONS, monkeypatch=monkeypatch) == 3
    assert "--time-zone" in capsys.readouterr().err
    clocks = ("--time-zone", "Europe/Lisbon", "--holidays", "PT")
    assert command("new", "porto", *PORTO_OPTIONS, *clocks, monkeypatch=monkeypatch) == 0
    study = read_study("porto/etude.toml")
    assert (study.analysis.time_zone, study.analysis.holidays) == ("Europe/Lisbon", "PT")
    assert [kind.name for kind in study.kinds] == ["centro_social", "loja"]


@pytest.mark.slow  # reads the streets of a city
@pytest.mark.skipif(not PORTO_FILE.exists(), reason="needs the OpenStreetMap file of Porto in ../shared/networks")
@pytest.mark.usefixtures("isolated_cache")
def test_porto_from_nothing_without_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    write_porto(tmp_path)
    options = ("--streets", os.path.relpath(PORTO_FILE), "--time-zone", "Europe/Lisbon", "--holidays", "PT")
    assert command("new", "porto", *PORTO_OPTIONS, *options, monkeypatch=monkeypatch) == 0
    assert command("check", "porto/etude.toml", monkeypatch=monkeypatch) == 0
    results = run_study(read_study("porto/etude.toml"))
    assert results.areas.crs.to_epsg() == 32629
    rows = results.coverage.query("area_id == 'total' and rule == 'any' and threshold_min == 20 and public == 'all'")
    assert round(rows["population"].iloc[0]) == 40_000
    assert 0.9 < float(rows["coverage_share"].iloc[0]) <= 1.0  # a square of 1.2 km with three services in its middle


ANSWERS = [
    "974", "services.xlsx", "non", "name Type", "non", "name=Type", "name=Nom de la structure", "peut-être", "O",
    "gens.csv", "rues.osm", "walk", "03/03/2025", "Mes cases", "",
]  # fmt: skip


@pytest.mark.usefixtures("folder")
def test_answers_on_the_terminal_write_the_study_that_the_options_write() -> None:
    said = CliRunner().invoke(
        app,
        ["new", "parle", "--area-id", "CODE_COM", "--areas", "communes.geojson", "--threshold", "5"],
        input="\n".join(ANSWERS),
    )
    assert said.exit_code == 0, said.output
    assert "Nom de la structure  →  nom (name)" in said.output
    assert "Répondre o (oui) ou n (non)" in said.output
    written = read_study("parle/etude.toml")
    assert CliRunner().invoke(app, ["new", "muet", *REUNION_OPTIONS, "--title", "Mes cases"]).exit_code == 0
    other = read_study("muet/etude.toml")
    assert written.model_dump(exclude={"name", "services"}) == other.model_dump(exclude={"name", "services"})
    assert written.services.columns == other.services.columns
    assert written.services.columns["name"] == "Nom de la structure"

    # the study says how to write it again
    again = re.search(
        r"# La même, du dossier au-dessus, de nouveau : access92 new parle (.*)",
        Path("parle/etude.toml").read_text("utf-8"),
    )
    assert again is not None
    assert "--column 'name=Nom de la structure'" in again[1]


def test_a_study_that_is_there_is_never_replaced(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "ilet").mkdir()
    (folder / "ilet" / "etude.toml").write_text("mine", encoding="utf-8")
    assert command("new", "ilet", *REUNION_OPTIONS, monkeypatch=monkeypatch) == 3
    said = capsys.readouterr()
    assert "Une étude est déjà là" in said.err
    assert said.out == ""  # before anything is asked
    assert (folder / "ilet" / "etude.toml").read_text(encoding="utf-8") == "mine"
    assert [path.name for path in (folder / "ilet").iterdir()] == ["etude.toml"]


def test_a_refused_study_leaves_nothing_and_the_command_to_type_again(folder: Path) -> None:
    write_services(REUNION, folder / "services.xlsx", [("A", "Case", "32/13/2020", 0, 0)], HEADINGS)
    answers = ["974", "services.xlsx", "", "gens.csv", "rues.osm", "walk", "03/03/2025", "Mes cases"]
    said = CliRunner().invoke(
        app, ["new", "ilet", "--area-id", "CODE_COM", "--areas", "communes.geojson"], input="\n".join(answers)
    )
    assert said.exit_code != 0
    assert "access92 new ilet --areas communes.geojson" in said.output
    assert "--yes" in said.output
    assert not (folder / "ilet").exists()


@pytest.mark.parametrize(
    ("replaced", "words"),
    [
        ({"--territory": "75"}, "Aucune zone n'a le code « 75 »"),
        ({"--services": "absent.csv"}, "introuvable"),
        ({"--date": "hier"}, "Le jour est illisible"),
        ({"--modes": "walkk"}, "walkk"),
        ({"--population": "services.xlsx"}, "population"),
        ({"--column": "name=Absent"}, "« Absent »"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    replaced: dict[str, str],
    words: str,
) -> None:
    options = [*REUNION_OPTIONS]
    for option, value in replaced.items():
        if option in options:
            options[options.index(option) + 1] = value
        else:
            options += [option, value]
    assert command("new", "ilet", *options, monkeypatch=monkeypatch) == 3
    assert words in capsys.readouterr().err
    assert not (folder / "ilet").exists()


@pytest.mark.usefixtures("folder")
def test_streets_to_be_downloaded_are_named_with_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [option for option in REUNION_OPTIONS if option not in ("--streets", "rues.osm")]
    assert command("new", "ilet", *options, monkeypatch=monkeypatch) == 0
    said = capsys.readouterr().out
    assert "access92 fetch streets --study ilet/etude.toml" in said
    assert read_study("ilet/etude.toml").streets.file == Path("rues_ilet.parquet")


@pytest.mark.slow
@pytest.mark.usefixtures("isolated_cache")
def test_streets_that_are_fetched_afterwards_are_read_by_the_study_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    places = gpd.GeoDataFrame({"insee": ["92050"], "nom": ["Nanterre"], "pmun": [100]}, geometry=[NANTERRE], crs=4326)
    places.to_file(tmp_path / "zone.geojson")
    lon, lat = NANTERRE.centroid.coords[0]
    (tmp_path / "s.csv").write_text(f"nom;type;latitude;longitude\nA;PMI;{lat};{lon}\n", encoding="utf-8")
    options = ("--areas", "zone.geojson", "--services", "s.csv", "--date", "2025-03-03", "--yes")
    assert command("new", "ici", *options, monkeypatch=monkeypatch) == 0
    reply = Reply(200, (STREET_FIXTURES / "crossing_overpass.json").read_bytes())
    with overpass_on_loopback(reply) as server:
        words = ("fetch", "streets", "--study", "ici/etude.toml", "--provider-url", server.url)
        assert command(*words, monkeypatch=monkeypatch) == 0
    assert "L'étude les lit : access92 run ici/etude.toml" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "ici").iterdir()) == ["etude.toml", "rues_ici.parquet"]
    assert command("check", "ici/etude.toml", monkeypatch=monkeypatch) == 0


def test_addresses_are_placed_on_the_way(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_ban(folder / "adresses-92.csv.gz")
    west, south = 2.19, 48.79
    ring = [[west, south], [west + 0.03, south], [west + 0.03, south + 0.03], [west, south + 0.03], [west, south]]
    area = {"type": "Feature", "properties": {"insee": "92001", "name": "Saint-Aubin", "population": 100},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    (folder / "zone.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [area]}), "utf-8")
    book = openpyxl.Workbook()
    for row in (["Nom", "Adresse", "CP", "Ville"], ["A", "12 r. Jean Jaures", "92100", "St Aubin sur Seine"]):
        book.active.append(row)
    book.save(folder / "adresses.xlsx")
    options = (
        "--areas",
        "zone.geojson",
        "--services",
        "adresses.xlsx",
        "--kind",
        "PMI",
        "--date",
        "2025-03-03",
        "--yes",
    )
    assert command("new", "ici", *options, monkeypatch=monkeypatch) == 3
    assert "Situer leurs adresses : --ban" in capsys.readouterr().err
    assert command("new", "ici", *options, "--ban", "adresses-92.csv.gz", monkeypatch=monkeypatch) == 0
    assert "1 adresse trouvée, 0 non trouvée" in capsys.readouterr().out.replace("\xa0", " ")
    study = read_study("ici/etude.toml")
    assert study.services.file == Path("../adresses_geocode.csv")
    assert study.services.kind == "pmi"


def write_addresses(folder: Path) -> None:
    """A territory, the addresses of a service on one of two sheets under headings of an office, and a BAN."""
    write_ban(folder / "adresses-92.csv.gz")
    ring = [[2.19, 48.79], [2.22, 48.79], [2.22, 48.82], [2.19, 48.82], [2.19, 48.79]]
    area = {"type": "Feature", "properties": {"insee": "92001", "name": "Saint-Aubin", "population": 100},
            "geometry": {"type": "Polygon", "coordinates": [ring]}}  # fmt: skip
    (folder / "zone.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": [area]}), "utf-8")
    book = openpyxl.Workbook()
    for row in (["Nom", "Où", "CP", "Ville"], ["A", "12 r. Jean Jaures", "92100", "St Aubin sur Seine"]):
        book.active.append(row)
    book.create_sheet("Notes").append(["rien", "d'autre"])
    book.save(folder / "adresses.xlsx")


def test_the_written_command_makes_the_same_study_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, isolated_cache: Path
) -> None:
    del isolated_cache
    texts = []
    for name in ("ici", "ailleurs"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        write_addresses(Path())
        if not texts:
            # the sheet, the column of addresses and a mistyped file are asked for
            answers = ["zone.geojson", "", "adresse.xlsx", "adresses.xlsx", "feuille: Sheet", "categorie: PMI", ""]
            answers += ["absent.csv.gz", "adresses-92.csv.gz", "address=Où", "", "", "walk", "2025-03-03", "", ""]
            said = CliRunner().invoke(app, ["new", "e", "--holidays", ""], input="\n".join(answers))
            assert said.exit_code == 0, said.output
            assert said.output.count("introuvable") == 2
            assert "Zones : 1 (Saint-Aubin)." in said.output
            again = "access92 geocode adresses.xlsx --ban adresses-92.csv.gz --sheet Sheet --column 'address=Où'"
            assert again in said.output
            assert "l'étude" not in said.output.partition("Étude écrite")[0]
        else:
            command_line = texts[0].partition("de nouveau : access92 ")[2].partition("\n")[0]
            assert CliRunner().invoke(app, shlex.split(command_line)).exit_code == 0
        texts.append(Path("e/etude.toml").read_text("utf-8"))
    assert texts[0] == texts[1]
    assert 'holidays = ""' in texts[0]


@pytest.mark.slow  # builds the demonstration streets
def test_the_shipped_territory_needs_a_file_of_services_only(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "s.csv").write_text("Nom;Type;Longitude;Latitude\nA;PMI;2,3190;48,8170\n", encoding="cp1252")
    options = ("--territory", "92049,Malakoff", "--services", "s.csv", "--date", "2025-03-03", "--yes")
    assert command("new", "montrouge", *options, monkeypatch=monkeypatch) == 0
    study = read_study("montrouge/etude.toml")
    assert study.streets.demo
    assert study.areas.licence == "Licence Ouverte"
    assert "IGN" in study.areas.source
    assert study.scenarios[0].kinds == ("pmi",)


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--modes", "walkk", "Où : option --modes"),
        ("--time-zone", "Nulle/Part", "Où : option --time-zone"),
        ("--holidays", "ZZ", "Où : option --holidays"),
        ("--title", "x" * 400, "Où : option --title"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_what_the_check_of_the_new_study_refuses_is_said_of_the_options(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], option: str, value: str, words: str
) -> None:
    assert command("new", "ilet", *REUNION_OPTIONS, option, value, monkeypatch=monkeypatch) == 3
    said = capsys.readouterr().err
    assert words in said
    assert "étude" not in said.lower()
    assert "etude.toml" not in said


def test_a_study_written_elsewhere_finds_its_files_and_says_commands_that_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bureau").mkdir()
    monkeypatch.chdir(folder / "bureau")
    monkeypatch.setenv("HOME", str(folder))
    files = {"communes.geojson": "../communes.geojson", "services.xlsx": "~/services.xlsx", "gens.csv": "~/gens.csv"}
    options = [files.get(option, option) for option in REUNION_OPTIONS if option not in ("--streets", "rues.osm")]
    assert command("new", str(folder / "loin" / "ilet"), *options, monkeypatch=monkeypatch) == 0
    target = folder / "loin" / "ilet" / "etude.toml"
    said = capsys.readouterr().out
    assert f"access92 fetch streets --study {target}" in said
    assert "codes « CODE_COM », noms « NOM_COM », habitants « PMUN »" in said
    study = read_study(target)
    assert study.services.file == Path("../../services.xlsx")
    assert study.locate(study.services.file).is_file()
    again = target.read_text("utf-8").partition("du dossier au-dessus, de nouveau : access92 ")[2].partition("\n")[0]
    assert "--services ../services.xlsx" in again
    target.unlink()
    (target.parent / "zones.geojson").unlink()
    monkeypatch.chdir(folder / "loin")
    assert command(*shlex.split(again), monkeypatch=monkeypatch) == 0


@pytest.mark.parametrize(
    ("columns", "chosen"),
    [
        ({"c_ar": 16, "c_arinsee": 75116, "l_ar": "16ème Ardt", "l_aroff": "Passy"}, ("c_arinsee", "l_ar")),
        ({"NOM": "Paris 16e", "INSEE_COM": "75056", "INSEE_ARM": "75116"}, ("INSEE_ARM", "NOM")),
    ],
)
def test_arrondissements_of_a_city_are_known_by_their_own_code(
    columns: dict[str, object], chosen: tuple[str, str], tmp_path: Path
) -> None:
    """As the City of Paris and the IGN publish them: the code of the city is that of none."""
    rows = [columns, {name: "75115" if value in ("75116", 75116) else value for name, value in columns.items()}]
    shapes = [shapely.box(2.26, 48.84, 2.28, 48.87), shapely.box(2.28, 48.84, 2.30, 48.87)]
    gpd.GeoDataFrame(pd.DataFrame(rows).astype(str), geometry=shapes, crs=4326).to_file(tmp_path / "a.geojson")
    territory = read_territory(tmp_path / "a.geojson", ["75116"])
    assert (territory.id_column, territory.name_column) == chosen
    assert len(territory.shapes) == 1


def test_a_table_without_a_known_name_is_refused_with_the_column_that_looks_like_one(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("Tél;Mairie annexe;Adresse\n01;Bel Air;1 rue X\n02;Fourqueux;2 rue X\n", "utf-8")
    with pytest.raises(InputError, match="--column 'name=Mairie annexe'"):
        read_services_file(tmp_path / "s.csv", kind="Mairie", near=gpd.GeoDataFrame(geometry=[], crs=4326))
