"""As much of TDS, which SQL Server's clients speak, as shows what the real driver makes of rows and
errors. A few canned sentences and no SQL: it judges how we use the driver, and nothing of a server.

The layout of packets and tokens is that of Microsoft's open specification MS-TDS.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Sequence
from typing import Final

_ANSWER: Final = 0x04
_BATCH, _CALL, _CANCEL, _LOGIN, _BEFORE_LOGIN = 0x01, 0x03, 0x06, 0x10, 0x12
_MORE: Final = 0x01
_ERROR: Final = 0x02
_COUNTED: Final = 0x10


def done(status: int = 0, rows: int = 0) -> bytes:
    return struct.pack("<BHHQ", 0xFD, status, 0, rows)


def error(number: int, words: str) -> bytes:
    """An error as THROW makes it, which ends the batch."""
    told = struct.pack("<iBB", number, 1, 16) + _long(words) + _short("double") + _short("")
    told += struct.pack("<i", 1)
    return b"\xaa" + struct.pack("<H", len(told)) + told + done(_ERROR)


def rows(columns: Sequence[str], found: Sequence[Sequence[str | None]], *, more: bool) -> bytes:
    """A result of texts; `more` follows it."""
    told = b"\x81" + struct.pack("<H", len(columns))
    for name in columns:
        told += struct.pack("<IHBH", 0, 9, 0xE7, 2000) + b"\x09\x04\xd0\x00\x34" + _short(name)
    for row in found:
        told += b"\xd1" + b"".join(b"\xff\xff" if text is None else _bytes(text) for text in row)
    return told + done(_COUNTED | (_MORE if more else 0), len(found))


class Speaker:
    """Listens on a port of this machine. `answer` is given the text of each batch, or of what a
    procedure is called with; an OSError of it ends the connection."""

    def __init__(self, answer: Callable[[str], bytes]) -> None:
        self.heard: list[str] = []
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _listen(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection:
            while (message := _read(connection)) is not None:
                kind, data = message
                try:
                    answer = self._answered(kind, data)
                except OSError:  # how `answer` hangs up
                    return
                head = struct.pack(">BBHHBB", _ANSWER, 1, len(answer) + 8, 0, 1, 0)
                connection.sendall(head + answer)

    def _answered(self, kind: int, data: bytes) -> bytes:
        if kind == _BEFORE_LOGIN:
            return _before_login()
        if kind == _LOGIN:
            return _logged_in()
        if kind == _BATCH:
            (skipped,) = struct.unpack("<I", data[:4])
            return self._told(data[skipped:].decode("utf-16-le"))
        if kind == _CALL:
            # Texts lie at even and odd places alike; plain ASCII comes in single bytes.
            texts = (data[at:].decode("utf-16-le", "replace") for at in (0, 1))
            return self._told(" ".join(texts))
        return done(0x20 if kind == _CANCEL else 0)

    def _told(self, text: str) -> bytes:
        self.heard.append(text)
        return self._answer(text)


def _read(connection: socket.socket) -> tuple[int, bytes] | None:
    """The next message, of all its packets; None at the end."""
    data = b""
    while True:
        head = _received(connection, 8)
        if head is None:
            return None
        kind, status, length = struct.unpack(">BBH", head[:4])
        data += _received(connection, length - 8) or b""
        if status & 1:
            return kind, data


def _received(connection: socket.socket, length: int) -> bytes | None:
    data = b""
    while len(data) < length:
        try:
            part = connection.recv(length - len(data))
        except OSError:
            return None
        if not part:
            return None
        data += part
    return data


def _before_login() -> bytes:
    """A version, and that nothing is encrypted."""
    options = ((0, b"\x10\x00\x10\x00\x00\x00"), (1, b"\x02"), (2, b"\x00"), (3, b""), (4, b"\x00"))
    head, body = b"", b""
    for option, value in options:
        head += struct.pack(">BHH", option, 5 * len(options) + 1 + len(body), len(value))
        body += value
    return head + b"\xff" + body


def _logged_in() -> bytes:
    changes = (
        b"\x01" + _short("shop") + _short("master"),
        b"\x04" + _short("4096") + _short("4096"),
    )
    told = b"".join(b"\xe3" + struct.pack("<H", len(each)) + each for each in changes)
    who = b"\x01\x74\x00\x00\x04" + _short("Microsoft SQL Server") + b"\x10\x00\x10\x00"
    return told + b"\xad" + struct.pack("<H", len(who)) + who + done()


def _short(text: str) -> bytes:
    return bytes([len(text)]) + text.encode("utf-16-le")


def _long(text: str) -> bytes:
    return struct.pack("<H", len(text)) + text.encode("utf-16-le")


def _bytes(text: str) -> bytes:
    data = text.encode("utf-16-le")
    return struct.pack("<H", len(data)) + data
