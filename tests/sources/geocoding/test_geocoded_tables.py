"""Tables of addresses: what is written can be checked and corrected, and a second run keeps what was corrected."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from access92.cli import app
from access92.errors import InputError
from access92.sources.areas import read_areas
from access92.sources.geocoding.geocoded_table import geocode_table
from access92.sources.geocoding.matching import NotFound
from access92.sources.services import read_services
from access92.study.read import read_study
from tests.command_line import command
from tests.sources.geocoding.small_ban import place_of, write_ban
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

ROWS = (
    ("001", "Maison A", "SST", "12 bis rue Jean Jaurès", "92100", "St Aubin sur Seine"),
    ("002", "Maison B", "PMI", "10 rue Pascal", "92100", "St Aubin sur Seine"),
    ("003", "Maison C", "PMI", "5 rue Parmentier", "92100", "St Aubin sur Seine"),
    ("004", "Maison D", "PMI", "1 rue Hoche", "1500", "MARNES"),
)
HEAD = ("N°", "Libellé", "Type", "Adresse", "CP", "Ville")


def write_office_file(file: Path, rows: tuple[tuple[str, ...], ...] = ROWS) -> Path:
    book = openpyxl.Workbook()
    page = book.active
    page.append(["Services en 2025"])
    page.append([])
    for row in (HEAD, *rows):
        page.append(row)
    book.save(file)
    return file


def run(folder: Path, source: str = "services.xlsx", *more: str) -> str:
    result = CliRunner().invoke(
        app, ["geocode", str(folder / source), "--ban", str(folder / "adresses-92.csv.gz"), *more]
    )
    assert result.exit_code == 0, result.output
    return result.output.replace("\xa0", " ").replace("\u202f", " ").replace("’", "'")


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream, delimiter=";"))


def rewrite(file: Path, rows: list[dict[str, str]], encoding: str = "cp1252") -> None:
    """The file as Excel saves it: « CSV (point-virgule) » in Windows-1252, codes without their zeros."""
    with file.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";")
        writer.writeheader()
        for row in rows:
            writer.writerow({**row, "N°": row["N°"].lstrip("0"), "CP": row["CP"].lstrip("0")})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ACCESS92_CACHE", str(tmp_path / "cache"))
    write_ban(tmp_path / "adresses-92.csv.gz")
    write_office_file(tmp_path / "services.xlsx")
    return tmp_path


def test_addresses_get_places_and_what_is_not_found_is_listed(folder: Path) -> None:
    said = run(folder)
    assert "3 adresses trouvées, 1 non trouvée" in said
    assert "Maison C : rue absente" in said
    assert "Maison B : « 10 rue Pascal, 92100 St Aubin sur Seine » : numéro interpolé entre le 8 et le 12" in said
    assert "Maison A" not in said
    rows = rows_of(folder / "services_geocode.csv")
    assert [row["lon"] for row in rows] == ["2,20123", "2,201", "", "2,2001"]
    assert rows[0]["geocode_adresse"] == "12 bis Rue Jean Jaurès, 92100 Saint-Aubin-sur-Seine"
    assert (
        rows[1]["position_basis"] == "adresse, adresses-92.csv.gz : numéro interpolé entre le 8 et le 12 (score 0,95)"
    )
    assert float(rows[1]["position_uncertainty_m"].replace(",", ".")) > float(rows[0]["position_uncertainty_m"])
    assert rows[2]["geocode_correspondance"].startswith("non trouvée : rue absente")


def test_a_study_reads_what_was_written(folder: Path) -> None:
    run(folder)
    study = read_study(write_toy_study(folder, study=GOOD_STUDY.replace("services.csv", "services_geocode.csv")))
    areas = read_areas(study)
    services = read_services(study, crs=areas.crs, near=areas).to_crs(4326)
    assert services["service_id"].tolist() == ["001", "002", "003", "004"]
    assert services["kind"].tolist() == ["sst", "pmi", "pmi", "pmi"]
    assert services.geometry.isna().tolist() == [False, False, True, False]
    assert (services.geometry[0].x, services.geometry[0].y) == pytest.approx(place_of(0, "12 bis"), abs=1e-7)
    assert services["position_uncertainty_m"][0] == 10


@pytest.mark.parametrize("source", ["services.xlsx", "services_geocode.csv"])
def test_rows_below_a_blank_one_stay_when_the_file_is_written_again(folder: Path, source: str) -> None:
    run(folder)
    file = folder / "services_geocode.csv"
    rows = rows_of(file)
    blank = dict.fromkeys(rows[0], "")
    rewrite(file, [*rows, blank, {**blank, "Libellé": "Maison E, adresse à demander"}, {**blank, "N°": "Vu en mai"}])
    for _ in range(2):
        run(folder, source)
        again = rows_of(file)
        assert [row["Libellé"] for row in again[len(ROWS) :]] == ["", "Maison E, adresse à demander", ""]
        assert again[-1]["N°"] == "Vu en mai"


def test_a_second_run_keeps_what_a_person_corrected(folder: Path) -> None:
    run(folder)
    file = folder / "services_geocode.csv"
    rows = rows_of(file)
    rows[0]["lon"] = "2,25"  # moved
    rows[1]["Adresse"] = "8 rue Pascal"  # rewritten
    rows[2] |= {"lon": "2,26", "lat": "48,81", "position_uncertainty_m": "40"}  # placed by hand
    rewrite(file, rows)
    for _ in range(2):  # and a third run too
        said = run(folder)
        assert "2 corrigés à la main, gardés" in said
        again = rows_of(file)
        assert [row["lon"] for row in again] == ["2,25", "2,2008", "2,26", "2,2001"]
        assert again[0]["position_basis"] == again[2]["position_basis"] == "corrigée à la main"
        assert again[2]["position_uncertainty_m"] == "40"
        assert again[1]["Adresse"] == "8 rue Pascal"
        assert again[1]["geocode_correspondance"] == "numéro"

    # the very file may be given too: the same rows, nothing asked that is known
    run(folder, "services_geocode.csv")
    assert rows_of(file) == again


def test_an_address_that_changes_in_the_source_is_looked_for_anew(folder: Path) -> None:
    run(folder)
    file = folder / "services_geocode.csv"
    rows = rows_of(file)
    rows[0]["lon"] = "2,25"
    rewrite(file, rows, "utf-8-sig")
    changed = ("001", "Maison A", "SST", "2 rue Hoche", "1500", "MARNES")
    write_office_file(folder / "services.xlsx", (changed, (*ROWS[1][:3], "8 rue Pascal", *ROWS[1][4:]), *ROWS[2:]))
    said = run(folder)
    assert "corrigés" not in said
    assert [row["lon"] for row in rows_of(file)[:2]] == ["2,2002", "2,2008"]
    # that of the second, which nobody had corrected, is told too
    told = said.split("Adresse changée dans la source, cherchée de nouveau :\n")[1].splitlines()
    assert [line.split(" : ")[0].strip() for line in told[:2]] == ["Maison A", "Maison B"]
    assert "« 8 rue Pascal, 92100 St Aubin sur Seine », au lieu de « 10 rue Pascal, 92100 St" in told[1]
    assert "Adresse changée" not in run(folder)


@pytest.mark.parametrize("source", ["services.xlsx", "services_geocode.csv"])
def test_a_place_corrected_together_with_what_was_found_stays(folder: Path, source: str) -> None:
    run(folder)
    file = folder / "services_geocode.csv"
    rows = rows_of(file)
    rows[0] |= {"lon": "2,25", "geocode_lon": "2,25"}
    rows[2] |= {"lon": "2,26", "lat": "48,81", "geocode_lon": "2,26", "geocode_lat": "48,81"}
    rewrite(file, rows)
    for _ in range(2):
        assert "2 corrigés à la main, gardés" in run(folder, source)
        assert [row["lon"] for row in rows_of(file)] == ["2,25", "2,201", "2,26", "2,2001"]


def test_rows_that_have_coordinates_keep_them(folder: Path) -> None:
    lon, lat = lon_lat(0, 0)
    (folder / "s.csv").write_text(
        f"nom;adresse;cp;commune;longitude;latitude;position_basis\nA;1 rue Hoche;01500;Marnes;{lon};{lat};relevé\n"
        "B;2 rue Hoche;01500;Marnes;;;\n",
        encoding="utf-8",
    )
    said = run(folder, "s.csv")
    assert "1 adresse trouvée, 0 non trouvée, 1 lieu déjà connu" in said
    rows = rows_of(folder / "s_geocode.csv")
    assert (rows[0]["lon"], rows[0]["position_basis"], rows[0]["geocode_adresse_source"]) == (
        f"{lon}".replace(".", ","),
        "relevé",
        "",
    )
    assert rows[1]["lon"] == "2,2002"


def test_a_file_that_no_run_wrote_is_never_replaced(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "services_geocode.csv").write_text("a;b\n1;2\n", encoding="utf-8")
    ban = str(folder / "adresses-92.csv.gz")
    assert command("geocode", str(folder / "services.xlsx"), "--ban", ban, monkeypatch=monkeypatch) == 3
    assert "qu'aucun géocodage n'a écrit" in capsys.readouterr().err
    assert (folder / "services_geocode.csv").read_text(encoding="utf-8") == "a;b\n1;2\n"


def test_one_source_must_be_chosen(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert command("geocode", str(folder / "services.xlsx"), monkeypatch=monkeypatch) == 2
    assert "--ban FICHIER ou --online" in capsys.readouterr().err


def test_a_column_may_be_named(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "s.csv").write_text("nom;où\nA;1 rue Hoche 01500 Marnes\n", encoding="utf-8")
    assert (
        command("geocode", str(folder / "s.csv"), "--ban", str(folder / "adresses-92.csv.gz"), monkeypatch=monkeypatch)
        == 3
    )
    assert "--column address=" in capsys.readouterr().err
    run(folder, "s.csv", "--column", "address=où")
    assert rows_of(folder / "s_geocode.csv")[0]["lon"] == "2,2001"


def test_texts_that_a_spreadsheet_takes_for_formulas_are_not_written_as_such(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("nom;adresse\n=HYPERLINK(1);=1+1\n-2,5;x\n", encoding="utf-8")
    geocode_table(tmp_path / "s.csv", tmp_path / "t.csv", lambda rows: [NotFound("x") for _ in rows], source_name="")
    rows = rows_of(tmp_path / "t.csv")
    assert [row["nom"] for row in rows] == ["'=HYPERLINK(1)", "-2,5"]


def test_a_table_without_rows_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("nom;adresse\n", encoding="utf-8")
    with pytest.raises(InputError, match="vide"):
        geocode_table(tmp_path / "s.csv", tmp_path / "t.csv", lambda _: [], source_name="")


def write_ods_file(file: Path, rows: tuple[tuple[str, ...], ...] = ROWS) -> Path:
    pd.DataFrame([*rows], columns=list(HEAD)).to_excel(file, engine="odf", index=False)
    return file


def write_csv_file(file: Path, rows: tuple[tuple[str, ...], ...] = ROWS) -> Path:
    pd.DataFrame([*rows], columns=list(HEAD)).to_csv(file, sep=";", index=False)
    return file


WRITERS = {"services.xlsx": write_office_file, "services.ods": write_ods_file, "services.csv": write_csv_file}


@pytest.mark.parametrize("source", [*WRITERS, "services_geocode.csv"])
def test_all_that_a_person_wrote_stays_whatever_the_source_is(folder: Path, source: str) -> None:
    """Rows placed or not, a column, a name, a doubt, a remark: twice, and as Excel saves them."""
    for name, write in WRITERS.items():
        write(folder / name)
    run(folder, "services.csv" if source == "services_geocode.csv" else source)
    file = folder / "services_geocode.csv"
    rows = rows_of(file)
    empty = dict.fromkeys(rows[0], "")
    rows[0] |= {"Libellé": "Maison Ada", "position_uncertainty_m": "25"}
    rows[3] |= {"N°": "40", "Type": "SST"}
    added = [
        {**empty, "N°": "9", "Libellé": "Maison I", "Type": "PMI", "Adresse": "2 rue Hoche", "CP": "1500",
         "Ville": "MARNES", "lon": "2,27", "lat": "48,82", "position_basis": "relevé"},
        {**empty, "N°": "10", "Libellé": "Maison J", "Type": "PMI", "Adresse": "4 rue Hoche", "CP": "1500",
         "Ville": "MARNES"},
    ]  # fmt: skip
    rewrite(file, [{**row, "Tél": "01 02"} for row in (*rows, *added)])
    for _ in range(2):
        said = run(folder, source)
        again = rows_of(file)
        assert len(again) == len(ROWS) + 2
        assert [row["Tél"] for row in again] == ["01 02"] * 6
        by_name = {row["Libellé"]: row for row in again}
        assert by_name["Maison Ada"]["position_uncertainty_m"] == "25"
        assert (by_name["Maison D"]["N°"], by_name["Maison D"]["Type"]) == ("40", "SST")
        assert (by_name["Maison I"]["lon"], by_name["Maison I"]["position_basis"]) == ("2,27", "relevé")
        assert by_name["Maison J"]["lon"] == "2,2004"
        if source != "services_geocode.csv":
            assert "Lignes ajoutées à la main, gardées :\n  Maison I\n  Maison J" in said
            assert "Libellé « Maison Ada » (source : « Maison A »)" in said
        rewrite(file, again)


def test_a_row_that_the_source_has_no_more_is_told_and_stays_and_what_it_changes_comes_in(folder: Path) -> None:
    run(folder)
    file = folder / "services_geocode.csv"
    rows = rows_of(file)
    rows[0]["Libellé"], rows[0]["lon"] = "Maison Ada", "2,25"
    rewrite(file, rows)
    write_office_file(
        folder / "services.xlsx",
        (("001", "Maison Anne", "SST", "2 rue Hoche", "1500", "MARNES"), ("002", "Maison B", "CCAS", *ROWS[1][3:])),
    )
    said = run(folder)
    assert "Lignes que la source n'a plus, gardées" in said
    assert "\n  Maison C\n  Maison D\n" in said
    assert "Libellé « Maison Ada » (la source a changé : « Maison Anne »)" in said
    assert "« 12 bis rue Jean Jaurès, 92100 St Aubin sur Seine », en 2,25 ; 48,8, n'est plus gardé" in said
    again = rows_of(file)
    assert [row["Libellé"] for row in again] == ["Maison Ada", "Maison B", "Maison C", "Maison D"]
    assert [row["Type"] for row in again] == ["SST", "CCAS", "PMI", "PMI"]
    assert [row["lon"] for row in again] == ["2,2002", "2,201", "", "2,2001"]


def test_a_place_of_the_source_that_a_person_moved_in_the_file_stays_moved(folder: Path) -> None:
    text = "nom;adresse;cp;commune;lon;lat;position_basis\nA;1 rue Hoche;01500;Marnes;2.21;48.81;relevé\n"
    (folder / "s.csv").write_text(f"{text}B;2 rue Hoche;01500;Marnes;2.22;48.82;relevé\n", encoding="utf-8")
    run(folder, "s.csv")
    file = folder / "s_geocode.csv"
    rows = rows_of(file)
    rows[0] |= {"lon": "2,25", "position_basis": "vu sur place", "adresse": "3 rue Hoche"}
    with file.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=";")
        writer.writeheader()
        writer.writerows(rows)
    (folder / "s.csv").write_text(f"{text}B;2 rue Hoche;01500;Marnes;2.23;48.82;relevé\n", encoding="utf-8")
    for _ in range(2):
        said = run(folder, "s.csv")
        again = rows_of(file)
        assert "1 corrigé à la main, gardé" in said
        assert [(row["lon"], row["position_basis"]) for row in again] == [("2,25", "vu sur place"), ("2,23", "relevé")]
        assert again[0]["adresse"] == "3 rue Hoche"


def test_a_sheet_of_a_csv_is_refused_in_the_words_of_the_option(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_csv_file(folder / "s.csv")
    asked = ("geocode", folder / "s.csv", "--ban", folder / "adresses-92.csv.gz", "--sheet", "Feuil2")
    assert command(*asked, monkeypatch=monkeypatch) == 3
    said = capsys.readouterr().err.replace("\xa0", " ")
    assert "« Feuil2 »" in said
    assert "Retirer --sheet, ou donner le classeur" in said
    assert not (folder / "s_geocode.csv").exists()
