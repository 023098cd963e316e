"""Each damaged folder is read by a child process of its own, under limits of time and memory, and judged."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import select
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from access92.audit.compare import compare_runs
from access92.audit.verify import verify_run
from access92.errors import Access92Error
from access92.run.check import check_study
from access92.run.pipeline import run_study
from access92.study.read import read_study
from tests.fuzz.corpus import Subject

MORE_MEMORY_BYTES = 2 << 30
"""Address space that a child may take beyond what it starts with."""

CPU_S = 60
"""Seconds of processor that a child may take, all threads together; ten times as much by the clock."""

LONGEST_MESSAGE = 20_000
"""Characters of a refusal: whatever the input holds, a message is for reading."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a reading ended: ``outcome`` is « read », « refused », or what went wrong; ``detail`` says where."""

    outcome: str
    detail: str
    seconds: float

    @property
    def is_right(self) -> bool:
        """Whether the input was read, or refused in our words."""
        return self.outcome in ("read", "refused")


def judge(subject: Subject) -> Verdict:
    """Write the files of a subject into a folder, read them in a child process, and tell how that ended."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        folder = Path(name)
        for path, content in subject.files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
        return judge_call(lambda: read(subject, folder))


def read(subject: Subject, folder: Path) -> None:
    """Read the files of a subject as the command line would."""
    if subject.action == "run":
        run_study(read_study(folder / "study.toml"))
    elif subject.action == "check":
        check_study(read_study(folder / "study.toml"))
    elif subject.action == "cached":
        run_study(read_study(folder / "study.toml"), cache_folder=folder / "cache")
    else:
        _each(
            lambda: verify_run(folder / "run", study_file=folder / "study.toml", quick=True),
            lambda: compare_runs(folder / "run", folder / "run"),
        )


def _each(*calls: Callable[[], object]) -> None:
    """All of the calls, whichever is refused; then the first refusal."""
    refusals = []
    for call in calls:
        try:
            call()
        except Access92Error as error:
            refusals.append(error)
    if refusals:
        raise refusals[0]


def judge_call(call: Callable[[], object]) -> Verdict:
    """How a call ends in a child process of its own."""
    begin = time.monotonic()
    reading, writing = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # « multi-threaded, use of fork »: libraries handle it
        child = os.fork()
    if child == 0:
        os.close(reading)
        _answer(call, writing)
    os.close(writing)
    answer = b"".join(_chunks(reading, begin + 10 * CPU_S))
    os.close(reading)
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)  # done by now, or out of time
    _, status = os.waitpid(child, 0)
    seconds = time.monotonic() - begin
    if answer:
        return Verdict(*json.loads(answer), seconds=seconds)
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    if number in (signal.SIGXCPU, signal.SIGKILL):
        return Verdict("too long", f"{seconds:.0f} s", seconds)
    return Verdict(f"signal {signal.Signals(number).name}" if number else "died", f"status {status}", seconds)


def _answer(call: Callable[[], object], writing: int) -> None:
    """In the child: take the limits, call, write the outcome, and leave at once."""
    try:
        with Path("/proc/self/statm").open(encoding="ascii") as file:
            now = int(file.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + MORE_MEMORY_BYTES,) * 2)
        spent = sum(resource.getrusage(resource.RUSAGE_SELF)[:2])
        resource.setrlimit(resource.RLIMIT_CPU, (int(spent) + CPU_S, int(spent) + CPU_S + 2))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.write(writing, json.dumps(_outcome(call)).encode())
    finally:
        os._exit(0)


def _outcome(call: Callable[[], object]) -> tuple[str, str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            call()
    except Access92Error as error:
        message = str(error)
        if len(message) > LONGEST_MESSAGE:
            return "endless message", f"{len(message)} characters: {message[:200]!r}"
        return "refused", message[:1000]
    except MemoryError as error:
        return "memory", _where(error)
    except BaseException as error:  # noqa: BLE001 - whatever it is, it would be a traceback
        return f"traceback {type(error).__name__}", f"{_where(error)}: {str(error)[:200]!r}"
    return "read", ""


def _where(error: BaseException) -> str:
    """The last line of ours, and the last line of all, in the trace of an error."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/access92/" in frame.filename and "/site-packages/" not in frame.filename]
    last = [*ours[-1:], *frames[-1:]]
    return " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in last)


def _chunks(reading: int, end: float) -> Iterator[bytes]:
    """What the child writes, until it ends or its time is up."""
    while (left := end - time.monotonic()) > 0:
        if not select.select([reading], [], [], min(left, 1.0))[0]:
            continue
        chunk = os.read(reading, 1 << 16)
        if not chunk:
            return
        yield chunk
