"""Mutants by hand: ``python -m tests.mutation --count 30 --seed 10 --module ledger``."""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections import Counter
from pathlib import Path

from tests.mutation.mutants import sample_mutants
from tests.mutation.runner import copied_package, import_libraries, judge


def main() -> int:
    """Judge so many mutants of each module, say which survive; 1 where the tests fail without any."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--count", type=int, default=30, help="mutants of each module")
    parser.add_argument("--seed", type=int, default=10)
    parser.add_argument("--module", action="append", default=[], help="only these modules (repeatable)")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds for the tests of one mutant")
    parser.add_argument("--json", type=Path, help="a file to which each judgement is appended as a line")
    settings = parser.parse_args()
    modules = tomllib.loads(Path(__file__).with_name("modules.toml").read_text("utf-8"))
    import_libraries()
    failed = False
    with copied_package() as copy:
        for name in settings.module or modules:
            module = modules[name]
            path = copy / "access92" / module["path"]
            tests, compiled = [f"access92/{module['path']}", *module["tests"]], module.get("compiled", False)
            plain = judge(copy, tests, compiled=compiled, timeout_s=10 * settings.timeout)
            if plain.outcome != "survived":
                failed = True
                sys.stdout.write(f"{name}: the tests fail without a mutant ({plain.killer or plain.outcome})\n")
                continue
            mutants, places = sample_mutants(path, shown=module["path"], count=settings.count, seed=settings.seed)
            original = path.read_text("utf-8")
            counts: Counter[str] = Counter()
            for mutant in mutants:
                path.write_text(mutant.code, "utf-8")
                judgement = judge(copy, tests, compiled=compiled, timeout_s=settings.timeout)
                counts[judgement.outcome] += 1
                if judgement.outcome == "survived":
                    sys.stdout.write(f"survived  {mutant.name}\n")
                    sys.stdout.flush()
                if settings.json is not None:
                    record = {
                        "module": name, "mutant": mutant.name, "operator": mutant.operator,
                        "occurrence": mutant.occurrence, "outcome": judgement.outcome, "killer": judgement.killer,
                        "seconds": round(judgement.seconds, 1),
                    }  # fmt: skip
                    with settings.json.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(record, ensure_ascii=False) + "\n")
            path.write_text(original, "utf-8")
            totals = ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))
            sys.stdout.write(f"{name}: {places} places, {len(mutants)} mutants: {totals} ({plain.seconds:.0f} s)\n")
            sys.stdout.flush()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
