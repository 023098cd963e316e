"""Firefox without a window, driven by its own Marionette protocol: no driver to install, no network.

A command is a JSON array ``[0, number, name, parameters]`` and an answer ``[1, number, error, value]``, each after its
length and a colon (Mozilla, « Marionette protocol », version 3).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

NAMES = ("firefox-esr", "firefox")
_PATIENCE_S = 60.0
_PREFERENCES = {
    "marionette.port": 0,  # any that is free: the profile says which
    "app.update.disabledForTesting": True, "browser.shell.checkDefaultBrowser": False,
    "browser.startup.homepage_override.mstone": "ignore", "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False, "network.proxy.type": 1, "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9, "network.proxy.ssl": "127.0.0.1", "network.proxy.ssl_port": 9,
    "extensions.getAddons.cache.enabled": False, "app.normandy.enabled": False, "intl.accept_languages": "fr",
}  # fmt: skip


def find_firefox() -> str | None:
    """The browser of FIREFOX, or the first one on the path."""
    return os.environ.get("FIREFOX") or next(filter(None, map(shutil.which, NAMES)), None)


class Firefox:
    """A running Firefox and its one tab."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._number, self._read = connection, 0, b""
        self._answer()  # its greeting
        self.call("WebDriver:NewSession", {"capabilities": {"alwaysMatch": {"pageLoadStrategy": "normal"}}})

    def call(self, name: str, parameters: dict[str, Any] | None = None) -> Any:
        """What a command answers; RuntimeError with its message where it fails."""
        self._number += 1
        text = json.dumps([0, self._number, name, parameters or {}])
        self._connection.sendall(f"{len(text.encode())}:{text}".encode())
        _, _, error, value = self._answer()
        if error:
            raise RuntimeError(f"{name} : {error['error']}, {error['message']}")
        return value.get("value", value) if isinstance(value, dict) else value

    def open(self, path: Path, *, width: int = 1300, height: int = 900, fragment: str = "") -> None:
        """Open a page in a view of this size, until it is ready."""
        self.call("WebDriver:SetWindowRect", {"width": width, "height": height})
        self.call("WebDriver:Navigate", {"url": "about:blank"})
        self.call("WebDriver:Navigate", {"url": path.as_uri() + fragment})
        self.until("document.documentElement.dataset.access92 === 'ready'")

    def run(self, body: str, *arguments: object) -> Any:
        """What the body of a function returns in the page; a promise is waited for."""
        script = (
            "const done = arguments[arguments.length - 1], failed = error => done([null, String(error)]);"
            f"Promise.resolve((() => {{ {body} }})()).then(value => done([value]), failed);"
        )
        answer = self.call("WebDriver:ExecuteAsyncScript", {"script": script, "args": list(arguments), "sandbox": None})
        if len(answer) > 1:
            raise RuntimeError(answer[1])
        return answer[0]

    def until(self, condition: str) -> None:
        """Wait until a condition holds in the page."""
        end = time.monotonic() + _PATIENCE_S
        while not self.run(f"return !!({condition});"):
            if time.monotonic() > end:
                raise TimeoutError(condition)
            time.sleep(0.05)

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        actions = [
            part for key in keys for part in ({"type": "keyDown", "value": key}, {"type": "keyUp", "value": key})
        ]
        self.call("WebDriver:PerformActions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def pdf(self, *, landscape: bool = False, background: bool = False) -> str:
        """The page printed (base64)."""
        asked = {"orientation": "landscape" if landscape else "portrait", "background": background}
        return str(self.call("WebDriver:Print", asked))

    def _answer(self) -> Any:
        while b":" not in self._read:
            self._receive()
        size, _, self._read = self._read.partition(b":")
        while len(self._read) < int(size):
            self._receive()
        text, self._read = self._read[: int(size)], self._read[int(size) :]
        return json.loads(text)

    def _receive(self) -> None:
        part = self._connection.recv(1 << 16)
        if not part:
            raise ConnectionError("Firefox has closed")
        self._read += part


@contextmanager
def running_firefox(browser: str, profile: Path) -> Iterator[Firefox]:
    """Firefox on a new profile, until the end of the block."""
    profile.mkdir(parents=True)
    lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in _PREFERENCES.items())
    (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
    process = subprocess.Popen(
        [browser, "--headless", "--marionette", "--no-remote", "--profile", str(profile)],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, "HOME": str(profile)},
    )  # fmt: skip
    try:
        with _connected(profile, process) as connection:
            yield Firefox(connection)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _connected(profile: Path, process: subprocess.Popen[bytes]) -> socket.socket:
    """The connection, once the browser has written its port into the profile and listens there."""
    end = time.monotonic() + _PATIENCE_S
    while time.monotonic() < end and process.poll() is None:
        try:
            connection = socket.create_connection(("127.0.0.1", int((profile / "MarionetteActivePort").read_text())))
        except (OSError, ValueError):
            time.sleep(0.1)
            continue
        connection.settimeout(_PATIENCE_S)
        return connection
    raise TimeoutError("Firefox did not start")
