"""Population files as INSEE publishes them, in each vintage and form: no key but ``file`` is needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from access92.errors import InputError
from access92.run.check import check_study
from access92.run.pipeline import run_study
from access92.sources.population.demand import PopulationRead, read_population
from access92.sources.population.layout import resolve_population
from access92.study.read import read_study
from tests.sources.table_studies import LAMBERT, X0, Y0, make_streets, make_study, two_squares
from tests.toy_study import write_toy_study

STREETS = make_streets((100, 100, 900, 100), (100, 700, 900, 700), (1100, 100, 1900, 100), (1100, 700, 1900, 700))
VINTAGES = {
    2015: {"id": "IdINSPIRE", "imputed": "I_est_cr", "ind": "Ind", "men": "Men", "poor": "Men_pauv", "more": "Depcom"},
    2017: {"id": "Idcar_200m", "imputed": "I_est_200", "ind": "Ind", "men": "Men", "poor": "Men_pauv",
           "more": "lcog_geo"},
    2019: {"id": "idcar_200m", "imputed": "i_est_200", "ind": "ind", "men": "men", "poor": "men_pauv",
           "more": "lcog_geo"},
    2021: {"id": "idcar_200m", "imputed": "i_est_200", "ind": "ind", "men": "men", "poor": "men_pauv",
           "more": "lcog_geo"},
}  # fmt: skip


def laea_squares(side: int = 200) -> list[tuple[int, int]]:
    """The lower-left corners (EPSG:3035) of the squares that touch the two areas."""
    to_laea = Transformer.from_crs(2154, 3035, always_xy=True)
    xs, ys = to_laea.transform([X0, X0 + 2000, X0, X0 + 2000], [Y0, Y0, Y0 + 1000, Y0 + 1000])
    first_x, first_y = int(min(xs)) // side * side, int(min(ys)) // side * side
    return [(x, y) for x in range(first_x, int(max(xs)), side) for y in range(first_y, int(max(ys)), side)]


def filosofi(vintage: int, side: int = 200) -> gpd.GeoDataFrame:
    """A small file of one vintage, 10.5 persons a square; its geometry in Lambert-93, as in INSEE's GeoPackages."""
    names, corners = VINTAGES[vintage], laea_squares(side)
    columns = {
        names["id"]: [f"CRS3035RES{side}mN{y}E{x}" for x, y in corners],
        names["imputed"]: [int(at == len(corners) // 2) for at in range(len(corners))],
        names["more"]: "92050",
        names["ind"]: 10.5,
        names["men"]: 4.5,
        names["poor"]: 1.25,
        "Ind_snv" if vintage < 2019 else "ind_snv": 250_000.0,
    }
    shapes = [shapely.box(x, y, x + side, y + side) for x, y in corners]
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=3035).to_crs(2154)


def write(frame: gpd.GeoDataFrame, folder: Path, ending: str) -> Path:
    file = folder / f"carreaux_200m_met.{ending}"
    plain = pd.DataFrame(frame.drop(columns="geometry"))
    match ending:
        case "gpkg":
            frame.to_file(file)
        case "geo.parquet":
            frame.to_parquet(file)
        case "parquet":
            plain.to_parquet(file, index=False)
        case _:
            plain.to_csv(file, index=False)
    return file


def read(file: Path, publics: tuple[dict[str, str], ...] = (), **more: Any) -> PopulationRead:
    study = make_study(population={"file": str(file), "rescale": False} | more, public=publics)
    return read_population(study, areas=two_squares(), streets=STREETS, crs=LAMBERT)


@pytest.mark.parametrize("ending", ["gpkg", "csv", "parquet", "geo.parquet"])
@pytest.mark.parametrize("vintage", VINTAGES)
def test_a_file_of_filosofi_needs_no_other_key(vintage: int, ending: str, tmp_path: Path) -> None:
    file = write(filosofi(vintage), tmp_path, ending)
    settings = resolve_population(make_study(population={"file": str(file)})).population
    names = VINTAGES[vintage]
    assert (settings.method, settings.population_column, settings.id_column) == ("grid", names["ind"], names["id"])
    assert (settings.cell_m, settings.grid_crs) == (200.0, "EPSG:3035")

    # and it is read so: whole squares keep their people, at the names that INSEE gives them
    public = {"name": "pauvres", "title": "Pauvres", "column": names["poor"], "unit": "households"}
    result = read(file, (public,))
    by_square = result.demand.groupby("unit_id")["population"].sum()
    assert by_square.index.str.startswith("CRS3035RES200mN").all()
    assert by_square.max() == pytest.approx(10.5)
    households = result.demand[f"households_{names['poor']}"]
    assert households.sum() == pytest.approx(result.demand["population"].sum() * 1.25 / 10.5)
    assert {"population_layout", "population_placed", "squares_imputed", "public_total"} == {
        item.code for item in result.records
    }


def test_of_a_geographic_file_only_the_squares_near_the_areas_are_read(tmp_path: Path) -> None:
    frame = filosofi(2021)
    far = frame.iloc[[0]].assign(idcar_200m="CRS3035RES200mN2283200E3750400", ind=99_999.0)
    whole = pd.concat([frame, far.set_geometry(far.translate(0, -600_000))], ignore_index=True)
    near, everything = (read(write(whole, tmp_path, ending)) for ending in ("gpkg", "csv"))
    assert near.demand["population"].sum() == pytest.approx(everything.demand["population"].sum())
    outside = [
        sum(item.population or 0 for item in result.omissions if item.code == "people_outside_areas")
        for result in (near, everything)
    ]
    assert outside[0] < 99_000 < outside[1]


def test_all_forms_of_a_vintage_give_the_same_people(tmp_path: Path) -> None:
    frame = filosofi(2021)
    first, *others = (read(write(frame, tmp_path, ending)).demand for ending in ("csv", "gpkg", "parquet"))
    for other in others:
        pd.testing.assert_frame_equal(first, other)


def test_squares_of_1_km_and_of_other_territories_are_known_by_their_names(tmp_path: Path) -> None:
    for name, side, crs in (
        ("CRS3035RES1000mN2883000E3750000", 1000.0, "EPSG:3035"),
        ("CRS2975RES200mN7634200E0359400", 200.0, "EPSG:2975"),
        ("CRS5490RES200mN1592600E728800", 200.0, "EPSG:5490"),
    ):
        file = tmp_path / "carreaux.csv"
        file.write_text(f"idcar_1km,ind\n{name},12\n", encoding="utf-8")
        settings = resolve_population(make_study(population={"file": str(file)})).population
        assert (settings.cell_m, settings.grid_crs) == (side, crs)


def test_a_key_that_the_study_writes_always_wins(tmp_path: Path) -> None:
    file = write(filosofi(2021), tmp_path, "gpkg")
    written = {"method": "polygons", "population_column": "men", "file": str(file)}
    settings = resolve_population(make_study(population=written)).population
    assert (settings.method, settings.population_column, settings.id_column) == ("polygons", "men", None)
    squares = {"file": str(file), "cell_m": 100.0, "id_column": "lcog_geo"}
    settings = resolve_population(make_study(population=squares)).population
    assert (settings.method, settings.cell_m, settings.id_column) == ("grid", 100.0, "lcog_geo")


def test_the_census_by_iris_is_known_by_its_latest_population(tmp_path: Path) -> None:
    shapes = two_squares(None).geometry
    iris = gpd.GeoDataFrame({"CODE_IRIS": ["920500101", "920500102"], "P15_POP": [1.0, 2.0], "P21_POP": [30.0, 8.5],
                             "C21_MENFAMMONO": [3.0, 1.0]}, geometry=shapes, crs=LAMBERT)  # fmt: skip
    iris.to_file(tmp_path / "iris.gpkg")
    public = {"name": "mono", "title": "Monoparentaux", "column": "C21_MENFAMMONO", "unit": "households"}
    result = read(tmp_path / "iris.gpkg", (public,))
    assert result.demand.groupby("unit_id")["population"].sum().to_dict() == pytest.approx(
        {"920500101": 30.0, "920500102": 8.5}
    )
    assert result.demand["households_C21_MENFAMMONO"].sum() == pytest.approx(4.0)


def refusal(file: Path, **more: Any) -> str:
    with pytest.raises(InputError) as refused:
        read(file, **more)
    return str(refused.value)


def csv(folder: Path, *lines: str) -> Path:
    file = folder / "carreaux.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


A, B = "CRS3035RES200mN2883200E3750400", "CRS3035RES200mN2883400E3750400"


def test_a_file_without_a_known_column_is_refused_with_those_it_has(tmp_path: Path) -> None:
    words = refusal(csv(tmp_path, "idcar_200m,indiv,menages", f"{A},3,2"))
    assert "idcar_200m, indiv, menages" in words
    assert "Vouliez-vous dire « indiv » ?" in words
    assert "P21_POP" in words


def test_a_census_table_without_places_says_what_to_join(tmp_path: Path) -> None:
    assert "contours des IRIS" in refusal(csv(tmp_path, "IRIS;P21_POP", "920500101;30"))


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["IdINSPIRE,idcar_200m,ind", f"{A},,3", f",{B},3"], ["Deux millésimes", "« IdINSPIRE »", "« idcar_200m »"]),
        (["Ind,ind,idcar_200m", f"3,,{A}", f",3,{B}"], ["majuscules", "millésimes"]),
        (["idcar_200m,ind", f"{A},3", "200mN2883400E3750400,3"], ["deux formes", "200mN2883400E3750400"]),
        (["idcar_200m,ind", f"{A},3", f"{A.replace('E3', 'E03')},4"], ["deux fois", "millésime"]),
        (["idcar_200m,ind", f"{A},3", "CRS3035RES1000mN2883000E3750000,9"], ["deux côtés", "RES1000m"]),
        (["idcar_200m,ind", f"{A},3", "CRS2975RES200mN7634200E0359400,9"], ["deux systèmes", "CRS2975"]),
        (["x_3035,y_3035,ind,imputed", "3750400,2883200,3,0", "3750000,2883100,9,0"], ["alignés", "d'un autre côté"]),
    ],
)
def test_squares_of_two_vintages_or_two_sides_are_refused(lines: list[str], words: list[str], tmp_path: Path) -> None:
    told = refusal(csv(tmp_path, *lines), cell_m=200.0) if lines[0].startswith("x") else refusal(csv(tmp_path, *lines))
    for word in words:
        assert word in told


def test_check_refuses_a_population_that_run_refuses_before_any_street_is_read(tmp_path: Path) -> None:
    file = write_toy_study(tmp_path)
    people = tmp_path / "people.csv"
    people.write_text(people.read_text("utf-8").replace("population", "gens", 1), encoding="utf-8")
    for command in (check_study, run_study):
        with pytest.raises(InputError, match="aucune colonne du fichier"):
            command(read_study(file))
