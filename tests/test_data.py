"""The shipped data: README and folder say the same, and the tables hold what they promise."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from access92.study.kinds import kind_labels

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
FACTS = ROOT.parent / "shared" / "facts"


def listed_rows() -> list[list[str]]:
    """The rows of the README's table of files, cell by cell."""
    lines = (DATA / "README.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return [row for row in rows if re.fullmatch(r"`[\w/.-]+/[\w.-]+`", row[0])]


def read_rows(path: str) -> list[dict[str, str]]:
    with (DATA / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_readme_lists_every_file_and_nothing_else() -> None:
    present = {
        path.relative_to(DATA).as_posix()
        for path in DATA.rglob("*")
        if path.is_file() and path.name not in ("README.md", ".gitkeep", ".DS_Store")
    }
    assert {row[0].strip("`") for row in listed_rows()} == present


def test_each_file_names_its_publisher_licence_vintage_and_how_it_was_obtained() -> None:
    for row in listed_rows():
        assert len(row) == 6, row[0]
        assert all(row), row[0]


def test_the_services_have_unique_ids_known_kinds_and_dates_in_order() -> None:
    rows = read_rows("services/services.csv")
    assert len(rows) == 108
    assert len({row["service_id"] for row in rows}) == 108
    for row in rows:
        assert row["kind"] in kind_labels()
        assert all(word in kind_labels() for word in row["also_kinds"].split(";") if word)
        assert row["status"] in ("open", "planned")
        assert not (row["valid_from"] and row["valid_to"]) or row["valid_from"] <= row["valid_to"]
        assert row["confidence"]
        assert row["source"]


def test_a_position_has_its_basis_and_a_doubtful_one_its_uncertainty() -> None:
    for row in read_rows("services/services.csv"):
        assert bool(row["lon"]) == bool(row["lat"]) == bool(row["position_basis"])
        assert bool(row["position_uncertainty_m"]) == row["position_basis"].startswith("approximative")


def test_an_sst_moved_into_a_pole_leaves_its_old_site_the_day_before() -> None:
    rows = {row["service_id"]: row for row in read_rows("services/services.csv")}
    for new, old, pole in (
        ("SST02-2023", "SST02", "POLE-ASNIERES"),
        ("SST03-2024", "SST03", "POLE-CLICHY"),
        ("SST09-2023", "SST09", "POLE-ISSY"),
        ("SST13-2024", "SST13", "POLE-ANTONY"),
    ):
        assert rows[old]["valid_to"] < rows[new]["valid_from"] == rows[pole]["valid_from"]
        assert (rows[new]["lon"], rows[new]["lat"]) == (rows[pole]["lon"], rows[pole]["lat"])
        assert rows[new]["position_uncertainty_m"] == rows[pole]["position_uncertainty_m"]
        assert "Ligne ajoutée" in rows[new]["note"]


def test_readers_find_french_in_the_columns_that_they_read() -> None:
    english = re.compile(r"\b(medium|high|low|dump|directory|found|opened|superseded|announced)\b")
    for row in read_rows("services/services.csv"):
        for name in ("name", "confidence", "note", "position_basis", "source"):
            text = re.sub(r"https?://\S+", "", row[name])
            assert not english.search(text), (row["service_id"], name)


def test_the_communes_are_36_and_sum_to_the_legal_population() -> None:
    rows = read_rows("population/communes.csv")
    assert len(rows) == 36
    assert sum(int(row["population_2023"]) for row in rows) == 1_654_712


def test_the_age_groups_of_each_cell_sum_to_its_population() -> None:
    rows = read_rows("population/grid_1km_2021.csv")
    assert len(rows) == 222
    for row in rows:
        assert int(row["population"]) == sum(int(row[name]) for name in ("age_0_14", "age_15_64", "age_65_plus"))


def test_the_squares_of_200_m_sum_to_those_of_1_km_inside_and_ages_to_people() -> None:
    squares = {(row["x_3035"], row["y_3035"]): row for row in read_rows("population/publics_1km_2021.csv")}
    people = dict.fromkeys(squares, 0.0)
    cells = read_rows("population/population_200m_2021.csv")
    assert len(cells) == 3513
    assert sum(row["imputed"] == "1" for row in cells) == 426
    for row in cells:
        people[str(int(row["x_3035"]) // 1000 * 1000), str(int(row["y_3035"]) // 1000 * 1000)] += float(row["ind"])
    ages = ("0_3", "4_5", "6_10", "11_17", "18_24", "25_39", "40_54", "55_64", "65_79", "80p", "inc")
    for corner, row in squares.items():
        assert people[corner] <= float(row["ind"])
        assert abs(sum(float(row[f"ind_{age}"]) for age in ages) - float(row["ind"])) < 1e-6
    # the squares of the border are cut to those that touch the département
    assert sum(map(bool, people.values())) == 224
    assert sum(people[corner] == float(row["ind"]) for corner, row in squares.items()) == 158


@pytest.mark.skipif(not FACTS.is_dir(), reason="le dossier ../shared/facts n'est pas là")
def test_every_fact_about_a_service_is_kept() -> None:
    with (FACTS / "services.csv").open(encoding="utf-8", newline="") as file:
        facts = {row["service_id"]: row for row in csv.DictReader(file)}
    shipped = {row["service_id"]: row for row in read_rows("services/services.csv")}
    assert len(facts) == 104
    for service_id, fact in facts.items():
        for name in ("name", "lon", "lat", "commune_insee", "communes_served", "address", "hours"):
            assert shipped[service_id][name] == fact[name], (service_id, name)


@pytest.mark.skipif(not FACTS.is_dir(), reason="le dossier ../shared/facts n'est pas là")
@pytest.mark.parametrize(
    ("fact", "shipped"),
    [
        ("communes.csv", "population/communes.csv"),
        ("population_grid_1km_2021.csv", "population/grid_1km_2021.csv"),
        ("population_200m_2021.csv", "population/population_200m_2021.csv"),
        ("publics_1km_2021.csv", "population/publics_1km_2021.csv"),
        ("commune_boundaries.geojson", "areas/communes.geojson"),
        ("mobile_units.csv", "services/mobile_units.csv"),
        ("seine.csv", "demo/seine.csv"),
        ("seine_bridges.csv", "demo/seine_bridges.csv"),
        ("stations.csv", "demo/stations.csv"),
    ],
)
def test_a_table_taken_as_it_is_is_the_fact_byte_for_byte(fact: str, shipped: str) -> None:
    assert (FACTS / fact).read_bytes() == (DATA / shipped).read_bytes()
