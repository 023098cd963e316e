"""One file over HTTP, from a provider on loopback that answers well, badly, late or not at all."""

from __future__ import annotations

import json
import random
import socket
from pathlib import Path

import pytest

from access92.errors import DataSourceError, OutputError
from access92.sources.download import transfer
from access92.sources.download.transfer import Patience, fetch_bytes, fetch_file, fetch_md5
from tests.sources.loopback import Fault, Provider, etag_of, md5_of, provider_on_loopback

BODY = random.Random(92).randbytes(1_300_000)
MD5 = md5_of(BODY)
QUICK = Patience(attempts=3, pause_s=0.001, silence_s=5)


def fetch(provider: Provider, folder: Path, md5: str = MD5, patience: Patience = QUICK) -> bytes:
    target = folder / "a.bin"
    assert fetch_file(f"{provider.url}/a.bin", target, md5=md5, patience=patience) == target
    assert [file.name for file in folder.iterdir()] == ["a.bin"]
    return target.read_bytes()


def test_a_file_comes_whole_and_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    with provider_on_loopback({"a.bin": BODY}) as provider:
        fetch_file(
            f"{provider.url}/a.bin", tmp_path / "a.bin", md5=MD5, patience=QUICK,
            on_bytes=lambda done, total: told.append((done, total)),
        )  # fmt: skip
        assert all(agent.startswith("access92") for agent in provider.agents)
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert told[-1] == (len(BODY), len(BODY))


def test_a_download_cut_in_the_middle_goes_on_from_there(tmp_path: Path) -> None:
    with provider_on_loopback({"a.bin": BODY}, **{"a.bin": [Fault(cut_after=400_000)]}) as provider:
        assert fetch(provider, tmp_path) == BODY
        first, second = provider.ranges("a.bin")
    assert first == ""
    assert 0 < int(second.removeprefix("bytes=").rstrip("-")) <= 400_000


def test_a_download_that_failed_is_resumed_by_the_next_command(tmp_path: Path) -> None:
    cuts = [Fault(cut_after=300_000), Fault(cut_after=0), Fault(cut_after=0), Fault(cut_after=0)]
    with provider_on_loopback({"a.bin": BODY}, **{"a.bin": cuts}) as provider:
        with pytest.raises(DataSourceError, match="coupée") as caught:
            fetch(provider, tmp_path)
        assert "3 tentatives" in str(caught.value)
        assert "reprendra" in str(caught.value)
        assert sorted(file.name for file in tmp_path.iterdir()) == ["a.bin.part", "a.bin.part.json"]
        received = (tmp_path / "a.bin.part").stat().st_size
        assert fetch(provider, tmp_path) == BODY
        assert provider.ranges("a.bin")[-1] == f"bytes={received}-"


def test_pauses_begin_again_once_something_came(tmp_path: Path) -> None:
    cuts = [Fault(cut_after=40_000)] * 8
    with provider_on_loopback({"a.bin": BODY}, **{"a.bin": cuts}) as provider:
        assert fetch(provider, tmp_path) == BODY  # eight failures, three attempts


def test_a_file_that_changed_on_the_server_begins_again(tmp_path: Path) -> None:
    other = BODY[::-1]
    with provider_on_loopback(
        {"a.bin": BODY}, **{"a.bin": [Fault(cut_after=500_000)] + [Fault(cut_after=0)] * 3}
    ) as provider:
        with pytest.raises(DataSourceError):
            fetch(provider, tmp_path)
        provider.files["a.bin"] = other
        assert fetch(provider, tmp_path, md5=md5_of(other)) == other


def test_without_etag_or_date_nothing_is_pasted_together(tmp_path: Path) -> None:
    with provider_on_loopback({"a.bin": BODY}, **{"a.bin": [Fault(cut_after=500_000)]}) as provider:
        provider.has_validators = False
        assert fetch(provider, tmp_path) == BODY
        assert provider.ranges("a.bin") == ["", ""]


def test_a_part_of_another_address_is_not_gone_on_from(tmp_path: Path) -> None:
    (tmp_path / "a.bin.part").write_bytes(b"x" * 100)
    (tmp_path / "a.bin.part.json").write_text(json.dumps({"url": "http://elsewhere", "validator": '"t"'}))
    with provider_on_loopback({"a.bin": BODY}) as provider:
        assert fetch(provider, tmp_path) == BODY


def test_a_part_that_is_whole_already_is_only_checked(tmp_path: Path) -> None:
    with provider_on_loopback({"a.bin": BODY}) as provider:
        tag = etag_of(BODY)
        (tmp_path / "a.bin.part").write_bytes(BODY)
        note = {"url": f"{provider.url}/a.bin", "validator": tag}
        (tmp_path / "a.bin.part.json").write_text(json.dumps(note))
        assert fetch(provider, tmp_path) == BODY


def test_a_part_longer_than_the_file_is_thrown_away(tmp_path: Path) -> None:
    with provider_on_loopback({"a.bin": BODY}) as provider:
        (tmp_path / "a.bin.part").write_bytes(BODY + b"more")
        note = {"url": f"{provider.url}/a.bin", "validator": etag_of(BODY)}
        (tmp_path / "a.bin.part.json").write_text(json.dumps(note))
        assert fetch(provider, tmp_path) == BODY


def test_a_wrong_checksum_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    with provider_on_loopback({"a.bin": BODY}) as provider, pytest.raises(DataSourceError, match="somme de contrôle"):
        fetch(provider, tmp_path, md5="0" * 32)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_file_is_told_at_once(tmp_path: Path) -> None:
    with provider_on_loopback({}) as provider:
        with pytest.raises(DataSourceError, match="n'existe pas"):
            fetch(provider, tmp_path)
        assert len(provider.asked) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_busy_server_is_asked_again_when_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(transfer.time, "sleep", waited.append)
    busy = [Fault(status=429, retry_after="7"), Fault(status=503)]
    with provider_on_loopback({"a.bin": BODY}, **{"a.bin": busy}) as provider:
        assert fetch(provider, tmp_path) == BODY
    assert waited == [7.0, 0.002]


def test_a_server_that_stays_busy_is_told_with_the_number_of_tries(tmp_path: Path) -> None:
    with (
        provider_on_loopback({"a.bin": BODY}, **{"a.bin": [Fault(status=429)] * 5}) as provider,
        pytest.raises(DataSourceError, match="trop de requêtes") as caught,
    ):
        fetch(provider, tmp_path)
    assert "HTTP 429, 3 tentatives" in str(caught.value)


def test_a_refusal_is_told_with_its_status(tmp_path: Path) -> None:
    with (
        provider_on_loopback({"a.bin": BODY}, **{"a.bin": [Fault(status=403)]}) as provider,
        pytest.raises(DataSourceError, match="HTTP 403"),
    ):
        fetch(provider, tmp_path)


def test_a_server_that_goes_silent_is_left_and_asked_for_the_rest(tmp_path: Path) -> None:
    silent = [Fault(cut_after=300_000, silent_s=1.0)]
    with provider_on_loopback({"a.bin": BODY}, **{"a.bin": silent}) as provider:
        assert fetch(provider, tmp_path, patience=Patience(attempts=3, pause_s=0.001, silence_s=0.2)) == BODY
        assert provider.ranges("a.bin")[1].startswith("bytes=")


def test_a_server_that_is_not_there_is_told_after_some_tries(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/a.bin"
    with pytest.raises(DataSourceError, match="injoignable"):
        fetch_file(url, tmp_path / "a.bin", patience=QUICK)
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_is_none_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataSourceError, match="adresse"):
        fetch_file("nowhere", tmp_path / "a.bin", patience=QUICK)


def test_a_full_disk_is_told_and_what_came_is_kept(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    (tmp_path / "a.bin.part").symlink_to(full)
    with provider_on_loopback({"a.bin": BODY}) as provider, pytest.raises(OutputError, match="Le disque est plein"):
        fetch_file(f"{provider.url}/a.bin", tmp_path / "a.bin", patience=QUICK)
    assert not (tmp_path / "a.bin").exists()


def test_a_file_too_large_for_the_disk_is_refused_before_its_first_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer.shutil, "disk_usage", lambda _folder: type("Usage", (), {"free": 1000})())
    with provider_on_loopback({"a.bin": BODY}) as provider, pytest.raises(OutputError, match="1 Mo à recevoir"):
        fetch_file(f"{provider.url}/a.bin", tmp_path / "a.bin", patience=QUICK)
    assert not (tmp_path / "a.bin.part").exists() or (tmp_path / "a.bin.part").stat().st_size == 0


def test_a_published_md5_is_read_and_a_missing_one_is_none() -> None:
    with provider_on_loopback({"a.bin": BODY, "b.bin": b"", "c.bin.md5": b"<html>"}) as provider:
        provider.publish_md5("a.bin")
        assert fetch_md5(f"{provider.url}/a.bin", patience=QUICK) == MD5
        assert fetch_md5(f"{provider.url}/b.bin", patience=QUICK) == ""
        with pytest.raises(DataSourceError, match="illisible"):
            fetch_md5(f"{provider.url}/c.bin", patience=QUICK)
        assert fetch_bytes(f"{provider.url}/nothing", patience=QUICK) is None
