"""Which lines of an office's table are its headings: a line of data is never taken for one of them in silence."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from access92.errors import InputError
from access92.sources.office.heads import READING, find_head
from access92.sources.office.other_rows import check_rows
from access92.sources.tables import read_table


def table_of(folder: Path, text: str) -> pd.DataFrame:
    (folder / "t.csv").write_text(text, encoding="utf-8")
    return read_table(folder / "t.csv", where="t.csv")


@pytest.mark.parametrize(
    ("head", "row"),
    [
        (["Nom", "", "Adresse", ""], ["PMI Sud", "Annexe", "rue Hoche", "Vanves"]),
        (["Nom", "", "Adresse", ""], ["PMI Sud", "Annexe", "1 rue Hoche", "bis"]),
        (["Nom", "", "lon", "lat"], ["PMI Sud", "Annexe", "2.25", "48.82"]),
        (["Nom", "", "Commune", ""], ["PMI Sud", "Site", "Vanves", "nord"]),
    ],
)
def test_a_row_of_data_under_incomplete_headings_is_data(tmp_path: Path, head: list[str], row: list[str]) -> None:
    text = "\n".join(";".join(line) for line in (head, row, row)) + "\n"
    table = table_of(tmp_path, text)
    assert table.to_numpy().tolist() == [row, row]
    assert table.columns.tolist()[:2] == ["Nom", "colonne B"]


def test_a_row_that_may_be_headings_or_data_is_refused_with_its_line_and_its_remedy(tmp_path: Path) -> None:
    text = "Services\n\nNom;;Adresse;;Commune\nPMI A;Annexe;rue X;Bâtiment;\nPMI B;;rue Y;;Vanves\n"
    with pytest.raises(InputError, match="seconde ligne de titres, ou la première de données") as refused:
        table_of(tmp_path, text)
    assert "ligne 4, « PMI A »" in str(refused.value)
    assert "tous à la ligne 3" in str(refused.value)


@pytest.mark.parametrize(
    ("upper", "lower"),
    [
        (["Nom", "Coordonnées", ""], ["", "Lon", "Lat"]),
        (["Nom", "Adresse", "", ""], ["", "Lieu exact", "CP", "Ville"]),
        (["Code", "Population", ""], ["", "Hommes", "Femmes"]),
        (["Nom", "Effectifs", ""], ["Nom", "Agents", "Public"]),
    ],
)
def test_headings_on_two_lines_are_read_and_said(tmp_path: Path, upper: list[str], lower: list[str]) -> None:
    row = ["A", *["12"] * (len(upper) - 1)]
    table = table_of(tmp_path, "\n".join(";".join(line) for line in (upper, lower, row)) + "\n")
    assert table.to_numpy().tolist() == [row]
    assert "titres de colonnes aux lignes 1 et 2" in table.attrs[READING][0]


def test_a_digit_under_the_headings_is_data() -> None:
    assert find_head([["Nom", "", "Adresse", ""], ["Site", "Voie", "Ville", "92120"]]).height == 1


def test_headings_that_come_again_are_left_out_and_said(tmp_path: Path) -> None:
    table = table_of(tmp_path, "Nom;Type;lon\nA;pmi;2,25\nNOM; Type;lon\nB;pmi;2,26\nNom;Type;lon\n")
    assert table["Nom"].to_dict() == {2: "A", 4: "B"}
    assert "répétés, laissés de côté : lignes 3, 5" in table.attrs[READING][0]
    above = table_of(tmp_path, "Liste;;\nNom;Type;lon\nA;pmi;2,25\nNom;Type;lon\n")
    assert above["Nom"].to_dict() == {3: "A"}


@pytest.mark.parametrize("title", ["", "Liste des sites;;\n"])
def test_a_row_of_units_is_refused(tmp_path: Path, title: str) -> None:
    with pytest.raises(InputError, match="ligne d'unités") as refused:
        table_of(tmp_path, f"{title}Commune;Surface;Population\n;(ha);(milliers)\nVanves;156;28\n")
    assert f"ligne {3 if title else 2}, « (ha) », « (milliers) »" in str(refused.value)


ROWS = [["A", "1 rue X", "2.25", "48.82"], ["B", "2 rue X", "2.26", "48.82"]]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (["Total", "2", "", ""], "ligne de total"),
        (["TOTAL GÉNÉRAL", "2", "", ""], "ligne de total"),
        (["Sous-total : 2 sites", "", "", ""], "ligne de total"),
        (["Nombre de services", "2", "", ""], "ligne de total"),
        (["Source : département", "", "", ""], "aucune des cellules"),
        (["Vanves", "", "", ""], "aucune des cellules"),
    ],
)
def test_what_counts_or_describes_the_others_is_no_service(row: list[str], words: str) -> None:
    names = ["Nom", "Adresse", "lon", "lat"]
    with pytest.raises(InputError, match=words) as refused:
        check_rows(pd.DataFrame([*ROWS, row], columns=names, index=[2, 3, 4]), "t.csv")
    assert f"lignes 4, « {row[0]} »" in str(refused.value)
    check_rows(pd.DataFrame([*ROWS, [row[0], "3 rue X", "2.27", "48.8"]], columns=names), "t.csv")
    check_rows(pd.DataFrame([*ROWS, ["PMI C", "3 rue X", "", ""]], columns=names), "t.csv")


@pytest.mark.parametrize(
    ("row", "text"),
    [
        (["", "Total PMI", "PMI", "", "", "12"], "Total PMI"),
        (["4", "Sous-total des PMI", "PMI", "", "", "12"], "Sous-total des PMI"),
        (["", "Totaux par type", "PMI", "", "", "12"], "Totaux par type"),
        (["", "PMI", "3 services", "", "", "12"], "3 services"),
        (["", "Effectif total", "PMI", "", "", "12"], "Effectif total"),
        (["", "\u03a3", "PMI", "", "", "12"], "\u03a3"),
    ],
)
def test_a_total_of_some_rows_is_no_service(row: list[str], text: str) -> None:
    names = ["N°", "Nom", "Type", "lon", "lat", "Effectif"]
    rows = [[str(at), f"PMI {at}", "PMI", "2.25", "48.82", "4"] for at in range(1, 4)]
    with pytest.raises(InputError, match="ligne de total") as refused:
        check_rows(pd.DataFrame([*rows, row], columns=names, index=[2, 3, 4, 5]), "t.csv")
    assert f"lignes 5, « {text} »" in str(refused.value)
    # of a name that begins so, what else there is decides
    check_rows(pd.DataFrame([*rows, ["4", text, "PMI", "2.25", "48.8", ""]], columns=names), "t.csv")
    check_rows(pd.DataFrame([*rows, ["4", "PMI C", "PMI", "", "", "accès total"]], columns=names), "t.csv")


def test_headings_again_below_data_are_not_the_headings(tmp_path: Path) -> None:
    upper, lower = "Nom;Type;Adresse;;Coordonnées;;Ouvert le", ";;Adresse;CP;Lon;Lat;"
    rows = "A;PMI;1 rue X;92170;2,25;48,82;\nB;PMI;1 rue X;92170;2,26;48,82;\n"
    again = "Nom;Type;Adresse;CP;Lon;Lat;Ouvert le"
    table = table_of(tmp_path, f"Territoire :;Vanves;;;;;\n{upper}\n{lower}\n{rows}{again}\n")
    assert table["Nom"].tolist() == ["A", "B"]
    with pytest.raises(InputError, match="remplies comme le tableau") as refused:
        table_of(
            tmp_path, "Territoire :;Vanves;;;\nA;PMI;rue X;Vanves;nord\nNom;Type;Adresse;Ville;Secteur\nB;PMI;;;\n"
        )
    assert "lignes 2, titres à la ligne 3" in str(refused.value)


def test_a_row_with_one_of_the_cells_that_the_others_have_is_refused() -> None:
    rows = [[*row, ""] for row in ROWS]
    with pytest.raises(InputError, match="aucune des cellules que les autres"):
        check_rows(pd.DataFrame([*rows, ["(1) Adresse provisoire", "", "", "", "12"]], columns=list("abcde")), "t.csv")
    rows = [[*row[:-1], "x"] for row in rows]
    with pytest.raises(InputError, match="aucune des cellules que les autres"):
        check_rows(pd.DataFrame([*rows, ["Secteur", "", "", "", "x"]], columns=[*"abcd", "colonne E"]), "t.csv")
