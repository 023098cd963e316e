"""A whole study that cycles to the stop: who gains, what publics do, what every output says, what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

import access92
from access92.cli import app
from access92.errors import InputError
from access92.outputs.report.commitments import steps_so_far
from access92.outputs.report.method import transit_words
from access92.outputs.words.headlines import headline_lines
from access92.outputs.words.maps import mode_note
from access92.travel.time_grid import CELL_M
from tests.random_studies import write_random_study
from tests.run.test_transit import STUDY, TRANSIT, study_file, without_closure
from tests.run.test_transit_isochrones import drawn
from tests.toy_study import lon_lat

MODES = '"walk", "transit", "bike_transit", "car"'
QUICK = "bike_parking_min = 0.1\n"
RIDING = (11, 10, 14, 26, 28)
"""Seeds of random studies with a timetable."""
COMMITMENT = """
[[commitment]]
name = "par-tous"
title = "Tous les moyens"
source = "essai"
any_of = [
  { kinds = ["sst"], mode = "walk", under_min = 7 },
  { kinds = ["sst"], mode = "transit", under_min = 7 },
  { kinds = ["sst"], mode = "bike_transit", under_min = 7 },
]
"""


def bike_study(*, modes: str = MODES, transit: str = "", more: str = "") -> str:
    text = without_closure(STUDY).replace('"walk", "transit", "car"', modes)
    text = text.replace("thresholds_min = [2, 5, 7]", "thresholds_min = [2, 5, 7, 8]")
    return text + more + TRANSIT + transit


def run(folder: Path, *, people: tuple[tuple[float, float], ...] = (), **changes: str) -> access92.Results:
    file = study_file(folder, bike_study(**changes))
    if people:
        rows = [",".join(map(str, (*lon_lat(*place), 10))) for place in people]
        (folder / "people.csv").write_text("\n".join(["lon,lat,population", *rows]), encoding="utf-8")
    return access92.run_study(access92.read_study(file))


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> access92.Results:
    return run(tmp_path_factory.mktemp("bike"), transit=QUICK, more=COMMITMENT)


def minutes(results: access92.Results, mode: str) -> np.ndarray:
    return results.travel_times[mode].minutes


def plain(text: str) -> str:
    for found, written in (("\N{NO-BREAK SPACE}", " "), ("\N{NARROW NO-BREAK SPACE}", " "), ("\u2019", "'")):
        text = text.replace(found, written)
    return text


@pytest.mark.slow
def test_who_lives_two_blocks_from_the_stop_saves_what_a_bicycle_saves(tmp_path: Path) -> None:
    # two blocks of 100 m are 144 s on foot, 48 s by bicycle and 6 s to park; with a minute at the stop who walks leaves
    # 4 to 13 minutes before a bus, who cycles 2 to 11, and the ride is one minute: the fifth of ten times counts
    results = run(tmp_path, people=((5, 3),), transit=QUICK)
    at_service = list(results.services["service_id"]).index("S1")
    on_foot, by_bike = (minutes(results, mode)[at_service][0] for mode in ("transit", "bike_transit"))
    assert (on_foot, by_bike) == (pytest.approx(4 + 4 + 1), pytest.approx(2 + 4 + 1))
    slow = run(tmp_path, people=((5, 3),), transit="bike_parking_min = 5\n")
    assert minutes(slow, "bike_transit")[at_service][0] == minutes(slow, "transit")[at_service][0] == on_foot


def test_nobody_is_slower_by_bicycle_to_the_stop_and_the_bicycle_never_goes_all_the_way(
    results: access92.Results,
) -> None:
    walk, transit, bike_transit = (minutes(results, mode) for mode in ("walk", "transit", "bike_transit"))
    assert (bike_transit <= transit).all()
    assert (transit <= walk).all()
    assert (bike_transit < transit).any()
    # who lives at a service's door walks, whatever the bicycle would take
    np.testing.assert_array_equal((bike_transit == walk), (bike_transit >= walk))


def test_an_elder_cycles_as_everybody_and_walks_at_a_pace_of_his_own(results: access92.Results) -> None:
    ages = next(public for public in results.publics if public.name == "ages")
    assert ages.modes["bike_transit"] == "bike_transit_senior"
    senior = results.modes["bike_transit_senior"]
    assert (senior.speed_kmh, senior.access_mode) == (3.4, results.modes["bike_transit"].access_mode)
    assert (minutes(results, "bike_transit_senior") <= minutes(results, "transit_senior")).all()
    assert (minutes(results, "bike_transit_senior") >= minutes(results, "bike_transit")).all()
    rides = results.rides
    assert set(rides.loc[rides["public"] == "ages", "mode"]) == {"transit_senior", "bike_transit_senior"}
    assert set(rides.loc[rides["public"] == "all", "mode"]) == {"transit", "bike_transit"}


def test_who_wheels_or_pushes_a_stroller_rides_without_a_bicycle(tmp_path: Path) -> None:
    more = '[[public]]\nname = "roues"\ntitle = "Roues"\ncolumn = "population"\nwalk_mode = "walk_wheelchair"\n'
    file = study_file(tmp_path, bike_study(modes='"walk", "bike_transit"', more=more))
    results = access92.run_study(access92.read_study(file))
    wheels = next(public for public in results.publics if public.name == "roues")
    assert wheels.modes == {"walk": "walk_wheelchair", "bike_transit": "transit_wheelchair"}
    assert list(results.modes) == [
        "walk", "bike_transit", "walk_senior", "walk_wheelchair", "bike_transit_senior", "transit_wheelchair",
    ]  # fmt: skip


def test_isochrones_by_bicycle_to_the_stop_hold_those_of_who_walks_there(results: access92.Results) -> None:
    by_bike, on_foot = drawn(results, "sst", "bike_transit"), drawn(results, "sst", "transit")
    for threshold_min, area in by_bike.items():
        # half a cell of the drawing: between cells the line is straight, and bends where a time falls
        assert on_foot[threshold_min].difference(area.buffer(CELL_M["foot"] / 2)).area < 1
    # a block from the stop it is 8 minutes on foot and 7 by bicycle, as above
    assert by_bike[8.0].area > on_foot[8.0].area + 1000


@pytest.mark.slow
def test_a_speed_that_a_scenario_sets_for_the_bicycle_holds_on_the_way_to_the_stop(tmp_path: Path) -> None:
    slow = '[[scenario]]\nname = "lent"\ntitle = "Lent"\nbased_on = "sst"\n'
    slow += '[[scenario.change]]\nkind = "set_speed"\nmode = "bike"\nspeed_kmh = 8.0\n'
    results = run(tmp_path, modes='"walk", "transit", "bike", "bike_transit"', transit=QUICK, more=slow)
    before, after = (results.access(name, "bike_transit").travel_time_min for name in ("sst", "lent"))
    assert (after >= before).all()
    assert (after > before).any()
    unchanged = (results.access(name, "transit").travel_time_min for name in ("sst", "lent"))
    np.testing.assert_array_equal(*unchanged)


def test_every_figure_says_how_one_comes_to_the_stop(results: access92.Results) -> None:
    assert "vélo jusqu'à l'arrêt (0,1 min pour le garer) et marche compris" in plain(mode_note(results, "bike_transit"))
    assert "vélo" not in mode_note(results, "transit")
    told = plain(transit_words(results))
    assert "10 min au plus par les rues cyclables, 0,1 min pour garer le vélo comprise" in told
    assert "Un trajet tout à vélo n'en est pas un" in told
    assert any("Jusqu" in line or "À vélo jusqu" in line for line in headline_lines(results))
    (commitment,) = results.study.commitments
    assert steps_so_far(results, commitment)[1:] == (
        "avec les transports en commun", "avec le vélo jusqu'à l'arrêt",
    )  # fmt: skip
    shares = results.changes.commitments
    assert set(shares.loc[shares["public"] == "all", "mode"]) == {"walk", "transit", "bike_transit"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", RIDING)
def test_in_a_random_study_a_bicycle_delays_nobody_and_vehicles_neither(seed: int, tmp_path: Path) -> None:
    study = access92.read_study(write_random_study(tmp_path, seed))
    assert study.transit is not None
    modes = tuple(dict.fromkeys((*study.modes, "walk", "transit", "bike_transit")))
    results = access92.run_study(study.model_copy(update={"modes": modes, "sensitivity": None}))
    for scenario in results.scenarios:
        walk, transit, bike_transit = (
            np.nan_to_num(results.access(scenario.name, mode).travel_time_min, nan=np.inf)
            for mode in ("walk", "transit", "bike_transit")
        )
        assert (bike_transit <= transit).all()
        assert (transit <= walk).all()
    rides = results.rides.set_index(["scenario", "public", "area_id", "mode"])
    for figure in ("population_riding", "population_covered_p25", "population_covered", "population_covered_p75"):
        on_foot, by_bike = (rides[figure].xs(mode, level="mode") for mode in ("transit", "bike_transit"))
        assert (by_bike >= on_foot).all()


@pytest.mark.parametrize(
    ("modes", "transit", "what"),
    [
        (MODES, "bike_parking_min = -1\n", "bike_parking_min"),
        (MODES, "max_bike_access_min = 0\n", "max_bike_access_min"),
        (MODES, "bike_parking_min = 5\nmax_bike_access_min = 5\n", "plus grand que ce stationnement"),
        ('"walk", "transit", "car"', "bike_parking_min = 2\n", "aucun mode de l'étude ne vient à l'arrêt à vélo"),
        ('"walk", "transit", "car"', "max_bike_access_min = 9\n", "aucun mode de l'étude ne vient à l'arrêt à vélo"),
        (MODES, "[mode_settings.bike_transit]\nparking_min = 2\n", "bike_parking_min, dans [transit]"),
        (MODES, "[mode_settings.bike]\nspeed_kmh = 99\n", "speed_kmh"),
    ],
)  # fmt: skip
def test_what_no_bicycle_can_do_is_refused_by_check(modes: str, transit: str, what: str, tmp_path: Path) -> None:
    file = study_file(tmp_path, bike_study(modes=modes, transit=transit))
    done = CliRunner().invoke(app, ["check", str(file)])
    assert done.exit_code == 3 or isinstance(done.exception, InputError), done.output
    told = str(done.exception) if isinstance(done.exception, InputError) else done.output
    assert what in plain(told)


@pytest.mark.slow
def test_streets_without_one_for_bicycles_are_refused_by_check_as_by_run(tmp_path: Path) -> None:
    file = study_file(tmp_path, bike_study())
    streets = tmp_path / "streets.osm"
    on_foot_only = streets.read_text(encoding="utf-8").replace(
        "<tag k='highway'", "<tag k='bicycle' v='no'/><tag k='highway'"
    )
    streets.write_text(on_foot_only, encoding="utf-8")
    study = access92.read_study(file)
    for ask in (access92.check_study, access92.run_study):
        with pytest.raises(InputError, match="bike"):
            ask(study)
