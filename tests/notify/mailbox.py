"""A real SMTP server on this machine, and what came in."""

from __future__ import annotations

import email
from asyncio import Server
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller


class Mailbox:
    """`mails` are those that were taken. `says` is the server's answer to the next mails."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.says = "250 taken"
        self.port = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.says.startswith("250"):
            self.mails.append(email.message_from_bytes(envelope.content, policy=default))
        return self.says

    @property
    def address(self) -> str:
        """As Apprise writes it."""
        return f"mailto://localhost:{self.port}?to=team@example.com&from=rewind@example.com"


class _AnyPort(Controller):
    """The controller connects to its own port when it starts, so that it has to know it."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    controller = _AnyPort(box, hostname="127.0.0.1", port=0)
    controller.start()
    box.port = controller.port
    try:
        yield box
    finally:
        controller.stop()
