"""Hostile inputs written by hand, one for each way that somebody thought of to make a reader fail."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq
import shapely

from tests.fuzz.corpus import GOOD_STUDY, ICS, Subject, subjects
from tests.fuzz.mutators import resealed
from tests.fuzz.runner import read

Case = Subject | Callable[[], object]
"""A folder of files, or a call that makes one and reads it."""

_MB = 1 << 20


@cache
def hostile_cases() -> Mapping[str, Case]:
    """Every hostile input by what it is; large contents are made when a case is called."""
    return {
        **_studies(),
        **_tables(),
        **_shapes(),
        **_places(),
        **_street_files(),
        **_calendars(),
        **_files(),
        **_runs(),
    }


def _of(name: str, content: bytes) -> Subject:
    return subjects()[name].with_target(content)


def _study(old: str = "", new: str = "", *, more: str = "", name: str = "study") -> Subject:
    text = subjects()[name].files["study.toml"].decode()
    if old not in text:
        raise ValueError(old)
    return replace(subjects()[name], target="study.toml").with_target((text.replace(old, new, 1) + more).encode())


def _late(make: Callable[[], Subject]) -> Callable[[], object]:
    """A case whose content is large: made in the child that reads it."""

    def call() -> None:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
            subject = make()
            for path, content in subject.files.items():
                file = Path(name) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
            read(subject, Path(name))

    return call


def _studies() -> dict[str, Case]:
    chain = "".join(
        f'[[scenario]]\nname = "c{i}"\ntitle = "x"\nbased_on = "{f"c{i + 1}" if i < 1500 else "tous"}"\n'
        for i in range(1501)
    )
    speed = 'mode = "walk"\nspeed_kmh = 4.0'
    polygon = "polygon = [[2.2510, 48.8195], [2.2520, 48.8195], [2.2520, 48.8205]]"
    numbers = {
        f"study: {key} = {value[:12]}": _study(more=f"\n{line}", name=subject)
        if not old
        else _study(old, line, name=subject)
        for value in ("inf", "nan", "1e308", "-inf", "1e-300", "1" + "0" * 30)
        for key, old, line, subject in (
            ("streets.margin_m", 'file = "streets.osm"', f'file = "streets.osm"\nmargin_m = {value}', "study"),
            ("analysis.max_snap_m", "[analysis]", f"[analysis]\nmax_snap_m = {value}", "study"),
            ("analysis.threshold_min", "threshold_min = 5", f"threshold_min = {value}", "study"),
            ("analysis.cutoff_min", "cutoff_min = 60", f"cutoff_min = {value}", "study"),
            ("map.candidates_m", "candidates_m = 200", f"candidates_m = {value}", "study"),
            ("sensitivity.threshold_min", "draws = 2", f"threshold_min = {value}", "study"),
            ("sensitivity.max_snap_m", "draws = 2", f"draws = 2\nmax_snap_m = [{value}]", "study"),
            ("sensitivity.seed", "draws = 2", f"draws = 2\nseed = {value}", "study"),
            ("set_speed", speed, f'mode = "walk"\nspeed_kmh = {value}', "study"),
            ("mode_settings", "speed_kmh = 4.8", f"speed_kmh = {value}", "study"),
            ("population.cell_m", "cell_m = 200", f"cell_m = {value}", "grid.csv"),
            ("streets.demo_seed", "demo = true", f"demo = true\ndemo_seed = {value}", "demo seine.csv"),
            ("streets.margin_m of demo", "margin_m = 300", f"margin_m = {value}", "demo seine.csv"),
            ("calendar.minimal_visit_min", "[calendar]", f"[calendar]\nminimal_visit_min = {value}", "study"),
        )
    }
    return {
        **numbers,
        "study: an integer of 5,000 digits": _study("draws = 2", f"draws = {'9' * 5000}"),
        "study: arrays 100,000 deep": _of("study", b"x = " + b"[" * 100_000),
        "study: arrays 2,000 deep, closed": _of("study", b"x = " + b"[" * 2000 + b"]" * 2000),
        "study: inline tables 50,000 deep": _of("study", b"x = " + b"{a = " * 50_000),
        "study: dotted key 20,000 deep": _study(more="\n[mode_settings.x]\n" + ".".join(["a"] * 20_000) + " = 1\n"),
        "study: table header 5,000 deep": _study(more="\n[" + ".".join(["a"] * 5000) + "]\n"),
        "study: based_on chain of 1,500": replace(_study(more=chain), action="check"),  # good
        "study: based_on itself": _study('based_on = "tous"', 'based_on = "change"'),
        "study: dates in 9999": _study("first_day = 2025-02-03\nlast_day = 2025-02-16", "first_day = 9999-12-30\nlast_day = 9999-12-31"),
        "study: dates in year 1": _study("first_day = 2025-02-03\nlast_day = 2025-02-16", "first_day = 0001-01-01\nlast_day = 0001-01-02"),
        "study: last day in 9999": _study("last_day = 2025-02-16", "last_day = 9999-12-31"),
        "study: calendar of 100 years": _study("last_day = 2025-02-16", "last_day = 2125-02-16"),
        "study: moment in 9999": _study("moments = [2025-02-04T10:00:00]", "moments = [9999-12-31T23:59:59]"),
        "study: moment with a zone": _study("moments = [2025-02-04T10:00:00]", "moments = [0001-01-01T00:00:00+14:00]"),
        "study: 20,000 moments": _study("moments = [2025-02-04T10:00:00]", f"moments = [{'2025-02-04T10:00:00, ' * 20_000}]"),
        "study: reference date in 9999": _study("reference_date = 2024-10-18", "reference_date = 9999-12-31"),
        "study: reference date in year 1": _study("reference_date = 2024-10-18", "reference_date = 0001-01-01"),
        "study: title of 1 MB": _study('title = "Essai"', f'title = "{"x" * _MB}"'),
        "study: name of 1 MB": _study('name = "essai"', f'name = "{"x" * _MB}"'),
        "study: unknown key of 1 MB": _study(more=f'\n[{"k" * _MB}]\n'),
        "study: 100,000 unknown keys": _study(more="\n[x]\n" + "\n".join(f"k{i} = {i}" for i in range(100_000))),
        "study: 50,000 wrong thresholds": _study("thresholds_min = [2, 5, 10]", f"thresholds_min = [{'-1, ' * 50_000}5]"),
        "study: 20,000 thresholds": _study("thresholds_min = [2, 5, 10]", f"thresholds_min = [{', '.join(str(i / 1000 + 1) for i in range(20_000))}]"),
        "study: NUL in a path": _study('file = "services.csv"', 'file = "ser\\u0000vices.csv"'),
        "study: NUL in the path of streets": _study('file = "streets.osm"', 'file = "a\\u0000.osm"'),
        "study: NUL in the path of a calendar": _study('file = "halts.csv"', 'file = "a\\u0000.csv"'),
        "study: NUL in the path of a demo file": _study('"seine.csv"', '"a\\u0000.csv"', name="demo seine.csv"),
        "study: path of 5,000 characters": _study('file = "services.csv"', f'file = "{"a" * 5000}.csv"'),
        "study: path of 5,000 characters, streets": _study('file = "streets.osm"', f'file = "{"a" * 5000}.osm"'),
        "study: path of 5,000 characters, calendar": _study('file = "halts.csv"', f'file = "{"a" * 5000}.ics"'),
        "study: path of 5,000 characters, population": _study('file = "people.csv"', f'file = "{"a" * 5000}.csv"'),
        "study: path of 5,000 characters, demo": _study('"seine.csv"', f'"{"a" * 5000}.csv"', name="demo seine.csv"),
        "study: 5,000 folders in a path": _study('file = "services.csv"', f'file = "{"a/" * 5000}.csv"'),
        "study: a path that is a folder": _study('file = "services.csv"', 'file = "."'),
        "study: a path that never ends": _study('file = "services.csv"', 'file = "/dev/zero"'),
        "study: NUL in a column": _study('file = "areas.geojson"', 'file = "areas.geojson"\nid_column = "\\u0000"'),
        "study: a column named geometry": _study('file = "areas.geojson"', 'file = "areas.geojson"\nid_column = "geometry"'),
        "study: set_speed of 5e-324 km/h": _study(speed, 'mode = "walk"\nspeed_kmh = 5e-324'),
        "study: set_speed of 1e-6 km/h": _study(speed, 'mode = "walk"\nspeed_kmh = 1e-6'),
        "study: closing every street": _study(polygon, "polygon = [[2.0, 48.0], [3.0, 48.0], [3.0, 49.0], [2.0, 49.0]]"),
        "study: closing polygon of NaN": _study(polygon, "polygon = [[nan, 48.0], [3.0, 48.0], [3.0, 49.0]]"),
        "study: closing polygon of one point": _study(polygon, "polygon = [[2.25, 48.82], [2.25, 48.82], [2.25, 48.82]]"),
        "study: closing polygon of two points": _study(polygon, "polygon = [[2.25, 48.82], [2.26, 48.82]]"),
        "study: closing polygon at the pole": _study(polygon, "polygon = [[0.0, 90.0], [120.0, 90.0], [-120.0, 89.9]]"),
        "study: closing polygon round the world": _study(polygon, "polygon = [[-180, -90], [180, -90], [180, 90], [-180, 90]]"),
        "study: closing polygon of 100,000 points": _study(polygon, f"polygon = [{'[2.251, 48.8195], [2.252, 48.8205], ' * 50_000}]"),
        "study: service at the pole": _study("lon = 2.2530\nlat = 48.8220", "lon = 0.0\nlat = 90.0"),
        "study: service at NaN": _study("lon = 2.2530\nlat = 48.8220", "lon = nan\nlat = nan"),
        "study: grid_crs that stretches": _study("cell_m = 200", 'cell_m = 200\ngrid_crs = "EPSG:4326"', name="grid.csv"),
        "study: grid_crs that projects nothing": _study("cell_m = 200", 'cell_m = 200\ngrid_crs = "+proj=ortho +lat_0=-50 +lon_0=180"', name="grid.csv"),
        "study: grid_crs vertical": _study("cell_m = 200", 'cell_m = 200\ngrid_crs = "EPSG:5773"', name="grid.csv"),
        "study: grid_crs with a NUL": _study("cell_m = 200", 'cell_m = 200\ngrid_crs = "EPSG\\u0000"', name="grid.csv"),
        "study: grid_crs of 1 MB": _study("cell_m = 200", f'cell_m = 200\ngrid_crs = "{"x" * _MB}"', name="grid.csv"),
        "study: assumed hours of 1 MB": _study('"Mo-Fr 09:00-17:00"', f'"{"Mo 09:00-10:00; " * (_MB // 16)}off"'),
        "study: not UTF-8": _of("study", b"\xff\xfe\x00"),
        "study: empty": _of("study", b""),
        "study: a NUL": _of("study", b"\x00"),
        "study: a lone surrogate": _study('title = "Essai"', 'title = "\\uD800"'),
        "study: an escape of the terminal": _study('kinds = ["sst"]', 'kinds = ["\\u001b[31msst"]'),
        "study: 30 MB of comments": _late(lambda: _study(more="\n#" + "x" * (30 * _MB))),
    }  # fmt: skip


def _csv(name: str, text: str) -> Subject:
    return _of(name, text.encode())


def _tables() -> dict[str, Case]:
    head = "service_id,kind,name,lon,lat"
    hours = f"{head},opening_hours,valid_from,valid_to\nS1,sst,S,2.25,48.82,{{}},{{}},{{}}\n"

    def with_hours(text: str, valid_from: str = "", valid_to: str = "") -> Subject:
        files = subjects()["study"].files
        return replace(
            subjects()["study"],
            files={**files, "services.csv": hours.format(text, valid_from, valid_to).encode()},
            target="services.csv",
        )

    def every(name: str, line: str, count: int = 50) -> Subject:
        return _csv(name, f"lon,lat,population\n{line * count}")

    return {
        "csv: a million columns": _late(lambda: _csv("services.csv", ",".join(f"c{i}" for i in range(1_000_000)) + "\n1\n")),
        "csv: a million commas": _late(lambda: _csv("people.csv", "lon,lat,population" + "," * 1_000_000 + "\n")),
        "csv: a million commas, demo": _late(lambda: _csv("demo seine.csv", "seq,lon,lat" + "," * 1_000_000 + "\n0,2,48\n")),
        "csv: one line of 100 MB": _late(lambda: _csv("services.csv", "x" * (100 * _MB))),
        "csv: a cell of 100 MB": _late(lambda: _csv("services.csv", f"{head}\nS1,sst,{'x' * (100 * _MB)},2.25,48.82\n")),
        "csv: a bad cell of 10 MB": _late(lambda: _csv("people.csv", f"lon,lat,population\n2.25,48.82,{'x' * (10 * _MB)}\n")),
        "csv: a bad kind of 10 MB": _late(lambda: _csv("services.csv", f"{head}\nS1,{'x' * (10 * _MB)},S,2.25,48.82\n")),
        "csv: 20,000 unknown kinds": _csv("services.csv", head + "\n" + "".join(f"S{i},k{i},S,2.25,48.82\n" for i in range(20_000))),
        "csv: 100 MB of blank lines": _late(lambda: _csv("people.csv", "lon,lat,population\n" + "\n" * (100 * _MB) + "2.25,48.82,5\n")),
        "csv: duplicate columns": _csv("services.csv", f"{head},lon\nS1,sst,S,2.25,48.82,2.26\n"),
        "csv: duplicate columns once trimmed": _csv("services.csv", f"{head}, lon\nS1,sst,S,2.25,48.82,2.26\n"),
        "csv: duplicate columns of people": _csv("people.csv", "lon,lat,population, population\n2.25,48.82,1,2\n"),
        "csv: duplicate columns of legal": _csv("legal.csv", "insee,insee ,population\n01,01,3\n02,02,3\n"),
        "csv: duplicate columns of halts": _csv("halts.csv", "unit,stop,lon,lat,date,start,end,unit \nA,B,2.25,48.82,2025-02-04,10:00,11:00,C\n"),
        "csv: a column named geometry": _csv("services.csv", f"{head},geometry\nS1,sst,S,2.25,48.82,x\n"),
        "csv: columns lon and LON": _csv("services.csv", f"{head},LON\nS1,sst,S,2.25,48.82,3\n"),
        "csv: UTF-16": _of("services.csv", f"{head}\nS1,sst,S,2.25,48.82\n".encode("utf-16")),
        "csv: only a BOM": _of("services.csv", b"\xef\xbb\xbf"),
        "csv: only NULs": _of("services.csv", b"\x00" * 1000),
        "csv: NUL in a cell": _csv("services.csv", f"{head}\nS1,sst,a\x00b,2.25,48.82\n"),
        "csv: NUL in an id": _csv("services.csv", f"{head}\nS\x001,sst,a,2.25,48.82\n"),
        "csv: a quote that never ends": _csv("services.csv", f'{head}\nS1,sst,"{"x" * 10000}'),
        "csv: people of 1e300": every("people.csv", "2.2510,48.8210,1e300\n"),
        "csv: people of 1e308, summed beyond": every("people.csv", "2.2510,48.8210,1e308\n"),
        "csv: people of 1e18": every("people.csv", "2.2510,48.8210,1e18\n"),
        "csv: people of 1e-300": every("people.csv", "2.2510,48.8210,1e-300\n"),
        "csv: people of NaN": every("people.csv", "2.2510,48.8210,NaN\n"),
        "csv: people of minus zero": every("people.csv", "2.2510,48.8210,-0\n"),
        "csv: people at a pole": every("people.csv", "0,90,5\n"),
        "csv: people at 1e308": every("people.csv", "1e308,1e308,5\n"),
        "csv: people at infinity": every("people.csv", "inf,inf,5\n"),
        "csv: people in a million degrees": every("people.csv", "1000000,1000000,5\n"),
        "csv: legal population of 1e300": _csv("legal.csv", "insee;name;population\n01;Ouest;1e300\n02;Est;900\n"),
        "csv: legal population of 1e18 on a grid": replace(
            _csv("grid.csv", subjects()["grid.csv"].files["grid.csv"].decode()),
            files={
                **subjects()["grid.csv"].files,
                "legal.csv": b"insee,population\n01,1e18\n02,3\n",
                "study.toml": subjects()["grid.csv"].files["study.toml"].replace(b"rescale = false", b"rescale = true")
                .replace(b'"areas.geojson"', b'"areas.geojson"\npopulation_file = "legal.csv"'),
            },
        ),
        "csv: grid corners of 1e300": _csv("grid.csv", "x_3035,y_3035,population,age_65_plus\n1e300,1e300,5,1\n0,0,5,1\n"),
        "csv: grid corners of 1e18": _csv("grid.csv", "x_3035,y_3035,population,age_65_plus\n1e18,1e18,5,1\n0,0,5,1\n"),
        "csv: grid corners blank": _csv("grid.csv", "x_3035,y_3035,population,age_65_plus\n,,5,1\n0,0,5,1\n"),
        "csv: service at a pole": _csv("services.csv", f"{head}\nS1,sst,S,0,90\n"),
        "csv: service at 1e308": _csv("services.csv", f"{head}\nS1,sst,S,1e308,1e308\n"),
        "csv: uncertainty of 1e308": _csv("services.csv", f"{head},position_uncertainty_m,position_basis\nS1,sst,S,2.25,48.82,1e308,approximate\n"),
        "csv: dates in 9999": with_hours("Mo-Su 09:00-17:00", "0001-01-01", "9999-12-31"),
        "csv: service valid from 9999": with_hours("Mo-Su 09:00-17:00", "9999-12-31", ""),
        "csv: hours of 100 kB": with_hours("; ".join(["Mo 09:00-10:00"] * 7000)),
        "csv: hours with years to 9999": with_hours("2000-9999 Mo-Su 00:00-24:00"),
        "csv: hours that overflow": with_hours("Mo-Su 09:00-99:00"),
        "csv: hours nested": with_hours("(" * 2000 + "sunrise" + ")" * 2000),
        "csv: hours week 99": with_hours("week 99 Mo-Fr 09:00-10:00"),
        "csv: hours Feb 31": with_hours("Feb 31 09:00-10:00"),
        "csv: hours every 0": with_hours("Jan 1-Dec 31/0 09:00-10:00"),
        "csv: hours of every minute": with_hours('"' + ",".join(f"{h:02}:{m:02}-{h:02}:{m + 1:02}" for h in range(24) for m in range(0, 58, 2)) + '"'),
        "csv: hours with NUL": with_hours("Mo\x00"),
        "csv: halts in 9999": _csv("halts.csv", "unit,stop,lon,lat,date,start,end\nA,B,2.25,48.82,9999-12-31,10:00,24:00\n"),
        "csv: halts in year 1": _csv("halts.csv", "unit,stop,lon,lat,date,start,end\nA,B,2.25,48.82,0001-01-01,00:00,24:00\n"),
        "csv: halts at a pole": _csv("halts.csv", "unit,stop,lon,lat,date,start,end\nA,B,0,90,2025-02-04,10:00,11:00\n"),
        "csv: 20,000 halts at once": _csv("halts.csv", "unit,stop,lon,lat,date,start,end\n" + "".join(
            f"A,B{i},{2.25 + i * 1e-7:.7f},48.82,2025-02-04,10:00,11:00\n" for i in range(20_000))),
        "csv: 20,000 halts of one place": _csv("halts.csv", "unit,stop,lon,lat,date,start,end\n" + "".join(
            f"A{i},B,2.2514,48.8209,2025-02-04,10:00,11:00\n" for i in range(20_000))),
        "csv: demo frame with text": _csv("demo seine.csv", "seq,lon,lat\na,b,c\nd,e,f\n"),
        "csv: Seine of one point twice": _csv("demo seine.csv", "seq,lon,lat\n0,2.25,48.82\n1,2.25,48.82\n"),
        "csv: Seine at a pole": _csv("demo seine.csv", "seq,lon,lat\n0,0,90\n1,10,90\n"),
        "csv: Seine of NaN": _csv("demo seine.csv", "seq,lon,lat\n0,,\n1,2.25,48.82\n"),
        "csv: Seine round the world": _csv("demo seine.csv", "seq,lon,lat\n0,-170,10\n1,170,60\n"),
        "csv: bridges elsewhere": _csv("demo bridges.csv", "name,lon,lat,modes\nPont,100,20,walk\n"),
        "csv: bridges of NaN": _csv("demo bridges.csv", "name,lon,lat,modes\nPont,,,walk\n"),
        "csv: bridges without modes": _csv("demo bridges.csv", "name,lon,lat,modes\nPont,2.2530,48.8224,\n"),
        "csv: demo grid of 1e300": _csv("demo frame_grid.csv", "x_3035,y_3035,population\n1e300,1e300,1e300\n"),
        "csv: demo grid of NaN": _csv("demo frame_grid.csv", "x_3035,y_3035,population\n,,\n3754000,2881000,5\n"),
        "csv: 5,000 bridges": _csv("demo bridges.csv", "name,lon,lat,modes\n" + "Pont,2.2530,48.8224,walk\n" * 5000),
    }  # fmt: skip


def _geojson(geometry: object, **more: object) -> bytes:
    features = [
        {"type": "Feature", "properties": {"insee": code, "name": code, **more}, "geometry": geometry}
        for code in ("01", "02")
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def _shapes() -> dict[str, Case]:
    square = [[2.24, 48.81], [2.27, 48.81], [2.27, 48.83], [2.24, 48.83], [2.24, 48.81]]
    deep = b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"insee": "01", "name": "x"}, "geometry": %s}]}'
    nested = b'{"type": "GeometryCollection", "geometries": [' * 5000 + b"]}" * 5000

    def areas(geometry: object, **more: object) -> Subject:
        return _of("areas.geojson", _geojson(geometry, **more))

    return {
        "geojson: polygon of two points": areas({"type": "Polygon", "coordinates": [[[2.25, 48.82], [2.26, 48.82]]]}),
        "geojson: polygon of no point": areas({"type": "Polygon", "coordinates": [[]]}),
        "geojson: polygon of numbers": areas({"type": "Polygon", "coordinates": [1, 2, 3]}),
        "geojson: polygon of text": areas({"type": "Polygon", "coordinates": "x"}),
        "geojson: polygon of NaN": areas({"type": "Polygon", "coordinates": [[*square[:2], [float("nan"), 48.83], square[4]]]}),
        "geojson: polygon of 1e308": areas({"type": "Polygon", "coordinates": [[*square[:2], [1e308, 1e308], square[4]]]}),
        "geojson: polygon of 1e300": areas({"type": "Polygon", "coordinates": [[*square[:2], [1e300, 48.83], square[4]]]}),
        "geojson: polygon of infinity": areas({"type": "Polygon", "coordinates": [[*square[:2], [float("inf"), 48.83], square[4]]]}),
        "geojson: polygon round the pole": areas({"type": "Polygon", "coordinates": [[[0, 89], [120, 89], [-120, 89], [0, 89]]]}),
        "geojson: polygon at the pole": areas({"type": "Polygon", "coordinates": [[[0, 90], [120, 90], [-120, 90], [0, 90]]]}),
        "geojson: the whole world": areas({"type": "Polygon", "coordinates": [[[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]]}),
        "geojson: half of Europe": areas({"type": "Polygon", "coordinates": [[[-5, 42], [20, 42], [20, 55], [-5, 55], [-5, 42]]]}),
        "geojson: metres": areas({"type": "Polygon", "coordinates": [[[640000, 6860000], [650000, 6860000], [650000, 6870000], [640000, 6860000]]]}),
        "geojson: a point": areas({"type": "Point", "coordinates": [2.25, 48.82]}),
        "geojson: a line": areas({"type": "LineString", "coordinates": square}),
        "geojson: a collection": areas({"type": "GeometryCollection", "geometries": [{"type": "Polygon", "coordinates": [square]}]}),
        "geojson: no geometry": areas(None),
        "geojson: a geometry that is a number": areas(3),
        "geojson: a geometry of an unknown type": areas({"type": "Cercle", "coordinates": [1, 2]}),
        "geojson: a number for a name": areas({"type": "Polygon", "coordinates": [square]}, name=1e308),
        "geojson: an area called total": areas({"type": "Polygon", "coordinates": [square]}, insee="total"),
        "geojson: an area called « total » with blanks": areas({"type": "Polygon", "coordinates": [square]}, insee=" total "),
        "geojson: a list for an id": areas({"type": "Polygon", "coordinates": [square]}, insee=[1, 2]),
        "geojson: an object for an id": areas({"type": "Polygon", "coordinates": [square]}, insee={"a": 1}),
        "geojson: no feature": _of("areas.geojson", b'{"type": "FeatureCollection", "features": []}'),
        "geojson: features that are no list": _of("areas.geojson", b'{"type": "FeatureCollection", "features": 3}'),
        "geojson: a list": _of("areas.geojson", b"[]"),
        "geojson: arrays 100,000 deep": _of("areas.geojson", b"[" * 100_000),
        "geojson: coordinates 100,000 deep": _of("areas.geojson", deep % (b'{"type": "Polygon", "coordinates": ' + b"[" * 100_000 + b"]" * 100_000 + b"}")),
        "geojson: collections 5,000 deep": _of("areas.geojson", deep % nested),
        "geojson: empty": _of("areas.geojson", b""),
        "geojson: a CRS that is not one": _of("areas.geojson", subjects()["areas.geojson"].files["areas.geojson"][:-1] + b', "crs": {"type": "name", "properties": {"name": "EPSG:999999"}}}'),
        "geojson: services of lines": _of("services.geojson", json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"service_id": "S", "kind": "sst", "name": "S"}, "geometry": {"type": "LineString", "coordinates": [[2.25, 48.82]]}}]}).encode()),
        "geojson: people at the pole": _of("points people.geojson", json.dumps({"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"population": 5}, "geometry": {"type": "Point", "coordinates": [0, 90]}}]}).encode()),
        "geoparquet: bytes for text": _of("services.parquet", _with_bytes("services.parquet", "name")),
        "geoparquet: bytes for an id": _of("services.parquet", _with_bytes("services.parquet", "service_id")),
        "geoparquet: bytes for an id of areas": _of("areas zones.parquet", _with_bytes("areas zones.parquet", "insee")),
        "geoparquet: geo is a list": _of("areas zones.parquet", _with_geo("areas zones.parquet", b"[]")),
        "geoparquet: geo is a number": _of("services.parquet", _with_geo("services.parquet", b"3")),
        "geoparquet: geo is null": _of("points people.parquet", _with_geo("points people.parquet", b"null")),
        "geoparquet: geo is 3,000 deep": _of("ours.parquet", _with_geo("ours.parquet", b"[" * 3000)),
        "geoparquet: geo is not UTF-8": _of("ours.parquet", _with_geo("ours.parquet", b"\xff\xfe")),
        "geoparquet: no columns in geo": _of("ours.parquet", _with_geo("ours.parquet", b'{"primary_column": "geometry", "version": "1.0.0"}')),
        "geoparquet: columns in geo are a list": _of("ours.parquet", _with_geo("ours.parquet", b'{"primary_column": "geometry", "columns": [], "version": "1.0.0"}')),
        "geoparquet: WKB garbage": _of("ours.parquet", _with_wkb("ours.parquet", b"\x01\x02\x00\x00\x00\xff\xff\xff\xff")),
        "geoparquet: WKB of areas is garbage": _of("areas zones.parquet", _with_wkb("areas zones.parquet", b"\x00\x01garbage")),
        "geoparquet: 200 million rows": _late(lambda: _of("services.parquet", _many_rows())),
        "geoparquet: our metadata are a list": _of("ours.parquet", _with_geo("ours.parquet", None, access92=b"[1]")),
        "geoparquet: our metadata are not JSON": _of("ours.parquet", _with_geo("ours.parquet", None, access92=b"\xff")),
        "geoparquet: our metadata are deep": _of("ours.parquet", _with_geo("ours.parquet", None, access92=b"[" * 100_000)),
    }  # fmt: skip


def _with_geo(name: str, geo: bytes | None, *, access92: bytes | None = None) -> bytes:
    table = pq.read_table(io.BytesIO(subjects()[name].files[subjects()[name].target]))
    metadata = dict(table.schema.metadata)
    metadata |= {key: value for key, value in ((b"geo", geo), (b"access92", access92)) if value is not None}
    out = io.BytesIO()
    pq.write_table(table.replace_schema_metadata(metadata), out)
    return out.getvalue()


def _with_wkb(name: str, wkb: bytes) -> bytes:
    table = pq.read_table(io.BytesIO(subjects()[name].files[subjects()[name].target]))
    at = table.schema.get_field_index("geometry")
    changed = table.set_column(at, "geometry", pa.array([wkb] * len(table), type=pa.binary()))
    out = io.BytesIO()
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), out)
    return out.getvalue()


def _with_bytes(name: str, column: str) -> bytes:
    """The file with bytes that are no text in one of its columns."""
    table = pq.read_table(io.BytesIO(subjects()[name].files[subjects()[name].target]))
    at = table.schema.get_field_index(column)
    changed = table.set_column(at, column, pa.array([b"a\xff\x00"] * len(table), type=pa.binary()))
    out = io.BytesIO()
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), out)
    return out.getvalue()


def _many_rows() -> bytes:
    """A file of some kilobytes that unpacks to 200 million rows."""
    out = io.BytesIO()
    piece = pa.table({"service_id": pa.array(["x"] * 5_000_000).dictionary_encode()})
    with pq.ParquetWriter(out, piece.schema, compression="zstd") as writer:
        for _ in range(40):
            writer.write_table(piece)
    return out.getvalue()


def _places() -> dict[str, Case]:
    """Streets of our own format whose numbers or places cannot be."""
    name = "ours.parquet"

    def streets(**columns: object) -> Subject:
        table = gpd.read_parquet(io.BytesIO(subjects()[name].files[name]))
        out = io.BytesIO()
        table.assign(**columns).to_parquet(out)
        return _of(name, out.getvalue())

    def moved(text: str, *, every: bool = False) -> Subject:
        table = gpd.read_parquet(io.BytesIO(subjects()[name].files[name]))
        shapes = table.geometry.to_numpy().copy()
        shapes[slice(None) if every else 0] = shapely.from_wkt(text)
        out = io.BytesIO()
        table.set_geometry(gpd.GeoSeries(shapes, crs=table.crs)).to_parquet(out)
        return _of(name, out.getvalue())

    lengths = {
        f"streets: length_m = {value}": streets(length_m=value)
        for value in (float("nan"), float("inf"), -83.3, 0.0, 1e308, 1e300, 1e12, 1e-300, "x", None, True)
    }
    nodes = {
        f"streets: from_node = {value}": streets(from_node=value)
        for value in (-1, 2**62, 2**31, 1.5, float("nan"), float("inf"), 1e300, "x", None)
    }
    return {
        **lengths,
        **nodes,
        "streets: maxspeed of 1e308": streets(maxspeed_kmh=1e308),
        "streets: maxspeed of 1e-300": streets(maxspeed_kmh=1e-300),
        "streets: maxspeed of infinity": streets(maxspeed_kmh=float("inf")),
        "streets: maxspeed that is text": streets(maxspeed_kmh="vite"),
        "streets: highway that is a number": streets(highway=3),
        "streets: oneway that is a flag": streets(oneway=True),
        "streets: a name that is NUL": streets(name="\x00"),
        "streets: doubled ids": streets(edge_id="a"),
        "streets: one is a point": moved("POINT (648000 6862000)"),
        "streets: one has two lines": moved("MULTILINESTRING ((648000 6862000, 648010 6862000), (1 1, 2 2))"),
        "streets: one has NaN": moved("LINESTRING (648000 6862000, nan nan)"),
        "streets: one has infinity": moved("LINESTRING (648000 6862000, inf 6862000)"),
        "streets: one reaches 1e300": moved("LINESTRING (645000 6858000, 1e300 6858000)"),
        "streets: one reaches 1e9 m": moved("LINESTRING (645000 6858000, 1e9 6858000)"),
        "streets: one crosses 3,000 km": moved("LINESTRING (645000 6858000, 3000000 9000000)"),
        "streets: one crosses 300 km": moved("LINESTRING (645000 6858000, 800000 7000000)"),
        "streets: one has no length": moved("LINESTRING (645000 6858000, 645000 6858000)"),
        "streets: all have 3 dimensions": moved("LINESTRING Z (645000 6858000 nan, 645100 6858000 1e300)", every=True),
        "streets: all are empty": moved("LINESTRING EMPTY", every=True),
    }


def _osm(
    nodes: str, way: str = "<nd ref='1'/><nd ref='2'/>", tags: str = "<tag k='highway' v='residential'/>"
) -> bytes:
    return f"<osm version='0.6'>{nodes}<way id='1'>{way}{tags}</way></osm>".encode()


def _node(number: object, lon: object, lat: object) -> str:
    return f"<node id='{number}' lon='{lon}' lat='{lat}'/>"


def _street_files() -> dict[str, Case]:
    two = _node(1, 2.25, 48.82) + _node(2, 2.26, 48.82)
    laughs = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefghi", "bcdefghij", strict=True)
    ) + "]>"  # fmt: skip
    graph = subjects()["graph.graphml"].files["graph.graphml"].decode()
    answer = json.loads(subjects()["answer.json"].files["answer.json"])
    bomb = b" " * (200 * _MB)

    def edges(old: str, new: str) -> Subject:
        if old not in graph:
            raise ValueError(old)
        return _of("graph.graphml", graph.replace(old, new).encode())

    def elements(**more: object) -> Subject:
        changed = [
            {**item, **{key: value for key, value in more.items() if key in item}} for item in answer["elements"]
        ]
        return _of("answer.json", json.dumps({"elements": changed}).encode())

    line = graph[graph.index("LINESTRING") : graph.index(")", graph.index("LINESTRING")) + 1]
    return {
        "osm: nodes at the poles": _of("streets.osm", _osm(_node(1, 0, 90) + _node(2, 0, -90))),
        "osm: nodes out of range": _of("streets.osm", _osm(_node(1, 1000, 1000) + _node(2, 2.26, 48.82))),
        "osm: nodes of NaN": _of("streets.osm", _osm(_node(1, "nan", "nan") + _node(2, 2.26, 48.82))),
        "osm: nodes of 1e308": _of("streets.osm", _osm(_node(1, "1e308", "1e308") + _node(2, 2.26, 48.82))),
        "osm: a street round the world": _of("streets.osm", _osm(_node(1, -179, -80) + _node(2, 2.25, 48.82) + _node(3, 179, 80), "<nd ref='1'/><nd ref='2'/><nd ref='3'/>")),
        "osm: a node number of 2^63": _of("streets.osm", _osm(_node(2**63, 2.25, 48.82) + two)),
        "osm: a negative node number": _of("streets.osm", _osm(_node(-1, 2.25, 48.82) + _node(-2, 2.26, 48.82), "<nd ref='-1'/><nd ref='-2'/>")),
        "osm: a node number of 10^18": _of("streets.osm", _osm(_node(10**18, 2.25, 48.82) + _node(2, 2.26, 48.82), f"<nd ref='{10**18}'/><nd ref='2'/>")),
        "osm: a way of one node": _of("streets.osm", _osm(two, "<nd ref='1'/>")),
        "osm: a way of no node": _of("streets.osm", _osm(two, "")),
        "osm: a way of one node twice": _of("streets.osm", _osm(two, "<nd ref='1'/><nd ref='1'/>")),
        "osm: a tag of 1 MB": _of("streets.osm", _osm(two, tags=f"<tag k='highway' v='{'x' * _MB}'/>")),
        "osm: elements 100,000 deep": _of("streets.osm", b"<osm version='0.6'>" + b"<a>" * 100_000),
        "osm: a billion laughs": _of("streets.osm", f"<?xml version='1.0'?>{laughs}<osm version='0.6'><tag k='&j;' v='x'/></osm>".encode()),
        "osm: another version": _of("streets.osm", b"<osm version='9.9'></osm>"),
        "osm: a NUL": _of("streets.osm", b"\x00"),
        "osm: maxspeed of 400 digits": _of("streets.osm", _osm(two, tags=f"<tag k='highway' v='residential'/><tag k='maxspeed' v='{'9' * 400}'/>")),
        "osm: lone surrogates": _of("streets.osm", _osm(two, tags="<tag k='highway' v='residential'/><tag k='name' v='&#xD800;'/>")),
        "osm.gz: a bomb of blanks": _late(lambda: _of("ways.osm.gz", gzip.compress(b"<osm version='0.6'>" + bomb * 5 + b"</osm>", 9))),
        "osm.bz2: a bomb of blanks": _late(lambda: _of("ways.osm.bz2", bz2.compress(b"<osm version='0.6'>" + bomb + b"</osm>"))),
        "osm.bz2: a bomb of many streams": _late(lambda: _of("ways.osm.bz2", bz2.compress(b"<osm version='0.6'>" + bomb) + bz2.compress(bomb) * 50)),
        "osm.gz: not compressed": _of("ways.osm.gz", b"<osm version='0.6'></osm>"),
        "osm.pbf: zeros": _of("ways.osm.pbf", b"\x00" * 10_000),
        "osm.pbf: a head of 2 GB": _of("ways.osm.pbf", b"\x7f\xff\xff\xff" + b"\x00" * 100),
        "overpass: arrays 100,000 deep": _of("answer.json", b"[" * 100_000),
        "overpass: objects 100,000 deep": _of("answer.json", b'{"a":' * 100_000),
        "overpass: deep tags": _of("answer.json", b'{"elements": [{"type": "way", "id": 1, "nodes": [1, 2], "tags": {"highway": ' + b"[" * 900 + b"]" * 900 + b"}}]}"),
        "overpass: coordinates of infinity": elements(lon=float("inf")),
        "overpass: coordinates of NaN": elements(lat=float("nan")),
        "overpass: coordinates of 1e308": elements(lon=1e308),
        "overpass: coordinates of 400 digits": elements(lon=10**400),
        "overpass: coordinates at the pole": elements(lat=90),
        "overpass: coordinates out of range": elements(lon=1000, lat=1000),
        "overpass: ids of 2^70": elements(id=2**70),
        "overpass: ids of text": elements(id="x"),
        "overpass: ids of lists": elements(id=[]),
        "overpass: nodes of text": elements(nodes="abc"),
        "overpass: nodes of 2^70": elements(nodes=[2**70, 1]),
        "overpass: nodes of half": elements(nodes=[1.5, 2.5]),
        "overpass: tags of lists": elements(tags={"highway": ["a"]}),
        "overpass: tags of numbers": elements(tags={"highway": 3, "name": 4, "maxspeed": 1e308}),
        "overpass: tags of nothing": elements(tags=None),
        "overpass: no element": _of("answer.json", b'{"elements": []}'),
        "overpass: elements that are numbers": _of("answer.json", b'{"elements": [1, 2]}'),
        "overpass: an integer of 10,000 digits": _of("answer.json", b'{"elements": [' + b"9" * 10_000 + b"]}"),
        "overpass: lone surrogates": elements(tags={"highway": "residential", "name": "\ud800"}),
        "overpass: a tag of NUL": elements(tags={"highway": "residential", "name": "\x00"}),
        "graphml: WKT that is not one": edges(line, "LINESTRING"),
        "graphml: WKT of a point": edges(line, "POINT (2.25 48.82)"),
        "graphml: WKT of a polygon": edges(line, "POLYGON ((0 0, 1 1, 1 0, 0 0))"),
        "graphml: WKT of nothing": edges(line, "LINESTRING EMPTY"),
        "graphml: WKT of one point": edges(line, "LINESTRING (2.25 48.82)"),
        "graphml: WKT of NaN": edges(line, "LINESTRING (nan nan, 2.25 48.82)"),
        "graphml: WKT of 1e308": edges(line, "LINESTRING (1e308 1e308, 2.25 48.82)"),
        "graphml: WKT at the pole": edges(line, "LINESTRING (0 90, 2.25 48.82)"),
        "graphml: x that is infinity": edges(">2.25<", ">inf<"),
        "graphml: x that is NaN": edges(">2.25<", ">nan<"),
        "graphml: x that is 1e308": edges(">2.25<", ">1e308<"),
        "graphml: a CRS that is not one": edges("epsg:4326", "epsg:0"),
        "graphml: a CRS of the earth's centre": edges("epsg:4326", "epsg:4978"),
        "graphml: a vertical CRS": edges("epsg:4326", "epsg:5773"),
        "graphml: osmid that is a bomb": edges("['30', '50']", "[" * 3000),
        "graphml: osmid of 10,000 digits": edges(">1</data>", f">{'9' * 10_000}</data>"),
        "graphml: osmid of 2^70": edges(">1</data>", f">{2**70}</data>"),
        "graphml: a node number of 2^70": _of("graph.graphml", graph.replace('"1"', f'"{2**70}"').encode()),
        "graphml: elements 100,000 deep": _of("graph.graphml", b"<graphml>" + b"<graph>" * 100_000),
        "graphml: graphs 3,000 deep": _of("graph.graphml", b"<graphml xmlns='http://graphml.graphdrawing.org/xmlns'><graph edgedefault='directed'>" + b"<node id='1'><graph edgedefault='directed'>" * 3000 + b"</graph></node>" * 3000 + b"</graph></graphml>"),
        "graphml: a billion laughs": _of("graph.graphml", f"<?xml version='1.0'?>{laughs}<graphml>&j;</graphml>".encode()),
        "graphml: no graph": _of("graph.graphml", b"<graphml xmlns='http://graphml.graphdrawing.org/xmlns'></graphml>"),
        "graphml: a key of an unknown type": edges('attr.type="string"', 'attr.type="quaternion"'),
        "graphml: empty": _of("graph.graphml", b""),
    }  # fmt: skip


def _ics(old: str, new: str) -> Subject:
    if old not in ICS:
        raise ValueError(old)
    return _of("halts.ics", ICS.replace(old, new).replace("\n", "\r\n").encode())


def _calendars() -> dict[str, Case]:
    rule = "RRULE:FREQ=WEEKLY;COUNT=4"
    rules = {
        f"ics: {text}": _ics(rule, f"RRULE:{text}")
        for text in (
            "FREQ=SECONDLY", "FREQ=MINUTELY", "FREQ=HOURLY", "FREQ=DAILY", "FREQ=SECONDLY;COUNT=100000000", "FREQ=DAILY;INTERVAL=0",
            "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;INTERVAL=999999999999", "FREQ=DAILY;COUNT=0", "FREQ=DAILY;COUNT=-5", "FREQ=DAILY;COUNT=999999999",
            "FREQ=DAILY;UNTIL=99991231T235959Z", "FREQ=DAILY;UNTIL=00010101", "FREQ=DAILY;UNTIL=x", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=-1",
            "FREQ=DAILY;BYSETPOS=400", "FREQ=SECONDLY;BYSETPOS=366", "FREQ=DAILY;BYSETPOS=0", "FREQ=YEARLY;BYMONTHDAY=31;BYMONTH=2",
            "FREQ=SECONDLY;BYMONTHDAY=31;BYMONTH=2", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=MO", "FREQ=YEARLY;BYEASTER=1",
            "FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,1,2,3,4,5,6,7,8,9",
            "FREQ=DAILY;BYHOUR=99", "FREQ=DAILY;WKST=XX", "FREQ=FOO", "COUNT=3", "FREQ=DAILY,WEEKLY", "FREQ=DAILY;BYDAY=99MO",
            "FREQ=DAILY;RSCALE=CHINESE", "FREQ=MONTHLY;BYMONTH=13", "FREQ=DAILY;BYYEARDAY=400",
        )
    }  # fmt: skip
    event = ICS[ICS.index("BEGIN:VEVENT\nUID:station") : ICS.index("END:VCALENDAR")]
    start, end = "DTSTART;TZID=Europe/Paris:20250204T100000", "DTEND;TZID=Europe/Paris:20250204T170000"
    return {
        **rules,
        "ics: 20,000 events": _late(lambda: _ics(event, "".join(event.replace("station", f"s{i}").replace("SUMMARY:Gare", f"SUMMARY:G{i}").replace("Bus Santé", f"B{i}") for i in range(20_000)))),
        "ics: 20,000 events of one name": _late(lambda: _ics(event, event * 20_000)),
        "ics: 2,000 daily events": _late(lambda: _ics(event, "".join(event.replace("station", f"s{i}").replace("DURATION:PT4H", "DURATION:PT4H\nRRULE:FREQ=DAILY").replace("Bus Santé", f"B{i}") for i in range(2000)))),
        "ics: 20,000 RDATE": _ics(rule, "RDATE:" + ",".join(f"2025{1 + i % 12:02}{1 + i % 28:02}T{i % 24:02}{i % 60:02}00Z" for i in range(20_000))),
        "ics: 20,000 EXDATE": _ics(rule, rule + "\nEXDATE:" + ",".join(f"2025{1 + i % 12:02}{1 + i % 28:02}T{i % 24:02}{i % 60:02}00Z" for i in range(20_000))),
        "ics: 300 rules that fit no day": _late(lambda: _ics(event, "".join(event.replace("station", f"s{i}").replace("DURATION:PT4H", "DURATION:PT4H\nRRULE:FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=2").replace("Bus Santé", f"B{i}") for i in range(299)))),
        "ics: 8 MB of short lines": _late(lambda: _ics(event, "A:\n" * 1_900_000)),
        "ics: 8 MB of to-dos": _late(lambda: _ics(event, "BEGIN:VTODO\nEND:VTODO\n" * 330_000)),
        "ics: 200 rules in one event": _ics(rule, "\n".join(["RRULE:FREQ=DAILY"] * 200)),
        "ics: starts in year 1": _ics(start, "DTSTART;TZID=Europe/Paris:00010101T100000"),
        "ics: daily since year 1": _ics(start + "\n" + end + "\n" + rule, "DTSTART:00010101T100000\nDURATION:PT1H\nRRULE:FREQ=DAILY"),
        "ics: ends in 9999": _ics(end, "DTEND:99991231T235959Z"),
        "ics: starts and ends in 9999": _ics(start + "\n" + end, "DTSTART:99991231T230000\nDTEND:99991231T235959"),
        "ics: lasts a million days": _ics(end, "DURATION:P1000000D"),
        "ics: lasts 10^20 days": _ics(end, f"DURATION:P{10**20}D"),
        "ics: lasts 200 days": _ics(end, "DURATION:P200D"),
        "ics: a period in RDATE": _ics(rule, "RDATE;VALUE=PERIOD:20250206T100000Z/PT1H"),
        "ics: a whole day moved to an hour": _ics("EXDATE;TZID=Europe/Paris:20250211T100000", "EXDATE;VALUE=DATE:20250211"),
        "ics: RECURRENCE-ID of a day": _ics(rule, rule + "\nRECURRENCE-ID;VALUE=DATE:20250204"),
        "ics: RECURRENCE-ID of nobody": _ics(rule, "RECURRENCE-ID:19990101T000000Z"),
        "ics: GEO at the pole": _ics("GEO:48.8209;2.2514", "GEO:90;0"),
        "ics: GEO of NaN": _ics("GEO:48.8209;2.2514", "GEO:nan;nan"),
        "ics: GEO of 1e308": _ics("GEO:48.8209;2.2514", "GEO:1e308;1e308"),
        "ics: GEO of infinity": _ics("GEO:48.8209;2.2514", "GEO:inf;inf"),
        "ics: two GEO": _ics("GEO:48.8209;2.2514", "GEO:48.8209;2.2514\nGEO:48.8209;2.2514"),
        "ics: two SUMMARY": _ics("SUMMARY:Marché", "SUMMARY:Marché\nSUMMARY:Foire"),
        "ics: two DTSTART": _ics(start, start + "\n" + start),
        "ics: two CATEGORIES": _ics("CATEGORIES:Bus Santé,essai", "CATEGORIES:Bus Santé\nCATEGORIES:essai"),
        "ics: no UID": _ics("UID:market\n", ""),
        "ics: a zone of Mars": _ics("TZID=Europe/Paris:20250204T100000", "TZID=Mars/Olympus:20250204T100000"),
        "ics: a zone that is a path": _ics("TZID=Europe/Paris:20250204T100000", "TZID=../../etc/passwd:20250204T100000"),
        "ics: a zone of NUL": _ics("TZID=Europe/Paris:20250204T100000", "TZID=\x00:20250204T100000"),
        "ics: components 3,000 deep": _of("halts.ics", b"BEGIN:VCALENDAR\r\n" + b"BEGIN:VEVENT\r\n" * 3000 + b"END:VEVENT\r\n" * 3000 + b"END:VCALENDAR\r\n"),
        "ics: a line of 20 MB": _late(lambda: _ics("SUMMARY:Marché", "SUMMARY:" + "x" * (20 * _MB))),
        "ics: an attachment of garbage": _ics("SUMMARY:Gare", "ATTACH;ENCODING=BASE64;VALUE=BINARY:****\nSUMMARY:Gare"),
        "ics: two calendars": _of("halts.ics", ICS.replace("\n", "\r\n").encode() * 2),
        "ics: empty": _of("halts.ics", b""),
        "ics: CSV": _of("halts.ics", b"unit,stop\nA,B\n"),
    }  # fmt: skip


def _files() -> dict[str, Case]:
    """Files that are loops, folders, pipes, or archives that unpack without end."""

    def with_file(
        make: Callable[[Path], None], name: str = "services.csv", subject: str = "study"
    ) -> Callable[[], object]:
        def call() -> None:
            with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
                for path, content in subjects()[subject].files.items():
                    if path != name:
                        (Path(folder) / path).write_bytes(content)
                make(Path(folder) / name)
                read(subjects()[subject], Path(folder))

        return call

    def zipped(path: Path) -> None:
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
            archive.open("zones.geojson", "w", force_zip64=True) as inner,
        ):
            inner.write(b'{"type": "FeatureCollection", "features": [')
            for _ in range(1200):
                inner.write(b" " * _MB)
            inner.write(b"]}")

    def many_zipped(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for i in range(30_000):
                archive.writestr(f"f{i}.txt", b"")

    zip_study = GOOD_STUDY.replace('"areas.geojson"', '"areas.zip"')

    def with_zip(make: Callable[[Path], None]) -> Callable[[], object]:
        def call() -> None:
            with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
                for path, content in subjects()["areas.geojson"].files.items():
                    (Path(folder) / path).write_bytes(content)
                (Path(folder) / "study.toml").write_text(zip_study, encoding="utf-8")
                make(Path(folder) / "areas.zip")
                read(subjects()["areas.geojson"], Path(folder))

        return call

    return {
        "file: a symlink to itself, services": with_file(lambda path: path.symlink_to(path)),
        "file: a symlink to itself, streets": with_file(lambda path: path.symlink_to(path), "streets.osm"),
        "file: a symlink to itself, areas": with_file(lambda path: path.symlink_to(path), "areas.geojson"),
        "file: a symlink to itself, people": with_file(lambda path: path.symlink_to(path), "people.csv"),
        "file: a symlink to itself, calendar": with_file(lambda path: path.symlink_to(path), "halts.csv"),
        "file: a symlink to itself, study": with_file(lambda path: path.symlink_to(path), "study.toml"),
        "file: a symlink to itself, demo": with_file(lambda path: path.symlink_to(path), "seine.csv", "demo seine.csv"),
        "file: a pipe": with_file(os.mkfifo),
        "file: a pipe for a study": with_file(os.mkfifo, "study.toml"),
        "file: a pipe for a demo file": with_file(os.mkfifo, "seine.csv", "demo seine.csv"),
        "file: a folder": with_file(Path.mkdir),
        "file: a folder for streets": with_file(Path.mkdir, "streets.osm"),
        "file: a folder for a study": with_file(Path.mkdir, "study.toml"),
        "file: a symlink to nothing": with_file(lambda path: path.symlink_to("nulle-part")),
        "zip: a bomb of blanks": with_zip(zipped),
        "zip: 30,000 files": with_zip(many_zipped),
        "zip: not one": with_zip(lambda path: path.write_bytes(b"PK\x03\x04" + b"\x00" * 100) and None),
    }


def _runs() -> dict[str, Case]:
    """Finished runs whose manifest is hostile, sealed again as it is."""
    subject = subjects()["finished manifest.json"]
    manifest = json.loads(subject.files["run/manifest.json"])

    def with_manifest(**changes: object) -> Subject:
        return resealed(subject.with_target(json.dumps({**manifest, **changes}).encode()))

    parameters = manifest["parameters"]
    outputs = manifest["outputs"]
    return {
        "manifest: arrays 100,000 deep": subject.with_target(b"[" * 100_000),
        "manifest: objects 20,000 deep": subject.with_target(b'{"a":' * 20_000),
        "manifest: an integer of 10,000 digits": subject.with_target(b'{"software": ' + b"9" * 10_000 + b"}"),
        "manifest: a number": subject.with_target(b"3"),
        "manifest: a list": subject.with_target(b"[]"),
        "manifest: not UTF-8": subject.with_target(b"\xff"),
        "manifest: a code that is text": with_manifest(code="x"),
        "manifest: a code that is a list": with_manifest(code=[1]),
        "manifest: versions of numbers": with_manifest(versions={"numpy": 3}),
        "manifest: streets that are empty": with_manifest(streets={}),
        "manifest: headline that is text": with_manifest(headline="x"),
        "manifest: counts that are text": with_manifest(counts="x"),
        "manifest: inputs that are a number": with_manifest(inputs=3),
        "manifest: an input with NUL": with_manifest(inputs=[{"role": "étude", "path": "a\x00b", "sha256": "x"}]),
        "manifest: an input of 5,000 characters": with_manifest(
            inputs=[{"role": "étude", "path": "a" * 5000, "sha256": "x"}]
        ),
        "manifest: an output with NUL": with_manifest(outputs=[{"path": "a\x00b", "sha256": "x"}]),
        "manifest: an output elsewhere": with_manifest(
            outputs=[*outputs, {"path": "../../../../etc/passwd", "sha256": "x"}]
        ),
        "manifest: an output that never ends": with_manifest(outputs=[{"path": "/dev/zero", "sha256": "x"}]),
        "manifest: an output of 5,000 characters": with_manifest(outputs=[{"path": "a" * 5000, "sha256": "x"}]),
        "manifest: an output that is a list": with_manifest(outputs=[["path", "sha256"]]),
        "manifest: an output that is the folder": with_manifest(outputs=[{"path": ".", "sha256": "x"}]),
        "manifest: scenarios that are numbers": with_manifest(parameters={**parameters, "scenarios_run": [1, 2]}),
        "manifest: scenarios that are a number": with_manifest(parameters={**parameters, "scenarios_run": 3}),
        "manifest: a study that is empty": with_manifest(parameters={**parameters, "study": {}}),
        "manifest: a study that is text": with_manifest(parameters={**parameters, "study": "x"}),
        "manifest: modes that are numbers": with_manifest(parameters={**parameters, "modes": {"walk": 3}}),
        "manifest: modes that are a list": with_manifest(parameters={**parameters, "modes": []}),
        "manifest: parameters that are a list": with_manifest(parameters=[]),
        "manifest: a seal that is a list": subject.with_target(json.dumps({**manifest, "seal": [1]}).encode()),
        "manifest: lone surrogates": with_manifest(title="\ud800"),
        "manifest: a study path with NUL": with_manifest(study_path="\x00"),
    }


def hostile_subject(name: str) -> Subject:
    """A hostile case that is a folder of files."""
    case = hostile_cases()[name]
    if not isinstance(case, Subject):
        raise TypeError(name)
    return case
