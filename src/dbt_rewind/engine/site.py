"""One environment as an operation sees it: its warehouse, its mirror, and who acts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from dbt_rewind import clock
from dbt_rewind.engine.access import Access
from dbt_rewind.engine.finish_eject import Ejected, finish_eject
from dbt_rewind.engine.heartbeat import beating
from dbt_rewind.engine.history import History
from dbt_rewind.engine.ledger import Ledger, read_history
from dbt_rewind.engine.mirror import set_ejected_aside, tells_of_eject
from dbt_rewind.engine.recover import Recovery, recover
from dbt_rewind.engine.restore.journal import require_no_restore
from dbt_rewind.errors import (
    CommitUnconfirmed,
    ConnectionLost,
    EnvironmentTaken,
    LeaseLost,
    LockHeld,
    ServerFull,
    ServerNotReady,
    WarehouseError,
    WarehouseUnreachable,
)
from dbt_rewind.model import EventKind, Lease, Owner

LEASE = timedelta(seconds=60)
"""How long a silent holder keeps others out; renewed every third of it."""

EXCLUSIVE_LEASE = timedelta(hours=24)
"""The lease on a warehouse that dbt keeps us out of while it builds, so that it cannot be renewed.

Nobody waits for it to run out: such a warehouse lies on one host, where a dead holder is known by
its process.
"""

_NO_CONNECTION = (
    ConnectionLost,
    CommitUnconfirmed,
    WarehouseUnreachable,
    ServerNotReady,
    ServerFull,
)


@dataclass(frozen=True, slots=True)
class Site:
    """Where an operation acts. `project` is the dbt project's name, and `project_at` gives the one
    that it had at a commit. `remove_abandoned` clears what killed processes left on disk."""

    environment: str
    project: str
    project_at: Callable[[str], str | None]
    access: Access
    mirror: Path
    owner: Owner
    remove_abandoned: Callable[[], object]


def require_own(history: History, project: str, project_at: Callable[[str], str | None]) -> None:
    """Raises EnvironmentTaken where the environment's releases are another dbt project's, which
    has the same name for an environment of its own.

    A project that was renamed since its live release is no other.
    """
    owner = history.project
    if owner is None or owner == project:
        return
    if history.live is None or project_at(history.live.commit.sha) != owner:
        raise EnvironmentTaken(history.environment, owner, project)


@contextmanager
def operating(site: Site, operation: str) -> Iterator[tuple[Ledger, Recovery]]:
    """Holds the environment's lease for the block, after finishing what a killed process left.

    Raises LockHeld, EnvironmentTaken, LedgerTooNew, ChainBroken, MirrorAhead, WarehouseError;
    LeaseLost where another process has taken the lease before the block ended. RestoreUnfinished
    where the database is being replaced.
    """
    require_no_restore(site.mirror)
    try:
        with holding(site, operation) as ledger:
            ejected = ledger.history.ejected
            if ejected:
                finish_eject(ledger)
            else:
                yield ledger, recover(ledger, site.remove_abandoned)
        if ejected:
            # With the ledger the lease is gone, too; what comes now begins anew.
            with holding(site, operation) as ledger:
                yield ledger, recover(ledger, site.remove_abandoned)
    finally:
        site.access.close()


def is_untouched(site: Site) -> bool:
    """Whether nobody has a ledger there and the environment no mirror: nothing can be left over.

    Raises WarehouseError.
    """
    try:
        return not site.mirror.exists() and not site.access.warehouse.environments()
    finally:
        site.access.close()


def finish_left_eject(site: Site) -> Ejected | None:
    """Finishes an eject that a killed process left; None where there is none.

    Afterwards there may be no ledger, and none is made. Raises as `operating` does.
    """
    try:
        history = read_history(site.access.warehouse, site.environment)
        half = site.access.warehouse.half_published(site.environment)
        if history.ejected or (half is not None and half.kind is EventKind.EJECTED):
            with holding(site, "recover") as ledger:
                return finish_eject(ledger)
        if not history.events and tells_of_eject(site.mirror):
            return Ejected(mirror=set_ejected_aside(site.mirror, clock.now()))
        return None
    finally:
        site.access.close()


@contextmanager
def holding(site: Site, operation: str) -> Iterator[Ledger]:
    """Holds the environment's lease for the block, and puts nothing right before but a publish that
    was half done."""
    access = site.access
    owner = replace(site.owner, operation=operation)
    access.warehouse.prepare()
    exclusive = access.warehouse.capabilities.exclusive
    duration = EXCLUSIVE_LEASE if exclusive else LEASE
    lease = access.warehouse.acquire_lease(site.environment, owner, clock.now(), duration)
    try:
        with beating(access, lease, duration):
            # First of all: what the ledger says is not so while a publish is half done.
            finished = access.warehouse.finish_publish(lease)
            history = read_history(access.warehouse, site.environment)
            require_own(history, site.project, site.project_at)
            yield Ledger(access, lease, site.mirror, history, site.project, finished)
    except LockHeld as error:
        if error.environment != site.environment:
            raise
        # Who holds it now keeps us out of the file, so that our fence cannot even be compared.
        raise LeaseLost(site.environment) from error
    finally:
        _give_back(access, lease)


def _give_back(access: Access, lease: Lease) -> None:
    try:
        access.warehouse.release_lease(lease)
    except LockHeld:
        # Another holder keeps us out of the file: there is nothing left of ours to give back.
        return
    except _NO_CONNECTION:
        # Who loses the connection here has done all that it was to do, or has told already that
        # it has not; and whoever comes next sees that this process has ended.
        access.close()
        with suppress(WarehouseError):
            access.warehouse.release_lease(lease)
