"""The way to an environment's warehouse, which has to be given up while dbt has it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dbt_rewind.warehouse.protocol import Warehouse


@dataclass(slots=True)
class Access:
    """A warehouse that opens on first use; `connect` opens one connection."""

    connect: Callable[[], Warehouse]
    _open: Warehouse | None = field(default=None)

    @property
    def warehouse(self) -> Warehouse:
        """The open connection. Raises what `connect` raises (LockHeld among others)."""
        if self._open is None:
            self._open = self.connect()
        return self._open

    def close(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Closes the connection while another process works, where the engine admits only one."""
        if self.warehouse.capabilities.exclusive:
            self.close()
        yield
