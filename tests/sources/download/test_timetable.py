"""Timetables from a provider on loopback: received, checked, pinned as they are, and read by a copy of the study."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from access92.errors import DataSourceError
from access92.sources.download.providers import Provider as ProviderOf
from access92.sources.download.providers import read_providers
from access92.sources.download.timetable import fetch_gtfs
from access92.sources.download.transfer import Patience
from access92.sources.gtfs.calendars import day_like
from access92.study.read import read_study
from tests.command_line import command
from tests.random_examples import examples
from tests.sources.gtfs.feeds import TUESDAY, toy, zip_bytes
from tests.sources.loopback import Fault, Provider, md5_of, provider_on_loopback
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

QUICK = Patience(attempts=2, pause_s=0.001, silence_s=5)
PATH = read_providers()["idfm"].text("gtfs")
LATER = dt.date(2026, 11, 17)
"""A Tuesday that the toy's calendar, March 2024, does not hold."""


def idfm(provider: Provider) -> ProviderOf:
    return read_providers()["idfm"].mirrored(provider.url)


def toy_zip(**changed: str | None) -> bytes:
    return zip_bytes(toy(**changed))


def test_a_feed_is_pinned_as_it_came_with_a_day_that_stands_for_the_study_s(tmp_path: Path) -> None:
    target, body = tmp_path / "idfm.zip", toy_zip()
    with provider_on_loopback({PATH: body}) as provider:
        pinned = fetch_gtfs(idfm(provider), f"{provider.url}/{PATH}", target, day=LATER, patience=QUICK)
    assert target.read_bytes() == body
    assert (pinned.first_day, pinned.last_day) == (dt.date(2024, 3, 4), dt.date(2024, 3, 29))
    assert (pinned.day, pinned.trips, pinned.md5) == (dt.date(2024, 3, 26), 2, "")
    note = json.loads((tmp_path / "idfm.zip.json").read_text(encoding="utf-8"))
    assert (note["provider"], note["first_day"], note["last_day"]) == (
        "Île-de-France Mobilités", "2024-03-04", "2024-03-29"
    )  # fmt: skip
    assert sorted(file.name for file in tmp_path.iterdir()) == ["idfm.zip", "idfm.zip.json"]


def test_a_feed_that_was_cut_off_is_resumed_and_its_checksum_compared(tmp_path: Path) -> None:
    body = zip_bytes({**toy(), "shapes.txt": random.Random(92).randbytes(60_000).hex()})
    with provider_on_loopback({PATH: body}) as provider:
        provider.faults[PATH] = [Fault(cut_after=40_000), Fault(status=429, retry_after="0")]
        provider.publish_md5(PATH)
        pinned = fetch_gtfs(
            idfm(provider), f"{provider.url}/{PATH}", tmp_path / "a.zip", day=TUESDAY,
            patience=Patience(attempts=3, pause_s=0.001, silence_s=5),
        )  # fmt: skip
        first, *resumed = provider.ranges(PATH)
        assert (first, len(resumed), set(resumed) <= {"", "bytes=0-"}) == ("", 2, False)
    assert (pinned.day, pinned.md5) == (TUESDAY, md5_of(body))
    assert (tmp_path / "a.zip").read_bytes() == body


def damaged() -> bytes:
    body = bytearray(zip_bytes(toy(stops=toy()["stops.txt"] * 50)))
    body[len(body) // 2] ^= 255
    return bytes(body)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<html>", "pas un zip"),
        (damaged(), "endommagé"),
        (toy_zip(stop_times=None), "stop_times.txt manque"),
        (toy_zip(calendar=None), "calendrier manque"),
        (toy_zip(trips="route_id,service_id,trip_id\nR1,other,t1\n"), "aucune course"),
    ],
    ids=["a page", "a damaged member", "no stop_times", "no calendar", "no trip"],
)
def test_what_is_no_feed_is_a_fault_of_the_source_and_loses_nothing(tmp_path: Path, body: bytes, message: str) -> None:
    target = tmp_path / "idfm.zip"
    target.write_bytes(b"the one before")
    with provider_on_loopback({PATH: body}) as provider, pytest.raises(DataSourceError, match=message):
        fetch_gtfs(idfm(provider), f"{provider.url}/{PATH}", target, day=TUESDAY, patience=QUICK)
    assert target.read_bytes() == b"the one before"
    assert list(tmp_path.iterdir()) == [target]


@examples(60)
@given(
    trips=st.lists(st.integers(0, 5), min_size=1, max_size=40).filter(any),
    asked=st.integers(-30, 70),
)
def test_the_day_that_stands_for_another_is_served_and_of_its_weekday_where_one_is(
    trips: list[int], asked: int
) -> None:
    first = dt.date(2026, 11, 2)
    by_day = pd.Series(trips, index=[first + dt.timedelta(days=number) for number in range(len(trips))])
    day = first + dt.timedelta(days=asked)
    chosen = day_like(by_day, day)
    assert by_day[chosen] > 0
    if by_day.get(day, 0) > 0:
        assert chosen == day
        return
    alike = [other for other in by_day.index if by_day[other] > 0 and other.weekday() == day.weekday()]
    if alike:
        assert chosen.weekday() == day.weekday()
        # the weeks in full service, counted plainly: their median day of this weekday is the usual one
        weeks: dict[tuple[int, int], int] = {}
        for other, count in by_day.items():
            weeks[other.isocalendar()[:2]] = weeks.get(other.isocalendar()[:2], 0) + count  # type: ignore[attr-defined]
        full = {week for week, count in weeks.items() if count >= 0.7 * max(weeks.values())}
        same = [d for d in by_day.index if d.weekday() == day.weekday() and d.isocalendar()[:2] in full]
        usual = by_day[same].median() if same else 0
        good = [d for d in alike if by_day[d] >= 0.9 * int(usual)]
        armistice = dt.date(2026, 11, 11)  # the bank holiday of these weeks
        assert chosen in good
        assert chosen != armistice or good == [armistice]
        assert not [d for d in good if d != armistice and abs(d - day) < abs(chosen - day)]


def town_feed() -> bytes:
    """The toy's lines with stops in the toy study's streets."""
    stops = "".join(
        f"{name},{name},{lat},{lon}\n"
        for name, (lon, lat) in zip("abcd", (lon_lat(0, 0), lon_lat(2, 2), lon_lat(4, 4), lon_lat(5, 0)), strict=True)
    )
    return toy_zip(stops=f"stop_id,stop_name,stop_lat,stop_lon\n{stops}")


def test_the_command_writes_the_timetable_and_a_study_that_runs_on_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    study_file = write_toy_study(tmp_path)  # without public transport, on 18 October 2024, a Friday
    with provider_on_loopback({PATH: town_feed()}) as provider:
        words = ["fetch", "timetable", "-s", study_file, "--provider-url", provider.url]
        assert command(*words, monkeypatch=monkeypatch) == 0
        said = capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ")
        assert "valables du 4 mars 2024 au 29 mars 2024" in said
        assert "n'a pas le vendredi 18 octobre 2024 : le vendredi 29 mars 2024 en tient lieu" in said
        copy_file = tmp_path / "study_gtfs.toml"
        copy, study = read_study(copy_file), read_study(study_file)
        assert copy.modes == (*study.modes, "transit")
        assert copy.transit is not None
        (feed,) = copy.transit.feeds
        assert (feed.file, feed.day, feed.source) == (
            Path("horaires_essai.zip"), dt.date(2024, 3, 29), "Île-de-France Mobilités"
        )  # fmt: skip
        assert command("check", copy_file, monkeypatch=monkeypatch) == 0
        capsys.readouterr()

        assert command(*words, monkeypatch=monkeypatch) == 3
        assert "existe déjà" in capsys.readouterr().err
        assert command(*words, "--overwrite", monkeypatch=monkeypatch) == 0
        assert 'feeds = [{ file = "horaires_essai.zip", day = 2024-03-29 }]' in capsys.readouterr().out


def test_the_command_replaces_the_timetable_of_a_study_that_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    part = '[transit]\ndemo = true\nday = 2024-03-12\nwindow = ["07:45", "08:15"]\npercentile = 75\n[analysis]'
    study_file = write_toy_study(tmp_path, study=GOOD_STUDY.replace("[analysis]", part).replace('"car"', '"transit"'))
    with provider_on_loopback({"reseau.zip": town_feed()}) as provider:
        words = ["fetch", "timetable", "-s", study_file, "--url", f"{provider.url}/reseau.zip"]
        assert command(*words, monkeypatch=monkeypatch) == 0
    assert "en tient lieu" not in capsys.readouterr().out
    before, copy = read_study(study_file).transit, read_study(tmp_path / "study_gtfs.toml").transit
    assert before is not None
    assert copy is not None
    assert not copy.demo
    assert copy.model_dump(exclude={"feeds", "demo"}) == before.model_dump(exclude={"feeds", "demo"})
    assert copy.feeds[0].source == provider.url.removeprefix("http://")
