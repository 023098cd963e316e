"""The fuzzer by hand: ``python -m tests.fuzz --count 5000 --seed 1``."""

from __future__ import annotations

import argparse
import os
import resource
import sys
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from random import Random

from tests.fuzz.corpus import subjects
from tests.fuzz.hostile import hostile_cases
from tests.fuzz.mutators import mutate
from tests.fuzz.runner import Verdict, judge, judge_call


def main() -> int:
    """Read so many damaged inputs and list what went wrong, one paragraph a kind; 1 if anything did."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="seeded mutations")
    parser.add_argument("--first", type=int, default=0, help="number of the first of them")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--subject", action="append", default=[], help="only these subjects (repeatable)")
    parser.add_argument(
        "--hostile", nargs="?", const="", help="also the hostile inputs written by hand whose name holds this word"
    )
    parser.add_argument("--sample", type=int, default=0, help="only so many of the hostile inputs, drawn by the seed")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--show", action="store_true", help="print how every reading ended")
    arguments = parser.parse_args()
    begin = time.monotonic()
    numbers = range(arguments.first, arguments.first + arguments.count)
    tasks: list[tuple[object, ...]] = [
        ("mutation", number, arguments.seed, tuple(arguments.subject)) for number in numbers
    ]
    if arguments.hostile is not None:
        names = [name for name in hostile_cases() if arguments.hostile in name]
        if arguments.sample:
            names = Random(arguments.seed).sample(names, min(arguments.sample, len(names)))
        tasks = [("hostile", name) for name in names] + tasks
    warm_up()
    kinds: dict[tuple[str, str], list[str]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    slowest = ("", 0.0)
    with ProcessPoolExecutor(arguments.jobs, mp_context=get_context("fork")) as pool:
        for name, verdict in pool.map(perform, tasks, chunksize=4):
            counts[verdict.outcome] += 1
            slowest = max(slowest, (name, verdict.seconds), key=lambda item: item[1])
            if not verdict.is_right:
                kinds[verdict.outcome, verdict.detail.split(": ")[0]].append(f"{name[:90]} — {verdict.detail}")
                sys.stderr.write(f"{verdict.outcome} {verdict.seconds:.1f} s {name[:90]} — {verdict.detail[:250]}\n")
            if arguments.show:
                sys.stdout.write(f"{verdict.outcome:10} {verdict.seconds:5.2f} s  {name}\n      {verdict.detail}\n")
        sys.stdout.flush()
    for (outcome, where), cases in sorted(kinds.items(), key=lambda item: -len(item[1])):
        sys.stdout.write(f"\n{len(cases)} × {outcome}, {where}\n" + "".join(f"    {case}\n" for case in cases[:3]))
    outcomes = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items(), key=lambda item: -item[1]))
    spent = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    seconds = f"{time.monotonic() - begin:.0f} s ({spent:.0f} s of processor)"
    sys.stdout.write(
        f"\n{len(tasks)} inputs in {seconds}: {outcomes}; slowest {slowest[1]:.1f} s ({slowest[0][:90]})\n"
    )
    return 1 if kinds else 0


def warm_up() -> None:
    """Read every subject once, so that compiled code and libraries are there when children are made."""
    for subject in subjects().values():
        verdict = judge(subject)
        if verdict.outcome != "read":
            raise AssertionError(f"{subject.name} is not a good input: {verdict}")


def perform(task: tuple[object, ...]) -> tuple[str, Verdict]:
    """Make one input, and judge how it is read."""
    if task[0] == "hostile":
        name = str(task[1])
        case = hostile_cases()[name]
        return name, judge_call(case) if callable(case) else judge(case)
    _, number, seed, names = task
    name, subject = mutate(number, seed, names)  # type: ignore[arg-type]
    return name, judge(subject)


if __name__ == "__main__":
    sys.exit(main())
