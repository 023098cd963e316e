"""Mutants of a module: cosmic-ray's operators, less what changes no behaviour, sampled by a seed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

_LEFT_OUT = ("RemoveDecorator", "NoOp", "VariableReplacer", "VariableInserter", "ExceptionReplacer", "BitAnd_Mul")
"""Operators that change nothing, or make no fault that a person makes: a product of truths, a dataclass that is none, a
caught name that does not exist."""

_MESSAGES = frozenset({"Fault", "input_error", "InputError", "some_values", "nearest_word", "_log", "warning"})
"""Calls whose arguments are texts for a reader, which tests of words check."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One changed copy of a module; ``operator`` and ``occurrence`` name it for cosmic-ray."""

    path: str
    line: int
    column: int
    operator: str
    occurrence: int
    code: str
    before: str
    after: str

    @property
    def name(self) -> str:
        """Where it is and what it changes."""
        return f"{self.path}:{self.line}: `{self.before}` → `{self.after}`"


def sample_mutants(path: Path, *, shown: str, count: int, seed: int) -> tuple[list[Mutant], int]:
    """So many mutants of a module, spread over its places, in the order of its lines; and how many places there are.

    One mutant of a place (an operator, a number, a condition) before a second one of any.
    """
    code = path.read_text("utf-8")
    rng = Random(f"{seed} {shown}")
    by_place: dict[tuple[int, int], list[tuple[str, int]]] = {}
    for place, operator, occurrence in _positions(code):
        by_place.setdefault(place, []).append((operator, occurrence))
    places = sorted(by_place)
    rng.shuffle(places)
    for candidates in by_place.values():
        rng.shuffle(candidates)
    plain, mutants, seen = _behaviour(code), [], set()
    for turn in range(max(map(len, by_place.values()), default=0)):
        for place in places:
            if len(mutants) == count or turn >= len(by_place[place]):
                continue
            mutant = _mutant(code, shown, place, *by_place[place][turn])
            if mutant is None or (behaviour := _behaviour(mutant.code)) in {None, plain, *seen}:
                continue
            seen.add(behaviour)
            mutants.append(mutant)
    return sorted(mutants, key=lambda mutant: (mutant.line, mutant.column)), len(places)


def _positions(code: str) -> Iterator[tuple[tuple[int, int], str, int]]:
    """Every place that an operator of cosmic-ray changes: (line, column), operator, its occurrence."""
    nodes = list(ast_nodes(get_ast(code)))
    for name in operator_names():
        operator_class = get_operator(name)
        if any(word in name for word in _LEFT_OUT) or operator_class.arguments():
            continue
        operator = operator_class()
        positions = (place for node in nodes for place in operator.mutation_positions(node))
        for occurrence, (start, _) in enumerate(positions):
            yield start, name, occurrence


def _mutant(code: str, shown: str, place: tuple[int, int], operator: str, occurrence: int) -> Mutant | None:
    changed = mutate_code(code, get_operator(operator)(), occurrence)
    if changed is None:
        return None
    pairs = zip(code.splitlines(), changed.splitlines(), strict=False)
    before, after = next(((old.strip(), new.strip()) for old, new in pairs if old != new), ("", ""))
    return Mutant(shown, *place, operator.partition("/")[2], occurrence, changed, before, after)


def _behaviour(code: str) -> str | None:
    """The syntax tree without annotations, docstrings and messages; None where the code is none."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return None
    return ast.dump(_Stripped().visit(tree))


class _Stripped(ast.NodeTransformer):
    """A syntax tree without what changes no result."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        """An argument without its annotation."""
        node.annotation = None
        return node

    def visit_arguments(self, node: ast.arguments) -> ast.AST:
        """Arguments, whether they may go by name, by place or both: who calls them otherwise is found by mypy."""
        node.args = [*node.posonlyargs, *node.args, *node.kwonlyargs]
        node.defaults = [*node.defaults, *(value for value in node.kw_defaults if value is not None)]
        node.posonlyargs, node.kwonlyargs, node.kw_defaults = [], [], []
        return self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """A function without its annotation and what decorates it."""
        node.returns, node.decorator_list = None, []
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """A class without what decorates it: slots and comparisons of dataclasses."""
        node.decorator_list = []
        return self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        """A variable without its annotation."""
        node.annotation = ast.Constant(value=None)
        return self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        """No text that stands by itself."""
        if isinstance(node.value, ast.Constant):
            node.value.value = None
        return self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        """What stands in a text, but not how many decimals it has."""
        return ast.Tuple(elts=[part.value for part in node.values if isinstance(part, ast.FormattedValue)])

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """No argument of a message."""
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        if name in _MESSAGES:
            node.args, node.keywords = [], []
        return self.generic_visit(node)
