"""Whole studies at another hour, past barriers and signals: what their files decide, and what the reader is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from access92.outputs.words.notices import notices_table
from access92.run.pipeline import run_study
from access92.run.results import Results
from access92.sources.areas import read_areas
from access92.sources.study_streets import StudyStreets, read_study_streets
from access92.study.read import read_study
from tests.toy_study import GOOD_STUDY, write_toy_study


def write_study(folder: Path, analysis: str = "", *, way: str = "", node: str = "") -> Path:
    """The toy study: lines more in [analysis], tags more on the street of the second row and on the crossings."""
    folder.mkdir(exist_ok=True)
    study = write_toy_study(folder, study=GOOD_STUDY.replace("[analysis]", f"[analysis]\n{analysis}"))
    osm = folder / "streets.osm"
    text = osm.read_text(encoding="utf-8")
    before, after = text.split("<way id='2'>")
    text = f"{before}<way id='2'>{after.replace('</way>', way + '</way>', 1)}"
    lines = [
        line.replace("/>", f">{node}</node>") if node and line.startswith("<node ") else line
        for line in text.split("\n")
    ]
    osm.write_text("\n".join(lines), encoding="utf-8")
    return study


def streets_of(study_file: Path, cache_folder: Path | None = None) -> StudyStreets:
    study = read_study(study_file)
    return read_study_streets(study, read_areas(study), cache_folder=cache_folder)


MARKET = "<tag k='motor_vehicle:conditional' v='no @ (Fr 08:00-13:00)'/>"


def test_a_market_street_is_shut_to_cars_in_the_morning_and_open_in_the_afternoon(tmp_path: Path) -> None:
    by_hour = {}
    for hour in ("10:00", "15:00"):
        study = write_study(tmp_path / hour[:2], f'reference_hour = "{hour}"', way=MARKET)
        by_hour[hour] = streets_of(study, tmp_path / "cache")
    shut = {hour: (streets.table["motor_vehicle"] == "no").sum() for hour, streets in by_hour.items()}
    assert shut == {"10:00": 5, "15:00": 0}
    assert by_hour["10:00"].key != by_hour["15:00"].key
    assert "5 tronçons changés" in " ".join(by_hour["10:00"].notices)


def test_streets_without_conditions_share_one_key_at_all_hours(tmp_path: Path) -> None:
    keys = set()
    for hour in ("10:00", "15:00"):
        study = write_study(tmp_path / hour[:2], f'reference_hour = "{hour}"')
        keys.add(streets_of(study, tmp_path / "cache").key)
    assert len(keys) == 1


def covered(results: Results, mode: str) -> float:
    total = results.coverage.query(
        "scenario == 'tous' and rule == 'any' and public == 'all' and area_id == 'total' and threshold_min == 5"
    )
    return float(total.set_index("mode").loc[mode, "population_covered"])


@pytest.mark.slow
def test_signals_count_where_the_study_asks_and_its_labels_say_so(tmp_path: Path) -> None:
    lights = "<tag k='highway' v='traffic_signals'/>"
    without = run_study(read_study(write_study(tmp_path / "a", node=lights)))
    waiting = run_study(read_study(write_study(tmp_path / "b", "signals = true", node=lights)))
    assert covered(waiting, "walk") < covered(without, "walk")
    assert covered(waiting, "car") == covered(without, "car")
    assert waiting.modes["walk"].label == "À pied (adulte), avec attente aux feux"
    assert without.modes["walk"].label == "À pied (adulte)"


def test_a_car_study_says_the_conditions_that_it_could_not_read(tmp_path: Path) -> None:
    wet = "<tag k='maxspeed:conditional' v='30 @ wet'/>"
    results = run_study(read_study(write_study(tmp_path / "a", way=wet)))
    assert "5 dont une condition n'est pas une heure" in " ".join(notices_table(results)["detail"])


@pytest.mark.parametrize("hour", ["25:00", "9:00", "midi", ""])
def test_an_hour_that_is_none_is_refused(tmp_path: Path, hour: str) -> None:
    with pytest.raises(Exception, match="reference_hour"):
        read_study(write_study(tmp_path / "a", f'reference_hour = "{hour}"'))
