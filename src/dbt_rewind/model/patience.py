"""How long a publish waits for those who use what it must move."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Patience:
    """`lock_timeout` bounds one attempt to lock what readers use, and so what readers wait for us;
    `wait` bounds all attempts together."""

    lock_timeout: timedelta = timedelta(milliseconds=500)
    wait: timedelta = timedelta(minutes=5)
