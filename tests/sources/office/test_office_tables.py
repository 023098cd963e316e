"""Services as offices keep them (XLSX, ODS, CSV exports): read as the plain table says, or refused with the reason."""

from __future__ import annotations

import builtins
import datetime as dt
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableProperties
from odf.table import CoveredTableCell, Table, TableCell, TableColumn, TableRow
from odf.text import P
from pyproj import CRS, Transformer

from access92.errors import InputError
from access92.run.check import check_study
from access92.sources.areas import read_areas
from access92.sources.office.heads import READING, find_head
from access92.sources.office.meanings import match_columns
from access92.sources.office.service_columns import service_columns
from access92.sources.services import read_services
from access92.sources.tables import read_table
from access92.sources.visits import read_calendar
from access92.study.files import ServicesInput
from access92.study.kinds import KINDS
from access92.study.read import read_study
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

TITLE = "Liste des services au 18/10/2024"
HEAD = ("N°", "LIBELLÉ", "Type", "Adresse", "CP", "Coordonnées", "", "Date d\u2019ouverture")
UNDER = ("", "", "", "", "", "Longitude", "Latitude", "")
WRITTEN_KINDS = ("SST", "P.M.I.", "Protection maternelle et infantile")
NAMES = ("Maison des Lilas", "Espace\u00a0Mermoz", "Centre Œuvrard")
PLACES = tuple(lon_lat(*place) for place in ((0, 0), (5, 5), (2, 3)))
REMARK = "Source : direction des solidarités"


def rows() -> list[list[Any]]:
    """The sheet, as a workbook holds it: real numbers, real dates, a postcode that lost its zero."""
    body = [
        [at + 1, name, kind, f"{at + 1} rue X", 1500, lon, lat, dt.date(2020, 1, at + 1)]
        for at, (name, kind, (lon, lat)) in enumerate(zip(NAMES, WRITTEN_KINDS, PLACES, strict=True))
    ]
    return [[TITLE], [], list(HEAD), list(UNDER), *body, [], [REMARK]]


def as_text(cell: Any) -> str:
    """A cell as a French Excel writes it into a CSV file."""
    if isinstance(cell, dt.date):
        return f"{cell:%d/%m/%Y}"
    return str(cell).replace(".", ",") if isinstance(cell, float) else str(cell)


def write_xlsx(file: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    for row in rows():
        page.append([cell if cell != "" else None for cell in row])
    page.merge_cells("A1:H1")
    page.merge_cells("F3:G3")
    for column in "ABCDEH":
        page.merge_cells(f"{column}3:{column}4")
    for at in (5, 6, 7):
        page[f"A{at}"].number_format = "000"
    page["XFD1048000"].font = openpyxl.styles.Font(bold=True)  # a style alone, far away: nothing to read
    book.create_sheet("Feuil2")
    book.save(file)


def write_ods(file: Path) -> None:
    book = OpenDocumentSpreadsheet()
    table = Table(name="Sites")
    for row in rows():
        line = TableRow()
        for at, cell in enumerate(row):
            if row[:1] == ["N°"] and at == 6:
                line.addElement(CoveredTableCell())
                continue
            if isinstance(cell, dt.date):
                item = TableCell(valuetype="date", datevalue=cell.isoformat())
                item.addElement(P(text=f"{cell:%d/%m/%Y}"))
            elif isinstance(cell, int | float):
                item = TableCell(valuetype="float", value=str(cell))
                item.addElement(P(text=f"{cell:03d}" if at == 0 else as_text(cell)))
            else:
                item = TableCell(valuetype="string")
                item.addElement(P(text=cell))
            line.addElement(item)
        table.addElement(line)
    table.addElement(TableRow(numberrowsrepeated=1_048_000))
    book.spreadsheet.addElement(table)
    book.save(str(file))


def write_csv(encoding: str, separator: str = ";") -> Callable[[Path], None]:
    """A CSV export; titles without separators, as a person adds them to the file, in one of two."""

    def write(file: Path) -> None:
        lines = [[as_text(cell) for cell in row] for row in rows()]
        for row in lines[4:7]:
            row[0] = row[0].zfill(3)
        text = "\r\n".join(separator.join(row + [""] * (8 - len(row) if len(row) > 1 else 0)) for row in lines)
        file.write_text(text + "\r\n", encoding=encoding, newline="")

    return write


FORMS = {
    "services.xlsx": write_xlsx,
    "services.ods": write_ods,
    "windows.csv": write_csv("cp1252"),
    "bom.csv": write_csv("utf-8-sig"),
    "utf16.txt": write_csv("utf-16", "\t"),
}


def study_over(folder: Path, file: str, *, more: str = "") -> Path:
    text = GOOD_STUDY.replace('file = "services.csv"', f'file = "{file}"\n{more}')
    return write_toy_study(folder, study=text)


@pytest.mark.parametrize("form", FORMS)
def test_an_office_file_gives_the_services_that_the_plain_table_gives(tmp_path: Path, form: str) -> None:
    FORMS[form](tmp_path / form)
    study = read_study(study_over(tmp_path, form))
    areas = read_areas(study)
    services = read_services(study, crs=areas.crs, near=areas)
    assert services["service_id"].tolist() == ["001", "002", "003"]
    assert services["name"].tolist() == list(NAMES)
    assert services["kind"].tolist() == ["sst", "pmi", "pmi"]
    assert services["address"].tolist() == ["1 rue X", "2 rue X", "3 rue X"]
    assert [f"{day:%Y-%m-%d}" for day in services["valid_from"]] == ["2020-01-01", "2020-01-02", "2020-01-03"]
    degrees = services.geometry.to_crs(4326)
    for point, (lon, lat) in zip(degrees, PLACES, strict=True):
        assert (point.x, point.y) == pytest.approx((lon, lat), abs=1e-7)
    told = " ".join(check_study(study).readings)
    for words in ("lignes 3 et 4", "« LIBELLÉ » pour name", "« P.M.I. » pour pmi", "« 1500 » lu « 01500 »", REMARK):
        assert words in told


def test_a_plain_table_has_nothing_to_tell(tmp_path: Path) -> None:
    assert check_study(read_study(write_toy_study(tmp_path))).readings == ()


def save(file: Path, *sheets: list[list[Any]]) -> Path:
    """A workbook of these sheets, called F1, F2 and so on."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for number, lines in enumerate(sheets, 1):
        page = book.create_sheet(f"F{number}")
        for line in lines:
            page.append(line)
    book.save(file)
    return file


def test_of_several_sheets_one_must_be_named(tmp_path: Path) -> None:
    plain = [["service_id", "kind", "name", "lon", "lat"], ["A", "sst", "A", *lon_lat(0, 0)]]
    save(tmp_path / "s.xlsx", plain, [*plain, ["B", "pmi", "B", *lon_lat(1, 1)]])
    with pytest.raises(InputError, match="plusieurs feuilles") as refused:
        check_study(read_study(study_over(tmp_path, "s.xlsx")))
    assert "F1, F2" in str(refused.value)
    study = read_study(study_over(tmp_path, "s.xlsx", more='layer = "F2"'))
    assert check_study(study).counts["services connus"] == 2
    with pytest.raises(InputError, match="pas de feuille « F3 »"):
        check_study(read_study(study_over(tmp_path, "s.xlsx", more='layer = "F3"')))


@pytest.mark.parametrize(
    ("headings", "cells"),
    [
        (["X_L93", "Y_L93"], None),
        (["x", "y"], None),
        (["Coordonnées GPS"], ["48,8200000 ; 2,2500000"]),
        (["geo_point_2d"], ["48.82, 2.25"]),
        (["LON", "LAT"], [2.25, 48.82]),
        (["x", "y"], [2.25, 48.82]),
    ],
)
def test_coordinates_are_found_under_the_names_that_offices_give(
    tmp_path: Path, headings: list[str], cells: list[Any] | None
) -> None:
    if cells is None:
        cells = [round(value, 3) for value in Transformer.from_crs(4326, 2154, always_xy=True).transform(2.25, 48.82)]
    save(tmp_path / "s.xlsx", [["Nom", "Type", *headings], ["Maison", "sst", *cells]])
    study = read_study(study_over(tmp_path, "s.xlsx"))
    areas = read_areas(study)
    services = read_services(study, crs=CRS.from_epsg(4326), near=areas)
    assert services["service_id"].tolist() == ["maison"]
    assert (services.geometry[0].x, services.geometry[0].y) == pytest.approx((2.25, 48.82), abs=1e-6)
    assert services.attrs["notices"]


def test_eastings_of_an_unwritten_system_are_refused_until_the_study_names_it(tmp_path: Path) -> None:
    save(tmp_path / "s.xlsx", [["Nom", "Type", "x", "y"], ["Maison", "sst", 12.5, 5000.25]])
    with pytest.raises(InputError, match=r"système des coordonnées X et Y") as refused:
        check_study(read_study(study_over(tmp_path, "s.xlsx")))
    assert 'crs = "EPSG:2154"' in str(refused.value)


def test_numbers_that_fit_two_systems_are_refused_without_areas_to_choose_by() -> None:
    table = pd.DataFrame({"Nom": ["A"], "Type": ["PMI"], "x": ["700000"], "y": ["6300000"]})  # Lambert-93 or Mercator
    with pytest.raises(InputError, match=r"Lambert-93 \(EPSG:2154\) ou Web Mercator"):
        service_columns(table, ServicesInput(file=Path("s.csv")), KINDS, where="s.csv")


def test_codes_of_communes_get_their_first_zero_back() -> None:
    table = pd.DataFrame({"Nom": ["A", "B"], "Type": ["PMI", "PMI"], "Code INSEE": ["1004", "92002"]})
    read = service_columns(table, ServicesInput(file=Path("s.csv")), KINDS, where="s.csv")
    assert read.table["commune_insee"].tolist() == ["01004", "92002"]
    assert any("« 1004 » lu « 01004 »" in sentence for sentence in read.sentences)


def test_two_headings_of_one_meaning_are_refused_until_the_study_chooses(tmp_path: Path) -> None:
    lines = [["Nom", "NOM", "Type", "lon", "lat"], ["Maison", "Autre", "sst", *lon_lat(0, 0)]]
    save(tmp_path / "s.xlsx", lines)
    with pytest.raises(InputError, match="Deux colonnes peuvent être « name »"):
        check_study(read_study(study_over(tmp_path, "s.xlsx")))
    study = read_study(study_over(tmp_path, "s.xlsx", more='columns = { name = "NOM" }'))
    areas = read_areas(study)
    assert read_services(study, crs=areas.crs, near=areas)["name"].tolist() == ["Autre"]
    with pytest.raises(InputError, match="« Nomm », que l'étude donne pour « name »"):
        check_study(read_study(study_over(tmp_path, "s.xlsx", more='columns = { name = "Nomm" }')))


def test_a_file_without_kinds_takes_that_of_the_study(tmp_path: Path) -> None:
    save(tmp_path / "s.xlsx", [["Nom", "lon", "lat"], ["Maison", *lon_lat(0, 0)]])
    study = read_study(study_over(tmp_path, "s.xlsx", more='kind = "pmi"'))
    areas = read_areas(study)
    assert read_services(study, crs=areas.crs, near=areas)["kind"].tolist() == ["pmi"]


def test_former_locked_and_damaged_workbooks_are_refused_in_french(tmp_path: Path) -> None:
    for name, content, words in (
        ("a.xls", b"\xd0\xcf\x11\xe0" + bytes(600), "format ancien"),
        ("a.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600), "mot de passe"),
        ("b.xlsx", b"PK\x03\x04" + bytes(600), "illisible"),
        ("b.ods", b"not a zip", "illisible"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=words) as refused:
            read_table(tmp_path / name, where=name)
        assert refused.value.exit_code == 3
    save(tmp_path / "vide.xlsx", [[]])
    with pytest.raises(InputError, match="vide"):
        read_table(tmp_path / "vide.xlsx", where="vide.xlsx")


def test_a_library_that_is_not_installed_is_named_with_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_xlsx(tmp_path / "s.xlsx")
    importing = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "openpyxl":
            raise ModuleNotFoundError(name=name)
        return importing(name, *args, **kwargs)

    monkeypatch.delitem(sys.modules, "openpyxl", raising=False)
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InputError) as refused:
        read_table(tmp_path / "s.xlsx", where="s.xlsx")
    assert "pip install 'access92[office]'" in str(refused.value)


def test_a_damaged_ods_is_refused_not_read_in_part(tmp_path: Path) -> None:
    write_ods(tmp_path / "s.ods")
    with zipfile.ZipFile(tmp_path / "s.ods") as archive:
        content = archive.read("content.xml")
    for damaged in (
        content[: len(content) // 2],
        content.replace(b"</text:p>", b"</text:q>", 1),
        b"<!DOCTYPE x>" + content,
    ):
        with zipfile.ZipFile(tmp_path / "d.ods", "w") as archive:
            archive.writestr("content.xml", damaged)
        with pytest.raises(InputError, match="illisible"):
            read_table(tmp_path / "d.ods", where="d.ods")


def test_formulas_without_their_values_are_refused_not_read_as_empty(tmp_path: Path) -> None:
    save(tmp_path / "s.xlsx", [["Nom", "Type", "lon", "lat"], ["A", "sst", '=IF(1=1,"2,25","")', 48.8]])
    with pytest.raises(InputError, match="formules") as refused:
        read_table(tmp_path / "s.xlsx", where="s.xlsx")
    assert "cellules C2" in str(refused.value)


def test_the_value_that_a_spreadsheet_keeps_of_a_formula_is_read(tmp_path: Path) -> None:
    save(tmp_path / "s.xlsx", [["Nom", "Type", "lon"], ["A", "sst", "=1+1"]])
    with zipfile.ZipFile(tmp_path / "s.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for kept, value in ((b'<c r="C2"><f>1+1</f><v>2.25</v>', "2.25"), (b'<c r="C2" t="str"><f>x</f><v></v>', "")):
        with zipfile.ZipFile(tmp_path / "k.xlsx", "w") as archive:
            for name, content in parts.items():
                archive.writestr(name, content.replace(b'<c r="C2"><f>1+1</f><v></v>', kept))
        assert read_table(tmp_path / "k.xlsx", where="k.xlsx")["lon"].tolist() == [value]


def test_what_is_merged_downwards_is_on_each_line_and_hidden_lines_are_told(tmp_path: Path) -> None:
    file = save(tmp_path / "s.xlsx", [["Commune", "Nom", "Type"], ["Sceaux", "A", "sst"], [None, "B", "pmi"]])
    book = openpyxl.load_workbook(file)
    book["F1"].merge_cells("A2:A3")
    book["F1"].row_dimensions[3].hidden = True
    book["F1"].column_dimensions["C"].hidden = True
    book.create_sheet("Brouillon").append(["x"])
    book["Brouillon"].sheet_state = "hidden"
    book.save(file)
    table = read_table(file, where="s.xlsx")
    assert table["Commune"].to_dict() == {2: "Sceaux", 3: "Sceaux"}
    assert table.attrs[READING] == (
        "s.xlsx : lignes masquées dans le classeur, lues comme les autres : 1.",
        "s.xlsx : colonnes masquées dans le classeur, lues comme les autres : C.",
        "s.xlsx : feuilles masquées, non lues : « Brouillon ».",
    )
    with pytest.raises(InputError, match="feuille « Brouillon » est masquée"):
        read_table(file, where="s.xlsx", layer="Brouillon")


def test_what_is_hidden_in_ods_is_told(tmp_path: Path) -> None:
    book = OpenDocumentSpreadsheet()
    hidden = Style(name="h", family="table")
    hidden.addElement(TableProperties(display="false"))
    book.automaticstyles.addElement(hidden)
    for name, style in (("Sites", {}), ("Brouillon", {"stylename": hidden})):
        table = Table(name=name, **style)
        table.addElement(TableColumn())
        table.addElement(TableColumn(numbercolumnsrepeated=2, visibility="collapse"))
        for number, cells in enumerate((("Nom", "Type", ""), ("A", "pmi", ""), ("B", "pmi", ""))):
            line = TableRow(visibility="filter" if number == 2 else "visible")
            for cell in cells:
                item = TableCell(valuetype="string")
                item.addElement(P(text=cell))
                line.addElement(item)
            table.addElement(line)
        book.spreadsheet.addElement(table)
    book.save(str(tmp_path / "s.ods"))
    table = read_table(tmp_path / "s.ods", where="s.ods")
    assert table["Nom"].tolist() == ["A", "B"]
    assert [text.rpartition(" : ")[2] for text in table.attrs[READING]] == ["1.", "B.", "« Brouillon »."]


def test_numbers_of_three_decimals_stay_decimals_beside_texts_with_commas(tmp_path: Path) -> None:
    save(tmp_path / "s.xlsx", [["Nom", "Type", "x_l93", "y_l93"], ["A", "sst", "650000,5", 6860000.125]])
    table = read_table(tmp_path / "s.xlsx", where="s.xlsx")
    assert table["y_l93"].tolist() == ["6860000.1250"]


@given(
    titles=st.lists(st.sampled_from(["Liste", "", "Département des Hauts-de-Seine", "Édité le 3 mars"]), max_size=5),
    count=st.integers(1, 4),
)
def test_titles_above_the_headings_never_change_the_head(titles: list[str], count: int) -> None:
    body = [[f"S{at}", "sst", f"{at},5", "48,8"] for at in range(count)]
    head = find_head([*([title, "", "", ""] for title in titles), ["Nom", "Type", "Longitude", "Latitude"], *body])
    assert (head.first, head.height) == (len(titles), 1)
    assert head.names == ("Nom", "Type", "Longitude", "Latitude")


def test_visits_are_read_under_french_headings(tmp_path: Path) -> None:
    lon, lat = lon_lat(1, 1)
    save(
        tmp_path / "haltes.xlsx",
        [["Haltes de mars"], ["Unité", "Lieu", "Longitude", "Latitude", "Jour", "Heure de début", "Heure de fin"],
         ["Bus", "Place", lon, lat, dt.date(2025, 3, 4), dt.time(10, 0), "12h30"]],
    )  # fmt: skip
    visits = read_calendar(tmp_path / "haltes.xlsx", crs=CRS.from_epsg(2154), where="haltes.xlsx")
    assert f"{visits['starts_at'][0]:%Y-%m-%d %H:%M}" == "2025-03-04 10:00"
    assert f"{visits['ends_at'][0]:%H:%M}" == "12:30"
    assert "« Jour » pour date" in " ".join(visits.attrs[READING])


def test_a_calendar_is_read_from_the_sheet_that_the_study_names(tmp_path: Path) -> None:
    lon, lat = lon_lat(1, 1)
    heading = ["unit", "place", "lon", "lat", "date", "start", "end"]
    visit = ["Bus", "Place", lon, lat, "2025-03-04", "10:00", "12:00"]
    save(tmp_path / "haltes.xlsx", [heading, visit], [heading, visit, [*visit[:4], "2025-03-11", *visit[5:]]])
    calendar = '[calendar]\nfile = "haltes.xlsx"\nfirst_day = 2025-03-03\nlast_day = 2025-03-16\n'
    with pytest.raises(InputError, match="plusieurs feuilles"):
        check_study(read_study(write_toy_study(tmp_path, study=GOOD_STUDY + calendar)))
    check_study(read_study(write_toy_study(tmp_path, study=GOOD_STUDY + calendar + 'layer = "F2"\n')))


def test_legal_populations_find_their_areas_when_codes_lost_their_zero(tmp_path: Path) -> None:
    file = write_toy_study(
        tmp_path, study=GOOD_STUDY.replace("[services]", 'population_file = "legal.csv"\n[services]', 1)
    )
    (tmp_path / "legal.csv").write_text("insee;population\n1;10\n2;20\n", encoding="utf-8")
    areas = read_areas(read_study(file))
    assert dict(zip(areas["area_id"], areas["population"], strict=True)) == {"01": 10, "02": 20}
    assert "« 1 » lu « 01 »" in areas.attrs["notices"][0]


def test_a_csv_without_titles_keeps_its_lines(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("alpha;beta\n1;2\n\n3;4\n", encoding="utf-8")
    table = read_table(tmp_path / "t.csv", where="t.csv")
    assert table["alpha"].to_dict() == {2: "1", 4: "3"}
    pd.testing.assert_index_equal(table.columns, pd.Index(["alpha", "beta"]))


@pytest.mark.parametrize("first", ["N° et voie", "Numéro et rue", "voie", "Lieu exact"])
def test_what_stands_first_under_a_merged_address_is_the_address(first: str) -> None:
    rows = [["N°", "Nom", "Adresse", "", ""], ["", "", first, "CP", "Ville"], ["1", "A", "1 rue X", "92100", "B"]]
    names = find_head(rows).names
    matched = match_columns(names, "services", where="x.xlsx")
    assert [matched[column] for column in ("service_id", "name", "postcode", "commune")] == ["N°", "Nom", "CP", "Ville"]
    assert matched["address"] == names[2]


def test_a_number_under_a_merged_address_is_that_of_the_street() -> None:
    rows = [["Nom", "Adresse", "", ""], ["", "N°", "Voie", "CP"], ["A", "1", "rue X", "92100"]]
    assert set(match_columns(find_head(rows).names, "services", where="x.xlsx")) == {
        "name", "number", "address", "postcode"}  # fmt: skip
