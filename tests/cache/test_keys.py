"""The key of what is kept: every input, every module and every library that decides a value is in it."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from importlib import metadata
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyproj
import pytest
import shapely

from access92.cache import fingerprints as code
from access92.measures.sensitivity.cache import sensitivity_keys
from access92.network.modes import read_modes
from access92.sources import study_population, study_streets
from access92.sources.areas import read_areas
from access92.sources.streets.cache import street_cache_key
from access92.study.model import SensitivityOptions
from access92.study.read import read_study
from access92.travel.cache import grid_key, isochrones_key, network_key, times_key
from tests.measures.sensitivity.test_tables import scenario_grounds
from tests.toy_study import GOOD_STUDY, write_toy_study
from tests.toy_town import demand_at, services_at

MODES = read_modes()
WALK = MODES["walk"]
SQUARE = shapely.box(0, 0, 1, 1)
version, requires = cache(metadata.version), cache(metadata.requires)  # from the disk once, however often forgotten


@pytest.fixture
def _fresh() -> Iterator[None]:
    """Fingerprints that are computed anew, before and after the test."""
    forget()
    yield
    forget()


def forget() -> None:
    for cached in (
        code.code_fingerprint,
        code._distribution,
        code._required,
        code._version,
        code._imports,
        code._inside,
        code._outside,
        code._data_files,
        code._closure,
    ):
        cached.cache_clear()


def study_key(folder: Path, *, study: str = GOOD_STUDY, streets_key: str = "s", **areas: object) -> str:
    """The key of the people of the toy study."""
    read = read_study(write_toy_study(folder, study=study))
    return study_population._key(read, read_areas(read).assign(**areas), streets_key)


def demo_key(
    folder: Path, *, change: str = "", text: str = "x", crs: object = 2154, area: shapely.Geometry = SQUARE
) -> str:
    for name in ("grid", "seine", "bridges"):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    demo = (
        'demo = true\ndemo_grid_file = "grid.csv"\ndemo_seine_file = "seine.csv"\ndemo_bridges_file = "bridges.csv"\n'
    )
    start = GOOD_STUDY.index('file = "streets.osm"')
    end = GOOD_STUDY.index("[analysis]")
    study = write_toy_study(folder, study=GOOD_STUDY[:start] + demo + change + "\n" + GOOD_STUDY[end:])
    areas = gpd.GeoDataFrame({"area_id": ["a"]}, geometry=[area], crs=crs)
    return study_streets._demo_key(read_study(study), areas)


def streets_key(folder: Path) -> str:
    file = folder / "s.osm"
    file.write_bytes(b"<osm/>")
    return street_cache_key(file, extent=None, crs=pyproj.CRS(2154), graphml_direction="auto")


def times(**changes: object) -> str:
    values = {"streets_key": "s", "mode": WALK, "demand_key": "d", "cutoff_min": 60.0, "max_snap_m": 300.0, **changes}
    return times_key(values.pop("streets_key"), values.pop("mode"), values.pop("demand_key"), **values)


def isochrones(key: str = "t", thresholds_min: tuple[float, ...] = (5.0,), water: object = None) -> str:
    return isochrones_key(key, thresholds_min=thresholds_min, water=water)


def sensitivity(folder: Path, **changes: object) -> dict[str, str]:
    study = read_study(write_toy_study(folder, study=str(changes.get("study", GOOD_STUDY))))
    services = changes.get("services", services_at(a=(0, 0), b=(2, 0)))
    demand = changes.get("demand", demand_at((0.5, 0), (3, 0)))
    rows = changes.get("rows", {"now": [0, 1]})
    ground_changes = {name: changes[name] for name in ("mode", "streets_key", "cutoff_min") if name in changes}
    grounds = scenario_grounds(services, demand, rows, **ground_changes)
    return sensitivity_keys(study, changes.get("options", SensitivityOptions()), grounds, services)


KEYS: dict[str, Callable[[Path], object]] = {
    "streets": streets_key,
    "demonstration": demo_key,
    "people": study_key,
    "network": lambda _: network_key("s", WALK),
    "grid": lambda _: grid_key("s", WALK, None, off_street_m=300.0, link_radius_m=10.0),
    "times": lambda _: times(),
    "isochrones": lambda _: isochrones(),
    "sensitivity": sensitivity,
}
"""By what is kept, how its key is made with the usual inputs."""

OF_STREETS = {
    "study.schemas",
    "sources.streets.read",
    "sources.streets.osm",
    "sources.streets.graphml",
    "sources.streets.split",
}
OF_NETWORK = {"network.graph", "network.access_rules", "network.modes", "network.lines", "_space"}
OF_TIMES = {
    *OF_NETWORK,
    "travel.matrix",
    "travel.kernels",
    "network.snapping",
    "network.street_index",
    "travel.cached_times",
    "travel.router",
}
DECIDED_BY: dict[str, tuple[set[str], set[str]]] = {
    "streets": (OF_STREETS, {"osmium", "geopandas", "pyproj", "shapely", "pyarrow", "pyogrio", "networkx", "numpy"}),
    "demonstration": (
        {"study.schemas", "sources.demo.streets", "sources.demo.tags"},
        {"numpy", "scipy", "shapely", "geopandas"},
    ),
    "people": (
        {"sources.population.demand", "sources.population.residences", "study.schemas"},
        {"numpy", "pandas", "pyproj", "shapely"},
    ),
    "network": (OF_NETWORK, {"numpy", "scipy", "numba", "llvmlite", "shapely"}),
    "grid": ({*OF_NETWORK, "travel.time_grid", "_concurrency"}, {"numpy", "scipy", "numba", "shapely"}),
    "times": (OF_TIMES, {"numpy", "scipy", "numba", "llvmlite", "shapely"}),
    "isochrones": (
        {*OF_TIMES, "travel.isochrones", "travel.cached_isochrones", "travel.time_grid", "travel.contours"},
        {"numba", "shapely"},
    ),
    "sensitivity": (
        {*OF_TIMES, "measures.sensitivity.variants", "measures.sensitivity.allocation_draws"},
        {"pandas", "pyproj", "numba"},
    ),
}
"""Some of the modules and libraries that decide each: read off the code by a person, not derived by the code."""


def module_file(name: str) -> Path:
    """The file of a module, wherever the package keeps it now."""
    return code._modules()[f"access92.{name}"]


@pytest.mark.usefixtures("_fresh")
@pytest.mark.parametrize("kind", KEYS)
def test_a_changed_module_is_another_key(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = KEYS[kind](tmp_path)
    text = code._text
    for name in DECIDED_BY[kind][0]:
        file = module_file(name)
        monkeypatch.setattr(code, "_text", lambda path, at=file: text(path) + b"\n" * (path == at))
        code.code_fingerprint.cache_clear()
        assert KEYS[kind](tmp_path) != before, name
    monkeypatch.setattr(code, "_text", text)
    code.code_fingerprint.cache_clear()
    assert KEYS[kind](tmp_path) == before


@pytest.mark.usefixtures("_fresh")
@pytest.mark.parametrize("kind", KEYS)
def test_another_version_of_a_library_is_another_key(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = KEYS[kind](tmp_path)
    monkeypatch.setattr(metadata, "requires", requires)
    for name in DECIDED_BY[kind][1]:
        monkeypatch.setattr(metadata, "version", lambda asked, at=name: "0.0.1" if asked == at else version(asked))
        forget()
        assert KEYS[kind](tmp_path) != before, name
    monkeypatch.setattr(metadata, "version", version)
    for library, attribute in (("shapely", "geos_version_string"), ("pyproj", "proj_version_str")):
        if library in DECIDED_BY[kind][1]:
            with monkeypatch.context() as patch:  # the same release, built on another GEOS or PROJ
                patch.setattr(f"{library}.{attribute}", "0.0.1")
                forget()
                assert KEYS[kind](tmp_path) != before, attribute


def test_the_data_files_of_a_module_are_part_of_it() -> None:
    assert "modes.toml" in {path.name for path in code.code_files("access92.network.modes")}
    calibration = code.code_files("access92.sources.demo.calibration")
    assert "calibration.csv" in {path.name for path in calibration}


@pytest.mark.slow
def test_the_quick_walk_of_imports_sees_all_that_python_sees() -> None:
    for module, path in code._modules().items():
        package = module if path.name == "__init__.py" else module.rpartition(".")[0]
        seen = code._imports(module)
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert {(item.name, "") for item in node.names} <= seen, module
            elif isinstance(node, ast.ImportFrom):
                source = code._absolute("." * node.level + (node.module or ""), package)
                assert {(source, item.name) for item in node.names} <= seen, module


def test_relative_imports_are_followed() -> None:
    assert code._absolute(".streets", "access92.sources") == "access92.sources.streets"
    assert code._absolute("..errors", "access92.sources") == "access92.errors"
    assert code._absolute(".", "access92.sources") == "access92.sources"


@pytest.mark.usefixtures("_fresh")
def test_a_package_brings_what_it_runs_and_the_modules_of_the_names_that_are_asked_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert "access92.network" in code._closure("access92.network.street_index")  # Python runs it first
    assert "access92.network.modes" not in code._closure("access92.network.street_index")  # which it imports for others
    text, lines = code._text, module_file("network.lines")
    asked = b"from access92.network import read_modes\n"
    monkeypatch.setattr(code, "_text", lambda path: text(path) + asked * (path == lines))
    forget()
    assert "access92.network.modes" in code._closure("access92.network.street_index")


def test_a_module_that_is_not_there_has_no_fingerprint() -> None:
    with pytest.raises(ModuleNotFoundError, match=r"access92\.nowhere"):
        code.code_fingerprint("access92.nowhere")


@pytest.mark.usefixtures("_fresh")
def test_a_library_of_an_extra_that_is_not_installed_costs_no_list_of_all_libraries(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(code, "_by_module", lambda: pytest.fail("all libraries were listed"))
    assert code._distribution.__wrapped__("library_that_nobody_has") is None


def test_a_fingerprint_takes_no_time_worth_telling() -> None:
    code.library_versions("access92.sources.streets.read")  # what the system reads from the disk at first
    took = []
    for _ in range(3):
        forget()
        started = time.process_time()
        code.code_fingerprint("access92.travel.cached_isochrones")
        took.append(time.process_time() - started)
    assert min(took) < 0.2  # a quarter of that on a quiet machine


WATER = {"none": None, "here": SQUARE, "there": shapely.box(5, 5, 6, 6)}


@pytest.mark.parametrize(
    "make",
    [
        lambda water: grid_key("s", WALK, water, off_street_m=300.0, link_radius_m=10.0),
        lambda water: isochrones(water=water),
    ],
)
def test_other_water_is_another_grid_and_other_isochrones(make: Callable[[object], str]) -> None:
    assert len({make(water) for water in WATER.values()}) == len(WATER)


def test_another_limit_or_radius_of_the_links_is_another_grid() -> None:
    limits = [(300.0, 10.0), (150.0, 10.0), (300.0, 20.0)]
    assert len({grid_key("s", WALK, None, off_street_m=far, link_radius_m=radius) for far, radius in limits}) == 3


def test_other_streets_or_another_mode_is_another_network_and_grid() -> None:
    slower = replace(WALK, speed_kmh=4.0)
    parked = replace(MODES["car"], parking_min=9.0)
    for key in (
        network_key,
        lambda streets, mode: grid_key(streets, mode, None, off_street_m=300.0, link_radius_m=10.0),
    ):
        assert len({key("s", WALK), key("t", WALK), key("s", slower), key("s", MODES["car"])}) == 4
        # where one parks changes no way: it counts at the ends of a trip, whose times have a key of their own
        assert key("s", parked) == key("s", MODES["car"])


def test_anything_else_is_other_times_and_other_isochrones() -> None:
    changed = [
        {}, {"streets_key": "t"}, {"mode": replace(WALK, speed_kmh=4.0)}, {"mode": replace(WALK, parking_min=9.0)},
        {"demand_key": "e"}, {"cutoff_min": 61.0},
        {"max_snap_m": 299.0},
    ]  # fmt: skip
    assert len({times(**change) for change in changed}) == len(changed)
    assert len({isochrones(), isochrones("u"), isochrones(thresholds_min=(6.0,)), isochrones(thresholds_min=())}) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"streets_key": "t"},
        {"population": [10.0, 20.0]},  # the legal population
        {"area_id": ["01", "03"]},
        {"geometry": lambda table: table.geometry.buffer(1.0)},
        {"study": GOOD_STUDY.replace("rescale = false", "rescale = true")},
        {"study": GOOD_STUDY.replace("rescale = false\n", "")},
        {"study": GOOD_STUDY.replace('method = "points"', 'method = "grid"')},
    ],
    ids=lambda change: next(iter(change)),
)
def test_anything_else_is_other_people(change: dict[str, object], tmp_path: Path) -> None:
    assert study_key(tmp_path, **change) != study_key(tmp_path)
    assert study_key(tmp_path) == study_key(tmp_path)


def test_another_legal_population_is_other_people(tmp_path: Path) -> None:
    keys = {study_key(tmp_path, population=people) for people in ([10.0, 20.0], [10.0, 21.0], [20.0, 10.0])}
    assert len({*keys, study_key(tmp_path)}) == 4


def test_other_bytes_of_the_population_file_are_other_people(tmp_path: Path) -> None:
    study = read_study(write_toy_study(tmp_path))
    areas = read_areas(study)
    before = study_population._key(study, areas, "s")
    file = tmp_path / "people.csv"
    file.write_text(file.read_text("utf-8") + "\n", encoding="utf-8")
    assert study_population._key(study, areas, "s") != before


def test_anything_else_is_other_demonstration_streets(tmp_path: Path) -> None:
    keys = [
        demo_key(tmp_path), demo_key(tmp_path, change="demo_seed = 5"), demo_key(tmp_path, change="margin_m = 500"),
        demo_key(tmp_path, text="y"), demo_key(tmp_path, crs=3035), demo_key(tmp_path, area=shapely.box(0, 0, 1, 2)),
    ]  # fmt: skip
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("file", ["grid", "seine", "bridges"])
def test_each_file_of_the_demonstration_is_in_its_key(file: str, tmp_path: Path) -> None:
    before = demo_key(tmp_path)
    study = read_study(tmp_path / "study.toml")
    areas = gpd.GeoDataFrame({"area_id": ["a"]}, geometry=[SQUARE], crs=2154)
    (tmp_path / f"{file}.csv").write_text("z", encoding="utf-8")
    assert study_streets._demo_key(study, areas) != before


@pytest.mark.parametrize(
    "change",
    [
        {"options": SensitivityOptions(draws=7)},
        {"options": SensitivityOptions(seed=1)},
        {"study": GOOD_STUDY.replace("threshold_min = 5", "threshold_min = 10")},
        {"mode": replace(WALK, speed_kmh=4.0)},
        {"streets_key": "other"},
        {"cutoff_min": 50.0},
        {"rows": {"now": [0]}},
        {"services": services_at(a=(0, 0), b=(2.5, 0))},
        {"services": services_at(a=(0, 0), b=(2, 0)).assign(position_uncertainty_m=[np.nan, 50.0])},
        {"demand": demand_at((0.5, 0), (3, 0), population=7)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_anything_else_is_another_sensitivity(change: dict[str, object], tmp_path: Path) -> None:
    assert sensitivity(tmp_path, **change) != sensitivity(tmp_path)
    assert sensitivity(tmp_path) == sensitivity(tmp_path)


GRID_STUDY = GOOD_STUDY.replace('[population]\nmethod = "points"', '[population]\nmethod = "grid"')


@pytest.mark.parametrize("column", ["unit_id", "area_id"])
def test_who_shares_people_with_whom_is_another_sensitivity_where_they_were_spread(column: str, tmp_path: Path) -> None:
    demand = demand_at((0.5, 0), (3, 0)).assign(unit_id="u", area_id="x")
    spread = sensitivity(tmp_path, study=GRID_STUDY, demand=demand)
    assert spread != sensitivity(tmp_path, demand=demand)  # a population of points is spread over nothing
    assert spread != sensitivity(tmp_path, study=GRID_STUDY, demand=demand.assign(**{column: ["x", "y"]}))
