"""Tries a publish again and again while others use what it replaces.

Whoever reads a pointer while we wait for its lock waits behind us, for as long as one attempt at
the most. So an attempt that failed is followed by looking, which holds nobody up: as long as those
who were in its way still are, there is nothing to try.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dbt_rewind.errors import PublishBlocked
from dbt_rewind.model import Patience
from dbt_rewind.warehouse.postgres_holders import Holder

InTheWay = Callable[[], tuple[Holder, ...]]

_LOOK_EVERY = (0.05, 0.15)
_TRY_ANYWAY_AFTER = (3.0, 6.0)
"""Seconds; where we may not see since when somebody uses a relation, readers that come and go look
like one that stays."""


class Refused(Exception):
    """An attempt did nothing, because others were in the way; `in_the_way` tells which of them
    still are."""

    def __init__(self, in_the_way: InTheWay) -> None:
        super().__init__("others are in the way")
        self.in_the_way = in_the_way


def patiently(
    environment: str,
    patience: Patience,
    timeouts: Iterable[timedelta],
    attempt: Callable[[timedelta], None],
) -> None:
    """Calls `attempt` with one of `timeouts` after the other until it does not raise Refused.
    Raises PublishBlocked, which names those who were in the way, where that takes longer than
    `patience.wait`."""
    began = time.monotonic()
    wait = Wait(patience, began + patience.wait.total_seconds())
    for timeout in timeouts:
        try:
            attempt(timeout)
            return
        except Refused as refused:
            in_the_way = wait.outlast(refused.in_the_way, held_up=timeout)
            if wait.is_over:
                waited = _lasting(time.monotonic() - began)
                raise PublishBlocked(environment, waited, tuple(map(str, in_the_way))) from refused


@dataclass(slots=True)
class Wait:
    """The time that all attempts may take together: until `until`, by the monotonic clock."""

    patience: Patience
    until: float
    told: set[tuple[int | None, datetime | None]] = field(default_factory=set)

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self.until

    def outlast(self, in_the_way: InTheWay, held_up: timedelta) -> tuple[Holder, ...]:
        """Waits while somebody is in the way, and returns who still is when there is no use in
        waiting any longer. `held_up` is for how long others may have waited behind us."""
        found = self._told(in_the_way())
        anyway = time.monotonic() + _between(*_TRY_ANYWAY_AFTER)
        # Those who wait behind us come first.
        self._sleep(held_up.total_seconds() * _between(0.5, 1.5))
        while found and not self.is_over:
            found = self._told(in_the_way())
            nobody_knows = any(each.since is None for each in found)
            if nobody_knows and time.monotonic() >= anyway:
                break
            self._sleep(_between(*_LOOK_EVERY) if found else 0)
        return found

    def _told(self, found: tuple[Holder, ...]) -> tuple[Holder, ...]:
        for holder in found:
            if (holder.pid, holder.since) not in self.told:
                self.told.add((holder.pid, holder.since))
                self.patience.tell(f"waiting: {holder}")
        return found

    def _sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, min(seconds, self.until - time.monotonic())))


def _lasting(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


def _between(least: float, most: float) -> float:
    # Chance keeps those who wait together from trying together.
    return random.uniform(least, most)  # noqa: S311
