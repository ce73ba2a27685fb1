"""A real HTTP server on this machine, with one address for each way to answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HUGE = 50_000_000


class Web(ThreadingHTTPServer):
    """`seen` are the paths that were asked for, `authorized` what came with them; `fails` is how
    many more times `/shaky` fails."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answers)
        self.seen: list[str] = []
        self.authorized: list[str | None] = []
        self.fails = 0
        self.ending = threading.Event()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answers(BaseHTTPRequestHandler):
    server: Web

    def do_GET(self) -> None:
        self.server.seen.append(self.path)
        self.server.authorized.append(self.headers.get("Authorization"))
        match self.path.partition("?")[0]:
            case "/up":
                self._answer(200, b'{"status": "ok", "deep": {"list": [1, "two", null]}}')
            case "/wrong":
                self._answer(500, b"broken")
            case "/shaky" if self.server.fails > 0:
                self.server.fails -= 1
                self._answer(503, b"later")
            case "/shaky":
                self._answer(200, b"fine")
            case "/slow":
                self.server.ending.wait(30)
            case "/drip":
                self._drip()
            case "/huge":
                self._huge()
            case "/circle":
                self._redirect("/circle")
            case "/there":
                self._redirect("/up")
            case "/elsewhere":
                self._redirect(f"{self.server.address.replace('127.0.0.1', 'localhost')}/up")
            case "/away":
                self._redirect("file:///etc/passwd")
            case "/closed":
                self.close_connection = True
                self.connection.close()
            case "/echo":
                self._answer(200, f'{{"path": "{self.path}"}}'.encode())
            case "/no-http":
                self.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")
                self.close_connection = True

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, target: str) -> None:
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "100000")
        self.end_headers()
        try:
            while not self.server.ending.is_set():
                self.wfile.write(b".")
                time.sleep(0.02)
        except OSError:
            pass

    def _huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(HUGE))
        self.end_headers()
        try:
            for _ in range(HUGE // 50_000):
                self.wfile.write(b"x" * 50_000)
        except OSError:
            pass

    def log_message(self, format: str, *arguments: object) -> None:
        pass

    def handle(self) -> None:
        with suppress(OSError, ValueError):
            super().handle()


@contextmanager
def serving() -> Iterator[Web]:
    web = Web()
    thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield web
    finally:
        web.ending.set()
        web.shutdown()
        web.server_close()
        thread.join()
