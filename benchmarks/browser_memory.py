"""What a page costs in memory: the heap of its scripts, and all that its process keeps in the machine's memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class PageMemory:
    """MiB of a page.

    ``heap_mib``: objects and typed arrays of its scripts. ``resident_mib``: its whole process (heap, canvases,
    document, code of the browser), None where the system does not tell.
    """

    heap_mib: float
    resident_mib: float | None


def page_memory(browser: Browser, page: Page) -> PageMemory:
    """The memory of the only page of a browser, once what nobody needs any more is collected.

    Raises
    ------
    ValueError
        The page has a worker: the heap of one is not counted here.
    """
    if page.workers:
        raise ValueError("a page with workers: their heaps are not counted")
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    used = session.send("Runtime.getHeapUsage")
    session.detach()
    # the heap's own figure leaves out what typed arrays hold, which is most of what a map is made of
    heap = used["usedSize"] + used["backingStorageSize"]
    processes = browser.new_browser_cdp_session()
    told = processes.send("SystemInfo.getProcessInfo")["processInfo"]
    processes.detach()
    resident = [_resident_mib(item["id"]) for item in told if item["type"] == "renderer"]
    known = [size for size in resident if size is not None]
    # a browser keeps a spare process without a page: the page's is the largest
    return PageMemory(heap / _MIB, max(known) if known else None)


def _resident_mib(process: int) -> float | None:
    """What a process keeps in the machine's memory; None where the system has no such file (not Linux)."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return None
    line = next((line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmRSS:")), None)
    return None if line is None else int(line.split()[1]) / 1024
