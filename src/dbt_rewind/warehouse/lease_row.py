"""A lease as a row of the ledger's table, the same in every engine that has tables."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dbt_rewind.errors import WarehouseFailed
from dbt_rewind.model import Lease, Owner


def values_of(lease: Lease) -> list[Any]:
    """Person, host, process, its start, operation, fence, acquired at, expires at."""
    owner = lease.owner
    return [
        owner.person,
        owner.host,
        owner.pid,
        owner.started,
        owner.operation,
        lease.fence,
        lease.acquired_at.isoformat(),
        lease.expires_at.isoformat(),
    ]


def lease_of(environment: str, row: Sequence[Any]) -> Lease:
    """The lease of a row with values in the same order. Raises WarehouseFailed where its times are
    not as they were written."""
    person, host, pid, started, operation, fence, acquired_at, expires_at = row
    owner = Owner(person, host, int(pid), started, operation)
    return Lease(environment, owner, int(fence), _moment(acquired_at), _moment(expires_at))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise WarehouseFailed("reading the lease", "its times are not as they were written")
    return moment
