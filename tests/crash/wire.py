"""A wire to a PostgreSQL server that can be cut, on either side of a COMMIT."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from enum import Enum

COMMIT = b"COMMIT\0"
"""As a simple query ends."""


class Cut(Enum):
    """When the wire is cut."""

    BEFORE_COMMIT = "before the server has heard of the commit"
    AFTER_COMMIT = "after the commit, before its answer"
    SILENCE = "never; but nothing passes any more"


class Wire:
    """Passes everything on between its own port and the server's, until the first COMMIT that
    follows `arm`. What comes after it finds a whole wire again, unless that is `gone`."""

    def __init__(self, server: tuple[str, int], cut: Cut, *, gone: bool) -> None:
        self._server = server
        self._cut = cut
        self._gone = gone
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._armed = threading.Event()
        self._mended = threading.Event()
        self.cuts = 0
        self._cut_off = threading.Event()
        self._threads: list[threading.Thread] = []
        self._start(self._accept)

    @property
    def port(self) -> int:
        port: int = self._listener.getsockname()[1]
        return port

    def arm(self) -> None:
        self._armed.set()

    def wait_until_cut(self, seconds: float) -> None:
        assert self._cut_off.wait(seconds), "no COMMIT came"

    def mend(self) -> None:
        """Ends the silence: the connection that fell silent breaks, and new ones pass."""
        self._mended.set()

    def close(self) -> None:
        self.mend()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(60)

    def _start(self, run: object, *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                if self.cuts and self._gone:
                    client.close()
                    continue
                server = socket.create_connection(self._server)
                silent = threading.Event()
                self._start(self._pass_requests, client, server, silent)
                self._start(self._pass_answers, server, client, silent)

    def _pass_requests(
        self, client: socket.socket, server: socket.socket, silent: threading.Event
    ) -> None:
        with suppress(OSError):
            while data := client.recv(65536):
                if self._armed.is_set() and not self.cuts and data.endswith(COMMIT):
                    self.cuts += 1
                    self._cut_off.set()
                    silent.set()
                    if self._cut is Cut.SILENCE:
                        self._mended.wait()
                    if self._cut is Cut.AFTER_COMMIT:
                        server.sendall(data)
                        continue
                    break
                server.sendall(data)
        _end(server, client)

    def _pass_answers(
        self, server: socket.socket, client: socket.socket, silent: threading.Event
    ) -> None:
        with suppress(OSError):
            while data := server.recv(65536):
                if silent.is_set():
                    self._mended.wait(0 if self._cut is Cut.AFTER_COMMIT else None)
                    break
                client.sendall(data)
        _end(server, client)


def _end(*ends: socket.socket) -> None:
    for end in ends:
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextmanager
def wire(server: tuple[str, int], cut: Cut, *, gone: bool) -> Iterator[Wire]:
    made = Wire(server, cut, gone=gone)
    try:
        yield made
    finally:
        made.close()
