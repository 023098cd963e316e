"""The machine, the versions and the hour of a measure; no host name, no path."""

from __future__ import annotations

import datetime as dt
import os
import platform
import sys
from importlib import metadata
from pathlib import Path

PACKAGES = (
    "access92", "numpy", "numba", "scipy", "pandas", "geopandas", "shapely", "osmium", "pyogrio",
    "networkx", "igraph", "networkit", "rustworkx", "pandana", "osmnx", "pyrosm", "pyvalhalla",
)  # fmt: skip
_BYTES_PER_GB = 1 << 30


def describe_machine() -> str:
    """Processor, cores, memory and system in one French line."""
    memory_gb = (
        os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _BYTES_PER_GB if hasattr(os, "sysconf") else 0
    )
    memory = f", {memory_gb:.0f} Gio de mémoire" if memory_gb else ""
    return f"{_processor()}, {os.cpu_count()} cœurs{memory}, {platform.system()}, Python {platform.python_version()}"


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    if about.exists():
        for line in about.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.machine()


def describe_versions() -> str:
    """The versions of what is installed among ``PACKAGES``, in their order."""
    found = []
    for name in PACKAGES:
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return ", ".join(found)


def describe_moment(*, quick: bool) -> str:
    """When, and how busy the machine was, in one French line."""
    when = dt.datetime.now(tz=dt.UTC).strftime("%Y-%m-%d %H:%M UTC")
    load = (
        f", charge moyenne de la machine {os.getloadavg()[0]:.1f}".replace(".", ",")
        if hasattr(os, "getloadavg")
        else ""
    )
    return f"Mesuré le {when}{load}{', tailles réduites (--quick)' if quick else ''}."


def peak_memory_mb() -> float:
    """The most memory this process ever held, in MB (10⁶ bytes).

    On Linux from VmHWM: ``ru_maxrss`` starts a new process at the peak of the one that launched it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024 / 1e6
    import resource  # noqa: PLC0415 - not on Windows

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 1e6 if sys.platform == "darwin" else peak * 1024 / 1e6
