"""The harness of the benchmarks: turns, table, file; and one stage on a tiny town. No timing is judged."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from access92.errors import InputError
from access92.network.graph import build_network
from access92.network.modes import read_modes
from access92.travel.matrix import network_scratch, travel_time_matrix
from benchmarks.__main__ import STAGES, main
from benchmarks.c_kernel import CSearches, door_to_door, open_kernel
from benchmarks.growth import measure_size
from benchmarks.measures import (
    OURS,
    Contender,
    Options,
    Row,
    Section,
    at_most_times,
    largest_difference,
    race,
    spread_row,
    time_in_turn,
    under,
)
from benchmarks.osrm_engine import FOLDER_VARIABLE, find_package
from benchmarks.reporting import (
    COLUMNS,
    french_figure,
    join_sections,
    markdown_table,
    missed_bars,
    plain_table,
    read_sections,
    section_text,
)
from benchmarks.stage_engines import draw_on_streets, told_lengths
from benchmarks.stage_growth import draw_growth, fitted_exponent
from benchmarks.stage_kernel import along_streets, at_nodes, measure, search_all
from benchmarks.stage_run import seconds_by_step
from benchmarks.synthetic import make_grid_streets, scatter_points


def test_contenders_take_turns_after_a_call_that_does_not_count() -> None:
    called: list[str] = []
    runners = [Contender(name, lambda name=name: called.append(name)) for name in ("a", "b")]
    seconds, _ = time_in_turn(runners, repeats=2)
    assert called == ["a", "b"] * 3
    assert [len(values) for values in seconds] == [2, 2]


def test_a_contender_asked_once_is_called_once() -> None:
    called: list[str] = []
    seconds, _ = time_in_turn([Contender("slow", lambda: called.append("slow"), repeats=1)], repeats=5)
    assert (len(called), len(seconds[0])) == (1, 1)


def test_the_time_of_a_share_of_the_work_is_multiplied() -> None:
    whole, share = race("t", [Contender(OURS, lambda: None), Contender("x", lambda: None, scale=1e6)], repeats=3)
    assert share.median > 1000 * whole.median
    assert share.ratio == pytest.approx(share.median / whole.median)


def test_an_answer_is_compared_with_ours() -> None:
    rows = race(
        "t", [Contender(OURS, lambda: 3), Contender("x", lambda: 5, lambda ours, its: f"{its - ours:+d}")], repeats=1
    )
    assert [row.difference for row in rows] == ["", "+2"]


def test_a_row_keeps_median_least_and_interquartile_range() -> None:
    row = spread_row("t", "x", np.array([1.0, 2.0, 3.0, 4.0, 100.0]), unit="s")
    assert (row.median, row.least, row.iqr, row.repeats) == (3.0, 1.0, 2.0, 5)


def test_a_bar_is_judged_on_the_median() -> None:
    assert under(10, words="")[1](Row("t", "x", 9.9), Row("t", "x", 9.9))
    assert not under(10, words="")[1](Row("t", "x", 10.0), Row("t", "x", 10.0))


def test_the_bar_of_the_yardstick_is_judged_on_our_row() -> None:
    words, keeps = at_most_times(1.5)
    assert words == "access92 ≤ 1,5 × ce temps"
    assert keeps(Row("t", "C", 2.0), Row("t", OURS, 3.0))
    assert not keeps(Row("t", "C", 2.0), Row("t", OURS, 3.1))


def test_places_that_only_one_reaches_are_told() -> None:
    told = largest_difference(np.array([1.0, np.nan, 2.0]), np.array([1.5, 1.0, np.nan]), unit="s")
    assert told == "écart max 0,5 s ; 2 points atteints par un seul"


def test_figures_have_three_digits_and_a_decimal_comma() -> None:
    assert [french_figure(value) for value in (0.0, 0.5, 2.0, 31.26, 12345.6)] == ["0", "0,5", "2,00", "31,3", "12 346"]


ROWS = [
    Row("tâche", OURS, 2.0, "ms", 1.0, 0.5, 5),
    Row("tâche", "C", 1.0, "ms", 1.0, 0.0, 5, ratio=0.5, difference="identique", bar="≤ 1,5 ×", kept=False),
]


def test_the_plain_table_tells_a_task_once_and_aligns_its_columns() -> None:
    head, first, second = plain_table(ROWS).splitlines()
    assert first.startswith("tâche")
    assert second.startswith(" ")
    assert head.index("Qui") == first.index(OURS) == second.index("C")


def test_the_markdown_table_has_a_cell_for_each_column() -> None:
    lines = markdown_table(ROWS).splitlines()
    assert {line.count("|") for line in lines} == {len(COLUMNS) + 1}
    assert "**≤ 1,5 × : NON TENUE**" in lines[-1]


def test_bars_that_are_not_kept_are_listed() -> None:
    assert missed_bars(ROWS) == ["tâche (C) : 1,00 ms, barre « ≤ 1,5 × »"]


def test_a_stage_measured_again_replaces_its_section_only(tmp_path: Path) -> None:
    old = {name: section_text(Section(name, ROWS), conditions="hier", folder=tmp_path) for name in ("kernel", "demand")}
    text = join_sections("# Titre", old, order=list(STAGES))
    again = read_sections(text) | {"demand": "## demand\n\naujourd'hui\n"}
    joined = join_sections("# Titre", again, order=list(STAGES))
    assert read_sections(joined)["kernel"] == old["kernel"]
    assert joined.count("hier") == 1
    assert joined.index("## kernel") < joined.index("## demand")


def test_images_are_linked_from_the_folder_of_the_results(tmp_path: Path) -> None:
    section = Section("s", ROWS, images={"courbe": tmp_path / "docs" / "images" / "x.png"})
    text = section_text(section, conditions="", folder=tmp_path / "benchmarks")
    assert "![courbe](../docs/images/x.png)" in text


def test_the_list_names_every_stage(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(STAGES)


def test_the_steps_of_a_run_add_up_to_its_total() -> None:
    log = (
        "2026-01-01 12:00:02,000 Rues\n"
        "2026-01-01 12:00:03,000 Cartes\n"
        "2026-01-01 12:00:05,000 À pied : 3 calculés, 0 repris du cache\n"
    )
    steps = seconds_by_step(log, dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC), 6.0)
    assert steps == {"démarrage": 2.0, "Rues": 1.0, "Cartes": 3.0}


def test_a_made_up_town_is_the_same_each_time_and_is_one_network() -> None:
    streets, again = make_grid_streets(400), make_grid_streets(400)
    assert streets.equals(again)
    network = build_network(streets, read_modes()["walk"])
    assert network.node_count > 380
    assert len(scatter_points(streets, 7)) == 7


def test_the_c_program_finds_our_times() -> None:
    kernel, _ = open_kernel()
    if kernel is None:
        pytest.skip("no C compiler on this machine")
    network = build_network(make_grid_streets(400), read_modes()["walk"])
    limit_ms = 5 * 60_000
    scratch = network_scratch(network, limit_ms=limit_ms)
    nodes = np.array([0, 57, 200], dtype=np.int32)
    searches = CSearches(kernel, network, limit_ms=limit_ms, width_ms=scratch.width_ms, threads=2)
    targets = np.arange(network.node_count, dtype=np.int32)
    reached, times = searches.each_source(nodes, np.zeros(3, dtype=np.int32), targets)
    searches.close()
    places = at_nodes(network, nodes), at_nodes(network, targets)
    minutes = travel_time_matrix(network, *places, cutoff_min=5)
    assert times is not None
    assert reached == search_all(network, nodes, limit_ms, scratch) == int(np.isfinite(minutes).sum())
    assert np.array_equal(
        np.where(times > limit_ms, np.nan, times / 60_000).astype(np.float32), minutes, equal_nan=True
    )


@pytest.mark.parametrize("name", ["walk", "car"])
def test_the_c_program_finds_our_minutes_from_door_to_door_to_the_bit(name: str) -> None:
    kernel, _ = open_kernel()
    if kernel is None:
        pytest.skip("no C compiler on this machine")
    network = build_network(make_grid_streets(400), read_modes()[name])
    services, doors = along_streets(network, 9), along_streets(network, 700, seed=3)
    doors.street[:9] = services.street  # some live on the street of a service
    minutes = travel_time_matrix(network, services, doors, cutoff_min=12)
    width_ms = network_scratch(network, limit_ms=1).width_ms
    its = door_to_door(kernel, network, services, doors, limit_ms=12 * 60_000, width_ms=width_ms, threads=2)
    assert 0 < np.isfinite(minutes).sum() < minutes.size
    assert np.array_equal(minutes, its, equal_nan=True)


def test_a_tiny_kernel_stage_gives_rows_whose_answers_agree(tmp_path: Path) -> None:
    section = measure(Options(folder=tmp_path, quick=True, node_counts=(400,), repeats=1))
    told = {row.who: row.difference for row in section.rows if row.task.startswith("50 sources")}
    assert told["scipy"] == "identique"
    assert all(row.ratio is None or row.ratio > 0 for row in section.rows)
    assert markdown_table(section.rows).count("\n") == len(section.rows) + 1


def test_the_exponent_of_a_square_law_is_two() -> None:
    sizes = np.array([10.0, 100.0, 1000.0])
    assert fitted_exponent(sizes, 5 * sizes**2) == pytest.approx(2.0)


@pytest.mark.slow
def test_growth_is_drawn_from_the_answers_of_a_tiny_town(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is optional: only the growth plot needs it")
    answer = measure_size(100, services=2, doors=20, repeats=1)
    answer["peak"] = 1.0
    larger = {key: 2 * value for key, value in answer.items()}
    found = {axis: {100: answer, 200: larger} for axis in ("nodes", "services", "doors")}
    assert draw_growth(found, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").stat().st_size > 1000


def test_lengths_of_another_engine_are_compared_where_both_find_a_short_way() -> None:
    ours = np.array([[1000.0, 2000.0, 9000.0], [500.0, np.nan, 100.0]])
    its = np.array([[1005.0, 2100.0, 8000.0], [500.0, 700.0, np.nan]])
    told = told_lengths(ours, its)
    assert told == "66,7 % des paires à moins de 1 % ; écart médian 0,50 % ; 2 paires trouvées par un seul"


def test_places_drawn_on_streets_lie_on_them() -> None:
    streets = make_grid_streets(100)
    places, row = draw_on_streets(streets, 20, seed=1)
    assert places.distance(streets.geometry.iloc[row].reset_index(drop=True)).max() < 1e-6
    assert places.equals(draw_on_streets(streets, 20, seed=1)[0])


def test_an_osrm_that_is_not_there_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(InputError, match="osrm-bindings"):
        find_package()
