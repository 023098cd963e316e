"""Where a figure stands: its table, scenarios, modes, rule, area and public."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from access92.audit.compared_tables import BY_COMMITMENT, COVERAGE, PEOPLE_FOUND, TURNING
from access92.audit.values import FinishedRun
from access92.study.schemas import ANY, EVERYBODY, KINDS, TOTAL


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

    @property
    def is_denominator(self) -> bool:
        """Whether the figure counts people whatever they reach."""
        return self.figure == "population" and self.table not in PEOPLE_FOUND

    @property
    def is_of_commitment(self) -> bool:
        """Whether a declared rule decides it, and not the threshold of the study."""
        return self.table in BY_COMMITMENT or is_commitment(self.rule)


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
        if table in BY_COMMITMENT or is_commitment(rule):
            modes = self.commitment_modes.get(rule, ())
            walks = self.public_walks.get(public, ())
            if walks:  # the steps on foot of a public are by its own walk
                modes = tuple(
                    dict.fromkeys(name for mode in modes for name in (walks if mode in self.walks else (mode,)))
                )
        return Cell(scenarios, modes, rule, key.get("area_id", TOTAL), figure, table=table, public=public)


def frame_of(a: FinishedRun, b: FinishedRun) -> RunFrame:
    """What both manifests say."""
    modes: dict[str, dict[str, None]] = {}
    walks: set[str] = set()
    public_walks: dict[str, dict[str, None]] = {}
    for run in (a, b):
        study, speeds = run.manifest["parameters"]["study"], run.manifest["parameters"]["modes"]
        walks |= {name for name in study.get("modes") or () if speeds.get(name, {}).get("family") == "foot"}
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


def is_commitment(rule: str) -> bool:
    """Whether a rule is neither « any » nor a kind of services.

    >>> is_commitment("any"), is_commitment("sst"), is_commitment("schema-2024")
    (False, False, True)
    """
    return rule != ANY and rule not in KINDS


def row_mode(table: str, key: Mapping[str, str]) -> str:
    """The mode under which a row is listed; '' where its figures are of several (commitments).

    >>> [row_mode("ledger.csv", {"mode": "walk", "rule": rule}) for rule in ("any", "pied-2023")]
    ['walk', '']
    """
    if table in BY_COMMITMENT or is_commitment(key.get("rule", ANY)):
        return ""
    return key.get("mode", "")
