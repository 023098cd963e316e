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
from access92.sources.download.population import fetch_squares
from access92.sources.download.providers import Provider as ProviderOf
from access92.sources.download.providers import read_providers
from access92.sources.download.transfer import Patience
from tests.sources.download.provider_on_loopback import Provider, provider_on_loopback

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


def archive(rows: int = 8, separator: str = ",", name: str = MEMBER, id_column: str = "idcar_200m") -> bytes:
    lines = [separator.join([id_column, "lcog_geo", "ind", "men_pauv"])]
    lines += [
        separator.join([f"CRS3035RES200mN{Y}E{X + 200 * (i - 2)}", "'75056", f"{10.5 + i}", f"{i}"])
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
