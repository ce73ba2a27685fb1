"""The lease: who may act on an environment, and the fencing number that proves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Owner:
    """The process that holds a lease.

    `started` is the process's start time as the operating system counts it; with `pid` it tells a
    process from a later one that was given the same number.
    """

    person: str
    host: str
    pid: int
    started: str
    operation: str

    def __str__(self) -> str:
        return f"{self.operation} by {self.person} (process {self.pid} on {self.host})"


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to act on one environment until `expires_at`; `fence` grows with every holder.

    Fencing numbers as Kleppmann describes them (2016, "How to do distributed locking"): the
    publishing transaction compares the number, so a process that slept past its lease cannot act.
    """

    environment: str
    owner: Owner
    fence: int
    acquired_at: datetime
    expires_at: datetime
