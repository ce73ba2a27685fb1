"""Tries again what others were in the way of, for as long as there is patience."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from dbt_rewind.errors import WarehouseError
from dbt_rewind.model import Patience
from dbt_rewind.warehouse.sqlserver_errors import is_in_the_way


@dataclass(eq=False)
class OutOfPatience(Exception):
    """Others were in the way of every attempt; its cause is what the last one failed of. `users`
    says who they were."""

    waited: timedelta
    users: tuple[str, ...]


def persistently(
    attempt: Callable[[], None], patience: Patience, users: Callable[[], tuple[str, ...]]
) -> None:
    """Calls `attempt`, which leaves nothing behind when it fails, until it succeeds.

    Between two attempts a while passes in which those who have queued behind us get through; chance
    keeps processes that wait together from asking together. Raises OutOfPatience, and whatever
    else than others in the way stops an attempt.
    """
    began = time.monotonic()
    told: set[str] = set()
    while True:
        try:
            return attempt()
        except WarehouseError as failed:
            if not is_in_the_way(failed):
                raise
            pause = patience.lock_timeout * random.uniform(1, 3)  # noqa: S311
            found = users()
            waited = timedelta(seconds=time.monotonic() - began)
            if waited + pause > patience.wait:
                raise OutOfPatience(waited, found) from failed
        for user in found:
            if user not in told:
                told.add(user)
                patience.tell(f"waiting: {user}")
        time.sleep(pause.total_seconds())


class LockBudget:
    """What is left of the time for which one attempt may wait for locks, from its first wait on."""

    def __init__(self, timeout: timedelta) -> None:
        self._timeout = timeout
        self._began: float | None = None

    def left(self) -> timedelta:
        now = time.monotonic()
        if self._began is None:
            self._began = now
        return max(timedelta(0), self._timeout - timedelta(seconds=now - self._began))
