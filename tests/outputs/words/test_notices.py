"""What a run survived, in French, from records alone; and no sentence in a room that computes."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import access92
from access92.network.modes import read_modes
from access92.outputs.words import notices as words
from access92.outputs.words.labels import noun_of
from access92.outputs.words.notices import NOTICE_COLUMNS, NoticeNames, notice_words, notices_table
from access92.run.results import Results
from access92.study.commitments import Commitment
from access92.study.kinds import Kind
from access92.study.notices import Notice

PACKAGE = Path(str(access92.__file__)).parent
ROOMS = ("measures", "scenarios", "travel", "run")
MODULES = sorted(module for room in ROOMS for module in (PACKAGE / room).rglob("*.py"))

LABELS = {
    # steps of a run, told as they begin
    "Zones et services", "Rattachement aux rues", "Temps de parcours : ",
    "Première exécution : compilation du noyau de calcul (une seule fois, environ 10\u202fs)",
    # counts of `check`, roles of files, what the provenance is of
    "services connus", "points de population", " du public ", "services du scénario ", "population légale",
    "rues de démonstration", "temps de parcours",
    # cells of the tables of services and visits
    "ajoutée par le scénario", "hypothèse du scénario",
    # what two changes that an error names are of
    "la ligne « ", "l'intervalle de la ligne « ", "l'arrêt « ", "le jour des horaires",
    # where the value of a mode comes from
    "Réglage de l'étude « ",
    # source, licence and vintage of the shipped contours, for a new study
    "IGN Admin Express COG (france-geojson), INSEE populations de référence 2023", "Licence Ouverte",
    "limites 2018, population 2023",
    # the hint of an error, the log of a damaged file
    "Identifiants connus : ", "cache file %s is damaged and is made anew",
}  # fmt: skip


def texts(tree: ast.Module) -> Iterator[str]:
    """The texts of a module that are no docstring, no pattern and no part of a function that makes an error."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        is_pattern = isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile"
        is_error = isinstance(node, ast.FunctionDef | ast.Raise) and re.search(
            r"\b(Fault|\w+_fault|InputError|input_error|\w+Error)\(", ast.unparse(node)
        )
        if isinstance(node, ast.Expr) or is_pattern or is_error:
            calls = [node.value] if isinstance(node, ast.Expr) else list(ast.walk(node))
            left_out |= {id(part) for part in calls}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out:
            yield node.value


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_room_that_computes_holds_a_sentence_for_a_reader(module: Path) -> None:
    sentences = [text for text in texts(ast.parse(module.read_text("utf-8"))) if re.search(r"\w[\w']* +[\wàÀé«]", text)]
    assert set(sentences) <= LABELS


def test_every_code_of_a_notice_has_its_words_and_every_word_a_notice() -> None:
    codes: set[str] = set()
    readers = [*sorted((PACKAGE / "sources" / "population").rglob("*.py")), PACKAGE / "sources" / "service_days.py"]
    for module in (*MODULES, *readers):
        for node in ast.walk(ast.parse(module.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Notice", "read_notices"}:
                code = node.args[0]
                codes |= {code.value} if isinstance(code, ast.Constant) and isinstance(code.value, str) else set()
    assert codes == set(words._WORDS)


RULE = Commitment.model_validate(
    {"name": "r", "title": "Quinze minutes", "source": "s",
     "any_of": [{"kinds": ["sst"], "mode": "walk", "under_min": 20},
                {"kinds": ["antenne"], "mode": "walk", "under_min": 15}]}
)  # fmt: skip


@pytest.mark.parametrize(
    ("notice", "expected"),
    [
        (Notice("empty_step", ("s", "r"), {"step": 2}),
         ("Engagement", "Quinze minutes", "Scénario « s », engagement « r », étape 2 (une antenne de proximité à moins "
          "de 15 min à pied (adulte)) : le scénario n'a aucun service de ces catégories, l'étape ne couvre personne.")),
        (Notice("sector_unknown", ("b", "c"), population=120.0),
         ("SST compétent inconnu", "2 communes",
          "aucune source lue ne dit quel SST reçoit les habitants de : Bêta, Gamma-d'Ô")),
        (Notice("area_disputed", ("b", "SST 1", "SST 2"), population=7.0),
         ("Commune réclamée par plusieurs SST", "Bêta", "SST 1 et SST 2 : le plus proche est retenu")),
        (Notice("commune_unknown", ("S1", "Atlantide")),
         ("Commune inconnue dans communes_served", "S1", "« Atlantide » n'est le nom d'aucune zone")),
        (Notice("commune_ambiguous", ("S1", "Saint-Denis")),
         ("Commune ambiguë dans communes_served", "S1",
          "« Saint-Denis » est le nom de plusieurs zones : en écrire le code")),
        (Notice("service_without_sector", ("S2", "SST 2 Bêta")),
         ("SST sans secteur connu", "SST 2 Bêta (S2)", "peut être le plus proche, n'est compétent nulle part")),
        (Notice("hours_unknown", ("s", ""), {"services": 3, "fixed_services": 5}),
         ("Horaires", "", "« s » : horaires inconnus pour 3 services fixes sur 5, tenus pour fermés.")),
        (Notice("ride_hours_unknown", ("s", "walk"),
                {"hours": 80.0, "person_hours": 1000.0, "person_hours_unknown": 250.4}),
         ("Horaires", "", "« Scénario », à pied (adulte) : pendant 80 heures du calendrier un service est ouvert et "
          "les véhicules ne sont pas connus. Il y est compté qui marche, et personne d'autre : 1 000 heures-personnes "
          "au moins, et 250 de plus au plus.")),
        (Notice("demo_mornings", (), {"days": 19, "of": 20, "first_h": 7, "last_h": 13}),
         ("Horaires", "", "L'horaire de démonstration est celui d'une matinée de semaine (7 h à 13 h) : il vaut pour "
          "19 des 20 jours d'ouverture du calendrier. L'après-midi, le samedi, le dimanche et les jours fériés ne sont "
          "pas connus.")),
        (Notice("service_days_unknown", ("2025-02-08",), {"days": 1, "of": 6}),
         ("Horaires", "", "Jours d'ouverture du calendrier sans jour semblable dans les horaires des transports, donc "
          "pas connus : 1 sur 6 (2025-02-08…).")),
        (Notice("service_day_stands_in", ("bus", "2025-02-03", "2024-03-25"), {"days": 5, "of": 6}),
         ("Horaires", "bus", "Jours d'ouverture hors de ces horaires : 5 sur 6 ; y vaut le même jour de la semaine le "
          "plus proche où il circule autant de courses que d'habitude (2024-03-25 pour le 2025-02-03…).")),
        (Notice("margin_too_narrow", ("walk",), {"margin_m": 420.0, "threshold_min": 20.0, "reach_m": 1667.0}),
         ("Marge des rues", "À pied (adulte)", "les rues vont jusqu'à 420 m hors de la zone ; en 20 min on parcourt "
          "jusqu'à 2 km : un trajet qui sortirait plus loin est ignoré")),
        (Notice("squares_imputed", (), {"squares": 426, "of": 3513, "persons": 9123.5}, population=8389.0),
         ("Carreaux imputés", "", "426 carreaux du fichier sur 3 513 sont imputés par l'INSEE, qui n'en publie pas les "
          "vraies valeurs (moins de 11 ménages) : 9 124 habitants du fichier, dont 8 389 comptés dans la zone "
          "d'étude.")),
        (Notice("public_total", ("Ménages pauvres", "households"),
                {"counted": 28.0, "in_file": 28.0, "without_street": 2.0}),
         ("Total d'un public", "Ménages pauvres", "28 ménages comptés : ceux du fichier dans la zone, sans aucun "
          "calage sur les habitants ; 2 ménages de carreaux sans rue résidentielle n'en sont pas.")),
        (Notice("public_total", ("0 à 3 ans", "persons"), {"counted": 30.0, "in_file": 14.0, "without_street": 0.0}),
         ("Total d'un public", "0 à 3 ans", "30 habitants comptés, au facteur de calage de chaque commune ; "
          "14 habitants avant calage.")),
    ],
    ids=lambda value: value.code if isinstance(value, Notice) else "",
)  # fmt: skip
def test_a_notice_reads_as_french(notice: Notice, expected: tuple[str, str, str], results: Results) -> None:
    modes = {"walk": replace(results.modes["walk"], label="À pied (adulte)")}
    names = NoticeNames(modes, {"r": RULE}, {"s": "Scénario"}, {"b": "Bêta", "c": "Gamma-d'Ô"})
    found = tuple(re.sub(r"[\u202f\u00a0]", " ", words) for words in notice_words(notice, names))
    assert found == expected


def test_notices_of_sectors_agree_with_the_noun_of_the_study_s_competent_kind() -> None:
    kinds = (Kind(name="library", label="Médiathèque", feminine=True),)
    names = NoticeNames({}, {}, {}, {"b": "Bêta", "c": "Gamma"}, kinds, noun_of(kinds[0]))
    disputed = Notice("area_disputed", ("c", "L1", "L2"), population=7.0)
    assert notice_words(disputed, names)[1:] == ("Gamma", "L1 et L2 : la plus proche est retenue")
    assert [notice_words(notice, names) for notice in (
        Notice("sector_unknown", ("b",), population=120.0),
        Notice("service_without_sector", ("L3", "Médiathèque Sud")),
    )] == [
        ("Médiathèque compétente inconnue", "1 commune",
         "aucune source lue ne dit quelle médiathèque reçoit les habitants de : Bêta"),
        ("Médiathèque sans secteur connu", "Médiathèque Sud (L3)",
         "peut être la plus proche, n'est compétente nulle part"),
    ]  # fmt: skip


def test_an_empty_step_is_in_the_words_of_the_study_s_kinds() -> None:
    kinds = (Kind(name="sst", label="Guichet social"), Kind(name="antenne", label="Bus", noun="bus", mobile=True))
    modes = {"walk": read_modes()["walk"]}
    _, _, detail = notice_words(
        Notice("empty_step", ("s", "r"), {"step": 2}), NoticeNames(modes, {"r": RULE}, {}, {}, kinds)
    )
    assert "étape 2 (un bus à moins de 15 min à pied" in detail


def test_the_table_has_its_columns_and_the_people_concerned_even_without_a_notice(results: Results) -> None:
    table = notices_table(results)
    assert tuple(table.columns) == NOTICE_COLUMNS
    assert table["population"].item() == results.notices[0].population
    assert tuple(notices_table(replace(results, notices=())).columns) == NOTICE_COLUMNS


@pytest.mark.parametrize(
    ("subject", "numbers", "told"),
    [
        (("grid", "buildings"), {"cell_m": 200.0, "publics_cell_m": 1000.0, "rescaled": 1.0},
         "Chaque habitant est mis dans son carreau de 200 m de côté, aux portes des bâtiments habitables, à défaut le "
         "long des rues ; le tout est ensuite calé sur la population légale de chaque commune. Les publics viennent de "
         "carreaux de 1 km, au prorata des habitants de chaque carreau de 200 m de côté. L'adresse exacte de chacun "
         "n'est pas connue."),
        (("polygons", "centres"), {"rescaled": 0.0},
         "Chaque habitant est mis dans son polygone, au centre. L'adresse exacte de chacun n'est pas connue."),
        (("points", ""), {"rescaled": 0.0},
         "Chaque habitant est mis au point que donne le fichier. L'adresse exacte de chacun n'est pas connue."),
    ],
)  # fmt: skip
def test_how_people_come_to_their_places_is_told_as_it_was_done(
    subject: tuple[str, ...], numbers: dict[str, float], told: str
) -> None:
    placed = notice_words(Notice("population_placed", subject, numbers), NoticeNames({}, {}, {}, {}))
    assert placed[2].replace("\u00a0", " ") == told


def test_large_numbers_have_their_thousands_apart_and_a_decimal_comma() -> None:
    numbers = {"cut_off_nodes": 1564.0, "cut_off_length_km": 1258.64, "nodes": 115640.0, "length_km": 4947.2}
    names = NoticeNames({"walk": read_modes()["walk"]}, {}, {}, {})
    told = notice_words(Notice("streets_cut_off", ("walk",), numbers), names)[2]
    for number in ("1\u202f564 carrefours", "1\u202f258,6 km", "115\u202f640 carrefours", "4\u202f947 km"):
        assert number in told
