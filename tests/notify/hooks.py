"""A real HTTP server on this machine that takes webhooks, and what came in."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Hooks(ThreadingHTTPServer):
    """`taken` are the bodies that were answered with 200, `places` their paths, `paths` all that
    was asked for. `answers` are given first, each once: a status, and headers. While `slow` is set,
    nobody is answered. `glances` has what `glance` returned before each answer."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Answers)
        self.taken: list[dict[str, Any]] = []
        self.places: list[str] = []
        self.paths: list[str] = []
        self.answers: list[tuple[int, dict[str, str]]] = []
        self.slow = False
        self.glance: Callable[[], object] = lambda: None
        self.glances: list[object] = []
        self.ending = threading.Event()

    def address(self, path: str = "/hook") -> str:
        """As Apprise writes it."""
        return f"json://localhost:{self.server_address[1]}{path}"


class _Answers(BaseHTTPRequestHandler):
    server: Hooks

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.paths.append(self.path)
        self.server.glances.append(self.server.glance())
        if self.server.slow:
            self.server.ending.wait(60)
            return
        status, headers = self.server.answers.pop(0) if self.server.answers else (200, {})
        if status == 200:
            self.server.taken.append(body)
            self.server.places.append(self.path)
        self.send_response(status)
        for name, value in {"Content-Length": "0", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass

    def handle(self) -> None:
        with suppress(OSError, ValueError):
            super().handle()


@contextmanager
def hooks(port: int = 0) -> Iterator[Hooks]:
    """Serves on that port, 0: on any."""
    server = Hooks(port)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()
