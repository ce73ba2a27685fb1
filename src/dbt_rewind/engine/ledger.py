"""Reading an environment's releases, and appending to its ledger under a lease."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dbt_rewind import clock
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.confirm import require_committed
from dbt_rewind.engine.derive import derive_history
from dbt_rewind.engine.history import History, ReleaseSummary
from dbt_rewind.engine.mirror import sync_mirror
from dbt_rewind.engine.records import decode_release
from dbt_rewind.errors import ArtifactDamaged, CommitUnconfirmed, LeaseLost, LedgerError
from dbt_rewind.model import (
    Event,
    EventKind,
    Lease,
    PointerMove,
    RelationName,
    Release,
    Relocation,
    next_event,
)
from dbt_rewind.redact import redact_data
from dbt_rewind.warehouse.protocol import LedgerReader


def read_history(reader: LedgerReader, environment: str) -> History:
    """The environment's derived state. Raises ChainBroken, LedgerTooNew."""
    return derive_history(environment, reader.events(environment))


def read_release(reader: LedgerReader, summary: ReleaseSummary) -> Release:
    """The release whole, from its stored record. Raises ArtifactDamaged."""
    name = f"the record of {summary.id}"
    return decode_release(read_artifact(reader, summary.record_digest, name), name)


def read_artifact(reader: LedgerReader, digest: str, name: str) -> bytes:
    """The stored content; `name` is what an error calls it. Raises ArtifactDamaged."""
    try:
        content = reader.artifact(digest) if digest else None
    except ArtifactDamaged as error:
        raise ArtifactDamaged(name) from error
    if content is None:
        raise ArtifactDamaged(name)
    return content


def digest_of(content: bytes) -> str:
    """The name under which the ledger stores `content`."""
    return hashlib.sha256(content).hexdigest()


_FREE_TEXT = frozenset({"reason", "by", "commit", "gates", "accepted", "note", "message"})
"""Fields of payloads that hold what people and other programs wrote, and might hold a secret."""

_BEGINNINGS = frozenset({EventKind.STARTED, EventKind.BUILT})
"""A release begins with one of them: an adopted one, or one that takes over relations, is built
without a start."""


@dataclass(slots=True)
class Ledger:
    """The ledger of one environment, held under a lease. Its history grows with every append.

    `project` is the dbt project's name, which every release's first event gets. `finished` is the
    event of a publish that a killed process has begun and that was finished when the lease was
    taken. `mirror_problem` says why the mirror lags behind, where it does.
    """

    access: Access
    lease: Lease
    mirror: Path
    history: History
    project: str
    finished: Event | None = None
    mirror_problem: str | None = None

    def require_lease(self) -> None:
        """Raises LeaseLost where the lease is not ours any more.

        Worth asking before long work; what decides is the comparison inside each commit.
        """
        held = self.access.warehouse.lease(self.lease.environment)
        if held is None or held.fence != self.lease.fence:
            raise LeaseLost(self.lease.environment)

    def append(
        self,
        kind: EventKind,
        payload: Mapping[str, Any],
        *,
        moves: Sequence[PointerMove] = (),
        relocations: Sequence[Relocation] = (),
        references: Mapping[RelationName, RelationName] = MappingProxyType({}),
        artifacts: Sequence[bytes] = (),
    ) -> None:
        """Commits the event with everything that comes with it, then mirrors it.

        Raises what the warehouse's `commit` raises, and nothing is changed; CommitUnconfirmed,
        where nobody can say whether it is.
        """
        environment = self.history.environment
        if kind in _BEGINNINGS:
            payload = {**payload, "project": self.project}
        payload = {
            key: redact_data(each) if key in _FREE_TEXT else each for key, each in payload.items()
        }
        event = next_event(self.history.head, environment, clock.now(), kind, payload)
        try:
            self.access.warehouse.commit(
                event,
                self.lease,
                moves=moves,
                relocations=relocations,
                references=references,
                artifacts=artifacts,
            )
        except CommitUnconfirmed as unconfirmed:
            require_committed(self.access, self.lease, event, unconfirmed)
        self.history = derive_history(environment, (*self.history.events, event))
        try:
            sync_mirror(self.mirror, environment, self.history.events)
        except LedgerError as error:
            # What is committed cannot be called failed; the next command catches the mirror up.
            self.mirror_problem = error.message
