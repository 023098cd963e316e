r"""CSV files as offices save them: each is read right, under the lines of the file, or refused with its line."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from access92.errors import InputError
from access92.sources.csv_files import read_csv
from access92.sources.table_heads import read_head

HEADING = "service_id;kind;name;lon;lat\n"


def written(folder: Path, content: str | bytes) -> Path:
    file = folder / "t.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ('S1;sst;"Maison des Lilas;2.25;48.82\nS2;sst;Ok;2.3;48.8\nS3;sst;"Espace" Mermoz;2.31;48.81\n', 2),
        ('S1;sst;Ok;2.25;48.82\nS2;sst;"Ouvert;2.3;48.8\nS3;sst;Fin;2.31;48.81\n', 3),
        ('S1;sst;"Espace" Mermoz;2.31;48.81\n', 2),
    ],
)
def test_a_quote_that_would_swallow_rows_is_refused_with_its_line(tmp_path: Path, rows: str, line: int) -> None:
    with pytest.raises(InputError, match=f"t.csv, ligne {line} "):
        read_csv(written(tmp_path, HEADING + rows), where="t.csv")


def test_a_quote_inside_a_bare_text_is_part_of_it(tmp_path: Path) -> None:
    table = read_csv(written(tmp_path, HEADING + 'S1;sst;Espace "Mermoz";2.31;48.81\n'), where="t.csv")
    assert table["name"].to_dict() == {2: 'Espace "Mermoz"'}


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ('id;"Public (familles, enfants, jeunes, autres)";lon\n1;a;2,25\n2;b;2,3\n', 3),
        ("id;Public (familles, jeunes);lon\n1;a;2,25\n2;b;2,3\n", 3),
        ("id,also_kinds;codes,lon\n1,pmi;sst,2.25\n2,pmi,2.3\n", 3),
        ("id\tnom, prénom\tlon\n1\ta, b\t2,25\n", 3),
        ("id|lon|lat\n1|2,25|48,8\n", 3),
        ("id\n1\n2\n", 1),
    ],
)
def test_the_separator_is_that_by_which_all_rows_have_as_many_cells(tmp_path: Path, text: str, columns: int) -> None:
    file = written(tmp_path, text)
    table = read_csv(file, where="t.csv")
    head = read_head(file, where="t.csv")
    assert head is not None
    assert len(table.columns) == len(head.columns) == columns
    assert list(table.columns) == list(head.columns)


def test_rows_are_named_by_the_lines_of_the_file_where_cells_hold_several(tmp_path: Path) -> None:
    text = 'id,name,lon\nS1,"a\nb\r\nc",2.25\n\nS2,x,bad\nS3,"y ""z""",2.4\n'
    table = read_csv(written(tmp_path, text), where="t.csv")
    assert table["id"].to_dict() == {2: "S1", 6: "S2", 7: "S3"}
    assert table["name"].tolist() == ["a\nb\r\nc", "x", 'y "z"']


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("text", ["id;nom\n1;Châtillon – Œuvre\n", 'id;nom\n1;"Châtillon\nŒuvre"\n2;b\n'])
def test_text_is_read_in_the_encodings_in_which_offices_save(tmp_path: Path, encoding: str, text: str) -> None:
    table = read_csv(written(tmp_path, text.encode(encoding)), where="t.csv")
    assert table["nom"].iloc[0].startswith("Châtillon")
    assert "Œuvre" in table["nom"].iloc[0]
    assert list(table.columns) == ["id", "nom"]


def test_text_in_no_known_encoding_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="ni en UTF-8 ni en Windows-1252"):
        read_csv(written(tmp_path, b"id;nom\n1;\x81\xe9\n"), where="t.csv")


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=("Cs",)), max_size=6)


@pytest.mark.slow
@settings(deadline=None)
@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=6), mark=st.sampled_from(";,\t"))
def test_what_a_writer_writes_is_read_back_cell_by_cell(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], mark: str
) -> None:
    stream = io.StringIO()
    csv.writer(stream, delimiter=mark, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])
    file = written(tmp_path_factory.mktemp("csv"), stream.getvalue())
    table = read_csv(file, where="t.csv")
    filled = [row for row in rows if any(row)]
    assert table.to_numpy().tolist() == filled
    # each row is found at its line
    lines = io.StringIO(stream.getvalue(), newline="").readlines()
    assert [lines[at - 1].startswith('"') for at in table.index] == [True] * len(table)


@pytest.mark.parametrize("heading", ["Nom;Type;Adresse;Longitude;Latitude", "alpha;beta;gamma;delta;epsilon"])
def test_a_decimal_comma_separates_nothing_where_a_row_is_short_or_long(tmp_path: Path, heading: str) -> None:
    rows = ["A;PMI;;2,25;48,85", "B;PMI;;2,26;48,86"]
    table = read_csv(written(tmp_path, "\n".join([heading, *rows, "C;PMI;;2,27", ""])), where="t.csv")
    assert list(table.columns) == heading.split(";")
    assert table.iloc[-1].tolist() == ["C", "PMI", "", "2,27", ""]
    with pytest.raises(InputError, match="plus de valeurs que de titres") as refused:
        read_csv(written(tmp_path, "\n".join([heading, *rows, "C;PMI;;2,27;48,8;x", ""])), where="t.csv")
    assert "ligne 4" in str(refused.value)


def test_commas_of_addresses_separate_nothing_where_a_row_is_short(tmp_path: Path) -> None:
    text = "Nom;Type;Adresse;Longitude;Latitude\nA;PMI;rue X, bis;2.25;48.85\nB;PMI;rue Y, ter\n"
    assert read_csv(written(tmp_path, text), where="t.csv")["Adresse"].tolist() == ["rue X, bis", "rue Y, ter"]


@pytest.mark.parametrize("quote", ["", '"'])
def test_rows_longer_than_the_headings_are_named_the_first_one_too(tmp_path: Path, quote: str) -> None:
    text = f"a;b\n1;2;x\n3;{quote}4{quote}\n5;6;y\n"
    with pytest.raises(InputError, match="plus de valeurs que de titres") as refused:
        read_csv(written(tmp_path, text), where="t.csv")
    assert "t.csv, lignes 2, 4" in str(refused.value)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_its_mark_is_read(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes('nom;note\nÉcole;"a\nb"\nMaison de santé;\n'.encode(encoding))
    table = read_csv(file, where="t.csv")
    assert table["nom"].to_dict() == {2: "École", 4: "Maison de santé"}
    assert table["note"].tolist() == ["a\nb", ""]


@pytest.mark.parametrize("encoding", ["mac_roman", "cp850"])
@pytest.mark.parametrize("name", ["Maison de santé", "Hélène", "Mairie, château"])
def test_accents_of_a_mac_or_of_ms_dos_are_refused_not_mangled(tmp_path: Path, encoding: str, name: str) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(f"nom;note\nA;\n{name} Guérin;x\n".encode(encoding))
    with pytest.raises(InputError, match="ancien Mac ou de MS-DOS") as refused:
        read_csv(file, where="t.csv")
    assert "ligne 3" in str(refused.value)
    file.write_bytes(f"nom;note\n{name} Žižek, Œuvre … « été »;x\n".encode("cp1252"))
    assert read_csv(file, where="t.csv")["nom"].tolist() == [f"{name} Žižek, Œuvre … « été »"]
