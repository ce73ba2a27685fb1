"""Writing into the runbook's chain, under a lease of its own that is held for a moment only."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar

from dbt_rewind import clock
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.confirm import require_committed
from dbt_rewind.engine.mirror import sync_mirror
from dbt_rewind.engine.runbook.state import Runbook, derive_runbook, read_runbook
from dbt_rewind.errors import CommitUnconfirmed, LedgerError, LockHeld
from dbt_rewind.model import EventKind, Lease, Owner, chain_owner, next_event, runbook_chain
from dbt_rewind.redact import redact_data

LEASE: Final = timedelta(seconds=60)
"""How long a silent holder keeps others out. Nobody holds it while a person thinks or a network
answers, so that it needs no renewal."""

PATIENCE: Final = 20.0
"""For how many seconds the lease is waited for, which others hold for a moment."""

_PAUSE: Final = 0.2


_T = TypeVar("_T")


def patiently(take: Callable[[], _T]) -> _T:
    """What `take` returns, which is tried again while somebody holds a runbook that it needs.

    Raises LockHeld where that lasts too long, and at once where it is no runbook: whoever builds or
    publishes needs longer than a moment.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return take()
        except LockHeld as held:
            is_runbook = held.environment != chain_owner(held.environment)
            if not is_runbook or time.monotonic() >= until:
                raise
        time.sleep(_PAUSE)


@dataclass(slots=True)
class Logbook:
    """The runbook's chain, held under its lease. `runbook` grows with every append.

    `mirror_problem` says why the mirror lags behind, where it does.
    """

    access: Access
    lease: Lease
    mirror: Path
    runbook: Runbook
    mirror_problem: str | None = None

    def append(self, kind: EventKind, payload: Mapping[str, Any]) -> Runbook:
        """Commits the event, mirrors it, and returns the runbook with it. What people wrote is
        masked where it holds a secret. Raises what the warehouse's `commit` raises, and nothing is
        changed."""
        chain = self.lease.environment
        event = next_event(self.runbook.head, chain, clock.now(), kind, redact_data(payload))
        try:
            self.access.warehouse.commit(event, self.lease)
        except CommitUnconfirmed as unconfirmed:
            require_committed(self.access, self.lease, event, unconfirmed)
        self.runbook = derive_runbook(self.runbook.environment, (*self.runbook.events, event))
        try:
            sync_mirror(self.mirror, chain, self.runbook.events)
        except LedgerError as error:
            # What is committed cannot be called failed; the next command catches the mirror up.
            self.mirror_problem = error.message
        return self.runbook


@contextmanager
def open_logbook(access: Access, environment: str, mirror: Path, owner: Owner) -> Iterator[Logbook]:
    """Holds the runbook's lease for the block, over `access`, which stays open.

    `mirror` is the file of the runbook's own mirror. Who holds the environment's lease may take
    this one too; never the other way round.
    Raises LockHeld where another keeps it, LedgerTooNew, ChainBroken, MirrorAhead, WarehouseError.
    """
    chain = runbook_chain(environment)
    lease = acquired(access, chain, replace(owner, operation="runbook"))
    try:
        runbook = read_runbook(access.warehouse, environment)
        sync_mirror(mirror, chain, runbook.events)
        yield Logbook(access, lease, mirror, runbook)
    finally:
        access.warehouse.release_lease(lease)


def acquired(access: Access, chain: str, owner: Owner) -> Lease:
    """The lease on the runbook's chain. Raises LockHeld where another keeps it."""

    def take() -> Lease:
        access.warehouse.prepare()
        return access.warehouse.acquire_lease(chain, owner, clock.now(), LEASE)

    return patiently(take)
