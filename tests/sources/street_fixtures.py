"""Where the street fixtures lie, the extent they cover, and a loopback Overpass server with a script."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import shapely

STREET_FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "streets"
SHARED_NETWORKS = Path(__file__).resolve().parents[2].parent / "shared" / "networks"
NANTERRE = shapely.box(2.19, 48.88, 2.21, 48.90)


@dataclass(slots=True)
class Reply:
    """What the server says once. ``announced``: the Content-Length, where it is to lie."""

    status: int
    body: bytes
    announced: int | None = None


@dataclass(slots=True)
class OverpassOnLoopback:
    """A server whose replies are used up one by one; the last one is repeated."""

    replies: list[Reply]
    url: str = ""
    queries: list[str] = field(default_factory=list)
    status_asked: int = 0


@contextmanager
def overpass_on_loopback(*replies: Reply) -> Generator[OverpassOnLoopback]:
    """An Overpass server on 127.0.0.1, on a free port, for the time of a test."""
    script = OverpassOnLoopback(list(replies))

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            script.status_asked += 1
            told = ["Connected as: 1", "Current time: now", "Announced endpoint: none", "Rate limit: 2"]
            self._say(Reply(200, "\n".join([*told, "2 slots available now."]).encode()))

        def do_POST(self) -> None:
            script.queries.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self._say(script.replies.pop(0) if len(script.replies) > 1 else script.replies[0])

        def _say(self, reply: Reply) -> None:
            self.send_response(reply.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(reply.announced or len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    script.url = f"http://127.0.0.1:{server.server_port}/api"
    try:
        yield script
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
