"""A catalogue of studies that must be refused: the toy study with one thing wrong, by the name of what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import geopandas as gpd
import shapely

from tests.conftest import ROOT
from tests.toy_study import GOOD_STUDY, write_toy_study

FIXTURES = ROOT / "tests" / "fixtures"

CALENDAR = """
[calendar]
file = "halts.csv"
first_day = 2025-02-03
last_day = 2025-02-09
assumed_hours = "Mo-Fr 09:00-12:00"
moments = [2025-02-04T10:00:00]
"""
VISITS = "unit,stop,lon,lat,date,start,end\nBus,Place,2.251,48.822,2025-02-04,10:00,12:00\n"

Spoil = Callable[[Path], None]


def write_whole_study(folder: Path) -> Path:
    """The toy study with hours, a calendar and its halts: all that a run reads. It is a good one."""
    file = write_toy_study(folder, study=GOOD_STUDY + CALENDAR)
    (folder / "halts.csv").write_text(VISITS, encoding="utf-8")
    services = (folder / "services.csv").read_text(encoding="utf-8").splitlines()
    hours = ["opening_hours", "Mo-Fr 09:00-12:00", "", "Sa 10:00-12:00"]
    dates = ["valid_from", "2020-01-01", "", ""]
    rows = [",".join(row) for row in zip(services, hours, dates, strict=True)]
    (folder / "services.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file


def replacing(name: str, old: str, new: str) -> Spoil:
    """One text of a file for another."""

    def spoil(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def using(key: str, fixture: str) -> Spoil:
    """A file of the fixtures for the one that a part of the study names."""
    own = {"areas": "areas.geojson", "services": "services.csv", "population": "people.csv", "streets": "streets.osm"}
    path = FIXTURES / {"streets": "streets", "calendar": "calendars"}.get(key, "tables") / fixture
    return replacing("study.toml", f'"{own.get(key, "halts.csv")}"', f'"{path.as_posix()}"')


def having(part: str) -> Spoil:
    """One more part at the end of the study."""
    return lambda folder: (folder / "study.toml").write_text(
        (folder / "study.toml").read_text(encoding="utf-8") + part, encoding="utf-8"
    )


def with_street_lengths(value: float) -> Spoil:
    """Streets of a GeoParquet file, all of that length."""

    def spoil(folder: Path) -> None:
        streets = gpd.GeoDataFrame(
            {"edge_id": ["a"], "from_node": [1], "to_node": [2], "length_m": [value], "highway": "path", "oneway": ""},
            geometry=[shapely.LineString([(2.25, 48.82), (2.251, 48.82)])],
            crs=4326,
        )
        streets.to_parquet(folder / "streets.parquet")
        replacing("study.toml", "streets.osm", "streets.parquet")(folder)

    return spoil


def changed(change: str) -> Spoil:
    """A third scenario, with one change."""
    return having(f'[[scenario]]\nname = "autre"\ntitle = "Autre"\nkinds = ["sst"]\n[[scenario.change]]\n{change}\n')


BAD_STUDIES: Mapping[str, Spoil] = MappingProxyType(
    {
        # what only a run refused, late
        "hours of a service": replacing("services.csv", "Mo-Fr 09:00-12:00", "lundi matin"),
        "hours of the sun": replacing("services.csv", "Mo-Fr 09:00-12:00", "sunrise-sunset"),
        "assumed hours": replacing("study.toml", '"Mo-Fr 09:00-12:00"', '"le matin"'),
        "moment outside the calendar": replacing("study.toml", "2025-02-04T10", "2025-03-04T10"),
        "every street closed": changed(
            'kind = "close_street"\npolygon = [[2.2, 48.8], [2.3, 48.8], [2.3, 48.9], [2.2, 48.9]]'
        ),
        # days that cannot be
        "calendar before bank holidays": replacing("study.toml", "first_day = 2025", "first_day = 1789"),
        "calendar in the year 9999": replacing("study.toml", "last_day = 2025", "last_day = 9999"),
        "calendar backwards": replacing("study.toml", "last_day = 2025", "last_day = 2024"),
        "number for a day": replacing("study.toml", "first_day = 2025-02-03", "first_day = 20250203"),
        "digits for a day": replacing("study.toml", "first_day = 2025-02-03", 'first_day = "20250203"'),
        "day with a tail": replacing("services.csv", "2020-01-01", "2020-01-011"),
        "day far off": replacing("services.csv", "2020-01-01", "9999-12-31"),
        "halt with a digit too many": replacing("halts.csv", "2025-02-04", "2025-02-041"),
        "halt at no time": replacing("halts.csv", "10:00", "25:00"),
        "halt in metres": replacing("halts.csv", "2.251,48.822", "645000,6860000"),
        "halt at 0, 0": replacing("halts.csv", "2.251,48.822", "0,0"),
        "halt swapped": replacing("halts.csv", "2.251,48.822", "48.822,2.251"),
        # words for numbers, and others
        "text for a threshold": replacing("study.toml", "threshold_min = 5", 'threshold_min = "5"'),
        "true for a threshold": replacing("study.toml", "threshold_min = 5", "threshold_min = true"),
        "1 for true": replacing("study.toml", "rescale = false", "rescale = 0"),
        "unknown key": replacing("study.toml", "reference_date", "reference_day"),
        "engagement called any": having(
            '[[commitment]]\nname = "any"\ntitle = "x"\nsource = "x"\n'
            '[[commitment.any_of]]\nkinds = ["sst"]\nmode = "walk"\nunder_min = 5\n'
        ),
        "mode that is a path": replacing("study.toml", '["walk", "car"]', '["walk", "../car"]'),
        # places
        "service at 0, 0": replacing("services.csv", "2.25,48.82", "0,0"),
        "service swapped": replacing("services.csv", "2.25,48.82", "48.82,2.25"),
        "service in metres": replacing("services.csv", "2.25,48.82", "645000,6860000"),
        "service in Marseille": replacing("services.csv", "2.25,48.82", "5.37,43.3"),
        "people at 0, 0": lambda folder: _people(folder, "0,0,10"),
        "people swapped": lambda folder: _people(folder, "48.8215,2.2525,10"),
        "people in metres": lambda folder: _people(folder, "645000,6860000,10"),
        "people in words": lambda folder: _people(folder, "2.2525,48.8215,12abc"),
        "infinitely many people": lambda folder: _people(folder, "2.2525,48.8215,1e999"),
        "a thousand or one": lambda folder: _people(folder, '2.2525,48.8215,"1,250"'),
        # identifiers
        "area called total": replacing("areas.geojson", '"01"', '"total"'),
        "area without id": replacing("areas.geojson", '"01"', '" "'),
        "services told apart by case": replacing("services.csv", "S2,", "s1,"),
        # streets
        "streets of negative length": with_street_lengths(-83.3),
        "streets without length": with_street_lengths(float("nan")),
        "streets of no length": with_street_lengths(0.0),
        "streets too short": with_street_lengths(0.07),
        # the fixtures
        **{
            f"fixture {name}": using("areas", name)
            for name in (
                "areas_duplicate_ids.geojson", "areas_no_crs.parquet", "areas_no_surface.geojson",
                "areas_of_lines.geojson", "areas_truncated.geojson",
            )
        },
        **{
            f"fixture {path.name}": using("services", path.name)
            for path in sorted((FIXTURES / "tables").glob("services_*"))
            if path.stem not in ("services_good", "services_french_spreadsheet", "services_without_coordinates")
        },
        **{
            f"fixture {name}": using("population", name)
            for name in (
                "people_empty.csv", "people_nan.csv", "people_negative.csv", "people_no_crs.parquet",
                "people_without_population_column.csv", "people_without_position.csv",
            )
        },
        **{
            f"fixture {path.name}": using("streets", path.name)
            for path in sorted((FIXTURES / "streets").iterdir())
            if path.suffix in (".osm", ".pbf", ".json", ".graphml", ".parquet", ".shp")
        },
        **{
            f"fixture {path.name}": using("calendar", path.name)
            for path in sorted((FIXTURES / "calendars").iterdir())
            if path.stem not in ("good", "french_spreadsheet", "one_place_after_the_other")
        },
    }
)  # fmt: skip
"""By name, what spoils a whole study (:func:`write_whole_study`) in its folder."""


def _people(folder: Path, row: str) -> None:
    file = folder / "people.csv"
    file.write_text(file.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
