"""``python -m benchmarks``: every stage beside its peers, as a table and as RESULTS.md."""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from benchmarks.machine import describe_machine, describe_moment, describe_versions
from benchmarks.measures import Options, Row
from benchmarks.reporting import RESULTS, join_sections, missed_bars, plain_table, read_sections, section_text

STAGES: Mapping[str, str] = MappingProxyType(
    {
        "kernel": "le noyau de plus courts chemins, à côté de C, scipy, NetworkX, igraph, pandana…",
        "reading": "la lecture des rues, à côté de pyrosm, GDAL et OSMnx",
        "isochrones": "les isochrones et leur justesse, à côté des tampons, de concave_hull et de Valhalla",
        "engines": "une matrice à pied dans Porto, à côté de Valhalla et d'OSRM",
        "demand": "l'accrochage d'un million de points et leur couverture",
        "timetable": "la lecture d'un jour d'un GTFS réel, et d'un dix fois plus grand",
        "run": "la commande access92 sur l'étude livrée, à froid et à chaud",
        "rerun": "un scénario nouveau après un calcul de la même étude",
        "transit": "les transports publics, chaque minute d'une matinée, sur les deux horaires réels",
        "cafein": "les transports publics, à côté de cafein",
        "transit-growth": "la croissance des transports publics, jusqu'à un million de logements",
        "pages": "les pages, rues livrées et vraies rues : taille, affichage, « et si » et mémoire dans Chromium",
        "growth": "la croissance du temps et de la mémoire",
    },
)
"""The stages in their order, with what they measure."""

_QUICK_NODES = (20_000,)

_HEAD = """# Mesures de vitesse

Fichier écrit par `python -m benchmarks` ; comment le lire : [docs/benchmarks.md](../docs/benchmarks.md).

Machine : {machine}.

Versions : {versions}.

« ÷ access92 » est le temps de ce concurrent divisé par le nôtre, mesurés dans la même exécution, à tour de rôle :
plus de 1, access92 est plus rapide ; moins de 1, le concurrent gagne. « Réponse » dit d'abord en quoi sa réponse
diffère de la nôtre.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure the stages asked for; the exit code says nothing of the bars (a machine may be busy)."""
    asked = _read_arguments(arguments)
    if asked.list:
        for name, words in STAGES.items():
            print(f"{name:16}{words}")
        return 0
    sections = read_sections(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {}
    rows: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="access92-bench-") as made:
        options = Options(
            folder=asked.folder or Path(made),
            quick=asked.quick,
            large=asked.large,
            osmnx=asked.osmnx,
            **({"node_counts": _QUICK_NODES, "repeats": 3} if asked.quick else {}),
        )
        for name in asked.only or STAGES:
            print(f"\n== {name} : {STAGES[name]}", flush=True)
            conditions, begin = describe_moment(quick=asked.quick), time.perf_counter()
            section = importlib.import_module(f"benchmarks.stage_{name.replace('-', '_')}").measure(options)
            print(plain_table(section.rows))
            for remark in section.remarks:
                print(f"* {remark}")
            print(f"({time.perf_counter() - begin:.0f} s)", flush=True)
            sections[name] = section_text(section, conditions=conditions, folder=RESULTS.parent)
            rows += section.rows
    if not asked.quick or asked.write:
        head = _HEAD.format(machine=describe_machine(), versions=describe_versions())
        RESULTS.write_text(join_sections(head, sections, order=list(STAGES)), encoding="utf-8")
        print(f"\nÉcrit : {RESULTS.name}")
    missed = missed_bars(rows)
    print("\nBarres non tenues :" if missed else "\nToutes les barres mesurées sont tenues.")
    for line in missed:
        print(f"  {line}")
    return 0


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Mesure access92 à côté de ses pairs.")
    parser.add_argument("--list", action="store_true", help="lister les étapes")
    parser.add_argument("--only", action="append", choices=list(STAGES), metavar="ÉTAPE", help="une étape (répétable)")
    parser.add_argument("--quick", action="store_true", help="tailles réduites ; RESULTS.md reste tel quel")
    parser.add_argument("--write", action="store_true", help="avec --quick, écrire quand même RESULTS.md")
    parser.add_argument("--large", action="store_true", help="lire aussi des fichiers de 30, 100 et 300 Mo (fabriqués)")
    parser.add_argument("--osmnx", action="store_true", help="lire aussi Porto avec OSMnx (deux minutes)")
    parser.add_argument("--folder", type=Path, help="dossier de travail à garder (défaut : temporaire)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
