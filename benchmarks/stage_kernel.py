"""The shortest-path kernel beside C, scipy, NetworkX, igraph, NetworKit, rustworkx and pandana."""

from __future__ import annotations

import ctypes
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from access92.network.graph import CLOSED, MS_PER_MIN, Network, build_network
from access92.network.modes import read_modes
from access92.network.snapping import NOT_SNAPPED, Snaps
from access92.travel.kernels import UNREACHED, Scratch, reset, search
from access92.travel.matrix import network_scratch, travel_time_matrix
from benchmarks import graph_peers
from benchmarks.c_kernel import CSearches, door_to_door, open_kernel
from benchmarks.graph_peers import SOME, Peer
from benchmarks.measures import OURS, Contender, Options, Row, Section, at_most_times, largest_difference, race
from benchmarks.synthetic import make_grid_streets

SOURCES = 50
TARGETS = 20_000
LIMIT_MIN = 20
_ANY_MIN = 24 * 60  # farther than anything
_SEED = 7
_CORES = 2
_SMALL_GRAPH = 200_000  # peers without a cut-off, or slow to build, are only asked on graphs up to this size
_BAR = 1.5


def measure(options: Options) -> Section:
    """Four tasks on each graph; the answers of all are compared with those of access92."""
    kernel, built = open_kernel()
    rows: list[Row] = []
    remarks = [
        f"{SOURCES} services tirés au sort, graphe inverse (vers les services), mode walk, limite {LIMIT_MIN} min.",
        f"C : benchmarks/kernel.c, même file à seaux, mêmes tableaux, mêmes seaux ({built}).",
        "Matrice de porte à porte : d'un point d'une rue à un autre, par les deux bouts, trajets hors réseau et cas "
        "d'une même rue compris ; C fait le même travail que travel_time_matrix, mémoire de travail comprise. Entre "
        "nœuds, C ne fait que chercher et lire, mémoire prête : pour orientation.",
        f"NetworkX, igraph, NetworKit, rustworkx et pandana n'ont traité que {SOME} sources (sauf « plus proche ») : "
        "temps multiplié d'autant. igraph, NetworKit et rustworkx n'ont pas de limite de temps. pandana compte en "
        "flottants : quelques ms d'écart ; sa construction est à part.",
    ]
    if kernel is None:
        remarks.append("Pas de compilateur C sur cette machine : la barre du noyau n'est pas mesurée.")
    for count in options.node_counts:
        network = build_network(make_grid_streets(count), read_modes()["walk"])
        case = _Case.draw(network)
        label = f"{network.node_count:,} nœuds".replace(",", " ")
        peers = (
            graph_peers.open_peers(network) if network.node_count <= _SMALL_GRAPH else graph_peers.open_scipy(network)
        )
        rows += [
            Row(f"construction, {label}", peer.name, peer.build_s, "s", note="hiérarchies de contraction, une fois")
            for peer in peers
            if peer.name == "pandana"
        ]
        with ThreadPoolExecutor(max_workers=_CORES) as pool:
            rows += _cut_off(case, peers, kernel, pool, label, options.repeats)
            rows += _nearest(case, peers, kernel, label, options.repeats)
            rows += _matrix(case, peers, kernel, label, options.repeats)
            rows += _door_to_door(case, kernel, label, options.repeats)
    return Section("Noyau : plus courts chemins", rows, remarks)


@dataclass(frozen=True, slots=True, eq=False)
class _Case:
    """A network and what is asked of it: sources and targets are nodes."""

    network: Network
    sources: np.ndarray
    targets: np.ndarray
    service_snaps: Snaps
    demand_snaps: Snaps

    @staticmethod
    def draw(network: Network) -> _Case:
        rng = np.random.default_rng(_SEED)
        sources = rng.integers(network.node_count, size=SOURCES).astype(np.int32)
        targets = rng.integers(network.node_count, size=TARGETS).astype(np.int32)
        return _Case(network, sources, targets, at_nodes(network, sources), at_nodes(network, targets))


def at_nodes(network: Network, nodes: np.ndarray) -> Snaps:
    """Places that stand exactly at nodes: on a street open both ways that begins or ends there, where there is one."""
    both = (network.forward_ms != CLOSED) & (network.backward_ms != CLOSED)
    street = np.full(network.node_count, -1, dtype=np.int32)
    position = np.zeros(network.node_count)
    for open_streets in (np.flatnonzero(~both), np.flatnonzero(both)):  # the latter overwrite the former
        street[network.leave_to_node[open_streets]] = open_streets
        position[network.leave_to_node[open_streets]] = 1.0
        street[network.leave_from_node[open_streets]] = open_streets
        position[network.leave_from_node[open_streets]] = 0.0
    return Snaps(street=street[nodes], position=position[nodes], snap_m=np.zeros(len(nodes)))


def search_all(network: Network, nodes: np.ndarray, limit_ms: int, scratch: Scratch) -> int:
    """Nodes reached by one search from each of the nodes, all together."""
    seed_ms = np.zeros(1, dtype=np.int32)
    total = 0
    for at in range(len(nodes)):
        reached = search(network.arc_start, network.arcs, nodes[at : at + 1], seed_ms, limit_ms, scratch)
        total += reached
        reset(scratch, reached)
    return total


def _cut_off(
    case: _Case, peers: list[Peer], kernel: ctypes.CDLL | None, pool: ThreadPoolExecutor, label: str, repeats: int
) -> list[Row]:
    network, limit_ms = case.network, LIMIT_MIN * MS_PER_MIN
    scratches = [network_scratch(network, limit_ms=limit_ms) for _ in range(_CORES)]
    zeros = np.zeros(SOURCES, dtype=np.int32)

    def ours_once() -> int:
        return search_all(network, case.sources, limit_ms, scratches[0])

    def ours_on_all_cores() -> int:
        shares = [case.sources[first::_CORES] for first in range(_CORES)]
        return sum(pool.map(lambda share, scratch: search_all(network, share, limit_ms, scratch), shares, scratches))

    def difference(ours: int, its: int) -> str:
        return "identique" if ours == its else f"{its - ours:+d} nœuds atteints sur {ours}"

    rows: list[Row] = []
    for words, run, cores in (("un fil", ours_once, 1), (f"{_CORES} fils", ours_on_all_cores, _CORES)):
        task = f"{SOURCES} sources, {LIMIT_MIN} min, {label}, {words}"
        contenders = [Contender(OURS, run)]
        searches = None
        if kernel is not None:
            searches = CSearches(kernel, network, limit_ms=limit_ms, width_ms=scratches[0].width_ms, threads=cores)
            contenders.append(Contender("C", lambda its=searches: its.each_source(case.sources, zeros)[0], difference))
        if cores == 1:
            contenders += [
                Contender(
                    peer.name, lambda peer=peer: peer.within(case.sources, limit_ms),
                    lambda _, its, peer=peer: difference(ours_reached(case, peer.sources, scratches[0]), its),
                    scale=SOURCES / min(SOURCES, peer.sources), repeats=peer.repeats(repeats),
                )
                for peer in peers
            ]  # fmt: skip
        rows += race(task, contenders, repeats=repeats * 2, bars={"C": at_most_times(_BAR)})
        if searches is not None:
            searches.close()
    return rows


def ours_reached(case: _Case, count: int, scratch: Scratch) -> int:
    """Nodes that we reach from the first sources."""
    return search_all(case.network, case.sources[:count], LIMIT_MIN * MS_PER_MIN, scratch)


def _nearest(case: _Case, peers: list[Peer], kernel: ctypes.CDLL | None, label: str, repeats: int) -> list[Row]:
    network, limit_ms = case.network, _ANY_MIN * MS_PER_MIN
    scratch = network_scratch(network, limit_ms=limit_ms)
    zeros = np.zeros(SOURCES, dtype=np.int32)

    def ours() -> np.ndarray:
        reached = search(network.arc_start, network.arcs, case.sources, zeros, limit_ms, scratch)
        times = scratch.time_ms.copy()
        reset(scratch, reached)
        return times

    def difference(mine: np.ndarray, its: np.ndarray) -> str:
        return largest_difference(_as_float(mine), _as_float(its), unit="ms")

    contenders = [Contender(OURS, ours)]
    searches = None
    if kernel is not None:
        searches = CSearches(kernel, network, limit_ms=limit_ms, width_ms=scratch.width_ms, threads=1)
        contenders.append(Contender("C", lambda its=searches: its.all_sources(case.sources, zeros), difference))
    contenders += [
        Contender(peer.name, lambda peer=peer: peer.nearest(case.sources), difference, repeats=peer.repeats(repeats))
        for peer in peers
        if peer.nearest is not None
    ]
    rows = race(
        f"plus proche de {SOURCES} pour tous, {label}", contenders, repeats=repeats, bars={"C": at_most_times(_BAR)}
    )
    if searches is not None:
        searches.close()
    return rows


def _matrix(case: _Case, peers: list[Peer], kernel: ctypes.CDLL | None, label: str, repeats: int) -> list[Row]:
    network, limit_ms = case.network, LIMIT_MIN * MS_PER_MIN
    width_ms = network_scratch(network, limit_ms=limit_ms).width_ms
    zeros = np.zeros(SOURCES, dtype=np.int32)

    def ours() -> np.ndarray:
        return travel_time_matrix(network, case.service_snaps, case.demand_snaps, cutoff_min=LIMIT_MIN)

    def difference(mine: np.ndarray, its: np.ndarray) -> str:
        first = mine[: len(its)].astype(float) * MS_PER_MIN
        return largest_difference(np.rint(first), _as_float(its), unit="ms")

    contenders = [Contender(OURS, ours, note="travel_time_matrix, de porte à porte, 2 fils")]
    searches = None
    if kernel is not None:
        searches = CSearches(kernel, network, limit_ms=limit_ms, width_ms=width_ms, threads=_CORES)
        contenders.append(
            Contender(
                "C", lambda its=searches: its.each_source(case.sources, zeros, case.targets)[1], difference,
                note="de nœud à nœud, 2 fils, mémoire de travail prête",
            ),
        )  # fmt: skip
    contenders += [
        Contender(
            peer.name, lambda peer=peer: peer.matrix(case.sources[: peer.sources], case.targets, limit_ms),
            difference, scale=SOURCES / min(SOURCES, peer.sources), repeats=peer.repeats(repeats),
        )
        for peer in peers
        if peer.matrix is not None
    ]  # fmt: skip
    rows = race(f"matrice {SOURCES} × {TARGETS} entre nœuds, {LIMIT_MIN} min, {label}", contenders, repeats=repeats)
    if searches is not None:
        searches.close()
    return rows


def _door_to_door(case: _Case, kernel: ctypes.CDLL | None, label: str, repeats: int) -> list[Row]:
    """The matrix between places anywhere along streets, some off them: ours and C from end to end."""
    network, limit_ms = case.network, LIMIT_MIN * MS_PER_MIN
    services, demand = along_streets(network, SOURCES), along_streets(network, TARGETS, seed=_SEED + 1)
    width_ms = network_scratch(network, limit_ms=limit_ms).width_ms
    contenders = [
        Contender(OURS, lambda: travel_time_matrix(network, services, demand, cutoff_min=LIMIT_MIN), note="2 fils")
    ]
    if kernel is not None:
        contenders.append(
            Contender(
                "C",
                lambda: door_to_door(
                    kernel, network, services, demand, limit_ms=limit_ms, width_ms=width_ms, threads=_CORES
                ),
                lambda mine, its: largest_difference(mine, its, unit="min"),
                note="2 fils",
            ),
        )
    return race(
        f"matrice {SOURCES} × {TARGETS} de porte à porte, {LIMIT_MIN} min, {label}", contenders, repeats=repeats * 2,
        bars={"C": at_most_times(_BAR)},
    )  # fmt: skip


def along_streets(network: Network, count: int, *, seed: int = _SEED) -> Snaps:
    """Places drawn anywhere along the streets, up to 50 m off them; one in twenty is not snapped."""
    rng = np.random.default_rng(seed)
    street = rng.integers(len(network.street_row), size=count).astype(np.int32)
    street[rng.random(count) < 0.05] = NOT_SNAPPED  # noqa: PLR2004 - one in twenty
    return Snaps(street=street, position=rng.random(count), snap_m=rng.uniform(0, 50, count))


def _as_float(times: np.ndarray) -> np.ndarray:
    """Milliseconds as floats, NaN where not reached."""
    values = times.astype(float)
    values[(values >= UNREACHED) | ~np.isfinite(values)] = np.nan
    return values
