"""What must hold of the shipped study's own results; skipped until ``python run.py`` has written them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from access92.outputs.layout import file_in
from tests.conftest import ROOT
from tests.outputs.chromium import find_chromium
from tests.outputs.run_map_browser import ALL_FIGURES, open_run_map

REFERENCE = "maillage-2024"


@pytest.fixture(scope="module")
def run_folder() -> Path:
    folder = ROOT / "maps" / "sosms"
    if not file_in(folder, "ledger.csv").is_file():
        pytest.skip("maps/sosms has not been written by python run.py")
    return folder


def read(folder: Path, name: str) -> pd.DataFrame:
    return pd.read_csv(file_in(folder, name), dtype={"area_id": str})


def test_every_output_is_the_one_of_the_manifest(run_folder: Path) -> None:
    manifest = json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))
    assert len(manifest["outputs"]) > 40
    for item in manifest["outputs"]:
        assert hashlib.sha256((run_folder / item["path"]).read_bytes()).hexdigest() == item["sha256"], item["path"]


def test_everybody_is_counted_to_the_person(run_folder: Path) -> None:
    coverage = read(run_folder, "coverage.csv").query("area_id == 'total' and public == 'all'")
    assert set(coverage["population"]) == {1_654_712}


def test_each_public_is_counted_by_its_own_walk(run_folder: Path) -> None:
    """By the adult's walk 45.5 % of those of 65 and over would be covered."""
    coverage = read(run_folder, "coverage.csv").query(
        f"area_id == 'total' and scenario == '{REFERENCE}' and rule == 'any' and threshold_min == 20"
    )
    shares = coverage.set_index(["public", "mode"])["coverage_share"].round(3).to_dict()
    on_foot = {key: share for key, share in shares.items() if key[1].startswith("walk")}
    assert on_foot == {
        ("all", "walk"): 0.495,
        ("seniors", "walk_senior"): 0.272, ("65-79", "walk_senior"): 0.278, ("80-plus", "walk_senior"): 0.257,
        ("0-3", "walk_stroller"): 0.396, ("4-5", "walk_stroller"): 0.391,
        ("menages-pauvres", "walk"): 0.530, ("monoparentales", "walk"): 0.495, ("personnes-seules", "walk"): 0.500,
        ("logements-sociaux", "walk"): 0.514,
    }  # fmt: skip
    # every figure of a public follows from the people and the minutes of the places
    places = pd.read_parquet(
        file_in(run_folder, "demand.parquet"), columns=["public_ind_65_79_ind_80p", f"min_{REFERENCE}_walk_senior"]
    )
    reached = places.loc[places[f"min_{REFERENCE}_walk_senior"] < 20, "public_ind_65_79_ind_80p"].sum()
    row = coverage.query("public == 'seniors' and mode == 'walk_senior'")
    assert abs(row["population_covered"].item() - reached) < 1e-3


def test_each_public_has_its_own_total_in_its_own_unit(run_folder: Path) -> None:
    """Households and dwellings are those of INSEE's squares in the area: never scaled to the legal population."""
    publics = read(run_folder, "publics.csv").set_index("public")
    assert publics["unit"].groupby(publics["unit"]).size().to_dict() == {"dwellings": 1, "households": 3, "persons": 6}
    assert publics["population"].round().to_dict() == {
        "all": 1_654_712, "seniors": 253_909, "65-79": 180_315, "80-plus": 73_594, "0-3": 83_249, "4-5": 42_045,
        "menages-pauvres": 84_062, "monoparentales": 78_627, "personnes-seules": 271_847, "logements-sociaux": 182_490,
    }  # fmt: skip
    coverage = read(run_folder, "coverage.csv")
    assert coverage.groupby("public")["unit"].first().to_dict() == publics["unit"].to_dict()


def test_the_imputed_squares_and_the_odd_one_are_told(run_folder: Path) -> None:
    manifest = json.loads((run_folder / "manifest.json").read_text(encoding="utf-8"))
    told = {item["topic"]: (item["subject"], item["detail"]) for item in manifest["notices"]}
    assert "426 carreaux du fichier sur 3\u202f513" in told["Carreaux imputés"][1].replace(" 513", "\u202f513")
    assert told["Carreau hors norme"][0] == "CRS3035RES200mN2883200E3750400"
    report = (run_folder / "report.html").read_text(encoding="utf-8")
    assert "Ce que vaut la population" in report
    assert "CRS3035RES200mN2883200E3750400" in report


def test_the_ledger_sums_to_the_difference_of_the_totals(run_folder: Path) -> None:
    coverage = read(run_folder, "coverage.csv").query("rule == 'any' and threshold_min == 20")
    key = ["scenario", "mode", "public", "area_id"]
    covered = coverage.set_index(key)["population_covered"]
    ledger = read(run_folder, "ledger.csv").query("rule == 'any'")
    after = covered.loc[pd.MultiIndex.from_frame(ledger[key])].to_numpy()
    before = covered.loc[pd.MultiIndex.from_frame(ledger[key].assign(scenario=REFERENCE))].to_numpy()
    np.testing.assert_allclose(ledger["population_gained"] - ledger["population_lost"], after - before, atol=1e-6)


def test_an_added_service_loses_nobody_and_a_closure_gains_nobody(run_folder: Path) -> None:
    ledger = read(run_folder, "ledger.csv")
    added = ledger[ledger["scenario"].str.startswith("14e-sst")]
    assert (added["population_lost"] == 0).all()
    assert (added["population_gained"] > 0).any()
    closed = ledger[ledger["scenario"].isin(["sans-clichy", "sst-13"])]
    assert (closed["population_gained"] == 0).all()
    assert (closed["population_lost"] > 0).any()


def test_halts_never_count_as_covered(run_folder: Path) -> None:
    access = pd.read_parquet(file_in(run_folder, "access.parquet"))
    columns = ["mode", "demand_id", "nearest_service_id", "travel_time_min"]
    with_halts, without = (
        access.loc[access["scenario"] == name, columns].reset_index(drop=True) for name in ("caravane", REFERENCE)
    )
    pd.testing.assert_frame_equal(with_halts, without)
    hours = read(run_folder, "person_hours.csv").query("area_id == 'total'").set_index("scenario")
    assert hours.loc["caravane", "person_hours"] > hours.loc[REFERENCE, "person_hours"]


def test_what_is_made_on_demonstration_streets_says_so(run_folder: Path) -> None:
    for path in run_folder.rglob("*_fr.csv"):
        origins = pd.read_csv(path, sep=";", encoding="utf-8-sig")["Origine des rues"]
        assert set(origins) == {"rues de démonstration"}, path.name
    for path in set(run_folder.rglob("*.csv")) - set(run_folder.rglob("*_fr.csv")):
        assert set(pd.read_csv(path, usecols=["streets_origin"])["streets_origin"]) == {"demonstration"}, path.name
    for path in run_folder.rglob("*.html"):
        assert "ues de démonstration" in path.read_text(encoding="utf-8"), path.name


def test_every_shape_of_the_geopackage_is_valid_in_degrees_too(run_folder: Path) -> None:
    # a spike of a tenth of a millisecond of arc, where the shore met the end of a bridge, once crossed itself there
    for layer in ("areas", "isochrones"):
        shapes = gpd.read_file(file_in(run_folder, "results.gpkg"), layer=layer).geometry
        assert shapes.is_valid.all(), (layer, int((~shapes.is_valid).sum()))


def test_no_map_is_heavier_than_six_megabytes(run_folder: Path) -> None:
    sizes = {path.name: path.stat().st_size for path in run_folder.rglob("*.html")}
    assert max(sizes.values()) < 6e6


@pytest.mark.browser
@pytest.mark.skipif(find_chromium() is None, reason="no Chromium on the path (set CHROMIUM to its executable)")
def test_every_figure_of_the_page_is_that_of_the_coverage_table(run_folder: Path) -> None:
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    page = run_folder / "map.html"
    assert page.stat().st_size < 4_900_000
    coverage = read(run_folder, "coverage.csv")
    keys = ["scenario", "mode", "rule", "public", "threshold_min", "area_id"]
    expected = coverage.set_index(keys)["population_covered"].to_dict()
    areas = [name for name in dict.fromkeys(coverage["area_id"]) if name != "total"]
    with sync_api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"])
        with open_run_map(browser, page) as opened:
            found = opened.page.evaluate(ALL_FIGURES)
            assert opened.said == []
            assert opened.asked == []
        browser.close()
    for scenario, mode, rule, public, threshold, sums in found:
        for area, people in zip([*areas, "total"], [*sums[:-2], sums[-1]], strict=True):
            assert abs(people - expected.pop((scenario, mode, rule, public, threshold, area))) < 0.01 + 1e-6 * people
    assert expected == {}
