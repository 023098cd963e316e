"""Headless Chromium with the network cut off: what a page says, and what it tried to load."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@dataclass(frozen=True, slots=True)
class Opened:
    """The page after its scripts ran, and the lines of its console."""

    dom: str
    console: list[str]


def find_chromium() -> str | None:
    """The browser of CHROMIUM, or the first one on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def with_probe(page: str, script: str) -> str:
    """A page with one more script at its end, which its policy is made to allow as it allows its own: by hash."""
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    assert page.count("; script-src ") == 1
    allowed = page.replace("; script-src ", f"; script-src 'sha256-{digest}' ", 1)
    return allowed.replace("</html>", f"<script>{script}</script></html>")


def open_page(browser: str, page: Path, profile: Path, *, window: str = "1400,900") -> Opened:
    """Open a file with every host name unresolvable; a content policy refusal shows in the console."""
    done = subprocess.run(
        [
            browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--disable-dev-shm-usage", f"--user-data-dir={profile}", "--host-resolver-rules=MAP * ~NOTFOUND",
            "--enable-logging=stderr", f"--window-size={window}", "--virtual-time-budget=4000", "--dump-dom",
            page.as_uri(),
        ],
        capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=120, check=True,
    )  # fmt: skip
    return Opened(done.stdout, re.findall(r"CONSOLE.*", done.stderr))
