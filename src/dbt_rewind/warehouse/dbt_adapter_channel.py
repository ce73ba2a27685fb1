"""What the adapter door needs of the process behind it: statements in, rows or a refusal out.

The process is started in a layer above; here is only what it speaks.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Protocol

Value = str | int | float | bool | bytes | None


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement returned."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


class DriverRefused(Exception):
    """What the driver raised over there: its class, its words, and all its names (classes and
    codes) by which it can be told from others."""

    def __init__(self, kind: str, words: str, names: frozenset[str]) -> None:
        super().__init__(f"{kind}: {words}")
        self.kind = kind
        self.words = words
        self.names = names


class ChannelClosed(Exception):
    """The process has ended, or the connection is closed; the text is its last words."""


class Channel(Protocol):
    """One open connection of a dbt adapter."""

    @property
    def adapter_version(self) -> str: ...

    def run(self, sql: str, values: Sequence[Value] | None, *, fetch: bool) -> Rows:
        """Executes one statement, with values bound as the driver does it; None: none are bound.

        Raises DriverRefused, ChannelClosed.
        """
        ...

    def close(self) -> None:
        """Closes the connection. May be called twice."""
        ...


OpenChannel = Callable[[], Channel]
"""Opens a connection. Raises AdapterUnsupported, DbtMissing, WarehouseFailed."""


def bound(value: Value) -> Any:
    """The value as JSON carries it to the driver."""
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode("ascii")}
    return value


def received(value: Any) -> Any:
    """The value that the driver returned; what JSON lacks comes as an object of one entry."""
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    return _KINDS[kind](content)


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "float": float,
    "decimal": Decimal,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
    "time": time.fromisoformat,
    "interval": lambda parts: timedelta(*parts),
    "bytes": base64.b64decode,
    "uuid": uuid.UUID,
    "map": lambda pairs: {received(key): received(each) for key, each in pairs},
    "list": lambda items: tuple(received(each) for each in items),
    "text": str,
}
