"""« © les contributeurs d'OpenStreetMap, ODbL » on every file of a run on their streets, and on none of another run."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import zipfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from PIL import Image

from access92.outputs import write_run
from access92.outputs.layout import file_in
from access92.run.results import Results
from access92.sources.streets.provenance import ATTRIBUTION, Provenance
from access92.sources.study_streets import origin_of_file
from access92.study.files import StreetsInput
from tests.conftest import leave_pictures_blank, without_steps
from tests.outputs.synthetic import make_results
from tests.run_files import files_in

PDFTOTEXT = shutil.which("pdftotext")


@pytest.fixture(scope="module")
def osm_results() -> Results:
    """A run whose study says nothing of its streets but their file."""
    settings = StreetsInput(file=Path("92.osm.pbf"))
    results = make_results(is_demo=False, n_demand=60)
    origin = origin_of_file(settings, Provenance(is_osm=True, data_day="2021-08-15"))
    return replace(results, study=results.study.model_copy(update={"streets": settings}), origin=origin)


@pytest.fixture(scope="module")
def osm_folder(osm_results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("attribution") / "osm"
    write_run(osm_results, folder, overwrite=False)
    return folder


@pytest.fixture(scope="module")
def osm_pages(osm_results: Results, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same run, its maps and the words of its report: quickly written."""
    folder = tmp_path_factory.mktemp("attribution") / "pages"
    with pytest.MonkeyPatch.context() as patch:
        without_steps(patch, "GeoPackage", "Images")
        leave_pictures_blank(patch)
        write_run(osm_results, folder, overwrite=False)
    return folder


def plain(text: str) -> str:
    """The text with ordinary spaces and straight apostrophes."""
    return re.sub(r"\s+", " ", text.replace("’", "'").replace("&#39;", "'").replace("&amp;", "&"))


def said_by(path: Path) -> list[str]:  # noqa: PLR0911 - one a kind of file
    """What a file says of its streets: the texts that must each hold the attribution, one a row or layer."""
    match path.suffix:
        case ".csv":
            is_french = path.stem.endswith("_fr")
            table = pd.read_csv(path, sep=";" if is_french else ",", dtype=str, encoding="utf-8-sig")
            return table["Origine des rues" if is_french else "streets_origin"].tolist()
        case ".parquet":
            metadata = {name.decode(): value.decode() for name, value in pq.read_schema(path).metadata.items()}
            return [metadata.get("streets_origin", "") or json.loads(metadata["PANDAS_ATTRS"])["streets_origin"]]
        case ".png":
            with Image.open(path) as picture:
                return [str(picture.info.get("Copyright", ""))]
        case ".gpkg":
            with closing(sqlite3.connect(path)) as base:
                layers = base.execute("SELECT description FROM gpkg_contents WHERE data_type = 'features'").fetchall()
                known = base.execute("SELECT name FROM sqlite_master WHERE name = 'gpkg_metadata'").fetchone()
                whole = base.execute("SELECT metadata FROM gpkg_metadata").fetchall() if known else [("",)]
            return [words for (words,) in [*layers, *whole]]
        case ".docx" | ".xlsx" | ".qgz":
            with zipfile.ZipFile(path) as archive:
                texts = [archive.read(name).decode("utf-8") for name in archive.namelist() if name[-4:] in ARCHIVED]
            return [re.sub(r"<[^>]+>", " ", " ".join(texts))]
        case ".pdf":
            if PDFTOTEXT is None:
                pytest.skip("no pdftotext on the path (Debian: poppler-utils)")
            done = subprocess.run([PDFTOTEXT, "-enc", "UTF-8", str(path), "-"], capture_output=True, check=True)
            return [done.stdout.decode("utf-8")]
        case _:
            return [path.read_text(encoding="utf-8")]


KINDS = (".html", ".pdf", ".png", ".csv", ".parquet", ".gpkg", ".json", ".docx", ".xlsx", ".qgz")
ARCHIVED = (".xml", ".qgs")


@pytest.mark.slow
@pytest.mark.parametrize("ending", KINDS)
def test_every_file_of_a_run_on_streets_of_openstreetmap_carries_their_attribution(
    osm_folder: Path, ending: str
) -> None:
    files = [path for path in files_in(osm_folder).values() if path.suffix == ending]
    assert files
    for path in files:
        assert all(ATTRIBUTION in plain(words) for words in said_by(path)), path.name


@pytest.mark.slow
def test_a_run_writes_no_file_of_a_kind_that_these_tests_do_not_read(osm_folder: Path) -> None:
    assert {path.suffix for path in files_in(osm_folder).values()} == set(KINDS)


@pytest.mark.parametrize("name", ["map.html", "map_aujourdhui_walk.html"])
def test_a_map_shows_the_attribution_in_its_corner_without_a_click(osm_pages: Path, name: str) -> None:
    page = plain(file_in(osm_pages, name).read_text(encoding="utf-8"))
    data = json.loads(re.findall(r'id="a92-data">(.*?)</script>', page)[0])
    corner = "attribution" if "attribution" in data["words"] else "streets"
    assert ATTRIBUTION in plain(data["words"][corner])


def test_the_date_of_the_data_is_the_vintage_that_pages_tell(osm_pages: Path) -> None:
    assert "état du 15/08/2021" in plain((osm_pages / "report.html").read_text(encoding="utf-8"))


@pytest.mark.slow
@pytest.mark.parametrize("ending", KINDS)
def test_no_file_of_a_run_on_demonstration_streets_carries_it(run_folder: Path, ending: str) -> None:
    for path in files_in(run_folder).values():
        if path.suffix == ending and path.name != "datapackage.json":  # the dictionary lists the values of a column
            assert not any("contributeurs d'OpenStreetMap" in plain(words) for words in said_by(path)), path.name
