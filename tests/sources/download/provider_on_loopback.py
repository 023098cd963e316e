"""A provider of files on 127.0.0.1: ranges, dates, checksums, and faults in the order of a script."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

LAST_MODIFIED = "Wed, 06 Aug 2025 20:21:00 GMT"


def md5_of(body: bytes) -> str:
    """What a provider publishes beside a file."""
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def etag_of(body: bytes) -> str:
    """The strong tag of a version of a file."""
    return f'"{hashlib.sha256(body).hexdigest()[:20]}"'


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one answer.

    ``status``: an error instead of the file (with ``retry_after``); ``cut_after``: the connection ends after so many
    bytes; ``silent_s``: nothing comes for so long after the first bytes.
    """

    status: int = 0
    retry_after: str = ""
    cut_after: int | None = None
    silent_s: float = 0.0


@dataclass(slots=True)
class Provider:
    """Files by path, faults by path (used up one by one), and what was asked: (path, Range)."""

    files: dict[str, bytes]
    faults: dict[str, list[Fault]] = field(default_factory=dict)
    has_validators: bool = True
    url: str = ""
    asked: list[tuple[str, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)

    def publish_md5(self, path: str, *, wrong: bool = False) -> None:
        """Offer « <path>.md5 », as Geofabrik writes it."""
        digest = md5_of(b"another" if wrong else self.files[path])
        self.files[f"{path}.md5"] = f"{digest}  {path.rsplit('/', 1)[-1]}\n".encode()

    def ranges(self, path: str) -> list[str]:
        """The ranges asked of a path, '' for the whole."""
        return [asked_range for asked, asked_range in self.asked if asked == path]


@contextmanager
def provider_on_loopback(files: dict[str, bytes], **faults: list[Fault]) -> Generator[Provider]:
    """A provider for the time of a test."""
    provider = Provider(dict(files), dict(faults))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            asked = self.headers.get("Range", "")
            provider.asked.append((path, asked))
            provider.agents.add(self.headers.get("User-Agent", ""))
            script = provider.faults.get(path, [])
            fault = script.pop(0) if script else Fault()
            body = provider.files.get(path)
            if fault.status or body is None:
                self._answer(fault.status or 404, b"", {"Retry-After": fault.retry_after} if fault.retry_after else {})
                return
            tag = etag_of(body)
            validators = {"ETag": tag, "Last-Modified": LAST_MODIFIED} if provider.has_validators else {}
            first = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            if asked and self.headers.get("If-Range") in (tag, LAST_MODIFIED):
                if first >= len(body):
                    self._answer(416, b"", {"Content-Range": f"bytes */{len(body)}"})
                    return
                part = {"Content-Range": f"bytes {first}-{len(body) - 1}/{len(body)}"}
                self._answer(206, body[first:], {**validators, **part}, fault)
            else:
                self._answer(200, body, validators, fault)

        def _answer(self, status: int, body: bytes, headers: dict[str, str], fault: Fault = Fault()) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            try:
                if fault.cut_after is not None:
                    self.wfile.write(body[: fault.cut_after])
                    self.wfile.flush()
                    time.sleep(fault.silent_s)
                    self.close_connection = True
                    return
                self.wfile.write(body)
            except OSError:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    provider.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
