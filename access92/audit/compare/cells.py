"""Where a figure stands: its table, scenarios, modes, rule, area and public."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from access92.audit.compared_tables import BY_COMMITMENT, COVERAGE, PEOPLE_FOUND, TURNING
from access92.audit.values import FinishedRun
from access92.study.schemas import ANY, EVERYBODY, TOTAL


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a figure stands. ``modes``: those that its times are of; none where not known."""

    scenarios: tuple[str, ...]
    modes: tuple[str, ...]
    rule: str
    area_id: str
    figure: str
    table: str = COVERAGE
    public: str = EVERYBODY
    is_declared: bool = False  # its rule is a commitment

    @property
    def is_denominator(self) -> bool:
        """Whether the figure counts population whatever it reaches."""
        return self.figure == "population" and self.table not in PEOPLE_FOUND

    @property
    def is_of_commitment(self) -> bool:
        """Whether a declared rule decides it, and not the threshold of the study."""
        return self.table in BY_COMMITMENT or self.is_declared


@dataclass(frozen=True, slots=True)
class RunFrame:
    """What the manifests say that a row does not: the modes of each commitment, the first scenario of each run.

    ``walks``: the modes of the study that walk; ``public_walks``: by public the modes by which it walks instead.
    """

    commitment_modes: Mapping[str, tuple[str, ...]]
    references: tuple[str, ...]
    walks: frozenset[str] = frozenset()
    public_walks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def cell(self, table: str, key: Mapping[str, str], figure: str) -> Cell:
        """The place of a figure of a row.

        >>> frame = RunFrame({"deux-temps": ("walk", "car")}, ("s",))
        >>> key = {"scenario": "s", "commitment": "deux-temps", "area_id": "a"}
        >>> frame.cell("commitment_summary.csv", key, "population_rescued").modes
        ('walk', 'car')
        """
        scenarios = tuple(key[name] for name in ("scenario_reference", "scenario") if name in key)
        if table == TURNING:  # where people turn who lose a service of the first scenario
            scenarios = (*self.references, *scenarios)
        public = key.get("public", EVERYBODY)
        rule = key.get("rule", key.get("commitment", ANY))
        modes: tuple[str, ...] = (key["mode"],) if "mode" in key else ()
        is_declared = rule in self.commitment_modes
        if table in BY_COMMITMENT or is_declared:
            modes = self.commitment_modes.get(rule, ())
            walks = self.public_walks.get(public, ())
            if walks:  # the steps on foot of a public are by its own walk
                modes = tuple(
                    dict.fromkeys(name for mode in modes for name in (walks if mode in self.walks else (mode,)))
                )
        return Cell(
            scenarios, modes, rule, key.get("area_id", TOTAL), figure,
            table=table, public=public, is_declared=is_declared,
        )  # fmt: skip


def frame_of(a: FinishedRun, b: FinishedRun) -> RunFrame:
    """What both manifests say."""
    modes: dict[str, dict[str, None]] = {}
    walks: set[str] = set()
    public_walks: dict[str, dict[str, None]] = {}
    for run in (a, b):
        study, speeds = run.manifest["parameters"]["study"], run.manifest["parameters"]["modes"]
        computed = {name: speeds.get(name, {}) for name in study.get("modes") or ()}
        walks |= {name for name, mode in computed.items() if mode.get("family") == "foot" and not mode.get("rides")}
        for public in study.get("public") or ():
            if public.get("walk_mode"):
                public_walks.setdefault(str(public.get("name")), {})[str(public["walk_mode"])] = None
        for commitment in run.manifest["parameters"]["study"].get("commitment") or ():
            steps = modes.setdefault(str(commitment.get("name")), {})
            steps |= {str(step.get("mode")): None for step in commitment.get("any_of") or ()}
    ran = [run.manifest["parameters"]["scenarios_run"] for run in (a, b)]
    references = tuple(dict.fromkeys(str(names[0]) for names in ran if names))
    return RunFrame(
        {name: tuple(steps) for name, steps in modes.items()},
        references,
        frozenset(walks),
        {name: tuple(modes) for name, modes in public_walks.items()},
    )


def commitment_names(*runs: FinishedRun) -> frozenset[str]:
    """The commitments that the manifests declare: rules that are neither « any » nor a kind of services."""
    studies = [run.manifest.get("parameters", {}).get("study", {}) for run in runs]
    return frozenset(str(item.get("name")) for study in studies for item in study.get("commitment") or ())


def mobile_kinds(*runs: FinishedRun) -> frozenset[str]:
    """The kinds of the places of mobile units; « mobile » in manifests older than the kinds of a study."""
    listed = [run.manifest.get("parameters", {}).get("study", {}).get("kind") for run in runs]
    return frozenset(
        str(kind.get("name"))
        for kinds in listed
        for kind in (kinds if kinds is not None else ({"name": "mobile", "mobile": True},))
        if kind.get("mobile")
    )


def row_mode(table: str, key: Mapping[str, str], commitments: Collection[str]) -> str:
    """The mode under which a row is listed; '' where its figures are of several (``commitments``: their names).

    >>> [row_mode("ledger.csv", {"mode": "walk", "rule": rule}, ["pied-2023"]) for rule in ("any", "pied-2023")]
    ['walk', '']
    """
    if table in BY_COMMITMENT or key.get("rule", ANY) in commitments:
        return ""
    return key.get("mode", "")
