"""Reading streets: Porto cold and from the cache, beside pyrosm, GDAL and OSMnx; and files of the size of a region."""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.child import Answer, run_child
from benchmarks.large_file import bounds_of, copy_side_by_side
from benchmarks.measures import OURS, Options, Row, Section, spread_row

PORTO = Path(__file__).resolve().parents[2] / "shared" / "networks" / "porto.osm.pbf"
CRS = "EPSG:32629"
_COLD_S, _COLD_MB, _CACHED_S, _LARGE_MB = 4.0, 700.0, 0.3, 2000.0
LARGE_MB = (30, 100, 300)
_MB = 1e6
_ONCE_MB = 50  # larger files are read once: minutes
_STEP = 1.25  # time may grow this much faster than the file before it is said


def measure(options: Options) -> Section:
    """Each reader in a process of its own, in turn; imports are not timed, memory is the peak of the process."""
    if not PORTO.exists():
        return Section("Lecture des rues", [], ["../shared/networks est absent : mesure omise."])
    absent: list[str] = []
    rows = _porto_rows(options, absent)
    remarks = [
        "Chaque lecture dans un processus neuf, à tour de rôle ; imports non chronométrés, mais comptés dans le pic de "
        "mémoire. « lecture + graphe » : de .osm.pbf au graphe à pied. GDAL lit des lignes sans topologie, non coupées "
        "aux carrefours ; pyrosm donne les nœuds et les arêtes (get_network, walking).",
    ]
    remarks += absent
    if not options.osmnx:
        remarks.append("OSMnx (deux minutes) n'est mesuré qu'avec --osmnx.")
    if options.large:
        rows += _large_rows(options)
        remarks.append(
            "Grands fichiers : copies de Porto côte à côte (nœuds et voies), lues dans l'emprise d'une seule copie ; "
            "la lecture doit donner les mêmes rues que Porto seul."
        )
    else:
        remarks.append("Les fichiers de 30, 100 et 300 Mo ne sont mesurés qu'avec --large.")
    return Section("Lecture des rues", rows, remarks)


def _porto_rows(options: Options, absent: list[str]) -> list[Row]:
    cache = options.folder / "street_cache"
    run_child("ours", file=PORTO, crs=CRS, cache=cache)  # fills the cache
    asked: dict[str, tuple[str, Mapping[str, object]]] = {
        OURS: ("ours", {"file": PORTO, "crs": CRS}),
        f"{OURS} (cache)": ("ours", {"file": PORTO, "crs": CRS, "cache": cache}),
    }
    if importlib.util.find_spec("pyrosm") is not None:
        asked["pyrosm"] = ("pyrosm", {"file": PORTO})
    asked["GDAL (pyogrio)"] = ("gdal", {"file": PORTO, "crs": CRS})
    answers = _ask_in_turn(asked, absent, repeats=3 if options.quick else 5)
    if options.osmnx:
        copy = options.folder / PORTO.name
        copy.write_bytes(PORTO.read_bytes())
        answers["OSMnx graph_from_xml"] = [run_child("osmnx", file=copy, crs=CRS)]
    ours = answers[OURS]
    base = _row("Porto : lecture + graphe", OURS, ours, "seconds")
    rows = [replace(base, bar="< 4 s", kept=base.median < _COLD_S, difference=_found(ours[0]))]
    for who, found in answers.items():
        if who == OURS:
            continue
        row = _row("Porto : lecture + graphe", who, found, "seconds")
        told = "identique" if found[0].get("walk_km") == ours[0]["walk_km"] else _apart(found[0], ours[0])
        rows.append(replace(row, ratio=row.median / base.median, difference=told))
    cached = _row("Porto : lecture depuis le cache", OURS, answers[f"{OURS} (cache)"], "read_s")
    rows.append(replace(cached, bar="< 0,3 s", kept=cached.median < _CACHED_S))
    for who, found in answers.items():
        row = spread_row("Porto : pic de mémoire", who, np.array([answer["peak_mb"] for answer in found]), unit="Mo")
        row = replace(row, note=f"dont {found[0]['imports_mb']:.0f} Mo après les imports")
        if who == OURS:
            row = replace(row, bar="< 700 Mo", kept=row.median < _COLD_MB)
        rows.append(row)
    return rows


def _ask_in_turn(
    asked: Mapping[str, tuple[str, Mapping[str, object]]], absent: list[str], *, repeats: int
) -> dict[str, list[Answer]]:
    """The answers of all readers; a peer that fails is left out, and told in ``absent``."""
    answers: dict[str, list[Answer]] = {who: [] for who in asked}
    for _ in range(repeats):
        for who in list(answers):
            task, arguments = asked[who]
            try:
                answers[who].append(run_child(task, **arguments))
            except RuntimeError as error:
                if task == "ours":
                    raise
                del answers[who]
                absent.append(f"{who} ne tourne pas ici : {str(error).splitlines()[-1]}")
    return answers


def _row(task: str, who: str, answers: list[Answer], key: str) -> Row:
    return spread_row(task, who, np.array([answer[key] for answer in answers]), unit="s")


def _found(answer: Answer) -> str:
    return f"{answer['km']:.0f} km, dont {answer['walk_km']:.0f} à pied"


def _apart(its: Answer, ours: Answer) -> str:
    """By how much its kilometres differ from ours: of all streets, or of those on foot, whichever it gives."""
    key, words = ("walk_km", "à pied") if "walk_km" in its else ("km", "en tout")
    return f"{its[key]:.0f} km {words}, {100 * (its[key] / ours[key] - 1):+.1f} %".replace(".", ",")


def _large_rows(options: Options) -> list[Row]:
    size_mb = PORTO.stat().st_size / _MB
    box = ",".join(map(str, bounds_of(PORTO)))
    alone = run_child("ours", file=PORTO, crs=CRS, box=box)
    rows: list[Row] = []
    seconds, sizes = [], []
    for target_mb in LARGE_MB:
        file = options.folder / f"porto_{target_mb}.osm.pbf"
        if not file.exists():
            copy_side_by_side(PORTO, file, round(target_mb / size_mb))
        repeats = 1 if options.quick or target_mb > _ONCE_MB else 3
        found = [run_child("ours", file=file, crs=CRS, box=box) for _ in range(repeats)]
        sizes.append(file.stat().st_size / _MB)
        task = f"fichier de {sizes[-1]:.0f} Mo lu dans l'emprise d'une copie"
        row = _row(task, OURS, found, "read_s")
        seconds.append(row.median)
        same = (found[0]["streets"], found[0]["km"]) == (alone["streets"], alone["km"])
        told = "mêmes rues que Porto seul" if same else f"{found[0]['streets'] - alone['streets']:+.0f} rues"
        per_mb = f"{1000 * row.median / sizes[-1]:.0f} ms par Mo"
        if len(sizes) > 1:
            step = (seconds[-1] / seconds[-2]) / (sizes[-1] / sizes[-2])
            row = replace(row, bar="croît comme le fichier", kept=step < _STEP)
        rows.append(replace(row, difference=told, note=per_mb))
        peak = spread_row(task, OURS, np.array([answer["peak_mb"] for answer in found]), unit="Mo")
        rows.append(replace(peak, note="pic de mémoire", bar="< 2 Go", kept=peak.median < _LARGE_MB))
    return rows
