"""What becomes of an opening that finds the file in another process's hands."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from dbt_rewind import clock
from dbt_rewind.errors import WarehouseLocked
from dbt_rewind.warehouse.holder_note import noted_leases
from dbt_rewind.warehouse.owner import is_this_process
from dbt_rewind.warehouse.preconditions import lock_held

PATIENCE = 5.0
"""For how many seconds a file is asked for again: readers are brief, and so is the moment between
a holder's opening and its note."""

PATIENCE_OF_A_HOLDER = 60.0
"""The same for a process that holds a lease itself: its build is done and would be lost."""

_PAUSE = (0.05, 0.2)

Opened = TypeVar("Opened")


def waiting(path: str, open_file: Callable[[], Opened]) -> Opened:
    """What `open_file` returns, which is tried again for a while where the file is locked.

    Raises LockHeld as soon as another process is known to hold a lease in it, unless this one
    does, too; WarehouseLocked where the file stays locked.
    """
    began = time.monotonic()
    while True:
        try:
            return open_file()
        except WarehouseLocked:
            leases = noted_leases(path, clock.now())
            is_holder = any(is_this_process(lease.owner) for lease in leases)
            if leases and not is_holder:
                raise lock_held(leases[-1]) from None
            patience = PATIENCE_OF_A_HOLDER if is_holder else PATIENCE
            if time.monotonic() - began >= patience:
                raise
        # Chance keeps those who wait together from asking together.
        time.sleep(random.uniform(*_PAUSE))  # noqa: S311
