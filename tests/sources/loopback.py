"""Servers on 127.0.0.1 for the time of a test: a provider of files with its faults, and Overpass with a script."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Generator, Mapping
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


class _Handler(BaseHTTPRequestHandler):
    """Answers with the length of the whole body, whatever part of it is sent."""

    protocol_version = "HTTP/1.1"

    def answer(self, status: int, body: bytes, headers: Mapping[str, str], fault: Fault = Fault()) -> None:
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


@contextmanager
def _serving(handler: type[_Handler]) -> Generator[str]:
    """The address of a server on a free port; gone, with its threads, at the end."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


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
    """A provider of files: ranges, dates, checksums, and faults in the order of a script."""
    provider = Provider(dict(files), dict(faults))

    class Handler(_Handler):
        def do_GET(self) -> None:
            path = self.path.lstrip("/")
            asked = self.headers.get("Range", "")
            provider.asked.append((path, asked))
            provider.agents.add(self.headers.get("User-Agent", ""))
            script = provider.faults.get(path, [])
            fault = script.pop(0) if script else Fault()
            body = provider.files.get(path)
            if fault.status or body is None:
                self.answer(fault.status or 404, b"", {"Retry-After": fault.retry_after} if fault.retry_after else {})
                return
            tag = etag_of(body)
            validators = {"ETag": tag, "Last-Modified": LAST_MODIFIED} if provider.has_validators else {}
            first = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            if asked and self.headers.get("If-Range") in (tag, LAST_MODIFIED):
                if first >= len(body):
                    self.answer(416, b"", {"Content-Range": f"bytes */{len(body)}"})
                    return
                part = {"Content-Range": f"bytes {first}-{len(body) - 1}/{len(body)}"}
                self.answer(206, body[first:], {**validators, **part}, fault)
            else:
                self.answer(200, body, validators, fault)

    with _serving(Handler) as provider.url:
        yield provider


@dataclass(frozen=True, slots=True)
class Reply:
    """What Overpass says once, and how its connection fails."""

    status: int
    body: bytes
    fault: Fault = Fault()


@dataclass(slots=True)
class Overpass:
    """Replies that are used up one by one, the last one repeated; the queries, and how often the status was asked."""

    replies: list[Reply]
    url: str = ""
    queries: list[str] = field(default_factory=list)
    status_asked: int = 0


@contextmanager
def overpass_on_loopback(*replies: Reply) -> Generator[Overpass]:
    """An Overpass server, with its status page."""
    script = Overpass(list(replies))

    class Handler(_Handler):
        def do_GET(self) -> None:
            script.status_asked += 1
            lines = ["Connected as: 1", "Current time: now", "Announced endpoint: none", "Rate limit: 2"]
            self.answer(200, "\n".join([*lines, "2 slots available now."]).encode(), {})

        def do_POST(self) -> None:
            script.queries.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            reply = script.replies.pop(0) if len(script.replies) > 1 else script.replies[0]
            self.answer(reply.status, reply.body, {"Content-Type": "application/json"}, reply.fault)

    with _serving(Handler) as origin:
        script.url = f"{origin}/api"
        yield script


@contextmanager
def service_of_tables(answer: Callable[[str, str], tuple[bytes, Fault]]) -> Generator[str]:
    """A service that is posted forms; ``answer``: from content type and body what it says, and what goes wrong."""

    class Handler(_Handler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            content, fault = answer(str(self.headers["Content-Type"]), body)
            if fault.status:
                self.answer(fault.status, b"", {"Retry-After": fault.retry_after} if fault.retry_after else {})
                return
            self.answer(200, content, {"Content-Type": "text/csv"}, fault)

    with _serving(Handler) as url:
        yield url
