"""A study of another country: its kinds of services, its time zone, its holidays, its sectors by code."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pandas as pd
import pytest

from access92 import read_study, run_study, write_run
from access92.errors import InputError
from access92.outputs.words.notices import notices_table
from access92.outputs.words.sites import sites_text
from access92.run.results import Results
from access92.run.sites import find_sites
from access92.study.kinds import KINDS, Kind
from access92.study.model import Study
from tests.toy_study import GOOD_STUDY, lon_lat, write_toy_study

KINDS_TOML = """
[[kind]]
name = "library"
label = "Médiathèque"
feminine = true
sign = "B"
colour = "#004d40"
[[kind]]
name = "clinic"
label = "Dispensaire de quartier"
[[kind]]
name = "bus"
label = "Bus des livres"
mobile = true
[sectors]
kind = "library"
"""

COMMITMENT = """
[[commitment]]
name = "lire"
title = "Lire près de chez soi"
source = "essai"
any_of = [{ kinds = ["library", "bus"], mode = "walk", under_min = 5 }]
"""

CALENDAR = """
[calendar]
file = "calendar.csv"
first_day = 2025-12-15
last_day = 2025-12-21
moments = [2025-12-16T10:30:00, 2025-12-20T09:30:00]
"""

VISITS = "unit,place,lon,lat,date,start,end\nBus,Place,{},{},2025-12-16,10:00,12:00\n"


def abroad(folder: Path, *, more: str = "", zone: str = "Indian/Reunion", holidays: str = "FR-974") -> Path:
    """The toy study with kinds of its own, on Reunion Island's clocks."""
    text = GOOD_STUDY.replace('["sst", "pmi"]', '["library", "clinic"]').replace('["sst"]', '["library"]')
    text = text.replace("SST seul", "Un seul")
    text = text.replace('title = "Tous les services"', 'title = "Tous les services"\nmobile = true')
    text = text.replace("[analysis]", f'[analysis]\ntime_zone = "{zone}"\nholidays = "{holidays}"')
    file = write_toy_study(folder, study=text + KINDS_TOML + COMMITMENT + CALENDAR + more)
    (folder / "calendar.csv").write_text(VISITS.format(*lon_lat(2, 2)), encoding="utf-8")
    rows = ["service_id,kind,name,lon,lat,communes_served,opening_hours"]
    for service_id, kind, east, north, served in (
        ("L1", "library", 0, 0, "Ouest; Nulle-Part"),
        ("L2", "library", 5, 5, "02"),
        ("C1", "clinic", 2, 3, ""),
    ):
        rows.append(",".join([service_id, kind, f"Lieu {service_id}", *map(str, lon_lat(east, north)), served,
                              "Mo-Sa 09:00-10:00"]))  # fmt: skip
    (folder / "services.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def refusal(file: Path) -> str:
    with pytest.raises(InputError) as caught:
        run_study(read_study(file))
    return str(caught.value)


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return run_study(read_study(abroad(tmp_path_factory.mktemp("abroad"))))


def test_the_rules_of_a_run_are_the_kinds_of_its_study(results: Results) -> None:
    rules = results.coverage.loc[results.coverage["scenario"] == "tous", "rule"]
    assert list(dict.fromkeys(rules)) == ["any", "library", "clinic"]
    places = results.services.set_index("service_id")["kind"]
    assert places[places.index.str.startswith("BUS")].tolist() == ["bus"]
    assert set(results.changes.commitments["kinds"]) == {"library;bus"}


def test_hours_of_openings_and_of_visits_are_those_of_the_zone(results: Results) -> None:
    moments = results.hour_tables.moments.query("scenario == 'tous' and area_id == 'total' and rule == 'any'")
    covered = moments.set_index("moment")["population_covered"]
    assert covered["2025-12-16T10:30"] > 0  # the bus alone is there: libraries closed at 10:00
    assert covered["2025-12-20T09:30"] == 0  # 20 December: the abolition of slavery is a bank holiday of the island


def test_a_bank_holiday_of_elsewhere_closes_nothing(tmp_path: Path) -> None:
    results = run_study(read_study(abroad(tmp_path, holidays="FR")))
    moments = results.hour_tables.moments.query("scenario == 'tous' and area_id == 'total' and rule == 'any'")
    assert moments.set_index("moment")["population_covered"]["2025-12-20T09:30"] > 0


def test_the_instants_of_a_calendar_are_four_hours_before_greenwich(tmp_path: Path) -> None:
    study = read_study(abroad(tmp_path))
    period = study.period
    assert period is not None
    assert str(period.starts_at) == "2025-12-15 00:00:00+04:00"
    assert period.hours == 7 * 24
    assert period.moment(datetime.fromisoformat("2025-12-16T06:30:00+00:00")) == period.moment(
        datetime(2025, 12, 16, 10, 30)  # noqa: DTZ001 - as a study writes it
    )


def test_an_instant_with_a_zone_is_the_same_whatever_clocks_tell_it(tmp_path: Path) -> None:
    moments = "moments = [2025-12-16T06:30:00Z]"
    file = abroad(tmp_path)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("moments = [2025-12-16T10:30:00, 2025-12-20T09:30:00]", moments), encoding="utf-8")
    table = run_study(read_study(file)).hour_tables.moments
    assert table.query("scenario == 'tous' and area_id == 'total'")["population_covered"].iloc[0] > 0


def test_the_competent_kind_is_the_one_that_the_study_says_and_its_sectors_join_by_code(results: Results) -> None:
    table = results.changes.competence.query("scenario == 'tous'").set_index("area_id")
    assert table.loc[["01", "02"], "competent_service_ids"].tolist() == ["L1", "L2"]  # a name, a code
    notices = notices_table(results)
    unknown = notices[notices["topic"] == "Commune inconnue dans communes_served"]
    assert unknown["subject"].tolist() == ["L1"]
    assert "Nulle-Part" in unknown["detail"].item()


def test_a_name_of_two_areas_means_neither_and_is_counted(tmp_path: Path) -> None:
    file = abroad(tmp_path)
    areas = tmp_path / "areas.geojson"
    areas.write_text(areas.read_text(encoding="utf-8").replace('"Est"', '"OUEST"'), encoding="utf-8")
    found = run_study(read_study(file))
    table = found.changes.competence.query("scenario == 'tous'").set_index("area_id")
    assert table.loc[["01", "02"], "competent_service_ids"].tolist() == ["", "L2"]
    assert "Commune ambiguë dans communes_served" in set(notices_table(found)["topic"])


@pytest.mark.slow
@pytest.mark.usefixtures("words_only")
@pytest.mark.parametrize("sectors", ["", "[sectors]\n"])
def test_without_a_competent_kind_there_is_no_table_of_sectors(sectors: str, tmp_path: Path) -> None:
    file = abroad(tmp_path)
    text = file.read_text(encoding="utf-8").replace('[sectors]\nkind = "library"\n', sectors)
    file.write_text(text, encoding="utf-8")
    found = run_study(read_study(file))
    assert found.changes.competence.empty
    written = {path.name for path in write_run(found, tmp_path / "out", overwrite=False)}
    assert "competence.csv" not in written
    assert "competent" not in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.usefixtures("words_only")
def test_the_pages_speak_the_words_of_the_study(results: Results, tmp_path: Path) -> None:
    write_run(results, tmp_path / "out", overwrite=False)
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    page = (tmp_path / "out" / "map.html").read_text(encoding="utf-8")
    for words in ("Médiathèque compétente ou médiathèque la plus proche", "une médiathèque ou un bus des livres"):
        assert words in report.replace("\u202f", " ").replace("\u00a0", " ")
    assert "SST" not in report
    for label in ("Médiathèque", "Dispensaire de quartier", "#004d40"):
        assert label in page
    assert "Service des solidarités territoriales" not in page


@pytest.mark.slow
def test_a_place_for_one_more_service_is_of_the_competent_kind(results: Results) -> None:
    text = sites_text(find_sites(results, scenario="tous", count=1, apart_m=100, cell_m=50))
    assert 'service_kind = "library"' in text


def test_a_kind_of_the_shipped_list_is_refused_in_a_study_that_has_its_own(tmp_path: Path) -> None:
    file = abroad(tmp_path)
    services = tmp_path / "services.csv"
    services.write_text(services.read_text(encoding="utf-8").replace("clinic", "pmi"), encoding="utf-8")
    message = refusal(file)
    assert "Catégorie de service inconnue : « pmi »" in message
    assert "Valeurs connues : bus, clinic, library." in message


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ('kinds = ["library"]', 'kinds = ["sst"]', "le scénario « sst » nomme une catégorie inconnue, « sst »"),
        ('kind = "library"\n', 'kind = "librairy"\n', "Vouliez-vous dire « library » ?"),
        ('kinds = ["library", "bus"], mode', 'kinds = ["pmi"], mode', "l'engagement « lire » nomme une catégorie"),
        ('name = "lire"', 'name = "clinic"', "porte le nom d'une règle"),
        ('name = "clinic"\n', 'name = "library"\n', "deux catégories (kind) portent le nom « library »"),
        ("mobile = true\n[sectors]", "[sectors]", "dire quelle catégorie (kind) est celle des unités mobiles"),
        ('name = "clinic"\n', 'name = "any"\n', "est un mot des résultats"),
        ('name = "clinic"\n', 'name = "mobile"\n', "est celle des unités mobiles"),
        ('"Indian/Reunion"', '"Indian/Réunion"', "Vouliez-vous dire « Indian/Reunion » ?"),
        ('"FR-974"', '"FR-XX"', "subdivision inconnue de FR, « XX »"),
        ('"FR-974"', '"Réunion"', "pays inconnu, « Réunion »"),
    ],
)
def test_a_slip_in_the_kinds_or_the_place_is_refused(before: str, after: str, message: str, tmp_path: Path) -> None:
    file = abroad(tmp_path)
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")
    assert message in refusal(file)


def test_a_study_that_lists_no_kind_has_the_nine_of_the_schema(tmp_path: Path) -> None:
    study = read_study(write_toy_study(tmp_path))
    assert study.kinds == KINDS
    assert study.competent_kind == KINDS[0]
    assert study.mobile_kind == "mobile"
    assert [kind.name for kind in KINDS if kind.mobile] == ["mobile"]


@pytest.mark.slow
def test_the_order_of_the_kinds_is_that_of_the_rules(tmp_path: Path) -> None:
    text = abroad(tmp_path).read_text(encoding="utf-8")
    study = read_study(tmp_path / "study.toml")
    turned = Study.model_validate(
        study.model_dump(by_alias=True, exclude_unset=True) | {"kind": tuple(map(Kind.model_dump, study.kinds[::-1]))}
    )
    turned._file = study.file
    coverage = run_study(turned).coverage.query("scenario == 'tous'")
    assert list(dict.fromkeys(coverage["rule"])) == ["any", "clinic", "library"]
    pd.testing.assert_frame_equal(
        coverage.query("rule == 'any'").reset_index(drop=True),
        run_study(study).coverage.query("scenario == 'tous' and rule == 'any'").reset_index(drop=True),
    )
    assert "library" in text
