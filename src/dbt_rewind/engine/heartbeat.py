"""Keeps a lease alive while its holder works."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from dbt_rewind import clock
from dbt_rewind.engine.access import Access
from dbt_rewind.errors import RewindError
from dbt_rewind.model import Lease


@contextmanager
def beating(access: Access, lease: Lease, duration: timedelta) -> Iterator[None]:
    """Renews the lease every third of `duration`, over a connection of its own.

    A beat that fails needs no report: if another process took the lease, the fence stops the
    publish with LeaseLost; if the warehouse was away for a moment, the next beat will do.
    Does nothing on an exclusive warehouse, which admits no second connection.
    """
    if access.warehouse.capabilities.exclusive:
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(access, lease, duration, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(access: Access, lease: Lease, duration: timedelta, stop: threading.Event) -> None:
    while not stop.wait(duration.total_seconds() / 3):
        try:
            warehouse = access.connect()
            try:
                warehouse.renew_lease(lease, clock.now(), duration)
            finally:
                warehouse.close()
        except RewindError:
            continue
