"""The squares of INSEE, from a provider on loopback: those that touch the areas, with INSEE's own columns."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from access92.errors import DataSourceError, InputError
from access92.sources.areas import read_areas
from access92.sources.download.population import fetch_squares
from access92.sources.download.providers import Provider as ProviderOf
from access92.sources.download.providers import read_providers
from access92.sources.download.transfer import Patience
from access92.sources.population.layout import resolve_population
from access92.study.read import read_study
from tests.command_line import command
from tests.sources.loopback import Provider, provider_on_loopback
from tests.toy_study import write_toy_study

QUICK = Patience(attempts=2, pause_s=0.001, silence_s=5)
MEMBER = "carreaux_200m_met.csv"
X, Y = 3_755_600, 2_889_000
"""The corner of a square in Paris."""


def insee(provider: Provider) -> ProviderOf:
    return read_providers()["insee"].mirrored(provider.url)


def path() -> str:
    return read_providers()["insee"].text("filosofi_200m")


def areas(west: float = X + 100, east: float = X + 500) -> gpd.GeoDataFrame:
    """One area over three squares, in Lambert-93."""
    outline = gpd.GeoSeries([shapely.box(west, Y + 50, east, Y + 150)], crs=3035)
    return gpd.GeoDataFrame({"area_id": ["a"]}, geometry=outline).to_crs(2154)


def archive(
    rows: int = 8, separator: str = ",", name: str = MEMBER, id_column: str = "idcar_200m", x: int = X, y: int = Y
) -> bytes:
    """The archive with a row of squares from west to east, of which the third begins at x."""
    lines = [separator.join([id_column, "lcog_geo", "ind", "men_pauv"])]
    lines += [
        separator.join([f"CRS3035RES200mN{y}E{x + 200 * (i - 2)}", "'75056", f"{10.5 + i}", f"{i}"])
        for i in range(rows)
    ]
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr(f"Filosofi/{name}", "\n".join(lines) + "\n")
        opened.writestr("Filosofi/carreaux_200m_reun.csv", "x\n1\n")
    return body.getvalue()


@pytest.mark.parametrize("separator", [",", ";"])
def test_the_squares_that_touch_the_areas_are_pinned_as_they_were(tmp_path: Path, separator: str) -> None:
    target = tmp_path / "population.csv"
    with provider_on_loopback({path(): archive(separator=separator)}) as provider:
        pinned = fetch_squares(insee(provider), areas(), target, patience=QUICK)
    assert (pinned.squares, pinned.squares_read) == (3, 8)
    squares = pd.read_csv(target, dtype=str)
    assert squares.columns.tolist() == ["idcar_200m", "lcog_geo", "ind", "men_pauv"]
    assert squares["idcar_200m"].tolist() == [f"CRS3035RES200mN{Y}E{X + 200 * i}" for i in range(3)]
    assert squares["ind"].tolist() == ["12.5", "13.5", "14.5"]
    note = json.loads((tmp_path / "population.csv.json").read_text(encoding="utf-8"))
    assert (note["provider"], note["vintage"], note["licence"]) == ("INSEE", "Filosofi 2021", "Licence Ouverte 2.0")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["population.csv", "population.csv.json"]


def test_an_archive_that_is_kept_serves_again(tmp_path: Path) -> None:
    with provider_on_loopback({path(): archive()}) as provider:
        for name in ("a.csv", "b.csv"):
            fetch_squares(insee(provider), areas(), tmp_path / name, keep=True, patience=QUICK)
        assert len(provider.asked) == 1
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def damaged() -> bytes:
    body = bytearray(archive(rows=2000))
    body[len(body) // 2] ^= 255
    return bytes(body)


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        damaged(),
        archive(name="other.csv"),
        archive(id_column="square"),
        archive(rows=3).replace(b"PK", b"XX"),
    ],
    ids=["a page", "a damaged member", "no such member", "no id column", "no archive"],
)
def test_an_archive_that_is_not_as_known_is_a_fault_of_the_source(tmp_path: Path, body: bytes) -> None:
    with provider_on_loopback({path(): body}) as provider, pytest.raises(DataSourceError, match="archive de l'INSEE"):
        fetch_squares(insee(provider), areas(), tmp_path / "population.csv", patience=QUICK)
    assert list(tmp_path.iterdir()) == []


def test_areas_without_squares_or_outside_the_territories_are_refused(tmp_path: Path) -> None:
    with provider_on_loopback({path(): archive()}) as provider:
        with pytest.raises(InputError, match="Aucun carreau habité"):
            fetch_squares(insee(provider), areas(X + 90_000, X + 90_100), tmp_path / "population.csv", patience=QUICK)
        abroad = gpd.GeoDataFrame(geometry=[shapely.box(-74, 40, -73, 41)], crs=4326)
        with pytest.raises(InputError, match="ne publie pas de carreaux"):
            fetch_squares(insee(provider), abroad, tmp_path / "population.csv", patience=QUICK)
    assert not (tmp_path / "population.csv").exists()


def middle_square(study_file: Path) -> tuple[int, int]:
    """The south-western corner of the square in the middle of a study's areas."""
    middle = read_areas(read_study(study_file)).to_crs(3035).union_all().centroid
    return int(middle.x // 200) * 200, int(middle.y // 200) * 200


def test_the_command_writes_the_squares_and_a_study_that_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study_file = write_toy_study(tmp_path)  # about 700 m wide
    (tmp_path / "people.csv").unlink()  # what is fetched may be what is missing
    study, (x, y) = read_study(study_file), middle_square(study_file)
    squares, copy_file = tmp_path / "population_essai.csv", tmp_path / "study_insee.toml"
    with provider_on_loopback({path(): archive(rows=40, x=x, y=y)}) as provider:
        words = ["fetch", "population", "-s", study_file, "--provider-url", provider.url]
        assert command(*words, monkeypatch=monkeypatch) == 0
        said = capsys.readouterr().out
        ids = pd.read_csv(squares)["idcar_200m"].tolist()
        assert f"{len(ids)} carreaux sur 40 écrits dans {squares} (Filosofi 2021, INSEE, Licence Ouverte 2.0)." in said
        assert f"access92 run {copy_file} --output maps/essai-insee" in said
        assert f"CRS3035RES200mN{y}E{x}" in ids
        assert len(ids) <= 6
        assert json.loads(Path(f"{squares}.json").read_text(encoding="utf-8"))["url"] == f"{provider.url}/{path()}"

        copy, before = read_study(copy_file), squares.read_bytes()
        changed = {"name": "essai-insee", "population": copy.population.model_dump()}
        assert copy.model_dump() == {**study.model_dump(), **changed}
        kept = {"file": Path(squares.name), "rescale": False}  # as in the study; what it said of its own file is gone
        assert copy.population.model_dump(include=copy.population.model_fields_set) == kept
        layout = resolve_population(copy).population
        assert (layout.method, layout.population_column, layout.id_column) == ("grid", "ind", "idcar_200m")

        assert command(*words, monkeypatch=monkeypatch) == 3
        assert "existe déjà" in capsys.readouterr().err
        assert command(*words, "--overwrite", monkeypatch=monkeypatch) == 0
        said = capsys.readouterr().out
        assert "study_insee.toml est déjà là" in said
        assert 'file = "population_essai.csv"' in said
        assert squares.read_bytes() == before


@pytest.mark.parametrize("fault", ["truncated", "wrong checksum"])
def test_the_command_writes_neither_squares_nor_study_from_a_bad_archive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    study_file = write_toy_study(tmp_path)
    x, y = middle_square(study_file)
    body = archive(rows=2000, x=x, y=y)
    before = sorted(tmp_path.iterdir())
    # every archive ends with the list of its members, and holds the CRC of each beside its name
    bad = body[: len(body) // 2] if fault == "truncated" else with_another_crc(body)
    with provider_on_loopback({path(): bad}) as provider:
        words = ["fetch", "population", "-s", study_file, "--provider-url", provider.url]
        assert command(*words, monkeypatch=monkeypatch) == 4
    said = capsys.readouterr()
    assert "L'archive de l'INSEE est endommagée" in said.err
    assert "Remède" in said.err
    assert said.out == ""
    assert sorted(tmp_path.iterdir()) == before


def with_another_crc(body: bytes) -> bytes:
    """The archive with another checksum of its first member, where the list at its end says it."""
    with zipfile.ZipFile(io.BytesIO(body)) as opened:
        crc = opened.infolist()[0].CRC.to_bytes(4, "little")
    assert body.count(crc) == 2
    return body.replace(crc, (int.from_bytes(crc, "little") ^ 1).to_bytes(4, "little"))
