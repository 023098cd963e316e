"""Random whole studies on disk: streets, services, people, modes, calendar and scenarios with all kinds of change.

Everything is drawn from one seed, and every study is one that a run accepts: a change names a service, a halt or a
street that is there when it applies. Variants collide on purpose: the ids of what they add come from a small pool, so
that several scenarios open « the same » service elsewhere, under another name or as another kind.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from tests.toy_study import SIZE, lon_lat, write_toy_study

KINDS = ("sst", "pole_social", "antenne", "pmi", "espace_insertion", "css", "permanence")
FIRST_DAY = date(2025, 2, 3)
CHANGE_KINDS = (
    "add_service", "remove_service", "move_service", "change_kind", "add_visit", "remove_visit", "close_street",
    "set_speed",
)  # fmt: skip
TIMETABLE_KINDS = ("add_line", "remove_line", "set_headway", "close_stop", "shift_service_day")
_SPEEDS_KMH = {"walk": (3.0, 7.0), "bike": (9.0, 20.0), "car": (20.0, 90.0)}
_NEW_IDS = ("N1", "N2")
_UNITS = ("Bus", "BUS", "Caravane solidaire")


@dataclass(frozen=True, slots=True)
class _Drawn:
    """What a scenario counts while it is being drawn: what the next change may name."""

    present: frozenset[str]  # ids in the table of services
    counted: frozenset[str]
    visits: frozenset[str]
    slots: frozenset[tuple[int, int]] = frozenset()  # days and hours of the halts that a change added
    is_mobile: bool = False
    lines: frozenset[str] = frozenset()
    is_shifted: bool = False
    closed: frozenset[str] = frozenset()  # stops that nobody boards at
    has_removed: bool = False  # a line


@dataclass(frozen=True, slots=True)
class RandomStudy:
    """A study as text, and the files beside it by name."""

    text: str
    files: Mapping[str, str]


@dataclass(slots=True)
class _Maker:
    rng: np.random.Generator
    street_names: list[str] = field(default_factory=list)
    service_kinds: dict[str, set[str]] = field(default_factory=dict)  # of the services that can count
    calendar_stops: list[str] = field(default_factory=list)
    modes: tuple[str, ...] = ("walk",)
    lines: frozenset[str] = frozenset()  # of the timetable, where the study has one
    stops: tuple[str, ...] = ()
    bicycles: dict[str, float] = field(default_factory=dict)  # keys of those who cycle to the stop, where some do
    days: int = 0
    next_stop: int = 0

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def one_of(self, values: Iterable[Any]) -> Any:
        ordered = list(values)
        return ordered[int(self.rng.integers(len(ordered)))]

    def some_of(self, values: Iterable[Any], least: int, most: int) -> list[Any]:
        ordered = list(values)
        count = int(self.rng.integers(least, min(most, len(ordered)) + 1))
        return [ordered[at] for at in sorted(self.rng.choice(len(ordered), count, replace=False).tolist())]

    def place(self) -> tuple[float, float]:
        """A place of the town; one in three is a crossing, so that places coincide."""
        east, north = self.rng.uniform(0, SIZE - 1, 2)
        return lon_lat(round(east), round(north)) if self.chance(0.33) else lon_lat(east, north)


def random_study(seed: int) -> RandomStudy:
    """The study of a seed."""
    maker = _Maker(np.random.default_rng(seed))
    maker.modes = tuple(maker.some_of(("walk", "bike", "car"), 1, 2))
    files = {
        "streets.osm": _streets(maker),
        "services.csv": _services(maker),
        "people.csv": _people(maker),
    }
    timetable = _timetable(seed)
    if timetable:
        maker.lines = frozenset(row.split(",")[1] for row in timetable["bus/routes.txt"].splitlines()[1:])
        calls = timetable["bus/stop_times.txt"].splitlines()[1:]
        maker.stops = tuple(sorted({row.split(",")[2] for row in calls}))
    files |= timetable
    cyclist = _Maker(np.random.default_rng([seed, 14]))
    if maker.lines and cyclist.chance(0.5):
        maker.bicycles = {
            "bike_parking_min": cyclist.one_of((0.0, 0.2, 1.5)),
            "max_bike_access_min": cyclist.one_of((2.0, 5.0, 15.0)),
        }  # fmt: skip
    parts = [_head(maker)]
    if maker.lines:
        bicycles = "".join(f"\n{key} = {value}" for key, value in maker.bicycles.items())
        parts.append(f'[transit]\nfeeds = [{{ file = "bus" }}]\nwindow = ["08:00", "08:20"]\npercentile = 60{bicycles}')
    if maker.chance(0.7):
        calendar, files["calendar.csv"] = _calendar(maker)
        parts.append(calendar)
    if maker.chance(0.4):
        days = "transit_days = [2024-10-19]" if maker.lines and seed % 2 else ""
        parts.append(f"[sensitivity]\ndraws = 3\nmax_snap_m = [40, 600]\nseed = {seed}\n{days}")
    parts += [_commitment(maker, number) for number in range(int(maker.rng.integers(0, 3)))]
    parts += _scenarios(maker, _Maker(np.random.default_rng([seed, 13])))
    text = "\n\n".join(parts) + "\n"
    if maker.lines:  # by draws of their own, some have public transport for main mode, and count hours by it
        rides = _Maker(np.random.default_rng([seed, 14]))
        if rides.chance(0.4):
            text = re.sub('headline_mode = ".*"', 'headline_mode = "transit"', text)
        if rides.chance(0.6):
            modes = json.dumps(["transit", *rides.some_of(maker.modes, 0, 1)])
            text = text.replace('file = "calendar.csv"\n', f'file = "calendar.csv"\nmodes = {modes}\n')
    return RandomStudy(text, files)


def write_random_study(folder: Path, seed: int) -> Path:
    """The study file of a seed, with its data beside it (areas: those of the toy study)."""
    folder.mkdir(parents=True, exist_ok=True)
    study = random_study(seed)
    file = write_toy_study(folder, study=study.text)
    for name, text in study.files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return file


def _streets(maker: _Maker) -> str:
    """A grid with a few blocks left out and a few one-way; each block is a named street."""
    lines = ["<osm version='0.6'>"]
    for j in range(SIZE):
        for i in range(SIZE):
            lon, lat = lon_lat(i + maker.rng.uniform(-0.2, 0.2), j + maker.rng.uniform(-0.2, 0.2))
            lines.append(f"<node id='{1 + i + SIZE * j}' lon='{lon}' lat='{lat}'/>")
    blocks = [(i, j, i + 1, j) for j in range(SIZE) for i in range(SIZE - 1)]
    blocks += [(i, j, i, j + 1) for j in range(SIZE - 1) for i in range(SIZE)]
    for number, (i, j, further_i, further_j) in enumerate(blocks, start=1):
        if maker.chance(0.08):
            continue
        name = f"Rue {number}"
        maker.street_names.append(name)
        oneway = "<tag k='oneway' v='yes'/><tag k='oneway:foot' v='yes'/>" if maker.chance(0.1) else ""
        lines.append(
            f"<way id='{number}'><nd ref='{1 + i + SIZE * j}'/><nd ref='{1 + further_i + SIZE * further_j}'/>"
            f"<tag k='highway' v='residential'/><tag k='name' v='{name}'/>{oneway}</way>"
        )
    return "\n".join([*lines, "</osm>"])


def _timetable(seed: int) -> dict[str, str]:
    """The tables of a feed with a few lines across the town, or none; by draws of its own, two in five ride."""
    maker = _Maker(np.random.default_rng([seed, 12]))
    if not maker.chance(0.4):
        return {}
    stops = {f"A{number}": maker.place() for number in range(int(maker.rng.integers(3, 7)))}
    routes, trips, times = ["route_id,route_short_name,route_type"], ["route_id,service_id,trip_id"], []
    for line in range(int(maker.rng.integers(1, 4))):
        routes.append(f"L{line},{line},3")
        called = [str(name) for name in maker.rng.permutation(list(stops))[: int(maker.rng.integers(2, 4))]]
        for minute in range(450 + int(maker.rng.integers(0, 7)), 560, int(maker.rng.integers(3, 15))):
            # the next day each leaves a minute later
            for day, leaves in (("S", minute), ("T", minute + 1)):
                trip = f"{line}-{minute}{day.replace('S', '')}"
                trips.append(f"L{line},{day},{trip}")
                for nth, stop in enumerate(called):
                    at = f"{(leaves + nth) // 60:02}:{(leaves + nth) % 60:02}:30"
                    times.append(f"{trip},{nth},{stop},{at},{at}")
    places = [f"{name},Arrêt {name},{lat},{lon}" for name, (lon, lat) in stops.items()]
    tables = {
        "agency": ["agency_name,agency_url,agency_timezone", "Régie,https://example.org,Europe/Paris"],
        "stops": ["stop_id,stop_name,stop_lat,stop_lon", *places],
        "routes": routes,
        "trips": trips,
        "stop_times": ["trip_id,stop_sequence,stop_id,arrival_time,departure_time", *times],
        "calendar_dates": ["service_id,date,exception_type", "S,20241018,1", "T,20241019,1"],
    }
    return {f"bus/{name}.txt": "\n".join(rows) + "\n" for name, rows in tables.items()}


def _services(maker: _Maker) -> str:
    columns = (
        "service_id,kind,also_kinds,name,lon,lat,status,valid_from,valid_to,communes_served,opening_hours,"
        "position_uncertainty_m"
    )
    rows = [columns]
    for number in range(1, int(maker.rng.integers(5, 9))):
        service_id, kind = f"S{number}", maker.one_of(KINDS)
        further = maker.one_of(KINDS) if maker.chance(0.2) else ""
        lon, lat = maker.place()
        status, valid_from, valid_to, position = "", "", "", f"{lon},{lat}"
        fault = maker.one_of(("planned", "future", "past", "nowhere")) if number > 2 and maker.chance(0.2) else ""
        if fault == "planned":
            status = "planned"
        elif fault == "future":
            valid_from = "2025-01-01"
        elif fault == "past":
            valid_to = "2024-01-01"
        elif fault == "nowhere":
            position = ","
        else:
            maker.service_kinds[service_id] = {kind, *([further] if further else [])}
        sector = maker.one_of(("", "Ouest", "Est", "Ouest; Est")) if kind == "sst" else ""
        hours = maker.one_of(("", "Mo-Fr 09:00-12:00", "Tu 08:30-17:30", "24/7"))
        doubt = maker.one_of(("", "", "150"))
        name = f"SST {number}" if kind == "sst" else f"Service {service_id}"
        rows.append(
            f"{service_id},{kind},{further},{name},{position},{status},{valid_from},{valid_to},{sector},{hours},{doubt}"
        )
    return "\n".join(rows) + "\n"


def _people(maker: _Maker) -> str:
    is_whole = maker.chance(0.5)
    rows = ["lon,lat,population,age_0_14,age_65_plus"]
    for _ in range(40):
        lon, lat = maker.place()
        people = maker.rng.uniform(0, 30)
        young, old = people * maker.rng.uniform(0, 0.4), people * maker.rng.uniform(0, 0.4)
        counts = [round(count) if is_whole else round(count, 3) for count in (people, young, old)]
        rows.append(",".join(map(str, (lon, lat, *counts))))
    return "\n".join(rows) + "\n"


def _head(maker: _Maker) -> str:
    thresholds = sorted({float(value) for value in maker.some_of((2, 3.5, 5, 7, 9), 1, 3)})
    riding = [name for name, is_drawn in (("transit", maker.lines), ("bike_transit", maker.bicycles)) if is_drawn]
    cutoff = maker.one_of((max(thresholds), max(thresholds) + 4, 60.0))
    return f"""name = "hasard"
title = "Étude au hasard"
modes = {json.dumps([*maker.modes, *riding])}
[areas]
file = "areas.geojson"
[services]
file = "services.csv"
[population]
method = "points"
file = "people.csv"
age_columns = ["age_0_14", "age_65_plus"]
rescale = false
[streets]
file = "streets.osm"
[analysis]
headline_mode = "{maker.one_of(maker.modes)}"
reference_date = 2024-10-18
threshold_min = {maker.one_of(thresholds)}
thresholds_min = {thresholds}
cutoff_min = {cutoff}
max_snap_m = {maker.one_of((60, 300))}
[map]
candidates_m = {maker.one_of((0, 200))}"""  # which does nothing any more, and is said


def _calendar(maker: _Maker) -> tuple[str, str]:
    """The part of the study, and the file of halts: at most one halt of all units at an hour."""
    maker.days = int(maker.rng.integers(3, 9))
    rows = ["stop_id,unit,stop,lon,lat,date,start,end"]
    places = [maker.place() for _ in range(3)]
    for day in range(maker.days):
        for hour in maker.some_of(range(8, 12), 0, 2):
            visit_id = f"H{len(rows)}"
            maker.calendar_stops.append(visit_id)
            lon, lat = maker.one_of(places)
            when = FIRST_DAY + timedelta(days=day)
            rows.append(
                f"{visit_id},{maker.one_of(_UNITS)},Place {visit_id},{lon},{lat},{when},{hour:02}:00,{hour:02}:50"
            )
    if len(rows) == 1:
        lon, lat = places[0]
        maker.calendar_stops.append("H1")
        rows.append(f"H1,Bus,Place H1,{lon},{lat},{FIRST_DAY},08:00,08:50")
    last = FIRST_DAY + timedelta(days=maker.days - 1)
    assumed = '\nassumed_hours = "Mo-Fr 09:00-11:30"' if maker.chance(0.5) else ""
    part = (
        f'[calendar]\nfile = "calendar.csv"\nfirst_day = {FIRST_DAY}\nlast_day = {last}\n'
        f"minimal_visit_min = {maker.one_of((0, 20))}\nmoments = [{FIRST_DAY}T09:15:00, {FIRST_DAY}T14:10:00]{assumed}"
    )
    return part, "\n".join(rows) + "\n"


def _commitment(maker: _Maker, number: int) -> str:
    steps = [
        {
            "kinds": maker.some_of(KINDS, 1, 3),
            "mode": maker.one_of(maker.modes),
            "under_min": float(maker.one_of((2, 4, 6))),
        }
        for _ in range(int(maker.rng.integers(1, 3)))
    ]
    return f'[[commitment]]\nname = "regle-{number}"\ntitle = "Règle {number}"\nsource = "s"\nany_of = {_toml(steps)}'


def _scenarios(maker: _Maker, rider: _Maker) -> list[str]:
    """The reference, then three to five scenarios, each on one before it or with kinds of its own.

    ``rider``: draws what they change of the timetable.
    """
    drawn: dict[str, _Drawn] = {}
    texts = []
    for number in range(int(maker.rng.integers(4, 7))):
        name = f"s{number}"
        lines = [f'[[scenario]]\nname = "{name}"\ntitle = "Scénario {number}"']
        if drawn and maker.chance(0.7):
            base = maker.one_of(drawn)
            state = drawn[base]
            lines.append(f'based_on = "{base}"')
        else:
            state, choice = _choice(maker)
            lines.append(choice)
        if maker.days and not state.is_mobile and maker.chance(0.6):
            lines.append("mobile = true")
            state = replace(state, is_mobile=True)
        touched: set[str] = set()
        for _ in range(int(maker.rng.integers(0, 2 if number == 0 else 5))):
            state, change = _change(maker, state, touched)
            lines += _change_part(change)
        for _ in range(int(rider.rng.integers(0, 2 if number == 0 else 4)) if maker.lines else 0):
            state, change = _timetable_change(rider, maker.stops, state, touched)
            lines += _change_part(change)
        drawn[name] = state
        texts.append("\n".join(lines))
    return texts


def _change_part(change: Mapping[str, Any]) -> list[str]:
    """A change as a study has it; none where it is empty."""
    return ["[[scenario.change]]\n" + "\n".join(f"{key} = {_toml(it)}" for key, it in change.items())] if change else []


def _timetable_change(  # noqa: PLR0911 - one return per kind
    rider: _Maker, stops: tuple[str, ...], state: _Drawn, touched: set[str]
) -> tuple[_Drawn, dict[str, Any]]:
    """One change of the timetable more, of a line that runs or a stop that is there."""
    kind = rider.one_of(TIMETABLE_KINDS)
    if kind == "shift_service_day":
        day = date(2024, 10, 18 if state.is_shifted else 19)
        is_new = kind not in touched
        touched.add(kind)
        return (replace(state, is_shifted=not state.is_shifted), {"kind": kind, "day": day}) if is_new else (state, {})
    if kind == "close_stop":
        stop = rider.one_of(stops)
        # a stop that no vehicle serves any more cannot be closed
        is_new = stop not in touched and stop not in state.closed and not state.has_removed
        touched.add(stop)
        change = {"kind": kind, "stop": rider.one_of((stop, f"bus:{stop}", f"arret {stop}"))}
        return (replace(state, closed=state.closed | {stop}), change) if is_new else (state, {})
    if kind == "add_line":
        name = rider.one_of(("N", "BHNS"))
        if name in state.lines or f"line {name}" in touched:
            return state, {}
        touched.add(f"line {name}")
        called = [{"stop": f"bus:{stop}"} for stop in rider.some_of(stops, 1, 2)]
        called += [dict(zip(("lon", "lat"), rider.place(), strict=True)) for _ in range(int(rider.rng.integers(1, 3)))]
        change = {
            "kind": kind, "name": name, "stops": called, "minutes": [rider.one_of((1.0, 2.5)) for _ in called[1:]],
            "headway_min": rider.one_of((4.0, 7.5)), "first": time(7, 45), "last": time(9),
            "both_directions": rider.chance(0.5),
        }  # fmt: skip
        return replace(state, lines=state.lines | {name}), change
    left = sorted(name for name in state.lines if f"line {name}" not in touched)
    if not left:
        return state, {}
    name = rider.one_of(left)
    touched.add(f"line {name}")
    if kind == "remove_line":
        return replace(state, lines=state.lines - {name}, has_removed=True), {"kind": kind, "line": name}
    return state, {"kind": kind, "line": name, "headway_min": float(rider.one_of((3, 8, 20)))}


def _choice(maker: _Maker) -> tuple[_Drawn, str]:
    """Kinds such that some service counts, and maybe one service more and one less."""
    needed = maker.one_of(sorted(maker.service_kinds[maker.one_of(sorted(maker.service_kinds))]))
    kinds = sorted({needed, *maker.some_of(KINDS, 0, 2)}, key=KINDS.index)
    counted = {name for name, held in maker.service_kinds.items() if held & set(kinds)}
    lines = [f"kinds = {json.dumps(kinds)}"]
    others = sorted(set(maker.service_kinds) - counted)
    if others and maker.chance(0.3):
        lines.append(f'include = ["{others[0]}"]')
        counted.add(others[0])
    present = set(maker.service_kinds)
    if len(counted) > 1 and maker.chance(0.2):
        left_out = max(counted)
        lines.append(f'exclude = ["{left_out}"]')
        counted.discard(left_out)
        present.discard(left_out)  # for the changes that follow: it never counts again
    visits = frozenset(maker.calendar_stops)
    return _Drawn(frozenset(present), frozenset(counted), visits, lines=maker.lines), "\n".join(lines)


def _change(maker: _Maker, state: _Drawn, touched: set[str]) -> tuple[_Drawn, dict[str, Any]]:
    """One change more, and what the scenario counts after it; nothing where the kind drawn has nothing to change."""
    kind = maker.one_of((*CHANGE_KINDS, "add_service", "add_service"))  # so that ids collide
    if kind in ("add_visit", "remove_visit"):
        return _stop_change(maker, state, kind, touched)
    if kind == "close_street":
        return state, {"kind": kind, **_closure(maker)}
    if kind == "set_speed":
        mode = maker.one_of(maker.modes)
        speed_kmh = round(float(maker.rng.uniform(*_SPEEDS_KMH[mode])), 1)
        is_new = mode not in touched
        touched.add(mode)
        return state, {"kind": kind, "mode": mode, "speed_kmh": speed_kmh} if is_new else {}
    return _service_change(maker, state, kind, touched)


def _service_change(maker: _Maker, state: _Drawn, kind: str, touched: set[str]) -> tuple[_Drawn, dict[str, Any]]:
    ids = {
        "add_service": set(_NEW_IDS) - state.present,
        "remove_service": state.counted if len(state.counted) > 1 else set(),
    }.get(kind, state.present)
    if not ids - touched:
        return state, {}
    service_id = maker.one_of(sorted(ids - touched))
    touched.add(service_id)
    change = {"kind": kind, "service_id": service_id}
    if kind == "remove_service":
        return replace(state, present=state.present - {service_id}, counted=state.counted - {service_id}), change
    if kind in ("add_service", "change_kind"):
        change["service_kind"] = maker.one_of(KINDS)
    if kind in ("add_service", "move_service"):
        change["lon"], change["lat"] = maker.place()
    if kind == "add_service":
        change["name"] = f"SST {maker.one_of((1, 9))} nouveau"
        if maker.chance(0.5):
            change["communes_served"] = maker.some_of(("01", "02"), 1, 2)
    return replace(state, present=state.present | {service_id}, counted=state.counted | {service_id}), change


def _stop_change(maker: _Maker, state: _Drawn, kind: str, touched: set[str]) -> tuple[_Drawn, dict[str, Any]]:
    if not state.is_mobile:
        return state, {}
    if kind == "remove_visit":
        ids = sorted(state.visits - touched)
        if not ids:
            return state, {}
        visit_id = maker.one_of(ids)
        touched.add(visit_id)
        return replace(state, visits=state.visits - {visit_id}), {"kind": kind, "visit_id": visit_id}
    slots = sorted({(day, hour) for day in range(maker.days) for hour in range(12, 18)} - state.slots)
    ids = sorted({"X1", "X2", "X3"} - state.visits - touched)
    if not slots or not ids:
        return state, {}
    visit_id, (day, hour) = maker.one_of(ids), maker.one_of(slots)
    touched.add(visit_id)
    lon, lat = lon_lat(maker.one_of((1, 3)), 2)  # few places, some a hand's breadth apart: halts of one place
    change = {
        "kind": kind, "visit_id": visit_id, "unit": maker.one_of(_UNITS), "name": f"Place {maker.one_of('abc')}",
        "lon": lon + maker.one_of((0.0, 0.000001)), "lat": lat, "date": FIRST_DAY + timedelta(days=day),
        "start": time(hour), "end": time(hour, 45),
    }  # fmt: skip
    return replace(state, visits=state.visits | {visit_id}, slots=state.slots | {(day, hour)}), change


def _closure(maker: _Maker) -> dict[str, Any]:
    if maker.chance(0.5):
        return {"names": maker.some_of(maker.street_names, 1, 4)}
    west, south = lon_lat(maker.one_of(range(SIZE - 1)) + 0.3, maker.one_of(range(SIZE)) - 0.3)
    east, north = lon_lat(maker.one_of((1, 2)), 0.6)
    width, height = east - lon_lat(0, 0)[0], north - lon_lat(0, 0)[1]
    corners = [(west, south), (west + width, south), (west + width, south + height), (west, south + height)]
    lower, upper = lon_lat(0, 0), lon_lat(SIZE, SIZE)
    return {"polygon": [[min(max(x, lower[0]), upper[0]), min(max(y, lower[1]), upper[1])] for x, y in corners]}


def _toml(value: Any) -> str:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {_toml(item)}" for key, item in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
