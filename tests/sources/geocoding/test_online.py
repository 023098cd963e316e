"""The State's batch service, on 127.0.0.1: what it answers is placed, what goes wrong is told or tried again."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from access92.errors import DataSourceError
from access92.sources.download.transfer import Patience
from access92.sources.geocoding import online
from access92.sources.geocoding.matching import Found, NotFound
from access92.sources.geocoding.online import AskedAddress, geocode_online
from tests.command_line import command
from tests.sources.loopback import Fault, service_of_tables

QUICK = Patience(attempts=3, pause_s=0.01, silence_s=0.3)
ADDRESSES = (
    AskedAddress("12 rue Hoche", "92100", "", "Saint-Aubin"),
    AskedAddress("14 rue Hoche", "92100", "", "Saint-Aubin"),
    AskedAddress("rue Hoche", "92100", "", "Saint-Aubin"),
    AskedAddress("nulle part", "92100", "", "Saint-Aubin"),
    AskedAddress("chose", "92100", "", "Saint-Aubin"),
    AskedAddress("x", "92100", "", "Saint-Aubin"),
)
RESULTS = (
    {"latitude": "48.82", "longitude": "2.25", "result_label": "12 Rue Hoche", "result_score": "0.97",
     "result_type": "housenumber", "result_housenumber": "12", "result_status": "ok"},
    {"latitude": "48.82", "longitude": "2.26", "result_label": "16 Rue Hoche", "result_score": "0.8",
     "result_type": "housenumber", "result_housenumber": "16", "result_status": "ok"},
    {"latitude": "48.82", "longitude": "2.27", "result_label": "Rue Hoche", "result_score": "0.9",
     "result_type": "street", "result_status": "ok"},
    {"latitude": "48.8", "longitude": "2.2", "result_label": "Saint-Aubin", "result_score": "0.9",
     "result_type": "municipality", "result_status": "ok"},
    {"latitude": "48.8", "longitude": "2.2", "result_label": "Rue Chose", "result_score": "0.31",
     "result_type": "street", "result_status": "ok"},
    {"result_status": "not-found"},
)  # fmt: skip


@dataclass(slots=True)
class Service:
    """What the service was asked (fields of the form, rows), and faults that are used up one by one."""

    faults: list[Fault] = field(default_factory=list)
    url: str = ""
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    rows: list[list[dict[str, str]]] = field(default_factory=list)
    change: str = ""


@contextmanager
def service_on_loopback(*faults: Fault, change: str = "") -> Generator[Service]:
    """The service, with the columns that it adds; ``change``: what is wrong with its table."""
    service = Service(list(faults), change=change)

    def answer(content_type: str, body: str) -> tuple[bytes, Fault]:
        boundary = content_type.partition("boundary=")[2]
        form: dict[str, list[str]] = {}
        for part in body.split(f"--{boundary}")[1:-1]:
            head, _, content = part.strip("\r\n").partition("\r\n\r\n")
            name = re.search(r'name="(\w+)"', head)
            assert name is not None
            form.setdefault(name[1], []).append(content)
        rows = list(csv.DictReader(io.StringIO(form["data"][0])))
        service.forms.append(form)
        service.rows.append(rows)
        return answer_to(rows, service.change), service.faults.pop(0) if service.faults else Fault()

    with service_of_tables(answer) as service.url:
        yield service


def answer_to(rows: list[dict[str, str]], change: str) -> bytes:
    columns = [
        "latitude",
        "longitude",
        "result_label",
        "result_score",
        "result_type",
        "result_housenumber",
        "result_status",
        "result_city",
        "result_postcode",
        "result_citycode",
        "result_oldcity",
    ]
    if change == "columns":
        columns = ["lat", "lng"]
    table = io.StringIO()
    writer = csv.DictWriter(table, [*rows[0], *columns], extrasaction="ignore")
    writer.writeheader()
    known = {row.address: result for row, result in zip(ADDRESSES, RESULTS, strict=True)}
    for row in rows[:-1] if change == "rows" else rows:
        writer.writerow({**row, **known[row["adresse"]]})
    text = table.getvalue()
    if change == "numbers":
        text = text.replace("48.82", "here")
    return b"\xff\xfe\xfa" if change == "bytes" else text.encode()


def test_the_answers_are_places_in_the_order_asked_for_or_not_found() -> None:
    with service_on_loopback() as service:
        answers = geocode_online(service.url, ADDRESSES, patience=QUICK)
    first, second, third, *others = answers
    assert first == Found(2.25, 48.82, "12 Rue Hoche", "numéro", 0.97, 20.0)
    assert isinstance(second, Found)
    assert second.kind == "numéro le plus proche, le 16"
    assert isinstance(third, Found)
    assert (third.kind, third.uncertainty_m) == ("rue, sans numéro demandé", 300.0)
    assert [type(answer) for answer in others] == [NotFound] * 3
    (form,) = service.forms
    assert form["columns"] == ["adresse", "commune"]
    assert form["postcode"] == ["code_postal"]
    assert "citycode" not in form
    assert set(service.rows[0][0]) == {"rang", "adresse", "code_postal", "code_insee", "commune"}  # nothing else leaves


MALAKOFF = {"result_city": "Malakoff", "result_postcode": "92240", "result_citycode": "92046"}
MARSEILLE = {"result_city": "Marseille", "result_postcode": "13001", "result_citycode": "13201"}
PIERREFITTE = {"result_city": "Saint-Denis", "result_postcode": "93380", "result_citycode": "93066",
               "result_oldcity": "Pierrefitte-sur-Seine"}  # fmt: skip


@pytest.mark.parametrize(
    ("asked", "result", "kind"),
    [
        (AskedAddress("12 rue Hoche", "92240", "92046", "Malakoff"), MALAKOFF, "numéro"),
        (AskedAddress("12 rue Hoche", "92245", "", "MALAKOFF CEDEX"), MALAKOFF, "numéro"),
        (AskedAddress("12 rue Hoche", "93380", "93059", "Pierrefitte s/ Seine"), PIERREFITTE, "autre code INSEE"),
        (AskedAddress("12 rue Hoche", "92240", "92040", "Malakoff"), MALAKOFF, "autre code INSEE"),
        (AskedAddress("12 rue Hoche", "", "", "Malakof"), MALAKOFF, "commune Malakoff"),
        (AskedAddress("12 rue Hoche", "92240", "", "Malakoff"), MARSEILLE, None),
        (AskedAddress("12 rue Hoche, 92240 Malakoff"), MARSEILLE, None),
        (AskedAddress("12 rue Hoche", "", "92046"), MARSEILLE, None),
        (AskedAddress("12 rue Hoche", "", "", "Malakoff"), MARSEILLE, None),
        (AskedAddress("12 rue Hoche", "56240", "", "Malakoff"), MALAKOFF, None),
        (AskedAddress("12 rue Hoche", "92240", "", "Malakoff"), {"result_label": "12 Rue Hoche 13001 Marseille"}, None),
    ],
)
def test_an_answer_in_another_commune_is_not_taken(
    asked: AskedAddress, result: dict[str, str], kind: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Refused with what the service said; told where one of commune, postcode and code differs from what was asked."""
    monkeypatch.setitem(globals(), "ADDRESSES", (asked,))
    monkeypatch.setitem(globals(), "RESULTS", ({**RESULTS[0], **result},))
    with service_on_loopback() as service:
        (answer,) = geocode_online(service.url, (asked,), patience=QUICK)
    if kind is None:
        assert isinstance(answer, NotFound)
        assert "autre commune (« 12 Rue Hoche" in answer.reason
    else:
        assert isinstance(answer, Found)
        assert answer.kind == kind or (kind != "numéro" and answer.kind.endswith(f", à vérifier : {kind}"))


def test_many_rows_are_asked_in_small_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(online, "ROWS_AT_ONCE", 4)
    with service_on_loopback() as service:
        answers = geocode_online(service.url, ADDRESSES, patience=QUICK)
    assert [len(rows) for rows in service.rows] == [4, 2]
    assert len(answers) == len(ADDRESSES)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(status=429, retry_after="0"),
        Fault(status=503),
        Fault(cut_after=30),
        Fault(cut_after=30, silent_s=0.6),
    ],
)
def test_a_passing_fault_is_tried_again(fault: Fault) -> None:
    with service_on_loopback(fault, fault) as service:
        answers = geocode_online(service.url, ADDRESSES, patience=QUICK)
    assert isinstance(answers[0], Found)
    assert len(service.forms) == 3


@pytest.mark.parametrize(
    ("faults", "words"),
    [
        ([Fault(status=429)] * 3, "trop de requêtes"),
        ([Fault(status=500)] * 3, "surchargé"),
        ([Fault(status=403)], "refuse"),
        ([Fault(cut_after=30)] * 3, "tronquée"),
    ],
)
def test_a_fault_that_stays_is_told(faults: list[Fault], words: str) -> None:
    with service_on_loopback(*faults) as service, pytest.raises(DataSourceError, match=words) as refused:
        geocode_online(service.url, ADDRESSES, patience=QUICK)
    assert refused.value.exit_code == 4


@pytest.mark.parametrize("change", ["columns", "rows", "numbers", "bytes"])
def test_another_table_than_the_one_awaited_is_refused(change: str) -> None:
    with service_on_loopback(change=change) as service, pytest.raises(DataSourceError, match="autre chose") as refused:
        geocode_online(service.url, ADDRESSES, patience=QUICK)
    assert "--ban" in str(refused.value)


def test_the_command_writes_what_the_service_finds_or_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "s.csv").write_text("nom;adresse;cp;ville\nA;12 rue Hoche;92100;Saint-Aubin\n", encoding="utf-8")
    with service_on_loopback() as service:
        assert (
            command(
                "geocode", str(tmp_path / "s.csv"), "--online", "--provider-url", service.url, monkeypatch=monkeypatch
            )
            == 0
        )
    assert "adresse trouvée" in capsys.readouterr().out
    assert "2,25;48,82;service de géocodage de l'État : numéro" in (tmp_path / "s_geocode.csv").read_text("utf-8-sig")
    (tmp_path / "s_geocode.csv").unlink()
    with service_on_loopback(Fault(status=403)) as service:
        assert (
            command(
                "geocode", str(tmp_path / "s.csv"), "--online", "--provider-url", service.url, monkeypatch=monkeypatch
            )
            == 4
        )
    assert not (tmp_path / "s_geocode.csv").exists()
