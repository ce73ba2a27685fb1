"""An environment's outbox on the memory warehouse, and receivers that do as they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from dbt_rewind.engine.runbook.state import Runbook, read_runbook
from dbt_rewind.integrations.channel import Channel, SilentChannel
from dbt_rewind.model import Message, Severity, Topic
from dbt_rewind.procedures.channels import Receiver
from dbt_rewind.procedures.outbox import Outbox
from dbt_rewind.warehouse.memory import MemoryWarehouse
from dbt_rewind.warehouse.memory_store import MemoryStore
from dbt_rewind.warehouse.owner import current_owner


def receiver(
    name: str,
    channel: Channel | Callable[[], Channel],
    topics: tuple[Topic, ...] | None = None,
    least: Severity = Severity.LOW,
    *,
    of_incidents: bool = False,
) -> Receiver:
    opened = channel if callable(channel) else lambda: channel
    return Receiver(name, topics, least, opened, of_incidents)


class NotTriedOut:
    """A channel's part that these tests do not need."""

    def try_out(self, subject: str, body: str) -> str | None:
        raise AssertionError("nobody tries this one out")


@dataclass
class Post:
    """The outbox of `prod` with one ledger, and what was warned of."""

    folder: Path
    store: MemoryStore = field(default_factory=MemoryStore)
    warnings: list[str] = field(default_factory=list)

    def outbox(self, *receivers: Receiver, seconds: float = 60, attempts: int = 8) -> Outbox:
        return Outbox(
            "prod",
            lambda: MemoryWarehouse(self.store),
            self.folder / "prod.runbook.ledger.jsonl",
            current_owner("ana", "test"),
            receivers,
            timedelta(seconds=seconds),
            attempts,
        )

    @property
    def runbook(self) -> Runbook:
        return read_runbook(MemoryWarehouse(self.store), "prod")

    @property
    def messages(self) -> Mapping[int, Message]:
        return self.runbook.messages

    def warn(self, words: str) -> None:
        self.warnings.append(words)


def subjects(channel: SilentChannel) -> list[str]:
    return [message.subject for message in channel.taken]
