"""How long a publish waits for those who use what it must move."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta


def _nobody(_: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Patience:
    """`lock_timeout` bounds one attempt to lock what readers use, and so what readers wait for us;
    `wait` bounds all attempts together. `tell` is called with words on whom is being waited for,
    once for each of them and not for each attempt."""

    lock_timeout: timedelta = timedelta(milliseconds=500)
    wait: timedelta = timedelta(minutes=5)
    tell: Callable[[str], None] = field(default=_nobody, compare=False, repr=False)
