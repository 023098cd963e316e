"""Addresses as people write them find their door in the file, or nothing: never another street."""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access92.errors import InputError
from access92.sources.geocoding.address_words import LEAST_SCORE, read_address, words_likeness
from access92.sources.geocoding.ban_index import AddressIndex, read_address_index
from access92.sources.geocoding.matching import Found, NotFound, find_address
from tests.sources.geocoding.small_ban import HEADING, NUMBERS, STREETS, place_of, write_ban


@cache
def small_index() -> AddressIndex:
    import tempfile  # noqa: PLC0415 - once, whatever the test

    file = write_ban(Path(tempfile.mkdtemp()) / "adresses-92.csv.gz")
    return read_address_index(file, cache_folder=None, where=file.name)


def look_for(text: str, **parts: str) -> Found | NotFound:
    return find_address(small_index(), read_address(text, **parts))


def found(text: str, **parts: str) -> Found:
    answer = look_for(text, **parts)
    assert isinstance(answer, Found), answer
    return answer


TOWN = {"town": "ST AUBIN S/ SEINE", "postcode": "92100"}


@pytest.mark.parametrize(
    ("text", "street", "number"),
    [
        ("12 bis rue Jean Jaurès", 0, "12 bis"),
        ("12BIS R. JEAN JAURES", 0, "12 bis"),
        ("12, rue J. Jaurès", 0, "12"),
        ("12 rue Jaurès", 0, "12"),
        ("8 av. du Gal Leclerc", 1, "8"),
        ("8, avenue Leclerc", 1, "8"),
        ("3 bd Mal Foch", 2, "3"),
        ("Centre social, 3-5 bld du Maréchal Foch, bât. B", 2, "3"),
        ("1 place du 8 mai 1945", 3, "1"),
        ("1 pl. 8 mai 1945", 3, "1"),
        ("4 rue Victor-Hugo", 4, "4"),
        ("4 av Victor Hugo", 5, "4"),
        ("2 imp. des oeillets", 6, "2"),
        ("2 rue abbé Grégroire", 7, "2"),
        ("20 all. N.D. des Champs", 8, "20"),
        ("21 rue Pasteur", 9, "21"),
        ("21 rue Pascal (bus 12)", 10, "21"),
        ("12 rue Jean Jaurès BP 4", 0, "12"),
    ],
)
def test_an_address_as_people_write_it_finds_its_door(text: str, street: int, number: str) -> None:
    answer = found(text, **TOWN)
    assert (answer.lon, answer.lat) == pytest.approx(place_of(street, number), abs=1e-7)
    assert answer.kind == "numéro"
    assert answer.score > 0.75


@pytest.mark.parametrize(
    ("text", "street"),
    [
        ("3 ancien ch. de la gare", 14),
        ("3 chemin de la gare", 15),
        ("3 Grande rue", 16),
        ("3 Verdun", 17),
        ("3 pl de Verdun", 18),
        ("3 SQ VICTOR SCHŒLCHER", 19),
        ("3 square Victor Schoelcher", 19),
    ],
)
def test_streets_that_differ_by_their_type_or_a_qualifier_are_told_apart(text: str, street: int) -> None:
    assert found(text, town="Marnes").lat == pytest.approx(place_of(street, "3")[1], abs=1e-7)


def test_a_slip_in_a_name_is_never_sure() -> None:
    for asked, known in (
        ("louis rolland", "louise rolland"),
        ("docteur louis michel petit", "docteur louise michel petit"),
    ):
        assert LEAST_SCORE <= words_likeness(asked.split(), known.split()) < 0.95


@pytest.mark.parametrize(
    "end", [", Marnes", " - Marnes", ", Marnes 01500", ", 01500, Marnes", ", Marnes (01500)", ", 01 500 Marnes",
            " 01 500 Marnes", ", 01500 Marnes, France"],
)  # fmt: skip
def test_a_commune_is_understood_wherever_it_stands(end: str) -> None:
    answer = found(f"12 rue Hoche{end}")
    assert (answer.kind, answer.score) == ("numéro", 1.0)
    assert isinstance(look_for(f"12 rue Pascal{end}"), NotFound)  # there is one, in another commune


def test_what_may_be_another_commune_is_a_doubt() -> None:
    for end, doubt in (("Lyon", "« Lyon » n'est pas une commune du fichier"), ("Marne", "commune Marne ≠ Marnes")):
        answer = found(f"12 rue Hoche, {end}")
        assert (answer.kind, answer.score) == (f"numéro, à vérifier : {doubt}", 0.85)
    assert isinstance(look_for("12 rue Pasteur, Lyon"), NotFound)


def test_a_commune_of_another_departement_is_not_the_one_of_nearly_its_name() -> None:
    assert found("12 rue Hoche", town="Marne", postcode="01500").kind == "numéro"
    for town in ("Marne", "Marnes"):
        answer = look_for("12 rue Hoche", town=town, postcode="56500")
        assert isinstance(answer, NotFound)
        assert "commune absente" in answer.reason


def test_two_that_agree_outweigh_a_wrong_code_and_it_is_told() -> None:
    answer = found("12 rue Pasteur", citycode="92001", town="L'Haÿ la Vigne", postcode="92110")
    assert answer.lat == pytest.approx(place_of(11, "12")[1], abs=1e-7)
    assert (answer.kind, answer.score) == ("numéro, à vérifier : code INSEE 92001 ≠ 92002", 0.85)
    unknown = found("12 rue Pasteur", citycode="92999", town="L'Haÿ la Vigne")
    assert unknown.kind == "numéro, à vérifier : code INSEE 92999 absent du fichier"


@pytest.mark.parametrize(
    ("text", "lon", "kind"),
    [
        ("1 rue de Paris, 93200 Saint-Denis", 2.1, "numéro"),
        ("1 rue de Paris, 93380 Pierrefitte", 2.2, "numéro"),
        ("1 rue de Paris, Pierrefitte", 2.2, "numéro"),
        ("7 rue de Paris, 93380 Pierrefitte", 2.2007, "numéro interpolé entre le 5 et le 9"),  # 7 is of the other
        ("1 rue de Paris, Saint-Denis", None, ""),
        ("1 rue de Paris, 93200 Pierrefitte", None, ""),
        ("2 rue du Bac, 93200 Saint-Denis", 2.3, "numéro, à vérifier : code postal 93200 ≠ 93380"),
        ("2 rue du Bac, Saint-Denis", 2.3, "numéro"),
        ("4 rue Longue, 93200 Saint-Denis", 2.4004, "numéro"),  # one street in two postcodes
    ],
)
def test_streets_of_one_name_in_communes_that_became_one(
    tmp_path: Path, text: str, lon: float | None, kind: str
) -> None:
    rows = [("Rue de Paris", n, 2.1, 48.93, "93200", "") for n in (1, 3, 7)]
    rows += [("Rue de Paris", n, 2.2 + (n - 1) * 1e-4 * 7 / 6, 48.97, "93380", "Pierrefitte") for n in (1, 5, 9)]
    rows += [("Rue du Bac", 2, 2.3, 48.97, "93380", "Pierrefitte")]
    rows += [("Rue Longue", n, 2.4 + n * 1e-4, 48.9, "93200" if n < 4 else "93210", "") for n in (2, 4)]
    file = tmp_path / "ban.csv"
    lines = [
        f"{number};{name};{postcode};93066;Saint-Denis;{old};{x};{y}" for name, number, x, y, postcode, old in rows
    ]
    heading = "numero;nom_voie;code_postal;code_insee;nom_commune;nom_ancienne_commune;lon;lat"
    file.write_text("\n".join([heading, *lines]) + "\n", encoding="utf-8")
    index = read_address_index(file, cache_folder=None, where="ban.csv")
    answer = find_address(index, read_address(text))
    if lon is None:
        assert isinstance(answer, NotFound)
        assert "plusieurs rues de ce nom" in answer.reason
    else:
        assert isinstance(answer, Found)
        assert answer.lon == pytest.approx(lon, abs=1e-6)
        assert answer.kind == kind


def test_a_mere_type_is_no_street() -> None:
    assert isinstance(look_for("3 rue", town="Marnes"), NotFound)


def test_the_commune_is_read_from_the_address_where_no_column_has_it() -> None:
    for text in ("12 rue Pasteur 92110 L'HAY LA VIGNE CEDEX 3", "Mairie, 12 rue Pasteur, 92110 L'Haÿ-la-Vigne"):
        answer = found(text)
        assert (answer.lon, answer.lat) == pytest.approx(place_of(11, "12"), abs=1e-7)
    assert found("12 rue Pasteur", citycode="92001").lat == pytest.approx(place_of(9, "12")[1])


@pytest.mark.parametrize(
    ("text", "parts", "reason"),
    [
        ("12 rue Pasteur", {}, "plusieurs rues possibles"),
        ("12 rue Pasteur", {"town": "Lyon"}, "commune absente"),
        ("12 rue Parmentier", TOWN, "rue absente"),
        ("12 rue du 11 novembre 1918", TOWN, "rue absente"),
        ("12 rue de Verdun", TOWN, "rue absente"),
        ("1 place du 8 mai 1946", TOWN, "rue absente"),
        ("", TOWN, "pas de nom de rue"),
        ("12 Victor Hugo", TOWN, "plusieurs rues possibles"),
    ],
)
def test_what_is_not_there_or_may_be_two_is_not_placed(text: str, parts: dict[str, str], reason: str) -> None:
    answer = look_for(text, **parts)
    assert isinstance(answer, NotFound)
    assert reason in answer.reason


@pytest.mark.parametrize(
    ("text", "kind", "lon", "uncertainty_m"),
    [
        ("10 rue Pascal", "numéro interpolé entre le 8 et le 12", (place_of(10, "10")[0], 1e-7), (30, 45)),
        ("9 rue Pascal", "numéro interpolé entre le 3 et le 21", (place_of(10, "9")[0], 1e-7), (80, 92)),
        ("23 rue Pascal", "numéro le plus proche, le 21", (place_of(10, "21")[0], 1e-7), (40, 60)),
        ("12 ter rue Pascal", "numéro, sans son indice", (place_of(10, "12")[0], 1e-7), (30, 30)),
        ("rue Pascal", "rue, sans numéro demandé", (place_of(10, "8")[0], 5e-4), (70, 130)),
        ("250 rue Pascal", "rue, où le 250 n'existe pas", (place_of(10, "8")[0], 5e-4), (70, 130)),
    ],
)
def test_a_number_that_is_not_there_is_placed_beside_and_told(
    text: str, kind: str, lon: tuple[float, float], uncertainty_m: tuple[float, float]
) -> None:
    answer = found(text, **TOWN)
    assert answer.kind == kind
    assert answer.lon == pytest.approx(lon[0], abs=lon[1])
    assert uncertainty_m[0] <= answer.uncertainty_m <= uncertainty_m[1]
    assert answer.score < 1


def test_a_postcode_of_another_commune_is_a_doubt_or_two_places() -> None:
    both = look_for("12 rue Pasteur", town="St Aubin sur Seine", postcode="92110")
    assert isinstance(both, NotFound)
    for label in ("12 Rue Pasteur, 92100 Saint-Aubin-sur-Seine", "12 Rue Pasteur, 92110 L'Haÿ-la-Vigne"):
        assert label in both.reason

    # one only has the street, or the number: placed there, less surely, and told
    for text, parts, street, doubt in (
        ("12 rue Pascal", {"town": "St Aubin sur Seine", "postcode": "92110"}, 10, "code postal 92110 ≠ 92100"),
        ("12 rue Pascal", {"town": "L'Hay la Vigne", "postcode": "92100"}, 10,
         "commune L'Haÿ-la-Vigne ≠ Saint-Aubin-sur-Seine"),
        ("12 rue Hoche", {"citycode": "92003", "town": "L'Hay la Vigne"}, 13, "commune L'Haÿ-la-Vigne ≠ Marnes"),
        ("12 rue Hoche", {"town": "Trifouilly", "postcode": "01500"}, 13, "commune Trifouilly ≠ Marnes"),
    ):  # fmt: skip
        answer = found(text, **parts)
        assert answer.lat == pytest.approx(place_of(street, "12")[1], abs=1e-7)
        assert answer.kind == f"numéro, à vérifier : {doubt}"
        assert answer.score == 0.85

    # a postcode of the post's own says no place
    for postcode, written in (
        ("92110", "St Aubin sur Seine cedex"),
        ("92110 CEDEX", "St Aubin/Seine"),
        ("92009", "ST AUBIN S/ SEINE"),
    ):
        assert found("12 rue Pasteur", town=written, postcode=postcode).kind == "numéro"


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("11/12 rue Pascal", "numéro 12, faute du 11", "12"),
        ("119 - 20 rue Pascal", "numéro 20, faute du 119", "20"),
        ("119-121, 20 rue Pascal", "numéro 20, faute du 119", "20"),
        ("119 bis et 20 r Pascal", "numéro 20, faute du 119", "20"),
        ("12/14, rue Pascal", "numéro", "12"),
        ("Centre social - 12 rue Pascal", "numéro", "12"),
    ],
)
def test_each_number_of_a_range_is_tried(text: str, kind: str, number: str) -> None:
    answer = found(text, **TOWN)
    assert answer.kind == kind
    assert (answer.lon, answer.lat) == pytest.approx(place_of(10, number), abs=1e-7)


def test_a_number_is_interpolated_on_its_own_side_only(tmp_path: Path) -> None:
    lines = [f";;{number};;Rue Impaire;92100;92001;Saint-Aubin;;;;;2.2{number:03};48.8;entrée" for number in (27, 49)]
    lines += [";;2;;Rue Impaire;92100;92001;Saint-Aubin;;;;;2.2002;48.8;entrée"]
    file = tmp_path / "ban.csv"
    for kept, number in ((lines[:2], 40), (lines, 40)):
        file.write_text("\n".join([HEADING, *(f"{line};;;;;;;;" for line in kept)]) + "\n", encoding="utf-8")
        index = read_address_index(file, cache_folder=None, where="ban.csv")
        answer = find_address(index, read_address(f"{number} rue Impaire", town="Saint-Aubin"))
        assert isinstance(answer, Found)
        assert answer.kind == "numéro le plus proche, le 49, sur l'autre côté"
        assert answer.uncertainty_m == 10 + 20 + 9 * 10


def without_accents(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))


SHORTER = {"Rue": "r", "Avenue": "Av.", "Boulevard": "Bd", "Place": "Pl", "Impasse": "imp", "Allée": "All.",
           "Général": "Gal", "Maréchal": "Mal"}  # fmt: skip


@given(
    street=st.integers(0, len(STREETS) - 1),
    number=st.sampled_from(NUMBERS),
    plain=st.booleans(),
    case=st.sampled_from([str, str.upper, str.lower]),
    shortened=st.booleans(),
    slip=st.integers(0, 10_000),
    has_slip=st.booleans(),
)
def test_a_slip_never_leads_to_another_street(
    *, street: int, number: str, plain: bool, case: type[str], shortened: bool, slip: int, has_slip: bool
) -> None:
    """One letter left out of a street, with any way to write the rest: the right street, or none."""
    name, _, town, postcode = STREETS[street]
    if shortened:
        name = " ".join(SHORTER.get(word, word) for word in name.split())
    if has_slip:
        letters = [at for at, sign in enumerate(name) if sign.isalpha() and at > name.find(" ")]
        at = letters[slip % len(letters)]
        name = name[:at] + name[at + 1 :]
    text = case(f"{number.replace(' b', 'B') if number.endswith(' b') else number} {name}")
    text = without_accents(text) if plain else text
    answer = look_for(text, town=town, postcode=postcode)
    if not has_slip:
        assert isinstance(answer, Found)
    if isinstance(answer, Found):
        assert answer.lat == pytest.approx(place_of(street, number)[1], abs=1e-7)
        wanted = {place_of(street, number)[0]}
        wanted |= {place_of(street, "12 bis")[0]} if number == "12 b" else set()  # « 12 B » is one or the other
        assert min(abs(answer.lon - lon) for lon in wanted) < 1e-6


def test_the_index_is_built_once_for_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write_ban(tmp_path / "adresses-92.csv")
    first = read_address_index(file, cache_folder=tmp_path / "cache", where=file.name)

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr("access92.sources.geocoding.ban_index._read_rows", refuse)
    again = read_address_index(file, cache_folder=tmp_path / "cache", where=file.name)
    assert again.streets == first.streets
    assert again.lon.tolist() == first.lon.tolist()
    file.write_text(file.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(AssertionError):
        read_address_index(file, cache_folder=tmp_path / "cache", where=file.name)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a;b\n1;2\n", "n'est pas une Base Adresse Nationale"),
        (b"", "n'est pas une Base Adresse Nationale"),
        ((HEADING + "\n").encode(), "Aucune adresse"),
        (b"\x1f\x8b" + bytes(40), "illisible"),
    ],
)
def test_another_file_is_refused_in_french(tmp_path: Path, content: bytes, words: str) -> None:
    file = tmp_path / ("x.csv.gz" if content.startswith(b"\x1f") else "x.csv")
    file.write_bytes(content)
    with pytest.raises(InputError, match=words):
        read_address_index(file, cache_folder=None, where=file.name)


def test_a_base_adresse_locale_is_read_too(tmp_path: Path) -> None:
    file = tmp_path / "bal.csv"
    file.write_text(
        "uid_adresse;cle_interop;commune_insee;commune_nom;voie_nom;numero;suffixe;position;x;y;long;lat\n"
        ";92001_1_00012_bis;92001;Saint-Aubin;Rue Hoche;12;bis;entrée;0;0;2.25;48.82\n"
        ";92001_2_99999;92001;Saint-Aubin;Le Bourg;99999;;segment;0;0;2.26;48.83\n",
        encoding="utf-8-sig",
    )
    index = read_address_index(file, cache_folder=None, where="bal.csv")
    assert index.numbers.tolist() == [-1, 12]
    answer = find_address(index, read_address("Le bourg", town="St Aubin"))
    assert isinstance(answer, Found)
    assert answer.lon == 2.26
