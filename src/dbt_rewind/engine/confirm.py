"""Finds out whether a commit took place whose answer was lost on its way."""

from __future__ import annotations

import time
from contextlib import suppress

from dbt_rewind import clock
from dbt_rewind.engine.access import Access
from dbt_rewind.errors import CommitUnconfirmed, ConnectionLost, LeaseLost, WarehouseError
from dbt_rewind.model import Event, Lease
from dbt_rewind.warehouse.protocol import Warehouse

SECONDS = 10.0
"""For how long the server is asked, which may be starting again."""

_PAUSE = 0.25


def require_committed(
    access: Access, lease: Lease, event: Event, unconfirmed: CommitUnconfirmed
) -> None:
    """Returns where `event` is in the ledger, over whatever new connection can be had.

    Raises ConnectionLost where it is not and will not be, `unconfirmed` where nobody can be asked.
    """
    until = time.monotonic() + SECONDS
    while True:
        access.close()
        try:
            committed = _is_committed(access.warehouse, lease, event)
            break
        except WarehouseError:
            if time.monotonic() >= until:
                raise unconfirmed from None
        time.sleep(_PAUSE)
    if not committed:
        lost = ConnectionLost(unconfirmed.server, unconfirmed.doing, unconfirmed.problem)
        raise lost from unconfirmed


def _is_committed(warehouse: Warehouse, lease: Lease, event: Event) -> bool:
    # Our transaction may still be about to end. It keeps the lease from being written, also by
    # us and by whoever takes it, so that behind a write of it the ledger says how it has ended.
    with suppress(LeaseLost):
        warehouse.renew_lease(lease, clock.now(), lease.expires_at - lease.acquired_at)
    found = warehouse.events(event.environment, after=event.sequence - 1)
    return any(each.hash == event.hash for each in found)
